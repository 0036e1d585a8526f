/// What people call the states of entitlements, payments and batches.
extension Entitlement.State {
    /// For people; commands and answers keep the stable word.
    public var title: LocalText {
        switch self {
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
        case .built: LocalText(zh: "已制单", en: "built")
        case .checked: LocalText(zh: "已自检", en: "checked")
        case .approved: LocalText(zh: "已复核", en: "approved")
        case .exported: LocalText(zh: "已导出", en: "exported")
        case .settled: LocalText(zh: "已结清", en: "settled")
        case .void: LocalText(zh: "已作废", en: "void")
        }
    }
}
