import NiangjiaCore

/// Checks what a manifest says against itself: roles, records, reasons, settings, facts and paths that it names must exist.
struct ManifestChecker {
    let manifest: Manifest
    let problems: Problems

    static let builtInRoles = ["anyone", "person", "member", "unit", "clerk", "keeper"]
    /// Ways in that are no roles.
    static let entrances = ["scan", "batch", "action"]

    func check(_ root: YAMLNode) {
        for member in root["records"]?.members ?? [] { checkRecord(member.key.text ?? "", member.value) }
        for member in root["forms"]?.members ?? [] {
            guard let form = manifest.forms[member.key.text ?? ""] else { continue }
            FormChecker(manifest: manifest, form: form, problems: problems).check(member.value)
        }
        for member in root["actions"]?.members ?? [] { checkAction(member.key.text ?? "", member.value) }
        for member in root["metrics"]?.members ?? [] {
            MetricChecker(manifest, problems).check(member.key.text ?? "", member.value)
        }
        checkLanguages(root)
        if manifest.forms.isEmpty, let forms = root["forms"], forms.isMapping {
            problems.error(forms, "forms", zh: "至少要有一个表单", en: "at least one form is needed")
        }
    }

    /// Members who read English find it beside every text that they may be shown.
    private func checkLanguages(_ root: YAMLNode) {
        var texts = root["title"].map { [("title", $0)] } ?? []
        for table in ["reasons", "messages", "roles"] {
            texts += (root[table]?.members ?? []).map { ("\(table).\($0.key.text ?? "")", $0.value) }
        }
        for (path, node) in texts {
            // A word without Chinese characters is the same in both.
            guard let text = node.text, text.unicodeScalars.contains(where: { (0x4E00...0x9FFF).contains($0.value) })
            else { continue }
            problems.warning(
                node, path, zh: "\(path) 缺少英文,请写 {zh-CN: \(text), en: …}",
                en: "\(path) has no English text; write {zh-CN: \(text), en: …}")
        }
        checkTexts(root, "")
    }

    /// Every text in languages, wherever it stands: titles of fields too.
    private func checkTexts(_ node: YAMLNode, _ path: String) {
        if node.isMapping, node["zh-CN"] != nil, node["en"] == nil {
            problems.warning(
                node, path, zh: "\(path) 缺少英文,请加 en: …", en: "\(path) has no English text; add en: …")
        }
        for member in node.members { checkTexts(member.value, YAMLPath.child(path, member.key.text ?? "")) }
        for (n, item) in node.items.enumerated() { checkTexts(item, YAMLPath.item(path, n)) }
    }

    private func checkRecord(_ name: String, _ node: YAMLNode) {
        guard let record = manifest.records[name] else { return }
        let path = "records.\(name)"
        let names = record.fields.map(\.name)
        for list in ["key", "secret"] {
            for (index, item) in (node[list]?.items ?? []).enumerated() {
                expect(item, in: names, YAMLPath.item("\(path).\(list)", index), ("没有字段", "there is no field"))
            }
        }
        ManifestChecker.checkRoles(node["by"], "\(path).by", manifest, problems, entrances: false)
        if let notOwn = node["not_own"] {
            PathChecker(resolver: PathResolver(manifest: manifest, fields: record.fields), problems: problems)
                .check(notOwn, "\(path).not_own")
        }
    }

    private func checkAction(_ name: String, _ node: YAMLNode) {
        let path = "actions.\(name)"
        ManifestChecker.checkRoles(node["by"], "\(path).by", manifest, problems, entrances: false)
        ManifestChecker.checkRoles(node["confirm_by"], "\(path).confirm_by", manifest, problems, entrances: false)
        if node["by"] == nil, node["daily"] == nil {
            problems.error(
                node, path, zh: "动作 \(name) 须写 by(谁可办)或 daily(每日)", en: "action \(name) needs by (who) or daily")
        }
        for (index, item) in (node["facts"]?.items ?? []).enumerated() {
            expect(
                item, in: FactCatalogue.facts(of: .person).map(\.name), YAMLPath.item("\(path).facts", index),
                ("没有事实", "there is no fact"))
        }
        for (index, item) in (node["unique"]?.items ?? []).enumerated() {
            let at = "\(path).unique[\(index)]"
            checkReason(item["reason"], "\(at).reason", manifest, problems)
            if let nights = item["nights"] {
                problems.error(nights, "\(at).nights", zh: "nights 只用于表单", en: "nights are for forms")
            }
        }
    }

    private func expect(_ node: YAMLNode, in names: [String], _ path: String, _ words: (zh: String, en: String)) {
        PathChecker.expect(node, in: names, path, words, problems)
    }

    /// Whether a word names somebody: a built-in role, one of the plugin's, or `own.<path>`.
    static func checkRoles(
        _ node: YAMLNode?, _ path: String, _ manifest: Manifest, _ problems: Problems, entrances: Bool
    ) {
        let known = builtInRoles + manifest.roles.keys.sorted() + (entrances ? self.entrances : [])
        for (index, item) in (node?.items ?? []).enumerated() {
            guard let word = item.text, !word.hasPrefix("own.") else { continue }
            PathChecker.expect(item, in: known, YAMLPath.item(path, index), ("没有角色", "there is no role"), problems)
        }
    }
}

/// A reason code must be one that the manifest words.
func checkReason(_ node: YAMLNode?, _ path: String, _ manifest: Manifest, _ problems: Problems) {
    guard let node else { return }
    PathChecker.expect(
        node, in: manifest.reasons.keys.sorted(), path, ("reasons 中没有原因代码", "reasons has no code"), problems)
}

/// Reports paths that lead nowhere.
struct PathChecker {
    let resolver: PathResolver
    let problems: Problems

    /// The type where a path leads, nil with a problem (or for what is not known here).
    @discardableResult
    func check(_ node: YAMLNode?, _ path: String, besides words: [String] = []) -> FieldType? {
        guard let node, let text = node.text, !words.contains(text) else { return nil }
        switch resolver.resolve(text) {
        case .type(let type, _): return type
        case .opaque: return nil
        case .unknown(let part, let among):
            let hint = Suggestion.hint(for: part, among: among + words)
            let kinds: [SubjectKind] = [.person, .household, .station]
            let isFact = among.count <= 1 && kinds.contains { FactCatalogue.fact(part, of: $0) != nil }
            let advice =
                isFact
                ? LocalText(
                    zh: ";登记的事实只供规则读取(facts),不能写成路径",
                    en: "; facts of registers are for rules (facts), no paths")
                : hint
            problems.error(
                node, path, zh: "路径 \(text) 不通: 没有 \(part)\(advice.zh)",
                en: "path \(text) leads nowhere: no \(part)\(advice.en)")
            return nil
        }
    }

    static func expect(
        _ node: YAMLNode, in names: [String], _ path: String, _ words: (zh: String, en: String), _ problems: Problems
    ) {
        guard let word = node.text, !names.contains(word) else { return }
        let hint = Suggestion.hint(for: word, among: names)
        problems.error(node, path, zh: "\(words.zh) \(word)\(hint.zh)", en: "\(words.en) \(word)\(hint.en)")
    }
}
