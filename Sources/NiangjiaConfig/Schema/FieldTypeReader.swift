import NiangjiaCore

/// Reads the types of settings, form fields, record fields and kept values: `money`, `money | null`, JSON Schema with this
/// system's types (`{type: array, items: …}`), or a table of fields.
struct FieldTypeReader {
    let problems: Problems
    /// Record tables and forms whose names stand for references; nil: any name, checked elsewhere.
    var references: Set<String>?

    static let words: [(name: String, type: FieldType)] = [
        ("string", .string), ("text", .text), ("integer", .integer), ("boolean", .boolean), ("money", .money),
        ("rate", .rate), ("date", .date), ("instant", .instant), ("duration", .duration), ("point", .point),
        ("area", .area), ("file", .file),
    ]
    /// What authors know from elsewhere, and what it is here.
    static let others = [
        "number": "integer / money", "int": "integer", "float": "integer / money", "decimal": "money",
        "amount": "money",
        "bool": "boolean", "str": "string", "datetime": "instant", "time": "instant", "percent": "rate",
    ]
    /// What `{type: string, format: …}` says in JSON Schema's own words.
    static let formats = ["money", "rate", "date", "instant", "duration", "point", "area", "file", "text"]
    /// Keys of a typed field beside `type`.
    static let keywords: Set<String> = [
        "type", "format", "items", "properties", "enum", "optional", "read", "title", "description", "minimum",
        "maximum",
        "minItems", "maxItems", "required",
    ]

    /// Fields in the order of the file.
    func fields(_ node: YAMLNode, path: String, label: LocalText) -> [Field] {
        guard node.isMapping else {
            problems.error(
                node, path, zh: "\(label.zh): 应为字段表,如 {amount: money}",
                en: "\(label.en): must be a table of fields, like {amount: money}")
            return []
        }
        return node.members.compactMap { member in
            let name = member.key.text ?? ""
            let at = YAMLPath.child(path, name)
            if case .failure(let fault) = Scalar.name.read(name) {
                problems.error(member.key, at, zh: "“\(name)” \(fault.message.zh)", en: "“\(name)” \(fault.message.en)")
                return nil
            }
            return field(name, member.value, path: at)
        }
    }

    private func field(_ name: String, _ node: YAMLNode, path: String) -> Field? {
        guard let type = type(node, path: path, label: LocalText(zh: name, en: name)) else { return nil }
        var field = Field(name, type)
        guard node.isMapping, isSchema(node) else { return field }
        field.isOptional = node["optional"].flatMap { Reading.boolean($0) } ?? false
        field.title =
            node["title"].flatMap { Reading.localText($0) } ?? node["description"].flatMap { Reading.localText($0) }
        field.read = node["read"]?.items.compactMap(\.text) ?? []
        field.minimum = bound(node["minimum"] ?? node["minItems"], type)
        field.maximum = bound(node["maximum"] ?? node["maxItems"], type)
        return field
    }

    private func bound(_ node: YAMLNode?, _ type: FieldType) -> Int64? {
        guard let node else { return nil }
        if case .success(let value) = boundScalar(type).read(node) { return value.int }
        return nil
    }

    private func boundScalar(_ type: FieldType) -> Scalar {
        switch type {
        case .money: .money(-Scalar.largestFen...Scalar.largestFen)
        case .rate: .rate(-1_000_000...1_000_000)
        case .nullable(let inner): boundScalar(inner)
        default: .anyInteger
        }
    }

    /// A type; nil with a problem when it is none.
    func type(_ node: YAMLNode, path: String, label: LocalText) -> FieldType? {
        switch node.content {
        case .scalar(let text, _): return named(text, node, path: path, label: label)
        case .sequence:
            problems.error(
                node, path, zh: "\(label.zh): 类型不能是列表,请写 {type: array, items: …}",
                en: "\(label.en): a type is no list; write {type: array, items: …}")
            return nil
        case .mapping:
            if isSchema(node) { return schema(node, path: path, label: label) }
            return .object(fields(node, path: path, label: label))
        }
    }

    /// A mapping is a schema when its `type` is a word and its other keys are keywords, or the word is array or object; else it
    /// is a table of fields, one of which may be called `type`.
    private func isSchema(_ node: YAMLNode) -> Bool {
        guard let word = node["type"]?.text else {
            return node.keyNode("enum") != nil && node.members.allSatisfy { Self.keywords.contains($0.key.text ?? "") }
        }
        if word == "array" || word == "object" { return true }
        return node.members.allSatisfy { Self.keywords.contains($0.key.text ?? "") }
    }

    private func named(_ text: String, _ node: YAMLNode, path: String, label: LocalText) -> FieldType? {
        let parts = text.split(separator: "|").map { $0.trimmingSpaces() }
        if parts.count == 2, parts[1] == "null" {
            return named(parts[0], node, path: path, label: label).map { .nullable($0) }
        }
        if let known = Self.words.first(where: { $0.name == text }) { return known.type }
        if FieldType.registers.contains(text) { return .reference(text) }
        if let references, !references.contains(text) {
            let all = Self.words.map(\.name) + FieldType.registers.sorted() + references.sorted()
            let near = Self.others[text.lowercased()] ?? Suggestion.nearest(to: text, among: all)
            problems.error(
                node, path,
                zh: "\(label.zh): 不认识的类型 \(text)"
                    + (near.map { ",是不是 \($0)?" } ?? ",可写: \(all.joined(separator: "、"))"),
                en: "\(label.en): unknown type \(text)"
                    + (near.map { "; did you mean \($0)?" } ?? "; may be: \(all.joined(separator: ", "))"))
            return nil
        }
        if case .failure = Scalar.identifier.read(text) {
            problems.error(node, path, zh: "\(label.zh): “\(text)” 不是类型", en: "\(label.en): “\(text)” is not a type")
            return nil
        }
        return .reference(text)
    }

    private func schema(_ node: YAMLNode, path: String, label: LocalText) -> FieldType? {
        checkKeywords(node, path: path)
        if let words = node["enum"] {
            let found = words.items.compactMap(\.text)
            if found.isEmpty {
                problems.error(
                    words, YAMLPath.child(path, "enum"), zh: "\(label.zh): enum 应为词的列表",
                    en: "\(label.en): enum must list words")
                return nil
            }
            for (n, word) in words.items.enumerated() where words.items[..<n].contains(where: { $0.text == word.text })
            {
                problems.warning(
                    word, YAMLPath.item(YAMLPath.child(path, "enum"), n),
                    zh: "\(label.zh): enum 中 \(word.text ?? "") 写了两次",
                    en: "\(label.en): \(word.text ?? "") stands twice in enum")
            }
            return .oneOf(found.enumerated().filter { !found[..<$0.offset].contains($0.element) }.map(\.element))
        }
        switch node["type"]?.text ?? "" {
        case "array":
            guard let items = node["items"] else {
                problems.error(node, path, zh: "\(label.zh): 列表缺少 items(每项的类型)", en: "\(label.en): items is missing")
                return nil
            }
            let at = YAMLPath.child(path, "items")
            return type(items, path: at, label: LocalText(zh: label.zh + "的每项", en: label.en + " items")).map {
                .list($0)
            }
        case "object":
            guard let properties = node["properties"] else {
                problems.error(
                    node, path, zh: "\(label.zh): 缺少 properties(字段)", en: "\(label.en): properties is missing")
                return nil
            }
            let members = fields(properties, path: YAMLPath.child(path, "properties"), label: label)
            // JSON Schema's own way: where `required` stands, what it doesn't name is optional.
            guard let required = node["required"].map({ Reading.texts($0) }) else { return .object(members) }
            return .object(
                members.map { member in
                    var member = member
                    member.isOptional = member.isOptional || !required.contains(member.name)
                    return member
                })
        case let word:
            guard let format = node["format"] else {
                return named(word, node["type"] ?? node, path: YAMLPath.child(path, "type"), label: label)
            }
            guard let name = format.text, Self.formats.contains(name) else {
                let hint = Suggestion.hint(for: format.text ?? "", among: Self.formats)
                problems.error(
                    format, YAMLPath.child(path, "format"), zh: "\(label.zh): 不认识的 format\(hint.zh)",
                    en: "\(label.en): unknown format\(hint.en)")
                return nil
            }
            return named(name, format, path: path, label: label)
        }
    }

    private func checkKeywords(_ node: YAMLNode, path: String) {
        let checker = ShapeChecker(problems: problems)
        for member in node.members {
            let name = member.key.text ?? ""
            let at = YAMLPath.child(path, name)
            let label = LocalText(zh: name, en: name)
            switch name {
            case "type", "items", "properties", "enum", "format": break
            case "optional": checker.check(member.value, .scalar(.boolean), path: at, label: label)
            case "read", "required": checker.check(member.value, .list(.scalar(.path)), path: at, label: label)
            case "title", "description": checker.check(member.value, .localText, path: at, label: label)
            case "minItems", "maxItems": checker.check(member.value, .scalar(.count(100_000)), path: at, label: label)
            case "minimum", "maximum":
                let type = node["format"]?.text ?? node["type"]?.text
                let known = Self.words.first { $0.name == type }?.type ?? .integer
                checker.check(member.value, .scalar(boundScalar(known)), path: at, label: label)
            default:
                let hint = Suggestion.hint(for: name, among: Self.keywords.sorted())
                problems.error(member.key, at, zh: "不认识的键 \(name)\(hint.zh)", en: "unknown key \(name)\(hint.en)")
            }
        }
    }
}

extension Substring {
    func trimmingSpaces() -> String {
        var rest = drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}

/// Lenient readers for building the model after the shape was checked: what is wrong was reported there, and is nil here.
enum Reading {
    static func value(_ node: YAMLNode?, _ scalar: Scalar) -> Value? {
        guard let node, case .success(let value) = scalar.read(node) else { return nil }
        return value
    }
    static func text(_ node: YAMLNode?) -> String? { node?.text }
    static func texts(_ node: YAMLNode?) -> [String] { node?.items.compactMap(\.text) ?? [] }
    static func integer(_ node: YAMLNode?) -> Int64? { value(node, .anyInteger)?.int }
    static func boolean(_ node: YAMLNode?) -> Bool? { value(node, .boolean)?.bool }
    static func date(_ node: YAMLNode?) -> CivilDate? { value(node, .date)?.date }
    static func money(_ node: YAMLNode?) -> Money? { value(node, .amount)?.int.map { Money(fen: $0) } }
    static func rate(_ node: YAMLNode?) -> Rate? { value(node, .anyRate)?.int.map { Rate(basisPoints: $0) } }
    static func localText(_ node: YAMLNode?) -> LocalText? {
        guard let node else { return nil }
        if let text = node.text { return LocalText(zh: text, en: text) }
        guard let zh = node["zh-CN"]?.text else { return nil }
        return LocalText(zh: zh, en: node["en"]?.text ?? zh)
    }
    static func range(_ node: YAMLNode?) -> DateRange? {
        guard let from = date(node?["from"]), let to = date(node?["to"]) else { return nil }
        return DateRange(from: from, to: to)
    }
    static func configured<T>(_ node: YAMLNode?, _ read: (YAMLNode) -> T?) -> Configured<T>? {
        guard let node else { return nil }
        if let name = node["setting"]?.text { return .setting(name) }
        return read(node).map { .literal($0) }
    }
    /// Scalars as text, for constants and free parts.
    static func plain(_ node: YAMLNode) -> Value {
        switch node.content {
        case .scalar(let text, _): node.isNull ? .null : .text(text)
        case .sequence(let items): .list(items.map(plain))
        case .mapping(let members):
            .map(
                Dictionary(
                    members.map { ($0.key.text ?? "", plain($0.value)) }, uniquingKeysWith: { first, _ in first }))
        }
    }
}
