import NiangjiaCore

/// Why the host logs a look where nobody has to give a reason: what was asked of it.
enum AccessReason: String, CaseIterable {
    case auditEvent = "audit event"
    case auditEvents = "audit events"
    case caseFiled = "case filed"
    case caseList = "case list"
    case caseShow = "case show"
    case decisionExplain = "decision explain"
    case decisionList = "decision list"
    case decisionShow = "decision show"
    case drawShow = "draw show"
    case personFind = "person find"
    case pluginFixture = "plugin fixture"
    case pluginTry = "plugin try"

    /// What the person is told whose data it was.
    var words: LocalText {
        switch self {
        case .auditEvent: LocalText(zh: "审计查看事件", en: "an event, read by an auditor")
        case .auditEvents: LocalText(zh: "审计查看事件列表", en: "events, read by an auditor")
        case .caseFiled: LocalText(zh: "他人的申请中写到", en: "named in somebody else's application")
        case .caseList: LocalText(zh: "查看申请列表", en: "a list of cases")
        case .caseShow: LocalText(zh: "查看申请", en: "a case")
        case .decisionExplain: LocalText(zh: "查看核定说明", en: "why it was decided so")
        case .decisionList: LocalText(zh: "查看核定列表", en: "a list of decisions")
        case .decisionShow: LocalText(zh: "查看核定", en: "a decision")
        case .drawShow: LocalText(zh: "查看抽签", en: "a draw")
        case .personFind: LocalText(zh: "查找人员", en: "a search for people")
        case .pluginFixture: LocalText(zh: "生成规则用例", en: "a fixture for a rule's tests")
        case .pluginTry: LocalText(zh: "试运行规则", en: "a trial of a rule")
        }
    }
}
