import Foundation
import NiangjiaCore
import NiangjiaPlugins

extension Workshop {
    /// What `plugin dev` may be asked for.
    public struct DevOptions: Sendable {
        /// The case whose decision is shown, by id or title; nil: the first of the plugin's.
        public var shown: String?
        /// One round, for scripts.
        public var once = false
        /// Watches, and shows the first case.
        public init() {}
    }

    /// How often the folder is looked at (milliseconds).
    static let interval = 150

    /// `plugin dev`: after every save checks, shows the decision for the chosen subject, and runs the tests. Never returns but with
    /// `once`, or when it is cancelled.
    /// - Parameter tried: shows the decision about a person of a city instead of a case; nil: a case is shown.
    public static func dev(
        _ name: String, data: String, options: DevOptions, output: Output,
        tried: (@Sendable () async -> ExitStatus)? = nil
    ) async -> ExitStatus {
        await run(output) { bench in
            let folder = PluginFolder(name, data: data)
            _ = try folder.sources()
            var before: String?
            while !Task.isCancelled {
                let stamp = stamp(of: folder)
                guard stamp != before else {
                    try? await Task.sleep(for: .milliseconds(interval))
                    continue
                }
                before = stamp
                let isFine = try await round(folder, options, bench, output, tried)
                if options.once { return isFine }
                let waiting = LocalText(
                    zh: "—— 正在等待保存 plugins/\(folder.id),Ctrl-C 结束 ——",
                    en: "—— waiting for a change of plugins/\(folder.id); Ctrl-C ends ——")
                output.line(waiting[output.language])
            }
            return true
        }
    }

    /// Names, sizes and times of what the folder holds: another text when anything was saved.
    private static func stamp(of folder: PluginFolder) -> String {
        let manager = FileManager.default
        return (manager.subpaths(atPath: folder.path) ?? []).sorted().map { path in
            let attributes = try? manager.attributesOfItem(atPath: "\(folder.path)/\(path)")
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(path) \((attributes?[.size] as? NSNumber)?.intValue ?? 0) \(time)"
        }.joined(separator: "\n")
    }

    /// The decision comes first: it is what the author waits for.
    private static func round(
        _ folder: PluginFolder, _ options: DevOptions, _ bench: Workbench, _ output: Output,
        _ tried: (@Sendable () async -> ExitStatus)?
    ) async throws -> Bool {
        let found: Findings
        let tests: [PluginTestFile]
        do {
            found = try await findings(folder, bench)
            tests = try folder.tests()
        } catch let error as NiangjiaError {
            // Half-saved or misspelt: say it and wait for the next save.
            let place = error.place.map { "\($0): " } ?? ""
            output.line(place + error.message[output.language])
            output.answer(["ok": false, "error": ["zh-CN": .text(error.message.zh), "en": .text(error.message.en)]])
            return false
        }
        for problem in found.problems { output.line(words(problem, output.language)) }
        guard let plugin = found.plugin, found.isUsable else {
            output.answer(["ok": false, "problems": .list(found.problems.map(value))])
            return false
        }
        let files = try folder.sources()
        var shown: Value = .null
        if let tried {
            _ = await tried()
        } else {
            shown = await show(plugin, files, tests, options.shown, bench, output)
        }
        let report = await PluginTester(
            plugin: plugin, pluginFiles: files, services: bench.services(watch: ScriptWatch())
        ).run(tests)
        tell(report, output)
        let isFine = report.isFine && found.problems.isEmpty
        output.answer([
            "ok": .bool(isFine), "plugin": .text(folder.id), "problems": .list(found.problems.map(value)),
            "decision": shown, "tests": report.value,
        ])
        return isFine
    }

    /// What failed, and the figures.
    private static func tell(_ report: PluginTestReport, _ output: Output) {
        for result in report.results where !result.passed {
            for failure in result.failures {
                output.line("✗ \(result.id)  \(result.place): \(failure[output.language])")
            }
        }
        let summary = LocalText(
            zh: "\(report.results.count) 个用例,通过 \(report.passed),失败 \(report.failed)",
            en: "\(report.results.count) cases, \(report.passed) passed, \(report.failed) failed")
        output.line((report.isFine ? "✓ " : "✗ ") + summary[output.language])
    }

    /// Runs one case and shows what became of it, and what the rule was shown about the line that isn't as expected, else
    /// about the first.
    private static func show(
        _ plugin: Plugin, _ files: [String: [UInt8]], _ tests: [PluginTestFile], _ name: String?, _ bench: Workbench,
        _ output: Output
    ) async -> Value {
        guard let chosen = name ?? tests.first.flatMap({ $0.firstID }) else { return .null }
        let judge = LuaJudge(pool: bench.pool)
        let report = await PluginTester(plugin: plugin, pluginFiles: files, services: bench.services()).run(
            tests, only: [chosen])
        guard let result = report.results.first(where: { $0.id == chosen || $0.title == chosen }) else {
            let words = LocalText(zh: "没有用例 \(chosen)", en: "there is no case \(chosen)")
            output.line(words[output.language])
            return .null
        }
        let language = output.language
        output.line("\(result.id)  \(result.title)")
        for decided in result.decided { tell(decided, output) }
        for failure in result.failures { output.line("  ✗ \(result.place): \(failure[language])") }
        guard let asked = result.asked, let seen = try? judge.describe(asked.bytes, row: asked.row) else {
            return value(result)
        }
        let form = asked.function.split(separator: ".").last.flatMap { plugin.manifest.forms[String($0)] }
        let facts = ExplanationWords(form: form, fields: form?.fields ?? [], language: language).lines(
            seen.facts["facts"])
        let settings = ExplanationWords(settings: plugin.manifest.settings, language: language).lines(seen.settings)
        if !facts.isEmpty {
            let isNamed = asked.subject != "-"
            let heading = LocalText(
                zh: "规则看到的事实" + (isNamed ? "(\(asked.subject))" : ""),
                en: "facts that the rule was shown" + (isNamed ? " about \(asked.subject)" : ""))
            output.line("  " + heading[language])
            facts.forEach { output.line("    " + $0) }
        }
        if !settings.isEmpty {
            output.line("  " + LocalText(zh: "设置", en: "settings")[language])
            settings.forEach { output.line("    " + $0) }
        }
        return value(result)
    }

    private static func tell(_ decided: PluginTestReport.Decided, _ output: Output) {
        let language = output.language
        let outcome =
            decided.result == "failed"
            ? LocalText(zh: "出错", en: "failed")[language] : Explanation.word(decided.result)[language]
        let unit = LocalText(zh: "元", en: "yuan")[language]
        output.line("  \(decided.subject): \(outcome) \(decided.amount) \(unit)")
        if let code = decided.code { output.line("    \(code)  \(decided.reason?[language] ?? "")") }
        if let failure = decided.failure { output.line("    " + LocalText(failure: failure)[language]) }
    }

    private static func value(_ result: PluginTestReport.Result) -> Value {
        [
            "case": .text(result.id), "passed": .bool(result.passed),
            "lines": .list(
                result.decided.map { decided in
                    [
                        "subject": .text(decided.subject), "result": .text(decided.result),
                        "amount_fen": .int(decided.amount.fen), "code": decided.code.map { .text($0) } ?? .null,
                        "reason": decided.reason.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
                        "failure": decided.failure.map { .text($0) } ?? .null,
                    ]
                }),
        ]
    }
}
