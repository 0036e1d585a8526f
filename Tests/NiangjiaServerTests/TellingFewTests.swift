import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What figures, days and lists tell of single people.
@Suite struct TellingFewTests {
    @Test("A report doesn't tell whoever may not see people of one to four of them; of sealed cases years only")
    func report() async throws {
        let city = try await TestCity()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        for severity in ["major", "minor", "major"] { _ = try await city.reportHazard(in: unit, severity) }
        let county = try await city.host.store.read { try Lookup.organization("990101", in: $0) }
        _ = try await city.host.access.add(
            Account(
                id: "county", display: "county", roles: [RoleGrant(.reviewer, level: "county")], scope: county),
            password: TestCity.password, by: "admin")
        try await city.add("auditor", .auditor)
        let (day, year): (Value, Value) = (
            ["from": "2026-07-15", "to": "2026-07-15"], ["from": "2026-01-01", "to": "2026-12-31"]
        )
        func told(_ period: Value, _ account: String) async throws -> (figures: [String], gaps: [String: String]) {
            let answer = try await city.run("report", period, as: account).answer
            let figures = (answer?["metrics"].list ?? []) + (answer?["programs"].list ?? [])
            let gaps = (answer?["gaps"].list ?? []).map { ($0["id"].text ?? "", $0["reason"].text ?? "") }
            return (figures.compactMap { $0["id"].text }, Dictionary(gaps, uniquingKeysWith: { first, _ in first }))
        }
        let kept = ["M39", "hazard-report.reported"]
        for account in ["county", "chief"] {
            let short = try await told(day, account)
            for id in kept {
                #expect(!short.figures.contains(id), "\(id) by \(account)")
                #expect(short.gaps[id]?.contains("整年") == true, "\(id) by \(account): \(short.gaps)")
            }
            #expect(short.gaps["M52"]?.contains("不足 5 人") == true, "all programs together are few as well")
            let long = try await told(year, account)
            for id in kept { #expect(long.gaps[id]?.contains("不足 5 人") == true, "\(id) by \(account)") }
        }
        // Whoever may see everybody is told what they could count themselves.
        let all = try await told(day, "auditor")
        #expect(Set(kept).isSubset(of: all.figures))
        try await city.host.close()
    }

    @Test("A sensitive program's day doesn't stand beside the entitlement, nor is it found by its age")
    func holds() async throws {
        let city = try await TestCity()
        let held = try await city.entitle(1)
        try await city.add("auditor", .auditor)
        func rows(_ account: String, olderThan age: Int64) async throws -> [Value] {
            let asked: Value = ["kind": "holds", "older_than": .int(age)]
            return try await city.run("fund.report", asked, as: account).answer?["rows"].list ?? []
        }
        let told = try await rows("payer", olderThan: 14)
        #expect(told.map { $0["entitlement"].text } == held.map(\.id.text))
        #expect(told.first?["on"].text == "2026-07-01" && told.first?["age_days"].int == 14)
        #expect(try await rows("payer", olderThan: 15).isEmpty)
        // Whoever may know who applies by the form reads the day.
        #expect(try await rows("auditor", olderThan: 0).first?["on"].text == "2026-07-15")
        #expect(try await rows("auditor", olderThan: 1).isEmpty)
        let closing = try await city.run("fund.close", ["period": "2026"], as: "payer").answer
        #expect(closing?["holds"].list?.first?["on"].text == "2026-07-01")
        try await city.host.close()
    }

    @Test("Members see the goods that were granted to them, when they were handed over, and by which office")
    func goods() async throws {
        let city = try await AccessCity()
        let (member, keeper) = (
            try await city.account(.member, bound: false), try await city.account(.keeper, bound: false)
        )
        func own() async throws -> Value? {
            try await city.perform("person.data", [:], as: member).answer?["entitlements"].list?.first {
                $0["entitlement"].text == city.own.entitlement
            }
        }
        let waiting = try await own()
        #expect(waiting?["kind"] == "goods" && waiting?["state"] == "approved" && waiting?["delivered"].isNull == true)
        _ = try await city.perform(
            "case.deliver", ["program": "summer-cooling-2026", "person": .text(city.own.person.text)], as: keeper)
        let taken = try await own()
        #expect(taken?["state"] == "delivered")
        #expect(taken?["delivered"]["at"].text?.hasPrefix("2026-07-15") == true, "\(taken?.json ?? "")")
        #expect(taken?["delivered"]["by"].text == Role.keeper.title.zh)
        try await city.city.host.close()
    }
}
