/// Totals of a preview say nothing of one person; the difference of two whose settings differ by one person does (decision 0066).
/// Whoever looks for somebody so tries many contents that are never meant to be in force.
extension AuditPatterns {
    /// Contents of a program that one account tried and that never came into force.
    public struct Probe: Sendable, Hashable {
        /// Who tried them.
        public var account: String
        /// The program.
        public var program: String
        /// How many different contents.
        public var contents: Int
        /// In how many previews, comparisons and lists of who never asked.
        public var tries: Int
        /// The first of them.
        public var from: Instant
        /// The last one.
        public var to: Instant
    }

    static func probes(
        _ days: DateRange, _ limits: PatternLimits, in reader: any StoreReader
    ) throws -> [Probe] {
        try reader.all(
            """
            SELECT account, program, COUNT(DISTINCT content), COUNT(DISTINCT id), MIN(at), MAX(at) FROM
            (SELECT id, account, program, at, bundle AS content FROM preview WHERE kind <> 'all'
            UNION ALL SELECT id, account, program, at, content_hash FROM preview WHERE kind = 'diff') tried
            WHERE at >= $1 AND at < $2 AND content <> 'closed' AND NOT EXISTS
            (SELECT 1 FROM bundle b WHERE b.digest = tried.content AND b.state IN ('approved', 'active', 'retired'))
            GROUP BY account, program HAVING COUNT(DISTINCT content) >= $3
            ORDER BY COUNT(DISTINCT content) DESC, account, program
            """,
            [.instant(Instant(days.from)), .instant(Instant(days.to + 1)), .int(Int64(limits.probedContents))]
        ) { row in
            Probe(
                account: row.text(0), program: row.text(1), contents: Int(row.int(2)), tries: Int(row.int(3)),
                from: row.instant(4), to: row.instant(5))
        }
    }
}
