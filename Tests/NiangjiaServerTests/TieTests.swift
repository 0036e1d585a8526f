import NiangjiaTesting
import Testing

@testable import NiangjiaCore

@Suite("Equals of a batch", .serialized) struct TieTests {
    private static let source = "双色球第2026080期红球"
    private let actor = Actor(account: "office", role: "program_admin")

    /// Everybody in the register qualifies for the same; there is enough for three.
    private static func files(_ more: String = "", amount: String = "300") -> [String: String] {
        [
            "plugins/aid/plugin.yaml": """
            id: aid
            version: 1.0.0
            api: 1
            title: {zh-CN: 慰问, en: Aid}
            settings: {value: money}
            forms:
              ask:
                by: [batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure], maybe: [subject.exposure]}
                gives: {kind: money, to: subject, when: approved}
            reasons: {}
            """,
            "plugins/aid/main.lua": """
            function program.assess.ask(facts, settings)
              return grant(settings.value, {rank = facts.subject.exposure == "outdoor" and 1 or 2})
            end
            """,
            "config/programs/aid-2026.yaml": """
            program: aid-2026
            plugin: aid
            policy: 测工发〔2026〕8号
            status: open
            organization: 990100
            series: aid
            season: {from: 2026-06-01, to: 2026-09-30}
            funding: [{line: aid-2026}]
            short: waitlist
            pay: {each_max: 100}
            review: [basic]
            settings: {value: 100}
            \(more)
            """,
            "config/funds.yaml":
                "lines: [{id: aid-2026, year: 2026, source: union_budget, purpose: aid, amount: \(amount)}]",
        ]
    }

    /// Ten people under ids of the test's choice, each with a name.
    private func city(_ files: [String: String], ids: [Int64], first: Int = 0) async throws -> TestCityHost {
        let city = try await TestCityHost(programs: [:], files: files, at: "2026-07-15T09:00:00+08:00")
        try await city.store.write(.interactive) { writer in
            for (n, id) in ids.enumerated() {
                try writer.execute(
                    """
                    INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, exposure) \
                    VALUES ($1, 1, 0, 0, $2, 'incomplete', $3)
                    """, [.int(id), .text("人\(n)"), .text(n < first ? "outdoor" : "office")])
            }
        }
        return city
    }

    /// Ids and names of those who were granted something.
    private func served(_ city: TestCityHost) async throws -> [Int64: String] {
        let rows = try await city.store.read { reader in
            try reader.all(
                "SELECT p.id, p.name FROM decision d JOIN person p ON p.id = d.subject WHERE d.result = 'granted'"
            ) { ($0.int(0), $0.text(1)) }
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    @Test("Equals come by a draw that program and season fix, not by their ids: permuted ids serve other people")
    func permuted() async throws {
        let ids = (1...10).map { Int64($0) }
        let straight = try await city(Self.files(), ids: ids)
        // What anybody can compute: SM3(program/form, the season's first day), then SM3(seed, the person's reference).
        let crypto = straight.crypto
        let seed = Hex.text(crypto.digest(Array("aid-2026/ask\n2026-06-01".utf8)))
        let drawn = ids.sorted {
            Draw.key(ID<Person>(rawValue: $0).text, seed: seed, crypto: crypto)
                < Draw.key(ID<Person>(rawValue: $1).text, seed: seed, crypto: crypto)
        }
        let three = Set(drawn.prefix(3))
        #expect(three != [1, 2, 3])
        let before = try await straight.corridor.preview(program: "aid-2026", options: PreviewOptions(listed: 10))
        _ = try await straight.corridor.decide(program: "aid-2026", by: actor)
        let first = try await served(straight)
        #expect(Set(first.keys) == three)
        #expect(Set(before.granted.map(\.subject.id)) == three)
        #expect(Set(before.leftOut.map(\.subject.id)) == Set(ids).subtracting(three))

        let turned = try await city(Self.files(), ids: ids.reversed())
        _ = try await turned.corridor.decide(program: "aid-2026", by: actor)
        let second = try await served(turned)
        #expect(Set(second.keys) == three)
        #expect(Set(second.values) != Set(first.values))
        try await straight.close()
        try await turned.close()
    }

    @Test("A rank comes before any draw")
    func rank() async throws {
        let city = try await city(Self.files(), ids: (1...10).map { Int64($0 * 7) }, first: 2)
        _ = try await city.corridor.decide(program: "aid-2026", by: actor)
        let names = try await served(city).values
        #expect(names.count == 3 && names.contains("人0") && names.contains("人1"))
        try await city.close()
    }

    @Test("order: [rank, drawn]: the list is fixed, the run waits for the value, and is settled by it once")
    func drawn() async throws {
        let files = Self.files("order: [rank, drawn]\ndraw: {source: \(Self.source)}")
        let city = try await city(files, ids: (1...10).map { Int64($0) }, first: 1)
        for _ in 0..<2 {
            do {
                _ = try await city.corridor.decide(program: "aid-2026", by: actor)
                Issue.record("it didn't wait")
            } catch let error as NiangjiaError {
                #expect(error.code == .conflict)
                #expect(error.message.zh.contains("niangjia draw value al-"), "\(error)")
                #expect(error.message.en.contains("decide aid-2026 --as-of 2026-07-15"), "\(error)")
            }
        }
        #expect(try await served(city).isEmpty)
        let run = try #require(try await city.corridor.runs().first)
        #expect(run.state == "paused" && run.why?.cause == .draw)
        let list = try #require(try await city.store.read { try Allotment.list(program: "aid-2026", in: $0).first })
        #expect(list.entrants == 10 && list.run == run.run && list.source == Self.source && list.state == .closed)
        // Who is entered into the register now comes too late for this draw.
        _ = try await city.person(exposure: "outdoor")
        let value = try await city.corridor.draw(list.id, value: "03 11 15 22 28 31", by: actor)
        let seed = try #require(value.seed)
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.draw(list.id, value: "04 11 15 22 28 31", by: actor)
        }
        let report = try await city.corridor.decide(program: "aid-2026", by: actor)
        #expect(report.run == run.run && report.totals.granted == 3 && report.totals.considered == 10)
        let crypto = city.crypto
        func token(_ person: ID<Person>) -> String {
            Allotment.token(of: SubjectRef(.person, person.rawValue), in: run.run, crypto)
        }
        let equals = (2...10).map { ID<Person>(rawValue: Int64($0)) }.sorted {
            Draw.key(token($0), seed: seed, crypto: crypto) < Draw.key(token($1), seed: seed, crypto: crypto)
        }
        #expect(try await Set(served(city).keys) == Set([1, equals[0].rawValue, equals[1].rawValue]))
        let check = try await city.store.read { try Allotment.load(list.id, in: $0).check(crypto: crypto, in: $0) }
        #expect(check.isOK, "\(check.faults)")
        #expect(check.order.map(\.entrant.name) == [token(ID(rawValue: 1))] + equals.map(token))
        #expect(!list.list.contains("p-"), "the list is for everybody")
        #expect(check.order.map(\.state) == [.held, .held, .held] + Array(repeating: .waiting, count: 7))
        // Whoever serves another in the store is found.
        try await city.store.write(.interactive) { writer in
            let (served, waiting) = (SQLValue.id(equals[0]), SQLValue.id(equals[8]))
            for (from, to) in [(served, .int(-1)), (waiting, served), (.int(-1), waiting)] {
                try writer.execute("UPDATE decision_row SET subject = $1 WHERE subject = $2", [to, from])
            }
        }
        let tampered = try await city.store.read { try Allotment.load(list.id, in: $0).check(crypto: crypto, in: $0) }
        #expect(!tampered.isOK)
        try await city.close()
    }

    @Test("A value that is known serves no second list; while there is enough, nobody draws")
    func once() async throws {
        let files = Self.files("order: [drawn]\ndraw: {source: \(Self.source)}")
        let city = try await city(files, ids: (1...10).map { Int64($0) })
        _ = await code { _ = try await city.corridor.decide(program: "aid-2026", by: actor) }
        let run = try #require(try await city.corridor.runs().first?.run)
        try await city.corridor.cancel(run: run, by: actor)
        // What it waited for is no reason of its end.
        #expect(try await city.corridor.run(run).why?.text.en == "cancelled by \(actor.account)")
        do {
            _ = try await city.corridor.decide(program: "aid-2026", by: actor)
            Issue.record("a second list for one value")
        } catch let error as NiangjiaError {
            #expect(
                error.place?.hasSuffix(".yaml: draw.source") == true && error.message.en.contains("draws once"),
                "\(error)")
        }
        #expect(try await city.corridor.runs().allSatisfy { $0.state == "cancelled" })
        try await city.close()

        let rich = try await self.city(
            Self.files("order: [drawn]\ndraw: {source: \(Self.source)}", amount: "1000"),
            ids: (1...10).map { Int64($0) })
        let report = try await rich.corridor.decide(program: "aid-2026", by: actor)
        #expect(report.totals.granted == 10)
        #expect(try await rich.store.read { try Allotment.list(program: nil, in: $0).isEmpty })
        try await rich.close()
    }

    @Test("A stage that frees gives the place to the next; the case's later stages don't take it again")
    func freed() async throws {
        let files = [
            "plugins/tool/plugin.yaml": """
            id: tool
            version: 1.0.0
            api: 1
            title: {zh-CN: 借用, en: Tools}
            settings: {quota: integer}
            forms:
              lend:
                by: [clerk]
                subject: applicant
                places: {count: {setting: quota}, waitlist: 100%}
                gives: {kind: nothing}
                stages:
                  lent: {by: [clerk], next: [returned]}
                  returned: {by: [clerk], next: [checked], frees: true}
                  checked: {by: [clerk], next: [closed]}
                  closed: {by: [clerk], end: true}
            reasons: {}
            """,
            "plugins/tool/main.lua": "function program.assess.lend(facts) return grant() end",
            "config/programs/tool-2026.yaml": """
            program: tool-2026
            plugin: tool
            policy: 测工发〔2026〕9号
            status: open
            organization: 990100
            series: tool
            season: {from: 2026-06-01, to: 2026-09-30}
            funding: [{line: cooling-2026}]
            short: waitlist
            review: []
            settings: {quota: 1}
            """,
        ]
        let city = try await TestCityHost(programs: [:], files: files, at: "2026-07-15T09:00:00+08:00")
        let corridor = city.corridor
        var asked: [ID<CaseFile>] = []
        for _ in 0..<2 {
            let submission = Submission(
                program: "tool-2026", form: "lend", applicant: try await city.person(), channel: "clerk")
            asked.append(try await corridor.submit(submission, by: Actor(account: "clerk", role: "clerk")).id)
        }
        func places() async throws -> [[Int64]] {
            try await city.store.read { reader in
                try reader.all("SELECT used, waiting FROM counter WHERE kind = 'places'") { [$0.int(0), $0.int(1)] }
            }
        }
        #expect(try await places() == [[1, 1]])
        _ = try await corridor.move(asked[0], to: "returned", by: .host)
        #expect(try await places() == [[0, 1]])
        try await corridor.performDue()
        #expect(try await places() == [[1, 0]])
        for stage in ["checked", "closed"] { _ = try await corridor.move(asked[0], to: stage, by: .host) }
        #expect(try await places() == [[1, 0]])
        let (first, second) = try await city.store.read { [asked] in
            (try Cases.load(asked[0], in: $0), try PlaceTurn.of(asked[1], in: $0))
        }
        #expect(first.state == .done && first.stage == "closed")
        #expect(second.map(\.state) == [.held])
        try await city.close()
    }

    @Test("Whether a case is sealed is for what is handed in last")
    func sealedAgain() async throws {
        let files = [
            "plugins/tip/plugin.yaml": """
            id: tip
            version: 1.0.0
            api: 1
            title: {zh-CN: 反映问题, en: Tips}
            roles: {officer: {zh-CN: 专员, en: Officer}}
            forms:
              tell:
                by: [clerk]
                fields: {open_name: {type: boolean, optional: true}}
                subject: applicant
                sealed: {unless: open_name, but: [officer]}
                gives: {kind: nothing}
            reasons: {}
            """,
            "plugins/tip/main.lua": "function program.assess.tell(facts) return grant() end",
            "config/programs/tip-2026.yaml": """
            program: tip-2026
            plugin: tip
            policy: 测工发〔2026〕10号
            status: open
            organization: 990100
            series: tip
            season: {from: 2026-06-01, to: 2026-09-30}
            review: [basic]
            """,
        ]
        let city = try await TestCityHost(programs: [:], files: files, at: "2026-07-15T09:00:00+08:00")
        let clerk = Actor(account: "clerk", role: "clerk")
        var submission = Submission(
            program: "tip-2026", form: "tell", applicant: try await city.person(union: "99010101"), channel: "clerk")
        submission.fields = ["open_name": true]
        let id = try await city.corridor.submit(submission, by: clerk).id
        func isSealed() async throws -> Int64? {
            try await city.store.read { try $0.integer("SELECT sealed FROM case_file WHERE id = $1", [.id(id)]) }
        }
        #expect(try await isSealed() == 0)
        _ = try await city.corridor.act(.resubmit([:]), on: id, by: clerk)
        #expect(try await isSealed() == 1)
        _ = try await city.corridor.act(.resubmit(["open_name": true]), on: id, by: clerk)
        #expect(try await isSealed() == 0)
        try await city.close()
    }
}
