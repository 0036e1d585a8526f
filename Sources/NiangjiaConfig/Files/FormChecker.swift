import NiangjiaCore

/// Checks one form of a manifest against the rest of it.
struct FormChecker {
    let manifest: Manifest
    let form: FormDefinition
    let problems: Problems

    var path: String { "forms.\(form.name)" }
    var resolver: PathResolver { PathResolver(manifest: manifest, form: form) }
    var paths: PathChecker { PathChecker(resolver: resolver, problems: problems) }

    func check(_ node: YAMLNode) {
        ManifestChecker.checkRoles(node["by"], "\(path).by", manifest, problems, entrances: true)
        checkPopulation(node)
        checkSubject(node)
        checkDates(node)
        checkFacts(node["facts"])
        for (index, rule) in (node["unique"]?.items ?? []).enumerated() {
            checkUnique(rule, "\(path).unique[\(index)]")
        }
        checkGives(node["gives"])
        checkBatch(node)
        checkStages(node["stages"])
        checkRest(node)
        checkRuns(node)
    }

    private func checkPopulation(_ node: YAMLNode) {
        guard let population = node["population"] else {
            if form.by.contains("batch") {
                problems.error(
                    node["by"], "\(path).population", zh: "by 含 batch 时须写 population(批量对象)",
                    en: "batch needs a population")
            }
            return
        }
        let registers = ["persons", "households", "organizations", "stations"]
        if let of = population["of"] {
            PathChecker.expect(
                of, in: registers + manifest.records.keys.sorted(), "\(path).population.of",
                ("没有批量对象", "there is no population"), problems)
        }
        let columns = form.population.map { manifest.columns(of: $0) } ?? []
        for member in population["where"]?.members ?? [] {
            let at = "\(path).population.where.\(member.key.text ?? "")"
            checkColumn(member, columns, at, ("没有事实", "there is no fact"))
        }
    }

    /// The field of a condition must be there, and its constants of the field's type.
    func checkColumn(
        _ member: (key: YAMLNode, value: YAMLNode), _ columns: [Field], _ at: String, _ words: (zh: String, en: String)
    ) {
        PathChecker.expect(member.key, in: columns.map(\.name), at, words, problems)
        guard let type = columns.first(where: { $0.name == member.key.text })?.type else { return }
        for item in member.value.items {
            guard let text = item.text, type.constant(.text(text)) == nil else { continue }
            if case .oneOf(let words) = type {
                let hint = Suggestion.hint(for: text, among: words)
                guard Suggestion.nearest(to: text, among: words) != nil || !FactCatalogue.mayGrow(words) else {
                    let list = words.joined(separator: ", ")
                    problems.warning(
                        item, at, zh: "\(member.key.text ?? "") 的词中没有 \(text),除非本市导入时自定了它;有: \(list)",
                        en:
                            "\(member.key.text ?? "") knows no \(text), unless this city's imports add it; there are: \(list)"
                    )
                    continue
                }
                problems.error(
                    item, at, zh: "\(member.key.text ?? "") 没有这个值: \(text)\(hint.zh)",
                    en: "\(member.key.text ?? "") is never \(text)\(hint.en)")
                continue
            }
            let advice = type == .boolean ? (",请写 true 或 false", "; write true or false") : ("", "")
            problems.error(
                item, at, zh: "“\(text)” 不是字段 \(member.key.text ?? "") 的值(类型 \(type.word))\(advice.0)",
                en: "“\(text)” is no value of \(member.key.text ?? "") (\(type.word))\(advice.1)")
        }
    }

    private func checkSubject(_ node: YAMLNode) {
        if let subject = node["subject"], case .path = form.subject {
            if let type = paths.check(subject, "\(path).subject"), PathResolver.kind(of: type) == .nobody {
                problems.error(
                    subject, "\(path).subject", zh: "对象(subject)须是人、家庭、单位、站点或记录",
                    en: "subject must be a person, household, organization, station or record")
            }
        }
        checkNamed(node)
        if form.subject == .nobody {
            for key in ["unique"] where node[key] != nil {
                problems.error(
                    node.keyNode(key), "\(path).\(key)", zh: "subject 为 nobody 时不能有 \(key)",
                    en: "\(key) is not possible where the subject is nobody")
            }
            if !form.facts.look.isEmpty {
                problems.error(
                    node["facts"]?.keyNode("look"), "\(path).facts.look", zh: "subject 为 nobody 时不能查看历史",
                    en: "nobody has no past to look at")
            }
            if form.gives.movesMoney {
                problems.error(
                    node.keyNode("gives"), "\(path).gives", zh: "subject 为 nobody 时不能给付",
                    en: "nobody can be given nothing")
            }
        }
        if let together = node["together"] {
            paths.check(together["of"], "\(path).together.of")
            paths.check(together["per"], "\(path).together.per", besides: ["case"])
            checkSetting(together["at_least"], "\(path).together.at_least", ["integer", "rate"])
            if form.by.contains("batch") {
                problems.error(
                    together, "\(path).together", zh: "批量核定(by: batch)没有申请,各项不能一起通过(together)",
                    en: "a batch (by: batch) has no cases whose lines could pass together")
            }
        }
    }

    /// A rule is told what registers say of whom a member names: what it answers tells the member something of somebody else.
    private func checkNamed(_ node: YAMLNode) {
        guard !Set(form.by).isDisjoint(with: ["member", "person", "anyone"]) else { return }
        for field in form.fields where field.type.namesOthers {
            problems.warning(
                node["fields"]?.keyNode(field.name), "\(path).fields.\(field.name)",
                zh: "会员可在 \(field.name) 中写别人,规则会读到那人的登记资料:会员看不到这些资料,但结果和金额会透露;只为子女办理的请用 type: child",
                en:
                    "a member may name somebody else in \(field.name), and the rule is told what the registers say of them: the member isn't, but outcome and amount tell; where it is for children, use type: child"
            )
        }
    }

    private func checkDates(_ node: YAMLNode) {
        checkSetting(node["dated_by"], "\(path).dated_by", nil)
        checkDatedBySetting(node)
        guard let dated = node["dated_by"], case .field(let name) = form.datedBy else { return }
        if paths.check(dated, "\(path).dated_by") != nil,
            form.fields.first(where: { $0.name == name })?.type.isDay != true
        {
            problems.error(
                dated, "\(path).dated_by", zh: "日期依据(dated_by)须是日期字段:本表单第一级的 date 字段",
                en: "dated_by must be a date field: one of the form itself")
        }
    }

    private func checkUnique(_ node: YAMLNode, _ at: String) {
        checkFormNames(node["of"], "\(at).of")
        paths.check(node["per"], "\(at).per", besides: ["subject", "household", "case"])
        paths.check(node["with"], "\(at).with")
        if let nights = node["nights"] {
            for end in ["from", "to"] {
                guard let type = paths.check(nights[end], "\(at).nights.\(end)"), !type.isDay else { continue }
                problems.error(
                    nights, "\(at).nights.\(end)", zh: "nights 的起止须是日期字段", en: "nights are between date fields")
            }
            if node["with"] != nil {
                problems.error(nights, "\(at).nights", zh: "with 与 nights 只写一样", en: "write with or nights, not both")
            }
        }
        paths.check(node["dated_by"], "\(at).dated_by")
        checkReason(node["reason"], "\(at).reason", manifest, problems)
        checkWindow(node["within"], "\(at).within")
    }

    func checkWindow(_ node: YAMLNode?, _ at: String) {
        guard let node, node.isMapping, (node["days"] == nil) == (node["months"] == nil) else { return }
        problems.error(node, at, zh: "请写 {days: 天数} 或 {months: 月数}", en: "write {days: n} or {months: n}")
    }

    func checkFormNames(_ node: YAMLNode?, _ at: String) {
        for (index, item) in (node?.items ?? []).enumerated() where item.text?.contains("/") == false {
            PathChecker.expect(
                item, in: manifest.forms.keys.sorted(), YAMLPath.item(at, index), ("没有表单", "there is no form"), problems
            )
        }
    }

    private func checkGives(_ node: YAMLNode?) {
        guard let node else { return }
        let at = "\(path).gives"
        for (member, key) in parts(node["to"], "\(at).to") {
            paths.check(member, key, besides: ["subject", "applicant", "supplier"])
        }
        let stages = ["approved", "delivered"] + form.stages.map(\.name)
        for (member, key) in parts(node["when"], "\(at).when") {
            PathChecker.expect(member, in: stages, key, ("没有阶段", "there is no stage"), problems)
        }
        paths.check(node["from"], "\(at).from", besides: ["subject", "applicant"])
        let kinds = Set(form.gives.kind.values)
        if kinds.contains(.money), node["to"] == nil {
            problems.error(node, "\(at).to", zh: "给付钱款须写 to(给谁)", en: "money needs to (to whom)")
        }
        if kinds.contains(.fee), node["from"] == nil {
            problems.error(node, "\(at).from", zh: "收费须写 from(谁付)", en: "a fee needs from (who pays)")
        }
        if form.gives.when.values.contains("delivered"), form.delivery == nil {
            problems.error(
                node["when"], "\(at).when",
                zh: "领取时给付(delivered)须写 delivery,如 delivery: {by: [keeper], within_days: 7}",
                en: "delivered needs delivery, like delivery: {by: [keeper], within_days: 7}")
        }
    }

    private func parts(_ node: YAMLNode?, _ at: String) -> [(YAMLNode, String)] {
        guard let node else { return [] }
        return node.isScalar ? [(node, at)] : node.members.map { ($0.value, YAMLPath.child(at, $0.key.text ?? "")) }
    }

    private func checkStages(_ node: YAMLNode?) {
        let names = form.stages.map(\.name)
        if let node, form.by.contains("batch") {
            problems.error(
                node, "\(path).stages", zh: "有阶段(stages)的表单不能批量核定(by: batch):批量没有申请可以转阶段",
                en: "a form with stages isn't decided in batch (by: batch): a batch has no cases that could be moved")
        }
        for member in node?.members ?? [] {
            let name = member.key.text ?? ""
            let at = "\(path).stages.\(name)"
            for (index, item) in (member.value["next"]?.items ?? []).enumerated() {
                PathChecker.expect(
                    item, in: names, YAMLPath.item("\(at).next", index), ("没有阶段", "there is no stage"), problems)
            }
            if let then = member.value["then"] {
                PathChecker.expect(then, in: names, "\(at).then", ("没有阶段", "there is no stage"), problems)
            }
            ManifestChecker.checkRoles(member.value["by"], "\(at).by", manifest, problems, entrances: false)
            ManifestChecker.checkRoles(member.value["late"], "\(at).late", manifest, problems, entrances: false)
            if Reading.boolean(member.value["frees"]) == true, form.places == nil {
                problems.error(
                    member.value["frees"], "\(at).frees", zh: "表单没有名额(places),frees 没有可退的",
                    en: "the form has no places that frees could give back")
            }
            paths.check(member.value["all"], "\(at).all")
            paths.check(member.value["until"], "\(at).until")
            checkSetting(member.value["within"], "\(at).within", nil)
            if member.value["next"] == nil, Reading.boolean(member.value["end"]) != true {
                problems.error(
                    member.key, at, zh: "阶段 \(name) 须写 next(下一阶段)或 end: true",
                    en: "stage \(name) needs next or end: true")
            }
        }
    }

    private func checkRest(_ node: YAMLNode) {
        if let places = node["places"] {
            paths.check(places["per"], "\(path).places.per")
            paths.check(places["take"], "\(path).places.take")
            paths.check(places["closes"], "\(path).places.closes")
            checkSetting(places["count"], "\(path).places.count", ["integer"])
            if let count = places["count"], count.isScalar, Reading.integer(count) == nil {
                paths.check(count, "\(path).places.count")
            }
            if places["count"] == nil {
                problems.error(places, "\(path).places.count", zh: "名额(places)须写 count(数量)", en: "places needs count")
            }
            checkPlaces(node)
        }
        if let delivery = node["delivery"] {
            ManifestChecker.checkRoles(delivery["by"], "\(path).delivery.by", manifest, problems, entrances: false)
            for (index, item) in (delivery["by"]?.items ?? []).enumerated() where item.text?.hasPrefix("own.") == true {
                problems.error(
                    item, YAMLPath.item("\(path).delivery.by", index), zh: "发放人(delivery.by)写角色,不能写路径 own.…",
                    en: "delivery.by names roles, no path own.…")
            }
            paths.check(delivery["until"], "\(path).delivery.until")
            checkSetting(delivery["within_days"], "\(path).delivery.within_days", ["integer"])
        }
        paths.check(node["recheck"]?["until"], "\(path).recheck.until")
        checkRecheck(node)
        if let sealed = node["sealed"] {
            paths.check(sealed["unless"], "\(path).sealed.unless")
            ManifestChecker.checkRoles(sealed["but"], "\(path).sealed.but", manifest, problems, entrances: false)
        }
    }

    /// `{setting: x}` names a setting, of a fitting type.
    private func checkSetting(_ node: YAMLNode?, _ at: String, _ types: Set<String>?) {
        guard let reference = node?["setting"], let name = reference.text else { return }
        guard let setting = manifest.settings.first(where: { $0.name == name }) else {
            return PathChecker.expect(
                reference, in: manifest.settings.map(\.name), "\(at).setting", ("settings 中没有配置项", "settings has no"),
                problems)
        }
        guard let types, !types.contains(setting.type.word) else { return }
        let list = types.sorted().joined(separator: "/")
        problems.error(
            reference, "\(at).setting", zh: "配置项 \(name) 的类型是 \(setting.type.word),这里须是 \(list)",
            en: "setting \(name) is \(setting.type.word); \(list) is needed here")
    }
}

extension FieldType {
    var isDated: Bool {
        switch self {
        case .date, .instant: true
        case .nullable(let inner), .list(let inner): inner.isDated
        default: false
        }
    }
}
