import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins

/// Amounts that programs set and their own `pay.each_max` never lets through: whoever is granted one goes to a person, every time.
struct ProgramAmounts {
    private let program: Program
    private let document: YAMLDocument
    private let grants: [GrantedSetting]

    /// Looks through the programs of one plugin. `files` are those of a data folder by their paths.
    static func problems(
        in files: [String: [UInt8]], _ bundle: Bundle, plugin: String, _ grants: [GrantedSetting]
    ) -> [ConfigProblem] {
        guard !grants.isEmpty else { return [] }
        return files.keys.sorted().filter { $0.hasPrefix("config/programs/") }.flatMap { path -> [ConfigProblem] in
            guard let document = try? YAMLDocument(files[path] ?? [], file: path),
                let program = document.root["program"]?.text.flatMap({ bundle.programs[$0] }),
                program.plugin == plugin
            else { return [] }
            return ProgramAmounts(program: program, document: document, grants: grants).problems
        }
    }

    private var problems: [ConfigProblem] {
        var seen: Set<String> = []
        return grants.flatMap { grant in
            let rules = program.rules(for: grant.form)
            guard let most = rules.pay.eachMax else { return [ConfigProblem]() }
            return tables(rules, grant.form).flatMap { table in
                problems(grant, over: most, in: table, standing: rules.settings)
            }
        }.filter { seen.insert("\($0.path) \($0.message.zh)").inserted }
    }

    /// Some settings as they hold for a form, and where they may stand in the file.
    private struct SettingsTable {
        var settings: [String: Value]
        var places: [String]
    }

    private func tables(_ rules: FormRules, _ form: String) -> [SettingsTable] {
        func table(_ settings: [String: Value], _ place: String) -> SettingsTable {
            SettingsTable(settings: settings, places: ["forms.\(form).\(place)", place])
        }
        let changes = rules.changes.map { change in
            let places = ["forms.\(form).changes", "changes"].flatMap { list in
                (document.root.at(path: list)?.items ?? []).indices.map { "\(list)[\($0)]" }.filter {
                    document.root.at(path: "\($0).from")?.text == change.from.description
                }
            }
            return SettingsTable(settings: change.settings, places: places.map { "\($0).settings" })
        }
        let parts = rules.byOrganization.sorted { $0.key < $1.key }.map { table($0.value, "by_organization.\($0.key)") }
        return [table(rules.settings, "settings")] + changes + parts
    }

    private func problems(
        _ grant: GrantedSetting, over most: Money, in table: SettingsTable, standing: [String: Value]
    ) -> [ConfigProblem] {
        let all = standing.merging(table.settings) { $1 }
        let caps = grant.caps.compactMap { paths in
            paths.flatMap { GrantedSetting.amounts(at: $0, in: all) }.map(\.fen).max()
        }
        if let least = caps.min(), least <= most.fen { return [] }
        return grant.paths.flatMap { GrantedSetting.amounts(at: $0, in: table.settings) }.compactMap { path, fen in
            guard fen > most.fen, let place = table.places.first(where: { stands("\($0).\(path)") }) else { return nil }
            return problem(path, at: "\(place).\(path)", Money(fen: fen), over: most, grant.form)
        }
    }

    private func stands(_ path: String) -> Bool { document.root.at(path: path) != nil }

    private func problem(
        _ name: String, at path: String, _ amount: Money, over most: Money, _ form: String
    ) -> ConfigProblem {
        let mark = document.root.at(path: path)?.start ?? document.root.start
        return ConfigProblem(
            file: document.file, line: mark.line, column: mark.column, path: path,
            message: LocalText(
                zh: "\(name): 表单 \(form) 一笔给 \(amount) 元,超过 pay.each_max(\(most) 元):每次都转人工,付不出去。请核对两处",
                en:
                    "\(name): form \(form) grants \(amount) yuan by it, more than pay.each_max (\(most) yuan): every such grant goes to a person and isn't paid. Check both"
            ), severity: .warning)
    }
}
