import Foundation
import NiangjiaCore

@testable import NiangjiaServer

/// A plugin whose actions move money and wait for a second person.
enum Handout {
    static let manifest = """
        id: handout
        version: 1.0.0
        api: 1
        title: {zh-CN: 慰问金, en: Handout}
        records:
          promise:
            key: [who]
            fields: {who: member, amount: {type: money, title: {zh-CN: 承诺, en: Promise}}, hidden: money}
            by: [clerk]
            secret: [hidden]
        forms:
          gift:
            by: [action]
            fields: {amount: money}
            subject: applicant
            gives: {kind: money, to: subject, when: approved}
        actions:
          give: {by: [clerk], confirm_by: [clerk], input: {who: member, amount: money}}
          take: {by: [clerk], confirm_by: [clerk], input: {gift: gift}}
        reasons:
          WRONG: {zh-CN: "多报{sum:money}元", en: "{sum:money} yuan too much"}
        """
    static let script = """
        function program.assess.gift(facts) return grant(facts.application.amount) end
        function program.action.give(input)
          case.open("gift", {amount = input.amount}, {subject = input.who})
          record.put("promise", {who = input.who, amount = input.amount, hidden = input.amount + 1})
          return answer {}
        end
        function program.action.take(input)
          case.revoke(input.gift, "WRONG", {sum = 100})
          return answer {}
        end
        """
    static let program = """
        program: handout-2026
        plugin: handout
        policy: 测工发〔2026〕2号
        status: open
        organization: 990100
        series: handout
        season: {from: 2026-01-01, to: 2026-12-31}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        """

    /// A city with it in force.
    static func city() async throws -> TestCity {
        let city = try await TestCity(approved: false)
        let folder = city.folder.path
        try FileManager.default.createDirectory(
            atPath: folder + "/plugins/handout", withIntermediateDirectories: true)
        for (path, text) in [
            ("plugins/handout/plugin.yaml", manifest), ("plugins/handout/main.lua", script),
            ("config/programs/handout-2026.yaml", program),
        ] { try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + path)) }
        try await city.approve()
        return city
    }

    /// Asks for a gift, which then waits; the action's id.
    static func ask(_ city: TestCity, _ who: ID<Person>, _ yuan: String, as account: String) async throws -> Value {
        try await city.run(
            "action.run",
            ["program": "handout-2026", "action": "give", "input": ["who": .text(who.text), "amount": .text(yuan)]],
            as: account
        ).answer?["run"] ?? .null
    }
}
