import NiangjiaCore

/// One name of the plugin contract: what it is called, what it takes and gives, since which level, and what it is for.
///
/// The table of these (``APITable``) is the only place where the contract is listed: reference pages, editor stubs and the JSON
/// dump come from it, and a test holds the workers' environment against it.
public struct APIEntry: Hashable, Sendable {
    public enum Section: String, Hashable, Sendable, CaseIterable {
        /// What assess and recheck return.
        case decision
        /// Pure helpers of the host.
        case helper
        /// What an action asks of the host, and what it proposes.
        case action
        /// What is left of Lua's own names.
        case language
        /// What a rule reads of the case.
        case fact
        /// When and where the case is judged.
        case context
        /// Keys of `plugin.yaml`.
        case manifest
        /// Types of settings and fields.
        case type

        public var title: LocalText {
            switch self {
            case .decision: LocalText(zh: "裁定", en: "Decisions")
            case .helper: LocalText(zh: "纯函数", en: "Pure helpers")
            case .action: LocalText(zh: "动作", en: "Actions")
            case .language: LocalText(zh: "保留的 Lua 名称", en: "What is left of Lua")
            case .fact: LocalText(zh: "事实 facts", en: "Facts")
            case .context: LocalText(zh: "背景 context", en: "Context")
            case .manifest: LocalText(zh: "清单 plugin.yaml", en: "Manifest keys")
            case .type: LocalText(zh: "类型", en: "Types")
            }
        }
    }

    /// In which functions of a script a name may be used.
    public enum Place: String, Hashable, Sendable, CaseIterable { case assess, recheck, action }

    public struct Parameter: Hashable, Sendable {
        public var name: String
        /// In LuaLS notation: `integer`, `string`, `table`, `any[]` …
        public var type: String
        public var isOptional: Bool
    }

    public var name: String
    public var section: Section
    /// The level of the contract that brought it.
    public var since: Int
    /// Nil: not a function.
    public var parameters: [Parameter]?
    /// What the function returns, or the type of the value.
    public var type: String
    /// Where scripts may use it; all three where nothing else is said.
    public var places: [Place]
    public var doc: LocalText

    /// A value: a field, a key, a type.
    init(
        _ name: String, _ section: Section, _ type: String = "", in places: [Place] = Place.allCases, since: Int = 1,
        zh: String, en: String
    ) {
        self.name = name
        self.section = section
        self.since = since
        parameters = nil
        self.type = type
        self.places = places
        doc = LocalText(zh: zh, en: en)
    }

    /// A function; parameters as `fen: integer` or, where they may be left out, `options?: table`.
    init(
        function name: String, _ section: Section, _ parameters: [String], _ returns: String,
        in places: [Place] = Place.allCases, since: Int = 1, zh: String, en: String
    ) {
        self.init(name, section, returns, in: places, since: since, zh: zh, en: en)
        self.parameters = parameters.map { text in
            let pieces = text.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
            let isOptional = pieces[0].hasSuffix("?")
            return Parameter(
                name: String(isOptional ? pieces[0].dropLast() : pieces[0]),
                type: pieces.count > 1 ? String(pieces[1]) : "any", isOptional: isOptional)
        }
    }

    /// As it is written: `money.tiers(fen, rows)`, `context.on`.
    public var signature: String {
        guard let parameters else { return name }
        let list = parameters.map { $0.isOptional ? "[\($0.name)]" : $0.name }.joined(separator: ", ")
        return "\(name)(\(list))"
    }
}
