import NiangjiaCore

/// What people call the states, steps and results of a case.
enum CaseWords {
    /// Where a case stands: its state, who is awaited, until when it is on notice, whether somebody objects.
    static func standing(_ record: CaseRecord) -> LocalText {
        var words = record.state.title
        func add(_ zh: String, _ en: String) {
            words.zh += zh
            words.en += en
        }
        if let level = record.level.map(level) { add("(等待\(level.zh)审核)", " (waits for the review of \(level.en))") }
        if record.state == .underNotice, let notice = record.notice {
            add(",公示 \(notice.from) 至 \(notice.to)", ", on notice \(notice.from) to \(notice.to)")
        }
        if record.objection == "open" {
            if record.state == .underNotice {
                add(",有异议待处理", ", an objection is open")
            } else {
                add(",复核中", ", an appeal is open")
            }
        }
        return words
    }

    /// A review level as people call it.
    static func level(_ level: String) -> LocalText {
        switch level {
        case "basic": LocalText(zh: "基层工会", en: "the basic union")
        case "county": LocalText(zh: "区县级", en: "the county")
        case "city": LocalText(zh: "市级", en: "the city")
        case "province": LocalText(zh: "省级", en: "the province")
        default: LocalText(zh: level, en: level)
        }
    }

    static func state(_ state: String) -> LocalText {
        CaseState(rawValue: state)?.title ?? LocalText(zh: state, en: state)
    }

    static func action(_ action: String) -> LocalText {
        actions[action] ?? LocalText(zh: action, en: action)
    }

    private static let actions = [
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
        "correct": LocalText(zh: "更正金额", en: "amount corrected"),
        "bank_return": LocalText(zh: "银行退汇", en: "returned by the bank"),
    ]
}
