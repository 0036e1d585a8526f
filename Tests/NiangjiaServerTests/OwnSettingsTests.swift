import NiangjiaConfig
import NiangjiaCore
import NiangjiaTesting
import Testing

@Suite("A union's own settings, and what a form says for itself, hold wherever they are read", .serialized)
struct OwnSettingsTests {
    private let clerk = Actor(account: "clerk", role: "clerk")

    private static func plugin(_ id: String, settings: String, forms: String, grant: String) -> [String: String] {
        [
            "plugins/\(id)/plugin.yaml": """
            id: \(id)
            version: 1.0.0
            api: 1
            title: {zh-CN: 试, en: Trial}
            settings: \(settings)
            forms:
            \(forms)
            """,
            "plugins/\(id)/main.lua": grant,
        ]
    }

    private static let plain = "function program.assess.ask(facts, settings)\n  return grant(settings.value)\nend\n"

    private func city(_ program: String, _ files: [String: String]) async throws -> TestCityHost {
        try await TestCityHost(programs: ["trial": program], files: files, at: "2026-07-15T09:00:00+08:00")
    }

    private func outcomes(_ receipt: CaseReceipt) -> [String] {
        receipt.lines.map { $0.outcome?.code ?? $0.outcome?.result.rawValue ?? "-" }
    }

    @Test("Lines pass together within each value of the path, as many as their union asks for")
    func together() async throws {
        let form = """
              ask:
                by: [clerk, scan]
                fields:
                  crew: {type: array, items: {person: person, site: string}}
                subject: crew.person
                together: {at_least: {setting: least}, per: crew.site}
                gives: {kind: money, to: subject, when: approved}
            """
        let city = try await city(
            .visiting(
                "trial-2026", plugin: "crew", settings: "{value: 100, least: 2}",
                more: "by_organization: {990101: {least: 1}}"),
            Self.plugin("crew", settings: "{value: money, least: integer}", forms: form, grant: Self.plain))
        let applicant = try await city.person(union: "99010201")
        func file(_ crew: [(ID<Person>, String)]) async throws -> [String] {
            let list = crew.map { Value.map(["person": .text($0.0.text), "site": .text($0.1)]) }
            return outcomes(
                try await city.corridor.submit(
                    Submission(
                        program: "trial-2026", form: "ask", applicant: applicant, fields: ["crew": .list(list)],
                        channel: "scan"), by: clerk))
        }
        let crew = try await file([
            (try await city.person(union: "99010201"), "A"), (try await city.person(union: "99010201"), "B"),
            (try await city.person(union: "99010201"), "A"),
        ])
        #expect(crew == ["granted", HostReason.tooFew, "granted"])
        let alone = try await file([
            (try await city.person(union: "99010101"), "A"), (try await city.person(union: "99010201"), "B"),
        ])
        #expect(alone == ["granted", HostReason.tooFew])
        try await city.close()
    }

    @Test(
        "A number of places is one for all unions, by the setting or by a path to it: another is refused, and not read",
        arguments: [
            "{count: {setting: seats}}", "{per: hall, count: settings.seats}",
            "{per: hall, count: \"place[settings.seats].seats\"}",
        ])
    func places(places: String) async throws {
        let form = """
              ask:
                by: [clerk]
                fields: {hall: string}
                subject: applicant
                places: \(places)
                gives: {kind: nothing}
            records:
              place: {key: [number], fields: {number: integer, seats: integer}, by: [clerk]}
            """
        let files = Self.plugin(
            "hall", settings: "{seats: integer}", forms: form,
            grant: "function program.assess.ask(facts)\n  return grant({rank = 1})\nend\n")
        func program(_ more: String) -> String {
            """
            program: trial-2026
            plugin: hall
            policy: 测工发〔2026〕6号
            status: open
            organization: 990100
            series: hall
            season: {from: 2026-07-01, to: 2026-09-30}
            funding: [{line: cooling-2026}]
            short: waitlist
            pay: {each_max: 1000}
            review: []
            settings: {seats: 1}
            \(more)
            """
        }
        let text = try #require(files["plugins/hall/plugin.yaml"])
        let manifest = try #require(ManifestFile.read(Array(text.utf8), file: "plugins/hall/plugin.yaml").manifest)
        func told(_ more: String) -> [String] {
            ProgramFile.read(
                Array(program(more).utf8), file: "config/programs/trial-2026.yaml",
                against: ConfigSurroundings(plugins: ["hall": manifest])
            ).report.errors.map { "\($0.path) \($0.message.en)" }
        }
        let own = "by_organization: {990101: {seats: 2}}"
        #expect(told("changes: [{from: 2026-07-20, settings: {seats: 2}}]") == [])
        #expect(told(own).count == 1)
        #expect(told(own).first?.hasPrefix("by_organization.990101.seats seats is the number of places") == true)
        #expect(told("forms: {ask: {\(own)}}").first?.hasPrefix("forms.ask.by_organization.990101.seats ") == true)
        guard !places.contains("[") else { return }

        // What was approved before it was refused.
        let city = try await TestCityHost(
            programs: ["trial": program(own)], files: files, isApproved: true, at: "2026-07-15T09:00:00+08:00")
        func ask(_ union: String?) async throws -> [String] {
            outcomes(
                try await city.corridor.submit(
                    Submission(
                        program: "trial-2026", form: "ask", applicant: try await city.person(union: union),
                        fields: ["hall": "north"], channel: "clerk"), by: clerk))
        }
        #expect(try await ask("99010101") == ["granted"])
        for union in ["99010101", "99010201", nil] { #expect(try await ask(union) == [HostReason.quotaFull]) }
        try await city.close()
    }

    @Test("Goods lie for as many days as the union of whom they are for says")
    func lapse() async throws {
        let form = """
              ask:
                by: [clerk]
                subject: applicant
                gives: {kind: goods, when: delivered}
                delivery: {by: [clerk], within_days: {setting: days}}
            """
        let city = try await city(
            .visiting(
                "trial-2026", plugin: "pack", settings: "{value: 100, days: 5}",
                more: "by_organization: {990101: {days: 20}}"),
            Self.plugin("pack", settings: "{value: money, days: integer}", forms: form, grant: Self.plain))
        var cases: [ID<CaseFile>] = []
        for union in ["99010101", "99010201"] {
            let receipt = try await city.corridor.submit(
                Submission(
                    program: "trial-2026", form: "ask", applicant: try await city.person(union: union),
                    channel: "clerk"), by: clerk)
            _ = try await city.corridor.act(
                .approve, on: receipt.id, by: Actor(account: "r1", role: "reviewer:basic"))
            cases.append(receipt.id)
        }
        func lapsed(on day: String) async throws -> Int {
            city.clock.set(try #require(Instant("\(day)T09:00:00+08:00")))
            return try await city.corridor.lapseDeliveries(program: "trial-2026", form: "ask")
        }
        #expect(try await lapsed(on: "2026-07-25") == 1)
        var states: [CaseState] = []
        for id in cases { states.append(try await city.store.read { try Cases.load(id, in: $0).state }) }
        #expect(states == [.approved, .lapsed])
        #expect(try await lapsed(on: "2026-08-10") == 1)
        try await city.close()
    }

    @Test("A case stays in its first stage for as long as the union of whom it is about says")
    func term() async throws {
        let form = """
              ask:
                by: [clerk]
                subject: applicant
                gives: {kind: nothing}
                stages:
                  open: {within: {setting: days}, next: [shut]}
                  shut: {by: [clerk], end: true}
            """
        let city = try await city(
            .visiting(
                "trial-2026", plugin: "pack", settings: "{value: 100, days: 5d}",
                more: "by_organization: {990101: {days: 20d}}"),
            Self.plugin(
                "pack", settings: "{value: money, days: duration}", forms: form,
                grant: "function program.assess.ask(facts)\n  return grant({rank = 1})\nend\n"))
        var terms: [Int] = []
        for union in ["99010101", "99010201", nil] {
            let receipt = try await city.corridor.submit(
                Submission(
                    program: "trial-2026", form: "ask", applicant: try await city.person(union: union),
                    channel: "clerk"), by: clerk)
            let due = try await city.store.read { try Cases.load(receipt.id, in: $0).due }
            terms.append(try #require(due).date - city.clock.now().date)
        }
        #expect(terms == [20, 5, 5])
        try await city.close()
    }

    @Test("A form's own ceiling bounds what is granted by that form; the program's bounds all")
    func ceiling() async throws {
        func form(_ name: String) -> String {
            """
              \(name):
                by: [scan]
                subject: applicant
                gives: {kind: money, to: subject, when: approved}
            """
        }
        let city = try await city(
            .visiting(
                "trial-2026", plugin: "two", more: "ceiling: {persons: 3}\nforms: {more: {ceiling: {persons: 1}}}"),
            Self.plugin(
                "two", settings: "{value: money}", forms: form("ask") + "\n" + form("more"),
                grant: Self.plain + Self.plain.replacing("ask", with: "more")))
        func ask(_ form: String) async throws -> [String] {
            outcomes(
                try await city.corridor.submit(
                    Submission(
                        program: "trial-2026", form: form, applicant: try await city.person(), channel: "scan"),
                    by: clerk))
        }
        #expect(try await ask("ask") == ["granted"])
        #expect(try await ask("more") == ["granted"])
        #expect(try await ask("more") == [HostReason.ceiling])
        #expect(try await ask("ask") == ["granted"])
        #expect(try await ask("ask") == [HostReason.ceiling])
        try await city.close()
    }

    @Test("A look counts another plugin's cases, whatever series they are of")
    func neighboursCases() async throws {
        let other = """
              ask:
                by: [scan]
                subject: applicant
                gives: {kind: nothing}
            """
        var files = StaleFactsTests.files(look: "{in: cases, of: [other/ask], per: subject, within: season}")
        files.merge(
            Self.plugin(
                "other", settings: "{value: money}", forms: other,
                grant: "function program.assess.ask(facts)\n  return grant({rank = 1})\nend\n")
        ) { first, _ in first }
        let city = try await TestCityHost(
            programs: [
                "once": .visiting("once-2026", plugin: "once"), "other": .visiting("other-2026", plugin: "other"),
            ], files: files, at: "2026-07-15T09:00:00+08:00")
        let (first, second) = (try await city.person(), try await city.person())
        func ask(_ program: String, _ person: ID<Person>) async throws -> [String] {
            outcomes(
                try await city.corridor.submit(
                    Submission(program: program, form: "ask", applicant: person, channel: "scan"), by: clerk))
        }
        #expect(try await ask("other-2026", first) == ["granted"])
        #expect(try await ask("once-2026", first) == ["BEFORE"])
        #expect(try await ask("once-2026", second) == ["granted"])
        try await city.close()
    }
}
