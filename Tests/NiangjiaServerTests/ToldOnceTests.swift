import NiangjiaTesting
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// What is said of amounts and of people that were decided before: once, and as it is.
@Suite struct ToldOnceTests {
    private static let files = [
        "plugins/gift/plugin.yaml": """
        id: gift
        version: 1.0.0
        api: 1
        title: {zh-CN: 慰问, en: Gifts}
        settings: {quota: integer}
        forms:
          all:
            by: [batch]
            population: {of: persons}
            subject: applicant
            gives: {kind: money, to: subject, when: approved}
          ask:
            by: [clerk]
            subject: applicant
            places: {count: {setting: quota}, waitlist: 100%, order: [submitted], from: submit}
            gives: {kind: money, to: subject, when: approved}
        """,
        "plugins/gift/main.lua": """
        function program.assess.all() return grant(1000) end
        function program.assess.ask() return grant(2000) end
        """,
        "config/programs/gift-2026.yaml": """
        program: gift-2026
        plugin: gift
        policy: 测工发〔2026〕9号
        status: open
        organization: 990100
        series: gift
        season: {from: 2026-01-01, to: 2026-12-31}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        settings: {quota: 1}
        """,
    ]

    private func city() async throws -> TestCityHost {
        try await TestCityHost(programs: [:], files: Self.files, at: "2026-07-10T09:00:00+08:00")
    }

    @Test("Decided again on its day, a form tells its people as decided already, and not as given something besides")
    func besides() async throws {
        let city = try await city()
        for _ in 0..<3 { _ = try await city.person() }
        func decide(_ day: String) async throws -> RunReport {
            city.clock.set(try #require(Instant(day + "T09:00:00+08:00")))
            return try await city.corridor.decide(
                program: "gift-2026", form: "all", asOf: CivilDate(day),
                by: Actor(account: "admin", role: "program_admin"))
        }
        #expect(try await decide("2026-07-10").other == SeasonGiven())
        _ = try await city.person()
        let again = try await decide("2026-07-10")
        #expect(again.totals.alreadyDecided == 3 && again.totals.granted == 1, "\(again.totals)")
        #expect(again.other == SeasonGiven(), "\(again.other)")
        let later = try await decide("2026-07-11")
        #expect(later.other == SeasonGiven(count: 4, amount: Money(fen: 4_000)), "\(later.other)")
        try await city.close()
    }

    @Test("Who waits for a place is listed with nothing, whatever the rule would grant; who is in review with that")
    func listed() async throws {
        let city = try await city()
        var amounts: [Money] = []
        for _ in 0..<2 {
            let receipt = try await city.corridor.submit(
                Submission(
                    program: "gift-2026", form: "ask", applicant: try await city.person(), channel: "clerk"),
                by: Actor(account: "clerk", role: "clerk"))
            amounts.append(
                try await city.store.read { reader in
                    let record = try Cases.load(receipt.id, in: reader)
                    #expect(record.judgedAmount == Money(fen: 2_000))
                    return try Decisions.amount(of: record, in: reader)
                })
        }
        #expect(amounts == [Money(fen: 2_000), .zero])
        try await city.close()
    }
}
