import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Figures of the report that staged programs fill, and those that plugins define themselves.
@Suite("The report and the programs that fill it") struct ReportProgramsTests {
    @Test("Hazards: found, due and mended by their stages; the plugin's own figures, told apart by a field of the form")
    func hazards() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let (person, unit) = try await city.host.store.read { reader in
            try #require(
                try reader.first(
                    """
                    SELECT m.person, o.code FROM membership m JOIN organization o ON o.id = m.organization \
                    WHERE m.is_primary = 1 AND m.status = 'active' ORDER BY m.person
                    """
                ) { ($0.id(0, Person.self), $0.text(1)) })
        }
        _ = try await city.host.access.add(
            Account(id: "worker", display: "worker", roles: [RoleGrant(.member)], person: person),
            password: TestCity.password, by: "admin")
        try await city.add("officer", .clerk)
        _ = try await city.run(
            "role.set", ["plugin": "hazard-report", "role": "safety", "account": "officer"], as: "office")
        let path = city.temporary.file("photo.pdf")
        try Data("%PDF-1.4 photo".utf8).write(to: URL(fileURLWithPath: path))
        func report() async throws -> Value {
            try await city.run("report", ["from": "2026-01-01", "to": "2026-12-31", "metrics": true], as: nil).answer
                ?? .null
        }
        let none = try await report()
        #expect(none["gaps"].list?.contains { $0["id"].text == "hazard-report.verified" } == true)
        #expect(none["gaps"].list?.contains { $0["id"].text == "M39" } == true)
        var cases: [Value] = []
        for severity in ["major", "minor", "major"] {
            let filed = try await city.run(
                "case.submit",
                [
                    "program": "hazard-report-2026", "form": "report",
                    "fields": ["unit": .text(unit), "severity": .text(severity)], "files": ["photo": .text(path)],
                ], as: "worker")
            cases.append(filed.answer?["case"] ?? .null)
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
