import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Who filed a sealed case is named nowhere", .serialized) struct SealedBooksTests {
    @Test("The books name whoever booked, but not the reporter of a sealed case; nor does the log of looks name them")
    func books() async throws {
        let city = try await TestCity()
        let (person, unit) = try await city.peopleWhoSeeHazards()
        try await city.addTreasury()
        let filed = try await city.reportHazard(in: unit, "major")
        let id = try #require(filed.text.flatMap { ID<CaseFile>($0) })
        let isSealed = try await city.host.store.read { try Cases.load(id, in: $0).isSealed }
        #expect(isSealed)
        for account in ["worker", "officer"] {
            let context = city.host.context(account)
            try await city.host.store.write(.interactive) { writer in
                let new = NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                    shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))], program: "tuition-2026",
                    series: "tuition", on: context.today)
                _ = try Entitlements.hold([new], about: id.text, context, in: writer)
            }
        }
        let told = try #require(
            try await city.run("fund.statement", ["line": "tuition-2026"], as: "treasurer").answer?.list)
        let actors = Set(told.filter { $0["about"].text == id.text }.compactMap { $0["actor"].text })
        #expect(actors == ["-", "officer"])
        let report: Value = ["kind": "statement", "line": "tuition-2026"]
        let rows = try #require(try await city.run("fund.report", report, as: "treasurer").answer?["rows"].list)
        #expect(Set(rows.filter { $0["about"].text == id.text }.compactMap { $0["actor"].text }) == ["-", "officer"])

        let read: Value = ["case": .text(id.text), "file": "photo"]
        _ = try await city.run("case.evidence_file", read, as: "worker")
        let looks = try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM access_log WHERE account = 'worker'")
        }
        #expect(looks == 0)
        try await city.host.close()
    }
}
