/// One line on its way to an outcome: what the rule said, and what the host must hold it against.
public struct SettleLine: Sendable {
    /// A limit shared with other decisions: a stacking cap, a program's ceiling of an own kind.
    public struct Cap: Sendable, Hashable {
        /// What is shared, and by whom: lines with the same key draw on one cap.
        public var key: String
        public var cap: Money
        /// What standing decisions have drawn already.
        public var used: Money
        public var reason: String
        public init(key: String, cap: Money, used: Money, reason: String) {
            self.key = key
            self.cap = cap
            self.used = used
            self.reason = reason
        }
    }

    /// Places for which lines compete.
    public struct Places: Sendable, Hashable {
        public var key: String
        public var count: Int64
        public var used: Int64
        public var take: Int64
        /// Share of ``count`` that may wait; nil: no waiting list.
        public var waitlist: Rate?
        public init(key: String, count: Int64, used: Int64, take: Int64, waitlist: Rate?) {
            self.key = key
            self.count = count
            self.used = used
            self.take = take
            self.waitlist = waitlist
        }
    }

    /// Lines of one case that pass together or not at all.
    public struct Group: Sendable, Hashable {
        public var key: String
        /// How many must pass.
        public var atLeast: Int64
        public init(key: String, atLeast: Int64) {
            self.key = key
            self.atLeast = atLeast
        }
    }

    public var judgement: Judgement
    /// Fund lines in order, or by share.
    public var funding: [Funding]
    public var short: Shortage
    public var eachMax: Money?
    /// Whether money or goods are drawn from funds (fees and places are not).
    public var draws: Bool
    public var caps: [Cap]
    public var places: Places?
    public var group: Group?
    /// A person already excluded by another standing decision (stacking): the reason.
    public var excludedBy: String?
    /// What orders lines of equal rank: submission time or a committed draw; never an id or the timing of workers.
    public var order: [Int64]

    public init(judgement: Judgement) {
        self.judgement = judgement
        funding = []
        short = .waitlist
        draws = false
        caps = []
        order = []
    }
}

/// What settle made of a line.
public struct Outcome: Hashable, Sendable {
    public enum Result: String, Hashable, Sendable {
        case granted
        case limited
        case refused
        case waitlisted
        case review
        case incomplete
        case failed
    }
    public var result: Result
    /// What will be held; of a `queue` shortage the part that there is money for.
    public var amount: Money
    /// What waits for money (`short: queue`).
    public var queued: Money
    /// From which fund line how much.
    public var splits: [Split]
    public var code: String?
    public var params: [String: Value]

    public struct Split: Hashable, Sendable {
        public var line: String
        public var amount: Money
        public init(line: String, amount: Money) {
            self.line = line
            self.amount = amount
        }
    }

    init(_ result: Result, _ amount: Money = .zero, code: String? = nil, params: [String: Value] = [:]) {
        self.result = result
        self.amount = amount
        queued = .zero
        splits = []
        self.code = code
        self.params = params
    }

    /// Whether a decision stands: granted or limited.
    public var stands: Bool { result == .granted || result == .limited }
}

/// Balances against which lines are settled.
public struct SettleState: Sendable {
    /// Fund line → what is available.
    public var available: [String: Money]
    /// What a run may still grant (its approved ceiling).
    public var ceiling: Ceiling?

    public init(available: [String: Money], ceiling: Ceiling? = nil) {
        self.available = available
        self.ceiling = ceiling
    }
}

/// Reason codes of the host itself; plugins use the same names where they say the same.
public enum HostReason {
    public static let budgetShort = "BUDGET_SHORT"
    public static let quotaFull = "QUOTA_FULL"
    public static let tooFew = "TOO_FEW"
    public static let overEachMax = "OVER_EACH_MAX"
    public static let ceiling = "CEILING"
    public static let outOfSeason = "OUT_OF_SEASON"
    public static let notMember = "NOT_MEMBER"
    public static let exclusion = "NOT_BOTH"
    /// Another of the household was decided in the same run; the next run, or a person, sees what came of it.
    public static let sameHousehold = "SAME_HOUSEHOLD"
    /// A declared fact is absent.
    public static let missingFact = "MISSING_EVIDENCE"
    /// The rule failed; a person decides.
    public static let pluginFailed = "MANUAL_REVIEW"
}

/// **Settle**: decisions in declared order, balances, caps and places → outcomes. One pure function, shared by decide, preview
/// and diff, so that they can't disagree.
public enum Settle {
    /// The order in which lines are served: rank (the script's, smaller first, none last), then each line's own order, then
    /// their place in the input, which is declared order too.
    public static func order(of lines: [SettleLine]) -> [Int] {
        lines.indices.sorted { a, b in
            let (x, y) = (lines[a], lines[b])
            let (rankX, rankY) = (x.judgement.rank ?? .max, y.judgement.rank ?? .max)
            if rankX != rankY { return rankX < rankY }
            if x.order != y.order { return x.order.lexicographicallyPrecedes(y.order) }
            return a < b
        }
    }

    /// Settles lines against a state, which is left as it stands afterwards. Outcomes come in the order of the input.
    public static func settle(_ lines: [SettleLine], against state: inout SettleState) -> [Outcome] {
        var outcomes = lines.map(opening)
        applyGroups(lines, &outcomes)
        var pass = Pass(state: state)
        for index in order(of: lines) where outcomes[index].stands {
            pass.serve(lines[index], &outcomes[index], index)
        }
        pass.prorate(lines, &outcomes)
        state = pass.state
        return outcomes
    }

    /// What a line comes in with, before anything scarce is looked at.
    private static func opening(_ line: SettleLine) -> Outcome {
        let judged = line.judgement
        switch judged.kind {
        case .grant, .limit:
            if let reason = line.excludedBy { return Outcome(.refused, code: reason) }
            if let most = line.eachMax, judged.amount > most {
                return Outcome(.review, code: HostReason.overEachMax, params: ["most": .int(most.fen)])
            }
            let result: Outcome.Result = judged.kind == .grant ? .granted : .limited
            return Outcome(result, judged.amount, code: judged.code, params: judged.params)
        case .refuse: return Outcome(.refused, code: judged.code, params: judged.params)
        case .incomplete: return Outcome(.incomplete, code: judged.code, params: judged.params)
        case .review: return Outcome(.review, code: judged.code, params: judged.params)
        case .revoke, .keep, .failed: return Outcome(.failed, code: judged.code)
        }
    }

    /// Where too few lines of a group pass, none does.
    private static func applyGroups(_ lines: [SettleLine], _ outcomes: inout [Outcome]) {
        var passing: [SettleLine.Group: Int64] = [:]
        for (line, outcome) in zip(lines, outcomes) {
            guard let group = line.group else { continue }
            passing[group, default: 0] += outcome.stands ? 1 : 0
        }
        for index in lines.indices {
            guard let group = lines[index].group, outcomes[index].stands, let count = passing[group],
                count < group.atLeast
            else { continue }
            outcomes[index] = Outcome(
                .refused, code: HostReason.tooFew, params: ["count": .int(count), "needed": .int(group.atLeast)])
        }
    }
}

/// One pass over the lines in declared order, with what is left.
private struct Pass {
    var state: SettleState
    var drawn: [String: Money] = [:]
    var taken: [String: Int64] = [:]
    var waiting: [String: Int64] = [:]
    var persons: Int64 = 0
    var granted = Money.zero
    /// Funding lists on which somebody has been turned away: nobody later in order may overtake on them.
    var exhausted: Set<[Funding]> = []
    /// Lines that share what is left in proportion, by funding.
    var prorated: [[Funding]: [Int]] = [:]

    init(state: SettleState) { self.state = state }

    mutating func serve(_ line: SettleLine, _ outcome: inout Outcome, _ index: Int) {
        capped(line, &outcome)
        guard outcome.stands, placed(line, &outcome), withinCeiling(&outcome) else { return }
        if line.draws, outcome.amount > .zero {
            fund(line, &outcome, index)
        }
        guard outcome.stands else { return }
        persons += 1
        granted += outcome.amount
        for cap in line.caps { drawn[cap.key, default: .zero] += outcome.amount + outcome.queued }
        if let places = line.places { taken[places.key, default: 0] += places.take }
    }

    private func capped(_ line: SettleLine, _ outcome: inout Outcome) {
        for cap in line.caps {
            let left = cap.cap - cap.used - (drawn[cap.key] ?? .zero)
            guard outcome.amount > left else { continue }
            if left <= .zero {
                outcome = Outcome(.refused, code: cap.reason)
                return
            }
            outcome.result = .limited
            outcome.amount = wholeUnits(of: line, fitting: left, asked: outcome.amount)
            outcome.code = cap.reason
            outcome.params = [:]
            if outcome.amount == .zero { outcome = Outcome(.refused, code: cap.reason) }
        }
    }

    private mutating func placed(_ line: SettleLine, _ outcome: inout Outcome) -> Bool {
        guard let places = line.places else { return true }
        let used = places.used + (taken[places.key] ?? 0)
        if used + places.take <= places.count { return true }
        let waits = waiting[places.key] ?? 0
        let room = places.waitlist.map { $0.of(Money(fen: places.count)).fen } ?? 0
        if waits + places.take <= room {
            waiting[places.key] = waits + places.take
            outcome = Outcome(.waitlisted, code: HostReason.quotaFull)
        } else {
            outcome = Outcome(.refused, code: HostReason.quotaFull)
        }
        return false
    }

    private func withinCeiling(_ outcome: inout Outcome) -> Bool {
        guard let ceiling = state.ceiling else { return true }
        let tooMany = ceiling.persons.map { persons + 1 > $0 } ?? false
        let tooMuch = ceiling.amount.map { granted + outcome.amount > $0 } ?? false
        guard tooMany || tooMuch else { return true }
        outcome = Outcome(.waitlisted, code: HostReason.ceiling)
        return false
    }

    private mutating func fund(_ line: SettleLine, _ outcome: inout Outcome, _ index: Int) {
        if line.short == .prorate {
            prorated[line.funding, default: []].append(index)
            return
        }
        let asked = outcome.amount
        let there = exhausted.contains(line.funding) ? .zero : reach(line.funding, asked)
        if there >= asked {
            outcome.splits = draw(line.funding, asked)
            return
        }
        exhausted.insert(line.funding)
        let part = wholeUnits(of: line, fitting: there, asked: asked)
        switch line.short {
        case .partial where part > .zero:
            outcome.result = .limited
            outcome.amount = part
            outcome.code = HostReason.budgetShort
            outcome.params = [:]
            outcome.splits = draw(line.funding, part)
        case .queue:
            outcome.amount = part
            outcome.queued = asked - part
            outcome.splits = draw(line.funding, part)
        case .refuse: outcome = Outcome(.refused, code: HostReason.budgetShort)
        case .waitlist, .partial, .prorate: outcome = Outcome(.waitlisted, code: HostReason.budgetShort)
        }
    }

    /// A partial grant cuts whole units: half a pack is none.
    private func wholeUnits(of line: SettleLine, fitting left: Money, asked: Money) -> Money {
        guard left < asked else { return asked }
        guard let units = line.judgement.units, units > 0, asked.fen % units == 0, asked.fen > 0 else { return left }
        let each = asked.fen / units
        return Money(fen: left.fen / each * each)
    }

    /// How much of an amount the lines can carry: in order they add up; by share the scarcest one decides.
    private func reach(_ funding: [Funding], _ asked: Money) -> Money {
        if funding.contains(where: { $0.share != nil }) {
            let fits = split(funding, asked).allSatisfy { (state.available[$0.line] ?? .zero) >= $0.amount }
            return fits ? asked : .zero
        }
        let total = funding.reduce(Money.zero) { $0 + max(.zero, state.available[$1.line] ?? .zero) }
        return min(total, asked)
    }

    private func split(_ funding: [Funding], _ amount: Money) -> [Outcome.Split] {
        var rest = amount
        var splits: [Outcome.Split] = []
        for (n, source) in funding.enumerated() {
            let part = n == funding.count - 1 ? rest : min(rest, (source.share ?? Rate(basisPoints: 0)).of(amount))
            rest -= part
            if part > .zero { splits.append(.init(line: source.line, amount: part)) }
        }
        return splits
    }

    private mutating func draw(_ funding: [Funding], _ amount: Money) -> [Outcome.Split] {
        guard amount > .zero else { return [] }
        var splits: [Outcome.Split] = []
        if funding.contains(where: { $0.share != nil }) {
            splits = split(funding, amount)
        } else {
            var rest = amount
            for source in funding where rest > .zero {
                let part = min(rest, max(.zero, state.available[source.line] ?? .zero))
                guard part > .zero else { continue }
                splits.append(.init(line: source.line, amount: part))
                rest -= part
            }
        }
        for part in splits { state.available[part.line, default: .zero] -= part.amount }
        return splits
    }

    /// Shares what is left among the lines of a prorated funding: floors, the rest fen by fen to the first in order.
    mutating func prorate(_ lines: [SettleLine], _ outcomes: inout [Outcome]) {
        for (funding, members) in prorated.sorted(by: { ($0.value.first ?? 0) < ($1.value.first ?? 0) }) {
            let asked = members.reduce(Money.zero) { $0 + outcomes[$1].amount }
            let there = reach(funding, asked)
            var parts = members.map { index in
                asked <= there || asked.fen == 0
                    ? outcomes[index].amount
                    : Money(fen: floorShare(of: there.fen, outcomes[index].amount.fen, asked.fen))
            }
            var rest = min(asked, there) - parts.reduce(.zero, +)
            for n in parts.indices where rest > .zero && parts[n] < outcomes[members[n]].amount {
                parts[n] += Money(fen: 1)
                rest -= Money(fen: 1)
            }
            for (n, index) in members.enumerated() {
                if parts[n] < outcomes[index].amount {
                    outcomes[index].result = parts[n] > .zero ? .limited : .waitlisted
                    outcomes[index].code = HostReason.budgetShort
                    outcomes[index].params = [:]
                }
                outcomes[index].amount = parts[n]
                outcomes[index].splits = draw(funding, parts[n])
            }
        }
    }

    private func floorShare(of total: Int64, _ part: Int64, _ whole: Int64) -> Int64 {
        whole.dividingFullWidth(total.multipliedFullWidth(by: part)).quotient
    }
}
