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
    /// Where the line stands with its places, when that was settled before: held, waiting or out. nil: ``places`` decides.
    public var place: PlaceState?
    public var group: Group?
    /// A person already excluded by another standing decision (stacking): the reason.
    public var excludedBy: String?
    /// What orders lines of equal rank: the time of submission; equals of a batch are drawn for (``TieBreak``). Never an id or the
    /// timing of workers.
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
    public enum Result: String, Hashable, Sendable, CaseIterable {
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
    /// What waits for money (`short: queue`): owed, and held when there is money for it (decision 0082).
    public var queued: Money
    /// What exclusions, shared caps and bills took of what the rule granted: not granted, whatever money there is.
    public var stacked: Money
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
        stacked = .zero
        splits = []
        self.code = code
        self.params = params
    }

    /// Nothing of it after all, with what stacking has taken before.
    func turned(_ result: Result, _ code: String) -> Outcome {
        var outcome = Outcome(result, code: code)
        outcome.stacked = stacked
        return outcome
    }

    /// Left with an amount by a rule of stacking.
    mutating func stack(to left: Money, code reason: String) {
        stacked += amount - left
        result = left > .zero ? .limited : .refused
        amount = left
        code = reason
        params = [:]
    }

    /// Whether a decision stands: granted or limited.
    public var stands: Bool { result == .granted || result == .limited }

    /// Whether it is on the waiting list because there was no money.
    public var waitsForMoney: Bool { result == .waitlisted && code == HostReason.budgetShort }
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
    /// Nobody came for it in time.
    public static let notCollected = "NOT_COLLECTED"
    /// Its year was closed before it was paid, and a decision let it lapse.
    public static let yearEnd = "YEAR_END"
    /// A person took them out of a run.
    public static let withdrawn = "WITHDRAWN"
    /// They left the population while the run judged, or the register.
    public static let leftPopulation = "LEFT_POPULATION"
    public static let tooFew = "TOO_FEW"
    public static let overEachMax = "OVER_EACH_MAX"
    public static let ceiling = "CEILING"
    public static let outOfSeason = "OUT_OF_SEASON"
    public static let notMember = "NOT_MEMBER"
    /// Whoever applies has died, or whom a place is for.
    public static let deceased = "DECEASED"
    public static let exclusion = "NOT_BOTH"
    /// Another of the household was decided in the same run; the next run, or a person, sees what came of it.
    public static let sameHousehold = "SAME_HOUSEHOLD"
    /// A declared fact is absent.
    public static let missingFact = "MISSING_EVIDENCE"
    /// The rule failed; a person decides.
    public static let pluginFailed = "MANUAL_REVIEW"
}
