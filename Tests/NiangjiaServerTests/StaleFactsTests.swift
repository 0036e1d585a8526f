import NiangjiaCore
import NiangjiaPlugins
import NiangjiaTesting
import Testing

/// Changes something behind the rule's back while it is being asked, once.
private func meddler(_ judge: any RuleJudge, _ meddle: @escaping @Sendable () async throws -> Void) -> WatchedJudge {
    WatchedJudge(judge) { call, _ in if call == 1 { try await meddle() } }
}

@Suite("What a rule saw is what it is applied to: looks beside the subject's own decisions", .serialized)
struct StaleFactsTests {
    private let clerk = Actor(account: "clerk", role: "clerk")

    /// A plugin with one form whose rule looks once and refuses whoever it finds something of.
    static func files(
        look: String, fields: String = "{}", unique: String = "[]", where condition: String? = nil
    ) -> [String: String] {
        [
            "plugins/once/plugin.yaml": """
            id: once
            version: 1.0.0
            api: 1
            title: {zh-CN: 一次, en: Once}
            settings: {value: money}
            records:
              ban: {key: [person], fields: {person: person, days: integer}, by: [clerk]}
              offer: {key: [code], fields: {code: string, price: money}, by: [clerk]}
            forms:
              ask:
                by: [clerk, scan, batch]
                fields: \(fields)
                population: {of: persons}
                subject: applicant
                facts: {look: {before: \(look)}}
                gives: {kind: money, to: subject, when: approved}
                unique: \(unique)
            reasons: {BEFORE: {zh-CN: 已有记录, en: Something stands already}}
            """,
            "plugins/once/main.lua": """
            function program.assess.ask(facts, settings)
              if \(condition ?? "facts.look.before.count > 0") then return refuse("BEFORE") end
              return grant(settings.value)
            end
            """,
        ]
    }

    private func city(_ files: [String: String]) async throws -> TestCityHost {
        try await TestCityHost(
            programs: ["once": .visiting("once-2026", plugin: "once")], files: files, at: "2026-07-15T09:00:00+08:00")
    }

    private func corridor(_ city: TestCityHost, _ meddle: @escaping @Sendable () async throws -> Void) -> Corridor {
        Corridor(
            store: city.store, judge: meddler(city.corridor.judge, meddle), clock: city.clock, ids: city.ids,
            crypto: city.crypto, bundles: city.corridor.bundles)
    }

    /// A scan is decided at once; what a clerk files is reviewed.
    private func submission(
        _ person: ID<Person>, _ fields: [String: Value] = [:], channel: String = "scan"
    ) -> Submission {
        Submission(program: "once-2026", form: "ask", applicant: person, fields: fields, channel: channel)
    }

    private static func visit(_ person: ID<Person>, in city: TestCityHost) async throws {
        let (id, now) = (city.ids.next(Visit.self), city.clock.now())
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                "INSERT INTO visit (id, station, person, kind, at, day, count) VALUES ($1, 1, $2, 'scan', $3, $4, 1)",
                [.id(id), .id(person), .instant(now), .date(now.date)])
        }
    }

    private static func record(_ kind: String, _ key: String, _ body: Value, in city: TestCityHost) async throws
        -> ID<Record>
    {
        let (id, now) = (city.ids.next(Record.self), city.clock.now())
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body)
                VALUES ($1, 'once', $2, $3, 1, $4, $5, $6)
                """, [.id(id), .text(kind), .text(key), .date(now.date), .instant(now), .text(body.json)])
        }
        return id
    }

    @Test("A visit that came in between is seen")
    func visits() async throws {
        let city = try await city(Self.files(look: "{in: visits, per: subject, within: season}"))
        let (person, other) = (try await city.person(), try await city.person())
        let corridor = corridor(city) { try await Self.visit(person, in: city) }
        let receipt = try await corridor.submit(submission(person), by: clerk)
        #expect(receipt.lines[0].outcome?.code == "BEFORE")
        #expect(try await corridor.submit(submission(other), by: clerk).lines[0].outcome?.stands == true)
        try await city.close()
    }

    @Test("A record that came in between is seen where it is about the subject, and disturbs nobody else")
    func records() async throws {
        let look = "{in: ban, where: {person: subject}}"
        let city = try await city(Self.files(look: look))
        let (person, other) = (try await city.person(), try await city.person())
        let corridor = corridor(city) {
            _ = try await Self.record("ban", person.text, ["person": .text(person.text), "days": 3], in: city)
        }
        let receipt = try await corridor.submit(submission(person), by: clerk)
        #expect(receipt.lines[0].outcome?.code == "BEFORE")
        // One judgement more for whom it concerns, none for the other.
        let calm = self.corridor(city) {
            _ = try await Self.record("ban", "someone", ["person": "p-else", "days": 3], in: city)
        }
        #expect(try await calm.submit(submission(other), by: clerk).lines[0].outcome?.stands == true)
        #expect(try await city.store.read { try $0.integer("SELECT COUNT(*) FROM call") } == 2)
        try await city.close()
    }

    @Test("Two applications, each judged before the other was filed: when the first is approved, the other is seen")
    func cases() async throws {
        let look = "{in: cases, per: subject, within: season}"
        let city = try await city(Self.files(look: look))
        let person = try await city.person(union: "99010101")
        let other = Guarded<ID<CaseFile>?>(nil)
        let corridor = corridor(city) {
            let receipt = try await city.corridor.submit(self.submission(person, channel: "clerk"), by: self.clerk)
            other.withLock { $0 = receipt.id }
        }
        let first = try await corridor.submit(submission(person, channel: "clerk"), by: clerk)
        #expect(first.state == .inCheck)
        let reviewer = Actor(account: "r1", role: "reviewer:basic")
        #expect(try await city.corridor.act(.approve, on: first.id, by: reviewer) == .refused)
        let second = try #require(other.withLock { $0 })
        #expect(try await city.corridor.act(.approve, on: second, by: reviewer) == .approved)
        let standing = try await city.store.read {
            try $0.integer("SELECT COUNT(*) FROM decision WHERE state = 'standing'")
        }
        #expect(standing == 1)
        try await city.close()
    }

    @Test("What was granted in between to the person that a look names by a path is seen")
    func decisionsOfAnother() async throws {
        let city = try await city(
            Self.files(
                look: "{in: decisions, per: partner, within: season}",
                fields: "{partner: {type: person, optional: true}}"))
        let (person, partner) = (try await city.person(), try await city.person())
        let fields = { @Sendable (id: ID<Person>) -> [String: Value] in ["partner": .text(id.text)] }
        let corridor = corridor(city) {
            let receipt = try await city.corridor.submit(self.submission(partner, fields(person)), by: self.clerk)
            #expect(receipt.lines[0].outcome?.stands == true)
        }
        let receipt = try await corridor.submit(submission(person, fields(partner)), by: clerk)
        #expect(receipt.lines[0].outcome?.code == "BEFORE")
        try await city.close()
    }

    @Test("A record that a field names is read as it stands when the outcome is applied")
    func referencedRecord() async throws {
        let files = Self.files(
            look: "{in: visits, per: subject}", fields: "{offer: {type: offer, optional: true}}",
            where: "facts.application.offer.price > settings.value")
        let city = try await city(files)
        let person = try await city.person()
        let offer = try await Self.record("offer", "a", ["code": "a", "price": 5_000], in: city)
        let corridor = corridor(city) {
            try await city.store.write(.interactive) { writer in
                _ = try writer.execute(
                    "UPDATE record SET revision = revision + 1, body = $1 WHERE id = $2",
                    [.text((["code": "a", "price": 20_000] as Value).json), .id(offer)])
            }
        }
        let receipt = try await corridor.submit(submission(person, ["offer": .text(offer.text)]), by: clerk)
        #expect(receipt.lines[0].outcome?.code == "BEFORE")
        try await city.close()
    }

    @Test("A record that was removed decides nothing any more: who named it is asked to name another")
    func removedRecord() async throws {
        let files = Self.files(
            look: "{in: visits, per: subject}", fields: "{offer: {type: offer, optional: true}}",
            where: "facts.application.offer.price > settings.value")
        let city = try await city(files)
        let person = try await city.person(union: "99010101")
        let offer = try await Self.record("offer", "a", ["code": "a", "price": 5_000], in: city)
        let other = try await Self.record("offer", "b", ["code": "b", "price": 6_000], in: city)
        let filed = try await city.corridor.submit(
            submission(person, ["offer": .text(offer.text)], channel: "clerk"), by: clerk)
        #expect(filed.state == .inCheck)
        try await city.store.write(.interactive) { writer in
            _ = try writer.execute(
                "UPDATE record SET state = 'removed', revision = revision + 1 WHERE id = $1", [.id(offer)])
        }
        func approve() async throws -> CaseState {
            let record = try await city.store.read { try Cases.load(filed.id, in: $0) }
            return try await city.corridor.act(
                .approve, on: filed.id, by: Actor(account: "reviewer", role: "reviewer:\(record.level ?? "city")"))
        }
        #expect(try await approve() == .returned)
        let returned = try await city.store.read { reader in
            (try Cases.load(filed.id, in: reader).lines[0].judgement, try Entitlements.of(filed.id, in: reader).count)
        }
        #expect(returned.0?.code == HostReason.missingFact && returned.1 == 0)
        #expect(
            try await city.corridor.act(.resubmit(["offer": .text(other.text)]), on: filed.id, by: clerk) == .inCheck)
        #expect(try await approve() == .approved)
        try await city.close()
    }

    @Test("Who moved to another union in between is judged by the settings of the new one")
    func movedUnion() async throws {
        let look = "{in: visits, per: subject}"
        let program = String.visiting("once-2026", plugin: "once", more: "by_organization: {990102: {value: 40}}")
        let city = try await TestCityHost(
            programs: ["once": program], files: Self.files(look: look), at: "2026-07-15T09:00:00+08:00")
        let person = try await city.person(union: "99010101")
        let other = try #require(city.organizations["99010201"])
        let corridor = corridor(city) {
            try await city.store.write(.interactive) { writer in
                _ = try writer.execute(
                    "UPDATE membership SET organization = $1, revision = revision + 1 WHERE person = $2",
                    [.id(other), .id(person)])
            }
        }
        let receipt = try await corridor.submit(submission(person), by: clerk)
        #expect(receipt.lines[0].outcome?.amount == Money(fen: 4_000))
        try await city.close()
    }

    @Test("A run sees the visit, the case and the record that came while it judged", arguments: ["visits", "ban"])
    func runs(kind: String) async throws {
        let look =
            kind == "visits" ? "{in: visits, per: subject, within: season}" : "{in: ban, where: {person: subject}}"
        let city = try await city(Self.files(look: look))
        var people: [ID<Person>] = []
        for _ in 0..<20 { people.append(try await city.person()) }
        let late = people[7]
        let corridor = corridor(city) {
            if kind == "visits" { return try await Self.visit(late, in: city) }
            _ = try await Self.record("ban", late.text, ["person": .text(late.text), "days": 3], in: city)
        }
        let report = try await corridor.decide(
            program: "once-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        #expect(report.totals.granted == 19)
        let found = try await city.store.read {
            try $0.integer("SELECT COUNT(*) FROM decision WHERE subject = $1 AND state = 'standing'", [.id(late)])
        }
        #expect(found == 0)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test(
        "A line of a run that was judged again by itself is the run's: proven like the others, and found by the next run",
        arguments: ["[]", "[{per: subject, within: season, reason: BEFORE}]"])
    func judgedAgain(unique: String) async throws {
        let files = Self.files(
            look: "{in: visits, per: subject, within: season}", unique: unique, where: "facts.look.before.count > 5")
        let city = try await city(files)
        var people: [ID<Person>] = []
        for _ in 0..<40 { people.append(try await city.person()) }
        let late = [people[7], people[8], people[39]]
        let corridor = corridor(city) { for person in late { try await Self.visit(person, in: city) } }
        let admin = Actor(account: "admin", role: "program_admin")
        let report = try await corridor.decide(program: "once-2026", form: "ask", by: admin)
        #expect(report.totals.granted == 40)
        let (own, called) = try await city.store.read { reader in
            (
                try reader.integer("SELECT COUNT(*) FROM decision WHERE run = $1", [.id(report.run)]),
                try reader.integer("SELECT COUNT(*) FROM decision WHERE call IS NOT NULL")
            )
        }
        #expect(own == 40 && called == 3)
        let crypto = city.crypto
        let audit = try await city.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(audit.isSound, "\(audit.faults.map(\.en))")
        let again = try await city.corridor.decide(program: "once-2026", form: "ask", by: admin)
        #expect(again.totals.alreadyDecided == 40 && again.totals.granted == 0)
        try await city.close()
    }

    @Test(
        "Who leaves the population while a run judges, or the register, gets nothing by it, and the run goes on",
        arguments: ["deceased", "removed"])
    func leftMeanwhile(how: String) async throws {
        // The rule itself would give to anybody.
        let files = Self.files(look: "{in: visits, per: subject, within: season}", where: "facts.look.before.count > 5")
        let city = try await city(files)
        var people: [ID<Person>] = []
        for _ in 0..<20 { people.append(try await city.person()) }
        let (late, now) = (people[7], city.clock.now())
        let corridor = corridor(city) {
            try await city.store.write(.interactive) { writer in
                if how == "deceased" {
                    let sql = "UPDATE person SET status = 'deceased', revision = revision + 1 WHERE id = $1"
                    return _ = try writer.execute(sql, [.id(late)])
                }
                let table = PeopleSchema.person
                let columns = table.columns.map(\.name).joined(separator: ", ")
                let row = try writer.first("SELECT \(columns) FROM person WHERE id = $1", [.id(late)]) {
                    RegisterHistory.values(table, from: $0)
                }
                _ = try RegisterHistory.remove(table, try #require(row), at: now, in: writer)
            }
        }
        let report = try await corridor.decide(
            program: "once-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        #expect(report.totals.granted == 19 && report.totals.byReason["LEFT_POPULATION"] == 1)
        let standing = try await city.store.read {
            try $0.integer("SELECT COUNT(*) FROM decision WHERE subject = $1 AND state = 'standing'", [.id(late)])
        }
        #expect(standing == 0)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }

    @Test("The applicant is told of approval, refusal and correction, once each, with ids and sums only")
    func messages() async throws {
        let city = try await city(Self.files(look: "{in: visits, per: subject, within: season}"))
        let reviewer = Actor(account: "r1", role: "reviewer:basic")
        let people = [
            try await city.person(union: "99010101"), try await city.person(union: "99010101"),
            try await city.person(union: "99010101"), try await city.person(union: "99010101"),
        ]
        try await Self.visit(people[3], in: city)
        var cases: [ID<CaseFile>] = []
        for person in people {
            cases.append(try await city.corridor.submit(submission(person, channel: "clerk"), by: clerk).id)
        }
        _ = try await city.corridor.act(.approve, on: cases[0], by: reviewer)
        _ = try await city.corridor.act(.reject("内部说明"), on: cases[1], by: reviewer)
        _ = try await city.corridor.act(.sendBack("请补身份证复印件"), on: cases[2], by: reviewer)
        let told = try await city.store.read { reader in
            try reader.all("SELECT kind, recipient, body FROM outbox ORDER BY id") {
                [$0.text(0), $0.text(1), $0.text(2)]
            }
        }
        func message(_ kind: String, _ n: Int, _ state: String, _ amount: Int64? = nil) -> [String] {
            var body: [String: Value] = [
                "case": .text(cases[n].text), "program": "once-2026", "state": .text(state),
            ]
            if let amount { body["amount_fen"] = .int(amount) }
            return [kind, people[n].text, Value.map(body).json]
        }
        #expect(
            told == [
                message("case.refused", 3, "refused"), message("case.approved", 0, "approved", 10_000),
                message("case.refused", 1, "rejected"), message("case.returned", 2, "returned"),
            ])
        try await city.close()
    }

    /// The same rule over where the subject's union stands.
    private static var byArea: [String: String] {
        var files = files(look: "{in: visits, per: subject, within: season}")
        files["plugins/once/plugin.yaml"] = files["plugins/once/plugin.yaml"]?.replacing(
            "facts: {look:", with: "facts: {subject: [union_area], maybe: [subject.union_area], look:")
        files["plugins/once/main.lua"] = """
            function program.assess.ask(facts, settings)
              if facts.subject.union_area == "990199" then return refuse("BEFORE") end
              return grant(settings.value)
            end
            """
        return files
    }

    @Test("A union that was moved in between is seen, by one case and by a run; its name concerns nobody")
    func unions() async throws {
        let city = try await city(Self.byArea)
        let persons = [
            try await city.person(union: "99010101"), try await city.person(union: "99010101"),
            try await city.person(),
        ]
        let move = { (sql: String) in
            { @Sendable () async throws -> Void in
                try await city.store.write(.interactive) { _ = try $0.execute(sql, []) }
            }
        }
        let named = corridor(city, move("UPDATE organization SET name = 'other'"))
        #expect(try await named.submit(submission(persons[0]), by: clerk).lines[0].outcome?.stands == true)
        #expect(try await city.store.read { try $0.integer("SELECT COUNT(*) FROM call") } == 1)
        let moved = corridor(city, move("UPDATE organization SET area = '990199'"))
        #expect(try await moved.submit(submission(persons[1]), by: clerk).lines[0].outcome?.code == "BEFORE")
        try await move("UPDATE organization SET area = '990101'")()
        let meddled = corridor(city, move("UPDATE organization SET area = '990199'"))
        let report = try await meddled.decide(
            program: "once-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        // Whoever has no union isn't concerned.
        #expect(report.totals.granted == 1)
        #expect(report.totals.byReason["BEFORE"] == 2)
        try await city.close()
    }
}
