import NiangjiaCore

/// What the host couldn't follow when the form is applied for, judged or paid: told here, and not by the first application.
extension FormChecker {
    func checkRuns(_ node: YAMLNode) {
        checkPopulationRuns(node)
        checkSubjectRuns(node)
        checkHousehold(node)
        checkPayeePaths(node["gives"])
        for (holder, key) in [("delivery", "until"), ("recheck", "until")] {
            checkDay(node[holder]?[key], at: "\(path).\(holder).\(key)") { $0.isDay }
        }
        for stage in node["stages"]?.members ?? [] { checkStageEnd(stage.value["until"], stage.key.text ?? "") }
        checkCount(node["places"]?["count"])
    }

    /// A record's fields are no columns of the register: nothing can be chosen by them.
    private func checkPopulationRuns(_ node: YAMLNode) {
        guard let population = node["population"], let of = form.population?.of else { return }
        if manifest.records[of] != nil {
            for member in population["where"]?.members ?? [] {
                problems.error(
                    member.key, "\(path).population.where.\(member.key.text ?? "")",
                    zh: "批量对象是记录表 \(of),不能按它的字段选取:请去掉 where,由规则对不该给的记录 refuse,或者把要办的另建一张记录表",
                    en:
                        "a population of records (\(of)) can't be chosen by their fields: take where away and let the rule "
                        + "refuse those that aren't meant, or keep those that are in a table of their own")
            }
        }
        guard form.by.contains("batch"), form.subject != .applicant else { return }
        let (kind, applicant) = (resolver.subjectKind, resolver.applicantKind)
        guard kind != applicant || kind == .record else { return }
        problems.error(
            node["subject"], "\(path).subject", zh: "批量逐个裁定批量对象(population)本身,请写 subject: applicant",
            en: "a batch decides about the members of its population: write subject: applicant")
    }

    /// Whom the decision is about is read from what was filled in.
    private func checkSubjectRuns(_ node: YAMLNode) {
        guard case .path(let text) = form.subject, case .type(let type, _) = resolver.resolve(text),
            PathResolver.kind(of: type) != .nobody
        else { return }
        if case .reference = resolver.ownField(text)?.type { return }
        problems.error(
            node["subject"], "\(path).subject",
            zh: "subject: \(text) 不是本表单自己的引用字段:请加这样一个字段,写它的名称,如 person 或 children.child(列表只能是第一级)",
            en:
                "subject: \(text) is no reference field of this form: add one and write its name, like person or "
                + "children.child (only the first step may be a list)")
    }

    private func checkHousehold(_ node: YAMLNode) {
        let kind = resolver.subjectKind
        guard let household = node["facts"]?["household"], !household.items.isEmpty, kind != .person, kind != .household
        else { return }
        problems.error(
            household, "\(path).facts.household", zh: "对象不是人或家庭,没有家庭的事实:请去掉 facts.household",
            en: "the subject is no person or household and has no household's facts: take facts.household away")
    }

    /// Who is paid, or pays, stands in the application.
    private func checkPayeePaths(_ gives: YAMLNode?) {
        let words = ["subject", "applicant", "supplier"]
        for key in ["to", "from"] {
            let at = "\(path).gives.\(key)"
            guard let node = gives?[key] else { continue }
            let named = node.isScalar ? [(node, at)] : node.members.map { ($0.value, "\(at).\($0.key.text ?? "")") }
            for (member, place) in named {
                // A household was refused already, and so was what leads nowhere.
                guard let text = member.text, !words.contains(text), text.split(separator: ".").last != "household"
                else { continue }
                if case .unknown = resolver.resolve(text) { continue }
                if let own = resolver.ownField(text), !own.isInList, case .reference = own.type,
                    [.person, .organization].contains(PathResolver.kind(of: own.type))
                {
                    continue
                }
                problems.error(
                    member, place,
                    zh: "\(text) 不是本表单中的人员或单位字段(列表里的也不行):请写 subject、applicant,或加一个这样的字段",
                    en:
                        "\(text) is no person or organisation field of this form, outside lists: write subject or "
                        + "applicant, or add such a field")
            }
        }
    }

    /// A last day is read as a day: a moment, a number or a list would be none, and nothing would ever end.
    func checkDay(_ node: YAMLNode?, at place: String, _ fits: (FieldType) -> Bool) {
        guard let node, let text = node.text, case .type(let type, _) = resolver.resolve(text), !fits(type) else {
            return
        }
        problems.error(node, place, zh: "\(text) 须是日期(date)字段", en: "\(text) must be a date field")
    }

    private func checkStageEnd(_ node: YAMLNode?, _ stage: String) {
        let place = "\(path).stages.\(stage).until"
        guard let node, let text = node.text else { return }
        if case .unknown = resolver.resolve(text) { return }
        guard text.hasPrefix("stages.") || resolver.ownField(text)?.isInList == false else {
            return problems.error(
                node, place, zh: "until: \(text) 不是本表单或它各阶段的字段:请加一个日期字段",
                en: "until: \(text) is no field of this form or its stages: add a date field")
        }
        checkDay(node, at: place) { $0.isDay }
    }

    /// Without a number there are no places, and nobody could apply: a program that leaves it out is refused (`ProgramChecker`).
    private func checkCount(_ node: YAMLNode?) {
        guard let name = manifest.optionalCount(of: form)?.name else { return }
        problems.warning(
            node?["setting"], "\(path).places.count.setting",
            zh: "名额的配置项 \(name) 是可选的(optional、null):没有数就没有名额,每个方案都须写它,建议改为必填",
            en:
                "the setting \(name) of places is optional or null: without a number there are no places, and every program must "
                + "set it; make it a required one")
    }
}

extension Manifest {
    /// The setting that says how many places a form has, where it is one that a program may leave out.
    func optionalCount(of form: FormDefinition) -> Field? {
        guard case .setting(let name)? = form.places?.count, let setting = settings.first(where: { $0.name == name })
        else { return nil }
        if case .nullable = setting.type { return setting }
        return setting.isOptional ? setting : nil
    }
}

extension PlacesRule {
    /// The setting that says how many, by its name or by a path to it; nil: no setting does.
    var countSetting: String? {
        if case .setting(let name)? = count { return name }
        return countPath.flatMap { PathResolver.setting(in: $0) }
    }
}

extension FieldType {
    /// A civil date: what a moment's text isn't.
    var isDay: Bool {
        switch self {
        case .date: true
        case .nullable(let inner): inner.isDay
        default: false
        }
    }
}
