/// A value as it crosses the boundary between host and script: settings, documents, parameters, options.
///
/// Encoded values are canonical: equal values are equal bytes (the names of a map are sorted by their UTF-8 bytes).
public indirect enum ScriptValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case text(String)
    case list([ScriptValue])
    case map([String: ScriptValue])
    /// A file or a secret text: the script sees only that it is there and may copy it. The text is the host's own token.
    case opaque(String)

    /// The value of a name in a map; `null` where it isn't a map or has no such name.
    public subscript(name: String) -> ScriptValue {
        if case .map(let members) = self { return members[name] ?? .null }
        return .null
    }

    /// The integer, or nil for any other value.
    public var integer: Int64? {
        if case .int(let value) = self { return value }
        return nil
    }

    /// The text, or nil for any other value.
    public var string: String? {
        if case .text(let value) = self { return value }
        return nil
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The canonical bytes.
    public var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.put(self)
        return writer.bytes
    }

    /// Decodes canonical bytes.
    /// - Throws: `ScriptError.protocolViolation` when they hold anything but one value.
    public init(encoded bytes: [UInt8]) throws(ScriptError) {
        var reader = ByteReader(bytes[...])
        self = try reader.value()
        try reader.expectEnd()
        if reader.hasTwins { throw .protocolViolation("a name stands twice in a map") }
    }
}

extension ScriptValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: ScriptValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, ScriptValue)...) {
        self = .map(Dictionary(elements) { _, last in last })
    }
}
