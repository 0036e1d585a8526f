/// Entries that are booked together under one voucher number and sum to zero.
public struct EntrySet: Identified {
    /// `es-…`
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

    /// Why money moved.
    public var kind: Kind
    /// The entries, at least two once those of one account are joined; they sum to zero.
    public var entries: [Entry]
    /// What happened, in words for the voucher's 摘要.
    public var memo: String
    /// What it is about: a case, a run, a batch, a line.
    public var about: String
    /// When it took effect, where that is not the day of booking.
    public var effectiveOn: CivilDate?

    /// A signed amount on an account: positive is money coming into it.
    public struct Entry: Hashable, Sendable {
        /// The account that it changes.
        public var account: AccountCode
        /// By how much, in fen; at most 10^15 either way.
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
