import NiangjiaCore

/// Walks a node along its shape and reports everything that doesn't fit.
struct ShapeChecker {
    let problems: Problems
    /// Names that may stand as field types beside the built-in ones; nil: any.
    var references: Set<String>?

    func check(_ node: YAMLNode, _ shape: Shape, path: String, label: LocalText) {
        switch shape {
        case .scalar(let scalar): check(node, scalar, path: path, label: label)
        case .object(let object): check(node, object, path: path, label: label)
        case .table(let key, let value):
            guard expect(node.isMapping, node, path, label, LocalText(zh: "应为“键: 值”的表", en: "must be a table of keys"))
            else {
                return
            }
            for member in node.members {
                let name = member.key.text ?? ""
                let at = YAMLPath.child(path, name)
                check(member.key, key, path: at, label: label)
                // An empty value is meaningful nowhere, a table of nothing included.
                check(member.value, value, path: at, label: LocalText(zh: name, en: name))
            }
        case .list(let item, let count):
            guard
                expect(
                    node.isSequence, node, path, label,
                    LocalText(zh: "应为列表,如 [a, b]", en: "must be a list, like [a, b]"))
            else { return }
            if !count.contains(node.items.count) {
                report(
                    node, path, label,
                    LocalText(
                        zh: "应有 \(count.lowerBound) 到 \(count.upperBound) 项,现有 \(node.items.count) 项",
                        en: "must have \(count.lowerBound) to \(count.upperBound) items, has \(node.items.count)"))
            }
            for (index, element) in node.items.enumerated() {
                check(
                    element, item, path: YAMLPath.item(path, index),
                    label: LocalText(zh: "\(label.zh)第\(index + 1)项", en: "\(label.en) item \(index + 1)"))
            }
        case .either(let shapes): checkEither(node, shapes, path: path, label: label)
        case .fieldType:
            _ = FieldTypeReader(problems: problems, references: references).type(node, path: path, label: label)
        case .fields:
            _ = FieldTypeReader(problems: problems, references: references).fields(node, path: path, label: label)
        case .free: break
        }
    }

    private func check(_ node: YAMLNode, _ scalar: Scalar, path: String, label: LocalText) {
        guard node.isScalar else {
            let kind = node.isMapping ? LocalText(zh: "表", en: "a table") : LocalText(zh: "列表", en: "a list")
            let want = scalar.expectation
            report(node, path, label, LocalText(zh: "这里是\(kind.zh)," + want.zh, en: "\(kind.en) " + want.en))
            return
        }
        guard case .failure(var fault) = scalar.read(node) else { return }
        // The likeliest reason why it isn't what it should be: a key and its value with a Chinese colon are one word.
        if let text = node.text, text.contains("\u{FF1A}"), let hint = YAMLText.hint(for: text, line: node.start.line) {
            fault.message = LocalText(zh: fault.message.zh + ";" + hint.zh, en: fault.message.en + "; " + hint.en)
        }
        report(node, path, label, fault)
    }

    private func check(_ node: YAMLNode, _ object: ObjectShape, path: String, label: LocalText) {
        guard node.isMapping else {
            let names = object.keys.filter(\.isRequired).map(\.name)
            let example = (names.isEmpty ? Array(object.keys.prefix(2).map(\.name)) : names).map { "\($0): …" }
            let line = example.joined(separator: ", ")
            report(
                node, path, label,
                LocalText(zh: "应为表,如 {\(line)}", en: "must be a table, like {\(line)}"))
            return
        }
        for member in node.members {
            let name = member.key.text ?? ""
            let at = YAMLPath.child(path, name)
            guard let key = object[name] else {
                problems.add(member.key.start, at, ShapeChecker.unknownKey(member, in: object))
                continue
            }
            check(member.value, key.shape, path: at, label: key.label)
        }
        for key in object.keys where key.isRequired && node.keyNode(key.name) == nil {
            problems.add(
                node.start, YAMLPath.child(path, key.name),
                LocalText(zh: "缺少 \(key.label.zh)", en: "\(key.label.en) is missing"))
        }
    }

    /// In `{zh-CN: 未建档,也未认定}` the comma makes the rest of a text a key with nothing after it.
    static func unknownKey(_ member: (key: YAMLNode, value: YAMLNode), in object: ObjectShape) -> LocalText {
        let (name, names) = (member.key.text ?? "", object.keys.map(\.name))
        if name.contains("\u{FF1A}"), let hint = YAMLText.hint(for: name, line: member.key.start.line) {
            return LocalText(zh: "不认识的键 \(name);\(hint.zh)", en: "unknown key \(name); \(hint.en)")
        }
        if object.gone.contains(name) {
            return LocalText(
                zh: "不认识的键 \(name):以前的版本有,现在已经取消,请删去",
                en: "unknown key \(name): earlier versions had it; it is gone, remove it")
        }
        if Suggestion.nearest(to: name, among: names) == nil, member.value.isNull, member.value.text?.isEmpty == true {
            return LocalText(
                zh: "“\(name)” 被当作键;文字中有英文逗号时,请把整段文字加引号",
                en: "“\(name)” is read as a key; a text with a comma needs quotes around it")
        }
        let hint = Suggestion.hint(for: name, among: names)
        return LocalText(zh: "不认识的键 \(name)\(hint.zh)", en: "unknown key \(name)\(hint.en)")
    }

    private func checkEither(_ node: YAMLNode, _ shapes: [Shape], path: String, label: LocalText) {
        if let fitting = shapes.first(where: { $0.accepts(node) }) {
            return check(node, fitting, path: path, label: label)
        }
        if let first = shapes.first { check(node, first, path: path, label: label) }
    }

    private func expect(_ holds: Bool, _ node: YAMLNode, _ path: String, _ label: LocalText, _ message: LocalText)
        -> Bool
    {
        if !holds { report(node, path, label, message) }
        return holds
    }

    func report(_ node: YAMLNode, _ path: String, _ label: LocalText, _ fault: ScalarFault) {
        guard !fault.isWhole, let text = node.text else { return report(node, path, label, fault.message) }
        let shown = text.count > 40 ? text.prefix(40) + "…" : text[...]
        report(
            node, path, label,
            LocalText(zh: "“\(shown)” \(fault.message.zh)", en: "“\(shown)” \(fault.message.en)"))
    }

    func report(_ node: YAMLNode, _ path: String, _ label: LocalText, _ message: LocalText) {
        let lead = label.zh.isEmpty ? LocalText(zh: "", en: "") : LocalText(zh: label.zh + ": ", en: label.en + ": ")
        problems.add(node.start, path, LocalText(zh: lead.zh + message.zh, en: lead.en + message.en))
    }
}

extension Shape {
    /// Whether a node is of this shape's kind.
    func accepts(_ node: YAMLNode) -> Bool {
        switch self {
        case .scalar: node.isScalar
        case .object, .table, .fields: node.isMapping
        case .list: node.isSequence
        case .either(let shapes): shapes.contains { $0.accepts(node) }
        case .fieldType: !node.isSequence
        case .free: true
        }
    }
}
