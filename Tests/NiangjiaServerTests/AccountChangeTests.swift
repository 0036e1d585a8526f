import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Accounts that change between approval and payment, and payments that come back late", .serialized)
struct AccountChangeTests {
    private static let program: Value = ["program": "tuition-2026"]

    /// Somebody changes a person's card in the register.
    private func change(_ city: TestCity, _ payee: Entitlement.Payee, to number: String) async throws {
        let crypto = city.host.crypto
        let id = try #require(payee.id)
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET card_sealed = $1, revision = revision + 1 WHERE id = $2",
                [
                    .blob(
                        try PersonIdentifiers.seal(
                            number, table: "person", row: id, column: "card_sealed", crypto)), .int(id),
                ])
        }
    }

    @Test("A card that changed after approval stops the export; it is confirmed and approved again before it is paid")
    func swapped() async throws {
        let city = try await TestCity()
        let all = try await city.entitle(3)
        let built = try await city.run("batch.build", Self.program, as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        _ = try await city.run("batch.approve", batch, as: "payer")
        func changed() async throws -> Value? {
            try await city.run("batch.show", batch, as: "payer").answer?["changed_accounts"]
        }
        #expect(try await changed() == 0)
        try await change(city, all[1].payee, to: "6200990100000000016")
        #expect(try await changed() == 1)
        #expect(await code { _ = try await city.run("batch.export", batch, as: "payer") } == .conflict)
        let refreshed = try await city.run("batch.refresh", batch, as: "treasurer").answer
        #expect(refreshed?["state"].text == "checked" && refreshed?["count"].int == 2)
        #expect(refreshed?["dropped"].list?.map { $0["entitlement"].text } == [all[1].id.text])
        // Another approval, by another person than who built it.
        #expect(await code { _ = try await city.run("batch.export", batch, as: "payer") } == .conflict)
        let approved = try await city.run("batch.approve", batch, as: "payer").answer
        #expect(approved?["changed_accounts"] == 0)
        let exported = try await city.run("batch.export", batch, as: "payer").answer
        #expect(exported?["count"].int == 2 && exported?["total_fen"].int == 100_000)

        // Not before its owner says so, and not by those who pay.
        let nothing = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.build", Self.program, as: "treasurer")
        }
        #expect(nothing?.code == .conflict && nothing?.message.zh.contains("(niangjia batch confirm)") == true)
        #expect(nothing?.message.en.contains("confirm): \(all[1].id)") == true, "\(String(describing: nothing))")
        func confirm(_ ending: String) -> Value {
            ["entitlement": .text(all[1].id.text), "ending": .text(ending), "how": "本人持卡到窗口"]
        }
        for account in ["treasurer", "payer"] {
            #expect(await code { _ = try await city.run("batch.confirm", confirm("0016"), as: account) } == .forbidden)
        }
        // The program lets accounts be put right until a day that would be over.
        let (open, over) = (
            "from: 2026-08-01, correct_until: 2026-12-31", "from: 2026-07-01, correct_until: 2026-07-14"
        )
        func amend(_ old: String, _ new: String) async throws {
            try city.edit("config/programs/tuition-2026.yaml", old, new)
            let proposed = try await city.run("config.propose", [:], as: "office").answer?["digest"] ?? .null
            _ = try? await city.run("program.preview", ["program": "tuition-2026", "bundle": proposed], as: "office")
            _ = try await city.run("config.approve", ["bundle": proposed], as: "chief")
        }
        try await amend(open, over)
        let late = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.confirm", confirm("0016"), as: "office")
        }
        #expect(late?.code == .conflict && late?.message.zh.contains("2026-07-14") == true)
        try await amend(over, open)
        #expect(await code { _ = try await city.run("batch.confirm", confirm("9999"), as: "office") } == .invalid)
        _ = try await city.run("batch.confirm", confirm("0016"), as: "office")
        _ = try await city.run("batch.confirm", confirm("0016"), as: "office")
        #expect(try await city.run("batch.build", Self.program, as: "treasurer").answer?["count"].int == 1)
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    @Test(
        "Who handed in a changed card doesn't confirm it, nor approve the batch that pays it; the payee's own word is heard"
    )
    func otherConfirms() async throws {
        let city = try await TestCity()
        let one = try #require(try await city.entitle(1).first)
        let built = try await city.run("batch.build", Self.program, as: "treasurer")
        _ = try await city.run(
            "batch.void", ["batch": built.answer?["batch"] ?? .null, "reason": "换卡"], as: "treasurer")
        let name = try await city.host.store.read { reader in
            try reader.first("SELECT name FROM person WHERE id = $1", [.optional(one.payee.id)]) { $0.text(0) }
        }
        let number = try await city.run(
            "person.show",
            ["person": .text(ID<Person>(rawValue: one.payee.id ?? 0).text), "reason": "换卡"],
            as: "office"
        ).answer?["id_number"].text
        let file = try city.write(["姓名,证件号码,银行卡号", "\(name ?? ""),\(number ?? ""),6200990100000000018"], "card.csv")
        let taken = try await city.run("register.import", ["kind": "person", "file": .text(file)], as: "office")
        #expect(taken.answer?["changed"].int == 1, "\(taken.lines)")
        let confirm: Value = ["entitlement": .text(one.id.text), "ending": "0018", "how": "电话核实"]
        #expect(await code { _ = try await city.run("batch.build", Self.program, as: "treasurer") } == .conflict)
        #expect(await code { _ = try await city.run("batch.confirm", confirm, as: "office") } == .forbidden)
        try await city.add("second", .clerk, .payer)
        _ = try await city.run("batch.confirm", confirm, as: "second")
        let again: Value = [
            "batch": try await city.run("batch.build", Self.program, as: "treasurer").answer?["batch"] ?? .null
        ]
        #expect(await code { _ = try await city.run("batch.approve", again, as: "second") } == .forbidden)
        _ = try await city.run("batch.approve", again, as: "payer")
        try await city.expectSound()
        try await city.host.close()
    }

    /// A file that gives a payee another card.
    private func card(_ city: TestCity, _ payee: Entitlement.Payee, _ card: String) async throws -> String {
        let person = ID<Person>(rawValue: payee.id ?? 0)
        let name = try await city.host.store.read { reader in
            try reader.first("SELECT name FROM person WHERE id = $1", [.id(person)]) { $0.text(0) }
        }
        let shown = try await city.run(
            "person.show", ["person": .text(person.text), "reason": "换卡"], as: "office")
        let number = shown.answer?["id_number"].text ?? ""
        return try city.write(["姓名,证件号码,银行卡号", "\(name ?? ""),\(number),\(card)"], "card-\(card).csv")
    }

    @Test("Whoever pays changes no account: not as clerk beside it, not under another account, not by undoing")
    func payersImportNobody() async throws {
        let city = try await TestCity()
        let one = try #require(try await city.entitle(1).first)
        let file = try await card(city, one.payee, "6200990100000000018")
        let person: ID<Person> = city.host.ids.next()
        try await city.add("both", .clerk, .payer)
        for (id, role) in [("desk", Role.clerk), ("desk-pays", .treasurer)] {
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(role)], person: person), password: TestCity.password,
                by: "admin")
        }
        let arguments: Value = ["kind": "person", "file": .text(file)]
        let begin: Value = ["kind": "person", "name": "card.csv"]
        for account in ["treasurer", "payer", "both", "desk", "desk-pays"] {
            #expect(
                await code { _ = try await city.run("register.import", arguments, as: account) } == .forbidden,
                "\(account)")
            #expect(
                await code { _ = try await city.run("import.begin", begin, as: account) } == .forbidden, "\(account)")
        }
        let taken = try await city.run("register.import", arguments, as: "office")
        let undo: Value = ["import": taken.answer?["import"] ?? .null]
        for account in ["treasurer", "both", "desk"] {
            #expect(
                await code { _ = try await city.run("import.undo", undo, as: account) } == .forbidden, "\(account)")
        }
        #expect(try await city.run("import.undo", undo, as: "office").answer?["restored"].int == 1)
        try await city.host.close()
    }

    @Test("Who undid an import of a payee's card, and who took a file that another took over, confirm nothing")
    func undoersConfirmNothing() async throws {
        let city = try await TestCity()
        let one = try #require(try await city.entitle(1).first)
        for id in ["second", "third"] { try await city.add(id, .clerk) }
        func confirm(_ ending: String, _ account: String) async -> NiangjiaError.Code? {
            await code {
                _ = try await city.run(
                    "batch.confirm",
                    ["entitlement": .text(one.id.text), "ending": .text(ending), "how": "电话核实"], as: account)
            }
        }
        func take(_ card: String, batch: String, as account: String) async throws -> Value {
            city.clock.advance(milliseconds: 60_000)
            let file = try await self.card(city, one.payee, card)
            let taken = try await city.run(
                "register.import", ["kind": "person", "file": .text(file), "source": "hr", "batch": .text(batch)],
                as: account)
            #expect(taken.answer?["changed"].int == 1, "\(taken.lines)")
            return ["import": taken.answer?["import"] ?? .null]
        }
        func paidOnce() async throws {
            city.clock.advance(milliseconds: 60_000)
            let built = try await city.run("batch.build", Self.program, as: "treasurer")
            _ = try await city.run(
                "batch.void", ["batch": built.answer?["batch"] ?? .null, "reason": "核对"], as: "treasurer")
            city.clock.advance(milliseconds: 60_000)
        }
        // The office's card, and then another clerk's, which a batch has.
        _ = try await take("6200990100000000018", batch: "1", as: "office")
        let swapped = try await take("6200990100000000026", batch: "2", as: "second")
        #expect(await confirm("0026", "third") == nil)
        try await paidOnce()
        // Undoing brings the office's card back: who did it can't say that it is right.
        #expect(try await city.run("import.undo", swapped, as: "office").answer?["restored"].int == 1)
        #expect(await code { _ = try await city.run("batch.build", Self.program, as: "treasurer") } == .conflict)
        #expect(await confirm("0018", "office") == .forbidden)
        #expect(await confirm("0018", "third") == nil)
        try await paidOnce()
        // A delivery that somebody else takes again is still of both.
        _ = try await take("6200990100000000034", batch: "3", as: "office")
        _ = try await take("6200990100000000042", batch: "3", as: "second")
        #expect(await confirm("0042", "office") == .forbidden)
        #expect(await confirm("0042", "second") == .forbidden)
        #expect(await confirm("0042", "third") == nil)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A card that changed after the approval is confirmed before it is in any batch, and the approver is told")
    func newerThanApproval() async throws {
        let city = try await TestCity()
        let all = try await city.entitle(2)
        city.clock.advance(milliseconds: 60_000)
        let file = try await card(city, all[0].payee, "6200990100000000018")
        _ = try await city.run("register.import", ["kind": "person", "file": .text(file)], as: "office")
        let first = try await city.run("batch.build", Self.program, as: "treasurer").answer
        #expect(first?["count"].int == 1)
        #expect(first?["unconfirmed"].list?.map { $0["entitlement"].text } == [all[0].id.text])
        let quiet = try await city.run("batch.approve", ["batch": first?["batch"] ?? .null], as: "payer").answer
        #expect(quiet?["newer_accounts"].int == 0)

        let confirm: Value = ["entitlement": .text(all[0].id.text), "ending": "0018", "how": "电话核实"]
        #expect(await code { _ = try await city.run("batch.confirm", confirm, as: "office") } == .forbidden)
        try await city.add("desk", .clerk)
        _ = try await city.run("batch.confirm", confirm, as: "desk")
        let second = try await city.run("batch.build", Self.program, as: "treasurer").answer
        #expect(second?["count"].int == 1)
        let batch: Value = ["batch": second?["batch"] ?? .null]
        #expect(try await city.run("batch.show", batch, as: "payer").answer?["newer_accounts"].int == 1)
        let approved = try await city.run("batch.approve", batch, as: "payer")
        #expect(approved.answer?["newer_accounts"].int == 1 && approved.lines.contains { $0.contains("1 笔") })
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A named payment is taken out; a batch of which nothing is left is void")
    func takenOut() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(2)
        let built = try await city.run("batch.build", Self.program, as: "treasurer")
        let batch = try #require(built.answer?["batch"].text)
        let shown = try await city.run("batch.show", ["batch": .text(batch)], as: "treasurer").answer
        let payments = shown?["lines"].list?.compactMap { $0["payment"].text } ?? []
        let first: Value = ["batch": .text(batch), "payments": .list([.text(payments[0])]), "reason": "申请已撤回"]
        #expect(try await city.run("batch.refresh", first, as: "treasurer").answer?["count"].int == 1)
        // Asked again, as after a kill, the same is answered; what never was in the batch isn't.
        let again = try await city.run("batch.refresh", first, as: "treasurer").answer
        #expect(again?["count"].int == 1 && again?["dropped"].list?.map { $0["payment"].text } == [payments[0]])
        let unknown: Value = ["batch": .text(batch), "payments": .list([.text(ID<Payment>(rawValue: 1).text)])]
        #expect(await code { _ = try await city.run("batch.refresh", unknown, as: "treasurer") } == .notFound)
        let second: Value = ["batch": .text(batch), "payments": .list([.text(payments[1])])]
        #expect(try await city.run("batch.refresh", second, as: "treasurer").answer?["state"].text == "void")
        #expect(try await city.run("batch.build", Self.program, as: "treasurer").answer?["count"].int == 2)
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    @Test("A return of what was claimed back meanwhile frees the claim; a case that was done is open again")
    func lateReturn() async throws {
        let city = try await TestCity()
        let all = try await city.entitle(2)
        let sent = try await city.send("tuition-2026")
        let context = city.host.context("treasurer")
        try await city.host.store.write(.interactive) { writer in
            let paid = sent.lines.map {
                BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
            }
            _ = try Batches.result(sent.id, paid, context, in: writer)
            try Entitlements.clawBack(all[0].id, reason: "退学", about: "test", context, in: writer)
            try Entitlements.clawBack(
                all[1].id, keeping: Money(fen: 20_000), reason: "休学", about: "test", context, in: writer)
        }
        for line in sent.lines {
            let returned: Value = ["payment": .text(line.payment.text), "on": "2026-07-15", "message": "账户已销户"]
            _ = try await city.run("batch.returned", returned, as: "treasurer")
            #expect(await code { _ = try await city.run("batch.returned", returned, as: "treasurer") } == .conflict)
        }
        let left = try await city.host.store.read { reader in try all.map { try Entitlements.load($0.id, in: reader) } }
        #expect(left.map(\.state) == [.released, .failed] && left[1].amount == Money(fen: 20_000))
        #expect(try await city.run("fund.claims", [:], as: "treasurer").answer?.list?.isEmpty == true)
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        // The reissue is the first attempt of the new amount; the account is the one that failed.
        let again = try await city.run(
            "batch.reissue", ["payment": .text(sent.lines[1].payment.text), "reason": "户已重开"], as: "treasurer")
        #expect(again.answer?["same_account"].bool == true && again.lines.contains { $0.contains("提醒") })
        let attempts = try await city.host.store.read { try Payments.of(all[1].id, in: $0) }
        #expect(attempts.map(\.revision) == [1, 2] && attempts.map(\.attempt) == [1, 1])
        #expect(try await city.run("batch.build", Self.program, as: "treasurer").answer?["total_fen"].int == 20_000)
        #expect(try await city.run("fund.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }
}
