import Foundation
import LuaSandbox
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins

/// Checks of a script against its manifest.
@Suite struct PluginCheckTests {
    let check = PluginCheck(pool: WorkerPool())

    private func report(_ source: String) async throws -> PluginCheckReport {
        try await check.check(Plugin(manifest: LuaJudgeTests.manifest(), source: Array(source.utf8), digest: "d"))
    }

    static let fine = """
        -- refuse("IN_A_COMMENT")
        function program.assess.package(facts)
          local soon = {"MIN_INTERVAL"}
          if facts.subject.exposure == "office" then return refuse("NOT_EXPOSED") end
          return refuse(soon[1], {last = "2026-07-15"})
        end
        """

    @Test("A script that keeps to its manifest")
    func fine() async throws {
        let found = try await report(Self.fine)
        #expect(
            found.problems.map(\.message.en) == [
                "setting daily is declared and never used", "setting value is declared and never used",
            ])
        #expect(found.functions == ["assess.package"])
        #expect(found.lines == 5)
    }

    @Test("Functions that are missing, and functions of no form")
    func functions() async throws {
        let found = try await report(
            Self.fine.replacing("assess.package", with: "assess.packages")
                + "\nfunction program.recheck.package() end\n")
        #expect(found.problems.filter { $0.severity == .error }.map(\.line) == [2, 7, nil])
        #expect(found.problems[0].message.zh.contains("packages"))
        #expect(found.problems[0].place == "plugins/packs/main.lua:2")
    }

    @Test("Reasons that are given and not declared, declared and not given")
    func reasons() async throws {
        let found = try await report(
            """
            function program.assess.package(facts, settings, context)
              if context.waived.NEVER_HEARD then return refuse "UNKNOWN" end
              return grant(1, {}):at_most(2, "TOO_MUCH")
                or limit(1, 'LESS', {a = 1})
            end
            """)
        #expect(found.problems.filter { $0.severity == .error }.map(\.line) == [2, 2, 3, 4])
        let unused = found.problems.filter { $0.severity == .warning && $0.message.en.hasPrefix("reason") }
        #expect(unused.map(\.message.en).contains { $0.contains("NOT_EXPOSED") })
        #expect(unused.allSatisfy { $0.file == "plugins/packs/plugin.yaml" })
    }

    @Test("Names that the manifest doesn't declare")
    func names() async throws {
        let found = try await report(
            """
            function program.assess.package(facts, settings, context)
              local other = {settings = {}}
              local a = settings.valu + (settings.daily or 0) + settings.value
              local b = facts.subject.occupation or facts.subject.exposure or facts.subject.ref
              local c = facts.look.pack.count + facts.look.packs.count
              local d = context.today or context.season.from or other.settings.anything
              return refuse("NOT_EXPOSED") or refuse("MIN_INTERVAL")
            end
            """)
        #expect(found.problems.map(\.line) == [3, 4, 5, 6])
        #expect(found.problems[0].message.zh.contains("value"))
    }

    @Test("A script that the loader refuses is told in its author's line")
    func unloadable() async throws {
        let syntax = try await report("function program.assess.package()\n  return grant(\nend\n")
        #expect(syntax.problems.count == 1 && syntax.problems[0].line == 3)
        let global = try await report("count = 0\n")
        #expect(global.problems.first?.line == 1)
        #expect(global.problems.first?.message.zh.contains("count") == true)
    }

    @Test("The three plugins stay within sixty lines", arguments: ["summer-cooling", "tuition", "mutual-aid"])
    func size(plugin: String) throws {
        let source = try Data(contentsOf: APITableTests.root.appending(path: "plugins/\(plugin)/main.lua"))
        #expect(source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count <= 61)
    }
}
