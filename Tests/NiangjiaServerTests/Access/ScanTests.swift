import Foundation
import NiangjiaCore
import NiangjiaDemo
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// What a device's key is worth to somebody who has it: nothing without the codes of those who stand before it.
@Suite struct ScanTests {
    private static let program = "summer-cooling-2026"

    /// A city whose packs are granted, with a scanner that is carried around its first county.
    private struct Scanned {
        var city: TestCity
        var device: Account
        /// Whose packs wait, and who has none.
        var served: [ID<Person>]
        var unserved: [ID<Person>]
        /// A station of the scanner's part.
        var station: String

        func code(_ person: ID<Person>) -> String {
            ShownCode.of(person, on: city.clock.now().date, city.host.crypto)
        }

        /// Hands over with the scanner; what it is refused with, and nil where it wasn't.
        func deliver(_ person: ID<Person>, _ code: String?, station: String? = nil) async -> NiangjiaError? {
            await ask(
                "case.deliver",
                [
                    "program": .text(ScanTests.program), "person": .text(person.text),
                    "code": code.map { .text($0) } ?? .null, "station": .text(station ?? self.station),
                ])
        }

        func ask(_ operation: String, _ arguments: Value) async -> NiangjiaError? {
            do {
                try await Operations.perform(
                    operation, arguments, on: city.host, as: device, output: Output(CollectingSink()))
                return nil
            } catch { return Operations.describe(error) }
        }

        func count(_ sql: String) async throws -> Int64 {
            try await city.host.store.read { try $0.integer(sql) ?? 0 }
        }
    }

    private func scanned(_ limits: String = "") async throws -> Scanned {
        let city = try await TestCity(approved: false)
        if !limits.isEmpty {
            let file = URL(fileURLWithPath: city.folder.path + "/config/niangjia.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try (text + "\n" + limits + "\n").write(to: file, atomically: true, encoding: .utf8)
        }
        try await city.approve()
        try await city.importPeople()
        _ = try await city.run("program.decide", ["program": .text(Self.program), "form": "package"], as: "office")
        let added = try await city.run(
            "device.add", ["device": "scan-1", "kind": "scanner", "organization": "990101"], as: "admin")
        let device = try await city.host.access.authenticate(device: try #require(added.answer?["key"].text))
        let (served, unserved, station) = try await city.host.store.read { reader in
            let waiting = """
                SELECT d.subject FROM entitlement e JOIN decision d ON d.id = e.decision
                WHERE e.kind = 'goods' AND e.state = 'approved'
                """
            return (
                try reader.all("\(waiting) ORDER BY e.id") { $0.id(0, Person.self) },
                try reader.all("SELECT id FROM person WHERE id NOT IN (\(waiting)) ORDER BY id") {
                    $0.id(0, Person.self)
                },
                try reader.first(
                    """
                    SELECT s.code FROM station s JOIN organization o ON o.id = s.organization
                    WHERE o.path LIKE '990100/990101/%' ORDER BY s.code
                    """
                ) { $0.text(0) }
            )
        }
        return Scanned(
            city: city, device: device, served: served, unserved: unserved, station: try #require(station))
    }

    @Test("Going through ids with a device's key takes nothing, tells nothing and stops it; an auditor is told")
    func walk() async throws {
        let scanned = try await scanned()
        let city = scanned.city
        try await city.add("auditor", .auditor)
        let before = try await scanned.count("SELECT COUNT(*) FROM case_file")
        let walked = (scanned.served + scanned.unserved).prefix(Int(Access.scanLimit))
        try #require(walked.count == Int(Access.scanLimit) && !scanned.unserved.isEmpty)
        for person in walked {
            #expect(await scanned.deliver(person, nil)?.place == "/code", "an id alone")
        }
        var told: Set<String> = []
        for person in walked.dropLast() {
            let refused = await scanned.deliver(person, "00000000")
            #expect(refused?.code == .wrongCode)
            told.insert(refused?.message.zh ?? "")
        }
        let filed = await scanned.ask(
            "case.submit",
            [
                "program": .text(Self.program), "form": "package", "applicant": .text(scanned.unserved[0].text),
                "code": "00000000", "fields": [:],
            ])
        #expect(filed?.code == .wrongCode)
        #expect(told.count == 1, "whose id it is isn't told")
        let right = scanned.code(scanned.served[0])
        let stopped = await scanned.deliver(scanned.served[0], right)
        #expect(stopped?.code == "locked_out" && stopped?.retryAfter != nil)
        #expect(try await scanned.count("SELECT COUNT(*) FROM entitlement WHERE state = 'delivered'") == 0)
        #expect(try await scanned.count("SELECT COUNT(*) FROM case_file") == before)
        let patterns = try await city.run("audit.patterns", [:], as: "auditor")
        let bursts = patterns.answer?["bursts"].list ?? []
        #expect(bursts.contains { $0["who"].text == "device:scan-1" && $0["kind"].text == "stopped" })
        // It works again after a while, for whoever stands there.
        city.clock.set(city.clock.now() + Access.lockLength + 1)
        #expect(await scanned.deliver(scanned.served[0], right) == nil)
        try await city.host.close()
    }

    @Test("The code is the person's own of the day; a device is told the same of whoever has nothing, whyever")
    func code() async throws {
        let scanned = try await scanned()
        let (city, person) = (scanned.city, scanned.served[0])
        _ = try await city.host.access.add(
            Account(id: "member", display: "member", roles: [RoleGrant(.member)], person: person),
            password: TestCity.password, by: "admin")
        let own = try await city.run("person.code", [:], as: "member").answer
        let code = try #require(own?["code"].text)
        #expect(own?["person"].text == person.text && code == scanned.code(person))
        #expect(await scanned.deliver(scanned.served[1], code)?.code == .wrongCode, "somebody else's")
        #expect(await scanned.ask("person.code", [:])?.code == .forbidden)
        let unnamed = await scanned.ask(
            "case.deliver", ["program": .text(Self.program), "person": .text(person.text), "code": .text(code)])
        #expect(unnamed?.code == .invalid && unnamed?.place == "/station")
        #expect(await scanned.deliver(person, code) == nil)
        #expect(try await scanned.count("SELECT COUNT(*) FROM visit WHERE kind = 'scan'") == 1)
        let taken = await scanned.deliver(person, code)
        let never = await scanned.deliver(scanned.unserved[0], scanned.code(scanned.unserved[0]))
        #expect(taken?.code == .notFound && taken?.message == never?.message)
        let yesterday = scanned.code(scanned.served[1])
        city.clock.set(city.clock.now() + 86_400_000)
        #expect(await scanned.deliver(scanned.served[1], yesterday)?.code == .wrongCode)
        #expect(await scanned.deliver(scanned.served[1], scanned.code(scanned.served[1])) == nil)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("What is scanned for somebody with their code is filed, and the device isn't told why not")
    func applies() async throws {
        let scanned = try await scanned()
        let city = scanned.city
        let other = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT id FROM person WHERE exposure NOT IN
                ('outdoor', 'high_temp_indoor', 'key_project', 'emergency_duty') ORDER BY id
                """
            ) { $0.id(0, Person.self) }
        }
        let person = try #require(other)
        let sink = CollectingSink()
        try await Operations.perform(
            "case.submit",
            [
                "program": .text(Self.program), "form": "package", "applicant": .text(person.text),
                "code": .text(scanned.code(person)), "fields": [:],
            ], on: city.host, as: scanned.device, output: Output(sink))
        let line = try #require(sink.answer?["lines"].list?.first)
        #expect(line["result"].text == "refused" && line["code"].isNull && line["text"].isNull)
        let said = try #require(sink.answer?.json)
        #expect(!said.contains("NOT_EXPOSED"))
        let channel = try await city.host.store.read {
            try $0.first("SELECT channel FROM case_file ORDER BY id DESC") { $0.text(0) }
        }
        #expect(channel == "scan")
        try await city.host.close()
    }

    @Test("A device scans so much in a minute and in an hour, as the city says, and hears when to come back")
    func limits() async throws {
        let scanned = try await scanned("limits: {scans_per_minute: 2, scans_per_hour: 3}")
        let (city, people) = (scanned.city, scanned.served)
        try #require(people.count >= 4)
        for person in people.prefix(2) { #expect(await scanned.deliver(person, scanned.code(person)) == nil) }
        let third = await scanned.deliver(people[2], scanned.code(people[2]))
        #expect(third?.code == "rate_limited" && third?.retryAfter == 60)
        city.clock.set(city.clock.now() + 60_000)
        #expect(await scanned.deliver(people[2], scanned.code(people[2])) == nil)
        let fourth = await scanned.deliver(people[3], scanned.code(people[3]))
        #expect(fourth?.code == "rate_limited" && fourth?.retryAfter == 3_540)
        #expect(try await scanned.count("SELECT COUNT(*) FROM chain_event WHERE kind = 'device.limited'") == 1)
        city.clock.set(city.clock.now() + 3_540_000)
        #expect(await scanned.deliver(people[3], scanned.code(people[3])) == nil)
        try await city.host.close()
    }

    @Test("A host that starts anew counts what a device handed over in the last hour")
    func restart() async throws {
        let scanned = try await scanned("limits: {scans_per_minute: 2, scans_per_hour: 3}")
        let (city, people) = (scanned.city, Array(scanned.served.prefix(4)))
        try #require(people.count == 4)
        let codes = people.map { scanned.code($0) }
        for n in 0..<2 { #expect(await scanned.deliver(people[n], codes[n]) == nil) }
        #expect(await scanned.deliver(people[2], codes[2])?.code == "rate_limited")
        try await city.host.close()

        // The lock goes with the last reference of the host that holds it: another process stands for it here.
        let copy = DataFolder(city.temporary.file("copy"), keys: city.folder.keyFile)
        try FileManager.default.copyItem(atPath: city.folder.path, toPath: copy.path)
        let again = try await CityHost.open(copy, clock: city.clock, passwordCost: 10)
        func deliver(_ n: Int) async -> NiangjiaError? {
            let asked: Value = [
                "program": .text(Self.program), "person": .text(people[n].text), "code": .text(codes[n]),
                "station": .text(scanned.station),
            ]
            do {
                try await Operations.perform(
                    "case.deliver", asked, on: again, as: scanned.device, output: Output(CollectingSink()))
                return nil
            } catch { return Operations.describe(error) }
        }
        let third = await deliver(2)
        #expect(third?.code == "rate_limited" && third?.retryAfter == 60)
        city.clock.set(city.clock.now() + 60_000)
        #expect(await deliver(2) == nil)
        let fourth = await deliver(3)
        #expect(fourth?.code == "rate_limited" && fourth?.retryAfter == 3_540)
        let noted = try await again.store.read {
            try $0.integer("SELECT COUNT(*) FROM chain_event WHERE kind = 'device.limited'")
        }
        #expect(noted == 1, "one is written down an hour, whatever happens to the host")
        city.clock.set(city.clock.now() + 3_540_000)
        #expect(await deliver(3) == nil)
        try await again.close()
    }

    @Test("A refusal that is sent again with its key is the same refusal: what was counted is no effect of it")
    func refusedAgain() async throws {
        let scanned = try await scanned()
        let (web, device) = (HostWeb(host: scanned.city.host), scanned.device)
        func send(_ key: String, _ person: ID<Person>, _ shown: String) async -> NiangjiaError.Code? {
            let body: Value = [
                "program": .text(Self.program), "person": .text(person.text), "code": .text(shown),
                "station": .text(scanned.station),
            ]
            do {
                _ = try await web.once(key, body.jsonBytes, of: "case.deliver", as: device) {
                    try await web.perform("case.deliver", body, as: device, in: .zh)
                }
                return nil
            } catch let error as NiangjiaError {
                return error.code
            } catch {
                return "unknown"
            }
        }
        let nobody = scanned.unserved[0]
        let somebody = scanned.served[0]
        for _ in 1...3 {
            #expect(await send("wrong", somebody, "00000000") == .wrongCode)
            #expect(await send("none", nobody, scanned.code(nobody)) == .notFound)
        }
        for _ in 1...2 { #expect(await send("right", somebody, scanned.code(somebody)) == nil) }
        #expect(await send("again", somebody, scanned.code(somebody)) == .notFound)
        #expect(try await scanned.count("SELECT COUNT(*) FROM entitlement WHERE state = 'delivered'") == 1)
        try await scanned.city.host.close()
    }

    @Test("Handing over in quick succession is a burst of whoever does it, at a station or none")
    func burst() async throws {
        let scanned = try await scanned()
        let city = scanned.city
        try await city.add("keeper", .keeper)
        try await city.add("auditor", .auditor)
        for person in scanned.served.prefix(3) {
            _ = try await city.run(
                "case.deliver", ["program": .text(Self.program), "person": .text(person.text)], as: "keeper")
        }
        let told = try await city.run("audit.patterns", ["burst": 3], as: "auditor").answer?["bursts"].list ?? []
        let burst = told.first { $0["kind"].text == "delivery" }
        #expect(burst?["who"].text == "keeper" && burst?["count"] == 3)
        try await city.host.close()
    }
}
