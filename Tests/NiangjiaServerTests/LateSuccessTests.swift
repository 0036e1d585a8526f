import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// A bank that calls a payment failed and pays it after all (decision 0048).
@Suite("Payments that arrive after the bank had called them failed", .serialized) struct LateSuccessTests {
    /// A city whose bank has just refused one payment of several.
    private func refused(
        _ failing: Int = 1, of count: Int = 2
    ) async throws -> (city: TestCity, failed: BankLine, batch: SentBatch) {
        let city = try await TestCity()
        _ = try await city.entitle(count)
        let sent = try await city.send("tuition-2026")
        try await city.answer(sent) { $0.n <= failing ? "01|账户状态异常" : "00|成功" }
        return (city, try #require(sent.lines.first), sent)
    }

    private func late(_ city: TestCity, _ line: BankLine, as account: String = "treasurer") async throws -> Value {
        let arguments: Value = ["payment": .text(line.payment.text), "on": "2026-07-15", "message": "银行更正为成功"]
        return try await city.run("batch.late", arguments, as: account).answer ?? .null
    }

    private func reissue(_ city: TestCity, _ line: BankLine) async throws {
        _ = try await city.run("batch.reissue", ["payment": .text(line.payment.text), "reason": "重发"], as: "treasurer")
    }

    @Test("A batch isn't called settled while a failed payment of it waits to be paid again")
    func openFailure() async throws {
        let (city, failed, _) = try await refused()
        func listed() async throws -> (fen: Int64?, lines: [String]) {
            let sink = try await city.run("batch.list", [:], as: "treasurer")
            return (sink.answer?.list?.last?["failed_fen"].int, sink.lines)
        }
        let open = try await listed()
        #expect(open.fen == failed.amount.fen)
        #expect(open.lines.contains { $0.contains("有失败未付") } && !open.lines.contains { $0.contains("已结清") })
        try await reissue(city, failed)
        let again = try await listed()
        #expect(again.fen == 0 && again.lines.contains { $0.contains("已结清") }, "\(again.lines)")
        try await city.host.close()
    }

    @Test("Before a reissue it is booked as paid, once; the result file says where to enter it")
    func before() async throws {
        let (city, failed, batch) = try await refused()
        let file = try city.answerFile(batch)
        let told = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.result", ["batch": .text(batch.id.text), "file": .text(file)], as: "treasurer")
        }
        #expect(told?.message.zh.contains("batch late \(failed.payment)") == true)
        #expect(await code { _ = try await late(city, failed, as: "payer") } == .forbidden)
        #expect(try await late(city, failed)["state"].text == "paid")
        #expect(await code { _ = try await late(city, failed) } == .conflict)
        #expect(await code { try await reissue(city, failed) } == .conflict)
        #expect(try await city.balance("tuition-2026", .paid) == 100_000)
        #expect(try await city.balance("tuition-2026", .held) == 0)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A line that can't be opened stops no late success; nobody approves it, and refreshing takes it out")
    func damaged() async throws {
        let (city, failed, batch) = try await refused(3, of: 4)
        for failed in batch.lines.prefix(3) { try await reissue(city, failed) }
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let again: Value = ["batch": built?["batch"] ?? .null]
        let id = try #require(again["batch"].text.flatMap { ID<PayBatch>($0) })
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE pay_line SET account_sealed = x'00' WHERE batch = $1 AND payment IN
                (SELECT MAX(payment) FROM pay_line WHERE batch = $1)
                """, [.id(id)])
        }
        #expect(try await late(city, failed)["dropped_from"].text == id.text)
        let refusal = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.approve", again, as: "payer")
        }
        #expect(
            refusal?.code == .conflict && refusal?.message.zh.contains("账号打不开") == true,
            "\(String(describing: refusal))")
        #expect(try await city.host.store.read { try Batches.load(id, in: $0).state } == .built)
        let refreshed = try await city.run("batch.refresh", again, as: "treasurer").answer
        #expect(refreshed?["dropped"].list?.count == 1)
        #expect(try await city.run("batch.approve", again, as: "payer").answer?["count"].int == 1)
        try await city.host.close()
    }

    @Test("Cut off behind the line that was taken out: what is left of the batch is checked by whoever approves it")
    func cutOff() async throws {
        let (city, failed, batch) = try await refused(2, of: 3)
        for failed in batch.lines.prefix(2) { try await reissue(city, failed) }
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let again: Value = ["batch": built?["batch"] ?? .null]
        let id = try #require(again["batch"].text.flatMap { ID<PayBatch>($0) })
        let (store, context) = (city.host.store, city.host.context("treasurer"))
        // All that the first transaction of a long batch does.
        let dropped = try await store.write(.interactive) { writer in
            try Batches.paidAfterAll(failed.payment, message: "银行更正", on: context.today, context, in: writer).dropped
        }
        #expect(dropped == id)
        #expect(try await store.read { try Batches.load(id, in: $0).state } == .built)
        let approved = try await city.run("batch.approve", again, as: "payer").answer
        #expect(approved?["state"].text == "approved" && approved?["count"].int == 1)
        _ = try await city.run("batch.export", again, as: "payer")
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("What a bank's correction leaves of a batch is checked when it is told")
    func checkedAtOnce() async throws {
        let (city, failed, batch) = try await refused(2, of: 3)
        for failed in batch.lines.prefix(2) { try await reissue(city, failed) }
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let id = try #require(built?["batch"].text.flatMap { ID<PayBatch>($0) })
        _ = try await late(city, failed)
        let kinds = try await city.host.store.read { reader in
            try reader.all("SELECT kind FROM chain_event WHERE about = $1 ORDER BY id DESC LIMIT 2", [.text(id.text)]) {
                $0.text(0)
            }
        }
        #expect(kinds == ["batch.checked", "batch.refreshed"])
        #expect(try await city.host.store.read { try Batches.load(id, in: $0).state } == .checked)
        try await city.host.close()
    }

    @Test("A reissue that waits, or stands in a batch, never goes out; the batch is approved anew")
    func blocked() async throws {
        let (city, failed, _) = try await refused()
        try await reissue(city, failed)
        #expect(try await late(city, failed)["state"].text == "paid")
        #expect(await code { _ = try await city.send("tuition-2026") } == .conflict, "nothing is left to pay")
        try await city.expectSound()
        try await city.host.close()

        let (other, line, batch) = try await refused(2, of: 3)
        for failed in batch.lines.prefix(2) { try await reissue(other, failed) }
        let built = try await other.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let again: Value = ["batch": built?["batch"] ?? .null]
        _ = try await other.run("batch.approve", again, as: "payer")
        let answer = try await late(other, line)
        #expect(answer["state"].text == "paid" && answer["dropped_from"] == built?["batch"])
        #expect(await code { _ = try await other.run("batch.export", again, as: "payer") } == .conflict)
        #expect(try await other.balance("tuition-2026", .paid) == 100_000)
        // The other line goes out, once it is approved again.
        let sent = try await other.send(built)
        #expect(sent.lines.count == 1)
        // The last line of a batch takes the batch with it.
        try await other.answer(sent) { _ in "01|账户状态异常" }
        try await reissue(other, sent.lines[0])
        let last = try await other.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        _ = try await late(other, sent.lines[0])
        let left = try await other.run("batch.show", ["batch": last?["batch"] ?? .null], as: "treasurer").answer
        #expect(left?["state"].text == "void")
        #expect(try await other.balance("tuition-2026", .paid) == 150_000)
        try await other.expectSound()
        try await other.host.close()
    }

    @Test(
        "A late success that comes back is reissued under the next free number, however often; so is a reissue that comes back"
    )
    func lateComesBack() async throws {
        let (city, failed, _) = try await refused()
        func back(_ payment: ID<Payment>) async throws {
            let arguments: Value = ["payment": .text(payment.text), "on": "2026-07-15", "message": "退汇"]
            _ = try await city.run("batch.returned", arguments, as: "treasurer")
        }
        try await reissue(city, failed)
        #expect(try await late(city, failed)["state"].text == "paid")
        try await back(failed.payment)
        #expect(await code { _ = try await city.send("tuition-2026") } == .conflict, "it waits for a reissue")
        for attempt in 3...4 {
            try await reissue(city, failed)
            let sent = try await city.send("tuition-2026")
            try await city.answer(sent)
            let line = try #require(sent.lines.first)
            let payment = try await city.host.store.read { try Payments.load(line.payment, in: $0) }
            #expect(sent.lines.count == 1 && payment.attempt == attempt && payment.state == .paid)
            try await city.expectSound()
            if attempt == 3 { try await back(line.payment) }
        }
        #expect(try await city.balance("tuition-2026", .paid) == 100_000)
        #expect(try await city.balance("tuition-2026", .held) == 0)
        try await city.host.close()
    }

    @Test("After the reissue went out it is a suspected double payment: claimed back, and settled when it comes in")
    func twice() async throws {
        let (city, failed, _) = try await refused()
        try await reissue(city, failed)
        let again = try await city.send("tuition-2026")
        let answer = try await late(city, failed)
        #expect(answer["state"].text == "twice" && answer["amount_fen"].int == 50_000)
        #expect(try await city.balance("tuition-2026", .advanced) == -50_000)
        #expect(try await city.balance("tuition-2026", .claim) == 50_000)
        try await city.expectSound()
        try await city.answer(again)
        let claims = try await city.run("fund.claims", [:], as: "treasurer").answer?.list
        #expect(claims?.map { $0["entitlement"] } == [answer["claim"]])
        _ = try await city.run("fund.recover", ["entitlement": answer["claim"], "amount": "500.00"], as: "treasurer")
        #expect(try await city.balance("tuition-2026", .advanced) == 0)
        #expect(try await city.balance("tuition-2026", .paid) == 100_000)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Where the reissue fails, or comes back, the late success is the payment, and nothing is claimed any more")
    func turns() async throws {
        for comesBack in [false, true] {
            let (city, failed, _) = try await refused()
            try await reissue(city, failed)
            let again = try await city.send("tuition-2026")
            #expect(try await late(city, failed)["state"].text == "twice")
            try await city.answer(again) { _ in comesBack ? "00|成功" : "01|账户状态异常" }
            if comesBack {
                let back: Value = [
                    "payment": .text(again.lines[0].payment.text), "on": "2026-07-15", "message": "重复入账退回",
                ]
                let told = try await city.run("batch.returned", back, as: "treasurer")
                #expect(told.answer?["reissue"].bool == false)
            }
            #expect(try await city.run("fund.claims", [:], as: "treasurer").answer?.list?.isEmpty == true)
            #expect(await code { try await reissue(city, again.lines[0]) } == .conflict)
            #expect(try await city.balance("tuition-2026", .paid) == 100_000)
            #expect(try await city.balance("tuition-2026", .advanced) == 0)
            try await city.expectSound()
            try await city.host.close()
        }
    }

    @Test("What was released after it had failed and is paid all the same is claimed back")
    func released() async throws {
        let (city, failed, _) = try await refused()
        let context = city.host.context("test")
        try await city.host.store.write(.interactive) { writer in
            let payment = try Payments.load(failed.payment, in: writer)
            try Entitlements.clawBack(payment.entitlement, reason: "退学", about: "test", context, in: writer)
        }
        #expect(try await late(city, failed)["state"].text == "twice")
        #expect(try await city.balance("tuition-2026", .claim) == 50_000)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Who exported a batch doesn't tell what became of it, over no door")
    func exporter() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(1)
        let sent = try await city.send("tuition-2026")
        let file = try city.answerFile(sent)
        let result: Value = ["batch": .text(sent.id.text), "file": .text(file)]
        #expect(await code { _ = try await city.run("batch.result", result, as: "payer") } == .forbidden)
        let context = city.host.context("payer")
        let paid = sent.lines.map { BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true) }
        #expect(
            await code {
                _ = try await city.host.store.write(.interactive) { try Batches.result(sent.id, paid, context, in: $0) }
            } == .forbidden)
        try await city.add("payer2", .payer)
        _ = try await city.run("batch.result", result, as: "payer2")
        try await city.host.close()
    }
}
