import Foundation
import NiangjiaTesting
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// Nobody changes a program blind that is handled application by application either: those of a year are judged again (decision 0078).
@Suite("Previews of programs that are applied for", .serialized) struct FiledPreviewTests {
    static let plugin = [
        "plugins/stay/plugin.yaml": """
        id: stay
        version: 1.0.0
        api: 1
        title: {zh-CN: 留岗, en: Staying on}
        settings: {value: money, outdoor_only: boolean}
        forms:
          ask:
            by: [clerk]
            fields: {nights: {type: integer, minimum: 1, maximum: 9, title: {zh-CN: 天数, en: Nights}}}
            subject: applicant
            facts: {subject: [exposure], maybe: [subject.exposure]}
            gives: {kind: money, to: subject, when: approved}
            unique: [{per: subject, within: season, reason: ONCE}]
        reasons:
          INDOORS: {zh-CN: 不在户外, en: Indoors}
          ONCE: {zh-CN: 一次, en: Once}
          HOME: {zh-CN: 一户上限, en: A household's limit}
        """,
        "plugins/stay/main.lua": """
        function program.assess.ask(facts, settings)
          if settings.outdoor_only and facts.subject.exposure ~= "outdoor" then return refuse("INDOORS") end
          return grant(settings.value)
        end
        """,
        "config/stacking.yaml": """
        exclusions: []
        shared_caps: [{name: home, of: [stay/ask, mutual-aid/claim], per: household, within: season, cap: 150, reason: HOME}]
        reasons: {HOME: {zh-CN: 一户上限, en: Limit}}
        """,
    ]

    static func program(
        _ year: Int, value: Int = 100, outdoor: Bool = false, status: String = "open", more: String = ""
    ) -> String {
        """
        program: stay-\(year)
        plugin: stay
        policy: 测工发〔2026〕7号
        status: \(status)
        organization: 990100
        series: stay
        season: {from: \(year)-07-01, to: \(year)-09-30}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        settings: {value: \(value), outdoor_only: \(outdoor)}
        \(more)
        """
    }

    private func city() async throws -> TestCityHost {
        try await TestCityHost(
            programs: ["stay-2026": Self.program(2026), "stay-2027": Self.program(2027, status: "closed_to_new")],
            files: Self.plugin, at: "2026-07-10T09:00:00+08:00")
    }

    private func other(_ city: TestCityHost, _ programs: [String: String]) throws -> NiangjiaCore.Bundle {
        try TestCityHost.bundle(programs: programs, files: Self.plugin, city.crypto)
    }

    @discardableResult
    private func ask(_ city: TestCityHost, _ person: ID<Person>) async throws -> CaseReceipt {
        let receipt = try await city.corridor.submit(
            Submission(program: "stay-2026", form: "ask", applicant: person, fields: ["nights": 2], channel: "clerk"),
            by: Actor(account: "clerk", role: "clerk"))
        if receipt.state == .inCheck {
            _ = try await city.corridor.act(
                .approve, on: receipt.id, by: Actor(account: "reviewer", role: "reviewer:city"))
        }
        return receipt
    }

    @Test("Programs of one series that run beside each other look back at their own applications only")
    func sideBySide() async throws {
        let programs = [
            "stay-2026": Self.program(2026), "stay-east": Self.program(2026).replacing("stay-2026", with: "stay-east"),
        ]
        let city = try await TestCityHost(programs: programs, files: Self.plugin, at: "2026-07-10T09:00:00+08:00")
        for _ in 0..<6 { try await ask(city, try await city.person()) }
        for _ in 0..<2 {
            _ = try await city.corridor.submit(
                Submission(
                    program: "stay-east", form: "ask", applicant: try await city.person(), fields: ["nights": 2],
                    channel: "clerk"), by: Actor(account: "clerk", role: "clerk"))
        }
        #expect(try await city.corridor.preview(program: "stay-2026").filed?.count == 6)
        #expect(try await city.corridor.preview(program: "stay-east").filed?.count == 2)
        let active = try await city.corridor.bundles.active()
        let diff = try await city.corridor.diff(program: "stay-east", from: .bundle(active), to: .bundle(active))
        #expect(diff.lines.isEmpty && diff.filed?.count == 2)
        try await city.close()
    }

    @Test(
        "Equal rules have no line and come to what was decided; another rate and another condition tell who gains and who loses"
    )
    func twoSides() async throws {
        let city = try await city()
        for n in 0..<6 { try await ask(city, try await city.person(exposure: n < 4 ? "outdoor" : "office")) }
        let decided = try await city.store.read {
            try $0.integer("SELECT SUM(amount) FROM decision WHERE state = 'standing'")
        }
        // Nobody here has an occupation or a household: what people are told apart by is nothing that the rule needs.
        let now = try await city.corridor.preview(
            program: "stay-2026", options: PreviewOptions(dimensions: Dimension.allCases))
        #expect(now.totals.granted == 6 && now.totals.amount.fen == decided, "\(now.totals)")
        #expect(now.filed?.count == 6 && now.filed?.days.to == CivilDate("2026-07-10"))
        // What they have taken is there again, and taken again.
        let free = try await city.store.read { try Ledger.available(lines: ["cooling-2026"], in: $0) }
        #expect(now.fundAfter == free["cooling-2026"] && now.fundBefore - now.fundAfter == now.totals.amount)

        let active = try await city.corridor.bundles.active()
        let same = try await city.corridor.diff(
            program: "stay-2026", from: .bundle(active), to: .bundle(active))
        #expect(same.lines.isEmpty && same.otherReason == 0 && same.filed?.count == 6)
        let changed = try other(city, ["stay-2026": Self.program(2026, value: 120, outdoor: true)])
        let diff = try await city.corridor.diff(
            program: "stay-2026", from: .bundle(active), to: .bundle(changed))
        #expect(diff.count(.gains) == 4 && diff.amount(.gains) == Money(fen: 4 * 2_000))
        #expect(diff.count(.loses) == 2 && diff.amount(.loses) == Money(fen: -2 * 10_000))
        #expect(diff.lines.filter { $0.kind == .loses }.allSatisfy { $0.subjects[0].condition?.code == "INDOORS" })
        let closed = try await city.corridor.diff(program: "stay-2026", from: .closed, to: .bundle(active))
        #expect(closed.count(.gains) == 6)
        // Nothing was written, and the books are as they were.
        #expect(try await city.store.read { try $0.integer("SELECT COUNT(*) FROM decision") } == 6)
        let (books, chain) = try await city.verify()
        #expect(books.isOK && chain.isWhole)
        try await city.close()
    }

    @Test(
        "What may exist once is taken once, a household's limit is drawn on anew, and money that doesn't suffice leaves out the last"
    )
    func drawnAnew() async throws {
        let city = try await city()
        let family = try await city.household("deep")
        let (one, two) = (
            try await city.person(household: family, role: "head"), try await city.person(household: family)
        )
        let third = try await city.person()
        try await ask(city, one)
        try await ask(city, two)
        #expect(try await ask(city, one).lines.first?.judgement.code == "ONCE")
        try await ask(city, third)
        let now = try await city.corridor.preview(program: "stay-2026", options: PreviewOptions(listed: 9))
        // Three people, one of whom asked twice.
        #expect(now.totals.granted == 2 && now.totals.limited == 1 && now.totals.considered == 3)
        #expect(now.filed?.count == 4 && now.totals.byReason == ["HOME": 1])
        #expect(now.totals.amount == Money(fen: 10_000 + 5_000 + 10_000))

        let short = try other(
            city, ["stay-2026": Self.program(2026, more: "ceiling: {amount: 200}")])
        let limited = try await city.corridor.preview(
            program: "stay-2026", bundle: short, options: PreviewOptions(listed: 9))
        #expect(limited.leftOut.map(\.subject) == [SubjectRef(.person, third.rawValue)])
        try await city.close()
    }

    @Test("A rule that looks at a family's past sees what came before each application, as it did then")
    func looks() async throws {
        var files = Self.plugin
        files["plugins/stay/plugin.yaml"] = files["plugins/stay/plugin.yaml"]?
            .replacingOccurrences(
                of: "facts: {subject: [exposure],",
                with: "facts: {subject: [exposure], look: {before: {in: decisions, per: household, within: season}},")
        files["plugins/stay/main.lua"] = """
            function program.assess.ask(facts, settings)
              if facts.look.before.count > 0 then return grant(settings.value // 2) end
              return grant(settings.value)
            end
            """
        let city = try await TestCityHost(
            programs: ["stay-2026": Self.program(2026)], files: files, at: "2026-07-10T09:00:00+08:00")
        let family = try await city.household("deep")
        for role in ["head", "spouse"] {
            try await ask(city, try await city.person(household: family, role: role))
            city.clock.advance(milliseconds: 60_000)
        }
        let decided = try await city.store.read {
            try $0.all("SELECT amount FROM decision ORDER BY id", []) { $0.int(0) }
        }
        #expect(decided == [10_000, 5_000])
        let now = try await city.corridor.preview(program: "stay-2026", options: PreviewOptions(listed: 9))
        #expect(now.granted.map(\.outcome.amount.fen) == decided)
        try await city.close()
    }

    @Test("The next year's program is shown by this year's applications; a rate from a day on, on that day")
    func otherYears() async throws {
        let city = try await city()
        for _ in 0..<5 { try await ask(city, try await city.person()) }
        let next = try await city.corridor.preview(program: "stay-2027")
        #expect(next.totals.granted == 5 && next.totals.byReason.isEmpty)
        let dated = try other(
            city,
            ["stay-2026": Self.program(2026, more: "changes: [{from: 2026-08-20, settings: {value: 150}}]")])
        let today = try await city.corridor.preview(program: "stay-2026", bundle: dated)
        #expect(today.totals.amount == Money(fen: 5 * 10_000))
        let then = try await city.corridor.preview(
            program: "stay-2026", asOf: CivilDate("2026-08-20"), bundle: dated)
        #expect(then.totals.amount == Money(fen: 5 * 15_000) && then.filed?.count == 5)
        let active = try await city.corridor.bundles.active()
        let needs = try await city.store.read {
            try Previews.needed(from: active, to: dated, today: city.clock.now().date, in: $0)
        }
        #expect(needs.map(\.asOf) == [CivilDate("2026-08-20")] && needs.map(\.form) == ["ask"])
        // Out of time in every year: as the rules stand.
        let late = try other(
            city, ["stay-2026": Self.program(2026, more: "apply: {from: 2026-09-01, to: 2026-09-30}")])
        let refused = try await city.corridor.preview(program: "stay-2026", bundle: late)
        #expect(refused.totals.byReason == [HostReason.outOfSeason: 5])
        try await city.close()
    }

    @Test("What a form asks for now and nobody filled in then is incomplete, on one side as on the other")
    func newField() async throws {
        let city = try await city()
        for _ in 0..<5 { try await ask(city, try await city.person()) }
        var files = Self.plugin
        files["plugins/stay/plugin.yaml"] = files["plugins/stay/plugin.yaml"]?
            .replacingOccurrences(of: "fields: {nights:", with: "fields: {street: string, nights:")
        let asks = try TestCityHost.bundle(
            programs: ["stay-2026": Self.program(2026)], files: files, city.crypto)
        let diff = try await city.corridor.diff(
            program: "stay-2026", from: .bundle(try await city.corridor.bundles.active()), to: .bundle(asks))
        #expect(diff.before.granted == 5 && diff.after.incomplete == 5 && diff.count(.loses) == 5)
        #expect(diff.filed?.lacks == ["street": 5])
        try await city.close()
    }

    @Test("Who named a record that was removed since is incomplete, as whoever is decided on that day")
    func removedRecord() async throws {
        var files = Self.plugin
        files["plugins/stay/plugin.yaml"] = files["plugins/stay/plugin.yaml"]?
            .replacing("fields: {nights:", with: "fields: {site: {type: site, title: {zh-CN: 工地, en: Site}}, nights:")
            .replacing("forms:", with: "records: {site: {key: [code], fields: {code: string}, by: [clerk]}}\nforms:")
        let city = try await TestCityHost(
            programs: ["stay-2026": Self.program(2026)], files: files, at: "2026-07-10T09:00:00+08:00")
        let (ids, now) = (city.ids, city.clock.now())
        let sites = [ids.next(Record.self), ids.next(Record.self)]
        try await city.store.write(.interactive) { writer in
            for (n, site) in sites.enumerated() {
                try writer.execute(
                    """
                    INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body) \
                    VALUES ($1, 'stay', 'site', $2, 1, $3, $4, $5)
                    """,
                    [
                        .id(site), .text("[\"\(n)\"]"), .date(now.date), .instant(now), .text("{\"code\":\"\(n)\"}"),
                    ])
            }
        }
        var filed: [ID<CaseFile>] = []
        for n in 0..<11 {
            let submission = Submission(
                program: "stay-2026", form: "ask", applicant: try await city.person(),
                fields: ["nights": 2, "site": .text(sites[n < 5 ? 0 : 1].text)], channel: "clerk")
            filed.append(
                try await city.corridor.submit(submission, by: Actor(account: "clerk", role: "clerk")).id)
        }
        try await city.store.write(.interactive) { writer in
            _ = try writer.execute(
                "UPDATE record SET state = 'removed', revision = revision + 1 WHERE id = $1", [.id(sites[0])])
        }
        let forecast = try await city.corridor.preview(program: "stay-2026")
        #expect(forecast.totals.incomplete == 5 && forecast.totals.granted == 6, "\(forecast.totals)")
        #expect(forecast.filed?.lacks == ["site": 5])
        // The same day decides the same.
        var states: [CaseState] = []
        for id in filed {
            states.append(
                try await city.corridor.act(.approve, on: id, by: Actor(account: "reviewer", role: "reviewer:city")))
        }
        #expect(states == Array(repeating: .returned, count: 5) + Array(repeating: .approved, count: 6))
        try await city.close()
    }

    @Test(
        "A change of a program that is applied for takes a preview of it; sealed applications are counted and never named"
    )
    func gate() async throws {
        let city = try await TestCity()
        let (_, unit) = try await city.peopleWhoSeeHazards()
        for _ in 0..<6 { _ = try await city.reportHazard(in: unit, "major") }
        let before = try await city.run(
            "program.preview", ["program": "hazard-report-2026", "names": true, "reason": "核对"], as: "office")
        #expect(before.answer?["filed"]["applications"] == 6 && before.answer?["considered"] == 1)
        #expect(before.answer?["listed"].list?.isEmpty == true)
        #expect(before.lines.contains { $0.contains("6 份申请重新判定") }, "\(before.lines)")

        try city.edit("config/programs/hazard-report-2026.yaml", "policy: ", "policy: 改")
        let entry = try await city.run("config.propose", ["policy": "测"], as: "office")
        let bundle: Value = ["bundle": entry.answer?["digest"] ?? .null]
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("config.approve", bundle, as: "chief")
        }
        #expect(refused?.message.zh.contains("program preview hazard-report-2026 --form report") == true)
        // A look at a time without applications is no look at the change.
        func preview(_ more: [String: Value]) async throws {
            let asked: [String: Value] = [
                "program": "hazard-report-2026", "bundle": entry.answer?["digest"] ?? .null,
            ]
            _ = try await city.run("program.preview", .map(asked.merging(more) { $1 }), as: "office")
        }
        try await preview(["as_of": "2025-01-01"])
        #expect(await code { _ = try await city.run("config.approve", bundle, as: "chief") } == .conflict)
        try await preview([:])
        let approved = try await city.run("config.approve", bundle, as: "chief")
        #expect(approved.lines.contains { $0.contains("试算 hazard-report-2026/report") }, "\(approved.lines)")
        try await city.host.close()
    }
}
