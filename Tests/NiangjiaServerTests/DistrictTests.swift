import NiangjiaTesting
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// A district's own budget, as the manual says: a setting that is false, and true for one union.
@Suite struct DistrictTests {
    private static let files = [
        "plugins/east/plugin.yaml": """
        id: east
        version: 1.0.0
        api: 1
        title: {zh-CN: 东区, en: East}
        settings: {ours: boolean}
        forms:
          all:
            by: [batch]
            population: {of: persons}
            subject: applicant
            gives: {kind: money, to: subject, when: approved}
            unique: [{per: subject, within: season, reason: HAD}]
          ask:
            by: [clerk]
            fields: {child: {type: child, title: {zh-CN: 子女, en: Child}}}
            subject: child
            gives: {kind: money, to: applicant, when: approved}
        reasons:
          HAD: {zh-CN: 已有, en: Had}
          ELSEWHERE: {zh-CN: 由所属区县办理, en: Your own district's program}
        """,
        "plugins/east/main.lua": """
        function program.assess.all(facts, settings)
          if not settings.ours then return refuse("ELSEWHERE") end
          return grant(1000)
        end
        function program.assess.ask(facts, settings)
          if not settings.ours then return refuse("ELSEWHERE") end
          return grant(1000)
        end
        """,
        "config/programs/east-2026.yaml": """
        program: east-2026
        plugin: east
        policy: 测工发〔2026〕9号
        status: open
        organization: 990101
        series: east
        season: {from: 2026-01-01, to: 2026-12-31}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        settings: {ours: false}
        by_organization: {990101: {ours: true}}
        """,
    ]

    @Test("Members of the union and of those below it, a child by its parent's; nobody else, nobody without a union")
    func members() async throws {
        let city = try await TestCityHost(programs: [:], files: Self.files, at: "2026-07-10T09:00:00+08:00")
        func ask(_ union: String?) async throws -> CaseState {
            let household = try await city.household("deep")
            let parent = try await city.person(union: union, household: household, role: "head")
            let child = try await city.person(household: household, role: "child")
            return try await city.corridor.submit(
                Submission(
                    program: "east-2026", form: "ask", applicant: parent, fields: ["child": .text(child.text)],
                    channel: "clerk"), by: Actor(account: "clerk", role: "clerk")
            ).state
        }
        #expect(try await ask("99010101") == .inCheck)
        #expect(try await ask("99010201") == .refused)
        #expect(try await ask(nil) == .refused)
        let report = try await city.corridor.decide(
            program: "east-2026", form: "all", by: Actor(account: "admin", role: "program_admin"))
        // The parents; children have no union of their own, and nobody applied for them.
        #expect(report.totals.granted == 1 && report.totals.refused == 5, "\(report.totals)")
        try await city.close()
    }
}
