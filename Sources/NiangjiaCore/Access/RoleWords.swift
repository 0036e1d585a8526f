/// What people call whoever may do something, where a manifest, a channel or an account names them by a code.
public enum RoleWords {
    private static let words: [String: LocalText] = [
        "anyone": LocalText(zh: "任何人", en: "anyone"), "person": LocalText(zh: "本人", en: "the person"),
        "scan": LocalText(zh: "扫码设备", en: "a scanner"), "batch": LocalText(zh: "批量核定", en: "a run"),
        "action": LocalText(zh: "插件的动作", en: "an action of the plugin"),
    ]

    /// A review level: whose reviewers they are.
    public static func level(_ level: String) -> LocalText {
        switch level {
        case "basic": LocalText(zh: "基层工会", en: "the basic union")
        case "county": LocalText(zh: "区县级", en: "the county")
        case "city": LocalText(zh: "市级", en: "the city")
        case "province": LocalText(zh: "省级", en: "the province")
        default: LocalText(zh: level, en: level)
        }
    }

    /// One role: the host's, or one that the manifest names. A path (`own.stages.…`) is told as it is written.
    public static func title(_ code: String, _ manifest: Manifest? = nil) -> LocalText {
        if let own = manifest?.roles[code] ?? words[code] { return own }
        guard let grant = RoleGrant(code) else { return LocalText(zh: code, en: code) }
        guard let level = grant.level.map(level) else { return grant.role.title }
        return LocalText(zh: "\(level.zh)\(grant.role.title.zh)", en: "\(grant.role.title.en) of \(level.en)")
    }

    /// Several, in their order.
    public static func list(_ codes: [String], _ manifest: Manifest? = nil) -> LocalText {
        let titles = codes.map { title($0, manifest) }
        return LocalText(
            zh: titles.map(\.zh).joined(separator: "、"), en: titles.map(\.en).joined(separator: ", "))
    }
}
