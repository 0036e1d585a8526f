import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Payees whose account somebody exchanged in the store's file", .serialized)
struct UnreadablePayeeTests {
    private static let program: Value = ["program": "tuition-2026"]

    /// A person gets another's sealed card.
    private func give(_ to: Entitlement, _ sealed: [UInt8], _ city: TestCity) async throws {
        let id = try #require(to.payee.id)
        try await city.host.store.write(.interactive) {
            try $0.execute("UPDATE person SET card_sealed = $1 WHERE id = $2", [.blob(sealed), .int(id)])
        }
    }

    private func sealed(_ one: Entitlement, _ city: TestCity) async throws -> [UInt8] {
        let id = try #require(one.payee.id)
        let found = try await city.host.store.read {
            try $0.first("SELECT card_sealed FROM person WHERE id = $1", [.int(id)]) { $0.blob(0) }
        }
        return try #require(found)
    }

    /// What a file says of a payee.
    private struct Row {
        var text: String
        var card: String
    }

    private func row(_ one: Entitlement, _ city: TestCity) async throws -> Row {
        let (id, crypto) = (try #require(one.payee.id), city.host.crypto)
        let shown = try await city.run(
            "person.show", ["person": .text(ID<Person>(rawValue: id).text), "reason": "核实账号"], as: "office")
        let found = try await city.host.store.read { reader in
            (
                name: try reader.first("SELECT name FROM person WHERE id = $1", [.int(id)]) { $0.text(0) } ?? "",
                card: try PayeeAccounts.account(of: one.payee, in: reader, crypto)?.number ?? ""
            )
        }
        return Row(text: "\(found.name),\(shown.answer?["id_number"].text ?? ""),\(found.card)", card: found.card)
    }

    @Test("Of three who wait, one whose account can't be read is left out and named, and two are paid")
    func othersArePaid() async throws {
        let city = try await TestCity()
        let all = try await city.entitle(3)
        let since = city.clock.now()
        try await give(all[1], sealed(all[0], city), city)
        let payee = ID<Person>(rawValue: try #require(all[1].payee.id)).text
        let sink = CollectingSink()
        let output = Output(sink, language: .zh)
        try await Operations.perform(
            "batch.build", Self.program, on: city.host, as: city.account("treasurer"), output: output)
        let built = sink.answer
        #expect(built?["count"].int == 2 && built?["passed"].bool == true)
        #expect(built?["unreadable"].list?.map { $0["entitlement"].text } == [all[1].id.text])
        #expect(built?["without_account"].list?.isEmpty == true)
        #expect(output.isWrong && sink.lines.contains { $0.contains("收款人 \(payee)(\(all[1].id))") }, "\(sink.lines)")
        #expect(sink.lines.contains { $0.contains("重新导入登记资料") })
        // Whoever was cut off hears the same.
        let (order, context) = (BatchOrder(program: "tuition-2026", remark: "助学"), city.host.context("treasurer"))
        let again = try await city.host.store.read {
            try BatchBuilding.finished(order, since: since, luhn: { _ in true }, context, in: $0)
        }
        #expect(again?.built.count == 2 && again?.built.unreadable.map(\.entitlement) == [all[1].id])
        #expect(try await city.send(built).lines.count == 2)
        // Nobody is left but them.
        let refusal = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.build", Self.program, as: "treasurer")
        }
        #expect(refusal?.code == .unreadable && refusal?.message.zh.contains(payee) == true)
        #expect(refusal?.message.en.contains("import them into the register again") == true)
        #expect(try await city.host.store.read { try Batches.list(in: $0) }.map(\.state) == [.exported])
        try await city.host.close()
    }

    @Test("The same cards are imported again, the payees confirm them, and they are paid")
    func enteredAnew() async throws {
        let city = try await TestCity()
        let all = try await city.entitle(3)
        let rows = [try await row(all[0], city), try await row(all[1], city)]
        let cards = [try await sealed(all[0], city), try await sealed(all[1], city)]
        try await give(all[0], cards[1], city)
        try await give(all[1], cards[0], city)
        let first = try await city.run("batch.build", Self.program, as: "treasurer").answer
        #expect(first?["count"].int == 1 && first?["unreadable"].list?.count == 2)
        #expect(try await city.send(first).lines.count == 1)
        city.clock.advance(milliseconds: 60_000)
        let file = try city.write(["姓名,证件号码,银行卡号"] + rows.map(\.text), "cards.csv")
        let taken = try await city.run("register.import", ["kind": "person", "file": .text(file)], as: "office")
        #expect(taken.answer?["changed"].int == 2, "\(taken.lines)")
        // Nobody can read any more which account was approved with the money.
        let waiting = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.build", Self.program, as: "treasurer")
        }
        #expect(waiting?.code == .conflict && waiting?.message.zh.contains("待确认") == true)
        try await city.add("second", .clerk)
        for (one, row) in zip(all, rows) {
            let said: Value = [
                "entitlement": .text(one.id.text), "ending": .text(String(row.card.suffix(4))), "how": "本人持卡到窗口",
            ]
            _ = try await city.run("batch.confirm", said, as: "second")
        }
        let built = try await city.run("batch.build", Self.program, as: "treasurer").answer
        #expect(built?["count"].int == 2 && built?["unreadable"].list?.isEmpty == true)
        #expect(try await city.send(built).lines.map(\.account.number) == rows.map(\.card))
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }
}
