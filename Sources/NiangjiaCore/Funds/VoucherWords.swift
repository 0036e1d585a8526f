/// What the memo (摘要) of a voucher says to whoever reads English.
///
/// It is written in Chinese when it is booked, and sealed in the chain so. What happened follows from the kind, and which case, batch or line
/// it was about stands beside it.
enum VoucherWords {
    /// A memo in a language.
    ///
    /// - Parameter kind: ``EntrySet/Kind``; of one that isn't known the memo is told as it was booked.
    static func memo(_ booked: String, kind: String, _ language: Language) -> String {
        guard language == .en, let kind = EntrySet.Kind(rawValue: kind) else { return booked }
        let moved = Periods.closedDay(in: booked).map { " (of \($0), which was closed)" } ?? ""
        return english(kind) + moved
    }

    private static func english(_ kind: EntrySet.Kind) -> String {
        switch kind {
        case .budget: "budget given or changed"
        case .transfer: "moved between lines"
        case .lapse: "left over at the year's end, lapsed"
        case .backstop: "backstop promised or changed"
        case .backstopDraw: "drawn from the backstop"
        case .backstopReturn: "given back to the backstop"
        case .backstopLapse: "backstop not used by the year's end, lapsed"
        case .hold: "held for what was granted"
        case .release: "released, no longer held"
        case .delivery: "goods handed over"
        case .export: "sent to the bank"
        case .paid: "paid by the bank"
        case .failed: "not paid by the bank"
        case .returned: "sent back by the bank"
        case .claim: "claimed back"
        case .claimReduced: "claim reduced"
        case .recovery: "claim paid back"
        case .feeDue: "fees due"
        case .feeReceived: "fees received"
        case .feeWaived: "fees waived"
        case .dues: "dues"
        case .donation: "donation, or what is added to one"
        case .settlement: "supplier's invoice settled"
        case .sharing: "cost shared between unions"
        case .reversal: "reversed"
        }
    }
}

extension BookedEntry {
    /// What happened: as it was booked (zh-CN), or in English by the voucher's kind.
    public func memo(_ language: Language) -> String { VoucherWords.memo(memo, kind: kind, language) }
}
