import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What whoever approves is told, and what an approval asks for.
@Suite("An approval rests on what the approver was told", .serialized) struct ApprovalTests {
    static let package: Value = ["program": "summer-cooling-2026", "form": "package"]
    static let script = "plugins/summer-cooling/main.lua"
    static let manifest = "plugins/summer-cooling/plugin.yaml"

    /// Runs the preview of a line such as `… niangjia program preview P --form F --bundle D --as-of DAY`, as it was printed.
    private func follow(_ line: String, in city: TestCity) async throws {
        let words = line.split(separator: " ").map(String.init)
        let at = try #require(words.firstIndex(of: "preview"))
        var arguments: [String: Value] = ["program": .text(words[at + 1])]
        for n in words.indices where words[n].hasPrefix("--") {
            arguments[String(words[n].dropFirst(2)).replacing("-", with: "_")] = .text(words[n + 1])
        }
        _ = try await city.run("program.preview", .map(arguments), as: "office")
    }

    @Test(
        "A new city whose people were imported before the first approval comes into force by the very commands that it is told",
        arguments: ["2026-03-01T09:00:00+08:00", "2026-07-15T09:00:00+08:00", "2026-11-23T09:00:00+08:00"])
    func firstApproval(at instant: String) async throws {
        let city = try await TestCity(at: instant, approved: false)
        try await city.importPeople()
        let said = try await city.run("config.propose", [:], as: "office")
        let approve: Value = ["bundle": try #require(said.answer?["digest"])]
        let commands = said.lines.filter { $0.contains("niangjia program preview") }
        // Before the season its first day is named; of a season before the register began nothing can be asked.
        #expect(commands.isEmpty == instant.hasPrefix("2026-11"), "\(said.lines)")
        #expect(
            commands.contains { $0.hasSuffix("--as-of 2026-06-01") } == instant.hasPrefix("2026-03"), "\(commands)")
        for command in commands { try await follow(command, in: city) }
        let approved = try await city.run("config.approve", approve, as: "chief")
        #expect(approved.answer?["state"] == "active")
        try await city.host.close()
    }

    @Test("Before anything is in force the folder is previewed, and compared with nothing")
    func folderOfNewCity() async throws {
        let city = try await TestCity(approved: false)
        try await city.importPeople()
        let arguments: Value = ["program": "summer-cooling-2026", "form": "package", "proposed": true]
        let seen = try await city.run("program.preview", arguments, as: "office").answer
        #expect(seen?["granted"].int ?? 0 > 0)
        let diff = try await city.run("program.diff", Self.package, as: "office").answer
        #expect(diff?["after"]["granted"] == seen?["granted"] && diff?["before"]["granted"].int ?? 0 == 0)
        try await city.host.close()
    }

    @Test("Totals of a few people are told neither by the approval nor by the list of bundles")
    func smallTotals() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let one = try await city.host.store.read {
            try $0.first("SELECT MIN(id) FROM person WHERE exposure = 'outdoor'") { $0.id(0, Person.self) }
        }
        _ = try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE person SET exposure = CASE WHEN id = $1 THEN 'outdoor' ELSE 'office_air_conditioned' END",
                [.id(one)])
        }
        try city.edit("config/programs/summer-cooling-2026.yaml", "  value: 50 ", "  value: 61 ")
        let proposed = try await city.run("config.propose", [:], as: "office").answer
        let digest = try #require(proposed?["digest"].text)
        let entry = try await city.host.bundles.entry(digest)
        try await city.preview(entry)
        let approved = try await city.run("config.approve", ["bundle": .text(digest)], as: "chief")
        let line = try #require(approved.lines.first { $0.contains("summer-cooling-2026/package") })
        #expect(!line.contains("61.00") && line.contains("核准 -"), "\(line)")
        let log = try await city.run("config.log", [:], as: "chief").answer?["items"].list ?? []
        let shown = log.filter { $0["digest"].text == digest } + [try #require(approved.answer)]
        #expect(shown.count == 2)
        for bundle in shown {
            let told = bundle["previews"]["summer-cooling-2026/package"]
            #expect(told["considered"].int ?? 0 > 5 && told["content_hash"].text != nil)
            #expect(told["granted"] == .null && told["amount_fen"] == .null, "\(told.json)")
        }
        // Where nothing is small all is told.
        let first = log.filter { $0["digest"].text != digest }
        #expect(first.count == 1)
        try await city.host.close()
    }

    @Test("Where an edit needs nobody else, only plugins that it changes have their tests run")
    func testsOfWhatChanges() async throws {
        let city = try await TestCity(approved: false)
        try city.edit("config/niangjia.yaml", "approval: second_person", "approval: demo")
        let first = try await city.run("config.propose", [:], as: "office")
        #expect(first.lines.contains { $0.contains("用例") }, "\(first.lines)")
        try city.edit("config/programs/summer-cooling-2026.yaml", "  value: 50 ", "  value: 61 ")
        let setting = try await city.run("config.propose", [:], as: "office")
        #expect(!setting.lines.contains { $0.contains("用例") }, "\(setting.lines)")
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.1.0")
        let changed = try await city.run("config.propose", [:], as: "office").lines.filter { $0.contains("用例") }
        #expect(changed.count == 1 && changed.allSatisfy { $0.contains("summer-cooling 1.1.0") }, "\(changed)")
        await #expect(throws: NiangjiaError.self) { try await city.run("config.propose", [:], as: "office") }
        try await city.host.close()
    }

    @Test("Whoever proposes by the digest that they looked at proposes that content and no other")
    func lookedAt() async throws {
        let city = try await TestCity()
        let file = "config/programs/summer-cooling-2026.yaml"
        try city.edit(file, "  value: 50 ", "  value: 50  ")
        let looked = try await city.run("config.diff", [:], as: nil)
        let digest = try #require(looked.answer?["to"].text)
        #expect(looked.lines.contains { $0.contains("niangjia config propose \(digest)") }, "\(looked.lines)")
        // Who keeps the folder changes it before the other signs.
        try city.edit(file, "  value: 50  ", "  value: 61 ")
        let changed = try #require(try await city.run("config.diff", [:], as: nil).answer?["to"].text)
        func propose(_ digest: String) async throws -> CollectingSink {
            try await city.run("config.propose", ["digest": .text(digest)], as: "chief")
        }
        let refused = await #expect(throws: NiangjiaError.self) { _ = try await propose(digest) }
        #expect(refused?.code == .conflict && refused?.place == "/digest")
        #expect(refused?.message.zh.contains(digest) == true && refused?.message.zh.contains(changed) == true)
        // Enough of the beginning isn't enough: another content with the same is found in minutes.
        #expect(await code { _ = try await propose(String(changed.prefix(12))) } == .conflict)
        #expect(try await city.host.bundles.log().allSatisfy { $0.digest != digest && $0.digest != changed })
        #expect(try await propose(changed.uppercased()).answer?["digest"].text == changed)
        try await city.host.close()
    }

    @Test("A rule that fails is told with its tests when it is proposed, and approved only where somebody says so")
    func failures() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.1.0")
        try city.edit(
            Self.script, "  return grant(settings.value,",
            "  if settings.value > 0 then error(\"broken\") end\n  return grant(settings.value,")
        let proposed = try await city.run("config.propose", [:], as: "office")
        let digest = try #require(proposed.answer?["digest"].text)
        let tests = try #require(proposed.lines.first { $0.contains("summer-cooling") && $0.contains("用例") })
        #expect(tests.contains("通过") && tests.contains("失败") && !tests.contains("失败 0"), "\(tests)")
        let listed = try await city.run("config.log", [:], as: "chief")
        #expect(listed.lines.contains { $0.contains("1.1.0") && $0.contains("用例") && $0.contains("失败") })
        try await city.preview(try await city.host.bundles.entry(digest))
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("config.approve", ["bundle": .text(digest)], as: "chief")
        }
        #expect(refused?.code == .conflict && refused?.message.zh.contains("--despite-failures") == true)
        #expect(refused?.message.zh.contains("summer-cooling-2026/package") == true)
        // What was refused is trusted by nobody: its author may still change it.
        let pins = try await city.host.store.read { try PluginPins.all(of: "summer-cooling", in: $0) }
        #expect(pins.map(\.version) == ["1.0.0"])
        let approved = try await city.run(
            "config.approve", ["bundle": .text(digest), "despite_failures": true], as: "chief")
        let line = try #require(approved.lines.first { $0.contains("试算 summer-cooling-2026/package") })
        #expect(line.contains("规则出错") && !line.contains("规则出错 0"), "\(line)")
        #expect(
            approved.answer?["previews"]["summer-cooling-2026/package"]["failed"].int ?? 0 > 4, "\(approved.lines)")
        let events = try await city.host.store.read { reader in
            try reader.all(
                "SELECT body FROM chain_event WHERE kind = 'bundle.activated' AND about = $1", [.text(digest)]
            ) { $0.text(0) }
        }
        #expect(events.count == 1 && events[0].contains("despite_failures"), "\(events)")
        try await city.host.close()
    }

    @Test("Going back to a bundle whose plugin was approved before is approved, though the version is lower")
    func revert() async throws {
        let city = try await TestCity()
        let good = try await city.host.bundles.active().digest
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.1.0")
        try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 2,")
        try await city.approve()
        let reverted = try await city.run("config.revert", ["bundle": .text(good)], as: "office")
        #expect(reverted.answer?["digest"].text == good)
        #expect(
            reverted.lines.contains { $0.contains("1.1.0") && $0.contains("1.0.0") && $0.contains("批准过") },
            "\(reverted.lines)")
        _ = try await city.run("config.approve", ["bundle": .text(good)], as: "chief")
        #expect(try await city.host.bundles.active().digest == good)
        // Settings may be changed while the older version is in force; another content under its number may not.
        _ = try await city.run("config.export", ["replace": true], as: "office")
        try city.edit("config/programs/summer-cooling-2026.yaml", "  value: 50 ", "  value: 61 ")
        try await city.approve()
        try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 3,")
        #expect(await code { try await city.approve() } == .conflict)
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.0.9")
        #expect(await code { try await city.approve() } == .conflict)
        try await city.host.close()
    }

    @Test("Opening a program is compared with nobody served, and a preview of one that isn't open says so")
    func opening() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let file = "config/programs/summer-cooling-2026.yaml"
        try city.edit(file, "status: open", "status: closed_to_new")
        try await city.approve()
        let shut = try await city.run("program.preview", Self.package, as: "office")
        #expect(shut.lines.contains { $0.contains("停止受理") && $0.contains("没有开放") }, "\(shut.lines)")
        try city.edit(file, "status: closed_to_new", "status: open")
        let diff = try await city.run("program.diff", Self.package, as: "office").answer
        #expect(diff?["after"]["granted"].int ?? 0 > 0)
        #expect(diff?["before"]["granted"].int ?? 0 == 0, "\(diff?["before"].json ?? "")")
        // Where neither side is open the contents are compared.
        try city.edit(file, "status: open", "status: closed_to_new")
        try city.edit(file, "  value: 50 ", "  value: 60 ")
        let both = try await city.run("program.diff", Self.package, as: "office").answer
        #expect(both?["before"]["granted"].int ?? 0 > 0)
        try await city.host.close()
    }

    @Test("check names a plugin whose content changed under its version, and one whose version fell, with the line")
    func versions() async throws {
        let city = try await TestCity()
        try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 2,")
        func problems() async throws -> [String] {
            let answer = try await city.run("check", [:], as: nil).answer
            return (answer?["problems"].list ?? []).compactMap { $0["place"].text }
        }
        let changed = try await problems()
        #expect(changed.contains("\(Self.manifest):2:1"), "\(changed)")
        try city.edit(Self.manifest, "version: 1.0.0", "version: 0.9.0")
        #expect(try await problems().contains("\(Self.manifest):2:1"))
        try city.edit(Self.manifest, "version: 0.9.0", "version: 1.0.1")
        #expect(try await !problems().contains { $0.hasPrefix(Self.manifest) })
        try await city.host.close()
    }
}
