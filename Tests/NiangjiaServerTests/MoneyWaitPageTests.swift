import Testing

@testable import NiangjiaCore

/// The list of who waits, page by page.
@Suite("Who waits for money, page by page", .serialized) struct MoneyWaitPageTests {
    private func list(_ city: AidCity, after: ID<Decision>? = nil, limit: Int) async throws -> [Waiting] {
        try await city.store.read { reader in
            try Waiting.list(program: AidCity.program, after: after, limit: limit, in: reader) { _ in true }
        }
    }

    @Test("Every page has the turns that each of them is told elsewhere, on the list and in the queue")
    func pages() async throws {
        let city = try await AidCity(.init(short: "waitlist"))
        _ = try await city.ask()
        for rank: Int64? in [3, nil, 1, 2] { try await city.ask(1_000, rank: rank) }
        for form in ["also", "ask"] { try await city.ask(2_000, form: form) }
        // From here on what the money doesn't reach for is owed.
        try city.activate(.init())
        for form in ["ask", "also", "ask"] { try await city.ask(3_000, form: form) }
        let whole = try await list(city, limit: 100)
        #expect(whole.map(\.turn) == [3, 4, 1, 2, 5, 6, 1, 2, 3])
        #expect(whole.map { $0.queued?.amount.fen } == Array(repeating: nil, count: 6) + [300_000, 300_000, 300_000])
        var (paged, last) = ([Waiting](), nil as ID<Decision>?)
        while true {
            let page = try await list(city, after: last, limit: 2)
            paged += page
            guard page.count == 2 else { break }
            last = page.last?.decision.id
        }
        #expect(paged.map(\.decision.id) == whole.map(\.decision.id))
        #expect(paged.map(\.turn) == whole.map(\.turn) && paged.map(\.queued) == whole.map(\.queued))
        let told = try await city.store.read { reader in
            try whole.map { one in
                let record = try one.decision.caseID.map { try Cases.load($0, in: reader) }
                return try record.flatMap { try WaitingCases.turn(of: $0, in: reader) }
                    ?? MoneyQueue.place(of: one.decision, in: reader)?.turn
            }
        }
        #expect(told == whole.map(\.turn))
        try await city.finish()
    }

    @Test("A page begins where the last one ended, however many waited before it")
    func steps() async throws {
        let city = try await AidCity()
        let plan = try await city.store.read { reader in
            try reader.all("EXPLAIN QUERY PLAN \(Waiting.bound)", [.text(AidCity.program), .int(9)]) { $0.text(3) }
        }
        #expect(plan.contains { $0.contains("(program=? AND last>?)") }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        try await city.finish()
    }

    @Test("Whose last part is taken back still counts as one before those behind")
    func parts() async throws {
        let rule = """
            local sum = facts.application.wanted
            if sum then return grant(sum, {parts = {sum // 2, sum - sum // 2}}) end
            """
        let city = try await AidCity(.init(rule: rule))
        _ = try await city.ask()
        let (second, third) = (try await city.ask(4_000), try await city.ask(4_000))
        let parts = try await city.store.read { try Entitlements.of(second.id, in: $0) }
        #expect(parts.map(\.state) == [.queued, .queued])
        let last = try #require(parts.map(\.id).max())
        let change = ChangeContext(now: city.clock.now(), actor: "test", ids: city.host.ids, crypto: city.host.crypto)
        try await city.store.write(.interactive) { writer in
            try Entitlements.release([last], reason: "更正", about: second.id.text, change, in: writer)
        }
        let places = try await list(city, limit: 100).compactMap(\.queued)
        #expect(places.map(\.turn) == [1, 2])
        #expect(places.map(\.amount.fen) == [200_000, 400_000])
        try await city.add(2_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await list(city, limit: 100).map(\.turn) == [1])
        #expect(try await city.state(third) == .approved)
        try await city.finish()
    }
}
