/// What may cross between forms, facts, rules and the journal: integers, never floats.
///
/// Dates travel as `YYYY-MM-DD` text and money as integer fen; the schema beside a value says which it is.
public indirect enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case text(String)
    case list([Value])
    case map([String: Value])

    /// The member of a map; null for anything else.
    public subscript(key: String) -> Value {
        if case .map(let members) = self { return members[key] ?? .null }
        return .null
    }

    /// Follows a dotted path through maps.
    public func at(path: some StringProtocol) -> Value {
        path.split(separator: ".").reduce(self) { $0[String($1)] }
    }

    /// Whether it is null.
    public var isNull: Bool { self == .null }
    /// The integer, when it is one.
    public var int: Int64? { if case .int(let n) = self { n } else { nil } }
    /// The text, when it is one.
    public var text: String? { if case .text(let s) = self { s } else { nil } }
    /// The truth value, when it is one.
    public var bool: Bool? { if case .bool(let b) = self { b } else { nil } }
    /// The items, when it is a list.
    public var list: [Value]? { if case .list(let items) = self { items } else { nil } }
    /// The members, when it is a map.
    public var map: [String: Value]? { if case .map(let members) = self { members } else { nil } }
    /// The civil date that a text spells, if it does.
    public var date: CivilDate? { text.flatMap { CivilDate($0) } }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) {
        self = .map(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
    public init(nilLiteral: ()) { self = .null }
}
