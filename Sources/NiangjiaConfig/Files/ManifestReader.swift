import NiangjiaCore

/// Builds a manifest from a checked file; parts that are wrong were reported by their shape and are left out.
struct ManifestReader {
    let problems: Problems

    func read(_ root: YAMLNode) -> Manifest? {
        guard let id = root["id"]?.text else { return nil }
        var manifest = Manifest(
            id: id, version: root["version"]?.text ?? "", api: Int(Reading.integer(root["api"]) ?? 1),
            title: Reading.localText(root["title"]) ?? LocalText(zh: id, en: id))
        manifest.settings = fields(root["settings"])
        manifest.roles = table(root["roles"]) { Reading.localText($0) }
        manifest.records = table(root["records"]) { record($0) }
        manifest.metrics = table(root["metrics"]) { metric($0) }
        manifest.actions = table(root["actions"]) { action($0) }
        for member in root["forms"]?.members ?? [] where member.value.isMapping {
            let name = member.key.text ?? ""
            manifest.forms[name] = form(name, member.value)
        }
        for member in root["reasons"]?.members ?? [] {
            guard let text = Reading.localText(member.value) else { continue }
            manifest.reasons[member.key.text ?? ""] = reason(
                text, member.value, path: "reasons.\(member.key.text ?? "")")
        }
        for member in root["messages"]?.members ?? [] {
            guard let text = Reading.localText(member.value) else { continue }
            manifest.messages[member.key.text ?? ""] = text
            // A message's places are those of a reason: found now, not when somebody is to be told.
            _ = reason(text, member.value, path: "messages.\(member.key.text ?? "")")
        }
        manifest.typeConstants()
        return manifest
    }

    /// Types were reported by the shape; this reads them again without saying so twice.
    private func fields(_ node: YAMLNode?) -> [Field] {
        guard let node else { return [] }
        return FieldTypeReader(problems: Problems(file: problems.file)).fields(
            node, path: "", label: LocalText(zh: "", en: ""))
    }

    private func table<T>(_ node: YAMLNode?, _ read: (YAMLNode) -> T?) -> [String: T] {
        var found: [String: T] = [:]
        for member in node?.members ?? [] { found[member.key.text ?? ""] = read(member.value) }
        return found
    }

    private func record(_ node: YAMLNode) -> RecordDefinition {
        var record = RecordDefinition(
            key: Reading.texts(node["key"]), fields: fields(node["fields"]), by: Reading.texts(node["by"]))
        record.isImported = Reading.boolean(node["import"]) ?? false
        record.isOnce = Reading.boolean(node["once"]) ?? false
        record.secret = Reading.texts(node["secret"])
        record.notOwn = node["not_own"]?.text
        return record
    }

    private func form(_ name: String, _ node: YAMLNode) -> FormDefinition {
        var form = FormDefinition(name: name)
        form.by = Reading.texts(node["by"])
        form.population = node["population"].map { population($0) }
        form.fields = fields(node["fields"])
        form.subject = ManifestReader.subject(node["subject"]?.text)
        form.together = node["together"].flatMap { together($0) }
        form.datedBy = ManifestReader.datedBy(node["dated_by"])
        form.isJudgedAfterSeason = node["judge_after"] != nil
        form.facts = facts(node["facts"])
        form.unique = node["unique"]?.items.compactMap { unique($0) } ?? []
        form.places = node["places"].map { places($0) }
        form.gives = gives(node["gives"])
        form.delivery = node["delivery"].map { delivery($0) }
        form.keeps = fields(node["keeps"])
        form.stages = node["stages"]?.members.map { stage($0.key.text ?? "", $0.value) } ?? []
        form.recheck = node["recheck"].flatMap { recheck in
            recheck["daily"]?.text.map { daily in
                var made = Recheck(daily: daily)
                made.until = recheck["until"]?.text
                return made
            }
        }
        form.sensitive = node["sensitive"]?.text.flatMap { Sensitivity(rawValue: $0) }
        form.sealed = node["sealed"].map {
            var sealed = SealedRule(but: Reading.texts($0["but"]))
            sealed.unless = $0["unless"]?.text
            return sealed
        }
        return form
    }

    static func subject(_ word: String?) -> SubjectRule {
        switch word {
        case nil, "applicant": .applicant
        case "nobody": .nobody
        case .some(let path): .path(path)
        }
    }

    static func datedBy(_ node: YAMLNode?) -> DatedBy {
        if let setting = node?["setting"]?.text { return .setting(setting) }
        return switch node?.text {
        case nil, "submitted_on": .submission
        case "season_start": .seasonStart
        case .some(let field): .field(field)
        }
    }

    private func population(_ node: YAMLNode) -> Population {
        Population(
            of: node["of"]?.text ?? "",
            filter: table(node["where"]) { $0.isSequence ? $0.items.map(Reading.plain) : [Reading.plain($0)] })
    }

    private func together(_ node: YAMLNode) -> Together? {
        guard let least = node["at_least"] else { return nil }
        let amount = Reading.configured(least) { node -> TogetherAmount? in
            if let rate = Reading.rate(node) { return .share(rate) }
            return Reading.integer(node).flatMap { $0 > 0 ? .count($0) : nil }
        }
        guard let amount else {
            problems.error(
                least, "together.at_least", zh: "至少(at_least): 请写人数或比例,如 10 或 80%",
                en: "At least (at_least): write a number or a rate, like 10 or 80%")
            return nil
        }
        return Together(atLeast: amount, of: node["of"]?.text, per: node["per"]?.text ?? "case")
    }

    private func facts(_ node: YAMLNode?) -> FactRequest {
        FactRequest(
            subject: Reading.texts(node?["subject"]), household: Reading.texts(node?["household"]),
            maybe: Set(Reading.texts(node?["maybe"])),
            look: node?["look"]?.members.map { look($0.key.text ?? "", $0.value) } ?? [])
    }

    private func look(_ name: String, _ node: YAMLNode) -> LookDefinition {
        let source: LookDefinition.Source =
            switch node["in"]?.text ?? "decisions" {
            case "decisions": .decisions
            case "cases": .cases
            case "visits": .visits
            case let record: .record(record)
            }
        var look = LookDefinition(name: name, source: source)
        look.of = Reading.texts(node["of"])
        look.programs = node["programs"]?.text == "all" ? .all : .this
        look.per = node["per"]?.text ?? "subject"
        look.filter = table(node["where"]) { filter in
            if filter.isSequence { return .constants(filter.items.map(Reading.plain)) }
            return filter.text.map { .path($0) }
        }
        look.datedBy = node["dated_by"]?.text
        if let within = ManifestReader.window(node["within"]) { look.within = within }
        look.state = node["state"]?.text ?? "standing"
        look.distinct = node["distinct"]?.text
        return look
    }

    static func window(_ node: YAMLNode?) -> LookDefinition.Window? {
        guard let node else { return nil }
        switch node.text {
        case "season": return .season
        case "day": return .day
        case "calendar_month": return .calendarMonth
        case "quarter": return .quarter
        case "calendar_year": return .calendarYear
        case "school_year": return .schoolYear
        case "ever": return .ever
        default: break
        }
        if let days = Reading.integer(node["days"]) { return .days(Int(days)) }
        return Reading.integer(node["months"]).map { .months(Int($0)) }
    }

    private func unique(_ node: YAMLNode) -> UniqueRule? {
        guard let per = node["per"]?.text, let reason = node["reason"]?.text else { return nil }
        var rule = UniqueRule(per: per, reason: reason)
        rule.of = Reading.texts(node["of"])
        rule.with = node["with"]?.text
        if let from = node["nights"]?["from"]?.text, let to = node["nights"]?["to"]?.text {
            rule.nights = UniqueRule.Nights(from: from, to: to)
        }
        if let within = ManifestReader.window(node["within"]) { rule.within = within }
        rule.datedBy = node["dated_by"]?.text
        rule.isFlagged = Reading.boolean(node["flag"]) ?? false
        return rule
    }

    private func places(_ node: YAMLNode) -> PlacesRule {
        var places = PlacesRule()
        places.per = node["per"]?.text
        if let count = node["count"] {
            places.count = Reading.configured(count) { Reading.integer($0) }
            if places.count == nil { places.countPath = count.text }
        }
        places.take = node["take"]?.text
        places.waitlist = Reading.rate(node["waitlist"])
        let order = Reading.texts(node["order"]).compactMap { PlacesRule.Order(rawValue: $0) }
        if !order.isEmpty { places.order = order }
        places.from = node["from"]?.text.flatMap { PlacesRule.From(rawValue: $0) } ?? .submit
        places.closes = node["closes"]?.text
        return places
    }

    private func gives(_ node: YAMLNode?) -> Gives {
        var gives = Gives()
        guard let node else { return gives }
        func byPart<T>(_ node: YAMLNode?, _ read: (String) -> T?) -> [String: T]? {
            guard let node else { return nil }
            if let word = node.text { return read(word).map { ["": $0] } }
            return table(node) { $0.text.flatMap(read) }
        }
        if let kind = byPart(node["kind"], { Gives.Kind(rawValue: $0) }) { gives.kind = kind }
        if let to = byPart(node["to"], { $0 }) { gives.to = to }
        if let when = byPart(node["when"], { $0 }) { gives.when = when }
        gives.from = node["from"]?.text
        return gives
    }

    private func delivery(_ node: YAMLNode) -> Delivery {
        var delivery = Delivery(by: Reading.texts(node["by"]))
        delivery.needsCode = Reading.boolean(node["code"]) ?? false
        delivery.until = node["until"]?.text
        delivery.withinDays = Reading.configured(node["within_days"]) { Reading.integer($0) }
        return delivery
    }

    private func stage(_ name: String, _ node: YAMLNode) -> StageDefinition {
        var stage = StageDefinition(name: name)
        stage.next = Reading.texts(node["next"])
        stage.by = Reading.texts(node["by"])
        stage.all = node["all"]?.text
        stage.fields = fields(node["fields"])
        stage.within = Reading.configured(node["within"]) { $0.text }
        stage.withinBy = node["within"]?["by"]?.text
        stage.until = node["until"]?.text
        stage.late = Reading.texts(node["late"])
        stage.then = node["then"]?.text
        stage.frees = Reading.boolean(node["frees"]) ?? false
        stage.isEnd = Reading.boolean(node["end"]) ?? false
        return stage
    }

    private func action(_ node: YAMLNode) -> ActionDefinition {
        var action = ActionDefinition()
        action.by = Reading.texts(node["by"])
        action.facts = Reading.texts(node["facts"])
        action.input = fields(node["input"])
        action.answers = fields(node["answers"])
        action.unique = node["unique"]?.items.compactMap { unique($0) } ?? []
        action.confirmBy = Reading.texts(node["confirm_by"])
        action.daily = node["daily"]?.text
        return action
    }

    private func metric(_ node: YAMLNode) -> MetricDefinition {
        var metric = MetricDefinition(of: node["of"]?.text ?? "")
        metric.at = node["at"]?.text
        metric.count = node["count"]?.text
        metric.sum = node["sum"]?.text
        metric.by = Reading.texts(node["by"])
        metric.target = node["target"]?.text
        metric.tells = node["tells"]?.text
        return metric
    }

    /// Types that a placeholder may have: never text, so that a reason can't carry one out.
    static let placeholderTypes: [String: FieldType] = [
        "integer": .integer, "date": .date, "money": .money, "rate": .rate,
    ]

    private func reason(_ text: LocalText, _ node: YAMLNode, path: String) -> ReasonDefinition {
        var definition = ReasonDefinition(text: text)
        let known = ManifestReader.placeholders(text.zh).map(\.name)
        for (name, _) in ManifestReader.placeholders(text.en) where !known.contains(name) {
            let hint = Suggestion.hint(for: name, among: known)
            problems.error(
                node["en"] ?? node, path, zh: "英文中的占位符 {\(name)} 在中文里没有\(hint.zh)",
                en: "{\(name)} stands in en and not in zh-CN\(hint.en)")
        }
        for language in Language.allCases {
            for (name, type) in ManifestReader.placeholders(text[language]) {
                if let type, let known = ManifestReader.placeholderTypes[type] {
                    if let before = definition.placeholders[name], before != known {
                        problems.error(node, path, zh: "占位符 {\(name)} 的类型前后不一", en: "{\(name)} has two types")
                    }
                    definition.placeholders[name] = known
                } else {
                    problems.error(
                        node, path,
                        zh: "占位符 {\(name)} 须写明类型: integer、date、money 或 rate,如 {days:integer}",
                        en: "{\(name)} needs a type: integer, date, money or rate, like {days:integer}")
                }
            }
        }
        return definition
    }

    /// `{name:type}` in a text.
    static func placeholders(_ text: String) -> [(name: String, type: String?)] {
        var found: [(String, String?)] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let parts = rest[rest.index(after: open)..<close].split(separator: ":", maxSplits: 1)
            found.append(
                (parts.first.map { $0.trimmingSpaces() } ?? "", parts.count == 2 ? parts[1].trimmingSpaces() : nil))
            rest = rest[rest.index(after: close)...]
        }
        return found
    }
}
