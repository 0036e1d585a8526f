import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins

/// An author's commands: they need a plugin's folder and no city.
public enum Workshop {
    /// What `plugin test` may be asked for.
    public struct TestOptions: Sendable {
        /// Ids or titles of cases; empty: all.
        public var cases: Set<String> = []
        /// Answers in the Test Anything Protocol.
        public var tap = false
        /// Says what each case used of its budgets.
        public var usage = false
        /// Where a JUnit file is written.
        public var junit: String?
        /// All cases, for people.
        public init() {}
    }

    /// As what the table of the plugin API may be printed.
    public enum TableFormat: String, Sendable, CaseIterable { case json, markdown, lua }

    /// The one table of the plugin API.
    public static func table(_ format: TableFormat) -> String {
        switch format {
        case .json: APITable.json
        case .markdown: APITable.markdown
        case .lua: APITable.luaStubs
        }
    }

    /// `plugin check`: everything that is found in manifest, script and the city's programs. Any finding is exit status 1.
    public static func check(_ name: String, data: String, output: Output) async -> ExitStatus {
        await run(output) { bench in
            let found = try await findings(PluginFolder(name, data: data), bench)
            tell(found, output)
            return found.problems.isEmpty
        }
    }

    /// `plugin test`: the plugin's own cases, with coverage.
    public static func test(_ name: String, data: String, options: TestOptions, output: Output) async -> ExitStatus {
        await run(output) { bench in
            let folder = PluginFolder(name, data: data)
            let files = try folder.sources()
            guard let plugin = try plugin(folder, files, bench, output) else { return false }
            let tests = try folder.tests()
            let report = await PluginTester(
                plugin: plugin, pluginFiles: files, services: bench.services(watch: ScriptWatch())
            ).run(tests, only: options.cases)
            if let unknown = unknown(options.cases, in: report) { throw unknown }
            let words = options.tap ? report.tap(output.language) : report.text(output.language)
            words.split(separator: "\n").forEach { output.line(String($0)) }
            if options.usage {
                report.usageByCase(output.language).split(separator: "\n").forEach { output.line(String($0)) }
            }
            if report.results.isEmpty { output.line(nothing(folder)[output.language]) }
            if let path = options.junit {
                try Data(report.junit(output.language).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
            }
            output.answer(report.value)
            return report.isFine
        }
    }

    private static func nothing(_ folder: PluginFolder) -> LocalText {
        LocalText(zh: "plugins/\(folder.id)/tests/ 中没有用例。", en: "There are no cases in plugins/\(folder.id)/tests/.")
    }

    /// A case that was asked for by a name that none has.
    private static func unknown(_ cases: Set<String>, in report: PluginTestReport) -> NiangjiaError? {
        // Of a file with a mistake no case is known: the mistake is told.
        guard !report.results.contains(where: \.isOfFile) else { return nil }
        let known = Set(report.results.flatMap { [$0.id, $0.title] })
        guard let missing = cases.subtracting(known).min() else { return nil }
        return NiangjiaError(.notFound, zh: "没有用例 \(missing)。", en: "There is no case \(missing).")
    }

    static func run(_ output: Output, _ body: (Workbench) async throws -> Bool) async -> ExitStatus {
        do {
            let bench = try Workbench()
            defer { bench.close() }
            return try await body(bench) ? .ok : .wrong
        } catch {
            output.fail(Operations.describe(error))
            return .misused
        }
    }

    /// The plugin as the folder has it; nil, and the mistakes said, where its manifest can't be read.
    static func plugin(_ folder: PluginFolder, _ files: [String: [UInt8]], _ bench: Workbench, _ output: Output) throws
        -> Plugin?
    {
        let (plugin, report) = read(folder, files, bench)
        if plugin == nil {
            for problem in report.errors { output.line("\(problem.place) \(problem.text(output.language))") }
            output.answer(["ok": false, "plugin": .text(folder.id), "problems": .list(report.problems.map(value))])
        }
        return plugin
    }

    static func read(_ folder: PluginFolder, _ files: [String: [UInt8]], _ bench: Workbench) -> (Plugin?, ConfigReport)
    {
        let path = "plugins/\(folder.id)/plugin.yaml"
        let (manifest, report) = ManifestFile.read(files[path] ?? [], file: path, folder: folder.id)
        let source = files["plugins/\(folder.id)/main.lua"] ?? []
        return (
            manifest.map { Plugin(manifest: $0, source: source, digest: bench.digest((files[path] ?? []) + source)) },
            report
        )
    }
}
