import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Negative lines that come when their dues have been returned, and files that were taken by mistake (decision 0047).
@Suite("Dues that are taken back after their return") struct DuesClaimsTests: DuesSuite {
    private let march = "T1,\(payer),甲厂,2026-03,850000,17000.00,2026-04-15,"
    private let back = "N1,\(payer),甲厂,2026-03,,-17000.00,2026-06-15,T1"
    private let others = "S1,\(small),小店,2026-05,750000,15000.00,2026-06-20,"

    /// Returns everything that came in by now, and has the bank pay it.
    private func giveBack(_ city: TestCity) async throws -> [BankLine] {
        let built = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer")
        let sent = try await city.send(built.answer)
        try await city.answer(sent)
        return sent.lines
    }

    private func claims(_ city: TestCity) async throws -> [Value] {
        try await city.run("dues.suspense", [:], as: "treasurer").answer?["claims"].list ?? []
    }

    @Test("It becomes a claim on the union: the others are returned in full, and its own next return settles it")
    func nettedAgainstOwn() async throws {
        let city = try await city()
        try await take([march], "march.csv", city)
        #expect(try await giveBack(city).map(\.amount.fen) == [1_020_000])
        let taken = try await take([back, others], "june.csv", city)
        #expect(taken["reversed"].int == 1 && taken["booked"].int == 1 && taken["waiting"].int == 0)
        #expect(taken["findings"].list?.isEmpty == true)
        // The other union's share stands untouched; what is missing is told as advanced, and as a claim.
        #expect(try await available("basic", city) == 900_000)
        #expect(try await city.balance("dues-basic-2026", .claim) == 1_020_000)
        #expect(try await city.balance("dues-basic-2026", .advanced) == -1_020_000)
        let claim = try #require(try await claims(city).first)
        #expect(claim["union"].text == "99010101" && claim["amount_fen"].int == 1_020_000)
        let statement = try await city.run("dues.statement", ["year": 2026], as: "treasurer")
        #expect(statement.answer?["claims"].list == [claim] && statement.lines.contains { $0.contains("待收回") })
        let rows = statement.answer?["payers"].list ?? []
        #expect(rows.first { $0["code"].text == Self.payer }?["returned_fen"].int == 0)
        let listed = try await city.run("fund.claims", ["program": "dues-return"], as: "treasurer").answer?.list
        #expect(listed?.map { $0["entitlement"] } == [claim["entitlement"]])
        try await isSound(city)

        // The others get all that is theirs; the union's next share pays what it owes first.
        #expect(try await giveBack(city).map(\.amount.fen) == [900_000])
        try await take(["T2,\(Self.payer),甲厂,2026-04,,5000.00,2026-06-21,"], "part.csv", city)
        #expect(
            await code { _ = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer") }
                == .conflict, "300,000 fen are not enough to settle it: nothing is left to pay")
        #expect(try await claims(city).first?["amount_fen"].int == 720_000)
        try await isSound(city)
        try await take(["T3,\(Self.payer),甲厂,2026-05,,17000.00,2026-06-22,"], "rest.csv", city)
        #expect(try await giveBack(city).map(\.amount.fen) == [300_000])
        #expect(try await claims(city).isEmpty)
        #expect(try await city.balance("dues-basic-2026", .advanced) == 0)
        #expect(try await available("basic", city) == 0)
        let after = try await city.run("dues.statement", ["year": 2026], as: "treasurer").answer?["payers"].list
        #expect(after?.first { $0["code"].text == Self.payer }?["returned_fen"].int == 1_320_000)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A claim is paid in by the union, in parts; a return that is refused gives the set-off back")
    func collected() async throws {
        let city = try await city()
        try await take([march], "march.csv", city)
        _ = try await giveBack(city)
        try await take([back], "back.csv", city)
        let claim = try #require(try await claims(city).first?["entitlement"].text)
        func recover(_ yuan: String) -> Value { ["entitlement": .text(claim), "amount": .text(yuan)] }
        _ = try await city.run("fund.recover", recover("10000.00"), as: "treasurer")
        #expect(try await city.balance("dues-basic-2026", .advanced) == -20_000)
        #expect(try await available("basic", city) == 0, "what comes in fills what was advanced, and is nobody's share")
        try await isSound(city)
        try await take(["T2,\(Self.payer),甲厂,2026-04,,1000.00,2026-06-21,"], "next.csv", city)
        let built = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer
        #expect(built?["total_fen"].int == 40_000, "600 yuan less 200")
        // The batch is taken apart and its return released: the same 400 are to be returned again, not 600.
        _ = try await city.run("batch.void", ["batch": built?["batch"] ?? .null, "reason": "重做"], as: "treasurer")
        let context = city.host.context("test")
        try await city.host.store.write(.interactive) { writer in
            let ids = try writer.all("SELECT id FROM entitlement WHERE state = 'approved'", []) {
                $0.id(0, Entitlement.self)
            }
            try Entitlements.release(ids, reason: "重做", about: "test", context, in: writer)
        }
        #expect(try await giveBack(city).map(\.amount.fen) == [40_000])
        try await isSound(city)
        try await city.host.close()
    }

    @Test(
        "What is promised and not with the bank gives way; what is in a batch makes the line wait until it is settled")
    func underWay() async throws {
        let city = try await city()
        try await take([march], "march.csv", city)
        let built = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer
        let waits = try await take([back, others], "june.csv", city)
        #expect(waits["findings"].list?.first?["code"].text == "UNDER_WAY" && waits["waiting"].int == 1)
        try await isSound(city)
        _ = try await city.run("batch.void", ["batch": built?["batch"] ?? .null, "reason": "税务更正"], as: "treasurer")
        // The next return takes it back first, and pays the others only.
        #expect(try await giveBack(city).map(\.amount.fen) == [900_000])
        #expect(try await claims(city).isEmpty)
        #expect(try await available("basic", city) == 0)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A return that the bank sends back after it was claimed fills what was advanced; nothing is paid again")
    func returnedByBank() async throws {
        let city = try await city()
        try await take([march], "march.csv", city)
        let payment = try #require(try await giveBack(city).first?.payment.text)
        try await take([back, others], "june.csv", city)
        let came = try await city.run(
            "batch.returned", ["payment": .text(payment), "on": "2026-07-15", "message": "账号有误"], as: "treasurer")
        #expect(came.answer?["reissue"].bool == false && !came.lines.contains { $0.contains("reissue") })
        #expect(try await city.balance("dues-basic-2026", .advanced) == 0)
        #expect(try await claims(city).isEmpty)
        #expect(try await giveBack(city).map(\.amount.fen) == [900_000])
        try await isSound(city)
        try await city.host.close()
    }

    @Test(
        "Dues that were taken back, in part or whole, after the bank had called their return failed, and that arrive after all, are a claim on the union",
        arguments: [(taken: "-5000.00", owed: 720_000), (taken: "-17000.00", owed: 0)])
    func lateAfterTakenBack(taken: String, owed: Int64) async throws {
        let city = try await city()
        try await take([march], "march.csv", city)
        let sent = try await city.send(
            city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer)
        try await city.answer(sent) { _ in "01|账户状态异常" }
        let payment = try #require(sent.lines.first?.payment.text)
        try await take(["N1,\(Self.payer),甲厂,2026-03,,\(taken),2026-06-15,T1"], "back.csv", city)
        try await isSound(city)
        // The return gave way to what was taken back, so that all that was paid besides is claimed (0047, 0059).
        let late: Value = ["payment": .text(payment), "on": "2026-07-15", "message": "银行更正为成功"]
        #expect(try await city.run("batch.late", late, as: "treasurer").answer?["state"].text == "twice")
        #expect(await code { _ = try await city.run("batch.late", late, as: "treasurer") } == .conflict)
        #expect(try await city.balance("dues-basic-2026", .claim) == 1_020_000)
        #expect(try await city.balance("dues-basic-2026", .advanced) == -1_020_000)
        try await isSound(city)
        // What is still its own is returned with the next return: in the end the union has that, and no more.
        let claim = try #require(
            try await city.run("fund.claims", ["program": "dues-return"], as: "treasurer").answer?.list?.first)
        let recovered: Value = ["entitlement": claim["entitlement"], "amount": "10200.00"]
        _ = try await city.run("fund.recover", recovered, as: "treasurer")
        #expect(try await city.balance("dues-basic-2026", .advanced) == 0)
        if owed > 0 {
            #expect(try await giveBack(city).map(\.amount.fen) == [owed])
        }
        #expect(try await city.balance("dues-basic-2026", .held) == 0)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A federation gives its half back, the company's union the other; upper levels give back what was passed up")
    func federation() async throws {
        let city = try await city {
            try $0.edit(
                "config/funds.yaml", "    small_payer_below: 10000\n",
                "    small_payer_below: 10000\n    federations: [{organization: 990100F1, share: 50%}]\n")
            try $0.edit(
                "config/funds.yaml", "{to: county, share: 15%, line: dues-county-2026}",
                "{to: county, share: 15%, line: dues-county-2026, pay_to: 990101}")
        }
        try await take(["T1,\(Self.companyOfFederation),快递,2026-03,,10000.01,2026-04-15,"], "march.csv", city)
        _ = try await giveBack(city)
        let upward = try await city.run("dues.return", ["upward": true], as: "treasurer")
        try await city.answer(try await city.send(upward.answer))
        try await take(["N1,\(Self.companyOfFederation),快递,2026-03,,-10000.01,2026-06-15,T1"], "back.csv", city)
        let owed = try await claims(city)
        #expect(
            owed.map { "\($0["union"].text ?? "") \($0["amount_fen"].int ?? 0)" }.sorted()
                == ["990100F1 300000", "990100F1A 300001", "990101 150000"])
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A return through an earlier day never takes what a later negative line has taken of it")
    func earlierDay() async throws {
        let city = try await city()
        try await take([march], "march.csv", city)
        _ = try await giveBack(city)
        try await take(
            [
                "T2,\(Self.payer),甲厂,2026-04,,17000.00,2026-05-15,", others,
                "N1,\(Self.payer),甲厂,2026-03,,-16000.00,2026-07-10,T1",
            ], "more.csv", city)
        // 10,200 yuan stand for the union by the end of May, less 9,600 that were taken back in July.
        let built = try await city.run("dues.return", ["through": "2026-06-30"], as: "treasurer").answer
        #expect(built?["total_fen"].int == 960_000)
        try await isSound(city)
        try await city.host.close()
    }

    // MARK: files that were taken by mistake

    @Test("A file is taken back by reversing entries, whoever was a small payer is one again, and it may come again")
    func undone() async throws {
        let city = try await city()
        let first = "T1,\(Self.small),小店,2026-03,,8000.00,2026-04-15,"
        let second = [
            "T2,\(Self.small),小店,2026-04,,3000.00,2026-05-15,", "T3,\(Self.unknown),新公司,2026-04,,10.00,2026-05-15,",
        ]
        try await take([first], "first.csv", city)
        #expect(try await available("held", city) == 320_000)
        let file = try #require(try await take(second, "second.csv", city)["file"].text)
        #expect(try await available("held", city) == 0)
        #expect(try await available("county", city) == 165_000)
        let listed = try await city.run("dues.files", [:], as: "treasurer").answer?.list
        #expect(listed?.count == 2 && listed?.first { $0["file"].text == file }?["lines"].int == 2)
        #expect(try await city.rowByRow("dues.files", by: "first_line", as: "treasurer") == listed)
        let undo: Value = ["file": .text(String(file.prefix(8))), "reason": "读错了月份"]
        #expect(await code { _ = try await city.run("dues.undo", undo, as: "payer") } == .forbidden)
        let done = try await city.run("dues.undo", undo, as: "treasurer").answer
        #expect(done?["lines"].int == 2 && done?["amount_fen"].int == 301_000)
        #expect(try await available("held", city) == 320_000)
        #expect(try await available("county", city) == 0)
        #expect(try await available("suspense", city) == 0)
        #expect(try await available("basic", city) == 480_000)
        #expect(await code { _ = try await city.run("dues.undo", undo, as: "treasurer") } == .notFound)
        try await isSound(city)
        let again = try await take(second, "second-again.csv", city)
        #expect(again["booked"].int == 1 && again["suspense"].int == 1 && again["resent"].int == 0)
        // Taken back and taken again, the file is there twice, on two pages.
        let twice = try await city.rowByRow("dues.files", by: "first_line", as: "treasurer")
        #expect(twice.map { $0["file"].text == file } == [true, true, false])
        #expect(try await available("county", city) == 165_000)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("What was returned, or taken back by a later file, stands in the way of undoing, and is named")
    func notUndone() async throws {
        let city = try await city()
        let file = try #require(try await take([march], "march.csv", city)["file"].text)
        try await take(["N1,\(Self.payer),甲厂,2026-03,,-17.00,2026-06-15,T1"], "back.csv", city)
        let undo: Value = ["file": .text(file), "reason": "读错了"]
        let taken = await #expect(throws: NiangjiaError.self) { try await city.run("dues.undo", undo, as: "treasurer") }
        #expect(
            taken?.code == .conflict && taken?.message.zh.contains("back.csv") == true, "\(String(describing: taken))")
        let later = try await city.run("dues.files", [:], as: "treasurer").answer?.list?.first?["file"] ?? .null
        _ = try await city.run("dues.undo", ["file": later, "reason": "读错了"], as: "treasurer")
        // What a batch has stands in the way until the batch is void; then the return is made anew from what is left.
        let built = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer
        #expect(await code { _ = try await city.run("dues.undo", undo, as: "treasurer") } == .conflict)
        _ = try await city.run("batch.void", ["batch": built?["batch"] ?? .null, "reason": "读错了"], as: "treasurer")
        _ = try await city.run("dues.undo", undo, as: "treasurer")
        #expect(try await available("basic", city) == 0)
        try await take([march], "march-again.csv", city)
        _ = try await giveBack(city)
        let returned = await #expect(throws: NiangjiaError.self) {
            try await city.run("dues.undo", undo, as: "treasurer")
        }
        #expect(returned?.code == .conflict && returned?.message.zh.contains("ent-") == true)
        try await isSound(city)
        try await city.host.close()
    }
}
