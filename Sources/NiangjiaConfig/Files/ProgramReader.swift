import NiangjiaCore

/// Builds a program from a checked file and its plugin's manifest.
struct ProgramReader {
    let problems: Problems
    let manifest: Manifest?

    func read(_ root: YAMLNode) -> Program? {
        guard let id = root["program"]?.text, let plugin = root["plugin"]?.text,
            let organization = root["organization"]?.text, let season = Reading.range(root["season"])
        else { return nil }
        var program = Program(
            id: id, plugin: plugin, organization: organization, series: root["series"]?.text ?? id, season: season)
        program.policy = root["policy"]?.text ?? ""
        program.status = root["status"]?.text.flatMap { Program.Status(rawValue: $0) } ?? .open
        program.base = rules(root, over: FormRules(season: season), path: "")
        for member in root["forms"]?.members ?? [] where member.value.isMapping {
            let name = member.key.text ?? ""
            var own = rules(member.value, over: program.base, path: "forms.\(name)")
            if member.value["ceiling"] != nil { own.ceiling?.form = name }
            program.forms[name] = own
        }
        return program
    }

    /// What a file, or a form in it, says over what holds otherwise. Settings and those by organisation are merged by name; any other
    /// key replaces the whole of what the program says.
    private func rules(_ node: YAMLNode, over base: FormRules, path: String) -> FormRules {
        var rules = base
        if let season = Reading.range(node["season"]) {
            rules.season = season
            if node["apply"] == nil, base.apply == InstantRange(base.season) { rules.apply = InstantRange(season) }
        }
        if let apply = node["apply"].flatMap({ ProgramReader.apply($0) }) { rules.apply = apply }
        if let funding = node["funding"] {
            rules.funding = funding.items.compactMap { item in
                item["line"]?.text.map { Funding(line: $0, share: Reading.rate(item["share"])) }
            }
        }
        if let supplier = node["supplier"]?.text { rules.supplier = supplier }
        if let short = node["short"]?.text.flatMap({ Shortage(rawValue: $0) }) { rules.short = short }
        if let order = node["order"] {
            rules.order = Reading.texts(order).compactMap { PlacesRule.Order(rawValue: $0) }
        }
        if let ceiling = node["ceiling"] {
            rules.ceiling = Ceiling(
                persons: Reading.integer(ceiling["persons"]), amount: Reading.money(ceiling["amount"]))
        }
        if let source = node["draw"]?["source"]?.text { rules.draw = DrawRules(source: source) }
        if let pay = node["pay"] {
            rules.pay.eachMax = Reading.money(pay["each_max"]) ?? rules.pay.eachMax
            rules.pay.from = Reading.date(pay["from"]) ?? rules.pay.from
            rules.pay.correctUntil = Reading.date(pay["correct_until"]) ?? rules.pay.correctUntil
        }
        if let review = node["review"] { rules.review = review.items.compactMap { level($0) } }
        if let notice = Reading.integer(node["public_notice"]?["working_days"]) {
            rules.publicNoticeWorkingDays = notice > 0 ? Int(notice) : nil
        }
        if let automatic = node["automatic"] { rules.automatic = automatic["daily"]?.text }
        for member in node["waive"]?.members ?? [] { rules.waive[member.key.text ?? ""] = member.value.text }
        readSettings(node, into: &rules, path: path)
        return rules
    }

    private func level(_ node: YAMLNode) -> ReviewLevel? {
        if let word = node.text { return ReviewLevel(word) }
        guard let add = node["add"]?.text, let over = Reading.money(node["over"]) else { return nil }
        return ReviewLevel(add, over: over)
    }

    /// Dates include both ends; an instant ends where it says.
    static func apply(_ node: YAMLNode) -> InstantRange? {
        guard let from = node["from"]?.text, let to = node["to"]?.text else { return nil }
        let start = CivilDate(from).map { Instant($0) } ?? Instant(from)
        let end = CivilDate(to).map { Instant($0 + 1) } ?? Instant(to)
        guard let start, let end else { return nil }
        return InstantRange(from: start, to: end)
    }

    private func readSettings(_ node: YAMLNode, into rules: inout FormRules, path: String) {
        guard let manifest else { return }
        let reader = SettingReader(problems: problems)
        let isProgram = path.isEmpty
        let own = reader.settings(
            node["settings"], manifest.settings, path: YAMLPath.child(path, "settings"),
            complete: isProgram ? node : nil)
        rules.settings.merge(own) { _, new in new }
        // What a form sets for itself, a change of the whole program doesn't take back.
        rules.changes = rules.changes.map { change in
            SettingsChange(from: change.from, settings: change.settings.filter { own[$0.key] == nil })
        }.filter { !$0.settings.isEmpty }
        for member in node["by_organization"]?.members ?? [] {
            let code = member.key.text ?? ""
            let at = YAMLPath.child(path, "by_organization.\(code)")
            rules.byOrganization[code, default: [:]].merge(
                reader.settings(member.value, manifest.settings, path: at, complete: nil)
            ) { _, new in new }
        }
        guard let changes = node["changes"] else { return }
        rules.changes = changes.items.enumerated().compactMap { index, item in
            let at = YAMLPath.item(YAMLPath.child(path, "changes"), index) + ".settings"
            let settings = reader.settings(item["settings"], manifest.settings, path: at, complete: nil)
            return Reading.date(item["from"]).map { SettingsChange(from: $0, settings: settings) }
        }.sorted { $0.from < $1.from }
    }
}
