/// What people call the states of entitlements, payments and batches.
extension Entitlement.State {
    /// For people; commands and answers keep the stable word.
    public var title: LocalText {
        switch self {
        case .queued: LocalText(zh: "排队等资金", en: "queued for money")
        case .held: LocalText(zh: "已预留", en: "held")
        case .approved: LocalText(zh: "待支付", en: "approved")
        case .batched: LocalText(zh: "已制单", en: "batched")
        case .exported: LocalText(zh: "已交银行", en: "exported")
        case .paid: LocalText(zh: "已支付", en: "paid")
        case .failed: LocalText(zh: "支付失败", en: "failed")
        case .delivered: LocalText(zh: "已交付", en: "delivered")
        case .released: LocalText(zh: "已撤销", en: "released")
        case .clawedBack: LocalText(zh: "追回中", en: "claimed back")
        }
    }
}

extension Payment.State {
    /// For people; commands and answers keep the stable word.
    public var title: LocalText {
        switch self {
        case .waiting: LocalText(zh: "待制单", en: "waiting")
        case .batched: LocalText(zh: "已制单", en: "batched")
        case .exported: LocalText(zh: "已交银行", en: "exported")
        case .paid: LocalText(zh: "已支付", en: "paid")
        case .failed: LocalText(zh: "支付失败", en: "failed")
        case .returned: LocalText(zh: "已退汇", en: "returned")
        case .twice: LocalText(zh: "疑似重复支付", en: "paid besides another attempt")
        case .void: LocalText(zh: "已作废", en: "void")
        }
    }
}

extension PayBatch.State {
    /// For people; commands and answers keep the stable word.
    public var title: LocalText {
        switch self {
        case .building: LocalText(zh: "制单中", en: "building")
        case .built: LocalText(zh: "已制单", en: "built")
        case .checked: LocalText(zh: "已自检", en: "checked")
        case .approved: LocalText(zh: "已复核", en: "approved")
        case .exported: LocalText(zh: "已导出", en: "exported")
        case .settled: LocalText(zh: "已结清", en: "settled")
        case .void: LocalText(zh: "已作废", en: "void")
        }
    }
}

/// What people call the states that are stored as words: grants and their reports, settlements between unions, corrections, fund
/// lines.
public enum StateWords {
    private static let words: [String: LocalText] = [
        "proposed": LocalText(zh: "待批准", en: "proposed"), "granted": LocalText(zh: "已批准", en: "granted"),
        "refused": LocalText(zh: "未批准", en: "refused"), "closed": LocalText(zh: "已结束", en: "closed"),
        "submitted": LocalText(zh: "待审", en: "submitted"), "accepted": LocalText(zh: "已通过", en: "accepted"),
        "returned": LocalText(zh: "已退回", en: "returned"), "booking": LocalText(zh: "入账中", en: "booking"),
        "booked": LocalText(zh: "已入账", en: "booked"), "withdrawn": LocalText(zh: "已撤回", en: "withdrawn"),
        "open": LocalText(zh: "可用", en: "open"), "lapsed": LocalText(zh: "已失效", en: "lapsed"),
        "carried": LocalText(zh: "已结转", en: "carried"), "waiting": LocalText(zh: "待确认", en: "waiting"),
        "none": LocalText(zh: "无", en: "none"),
    ]

    /// For people; a word that isn't known stays as it is.
    public static func title(_ word: String) -> LocalText { words[word] ?? LocalText(zh: word, en: word) }

    /// The states of entitlements, by their stable words.
    static let entitlements = Dictionary(
        uniqueKeysWithValues: Entitlement.State.allCases.map { ($0.rawValue, $0.title) })
    /// The stages of a line's money, by their stable words.
    static let stages = Dictionary(
        uniqueKeysWithValues: AccountCode.Stage.allCases.map { ($0.rawValue, $0.title) })
    /// The states of lines.
    static let lines = words
}
