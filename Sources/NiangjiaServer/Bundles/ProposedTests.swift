import NiangjiaCore
import NiangjiaPlugins

/// What the tests of plugins say when a content of them is proposed that nobody has trusted yet. Whoever approves sees it; nothing is
/// refused for it: a test may be what is wrong.
enum ProposedTests {
    /// How long the tests of one proposal may go on, all plugins together: whoever proposes waits for them.
    static let time: Duration = .seconds(30)
    /// How many failed cases of a plugin are named.
    private static let named = 3

    /// One line for each plugin of a bundle, read from these files, that nobody has trusted yet. Where nobody is asked to (an
    /// `approval: demo`), what is in force is trusted.
    static func words(
        of files: [String: [UInt8]], from active: Bundle?, to bundle: Bundle, _ call: Call
    ) async throws -> [LocalText] {
        let plugins = try await call.host.bundles.untried(in: bundle, beside: active)
        guard !plugins.isEmpty else { return [] }
        let bench = try Workbench()
        defer { bench.close() }
        let end = ContinuousClock.now.advanced(by: time)
        var lines: [LocalText] = []
        for plugin in plugins {
            let id = plugin.manifest.id
            let own = files.filter { ["plugins/\(id)/plugin.yaml", "plugins/\(id)/main.lua"].contains($0.key) }
            let folder = PluginFolder("\(call.host.folder.path)/plugins/\(id)", data: call.host.folder.path)
            let head = LocalText(
                zh: "插件 \(id) \(plugin.manifest.version) 自带用例:",
                en: "plugin \(id) \(plugin.manifest.version), its own tests: ")
            let tail: LocalText
            do {
                let tests = try folder.tests()
                let report = await PluginTester(plugin: plugin, pluginFiles: own, services: bench.services()).run(
                    tests, until: end)
                tail = words(report)
            } catch let error as NiangjiaError {
                let place = error.place.map { " (\($0))" } ?? ""
                tail = LocalText(
                    zh: "无法读取:\(error.message.zh)\(place)", en: "can't be read: \(error.message.en)\(place)")
            }
            lines.append(LocalText(zh: head.zh + tail.zh, en: head.en + tail.en))
        }
        return lines
    }

    private static func words(_ report: PluginTestReport) -> LocalText {
        guard !report.results.isEmpty || report.unrun > 0 else { return LocalText(zh: "没有", en: "none") }
        let failed = report.results.filter { !$0.passed }.map(\.id)
        let names = failed.prefix(named).joined(separator: ", ") + (failed.count > named ? " …" : "")
        let which = failed.isEmpty ? "" : " (\(names))"
        let rest = LocalText(
            zh: report.unrun > 0 ? ",未及运行 \(report.unrun)" : "",
            en: report.unrun > 0 ? ", \(report.unrun) not run for want of time" : "")
        return LocalText(
            zh: "通过 \(report.passed),失败 \(report.failed)\(which)\(rest.zh)",
            en: "\(report.passed) passed, \(report.failed) failed\(which)\(rest.en)")
    }
}
