import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// A city with a person, a case and a decision in each of two counties, and an account of each role in the first.
struct AccessCity {
    struct Part {
        var person: ID<Person>
        var child: ID<Person>
        var caseID: String
        /// The file that the case names.
        var proof: String
        var decision: String
        var unit: String
        var county: ID<Organization>
        /// What the decision grants.
        var entitlement: String
        /// Money that the county has been promised.
        var grant: String
        /// An import that the city's office has begun.
        var importing: String
        /// An action that a clerk of the county asked for, which waits for a second person.
        var action: String
        /// What the county owes a third one.
        var settlement: String
        /// An import that the clerk took.
        var taken: String
    }

    let city: TestCity
    let own: Part
    let other: Part

    init() async throws {
        let city = try await Handout.city()
        try await city.importPeople()
        _ = try await city.run("program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        self.city = city
        own = try await AccessCity.part("990101", city)
        other = try await AccessCity.part("990102", city)
        for role in Role.allCases {
            let grant = RoleGrant(role, level: role == .reviewer ? "county" : nil)
            for (suffix, scope) in [("", own.county), ("-city", nil)] {
                // Members and unit clerks are somebody; the person of the own part is the member's.
                let person = role == .member ? own.person : nil
                _ = try await city.host.access.add(
                    Account(
                        id: role.rawValue.replacing("_", with: "-") + suffix, display: role.rawValue, roles: [grant],
                        scope: scope, person: person), password: TestCity.password, by: "admin")
            }
        }
    }

    func account(_ role: Role, bound: Bool = true) async throws -> Account {
        let id = role.rawValue.replacing("_", with: "-") + (bound ? "" : "-city")
        return try #require(try await city.host.store.read { try Access.account(id, in: $0) })
    }

    func perform(_ operation: String, _ arguments: Value, as account: Account?) async throws -> CollectingSink {
        let sink = CollectingSink()
        try await Operations.perform(operation, arguments, on: city.host, as: account, output: Output(sink))
        return sink
    }

    /// What an operation answers to whoever asks: an error, or nil.
    func failure(_ operation: String, _ arguments: Value, as account: Account?) async -> NiangjiaError? {
        do {
            _ = try await perform(operation, arguments, as: account)
            return nil
        } catch { return Operations.describe(error) }
    }

    /// A family of a county that asks for tuition, and a decision of the run about a person there.
    private static func part(_ code: String, _ city: TestCity) async throws -> Part {
        let found = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT p.id, c.id, d.id, o.code, k.id, e.id FROM decision d JOIN entitlement e ON e.decision = d.id
                JOIN person p ON p.id = d.subject AND d.subject_kind = 'person'
                JOIN person c ON c.household = p.household AND c.household_role = 'child'
                JOIN membership m ON m.person = p.id AND m.is_primary = 1 JOIN organization o ON o.id = m.organization
                JOIN organization k ON k.code = $1 WHERE substr(o.path, 1, length(k.path)) = k.path ORDER BY p.id
                """, [.text(code)]
            ) {
                (
                    person: $0.id(0, Person.self), child: $0.id(1, Person.self), decision: $0.id(2, Decision.self).text,
                    unit: $0.text(3), county: $0.id(4, Organization.self), entitlement: $0.id(5, Entitlement.self).text
                )
            }
        }
        let part = try #require(found)
        let proof = try await city.host.evidence.add(Array("%PDF-1.4 \(code)".utf8), by: "office")
        let filed = try await city.run(
            "case.submit",
            [
                "program": "tuition-2026", "form": "apply", "channel": "clerk", "applicant": .text(part.person.text),
                "fields": [
                    "children": [
                        [
                            "child": .text(part.child.text), "stage": "higher", "school_type": "public",
                            "tuition": "5000", "lodging": "1000", "books": "0", "other_grants": "0",
                            "proof": .text(proof),
                        ]
                    ]
                ],
            ], as: "office")
        let asker = "asker-" + code
        _ = try await city.host.access.add(
            Account(id: asker, display: asker, roles: [RoleGrant(.clerk)], scope: part.county),
            password: TestCity.password, by: "admin")
        return Part(
            person: part.person, child: part.child, caseID: try #require(filed.answer?["case"].text), proof: proof,
            decision: part.decision, unit: part.unit, county: part.county, entitlement: part.entitlement,
            grant: try await grant(to: code, city),
            importing: try await city.host.imports.begin(["kind": "organization", "name": "a.csv"], by: "office").id
                .text,
            action: try #require(try await Handout.ask(city, part.person, "10.00", as: asker).text),
            settlement: try await settlement(of: part.county, city),
            taken: try await taken(of: part.person, by: asker, city))
    }

    /// What a county owes one that is neither of the two.
    private static func settlement(of county: ID<Organization>, _ city: TestCity) async throws -> String {
        let id = city.host.ids.next(SharingSettlement.self)
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO sharing_settlement (id, from_on, to_on, home, serving, home_line, serving_line, cases, visits,
                  cost, amount, state, proposed_by)
                SELECT $1, 20000, 20030, $2, id, 'county-990101-2026', 'county-990102-2026', 1, 0, 1000, 500, 'proposed',
                  'office' FROM organization WHERE level = 'county' AND code NOT IN ('990101', '990102') ORDER BY code LIMIT 1
                """, [.id(id), .id(county)])
        }
        return id.text
    }

    /// A file about a person that a clerk has taken.
    private static func taken(of person: ID<Person>, by clerk: String, _ city: TestCity) async throws -> String {
        let name = try await city.host.store.read { reader in
            try reader.first("SELECT name FROM person WHERE id = $1", [.id(person)]) { $0.text(0) }
        }
        let shown = try await city.run("person.show", ["person": .text(person.text), "reason": "核对"], as: "office")
        let file = city.temporary.file(clerk + ".csv")
        let text = "姓名,证件号码\n\(name ?? ""),\(shown.answer?["id_number"].text ?? "")\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let told = try await city.run("register.import", ["kind": "person", "file": .text(file)], as: clerk)
        return try #require(told.answer?["import"].text)
    }

    private static func grant(to county: String, _ city: TestCity) async throws -> String {
        let context = city.host.context("office")
        let plan = try #require(
            try await city.host.bundles.active().funds.grants.first { $0.id == "station" })
        return try await city.host.store.write(.interactive) { writer in
            try Grants.propose(
                plan, to: Lookup.organization(county, in: writer), amount: Money(fen: 100_000), purpose: "建站", context,
                in: writer)
        }.text
    }
}
