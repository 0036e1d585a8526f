import Testing

@testable import NiangjiaCore

@Suite("What may exist once, or beside nothing of another form: who holds it, and for how long", .serialized)
struct ClaimTests {
    private let clerk = Actor(account: "clerk", role: "clerk")
    private let reviewer = Actor(account: "reviewer", role: "reviewer:basic")
    private let admin = Actor(account: "admin", role: "program_admin")

    /// A plugin that gives to whoever asks, and to everybody.
    private static func plugin(_ id: String) -> [String: String] {
        [
            "plugins/\(id)/plugin.yaml": """
            id: \(id)
            version: 1.0.0
            api: 1
            title: {zh-CN: 资助, en: Aid}
            settings: {value: money}
            forms:
              ask:
                by: [clerk, batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure]}
                gives: {kind: money, to: subject, when: approved}
              pair:
                by: [clerk]
                fields:
                  people:
                    type: array
                    title: {zh-CN: 人员, en: People}
                    items:
                      person: {type: member, title: {zh-CN: 职工, en: Member}}
                      left: {type: string, title: {zh-CN: 左, en: Left}}
                      right: {type: string, title: {zh-CN: 右, en: Right}}
                subject: people.person
                facts: {subject: [exposure]}
                unique:
                  - {per: people.left, within: season, reason: LEFT}
                  - {per: people.right, within: season, reason: RIGHT}
                gives: {kind: money, to: applicant, when: approved}
              home:
                by: [clerk]
                fields:
                  people:
                    type: array
                    title: {zh-CN: 人员, en: People}
                    items: {person: {type: member, title: {zh-CN: 职工, en: Member}}}
                subject: people.person
                facts: {subject: [exposure]}
                unique: [{per: household, within: season, reason: HOME}]
                gives: {kind: money, to: applicant, when: approved}
              steps:
                by: [clerk]
                fields:
                  people:
                    type: array
                    title: {zh-CN: 人员, en: People}
                    items:
                      person: {type: member, title: {zh-CN: 职工, en: Member}}
                      left: {type: string, title: {zh-CN: 左, en: Left}}
                subject: people.person
                unique: [{per: people.left, within: season, reason: LEFT}]
                gives: {kind: money, to: applicant, when: closed}
                stages:
                  begun: {by: [clerk], next: [seen]}
                  seen: {by: [clerk], next: [closed]}
                  closed: {by: [clerk], end: true}
            reasons:
              LEFT: {zh-CN: 左已用, en: Left}
              RIGHT: {zh-CN: 右已用, en: Right}
              HOME: {zh-CN: 一户一次, en: Once a household}
              INDOORS: {zh-CN: 不在户外, en: Indoors}
            """,
            "plugins/\(id)/main.lua": """
            function program.assess.ask(facts, settings)
              if facts.subject.exposure then return grant(settings.value) end
              return grant(settings.value)
            end
            local function outdoors(facts, settings)
              if facts.subject.exposure ~= "outdoor" then return refuse("INDOORS") end
              return grant(settings.value)
            end
            function program.assess.pair(facts, settings) return outdoors(facts, settings) end
            function program.assess.steps(facts, settings) return grant(settings.value) end
            function program.assess.home(facts, settings) return outdoors(facts, settings) end
            """,
        ]
    }

    private func city(per: String) async throws -> TestCityHost {
        var files = Self.plugin("aid-a").merging(Self.plugin("aid-b")) { a, _ in a }
        files["config/stacking.yaml"] = """
            exclusions: [{of: [aid-a/ask, aid-b/ask], per: \(per), within: season, reason: NOT_BOTH}]
            reasons: {NOT_BOTH: {zh-CN: 其一, en: One}}

            """
        return try await TestCityHost(
            programs: [
                "a": .visiting("aid-a-2026", plugin: "aid-a"), "b": .visiting("aid-b-2026", plugin: "aid-b"),
            ], files: files, at: "2026-07-15T09:00:00+08:00")
    }

    private func ask(_ city: TestCityHost, _ program: String, _ person: ID<Person>) async throws -> CaseReceipt {
        let submission = Submission(program: program + "-2026", form: "ask", applicant: person, channel: "clerk")
        return try await city.corridor.submit(submission, by: clerk)
    }

    private func claims(_ city: TestCityHost) async throws -> Int64? {
        try await city.store.read { try $0.integer("SELECT COUNT(*) FROM unique_claim") }
    }

    private func finish(_ city: TestCityHost) async throws {
        let crypto = city.crypto
        let report = try await city.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(report.faults.map(\.en))")
        try await city.close()
    }

    @Test("Two of one household are given by one run; only whose household asked for the other program is left out")
    func run() async throws {
        let city = try await city(per: "household")
        var homes: [[ID<Person>]] = []
        for _ in 0..<3 {
            let household = try await city.household("none")
            var people: [ID<Person>] = []
            for role in ["head", "spouse"] {
                people.append(try await city.person(union: "99010101", household: household, role: role))
            }
            homes.append(people)
        }
        // Under review: it holds what it excludes, and nothing stands yet.
        #expect(try await ask(city, "aid-b", homes[2][0]).state == .inCheck)
        let preview = try await city.corridor.preview(program: "aid-a-2026", form: "ask")
        let report = try await city.corridor.decide(program: "aid-a-2026", form: "ask", by: admin)
        #expect(report.totals.granted == 4 && preview.totals.granted == 4)
        let given = try await city.store.read { reader in
            try reader.all("SELECT subject FROM decision WHERE state = 'standing' ORDER BY subject") { $0.int(0) }
        }
        #expect(given == homes[..<2].flatMap { $0 }.map(\.rawValue).sorted())
        // Each holds it for the household.
        #expect(try await claims(city) == 5)
        #expect(try await ask(city, "aid-b", homes[0][1]).lines[0].outcome?.code == "NOT_BOTH")
        try await finish(city)
    }

    @Test("What excludes another form stands as long as one application stands that does, whichever is withdrawn first")
    func withdrawn() async throws {
        let city = try await city(per: "subject")
        let person = try await city.person(union: "99010101")
        let (first, second) = (try await ask(city, "aid-a", person), try await ask(city, "aid-a", person))
        #expect(first.state == .inCheck && second.state == .inCheck)
        #expect(try await city.corridor.act(.withdraw, on: first.id, by: clerk) == .withdrawn)
        #expect(try await ask(city, "aid-b", person).lines[0].outcome?.code == "NOT_BOTH")
        #expect(try await claims(city) == 1)
        #expect(try await city.corridor.act(.withdraw, on: second.id, by: clerk) == .withdrawn)
        let other = try await ask(city, "aid-b", person)
        #expect(other.state == .inCheck)
        #expect(try await city.corridor.act(.approve, on: other.id, by: reviewer) == .approved)
        #expect(try await ask(city, "aid-a", person).lines[0].outcome?.code == "NOT_BOTH")
        try await finish(city)
    }

    /// An application of several people, each with what they name and whether they work outdoors.
    private func pair(
        _ city: TestCityHost, _ lines: [(left: String, right: String, isOutdoors: Bool)]
    ) async throws -> CaseReceipt {
        var people: [Value] = []
        for line in lines {
            let person = try await city.person(
                exposure: line.isOutdoors ? "outdoor" : "office_air_conditioned", union: "99010101")
            people.append([
                "person": .text(person.text), "left": .text(line.left), "right": .text(line.right),
            ])
        }
        return try await file(city, "pair", people)
    }

    private func file(_ city: TestCityHost, _ form: String, _ people: [Value]) async throws -> CaseReceipt {
        let submission = Submission(
            program: "aid-a-2026", form: form, applicant: try await city.person(union: "99010101"),
            fields: ["people": .list(people)], channel: "clerk")
        return try await city.corridor.submit(submission, by: clerk)
    }

    private func results(_ city: TestCityHost, _ id: ID<CaseFile>) async throws -> [String] {
        try await city.store.read { reader in
            try reader.all("SELECT result FROM decision WHERE case_id = $1 ORDER BY line", [.id(id)]) { $0.text(0) }
        }
    }

    @Test("A line that is refused for one thing keeps nobody from another, while the rest of its case is under review")
    func together() async throws {
        let city = try await city(per: "subject")
        func file(_ lines: [(left: String, right: String)]) async throws -> CaseReceipt {
            try await pair(city, lines.map { ($0.left, $0.right, true) })
        }
        #expect(try await file([("1", "1")]).state == .inCheck)
        // The second line's right is taken; its left must stay free.
        let mixed = try await file([("2", "2"), ("3", "1")])
        #expect(mixed.state == .inCheck)
        #expect(try await claims(city) == 4)
        let free = try await file([("3", "3")])
        #expect(free.state == .inCheck)
        #expect(try await city.corridor.act(.approve, on: mixed.id, by: reviewer) == .approved)
        #expect(try await city.corridor.act(.approve, on: free.id, by: reviewer) == .approved)
        #expect(try await results(city, mixed.id) == ["granted", "refused"])
        try await finish(city)
    }

    @Test("What two lines of one application name is granted to the first of them that gives, as previews say")
    func namedTwice() async throws {
        let city = try await city(per: "subject")
        let twice = try await pair(city, [("7", "1", true), ("7", "2", true)])
        #expect(twice.state == .inCheck)
        #expect(try await claims(city) == 2)
        let preview = try await city.corridor.preview(program: "aid-a-2026", form: "pair")
        #expect(preview.totals.granted == 1 && preview.totals.byReason == ["LEFT": 1], "\(preview.totals)")
        #expect(try await city.corridor.act(.approve, on: twice.id, by: reviewer) == .approved)
        #expect(try await results(city, twice.id) == ["granted", "refused"])
        // What the second line named besides is free.
        #expect(try await pair(city, [("8", "2", true)]).state == .inCheck)
        // Who is given nothing stands in nobody's way.
        let refused = try await pair(city, [("9", "3", false), ("9", "4", true)])
        #expect(try await city.corridor.act(.approve, on: refused.id, by: reviewer) == .approved)
        #expect(try await results(city, refused.id) == ["refused", "granted"])
        #expect(try await pair(city, [("9", "5", true)]).lines[0].outcome?.code == "LEFT")
        #expect(try await pair(city, [("10", "3", true)]).state == .inCheck)
        try await finish(city)
    }

    /// An application of several people of one household, for each whether they work outdoors; with one more of another household.
    private func home(
        _ city: TestCityHost, _ household: ID<Household>, _ outdoors: [Bool], and other: ID<Household>? = nil
    ) async throws -> CaseReceipt {
        var people: [Value] = []
        for isOutdoors in outdoors {
            let person = try await city.person(
                exposure: isOutdoors ? "outdoor" : "office_air_conditioned", union: "99010101", household: household)
            people.append(["person": .text(person.text)])
        }
        if let other {
            people.append(["person": .text(try await city.person(union: "99010101", household: other).text)])
        }
        return try await file(city, "home", people)
    }

    /// Lets what was granted to a line fall.
    private func revoke(_ city: TestCityHost, line: Int, of id: ID<CaseFile>) async throws {
        let (change, office) = (city.corridor.change(by: admin), admin)
        let hasFallen = try await city.store.write(.interactive) { writer in
            let decision = try writer.first(
                "SELECT id FROM decision WHERE case_id = $1 AND line = $2 AND state = 'standing'",
                [.id(id), .int(Int64(line))]
            ) { $0.id(0, Decision.self) }
            let revocation = Revocation(
                decision: try #require(decision), at: change.now, actor: office.account, cause: .action,
                code: "INDOORS", params: [:], keep: .zero)
            return try Revoker(change, by: office).revoke(revocation, in: writer)
        }
        #expect(hasFallen)
    }

    @Test(
        "What several lines of one application claim is held while one of them stands, whichever is refused or falls",
        arguments: [0, 1])
    func linesOfOneHousehold(falling: Int) async throws {
        let city = try await city(per: "subject")
        let household = try await city.household("none")
        // One is refused.
        let mixed = try await home(city, household, [falling != 0, falling != 1])
        #expect(mixed.state == .inCheck)
        #expect(try await city.corridor.act(.approve, on: mixed.id, by: reviewer) == .approved)
        #expect(try await claims(city) == 1)
        #expect(try await home(city, household, [true]).lines[0].outcome?.code == "HOME")
        // The other falls: nothing stands any more.
        try await revoke(city, line: 1 - falling, of: mixed.id)
        #expect(try await claims(city) == 0)
        // Both stand, and one after the other falls.
        let both = try await home(city, household, [true, true])
        #expect(try await city.corridor.act(.approve, on: both.id, by: reviewer) == .approved)
        try await revoke(city, line: falling, of: both.id)
        #expect(try await home(city, household, [true]).lines[0].outcome?.code == "HOME")
        try await revoke(city, line: 1 - falling, of: both.id)
        #expect(try await claims(city) == 0)
        // All are refused; and all of one household, while another's stands.
        #expect(try await home(city, household, [false, false]).state == .refused)
        #expect(try await claims(city) == 0)
        let other = try await home(city, household, [false, false], and: try await city.household("none"))
        #expect(try await city.corridor.act(.approve, on: other.id, by: reviewer) == .approved)
        #expect(try await claims(city) == 1)
        #expect(try await home(city, household, [true]).state == .inCheck)
        try await finish(city)
    }

    @Test("A line that is refused for what another has claimed stays so at the next stage, where it is judged again")
    func stages() async throws {
        let city = try await city(per: "subject")
        func file(_ lefts: [String]) async throws -> CaseReceipt {
            var people: [Value] = []
            for left in lefts {
                let person = try await city.person(union: "99010101")
                people.append(["person": .text(person.text), "left": .text(left)])
            }
            return try await self.file(city, "steps", people)
        }
        #expect(try await file(["1"]).state == .underWay)
        let mixed = try await file(["1", "2", "2"])
        #expect(mixed.state == .underWay)
        #expect(try await city.corridor.move(mixed.id, to: "seen", by: .host) == .underWay)
        let standing = try await city.store.read { reader in
            try reader.all(
                "SELECT line FROM decision WHERE case_id = $1 AND state = 'standing'", [.id(mixed.id)]
            ) { $0.int(0) }
        }
        #expect(standing == [1])
        #expect(try await claims(city) == 2)
        try await finish(city)
    }
}
