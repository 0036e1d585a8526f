import Foundation
import NiangjiaCore
import NiangjiaDemo
import NiangjiaTesting
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

/// A served city, spoken to by the built command and over HTTP, as the same accounts.
final class Town: Sendable {
    let city: TestCity
    let port: Int
    private let tokens = Guarded<[String: String]>([:])

    init(_ city: TestCity, port: Int) {
        self.city = city
        self.port = port
    }

    static let binary = KilledChild.executable("niangjia")

    /// Runs `niangjia … --as account --json`; the answer, or what was said where it failed.
    func command(_ words: [String], as account: String) async throws -> (status: Int32, answer: Value, errors: String) {
        let (folder, temporary) = (city.folder.path, city.temporary)
        return try await offPool {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Town.binary)
            process.arguments = words + ["--as", account, "--json"]
            process.environment = ProcessInfo.processInfo.environment.merging([
                "NIANGJIA_DATA": folder, "NIANGJIA_PASSWORD": TestCity.password,
                "NIANGJIA_SESSIONS": temporary.file("sessions.json"),
            ]) { _, new in new }
            let names = (temporary.file(UUID().uuidString), temporary.file(UUID().uuidString))
            for name in [names.0, names.1] { _ = FileManager.default.createFile(atPath: name, contents: nil) }
            process.standardOutput = FileHandle(forWritingAtPath: names.0)
            process.standardError = FileHandle(forWritingAtPath: names.1)
            process.standardInput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            func text(_ name: String) -> String { (try? String(contentsOfFile: name, encoding: .utf8)) ?? "" }
            let answer = try? Value(json: text(names.0).trimmingCharacters(in: .whitespacesAndNewlines))
            return (process.terminationStatus, answer ?? .null, text(names.1))
        }
    }

    /// A command that goes well.
    func done(_ words: String..., as account: String) async throws -> Value {
        let ended = try await command(words, as: account)
        #expect(ended.status == 0, "\(words): \(ended.errors)")
        return ended.answer
    }

    /// A request as an account.
    func http(
        _ method: String, _ path: String, as account: String, _ body: Value? = nil, seen: Int64? = nil
    ) async throws -> (status: Int, body: Value) {
        try await http(
            method, path, as: account, data: body.map { Data($0.json.utf8) }, "application/json", seen: seen)
    }

    /// Looks at a case and agrees to what was seen.
    func approve(_ id: String, as account: String) async throws -> (status: Int, body: Value) {
        let seen = try await http("GET", "/cases/\(id)", as: account).body["version"].int
        return try await http("POST", "/cases/\(id)/transitions", as: account, ["action": "approve"], seen: seen)
    }

    func http(
        _ method: String, _ path: String, as account: String, data: Data?, _ type: String = "application/pdf",
        seen: Int64? = nil
    ) async throws -> (status: Int, body: Value) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)/api/v1\(path)")))
        request.httpMethod = method
        request.httpBody = data
        if data != nil { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        if let seen { request.setValue("\"\(seen)\"", forHTTPHeaderField: "If-Match") }
        request.setValue("Bearer \(try await token(account))", forHTTPHeaderField: "Authorization")
        let isFile = path == "/files"
        request.setValue(isFile ? "application/pdf" : "application/json", forHTTPHeaderField: "Content-Type")
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, try Value(jsonBytes: [UInt8](data)))
    }

    /// A sign-in of the account; after a jump of the city's clock the one before has ended.
    private func token(_ account: String) async throws -> String {
        if let known = tokens.withLock({ $0[account] }), (try? await city.host.access.authenticate(known)) != nil {
            return known
        }
        let token = try await city.host.access.signIn(account, password: TestCity.password).token
        tokens.withLock { $0[account] = token }
        return token
    }

    func state(_ id: String) async throws -> String {
        try await city.host.store.read { try Cases.load(try #require(ID<CaseFile>(id)), in: $0).state.rawValue }
    }

    func set(_ time: String) throws { city.clock.set(try #require(Instant(time))) }

    /// Everything that has fallen due, as the server's own scheduler does it.
    func due() async throws { try await city.host.corridor.performDue() }
}

/// The five programs of the workshop from their window to what is revoked: every step by the command or over HTTP.
@Suite(
    "Five programs by command and HTTP", .serialized,
    .enabled(if: FileManager.default.isExecutableFile(atPath: Town.binary)))
struct FiveProgramsTests {
    private struct Member: Sendable {
        var id: String
        var unit: String
        /// The identity number, as files name people.
        var number: String
    }

    /// A served city with members of two units, each with an account `m0`, `m1` …, and a unit account of the first's unit.
    private func town(
        at time: String, members: Int, _ body: @escaping @Sendable (Town, [Member]) async throws -> Void
    ) async throws {
        let city = try await TestCity(at: time)
        try await city.importPeople()
        let found = try await self.members(city, ofUnit: 0, 2) + self.members(city, ofUnit: 1, members - 2)
        let first = try #require(found.first?.unit)
        for (n, member) in found.enumerated() {
            _ = try await city.host.access.add(
                Account(id: "m\(n)", display: "m\(n)", roles: [RoleGrant(.member)], person: ID<Person>(member.id)),
                password: TestCity.password, by: "admin")
        }
        try await city.add("treasurer", .treasurer)
        let unit = try await city.host.store.read { try Lookup.organization(first, in: $0) }
        _ = try await city.host.access.add(
            Account(id: "unit", display: "unit", roles: [RoleGrant(.unit)], scope: unit), password: TestCity.password,
            by: "admin")
        for level in ["basic", "county", "city"] {
            _ = try await city.host.access.add(
                Account(id: level, display: level, roles: [RoleGrant(.reviewer, level: level)]),
                password: TestCity.password, by: "admin")
        }
        try await city.serving { port in try await body(Town(city, port: port), found) }
    }

    private func members(_ city: TestCity, ofUnit unit: Int, _ count: Int) async throws -> [Member] {
        var found: [Member] = []
        for number in try DemoCity(members: 1_000).memberNumbers(ofUnit: unit) where found.count < count {
            let answer = try await city.run("person.find", ["text": .text(number)], as: "office").answer
            guard let id = answer?.list?.first?["person"].text else { continue }
            let code = try await city.host.store.read { reader in
                try reader.first(
                    """
                    SELECT o.code FROM membership m JOIN organization o ON o.id = m.organization \
                    WHERE m.person = $1 AND m.is_primary = 1 AND m.status = 'active'
                    """, [.id(ID<Person>(id))]
                ) { $0.text(0) }
            }
            if let code { found.append(Member(id: id, unit: code, number: number)) }
        }
        try #require(found.count == count)
        return found
    }

    private func write(_ town: Town, _ name: String, _ text: String) throws -> String {
        let path = town.city.temporary.file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test(
        "Training: no seat before the window; entered by both; served when it closes; a seat given back; absences revoke"
    )
    func training() async throws {
        try await town(at: "2026-07-20T09:00:00+08:00", members: 4) { town, people in
            let classes = try write(town, "class.csv", "班号,课程,名额,学期\nPY-01,烘焙,2,2026-autumn\n")
            _ = try await town.done("record", "import", "training", "class", classes, as: "office")
            let early = try await town.http(
                "POST", "/cases", as: "m0", ["program": "training-2026", "form": "enrol", "fields": ["class": "PY-01"]])
            #expect(early.body["lines"].list?.first?["code"] == "OUT_OF_SEASON", "\(early.body)")
            try town.set("2026-08-05T09:00:00+08:00")
            var cases: [String] = []
            for n in people.indices {
                town.city.clock.advance(milliseconds: 1_000)
                let filed: Value
                if n % 2 == 0 {
                    filed = try await town.http(
                        "POST", "/cases", as: "m\(n)",
                        ["program": "training-2026", "form": "enrol", "fields": ["class": "PY-01"]]
                    ).body
                } else {
                    filed = try await town.done(
                        "case", "submit", "training-2026", "enrol", "--field", "class=PY-01", as: "m\(n)")
                }
                #expect(filed["state"] == "entered", "\(filed)")
                cases.append(try #require(filed["case"].text))
            }
            try town.set("2026-08-21T00:00:01+08:00")
            try await town.due()
            var states: [String] = []
            for id in cases { states.append(try await town.state(id)) }
            #expect(states == ["done", "done", "refused", "refused"])
            let places = try await town.http("GET", "/programs/training-2026/places", as: "m0").body["items"]
            #expect(places.list?.first?["taken"] == 2 && places.list?.first?["places"] == 2)
            #expect(try await town.done("place", "list", "training-2026", as: "m0") == places)
            let draws = try await town.done("draw", "list", "--program", "training-2026", as: "m0")
            let draw = try #require(draws.list?.first?["draw"].text)
            #expect(try await town.done("draw", "verify", draw, as: "m2")["ok"] == true)
            #expect(try await town.http("GET", "/draws/\(draw)", as: "m2").body["served"].list?.count == 4)
            _ = try await town.done("case", "advance", cases[1], "withdraw", as: "m1")
            #expect(try await town.state(cases[1]) == "withdrawn")
            try town.set("2026-09-22T20:00:00+08:00")
            try await town.due()
            let missed = ["2026-09-08", "2026-09-15", "2026-09-22"].map { "PY-01,\(people[0].number),\($0)\n" }
            let absences = try write(town, "absence.csv", "班级,学员,缺课日期\n" + missed.joined())
            _ = try await town.done("record", "import", "training", "absence", absences, as: "office")
            try town.set("2026-09-22T21:00:01+08:00")
            try await town.due()
            #expect(try await town.state(cases[0]) == "revoked")
            let why = try await town.http("GET", "/decisions/\(cases[0])/explanation", as: "m0").body
            #expect(why["revoked"].list?.first?["code"] == "ABSENT")
            let told = try await town.done("decision", "explain", cases[0], as: "m0")
            #expect(told["revoked"].list?.first?["text"] == why["revoked"].list?.first?["text"])
        }
    }

    @Test("Tickets: the window, a place at once, a ticket claimed twice, a refund that is asked back")
    func ticket() async throws {
        try await town(at: "2027-01-20T09:00:00+08:00", members: 3) { town, people in
            try await town.city.host.store.write(.interactive) { writer in
                try writer.execute("UPDATE person SET verified = 1, is_migrant = 1", [])
            }
            func claim(_ number: String) -> Value {
                [
                    "tickets": [
                        [
                            "number": .text(number), "kind": "train", "travel_on": "2027-01-24",
                            "from_area": "990101", "to_area": "640400", "fare": "180.00",
                        ]
                    ]
                ]
            }
            let fields = try write(town, "claim.json", claim("E777").json)
            let early = try await town.done(
                "case", "submit", "ticket-2027", "claim", "--fields", fields, as: "m0")
            #expect(early["lines"].list?.first?["code"] == "OUT_OF_SEASON", "\(early)")
            try town.set("2027-01-26T09:00:00+08:00")
            let first = try await town.done(
                "case", "submit", "ticket-2027", "claim", "--fields", fields, as: "m0")
            #expect(first["state"] == "in_check", "\(first)")
            let same = try await town.http(
                "POST", "/cases", as: "m1", ["program": "ticket-2027", "form": "claim", "fields": claim("e 777")])
            #expect(same.body["lines"].list?.first?["code"] == "DUPLICATE_SUPPORT", "\(same.body)")
            let other = try await town.http(
                "POST", "/cases", as: "m2", ["program": "ticket-2027", "form": "claim", "fields": claim("E778")])
            #expect(other.body["state"] == "in_check")
            #expect(
                try await town.done("place", "list", "ticket-2027", as: "m0").list?.first?["taken"] == 2)
            let id = try #require(first["case"].text)
            _ = try await town.done("case", "advance", id, "approve", as: "basic")
            // A yes says to what: without the version that was seen, or with an older one, nothing is done.
            let path = "/cases/\(id)/transitions"
            for (seen, status) in [(nil, 428), (1, 412)] as [(Int64?, Int)] {
                let refused = try await town.http("POST", path, as: "city", ["action": "approve"], seen: seen)
                #expect(refused.status == status, "\(refused.body)")
            }
            let approved = try await town.approve(id, as: "city")
            #expect(approved.body["state"] == "approved", "\(approved.body)")
            let refunds = try write(town, "refund.csv", "票号,退票日期\nE777,2027-02-01\n")
            _ = try await town.done("record", "import", "ticket", "refund", refunds, as: "office")
            try await town.due()
            try town.set("2027-02-02T03:30:01+08:00")
            try await town.due()
            #expect(try await town.state(id) == "revoked")
            let why = try await town.done("decision", "explain", id, as: "m0")
            #expect(why["revoked"].list?.first?["code"] == "REFUNDED")
            #expect(
                try await town.http("GET", "/programs/ticket-2027/places", as: "m1").body["items"].list?.first?["taken"]
                    == 1)
        }
    }

    @Test("A hazard: sealed, moved by officers through its stages, reviewed, its reward held and taken back")
    func hazard() async throws {
        try await town(at: "2026-07-15T09:00:00+08:00", members: 3) { town, people in
            // What opens a seal is given by two.
            for giver in ["office", "chief"] {
                _ = try await town.done("role", "give", "hazard-report", "safety", "m1", as: giver)
            }
            let photo = try await town.http(
                "POST", "/files", as: "m0", data: Data("%PDF-1.4 photo".utf8))
            let filed = try await town.http(
                "POST", "/cases", as: "m0",
                [
                    "program": "hazard-report-2026", "form": "report",
                    "fields": [
                        "unit": .text(people[0].unit), "severity": "major", "photo": photo.body["file"],
                    ],
                ])
            #expect(filed.body["state"] == "under_way", "\(filed.body)")
            let id = try #require(filed.body["case"].text)
            #expect(try await town.http("GET", "/cases/\(id)", as: "m2").status == 404)
            let held = try await town.http(
                "POST", "/cases/\(id)/stages", as: "m2", ["stage": "dismissed", "fields": [:]])
            #expect([403, 404].contains(held.status))
            _ = try await town.done(
                "case", "stage", id, "assigned", "--field", "officer=\(people[2].id)", as: "m1")
            let proof = try write(town, "proof.pdf", "%PDF-1.4 proof")
            _ = try await town.done("case", "stage", id, "rectified", "--file", "proof=\(proof)", as: "m2")
            let verified = try await town.http(
                "POST", "/cases/\(id)/stages", as: "m1", ["stage": "verified", "fields": ["useful": true]])
            #expect(verified.body["state"] == "in_check", "\(verified.body)")
            let agreed = try await town.done("case", "advance", id, "approve", as: "city")
            #expect(agreed["state"] == "approved")
            func available() async throws -> Money? {
                try await town.city.host.store.read {
                    try Ledger.available(lines: ["safety-2026"], in: $0)["safety-2026"]
                }
            }
            #expect(try await available() == Money(fen: 1_980_000))
            let taken = try await town.http("POST", "/cases/\(id)/transitions", as: "m0", ["action": "withdraw"])
            #expect(taken.body["state"] == "withdrawn", "\(taken.body)")
            #expect(try await available() == Money(fen: 2_000_000))
        }
    }

    @Test("Legal aid: a conflict is a number, a lawyer is named, brings it to its end; what isn't covered is refused")
    func legalAid() async throws {
        try await town(at: "2026-07-15T09:00:00+08:00", members: 4) { town, people in
            func ask(_ n: Int) async throws -> String {
                let filed = try await town.http(
                    "POST", "/cases", as: "m\(n)",
                    [
                        "program": "legal-aid-2026", "form": "request",
                        "fields": ["employer": .text(people[3].unit), "matter": "wages", "story": "拖欠三个月"],
                    ])
                #expect(filed.body["state"] == "under_way", "\(filed.body)")
                return try #require(filed.body["case"].text)
            }
            let id = try await ask(0)
            let engaged = try write(
                town, "engagement.csv", "lawyer,organization\n\(people[1].number),\(people[3].unit)\n")
            _ = try await town.done("record", "import", "legal-aid", "engagement", engaged, as: "office")
            let conflicts = try await town.done(
                "action", "run", "legal-aid-2026", "conflicts", "--field", "lawyer=\(people[1].id)", "--field",
                "employer=\(people[3].unit)", as: "office")
            #expect(conflicts["answer"]["count"] == 1, "\(conflicts)")
            let named = try await town.http(
                "POST", "/programs/legal-aid-2026/actions/assign", as: "office",
                ["input": ["request": .text(id), "lawyer": .text(people[1].id)]])
            #expect(named.body["state"] == "refused" && named.body["code"] == "CONFLICT", "\(named.body)")
            let again = try await town.done(
                "action", "run", "legal-aid-2026", "assign", "--field", "request=\(id)", "--field",
                "lawyer=\(people[2].id)", as: "office")
            #expect(again["state"] == "done", "\(again)")
            // The lawyer alone goes on; somebody else may not.
            let stranger = try await town.command(["case", "stage", id, "accepted"], as: "m1")
            #expect(stranger.status != 0)
            _ = try await town.done("case", "stage", id, "accepted", as: "m2")
            let settled = try await town.http(
                "POST", "/cases/\(id)/stages", as: "m2",
                ["stage": "settled", "fields": ["outcome": "mediated", "recovered": "12000.00"]])
            #expect(settled.status == 200, "\(settled.body)")
            let closed = try await town.done("case", "stage", id, "closed", as: "office")
            #expect(closed["state"] == "done" && closed["stage"] == "closed", "\(closed)")
            let second = try await ask(3)
            let declined = try await town.http(
                "POST", "/cases/\(second)/stages", as: "office", ["stage": "declined", "fields": [:]])
            #expect(declined.body["state"] == "refused", "\(declined.body)")
            let why = try await town.done("decision", "explain", second, as: "m3")
            #expect(why["reasons"].list?.first?["code"] == "DECLINED")
        }
    }

    @Test(
        "A competition: entries in their window, judges who may not score their own, a ranking, awards through review")
    func competition() async throws {
        try await town(at: "2026-05-10T09:00:00+08:00", members: 6) { town, people in
            let program = "skill-competition-2026"
            var numbers: [String] = []
            for n in 0..<2 {
                let fields: Value = ["unit": .text(people[n].unit), "person": .text(people[n].id), "trade": "焊工"]
                let entered: Value
                if n == 0 {
                    entered = try await town.http(
                        "POST", "/cases", as: "unit",
                        ["program": .text(program), "form": "enter", "unit": .text(people[n].unit), "fields": fields]
                    ).body
                } else {
                    let file = try write(town, "enter.json", fields.json)
                    entered = try await town.done(
                        "case", "submit", program, "enter", "--unit", people[n].unit, "--fields", file, as: "unit")
                }
                #expect(entered["state"] == "done", "\(entered)")
                let id = try #require(entered["case"].text)
                let admitted = try await town.done(
                    "action", "run", program, "admit", "--field", "entry=\(id)", "--field", "number=A\(n)", as: "office"
                )
                numbers.append(try #require(admitted["answer"]["number"].text))
            }
            for n in 2..<6 {
                _ = try await town.done("role", "give", "skill-competition", "judge", "m\(n)", as: "office")
            }
            _ = try await town.done("role", "give", "skill-competition", "judge", "m1", as: "office")
            // What confirms an action is given by two, and neither of them gets it.
            try await town.city.add("deputy", .programAdmin)
            for giver in ["office", "deputy"] {
                _ = try await town.done("role", "give", "skill-competition", "chief", "chief", as: giver)
            }
            func score(_ judge: String, _ number: String, _ points: Int64) async throws -> Int {
                try await town.http(
                    "POST", "/programs/\(program)/actions/score", as: judge,
                    ["input": ["entrant": .text(number), "round": 2, "points": .int(points)]]
                ).status
            }
            #expect(try await score("m1", numbers[0], 99) == 403)
            for (n, judge) in ["m2", "m3", "m4"].enumerated() {
                #expect(try await score(judge, numbers[0], 80 + Int64(n)) == 200)
                #expect(try await score(judge, numbers[1], 90) == 200)
            }
            #expect(try await score("m2", numbers[0], 100) == 409)
            let ranking = try await town.done(
                "action", "run", program, "ranking", "--field", "round=2", as: "m5")
            #expect(ranking["answer"]["places"].list?.map { $0["number"].text } == [numbers[1], numbers[0]])
            let published = try await town.done(
                "action", "run", program, "publish", "--field", "competition=2026", as: "office")
            #expect(published["state"] == "waiting", "\(published)")
            let run = try #require(published["run"].text)
            let confirmed = try await town.http("POST", "/actions/\(run)/confirmation", as: "chief", [:])
            #expect(confirmed.body["state"] == "done", "\(confirmed.body)")
            let awards = try await town.done(
                "case", "list", "--program", program, "--state", "in_check", as: "office")
            #expect(awards.list?.count == 2)
            let award = try #require(awards.list?.first?["case"].text)
            _ = try await town.done("case", "advance", award, "approve", as: "county")
            let second = try #require(awards.list?.last?["case"].text)
            _ = try await town.done("case", "advance", second, "approve", as: "county")
            _ = try await town.done("case", "advance", second, "approve", as: "city")
            // Whoever knows the entitlement only claws the application back by it.
            let holds = try await town.done("fund", "report", "holds", as: "treasurer")
            let approved = holds["rows"].list?.filter { $0["state"].text == "approved" }
            let held = try #require(approved?.first { $0["program"].text == program }, "\(holds)")
            let back = try await town.done(
                "fund", "claw-back", held["entitlement"].text ?? "", "--reason", "成绩更正", as: "treasurer")
            #expect(back["released_fen"] == held["amount_fen"] && back["claimed_fen"] == 0, "\(back)")
            let agreed = try await town.approve(award, as: "city")
            #expect(agreed.body["state"] == "approved", "\(agreed.body)")
            // After the window nobody is entered any more.
            try town.set("2026-07-02T09:00:00+08:00")
            let late = try await town.http(
                "POST", "/cases", as: "unit",
                [
                    "program": .text(program), "form": "enter", "unit": .text(people[0].unit),
                    "fields": ["unit": .text(people[0].unit), "person": .text(people[0].id), "trade": "电工"],
                ])
            #expect(late.body["lines"].list?.first?["code"] == "OUT_OF_SEASON", "\(late.body)")
            let taken = try await town.done("case", "advance", award, "claw_back", "--note", "成绩更正", as: "treasurer")
            #expect(["clawed_back", "withdrawn", "revoked"].contains(taken["state"].text ?? ""), "\(taken)")
        }
    }
}
