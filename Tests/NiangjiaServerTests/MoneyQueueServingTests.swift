import NiangjiaPlugins
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// Serving those who wait for money (decision 0082): what is still in review, goods, programs whose `funding` is changed.
@Suite("Served from the queue", .serialized) struct MoneyQueueServingTests {
    private static let clerk = Actor(account: "clerk", role: "clerk")
    private static let reviewer = Actor(account: "reviewer", role: "reviewer:city")
    private static let office = Actor(account: "office", role: "program_admin")
    private static let program = "aid-2026"

    private static let staged = """
        gives: {kind: money, to: applicant, when: verified}
            stages:
              reported: {by: [clerk], next: [verified]}
              verified: {by: [clerk], end: true}
        """
    private static let goods = """
        gives: {kind: goods, when: delivered}
            delivery: {by: [keeper], code: true, within_days: 7}
        """
    private static let money = "gives: {kind: money, to: applicant, when: approved}"

    /// A plugin of two forms of the same rule, `ask` and `also`, and one for runs, `give`.
    private static func files(_ gives: String) -> [String: String] {
        [
            "plugins/aid/plugin.yaml": """
            id: aid
            version: 1.0.0
            api: 1
            title: {zh-CN: 互助, en: Aid}
            settings: {value: money}
            forms:
              ask:
                by: [clerk]
                subject: applicant
                \(gives)
              also:
                by: [clerk]
                subject: applicant
                gives: {kind: money, to: applicant, when: approved}
              give:
                by: [batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure]}
                gives: {kind: money, to: subject, when: approved}
            reasons: {}
            """,
            "plugins/aid/main.lua": """
            function program.assess.ask(facts, settings) return grant(settings.value) end
            function program.assess.also(facts, settings) return grant(settings.value) end
            function program.assess.give(facts, settings) return grant(settings.value) end
            """,
        ]
    }

    private static func yaml(
        line: String, value: Int, review: String = "[city]", forms: String = ""
    ) -> String {
        """
        program: \(program)
        plugin: aid
        policy: 测工发〔2026〕2号
        status: open
        organization: 990100
        series: aid
        season: {from: 2026-06-01, to: 2026-12-31}
        funding: [{line: \(line)}]
        short: queue
        pay: {each_max: \(value)}
        review: \(review)
        settings: {value: \(value)}
        \(forms)
        """
    }

    /// A city whose line `safety-2026` of 20,000.00 is enough for one grant of as much.
    private func city(_ gives: String = Self.money, review: String = "[city]", forms: String = "") async throws
        -> TestCityHost
    {
        try await TestCityHost(
            programs: ["aid": Self.yaml(line: "safety-2026", value: 20_000, review: review, forms: forms)],
            files: Self.files(gives), at: "2026-07-15T09:00:00+08:00")
    }

    /// Files, and has it approved where it is to be reviewed at once.
    @discardableResult
    private func ask(_ city: TestCityHost, _ corridor: Corridor? = nil, form: String = "ask") async throws
        -> CaseReceipt
    {
        city.clock.set(city.clock.now() + 60_000)
        let person = try await city.person(union: "99010101")
        let corridor = corridor ?? city.corridor
        let receipt = try await corridor.submit(
            Submission(program: Self.program, form: form, applicant: person, channel: "clerk"), by: Self.clerk)
        if receipt.state == .inCheck {
            _ = try await corridor.act(.approve, on: receipt.id, by: Self.reviewer)
        }
        return receipt
    }

    /// The budget of a line is raised.
    private func add(_ fen: Int64, to line: String = "safety-2026", _ city: TestCityHost) async throws {
        var more = try #require(try await city.store.read { try Ledger.line(line, in: $0) })
        more.amount = more.amount + Money(fen: fen)
        let change = ChangeContext(now: city.clock.now(), actor: "treasurer", ids: city.ids, crypto: city.crypto)
        try await city.store.write(.interactive) { [more] in try Ledger.open(more, change, in: $0) }
    }

    /// States of what a case is entitled to, with fen and line.
    private func given(_ receipt: CaseReceipt, _ city: TestCityHost) async throws -> [String] {
        try await city.store.read { reader in
            try Entitlements.of(receipt.id, in: reader).map { one in
                "\(one.state.rawValue) \(one.amount.fen) \(one.shares.map(\.line).joined(separator: "+"))"
            }
        }
    }

    private func messages(_ receipt: CaseReceipt, _ city: TestCityHost) async throws -> [(kind: String, body: Value)] {
        try await city.store.read { reader in
            try reader.all("SELECT kind, body FROM outbox ORDER BY id", []) { ($0.text(0), $0.text(1)) }
        }.map { (kind: $0.0, body: try Value(json: $0.1)) }.filter { $0.body["case"].text == receipt.id.text }
    }

    private func expectSound(_ city: TestCityHost) async throws {
        let crypto = city.crypto
        let report = try await city.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(report.faults.map(\.en))")
        let waiting = try await city.store.read {
            try $0.integer(
                """
                SELECT COUNT(*) FROM money_queue q JOIN entitlement_row e ON e.id = q.entitlement
                WHERE (q.ended_at IS NULL) <> (e.state = 'queued')
                """)
        }
        #expect(waiting == 0)
    }

    /// The same city, by whatever bundle is put in force.
    private func corridor(_ city: TestCityHost, _ bundles: SwitchedBundles) -> Corridor {
        Corridor(
            store: city.store, judge: LuaJudge(pool: city.pool), clock: city.clock, ids: city.ids,
            crypto: city.crypto, bundles: bundles)
    }

    private func activate(_ bundles: SwitchedBundles, line: String, value: Int, _ city: TestCityHost) throws {
        let program = Self.yaml(line: line, value: value)
        bundles.activate(
            try TestCityHost.bundle(programs: ["aid": program], files: Self.files(Self.money), city.crypto))
    }

    @Test("What is queued for a case in review is held when there is money, and paid only when it is approved")
    func reviewed() async throws {
        let city = try await city(Self.staged, review: "[city]")
        let first = try await ask(city)
        #expect(try await given(first, city) == ["held 2000000 safety-2026"])
        let (second, third) = (try await ask(city), try await ask(city))
        for receipt in [second, third] {
            #expect(try await given(receipt, city) == ["queued 2000000 safety-2026"])
            #expect(try await city.corridor.move(receipt.id, to: "verified", by: .host) == .inCheck)
        }
        try await add(4_000_000, city)
        #expect(try await city.corridor.serveQueues() == 2)
        for receipt in [second, third] {
            #expect(try await given(receipt, city) == ["held 2000000 safety-2026"])
            #expect(try await messages(receipt, city).isEmpty)
        }
        #expect(try await city.corridor.act(.approve, on: second.id, by: Self.reviewer) == .approved)
        #expect(try await given(second, city) == ["approved 2000000 safety-2026"])
        // Nothing of it waits any more.
        let told = try await messages(second, city)
        #expect(told.map(\.kind) == ["case.approved"])
        #expect(told[0].body["amount_fen"] == 2_000_000 && told[0].body["queued_fen"] == .null)
        #expect(try await city.corridor.act(.reject("不实"), on: third.id, by: Self.reviewer) == .rejected)
        #expect(try await given(third, city) == ["released 2000000 safety-2026"])
        try await expectSound(city)
        try await city.close()
    }

    @Test("Whoever is served hears of it, and of goods with the code to collect them, once")
    func told() async throws {
        let city = try await city(Self.goods)
        _ = try await ask(city)
        let second = try await ask(city)
        let before = try await messages(second, city)
        #expect(before.map(\.kind) == ["case.approved"])
        #expect(before[0].body["amount_fen"] == 0 && before[0].body["queued_fen"] == 2_000_000)
        try await add(2_000_000, city)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.corridor.serveQueues() == 0)
        let after = try await messages(second, city).dropFirst()
        #expect(after.map(\.kind) == ["grant.served", "delivery.code"])
        #expect(after.first?.body["amount_fen"] == 2_000_000)
        #expect(after.first?.body["decision"] == after.last?.body["decision"])
        try await expectSound(city)
        try await city.close()
    }

    @Test("A program whose funding is changed serves its queue from the lines of today, and locks nobody out")
    func refunded() async throws {
        let city = try await city()
        let bundles = SwitchedBundles()
        let corridor = corridor(city, bundles)
        try activate(bundles, line: "safety-2026", value: 20_000, city)
        _ = try await ask(city, corridor)
        let second = try await ask(city, corridor)
        #expect(try await given(second, city) == ["queued 2000000 safety-2026"])
        #expect(try await corridor.serveQueues() == 0)
        try activate(bundles, line: "cooling-2026", value: 20_000, city)
        // Nobody overtakes them on the new line either.
        let third = try await ask(city, corridor)
        #expect(try await given(third, city) == ["queued 2000000 cooling-2026"])
        #expect(try await corridor.serveQueues() == 2)
        #expect(try await given(second, city) == ["approved 2000000 cooling-2026"])
        #expect(try await given(third, city) == ["approved 2000000 cooling-2026"])
        let fourth = try await ask(city, corridor)
        #expect(try await given(fourth, city) == ["approved 2000000 cooling-2026"])
        let held = try await city.store.read { try Ledger.balance(of: .line("cooling-2026", .held), in: $0).fen }
        #expect(held == 6_000_000)
        try await expectSound(city)
        try await city.close()
    }

    @Test("What a run queued together is served from other lines one by one")
    func refundedRun() async throws {
        let city = try await city()
        let bundles = SwitchedBundles()
        let corridor = corridor(city, bundles)
        for _ in 1...8 { _ = try await city.person(union: "99010101") }
        try activate(bundles, line: "safety-2026", value: 90_000, city)
        _ = try await corridor.decide(program: Self.program, form: "give", by: Self.office)
        // One was given 20,000.00, seven nothing: the 520,000.00 of the other line are the rest of one, and five in full.
        try activate(bundles, line: "cooling-2026", value: 90_000, city)
        #expect(try await corridor.serveQueues() == 6)
        let lines = try await city.store.read { reader in
            try reader.all(
                """
                SELECT fund_line, state, COUNT(*), SUM(amount) FROM entitlement GROUP BY fund_line, state
                ORDER BY fund_line, state
                """, []
            ) { "\($0.text(0)) \($0.text(1)) \($0.int(2)) \($0.int(3))" }
        }
        #expect(
            lines == [
                "cooling-2026 approved 6 52000000", "safety-2026 approved 1 2000000", "safety-2026 queued 2 18000000",
            ])
        try await add(9_000_000, to: "cooling-2026", city)
        #expect(try await corridor.serveQueues() == 1)
        try await expectSound(city)
        try await city.close()
    }

    @Test("Forms of a program that share no line wait for their own money only")
    func apart() async throws {
        let city = try await city(forms: "forms: {also: {funding: [{line: cooling-2026}]}}")
        _ = try await ask(city)
        let waiting = try await ask(city)
        #expect(try await given(waiting, city) == ["queued 2000000 safety-2026"])
        let other = try await ask(city, form: "also")
        #expect(try await given(other, city) == ["approved 2000000 cooling-2026"])
        // 520,000.00 are 26 of them; the 27th waits behind nobody.
        for _ in 1...25 { _ = try await ask(city, form: "also") }
        let last = try await ask(city, form: "also")
        #expect(try await given(last, city) == ["queued 2000000 cooling-2026"])
        try await add(2_000_000, to: "cooling-2026", city)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await given(last, city) == ["approved 2000000 cooling-2026"])
        #expect(try await given(waiting, city) == ["queued 2000000 safety-2026"])
        try await expectSound(city)
        try await city.close()
    }
}
