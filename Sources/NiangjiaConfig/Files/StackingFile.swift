import NiangjiaCore

/// `config/stacking.yaml` 叠加与互斥.
enum StackingFile {
    private static let of = Key(
        "of", "表单", "Of", .list(.scalar(.formName), count: 2...50), required: true, doc: ("插件/表单", "plugin/form"))
    private static let per = Key(
        "per", "按", "Per", .scalar(.path), required: true,
        doc: (
            "subject(本人)、household(家庭)或 child(子女)", "subject, household or child"
        ))
    private static let within = Key("within", "期间", "Within", ManifestShape.window, required: true)
    private static let reason = Key("reason", "原因", "Reason", .scalar(.reasonCode), required: true)

    static let shape = Shape.object(
        Key(
            "exclusions", "互斥", "Exclusions", .list(.object(of, per, within, reason)),
            doc: (
                "只能享受其一", "Only one of them"
            )),
        Key(
            "shared_caps", "共用上限", "Shared caps",
            .list(
                .object(
                    Key("name", "名称", "Name", .scalar(.identifier), required: true), of, per, within,
                    Key("cap", "上限", "Cap", .scalar(.amount), required: true), reason))),
        Key(
            "payer_order", "支付先后", "Payer order", .list(.scalar(.formName)),
            doc: (
                "同一张医疗单据由谁先付", "Who pays first for one hospital bill"
            )),
        Key(
            "bill", "同一单据", "One bill",
            .object(
                Key("same", "以哪些字段认定", "Same", .list(.scalar(.path), count: 1...5), required: true),
                Key("left", "个人负担字段", "Left", .scalar(.path), required: true), reason),
            doc: (
                "先后各方的补助合计不超过个人负担:先付的从后付的上限中扣除",
                "What the payers give together stays within what the person is left with: each works on what is left"
            )),
        Key("reasons", "原因文字", "Reasons", .table(key: .reasonCode, value: .localText)))

    static func parse(_ bytes: [UInt8], _ surroundings: ConfigSurroundings, _ problems: Problems) -> StackingSettings? {
        guard let root = ConfigFile.checked(bytes, shape, problems) else { return nil }
        var stacking = StackingSettings()
        for member in root["reasons"]?.members ?? [] {
            stacking.reasons[member.key.text ?? ""] = Reading.localText(member.value)
        }
        let checker = StackingChecker(
            surroundings: surroundings, problems: problems, reasons: Set(stacking.reasons.keys))
        for (index, item) in (root["exclusions"]?.items ?? []).enumerated() {
            checker.check(item, "exclusions[\(index)]")
            guard let per = item["per"]?.text, let reason = item["reason"]?.text else { continue }
            stacking.exclusions.append(
                StackingSettings.Exclusion(
                    of: Reading.texts(item["of"]), per: per, within: ManifestReader.window(item["within"]) ?? .season,
                    reason: reason))
        }
        for (index, item) in (root["shared_caps"]?.items ?? []).enumerated() {
            checker.check(item, "shared_caps[\(index)]")
            guard let name = item["name"]?.text, let per = item["per"]?.text, let reason = item["reason"]?.text,
                let cap = Reading.money(item["cap"])
            else { continue }
            if stacking.sharedCaps.contains(where: { $0.name == name }) {
                problems.error(
                    item["name"], "shared_caps[\(index)].name", zh: "共用上限 \(name) 重复",
                    en: "shared cap \(name) stands twice")
            }
            stacking.sharedCaps.append(
                StackingSettings.SharedCap(
                    name: name, of: Reading.texts(item["of"]), per: per,
                    within: ManifestReader.window(item["within"]) ?? .calendarYear, cap: cap, reason: reason))
        }
        stacking.payerOrder = Reading.texts(root["payer_order"])
        for (index, item) in (root["payer_order"]?.items ?? []).enumerated() {
            checker.checkForm(item, "payer_order[\(index)]")
        }
        if let bill = root["bill"], let left = bill["left"]?.text, let reason = bill["reason"]?.text {
            stacking.bill = StackingSettings.Bill(same: Reading.texts(bill["same"]), left: left, reason: reason)
        }
        return stacking
    }
}

/// Checks what stacking names against the installed plugins.
struct StackingChecker {
    let surroundings: ConfigSurroundings
    let problems: Problems
    let reasons: Set<String>

    func check(_ node: YAMLNode, _ path: String) {
        for (index, item) in (node["of"]?.items ?? []).enumerated() {
            let at = YAMLPath.item(path + ".of", index)
            if item.text?.contains("/") == false {
                problems.error(item, at, zh: "请写 插件/表单,如 tuition/apply", en: "write plugin/form, like tuition/apply")
            }
            checkForm(item, at)
        }
        guard let reason = node["reason"], let code = reason.text, let plugins = surroundings.plugins else { return }
        let worded = Reading.texts(node["of"]).contains { form in
            plugins[String(form.prefix { $0 != "/" })]?.reasons[code] != nil
        }
        if !worded, !reasons.contains(code) {
            problems.warning(
                reason, path + ".reason", zh: "原因 \(code) 没有文字,请写在本文件的 reasons 中",
                en: "reason \(code) has no words; put them under reasons in this file")
        }
    }

    /// A plugin that isn't installed may come later, unless its name is nearly that of one that is; a form that an installed plugin
    /// doesn't have will not come.
    func checkForm(_ node: YAMLNode, _ path: String) {
        let parts = (node.text ?? "").split(separator: "/").map(String.init)
        guard parts.count == 2, let plugins = surroundings.plugins else { return }
        guard let manifest = plugins[parts[0]] else {
            let names = surroundings.pluginNames ?? []
            guard !names.contains(parts[0]), let near = Suggestion.nearest(to: parts[0], among: names) else { return }
            return problems.error(
                node, path, zh: "没有插件 \(parts[0]),是不是 \(near)?",
                en: "there is no plugin \(parts[0]); did you mean \(near)?")
        }
        guard manifest.forms[parts[1]] == nil else { return }
        let hint = Suggestion.hint(for: parts[1], among: manifest.forms.keys.sorted())
        // The sample names plugins that a city may write itself, with forms of its own.
        let isNear = Suggestion.nearest(to: parts[1], among: manifest.forms.keys) != nil
        let advice = LocalText(
            zh: hint.zh + (isNear ? "" : ";随样例复制来的条目请改写或删去"),
            en: hint.en + (isNear ? "" : "; an entry that came with the sample is to be changed or removed"))
        problems.error(
            node, path, zh: "插件 \(parts[0]) 没有表单 \(parts[1])\(advice.zh)",
            en: "plugin \(parts[0]) has no form \(parts[1])\(advice.en)")
    }
}
