/// What became, or would become, of a row.
public enum RowOutcome: String, Sendable, Hashable, CaseIterable {
    /// The register gains it.
    case new
    /// The register's row gets a new version.
    case changed
    /// The register holds it already.
    case unchanged
    /// A person must confirm it (a `是` in the column 确认) before it is taken.
    case conflicting
    /// It can't be taken.
    case refused

    /// The outcome for people.
    public var title: LocalText {
        switch self {
        case .new: LocalText(zh: "新增", en: "new")
        case .changed: LocalText(zh: "变更", en: "changed")
        case .unchanged: LocalText(zh: "未变", en: "unchanged")
        case .conflicting: LocalText(zh: "待确认", en: "to be confirmed")
        case .refused: LocalText(zh: "拒绝", en: "refused")
        }
    }
}
