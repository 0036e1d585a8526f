/// The languages in which the host speaks. zh-CN comes first; English stands beside it.
public enum Language: String, Sendable, Hashable, CaseIterable {
    case zh = "zh-CN"
    case en = "en"
}

/// A text for people, in both languages.
public struct LocalText: Hashable, Sendable {
    /// What people read first.
    public var zh: String
    /// The same in English.
    public var en: String

    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    /// The text in a language.
    public subscript(language: Language) -> String { language == .zh ? zh : en }
}
