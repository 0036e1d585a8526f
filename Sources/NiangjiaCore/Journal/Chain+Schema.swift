/// The table of the chain.
public enum ChainSchema {
    /// One event. `seq`, `previous` and `digest` are given by the sealer; until then they are null.
    public static let event = Table(
        "chain_event", key: ["id"], proof: .told("its own digests"),
        [
            Column("id", .int), Column("seq", .int, nullable: true), Column("at", .int), Column("kind", .text),
            Column("actor", .text),
            // The id text of what the event is about; never a name or a number of a person.
            Column("about", .text),
            // Digest of salt and body. It stays when salt and body are lawfully erased.
            Column("body_digest", .blob), Column("salt", .blob, nullable: true),
            // Canonical JSON.
            Column("body", .text, nullable: true),
            Column("previous", .blob, nullable: true), Column("digest", .blob, nullable: true),
            // What only the host's keys make of the digest.
            Column("mark", .blob, nullable: true),
        ],
        // Those that wait for the sealer are found by the same index: null comes first in it.
        unique: [["seq"]],
        index: [
            ["about"], .init(["seq"], where: "kind = 'chain.erased'"),
            // Before each of these times may lie ahead of those behind it.
            .init(["seq"], where: "kind = 'clock.confirmed'"),
        ],
        checks: [
            "(seq IS NULL) = (digest IS NULL)", "(seq IS NULL) = (previous IS NULL)", "(seq IS NULL) = (mark IS NULL)",
        ])

    /// In the order in which they are made.
    public static let tables = [event]
}
