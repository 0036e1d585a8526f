/// One line on its way to an outcome: what the rule said, and what the host must hold it against.
public struct SettleLine: Sendable {
    /// A limit shared with other decisions: a stacking cap, a program's ceiling of an own kind.
    public struct Cap: Sendable, Hashable {
        /// What is shared, and by whom: lines with the same key draw on one cap.
        public var key: String
        /// The most that all decisions under the key come to, in fen.
        public var cap: Money
        /// What standing decisions have drawn already.
        public var used: Money
        /// The code under which a line is cut to what is left of it.
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
        /// The pool: `program/form`, and the value of the manifest's `per` after it.
        public var key: String
        /// How many places there are in all.
        public var count: Int64
        /// How many are taken already.
        public var used: Int64
        /// How many the line needs, at least one.
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
        /// Lines with the same key are counted together.
        public var key: String
        /// How many must pass.
        public var atLeast: Int64
        public init(key: String, atLeast: Int64) {
            self.key = key
            self.atLeast = atLeast
        }
    }

    /// What the rule said.
    public var judgement: Judgement
    /// Fund lines in order, or by share.
    public var funding: [Funding]
    /// What happens when the money does not suffice.
    public var short: Shortage
    /// The most in one payment, in fen: a person decides about more; nil: no bound.
    public var eachMax: Money?
    /// Whether money or goods are drawn from funds (fees and places are not).
    public var draws: Bool
    /// All shared limits that it draws on.
    public var caps: [Cap]
    /// The places that it competes for; nil: none.
    public var places: Places?
    /// Where the line stands with its places, when that was settled before: held, waiting or out. nil: ``places`` decides.
    public var place: PlaceState?
    /// With which lines it passes or doesn't; nil: alone.
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
    /// What came of a line: the rule's word, or what scarcity made of it.
    public enum Result: String, Hashable, Sendable, CaseIterable {
        case granted
        case limited
        case refused
        case waitlisted
        case review
        case incomplete
        case failed
    }
    /// What came of it.
    public var result: Result
    /// What will be held; of a `queue` shortage the part that there is money for.
    public var amount: Money
    /// What waits for money (`short: queue`): owed, and held when there is money for it (decision 0082).
    public var queued: Money
    /// What exclusions, shared caps and bills took of what the rule granted: not granted, whatever money there is.
    public var stacked: Money
    /// From which fund line how much.
    public var splits: [Split]
    /// The reason: the rule's, a stacking rule's or the host's; nil: all was granted as the rule said.
    public var code: String?
    /// Placeholders of the reason: integers, dates, money in fen.
    public var params: [String: Value]

    /// What one fund line gives.
    public struct Split: Hashable, Sendable {
        /// The id of the fund line.
        public var line: String
        /// How much it gives, in fen, more than nothing.
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
    /// The fund lines haven't all that was granted: cut, refused, on the waiting list or queued.
    public static let budgetShort = "BUDGET_SHORT"
    /// All places are taken: refused, or on the waiting list.
    public static let quotaFull = "QUOTA_FULL"
    /// Nobody came for it in time.
    public static let notCollected = "NOT_COLLECTED"
    /// Its year was closed before it was paid, and a decision let it lapse.
    public static let yearEnd = "YEAR_END"
    /// A person took them out of a run.
    public static let withdrawn = "WITHDRAWN"
    /// They left the population while the run judged, or the register.
    public static let leftPopulation = "LEFT_POPULATION"
    /// Fewer lines of the case pass than must (`together`): none does.
    public static let tooFew = "TOO_FEW"
    /// More than one payment may be (`pay.each_max`): a person decides.
    public static let overEachMax = "OVER_EACH_MAX"
    /// Beyond what was approved (`ceiling`): on the waiting list.
    public static let ceiling = "CEILING"
    /// Outside the season, the time for applications or that of the places: refused.
    public static let outOfSeason = "OUT_OF_SEASON"
    /// The form is for members, and the applicant is none: refused.
    public static let notMember = "NOT_MEMBER"
    /// Whoever applies has died, or whom a place is for.
    public static let deceased = "DECEASED"
    /// Not together with another program, where `config/stacking.yaml` names this code for it.
    public static let exclusion = "NOT_BOTH"
    /// Another of the household was decided in the same run; the next run, or a person, sees what came of it.
    public static let sameHousehold = "SAME_HOUSEHOLD"
    /// A declared fact is absent.
    public static let missingFact = "MISSING_EVIDENCE"
    /// The rule failed; a person decides.
    public static let pluginFailed = "MANUAL_REVIEW"
}
