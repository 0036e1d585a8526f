import Foundation
import NiangjiaCore
import Testing

extension APIStory {
    /// Money comes back, is paid again in a batch by two people, and what the bank says is entered.
    static func money(_ cast: Cast) async throws {
        let (client, treasurer) = (cast.client, cast["treasurer"])
        let lines = try await client.ask("fundBalance", as: treasurer)
        let line = try #require(lines.body["items"].list?.first { $0["paid_fen"].int ?? 0 > 0 })
        #expect(line["paid"].text?.hasSuffix(".00") == true)
        let id = ["line": line["line"].text ?? ""]
        let two = try await client.ask("fundStatement", id, query: ["limit": "2"], as: treasurer)
        let one = try await client.ask("fundStatement", id, query: ["limit": "1"], as: treasurer)
        let after = try #require(one.body["next"].text)
        let second = try await client.ask("fundStatement", id, query: ["limit": "1", "after": after], as: treasurer)
        #expect(two.body["items"].list == (one.body["items"].list ?? []) + (second.body["items"].list ?? []))
        #expect(try await client.ask("fundVerify", as: treasurer).body["ok"].bool == true)
        #expect(try await client.ask("fundVerify", as: cast["keeper"]).status == 403)
        try await payAgain(cast)
        try await recover(cast)
        let fees = try await client.ask(
            "fundReceive", ["id": "mutual-aid-2026"], body: ["unit": "nowhere", "amount": "1.00"], as: treasurer)
        #expect(fees.status >= 400)
    }

    private static func payAgain(_ cast: Cast) async throws {
        let (client, treasurer, payer) = (cast.client, cast["treasurer"], cast["payer"])
        let batches = try await client.ask("batchList", query: ["limit": "50"], as: treasurer)
        let settled = try #require(
            batches.body["items"].list?.first {
                $0["state"].text == "settled" && $0["program"].text == "tuition-2026"
            }?["batch"].text)
        let shown = try await client.ask("batchShow", ["id": settled], as: treasurer)
        let payment = try #require(shown.body["lines"].list?.first { $0["state"].text == "paid" }?["payment"].text)
        let returned = try await client.ask(
            "batchReturned", ["id": payment], body: ["on": "2026-08-03", "message": "账户已销户"], as: treasurer)
        #expect(returned.status == 200, "\(returned.body.json)")
        let again = try await client.ask(
            "batchReissue", ["id": payment], body: ["reason": "更正卡号"], as: treasurer)
        #expect(again.status == 200, "\(again.body.json)")
        let built = try await client.ask(
            "batchBuild", body: ["program": "tuition-2026"], headers: ["Idempotency-Key": "b-1"], as: treasurer)
        #expect(built.status == 201 && built.body["count"].int == 1, "\(built.body.json)")
        let repeated = try await client.ask(
            "batchBuild", body: ["program": "tuition-2026"], headers: ["Idempotency-Key": "b-1"], as: treasurer)
        #expect(repeated.bytes == built.bytes)
        // Taken apart, and built again.
        let none = try await client.ask(
            "batchRefresh", ["id": built.body["batch"].text ?? ""], body: [:], as: treasurer)
        #expect(none.status == 200 && none.body["dropped"].list?.isEmpty == true, "\(none.body.json)")
        let apart = try await client.ask(
            "batchVoid", ["id": built.body["batch"].text ?? ""], body: ["reason": "重新制单"], as: treasurer)
        #expect(apart.status == 200, "\(apart.body.json)")
        let rebuilt = try await client.ask("batchBuild", body: ["program": "tuition-2026"], as: treasurer)
        let id = ["id": try #require(rebuilt.body["batch"].text)]
        #expect(try await client.ask("batchApprove", id, as: treasurer).status == 403)
        #expect(try await client.ask("batchApprove", id, as: payer).body["state"].text == "approved")
        let exported = try await client.ask("batchExport", id, body: [:], as: payer)
        #expect(exported.status == 200 && exported.body["files"].list?.count == 1, "\(exported.body.json)")
        #expect(exported.body["files"].list?.first?.text?.contains("/") == false)
        let file = try await client.ask("batchFile", id.merging(["n": "1"]) { $1 }, as: payer)
        #expect(file.status == 200 && file.headers["content-disposition"]?.hasPrefix("attachment") == true)
        // The bank's template: number | account | holder | yuan | …, in the bank's own encoding.
        let line = file.bytes.prefix { $0 != 0x0D }
        let ends = line.indices.filter { line[$0] == 0x7C }
        try #require(ends.count > 3)
        let answer = Array(line[..<ends[3]]) + Array("|00|OK\r\n".utf8)
        let result = try await client.ask("batchResult", id, content: answer, as: treasurer)
        #expect(result.status == 200 && result.body["paid"].int == 1, "\(result.body.json)")
    }

    /// What was paid is claimed back, by the entitlement that the batch tells and not by the application, and comes in.
    private static func recover(_ cast: Cast) async throws {
        let (client, treasurer) = (cast.client, cast["treasurer"])
        let batches = try await client.ask("batchList", query: ["limit": "50"], as: treasurer)
        let settled = try #require(
            batches.body["items"].list?.first {
                $0["state"].text == "settled" && $0["program"].text == "tuition-2026"
            }?["batch"].text)
        let shown = try await client.ask("batchShow", ["id": settled], as: treasurer)
        let line = try #require(shown.body["lines"].list?.first { $0["state"].text == "paid" })
        #expect(line["case"].isNull)
        let id = ["id": try #require(line["entitlement"].text)]
        let claimed = try await client.ask("fundClawBack", id, body: ["reason": "重复享受"], as: treasurer)
        #expect(claimed.body["claimed_fen"].int ?? 0 > 0, "\(claimed.body.json)")
        let again = try await client.ask("fundClawBack", id, body: ["reason": "重复享受"], as: treasurer)
        #expect(again.status == 409, "\(again.body.json)")
        let claims = try await client.ask("fundClaims", as: treasurer)
        let claim = try #require(claims.body["items"].list?.first)
        #expect(claim["case"].isNull)
        let recovered = try await client.ask(
            "fundRecover", ["id": claim["entitlement"].text ?? ""], body: ["amount": "1.00"], as: treasurer)
        #expect(recovered.status == 200 && recovered.body["amount_fen"].int == 100, "\(recovered.body.json)")
    }

    static func config(_ cast: Cast) async throws {
        let (client, office) = (cast.client, cast["office"])
        let active = try await client.ask("configShow", as: office)
        let before = try #require(active.body["digest"].text)
        let check = try await client.ask("configCheck", as: office)
        #expect(check.body["ok"].bool == true, "\(check.body.json)")
        let path = "config/programs/summer-cooling-2026.yaml"
        let text = try String(contentsOfFile: cast.binary.city + "/" + path, encoding: .utf8)
        let changed = text.replacingOccurrences(of: "  value: 50 ", with: "  value: 60 ")
        #expect(changed != text)
        let wrong = try await client.ask(
            "configPropose", body: ["files": .map([path: .text(text + "\nnonsense: 1\n")])], as: office)
        #expect(wrong.status == 422 && wrong.body["place"].text?.hasPrefix(path) == true, "\(wrong.body.json)")
        let outside = try await client.ask(
            "configPropose", body: ["files": ["config/../../x.yaml": "a: 1"]], as: office)
        #expect(outside.status == 422)
        let proposed = try await client.ask(
            "configPropose", body: ["files": .map([path: .text(changed)]), "policy": "固工发〔2026〕12号"], as: office)
        #expect(proposed.status == 201 && proposed.body["state"].text == "active", "\(proposed.body.json)")
        let id = ["id": try #require(proposed.body["digest"].text)]
        let difference = try await client.ask("configDiff", id, as: office)
        #expect(difference.body["changes"].list?.count == 1)
        #expect(try await client.ask("configApprove", id, as: cast["office"]).status >= 400)
        let back = try await client.ask("configRevert", ["id": before], as: office)
        #expect(back.status == 200 && back.body["state"].text == "active", "\(back.body.json)")
        #expect(try await client.ask("configRevert", ["id": before], as: office).status == 409)
        let later = try await client.ask(
            "configPropose", body: ["files": .map([path: .text(changed)]), "from": "2026-12-01"], as: office)
        #expect(later.body["state"].text == "approved", "\(later.body.json)")
        let withdrawn = try await client.ask(
            "configWithdraw", ["id": later.body["digest"].text ?? ""], as: office)
        #expect(withdrawn.body["state"].text == "withdrawn", "\(withdrawn.body.json)")
        let status = try await client.ask(
            "programStatus", ["id": "ticket-2027"], body: ["status": "suspended"], as: office)
        #expect(status.status == 200, "\(status.body.json)")
        #expect(try await client.ask("configLog", as: office).body["items"].list?.count ?? 0 >= 3)
        let plugin = try await client.ask(
            "pluginApprove", ["id": before, "plugin": "summer-cooling"], as: office)
        #expect(plugin.status == 200 || plugin.status == 403 || plugin.status == 409)
    }

    static func audit(_ cast: Cast) async throws {
        let (client, auditor) = (cast.client, cast["auditor"])
        let head = try await client.ask("auditHead", as: auditor)
        let printed = try #require(head.body["printed"].text)
        let report = try await client.ask("auditVerify", body: ["heads": [.text(printed)]], as: auditor)
        #expect(report.body["ok"].bool == true && report.body["heads"].int == 1, "\(report.body.json)")
        #expect(try await client.ask("auditVerify", body: ["heads": ["nonsense"]], as: auditor).status == 422)
        #expect(try await client.ask("auditHead", as: cast["m-t6-father"]).status == 403)
        let year = try await client.ask(
            "report", query: ["from": "2026-01-01", "to": "2026-12-31"], as: auditor)
        #expect(year.body["metrics"].list?.isEmpty == false)
    }
}
