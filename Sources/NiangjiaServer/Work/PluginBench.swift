import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite

/// Checks and tests a plugin without a city: real stores in a temporary folder, real workers, the host's own validator.
public enum PluginBench {
    /// Runs `check` or `test` on a plugin's folder.
    public static func run(_ what: String, folder: String, output: Output) async -> ExitStatus {
        do {
            let files = try pluginFiles(folder)
            let id = (folder as NSString).lastPathComponent
            let ok = what == "test" ? try await test(id, folder, files, output) : try await check(id, files, output)
            return ok ? .ok : .wrong
        } catch {
            output.fail(Operations.describe(error))
            return .misused
        }
    }

    private static func pluginFiles(_ folder: String) throws -> [String: [UInt8]] {
        let id = (folder as NSString).lastPathComponent
        var files: [String: [UInt8]] = [:]
        for name in ["plugin.yaml", "main.lua"] {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                throw NiangjiaError(
                    .notFound, zh: "插件缺少 \(name)。", en: "The plugin lacks \(name).", place: "\(folder)/\(name)")
            }
            files["plugins/\(id)/\(name)"] = [UInt8](data)
        }
        return files
    }

    private static func plugin(_ id: String, _ files: [String: [UInt8]], _ output: Output) throws -> Plugin? {
        let (manifest, report) = ManifestFile.read(
            files["plugins/\(id)/plugin.yaml"] ?? [], file: "plugins/\(id)/plugin.yaml", folder: id)
        for problem in report.problems { output.line("\(problem.place) \(problem.text(output.language))") }
        guard let manifest, report.isUsable else { return nil }
        let source = files["plugins/\(id)/main.lua"] ?? []
        return Plugin(
            manifest: manifest, source: source, digest: digest(files["plugins/\(id)/plugin.yaml"] ?? [], source))
    }

    private static func digest(_ manifest: [UInt8], _ source: [UInt8]) -> String {
        guard let crypto = try? SoftwareCrypto(KeyRing(created: SystemClock().now())) else { return "" }
        return hexadecimal(crypto.digest(manifest + source))
    }

    private static func check(_ id: String, _ files: [String: [UInt8]], _ output: Output) async throws -> Bool {
        guard let plugin = try plugin(id, files, output) else {
            output.answer(["ok": false, "plugin": .text(id)])
            return false
        }
        let pool = WorkerPool()
        defer { pool.shutdown() }
        let report = try await PluginCheck(pool: pool).check(plugin)
        for problem in report.problems {
            let mark = problem.severity == .error ? "错误" : "提醒"
            output.line("\(problem.place) \(mark) \(problem.message[output.language])")
        }
        let isFine = report.isFine
        if isFine {
            output.line(
                "\(id) \(plugin.manifest.version):没有错误(\(report.lines) 行,\(report.functions.joined(separator: ", ")))。")
        }
        output.answer([
            "ok": .bool(isFine), "plugin": .text(id), "version": .text(plugin.manifest.version),
            "lines": .int(Int64(report.lines)),
            "problems": .list(
                report.problems.map {
                    [
                        "place": .text($0.place), "severity": .text($0.severity.rawValue),
                        "message": ["zh-CN": .text($0.message.zh), "en": .text($0.message.en)],
                    ]
                }),
        ])
        return isFine
    }

    private static func test(_ id: String, _ folder: String, _ files: [String: [UInt8]], _ output: Output) async throws
        -> Bool
    {
        guard let plugin = try plugin(id, files, output) else { return false }
        let tests = try testFiles(id, folder)
        let clock = SystemClock()
        let crypto = try SoftwareCrypto(KeyRing(created: clock.now()))
        let pool = WorkerPool()
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("niangjia-test-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        defer {
            pool.shutdown()
            try? FileManager.default.removeItem(atPath: work)
        }
        let loader = BundleLoader(digest: { hexadecimal(crypto.digest($0)) })
        let services = TestServices(
            makeStore: {
                let path = "\(work)/\(UUID().uuidString).sqlite"
                return try await offPool {
                    try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations) { writer in
                        _ = try Chain.seal(in: writer, crypto: crypto)
                    }
                }
            },
            makeBundle: { files in
                let (bundle, report) = loader.load(files: files)
                guard let bundle else {
                    throw report.error ?? NiangjiaError(.configuration, zh: "配置有误。", en: "Mistakes.")
                }
                return bundle
            }, judge: LuaJudge(pool: pool), crypto: crypto, actions: LuaActions(pool: pool))
        let report = await PluginTester(plugin: plugin, pluginFiles: files, services: services).run(tests)
        report.text(output.language).split(separator: "\n").forEach { output.line(String($0)) }
        output.answer([
            "ok": .bool(report.isFine), "plugin": .text(report.plugin), "passed": .int(Int64(report.passed)),
            "failed": .int(Int64(report.failed)),
            "results": .list(
                report.results.map {
                    [
                        "id": .text($0.id), "title": .text($0.title), "place": .text($0.place),
                        "passed": .bool($0.passed),
                        "failures": .list($0.failures.map { .text($0.zh) }),
                    ]
                }), "untested_reasons": .list(report.untestedReasons.map { .text($0) }),
        ])
        return report.isFine
    }

    private static func testFiles(_ id: String, _ folder: String) throws -> [PluginTestFile] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/tests")) ?? []).sorted()
        return try names.filter { $0.hasSuffix(".yaml") }.map { name in
            let path = "plugins/\(id)/tests/\(name)"
            let document = try YAMLDocument(
                [UInt8](FileManager.default.contents(atPath: "\(folder)/tests/\(name)") ?? Data()), file: path)
            return PluginTestFile(path: path, content: document.value(.plain)) { document.place(of: $0) }
        }
    }
}
