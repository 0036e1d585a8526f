import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// Serving those who wait for money (decision 0082): what is still in review, goods, programs whose `funding` is changed.
@Suite("Served from the queue", .serialized) struct MoneyQueueServingTests {
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

    @Test("What is queued for a case in review is held when there is money, and paid only when it is approved")
    func reviewed() async throws {
        let city = try await AidCity(.init(gives: Self.staged))
        let first = try await city.ask()
        #expect(try await city.given(first) == ["held 20000 safety-2026"])
        let (second, third) = (try await city.ask(), try await city.ask())
        for receipt in [second, third] {
            #expect(try await city.given(receipt) == ["queued 20000 safety-2026"])
            #expect(try await city.corridor.move(receipt.id, to: "verified", by: .host) == .inCheck)
        }
        try await city.add(40_000)
        #expect(try await city.corridor.serveQueues() == 2)
        for receipt in [second, third] {
            #expect(try await city.given(receipt) == ["held 20000 safety-2026"])
            #expect(try await city.messages(receipt).isEmpty)
        }
        #expect(try await city.corridor.act(.approve, on: second.id, by: AidCity.reviewer) == .approved)
        #expect(try await city.given(second) == ["approved 20000 safety-2026"])
        // Nothing of it waits any more.
        let told = try await city.messages(second)
        #expect(told.map(\.kind) == ["case.approved"])
        #expect(told[0].body["amount_fen"] == 2_000_000 && told[0].body["queued_fen"] == .null)
        #expect(try await city.corridor.act(.reject("不实"), on: third.id, by: AidCity.reviewer) == .rejected)
        #expect(try await city.given(third) == ["released 20000 safety-2026"])
        try await city.finish()
    }

    @Test("Whoever is served hears of it, and of goods with the code to collect them, once")
    func told() async throws {
        let city = try await AidCity(.init(gives: Self.goods))
        _ = try await city.ask()
        let second = try await city.ask()
        let before = try await city.messages(second)
        #expect(before.map(\.kind) == ["case.approved"])
        #expect(before[0].body["amount_fen"] == 0 && before[0].body["queued_fen"] == 2_000_000)
        try await city.add(20_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.corridor.serveQueues() == 0)
        let after = try await city.messages(second).dropFirst()
        #expect(after.map(\.kind) == ["grant.served", "delivery.code"])
        #expect(after.first?.body["amount_fen"] == 2_000_000)
        #expect(after.first?.body["decision"] == after.last?.body["decision"])
        try await city.finish()
    }

    @Test("A program whose funding is changed serves its queue from the lines of today, and locks nobody out")
    func refunded() async throws {
        let city = try await AidCity()
        _ = try await city.ask()
        let second = try await city.ask()
        #expect(try await city.given(second) == ["queued 20000 safety-2026"])
        #expect(try await city.corridor.serveQueues() == 0)
        try city.activate(.init(line: "cooling-2026"))
        // Nobody overtakes them on the new line either.
        let third = try await city.ask()
        #expect(try await city.given(third) == ["queued 20000 cooling-2026"])
        #expect(try await city.corridor.serveQueues() == 2)
        #expect(try await city.given(second) == ["approved 20000 cooling-2026"])
        #expect(try await city.given(third) == ["approved 20000 cooling-2026"])
        let fourth = try await city.ask()
        #expect(try await city.given(fourth) == ["approved 20000 cooling-2026"])
        let held = try await city.store.read { try Ledger.balance(of: .line("cooling-2026", .held), in: $0).fen }
        #expect(held == 6_000_000)
        try await city.finish()
    }

    @Test("What a run queued together is served from other lines one by one")
    func refundedRun() async throws {
        let city = try await AidCity()
        for _ in 1...8 { _ = try await city.host.person(union: "99010101") }
        try city.activate(.init(value: 90_000))
        _ = try await city.corridor.decide(program: AidCity.program, form: "give", by: AidCity.office)
        // One was given 20,000.00, seven nothing: the 520,000.00 of the other line are the rest of one, and five in full.
        try city.activate(.init(line: "cooling-2026", value: 90_000))
        #expect(try await city.corridor.serveQueues() == 6)
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
        try await city.add(90_000, to: "cooling-2026")
        #expect(try await city.corridor.serveQueues() == 1)
        try await city.finish()
    }

    @Test("Forms of a program that share no line wait for their own money only")
    func apart() async throws {
        let city = try await AidCity(.init(more: "forms: {also: {funding: [{line: cooling-2026}]}}"))
        _ = try await city.ask()
        let waiting = try await city.ask()
        #expect(try await city.given(waiting) == ["queued 20000 safety-2026"])
        let other = try await city.ask(form: "also")
        #expect(try await city.given(other) == ["approved 20000 cooling-2026"])
        // 520,000.00 are 26 of them; the 27th waits behind nobody.
        for _ in 1...25 { _ = try await city.ask(form: "also") }
        let last = try await city.ask(form: "also")
        #expect(try await city.given(last) == ["queued 20000 cooling-2026"])
        try await city.add(20_000, to: "cooling-2026")
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.given(last) == ["approved 20000 cooling-2026"])
        #expect(try await city.given(waiting) == ["queued 20000 safety-2026"])
        try await city.finish()
    }
}
