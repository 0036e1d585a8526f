import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Figures of the report that staged programs fill, and those that plugins define themselves.
@Suite("The report and the programs that fill it") struct ReportProgramsTests {
    @Test("Hazards: found, due and mended by their stages; the plugin's own figures, told apart by a field of the form")
    func hazards() async throws {
        let city = try await TestCity()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        func report() async throws -> Value {
            try await city.run("report", ["from": "2026-01-01", "to": "2026-12-31", "metrics": true], as: nil).answer
                ?? .null
        }
        let none = try await report()
        #expect(none["gaps"].list?.contains { $0["id"].text == "hazard-report.verified" } == true)
        #expect(none["gaps"].list?.contains { $0["id"].text == "M39" } == true)
        var cases: [Value] = []
        for severity in ["major", "minor", "major"] {
            cases.append(try await city.reportHazard(in: unit, severity))
        }
        _ = try await city.run("case.stage", ["case": cases[2], "stage": "dismissed"], as: "officer")
        let told = try await report()
        let hazards = told["metrics"].list?.first { $0["id"].text == "M39" }?["parts"]
        // The dismissed one was none; the two others' day is long over by the end of the year, and neither is mended.
        #expect(hazards?["found"].int == 2 && hazards?["due"].int == 2 && hazards?["verified"].int == 0)
        let own = told["programs"].list?.first { $0["id"].text == "hazard-report.reported" }
        #expect(own?["value"].int == 3 && own?["definition"].text?.contains("提交的申请") == true)
        // The reporter is kept secret: few of one kind are nobody's figure.
        #expect(own?["parts"].map?.isEmpty == true && own?["notes"].list?.isEmpty == false)
        #expect(told["programs"].list?.first { $0["id"].text == "hazard-report.verified" }?["value"].int == 0)
        #expect(told["metrics"].list?.first { $0["id"].text == "M52" }?["value"]["part"].int == 3, "no paper")
        try await city.host.close()
    }

    @Test("A plugin's figure that says so is the report's, before what was entered; what is entered fills the rest")
    func tells() async throws {
        let city = try await TestCity(approved: false)
        try city.edit(
            "plugins/hazard-report/plugin.yaml", "reported: {of: report, at: submitted, count: cases, by: [severity]}",
            "reported: {of: report, count: cases, tells: M38.findings}")
        try await city.approve()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        let year = DateRange(from: CivilDate("2026-01-01")!, to: CivilDate("2026-12-31")!)
        let context = city.host.context("office")
        _ = try await city.host.store.write(.interactive) {
            try ToldFigures.enter(
                [("M38.findings", "99"), ("M38.units", "5")].map {
                    ToldFigure(name: $0.0, period: year, value: $0.1, source: "台账")
                }, context, in: $0)
        }
        func parts() async throws -> Value? {
            try await city.run("report", ["from": "2026-01-01", "to": "2026-12-31"], as: nil).answer?["metrics"].list?
                .first { $0["id"].text == "M38" }?["parts"]
        }
        // Nothing of the plugin's is there yet: what was entered stands.
        #expect(try await parts()?["findings"].int == 99)
        for severity in ["major", "minor"] { _ = try await city.reportHazard(in: unit, severity) }
        let told = try await parts()
        #expect(told?["findings"].int == 2 && told?["units"].int == 5)
        try await city.host.close()
    }

    @Test(
        "A figure that the report hasn't, or of another kind, is found with its place",
        arguments: [
            ("reported: {of: report, count: cases, tells: M99.cases}", "年报没有这一项"),
            ("reported: {of: report, count: cases, tells: M36.amount}", "须对 money 字段求和"),
        ])
    func wrongTells(_ metric: String, _ words: String) async throws {
        let city = try await TestCity(approved: false)
        try city.edit(
            "plugins/hazard-report/plugin.yaml", "reported: {of: report, at: submitted, count: cases, by: [severity]}",
            metric)
        let found = try await city.run("check", [:], as: nil)
        #expect(found.answer?["ok"].bool == false)
        #expect(found.lines.contains { $0.contains(words) && $0.contains("plugin.yaml:") }, "\(found.lines)")
        try await city.host.close()
    }
}
