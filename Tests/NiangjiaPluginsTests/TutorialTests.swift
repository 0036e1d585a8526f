#if canImport(NiangjiaConfig) && canImport(NiangjiaTesting)
    import Foundation
    import NiangjiaConfig
    import NiangjiaCore
    import NiangjiaTesting
    import Testing

    @testable import NiangjiaPlugins

    /// What the manual tells authors to write works as it is printed.
    @Suite struct TutorialTests {
        /// Path → the block under it: a line that is only a path in backquotes, then a fence.
        static func files() throws -> [String: [UInt8]] {
            let text = try String(
                contentsOf: APITableTests.root.appending(path: "docs/plugin-author.md"), encoding: .utf8)
            var found: [String: [UInt8]] = [:]
            var path: String?
            var block: [Substring]?
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("```") {
                    if let path, let block { found[path] = Array((block.joined(separator: "\n") + "\n").utf8) }
                    if block != nil { path = nil }
                    block = block == nil ? [] : nil
                } else if block != nil {
                    block?.append(line)
                } else if line.count > 2, line.hasPrefix("`"), line.hasSuffix("`"), line.contains("/") {
                    path = String(line.dropFirst().dropLast())
                }
            }
            return found
        }

        @Test("The tutorial's plugin is checked without a word, its tests pass, its program is read")
        func works() async throws {
            let files = try Self.files()
            let paths =
                ["config/programs/winter-2026.yaml"]
                + ["main.lua", "plugin.yaml", "tests/winter.yaml"].map { "plugins/winter-warmth/\($0)" }
            #expect(files.keys.sorted() == paths)
            let manifestPath = "plugins/winter-warmth/plugin.yaml"
            let read = ManifestFile.read(files[manifestPath] ?? [], file: manifestPath, folder: "winter-warmth")
            #expect(read.report.problems.map(\.message.en) == [])
            let manifest = try #require(read.manifest)
            let plugin = Plugin(manifest: manifest, source: files["plugins/winter-warmth/main.lua"] ?? [], digest: "")
            let check = try await PluginCheck(pool: PluginVectorsTests.pool).check(plugin)
            #expect(check.problems.map(\.message.en) == [])
            let program = ProgramFile.read(
                files[paths[0]] ?? [], file: paths[0],
                against: ConfigSurroundings(plugins: ["winter-warmth": manifest], fundLines: ["warmth-2026"]))
            #expect(program.report.problems.map(\.message.en) == [])
            let tests = try PluginVectorsTests.testFile(paths[3], files[paths[3]] ?? [])
            let own = files.filter { $0.key.hasSuffix("plugin.yaml") || $0.key.hasSuffix("main.lua") }
            let services = try PluginVectorsTests.services(try TemporaryFolder())
            let report = await PluginTester(plugin: plugin, pluginFiles: own, services: services).run([tests])
            #expect(report.isFine, "\(report.text())")
            #expect(report.results.count == 4)
        }
    }
#endif
