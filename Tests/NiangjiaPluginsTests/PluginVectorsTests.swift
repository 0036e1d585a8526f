#if canImport(NiangjiaConfig) && canImport(NiangjiaTesting)
    import Foundation
    import LuaSandbox
    import NiangjiaConfig
    import NiangjiaCore
    import NiangjiaCrypto
    import NiangjiaSQLite
    import NiangjiaTesting
    import Testing

    @testable import NiangjiaPlugins

    /// Every case of the plugins' own tests, and so every vector of the rule sets, through the real corridor: real files, real worker
    /// processes, a real SQLite file for each case.
    @Suite struct PluginVectorsTests {
        static let pool = WorkerPool()

        /// A plugin of the repository with its test files.
        static func load(_ id: String) throws -> (plugin: Plugin, files: [String: [UInt8]], tests: [PluginTestFile]) {
            let folder = APITableTests.root.appending(path: "plugins/\(id)")
            var files: [String: [UInt8]] = [:]
            for name in ["plugin.yaml", "main.lua"] {
                files["plugins/\(id)/\(name)"] = Array(try Data(contentsOf: folder.appending(path: name)))
            }
            let manifest = ManifestFile.read(
                files["plugins/\(id)/plugin.yaml"] ?? [], file: "plugins/\(id)/plugin.yaml", folder: id)
            #expect(
                manifest.report.problems.isEmpty, "\(manifest.report.problems.map { $0.place + " " + $0.message.zh })")
            let plugin = Plugin(
                manifest: try #require(manifest.manifest), source: files["plugins/\(id)/main.lua"] ?? [], digest: "")
            let tests = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "tests").path)
                .sorted()
                .map {
                    try testFile(
                        "plugins/\(id)/tests/\($0)", Array(Data(contentsOf: folder.appending(path: "tests/\($0)"))))
                }
            return (plugin, files, tests)
        }

        static func testFile(_ path: String, _ bytes: [UInt8]) throws -> PluginTestFile {
            let document = try YAMLDocument(bytes, file: path)
            return PluginTestFile(path: path, content: document.value(.text)) { path in
                document.root.at(path: path).map { "\($0.start.line):\($0.start.column)" }
            }
        }

        static func services(_ folder: TemporaryFolder) throws -> TestServices {
            let crypto = try SoftwareCrypto(KeyRing(created: Instant(milliseconds: 0)))
            let loader = BundleLoader(digest: { bytes in
                crypto.digest(bytes).map { String(format: "%02x", $0) }.joined()
            })
            return TestServices(
                makeStore: {
                    try SQLiteStore.open(
                        path: folder.file(UUID().uuidString + ".db"), migrations: NiangjiaSchema.migrations,
                        beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
                },
                makeBundle: { files in
                    let (bundle, report) = loader.load(files: files)
                    guard let bundle else {
                        throw report.error ?? NiangjiaError(.configuration, zh: "读不出方案", en: "the bundle can't be read")
                    }
                    return bundle
                }, judge: LuaJudge(pool: pool), crypto: crypto, actions: LuaActions(pool: pool))
        }

        static let shipped = [
            "summer-cooling", "tuition", "mutual-aid", "training", "ticket", "skill-competition", "hazard-report",
            "legal-aid",
        ]

        @Test("The plugins' own tests pass", arguments: shipped)
        func vectors(id: String) async throws {
            let (plugin, files, tests) = try Self.load(id)
            let folder = try TemporaryFolder()
            let report = await PluginTester(plugin: plugin, pluginFiles: files, services: try Self.services(folder))
                .run(tests)
            let (isFine, untested) = (report.isFine, report.untestedReasons)
            #expect(isFine, "\(report.text())")
            #expect(untested.isEmpty)
        }

        @Test(
            "No vector of the rule sets is forgotten",
            arguments: [
                ("summer-cooling", ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C8b", "C9", "C9b", "C10"]),
                (
                    "ticket",
                    [
                        "K1", "K2", "K3", "K4-49.99", "K4-50.00", "K4-99.99", "K4-100.00", "K4-300.00", "K4-600.00",
                        "K5",
                        "K6",
                    ]
                ),
                ("tuition", ["T1", "T2", "T3", "T4", "T5", "T5b", "T6", "T7", "T8", "T9", "T10"]),
                (
                    "mutual-aid",
                    [
                        "M1", "M1b", "M2", "M2b", "M3", "M4", "M5", "M6", "M7", "M8", "M9", "M10", "M10b", "M11", "M12",
                        "M13",
                    ]
                ),
            ])
        func complete(id: String, vectors: [String]) throws {
            let ids = Set(try Self.load(id).tests.flatMap { try $0.cases() }.flatMap(\.steps).map(\.id))
            #expect(Set(vectors).subtracting(ids).isEmpty)
        }

        @Test("The scripts keep to their manifests", arguments: shipped)
        func check(id: String) async throws {
            let report = try await PluginCheck(pool: Self.pool).check(try Self.load(id).plugin)
            #expect(report.problems.isEmpty, "\(report.problems.map { $0.place + " " + $0.message.zh })")
            #expect(report.lines <= 60)
        }
    }
#endif
