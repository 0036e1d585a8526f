import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Payments that come back when what was paid had been claimed, and in part paid back (退汇 after 追回).
@Suite("Payments that come back after a claim") struct ReturnedClaimTests: FlowSuite {
    /// A grant of 100,000 yuan whose first instalment of 60,000 is paid, ended so that all of it is claimed.
    private func closedGrant(_ city: TestCity) async throws -> (claim: Value, payment: ID<Payment>) {
        let proposed = try await city.run(
            "grant.propose",
            ["plan": "startup", "organization": "990100F1", "amount": "100000", "purpose": "建会"], as: "treasurer")
        let grant = proposed.answer?["grant"] ?? .null
        _ = try await city.run("grant.approve", ["grant": grant], as: "payer")
        let paid = try await city.pay("grants")
        #expect(paid.map(\.amount.fen) == [6_000_000])
        _ = try await city.run("grant.end", ["grant": grant, "because": "closed", "note": "停办"], as: "payer")
        let claims = try await city.run("fund.claims", [:], as: "treasurer").answer?.list
        #expect(claims?.map { $0["claimed_fen"].int } == [6_000_000])
        return (claims?.first?["entitlement"] ?? .null, try #require(paid.first).payment)
    }

    private func returned(_ city: TestCity, _ payment: ID<Payment>) async throws -> CollectingSink {
        try await city.run(
            "batch.returned", ["payment": .text(payment.text), "on": "2026-09-15", "message": "账户已销户"], as: "treasurer")
    }

    private func sum(_ city: TestCity) async throws -> Int64 {
        var sum: Int64 = 0
        for stage in AccountCode.Stage.allCases { sum += try await city.balance("startup-2026", stage) }
        return sum
    }

    @Test(
        "What is outstanding is settled by the return; what the payee had paid in is held for it, and paid back by a reissue",
        arguments: [("500.00", 50_000), ("60000.00", 6_000_000)])
    func partlyRecovered(yuan: String, fen: Int) async throws {
        let city = try await city()
        let given = try await sum(city)
        let (claim, payment) = try await closedGrant(city)
        _ = try await city.run("fund.recover", ["entitlement": claim, "amount": .text(yuan)], as: "treasurer")
        let told = try await returned(city, payment)
        #expect(told.answer?["reissue"].bool == true && told.answer?["owed_back_fen"].int == Int64(fen))
        #expect(told.lines.contains { $0.contains("还给收款人") && $0.contains(Money(fen: Int64(fen)).description) })
        #expect(try await city.balance("startup-2026", .claim) == 0)
        #expect(try await city.balance("startup-2026", .paid) == 0)
        #expect(try await city.balance("startup-2026", .held) == Int64(fen))
        // The line has again all that it was given; what is the payee's came in besides.
        #expect(try await city.balance("startup-2026", .available) == given)
        #expect(try await sum(city) == given + Int64(fen))
        #expect(try await city.run("fund.claims", [:], as: "treasurer").answer?.list?.isEmpty == true)
        try await city.expectSound()
        _ = try await city.run("batch.reissue", ["payment": .text(payment.text), "reason": "退还多收"], as: "treasurer")
        #expect(try await city.pay("grants").map(\.amount.fen) == [Int64(fen)])
        #expect(try await city.balance("startup-2026", .held) == 0)
        #expect(try await city.balance("startup-2026", .paid) == Int64(fen))
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Where nothing was paid in, the return settles the claim, and nothing is owed")
    func unrecovered() async throws {
        let city = try await city()
        let given = try await sum(city)
        let (_, payment) = try await closedGrant(city)
        let told = try await returned(city, payment)
        #expect(told.answer?["reissue"].bool == false && told.answer?["owed_back_fen"].int == 0)
        #expect(try await city.balance("startup-2026", .available) == given)
        #expect(try await sum(city) == given)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A year's closing lists the claims that are open on its lines")
    func openClaims() async throws {
        let city = try await city()
        let (claim, _) = try await closedGrant(city)
        _ = try await city.run("fund.recover", ["entitlement": claim, "amount": "500.00"], as: "treasurer")
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let plan = try await city.run("fund.close", ["period": "2026"], as: "payer")
        let claims = plan.answer?["claims"].list
        #expect(claims?.map { $0["entitlement"] } == [claim] && claims?.first?["amount_fen"].int == 5_950_000)
        #expect(plan.lines.contains { $0.contains("未收回") && $0.contains("59,500.00") })
        try await city.host.close()
    }
}
