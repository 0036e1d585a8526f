/// What a clock that was ahead leaves to be done in times to come.
extension Jobs {
    /// Daily work that was planned further ahead is dropped: it is planned anew (milliseconds).
    private static let furthestRecurring: Int64 = 48 * 3_600_000

    /// Brings back what a clock that was ahead planned or put off: what waits only for its turn, or to be tried again, is due now;
    /// what has a time of its own, at that. In the transaction in which the clock is put right.
    public static func setBack(to now: Instant, in writer: any StoreWriter) throws {
        for kind in JobKind.allCases where kind.missedRule == .doNewestOnly {
            try writer.execute(
                "UPDATE job SET state = 'dropped' WHERE kind = $1 AND state = 'due' AND due_at > $2",
                [.text(kind.rawValue), .instant(now + furthestRecurring)])
        }
        // A stage of a suspended program is put off, and hasn't failed.
        let ahead = try writer.all(
            """
            SELECT id, kind, subject, due_at FROM job WHERE state = 'due' AND due_at > $1
            AND (attempts > 0 OR kind IN ('promote', 'allot', 'stage_due', 'death'))
            """, [.instant(now)]
        ) { row in
            (id: row.id(0, Job.self), kind: JobKind(rawValue: row.text(1)), subject: row.text(2), due: row.instant(3))
        }
        for job in ahead {
            let own: Instant? =
                switch job.kind {
                case .stageDue: try stageEnd(job.subject, in: writer) ?? job.due
                case .bundleEffective: try effect(job.subject, in: writer)
                default: nil
                }
            let due = max(own ?? now, now)
            guard due < job.due else { continue }
            try writer.execute("UPDATE job SET due_at = $2 WHERE id = $1", [.id(job.id), .instant(due)])
        }
    }

    /// Until when a case may stay in its stage; nil where it may as long as it likes.
    private static func stageEnd(_ subject: String, in reader: any StoreReader) throws -> Instant? {
        guard let id = ID<CaseFile>(subject) else { return nil }
        return try reader.integer("SELECT due_at FROM case_file WHERE id = $1", [.id(id)])
            .map { Instant(milliseconds: $0) }
    }

    /// From when a bundle is in force; nil: at once.
    private static func effect(_ digest: String, in reader: any StoreReader) throws -> Instant? {
        try reader.first(
            "SELECT effective_on FROM bundle WHERE digest = $1 ORDER BY n DESC LIMIT 1", [.text(digest)]
        ) { $0.dateOrNil(0).map { Instant($0) } } ?? nil
    }
}
