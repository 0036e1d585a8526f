import Foundation
import NiangjiaCore
import NiangjiaPlugins
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// A journaled call told as a test: it passes at once, and nothing of the real person is in it.
@Suite struct FixtureTests {
    /// Ids as they look outside the store.
    private static func ids(in text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init).filter {
            ID<Person>($0) != nil || ID<Household>($0) != nil || ID<Organization>($0) != nil
                || ID<Decision>($0) != nil || ID<CaseFile>($0) != nil
        }
    }

    @Test("A decision of a batch: the person is somebody else, the test passes, the look is logged")
    func batch() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("journal", .auditor)
        _ = try await city.run("program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let (decision, person, name) = try await city.host.store.read { reader in
            try #require(
                try reader.first(
                    """
                    SELECT d.id, p.id, p.name FROM decision d JOIN person p ON p.id = d.subject
                    WHERE d.subject_kind = 'person' ORDER BY d.id
                    """, []
                ) { ($0.id(0, Decision.self).text, $0.id(1, Person.self).text, $0.text(2)) })
        }
        let sink = try await city.run("plugin.fixture", ["decision": .text(decision)], as: "journal")
        let text = try #require(sink.answer?["test"].text)
        #expect(Self.ids(in: text) == [] && !text.contains(name) && !text.contains(person), "\(text)")
        #expect(text.contains("exposure: "))

        // Put beside the plugin's own tests it passes as any of them.
        let folder = city.folder.path + "/plugins/summer-cooling/tests"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/found.yaml"))
        var options = Workshop.TestOptions()
        options.cases = ["FIXTURE-1"]
        let tested = CollectingSink()
        let status = await Workshop.test(
            "summer-cooling", data: city.folder.path, options: options, output: Output(tested))
        #expect(status == .ok, "\(tested.lines)\n\(text)")

        let logged = try await city.host.store.read { reader in
            try reader.integer(
                "SELECT COUNT(*) FROM access_log WHERE account = 'journal' AND about = $1 AND reason = 'plugin fixture'",
                [.text(person)])
        }
        #expect(logged == 1)
        #expect(
            await code { _ = try await city.run("plugin.fixture", ["decision": .text(decision)], as: nil) }
                == .unauthenticated)
        try await city.host.close()
    }

    @Test("A claim with a past: dates keep only their distances, words and amounts what the rule needs")
    func claim() async throws {
        let path = TestCityHost.repository + "/config/programs/mutual-aid-2026.yaml"
        let city = try await TestCityHost(
            programs: ["mutual-aid-2026": try String(contentsOfFile: path, encoding: .utf8)],
            files: [
                "config/funds.yaml":
                    "lines: [{id: mutual-aid-2026, year: 2026, source: member_dues, purpose: mutual_aid, amount: 1000000}]"
            ],
            at: "2026-01-05T09:00:00+08:00")
        let person = try await city.person(exposure: nil, union: "99010101")
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET name = '欧阳真实', birth_date = $2 WHERE id = $1",
                [.id(person), .date(CivilDate("1983-07-19"))])
        }
        // Cover that stands: its fee has come in.
        let (ids, now) = (city.ids, city.clock.now())
        let kept: Value = ["covered_from": "2026-01-01", "waits_until": "2026-01-31", "covered_to": "2026-12-31"]
        try await city.store.write(.interactive) { writer in
            try writer.insertDecision([
                "id": .id(ids.next(Decision.self)), "program": .text("mutual-aid-2026"), "series": .text("mutual-aid"),
                "plugin": .text("mutual-aid"), "form": .text("enrol"), "subject_kind": .text("person"),
                "subject": .int(person.rawValue), "ordinal": .int(1), "on_date": .date(CivilDate("2026-01-01")),
                "decided_at": .instant(now), "result": .text("granted"), "assessed": .int(6_000), "amount": .int(6_000),
                "keeps": .text(kept.json), "state": .text("standing"),
            ])
        }
        city.clock.set(try #require(Instant("2026-04-02T09:00:00+08:00")))
        var claim = Submission(program: "mutual-aid-2026", form: "claim", applicant: person, channel: "clerk")
        claim.fields = [
            "admitted_on": "2026-03-14", "discharged_on": "2026-03-23", "cause": "illness", "self_pay": .int(1_234_567),
            "settlement": "evidence-of-this-very-person",
        ]
        let id = try await decide(claim, city)
        let row = try #require(try await city.store.read { try Decisions.ofLine(id, line: 0, in: $0) })
        #expect(row.outcome.result == .granted, "\(row.outcome)")

        let crypto = city.crypto
        let entry = try await city.store.read { try Journal.entry(of: row.id, crypto: crypto, in: $0) }
        let bundle = try await city.corridor.bundles.active()
        let plugin = try #require(bundle.plugins["mutual-aid"])
        let judge = LuaJudge(pool: city.pool)
        let seen = try judge.describe(entry.requestBytes, row: entry.row)
        let said = try judge.judgements(entry.replyBytes, plugin: plugin, function: entry.function)[entry.row]
        let bench = try Workbench()
        defer { bench.close() }
        let own = bundle.files.filter { $0.key.hasPrefix("plugins/mutual-aid/") }
        let text = try await FixtureMaker(services: bench.services(), pluginFiles: own).make(
            FixtureSource(
                plugin: plugin, form: try #require(plugin.manifest.forms["claim"]), subject: row.subject,
                on: row.onDate, season: try #require(bundle.programs["mutual-aid-2026"]).base.season, seen: seen.facts,
                settings: seen.settings, judgement: said))
        #expect(Self.ids(in: text) == [], "\(text)")
        for real in ["欧阳真实", "1983-07-19", "2026-03-14", "2026-03-23", "2026-04-02", "99010101", "evidence-of"] {
            #expect(!text.contains(real), "\(real): \(text)")
        }
        // Tiers turn each fen of it into money: it stays, and says so by staying.
        #expect(text.contains("self_pay: 12345.67"), "\(text)")
        let report = await PluginTester(plugin: plugin, pluginFiles: own, services: bench.services()).run([
            try PluginTestFile(yaml: Array(text.utf8), path: "plugins/mutual-aid/tests/found.yaml")
        ])
        #expect(report.isFine, "\(report.text())\n\(text)")
        #expect(report.results.first?.decided.first?.amount == row.outcome.amount)
        try await city.close()
    }

    /// Files a case and carries it through every level.
    private func decide(_ submission: Submission, _ city: TestCityHost) async throws -> ID<CaseFile> {
        let receipt = try await city.corridor.submit(submission, by: Actor(account: "filer", role: submission.channel))
        for turn in 0..<10 {
            let record = try await city.store.read { try Cases.load(receipt.id, in: $0) }
            switch record.state {
            case .inCheck:
                _ = try await city.corridor.act(
                    .approve, on: receipt.id,
                    by: Actor(account: "reviewer-\(turn)", role: "reviewer:\(record.level ?? "city")"))
            case .underNotice:
                if let to = record.notice?.to { city.clock.set(Instant(to + 1, minutes: 540)) }
                _ = try await city.corridor.endNotices()
            default: return receipt.id
            }
        }
        return receipt.id
    }

    @Test("What the folder's rule would say of a person: nothing is written but that it was looked at")
    func tried() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let person = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT p.id FROM person p JOIN membership m ON m.person = p.id AND m.is_primary = 1
                JOIN organization o ON o.id = m.organization
                WHERE p.exposure = 'outdoor' AND o.path NOT LIKE '%990102%' ORDER BY p.id LIMIT 2
                """, []
            ) {
                $0.id(0, Person.self).text
            }
        }
        try city.edit(
            "plugins/summer-cooling/main.lua", "return grant(settings.value,", "return grant(settings.value // 2,")
        let arguments: Value = [
            "program": "summer-cooling-2026", "form": "package", "person": .text(try #require(person)),
        ]
        func rows() async throws -> [Int64?] {
            try await city.host.store.read { reader in
                try ["case_file", "decision", "call", "unique_claim"].map { table in
                    try reader.integer("SELECT COUNT(*) FROM \(table)")
                }
            }
        }
        let before = try await rows()
        let sink = try await city.run("plugin.try", arguments, as: "office")
        let line = try #require(sink.answer?["lines"].list?.first)
        #expect(line["result"].text == "grant" && line["amount_fen"].int == 2_500, "\(line.json)")
        #expect(line["facts"]["subject"]["exposure"].text == "outdoor")
        #expect(try await rows() == before)
        #expect(await code { _ = try await city.run("plugin.try", arguments, as: "admin") } == .forbidden)
        try await city.host.close()
    }
}
