import NiangjiaCore
import NiangjiaDemo
import Testing

@testable import NiangjiaServer

/// Who goes on with a case that an office filed for somebody, when the one who did is away (decision 0093).
@Suite("A case that was filed for somebody is moved on by others of the same desk", .serialized)
struct FilingDeskTests {
    /// A city with a unit, the county that it lies in, another unit, and accounts by the code of their part.
    private struct Desks {
        let city: TestCity
        let unit: String
        let other: String

        init(_ accounts: (Desks) -> [(id: String, roles: [RoleGrant], code: String)]) async throws {
            city = try await TestCity()
            try await city.importPeople()
            let demo = try DemoCity(members: 1_000)
            (unit, other) = (demo.unitCode(2), demo.unitCode(3))
            for (id, roles, code) in accounts(self) {
                let part = try await city.host.store.read { try Lookup.organization(code, in: $0) }
                // Offices' accounts name the person behind them, as the manual has it.
                let own = try await city.host.store.read { reader in
                    try reader.first(
                        """
                        SELECT p.id FROM person p WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.person = p.id) LIMIT 1
                        """
                    ) { $0.id(0, Person.self) }
                }
                _ = try await city.host.access.add(
                    Account(id: id, display: id, roles: roles, scope: part, person: own), password: TestCity.password,
                    by: "admin")
            }
        }

        var county: String { String(unit.prefix(6)) }
        var otherCounty: String { county == "990101" ? "990102" : "990101" }

        func file(_ channel: String, as id: String) async throws -> String {
            let filed = try await city.run(
                "case.submit",
                [
                    "program": "summer-cooling-2026", "form": "site_visit", "channel": .text(channel),
                    "unit": .text(unit), "fields": ["unit": .text(unit), "headcount": 20],
                ], as: id)
            return try #require(filed.answer?["case"].text)
        }

        func advance(_ filed: String, _ action: String, as id: String) async throws -> Value {
            let arguments: Value = ["case": .text(filed), "action": .text(action), "note": "人数不清"]
            return try #require(try await city.run("case.advance", arguments, as: id).answer)
        }

        func list(_ arguments: Value = [:], as id: String) async throws -> [Value] {
            try await city.run("case.list", arguments, as: id).answer?.list?.map { $0["case"] } ?? []
        }

        func lastStep(_ filed: String) async throws -> Value {
            let shown = try await city.run("case.show", ["case": .text(filed)], as: "office").answer
            return try #require(shown?["steps"].list?.last)
        }
    }

    @Test("A clerk of the same part goes on with it and is written down; a smaller part can't; who did doesn't review")
    func clerks() async throws {
        let (clerk, basic) = (RoleGrant(.clerk), RoleGrant(.reviewer, level: "basic"))
        let desks = try await Desks {
            [
                ("desk-a", [clerk], $0.county), ("desk-b", [clerk], $0.county), ("unit-desk", [clerk], $0.unit),
                ("elsewhere", [clerk], $0.otherCounty), ("basic", [basic], $0.county),
                ("both", [basic, clerk], $0.county),
            ]
        }
        let id = try await desks.file("clerk", as: "desk-a")
        #expect(try await desks.advance(id, "return", as: "basic")["state"] == "returned")
        _ = try await desks.city.run("account.disable", ["account": "desk-a"], as: "admin")
        #expect(await code { _ = try await desks.advance(id, "resubmit", as: "unit-desk") } == .forbidden)
        #expect(await code { _ = try await desks.advance(id, "resubmit", as: "elsewhere") } == .notFound)
        #expect(try await desks.list(["queue": true], as: "desk-b") == [.text(id)])
        #expect(try await desks.list(["queue": true], as: "unit-desk").isEmpty)
        #expect(try await desks.advance(id, "resubmit", as: "both")["state"] == "in_check")
        let step = try await desks.lastStep(id)
        #expect(step["action"] == "resubmit" && step["actor"] == "both" && step["role"] == "clerk", "\(step.json)")
        #expect(await code { _ = try await desks.advance(id, "approve", as: "both") } == .forbidden)
        #expect(try await desks.advance(id, "approve", as: "basic")["level"] == "county")
        // What a member filed, and what is sealed, is nobody else's.
        try await desks.city.host.store.read { reader in
            let filed = try Cases.load(try #require(ID<CaseFile>(id)), in: reader)
            func isServed(_ record: CaseRecord, _ permission: Permission) throws -> Bool {
                try FilingDesk.isServed(by: .wholeCity, may: { $0 == permission }, record, in: reader)
            }
            var (sealed, own) = (filed, filed)
            (sealed.isSealed, own.channel) = (true, "member")
            #expect(try isServed(filed, .submitForOthers) && !isServed(filed, .submitForUnit))
            #expect(try !isServed(sealed, .submitForOthers))
            #expect(try !isServed(own, .submitForOthers) && !isServed(own, .submitOwn))
        }
        #expect(try await desks.advance(id, "withdraw", as: "desk-b")["state"] == "withdrawn")
        try await desks.city.host.close()
    }

    @Test("A unit's next clerk sees what the one before filed, and withdraws it; another unit's hears of nothing")
    func units() async throws {
        let unit = RoleGrant(.unit)
        let desks = try await Desks {
            [("unit-a", [unit], $0.unit), ("unit-b", [unit], $0.unit), ("unit-c", [unit], $0.other)]
        }
        let id = try await desks.file("unit", as: "unit-a")
        let explain: Value = ["decision": .text(id)]
        let own = try #require(try await desks.city.run("decision.explain", explain, as: "unit-a").answer)
        #expect(own["lines"].list?.isEmpty == false, "\(own.json)")
        _ = try await desks.city.run("account.disable", ["account": "unit-a"], as: "admin")
        #expect(try await desks.city.run("decision.explain", explain, as: "unit-b").answer?["lines"] == own["lines"])
        #expect(try await desks.list(as: "unit-b") == [.text(id)])
        #expect(try await desks.list(as: "unit-c").isEmpty)
        #expect(await code { _ = try await desks.advance(id, "withdraw", as: "unit-c") } == .notFound)
        #expect(try await desks.advance(id, "withdraw", as: "unit-b")["state"] == "withdrawn")
        let step = try await desks.lastStep(id)
        #expect(step["actor"] == "unit-b" && step["role"] == "unit", "\(step.json)")
        try await desks.city.host.close()
    }

    @Test("Who mends a case for others keeps it to whom their part of the city holds, as who files does")
    func reach() async throws {
        let desks = try await Desks {
            [("unit-a", [RoleGrant(.unit)], $0.unit), ("basic", [RoleGrant(.reviewer, level: "basic")], $0.county)]
        }
        let id = try await desks.file("unit", as: "unit-a")
        #expect(try await desks.advance(id, "return", as: "basic")["state"] == "returned")
        func mend(_ fields: Value) async throws -> Value? {
            try await desks.city.run(
                "case.advance", ["case": .text(id), "action": "resubmit", "fields": fields], as: "unit-a"
            ).answer
        }
        let refused = await #expect(throws: NiangjiaError.self) { _ = try await mend(["unit": .text(desks.other)]) }
        #expect(refused?.code == .forbidden && refused?.place == "/fields")
        #expect(try await mend(["headcount": 30])?["state"] == "in_check")
        try await desks.city.host.close()
    }

    @Test("A unit's clerk of the whole city finds what they filed, whoever they are, and other units' clerks don't")
    func wholeCity() async throws {
        let desks = try await Desks { [("unit-a", [RoleGrant(.unit)], $0.unit)] }
        let person = try await desks.city.host.store.read { reader in
            try reader.first("SELECT id FROM person ORDER BY id DESC LIMIT 1", []) { $0.id(0, Person.self) }
        }
        _ = try await desks.city.host.access.add(
            Account(id: "everywhere", display: "everywhere", roles: [RoleGrant(.unit)], person: person),
            password: TestCity.password, by: "admin")
        let theirs = try await desks.file("unit", as: "everywhere")
        #expect(try await desks.list(as: "unit-a").isEmpty)
        let own = try await desks.file("unit", as: "unit-a")
        #expect(try await desks.list(as: "everywhere") == [.text(own), .text(theirs)])
        #expect(try await desks.list(as: "unit-a") == [.text(own)])
        try await desks.city.host.close()
    }
}
