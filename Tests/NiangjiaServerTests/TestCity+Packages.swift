import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Applications for the cooling program's packages, and a city that is short of money for them.
extension TestCity {
    /// A package that the office has filed for somebody, approved by the level that reviews it.
    func package(for person: ID<Person>) async throws -> ID<CaseFile> {
        let ask: Value = [
            "program": "summer-cooling-2026", "form": "package", "applicant": .text(person.text), "channel": "clerk",
        ]
        let filed = try await run("case.submit", ask, as: "office").answer
        let id = try #require(filed?["case"].text.flatMap { ID<CaseFile>($0) })
        let level = try await host.store.read { try Cases.load(id, in: $0).level } ?? "basic"
        _ = try await host.corridor.act(
            .approve, on: id, by: Actor(account: "reviewer", role: "reviewer:\(level)"))
        return id
    }

    /// Packages of the first members who work outdoors, in their order.
    func packages(_ count: Int) async throws -> [ID<CaseFile>] {
        let people = try await host.store.read { reader in
            try reader.all(
                """
                SELECT p.id FROM person p JOIN membership m ON m.person = p.id AND m.status = 'active'
                WHERE p.exposure = 'outdoor' ORDER BY p.id LIMIT $1
                """, [.int(Int64(count))]
            ) { $0.id(0, Person.self) }
        }
        var filed: [ID<CaseFile>] = []
        for person in people { filed.append(try await package(for: person)) }
        return filed
    }

    /// A city with this many yuan for packages of 50, where whoever goes short stands on the waiting list.
    static func short(of yuan: Int) async throws -> TestCity {
        let city = try await TestCity(approved: false)
        try city.edit("config/programs/summer-cooling-2026.yaml", "short: partial", "short: waitlist")
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 520000", "purpose: cooling, amount: \(yuan)")
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 30000", "purpose: cooling, amount: 0")
        // The plugin's own cases are about its usual `short: partial`.
        try await city.approve(despiteFailures: true)
        try await city.importPeople()
        return city
    }
}
