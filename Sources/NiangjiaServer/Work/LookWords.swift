import NiangjiaCore

/// What a member is told of those who looked at their data: the roles, and why the host says so where nobody had to give a reason.
enum LookWords {
    /// The roles of an account as people call them.
    static func roles(_ codes: [String], _ language: Language) -> String { RoleWords.list(codes)[language] }

    /// A reason as the log keeps it: the host's own words are told in the reader's language, what a person wrote as it was written.
    static func reason(_ kept: String, _ language: Language) -> String {
        // `action PROGRAM/ACTION RUN`
        if kept.hasPrefix("action "), let called = kept.split(separator: " ").dropFirst().first {
            return language == .zh ? "办理动作 \(called)" : "for the action \(called)"
        }
        return words[kept]?[language] ?? kept
    }

    private static let words = [
        "-": LocalText(zh: "查看本人资料", en: "their own data"),
        "case list": LocalText(zh: "查看申请列表", en: "a list of cases"),
        "case show": LocalText(zh: "查看申请", en: "a case"),
        "decision list": LocalText(zh: "查看核定列表", en: "a list of decisions"),
        "decision show": LocalText(zh: "查看核定", en: "a decision"),
        "decision explain": LocalText(zh: "查看核定说明", en: "why it was decided so"),
        "draw show": LocalText(zh: "查看抽签", en: "a draw"),
        "person find": LocalText(zh: "查找人员", en: "a search for people"),
        "plugin try": LocalText(zh: "试运行规则", en: "a trial of a rule"),
        "plugin fixture": LocalText(zh: "生成规则用例", en: "a fixture for a rule's tests"),
    ]
}
