import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What households share, and what those have who belong to none: a household of their own.
@Suite struct HouseholdTests {
    private static let admin = Actor(account: "admin", role: "program_admin")
    private static let at = "2026-07-15T09:00:00+08:00"

    /// Gives 60 yuan a month up to 100 a household and season; `looks`: the rule itself sees to that.
    private static func files(looks: Bool, once: String, stacking: String?) -> [String: String] {
        var files = [
            "plugins/visit/plugin.yaml": """
            id: visit
            version: 1.0.0
            api: 1
            title: {zh-CN: 走访, en: Visits}
            settings: {value: money, most: money}
            forms:
              visit:
                by: [clerk, batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure]\(looks ? ", look: {before: {in: decisions, per: household, within: season}}" : "")}
                unique: [{per: \(once), within: calendar_month, reason: ONCE}]
                gives: {kind: money, to: subject, when: approved}
            reasons: {ONCE: {zh-CN: 本月已有, en: Had this month}, FULL: {zh-CN: 已满, en: Full}}
            """,
            "plugins/visit/main.lua": """
            function program.assess.visit(facts, settings)
              return grant(settings.value)\(looks ? ":at_most(settings.most - facts.look.before.amount, \"FULL\")" : "")
            end
            """,
        ]
        files["config/stacking.yaml"] = stacking
        return files
    }

    private func city(looks: Bool, once: String = "subject", stacking: String? = nil) async throws -> TestCityHost {
        try await TestCityHost(
            programs: ["visits": .visiting("visits-2026", plugin: "visit", settings: "{value: 60, most: 100}")],
            files: Self.files(looks: looks, once: once, stacking: stacking), at: Self.at)
    }

    private func decide(_ city: TestCityHost) async throws -> RunReport {
        let preview = try await city.corridor.preview(program: "visits-2026", form: "visit")
        let report = try await city.corridor.decide(program: "visits-2026", form: "visit", by: Self.admin)
        #expect(report.totals == preview.totals)
        return report
    }

    @Test("Whoever was set aside beside a relative is judged by the next run, also on another day")
    func nextDay() async throws {
        let city = try await city(looks: true)
        let household = try await city.household("deep")
        for role in ["head", "spouse"] { _ = try await city.person(household: household, role: role) }
        let first = try await decide(city)
        #expect(first.totals.granted == 1 && first.totals.byReason == ["SAME_HOUSEHOLD": 1])
        city.clock.advance(milliseconds: 86_400_000)
        let second = try await decide(city)
        #expect(second.totals.granted + second.totals.limited == 1)
        #expect(second.totals.amount == Money(fen: 4_000))
        #expect(second.totals.byReason["ONCE"] == 1 && second.totals.byReason["SAME_HOUSEHOLD"] == nil)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test(
        "Who belongs to no household is one of their own: what a rule gives a household binds them", arguments: [0, 1])
    func alone(families: Int) async throws {
        let city = try await city(looks: true)
        for _ in 0..<2 { _ = try await city.person() }
        for _ in 0..<families { _ = try await city.person(household: try await city.household("deep"), role: "head") }
        var amounts: [Money] = []
        for _ in 0..<2 {
            amounts.append(try await decide(city).totals.amount)
            city.clock.advance(milliseconds: 31 * 86_400_000)
        }
        #expect(amounts == [Money(fen: 6_000 * Int64(2 + families)), Money(fen: 4_000 * Int64(2 + families))])
        try await city.close()
    }

    @Test("Once a household is once for each who belongs to none")
    func onceAlone() async throws {
        let city = try await city(looks: false, once: "household")
        for _ in 0..<3 { _ = try await city.person() }
        #expect(try await decide(city).totals.granted == 3)
        city.clock.advance(milliseconds: 86_400_000)
        let again = try await decide(city)
        #expect(again.totals.granted == 0 && again.totals.byReason == ["ONCE": 3])
        try await city.close()
    }

    @Test("A cap that households share is each one's own where there is none")
    func sharedCap() async throws {
        let city = try await city(
            looks: false,
            stacking: """
                shared_caps: [{name: home, of: [visit/visit, mutual-aid/claim], per: household, within: season, cap: 100, reason: CAPPED}]
                reasons: {CAPPED: {zh-CN: 上限, en: Limit}}
                """)
        for _ in 0..<5 { _ = try await city.person() }
        #expect(try await decide(city).totals.amount == Money(fen: 5 * 6_000))
        city.clock.advance(milliseconds: 31 * 86_400_000)
        #expect(try await decide(city).totals.amount == Money(fen: 5 * 4_000))
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }
}
