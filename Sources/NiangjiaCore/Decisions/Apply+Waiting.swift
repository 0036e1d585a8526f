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
    func reaches(_ record: CaseRecord, in reader: any StoreReader) throws -> Bool {
        let lines = try record.lines.compactMap { line -> SettleLine? in
            guard var judgement = line.judgement,
                let decided = try Decisions.ofLine(record.id, line: line.line, in: reader),
                decided.outcome.waitsForMoney
            else { return nil }
            // Shared caps and bills took the rest.
            judgement.amount = decided.assessed - decided.outcome.stacked
            var settle = SettleLine(judgement: judgement)
            (settle.funding, settle.short, settle.draws) = (context.rules.funding, context.rules.short, true)
            return settle
        }
        var state = SettleState(available: try openFunds(in: reader))
        return Settle.settle(lines, against: &state).contains(where: \.stands)
    }
}
