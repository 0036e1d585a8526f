/// Somebody for whom there isn't the money, and for whom it is kept from everybody behind them (decisions 0082, 0086).
public struct HeldUp: Sendable {
    /// Its id.
    public var program: String
    /// The form by which they wait.
    public var form: String
    /// What they wait by; of a case of several lines, the line that is served first.
    public var decision: ID<Decision>
    /// nil: a run granted it.
    public var caseID: ID<CaseFile>?
    /// The least that is given to them.
    public var needed: Money
    /// How much more than there is has to come for that, above zero.
    public var missing: Money
    /// The fund lines that it may come from.
    public var lines: [String]
    /// How many wait behind them for money of these lines.
    public var behind: Int64

    /// Whether there is money that somebody behind them might have had.
    public var keepsMoney: Bool { behind > 0 && missing < needed }
}

extension Corridor {
    /// Who holds up the others of each program of which somebody waits for money.
    public func heldUp() async throws -> [HeldUp] {
        let programs = try await store.read {
            Set(try MoneyQueue.programs(in: $0) + WaitingCases.programs(in: $0)).sorted()
        }
        var found: [HeldUp] = []
        for program in programs { found += try await heldUp(of: program) }
        return found
    }

    /// Those of a program who are the next to be served and can't be, in their order: the first of all, and of forms that share no
    /// fund line with them the first of those. Nobody moves up while a program is suspended, and so nobody is held up.
    public func heldUp(of program: String) async throws -> [HeldUp] {
        guard try await !isSuspended(program) else { return [] }
        let inForce = try await bundles.active().programs[program]
        let today = clock.now().date
        let waiters = try await store.read { try Waiter.heads(of: program, inForce, on: today, in: $0) }
        var found: [HeldUp] = []
        var kept: Set<String> = []
        for waiter in waiters {
            guard let need = try await need(of: waiter, inForce) else { continue }
            let lines = need.funding.map(\.line)
            let count = try await store.read { try waiter.count(of: program, in: $0) }
            for n in found.indices where !Set(found[n].lines).isDisjoint(with: lines) { found[n].behind += count }
            guard kept.isDisjoint(with: lines) else { continue }
            kept.formUnion(lines)
            guard need.missing > .zero else { continue }
            found.append(
                HeldUp(
                    program: program, form: waiter.form, decision: need.decision, caseID: need.caseID,
                    needed: need.amount, missing: need.missing, lines: lines, behind: count - 1))
        }
        return found
    }

    /// What somebody's turn waits for.
    private struct Need: Sendable {
        var decision: ID<Decision>
        var caseID: ID<CaseFile>?
        var amount: Money
        var funding: [Funding]
        var missing: Money = .zero
    }

    /// nil: they were dealt with meanwhile, or draw nothing.
    private func need(of waiter: Waiter, _ inForce: Program?) async throws -> Need? {
        switch waiter {
        case .owed(let head):
            guard let (seen, _, funding) = try await owed(head, inForce), seen.kind != .fee else { return nil }
            let need = Need(decision: seen.decision, caseID: seen.caseID, amount: seen.amount, funding: funding)
            return try await lacking(need)
        case .listed(let head):
            let seen = try await store.read { try Cases.head(head.turn.id, in: $0) }
            guard seen.moneyRank != nil else { return nil }
            let context = try await context(of: seen)
            let applier = Applier(
                context: context, admission: Admission(context: context, crypto: crypto), change: change(by: .host))
            let waiting = try await store.read { try applier.waitingLines(of: seen.id, in: $0) }
            guard let first = Settle.order(of: waiting.map(\.line)).first else { return nil }
            let funding = context.rules.funding
            let least = SettleLine.least(of: waiting.map(\.line), first: first)
            return try await lacking(
                Need(decision: waiting[first].decision, caseID: seen.id, amount: least, funding: funding))
        }
    }

    private func lacking(_ need: Need) async throws -> Need {
        var need = need
        let state = try await store.read { [need] in try CorrectionFunds.state(need.funding, in: $0) }
        need.missing = Pass(state: state).missing(need.funding, need.amount)
        return need
    }
}

extension SettleLine {
    /// The least that has to be there for something of these lines to be granted: whoever is served first decides it.
    static func least(of lines: [SettleLine], first: Int) -> Money {
        let line = lines[first]
        let (asked, units) = (line.judgement.amount, line.judgement.units ?? 0)
        // By share nothing is cut.
        let isShared = line.funding.contains { $0.share != nil }
        switch line.short {
        case .prorate where isShared: return lines.reduce(.zero) { $0 + $1.judgement.amount }
        case .prorate: return min(asked, Money(fen: 1))
        case .partial where !isShared:
            return units > 0 && asked.fen % units == 0 ? Money(fen: asked.fen / units) : min(asked, Money(fen: 1))
        case .partial, .waitlist, .queue, .refuse: return asked
        }
    }
}
