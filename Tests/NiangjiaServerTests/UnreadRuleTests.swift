import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What a rule that nobody but its author has read would come to is told without money, to whoever may not see every fact (decision
/// 0091).
@Suite("A rule that nobody else has read tells no sums", .serialized) struct UnreadRuleTests {
    static let script = "plugins/summer-cooling/main.lua"
    static let manifest = "plugins/summer-cooling/plugin.yaml"

    /// A city with people, a treasurer, and a proposal of `office` whose plugin is another.
    private func proposed(_ old: String, _ new: String) async throws -> (city: TestCity, arguments: [String: Value]) {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("money", .treasurer)
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.1.0")
        try city.edit(Self.script, old, new)
        let digest = try #require(try await city.run("config.propose", [:], as: "office").answer?["digest"])
        return (city, (PreviewTests.package.map ?? [:]).merging(["bundle": digest]) { $1 })
    }

    private func halved() async throws -> (city: TestCity, arguments: [String: Value]) {
        try await proposed("return grant(settings.value,", "return grant(settings.value // 2,")
    }

    @Test("Numbers of people are told, amounts aren't, until another person trusts the plugin")
    func preview() async throws {
        let (city, arguments) = try await halved()
        // Whoever may see all that the rule is told is told the sums.
        let all = try #require(try await city.run("program.preview", .map(arguments), as: "office").answer)
        let sum = try #require(all["amount_fen"].int)
        #expect(sum > 0 && all["unread"] == .null)
        let sink = try await city.run("program.preview", .map(arguments), as: "money")
        let told = try #require(sink.answer)
        #expect(told["considered"] == all["considered"] && told["refused"] == all["refused"])
        for key in ["amount_fen", "fund", "budget", "content_hash"] { #expect(told[key] == .null, "\(key)") }
        for dimension in ["by_organization", "by_occupation", "by_class"] {
            #expect((told[dimension].map ?? [:]).values.allSatisfy { $0["amount_fen"] == .null }, "\(dimension)")
        }
        #expect(told["unread"]["plugin"] == "summer-cooling" && told["unread"]["version"] == "1.1.0")
        #expect(!sink.lines.contains { $0.contains(Money(fen: sum).description) }, "\(sink.lines)")
        #expect(sink.lines.contains { $0.contains("niangjia plugin approve summer-cooling") })

        let sweep: Value = ["all": true, "bundle": arguments["bundle"] ?? .null]
        let rows = try await city.run("program.preview", sweep, as: "money").answer?["programs"].list ?? []
        let one = try #require(rows.first { $0["program"] == "summer-cooling-2026" })
        #expect(one["amount_fen"] == .null && one["fund"] == .null && one["unread"]["plugin"] == "summer-cooling")

        _ = try await city.run("plugin.approve", ["plugin": "summer-cooling"], as: "chief")
        let read = try #require(try await city.run("program.preview", .map(arguments), as: "money").answer)
        #expect(read["amount_fen"].int == sum && read["unread"] == .null && read["content_hash"].text != nil)
        try await city.host.close()
    }

    @Test("In a sweep no program tells what an unread one before it leaves of the line that they share")
    func shared() async throws {
        let city = try await TestCity()
        let program = ["config/programs/warm-2026.yaml": String.visiting("warm-2026", plugin: "aid", order: nil)]
        for (path, text) in AidPlugin.files.merging(program, uniquingKeysWith: { $1 }) {
            let file = URL(fileURLWithPath: city.folder.path + "/" + path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try await city.approve()
        try await city.importPeople()
        try await city.add("money", .treasurer)
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.1.0")
        try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 2,")
        let digest = try #require(try await city.run("config.propose", [:], as: "office").answer?["digest"])
        func later(_ account: String) async throws -> Value {
            let sweep: Value = ["all": true, "bundle": digest]
            let rows = try await city.run("program.preview", sweep, as: account).answer?["programs"].list ?? []
            return try #require(rows.first { $0["program"] == "warm-2026" })
        }
        let all = try await later("office")
        #expect(all["after"].list?.contains("summer-cooling-2026/package") == true, "\(all.json)")
        #expect(all["fund"].map?.isEmpty == false && all["amount_fen"].int ?? 0 > 0 && all["unread"] == .null)
        let told = try await later("money")
        #expect(told["amount_fen"] == .null && told["fund"] == .null, "\(told.json)")
        #expect(told["unread"]["plugin"] == "summer-cooling" && told["considered"] == all["considered"])
        _ = try await city.run("plugin.approve", ["plugin": "summer-cooling"], as: "chief")
        let read = try await later("money")
        #expect(read["fund"] == all["fund"] && read["amount_fen"] == all["amount_fen"] && read["unread"] == .null)
        try await city.host.close()
    }

    @Test("An approval rests on no preview whose money nobody was told; who trusts the plugin first gets one")
    func approval() async throws {
        let (city, arguments) = try await halved()
        let approve: Value = ["bundle": try #require(arguments["bundle"])]
        _ = try await city.run("program.preview", .map(arguments), as: "money")
        let refused = await #expect(throws: NiangjiaError.self) {
            _ = try await city.run("config.approve", approve, as: "chief")
        }
        #expect(refused?.code == .conflict)
        #expect(refused?.message.zh.contains("niangjia plugin approve summer-cooling") == true)
        #expect(refused?.message.en.contains("niangjia plugin approve summer-cooling") == true)
        let kept = try await city.host.store.read {
            try $0.all("SELECT kind FROM preview WHERE account = 'money'", []) { $0.text(0) }
        }
        #expect(kept == ["unread"])
        let trusted = try await city.run("plugin.approve", ["plugin": "summer-cooling"], as: "chief")
        #expect(trusted.lines.contains { $0.contains("niangjia program preview summer-cooling-2026 --form package") })
        // That it is read now doesn't make the earlier preview one that told the money.
        #expect(await code { _ = try await city.run("config.approve", approve, as: "chief") } == .conflict)
        _ = try await city.run("program.preview", .map(arguments), as: "money")
        #expect(try await city.run("config.approve", approve, as: "chief").answer?["state"] == "active")
        try await city.host.close()
    }

    @Test("A comparison tells no money of either side, nor names")
    func comparison() async throws {
        let (city, arguments) = try await halved()
        let asked: Value = .map(
            (PreviewTests.package.map ?? [:]).merging(["against": arguments["bundle"] ?? .null]) { $1 })
        let told = try #require(try await city.run("program.diff", asked, as: "money").answer)
        #expect(told["unread"]["plugin"] == "summer-cooling")
        for side in ["before", "after"] { #expect(told[side]["amount_fen"].isNull, "\(side)") }
        for key in ["gains_fen", "loses_fen", "moves_fen"] { #expect(told[key].isNull, "\(key)") }
        let all = try #require(try await city.run("program.diff", asked, as: "office").answer)
        #expect(all["after"]["amount_fen"].int ?? 0 > 0 && all["unread"].isNull)
        try await city.host.close()
    }

    @Test("Where one person is enough there is nobody to read the rule")
    func demo() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("money", .treasurer)
        try city.edit("config/niangjia.yaml", "approval: second_person", "approval: demo")
        try await city.approve()
        try city.edit(Self.manifest, "version: 1.0.0", "version: 1.1.0")
        try city.edit(Self.script, "return grant(settings.value,", "return grant(settings.value // 2,")
        let arguments = Value.map((PreviewTests.package.map ?? [:]).merging(["proposed": true]) { $1 })
        let told = try #require(try await city.run("program.preview", arguments, as: "money").answer)
        #expect(told["amount_fen"].int ?? 0 > 0 && told["unread"] == .null)
        try await city.host.close()
    }

    @Test("How many the money reaches follows from the amounts, and is hidden with them")
    func cut() {
        var totals = SweepTotals()
        (totals.considered, totals.granted, totals.refused, totals.waitlisted) = (1_000, 600, 100, 300)
        let told = TotalsTold(totals, leftOut: 300, .people)
        #expect(told.hidden == [.granted, .limited, .waitlisted] && told.hidesLeftOut && told.hidesMoney)
        (totals.granted, totals.waitlisted) = (900, 0)
        let whole = TotalsTold(totals, leftOut: 0, .people)
        #expect(whole.hidden.isEmpty && whole.hidesMoney && !whole.hidesServed)
        #expect(!TotalsTold(totals, leftOut: 0, .many).hidesMoney)
    }

    @Test("On which line a rule failed is for whoever may see every fact; of fewer than five nobody else hears")
    func failures() async throws {
        let (city, arguments) = try await proposed(
            "  local packs = facts.look.packs",
            "  if facts.subject.exposure == \"outdoor\" then error(\"x\") end\n  local packs = facts.look.packs")
        func places(_ account: String) async throws -> (told: [Value], lines: [String]) {
            let sink = try await city.run("program.preview", .map(arguments), as: account)
            return (sink.answer?["failed_at"].list ?? [], sink.lines)
        }
        let many = try await places("money").told
        #expect(many.map { $0["place"].text } == ["plugins/summer-cooling/main.lua"], "\(many)")
        #expect(many.first?["count"].int ?? 0 >= 5)
        _ = try await city.host.store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE person SET exposure = 'office_air_conditioned' WHERE exposure = 'outdoor'
                AND id > (SELECT MIN(id) FROM person WHERE exposure = 'outdoor')
                """, [])
        }
        let one = try await places("money")
        #expect(one.told.isEmpty && !one.lines.contains { $0.contains("main.lua") }, "\(one.lines)")
        let all = try await places("office")
        #expect(all.told.count == 1 && all.told.first?["count"] == 1, "\(all.told)")
        #expect(all.told.first?["place"].text?.hasPrefix("plugins/summer-cooling/main.lua:") == true)
        try await city.host.close()
    }
}
