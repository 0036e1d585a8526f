/// A place in a text: line and column from 1 (columns in Unicode scalars), and the offset in Unicode scalars from 0.
public struct YAMLMark: Hashable, Sendable {
    public var line: Int
    public var column: Int
    public var offset: Int
    public init(line: Int, column: Int, offset: Int) {
        self.line = line
        self.column = column
        self.offset = offset
    }
    static let start = YAMLMark(line: 1, column: 1, offset: 0)
}

/// A node of a YAML text as it was typed: scalars are text, and only the schema that reads them knows their type.
public final class YAMLNode: Sendable {
    public enum Content: Sendable {
        /// `isPlain` is false for quoted and block scalars: only a plain `null`, `~` or nothing at all is null.
        case scalar(text: String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the file; keys are scalars and occur once.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    public let content: Content
    public let start: YAMLMark
    public let end: YAMLMark
    /// Nodes that this one stands for, itself included and aliases expanded.
    let size: Int
    /// Levels below this node, itself included and aliases expanded.
    let depth: Int

    init(_ content: Content, start: YAMLMark, end: YAMLMark, size: Int, depth: Int) {
        self.content = content
        self.start = start
        self.end = end
        self.size = size
        self.depth = depth
    }

    /// The text of a scalar.
    public var text: String? { if case .scalar(let text, _) = content { text } else { nil } }
    /// Whether it is an unquoted `null`, `~` or nothing.
    public var isNull: Bool {
        if case .scalar(let text, true) = content { text.isEmpty || text == "~" || text == "null" } else { false }
    }
    /// The nodes of a sequence; empty for anything else.
    public var items: [YAMLNode] { if case .sequence(let items) = content { items } else { [] } }
    /// The members of a mapping in the order of the file; empty for anything else.
    public var members: [(key: YAMLNode, value: YAMLNode)] {
        if case .mapping(let members) = content { members } else { [] }
    }
    public var isScalar: Bool { if case .scalar = content { true } else { false } }
    public var isSequence: Bool { if case .sequence = content { true } else { false } }
    public var isMapping: Bool { if case .mapping = content { true } else { false } }

    /// The value of a key; nil when there is none, or it is null.
    public subscript(key: String) -> YAMLNode? {
        guard let found = members.first(where: { $0.key.text == key })?.value, !found.isNull else { return nil }
        return found
    }

    /// The node of a key itself.
    public func keyNode(_ key: String) -> YAMLNode? { members.first { $0.key.text == key }?.key }

    /// Follows a path like `forms.package.review[0]`; nil where it leads nowhere.
    public func at(path: String) -> YAMLNode? {
        YAMLPath.steps(path)?.reduce(Optional(self)) { node, step in
            switch step {
            case .key(let key): node?.members.first { $0.key.text == key }?.value
            case .index(let index): node.flatMap { $0.items.indices.contains(index) ? $0.items[index] : nil }
            }
        }
    }
}

/// `a.b[0].c`: keys and indices.
enum YAMLPath {
    enum Step: Hashable { case key(String), index(Int) }

    static func steps(_ path: String) -> [Step]? {
        var steps: [Step] = []
        for piece in path.split(separator: ".") {
            let parts = piece.split(separator: "[", omittingEmptySubsequences: false)
            if let name = parts.first, !name.isEmpty { steps.append(.key(String(name))) }
            for part in parts.dropFirst() {
                guard part.hasSuffix("]"), let index = Int(part.dropLast()) else { return nil }
                steps.append(.index(index))
            }
        }
        return steps
    }

    static func child(_ path: String, _ key: String) -> String { path.isEmpty ? key : path + "." + key }
    static func item(_ path: String, _ index: Int) -> String { "\(path)[\(index)]" }
}
