import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Money that comes back, and money that can't leave") struct MoneyBackTests {
    private static let program: Value = ["program": "tuition-2026"]

    /// Two approved entitlements: of somebody with a bank card, and of somebody without.
    private func entitle(_ city: TestCity) async throws -> (paid: ID<Entitlement>, waiting: ID<Entitlement>) {
        let all = try await city.entitle(2)
        // The demo city's people all have cards.
        let waiting = try #require(all[1].payee.id)
        try await city.host.store.write(.interactive) { writer in
            try writer.execute("UPDATE person SET card_sealed = NULL WHERE id = $1", [.int(waiting)])
        }
        return (all[0].id, all[1].id)
    }

    /// Takes whatever can be paid through a batch; the bank pays it and names the holder as told. Returns the payment.
    private func pay(_ city: TestCity, holder: String?) async throws -> (payment: String, result: CollectingSink) {
        let sent = try await city.send("tuition-2026")
        let result = try await city.answer(sent, holder: holder)
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
