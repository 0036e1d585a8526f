import NiangjiaCore
import Testing

@Suite("What would change a refusal", .serialized) struct AdviceTests {
    private let clerk = Actor(account: "clerk", role: "clerk")

    private func submit(_ city: TestCityHost, _ person: ID<Person>) async throws -> CaseReceipt {
        try await city.corridor.submit(
            Submission(program: "summer-cooling-2026", form: "package", applicant: person, channel: "scan"), by: clerk)
    }

    private func advice(
        _ city: TestCityHost, _ person: ID<Person>, program: String = "summer-cooling-2026", form: String = "package",
        code: String?, caseID: ID<CaseFile>? = nil
    ) async throws -> [Advice] {
        try await city.corridor.advice(
            program: program, form: form, subject: SubjectRef(.person, person.rawValue), code: code, caseID: caseID)
    }

    @Test("Too soon: the days that are left; once they have passed: ask again")
    func wait() async throws {
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling()], at: "2026-07-15T09:00:00+08:00")
        let person = try await city.person()
        _ = try await submit(city, person)
        city.clock.set(Instant("2026-07-23T09:00:00+08:00")!)
        let refused = try await submit(city, person)
        #expect(refused.lines[0].outcome?.code == "MIN_INTERVAL")
        let found = try await advice(city, person, code: "MIN_INTERVAL", caseID: refused.id)
        #expect(found == [.wait(days: 7, isGoods: true)])
        #expect(found.first?.text.zh == "再过 7 天可领取")
        city.clock.set(Instant("2026-07-30T09:00:00+08:00")!)
        #expect(
            try await advice(city, person, code: "MIN_INTERVAL", caseID: refused.id) == [.wait(days: 0, isGoods: true)])
        // After the season nothing helps any more, and nothing is promised.
        city.clock.set(Instant("2026-09-29T09:00:00+08:00")!)
        let last = try await city.person()
        _ = try await submit(city, last)
        #expect(try await advice(city, last, code: "MIN_INTERVAL").isEmpty)
        try await city.close()
    }

    @Test("A datum that may be wrong is named, never what it would have to be; the season's limit can't be helped")
    func correct() async throws {
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling()], at: "2026-07-15T09:00:00+08:00")
        let indoors = try await city.person(exposure: "office_air_conditioned")
        let found = try await advice(city, indoors, code: "NOT_EXPOSED")
        #expect(found == [.correct(LocalText(zh: "作业环境", en: "Exposure"))])
        #expect(found.allSatisfy { !$0.value.json.contains("outdoor") })
        let served = try await city.person()
        _ = try await submit(city, served)
        city.clock.set(Instant("2026-07-31T09:00:00+08:00")!)
        _ = try await submit(city, served)
        #expect(try await advice(city, served, code: "SEASON_CAP").isEmpty)
        // What another holds isn't told about at all.
        #expect(try await advice(city, indoors, code: HostReason.budgetShort).isEmpty)
        try await city.close()
    }

    @Test("What a cap that programs share has used up isn't promised, today or later, whatever the refusal says")
    func sharedCap() async throws {
        let stacking = """
            shared_caps:
              - name: cooling
                of: [summer-cooling/package, summer-cooling/site_visit]
                per: subject
                within: season
                cap: 70
                reason: DRAWN
            reasons: {DRAWN: {zh-CN: 合计已满, en: Drawn together}}
            """
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling()], files: ["config/stacking.yaml": stacking],
            at: "2026-07-15T09:00:00+08:00")
        let person = try await city.person()
        #expect(try await submit(city, person).lines[0].outcome?.amount == Money(fen: 5_000))
        city.clock.set(Instant("2026-07-31T09:00:00+08:00")!)
        let refused = try await submit(city, person)
        #expect(refused.lines[0].outcome?.code == "DRAWN")
        for code in ["DRAWN", "MIN_INTERVAL"] {
            #expect(try await advice(city, person, code: code, caseID: refused.id).isEmpty)
        }
        // Half a pack is none. Who has drawn nothing of it may ask.
        let other = try await city.person()
        #expect(try await advice(city, other, code: "MIN_INTERVAL") == [.wait(days: 0, isGoods: true)])
        try await city.close()
    }

    /// A program that refuses by class and income, by a household's dates, and by membership.
    private static let files = [
        "plugins/relief/plugin.yaml": """
        id: relief
        version: 1.0.0
        api: 1
        title: {zh-CN: 帮扶, en: Relief}
        settings: {}
        forms:
          class:
            by: [person, clerk]
            subject: applicant
            facts: {household: [hardship_class, yearly_income], maybe: [household.hardship_class, household.yearly_income]}
            gives: {kind: nothing}
          left:
            by: [person, clerk]
            subject: applicant
            facts: {household: [exited_on], maybe: [household.exited_on]}
            gives: {kind: nothing}
          joined:
            by: [person, clerk]
            subject: applicant
            facts: {subject: [is_member]}
            gives: {kind: nothing}
          paper:
            by: [person, clerk]
            subject: applicant
            fields: {proof: {type: file, optional: true, title: {zh-CN: 录取通知书, en: Letter of admission}}}
            gives: {kind: nothing}
          ill:
            by: [person, clerk]
            subject: applicant
            sensitive: health
            fields: {record: {type: file, optional: true, title: {zh-CN: 病历, en: Medical record}}}
            gives: {kind: nothing}
        reasons: {NO: {zh-CN: 不符合, en: No}}
        """,
        "plugins/relief/main.lua": """
        function program.assess.class(facts)
          if facts.household.hardship_class == "deep" or (facts.household.yearly_income or 9) < 5 then return grant() end
          return refuse("NO")
        end
        function program.assess.left(facts, settings, context)
          local left = facts.household.exited_on
          if left and date.days(left, context.on) < 30 then return refuse("NO") end
          return grant()
        end
        function program.assess.joined(facts)
          if facts.subject.is_member then return grant() end
          return refuse("NO")
        end
        function program.assess.paper(facts)
          if facts.application.proof then return grant() end
          return refuse("NO")
        end
        function program.assess.ill(facts)
          if facts.application.record then return grant() end
          return refuse("NO")
        end
        """,
    ]

    private static let program = """
        program: relief-2026
        plugin: relief
        policy: 测工发〔2026〕3号
        status: open
        organization: 990100
        series: relief
        season: {from: 2026-06-01, to: 2026-09-30}
        review: [basic]
        """

    @Test("Income, illness, household and hardship class are never advised on, not even by the days of a wait")
    func never() async throws {
        let city = try await TestCityHost(
            programs: ["relief": Self.program], files: Self.files, at: "2026-07-15T09:00:00+08:00")
        let household = try await city.household("relative")
        let exited = CivilDate("2026-07-10")
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE household SET exited_on = $1, yearly_income = 900 WHERE id = $2",
                [.date(exited), .id(household)])
        }
        let person = try await city.person(household: household, role: "head")
        func found(_ form: String, fields: [String: Value] = [:]) async throws -> [Advice] {
            let receipt = try await city.corridor.submit(
                Submission(
                    program: "relief-2026", form: form, applicant: person, fields: fields, channel: "clerk"), by: clerk)
            #expect(receipt.state == .refused, "\(form)")
            return try await advice(
                city, person, program: "relief-2026", form: form, code: "NO", caseID: receipt.id)
        }
        #expect(try await found("class").isEmpty)
        #expect(try await found("left").isEmpty)
        #expect(try await found("ill").isEmpty)
        #expect(try await found("joined") == [.enrol(LocalText(zh: "加入工会", en: "the union"))])
        #expect(try await found("paper") == [.handIn(LocalText(zh: "录取通知书", en: "Letter of admission"))])
        // Who has died can do nothing about it.
        try await city.store.write(.interactive) { writer in
            try writer.execute("UPDATE person SET status = 'deceased' WHERE id = $1", [.id(person)])
        }
        #expect(try await found("joined").isEmpty)
        try await city.close()
    }
}
