import NiangjiaCore

/// What people call the states, steps and results of a case.
enum CaseWords {
    /// Where a case stands: its state, who is awaited, until when it is on notice, whether somebody objects.
    static func standing(_ record: CaseRecord) -> String {
        var words = record.state.title.zh
        if let level = record.level { words += "(等待\(self.level(level))审核)" }
        if record.state == .underNotice, let notice = record.notice { words += ",公示 \(notice.from) 至 \(notice.to)" }
        if record.objection == "open" { words += record.state == .underNotice ? ",有异议待处理" : ",复核中" }
        return words
    }

    /// A review level as people call it.
    static func level(_ level: String) -> String {
        ["basic": "基层工会", "county": "区县级", "city": "市级", "province": "省级"][level] ?? level
    }

    static func state(_ state: String) -> String {
        CaseState(rawValue: state)?.title.zh ?? (state.isEmpty ? "" : state)
    }

    static func action(_ action: String) -> String {
        [
            "submit": "提交", "check": "初审", "approve": "通过", "return": "退回补正", "reject": "不予通过", "resubmit": "补正",
            "withdraw": "撤回", "object": "提出异议", "uphold": "异议成立", "overrule": "异议不成立", "waive": "豁免",
            "claw_back": "追回", "notice_end": "公示期满", "reconsider": "再次核定", "decide": "核定", "close": "办结",
            "fulfil": "办结", "correct": "更正金额", "bank_return": "银行退汇",
        ][action] ?? action
    }
}
