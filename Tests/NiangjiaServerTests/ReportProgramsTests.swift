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
        #expect(own?["value"].int == 3 && own?["parts"]["major"].int == 2 && own?["parts"]["minor"].int == 1)
        #expect(told["programs"].list?.first { $0["id"].text == "hazard-report.verified" }?["value"].int == 0)
        #expect(told["metrics"].list?.first { $0["id"].text == "M52" }?["value"]["part"].int == 3, "no paper")
        try await city.host.close()
    }
}
