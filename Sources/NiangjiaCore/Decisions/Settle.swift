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
            return precedes(x, y) ?? precedes(y, x).map { !$0 } ?? (a < b)
        }
    }

    /// Whether a line is served before another by rank and own order; nil where these don't tell.
    private static func precedes(_ x: SettleLine, _ y: SettleLine) -> Bool? {
        let (rankX, rankY) = (x.judgement.rank ?? .max, y.judgement.rank ?? .max)
        if rankX != rankY { return rankX < rankY }
        return x.order == y.order ? nil : x.order.lexicographicallyPrecedes(y.order)
    }

    /// Settles lines against a state, which is left as it stands afterwards. Outcomes come in the order of the input.
    public static func settle(_ lines: [SettleLine], against state: inout SettleState) -> [Outcome] {
        let block = SettleBlock(lines: lines, indexes: lines.indices.map { UInt32($0) })
        let settled = settle([block], against: &state)[0]
        return settled.indexes.map { settled.outcomes[Int($0)] }
    }

    /// Settles blocks of lines: the same, for a million.
    static func settle(_ blocks: [SettleBlock], against state: inout SettleState) -> [SettledBlock] {
        var settled = blocks.map { SettledBlock(outcomes: $0.lines.map(opening), indexes: $0.indexes) }
        applyGroups(blocks, &settled)
        var pass = Pass(state: state)
        if let order = order(of: blocks, settled) {
            for place in order { pass.serve(blocks[place.block], &settled[place.block], place) }
        } else {
            for number in blocks.indices { pass.serveInOrder(blocks[number], &settled[number], number) }
        }
        pass.prorate(&settled)
        state = pass.state
        return settled
    }

    /// What a block would come to if there were enough of everything.
    static func unlimited(_ block: SettleBlock) -> SettledBlock {
        SettledBlock(outcomes: block.lines.map(opening), indexes: block.indexes)
    }

    /// Where lines that come in as granted are served in another order than that of the input, theirs; else nil.
    private static func order(of blocks: [SettleBlock], _ settled: [SettledBlock]) -> [Place]? {
        var first: SettleLine?
        var isInOrder = true
        for (block, outcomes) in zip(blocks, settled) {
            for (line, outcome) in zip(block.lines, outcomes.outcomes) where outcome.stands {
                if let first, precedes(first, line) != nil {
                    isInOrder = false
                    break
                }
                first = first ?? line
            }
        }
        if isInOrder { return nil }
        var places: [Place] = []
        for (number, block) in settled.enumerated() {
            for (row, index) in block.indexes.enumerated() where block.outcomes[Int(index)].stands {
                places.append(Place(block: number, row: row))
            }
        }
        return places.sorted { a, b in
            let x = blocks[a.block].lines[Int(blocks[a.block].indexes[a.row])]
            let y = blocks[b.block].lines[Int(blocks[b.block].indexes[b.row])]
            return precedes(x, y) ?? (a < b)
        }
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
    private static func applyGroups(_ blocks: [SettleBlock], _ settled: inout [SettledBlock]) {
        guard blocks.contains(where: { $0.lines.contains { $0.group != nil } }) else { return }
        var passing: [SettleLine.Group: Int64] = [:]
        for (block, outcomes) in zip(blocks, settled) {
            for index in block.indexes {
                guard let group = block.lines[Int(index)].group else { continue }
                passing[group, default: 0] += outcomes.outcomes[Int(index)].stands ? 1 : 0
            }
        }
        for (number, block) in blocks.enumerated() {
            for (index, line) in block.lines.enumerated() {
                guard let group = line.group, settled[number].outcomes[index].stands, let count = passing[group],
                    count < group.atLeast
                else { continue }
                settled[number].outcomes[index] = Outcome(
                    .refused, code: HostReason.tooFew, params: ["count": .int(count), "needed": .int(group.atLeast)])
            }
        }
    }
}

/// Lines of a block: most of them say one of a few things, and each is kept once.
struct SettleBlock: Sendable {
    var lines: [SettleLine]
    /// For each row, its place in ``lines``.
    var indexes: [UInt32]
}

/// What settle made of a block: each different outcome once.
struct SettledBlock: Sendable, Hashable {
    var outcomes: [Outcome]
    /// For each row, its place in ``outcomes``.
    var indexes: [UInt32]

    subscript(row: Int) -> Outcome {
        get { outcomes[Int(indexes[row])] }
        set {
            // Neighbours are often told the same; further back a look costs more than it saves.
            let same = outcomes.suffix(8).lastIndex(of: newValue)
            indexes[row] = UInt32(same ?? outcomes.count)
            if same == nil { outcomes.append(newValue) }
        }
    }
}
