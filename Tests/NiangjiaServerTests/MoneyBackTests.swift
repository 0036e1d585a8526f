import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Money that comes back, and money that can't leave") struct MoneyBackTests {
    private static let program: Value = ["program": "tuition-2026"]

    /// Two approved entitlements: of somebody with a bank card, and of somebody without.
    private func entitle(_ city: TestCity) async throws -> (paid: ID<Entitlement>, waiting: ID<Entitlement>) {
        try await city.importPeople()
        try await city.add("treasurer", .treasurer)
        try await city.add("payer", .payer)
        let context = city.host.context("test")
        let ids = try await city.host.store.write(.interactive) { writer in
            // The demo city's people all have cards.
            let people = try writer.all(
                "SELECT id FROM person WHERE card_sealed IS NOT NULL ORDER BY id LIMIT 2", []
            ) { $0.id(0, Person.self) }
            try writer.execute("UPDATE person SET card_sealed = NULL WHERE id = $1", [.id(people[1])])
            let new = people.map { person in
                NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                    shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))], program: "tuition-2026",
                    series: "tuition", on: context.today)
            }
            let ids = try Entitlements.hold(new, about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            return ids
        }
        return (ids[0], ids[1])
    }

    /// Takes whatever can be paid through a batch; the bank pays it and names the holder as told. Returns the payment.
    private func pay(_ city: TestCity, holder: String?) async throws -> (payment: String, result: CollectingSink) {
        let built = try await city.run("batch.build", Self.program, as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        _ = try await city.run("batch.approve", batch, as: "payer")
        _ = try await city.run("batch.export", batch, as: "payer")
        let id = try #require(batch["batch"].text.flatMap { ID<PayBatch>($0) })
        let crypto = city.host.crypto
        let sent = try await city.host.store.read { try Batches.lines(of: id, in: $0, crypto) }
        let answer = sent.lines.map {
            "\($0.n)|\($0.account.number)|\(holder ?? $0.account.holder)|\($0.amount.yuan)|00|成功\r\n"
        }
        let file = city.temporary.file("answer-\(id).txt")
        try Data(answer.joined().utf8).write(to: URL(fileURLWithPath: file))
        let result = try await city.run(
            "batch.result", ["batch": .text(id.text), "file": .text(file)], as: "treasurer")
        #expect(result.answer?["paid"].int == 1)
        return (try #require(sent.lines.first).payment.text, result)
    }

    @Test("Who has no account is named, masked; another holder's name in the bank's answer is told")
    func whoWaits() async throws {
        let city = try await TestCity()
        let ids = try await entitle(city)
        let built = try await city.run("batch.build", Self.program, as: "treasurer")
        let waiting = try #require(built.answer?["without_account"].list)
        #expect(built.answer?["count"].int == 1 && waiting.count == 1)
        #expect(waiting[0]["entitlement"].text == ids.waiting.text && waiting[0]["amount_fen"].int == 50_000)
        #expect(waiting[0]["name"].text?.contains("*") == true)
        #expect(built.lines.contains { $0.contains(ids.waiting.text) && $0.contains("*") })
        // Nothing else to pay: the refusal names them too.
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.build", Self.program, as: "treasurer")
        }
        #expect(refused?.message.zh.contains(ids.waiting.text) == true)
        try await city.host.close()
    }

    @Test("A payment that the bank returns is reissued; a claim is paid back in parts, never more than is owed")
    func comesBack() async throws {
        let city = try await TestCity()
        let ids = try await entitle(city)
        let (payment, result) = try await pay(city, holder: "别的人")
        #expect(result.answer?["warnings"].list?.count == 1)
        #expect(result.lines.contains { $0.contains("户名不符") && !$0.contains("别的人") })
        func returned(_ day: String) -> Value { ["payment": .text(payment), "on": .text(day), "message": "账户已销户"] }
        #expect(
            await code { _ = try await city.run("batch.returned", returned("2026-07-16"), as: "treasurer") } == .invalid
        )
        #expect(
            await code { _ = try await city.run("batch.returned", returned("2026-07-15"), as: "payer") } == .forbidden)
        _ = try await city.run("batch.returned", returned("2026-07-15"), as: "treasurer")
        #expect(
            await code { _ = try await city.run("batch.returned", returned("2026-07-15"), as: "treasurer") }
                == .conflict)
        _ = try await city.run("batch.reissue", ["payment": .text(payment), "reason": "换卡"], as: "treasurer")
        let again = try await pay(city, holder: nil)
        #expect(again.result.answer?["warnings"].list?.isEmpty == true)

        let context = city.host.context("test")
        _ = try await city.host.store.write(.interactive) { writer in
            try Entitlements.clawBack(
                ids.paid, keeping: Money(fen: 10_000), reason: "退学", about: "test", context, in: writer)
        }
        let claims = try await city.run("fund.claims", Self.program, as: "treasurer").answer?.list
        #expect(claims?.map { $0["entitlement"].text } == [ids.paid.text] && claims?[0]["claimed_fen"].int == 40_000)
        func recover(_ amount: String) -> Value { ["entitlement": .text(ids.paid.text), "amount": .text(amount)] }
        #expect(await code { _ = try await city.run("fund.recover", recover("300"), as: "office") } == .forbidden)
        let part = try await city.run("fund.recover", recover("300.00"), as: "treasurer").answer
        #expect(part?["outstanding_fen"].int == 10_000)
        #expect(await code { _ = try await city.run("fund.recover", recover("100.01"), as: "treasurer") } == .invalid)
        #expect(await code { _ = try await city.run("fund.recover", recover("-1"), as: "treasurer") } == .invalid)
        #expect(try await city.run("fund.recover", recover("100"), as: "treasurer").answer?["outstanding_fen"].int == 0)
        #expect(try await city.run("fund.claims", [:], as: "treasurer").answer?.list?.isEmpty == true)
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    @Test(
        "A bank leaves the holder out, masks it, or writes it in full width",
        arguments: [
            ("", true), ("张三", true), ("张 三", true), ("张*", true), ("*三", true), ("张**", false), ("李*", false),
            ("张三丰", false),
        ])
    func holders(said: String, same: Bool) { #expect(BankFiles.isHolder(said, "张三") == same) }

    @Test("An opening of funds can't be undone, and stays taken; the advice is a command that exists")
    func openings() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let files = city.temporary.file("files")
        let taken = try await city.run(
            "register.import",
            [
                "kind": "fund_opening", "file": .text(files + "/fund_openings.csv"),
                "mapping": .text(files + "/fund_openings.mapping.yaml"),
            ], as: "office")
        let id = try #require(taken.answer?["import"].text)
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("import.undo", ["import": .text(id)], as: "office")
        }
        #expect(refused?.code == .conflict && refused?.message.zh.contains("niangjia config propose") == true)
        let list = try await city.run("import.list", [:], as: "office").answer?.list ?? []
        #expect(list.first { $0["import"].text == id }?["state"].text == "taken")
        try await city.host.close()
    }
}
