/// Donations: what was raised and what was paid, never added up. Both what was given and what was added go by the day of booking:
/// what is reversed later is taken off then, and a year that has been told doesn't change.
enum DonationMetrics {
    static func raised(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try reader.integer("SELECT 1 FROM donation LIMIT 1") != nil else { return nil }
        let days = RegisterMetrics.days(request)
        let instants = [request.instants.from, request.instants.to]
        let raised = try reader.integer(
            """
            SELECT sum(CASE WHEN entered_at >= $1 AND entered_at < $2 THEN amount ELSE 0 END
            - CASE WHEN state = 'reversed' AND reversed_at >= $1 AND reversed_at < $2 THEN amount ELSE 0 END) FROM donation
            """, instants)
        let matched = try reader.integer(
            "SELECT sum(amount) FROM donation_match WHERE matched_on >= $1 AND matched_on <= $2", days)
        // Of payments from several lines, what the campaigns' lines gave.
        let lines = "(SELECT fund_line FROM donation UNION SELECT into_line FROM donation_match)"
        let paid = """
            FROM payment p JOIN unfolded_entitlement e ON e.id = p.entitlement
            LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            WHERE \(ProgramMetrics.paidInPeriod) AND e.kind = 'money'
            AND CASE WHEN e.is_split = 1 THEN s.fund_line ELSE e.fund_line END IN \(lines)
            """
        let sum = try reader.integer(
            "SELECT sum(CASE WHEN e.is_split = 1 THEN s.amount ELSE p.amount END) \(paid)", instants)
        let persons = try reader.integer(
            "SELECT count(DISTINCT e.payee) \(paid) AND e.payee_kind = 'person'", instants)
        var parts: [String: Quantity] = [
            "raised": .money(Money(fen: raised ?? 0)), "paid": .money(Money(fen: sum ?? 0)),
            "persons": .count(persons ?? 0),
        ]
        if let matched { parts["matched"] = .money(Money(fen: matched)) }
        return MetricValue(parts: parts, people: [FigurePeople(try plugins(lines, reader), [persons ?? 0])])
    }

    /// Who ever gave of these lines: of whose members the money tells doesn't depend on the span, or that one is told and another
    /// isn't would tell what lies between them.
    private static func plugins(_ lines: String, _ reader: any StoreReader) throws -> [String] {
        // One decision of each program: a flow between unions has none.
        let decisions = try reader.all(
            """
            SELECT e.program, MIN(e.decision) FROM unfolded_entitlement e
            LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            WHERE e.kind = 'money' AND CASE WHEN e.is_split = 1 THEN s.fund_line ELSE e.fund_line END IN \(lines)
            GROUP BY e.program
            """, []
        ) { $0.id(1, Decision.self) }
        let found = try decisions.compactMap { id in
            try reader.first("SELECT plugin FROM decision WHERE id = $1", [.id(id)]) { $0.text(0) }
        }
        return Set(found).sorted()
    }
}
