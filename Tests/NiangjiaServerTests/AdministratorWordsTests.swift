import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Nothing that an administrator is told leaves out what they need to go on", .serialized)
struct AdministratorWordsTests {
    static let cooling = "config/programs/summer-cooling-2026.yaml"
    static let package: Value = ["program": "summer-cooling-2026", "form": "package"]

    /// The part of a file's mode that says who may do what.
    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("A file that can't be read is said with its place; nothing of it counts as deleted")
    func unreadable() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "status: open", "\tstatus: open")
        let refused = await #expect(throws: NiangjiaError.self) { try await city.run("config.diff", [:], as: nil) }
        #expect(refused?.code == .configuration)
        #expect(refused?.place?.hasPrefix(Self.cooling + ":") == true)
        try city.edit(Self.cooling, "\tstatus: open", "status: opened")
        // What can be read is compared, and its mistake said.
        let compared = try await city.run("config.diff", [:], as: nil)
        let changes = (compared.answer?["changes"].list ?? []).compactMap { $0["words"].text }
        #expect(changes == ["summer-cooling-2026: status open → opened"])
        #expect(compared.answer?["errors"].list?.first?["place"].text?.hasPrefix(Self.cooling + ":") == true)
        #expect(compared.lines.contains { $0.contains("不能提交") })
        try await city.host.close()
    }

    @Test("An appeal that is approved and still refused by the rule says that it was the rule, and what is needed")
    func refusedAppeal() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("clerk", .clerk)
        _ = try await city.host.access.add(
            Account(id: "hears", display: "hears", roles: [RoleGrant(.reviewer, level: "city")]),
            password: TestCity.password, by: "admin")
        let found = try await city.host.store.read { reader in
            try reader.all("SELECT id FROM person WHERE exposure = 'office_air_conditioned' ORDER BY id LIMIT 2") {
                $0.id(0, Person.self)
            }
        }
        for (person, language) in zip(found, [Language.zh, .en]) {
            let filed = try await city.run(
                "case.submit",
                [
                    "program": "summer-cooling-2026", "form": "package", "applicant": .text(person.text), "fields": [:],
                ], as: "clerk")
            #expect(filed.answer?["state"].text == "refused")
            let id = try #require(filed.answer?["case"])
            _ = try await city.run("case.advance", ["case": id, "action": "object", "note": "x"], as: "clerk")
            let heard = try await city.run(
                "case.advance", ["case": id, "action": "approve"], as: "hears", in: language)
            #expect(heard.answer?["state"].text == "refused")
            let codes = heard.answer?["refused_by_rule"]["codes"].list ?? []
            #expect(codes.count == 1)
            #expect(heard.answer?["refused_by_rule"]["text"]["zh-CN"].text?.contains("重新核定") == true)
            let wanted = language == .zh ? "申诉已通过" : "The appeal was approved"
            #expect(heard.lines.contains { $0.contains(wanted) })
            let isChinese = heard.lines.joined().unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
            #expect(isChinese == (language == .zh))
        }
        try await city.host.close()
    }

    @Test("The level that may waive the reason is named; where nobody may, that is said")
    func waivable() {
        let refused = AppealRefused(codes: ["LATE", "POOR", "LATE"], waive: ["LATE": "county", "OTHER": "city"])
        #expect(refused.lines.contains { $0.zh.contains("区县级") && $0.zh.contains("--note LATE") })
        #expect(!refused.lines.contains { $0.zh.contains("OTHER") || $0.zh.contains("没有允许") })
        #expect(refused.value["waive"] == ["LATE": "county"])
        #expect(AppealRefused(codes: ["POOR"], waive: [:]).lines.contains { $0.zh.contains("没有允许") })
    }

    @Test("A program that one side lacks counts as closed there; one that neither has is refused")
    func newProgram() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let text = try String(contentsOfFile: city.folder.path + "/" + Self.cooling, encoding: .utf8)
        try text.replacingOccurrences(of: "program: summer-cooling-2026", with: "program: second-2026").write(
            toFile: city.folder.path + "/config/programs/second-2026.yaml", atomically: true, encoding: .utf8)
        let new: Value = ["program": "second-2026", "form": "package"]
        let compared = try await city.run("program.diff", new, as: "office")
        let closed = try await city.run(
            "program.diff", ["program": "second-2026", "form": "package", "from": "closed"], as: "office")
        #expect((compared.answer?["gains"].int ?? 0) > 0)
        #expect(compared.answer?["gains"] == closed.answer?["gains"])
        #expect(compared.lines.contains { $0.contains("没有这个项目,按不开办计") })
        #expect(
            await code { _ = try await city.run("program.diff", ["program": "third-2026"], as: "office") } == .notFound)
        try await city.host.close()
    }

    @Test("Who qualifies and waits for money is listed too, and marked; a workbook of names is its owner's only")
    func waitingForMoney() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("town", .clerk)
        let all = try #require(try await city.run("program.unasked", Self.package, as: "town").answer)
        #expect(all["waiting"].int == 0)
        try city.edit("config/funds.yaml", "amount: 520000", "amount: 1000")
        try city.edit(Self.cooling, "short: partial", "short: waitlist")
        try city.edit(Self.cooling, "{line: cooling-2026}, {line: donations-2026}", "{line: cooling-2026}")
        try await city.approve()
        let file = city.folder.path + "/names.xlsx"
        let short = try await city.run(
            "program.unasked", ["program": "summer-cooling-2026", "form": "package", "out": .text(file)], as: "town")
        #expect(short.answer?["count"] == all["count"])
        let waiting = try #require(short.answer?["waiting"].int)
        #expect(waiting > 0 && waiting < (all["count"].int ?? 0))
        #expect((short.answer?["people"].list ?? []).filter { $0["waits"].bool == true }.count == waiting)
        #expect(short.answer?["amount_fen"] == all["amount_fen"])
        #expect(short.lines.contains { $0.contains("等待资金") })
        #expect(try mode(file) == 0o600)
        let compared = city.folder.path + "/compared.xlsx"
        _ = try await city.run(
            "program.diff",
            [
                "program": "summer-cooling-2026", "form": "package", "from": "closed", "against": "active",
                "out": .text(compared),
            ], as: "office")
        #expect(try mode(compared) == 0o600)
        try await city.host.close()
    }

    @Test("program show tells of a program that decides by itself; an open run is told to whoever previews or approves")
    func automaticAndOpen() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try city.edit(
            Self.cooling, "package: {review: [basic]}", "package: {review: [basic], automatic: {daily: \"10:00\"}}")
        try await city.approve()
        let shown = try await city.run("program.show", ["program": "summer-cooling-2026"], as: nil)
        #expect(shown.lines.contains { $0.contains("每天自动核定 10:00") })
        let form = shown.answer?["forms"].list?.first { $0["form"].text == "package" }
        #expect(form?["automatic"]["daily"].text == "10:00")
        #expect(shown.answer?["automatic"] == .null)
        let digest = try await city.host.bundles.active().digest
        try await city.host.store.write(.interactive) { writer in
            _ = try writer.execute(
                """
                INSERT INTO run (id, program, form, bundle, plugin_digest, as_of, actor, started_at, state, totals, automatic) \
                VALUES (7, 'summer-cooling-2026', 'package', $1, 'x', $2, 'office', $3, 'judging', '{}', 0)
                """,
                [
                    .text(digest), .date(city.clock.now().date), .instant(city.clock.now()),
                ])
        }
        let preview = try await city.run("program.preview", Self.package, as: "office")
        #expect(preview.lines.contains { $0.contains("尚未结束") && $0.contains(String(digest.prefix(12))) })
        try await city.host.close()
    }
}
