import NiangjiaCore

extension Operation {
    /// Whose records an operation reads or changes.
    public enum Reach: String, Hashable, Sendable, CaseIterable {
        /// Nobody's: settings, counts, and what anybody may repeat (draws).
        case open
        /// The caller's own account.
        case selfOnly = "self"
        /// Somebody's own, their case or what was decided about them; for whoever may see others', those in their part of the city.
        case own
        /// What lies in the account's part of the city.
        case part
        /// The whole city: an account that is bound to a part of it is refused.
        case city

        /// For people.
        public var title: LocalText {
            switch self {
            case .open: LocalText(zh: "不涉及个人", en: "nobody's")
            case .selfOnly: LocalText(zh: "本账号", en: "the account itself")
            case .own: LocalText(zh: "本人,或所辖范围", en: "one's own, or one's part of the city")
            case .part: LocalText(zh: "所辖范围", en: "one's part of the city")
            case .city: LocalText(zh: "全市(不得限于某个组织)", en: "the whole city, unbound accounts only")
            }
        }
    }

    /// Refuses an account that is bound to a part of the city what concerns all of it.
    func checkReach(of account: Account?) throws {
        guard reach == .city, let account, account.scope != nil else { return }
        throw NiangjiaError(
            .forbidden, zh: "这项操作涉及全市,限于某个组织的账号不能办理。",
            en: "This concerns the whole city: an account that is bound to a part of it can't do it.")
    }
}
