import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// What a treasurer and a payee do about what waits for money (`short: queue`, decision 0082).
@Suite("Queued grants at the treasury", .serialized) struct QueuedTreasuryTests {
    private static let cooling = "config/programs/summer-cooling-2026.yaml"

    @Test("Clawing an application back doesn't call released what was only queued")
    func clawedBack() async throws {
        let city = try await TestCity(approved: false)
        try city.edit(Self.cooling, "short: partial", "short: queue")
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 520000", "purpose: cooling, amount: 30")
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 30000", "purpose: cooling, amount: 5")
        // The plugin's own cases are about its usual `short: partial`.
        try await city.approve(despiteFailures: true)
        try await city.importPeople()
        try await city.addTreasury()
        let person = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM person WHERE exposure = 'outdoor' ORDER BY id", []) {
                $0.id(0, Person.self)
            }
        }
        let id = try await city.package(for: try #require(person))
        let all = try await city.host.store.read { try Entitlements.of(id, in: $0) }
        // 35.00 are there, and a package isn't cut.
        #expect(all.map(\.state) == [.queued] && all.first?.amount.fen == 50_00, "\(all)")
        let back = try await city.run(
            "fund.claw_back", ["entitlement": .text(try #require(all.first).id.text), "reason": "重复申请"],
            as: "treasurer")
        #expect(back.answer?["released_fen"].int == 0 && back.answer?["claimed_fen"].int == 0)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Whose whole amount waits can say that a changed account is theirs")
    func confirmed() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        city.clock.set(city.clock.now() + 60_000)
        let context = city.host.context("test")
        let crypto = city.host.crypto
        let queued = try await city.host.store.write(.interactive) { writer in
            let found = try writer.first("SELECT id FROM person WHERE card_sealed IS NOT NULL ORDER BY id", []) {
                $0.id(0, Person.self)
            }
            let person = try #require(found)
            let card = try PersonIdentifiers.seal(
                "6200990100000000016", table: "person", row: person.rawValue, column: "card_sealed", crypto)
            try writer.execute(
                "UPDATE person SET card_sealed = $1, revision = revision + 1 WHERE id = $2", [.blob(card), .id(person)])
            var new = NewEntitlement(
                decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                shares: [Outcome.Split(line: "tuition-2026", amount: .zero)], program: "tuition-2026",
                series: "tuition", on: context.today)
            new.rest = QueuedRest(
                amount: Money(fen: 50_000), form: "apply", turn: .init(since: context.now, rank: .max, drawn: ""))
            return try #require(try Entitlements.queue([new], about: "test", context, in: writer).first)
        }
        let confirm: Value = ["entitlement": .text(queued.text), "ending": "0016", "how": "本人持卡到窗口"]
        let answer = try await city.run("batch.confirm", confirm, as: "office").answer
        #expect(answer?["confirmed"] == true)
        try await city.host.close()
    }
}
