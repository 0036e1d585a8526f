import NiangjiaCore
import NiangjiaTesting
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

    @Test("A run that goes on after a stop takes no more of a shared limit than others have left of it meanwhile")
    func goesOn() async throws {
        let city = try await city(
            looks: false,
            stacking: """
                shared_caps: [{name: own, of: [visit/visit, mutual-aid/claim], per: subject, within: season, cap: 100, reason: CAPPED}]
                reasons: {CAPPED: {zh-CN: 上限, en: Limit}}
                """)
        // Two blocks: the first is applied, the second isn't yet.
        for n in 0..<9 {
            let ids = (0..<500).map { _ in city.ids.next(Person.self) }
            try await city.store.write(.interactive) { writer in
                for id in ids {
                    try writer.execute(
                        """
                        INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, exposure) \
                        VALUES ($1, 1, 0, 0, $2, 'incomplete', 'outdoor')
                        """, [.id(id), .text("示例\(n)")])
                }
            }
        }
        let (corridor, admin) = (city.corridor, Self.admin)
        let task = Task {
            try await corridor.decide(program: "visits-2026", form: "visit", by: admin) { step in
                if step.phase == .applying { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        if case .success = await task.result { Issue.record("not stopped") }
        let waiting = try await city.store.read {
            try $0.integer(
                "SELECT COUNT(*) FROM run_block b JOIN run r ON r.id = b.run WHERE b.state = 'judged' AND r.state = 'applying'"
            )
        }
        #expect(waiting == 1, "settled, and not applied")
        let last = try await city.store.read {
            try $0.integer("SELECT MAX(id) FROM person WHERE id NOT IN (SELECT subject FROM decision)")
        }
        let person = try #require(last)
        try await city.store.write(.interactive) { writer in
            try writer.insertDecision([
                "id": .id(city.ids.next(Decision.self)), "program": .text("mutual-aid-2026"), "series": .text("m"),
                "plugin": .text("mutual-aid"), "form": .text("claim"), "subject_kind": .text("person"),
                "subject": .int(person), "ordinal": .int(1), "on_date": .date(CivilDate("2026-07-15")!),
                "decided_at": .int(1), "result": .text("granted"), "assessed": .int(8_000), "amount": .int(8_000),
                "state": .text("standing"),
            ])
        }
        let report = try await corridor.decide(program: "visits-2026", form: "visit", by: Self.admin)
        #expect(report.totals.granted == 4_499 && report.totals.limited == 1, "\(report.totals)")
        #expect(report.totals.amount == Money(fen: 4_499 * 6_000 + 2_000))
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }
}
