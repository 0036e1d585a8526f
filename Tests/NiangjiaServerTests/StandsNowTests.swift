import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// What a case and its explanation say once what was granted has fallen; and what else a case tells whoever filed it.
@Suite("What stands of a decision now", .serialized) struct StandsNowTests {
    /// A visit to a unit, filed by the office and approved on both levels.
    private func approved(_ city: TestCity) async throws -> (id: Value, unit: String) {
        try await city.importPeople()
        for level in ["basic", "county"] {
            _ = try await city.host.access.add(
                Account(id: level, display: level, roles: [RoleGrant(.reviewer, level: level)]),
                password: TestCity.password, by: "admin")
        }
        let code = try await city.host.store.read { reader in
            try reader.first("SELECT code FROM organization WHERE level = 'basic' ORDER BY code") { $0.text(0) }
        }
        let unit = try #require(code)
        let filed = try await city.run(
            "case.submit",
            [
                "program": "summer-cooling-2026", "form": "site_visit", "channel": "clerk", "unit": .text(unit),
                "fields": ["unit": .text(unit), "headcount": 20],
            ], as: "office")
        let id = try #require(filed.answer?["case"])
        // A level that the unit's part of the tree doesn't have is passed over.
        let first = try await city.run("case.advance", ["case": id, "action": "approve"], as: "basic").answer
        if first?["state"].text == "in_check" {
            _ = try await city.run("case.advance", ["case": id, "action": "approve"], as: "county")
        }
        return (id, unit)
    }

    @Test("Withdrawn after its approval, a case is told as withdrawn, with nothing that stands")
    func withdrawn() async throws {
        let city = try await TestCity()
        let (id, unit) = try await approved(city)
        let before = try #require(try await city.run("decision.explain", ["decision": id], as: "office").answer)
        #expect(before["amount_now_fen"] == before["amount_fen"] && before["revoked"].list?.isEmpty == true)
        #expect(before["amount_fen"].int ?? 0 > 0)
        let shown = try #require(try await city.run("case.show", ["case": id], as: "office").answer)
        #expect(shown["lines"].list?.first?["amount_now_fen"] == before["amount_fen"], "\(shown.json)")
        // What was sent as a code is kept as an id: it can be recognised.
        let named = shown["organizations"].list?.first
        #expect(named?["code"].text == unit && named?["organization"] == shown["fields"]["unit"])
        _ = try await city.run("case.advance", ["case": id, "action": "withdraw"], as: "office")
        let told = try await city.run("decision.explain", ["decision": id], as: "office")
        #expect(told.answer?["amount_now_fen"] == 0, "\(told.answer?.json ?? "")")
        #expect(told.answer?["revoked"].list?.first?["code"] == "withdrawn")
        #expect(told.lines.contains { $0.contains("申请已撤回") } && told.lines.contains { $0.contains("现为 0.00") })
        let after = try await city.run("case.show", ["case": id], as: "office").answer?["lines"].list?.first
        #expect(after?["state"] == "reversed" && after?["amount_now_fen"] == 0)
        try await city.host.close()
    }

    @Test("Taken out of a run, nothing stands of a decision")
    func takenOut() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let package: Value = ["program": "summer-cooling-2026", "form": "package"]
        _ = try await city.run("program.decide", package, as: "office")
        let listed = try await city.run(
            "decision.list", ["program": "summer-cooling-2026", "result": "granted", "limit": 1], as: "office"
        ).answer?.list?.first
        let one = try #require(listed)
        _ = try await city.run("decision.withdraw", ["decision": one["decision"], "reason": "登记有误"], as: "office")
        let told = try await city.run("decision.explain", ["decision": one["decision"]], as: "office").answer
        #expect(told?["amount_now_fen"] == 0 && told?["amount_fen"] == one["amount_fen"])
        #expect(told?["revoked"].list?.count == 1)
        try await city.host.close()
    }

    @Test(
        "Nothing to pay says what comes first; a line of a batch says whose it is; an unknown code of the bank is warned of"
    )
    func batches() async throws {
        let city = try await TestCity()
        let entitled = try await city.entitle(2)
        try await city.add("auditor", .auditor)
        let batch = try await city.send("tuition-2026")
        let byTreasurer = try await city.run("batch.show", batch.argument, as: "treasurer").answer?["lines"].list ?? []
        #expect(Set(byTreasurer.compactMap { $0["entitlement"].text }) == Set(entitled.map(\.id.text)))
        // The form is about children: who applied by it is for whoever checks applications, or may see all that it is told.
        #expect(byTreasurer.allSatisfy { $0["person"].isNull && $0["decision"].isNull && $0["case"].isNull })
        let byAuditor = try await city.run("batch.show", batch.argument, as: "auditor").answer?["lines"].list ?? []
        #expect(byAuditor.allSatisfy { $0["person"].text?.hasPrefix("p-") == true })
        let said = try await city.answer(batch) { $0.n == 1 ? "02|处理中" : "00|成功" }
        #expect(said.answer?["unknown"] == 1)
        let warnings = said.answer?["warnings"].list?.compactMap { $0["zh-CN"].text } ?? []
        #expect(warnings.count == 1 && warnings[0].contains("“02”") && warnings[0].contains("第 1 "), "\(warnings)")
        do {
            _ = try await city.run("dues.return", [:], as: "treasurer")
            Issue.record("there was nothing to return")
        } catch let error as NiangjiaError {
            #expect(error.code == .conflict && error.message.zh.contains("先读入税务文件"), "\(error)")
        }
        try await city.host.close()
    }
}

/// What a file of dues is called.
@Suite struct DuesNameTests: DuesSuite {
    @Test("Findings and the list name a file as its sender does; one without a name goes by its digest")
    func names() async throws {
        let city = try await city()
        let rows = [Self.titles, "T1,\(Self.unknown),新单位,2026-03,850000,17000.00,2026-04-15,"]
        let path = try city.write(rows, "69490462-7e52-419f-8788-1e6f070ad57a")
        _ = try await city.run("dues.import", ["file": .text(path), "name": "../三月.csv"], as: "treasurer")
        let listed = try await city.run("dues.files", [:], as: "treasurer").answer?.list?.first
        #expect(listed?["place"] == "三月.csv:2", "\(listed?.json ?? "")")
        // The lines of a file in their order, not in that of their numbers as text.
        let many = (2...12).map { "M\($0),\(Self.unknown),新单位,2026-03,850000,17000.00,2026-04-15," }
        let longer = try city.write([Self.titles] + many, "long.csv")
        _ = try await city.run("dues.import", ["file": .text(longer), "name": "四月.csv"], as: "treasurer")
        let files = try await city.run("dues.files", [:], as: "treasurer")
        #expect(files.answer?.list?.contains { $0["place"] == "四月.csv:2" } == true, "\(files.lines)")
        #expect(files.lines.contains { $0.contains("四月.csv ") } && !files.lines.contains { $0.contains("四月.csv:") })
        let other = [Self.titles, "T2,\(Self.unknown),新单位,2026-04,x,y,2026-05-15,"]
        let bare = try city.write(other, "69490462-7e52-419f-8788-1e6f070ad57b")
        let taken = try await city.run("dues.import", ["file": .text(bare), "check": true], as: "treasurer").answer
        let digest = try #require(taken?["file"].text)
        let place = taken?["findings"].list?.first?["place"].text
        #expect(place?.hasPrefix(digest.prefix(12)) == true, "\(place ?? "-")")
        try await city.host.close()
    }
}
