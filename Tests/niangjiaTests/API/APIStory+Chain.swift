import NiangjiaCore
import Testing

extension APIStory {
    /// What an auditor reads beside the proof: events, calls, blocks.
    static func chain(_ cast: Cast) async throws {
        let (client, auditor) = (cast.client, cast["auditor"])
        let newest = try await client.ask("auditEvents", query: ["limit": "1"], as: auditor)
        let after = try #require(newest.body["next"].text, "\(newest.body.json)")
        let before = try await client.ask("auditEvents", query: ["limit": "1", "after": after], as: auditor)
        let seq = try #require(before.body["items"].list?.first?["seq"].int)
        let one = try await client.ask("auditEvent", ["seq": "\(seq)"], as: auditor)
        #expect(one.status == 200 && one.body == before.body["items"].list?.first, "\(one.body.json)")
        let days = ["kind": "case.", "actor": "office", "from": "2020-01-01", "to": "2099-12-31"]
        let handled = try await client.ask("auditEvents", query: days, as: auditor)
        let about = try #require(handled.body["items"].list?.first?["about"].text, "\(handled.body.json)")
        let calls = try await client.ask("auditCalls", query: ["program": "tuition-2026"], as: auditor)
        let caseID = try #require(calls.body["items"].list?.compactMap { $0["case"].text }.first, "\(calls.body.json)")
        let its = try await client.ask("auditCalls", query: ["case": caseID], as: auditor)
        #expect(its.body["items"].list?.isEmpty == false && its.body["next"].isNull)
        let own = try await client.ask("auditEvents", query: ["about": about], as: auditor)
        #expect(own.body["items"].list?.allSatisfy { $0["about"].text == about } == true)
        let runs = try await client.ask("programRuns", query: ["limit": "1"], as: auditor)
        let run = try #require(runs.body["items"].list?.first?["run"].text)
        let blocks = try await client.ask("auditBlocks", ["id": run], as: auditor)
        #expect(blocks.body["items"].list?.first?["count"].int ?? 0 > 0, "\(blocks.body.json)")
        #expect(try await client.ask("auditEvents", query: ["actor": "nobody-here"], as: auditor).status == 404)
        #expect(try await client.ask("auditEvents", as: cast["office"]).status == 403)
        #expect(try await client.ask("auditCalls", as: cast["admin"]).status == 403)
    }

    /// Sign-ins that somebody has lost sight of; at the end of the story, for it ends them.
    static func signIns(_ cast: Cast) async throws {
        let (client, own) = (cast.client, cast["city"])
        let lost = try await client.ask("accountLogin", body: ["account": "city", "password": "niangjia-demo"])
        let token = try #require(lost.body["token"].text)
        let listed = try await client.ask("accountSessions", as: token)
        let items = try #require(listed.body["items"].list)
        #expect(items.count >= 2 && items.filter { $0["current"] == true }.count == 1, "\(listed.body.json)")
        let id = try #require(items.first { $0["current"] == true }?["session"].text)
        let ended = try await client.ask("accountSessionEnd", ["id": id], as: own)
        #expect(ended.status == 200 && ended.body["ended"].int == 1, "\(ended.body.json)")
        #expect(try await client.ask("accountSessions", as: token).status == 401)
        #expect(try await client.ask("accountSessionEnd", ["id": id], as: own).status == 404)
        #expect(try await client.ask("accountSessionsEnd", as: own).status == 200)
        #expect(try await client.ask("accountSessions", as: own).body["items"].list?.count == 1)
        #expect(try await client.ask("accountSignOut", ["account": "city"], as: cast["auditor"]).status == 403)
        let all = try await client.ask("accountSignOut", ["account": "city"], as: cast["admin"])
        #expect(all.status == 200 && all.body["ended"].int == 1, "\(all.body.json)")
        #expect(try await client.ask("accountSessions", as: own).status == 401)
    }
}
