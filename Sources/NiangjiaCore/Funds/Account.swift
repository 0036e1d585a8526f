/// The name of a ledger account: `line/cooling-2026/held` or `source/union_budget`.
///
/// Money of a line is always in exactly one stage, and the stages' accounts sum to what the line was given: budget execution
/// (预算执行) is a statement of these accounts. A source's account is the contra side and may be negative.
public struct AccountCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String
    let line: String?
    let stage: String

    /// Of a source's account: which source.
    var source: String? { line == nil ? String(rawValue.dropFirst("source/".count)) : nil }

    /// Where a line's money stands.
    public enum Stage: String, Sendable, CaseIterable {
        /// Free to be granted (可用).
        case available
        /// Granted, not yet paid (预留).
        case held
        /// In a file that the bank has, outcome unknown (在途).
        case inTransit = "in_transit"
        /// Goods delivered by a supplier who is not yet paid (应付).
        case owed
        /// Paid, or goods handed over (已支付).
        case paid
        /// To be paid back by somebody (追回应收).
        case claim
        /// Fees asked for and not yet received (应收互助费).
        case due
        /// Promised by the line's backstop and not yet drawn (兜底额度).
        case backstop
        /// Gone from the bank for what somebody else has to give back (垫付): below nothing by what is outstanding, until it comes in.
        case advanced

        /// For people.
        public var title: LocalText {
            switch self {
            case .available: LocalText(zh: "可用", en: "available")
            case .held: LocalText(zh: "预留", en: "held")
            case .inTransit: LocalText(zh: "在途", en: "in transit")
            case .owed: LocalText(zh: "应付", en: "owed")
            case .paid: LocalText(zh: "已支付", en: "paid")
            case .claim: LocalText(zh: "追回应收", en: "claims")
            case .due: LocalText(zh: "应收互助费", en: "fees due")
            case .backstop: LocalText(zh: "兜底额度", en: "backstop")
            case .advanced: LocalText(zh: "垫付", en: "advanced")
            }
        }
    }

    /// The account of a line's stage.
    public static func line(_ line: String, _ stage: Stage) -> AccountCode {
        AccountCode(rawValue: "line/\(line)/\(stage.rawValue)", line: line, stage: stage.rawValue)
    }

    /// The contra account of a source of money.
    public static func source(_ source: String) -> AccountCode {
        AccountCode(rawValue: "source/\(source)", line: nil, stage: "source")
    }

    /// Never negative, but for a source's account and what was advanced.
    var floor: Int64? { line == nil || stage == Stage.advanced.rawValue ? nil : 0 }

    /// The rest follows from the code.
    public static func == (a: AccountCode, b: AccountCode) -> Bool { a.rawValue == b.rawValue }
    /// By the code alone.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
    public static func < (a: AccountCode, b: AccountCode) -> Bool { a.rawValue < b.rawValue }
    public var description: String { rawValue }
}

/// Entries that are booked together under one voucher number and sum to zero.
public struct EntrySet: Identified {
    public static let idPrefix = "es"

    /// Why money moved; the chain's event is called `money.<kind>`.
    public enum Kind: String, Sendable, CaseIterable {
        case budget, transfer, lapse, backstop, backstopDraw = "backstop_draw", backstopLapse = "backstop_lapse"
        /// What was drawn from a backstop and isn't needed any more (归还兜底).
        case backstopReturn = "backstop_return"
        case hold, release, delivery, export, paid, failed, returned, claim, recovery
        case claimReduced = "claim_reduced"
        case feeDue = "fee_due", feeReceived = "fee_received", feeWaived = "fee_waived"
        /// 工会经费, 捐赠与配捐, 与供应商结算, 工会之间分摊
        case dues, donation, settlement, sharing
        case reversal

        /// Whether ``Ledger/reverse(_:memo:_:in:)`` may undo it: everything else has rows of its own that must move along.
        var isReversible: Bool { self == .budget || self == .transfer || self == .backstopDraw }
    }

    /// The id of a voucher is its year and its number in it: in the order of booking.
    static func id(year: Int, voucher: Int64) -> ID<EntrySet> { ID(rawValue: Int64(year) << 40 | voucher) }

    public var kind: Kind
    public var entries: [Entry]
    /// What happened, in words for the voucher's 摘要.
    public var memo: String
    /// What it is about: a case, a run, a batch, a line.
    public var about: String
    /// When it took effect, where that is not the day of booking.
    public var effectiveOn: CivilDate?

    /// A signed amount on an account: positive is money coming into it.
    public struct Entry: Hashable, Sendable {
        public var account: AccountCode
        public var amount: Money
        public init(_ account: AccountCode, _ amount: Money) {
            self.account = account
            self.amount = amount
        }
    }

    public init(
        _ kind: Kind, _ entries: [Entry], memo: String, about: String, effectiveOn: CivilDate? = nil
    ) {
        self.kind = kind
        self.entries = entries
        self.memo = memo
        self.about = about
        self.effectiveOn = effectiveOn
    }

    /// The same sums moved from one stage of their lines to another.
    init(
        _ kind: Kind, moving amounts: [String: Money], from: AccountCode.Stage, to: AccountCode.Stage, memo: String,
        about: String, effectiveOn: CivilDate? = nil
    ) {
        let entries = amounts.sorted { $0.key < $1.key }.flatMap { line, amount in
            [Entry(.line(line, from), -amount), Entry(.line(line, to), amount)]
        }
        self.init(kind, entries, memo: memo, about: about, effectiveOn: effectiveOn)
    }
}

extension NiangjiaError.Code {
    /// An account would fall below what it may: the money isn't there.
    public static let insufficientFunds: NiangjiaError.Code = "insufficient_funds"
}
