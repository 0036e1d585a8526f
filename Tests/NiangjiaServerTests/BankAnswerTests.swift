import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

@Suite("A bank's answer is about one batch, whatever else its lines fit") struct BankAnswerTests {
    /// The same people are to be paid the same once more, as every month.
    private func entitleAgain(_ ones: [Entitlement], _ city: TestCity) async throws {
        let context = city.host.context("test")
        try await city.host.store.write(.interactive) { writer in
            let new = ones.map { one in
                NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: one.payee,
                    shares: [Outcome.Split(line: "tuition-2026", amount: one.amount)], program: "tuition-2026",
                    series: "tuition", on: context.today)
            }
            let ids = try Entitlements.hold(new, about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
        }
    }

    /// A bank's file that tells of nothing but the lines; `failing` are the numbers of those that failed.
    private func file(_ batch: SentBatch, failing: Set<Int> = [], more: String = "", _ city: TestCity) throws -> String
    {
        let lines = batch.lines.map { line in
            let said = failing.contains(line.n) ? "01|账户状态异常" : "00|成功"
            return "\(line.n)|\(line.account.number)|\(line.account.holder)|\(line.amount.yuan)|\(said)\(more)"
        }
        return try city.write(lines, "answer-\(batch.id)-\(failing.count).txt")
    }

    private func enter(
        _ file: String, for batch: SentBatch, alike: Bool = false, _ city: TestCity
    ) async throws -> Value? {
        let arguments: Value = ["batch": .text(batch.id.text), "file": .text(file), "alike": .bool(alike)]
        return try await city.run("batch.result", arguments, as: "treasurer").answer
    }

    private func kept(_ city: TestCity) async throws -> [[String]] {
        try await city.host.store.read { reader in
            try reader.all("SELECT batch, is_alike FROM bank_answer ORDER BY taken_at, batch") {
                [$0.id(0, PayBatch.self).text, $0.bool(1) ? "alike" : ""]
            }
        }
    }

    @Test(
        "The answer about another batch with the same lines is refused, naming it; the same again is a repetition"
    )
    func another() async throws {
        let city = try await TestCity()
        let ones = try await city.entitle(3)
        let first = try await city.send("tuition-2026")
        try await entitleAgain(ones, city)
        let second = try await city.send("tuition-2026")
        #expect(first.lines.map(\.account) == second.lines.map(\.account))
        let (failed, paid) = (try file(first, failing: [2], city), try file(second, city))
        let taken = try await enter(failed, for: first, city)
        #expect(taken?["paid"] == 2 && taken?["failed"] == 1)
        let refused = await #expect(throws: NiangjiaError.self) { try await enter(failed, for: second, city) }
        let title = try await city.host.store.read { try Batches.load(first.id, in: $0).title }
        #expect(
            refused?.code == .conflict && refused?.message.zh.contains(title) == true)
        #expect(refused?.message.zh.contains(first.id.text) == true)
        let state = try await city.host.store.read { try Batches.load(second.id, in: $0).state }
        #expect(state == .exported, "nothing of it was taken")
        #expect(try await enter(failed, for: first, city) == taken)
        let own = try await enter(paid, for: second, city)
        #expect(own?["paid"] == 3 && own?["failed"] == 0)
        #expect(try await kept(city) == [[first.id.text, ""], [second.id.text, ""]])
        let digests = try await city.host.store.read { reader in
            try reader.integer("SELECT COUNT(*) FROM chain_event WHERE kind = 'batch.answer'")
        }
        #expect(digests == 2)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Where a bank answers two batches in the same bytes, somebody says so; what is refused keeps no digest")
    func alike() async throws {
        let city = try await TestCity()
        let ones = try await city.entitle(2)
        let first = try await city.send("tuition-2026")
        // A line that doesn't fit: nothing is taken, and the file isn't known for it.
        let wrong = try city.write(["1|\(first.lines[0].account.number)|-|1.00|00|成功"], "wrong.txt")
        #expect(await code { _ = try await enter(wrong, for: first, city) } == .invalid)
        #expect(try await kept(city).isEmpty)
        let paid = try file(first, city)
        #expect(try await enter(paid, for: first, city)?["paid"] == 2)
        try await entitleAgain(ones, city)
        let second = try await city.send("tuition-2026")
        #expect(await code { _ = try await enter(paid, for: second, city) } == .conflict)
        #expect(try await enter(paid, for: second, alike: true, city)?["paid"] == 2)
        #expect(try await enter(paid, for: second, city)?["paid"] == 2, "it is known as this batch's, too")
        #expect(try await kept(city) == [[first.id.text, ""], [second.id.text, "alike"]])
        // Nor can two who enter it at once each be the first.
        await #expect(throws: StoreError.self) {
            try await city.host.store.write(.interactive) { try $0.execute("UPDATE bank_answer SET is_alike = 0", []) }
        }
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A template with a column for the batch writes its title, and refuses an answer that names another")
    func column() async throws {
        let city = try await TestCity(approved: false)
        try city.edit("config/banks/generic_txt.yaml", "bank_name, remark]", "bank_name, remark, batch]")
        try city.edit("config/banks/generic_txt.yaml", "status, message]", "status, message, batch]")
        try await city.approve()
        _ = try await city.entitle(2)
        let batch = try await city.send("tuition-2026")
        let title = try await city.host.store.read { try Batches.load(batch.id, in: $0).title }
        let format = try BankFiles.format(nil, in: try await city.host.bundles.active())
        let crypto = city.host.crypto
        let export = try await city.host.store.read { try Batches.lines(of: batch.id, in: $0, crypto) }
        let written = try #require(try BankFiles.files(export, format, on: city.clock.now().date).first)
        let text = String(decoding: written.bytes, as: UTF8.self)
        #expect(text.split(separator: "\r\n").filter { $0.hasSuffix("|\(title)") }.count == 2, "\(text)")
        let other = try file(batch, more: "|2020-0001", city)
        let refused = await #expect(throws: NiangjiaError.self) { try await enter(other, for: batch, city) }
        #expect(refused?.code == .conflict && refused?.message.zh.contains("2020-0001") == true)
        let none = try file(batch, more: "|", city)
        #expect(await code { _ = try await enter(none, for: batch, city) } == .conflict)
        #expect(try await enter(file(batch, more: "|\(title)", city), for: batch, city)?["paid"] == 2)
        try await city.host.close()
    }
}
