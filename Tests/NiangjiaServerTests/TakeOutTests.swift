import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// One person is taken out of what a run decided (decision 0068).
@Suite("One person of a run is taken out: before and after payment, and off the waiting list", .serialized)
struct TakeOutTests {
    private static let chief = Actor(account: "chief", role: "program_admin")
    private static let clerk = Actor(account: "clerk", role: "clerk")

    private func decision(of person: Int64, _ city: CorrectionCity) async throws -> ID<Decision> {
        let found = try await city.store.read { reader in
            try reader.first("SELECT id FROM decision WHERE subject = $1 ORDER BY id DESC LIMIT 1", [.int(person)]) {
                $0.id(0, Decision.self)
            }
        }
        return try #require(found)
    }

    private func again(_ city: CorrectionCity, days: Int64) async throws -> RunReport {
        city.clock.set(city.clock.now() + days * 86_400_000)
        return try await city.corridor.decide(program: CorrectionCity.program, by: CorrectionCity.office)
    }

    @Test("Not paid yet: what was held is free again, and no later run gives it anew, until somebody says so")
    func unpaid() async throws {
        let city = try await CorrectionCity(people: 90)
        city.settings(outdoor: 50, indoor: 40)
        _ = try await city.corridor.decide(program: CorrectionCity.program, by: CorrectionCity.office)
        let before = try await city.store.read { try Ledger.available(lines: ["heat-2026"], in: $0)["heat-2026"] }
        let id = try await decision(of: 7, city)
        let taken = try await city.corridor.takeOut(id, because: "本人已去世", again: false, by: Self.clerk)
        #expect(taken.released == Money(fen: 5_000) && taken.claimed == .zero && taken.decision.state == "reversed")
        let after = try await city.store.read { try Ledger.available(lines: ["heat-2026"], in: $0)["heat-2026"] }
        #expect(after == before.map { $0 + Money(fen: 5_000) })
        #expect(try await city.count("SELECT COUNT(*) FROM decision WHERE state = 'standing'") == 89)
        // Nobody else of the block has changed, and saying it twice says it once.
        #expect(
            await code { _ = try await city.corridor.takeOut(id, because: "再说一次", again: false, by: Self.clerk) }
                == .conflict)
        // The rule would give it again.
        #expect(try await again(city, days: 1).applied == 0)
        let preview = try await city.corridor.preview(program: CorrectionCity.program, form: "pay")
        #expect(preview.totals.granted == 0)
        let back = try await city.corridor.takeOut(id, because: "弄错了人", again: true, by: Self.clerk)
        #expect(back.released == .zero && back.decision.state == "reversed")
        #expect(back.before?.actor == Self.clerk.account && back.before?.cause == .withdrawn)
        // Nobody unsays by the way that they are judged anew.
        for again in [false, true] {
            let unsaid = await code {
                _ = try await city.corridor.takeOut(id, because: "再说一次", again: again, by: Self.chief)
            }
            #expect(unsaid == .conflict)
        }
        #expect(try await again(city, days: 1).applied == 1)
        #expect(try await decision(of: 7, city) != id)
        try await city.expectSound()
    }

    @Test("With the bank: refused; paid: claimed back, by another than who decided, and never by a clerk")
    func paid() async throws {
        let city = try await CorrectionCity(people: 30)
        city.settings(outdoor: 50, indoor: 40)
        _ = try await city.corridor.decide(program: CorrectionCity.program, by: CorrectionCity.office)
        let id = try await decision(of: 4, city)
        let built = try await city.build()
        #expect(
            await code { _ = try await city.corridor.takeOut(id, because: "重复", again: false, by: Self.chief) }
                == .conflict)
        try await city.write("payer") { try Batches.approve(built.batch, $0, in: $1) }
        let export = try await city.write("payer") { try Batches.export(built.batch, $0, in: $1) }
        try await city.write("treasurer") { context, writer in
            let answers = export.lines.map {
                BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
            }
            _ = try Batches.result(built.batch, answers, context, in: writer)
        }
        for (actor, name) in [(Self.clerk, "a clerk"), (CorrectionCity.office, "who decided")] {
            #expect(
                await code { _ = try await city.corridor.takeOut(id, because: "重复", again: false, by: actor) }
                    == .forbidden, "\(name)")
        }
        let own = Actor(account: "own", role: "treasurer", person: ID(rawValue: 4))
        #expect(
            await code { _ = try await city.corridor.takeOut(id, because: "重复", again: false, by: own) } == .forbidden)
        let taken = try await city.corridor.takeOut(id, because: "重复享受", again: false, by: Self.chief)
        #expect(taken.claimed == Money(fen: 5_000) && taken.released == .zero)
        #expect(
            try await city.count("SELECT COUNT(*) FROM entitlement WHERE state = 'clawed_back' AND claimed = 5000") == 1
        )
        #expect(try await again(city, days: 1).applied == 0)
        try await city.expectSound()
    }

    @Test("Who waits is off the list, in one's part of the city only; the member is told why")
    func waits() async throws {
        let city = try await TestCity()
        let cooling = "config/programs/summer-cooling-2026.yaml"
        try city.edit(cooling, "ceiling: {persons: 5200, amount: 520000}", "ceiling: {persons: 10, amount: 520000}")
        try await city.approve()
        try await city.importPeople()
        let package: Value = ["program": "summer-cooling-2026", "form": "package"]
        let first = try await city.run("program.decide", package, as: "office").answer
        let list: Value = ["program": "summer-cooling-2026", "limit": 500]
        let before = try #require(try await city.run("program.waiting", list, as: "office").answer?.list)
        let (one, id) = (before[0], before[0]["decision"])
        _ = try await city.run("decision.withdraw", ["decision": id, "reason": "本人不要"], as: "office")
        let after = try #require(try await city.run("program.waiting", list, as: "office").answer?.list)
        #expect(!after.contains { $0["subject"] == one["subject"] })
        #expect(await code { _ = try await city.run("decision.withdraw", ["decision": id], as: "office") } == .invalid)
        #expect(
            await code {
                _ = try await city.run("decision.withdraw", ["decision": id, "reason": "本人不要"], as: "chief")
            } == .conflict)
        let told = try await city.run("decision.explain", ["decision": id], as: "office").answer
        #expect(told?["revoked"].list?.first?["text"].text?.contains("本人不要") == true)
        city.clock.set(try #require(Instant("2026-07-16T09:00:00+08:00")))
        let second = try await city.run("program.decide", package, as: "office").answer
        #expect(second?["waitlisted"].int == first?["waitlisted"].int.map { $0 - 1 })
        // By name, too, although a later day found them waiting before they were taken out.
        let other = try #require(after.first)
        _ = try await city.run(
            "decision.withdraw", ["decision": other["decision"], "reason": "已迁出"], as: "office")
        let by = try await city.run(
            "decision.explain", ["program": "summer-cooling-2026", "person": other["subject"]], as: "office"
        ).answer
        #expect(by?["revoked"].list?.first?["text"].text?.contains("已迁出") == true, "\(by?.json ?? "")")
        // A pack that was granted and not fetched yet: its place under the ceiling goes to somebody who waits.
        let standing = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM decision WHERE state = 'standing' AND form = 'package' ORDER BY id") {
                $0.id(0, Decision.self)
            }
        }
        let given = try #require(standing)
        let back = try await city.run(
            "decision.withdraw", ["decision": .text(given.text), "reason": "登记有误"], as: "office"
        ).answer
        #expect(back?["released_fen"].int ?? 0 > 0 && back?["state"] == "reversed")
        city.clock.set(try #require(Instant("2026-07-17T09:00:00+08:00")))
        #expect(try await city.run("program.decide", package, as: "office").answer?["applied"].int == 1)
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"] != false)
        try await city.host.close()
    }
}
