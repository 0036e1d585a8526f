import NiangjiaCore

/// What a form says of scarce places and of looking again.
extension FormChecker {
    func checkPlaces(_ node: YAMLNode) {
        guard let places = node["places"], let rule = form.places else { return }
        let at = "forms.\(form.name).places"
        if rule.order.last == .rank {
            problems.error(
                places["order"]?.items.last ?? places, "\(at).order", zh: "次序(order)最后须是 submitted 或 drawn,才分得出先后",
                en: "order must end with submitted or drawn, or ties stay open")
        }
        // Who comes first has a place at once: nothing is left to be ordered.
        let isServedAtOnce = rule.from == .submit && !form.isJudgedAfterSeason
        if isServedAtOnce, rule.order != [.submitted] {
            problems.error(
                places["order"] ?? places, "\(at).order",
                zh: "提交时即定(from: submit)的名额只能先到先得;按 rank 或抽签请写 from: apply_end 或 season_end",
                en:
                    "places given at submission go first come, first served; rank and draws need from: apply_end or season_end"
            )
        }
        if form.isJudgedAfterSeason, rule.from == .applyEnd {
            problems.error(
                places["from"] ?? places, "\(at).from", zh: "期满后才裁定(judge_after),名额须写 from: season_end",
                en: "what is judged after the season has places from: season_end")
        }
        expect(places["take"], at: "\(at).take", "整数", "an integer") { $0 == .integer }
        expect(places["closes"], at: "\(at).closes", "日期", "a date", \.isDated)
        if let count = places["count"], count.isScalar, Reading.integer(count) == nil {
            expect(count, at: "\(at).count", "整数", "an integer") { $0 == .integer }
        }
    }

    func checkRecheck(_ node: YAMLNode) {
        expect(node["recheck"]?["until"], at: "forms.\(form.name).recheck.until", "日期", "a date", \.isDated)
    }

    /// `dated_by: {setting: x}`: the setting is a date, or names a date field.
    func checkDatedBySetting(_ node: YAMLNode) {
        guard case .setting(let name) = form.datedBy, let setting = manifest.settings.first(where: { $0.name == name })
        else { return }
        let at = "forms.\(form.name).dated_by"
        switch setting.type {
        case .date: return
        case .oneOf(let words):
            let known = ["submitted_on", "season_start"] + form.fields.filter { $0.type.isDay }.map(\.name)
            for word in words where !known.contains(word) {
                problems.error(
                    node["dated_by"], at, zh: "配置项 \(name) 的 \(word) 不是日期字段,可写: \(known.joined(separator: "、"))",
                    en: "\(word) of the setting \(name) is no date field; there are: \(known.joined(separator: ", "))")
            }
        default:
            problems.error(
                node["dated_by"], at, zh: "配置项 \(name) 须是 date,或 {type: string, enum: [日期字段 …]}",
                en: "the setting \(name) must be a date, or {type: string, enum: [date fields …]}")
        }
    }

    private func expect(
        _ node: YAMLNode?, at path: String, _ zh: String, _ en: String, _ fits: (FieldType) -> Bool
    ) {
        guard let node, let text = node.text,
            case .type(let type, _) = PathResolver(manifest: manifest, form: form).resolve(text), !fits(type)
        else { return }
        problems.error(node, path, zh: "\(text) 须是\(zh)", en: "\(text) must be \(en)")
    }
}

extension ProgramChecker {
    /// A draw, of places or among the equals of a batch, needs a public value that is named while nobody knows it.
    func checkDraw(_ root: YAMLNode) {
        for form in manifest?.forms.values.sorted(by: { $0.name < $1.name }) ?? [] {
            let rules = program.rules(for: form.name)
            let own = root["forms"]?[form.name]
            let isBatch = form.by.contains("batch") && form.population != nil
            let isDrawn = form.places?.order.contains(.drawn) == true || (isBatch && rules.order.contains(.drawn))
            guard isDrawn else { continue }
            if rules.draw == nil {
                problems.error(
                    own?["order"] ?? root["order"] ?? own ?? root, "draw",
                    zh: "表单 \(form.name) 抽签,须事先写明以哪个公开数值为准,如 draw: {source: 中国福利彩票双色球第2026080期红球号码}",
                    en: "form \(form.name) draws: name the public value beforehand, like draw: {source: …}")
            }
            if rules.automatic != nil {
                problems.error(
                    own?["automatic"] ?? root["automatic"], "automatic",
                    zh: "表单 \(form.name) 要抽签(drawn),不能每天自动核定:公开数值要由人写入",
                    en: "form \(form.name) draws: somebody has to enter the public value, no automatic run can")
            }
        }
        let batches = manifest.map { Set($0.forms.values.filter { $0.by.contains("batch") }.map(\.name)) }
        checkDrawnOrder(root["order"], "order", isBatch: batches?.isEmpty == false)
        for member in root["forms"]?.members ?? [] {
            let name = member.key.text ?? ""
            checkDrawnOrder(member.value["order"], "forms.\(name).order", isBatch: batches?.contains(name) == true)
        }
    }

    /// Applications that come one by one have the time of their submission; there are no equals to draw among.
    private func checkDrawnOrder(_ node: YAMLNode?, _ path: String, isBatch: Bool) {
        guard let node, !isBatch, node.items.contains(where: { $0.text == "drawn" }) else { return }
        problems.error(
            node, path, zh: "逐份办理的申请按提交先后,不抽签(drawn);名额的抽签写在插件的 places.order",
            en:
                "applications go by the time of their submission, not by a draw; a draw of places stands under places.order of the plugin"
        )
    }
}
