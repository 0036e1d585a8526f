import NiangjiaCore

/// What a form's rule is told: facts of the registers, and looks at the past.
extension FormChecker {
    func checkFacts(_ node: YAMLNode?) {
        guard let node else { return }
        let at = "\(path).facts"
        checkFactNames(node["subject"], of: resolver.subjectKind, "\(at).subject")
        checkFactNames(node["household"], of: .household, "\(at).household")
        let declared = form.facts.subject.map { "subject." + $0 } + form.facts.household.map { "household." + $0 }
        for (index, item) in (node["maybe"]?.items ?? []).enumerated() {
            PathChecker.expect(
                item, in: declared, YAMLPath.item("\(at).maybe", index), ("未声明的事实", "not among the declared facts:"),
                problems)
        }
        for member in node["look"]?.members ?? [] {
            checkLook(member.key.text ?? "", member.value, "\(at).look.\(member.key.text ?? "")")
        }
    }

    private func checkFactNames(_ node: YAMLNode?, of kind: SubjectKind, _ at: String) {
        for (index, item) in (node?.items ?? []).enumerated() {
            PathChecker.expect(
                item, in: FactCatalogue.facts(of: kind).map(\.name), YAMLPath.item(at, index),
                ("没有事实", "there is no fact"),
                problems)
        }
    }

    private func checkLook(_ name: String, _ node: YAMLNode, _ at: String) {
        let sources = ["decisions", "cases", "visits"] + manifest.records.keys.sorted()
        if let source = node["in"] {
            PathChecker.expect(
                source, in: sources, "\(at).in", ("没有可查看的", "there is nothing to look at called"), problems)
        }
        checkFormNames(node["of"], "\(at).of")
        paths.check(node["per"], "\(at).per", besides: ["subject", "household", "case"])
        let look = form.facts.look.first { $0.name == name }
        if let look, sources.contains(node["in"]?.text ?? "decisions") { checkUnread(look.source, node, at) }
        let columns = look.flatMap { manifest.columns(of: $0, in: form.name) }
        for member in node["where"]?.members ?? [] {
            let key = member.key.text ?? ""
            if let columns { checkColumn(member, columns, "\(at).where.\(key)", missing(look, key)) }
            if member.value.isScalar { paths.check(member.value, "\(at).where.\(key)") }
        }
        for key in ["dated_by", "distinct"] {
            guard let item = node[key], let columns else { continue }
            PathChecker.expect(
                item, in: columns.map(\.name), "\(at).\(key)", missing(look, item.text ?? ""), problems)
        }
        checkWindow(node["within"], "\(at).within")
    }

    /// A decision has what it keeps; what was filled in stays with the case.
    private func missing(_ look: LookDefinition?, _ name: String) -> (zh: String, en: String) {
        if let look, look.source == .decisions, let gap = manifest.kept(by: look, in: form.name)?.gap(name) {
            return gap
        }
        guard look?.source == .decisions, form.fields.contains(where: { $0.name == name }) else {
            return ("没有字段", "there is no field")
        }
        return (
            "历史核定只有 keeps 中的值,请在 keeps 中保存;没有字段", "past decisions have what keeps names: keep it; there is no field"
        )
    }

    /// What a look of a kind doesn't read must not be written: it would count others than it seems to.
    private func checkUnread(_ source: LookDefinition.Source, _ node: YAMLNode, _ at: String) {
        let unread: [String]
        switch source {
        case .decisions: unread = ["dated_by"]
        case .cases: unread = ["where", "dated_by", "state", "distinct"]
        case .visits: unread = ["of", "programs", "where", "dated_by", "state", "distinct"]
        case .record: unread = ["of", "programs", "per", "state"]
        }
        let word = node["in"]?.text ?? "decisions"
        let instead: LocalText =
            switch source {
            case .decisions: LocalText(zh: "核定按其日期计", en: "a decision lies in the window by its date")
            case .cases:
                LocalText(
                    zh: "只数申请;要按内容、状态查看的,请用 in: decisions 和 keeps",
                    en: "cases are only counted; look at decisions, and what they keep, for more")
            case .visits: LocalText(zh: "只数到访", en: "visits are only counted")
            case .record: LocalText(zh: "请用 where 写明是哪些记录", en: "write in where which rows are meant")
            }
        for key in unread where node[key] != nil {
            problems.error(
                node.keyNode(key), "\(at).\(key)", zh: "in: \(word) 不看 \(key),请删去:\(instead.zh)",
                en: "in: \(word) doesn't read \(key); remove it: \(instead.en)")
        }
        let isByCase = node["per"]?.text == "case"
        let hasHousehold = source == .decisions
        guard source != .record(word), isByCase || !hasHousehold && node["per"]?.text == "household" else { return }
        problems.error(
            node["per"], "\(at).per",
            zh: isByCase ? "本次申请没有历史,per 请写 subject、household 或路径" : "in: \(word) 不能按户(per: household),请写 subject 或路径",
            en: isByCase
                ? "a case has no past of its own; write subject, household or a path"
                : "in: \(word) can't be by household; write subject or a path")
    }
}
