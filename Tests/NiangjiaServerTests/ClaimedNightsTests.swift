import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// Times that may not overlap (`unique: {nights: …}`), from filing to correction.
@Suite struct ClaimedNightsTests {
    private static let files = [
        "plugins/stay/plugin.yaml": """
        id: stay
        version: 1.0.0
        api: 1
        title: {zh-CN: 住院, en: Stays}
        settings: {value: money}
        forms:
          ask:
            by: [clerk]
            fields: {came: {type: date, title: {zh-CN: 来, en: Came}}, left: {type: date, title: {zh-CN: 走, en: Left}}}
            subject: applicant
            unique: [{per: subject, nights: {from: came, to: left}, within: ever, reason: SAME}]
            gives: {kind: money, to: subject, when: approved}
        reasons:
          SAME: {zh-CN: 重复, en: The same}
        """,
        "plugins/stay/main.lua": """
        function program.assess.ask(facts, settings)
          return grant(settings.value)
        end
        """,
        "config/programs/stay-2026.yaml": """
        program: stay-2026
        plugin: stay
        policy: 测工发〔2026〕9号
        status: open
        organization: 990100
        series: stay
        season: {from: 2026-01-01, to: 2026-12-31}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        settings: {value: 100}
        """,
    ]

    @Test("What overlaps is refused while the first is under review; what was filed by mistake is free once mended")
    func claimed() async throws {
        let city = try await TestCityHost(programs: [:], files: Self.files, at: "2026-07-10T09:00:00+08:00")
        let person = try await city.person(union: "99010101")
        func fields(_ came: String, _ left: String) -> [String: Value] {
            ["came": .text("2026-\(came)"), "left": .text("2026-\(left)")]
        }
        func ask(_ came: String, _ left: String) async throws -> CaseReceipt {
            var submission = Submission(program: "stay-2026", form: "ask", applicant: person, channel: "clerk")
            submission.fields = fields(came, left)
            return try await city.corridor.submit(submission, by: Actor(account: "filer", role: "clerk"))
        }
        let first = try await ask("03-01", "05-10")
        #expect(first.state == .inCheck)
        #expect(try await ask("03-02", "03-10").state == .refused)
        #expect(try await ask("02-20", "03-02").state == .refused)
        // What a refused one had claimed before it met the first is free again.
        #expect(try await ask("02-20", "03-01").state == .inCheck)
        let reviewer = Actor(account: "reviewer", role: "reviewer:city")
        _ = try await city.corridor.act(.sendBack("出院日期写错"), on: first.id, by: reviewer)
        let mended = try await city.corridor.act(
            .resubmit(fields("03-01", "03-10")), on: first.id, by: Actor(account: "filer", role: "clerk"))
        #expect(mended == .inCheck)
        #expect(try await ask("04-01", "04-05").state == .inCheck)
        #expect(try await ask("03-09", "03-12").state == .refused)
        try await city.close()
    }
}
