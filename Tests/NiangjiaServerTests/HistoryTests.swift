import NiangjiaCore
import Testing

@Suite("Previews of a past day", .serialized) struct HistoryTests {
    /// Puts a new version of a person, a membership or a household in the place of the one in force.
    private func change(
        _ city: TestCityHost, _ table: Table, where condition: String, _ key: SQLValue, from day: String,
        _ values: [String: SQLValue]
    ) async throws {
        let now = city.clock.now()
        let date = CivilDate(day)
        try await city.store.write(.interactive) { writer in
            let columns = table.columns.map(\.name).joined(separator: ", ")
            let old = try writer.first("SELECT \(columns) FROM \(table.name) WHERE \(condition) = $1", [key]) {
                RegisterHistory.values(table, from: $0)
            }
            guard let old else { throw NiangjiaError(.notFound, zh: "没有", en: "none") }
            var new = old
            for (n, column) in table.columns.enumerated() {
                if let value = values[column.name] { new[n] = value }
                if column.name == "valid_from" { new[n] = .date(date) }
            }
            _ = try RegisterHistory.replace(table, old, with: new, at: now, in: writer)
        }
    }

    private func preview(_ city: TestCityHost, _ program: String, _ day: String) async throws -> PreviewReport {
        try await city.corridor.preview(program: program, asOf: CivilDate(day))
    }

    @Test("A person's exposure of that day counts, for whoever has changed since; the newest correction holds")
    func persons() async throws {
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling()], at: "2026-08-20T09:00:00+08:00")
        var people: [ID<Person>] = []
        for _ in 0..<6 { people.append(try await city.person()) }
        for person in people.prefix(2) {
            try await change(
                city, PeopleSchema.person, where: "id", .id(person), from: "2026-08-01",
                ["exposure": .text("office_air_conditioned")])
        }
        let now = try await preview(city, "summer-cooling-2026", "2026-08-20")
        #expect((now.totals.granted, now.totals.refused, now.isHistory) == (4, 2, false))
        let then = try await preview(city, "summer-cooling-2026", "2026-07-15")
        #expect((then.totals.granted, then.totals.refused, then.isHistory) == (6, 0, true))
        let day = try await preview(city, "summer-cooling-2026", "2026-08-01")
        #expect(day.totals.granted == 4)
        // Learned later: it was so since July already.
        try await change(
            city, PeopleSchema.person, where: "id", .id(people[0]), from: "2026-07-01",
            ["exposure": .text("office_air_conditioned")])
        #expect(try await preview(city, "summer-cooling-2026", "2026-07-15").totals.granted == 5)
        // What is decided must rest on what stands in the register.
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.decide(
                program: "summer-cooling-2026", form: "package", asOf: CivilDate("2026-07-15"),
                by: Actor(account: "admin", role: "program_admin"))
        }
        try await city.close()
    }

    @Test("Who was registered later isn't considered; a day before the register begins is refused")
    func newcomers() async throws {
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling()], at: "2026-08-20T09:00:00+08:00")
        for n in 0..<4 {
            let person = try await city.person()
            let from = CivilDate(n == 0 ? "2026-06-10" : "2026-08-01")
            try await city.store.write(.interactive) { writer in
                try writer.execute("UPDATE person SET valid_from = $1 WHERE id = $2", [.date(from), .id(person)])
            }
        }
        #expect(try await preview(city, "summer-cooling-2026", "2026-07-15").totals.considered == 1)
        #expect(try await preview(city, "summer-cooling-2026", "2026-08-20").totals.considered == 4)
        await #expect(throws: NiangjiaError.self) { try await preview(city, "summer-cooling-2026", "2026-06-05") }
        try await city.close()
    }

    @Test("Membership, union and household count as they were; settings by their own dates")
    func relations() async throws {
        let files = [
            "plugins/visit/plugin.yaml": """
            id: visit
            version: 1.0.0
            api: 1
            title: {zh-CN: 走访, en: Visits}
            settings: {value: money}
            forms:
              visit:
                by: [clerk, batch]
                population: {of: persons, where: {is_member: [true]}}
                subject: applicant
                facts: {subject: [is_member, union_level], household: [hardship_class]}
                gives: {kind: money, to: subject, when: approved}
            reasons: {NO: {zh-CN: 不符合, en: No}}
            """,
            "plugins/visit/main.lua": """
            function program.assess.visit(facts, settings)
              if facts.household.hardship_class == "deep" then return grant(settings.value) end
              return refuse("NO")
            end
            """,
        ]
        let program = String.visiting(
            "visits-2026", plugin: "visit", order: nil,
            more: """
                by_organization: {990102: {value: 150}}
                changes: [{from: 2026-08-01, settings: {value: 120}}]
                """)
        let city = try await TestCityHost(
            programs: ["visits": program], files: files, at: "2026-08-20T09:00:00+08:00")
        let deep = try await city.household("deep")
        let mover = try await city.person(union: "99010101", household: deep, role: "head")
        let left = try await city.person(union: "99010101", household: try await city.household("deep"), role: "head")
        try await change(
            city, HouseholdsSchema.household, where: "id", .id(deep), from: "2026-08-05",
            ["hardship_class": .text("none")])
        try await change(
            city, PeopleSchema.membership, where: "person", .id(left), from: "2026-08-05", ["status": .text("left")])
        let now = try await preview(city, "visits-2026", "2026-08-20")
        #expect((now.totals.considered, now.totals.granted) == (1, 0))
        let then = try await preview(city, "visits-2026", "2026-07-15")
        #expect((then.totals.considered, then.totals.granted, then.totals.amount) == (2, 2, Money(fen: 20_000)))
        let between = try await preview(city, "visits-2026", "2026-08-02")
        #expect(between.totals.amount == Money(fen: 24_000))
        // Moved to the other county since: that county's settings don't reach back.
        let other = try #require(city.organizations["99010201"])
        try await change(
            city, PeopleSchema.membership, where: "person", .id(mover), from: "2026-08-10", ["is_primary": .int(0)])
        let clock = city.clock.now()
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO membership (person, organization, revision, valid_from, recorded_at, status, is_primary) \
                VALUES ($1, $2, 1, $3, $4, 'active', 1)
                """, [.id(mover), .id(other), .date(CivilDate("2026-08-10")), .instant(clock)])
        }
        let before = try await preview(city, "visits-2026", "2026-08-02")
        #expect(before.totals.amount == Money(fen: 24_000))
        #expect(before.groups.first?.rows["99010101"]?.considered == 2)
        try await city.close()
    }

    @Test("A union that was moved since stood where it stood: the settings of that place hold for the day")
    func moved() async throws {
        let city = try await TestCityHost(
            programs: ["cooling": CorridorTests.cooling(more: "by_organization: {990102: {value: 40}}")],
            at: "2026-08-20T09:00:00+08:00")
        for _ in 0..<3 { _ = try await city.person(union: "99010101") }
        let union = try #require(city.organizations["99010101"])
        try await change(
            city, OrganizationsSchema.organization, where: "id", .id(union), from: "2026-08-03",
            ["path": .text("990100/990102/99010101/")])
        let now = try await preview(city, "summer-cooling-2026", "2026-08-20")
        #expect(now.totals.amount == Money(fen: 3 * 4_000))
        let then = try await preview(city, "summer-cooling-2026", "2026-08-01")
        #expect((then.isHistory, then.totals.amount) == (true, Money(fen: 3 * 5_000)))
        try await city.close()
    }
}
