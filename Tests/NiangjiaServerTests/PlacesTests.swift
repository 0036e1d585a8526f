import Foundation
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaCore

@Suite("Places, draws and second looks, with real workers and a real store", .serialized) struct PlacesTests {
    private let clerk = Actor(account: "clerk", role: "clerk")

    /// A program over persons with places; what the form says beside them.
    private static func files(
        places: String, form: String = "gives: {kind: nothing}", more: String = ""
    ) -> [String: String] {
        [
            "plugins/seat/plugin.yaml": """
            id: seat
            version: 1.0.0
            api: 1
            title: {zh-CN: 席位, en: Seats}
            settings: {quota: integer}
            forms:
              ask:
                by: [clerk]
                fields: {wanted: {type: integer, minimum: 1, optional: true}}
                subject: applicant
                facts: {subject: [exposure], maybe: [subject.exposure]}
                places: \(places)
                \(form)
            reasons: {CHANGED: {zh-CN: 情况有变, en: Things changed}}
            """,
            "plugins/seat/main.lua": """
            function program.assess.ask(facts)
              return grant({rank = facts.subject.exposure == "outdoor" and 1 or 2})
            end
            """,
            "config/programs/seat-2026.yaml": """
            program: seat-2026
            plugin: seat
            policy: 测工发〔2026〕6号
            status: open
            organization: 990100
            series: seat
            season: {from: 2026-07-01, to: 2026-09-30}
            apply: {from: 2026-07-01, to: 2026-07-31}
            funding: [{line: cooling-2026}]
            short: waitlist
            pay: {each_max: 1000}
            review: []
            \(more)
            """,
        ]
    }

    private func city(_ files: [String: String], at now: String = "2026-07-10T09:00:00+08:00") async throws
        -> TestCityHost
    {
        try await TestCityHost(programs: [:], files: files, at: now)
    }

    private func ask(_ city: TestCityHost, _ person: ID<Person>, wanted: Int64? = nil) async throws -> CaseReceipt {
        var submission = Submission(program: "seat-2026", form: "ask", applicant: person, channel: "clerk")
        if let wanted { submission.fields["wanted"] = .int(wanted) }
        return try await city.corridor.submit(submission, by: clerk)
    }

    private func counter(_ city: TestCityHost, _ key: String = "seat-2026/ask") async throws -> [Int64] {
        try await city.store.read { reader in
            try reader.first("SELECT used, waiting FROM counter WHERE kind = 'places' AND key = $1", [.text(key)]) {
                [$0.int(0), $0.int(1)]
            } ?? []
        }
    }

    @Test(
        "More applications at once than places: exactly as many are granted, none twice, the rest waits or is refused")
    func contention() async throws {
        let city = try await city(
            Self.files(
                places: "{count: {setting: quota}, waitlist: 10%}", more: "settings: {quota: 60}"))
        var people: [ID<Person>] = []
        for _ in 0..<90 { people.append(try await city.person()) }
        let all = people
        let receipts = try await withThrowingTaskGroup(of: CaseReceipt.self) { group in
            for person in all { group.addTask { try await self.ask(city, person) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let results = receipts.map { $0.lines[0].outcome?.result }
        #expect(results.count { $0 == .granted } == 60)
        #expect(results.count { $0 == .waitlisted } == 6)
        #expect(results.count { $0 == .refused } == 24)
        #expect(
            receipts.filter { $0.lines[0].outcome?.stands != true }.allSatisfy {
                $0.lines[0].outcome?.code == "QUOTA_FULL"
            })
        #expect(try await counter(city) == [60, 6])
        let held = try await city.store.read {
            try $0.integer("SELECT COUNT(DISTINCT case_id) FROM place WHERE state = 'held'")
        }
        #expect(held == 60)
        let checked = try await city.verify()
        #expect(checked.chain.isWhole)
        try await city.close()
    }

    @Test("Ten thousand places asked for by eleven thousand at once: ten thousand given, none twice")
    func tenThousand() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.file("s.sqlite"), migrations: NiangjiaSchema.migrations)
        let clock = FixedClock(Instant("2026-07-10T09:00:00+08:00")!)
        let ids = IDSource(host: 1, clock: clock)
        let crypto = try SoftwareCrypto(KeyRing(created: clock.now()))
        let change = ChangeContext(now: clock.now(), actor: "test", ids: ids, crypto: crypto)
        let pool = PlacePool(key: "p/f", count: 10_000, room: 500, take: 1)
        let states = try await withThrowingTaskGroup(of: [PlaceState].self) { group in
            for _ in 0..<110 {
                group.addTask {
                    var found: [PlaceState] = []
                    for _ in 0..<100 {
                        let record = CaseRecord.placeholder(ids.next(CaseFile.self), at: clock.now())
                        found.append(
                            try await store.write(.interactive) {
                                try Places.claim(pool, record, line: 0, rank: nil, change, in: $0)
                            })
                    }
                    return found
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(states.count { $0 == .held } == 10_000)
        #expect(states.count { $0 == .waiting } == 500)
        #expect(states.count { $0 == .out } == 500)
        let counts = try await store.read { reader in
            try reader.first("SELECT used, waiting FROM counter WHERE key = 'p/f'") { [$0.int(0), $0.int(1)] }
        }
        #expect(counts == [10_000, 500])
        // Positions tell who comes next, and nobody has another's.
        let positions = try await store.read { try $0.integer("SELECT COUNT(DISTINCT position) FROM place") }
        #expect(positions == 11_000)
        try await store.close()
    }

    @Test("A place given back goes to the first who waits, however often and from wherever it is asked for")
    func promotion() async throws {
        let city = try await city(
            Self.files(
                places: "{count: {setting: quota}, waitlist: 100%}", more: "settings: {quota: 2}"))
        var filed: [CaseReceipt] = []
        for _ in 0..<4 {
            filed.append(try await ask(city, try await city.person()))
            city.clock.advance(milliseconds: 1_000)
        }
        let receipts = filed
        #expect(receipts.map(\.state) == [.done, .done, .waitlisted, .waitlisted])
        #expect(try await counter(city) == [2, 2])
        // A newcomer doesn't overtake those who wait.
        let newcomer = try await ask(city, try await city.person())
        #expect(newcomer.state == .refused)
        #expect(try await city.corridor.act(.withdraw, on: receipts[0].id, by: clerk) == .withdrawn)
        #expect(try await counter(city) == [1, 2])
        let corridor = city.corridor
        let served = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { (try? await corridor.promote(pool: "seat-2026/ask")) ?? 0 } }
            return try await group.reduce(0, +)
        }
        #expect(served == 1)
        try await city.corridor.performDue()
        #expect(try await counter(city) == [2, 1])
        let (third, fourth) = try await city.store.read {
            (try Cases.load(receipts[2].id, in: $0).state, try Cases.load(receipts[3].id, in: $0).state)
        }
        #expect(third == .done && fourth == .waitlisted)
        let turn = try await city.store.read { try PlaceTurn.of(receipts[3].id, in: $0).first }
        #expect(turn?.turn == 1)
        try await city.close()
    }

    @Test("A draw: nobody is served before the public value is known; then once, and anybody finds the same order")
    func draw() async throws {
        let files = Self.files(
            places: "{count: {setting: quota}, waitlist: 50%, order: [rank, drawn], from: apply_end}",
            more: "settings: {quota: 4}\ndraw: {source: 双色球第2026080期红球}")
        let city = try await city(files)
        var ids: [ID<CaseFile>] = []
        for n in 0..<12 {
            ids.append(try await ask(city, try await city.person(exposure: n < 2 ? "outdoor" : nil)).id)
        }
        city.clock.set(Instant("2026-08-01T00:00:01+08:00")!)
        try await city.corridor.performDue()
        let waiting = try #require(try await city.store.read { try Allotment.list(program: "seat-2026", in: $0).first })
        #expect(waiting.state == .closed && waiting.entrants == 12 && waiting.source == "双色球第2026080期红球")
        #expect(try await counter(city).first ?? 0 == 0)
        let office = Actor(account: "office", role: "program_admin")
        let drawn = try await city.corridor.draw(waiting.id, value: " 03  11 15 ", by: office)
        #expect(drawn.value == "03 11 15" && drawn.state == .settled)
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.draw(waiting.id, value: "04 11 15", by: office)
        }
        try await city.corridor.performDue()
        #expect(try await counter(city) == [4, 2])
        let crypto = city.crypto
        let check = try await city.store.read { try Allotment.load(waiting.id, in: $0).check(crypto: crypto, in: $0) }
        #expect(check.isOK, "\(check.faults)")
        #expect(check.order.count == 12)
        #expect(check.order.prefix(2).allSatisfy { $0.entrant.rank == 1 })
        // The states of the cases are those of the repetition.
        let states = try await city.store.read { reader in
            try check.order.map { place in
                let id = ID<CaseFile>(String(place.entrant.name.split(separator: "/")[0]))
                return (place.state, try Cases.load(try #require(id), in: reader).state)
            }
        }
        #expect(states.allSatisfy { $0 == .held ? $1 == .done : $0 == .waiting ? $1 == .waitlisted : $1 == .refused })
        // Whoever changes the order in the store is found.
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE place SET position = CASE position WHEN 3 THEN 12 WHEN 12 THEN 3 ELSE position END", [])
        }
        let tampered = try await city.store.read {
            try Allotment.load(waiting.id, in: $0).check(crypto: crypto, in: $0)
        }
        #expect(!tampered.isOK)
        try await city.close()
    }

    @Test("What is judged after the season says nothing before it, and then decides all")
    func judgedAfterTheSeason() async throws {
        let files = Self.files(
            places: "{count: {setting: quota}, order: [rank, submitted], from: season_end}",
            form: "judge_after: season_end\n    gives: {kind: nothing}", more: "settings: {quota: 1}")
        let city = try await city(files)
        let first = try await ask(city, try await city.person(exposure: nil))
        let person = try await city.person(exposure: nil)
        let second = try await ask(city, person)
        #expect(first.state == .entered && second.state == .entered)
        #expect(first.lines[0].judgement.kind == .keep)
        // What became of them by then is what counts.
        try await city.store.write(.interactive) { writer in
            try writer.execute("UPDATE person SET exposure = 'outdoor', revision = 2 WHERE id = $1", [.id(person)])
        }
        city.clock.set(Instant("2026-09-30T23:59:00+08:00")!)
        try await city.corridor.performDue()
        #expect(try await city.store.read { try Cases.load(first.id, in: $0).state } == .entered)
        city.clock.set(Instant("2026-10-01T00:00:01+08:00")!)
        try await city.corridor.performDue()
        let states = try await city.store.read {
            (try Cases.load(first.id, in: $0).state, try Cases.load(second.id, in: $0).state)
        }
        #expect(states == (.refused, .done))
        try await city.close()
    }

    @Test("Several places for one application; a part of them is never given")
    func take() async throws {
        let city = try await city(
            Self.files(
                places: "{count: {setting: quota}, take: wanted, waitlist: 100%}", more: "settings: {quota: 5}"))
        let first = try await ask(city, try await city.person(), wanted: 3)
        let second = try await ask(city, try await city.person(), wanted: 3)
        let third = try await ask(city, try await city.person(), wanted: 1)
        #expect([first, second, third].map(\.state) == [.done, .waitlisted, .waitlisted])
        #expect(try await counter(city) == [3, 4])
        _ = try await city.corridor.act(.withdraw, on: first.id, by: clerk)
        try await city.corridor.performDue()
        #expect(try await counter(city) == [4, 0])
        try await city.close()
    }

    private func die(_ person: ID<Person>, in city: TestCityHost) async throws {
        let change = ChangeContext(now: city.clock.now(), actor: "clerk", ids: city.ids, crypto: city.crypto)
        try await city.store.write(.interactive) { try Death.enter(person, on: nil, change, in: $0) }
    }

    private func states(_ receipts: [CaseReceipt], in city: TestCityHost) async throws -> [CaseState] {
        try await city.store.read { reader in try receipts.map { try Cases.load($0.id, in: reader).state } }
    }

    @Test("The place of somebody who has died goes to the first who waits, and whoever died waiting waits no more")
    func heldByTheDead() async throws {
        let city = try await city(
            Self.files(places: "{count: {setting: quota}, waitlist: 100%}", more: "settings: {quota: 2}"))
        var people: [ID<Person>] = []
        var filed: [CaseReceipt] = []
        for _ in 0..<4 {
            people.append(try await city.person())
            filed.append(try await ask(city, people[people.count - 1]))
            city.clock.advance(milliseconds: 1_000)
        }
        try await die(people[0], in: city)
        try await city.corridor.performDue()
        #expect(try await states(filed, in: city) == [.revoked, .done, .done, .waitlisted])
        #expect(try await counter(city) == [2, 1])
        try await die(people[3], in: city)
        try await city.corridor.performDue()
        #expect(try await states(filed, in: city) == [.revoked, .done, .done, .refused])
        #expect(try await counter(city) == [2, 0])
        // A mistake that is seen before anything was given back.
        try await die(people[1], in: city)
        let living = people
        try await city.store.write(.interactive) { writer in
            _ = try writer.execute(
                "UPDATE person SET status = 'active', revision = revision + 1 WHERE id IN ($1, $2)",
                [.id(living[0]), .id(living[1])])
        }
        try await city.corridor.performDue()
        #expect(try await counter(city) == [2, 0])
        // One that is seen later: the place is somebody else's by now.
        #expect(try await ask(city, people[0]).state == .waitlisted)
        #expect(try await city.verify().chain.isWhole)
        try await city.close()
    }

    @Test("Whoever has died before the entrants are served takes no place; what was served a season ago stays")
    func diedBetween() async throws {
        let city = try await city(
            Self.files(
                places: "{count: {setting: quota}, waitlist: 100%, from: apply_end, order: [submitted]}",
                more: "settings: {quota: 2}"))
        var people: [ID<Person>] = []
        var filed: [CaseReceipt] = []
        for _ in 0..<3 {
            people.append(try await city.person())
            filed.append(try await ask(city, people[people.count - 1]))
            city.clock.advance(milliseconds: 1_000)
        }
        try await die(people[0], in: city)
        try await city.corridor.performDue()
        #expect(try await states(filed, in: city) == [.refused, .entered, .entered])
        city.clock.set(Instant("2026-08-01T00:00:01+08:00")!)
        try await city.corridor.performDue()
        #expect(try await states(filed, in: city) == [.refused, .done, .done])
        city.clock.set(Instant("2026-10-01T09:00:00+08:00")!)
        try await die(people[1], in: city)
        try await city.corridor.performDue()
        #expect(try await states(filed, in: city) == [.refused, .done, .done])
        #expect(try await counter(city) == [2, 0])
        try await city.close()
    }

    @Test("A place with which money was granted is the heirs' with it")
    func grantedToTheDead() async throws {
        var files = Self.files(
            places: "{count: {setting: quota}, waitlist: 100%}",
            form: "gives: {kind: money, to: subject, when: approved}", more: "settings: {quota: 1}")
        files["plugins/seat/main.lua"] = """
            function program.assess.ask(facts)
              return grant(money("100"), {rank = 1})
            end
            """
        files["config/programs/seat-2026.yaml"] = files["config/programs/seat-2026.yaml"]?
            .replacing("review: []", with: "review: [basic]")
        let city = try await city(files)
        let person = try await city.person()
        let first = try await ask(city, person)
        let second = try await ask(city, try await city.person())
        _ = try await city.corridor.act(.approve, on: first.id, by: Actor(account: "r", role: "reviewer:city"))
        #expect(try await states([first, second], in: city) == [.approved, .waitlisted])
        try await die(person, in: city)
        try await city.corridor.performDue()
        #expect(try await states([first, second], in: city) == [.approved, .waitlisted])
        #expect(try await counter(city) == [1, 1])
        try await city.close()
    }

    @Test("The nights of a stay that hasn't begun are free again; of one that has, a person decides")
    func nightsOfTheDead() async throws {
        var files = Self.files(
            places: "",
            form: "unique: [{per: room, nights: {from: first, to: last}, within: ever, reason: CHANGED}]",
            more: "settings: {quota: 1}")
        files["plugins/seat/plugin.yaml"] = files["plugins/seat/plugin.yaml"]?
            .replacing(
                "fields: {wanted: {type: integer, minimum: 1, optional: true}}",
                with: "fields: {room: string, first: date, last: date}\n    gives: {kind: nothing}"
            ).replacing("    places: \n", with: "")
        let city = try await city(files)
        func stay(_ person: ID<Person>, _ room: String, _ first: String, _ last: String) async throws -> CaseReceipt {
            let fields: [String: Value] = ["room": .text(room), "first": .text(first), "last": .text(last)]
            return try await city.corridor.submit(
                Submission(program: "seat-2026", form: "ask", applicant: person, fields: fields, channel: "clerk"),
                by: clerk)
        }
        let (coming, staying) = (try await city.person(), try await city.person())
        let later = try await stay(coming, "201", "2026-08-01", "2026-08-05")
        let now = try await stay(staying, "202", "2026-07-09", "2026-07-14")
        #expect(try await stay(try await city.person(), "201", "2026-08-04", "2026-08-06").state == .refused)
        for person in [coming, staying] { try await die(person, in: city) }
        try await city.corridor.performDue()
        #expect(try await states([later, now], in: city) == [.revoked, .done])
        #expect(try await stay(try await city.person(), "201", "2026-08-04", "2026-08-06").state == .done)
        try await city.close()
    }

    @Test("Nobody moves up to a place of what was removed: who waits, or is entered for it, comes back to be corrected")
    func removed() async throws {
        for from in ["", ", from: apply_end, order: [submitted]"] {
            var files = Self.files(places: "{per: class, count: class.seats, waitlist: 100%\(from)}")
            files["plugins/seat/plugin.yaml"] = files["plugins/seat/plugin.yaml"]?
                .replacing(
                    "fields: {wanted: {type: integer, minimum: 1, optional: true}}",
                    with: "fields: {class: class}"
                )
                .replacing(
                    "settings: {quota: integer}",
                    with: "records: {class: {key: [code], fields: {code: string, seats: integer}, by: [clerk]}}")
            let city = try await city(files)
            let (row, now) = (city.ids.next(Record.self), city.clock.now())
            try await city.store.write(.interactive) { writer in
                try writer.execute(
                    """
                    INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body)
                    VALUES ($1, 'seat', 'class', '["a"]', 1, $2, $3, '{"code":"a","seats":1}')
                    """, [.id(row), .date(now.date), .instant(now)])
            }
            func ask() async throws -> CaseReceipt {
                let submission = Submission(
                    program: "seat-2026", form: "ask", applicant: try await city.person(),
                    fields: ["class": .text(row.text)], channel: "clerk")
                return try await city.corridor.submit(submission, by: clerk)
            }
            let (first, second) = (try await ask(), try await ask())
            #expect(second.state == (from.isEmpty ? .waitlisted : .entered))
            try await city.store.write(.interactive) { writer in
                _ = try writer.execute("UPDATE record SET state = 'removed', revision = 2 WHERE id = $1", [.id(row)])
            }
            if from.isEmpty {
                _ = try await city.corridor.act(.withdraw, on: first.id, by: clerk)
            } else {
                city.clock.set(Instant("2026-08-01T00:00:01+08:00")!)
            }
            try await city.corridor.performDue()
            let state = try await city.store.read { try Cases.load(second.id, in: $0).state }
            #expect(state == .returned, "\(from)")
            let held = try await city.store.read {
                try $0.integer("SELECT COUNT(*) FROM place WHERE state IN ('held', 'waiting', 'entered')")
            }
            #expect(held == 0, "\(from)")
            try await city.close()
        }
    }
}

extension CaseRecord {
    /// A case that isn't in the store, for what needs only its number.
    fileprivate static func placeholder(_ id: ID<CaseFile>, at now: Instant) -> CaseRecord {
        CaseRecord(
            id: id, version: 1, program: "p", form: "f", plugin: "x", pluginDigest: "", bundle: "", applicant: nil,
            filer: "", unit: nil, channel: "clerk", home: nil, serving: nil, submittedAt: now, onDate: now.date,
            state: .inCheck, level: nil, levelsDone: 0, returns: 0, waived: [], notice: nil, objection: nil,
            isSealed: false, lines: [])
    }
}
