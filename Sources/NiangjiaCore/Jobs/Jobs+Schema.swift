/// Tables of what the host does by itself: due times, and who may take them.
public enum JobsSchema {
    /// A lease: held by one process until a time, renewed while it works. Host numbers and the scheduler's loop are leased.
    public static let lease = Table(
        "lease", key: ["name"], proof: .open("work of the host"),
        [
            Column("name", .text), Column("holder", .text), Column("renewed_at", .int), Column("until", .int),
        ])

    /// Something that falls due: notices that end, holds that expire, rechecks, bundles that take effect.
    ///
    /// A row is taken by `UPDATE … WHERE id = $1 AND state = 'due'`; what was missed while the host was down is in
    /// ``JobKind/missedRule``.
    public static let job = Table(
        "job", key: ["id"], proof: .open("work of the host"),
        [
            Column("id", .int), Column("kind", .text),
            // One row for one thing: `case:123`, `2026-07-15`.
            Column("subject", .text), Column("due_at", .int), Column("body", .text, default: .text("{}")),
            // due, done, failed, dropped
            Column("state", .text, default: .text("due")), Column("attempts", .int, default: .int(0)),
            Column("done_at", .int, nullable: true), Column("error", .text, nullable: true),
        ],
        unique: [.init(["kind", "subject"], where: "state = 'due'")], index: [.init(["due_at"], where: "state = 'due'")]
    )

    /// In the order in which they are made.
    public static let tables = [lease, job]
}
