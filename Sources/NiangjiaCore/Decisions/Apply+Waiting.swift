/// Nobody overtakes who waits for money (decisions 0082, 0086).
extension Applier {
    /// What there is of the form's fund lines for a case. Of a line for whose money others wait before it, that is what it has just
    /// given back itself.
    func openFunds(in reader: any StoreReader) throws -> [String: Money] {
        var available = try Ledger.available(lines: context.rules.funding.map(\.line), in: reader)
        let owed = try MoneyQueue.lines(of: context.payer, before: turn?.filedAt, in: reader)
        let waited = try WaitingCases.lines(of: context.payer, before: turn, on: change.today, in: reader)
        for line in owed.union(waited) {
            available[line] = available[line].map { min($0, returned[line] ?? .zero) }
        }
        return available
    }

    /// Whether there is money for a case that waits for it: what it was decided to get then would be given, whole or in part, as its
    /// form says. Nothing is judged, and what else might stand against it now isn't looked at.
    func reaches(_ id: ID<CaseFile>, in reader: any StoreReader) throws -> Bool {
        var state = SettleState(available: try openFunds(in: reader))
        // So most rounds end, and a case may have thousands of lines.
        guard state.available.values.contains(where: { $0 > .zero }) else { return false }
        let lines = try waitingLines(of: id, in: reader).map(\.line)
        return Settle.settle(lines, against: &state).contains(where: \.stands)
    }

    /// The lines of a case that there was no money for, as they were to be settled then, with what was decided.
    func waitingLines(of id: ID<CaseFile>, in reader: any StoreReader) throws
        -> [(decision: ID<Decision>, line: SettleLine)]
    {
        try reader.all(
            """
            SELECT l.judged, t.assessed - t.stacked, r.id FROM decision_row r
            JOIN decision_terms t ON \(DecisionsSchema.termsOfRow)
            JOIN case_line l ON l.case_id = r.case_id AND l.line = r.line
            WHERE r.case_id = $1 AND r.state = 'waitlisted' AND t.result = 'waitlisted' AND t.code = $2 ORDER BY r.line
            """, [.id(id), .text(HostReason.budgetShort)]
        ) { row -> (decision: ID<Decision>, line: SettleLine)? in
            guard var judgement = Judgement(try Value(json: row.text(0))) else { return nil }
            // Shared caps and bills took the rest.
            judgement.amount = row.money(1)
            var line = SettleLine(judgement: judgement)
            (line.funding, line.short, line.draws) = (context.rules.funding, context.rules.short, true)
            return (row.id(2), line)
        }.compactMap(\.self)
    }
}
