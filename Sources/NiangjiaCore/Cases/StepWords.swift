/// What people call the steps of a case, as its history keeps them.
public enum StepWords {
    /// A step by its stable word; one that isn't known stays as it is.
    public static func title(_ step: String) -> LocalText { words[step] ?? LocalText(zh: step, en: step) }

    /// A step's note in a language. It is told as it was written but for what the host itself writes, which keeps both texts apart by a
    /// slash, or Chinese alone: whoever reads English is told the English.
    public static func note(_ kept: String, _ language: Language) -> String {
        guard language == .en else { return kept }
        if kept == Corridor.restless { return "the facts kept changing while it was decided" }
        guard ["改按现行版本判定:", "金额由 "].contains(where: kept.hasPrefix), let slash = kept.range(of: " / ") else {
            return kept
        }
        return String(kept[slash.upperBound...])
    }

    private static let words = [
        "submit": LocalText(zh: "提交", en: "filed"), "check": LocalText(zh: "初审", en: "checked"),
        "approve": LocalText(zh: "通过", en: "approved"), "return": LocalText(zh: "退回补正", en: "sent back"),
        "reject": LocalText(zh: "不予通过", en: "rejected"), "resubmit": LocalText(zh: "补正", en: "mended"),
        "withdraw": LocalText(zh: "撤回", en: "withdrawn"), "object": LocalText(zh: "提出异议", en: "objected to"),
        "uphold": LocalText(zh: "异议成立", en: "objection upheld"),
        "overrule": LocalText(zh: "异议不成立", en: "objection overruled"), "waive": LocalText(zh: "豁免", en: "waived"),
        "claw_back": LocalText(zh: "追回", en: "clawed back"), "retry": LocalText(zh: "重新判定", en: "judged again"),
        "notice_end": LocalText(zh: "公示期满", en: "notice over"),
        "reconsider": LocalText(zh: "再次核定", en: "decided again"), "decide": LocalText(zh: "核定", en: "decided"),
        "close": LocalText(zh: "办结", en: "done"), "fulfil": LocalText(zh: "办结", en: "done"),
        "serve_queue": LocalText(zh: "排队资金到位,已预留", en: "money came for what was queued, and is held"),
        Corridor.moneyCame: LocalText(zh: "资金到位,再次核定", en: "decided again: there is money now"),
        "flag": LocalText(zh: "提示审核人", en: "flagged for reviewers"),
        "correct": LocalText(zh: "更正金额", en: "amount corrected"),
        "bank_return": LocalText(zh: "银行退汇", en: "returned by the bank"),
    ]
}
