import Foundation
import NiangjiaCore
import NiangjiaDemo
import NiangjiaWeb
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@testable import NiangjiaServer

/// The repository's own training and ticket programs, from the window to the revocation, as a city's people use them.
@Suite struct ScarcityStoryTests {
    /// Members with their identity numbers.
    private func members(_ city: TestCity, _ count: Int) async throws -> [(number: String, id: ID<Person>)] {
        let numbers = try DemoCity(members: 1_000).memberNumbers(ofUnit: 0)
        var found: [(String, ID<Person>)] = []
        for number in numbers where found.count < count {
            let answer = try await city.run("person.find", ["text": .text(number)], as: "office").answer
            guard let id = answer?.list?.first?["person"].text.flatMap({ ID<Person>($0) }) else { continue }
            let isMember = try await city.host.store.read {
                try $0.integer("SELECT COUNT(*) FROM membership WHERE person = $1 AND status = 'active'", [.id(id)])
                    == 1
            }
            if isMember { found.append((number, id)) }
        }
        try #require(found.count == count)
        return found
    }

    private func importRecords(_ city: TestCity, _ plugin: String, _ table: String, _ csv: String) async throws -> Value
    {
        let file = city.temporary.file("\(table).csv")
        try Data(csv.utf8).write(to: URL(fileURLWithPath: file))
        let sink = try await city.run(
            "register.import",
            ["kind": "record", "plugin": .text(plugin), "table": .text(table), "file": .text(file)], as: "office")
        return try #require(sink.answer)
    }

    @Test(
        "Training: classes imported, seats and waiting list when applications close, a place given back, absences, revoked"
    )
    func training() async throws {
        let city = try await TestCity(at: "2026-08-05T09:00:00+08:00")
        try await city.importPeople()
        let people = try await members(city, 7)
        let taken = try await importRecords(
            city, "training", "class", "班号,课程,名额,学期\nPY-01,烘焙,5,2026-autumn\nPY-02,瑜伽,20,2026-autumn\n")
        #expect(taken["refused"].int ?? 0 == 0, "\(taken)")
        var cases: [String] = []
        for person in people {
            city.clock.advance(milliseconds: 1_000)
            let filed = try await city.run(
                "case.submit",
                [
                    "program": "training-2026", "form": "enrol", "applicant": .text(person.id.text),
                    "fields": ["class": "PY-01"],
                ], as: "office")
            #expect(filed.answer?["state"].text == "entered")
            #expect(!filed.lines.contains { $0.contains("没有完成") }, "\(filed.lines)")
            cases.append(try #require(filed.answer?["case"].text))
        }
        #expect(
            await NiangjiaServerTests.code {
                _ = try await city.run(
                    "case.submit",
                    [
                        "program": "training-2026", "form": "enrol", "applicant": .text(people[0].id.text),
                        "fields": ["class": "PY-99"],
                    ], as: "office")
            } == .invalid)
        let filed = cases
        @Sendable func states() async throws -> [String] {
            try await city.host.store.read { reader in
                try filed.map { try Cases.load(try #require(ID<CaseFile>($0)), in: reader).state.rawValue }
            }
        }
        let scheduler = Scheduler(city.host) { _ in }
        city.clock.set(try #require(Instant("2026-08-20T23:59:00+08:00")))
        #expect(await scheduler.tick().faults.isEmpty)
        #expect(try await states() == Array(repeating: "entered", count: 7))
        city.clock.set(try #require(Instant("2026-08-21T00:00:01+08:00")))
        #expect(await scheduler.tick().faults.isEmpty)
        #expect(try await states() == Array(repeating: "done", count: 5) + ["waitlisted", "refused"])
        let places = try await city.run("place.list", ["program": "training-2026"], as: "office").answer
        #expect(places?.list?.first?["taken"] == 5 && places?.list?.first?["waiting"] == 1)
        #expect(places?.list?.first?["of"].list?.first == "PY-01")
        let waiting = try await city.run("case.show", ["case": .text(cases[5])], as: "office").answer
        #expect(waiting?["places"].list?.first?["turn"] == 1)
        // Anybody may repeat the ranking.
        let draws = try await city.run("draw.list", ["program": "training-2026"], as: "office").answer
        let draw = try #require(draws?.list?.first?["draw"].text)
        let verified = try await city.run("draw.verify", ["draw": .text(draw)], as: "admin")
        #expect(verified.answer?["ok"] == true && verified.answer?["served"].list?.count == 7)

        _ = try await city.run("case.advance", ["case": .text(cases[1]), "action": "withdraw"], as: "office")
        #expect(await scheduler.tick().faults.isEmpty)
        #expect(try await states()[5] == "done")
        #expect(try await states()[1] == "withdrawn")

        city.clock.set(try #require(Instant("2026-09-22T20:00:00+08:00")))
        #expect(await scheduler.tick().faults.isEmpty)
        let absences = ["2026-09-08", "2026-09-15", "2026-09-22"].map { "PY-01,\(people[0].number),\($0)\n" }.joined()
        let absent = try await importRecords(city, "training", "absence", "班级,学员,缺课日期\n" + absences)
        #expect(absent["refused"].int ?? 0 == 0, "\(absent)")
        city.clock.set(try #require(Instant("2026-09-22T21:00:01+08:00")))
        #expect(await scheduler.tick().faults.isEmpty)
        #expect(try await states()[0] == "revoked")
        let explained = try await city.run("decision.explain", ["decision": .text(cases[0])], as: "office")
        let revoked = explained.answer?["revoked"].list?.first
        #expect(revoked?["code"] == "ABSENT" && revoked?["text"] == "缺课3次")
        #expect(revoked?["facts"].at(path: "look.absent.count") == 3)
        // A second evening changes nothing.
        city.clock.set(try #require(Instant("2026-09-23T21:00:01+08:00")))
        #expect(await scheduler.tick().faults.isEmpty)
        let audit = try await city.host.store.read { try $0.integer("SELECT COUNT(*) FROM revocation") }
        #expect(audit == 1)
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"] != false)
        try await city.host.close()
    }

    private func request(_ port: Int, _ method: String, _ path: String, token: String, body: Value? = nil) async throws
        -> (status: Int, body: Value)
    {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)/api/v1\(path)")))
        request.httpMethod = method
        request.httpBody = body.map { Data($0.json.utf8) }
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, try Value(jsonBytes: [UInt8](data)))
    }

    @Test(
        "Tickets over HTTP: a place at once, the same ticket refused and flagged for reviewers only, a place given back"
    )
    func tickets() async throws {
        let city = try await TestCity(at: "2027-01-26T09:00:00+08:00")
        try await city.importPeople()
        let people = try await members(city, 2)
        try await city.host.store.write(.interactive) { writer in
            for person in people {
                try writer.execute("UPDATE person SET verified = 1, is_migrant = 1 WHERE id = $1", [.id(person.id)])
            }
        }
        _ = try await city.host.access.add(
            Account(id: "second", display: "second", roles: [RoleGrant(.member)], person: people[1].id),
            password: TestCity.password, by: "admin")
        let office = try await city.host.access.signIn("office", password: TestCity.password).token
        let second = try await city.host.access.signIn("second", password: TestCity.password).token
        @Sendable func claim(_ person: ID<Person>, _ number: String) -> Value {
            [
                "program": "ticket-2027", "form": "claim", "applicant": .text(person.text),
                "fields": [
                    "tickets": [
                        [
                            "number": .text(number), "kind": "train", "travel_on": "2027-01-24",
                            "from_area": "990101", "to_area": "640400", "fare": "180.00",
                        ]
                    ]
                ],
            ]
        }
        try await city.serving { port in
            let first = try await request(port, "POST", "/cases", token: office, body: claim(people[0].id, "E777"))
            #expect(first.status == 201 && first.body["state"] == "in_check", "\(first.body)")
            let same = try await request(port, "POST", "/cases", token: second, body: claim(people[1].id, "e 777"))
            #expect(same.body["state"] == "refused" && same.body["lines"].list?.first?["code"] == "DUPLICATE_SUPPORT")
            let places = try await request(port, "GET", "/programs/ticket-2027/places", token: second)
            #expect(
                places.body["items"].list?.first?["taken"] == 1 && places.body["items"].list?.first?["places"] == 10_000
            )
            // The applicant isn't told of the other; who reviews is.
            let own = try #require(same.body["case"].text)
            let shown = try await request(port, "GET", "/cases/\(own)", token: second)
            #expect(shown.status == 200 && !shown.body["steps"].json.contains("flag"))
            let reviewed = try await request(port, "GET", "/cases/\(own)", token: office)
            #expect(reviewed.body["steps"].json.contains("\"flag\""))
            let id = try #require(first.body["case"].text)
            let taken = try await request(
                port, "POST", "/cases/\(id)/transitions", token: office, body: ["action": "withdraw"])
            #expect(taken.body["state"] == "withdrawn")
            let after = try await request(port, "GET", "/programs/ticket-2027/places", token: second)
            #expect(after.body["items"].list?.first?["taken"] == 0)
            // The ticket is free again.
            let again = try await request(port, "POST", "/cases", token: second, body: claim(people[1].id, "E777"))
            #expect(again.body["state"] == "in_check")
            #expect(try await request(port, "GET", "/draws", token: second).status == 200)
        }
    }
}
