import Foundation
import NiangjiaCore
import Testing

extension APIStory {
    /// Money between unions, suppliers and donors, and corrections, as far as a city in August has them.
    static func flows(_ cast: Cast) async throws {
        try await dues(cast)
        try await grants(cast)
        let (client, treasurer, payer) = (cast.client, cast["treasurer"], cast["payer"])
        let year = ["from": "2026-01-01", "to": "2026-08-01"]
        #expect(try await client.ask("fundSharing", query: year, as: treasurer).status == 200)
        // A list is made once for a key, too.
        let (dates, key): (Value, _) = (["from": "2026-01-01", "to": "2026-08-01"], ["Idempotency-Key": "sharing-1"])
        let proposed = try await client.ask("fundSharingPropose", body: dates, headers: key, as: treasurer)
        #expect(proposed.status == 200, "\(proposed.body.json)")
        let again = try await client.ask("fundSharingPropose", body: dates, headers: key, as: treasurer)
        #expect(again.bytes == proposed.bytes && again.headers["idempotency-replayed"] == "true")
        let list = try await client.ask("fundSharingList", as: treasurer)
        if let settlement = list.body["items"].list?.first?["settlement"].text {
            let told = try await client.ask("fundSharingConfirm", ["id": settlement], as: payer)
            #expect(told.status == 200 || told.status == 403, "\(told.body.json)")
        }
        let nothing = try await client.ask(
            "fundSharingWithdraw", ["id": "sh-0"], body: ["reason": "期间写错"], as: treasurer)
        #expect(nothing.status >= 400, "\(nothing.body.json)")
        let supplier = try await client.ask(
            "supplierStatement", ["code": "990101"], query: year, as: treasurer)
        #expect(supplier.body["payable"].text == "0.00")
        let invoice: Value = [
            "from": "2026-07-01", "to": "2026-07-31", "invoice": "24990000000000000001", "amount": "1.00",
        ]
        #expect(try await client.ask("supplierSettle", ["code": "990101"], body: invoice, as: treasurer).status >= 400)
        #expect(try await client.ask("fundReport", ["kind": "budget"], as: treasurer).status == 200)
        #expect(try await client.ask("fundPeriods", as: treasurer).status == 200)
        let closing = try await client.ask("fundClose", ["period": "2026-07"], body: [:], as: payer)
        #expect(closing.status == 200 && closing.body["closed"].bool == false, "\(closing.body.json)")
        let patterns = try await client.ask("auditPatterns", as: cast["auditor"])
        #expect(patterns.status == 200, "\(patterns.body.json)")
        let accounts = try await client.ask("donationPublish", ["campaign": "charity-2026"], as: treasurer)
        #expect(accounts.status == 200 || accounts.status == 404, "\(accounts.body.json)")
        let donations = try await client.ask("donationList", ["campaign": "charity-2026"], as: treasurer)
        #expect(donations.status == 200 || donations.status == 404, "\(donations.body.json)")
        let donation = ["id": IDText.encode(prefix: "dn", number: 12_345_678)]
        #expect(
            try await client.ask("donationReverse", donation, body: ["reason": "误记"], as: cast["payer"]).status == 404)
        let payment = ["id": IDText.encode(prefix: "pay", number: 12_345_678)]
        let late: Value = ["on": "2026-07-20", "message": "银行更正为成功"]
        #expect(try await client.ask("batchLate", payment, body: late, as: treasurer).status >= 400)
        let figures = Array("指标,起,止,数值,依据\r\nM01,2026-01-01,2026-12-31,12,测试\r\n".utf8)
        let entered = try await client.ask("reportImport", content: figures, as: cast["office"])
        #expect(entered.status == 200 || entered.status == 422, "\(entered.body.json)")
        let correction = try await client.ask("programCorrect", ["id": "summer-cooling-2026"], as: treasurer)
        #expect(correction.status == 200 && correction.body["considered"].int ?? 0 > 0, "\(correction.body.json)")
        #expect(try await client.ask("programCorrections", as: treasurer).status == 200)
        #expect(
            try await client.ask(
                "programCorrectPropose", ["id": "summer-cooling-2026"], body: ["reason": "复核"], as: treasurer
            ).status >= 400, "nothing differs")
        let goods = IDText.encode(prefix: "ent", number: 12_345_678)
        #expect(
            try await client.ask(
                "batchConfirm", ["id": goods], body: ["ending": "0019", "how": "电话"], as: cast["office"]
            )
            .status == 404)
    }

    /// A payer whom nobody knows, then said to belong to a union.
    private static func dues(_ cast: Cast) async throws {
        let (client, treasurer) = (cast.client, cast["treasurer"])
        let code = "91990101MA0000001A"
        let rows =
            "流水号,统一社会信用代码,纳税人名称,费款所属期,计费依据,实缴金额,入库日期,原流水号\r\n"
            + "T1,\(code),示例公司,2026-06,50000.00,1000.00,2026-07-15,\r\n"
            + "N1,\(code),示例公司,2026-05,,-5.00,2026-07-15,T0\r\n"
        let taken = try await client.ask("duesImport", content: Array(rows.utf8), as: treasurer)
        #expect(taken.status == 200, "\(taken.body.json)")
        let suspense = try await client.ask("duesSuspense", as: treasurer)
        #expect(suspense.status == 200)
        let negative = try #require(suspense.body["unmatched"].list?.first?["line"].text, "\(suspense.body.json)")
        let dropped = try await client.ask("duesDrop", ["id": negative], body: ["reason": "税务重复发送"], as: treasurer)
        #expect(dropped.status == 200, "\(dropped.body.json)")
        if let waiting = suspense.body["codes"].list?.first?["code"].text {
            let unions = try await client.ask("organizationList", query: ["limit": "500"], as: cast["office"])
            let union = try #require(unions.body["items"].list?.first { $0["level"].text == "basic" }?["code"])
            let assigned = try await client.ask(
                "duesAssign", body: ["code": .text(waiting), "to": union, "reason": "核对登记"], as: treasurer)
            #expect(assigned.status == 200, "\(assigned.body.json)")
        }
        #expect(try await client.ask("duesStatement", query: ["year": "2026"], as: treasurer).status == 200)
        #expect(try await client.ask("duesYearEnd", body: ["year": 2026], as: treasurer).status == 409)
        let returned = try await client.ask("duesReturn", body: [:], as: treasurer)
        #expect(returned.status == 201 || returned.status == 409, "\(returned.body.json)")
        // The file was the wrong one: it is taken back, unless a return is under way.
        let files = try await client.ask("duesFiles", as: treasurer)
        let file = try #require(files.body["items"].list?.first?["file"].text, "\(files.body.json)")
        let undone = try await client.ask("duesUndo", ["file": file], body: ["reason": "误读"], as: treasurer)
        #expect(undone.status == 200 || undone.status == 409, "\(undone.body.json)")
    }

    /// Proposed, approved by another person, and ended; another one is refused.
    private static func grants(_ cast: Cast) async throws {
        let (client, treasurer, payer) = (cast.client, cast["treasurer"], cast["payer"])
        let body: Value = ["plan": "station", "organization": "990101", "amount": "10000.00", "purpose": "建站"]
        let first = try await client.ask("grantPropose", body: body, as: treasurer)
        #expect(first.status == 201, "\(first.body.json)")
        let id = ["id": first.body["grant"].text ?? ""]
        #expect(try await client.ask("grantApprove", id, as: treasurer).status == 403)
        #expect(try await client.ask("grantApprove", id, as: payer).body["instalments"].list?.count == 2)
        #expect(try await client.ask("grantShow", id, as: treasurer).status == 200)
        #expect(try await client.ask("grantList", as: treasurer).body["items"].list?.isEmpty == false)
        let part = id.merging(["n": "1"]) { $1 }
        let report: Value = ["spent": "1.00", "note": "设备"]
        #expect(try await client.ask("grantReport", part, body: report, as: treasurer).status == 409)
        #expect(try await client.ask("grantAccept", part, as: payer).status == 409)
        #expect(try await client.ask("grantSendBack", part, body: ["reason": "缺发票"], as: payer).status == 409)
        let ended = try await client.ask(
            "grantEnd", id, body: ["because": "unused", "note": "没有开工"], as: payer)
        #expect(ended.status == 200, "\(ended.body.json)")
        let second = try await client.ask("grantPropose", body: body, as: treasurer)
        let newest = try await client.ask("grantList", query: ["limit": "1"], as: treasurer).body
        #expect(newest["items"].list?.first?["grant"] == second.body["grant"] && newest["next"] == second.body["grant"])
        let older = try await client.ask(
            "grantList", query: ["limit": "1", "after": newest["next"].text ?? ""], as: treasurer)
        #expect(older.body["items"].list?.first?["grant"] == first.body["grant"], "\(older.body.json)")
        let refused = try await client.ask(
            "grantRefuse", ["id": second.body["grant"].text ?? ""], body: ["reason": "已有"], as: payer)
        #expect(refused.body["state"].text == "refused", "\(refused.body.json)")
    }
}
