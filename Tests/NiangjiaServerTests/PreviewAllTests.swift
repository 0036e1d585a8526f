import NiangjiaCore
import Testing

@Suite("Every open program in one sweep", .serialized) struct PreviewAllTests {
    private static let files = [
        "plugins/visit/plugin.yaml": """
        id: visit
        version: 1.0.0
        api: 1
        title: {zh-CN: 走访, en: Visits}
        settings: {value: money}
        forms:
          members:
            by: [clerk, batch]
            population: {of: persons, where: {is_member: [true], exposure: [outdoor, indoor]}}
            subject: applicant
            facts: {subject: [exposure, is_member], household: [hardship_class], maybe: [household.hardship_class]}
            gives: {kind: money, to: subject, when: approved}
          broken:
            by: [clerk, batch]
            population: {of: persons}
            subject: applicant
            facts: {subject: [exposure]}
            gives: {kind: money, to: subject, when: approved}
          households:
            by: [clerk, batch]
            population: {of: households}
            subject: applicant
            facts: {household: [hardship_class]}
            gives: {kind: nothing}
        reasons: {NO: {zh-CN: 不符合, en: No}}
        """,
        "plugins/visit/main.lua": """
        function program.assess.members(facts, settings)
          if facts.household.hardship_class == "deep" then return grant(settings.value * 2) end
          return grant(settings.value)
        end
        function program.assess.broken(facts, settings)
          if facts.subject.exposure == "indoor" then error("no") end
          return grant(settings.value)
        end
        function program.assess.households(facts, settings)
          if facts.household.hardship_class == "deep" then return grant() end
          return refuse("NO")
        end
        """,
    ]

    private static let visits = String.visiting("visits-2026", plugin: "visit", each: 1000, order: nil)

    @Test("It says of each program what a preview of that program says, filters, households and failing rules included")
    func equal() async throws {
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling(), "visits": Self.visits], files: Self.files,
            at: "2026-07-15T09:00:00+08:00")
        let exposures = ["outdoor", "indoor", "office_air_conditioned", "outdoor"]
        for n in 0..<40 {
            let household = n % 5 == 0 ? try await city.household(n % 2 == 0 ? "deep" : "none") : nil
            _ = try await city.person(
                exposure: n % 11 == 0 ? nil : exposures[n % 4], union: n % 3 == 0 ? nil : "99010101",
                household: household, role: household == nil ? nil : "head")
        }
        let heard = Guarded(0)
        let all = try await city.corridor.previewAll { _ in heard.withLock { $0 += 1 } }
        #expect(
            all.map { "\($0.program)/\($0.form)" } == [
                "summer-cooling-2026/package", "visits-2026/broken", "visits-2026/households", "visits-2026/members",
            ])
        #expect(heard.withLock { $0 } >= 3)
        for preview in all {
            let report = try preview.report.get()
            let alone = try await city.corridor.preview(program: preview.program, form: preview.form)
            #expect(report.totals == alone.totals, "\(preview.form)")
            #expect(report.fundBefore - report.fundAfter == alone.fundBefore - alone.fundAfter)
            #expect(report.contentHash == alone.contentHash)
            #expect(alone.totals.considered > 0)
        }
        // All are paid from one line: each has what those before it leave.
        for (earlier, later) in zip(all, all.dropFirst()) {
            #expect(try later.report.get().fundBefore == earlier.report.get().fundAfter)
        }
        #expect(all[0].after.isEmpty && all[3].after.contains("summer-cooling-2026/package"))
        let members = try #require(all.last).report.get().totals
        #expect(members.considered < 40 && members.granted == members.considered)
        #expect(try all[1].report.get().totals.failed > 0)
        try await city.close()
    }

    /// Everybody in the register qualifies for 100 yuan of each of two programs; one line of 500 yuan pays both.
    private static let scarce = AidPlugin.files.merging(
        [
            "config/funds.yaml":
                "lines: [{id: cooling-2026, year: 2026, source: union_budget, purpose: cooling, amount: 500}]"
        ]) { $1 }

    @Test("Of a line that two programs share, the second is forecast what the first leaves, as decide gives it")
    func shared() async throws {
        let city = try await TestCityHost(
            programs: [
                "first": .visiting("first-2026", plugin: "aid"),
                "second": .visiting("second-2026", plugin: "aid").replacing("series: aid", with: "series: aid-more"),
            ], files: Self.scarce, at: "2026-07-15T09:00:00+08:00")
        for _ in 0..<4 { _ = try await city.person() }
        let all = try await city.corridor.previewAll()
        #expect(all.map(\.program) == ["first-2026", "second-2026"])
        #expect(all.map(\.after) == [[], ["first-2026/ask"]])
        let reports = try all.map { try $0.report.get() }
        #expect(reports.map(\.totals.amount.fen) == [40_000, 10_000])
        #expect(reports.map(\.totals.waitlisted) == [0, 3])
        #expect(reports.map(\.fundAfter.fen) == [10_000, 0])
        let actor = Actor(account: "office", role: "program_admin")
        for (n, (program, form)) in try await city.corridor.openForms(on: reports[0].asOf).enumerated() {
            let decided = try await city.corridor.decide(program: program, form: form, by: actor)
            #expect(decided.totals == reports[n].totals, "\(program)")
            #expect(decided.fundBefore == reports[n].fundBefore && decided.fundAfter == reports[n].fundAfter)
        }
        try await city.close()
    }

    @Test("Whom the first program of a series gives something is decided for the second, as its run would find them")
    func series() async throws {
        let city = try await TestCityHost(
            programs: [
                "first": .visiting("first-2026", plugin: "aid"), "second": .visiting("second-2026", plugin: "aid"),
            ], files: Self.scarce, at: "2026-07-15T09:00:00+08:00")
        for _ in 0..<9 { _ = try await city.person() }
        let all = try await city.corridor.previewAll()
        let reports = try all.map { try $0.report.get() }
        #expect(reports.map(\.totals.considered) == [9, 4])
        #expect(reports.map(\.totals.alreadyDecided) == [0, 5])
        let actor = Actor(account: "office", role: "program_admin")
        for (n, (program, form)) in try await city.corridor.openForms(on: reports[0].asOf).enumerated() {
            let decided = try await city.corridor.decide(program: program, form: form, by: actor)
            #expect(decided.totals == reports[n].totals, "\(program)")
        }
        try await city.close()
    }
}
