/// The type of a setting, a form field, a record field or a kept value.
public indirect enum FieldType: Hashable, Sendable {
    /// Free text by a person; opaque to rules (present or not), so that it can't leak through them.
    case text
    /// A code or a short word that rules may compare.
    case string
    case integer
    case boolean
    /// Integer fen inside, `50`, `50.00`, `50元` where people write it.
    case money
    /// Basis points inside, `30%` where people write it.
    case rate
    case date
    case instant
    /// `24h`, `3d`, `3wd` (working days).
    case duration
    /// WGS-84, `{lat, lon}` in integer microdegrees (about 0.1 m).
    case point
    case area
    /// An evidence file; opaque to rules.
    case file
    /// A row of a register (`person`, `child`, `member`, `organization`, `household`, `station`) or of a record table.
    case reference(String)
    case list(FieldType)
    case object([Field])
    case oneOf([String])
    /// The value may also be null.
    case nullable(FieldType)

    /// The largest amount that is typed into a form, in fen.
    public static let mostFen: Int64 = 10_000_000_000_000

    /// Register references that the host resolves; any other name is a record table of the plugin.
    public static let registers: Set<String> = ["person", "child", "member", "organization", "household", "station"]
    /// Those that name people: a rule is told what the registers say of them.
    public static let people: Set<String> = ["person", "child", "member", "household"]

    /// Whether a value names people.
    public var namesPeople: Bool { names(FieldType.people) }

    /// Whether a value names people who aren't children of the household of whoever fills it in.
    public var namesOthers: Bool { names(FieldType.people.subtracting(["child"])) }

    private func names(_ registers: Set<String>) -> Bool {
        switch self {
        case .nullable(let inner), .list(let inner): inner.names(registers)
        case .object(let fields): fields.contains { $0.type.names(registers) }
        case .reference(let kind): registers.contains(kind)
        default: false
        }
    }

    /// The word by which a manifest writes the kind: `money`, `array`; a reference is its register's name.
    public var word: String {
        switch self {
        case .text: "text"
        case .string: "string"
        case .integer: "integer"
        case .boolean: "boolean"
        case .money: "money"
        case .rate: "rate"
        case .date: "date"
        case .instant: "instant"
        case .duration: "duration"
        case .point: "point"
        case .area: "area"
        case .file: "file"
        case .reference(let name): name
        case .list: "array"
        case .object: "object"
        case .oneOf: "enum"
        case .nullable(let inner): inner.word + " | null"
        }
    }

    /// ``word`` with what is inside: `[{child: child, proof?: file}]`, `junior | senior`.
    public var notation: String {
        switch self {
        case .list(let item): "[\(item.notation)]"
        case .object(let fields):
            "{" + fields.map { "\($0.name)\($0.isOptional ? "?" : ""): \($0.type.notation)" }.joined(separator: ", ")
                + "}"
        case .oneOf(let words): words.joined(separator: " | ")
        case .nullable(let inner): inner.notation + " | null"
        default: word
        }
    }
}

/// A named, typed value in a form, a record, a setting list or an object.
public struct Field: Hashable, Sendable {
    /// Its key in the form, unique among its neighbours.
    public var name: String
    /// What it holds.
    public var type: FieldType
    /// Whether it may be left out; one that may not can still be null where its type says so.
    public var isOptional: Bool
    /// What a member sees beside the input; the name where the manifest gives none.
    public var title: LocalText?
    /// The roles that may read it; empty: whoever may read the case.
    public var read: [String]
    /// The least integer, amount (fen) or rate (basis points), and the fewest items of a list; nil: no bound.
    public var minimum: Int64?
    /// The same from above, included.
    public var maximum: Int64?

    public init(
        _ name: String, _ type: FieldType, isOptional: Bool = false, title: LocalText? = nil, read: [String] = [],
        minimum: Int64? = nil, maximum: Int64? = nil
    ) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
        self.title = title
        self.read = read
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// A value, or the setting that holds it (`{setting: min_unit_share}`).
public enum Configured<Literal: Hashable & Sendable>: Hashable, Sendable {
    case literal(Literal)
    case setting(String)
}
