import NiangjiaCore
import Testing

@Suite("Programs that stack: shared caps, not both, one bill, under real concurrency", .serialized) struct StackingTests
{
    private let clerk = Actor(account: "clerk", role: "clerk")

    /// A program that gives what is asked for; two of them share what `stacking.yaml` says.
    private static func program(_ id: String, most: Int) -> String {
        .visiting("\(id)-2026", plugin: id, each: 20_000, settings: "{most: \(most)}")
    }

    /// - Parameter before: what the rule takes off its limit.
    private static func plugin(_ id: String, subject: String, before: String) -> [String: String] {
        [
            "plugins/\(id)/plugin.yaml": """
            id: \(id)
            version: 1.0.0
            api: 1
            title: {zh-CN: 资助, en: Aid}
            settings: {most: money}
            forms:
              ask:
                by: [scan]
                fields:
                  child: {type: child, title: {zh-CN: 子女, en: Child}}
                  on: {type: date, title: {zh-CN: 日期, en: Day}}
                  self_pay: {type: money, minimum: 0, title: {zh-CN: 自付, en: Self-paid}}
                  wanted: {type: money, minimum: 0, title: {zh-CN: 金额, en: Amount}}
                subject: \(subject)
                facts: {look: {term: {in: decisions, per: subject, within: season}}}
                gives: {kind: money, to: applicant, when: approved}
            reasons: {MOST: {zh-CN: 上限, en: Limit}}
            """,
            "plugins/\(id)/main.lua": """
            function program.assess.ask(facts, settings)
              return grant(facts.application.wanted):at_most(settings.most - \(before), "MOST")
            end
            """,
        ]
    }

    private func city(
        _ stacking: String, subject: String = "child", most: Int = 20_000, before: String = "0"
    ) async throws -> TestCityHost {
        var files = Self.plugin("aid-a", subject: subject, before: before)
            .merging(Self.plugin("aid-b", subject: subject, before: before)) { a, _ in a }
        files["config/stacking.yaml"] =
            stacking + "\nreasons: {CAPPED: {zh-CN: 上限, en: Limit}, NOT_BOTH: {zh-CN: 其一, en: One}}\n"
        return try await TestCityHost(
            programs: ["a": Self.program("aid-a", most: most), "b": Self.program("aid-b", most: most)], files: files,
            at: "2026-07-15T09:00:00+08:00")
    }

    private func ask(
        _ city: TestCityHost, _ program: String, _ parent: ID<Person>, _ child: ID<Person>, _ yuan: Int64,
        selfPay: Int64 = 0, on day: String = "2026-07-01"
    ) async throws -> Outcome? {
        let submission = Submission(
            program: program + "-2026", form: "ask", applicant: parent,
            fields: [
                "child": .text(child.text), "wanted": .int(yuan * 100), "self_pay": .int(selfPay * 100),
                "on": .text(day),
            ], channel: "scan")
        return try await city.corridor.submit(submission, by: clerk).lines[0].outcome
    }

    /// A father, a mother and their child.
    private func family(_ city: TestCityHost) async throws -> (
        father: ID<Person>, mother: ID<Person>, child: ID<Person>
    ) {
        let household = try await city.household("none")
        return (
            try await city.person(household: household, role: "head"),
            try await city.person(household: household, role: "spouse"),
            try await city.person(exposure: nil, household: household, role: "child")
        )
    }

    private func standing(_ city: TestCityHost, _ child: ID<Person>) async throws -> (count: Int64, fen: Int64) {
        try await city.store.read { reader in
            try reader.first(
                "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM decision WHERE subject = $1 AND state = 'standing'",
                [.id(child)]
            ) { ($0.int(0), $0.int(1)) } ?? (0, 0)
        }
    }

    @Test("Father and mother apply at once for one child in two programs: the shared yearly cap holds to the fen")
    func sharedCap() async throws {
        let city = try await city(
            "shared_caps: [{name: pupil, of: [aid-a/ask, aid-b/ask], per: child, within: calendar_year, cap: 1000, reason: CAPPED}]"
        )
        let (father, mother, child) = try await family(city)
        var outcomes: [Outcome?] = []
        for round in 0..<6 {
            outcomes += try await withThrowingTaskGroup(of: Outcome?.self) { group in
                group.addTask { try await self.ask(city, "aid-a", father, child, 150 + Int64(round)) }
                group.addTask { try await self.ask(city, "aid-b", mother, child, 160 + Int64(round)) }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(try await standing(city, child).fen == 1000_00)
        #expect(outcomes.count { $0?.result == .limited && $0?.code == "CAPPED" } == 1)
        #expect(outcomes.count { $0?.result == .refused && $0?.code == "CAPPED" } >= 5)
        let granted = outcomes.compactMap { $0 }.filter(\.stands).reduce(Money.zero) { $0 + $1.amount }
        #expect(granted == Money(fen: 1000_00))

        // However many come at once, the cap holds; whose facts kept changing goes to a person.
        let (other, another, pupil) = try await family(city)
        let many = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            for n in 0..<12 {
                group.addTask {
                    try await self.ask(city, n % 2 == 0 ? "aid-a" : "aid-b", n % 3 == 0 ? other : another, pupil, 300)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await standing(city, pupil).fen <= 1000_00)
        let given = many.compactMap { $0 }.filter(\.stands).reduce(Money.zero) { $0 + $1.amount }
        #expect(try await standing(city, pupil).fen == given.fen)
        let checked = try await city.verify()
        #expect(checked.books.isOK && checked.chain.isWhole)
        try await city.close()
    }

    @Test("Not both: of many applications at once to two programs that exclude each other, only one program gives")
    func exclusion() async throws {
        let city = try await city(
            "exclusions: [{of: [aid-a/ask, aid-b/ask], per: subject, within: season, reason: NOT_BOTH}]")
        for _ in 0..<5 {
            let (father, mother, child) = try await family(city)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for n in 0..<8 {
                    group.addTask {
                        _ = try await self.ask(
                            city, n % 2 == 0 ? "aid-a" : "aid-b", n < 4 ? father : mother, child, 100)
                    }
                }
                try await group.waitForAll()
            }
            let programs = try await city.store.read { reader in
                try reader.all(
                    "SELECT DISTINCT program FROM decision WHERE subject = $1 AND state = 'standing'", [.id(child)]
                ) { $0.text(0) }
            }
            #expect(programs.count == 1)
        }
        try await city.close()
    }

    @Test("What a bill's other payers took of a grant isn't counted against the rule's own limit of the season")
    func lookOfStacked() async throws {
        let city = try await city(
            """
            payer_order: [insurance, aid-a/ask, aid-b/ask, charity]
            bill: {same: [on, self_pay], left: self_pay, reason: CAPPED}
            """, most: 1_000, before: "facts.look.term.amount")
        let (father, mother, child) = try await family(city)
        #expect(try await ask(city, "aid-b", mother, child, 600, selfPay: 1_000)?.amount == Money(fen: 600_00))
        let cut = try await ask(city, "aid-a", father, child, 700, selfPay: 1_000)
        #expect(cut?.amount == Money(fen: 400_00) && cut?.code == "CAPPED" && cut?.stacked == Money(fen: 300_00))
        // 400 of this program's 1,000 are gone, not the 700 that its rule gave.
        let next = try await ask(city, "aid-a", father, child, 700, selfPay: 5_000, on: "2026-07-02")
        #expect(next?.amount == Money(fen: 600_00) && next?.code == "MOST")
        #expect(try await ask(city, "aid-a", father, child, 1, selfPay: 5_000, on: "2026-07-02")?.result == .refused)
        let checked = try await city.verify()
        #expect(checked.books.isOK && checked.chain.isWhole)
        try await city.close()
    }

    @Test("One bill, several payers: each works on what is left, in whichever order and however many at once")
    func oneBill() async throws {
        let city = try await city(
            """
            payer_order: [insurance, aid-a/ask, aid-b/ask, charity]
            bill: {same: [on, self_pay], left: self_pay, reason: CAPPED}
            """)
        let (father, mother, child) = try await family(city)
        #expect(try await ask(city, "aid-a", father, child, 600, selfPay: 1_000)?.amount == Money(fen: 600_00))
        let second = try await ask(city, "aid-b", mother, child, 600, selfPay: 1_000)
        #expect(second?.result == .limited && second?.amount == Money(fen: 400_00) && second?.code == "CAPPED")
        #expect(try await ask(city, "aid-b", mother, child, 1, selfPay: 1_000)?.result == .refused)
        // Another stay is another bill.
        #expect(
            try await ask(city, "aid-b", mother, child, 600, selfPay: 1_000, on: "2026-07-02")?.amount
                == Money(fen: 600_00))
        // What falls is free again.
        let decision = try await city.store.read { reader in
            try reader.first(
                "SELECT id FROM decision WHERE subject = $1 AND state = 'standing' ORDER BY id LIMIT 1", [.id(child)]
            ) { $0.id(0, Decision.self) }
        }
        let first = try #require(decision)
        try await city.store.write(.interactive) { writer in
            try writer.execute("UPDATE decision_row SET state = 'reversed' WHERE id = $1", [.id(first)])
        }
        #expect(try await ask(city, "aid-a", father, child, 900, selfPay: 1_000)?.amount == Money(fen: 600_00))

        let (other, another, pupil) = try await family(city)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for n in 0..<10 {
                group.addTask {
                    _ = try await self.ask(
                        city, n % 2 == 0 ? "aid-a" : "aid-b", n < 5 ? other : another, pupil, 300, selfPay: 1_000)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await standing(city, pupil).fen <= 1000_00)
        for _ in 0..<4 { _ = try await ask(city, "aid-b", other, pupil, 300, selfPay: 1_000) }
        #expect(try await standing(city, pupil).fen == 1000_00)
        try await city.close()
    }
}
