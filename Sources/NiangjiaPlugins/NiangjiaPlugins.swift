// The room is laid out in docs/ARCHITECTURE.md.
