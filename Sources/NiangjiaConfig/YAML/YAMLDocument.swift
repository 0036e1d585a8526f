import NiangjiaCore

/// A YAML text read strictly (one document, no duplicate keys, no aliases that multiply), with the place of every part: for files
/// whose keys another room knows.
public struct YAMLDocument: Sendable {
    /// How scalars become values.
    public enum Scalars: Sendable {
        /// As they were typed; only an unquoted `null`, `~` or nothing is null.
        case text
        /// Unquoted integers without leading zeros, `true` and `false` are that; the rest is text (`010`, `12:30`, `no`, `50.00`).
        case plain
    }

    public let file: String
    public let root: YAMLNode

    /// Reads a text. Throws `configuration` with `file:line:column` for the first mistake; an empty text is one.
    public init(_ bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()) throws(NiangjiaError) {
        let problems = Problems(file: file)
        let root = ConfigFile.root(bytes, problems, limits: limits)
        if let error = ConfigReport(problems.all).error { throw error }
        guard let root else {
            throw NiangjiaError(.configuration, zh: "文件是空的", en: "the file is empty", place: file)
        }
        self.file = file
        self.root = root
    }

    /// The whole text as a value.
    public func value(_ scalars: Scalars = .text) -> Value { YAMLDocument.value(of: root, scalars) }

    /// A text as a value; see ``init(_:file:limits:)``.
    public static func value(
        from bytes: [UInt8], file: String, scalars: Scalars = .text
    ) throws(NiangjiaError) -> Value {
        try YAMLDocument(bytes, file: file).value(scalars)
    }

    /// A node as a value.
    public static func value(of node: YAMLNode, _ scalars: Scalars = .text) -> Value {
        switch node.content {
        case .scalar(let text, let isPlain):
            if node.isNull { return .null }
            guard isPlain, scalars == .plain else { return .text(text) }
            if text == "true" || text == "false" { return .bool(text == "true") }
            return Scalar.integer(text).map { .int($0) } ?? .text(text)
        case .sequence(let items): return .list(items.map { value(of: $0, scalars) })
        case .mapping(let members):
            return .map(
                Dictionary(
                    members.map { ($0.key.text ?? "", value(of: $0.value, scalars)) },
                    uniquingKeysWith: { first, _ in first }))
        }
    }

    /// `file:line:column` of a path (`cases[0].expect.amount`); where that leads nowhere, of its nearest part that is there.
    public func place(of path: String) -> String { place(YAMLPath.steps(path) ?? []) }

    /// `file:line:column` of a JSON pointer (RFC 6901), as other rooms name places.
    public func place(ofPointer pointer: String) -> String {
        place(
            pointer.split(separator: "/").map { part in
                let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
                return Int(name).map { .index($0) } ?? .key(name)
            })
    }

    private func place(_ steps: [YAMLPath.Step]) -> String {
        var node = root
        for step in steps {
            let next: YAMLNode? =
                switch step {
                case .key(let key): node.members.first { $0.key.text == key }?.value
                case .index(let index):
                    node.items.indices.contains(index)
                        ? node.items[index] : node.members.first { $0.key.text == String(index) }?.value
                }
            guard let next else { break }
            node = next
        }
        return place(of: node)
    }

    /// `file:line:column` of a node.
    public func place(of node: YAMLNode) -> String { "\(file):\(node.start.line):\(node.start.column)" }
}
