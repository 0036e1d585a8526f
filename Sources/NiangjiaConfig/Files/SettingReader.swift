import NiangjiaCore

/// Reads settings by the types that the plugin's manifest gives them.
struct SettingReader {
    let problems: Problems

    /// The settings of a mapping. With `complete`, required ones that are absent are reported at `owner`.
    func settings(
        _ node: YAMLNode?, _ fields: [Field], path: String, complete owner: YAMLNode?
    ) -> [String: Value] {
        var found: [String: Value] = [:]
        // What is no table was reported by its shape; every setting of it would be missing as well.
        if let node, !node.isMapping { return found }
        for member in node?.members ?? [] {
            let name = member.key.text ?? ""
            let at = YAMLPath.child(path, name)
            guard let field = fields.first(where: { $0.name == name }) else {
                let hint = Suggestion.hint(for: name, among: fields.map(\.name))
                problems.error(
                    member.key, at, zh: "插件没有配置项 \(name)\(hint.zh)", en: "the plugin has no setting \(name)\(hint.en)")
                continue
            }
            found[name] = value(member.value, field.type, field, path: at, label: Key.label(name, field.title))
        }
        guard let owner else { return found }
        for field in fields where found[field.name] == nil && !field.isOptional && node?.keyNode(field.name) == nil {
            let label = Key.label(field.name, field.title)
            problems.error(
                node ?? owner, YAMLPath.child(path, field.name), zh: "缺少参数 \(label.zh)",
                en: "setting \(label.en) is missing")
        }
        return found
    }

    func value(_ node: YAMLNode, _ type: FieldType, _ field: Field, path: String, label: LocalText) -> Value? {
        switch type {
        case .nullable(let inner): return node.isNull ? .null : value(node, inner, field, path: path, label: label)
        case .list(let inner): return list(node, inner, field, path: path, label: label)
        case .object(let members): return object(node, members, path: path, label: label)
        default:
            guard let scalar = SettingReader.scalar(type, field) else {
                problems.error(
                    node, path, zh: "\(label.zh): 参数不能是 \(type.word) 类型",
                    en: "\(label.en): a setting can't be of type \(type.word)")
                return nil
            }
            let before = problems.all.count
            let checker = ShapeChecker(problems: problems)
            checker.check(node, .scalar(scalar), path: path, label: label)
            guard problems.all.count == before, case .success(let value) = scalar.read(node) else { return nil }
            return value
        }
    }

    static func scalar(_ type: FieldType, _ field: Field) -> Scalar? {
        func range(_ low: Int64, _ high: Int64) -> ClosedRange<Int64> {
            let from = field.minimum ?? low
            return from...max(from, field.maximum ?? high)
        }
        switch type {
        case .text: return .text(max: 2000)
        case .string, .reference: return .text(max: 200)
        case .integer: return .integer(range(-1_000_000_000_000, 1_000_000_000_000))
        case .boolean: return .boolean
        case .money: return .money(range(0, Scalar.largestFen))
        case .rate: return .rate(range(0, 1_000_000))
        case .date: return .date
        case .instant: return .instant
        case .duration: return .duration
        case .point: return .point
        case .area: return .unionCode
        case .oneOf(let words): return .choice(words.map { Choice($0, $0, $0) })
        case .file, .list, .object, .nullable: return nil
        }
    }

    private func list(_ node: YAMLNode, _ inner: FieldType, _ field: Field, path: String, label: LocalText) -> Value? {
        guard node.isSequence else {
            problems.error(node, path, zh: "\(label.zh): 应为列表,如 [a, b]", en: "\(label.en): must be a list, like [a, b]")
            return nil
        }
        let count = Int64(node.items.count)
        if count < field.minimum ?? 0 || count > field.maximum ?? 1000 {
            problems.error(
                node, path, zh: "\(label.zh): 应有 \(field.minimum ?? 0) 到 \(field.maximum ?? 1000) 项",
                en: "\(label.en): must have \(field.minimum ?? 0) to \(field.maximum ?? 1000) items")
        }
        // The bounds of a list count its items; the items have none of their own.
        let item = Field(field.name, inner)
        let items = node.items.enumerated().map { index, element in
            value(
                element, inner, item, path: YAMLPath.item(path, index),
                label: LocalText(zh: "\(label.zh)第\(index + 1)项", en: "\(label.en) item \(index + 1)"))
        }
        let whole = items.compactMap { $0 }
        guard whole.count == items.count else { return nil }
        checkRising(node, whole, inner, path: path, label: label)
        checkShares(node, whole, inner, path: path, label: label)
        return .list(whole)
    }

    /// Rows that a rule steps through (`list.step`, `money.tiers`) rise strictly by `from` or `up_to`: out of order, or twice the same,
    /// they would give a wrong amount. Only the last row may have no `up_to`.
    private func checkRising(_ node: YAMLNode, _ rows: [Value], _ inner: FieldType, path: String, label: LocalText) {
        guard case .object(let members) = inner,
            let bound = ["from", "up_to"].first(where: { name in
                members.contains { $0.name == name && $0.type.isNumber }
            })
        else { return }
        var before: Int64?
        for (index, row) in rows.enumerated() {
            let item = node.items[index]
            let at = YAMLPath.child(YAMLPath.item(path, index), bound)
            guard let value = row[bound].int else {
                if bound == "from" || index < rows.count - 1 {
                    problems.error(
                        item[bound] ?? item, at,
                        zh: "\(label.zh)第\(index + 1)项: 缺少 \(bound)" + (bound == "from" ? "" : ",只有最后一项可以没有"),
                        en: "\(label.en) item \(index + 1): \(bound) is missing"
                            + (bound == "from" ? "" : "; only the last may have none"))
                }
                continue
            }
            if let before, value <= before {
                problems.error(
                    item[bound] ?? item, at, zh: "\(label.zh)第\(index + 1)项: \(bound) 应大于上一项(各项须由小到大,不能重复)",
                    en:
                        "\(label.en) item \(index + 1): \(bound) must be above the one before (rows rise, and none stands twice)"
                )
            }
            before = value
        }
    }

    /// Tiers of a bill (`up_to`, `rate`) pay a share of it each: more than all of it is most likely a slip.
    private func checkShares(_ node: YAMLNode, _ rows: [Value], _ inner: FieldType, path: String, label: LocalText) {
        guard case .object(let members) = inner, members.contains(where: { $0.name == "up_to" }),
            members.contains(where: { $0.name == "rate" && $0.type == .rate })
        else { return }
        for (index, row) in rows.enumerated() where row["rate"].int ?? 0 > 10_000 {
            let item = node.items[index]
            problems.warning(
                item["rate"] ?? item, YAMLPath.child(YAMLPath.item(path, index), "rate"),
                zh: "\(label.zh)第\(index + 1)项: rate 超过 100%,给的比账单还多,请核对",
                en: "\(label.en) item \(index + 1): a rate over 100% gives more than the bill; check it")
        }
    }

    private func object(_ node: YAMLNode, _ fields: [Field], path: String, label: LocalText) -> Value? {
        guard node.isMapping else {
            let example = fields.prefix(3).map { "\($0.name): …" }.joined(separator: ", ")
            problems.error(
                node, path, zh: "\(label.zh): 应为表,如 {\(example)}", en: "\(label.en): must be a table, like {\(example)}"
            )
            return nil
        }
        let before = problems.errors
        var found: [String: Value] = [:]
        for member in node.members {
            let name = member.key.text ?? ""
            let at = YAMLPath.child(path, name)
            guard let field = fields.first(where: { $0.name == name }) else {
                let hint = Suggestion.hint(for: name, among: fields.map(\.name))
                problems.error(member.key, at, zh: "不认识的键 \(name)\(hint.zh)", en: "unknown key \(name)\(hint.en)")
                continue
            }
            found[name] = value(member.value, field.type, field, path: at, label: Key.label(name, field.title))
        }
        for field in fields where node.keyNode(field.name) == nil {
            if case .nullable = field.type {
                found[field.name] = .null
            } else if !field.isOptional {
                problems.error(
                    node, YAMLPath.child(path, field.name), zh: "\(label.zh): 缺少 \(field.name)",
                    en: "\(label.en): \(field.name) is missing")
            }
        }
        return problems.errors == before ? .map(found) : nil
    }
}

extension FieldType {
    /// Whether its values are numbers: an integer, money, a rate.
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .money, .rate: true
        case .nullable(let inner): inner.isNumber
        default: false
        }
    }
}
