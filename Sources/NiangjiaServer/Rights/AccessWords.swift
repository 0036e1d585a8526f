import NiangjiaCore

/// What a member is told of those who looked at their data: the roles, and why the host says so where nobody had to give a reason.
enum AccessWords {
    /// The roles of an account as people call them.
    static func roles(_ codes: [String], _ language: Language) -> String { RoleWords.list(codes)[language] }

    /// A reason as the log keeps it: the host's own words are told in the reader's language, what a person wrote as it was written.
    static func reason(_ kept: String, _ language: Language) -> String {
        if let action = action(kept) { return language == .zh ? "办理动作 \(action)" : "for the action \(action)" }
        if kept == AccessLog.own { return language == .zh ? "查看本人资料" : "their own data" }
        return AccessReason(rawValue: kept)?.words[language] ?? kept
    }

    /// `PROGRAM/ACTION` of `action PROGRAM/ACTION RUN`.
    private static func action(_ kept: String) -> String? {
        let parts = kept.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "action", parts[1].contains("/"), ID<ActionRun>(parts[2]) != nil else {
            return nil
        }
        return parts[1]
    }
}
