/// The name of a ledger account: `line/cooling-2026/held` or `source/union_budget`.
///
/// Money of a line is always in exactly one stage, and the stages' accounts sum to what the line was given: budget execution
/// (预算执行) is a statement of these accounts. A source's account is the contra side and may be negative.
public struct AccountCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `line/<line>/<stage>` or `source/<source>`.
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
    /// In the order of the codes.
    public static func < (a: AccountCode, b: AccountCode) -> Bool { a.rawValue < b.rawValue }
    /// The same as ``rawValue``.
    public var description: String { rawValue }
}

extension NiangjiaError.Code {
    /// An account would fall below what it may: the money isn't there.
    public static let insufficientFunds: NiangjiaError.Code = "insufficient_funds"
}
