import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins

extension Workshop {
    /// Everything that a check found.
    struct Findings: Sendable {
        var id: String
        var plugin: Plugin?
        var problems: [ConfigProblem]
        var lines = 0
        var functions: [String] = []
        var isUsable: Bool { plugin != nil && !problems.contains { $0.severity == .error } }
    }

    /// Checks manifest and script, and the words that the city's programs set for them.
    static func findings(_ folder: PluginFolder, _ bench: Workbench) async throws -> Findings {
        let files = try folder.sources()
        let (plugin, report) = read(folder, files, bench)
        guard let plugin else { return Findings(id: folder.id, plugin: nil, problems: report.problems) }
        let text = ManifestText(files["plugins/\(folder.id)/plugin.yaml"] ?? [], plugin: folder.id)
        let script = try await PluginCheck(pool: bench.pool).check(plugin, manifestLine: text.line)
        let words = ProgramWords.problems(in: folder.programs(), plugin: folder.id, script.vocabularies)
        return Findings(
            id: folder.id, plugin: plugin,
            problems: report.problems + script.problems.map { ConfigProblem($0) } + words, lines: script.lines,
            functions: script.functions)
    }

    static func tell(_ found: Findings, _ output: Output) {
        for problem in found.problems { output.line(words(problem, output.language)) }
        let (id, version) = (found.id, found.plugin?.manifest.version ?? "?")
        let errors = found.problems.count { $0.severity == .error }
        let summary =
            found.problems.isEmpty
            ? LocalText(
                zh: "\(id) \(version):没有问题(\(found.lines) 行,\(found.functions.joined(separator: ", ")))。",
                en:
                    "\(id) \(version): nothing found (\(found.lines) lines, \(found.functions.joined(separator: ", ")))."
            )
            : LocalText(
                zh: "\(id) \(version):\(errors) 处错误,\(found.problems.count - errors) 处提醒。",
                en: "\(id) \(version): \(errors) errors, \(found.problems.count - errors) warnings.")
        output.line(summary[output.language])
        output.answer([
            "ok": .bool(found.problems.isEmpty), "plugin": .text(id), "version": .text(version),
            "lines": .int(Int64(found.lines)), "functions": .list(found.functions.map { .text($0) }),
            "engine": .text(ScriptEngine.identity), "problems": .list(found.problems.map(value)),
        ])
    }

    /// `plugins/x/main.lua:4:1 错误 …`
    static func words(_ problem: ConfigProblem, _ language: Language) -> String {
        let mark =
            problem.severity == .error ? LocalText(zh: "错误", en: "error") : LocalText(zh: "提醒", en: "warning")
        return "\(problem.place) \(mark[language]) \(problem.message[language])"
    }

    static func value(_ problem: ConfigProblem) -> Value {
        [
            "place": .text(problem.place), "path": .text(problem.path), "severity": .text(problem.severity.rawValue),
            "message": ["zh-CN": .text(problem.message.zh), "en": .text(problem.message.en)],
        ]
    }
}
