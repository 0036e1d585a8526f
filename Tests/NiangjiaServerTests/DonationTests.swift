import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Donations, what standing orders add, and what was entered wrongly (decisions 0042 and 0049).
@Suite("Donations") struct DonationTests: FlowSuite {
    private func give(
        _ city: TestCity, _ reference: String, _ amount: String, _ donor: String? = nil, anonymous: Bool = false,
        again: String? = nil, on day: String = "2026-09-09"
    ) async throws -> Value {
        var arguments: [String: Value] = [
            "campaign": "charity-2026", "reference": .text(reference), "amount": .text(amount), "on": .text(day),
            "anonymous": .bool(anonymous), "confirm_amount": again.map { .text($0) } ?? .null,
        ]
        if let donor { arguments["donor"] = .text(donor) }
        return try await city.run("donation.receive", .map(arguments), as: "treasurer").answer ?? .null
    }

    @Test("Donations are matched in whole, whatever their order, up to the cap; twice entered is once")
    func donations() async throws {
        let city = try await city()
        #expect(try await give(city, "1", "0.01")["matched_fen"].int == 1)
        // Half of two fen is one: the first got it already.
        #expect(try await give(city, "2", "0.01")["matched_fen"].int == 0)
        #expect(try await give(city, "3", "99999.98", "示例公司", again: "99999.98")["matched_fen"].int == 4_999_999)
        #expect(try await give(city, "4", "5000.00", "李某", anonymous: true)["matched_fen"].int == 0, "the cap")
        let again = try await give(city, "3", "99999.98", "示例公司")
        #expect(again["known"].bool == true && again["matched_fen"].int == 0)
        #expect(await code { _ = try await give(city, "3", "1.00") } == .conflict)
        #expect(await code { _ = try await give(city, "5", "0") } == .invalid)
        #expect(try await city.balance("charity-2026", .available) == 10_500_000)
        #expect(try await city.balance("charity-match-2026", .available) == 5_000_000)
        #expect(try await city.balance("match-2026", .available) == 0)
        let out = city.temporary.file("public.csv")
        let told = try await city.run(
            "donation.publish", ["campaign": "charity-2026", "out": .text(out)], as: "treasurer")
        #expect(told.answer?["raised_fen"].int == 10_500_000 && told.answer?["matched_fen"].int == 5_000_000)
        #expect(told.answer?["unnamed"].int == 3 && told.answer?["unnamed_fen"].int == 500_002)
        #expect(told.answer?["donors"].list?.map { $0["donor"].text } == ["示例公司"])
        #expect(told.answer?["left_fen"].int == 15_500_000 && told.answer?["besides_fen"].int == 0)
        let file = try String(contentsOfFile: out, encoding: .utf8)
        #expect(file.contains("示例公司") && !file.contains("李某") && file.contains("爱心人士(3 笔)"))
        // The name of who asked not to be named is sealed in the store.
        let open = try await city.host.store.read { reader in
            try reader.integer("SELECT count(*) FROM donation WHERE donor = '李某'") ?? 0
        }
        #expect(open == 0)
        let report = try await city.run(
            "report", ["from": "2026-01-01", "to": "2026-12-31", "sentences": true], as: nil)
        #expect(report.lines.contains { $0.contains("“99公益日”活动共筹得善款10.5万元,救助0人") }, "\(report.lines)")
        try await city.expectSound()
        try await city.host.close()
    }

    @Test(
        "An unusually large donation is said twice; a name that says nothing and a day to come are refused, over every door"
    )
    func slips() async throws {
        let city = try await city()
        let large = await #expect(throws: NiangjiaError.self) { try await give(city, "1", "50000.01") }
        #expect(large?.code == .invalid && large?.place == "/confirm_amount")
        #expect(large?.message.zh.contains("--confirm-amount 50000.01") == true)
        #expect(await code { _ = try await give(city, "1", "500000.10", again: "50000.10") } == .invalid)
        #expect(try await give(city, "1", "50000.00")["known"].bool == false)
        #expect(try await give(city, "2", "50000.01", again: "50000.01")["known"].bool == false)
        for name in ["", "  ", "\u{3000}"] {
            #expect(await code { _ = try await give(city, "3", "1.00", name) } == .invalid)
        }
        #expect(await code { _ = try await give(city, "3", "1.00", on: "2026-09-16") } == .invalid)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A donation that was entered wrongly is reversed by another person, with what was added to it; once")
    func reversed() async throws {
        let city = try await city()
        #expect(try await give(city, "1", "1000.00", "示例公司")["matched_fen"].int == 50_000)
        let wrong = try await give(city, "2", "20000.00", "李某")
        func reverse(_ account: String) async throws -> Value? {
            try await city.run(
                "donation.reverse", ["donation": wrong["donation"], "reason": "多写一个零"], as: account
            ).answer
        }
        #expect(await code { _ = try await reverse("treasurer") } == .forbidden)
        let done = try await reverse("payer")
        #expect(done?["amount_fen"].int == 2_000_000 && done?["unmatched_fen"].int == 1_000_000)
        #expect(await code { _ = try await reverse("payer") } == .conflict)
        #expect(try await city.balance("charity-2026") == 100_000)
        #expect(try await city.balance("charity-match-2026") == 50_000)
        let told = try await city.run("donation.publish", ["campaign": "charity-2026"], as: "treasurer").answer
        #expect(told?["raised_fen"].int == 100_000 && told?["matched_fen"].int == 50_000)
        #expect(told?["besides_fen"].int == 0 && told?["donors"].list?.count == 1)
        // Entered again under the same reference, as it was.
        #expect(try await give(city, "2", "2000.00", "李某")["matched_fen"].int == 100_000)
        let listed = try await city.run("donation.list", ["campaign": "charity-2026"], as: "treasurer").answer?.list
        #expect(listed?.map { $0["reversed"].bool } == [false, true, false])
        let campaign: Value = ["campaign": "charity-2026"]
        #expect(try await city.rowByRow("donation.list", campaign, by: "donation", as: "treasurer") == listed)
        let report = try await city.run(
            "report", ["from": "2026-01-01", "to": "2026-12-31", "sentences": true], as: nil)
        #expect(report.lines.contains { $0.contains("共筹得善款3000元") }, "\(report.lines)")
        try await city.expectSound()
        try await city.host.close()
    }

    @Test(
        "A donation that is reversed in the next year counts there; the year that was told stays as it was, both figures"
    )
    func reversedNextYear() async throws {
        let city = try await city()
        _ = try await give(city, "1", "1000.00", "示例公司")
        let wrong = try await give(city, "2", "20000.00", "李某")
        func told(_ year: Int) async throws -> [Int64?] {
            let period: Value = [
                "from": .text("\(year)-01-01"), "to": .text("\(year)-12-31"), "metrics": true,
            ]
            let metrics = try await city.run("report", period, as: nil).answer?["metrics"].list
            let parts = metrics?.first { $0["id"].text == "M35" }?["parts"]
            return [parts?["raised"]["fen"].int, parts?["matched"]["fen"].int]
        }
        #expect(try await told(2026) == [2_100_000, 1_050_000])
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        _ = try await city.run(
            "fund.close", ["period": "2026", "confirm": true, "decision": "纪要1号"], as: "payer")
        _ = try await city.run("donation.reverse", ["donation": wrong["donation"], "reason": "多写一个零"], as: "payer")
        #expect(try await told(2026) == [2_100_000, 1_050_000])
        #expect(try await told(2027) == [-2_000_000, -1_000_000])
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A donation without a reference is told so")
    func noReference() async throws {
        let city = try await city()
        let refused = await #expect(throws: NiangjiaError.self) { try await give(city, "", "1.00") }
        #expect(refused?.place == "/reference" && refused?.message.zh.contains("流水号") == true)
        #expect(refused?.message.zh.contains("理由") == false)
        try await city.host.close()
    }

    @Test("What a donation, or what was added to it, has been granted for can't be reversed, and nothing moves")
    func spent() async throws {
        let city = try await city()
        let donation = try await give(city, "1", "1000.00")["donation"]
        for line in ["charity-match-2026", "charity-2026"] {
            let context = city.host.context("test")
            let held = try await city.host.store.write(.interactive) { writer in
                let union = try writer.first("SELECT id FROM organization WHERE code = '99010101'") { $0.int(0) }
                return try Entitlements.hold(
                    [
                        NewEntitlement(
                            decision: context.ids.next(), caseID: nil, kind: .money,
                            payee: .organization(ID(rawValue: union ?? 0)),
                            shares: [Outcome.Split(line: line, amount: Money(fen: 100))], program: "relief",
                            series: "relief", on: context.today)
                    ], about: "test", context, in: writer)
            }
            let refused = await #expect(throws: NiangjiaError.self) {
                try await city.run("donation.reverse", ["donation": donation, "reason": "误登"], as: "payer")
            }
            #expect(refused?.code == .conflict && refused?.message.zh.contains("资金项目 \(line) 可用") == true)
            #expect(try await city.balance(line) == (line == "charity-2026" ? 99_900 : 49_900))
            try await city.host.store.write(.interactive) {
                try Entitlements.release(held, reason: "退", about: "test", context, in: $0)
            }
        }
        _ = try await city.run("donation.reverse", ["donation": donation, "reason": "误登"], as: "payer")
        try await city.expectSound()
        try await city.host.close()
    }
}
