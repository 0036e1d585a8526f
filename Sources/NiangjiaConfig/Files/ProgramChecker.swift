import NiangjiaCore

/// Checks a program against its plugin, the fund lines and itself.
struct ProgramChecker {
    let program: Program
    let manifest: Manifest?
    let surroundings: ConfigSurroundings
    let problems: Problems

    func check(_ root: YAMLNode) {
        checkIdentity(root)
        checkRules(root, path: "", season: program.season)
        for member in root["forms"]?.members ?? [] {
            let name = member.key.text ?? ""
            if let manifest {
                PathChecker.expect(
                    member.key, in: manifest.forms.keys.sorted(), "forms.\(name)",
                    ("插件 \(program.plugin) 没有表单", "plugin \(program.plugin) has no form"), problems)
            }
            checkRules(member.value, path: "forms.\(name)", season: program.rules(for: name).season)
            checkAutomatic(member.value["automatic"], forms: [name], "forms.\(name).automatic")
            checkOwnPlaces(member.value, manifest?.forms[name].map { [$0] } ?? [], "forms.\(name)")
        }
        checkOwnPlaces(root, manifest.map { Array($0.forms.values) } ?? [], "")
        checkDraw(root)
        checkAutomatic(root["automatic"], forms: manifest.map { Array($0.forms.keys) } ?? [], "automatic")
        guard let manifest else { return }
        for form in manifest.forms.values.sorted(by: { $0.name < $1.name }) {
            if form.gives.movesMoney { checkMoney(form, root) }
            SchoolYearChecker(
                program: program, manifest: manifest, stacking: surroundings.stacking, problems: problems
            ).check(form, root)
            if let setting = manifest.optionalCount(of: form) { checkPlaces(form, setting, root) }
        }
    }

    /// Without a number there are no places, on the first day and after every change of settings.
    private func checkPlaces(_ form: FormDefinition, _ setting: Field, _ root: YAMLNode) {
        let rules = program.rules(for: form.name)
        let days = [rules.season.from] + rules.changes.map(\.from).filter(rules.season.contains)
        let isMissing = days.contains { rules.settings(on: $0, organizationPath: [])[setting.name]?.int == nil }
        // What is there and can't be read was told as such.
        let place = "settings.\(setting.name)"
        guard isMissing, !problems.all.contains(where: { $0.path.hasSuffix(place) }) else { return }
        let label = Key.label(setting.name, setting.title)
        problems.error(
            root["forms"]?[form.name]?["settings"] ?? root["settings"] ?? root, place,
            zh: "缺少参数 \(label.zh):它是表单 \(form.name) 的名额,没有数就没有名额",
            en: "setting \(label.en) is missing: it is the number of places of form \(form.name)")
    }

    /// All who ask for places of a form share one number of them: a union can't have another.
    private func checkOwnPlaces(_ node: YAMLNode, _ forms: [FormDefinition], _ path: String) {
        let counting = Set(forms.compactMap { $0.places?.countSetting })
        for union in node["by_organization"]?.members ?? [] {
            for member in union.value.members where counting.contains(member.key.text ?? "") {
                let name = member.key.text ?? ""
                problems.error(
                    member.key, YAMLPath.child(path, "by_organization.\(union.key.text ?? "").\(name)"),
                    zh:
                        "\(name) 是名额(places.count),各工会共用一份,不能按组织改:各有各的,由插件写 per: 路径,并由记录写明各多少;或另设方案",
                    en:
                        "\(name) is the number of places (places.count), which all unions share: where each has its own, the plugin writes per: <path> and a record says how many; or they have programs of their own"
                )
            }
        }
    }

    /// What nobody asks for can only be given to a population.
    private func checkAutomatic(_ node: YAMLNode?, forms: [String], _ path: String) {
        guard let node, let manifest else { return }
        let areBatch = forms.contains { name in
            manifest.forms[name].map { $0.by.contains("batch") && $0.population != nil } ?? false
        }
        guard !areBatch else { return }
        problems.error(
            node, path, zh: "免申即享只能用于可批量核定的表单(by: batch 与 population)",
            en: "automatic is for forms with by: batch and a population")
    }

    private func checkIdentity(_ root: YAMLNode) {
        if let plugins = surroundings.pluginNames, let node = root["plugin"] {
            PathChecker.expect(
                node, in: plugins.sorted(), "plugin", ("plugins/ 中没有插件", "plugins/ has no"), problems)
        }
        checkOrganization(root["organization"], "organization")
    }

    private func checkOrganization(_ node: YAMLNode?, _ path: String) {
        guard let node, let code = node.text, let known = surroundings.isOrganization, !known(code) else { return }
        problems.error(node, path, zh: "没有代码为 \(code) 的工会", en: "there is no union \(code)")
    }

    private func checkRules(_ node: YAMLNode, path: String, season: DateRange) {
        checkOrganization(node["supplier"], YAMLPath.child(path, "supplier"))
        checkRange(node["season"], YAMLPath.child(path, "season")) { Reading.range($0).map { $0.from <= $0.to } }
        checkRange(node["apply"], YAMLPath.child(path, "apply")) { ProgramReader.apply($0).map { $0.from < $0.to } }
        FundingChecker(surroundings: surroundings, problems: problems)
            .check(node["funding"], YAMLPath.child(path, "funding"))
        checkOrder(node["order"], YAMLPath.child(path, "order"))
        checkLevels(node, path)
        if let manifest {
            for member in node["waive"]?.members ?? [] {
                let code = member.key.text ?? ""
                let at = YAMLPath.child(path, "waive.\(code)")
                PathChecker.expect(
                    member.key, in: manifest.reasons.keys.sorted(), at,
                    ("插件 \(program.plugin) 没有原因代码", "plugin \(program.plugin) has no reason"), problems)
                if let source = surroundings.sources?[program.plugin], manifest.reasons[code] != nil,
                    !source.contains("waived.\(code)")
                {
                    problems.warning(
                        member.key, at, zh: "插件 \(program.plugin) 的 main.lua 没有读取 context.waived.\(code),豁免不起作用",
                        en:
                            "main.lua of \(program.plugin) never reads context.waived.\(code): waiving it changes nothing"
                    )
                }
            }
        }
        for member in node["by_organization"]?.members ?? [] {
            checkOrganization(member.key, YAMLPath.child(path, "by_organization.\(member.key.text ?? "")"))
        }
        checkChanges(node["changes"], YAMLPath.child(path, "changes"), season)
        checkDating(node, path)
        checkPay(node["pay"], YAMLPath.child(path, "pay"), season)
    }

    private func checkRange(_ node: YAMLNode?, _ path: String, _ isOrdered: (YAMLNode) -> Bool?) {
        guard let node, isOrdered(node) == false else { return }
        problems.error(node["from"], path, zh: "起(from)晚于止(to)", en: "from lies after to")
    }

    private func checkOrder(_ node: YAMLNode?, _ path: String) {
        guard let node, let last = node.items.last?.text, last == "rank" else { return }
        problems.error(
            node.items.last, path, zh: "次序(order)最后须是 submitted 或 drawn,才分得出先后",
            en: "order must end with submitted or drawn, or ties stay open")
    }

    private func checkLevels(_ node: YAMLNode, _ path: String) {
        var words: [(YAMLNode, String)] = []
        for (index, item) in (node["review"]?.items ?? []).enumerated() {
            let at = YAMLPath.item(YAMLPath.child(path, "review"), index)
            if item.isScalar {
                words.append((item, at))
            } else if let add = item["add"] {
                words.append((add, at + ".add"))
            }
        }
        for member in node["waive"]?.members ?? [] {
            words.append((member.value, YAMLPath.child(path, "waive.\(member.key.text ?? "")")))
        }
        for (item, at) in words {
            guard let word = item.text, !ProgramChecker.levels.contains(word) else { continue }
            let hint = Suggestion.hint(for: word, among: ProgramChecker.levels)
            problems.error(item, at, zh: "没有层级 \(word)\(hint.zh)", en: "there is no level \(word)\(hint.en)")
        }
    }

    /// Levels of organisations, from the bottom up.
    static let levels = [
        "group", "basic", "town", "park", "industry", "federation", "county", "city", "province", "national",
    ]

    private func checkChanges(_ node: YAMLNode?, _ path: String, _ season: DateRange) {
        var seen: Set<CivilDate> = []
        for (index, item) in (node?.items ?? []).enumerated() {
            guard let from = Reading.date(item["from"]) else { continue }
            let at = YAMLPath.item(path, index) + ".from"
            if !seen.insert(from).inserted {
                problems.error(item["from"], at, zh: "\(from) 有两项调整", en: "two changes from \(from)")
            }
            if !season.contains(from) {
                problems.warning(
                    item["from"], at, zh: "\(from) 不在实施期 \(season.from) 至 \(season.to) 内",
                    en: "\(from) lies outside the season \(season.from) to \(season.to)")
            }
        }
    }

    /// By which day an application counts is known before which settings hold on it: that is the same for all unions and days.
    private func checkDating(_ node: YAMLNode, _ path: String) {
        let dating = Set(
            (manifest?.forms.values).map(Array.init)?.compactMap { form -> String? in
                if case .setting(let name) = form.datedBy { name } else { nil }
            } ?? [])
        var tables: [(YAMLNode, String)] = (node["by_organization"]?.members ?? []).map {
            ($0.value, YAMLPath.child(path, "by_organization.\($0.key.text ?? "")"))
        }
        for (index, item) in (node["changes"]?.items ?? []).enumerated() {
            guard let settings = item["settings"] else { continue }
            tables.append((settings, YAMLPath.item(YAMLPath.child(path, "changes"), index) + ".settings"))
        }
        for (table, at) in tables {
            for member in table.members where dating.contains(member.key.text ?? "") {
                let name = member.key.text ?? ""
                problems.error(
                    member.key, YAMLPath.child(at, name),
                    zh: "\(name) 定按哪个日期(dated_by),不能按组织或日期改:请写在 settings 中,另有日期的另设方案",
                    en:
                        "\(name) says which date counts (dated_by), the same for every union and day: set it in settings; other dates need a program of their own"
                )
            }
        }
    }

    private func checkPay(_ node: YAMLNode?, _ path: String, _ season: DateRange) {
        guard let node, let until = Reading.date(node["correct_until"]) else { return }
        guard let from = Reading.date(node["from"]), until < from else {
            guard until < season.to else { return }
            return problems.warning(
                node["correct_until"], path, zh: "可更正至(correct_until)早于实施期的最后一天 \(season.to):最后核定的来不及更正",
                en:
                    "correct_until lies before the last day of the season, \(season.to): what is decided last comes too late for it"
            )
        }
        problems.error(
            node["correct_until"], path, zh: "可更正至(correct_until)早于起付日(from)", en: "correct_until lies before from")
    }

    /// Where money moves, a largest payment and a reviewer for every amount must stand, and money to pay from.
    private func checkMoney(_ form: FormDefinition, _ root: YAMLNode) {
        let rules = program.rules(for: form.name)
        let own = root["forms"]?[form.name]
        let title = "\(form.name)"
        if rules.pay.eachMax == nil, own?["pay"]?["each_max"] == nil, root["pay"]?["each_max"] == nil {
            problems.error(
                own?["pay"] ?? root["pay"] ?? own ?? root, "pay.each_max", zh: "表单 \(title) 涉及给付,须写 pay.each_max(每笔上限)",
                en: "form \(title) moves money: pay.each_max (the largest payment) is required")
        }
        if !rules.review.contains(where: { $0.over == nil }) {
            problems.error(
                own?["review"] ?? root["review"] ?? root, "review",
                zh: "表单 \(title) 涉及给付,审核(review)不能无人,至少写一级,如 [basic]",
                en: "form \(title) moves money: review needs at least one level, like [basic]")
        }
        // A fee brings money in; everything else takes it from a line.
        if form.gives.kind.values.contains(where: { $0 == .money || $0 == .goods }), rules.funding.isEmpty {
            problems.error(
                own ?? root, "funding", zh: "表单 \(title) 涉及给付,须写 funding(资金来源)",
                en: "form \(title) moves money: funding is required")
        }
    }
}

/// What a program file is checked against; what is not known is not checked.
public struct ConfigSurroundings: Sendable {
    /// Plugin id → manifest, of those that could be read.
    public var plugins: [String: Manifest]?
    /// The rules' texts by plugin; nil: not known.
    public var sources: [String: String]?
    /// The plugins that there are, readable or not.
    public var pluginNames: Set<String>?
    public var fundLines: Set<String>?
    /// What the city's file says of its lines, agreements and backstops; nil: not known.
    public var funds: FundsSettings?
    /// What the city's file says of programs beside each other; nil: not known.
    public var stacking: StackingSettings?
    /// Whether a union code is known.
    public var isOrganization: (@Sendable (String) -> Bool)?
    public init(
        plugins: [String: Manifest]? = nil, fundLines: Set<String>? = nil,
        isOrganization: (@Sendable (String) -> Bool)? = nil
    ) {
        self.plugins = plugins
        pluginNames = plugins.map { Set($0.keys) }
        self.fundLines = fundLines
        self.isOrganization = isOrganization
    }
}

/// Reads one program file.
public enum ProgramFile {
    /// The program, where the file has no error, and everything that is wrong with it.
    public static func read(
        _ bytes: [UInt8], file: String, against surroundings: ConfigSurroundings = ConfigSurroundings()
    ) -> (program: Program?, report: ConfigReport) {
        let problems = Problems(file: file)
        let program = parse(bytes, surroundings, problems)
        return (problems.hasErrors ? nil : program, ConfigReport(problems.all))
    }

    static func parse(_ bytes: [UInt8], _ surroundings: ConfigSurroundings, _ problems: Problems) -> Program? {
        guard let root = ConfigFile.root(bytes, problems) else { return nil }
        ShapeChecker(problems: problems).check(root, ProgramShape.file, path: "", label: LocalText(zh: "", en: ""))
        guard root.isMapping else { return nil }
        let manifest = root["plugin"]?.text.flatMap { surroundings.plugins?[$0] }
        let reader = ProgramReader(problems: problems, manifest: manifest)
        guard let program = reader.read(root) else {
            // Without identity or season there is no program, but its settings can still be checked.
            if let manifest {
                _ = SettingReader(problems: problems).settings(
                    root["settings"], manifest.settings, path: "settings", complete: nil)
            }
            return nil
        }
        ProgramChecker(program: program, manifest: manifest, surroundings: surroundings, problems: problems).check(root)
        let name =
            problems.file.split(separator: "/").last.map { String($0).replacing(".yaml", with: "") } ?? program.id
        if name != program.id {
            problems.warning(
                root["program"], "program", zh: "方案编号(program)与文件名不同,建议文件名为 \(program.id).yaml",
                en: "program differs from the file's name; call the file \(program.id).yaml")
        }
        return program
    }
}
