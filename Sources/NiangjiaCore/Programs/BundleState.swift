/// How a bundle that was proposed stands.
public enum BundleState: String, Hashable, Sendable, CaseIterable {
    /// 待批准
    case proposed
    /// Approved; waits for its day.
    case approved
    /// 生效中
    case active
    /// 已被替换
    case retired
    /// 未批准
    case declined
    /// 已撤回, by somebody who may propose.
    case withdrawn
    /// 已过时: another bundle became active since it was proposed, so that it can't any more.
    case stale

    /// The word that people see.
    public var title: LocalText {
        switch self {
        case .proposed: LocalText(zh: "待批准", en: "waits for approval")
        case .approved: LocalText(zh: "已批准", en: "approved")
        case .active: LocalText(zh: "生效中", en: "in force")
        case .retired: LocalText(zh: "已替换", en: "replaced")
        case .declined: LocalText(zh: "未批准", en: "declined")
        case .withdrawn: LocalText(zh: "已撤回", en: "withdrawn")
        case .stale: LocalText(zh: "已过时", en: "stale")
        }
    }
}
