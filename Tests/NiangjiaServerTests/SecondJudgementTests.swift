import LuaSandbox
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

    @Test("Refused where it shows; forced past that, the run stops and nothing of it is applied")
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
            #expect(error.code == .pluginFailed && error.message.zh.contains("两次裁定"), "\(error)")
        }
        let (decisions, runs) = try await city.store.read { reader in
            (
                try reader.integer("SELECT COUNT(*) FROM decision"),
                try reader.all("SELECT state, pause_reason FROM run ORDER BY id", []) {
                    [$0.text(0), $0.textOrNil(1) ?? ""]
                }
            )
        }
        #expect(decisions == 0)
        #expect(runs.count == 2 && runs.allSatisfy { ["cancelled", "paused"].contains($0[0]) && !$0[1].isEmpty })
        try await city.close()
    }
}
