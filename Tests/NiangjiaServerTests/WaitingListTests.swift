import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Who waits for a program, day after day (decision 0068).
@Suite("Who waits is on the list once: since when, last judged, why", .serialized) struct WaitingListTests {
    private static let program = "summer-cooling-2026"
    private static let cooling = "config/programs/summer-cooling-2026.yaml"
    private static let package: Value = ["program": "summer-cooling-2026", "form": "package"]

    /// A city where a run may serve ten.
    private func city(_ ceiling: Int = 10) async throws -> TestCity {
        let city = try await TestCity()
        try city.edit(
            Self.cooling, "ceiling: {persons: 5200, amount: 520000}",
            "ceiling: {persons: \(ceiling), amount: 520000}")
        try await city.approve()
        try await city.importPeople()
        return city
    }

    private func decide(_ city: TestCity, on day: String) async throws -> Value? {
        city.clock.set(try #require(Instant(day + "T09:00:00+08:00")))
        return try await city.run("program.decide", Self.package, as: "office").answer
    }

    /// The whole list, page by page.
    private func waiting(_ city: TestCity, pages limit: Int64 = 500, as id: String = "office") async throws -> [Value] {
        var (found, after) = ([Value](), Value.null)
        while true {
            let page = try await city.run(
                "program.waiting", ["program": .text(Self.program), "limit": .int(limit), "after": after], as: id
            ).answer?.list
            let items = try #require(page)
            found += items
            guard items.count == Int(limit) else { return found }
            after = items[items.count - 1]["decision"]
        }
    }

    private func count(_ city: TestCity, _ condition: String) async throws -> Int64 {
        try await city.host.store.read {
            try $0.integer("SELECT COUNT(*) FROM decision WHERE form = 'package' AND \(condition)") ?? -1
        }
    }

    @Test(
        "Day after day nothing is written anew of whom a run finds as they were; each day's judgement can be replayed")
    func unchanged() async throws {
        let city = try await city()
        let first = try await decide(city, on: "2026-07-15")
        let number = try #require(first?["waitlisted"].int)
        #expect(number > 100)
        for day in ["2026-07-16", "2026-07-17"] {
            #expect(try await decide(city, on: day)?["waitlisted"].int == number)
        }
        #expect(try await count(city, "result = 'waitlisted'") == number)
        let list = try await waiting(city, pages: 100)
        #expect(Int64(list.count) == number && Set(list.map { $0["subject"] }).count == list.count)
        #expect(list.allSatisfy { $0["since"] == "2026-07-15" && $0["last_judged"] == "2026-07-17" })
        #expect(list[0]["code"].text == HostReason.ceiling && list[0]["name"].text?.hasSuffix("*") == true)
        #expect(list[0]["assessed_fen"].int ?? 0 > 0)
        // What was judged on the second day has no decision of its own, and is in the journal all the same.
        try await city.add("auditor", .auditor)
        let runs = try await city.run("program.runs", ["program": .text(Self.program)], as: "office").answer?.list
        for (day, run) in zip(["2026-07-17", "2026-07-16", "2026-07-15"], try #require(runs)) {
            let replay = try await city.run(
                "decision.replay", ["program": .text(Self.program), "person": list[7]["subject"], "on": .text(day)],
                as: "auditor"
            ).answer
            #expect(replay?["same"] == true && replay?["decision"].text?.hasPrefix(run["run"].text ?? "?") == true)
        }
        // A member hears of the newest judgement; so does who was served before and waits for the next time.
        let served = try await city.host.store.read { reader in
            try reader.first("SELECT subject FROM decision WHERE state = 'standing' AND form = 'package' ORDER BY id") {
                $0.id(0, Person.self)
            }
        }
        for day in ["2026-08-01", "2026-08-02"] { _ = try await decide(city, on: day) }
        for person in [list[7]["subject"].text, served?.text] {
            let why = try await city.run(
                "decision.explain", ["program": .text(Self.program), "person": .text(try #require(person))],
                as: "office"
            ).answer
            #expect(why?["outcome"] == "waitlisted" && why?["on"] == "2026-08-02", "\(why?.json ?? "")")
        }
        #expect(
            await code {
                _ = try await city.run(
                    "decision.replay",
                    ["program": .text(Self.program), "person": list[7]["subject"], "on": "2026-07-14"], as: "auditor")
            } == .notFound)
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"] != false)
        try await city.host.close()
    }

    @Test(
        "Served, refused, out of scope: off the list; who still waits does so since the first day, under a new configuration too"
    )
    func changes() async throws {
        let city = try await city()
        _ = try await decide(city, on: "2026-07-15")
        let before = try await waiting(city)
        let (refused, gone) = (try #require(before[3]["subject"].text), try #require(before[5]["subject"].text))
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET exposure = 'office_air_conditioned', revision = revision + 1 WHERE id = $1",
                [.id(ID<Person>(refused))])
            try writer.execute("DELETE FROM person WHERE id = $1", [.id(ID<Person>(gone))])
        }
        try city.edit(Self.cooling, "ceiling: {persons: 10", "ceiling: {persons: 14")
        try await city.approve()
        let second = try await decide(city, on: "2026-07-16")
        #expect(second?["applied"].int == 4)
        let after = try await waiting(city)
        let left = Set(after.compactMap { $0["subject"].text })
        #expect(!left.contains(refused) && left.count == after.count)
        #expect(Int64(after.count) == second?["waitlisted"].int)
        #expect(after.allSatisfy { $0["since"] == "2026-07-15" && $0["last_judged"] == "2026-07-16" })
        // Under another configuration the decision is written anew, and the old one isn't waiting any more.
        #expect(try await count(city, "state = 'superseded'") == Int64(after.count) + 4)
        #expect(try await count(city, "state = 'waitlisted'") == Int64(after.count))
        #expect(try await count(city, "state = 'ended'") == Int64(before.count - after.count - 4))
        // Who comes back after a refusal waits since then.
        try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET exposure = 'outdoor', revision = revision + 1 WHERE id = $1",
                [.id(ID<Person>(refused))])
        }
        _ = try await decide(city, on: "2026-07-20")
        let again = try await waiting(city).first { $0["subject"].text == refused }
        #expect(again?["since"] == "2026-07-20")
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"] != false)
        try await city.host.close()
    }

    @Test("A run that decides by itself goes on with who waits by it; a list of who never asked doesn't name them")
    func automatic() async throws {
        let city = try await city()
        let report = try await city.host.corridor.decide(
            program: Self.program, form: "package", by: .host, automatic: true)
        #expect(report.totals.granted == 10 && report.totals.waitlisted > 0)
        let unasked = try await city.run("program.unasked", Self.package, as: "office").answer
        #expect(unasked?["count"].int == 0)
        try city.edit(Self.cooling, "ceiling: {persons: 10", "ceiling: {persons: 13")
        try await city.approve()
        city.clock.set(try #require(Instant("2026-07-16T09:00:00+08:00")))
        let second = try await city.host.corridor.decide(
            program: Self.program, form: "package", by: .host, automatic: true)
        #expect(second.totals.granted == 3 && second.totals.waitlisted == report.totals.waitlisted - 3)
        #expect(try await waiting(city).count == second.totals.waitlisted)
        try await city.host.close()
    }

    @Test("Whom an automatic run skips, because they were served before, waits on as a run by hand left them")
    func skipped() async throws {
        let city = try await city()
        _ = try await decide(city, on: "2026-07-15")
        let served = try await city.host.store.read { reader in
            try reader.all("SELECT subject FROM decision WHERE state = 'standing' AND form = 'package'") {
                $0.id(0, Person.self).text
            }
        }
        _ = try await decide(city, on: "2026-08-01")
        let before = Set(try await waiting(city).compactMap { $0["subject"].text })
        #expect(served.count == 10 && before.isSuperset(of: served))
        city.clock.set(try #require(Instant("2026-08-02T06:00:00+08:00")))
        let report = try await city.host.corridor.decide(
            program: Self.program, form: "package", by: .host, automatic: true)
        #expect(report.totals.waitlisted == before.count - served.count)
        #expect(Set(try await waiting(city).compactMap { $0["subject"].text }) == before)
        #expect(try await count(city, "state = 'ended'") == 0)
        try await city.host.close()
    }

    @Test("Others see who waits in their part of the city; whoever may not see cases is refused")
    func rights() async throws {
        let city = try await city()
        _ = try await decide(city, on: "2026-07-15")
        let county = try await city.host.store.read { reader in
            try reader.first("SELECT id, path FROM organization WHERE code = '990101'") {
                (id: $0.id(0, Organization.self), path: $0.text(1))
            }
        }
        let (id, path) = try #require(county)
        _ = try await city.host.access.add(
            Account(id: "zhang", display: "zhang", roles: [RoleGrant(.clerk)], scope: id), password: TestCity.password,
            by: "admin")
        let own = try await waiting(city, pages: 30, as: "zhang")
        let all = try await waiting(city)
        #expect(!own.isEmpty && own.count < all.count)
        let others = try await city.host.store.read { reader in
            try own.filter { one in
                try reader.integer(
                    "SELECT COUNT(*) FROM membership m JOIN organization o ON o.id = m.organization WHERE m.person = $1 AND substr(o.path, 1, length($2)) = $2",
                    [.id(ID<Person>(one["subject"].text ?? "")), .text(path)]) == 0
            }
        }
        #expect(others.isEmpty)
        try await city.add("keeper", .keeper)
        #expect(await code { _ = try await waiting(city, as: "keeper") } == .forbidden)
        #expect(
            await code {
                _ = try await city.run("program.waiting", ["program": .text(Self.program), "form": "x"], as: "office")
            } == .invalid)
        try await city.host.close()
    }
}

/// Forms whose grants are unique take their claims line by line; who waits is written once all the same.
@Suite(.serialized) struct WaitingClaimsTests {
    private static let files = [
        "plugins/once/plugin.yaml": """
        id: once
        version: 1.0.0
        api: 1
        title: {zh-CN: 一次, en: Once}
        settings: {value: money}
        forms:
          ask:
            by: [clerk, batch]
            population: {of: persons}
            subject: applicant
            facts: {subject: [exposure]}
            gives: {kind: money, to: subject, when: approved}
            unique: [{per: subject, within: season, reason: BEFORE}]
        reasons: {BEFORE: {zh-CN: 已有记录, en: Something stands already}}
        """,
        "plugins/once/main.lua": """
        function program.assess.ask(facts, settings)
          return grant(settings.value)
        end
        """,
    ]

    @Test("Served, waiting and served later, under claims")
    func claims() async throws {
        let city = try await TestCityHost(
            programs: [
                "once": .visiting("once-2026", plugin: "once", more: "ceiling: {persons: 2, amount: 200}")
            ],
            files: Self.files, at: "2026-07-15T09:00:00+08:00")
        for _ in 1...5 { _ = try await city.person(union: "99010101") }
        let office = Actor(account: "office", role: "program_admin")
        func count(_ condition: String) async throws -> Int64 {
            try await city.store.read { try $0.integer("SELECT COUNT(*) FROM decision WHERE \(condition)") ?? -1 }
        }
        for day in 15...17 {
            city.clock.set(try #require(Instant("2026-07-\(day)T09:00:00+08:00")))
            let report = try await city.corridor.decide(program: "once-2026", form: "ask", by: office)
            // Under one grant a season the first two are refused from the second day on.
            #expect(report.totals.waitlisted == 3 && report.totals.granted == (day == 15 ? 2 : 0))
        }
        #expect(try await count("state = 'waitlisted'") == 3)
        #expect(try await count("state = 'standing'") == 2)
        #expect(try await count("1 = 1") == 5)
        // One of the first two is taken out: the next run serves somebody who waits.
        let first = try await city.store.read { reader in
            try reader.first("SELECT id FROM decision WHERE state = 'standing' ORDER BY id") { $0.id(0, Decision.self) }
        }
        _ = try await city.corridor.takeOut(try #require(first), because: "核对", again: false, by: office)
        city.clock.set(try #require(Instant("2026-07-18T09:00:00+08:00")))
        let report = try await city.corridor.decide(program: "once-2026", form: "ask", by: office)
        #expect(report.totals.granted == 1 && report.totals.waitlisted == 2)
        let waiting = try await city.store.read { reader in
            try Waiting.list(program: "once-2026", in: reader) { _ in true }
        }
        #expect(waiting.count == 2 && waiting.allSatisfy { $0.since.description == "2026-07-15" })
        try await city.close()
    }
}
