import NiangjiaCore

/// Changes of single nodes that keep everything else in a file: comments, order, quotes, line ends.
public enum YAMLEdit {
    /// The text with the scalar at a path (`status`, `forms.package.pay.each_max`) replaced; only its own characters change. A list or
    /// a table can't be replaced, nor anything that an alias shares. Throws `configuration` with the place.
    ///
    /// The value is written plain where a plain scalar says exactly it, else in double quotes; an existing quote style is kept.
    public static func setScalar(
        in text: String, path: String, to value: String, file: String = "config"
    ) throws(NiangjiaError) -> String {
        let document = try YAMLDocument(Array(text.utf8), file: file)
        guard let node = document.root.at(path: path) else {
            throw NiangjiaError(
                .configuration, zh: "文件中没有 \(path),请先写上这个键", en: "the file has no \(path); add the key first",
                place: document.place(of: path))
        }
        guard case .scalar(let old, let isPlain) = node.content, node.end.offset > node.start.offset else {
            throw NiangjiaError(
                .configuration, zh: "\(path) 不是单个值,不能这样修改", en: "\(path) is no single value",
                place: document.place(of: node))
        }
        guard occurrences(of: node, in: document.root) == 1 else {
            throw NiangjiaError(
                .configuration, zh: "\(path) 是别名(*),请直接修改文件", en: "\(path) is shared by an alias; edit the file",
                place: document.place(of: node))
        }
        if old == value { return text }
        // Offsets are counted after a byte order mark.
        let scalars = Array(text.unicodeScalars)
        let shift = scalars.first == "\u{FEFF}" ? 1 : 0
        let range = (node.start.offset + shift)..<(node.end.offset + shift)
        let before = String(String.UnicodeScalarView(scalars[range]))
        let quoted = isPlain ? nil : before.first.flatMap { $0 == "'" || $0 == "\"" ? $0 : nil }
        guard isPlain || quoted != nil else {
            throw NiangjiaError(
                .configuration, zh: "\(path) 是多行文本,请直接修改文件", en: "\(path) is a block of text; edit the file",
                place: document.place(of: node))
        }
        let written = write(value, quote: quoted)
        var changed = String.UnicodeScalarView(scalars[..<range.lowerBound])
        changed.append(contentsOf: written.unicodeScalars)
        changed.append(contentsOf: scalars[range.upperBound...])
        return try verified(String(changed), document, path: path, value: value)
    }

    /// The new text must say the new value at the path and the old ones everywhere else.
    private static func verified(
        _ text: String, _ before: YAMLDocument, path: String, value: String
    ) throws(NiangjiaError) -> String {
        let after = try YAMLDocument(Array(text.utf8), file: before.file)
        let steps = YAMLPath.steps(path) ?? []
        guard after.value() == replacing(before.value(), steps[...], with: .text(value)) else {
            throw NiangjiaError(
                .configuration, zh: "这样修改会影响其他内容,请直接修改文件", en: "this would change more than \(path); edit the file",
                place: before.place(of: path))
        }
        return text
    }

    private static func replacing(_ value: Value, _ steps: ArraySlice<YAMLPath.Step>, with new: Value) -> Value {
        guard let step = steps.first else { return new }
        switch (step, value) {
        case (.key(let key), .map(var members)):
            members[key] = replacing(members[key] ?? .null, steps.dropFirst(), with: new)
            return .map(members)
        case (.index(let index), .list(var items)) where items.indices.contains(index):
            items[index] = replacing(items[index], steps.dropFirst(), with: new)
            return .list(items)
        default: return value
        }
    }

    private static func occurrences(of node: YAMLNode, in root: YAMLNode) -> Int {
        if root === node { return 1 }
        return root.items.reduce(0) { $0 + occurrences(of: node, in: $1) }
            + root.members.reduce(0) { $0 + occurrences(of: node, in: $1.value) }
    }

    private static func write(_ value: String, quote: Character?) -> String {
        if quote == "'", !value.contains(where: \.isNewline) { return "'" + value.replacing("'", with: "''") + "'" }
        return quote == nil && isPlainSafe(value) ? value : Value.text(value).json
    }

    /// Letters, digits and a few marks: a plain scalar of these is nothing else in any place.
    private static func isPlainSafe(_ value: String) -> Bool {
        guard let first = value.first, first.isLetter || first.isNumber, value != "null", value.last != " " else {
            return false
        }
        return value.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." || $0 == "%" }
    }
}
