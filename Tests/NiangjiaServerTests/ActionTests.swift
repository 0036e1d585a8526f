import Foundation
import NiangjiaCore
import NiangjiaDemo
import Testing

@testable import NiangjiaServer

/// Actions of plugins on a real host: what the manifest allows, the caller may do, and the purpose covers.
@Suite struct ActionTests {
    static let manifest = """
        id: probe
        version: 1.0.0
        api: 1
        title: {zh-CN: 试探, en: Probe}
        roles: {officer: {zh-CN: 专员, en: Officer}}
        forms:
          ask:
            by: [clerk]
            fields: {income: money}
            subject: applicant
            gives: {kind: nothing}
            sensitive: economic
        actions:
          look: {by: [clerk, officer], facts: [occupation], input: {who: member}, answers: {occupation: {type: string, optional: true}}}
          income: {by: [clerk], input: {ask: ask}}
          stranger: {by: [clerk], input: {ask: ask, who: member}}
          hello: {by: [clerk], input: {ask: ask}}
          loop: {by: [clerk]}
          busy: {by: [clerk]}
        messages:
          income: {zh-CN: "您申报的收入是{income:money}元", en: "You declared {income:money} yuan"}
          hello: {zh-CN: 请到窗口来, en: Please come to the counter}
        """
    static let script = """
        function program.assess.ask() return grant() end
        function program.action.look(input)
          return answer {occupation = member.get(input.who).occupation}
        end
        function program.action.income(input)
          local ask = case.get(input.ask)
          notify.send("applicant", "income", {income = ask.income})
          return answer {}
        end
        function program.action.stranger(input)
          case.get(input.ask)
          notify.send(input.who, "hello")
          return answer {}
        end
        function program.action.hello(input)
          case.get(input.ask)
          notify.send("applicant", "hello")
          return answer {}
        end
        function program.action.loop() while true do end end
        function program.action.busy()
          for i = 1, 65 do case.list("ask") end
          return answer {}
        end
        """
    static let program = """
        program: probe-2026
        plugin: probe
        policy: 测工发〔2026〕1号
        status: open
        organization: 990100
        series: probe
        season: {from: 2026-01-01, to: 2026-12-31}
        review: []
        """

    /// A city with the probe, a clerk of one county, an officer of the whole city, and a member of each of two counties.
    private func city() async throws -> (city: TestCity, near: ID<Person>, far: ID<Person>) {
        let city = try await TestCity(approved: false)
        try FileManager.default.createDirectory(
            atPath: city.folder.path + "/plugins/probe", withIntermediateDirectories: true)
        for (path, text) in [
            ("plugins/probe/plugin.yaml", Self.manifest), ("plugins/probe/main.lua", Self.script),
            ("config/programs/probe-2026.yaml", Self.program),
        ] { try Data(text.utf8).write(to: URL(fileURLWithPath: city.folder.path + "/" + path)) }
        try await city.approve()
        try await city.importPeople()
        let members = try await city.host.store.read { reader in
            try reader.all(
                """
                SELECT m.person, o.path FROM membership m JOIN organization o ON o.id = m.organization \
                WHERE m.is_primary = 1 AND m.status = 'active' ORDER BY m.person
                """
            ) { ($0.id(0, Person.self), $0.text(1).split(separator: "/").map(String.init)) }
        }
        let (near, path) = try #require(members.first { $0.1.count >= 2 })
        let (far, _) = try #require(members.first { $0.1.count >= 2 && $0.1[1] != path[1] })
        let county = try await city.host.store.read { try Lookup.organization(path[1], in: $0) }
        for (id, roles, scope) in [
            ("county", [RoleGrant(.clerk)], county), ("reviewer", [RoleGrant(.reviewer, level: "city")], nil),
        ] as [(String, [RoleGrant], ID<Organization>?)] {
            _ = try await city.host.access.add(
                Account(id: id, display: id, roles: roles, scope: scope), password: TestCity.password, by: "admin")
        }
        return (city, near, far)
    }

    private func run(_ city: TestCity, _ action: String, _ input: Value, as account: String) async throws -> Value? {
        try await city.run(
            "action.run", ["program": "probe-2026", "action": .text(action), "input": input], as: account
        ).answer
    }

    private func error(_ body: () async throws -> Void) async -> NiangjiaError? {
        do {
            try await body()
            return nil
        } catch { return error as? NiangjiaError }
    }

    @Test("A county clerk's action that reads another county is denied; a city reviewer's is allowed, and logged")
    func scope() async throws {
        let (city, near, far) = try await city()
        #expect(try await run(city, "look", ["who": .text(near.text)], as: "county")?["state"].text == "done")
        let denied = await error { _ = try await run(city, "look", ["who": .text(far.text)], as: "county") }
        #expect(denied?.code == .forbidden)
        #expect(denied?.message.zh.contains("main.lua:3") == true && denied?.message.zh.contains("范围") == true)
        // By a role of the plugin, which somebody has to give; the reading itself is the account's own right.
        let none = await error { _ = try await run(city, "look", ["who": .text(far.text)], as: "reviewer") }
        #expect(none?.code == .forbidden)
        _ = try await city.run(
            "role.set", ["plugin": "probe", "role": "officer", "account": "reviewer"], as: "office")
        #expect(try await run(city, "look", ["who": .text(far.text)], as: "reviewer")?["state"].text == "done")
        let logged = try await city.host.store.read { reader in
            try reader.all("SELECT account, about, fields FROM access_log ORDER BY at, id") {
                [$0.text(0), $0.text(1), $0.text(2)]
            }
        }
        #expect(logged == [["county", near.text, "occupation"], ["reviewer", far.text, "occupation"]])
        try await city.host.close()
    }

    @Test(
        "A notice that carries income is denied, naming the field; one to a stranger too; one to the applicant goes out once"
    )
    func notices() async throws {
        let (city, near, far) = try await city()
        let filed = try await city.run(
            "case.submit",
            [
                "program": "probe-2026", "form": "ask", "channel": "clerk", "applicant": .text(near.text),
                "fields": ["income": "3200.00"],
            ], as: "county")
        let ask = try #require(filed.answer?["case"])
        let income = await error { _ = try await run(city, "income", ["ask": ask], as: "county") }
        #expect(income?.code == .forbidden)
        // The manifest's line that says what the field is.
        #expect(income?.place?.contains("plugins/probe/plugin.yaml:9: forms.ask.fields.income") == true, "\(income!)")
        #expect(income?.message.zh.hasPrefix("main.lua:7: notify.send") == true)
        let stranger = await error {
            _ = try await run(city, "stranger", ["ask": ask, "who": .text(far.text)], as: "county")
        }
        #expect(stranger?.code == .forbidden)
        #expect(stranger?.place?.contains("plugins/probe/plugin.yaml:22: messages.hello") == true, "\(stranger!)")
        _ = try await run(city, "hello", ["ask": ask], as: "county")
        _ = try await run(city, "hello", ["ask": ask], as: "county")
        let sent = try await city.host.store.read { reader in
            try reader.all("SELECT recipient, body FROM outbox WHERE kind = 'notice'") { [$0.text(0), $0.text(1)] }
        }
        #expect(sent.map { $0[0] } == ["person:\(near.text)"])
        #expect(sent.first?[1].contains("3200") == false)
        try await city.host.close()
    }

    @Test("An action that loops or asks too often fails by its budget, in the author's words, and is written down")
    func budgets() async throws {
        let (city, _, _) = try await city()
        let loop = await error { _ = try await run(city, "loop", [:], as: "county") }
        #expect(loop?.code == .pluginFailed && loop?.message.zh.contains("指令预算") == true)
        let busy = await error { _ = try await run(city, "busy", [:], as: "county") }
        #expect(busy?.code == .pluginFailed && busy?.message.zh.contains("次数用完") == true)
        let runs = try await city.host.store.read { reader in
            try reader.all("SELECT name, state, host_calls FROM action_run ORDER BY id") {
                "\($0.text(0)) \($0.text(1)) \($0.int(2))"
            }
        }
        #expect(runs == ["loop failed 0", "busy failed 64"])
        try await city.host.close()
    }
}
