import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("What an administrator is told, and what is refused") struct AdministratorTests {
    static let cooling = "config/programs/summer-cooling-2026.yaml"
    static let script = "plugins/summer-cooling/main.lua"

    @Test("Whoever approves sees every changed leaf, of programs, funds and scripts")
    func everyLeaf() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        try city.edit(
            Self.cooling, "season: {from: 2026-06-01, to: 2026-09-30}", "season: {from: 2026-06-01, to: 2026-09-20}")
        try city.edit(Self.cooling, "990102: {value: 40}", "990102: {value: 45}")
        try city.edit("config/funds.yaml", "amount: 520000", "amount: 530000")
        try city.edit("config/funds.yaml", "year_cap: 300000", "year_cap: 200000")
        try city.edit(Self.script, "  local packs = facts.look.packs", "  -- packs\n  local packs = facts.look.packs")
        try city.edit("plugins/summer-cooling/plugin.yaml", "version: 1.0.0", "version: 1.0.1")
        let wanted = [
            "plugins/summer-cooling/plugin.yaml: version 1.0.0 → 1.0.1",
            "summer-cooling-2026: value 50.00元 → 60.00元", "summer-cooling-2026: season.to 2026-09-30 → 2026-09-20",
            "summer-cooling-2026: by_organization.990102.value 40.00元 → 45.00元",
            "config/funds.yaml: lines[cooling-2026].amount 520000.00元 → 530000.00元",
            "config/funds.yaml: backstops[mutual-aid-2026].year_cap 300000.00元 → 200000.00元",
            "plugins/summer-cooling/main.lua: 修改 +1 −0 行",
        ]
        let diff = try await city.run("config.diff", [:], as: nil)
        #expect(Set((diff.answer?["changes"].list ?? []).compactMap { $0["words"].text }) == Set(wanted))
        let proposed = try await city.run("config.propose", [:], as: "office")
        let digest = try #require(proposed.answer?["digest"].text)
        let log = try await city.run("config.log", [:], as: nil)
        let approved = try await city.run("config.approve", ["bundle": .text(digest)], as: "chief")
        for lines in [proposed.lines, log.lines, approved.lines] {
            for words in wanted { #expect(lines.contains("  " + words), "\(words)") }
        }
        let shown = try await city.run("config.show", [:], as: nil).answer
        #expect(shown?["digest"].text == digest)
        #expect(shown?["files"].list?.contains { $0["path"].text == Self.script } == true)
        try await city.host.close()
    }

    @Test("A rule that no worker can load is found by check and refused by propose, with its place")
    func brokenRule() async throws {
        let city = try await TestCity()
        let path = city.folder.path + "/" + Self.script
        try "return 1 +\n".write(toFile: path, atomically: true, encoding: .utf8)
        let checked = try await city.run("check", [:], as: nil)
        #expect(checked.answer?["ok"].bool == false)
        #expect(checked.lines.contains { $0.contains(Self.script) })
        #expect(await code { _ = try await city.run("config.propose", [:], as: "office") } == .configuration)
        #expect(try await city.host.bundles.log().allSatisfy { $0.state != .proposed })
        try await city.host.close()
    }

    @Test("check names unions that the register doesn't have, and what it couldn't read")
    func unreadAndUnknown() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "990102: {value: 40}", "999999: {value: 40}")
        let early = try await city.run("check", [:], as: nil)
        #expect(early.answer?["ok"].bool == true && early.lines.contains { $0.contains("还没有导入组织") })
        try await city.importPeople()
        let programs = city.folder.path + "/config/programs"
        try FileManager.default.createSymbolicLink(
            atPath: programs + "/linked.yaml", withDestinationPath: programs + "/tuition-2026.yaml")
        #expect(mkfifo(programs + "/pipe.yaml", 0o600) == 0)
        let checked = try await city.run("check", [:], as: nil).answer
        let problems = checked?["problems"].list ?? []
        #expect(checked?["ok"].bool == false)
        #expect(problems.contains { $0["message"]["zh-CN"].text?.contains("999999") == true })
        for name in ["linked", "pipe"] {
            let found = problems.first { $0["place"].text == "config/programs/\(name).yaml" }
            #expect(found?["severity"].text == "warning" && found?["message"]["zh-CN"].text?.contains("没有读取") == true)
        }
        try await city.host.close()
    }

    @Test("program show tells what an application is written from; a program without batch forms says so when decided")
    func shownForms() async throws {
        let city = try await TestCity()
        let cooling = try await city.run("program.show", ["program": "summer-cooling-2026"], as: nil)
        #expect(cooling.answer?["by_organization"]["990102"]["value"] == .int(4_000))
        #expect(cooling.lines.contains { $0.contains("组织 990102") && $0.contains("40.00元") })
        let tuition = try await city.run("program.show", ["program": "tuition-2026"], as: nil)
        let form = try #require(tuition.answer?["forms"].list?.first { $0["form"].text == "apply" })
        #expect(form["is_batch"].bool == false && form["review"].list?.isEmpty == false)
        let children = try #require(form["fields"].list?.first { $0["name"].text == "children" })
        let tuitionFee = children["fields"].list?.first { $0["name"].text == "tuition" }
        #expect(tuitionFee?["type"].text == "money" && tuitionFee?["optional"].bool == false)
        #expect(tuition.lines.contains { $0.contains("children:") && $0.contains("tuition: money") })
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("program.decide", ["program": "tuition-2026"], as: "office")
        }
        #expect(refused?.code == .invalid && refused?.message.zh.contains("没有批量核定的表单") == true)
        try await city.host.close()
    }

    @Test("Too many rows, none, and results that there are not, are refused")
    func wrongQuestions() async throws {
        let city = try await TestCity()
        for (limit, isRight) in [("0", false), ("-1", false), ("501", false), ("x", false), ("1", true), ("500", true)]
        {
            for operation in ["case.list", "decision.list", "program.runs"] {
                let refused = await code { _ = try await city.run(operation, ["limit": .text(limit)], as: "office") }
                #expect(refused == (isRight ? nil : .invalid), "\(operation) \(limit)")
            }
        }
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("decision.list", ["result": "nonsense"], as: "office")
        }
        #expect(refused?.code == .invalid && refused?.message.zh.contains("waitlisted") == true)
        try await city.host.close()
    }

    @Test("doctor tells how large the store is")
    func storeSize() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let doctor = try await city.run("doctor", [:], as: nil)
        #expect((doctor.answer?["store_bytes"].int ?? 0) > 1 << 20)
        #expect(doctor.lines.contains { $0.hasPrefix("SQLite") && $0.contains(" MB") && !$0.contains("  0.0 MB") })
        try await city.host.close()
    }

    @Test("A preview says that the folder differs; --proposed previews the folder, lines that are not open included")
    func proposedPreview() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let preview: Value = ["program": "summer-cooling-2026", "form": "package"]
        let proposed: Value = ["program": "summer-cooling-2026", "form": "package", "proposed": true]
        let same = try await city.run("program.preview", preview, as: "office").answer
        #expect(same?["folder_differs"].bool == false)
        try city.edit(Self.cooling, "  value: 50 ", "  value: 60 ")
        try city.edit(Self.cooling, "line: cooling-2026", "line: new-2026")
        try city.edit(
            "config/funds.yaml", "  - {id: donations-2026,",
            "  - {id: new-2026, year: 2026, source: union_budget, purpose: cooling, amount: 1000000, carry_over: false}\n"
                + "  - {id: donations-2026,")
        let old = try await city.run("program.preview", preview, as: "office")
        #expect(old.answer?["folder_differs"].bool == true)
        #expect(old.answer?["amount_fen"] == same?["amount_fen"])
        #expect(old.lines.contains { $0.contains("--proposed") })
        let new = try await city.run("program.preview", proposed, as: "office").answer
        #expect((new?["amount_fen"].int ?? 0) > (same?["amount_fen"].int ?? 0))
        #expect((new?["fund"]["before_fen"].int ?? 0) >= 100_000_000)
        // Together with the city's other programs it comes to the same.
        for (isProposed, alone) in [(true, new), (false, same)] {
            let all = try await city.run(
                "program.preview", ["all": true, "proposed": .bool(isProposed)], as: "office"
            ).answer
            let one = all?["programs"].list?.first {
                $0["program"].text == "summer-cooling-2026" && $0["form"].text == "package"
            }
            #expect(one?["amount_fen"] == alone?["amount_fen"] && one?["fund"] == alone?["fund"])
        }
        #expect(
            try await city.host.bundles.active().programs["summer-cooling-2026"]?.base.funding.first?.line != "new-2026"
        )
        try await city.host.close()
    }

    @Test("A run whose rules fail says where, and never what the script said")
    func failedRules() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit(
            Self.script, "  local packs = facts.look.packs",
            "  error(\"secret \" .. tostring(facts.subject.exposure))\n  local packs = facts.look.packs")
        try city.edit("plugins/summer-cooling/plugin.yaml", "version: 1.0.0", "version: 1.0.1")
        try await city.approve(despiteFailures: true)
        let ran = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        #expect((ran.answer?["failed"].int ?? 0) > 0)
        let places = (ran.answer?["failed_at"].list ?? []).compactMap { $0["place"].text }
        #expect(places == ["plugins/summer-cooling/main.lua:8"])
        #expect(ran.lines.contains { $0.contains("main.lua:8") })
        #expect(!ran.lines.contains { $0.contains("secret") })
        let run = try #require(ran.answer?["run"].text)
        #expect(await code { _ = try await city.run("program.cancel", ["run": .text(run)], as: "office") } == .conflict)
        try await city.host.close()
    }

    @Test(
        "A place is all that is left of a failure",
        arguments: [
            ("main.lua:12: 张三 is nil / x", "main.lua:12"), ("reason X is not declared", "main.lua"), ("", "main.lua"),
            ("main.lua: too long", "main.lua"),
        ])
    func places(failure: String, place: String) { #expect(FailurePlaces.place(failure) == place) }

    @Test("That a budget was used up is the host's word, and said in fixed words")
    func budget() {
        let used = "main.lua:3: 超出指令预算(2000000 条) / main.lua:3: the instruction budget of 2000000 is used up"
        #expect(FailurePlaces.budget(used)?.en == "the instruction budget is used up")
        let made = "main.lua:3: x / main.lua:3: the memory budget of 张三 is used up"
        #expect(FailurePlaces.budget(made)?.en == "the memory budget is used up")
        #expect(FailurePlaces.budget("main.lua:3: 张三 / main.lua:3: 张三") == nil)
        #expect(FailurePlaces.budget("") == nil)
    }

    @Test("A reason that says nothing is refused")
    func reasons() {
        for empty in ["", "  ", "\u{3000}"] {
            let arguments = Arguments(["reason": .text(empty)])
            #expect(throws: NiangjiaError.self) { try arguments.reason() }
            #expect(throws: NiangjiaError.self) { try arguments.optionalReason() }
        }
        #expect(throws: NiangjiaError.self) { try Arguments([:]).reason() }
        #expect((try? Arguments([:]).optionalReason()) == .some(nil))
    }

    @Test("A city is made whole or not at all")
    func wholeCity() async throws {
        let temporary = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let folder = DataFolder(temporary + "/city", environment: [:])
        struct Stopped: Error {}
        await #expect(throws: NiangjiaError.self) {
            try await City.make(folder, template: "/nowhere", clock: SystemClock())
        }
        await #expect(throws: Stopped.self) {
            try await City.make(folder, template: TestCity.root, clock: SystemClock()) { _ in throw Stopped() }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
        try await City.make(folder, template: TestCity.root, clock: SystemClock())
        #expect(folder.exists)
    }

    @Test("A second account of one person is pointed out")
    func samePerson() async throws {
        let city = try await TestCity()
        let person: ID<Person> = city.host.ids.next()
        func add(_ name: String, _ role: String, _ person: ID<Person>?) async throws -> [String] {
            var arguments: [String: Value] = [
                "account": .text(name), "roles": [.text(role)], "password": .text(TestCity.password),
            ]
            arguments["person"] = person.map { .text($0.text) }
            return try await city.run("account.add", .map(arguments), as: "admin").lines.filter { $0.hasPrefix("提醒") }
        }
        #expect(try await add("money", "treasurer", person).isEmpty)
        #expect(try await add("cash", "payer", person).contains { $0.contains("money") })
        #expect(try await add("watch", "auditor", nil).contains { $0.contains("--person") })
        try await city.host.close()
    }
}
