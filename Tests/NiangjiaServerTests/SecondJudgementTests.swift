import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins
@testable import NiangjiaServer

/// A script that counts the people before: the loader refuses it, and where it is loaded all the same the second judgement stops the run.
@Suite struct SecondJudgementTests {
    static let files = [
        "plugins/counter/plugin.yaml": """
        id: counter
        version: 1.0.0
        api: 1
        title: {zh-CN: 计数, en: Counter}
        settings: {value: money}
        forms:
          ask:
            by: [batch]
            population: {of: persons}
            subject: applicant
            gives: {kind: money, to: subject, when: approved}
        reasons: {}
        """,
        "plugins/counter/main.lua": """
        local before = 0
        function program.assess.ask(facts, settings)
          before = before + 1
          return grant(settings.value * before)
        end
        """,
        "config/funds.yaml":
            "lines: [{id: counter-2026, year: 2026, source: union_budget, purpose: test, amount: 1000000}]",
    ]
    static let program = """
        program: counter-2026
        plugin: counter
        policy: 测工发〔2026〕1号
        status: open
        organization: 990100
        series: counter
        season: {from: 2026-06-01, to: 2026-09-30}
        funding: [{line: counter-2026}]
        pay: {each_max: 20000}
        review: [basic]
        settings: {value: 1}
        """

    @Test(
        "Refused where it shows; forced past that, the run pauses, nothing of it is applied, and it says how to go on")
    func counter() async throws {
        let city = try await TestCityHost(
            programs: ["counter-2026": Self.program], files: Self.files, at: "2026-07-15T09:00:00+08:00")
        for _ in 0..<5 { _ = try await city.person() }
        let actor = Actor(account: "office", role: "program_admin")
        let honest = await code { _ = try await city.corridor.decide(program: "counter-2026", by: actor) }
        #expect(honest == .pluginFailed)

        let forced = Corridor(
            store: city.store, judge: LuaJudge(forcing: city.pool), clock: city.clock, ids: city.ids,
            crypto: city.crypto, bundles: city.corridor.bundles)
        do {
            _ = try await forced.decide(program: "counter-2026", by: actor)
            Issue.record("a script that counts was applied")
        } catch let error as NiangjiaError {
            #expect(error.code == .pluginDiffers && error.message.zh.contains("两次裁定"), "\(error)")
        }
        #expect(try await city.store.read { try $0.integer("SELECT COUNT(*) FROM decision") } == 0)
        let runs = try await forced.runs()
        #expect(runs.map(\.state) == ["paused", "cancelled"])
        #expect(runs.first?.why?.cause == .differs)
        let paused = try #require(runs.first?.run)
        // Asked again it says why, and what to do; nothing is judged.
        do {
            _ = try await forced.decide(program: "counter-2026", by: actor)
            Issue.record("it went on")
        } catch let error as NiangjiaError {
            #expect(error.code == .conflict && error.message.zh.contains(paused.text))
            #expect(error.message.zh.contains("niangjia program cancel \(paused)"), "\(error)")
            #expect(error.message.en.contains("Mend the plugin"), "\(error)")
        }
        // Under mended content the rest is judged by a new run.
        let mended = try await bundle(city) { files in
            files["plugins/counter/main.lua"] = Array(
                "function program.assess.ask(facts, settings) return grant(settings.value) end".utf8)
        }
        let corridor = Corridor(
            store: city.store, judge: LuaJudge(pool: city.pool), clock: city.clock, ids: city.ids, crypto: city.crypto,
            bundles: FixedBundle(bundle: mended))
        let report = try await corridor.decide(program: "counter-2026", by: actor)
        #expect(report.totals.granted == 5 && report.run != paused)
        #expect(try await corridor.runs().map(\.state) == ["applied", "cancelled", "cancelled"])
        try await city.close()
    }

    /// The test's content with a file changed.
    private func bundle(_ city: TestCityHost, _ change: (inout [String: [UInt8]]) -> Void) async throws
        -> NiangjiaCore.Bundle
    {
        var content = try ConfigFolder.files(in: TestCityHost.repository).filter {
            !$0.key.hasPrefix("config/programs/")
        }
        content["config/programs/counter-2026.yaml"] = Array(Self.program.utf8)
        for (path, text) in Self.files { content[path] = Array(text.utf8) }
        change(&content)
        let crypto = city.crypto
        let loaded = BundleLoader(digest: { Hex.text(crypto.digest($0)) }).load(files: content)
        return try #require(loaded.bundle)
    }
}
