/// Earlier versions of register rows (person, organisation, household, membership, station, record), for `--as-of`, undo and audit.
///
/// The register table itself holds the version in force; when it changes, the version it had moves here as canonical JSON of
/// its columns (sealed columns as hexadecimal text).
public enum RegisterHistory {
    /// One row for each version that has been replaced.
    public static let table = Table(
        "register_history", key: ["kind", "entity", "revision"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("kind", .text), Column("entity", .int), Column("revision", .int),
            // From when on the version was true in the world (days) and known to the host (milliseconds).
            Column("valid_from", .int), Column("recorded_at", .int),
            // When the host learned better.
            Column("replaced_at", .int), Column("body", .text),
            // An undoing took it back: it never was true.
            Column("is_undone", .bool, default: .bool(false)),
        ], index: [["kind", "replaced_at"], ["entity"]])
}
