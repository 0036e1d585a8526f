import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

extension TestCity {
    /// Imports people; one of them has the account `worker`, and `officer` is a safety officer.
    func peopleWhoSeeHazards() async throws -> (worker: ID<Person>, unit: String) {
        try await importPeople()
        let (person, unit) = try await host.store.read { reader in
            try #require(
                try reader.first(
                    """
                    SELECT m.person, o.code FROM membership m JOIN organization o ON o.id = m.organization \
                    WHERE m.is_primary = 1 AND m.status = 'active' ORDER BY m.person
                    """
                ) { ($0.id(0, Person.self), $0.text(1)) })
        }
        _ = try await host.access.add(
            Account(id: "worker", display: "worker", roles: [RoleGrant(.member)], person: person),
            password: TestCity.password, by: "admin")
        try await add("officer", .clerk)
        try await giveRole("safety", of: "hazard-report", to: "officer")
        return (person, unit)
    }

    /// Has the worker report a hazard with a photo. Returns the case.
    func reportHazard(in unit: String, _ severity: String) async throws -> Value {
        let path = temporary.file("photo.pdf")
        try Data("%PDF-1.4 photo".utf8).write(to: URL(fileURLWithPath: path))
        let filed = try await run(
            "case.submit",
            [
                "program": "hazard-report-2026", "form": "report",
                "fields": ["unit": .text(unit), "severity": .text(severity)], "files": ["photo": .text(path)],
            ], as: "worker")
        return try #require(filed.answer?["case"])
    }
}
