import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer
@testable import NiangjiaWeb

@Suite("Actions that wait for a second person: what is seen before yes, and by whom") struct ActionConfirmTests {
    /// Clerks of two counties and of the city, and a member of the first county.
    private func city() async throws -> (city: TestCity, member: ID<Person>) {
        let city = try await Handout.city()
        try await city.importPeople()
        for (id, code) in [("here", "990101"), ("beside", "990101"), ("elsewhere", "990102")] {
            let scope = try await city.host.store.read { try Lookup.organization(code, in: $0) }
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: [RoleGrant(.clerk)], scope: scope), password: TestCity.password,
                by: "admin")
        }
        let member = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT m.person FROM membership m JOIN organization o ON o.id = m.organization
                WHERE m.is_primary = 1 AND m.status = 'active' AND o.path LIKE '990100/990101/%' ORDER BY m.person
                """
            ) { $0.id(0, Person.self) }
        }
        return (city, try #require(member))
    }

    /// Whether an answer is what the API's document says, as it goes out: with amounts in yuan beside the fen.
    private func isDocumented(_ answer: Value?) -> [String] {
        let document = OpenAPIDocument.value
        let schema = document["components"]["schemas"]["PendingAction"]
        return SchemaValidator(document: document).problems(MoneyWords.spelled(answer ?? .null), schema)
    }

    @Test("Amounts in yuan, whom, which line and what changes are told in both languages; nothing is done by looking")
    func spelled() async throws {
        let (city, member) = try await city()
        let run = try await Handout.ask(city, member, "300.50", as: "here")
        let shown = try await city.run("action.show", ["run": run], as: "beside")
        #expect(isDocumented(shown.answer) == [])
        let effects = shown.answer?["effects"].list ?? []
        #expect(effects.map { $0["deed"].text } == ["open", "put"])
        let sum = try #require(effects.first?["sums"].list?.first)
        #expect(sum["amount_fen"] == 30_050 && sum["change"] == "given" && sum["lines"] == ["cooling-2026"])
        #expect(sum["whom"].text?.contains(member.text) == true && sum["name"].text?.contains("*") == true)
        let words = try #require(effects.first?["words"])
        #expect(words["zh-CN"].text?.contains("300.50 元") == true && words["en"].text?.contains("300.50 yuan") == true)
        #expect(shown.lines.contains { $0.contains("300.50 元") && $0.contains("cooling-2026") }, "\(shown.lines)")
        #expect(effects.last?["words"]["zh-CN"].text?.contains("承诺 登记金额 300.50 元") == true)
        #expect(!shown.lines.joined().contains("300.51"), "what no answer may hold isn't told here")
        let stands = "SELECT COUNT(*) FROM case_file WHERE program = 'handout-2026'"
        #expect(try await city.host.store.read { try $0.integer(stands) } == 0)

        let done = try await city.run("action.confirm", ["run": run], as: "beside")
        #expect(done.answer?["state"] == "done" && done.lines.contains { $0.contains("300.50 元") })
        let gift = try #require(
            try await city.run("case.list", ["program": "handout-2026"], as: "here").answer?.list?.first?["case"])
        _ = try await city.host.access.add(
            Account(id: "reviewer", display: "reviewer", roles: [RoleGrant(.reviewer, level: "city")]),
            password: TestCity.password, by: "admin")
        _ = try await city.run("case.advance", ["case": gift, "action": "approve"], as: "reviewer")
        let taking = try await city.run(
            "action.run", ["program": "handout-2026", "action": "take", "input": ["gift": gift]], as: "here")
        let back: Value = ["run": taking.answer?["run"] ?? .null]
        let told = try await city.run("action.show", back, as: "beside")
        #expect(isDocumented(told.answer) == [])
        #expect(told.lines.contains { $0.contains("撤销预留 300.50 元") && $0.contains("多报1.00元") }, "\(told.lines)")
        #expect(told.answer?["effects"].list?.first?["case"] == gift)
        #expect(try await city.run("action.confirm", back, as: "office").answer?["state"] == "done")
        #expect(await code { _ = try await city.run("action.show", back, as: "office") } == .conflict)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test(
        "Neither the asker, nor another part of the city, nor a part of it for what the city asked, says yes or looks")
    func parts() async throws {
        let (city, member) = try await city()
        let own = try await Handout.ask(city, member, "10.00", as: "here")
        let cities = try await Handout.ask(city, member, "20.00", as: "office")
        let never: Value = .text(city.host.ids.next(ActionRun.self).text)
        // Each is told of what they may say yes to, and of nothing else.
        func listed(_ account: String) async throws -> [Value] {
            try await city.run("action.waiting", [:], as: account).answer?.list ?? []
        }
        #expect(try await listed("beside").map { $0["run"] } == [own])
        #expect(try await listed("office").map { $0["run"] } == [own])
        for account in ["here", "elsewhere", "admin"] { #expect(try await listed(account).isEmpty, "\(account)") }
        let first = try #require(try await listed("beside").first)
        #expect(first["by"] == "here" && first["program"] == "handout-2026")
        let schema = OpenAPIDocument.value["components"]["schemas"]["WaitingAction"]
        #expect(SchemaValidator(document: OpenAPIDocument.value).problems(first, schema) == [])
        for operation in ["action.show", "action.confirm"] {
            func heard(_ run: Value, _ account: String) async -> NiangjiaError? {
                do {
                    _ = try await city.run(operation, ["run": run], as: account)
                    return nil
                } catch { return error as? NiangjiaError }
            }
            #expect(await heard(own, "here")?.code == .forbidden)
            let (other, none) = (await heard(own, "elsewhere"), await heard(never, "elsewhere"))
            #expect(other?.code == .notFound && none?.code == .notFound)
            #expect(
                other?.message.zh.replacing(own.text ?? "", with: "*")
                    == none?.message.zh.replacing(never.text ?? "", with: "*"))
            #expect(await heard(cities, "beside")?.code == .notFound)
        }
        // Above it is within the asker's reach.
        #expect(try await city.run("action.confirm", ["run": own], as: "office").answer?["state"] == "done")
        try await city.host.close()
    }
}
