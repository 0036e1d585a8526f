import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// What a member learns of whom they name in a form (decision 0091).
@Suite("Whoever names somebody else is told nothing of them", .serialized) struct NamedPeopleTests {
    private static let files = [
        "plugins/nominate/plugin.yaml": """
        id: nominate
        version: 1.0.0
        api: 1
        title: {zh-CN: 推荐, en: Nomination}
        settings: {value: money}
        forms:
          ask:
            by: [member, unit]
            fields: {who: {type: person, title: {zh-CN: 推荐何人, en: Whom}}}
            subject: who
            facts: {subject: [birth_date], maybe: [subject.birth_date]}
            gives: {kind: money, to: applicant, when: approved}
        reasons:
          TOO_YOUNG: {zh-CN: "{born:date}出生,不符合", en: "Born {born:date}: too young"}
        """,
        "plugins/nominate/main.lua": """
        function program.assess.ask(facts, settings)
          return refuse("TOO_YOUNG", {born = facts.subject.birth_date})
        end
        """,
        "config/programs/nominate-2026.yaml": """
        program: nominate-2026
        plugin: nominate
        policy: 测工发〔2026〕9号
        status: open
        organization: 990100
        series: nominate
        season: {from: 2026-07-01, to: 2026-09-30}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        settings: {value: 100}
        """,
    ]

    /// A city where members nominate, with the account `worker`: its person, one of the same union, one of another.
    ///
    /// - Parameter grants: whether the rule grants what it otherwise refuses at once.
    private func city(grants: Bool = false) async throws -> (city: TestCity, own: String, near: String, far: String) {
        let city = try await TestCity()
        for (path, text) in Self.files {
            let file = URL(fileURLWithPath: city.folder.path + "/" + path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            let grant = "  if facts.subject.birth_date then return grant(settings.value) end\n"
            let script = grants ? text.replacing("  return refuse", with: grant + "  return refuse") : text
            try script.write(to: file, atomically: true, encoding: .utf8)
        }
        try await city.approve()
        try await city.importPeople()
        let pairs = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT p.id, m.organization, COALESCE(p.household, -p.id) FROM person p
                JOIN membership m ON m.person = p.id AND m.is_primary = 1 AND m.status = 'active'
                WHERE p.birth_date IS NOT NULL ORDER BY p.id
                """
            ) { (person: $0.id(0, Person.self), union: $0.int(1), household: $0.int(2)) }
        }
        let own = try #require(
            pairs.first { one in
                pairs.contains { $0.union == one.union && $0.household != one.household }
            })
        let near = try #require(pairs.first { $0.union == own.union && $0.household != own.household })
        let far = try #require(pairs.first { $0.union != own.union && $0.household != own.household })
        for (id, person) in [("worker", own.person), ("colleague", near.person)] {
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(.member)], person: person),
                password: TestCity.password, by: "admin")
        }
        return (city, own.person.text, near.person.text, far.person.text)
    }

    private func ask(_ city: TestCity, _ who: String) async throws -> CollectingSink {
        try await city.run(
            "case.submit", ["program": "nominate-2026", "form": "ask", "fields": ["who": .text(who)]], as: "worker")
    }

    @Test("Facts, the reason's values and advice are of whom one speaks for; whoever was named sees that they were")
    func facts() async throws {
        let (city, own, near, _) = try await city()
        let filed = try await ask(city, near)
        #expect(filed.answer?["state"] == "refused", "\(filed.lines)")
        #expect(filed.answer?.json.contains("…") == true, "\(filed.answer?.json ?? "")")
        let id = try #require(filed.answer?["case"])
        for operation in ["decision.explain", "case.show"] {
            let key = operation == "case.show" ? "case" : "decision"
            let told = try #require(try await city.run(operation, [key: id], as: "worker").answer)
            #expect(!told.json.contains("birth_date\":\""), "\(operation): \(told.json)")
        }
        let explained = try await city.run("decision.explain", ["decision": id], as: "worker").answer
        #expect(explained?["facts"]["subject"]["birth_date"].isNull != false)
        #expect(explained?["left_out"]["facts"].list?.contains("subject.birth_date") == true)
        let looks = try await city.run("person.data", [:], as: "colleague").answer?["looks"].list ?? []
        #expect(looks.contains { $0["reason"] == "他人的申请中写到" }, "\(looks)")

        // Of oneself one is told all.
        let mine = try await ask(city, own)
        #expect(mine.answer?.json.contains("…") == false)
        let case2 = try #require(mine.answer?["case"])
        let seen = try await city.run("decision.explain", ["decision": case2], as: "worker").answer
        #expect(seen?["facts"]["subject"]["birth_date"].text != nil, "\(seen?.json ?? "")")
        try await city.host.close()
    }

    @Test("A number that is nobody's and one of another union's member get the same answer")
    func oracle() async throws {
        let (city, _, _, far) = try await city()
        let nobody = ID<Person>(rawValue: 987_654_321).text
        var told: [NiangjiaError?] = []
        for who in [far, nobody] {
            told.append(await #expect(throws: NiangjiaError.self) { try await ask(city, who) })
        }
        #expect(told[0]?.code == .invalid && told[0]?.place == "/fields/who")
        #expect(told[0]?.message == told[1]?.message && told[0]?.code == told[1]?.code)
        let looks = try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = 'case filed'")
        }
        #expect(looks == 0)
        try await city.host.close()
    }

    @Test("Whoever mends an application gets the same answer of both, and no look at either is written down")
    func oracleOfMending() async throws {
        let (city, _, near, far) = try await city(grants: true)
        let filed = try await ask(city, near)
        #expect(filed.answer?["state"] == "in_check", "\(filed.lines)")
        let id = try #require(filed.answer?["case"])
        func looks() async throws -> Int64? {
            try await city.host.store.read {
                try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = 'case filed'")
            }
        }
        let before = try await looks()
        var told: [NiangjiaError?] = []
        for who in [far, ID<Person>(rawValue: 987_654_321).text] {
            let mended: Value = ["case": id, "action": "resubmit", "fields": ["who": .text(who)]]
            told.append(
                await #expect(throws: NiangjiaError.self) { try await city.run("case.advance", mended, as: "worker") })
        }
        #expect(told[0]?.code == .invalid && told[0]?.code == told[1]?.code)
        #expect(told[0]?.message == told[1]?.message && told[0]?.place == told[1]?.place)
        #expect(try await looks() == before && before ?? 0 > 0)
        try await city.host.close()
    }

    @Test("Whoever mends as its applicant what a desk filed names nobody else for being a clerk elsewhere")
    func clerkElsewhere() async throws {
        let (city, own, near, far) = try await city(grants: true)
        let (person, other) = try await city.host.store.read { reader in
            let union = try Membership.union(of: try #require(ID<Person>(own)), in: reader)
            let other = try reader.first(
                "SELECT id FROM organization WHERE level = 'basic' AND id <> $1", [.id(union)]
            ) { $0.id(0, Organization.self) }
            return (try #require(ID<Person>(own)), try #require(other))
        }
        let unit = RoleGrant(.unit)
        for (id, roles, scope) in [("both", [RoleGrant(.member), unit], other), ("clerk-only", [unit], other)] {
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: roles, scope: scope, person: person), password: TestCity.password,
                by: "admin")
        }
        _ = try await city.host.access.add(
            Account(id: "desk", display: "desk", roles: [unit]), password: TestCity.password, by: "admin")
        let filed = try await city.run(
            "case.submit",
            [
                "program": "nominate-2026", "form": "ask", "channel": "unit", "unit": .text(other.text),
                "applicant": .text(own), "fields": ["who": .text(near)],
            ], as: "desk")
        #expect(filed.answer?["state"] == "in_check", "\(filed.lines)")
        let id = try #require(filed.answer?["case"])
        func looks() async throws -> Int64? {
            try await city.host.store.read {
                try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = 'case filed'")
            }
        }
        func mend(_ who: String, as account: String) async throws {
            _ = try await city.run(
                "case.advance", ["case": id, "action": "resubmit", "fields": ["who": .text(who)]], as: account)
        }
        for account in ["both", "clerk-only"] {
            let refused = await #expect(throws: NiangjiaError.self) { try await mend(far, as: account) }
            #expect(refused?.code == .invalid && refused?.place == "/fields/who", "\(account)")
        }
        #expect(try await looks() == 0)
        // Whom they may name hears of it.
        try await mend(near, as: "clerk-only")
        #expect(try await looks() == 1)
        // The desk goes on as it filed.
        try await mend(far, as: "desk")
        #expect(try await looks() == 1)
        try await city.host.close()
    }

    @Test("Whom an applicant names hears of it though the filing fails after they were looked at")
    func failedFiling() async throws {
        let (city, _, near, _) = try await city(grants: true)
        let filed = try await ask(city, near)
        let id = try #require(filed.answer?["case"])
        func looks() async throws -> Int64? {
            try await city.host.store.read {
                try $0.integer("SELECT COUNT(*) FROM access_log WHERE reason = 'case filed'")
            }
        }
        #expect(try await looks() == 1)
        try await city.host.store.write(.interactive) {
            try $0.execute(
                "CREATE TRIGGER broken BEFORE UPDATE ON case_file BEGIN SELECT RAISE(ABORT, 'broken'); END", [])
        }
        let mended: Value = ["case": id, "action": "resubmit", "fields": ["who": .text(near)]]
        await #expect(throws: (any Error).self) { try await city.run("case.advance", mended, as: "worker") }
        #expect(try await looks() == 2)
        try await city.host.close()
    }

    @Test("Who is a member and files for a unit too mends their own application as a member, the unit's as the unit")
    func roleOfMending() throws {
        let (unit, member) = (RoleGrant(.unit), RoleGrant(.member))
        for roles in [[unit, member], [member, unit]] {
            let account = Account(id: "two", display: "two", roles: roles, person: ID<Person>(rawValue: 1))
            func role(_ desk: Permission?) throws -> String {
                try CaseActionInput.actor(account, for: .resubmit([:]), level: nil, desk: desk).role
            }
            #expect(try role(nil) == "member" && role(.submitForUnit) == "unit")
        }
    }

    @Test("The check of the plugin warns of it")
    func warned() throws {
        let text = try #require(Self.files["plugins/nominate/plugin.yaml"])
        func warnings(_ text: String) -> [String] {
            ManifestFile.read(Array(text.utf8), file: "plugins/nominate/plugin.yaml", folder: "nominate")
                .report.warnings.map(\.path)
        }
        #expect(warnings(text).contains("forms.ask.fields.who"))
        #expect(!warnings(text.replacing("[member, unit]", with: "[unit]")).contains("forms.ask.fields.who"))
        #expect(!warnings(text.replacing("type: person", with: "type: child")).contains("forms.ask.fields.who"))
    }
}
