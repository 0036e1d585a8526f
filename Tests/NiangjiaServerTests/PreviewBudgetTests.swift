import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("What a preview says of money is what comes", .serialized) struct PreviewBudgetTests {
    @Test(
        "A proposal that changes a fund line's budget is previewed with that budget, and comes to it once it is approved"
    )
    func budget() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let path = city.host.folder.path + "/config/funds.yaml"
        let funds = try String(contentsOfFile: path, encoding: .utf8)
        let line = try #require(funds.split(separator: "\n").first { $0.contains("id: cooling-2026") }.map(String.init))
        let old = try #require(line.firstMatch(of: /amount: ([0-9]+)/)?.1)
        try city.edit("config/funds.yaml", line, line.replacing("amount: \(old)", with: "amount: 100"))
        let before = try #require(try await city.run("program.preview", PreviewTests.package, as: "office").answer)
        let proposed = Value.map((PreviewTests.package.map ?? [:]).merging(["proposed": true]) { $1 })
        let after = try #require(try await city.run("program.preview", proposed, as: "office").answer)
        let taken = (Int64(old) ?? 0) * 100 - 10_000
        #expect(taken > 0)
        #expect((before["fund"]["before_fen"].int ?? 0) - (after["fund"]["before_fen"].int ?? 0) == taken)
        let said = try await city.run("config.propose", [:], as: "office").answer
        _ = try await city.run("config.approve", ["bundle": said?["digest"] ?? .null], as: "chief")
        let now = try #require(try await city.run("program.preview", PreviewTests.package, as: "office").answer)
        #expect(now["fund"] == after["fund"] && now["granted"] == after["granted"])
        try await city.host.close()
    }

    @Test("What is left out is hidden with what it would give away")
    func complement() {
        var totals = SweepTotals()
        (totals.considered, totals.granted, totals.refused, totals.waitlisted) = (23_416, 2, 20_791, 2_623)
        let told = TotalsTold(totals, leftOut: 2_623, .many)
        #expect(told.hidden.contains(.granted) && told.hidesLeftOut)
        totals.granted = 200
        #expect(!TotalsTold(totals, leftOut: 2_623, .many).hidesLeftOut)
    }
}
