/// What a decision gives to somebody, or asks as a fee: the amount that holds, payments and claims speak of.
///
/// States: `held → approved → batched → exported → paid`, where a failed or returned payment makes it `failed` until it is
/// reissued; `queued → held` where there was no money for it at first (decision 0082); `approved → delivered` for goods;
/// `approved → paid` for a fee that came in; `queued, held, approved, failed → released`; `paid, delivered → clawed_back`.
public struct Entitlement: Identified {
    public static let idPrefix = "ent"

    public enum Kind: String, Sendable { case money, goods, fee }

    public enum State: String, Sendable, CaseIterable {
        case queued, held, approved, batched, exported, paid, failed, delivered, released
        case clawedBack = "clawed_back"
    }

    /// Who is paid, or gives the goods; for a fee, who pays it.
    public struct Payee: Hashable, Sendable {
        public enum Kind: String, Sendable { case person, organization, supplier, stock }
        public var kind: Kind
        /// The person's or organisation's id; nil for goods from stock, or from a supplier who is named when settled.
        public var id: Int64?
        public init(_ kind: Kind, _ id: Int64?) {
            self.kind = kind
            self.id = id
        }
        public static func person(_ id: ID<Person>) -> Payee { Payee(.person, id.rawValue) }
        public static func organization(_ id: ID<Organization>) -> Payee { Payee(.organization, id.rawValue) }
        public static func supplier(_ id: ID<Organization>?) -> Payee { Payee(.supplier, id?.rawValue) }
        public static let stock = Payee(.stock, nil)
    }

    public var id: ID<Entitlement>
    public var decision: ID<Decision>
    /// nil for what a run decided without an application.
    public var caseID: ID<CaseFile>?
    public var caseLine: Int
    public var part: String
    public var kind: Kind
    public var payee: Payee
    public var amount: Money
    public var program: String
    public var series: String
    public var on: CivilDate
    public var revision: Int
    /// The entitlement whose further revision this is: a supplement (补发) to what was paid already.
    public var revises: ID<Entitlement>?
    public var state: State
    public var version: Int64
    /// Nothing has happened to it: it lies in its decision, without a row of its own.
    var isFolded = false
    /// Claimed back after payment, and what came in of that.
    public var claimed: Money
    public var recovered: Money
    /// What each line gives; one element where it is paid from one line. While it is queued, from which lines it may come: each
    /// gives nothing yet.
    public var shares: [Share]

    /// The part of the grant that it belongs to: of a further revision, that of the entitlement that it revises.
    var ownPart: String {
        guard revises != nil, let mark = part.lastIndex(of: "+") else { return part }
        return String(part[..<mark])
    }

    /// Which instalment of a whole it is, from 1: the ordinal of its payments.
    public var ordinal: Int {
        let mark = "instalment/"
        return part.hasPrefix(mark) ? Int(part.dropFirst(mark.count)) ?? 1 : 1
    }

    /// Begins the part of what was paid besides an entitlement, by a bank that had called it failed.
    static let paidTwice = "twice/"

    /// Begins the last piece of the part of what is given back of a fee.
    static let refund = "refund-"

    /// Whether it gives a fee back: what was paid of the fee counts less by as much already.
    var isRefund: Bool {
        kind == .money && part.split(separator: "/").last?.hasPrefix(Entitlement.refund) == true
    }

    /// Where money goes that comes in for a claim: free for others again, or into the place of what the line has advanced.
    var recoveryStage: AccountCode.Stage {
        program == Dues.program || part.hasPrefix(Entitlement.paidTwice) ? .advanced : .available
    }

    /// A line's part of an entitlement and of what is claimed back of it.
    public struct Share: Hashable, Sendable {
        public var line: String
        public var amount: Money
        public var claimed: Money = .zero
        public var recovered: Money = .zero
    }
}

/// An entitlement that is about to be made.
public struct NewEntitlement: Sendable, Hashable {
    public var decision: ID<Decision>
    public var caseID: ID<CaseFile>?
    /// The element of the case that it is for, and the part of its grant (`"book_money"`).
    public var caseLine: Int
    public var part: String
    public var kind: Entitlement.Kind
    public var payee: Entitlement.Payee
    /// What each line gives, in declared order; for a fee, the line that it goes to.
    public var shares: [Outcome.Split]
    public var program: String
    public var series: String
    public var on: CivilDate
    /// The entitlement whose further revision it is, and the number of that revision: a correction adds to what was paid.
    public var revises: ID<Entitlement>?
    /// From 1.
    public var revision = 1
    /// What waits for money, and when its turn comes; nil: it is held at once.
    var rest: QueuedRest?

    /// Makes it a further revision of an entitlement.
    mutating func revise(_ first: ID<Entitlement>, as number: Int) {
        part += "+\(number)"
        revises = first
        revision = number
    }

    /// The whole amount in fen.
    public var amount: Money { rest?.amount ?? shares.reduce(.zero) { $0 + $1.amount } }

    public init(
        decision: ID<Decision>, caseID: ID<CaseFile>?, caseLine: Int = 0, part: String = "", kind: Entitlement.Kind,
        payee: Entitlement.Payee, shares: [Outcome.Split], program: String, series: String, on: CivilDate
    ) {
        self.decision = decision
        self.caseID = caseID
        self.caseLine = caseLine
        self.part = part
        self.kind = kind
        self.payee = payee
        self.shares = shares
        self.program = program
        self.series = series
        self.on = on
    }
}
