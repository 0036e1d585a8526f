/// Dues of the period, by the day on which they came in.
enum DuesMetrics {
    static func dues(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try reader.integer("SELECT 1 FROM dues_line LIMIT 1") != nil else { return nil }
        let lines = "FROM dues_line WHERE received_on >= $1 AND received_on <= $2 AND state IN ('booked', 'suspense')"
        let days = RegisterMetrics.days(request)
        let received = try reader.integer("SELECT sum(amount) \(lines)", days) ?? 0
        let due = try reader.integer("SELECT sum(due) \(lines)", days) ?? 0
        let returned = try reader.integer(
            """
            SELECT sum(p.amount) FROM payment p JOIN unfolded_entitlement e ON e.id = p.entitlement
            WHERE \(ProgramMetrics.paidInPeriod) AND e.program = $3
            """, [request.instants.from, request.instants.to, .text(Dues.program)])
        let suspense = try reader.integer("SELECT sum(amount) \(lines) AND state = 'suspense'", days) ?? 0
        let note = LocalText(zh: "其中待查 \(Money(fen: suspense)) 元", en: "\(Money(fen: suspense)) yuan of it in suspense")
        return MetricValue(
            .ratio(received, of: due),
            parts: [
                "received": .money(Money(fen: received)), "due": .money(Money(fen: due)),
                "returned": .money(Money(fen: returned ?? 0)),
            ], notes: suspense == 0 ? [] : [note])
    }
}
