import Foundation
import NiangjiaCore
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

/// Somebody who asks a city over HTTP.
struct CityClient: Sendable {
    var port: Int
    var token: String?

    /// Asks, and takes a JSON answer.
    func ask(_ method: String, _ path: String, _ body: Value? = nil, content: String? = nil) async throws -> (
        status: Int, body: Value
    ) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)/api/v1\(path)")))
        request.httpMethod = method
        request.setValue("zh-CN", forHTTPHeaderField: "Accept-Language")
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let body {
            request.httpBody = Data(body.json.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let content { request.httpBody = Data(content.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, try Value(jsonBytes: [UInt8](data)))
    }

    /// The same for somebody else.
    func signedIn(_ account: String) async throws -> (client: CityClient, session: Value) {
        let answer = try await ask(
            "POST", "/sessions", ["account": .text(account), "password": .text(TestCity.password)])
        let token = try #require(answer.body["token"].text, "\(answer.body.json)")
        return (CityClient(port: port, token: token), answer.body)
    }
}

/// Whoever fills in a form finds what its fields ask for, without any right to the registers.
@Suite struct FormHelpTests {
    /// A city with people, classes, somebody who is a member and somebody who acts for a unit.
    private func city() async throws -> (TestCity, unit: String) {
        let city = try await TestCity()
        try await city.importPeople()
        let classes = try city.write(["班号,课程,名额,学期", "A1,短视频制作,40,2026秋", "B1,茶艺,30,2026秋"], "class.csv")
        _ = try await city.run(
            "register.import",
            ["kind": "record", "plugin": "training", "table": "class", "file": .text(classes)], as: "office")
        let (unit, code) = try await city.host.store.read { reader in
            try #require(
                try reader.first("SELECT id, code FROM organization WHERE level = 'basic' ORDER BY code") {
                    ($0.id(0, Organization.self), $0.text(1))
                })
        }
        let person = try await city.host.store.read { reader in
            try reader.first("SELECT person FROM membership WHERE is_primary = 1 ORDER BY person") {
                $0.id(0, Person.self)
            }
        }
        for (id, role, scope, who) in [
            ("member", Role.member, nil, person), ("desk", .unit, unit, nil),
        ] as [(String, Role, ID<Organization>?, ID<Person>?)] {
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(role)], scope: scope, person: who),
                password: TestCity.password, by: "admin")
        }
        return (city, code)
    }

    @Test("Organisations by name or code: code, name and level, page by page, for anybody who has signed in")
    func organizations() async throws {
        let (city, _) = try await city()
        let context = city.host.context("test")
        try await city.host.store.write(.interactive) { writer in
            for (code, name, status) in [
                ("990199", "百分之百%工会", "active"), ("990198", "并入他处的百分之百工会", "merged"),
            ] {
                try writer.execute(
                    """
                    INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level, status)
                    VALUES ($1, 1, 0, $2, $3, $4, $3, 'basic', $5)
                    """,
                    [
                        .id(context.ids.next(Organization.self)), .instant(context.now), .text(code), .text(name),
                        .text(status),
                    ])
            }
        }
        try await city.serving { port in
            let nobody = CityClient(port: port)
            #expect(try await nobody.ask("GET", "/organizations/names?text=99").status == 401)
            let member = try await nobody.signedIn("member").client
            #expect(try await member.ask("GET", "/organizations").status == 403, "the register itself stays closed")
            func codes(_ query: String) async throws -> [String] {
                let told = try await member.ask("GET", "/organizations/names?\(query)")
                #expect(told.status == 200, "\(told.body.json)")
                for item in told.body["items"].list ?? [] {
                    #expect(Set(item.map?.keys.map { $0 } ?? []) == ["code", "name", "level"], "nothing else is told")
                }
                return (told.body["items"].list ?? []).compactMap { $0["code"].text }
            }
            let all = try await codes("text=9901&limit=500")
            let first = try await codes("text=9901&limit=2")
            let second = try await codes("text=9901&limit=2&after=\(first.last ?? "")")
            #expect(all.count > 4 && Array(all.prefix(4)) == first + second)
            let percent = "%E7%99%BE%E5%88%86%E4%B9%8B%E7%99%BE"
            #expect(try await codes("text=\(percent)") == ["990199"], "one that was merged can't be applied for")
            #expect(try await codes("text=\(percent)%25") == ["990199"])
            #expect(try await codes("text=%25%25").isEmpty, "a percent sign is one")
            #expect(try await member.ask("GET", "/organizations/names?text=%20%20").status == 422)
            #expect(try await member.ask("GET", "/organizations/names").status == 400)
        }
    }

    @Test("A program's own list, as a form takes its rows; what is about people, or named by no form, is nobody's list")
    func records() async throws {
        let (city, _) = try await city()
        try await city.serving { port in
            let member = try await CityClient(port: port).signedIn("member").client
            let path = "/programs/training-2026/records/"
            let told = try await member.ask("GET", path + "class")
            let items = try #require(told.body["items"].list, "\(told.body.json)")
            #expect(items.compactMap { $0["value"].text } == ["A1", "B1"])
            #expect(items.first?["fields"]["title"] == "短视频制作" && items.first?["fields"]["seats"] == 40)
            let page = try await member.ask("GET", path + "class?limit=1")
            let next = try #require(page.body["next"].text)
            #expect(
                try await member.ask("GET", path + "class?after=\(next)").body["items"].list?.first?["value"] == "B1")
            // What is told is what the form takes.
            let filed = try await member.ask(
                "POST", "/cases",
                [
                    "program": "training-2026", "form": "enrol", "fields": ["class": items.first?["value"] ?? .null],
                ])
            #expect(![400, 404].contains(filed.status) && filed.body["place"] != "/fields/class", "\(filed.body.json)")
            for (program, table) in [
                ("training-2026", "absence"), ("training-2026", "nothing"), ("legal-aid-2026", "engagement"),
                ("skill-competition-2026", "score"), ("skill-competition-2026", "entrant"), ("nowhere", "class"),
            ] {
                let none = try await member.ask("GET", "/programs/\(program)/records/\(table)")
                #expect(none.status == 404, "\(program) \(table)")
            }
            let codes = try await member.ask("GET", "/programs/mutual-aid-2026")
            #expect(codes.body.json.contains("illness | accident"), "the codes that the rule knows")
        }
    }

    @Test("A unit clerk finds the unit's members by name, ID number or phone, and nobody else; each look is logged")
    func members() async throws {
        let (city, unit) = try await city()
        let people = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT p.id, p.name, o.code = $1 FROM person p JOIN membership m ON m.person = p.id AND m.is_primary = 1
                AND m.status = 'active' JOIN organization o ON o.id = m.organization WHERE o.level = 'basic'
                AND p.mobile_sealed IS NOT NULL ORDER BY p.id
                """, [.text(unit)]
            ) { (id: $0.id(0, Person.self), name: $0.text(1), isOwn: $0.bool(2)) }
        }
        let own = try #require(people.first { $0.isOwn })
        let other = try #require(people.first { !$0.isOwn })
        let crypto = city.host.crypto
        func phone(_ id: ID<Person>) async throws -> String {
            let sealed = try await city.host.store.read {
                try $0.first("SELECT mobile_sealed FROM person WHERE id = $1", [.id(id)]) { $0.blob(0) }
            }
            return try PersonIdentifiers.open(
                try #require(sealed), table: "person", row: id.rawValue, column: "mobile_sealed", crypto)
        }
        let (ownPhone, otherPhone) = (try await phone(own.id), try await phone(other.id))
        // A unit clerk of no unit.
        _ = try await city.host.access.add(
            Account(id: "loose", display: "loose", roles: [RoleGrant(.unit)]), password: TestCity.password, by: "admin")
        try await city.serving { port in
            let nobody = CityClient(port: port)
            let desk = try await nobody.signedIn("desk").client
            func find(_ text: String, as client: CityClient) async throws -> [Value] {
                let told = try await client.ask("POST", "/person-searches", ["text": .text(text)])
                #expect(told.status == 200, "\(told.body.json)")
                return told.body["items"].list ?? []
            }
            let found = try await find(ownPhone, as: desk)
            #expect(found.map { $0["person"].text } == [own.id.text])
            #expect(found.first?["name"].text == Masking.name(own.name) && found.first?["union"].text != nil)
            #expect(found.first?["birth_year"] == .null && found.first?["occupation"] == .null)
            #expect(try await find(own.name, as: desk).contains { $0["person"].text == own.id.text })
            #expect(try await find(otherPhone, as: desk).isEmpty)
            #expect(try await !find(other.name, as: desk).contains { $0["person"].text == other.id.text })
            let loose = try await nobody.signedIn("loose").client
            #expect(try await find(ownPhone, as: loose).isEmpty)
            let member = try await nobody.signedIn("member").client
            #expect(try await member.ask("POST", "/person-searches", ["text": .text(own.name)]).status == 403)
            #expect(try await desk.ask("GET", "/persons/\(own.id.text)").status == 403, "the register stays closed")
            // What was found is what a form takes.
            let filed = try await desk.ask(
                "POST", "/cases",
                [
                    "program": "skill-competition-2026", "form": "enter",
                    "fields": ["unit": .text(unit), "person": found.first?["person"] ?? .null, "trade": "焊工"],
                ])
            #expect(filed.status != 400 && filed.body["place"].text?.contains("person") != true, "\(filed.body.json)")
        }
    }

    @Test("Whom a unit clerk found sees that; who has left the unit isn't found")
    func looks() async throws {
        let (city, unit) = try await city()
        let (person, name) = try await city.host.store.read { reader in
            try #require(
                try reader.first(
                    """
                    SELECT p.id, p.name FROM person p JOIN membership m ON m.person = p.id AND m.is_primary = 1
                    AND m.status = 'active' JOIN organization o ON o.id = m.organization WHERE o.code = $1 ORDER BY p.id
                    """, [.text(unit)]
                ) { ($0.id(0, Person.self), $0.text(1)) })
        }
        func find() async throws -> Bool {
            let told = try await city.run("person.find", ["text": .text(name)], as: "desk").answer?.list
            return told?.contains { $0["person"].text == person.text } == true
        }
        func looks() async throws -> [String] {
            try await city.host.store.read {
                try $0.all("SELECT account FROM access_log WHERE about = $1 ORDER BY id", [.text(person.text)]) {
                    $0.text(0)
                }
            }
        }
        #expect(try await find())
        #expect(try await looks() == ["desk"])
        // Whoever keeps the register finds people masked, as before.
        _ = try await city.run("person.find", ["text": .text(name)], as: "office")
        #expect(try await looks() == ["desk"])
        try await city.host.store.write(.interactive) {
            try $0.execute("UPDATE membership SET status = 'left' WHERE person = $1", [.id(person)])
        }
        #expect(try await !find())
        #expect(try await looks() == ["desk"])
        try await city.host.close()
    }

    @Test("A unit's sign-in tells which unit it is; one of the whole city has none")
    func own() async throws {
        let (city, unit) = try await city()
        try await city.serving { port in
            let desk = try await CityClient(port: port).signedIn("desk").session
            #expect(desk["organization"]["code"].text == unit && desk["organization"]["name"].text?.isEmpty == false)
            #expect(try await CityClient(port: port).signedIn("member").session["organization"] == .null)
        }
    }
}
