/// Something of which the store's own description of itself isn't what this version's migrations make.
public struct SchemaDifference: Sendable, Hashable {
    /// Ways to differ.
    public enum Kind: Sendable, Hashable {
        /// The host makes nothing of that name.
        case foreign
        /// The host made it, and it isn't there.
        case missing
        /// It is there and says something else.
        case changed
    }

    /// In which way it differs.
    public var kind: Kind
    /// `table`, `index`, `view` or `trigger`.
    public var type: String
    /// As the store has it.
    public var name: String

    /// Of a kind, a type and a name.
    public init(_ kind: Kind, type: String, name: String) {
        self.kind = kind
        self.type = type
        self.name = name
    }

    /// Names it and says how it differs.
    public var words: LocalText {
        let noun =
            switch type {
            case "table": LocalText(zh: "表", en: "table")
            case "index": LocalText(zh: "索引", en: "index")
            case "view": LocalText(zh: "视图", en: "view")
            case "trigger": LocalText(zh: "触发器", en: "trigger")
            default: LocalText(zh: type, en: type)
            }
        return switch kind {
        case .foreign: LocalText(zh: "多出\(noun.zh) \(name)", en: "\(noun.en) \(name) is foreign")
        case .missing: LocalText(zh: "缺少\(noun.zh) \(name)", en: "\(noun.en) \(name) is missing")
        case .changed: LocalText(zh: "\(noun.zh) \(name) 已被改动", en: "\(noun.en) \(name) was changed")
        }
    }
}
