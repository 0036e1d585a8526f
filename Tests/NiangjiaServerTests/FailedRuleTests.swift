import Foundation
import NiangjiaConfig
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// A rule that fails at an application, and an amount that changes under a reviewer's hand.
@Suite(.serialized) struct FailedRuleTests {
    private static let manifest = """
        id: stay
        version: 1.0.0
        api: 1
        title: {zh-CN: 留岗, en: Staying on}
        settings: {value: money}
        forms:
          ask:
            by: [clerk]
            fields: {days: {type: integer, minimum: 0, maximum: 90, title: {zh-CN: 天数, en: Days}}}
            subject: applicant
            facts: {look: {had: {in: decisions, per: subject, within: season}}}
            gives: {kind: money, to: subject, when: approved}
        """
    private static let broken = """
        function program.assess.ask(facts, settings)
          if facts.application.days == 13 then
            error("unlucky " .. facts.application.days)
          end
          return grant(settings.value * (1 + facts.look.had.count))
        end
        """
    private static let config = """
        program: stay-2026
        plugin: stay
        policy: 测工发〔2026〕7号
        status: open
        organization: 990100
        series: stay
        season: {from: 2026-07-01, to: 2026-09-30}
        funding: [{line: cooling-2026}]
        short: waitlist
        pay: {each_max: 1000}
        review: [city]
        settings: {value: 100}
        """

    private func city() async throws -> (city: TestCity, person: ID<Person>) {
        let city = try await TestCity(approved: false)
        let folder = city.folder.path
        try FileManager.default.createDirectory(atPath: folder + "/plugins/stay", withIntermediateDirectories: true)
        for (path, text) in [
            ("plugins/stay/plugin.yaml", Self.manifest), ("plugins/stay/main.lua", Self.broken),
            ("config/programs/stay-2026.yaml", Self.config),
        ] { try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + path)) }
        try await city.approve()
        try await city.importPeople()
        let person = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM person ORDER BY id", []) { $0.id(0, Person.self) }
        }
        let known = try #require(person)
        _ = try await city.host.access.add(
            Account(id: "member", display: "member", roles: [RoleGrant(.member)], person: known),
            password: TestCity.password, by: "admin")
        _ = try await city.host.access.add(
            Account(id: "reviewer", display: "reviewer", roles: [RoleGrant(.reviewer, level: "city")]),
            password: TestCity.password, by: "admin")
        return (city, known)
    }

    private func submit(_ city: TestCity, _ person: ID<Person>, days: Int64) async throws -> ID<CaseFile> {
        let filed = try await city.run(
            "case.submit",
            [
                "program": "stay-2026", "form": "ask", "applicant": .text(person.text), "channel": "clerk",
                "fields": ["days": .int(days)],
            ], as: "office")
        return try #require(filed.answer?["case"].text.flatMap { ID<CaseFile>($0) })
    }

    private func mend(_ city: TestCity) async throws {
        try city.edit("plugins/stay/plugin.yaml", "version: 1.0.0", "version: 1.0.1")
        try city.edit("plugins/stay/main.lua", "error(\"unlucky \" .. facts.application.days)", "return grant(1300)")
        try await city.approve()
    }

    private func advance(
        _ city: TestCity, _ id: ID<CaseFile>, _ action: String, as account: String, note: String? = nil
    ) async throws -> CollectingSink {
        var arguments: [String: Value] = ["case": .text(id.text), "action": .text(action)]
        arguments["note"] = note.map { .text($0) }
        return try await city.run("case.advance", .map(arguments), as: account)
    }

    @Test(
        "A failed rule is shown to staff with its line, never with what the script said, and judged again when it is mended"
    )
    func retry() async throws {
        let (city, person) = try await city()
        let id = try await submit(city, person, days: 13)
        let show: Value = ["case": .text(id.text)]
        for account in ["office", "reviewer"] {
            let shown = try await city.run("case.show", show, as: account)
            #expect(shown.lines.contains { $0.contains("规则出错") }, "\(account) \(shown.lines)")
            #expect(!shown.lines.contains { $0.contains("unlucky") })
            let failed = shown.answer?["lines"].list?.first?["failed"] ?? .null
            // Whoever may preview hears where rules fail there, too.
            #expect(failed["at"].text == (account == "office" ? "main.lua:3" : nil))
            let explained = try await city.run("decision.explain", ["decision": .text(id.text)], as: account)
            #expect(explained.lines.contains { $0.contains("规则出错") })
        }
        let own = try await city.run("case.show", show, as: "member")
        #expect(own.lines.contains { $0.contains("工会人工处理") } && !own.lines.contains { $0.contains("main.lua") })
        let still = await #expect(throws: NiangjiaError.self) { try await advance(city, id, "retry", as: "reviewer") }
        #expect(still?.code == .conflict && still?.message.zh.contains("stay 1.0.0") == true)
        #expect(await code { _ = try await advance(city, id, "retry", as: "member") } == .forbidden)
        try await mend(city)
        // The administrator who mended it has it judged again; that approves nothing.
        let retried = try await advance(city, id, "retry", as: "office")
        #expect(retried.answer?["state"].text == "in_check" && retried.lines.contains { $0.contains("stay 1.0.1") })
        let record = try await city.host.store.read { try Cases.load(id, in: $0) }
        #expect(record.bundle == (try await city.host.bundles.active().digest))
        #expect(record.judgedAmount == Money(fen: 1_300))
        #expect(await code { _ = try await advance(city, id, "retry", as: "office") } == .conflict, "nothing failed")
        #expect(try await advance(city, id, "approve", as: "reviewer").answer?["state"].text == "approved")
        let report = try await city.host.store.read { [crypto = city.host.crypto] in
            try Audit.verify(in: $0, crypto: crypto)
        }
        #expect(report.isSound)
        try await city.host.close()
    }

    @Test("Sent back and handed in again, a failed case takes the version in force; another keeps its own")
    func resubmit() async throws {
        let (city, person) = try await city()
        let failed = try await submit(city, person, days: 13)
        let sound = try await submit(city, person, days: 5)
        let pinned = try await city.host.bundles.active().digest
        try await mend(city)
        for id in [failed, sound] {
            _ = try await advance(city, id, "return", as: "reviewer", note: "请核对")
            _ = try await advance(city, id, "resubmit", as: "office")
        }
        let (after, other) = try await city.host.store.read {
            (try Cases.load(failed, in: $0), try Cases.load(sound, in: $0))
        }
        #expect(after.state == .inCheck && after.judgedAmount == Money(fen: 1_300) && after.bundle != pinned)
        #expect(other.state == .inCheck && other.bundle == pinned, "decision 0015")
        try await city.host.close()
    }

    @Test("An approval that meets another amount than the reviewer saw says so, and approves nothing")
    func amountChanged() async throws {
        let (city, person) = try await city()
        let (first, second) = (try await submit(city, person, days: 1), try await submit(city, person, days: 2))
        #expect(try await advance(city, first, "approve", as: "reviewer").answer?["amount_changed"].isNull == true)
        let changed = try await advance(city, second, "approve", as: "reviewer")
        #expect(changed.answer?["state"].text == "in_check")
        #expect(changed.answer?["amount_changed"]["before_fen"].int == 10_000)
        #expect(changed.answer?["amount_changed"]["after_fen"].int == 20_000)
        #expect(changed.lines.contains { $0.contains("没有通过:金额现在是 200.00 元(您看到的是 100.00 元)") })
        let steps = try await city.run("case.show", ["case": .text(second.text)], as: "reviewer").answer?["steps"].list
        #expect(
            steps?.last?["note"].text?.hasPrefix("金额由 100.00 元变为 200.00 元,须重新审核 / 100.00 has become 200.00") == true)
        let approved = try await advance(city, second, "approve", as: "reviewer")
        #expect(approved.answer?["state"].text == "approved" && approved.answer?["amount_changed"].isNull == true)
        try await city.host.close()
    }
}
