import NiangjiaCore
import NiangjiaPlugins
import Testing

@Suite("The corridor, with real workers and a real store", .serialized) struct CorridorTests {
    static func cooling(
        order: String = "[submitted]", short: String = "waitlist", more: String = ""
    ) -> String {
        """
        program: summer-cooling-2026
        plugin: summer-cooling
        policy: 测工发〔2026〕1号
        status: open
        organization: 990100
        series: summer-cooling
        season: {from: 2026-06-01, to: 2026-09-30}
        funding: [{line: cooling-2026}]
        short: \(short)
        order: \(order)
        pay: {each_max: 20000}
        review: [basic]
        settings: {exposures: [outdoor, high_temp_indoor], value: 50, min_interval_days: 15, season_cap: 2,
                   per_head: 20, site_cap: 20000, site_interval_days: 30, supply_month: 500, supply_season_cap: 2000}
        \(more)
        """
    }

    private let clerk = Actor(account: "clerk", role: "clerk")

    private func scan(_ city: TestCityHost, _ person: ID<Person>, serving: String? = nil) async throws -> CaseReceipt {
        var submission = Submission(program: "summer-cooling-2026", form: "package", applicant: person, channel: "scan")
        submission.serving = serving.flatMap { city.organizations[$0] }
        return try await city.corridor.submit(submission, by: clerk)
    }

    @Test("Two applications at once that each see 0 this season: one grant")
    func parallelApplications() async throws {
        let city = try await TestCityHost(programs: ["cooling": Self.cooling()], at: "2026-07-15T09:00:00+08:00")
        for _ in 0..<5 {
            let person = try await city.person()
            let receipts = try await withThrowingTaskGroup(of: CaseReceipt.self) { group in
                for _ in 0..<6 { group.addTask { try await self.scan(city, person) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(receipts.count { $0.lines[0].outcome?.stands == true } == 1)
            let codes = Set(
                receipts.compactMap { $0.lines[0].outcome?.stands == true ? nil : $0.lines[0].outcome?.code })
            #expect(codes == ["MIN_INTERVAL"])
            let standing = try await city.store.read { reader in
                try reader.integer(
                    "SELECT COUNT(*) FROM decision WHERE subject = $1 AND state = 'standing'", [.id(person)])
            }
            #expect(standing == 1)
        }
        let checked = try await city.verify()
        #expect(checked.books.isOK)
        #expect(checked.chain.isWhole)
        try await city.close()
    }

    @Test("An application is judged by the configuration it was made up under; refused, it leaves nothing")
    func oneBundle() async throws {
        let city = try await TestCityHost(programs: ["cooling": Self.cooling()], at: "2026-07-15T09:00:00+08:00")
        let later = Self.cooling().replacing("value: 50", with: "value: 80")
        let read = try TestCityHost.bundle(programs: ["cooling": Self.cooling()], files: [:], city.crypto)
        let bundles = SwitchedBundles()
        bundles.activate(read)
        bundles.activate(try TestCityHost.bundle(programs: ["cooling": later], files: [:], city.crypto))
        let corridor = Corridor(
            store: city.store, judge: LuaJudge(pool: city.pool), clock: city.clock, ids: city.ids, crypto: city.crypto,
            bundles: bundles)
        let person = try await city.person(union: "99010101")
        let submission = Submission(
            program: "summer-cooling-2026", form: "package", applicant: person, channel: "scan")
        func part(_ code: String) throws -> Actor {
            let union: ID<Organization> = try #require(city.organizations[code])
            return Actor(account: "clerk-\(code)", role: "clerk", scope: union)
        }
        // By somebody whose part of the city doesn't hold whom it is about.
        let elsewhere = try part("990102")
        let theirs = Submission(program: "summer-cooling-2026", form: "package", applicant: person, channel: "unit")
        let refused = await #expect(throws: NiangjiaError.self) {
            try await corridor.enter(theirs, by: elsewhere, in: read)
        }
        #expect(refused?.code == .forbidden && refused?.place == "/fields")
        // Whose part holds them may, and nothing of it is there before it is handed in.
        for code in ["990101", "99010101"] {
            let entered = try await corridor.enter(theirs, by: part(code), in: read)
            #expect(entered.submission.applicant == person)
        }
        let entry = try await corridor.enter(submission, by: clerk, in: read)
        #expect(try await city.store.read { try $0.integer("SELECT COUNT(*) FROM case_file", []) } == 0)
        let receipt = try await corridor.submit(entry, by: clerk)
        #expect(receipt.lines[0].outcome?.amount == Money(fen: 5_000))
        let record = try await city.store.read { try Cases.load(receipt.id, in: $0) }
        #expect(record.bundle == read.digest)
        // What is said to be made up under nothing in particular is judged by what is in force.
        let other = try await city.person()
        let next = Submission(program: "summer-cooling-2026", form: "package", applicant: other, channel: "scan")
        #expect(try await corridor.submit(next, by: clerk).lines[0].outcome?.amount == Money(fen: 8_000))
        try await city.close()
    }

    @Test("50 yuan in district A, 40 in B, one series: served in A on 07-15, scanned in B on 07-23: MIN_INTERVAL")
    func districtsShareASeries() async throws {
        let yaml = Self.cooling(more: "by_organization: {990102: {value: 40}}")
        let city = try await TestCityHost(programs: ["cooling": yaml], at: "2026-07-15T09:00:00+08:00")
        let person = try await city.person(union: "99010101")
        let first = try await scan(city, person, serving: "990101")
        #expect(first.lines[0].outcome?.amount == Money(fen: 5000))
        city.clock.set(Instant("2026-07-23T09:00:00+08:00")!)
        let second = try await scan(city, person, serving: "990102")
        #expect(second.state == .refused)
        #expect(second.lines[0].outcome?.code == "MIN_INTERVAL")
        let other = try await city.person(union: "99010101")
        let third = try await scan(city, other, serving: "990102")
        #expect(third.lines[0].outcome?.amount == Money(fen: 4000))
        try await city.close()
    }

    @Test("A budget below demand leaves out the same people with 1 and with 4 workers, to the byte")
    func shortageIsDeclaredNotTimed() async throws {
        var lists: [[String]] = []
        for workers in [1, 4] {
            let funds = """
                lines: [{id: cooling-2026, year: 2026, source: union_budget, purpose: cooling, amount: 10000, carry_over: false},
                        {id: donations-2026, year: 2026, source: donation, purpose: cooling, amount: 0, carry_over: false},
                        {id: tuition-2026, year: 2026, source: union_budget, purpose: tuition, amount: 1000, carry_over: false},
                        {id: mutual-aid-2026, year: 2026, source: fees, purpose: mutual_aid, amount: 0, carry_over: false}]
                """
            let city = try await TestCityHost(
                programs: ["cooling": Self.cooling()], files: ["config/funds.yaml": funds], workers: workers,
                at: "2026-07-15T09:00:00+08:00")
            for n in 0..<300 { _ = try await city.person(exposure: n % 5 == 0 ? "office_air_conditioned" : "outdoor") }
            let preview = try await city.corridor.preview(program: "summer-cooling-2026", form: "package")
            let report = try await city.corridor.decide(
                program: "summer-cooling-2026", form: "package", by: Actor(account: "admin", role: "program_admin"))
            #expect(report.totals.granted == 200)
            #expect(report.totals.waitlisted == 40)
            #expect(report.totals.refused == 60)
            #expect(report.totals == preview.totals)
            #expect(report.fundAfter == .zero)
            let out = try await city.store.read { reader in
                try reader.all(
                    "SELECT subject, code FROM decision WHERE result = 'waitlisted' ORDER BY subject"
                ) {
                    "\($0.int(0) & 0xFFF) \($0.text(1))"
                }
            }
            #expect(out.count == 40)
            lists.append(out)
            let again = try await city.corridor.decide(
                program: "summer-cooling-2026", form: "package", by: Actor(account: "admin", role: "program_admin"))
            #expect(again.totals.alreadyDecided == 200)
            #expect(again.applied == 0)
            let checked = try await city.verify()
            #expect(checked.books.isOK)
            #expect(checked.chain.isWhole)
            try await city.close()
        }
        #expect(lists[0] == lists[1])
    }

    @Test("What was journaled is replayed to the same bytes by a worker that never saw it")
    func replay() async throws {
        let city = try await TestCityHost(programs: ["cooling": Self.cooling()], at: "2026-07-15T09:00:00+08:00")
        let receipt = try await scan(city, try await city.person())
        let decision = try #require(receipt.lines[0].decision)
        let crypto = city.crypto
        let entry = try await city.store.read { try Journal.entry(of: decision, crypto: crypto, in: $0) }
        let bundle = try await city.corridor.bundles.active()
        let plugin = try #require(bundle.plugins["summer-cooling"])
        let reply = try await city.corridor.judge.replay(
            entry.requestBytes, answered: entry.replyBytes, plugin: plugin, calendar: bundle.calendar)
        #expect(reply.replyBytes == entry.replyBytes)
        let seen = try city.corridor.judge.describe(entry.requestBytes, row: entry.row)
        #expect(seen.facts.at(path: "facts.subject.exposure") == "outdoor")
        #expect(seen.settings["min_interval_days"] == 15)
        try await city.close()
    }

    /// A program over persons that gives once a household and season, and looks at the household.
    private static func visits(looks: Bool, claims: Bool) -> [String: String] {
        let look = ", look: {before: {in: decisions, per: household, within: season}}"
        return [
            "plugins/visit/plugin.yaml": """
            id: visit
            version: 1.0.0
            api: 1
            title: {zh-CN: 走访, en: Visits}
            settings: {value: money}
            forms:
              visit:
                by: [clerk, batch]
                population: {of: persons}
                subject: applicant
                facts: {household: [hardship_class]\(looks ? look : "")}
                \(claims ? "unique: [{per: household, within: season, reason: VISITED}]" : "")
                gives: {kind: money, to: subject, when: approved}
            reasons: {VISITED: {zh-CN: 本季已走访, en: Visited this season}}
            """,
            "plugins/visit/main.lua": """
            function program.assess.visit(facts, settings)
              \(looks ? "if facts.look.before.count > 0 then return refuse(\"VISITED\") end" : "")
              return grant(settings.value)
            end
            """,
        ]
    }

    private static let visitProgram = String.visiting("visits-2026", plugin: "visit")

    @Test(
        "In a batch a household is served once: by its claim, or by the rule's own look, also in a second run",
        arguments: [true, false])
    func householdOnce(claims: Bool) async throws {
        let city = try await TestCityHost(
            programs: ["visits": Self.visitProgram], files: Self.visits(looks: !claims, claims: claims),
            at: "2026-07-15T09:00:00+08:00")
        let admin = Actor(account: "admin", role: "program_admin")
        for _ in 0..<20 {
            let household = try await city.household("deep")
            for role in ["head", "spouse", "parent"] { _ = try await city.person(household: household, role: role) }
        }
        let preview = try await city.corridor.preview(program: "visits-2026", form: "visit")
        let first = try await city.corridor.decide(program: "visits-2026", form: "visit", by: admin)
        #expect(first.totals == preview.totals)
        #expect(first.totals.granted == 20)
        #expect(first.totals.byReason == [claims ? "VISITED" : "SAME_HOUSEHOLD": 40])
        let second = try await city.corridor.decide(program: "visits-2026", form: "visit", by: admin)
        #expect(second.totals.granted == 0)
        #expect(second.totals.byReason == ["VISITED": 40])
        city.clock.advance(milliseconds: 10 * 86_400_000)
        let later = try await city.corridor.decide(program: "visits-2026", form: "visit", by: admin)
        #expect(later.totals.granted == 0)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("A run that fails before anything is applied leaves the program free for the mended plugin")
    func failedRunIsGone() async throws {
        var files = Self.visits(looks: false, claims: false)
        files["plugins/visit/main.lua"] =
            "function program.assess.visit(facts, settings) return grant(settings.value, {units = false}) end"
        let city = try await TestCityHost(
            programs: ["visits": Self.visitProgram], files: files, at: "2026-07-15T09:00:00+08:00")
        _ = try await city.person(household: try await city.household("deep"), role: "head")
        let admin = Actor(account: "admin", role: "program_admin")
        let report = try? await city.corridor.decide(program: "visits-2026", form: "visit", by: admin)
        #expect(report.map { $0.totals.granted == 0 } ?? true)
        let open = try await city.store.read {
            try $0.integer("SELECT COUNT(*) FROM run WHERE state IN ('judging', 'applying', 'paused')")
        }
        #expect(open == 0)
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.preview(
                program: "visits-2026", form: "visit", asOf: CivilDate(year: 2030, month: 1, day: 1))
        }
        try await city.close()
    }

    @Test("Review is by people, not accounts; somebody else's child can't be applied for")
    func peopleNotAccounts() async throws {
        let yaml = try String(
            contentsOfFile: TestCityHost.repository + "/config/programs/tuition-2026.yaml", encoding: .utf8)
        let city = try await TestCityHost(programs: ["tuition": yaml], at: "2026-07-20T09:00:00+08:00")
        let household = try await city.household("deep")
        let parent = try await city.person(union: "99010101", household: household, role: "head")
        let child = try await city.person(household: household, role: "child")
        let stranger = try await city.person(
            union: "99010201", household: try await city.household("deep"), role: "head")
        let reviewer = try await city.person()
        let now = city.clock.now()
        try await city.store.write(.interactive) { writer in
            for account in ["r1", "r2"] {
                try writer.execute(
                    """
                    INSERT INTO account (id, display, roles, person, password_sealed, created_at, created_by) \
                    VALUES ($1, $1, '[]', $2, x'', $3, 'test')
                    """, [.text(account), .id(reviewer), .instant(now)])
            }
        }
        func application(_ applicant: ID<Person>, for child: ID<Person>) -> Submission {
            Submission(
                program: "tuition-2026", form: "apply", applicant: applicant,
                fields: [
                    "children": [
                        [
                            "child": .text(child.text), "stage": "higher", "school_type": "public", "tuition": 550_000,
                            "lodging": 120_000, "books": 0, "other_grants": 0, "proof": "f-1",
                        ]
                    ]
                ], channel: "clerk")
        }
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.submit(application(stranger, for: child), by: clerk)
        }
        // Nor is anybody their own child.
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.submit(application(parent, for: parent), by: clerk)
        }
        let receipt = try await city.corridor.submit(application(parent, for: child), by: clerk)
        #expect(receipt.state == .inCheck)
        #expect(receipt.lines[0].judgement.amount == Money(fen: 500_000))
        let basic = Actor(account: "r1", role: "reviewer:basic", person: reviewer)
        #expect(try await city.corridor.act(.approve, on: receipt.id, by: basic) == .inCheck)
        let county = Actor(account: "r2", role: "reviewer:county", person: reviewer)
        await #expect(throws: NiangjiaError.self) { try await city.corridor.act(.approve, on: receipt.id, by: county) }
        let other = Actor(account: "r3", role: "reviewer:county")
        #expect(try await city.corridor.act(.approve, on: receipt.id, by: other) == .inCheck)
        let last = Actor(account: "r4", role: "reviewer:city")
        #expect(try await city.corridor.act(.approve, on: receipt.id, by: last) == .underNotice)
        #expect(try await city.corridor.endNotices() == 0)
        city.clock.set(Instant("2026-07-28T09:00:00+08:00")!)
        #expect(try await city.corridor.endNotices() == 1)
        let record = try await city.store.read { try Cases.load(receipt.id, in: $0) }
        #expect(record.state == .approved)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }
}
