import NiangjiaCore

/// The work of one load.
struct BundleAssembly {
    let loader: BundleLoader
    let files: [String: [UInt8]]
    private(set) var problems: [ConfigProblem] = []
    private var surroundings = ConfigSurroundings()
    private var roots: [String: (manifest: Manifest, root: YAMLNode)] = [:]

    init(loader: BundleLoader, files: [String: [UInt8]]) {
        self.loader = loader
        self.files = files
    }

    mutating func assemble() -> Bundle? {
        let paths = known()
        surroundings.isOrganization = loader.isOrganization
        var bundle = Bundle(
            digest: loader.digest(of: files), city: CitySettings(name: LocalText(zh: "", en: ""), organization: ""))
        bundle.files = files.filter { ConfigFileKind($0.key) != nil }
        read(.facilities, paths) { FacilitiesFile.parse($0, $1) }.map { bundle.facilities = $0 }
        readPlugins(paths, into: &bundle)
        readFunds(paths, into: &bundle)
        let around = surroundings
        read(.stacking, paths) { StackingFile.parse($0, around, $1) }.map { bundle.stacking = $0 }
        surroundings.stacking = bundle.stacking
        readYears(paths, into: &bundle)
        readPrograms(paths, into: &bundle)
        for path in paths {
            switch ConfigFileKind(path) {
            case .mapping(let name): bundle.mappings[name] = value(path, MappingFile.shape)
            case .bank(let name): bundle.banks[name] = document(path)
            default: break
            }
        }
        guard paths.contains("config/niangjia.yaml") else {
            note(
                "config/niangjia.yaml", zh: "缺少 config/niangjia.yaml(城市设置)",
                en: "config/niangjia.yaml (the city's settings) is missing")
            return nil
        }
        guard let city = read(.city, paths, { CityFile.parse($0, around, $1) }) else { return nil }
        bundle.city = city
        return bundle
    }

    /// The paths that count, sorted; the others are named.
    private mutating func known() -> [String] {
        var paths: [String] = []
        var total = 0
        for path in files.keys.sorted() {
            guard ConfigFileKind(path) != nil else {
                if !ConfigFileKind.isBeside(path) { noteStranger(path) }
                continue
            }
            paths.append(path)
            total += files[path]?.count ?? 0
        }
        if paths.count > loader.limits.maxFiles {
            note("config", zh: "文件超过 \(loader.limits.maxFiles) 个", en: "more than \(loader.limits.maxFiles) files")
            return []
        }
        if total > loader.limits.maxTotalBytes {
            let megabytes = loader.limits.maxTotalBytes >> 20
            note("config", zh: "文件合计超过 \(megabytes) MiB", en: "the files are larger than \(megabytes) MiB together")
            return []
        }
        return paths
    }

    private mutating func noteStranger(_ path: String) {
        let fixed = path.hasSuffix(".yml") ? String(path.dropLast(4)) + ".yaml" : ""
        if ConfigFileKind(fixed) != nil {
            return note(
                path, .warning, zh: "扩展名须是 .yaml,此文件未读取", en: "the name must end in .yaml; this file is not read")
        }
        note(path, .warning, zh: "不认识的文件,未读取", en: "unknown file, not read")
    }

    private mutating func note(
        _ file: String, _ severity: ConfigProblem.Severity = .error, line: Int = 0, zh: String, en: String
    ) {
        problems.append(
            ConfigProblem(
                file: file, line: line, column: line > 0 ? 1 : 0, path: "", message: LocalText(zh: zh, en: en),
                severity: severity))
    }

    private mutating func read<T>(
        _ kind: ConfigFileKind, _ paths: [String], _ parse: ([UInt8], Problems) -> T?
    ) -> T? {
        guard let path = paths.first(where: { ConfigFileKind($0) == kind }) else { return nil }
        let found = Problems(file: path)
        defer { problems += found.all }
        return parse(files[path] ?? [], found)
    }

    private mutating func value(_ path: String, _ shape: Shape) -> Value? {
        let found = Problems(file: path)
        defer { problems += found.all }
        return ValueFile.parse(files[path] ?? [], shape, found)
    }

    private mutating func document(_ path: String) -> Value? {
        let found = Problems(file: path)
        defer { problems += found.all }
        return ConfigFile.root(files[path] ?? [], found).map { YAMLDocument.value(of: $0, .plain) }
    }

    private mutating func readFunds(_ paths: [String], into bundle: inout Bundle) {
        let hasFile = paths.contains("config/funds.yaml")
        let funds = read(.funds, paths) { FundsFile.parse($0, $1) }
        if let funds { bundle.funds = funds }
        // Of a file that can't be read nothing is known; of a missing one, that it has no lines.
        surroundings.funds = funds
        surroundings.fundLines = funds == nil && hasFile ? nil : Set(bundle.funds.lines.map(\.id))
    }

    private mutating func readYears(_ paths: [String], into bundle: inout Bundle) {
        for path in paths {
            guard case .calendar = ConfigFileKind(path) else { continue }
            let found = Problems(file: path)
            CalendarFile.parse(files[path] ?? [], into: &bundle.calendar, found)
            problems += found.all
        }
    }

    private mutating func readPrograms(_ paths: [String], into bundle: inout Bundle) {
        var firsts: [String: String] = [:]
        var plugins: [String: String] = [:]
        for path in paths {
            guard case .program = ConfigFileKind(path) else { continue }
            let found = Problems(file: path)
            let program = ProgramFile.parse(files[path] ?? [], surroundings, found)
            problems += found.all
            guard let program else { continue }
            if let first = firsts[program.id] {
                note(
                    path, zh: "方案编号 \(program.id) 与 \(first) 重复", en: "program \(program.id) stands in \(first) as well"
                )
                continue
            }
            firsts[program.id] = path
            if let other = plugins[program.series], other != program.plugin {
                note(
                    path, zh: "系列 \(program.series) 已用于插件 \(other),一个系列只能用一个插件",
                    en: "series \(program.series) belongs to plugin \(other); a series has one plugin")
            }
            plugins[program.series] = program.plugin
            checkYears(of: program, path, bundle.calendar)
            checkSeries(of: program, path, Array(bundle.programs.values))
            bundle.programs[program.id] = program
        }
    }

    /// A copy of last year's program with its season forgotten gives to the same people again: a season is the program's own.
    private mutating func checkSeries(of program: Program, _ path: String, _ others: [Program]) {
        guard program.status == .open else { return }
        let same = others.filter { $0.series == program.series && $0.status == .open }.sorted { $0.id < $1.id }
        for other in same where program.season.from <= other.season.to && other.season.from <= program.season.to {
            let line = lineOfSeason(path)
            note(
                path, .warning, line: line,
                zh:
                    "实施期与同一系列的 \(other.id)(\(other.season.from) 至 \(other.season.to))重叠,两个都开放:同一个人可能两边都得到。请改实施期,或让前一个结束",
                en:
                    "the season overlaps that of \(other.id) (\(other.season.from) to \(other.season.to)) of the same series, and both are open: "
                    + "the same people may be given by both; change the season, or end the other")
        }
    }

    private func lineOfSeason(_ path: String) -> Int {
        let document = try? YAMLDocument(files[path] ?? [], file: path, limits: YAMLLimits())
        return document?.root["season"]?.start.line ?? 1
    }

    /// Working days can't be counted in a year without a calendar.
    private mutating func checkYears(of program: Program, _ path: String, _ calendar: WorkCalendar) {
        let rules = [program.base] + program.forms.values
        guard rules.contains(where: { $0.publicNoticeWorkingDays != nil }) else { return }
        let years = Set(rules.flatMap { [$0.apply.from.date.parts.year, ($0.apply.to + -1).date.parts.year] })
        for year in years.sorted() where !calendar.years.contains(year) {
            note(
                path, .warning, zh: "公示按工作日计算,缺少 config/calendar/\(year).yaml",
                en: "the notice counts working days: config/calendar/\(year).yaml is missing")
        }
    }

    private mutating func readPlugins(_ paths: [String], into bundle: inout Bundle) {
        var names: Set<String> = []
        for path in paths {
            switch ConfigFileKind(path) {
            case .manifest(let plugin), .source(let plugin): names.insert(plugin)
            default: break
            }
        }
        surroundings.pluginNames = names
        var collected: [String: Problems] = [:]
        for name in names.sorted() {
            let path = "plugins/\(name)/plugin.yaml"
            guard let bytes = files[path] else {
                note(path, zh: "插件 \(name) 缺少 plugin.yaml", en: "plugin \(name) has no plugin.yaml")
                continue
            }
            let found = Problems(file: path)
            collected[name] = found
            roots[name] = ManifestFile.parse(bytes, folder: name, found)
            guard let manifest = roots[name]?.manifest, let source = source(of: name) else { continue }
            bundle.plugins[name] = Plugin(manifest: manifest, source: source, digest: digest(bytes, source))
        }
        surroundings.plugins = roots.mapValues(\.manifest)
        surroundings.sources = bundle.plugins.mapValues { String(decoding: $0.source, as: UTF8.self) }
        for (name, found) in collected {
            if let (manifest, root) = roots[name] {
                NeighbourChecker(manifest: manifest, surroundings: surroundings, problems: found).check(root)
            }
            problems += found.all
        }
    }

    /// SM3 over manifest and source, as for the bundle.
    private func digest(_ manifest: [UInt8], _ source: [UInt8]) -> String {
        loader.digest(Array("\(loader.digest(source))  main.lua\n\(loader.digest(manifest))  plugin.yaml\n".utf8))
    }

    private mutating func source(of name: String) -> [UInt8]? {
        let path = "plugins/\(name)/main.lua"
        guard let source = files[path] else {
            note(path, zh: "插件 \(name) 缺少 main.lua", en: "plugin \(name) has no main.lua")
            return nil
        }
        if source.count > loader.limits.maxSourceBytes {
            let kilobytes = loader.limits.maxSourceBytes >> 10
            note(path, zh: "超过 \(kilobytes) KiB", en: "larger than \(kilobytes) KiB")
            return nil
        }
        if let line = RuleText.firstBadLine(source) {
            note(path, line: line, zh: RuleText.words.zh, en: RuleText.words.en)
            return nil
        }
        return source
    }
}
