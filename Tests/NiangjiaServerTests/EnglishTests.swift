import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Whoever asks for English is answered in English: what stays Chinese is the city's own (names, policies, its texts for people).
@Suite struct EnglishTests {
    /// Runs of Chinese characters in a text.
    private static func chinese(_ text: String) -> [String] {
        text.unicodeScalars.split { !(0x4E00...0x9FFF).contains($0.value) }.map { String(String.UnicodeScalarView($0)) }
    }

    /// Asks for operations one by one in English, and expects nothing Chinese but the city's own data.
    private func expectEnglish(_ said: [(String, [String])], _ city: TestCity, besides: String = "") async throws {
        let own = try await data(of: city) + besides
        for (operation, lines) in said {
            for line in lines {
                let foreign = Self.chinese(line).filter { !own.contains($0) }
                #expect(foreign.isEmpty, "\(operation): \(line)")
            }
        }
    }

    @Test(
        "Money between unions, donors and suppliers, batches, claims and periods are told in English, refusals as well")
    func money() async throws {
        let city = try await TestCity(at: "2026-09-15T09:00:00+08:00")
        try await city.addTreasury()
        try await city.addUnions(
            "工会代码,工会名称,上级代码,层级,单位统一社会信用代码,银行账号,开户名",
            [
                "990100,示范市总工会,,市级,,6222990100000001,示范市总工会", "990101,甲区总工会,990100,区县,,6222990100000002,甲区总工会",
                "99010101,甲厂工会,990101,基层,91990101MA0000111M,6222990100000003,甲厂工会",
                "990100F1,快递联合会,990100,工会联合会,,6222990100000006,快递联合会",
                "GYS01,清凉物资公司,990100,供应商,,6222990100000007,清凉物资公司",
            ])
        var said: [(String, [String])] = []
        @discardableResult
        func ask(_ operation: String, _ arguments: Value, as account: String = "treasurer") async throws -> Value {
            do {
                let sink = try await city.run(operation, arguments, as: account, in: .en)
                said.append((operation, sink.lines))
                return sink.answer ?? .null
            } catch let error as NiangjiaError {
                said.append((operation, [error.message.en]))
                return .null
            }
        }
        let titles = "流水号,统一社会信用代码,纳税人名称,费款所属期,计费依据,实缴金额,入库日期,原流水号"
        func file(_ name: String, _ rows: String...) throws -> Value {
            ["file": .text(try city.write([titles] + rows, name))]
        }
        try await ask(
            "dues.import",
            file(
                "one.csv", "T1,91990101MA0000111M,甲厂,2026-03,850000,16000.00,2026-04-15,",
                "T2,91990101MA0000138D,新公司,2026-03,,10.00,2026-04-15,", "T3,91990101MA0000111M,甲厂,去年,,1,2026-04-15,",
                "T4,91990101MA0000111M,甲厂,2026-03,,0,2026-04-15,", "T5,91990101MA0000111M,甲厂,2026-03,,1,2027-04-15,",
                "N9,91990101MA0000111M,甲厂,2026-03,,-5,2026-04-15,T9"))
        let returned = try await ask("dues.return", ["through": "2026-09-15"])
        try await ask("dues.import", file("two.csv", "N1,91990101MA0000111M,甲厂,2026-03,,-16000.00,2026-05-15,T1"))
        let sent = try await city.send(returned)
        let answered = try city.answerFile(sent) { _ in "00|OK" }
        try await ask("batch.result", ["batch": .text(sent.id.text), "file": .text(answered)])
        try await ask("dues.import", file("three.csv", "T6,91990101MA0000111M,甲厂,2026-04,,100.00,2026-05-16,"))
        let waiting = try await ask("dues.suspense", [:])["unmatched"].list ?? []
        for one in waiting { try await ask("dues.drop", ["line": one["line"], "reason": "x"]) }
        try await ask("dues.statement", ["year": 2026])
        let files = try await ask("dues.files", [:])
        for one in files.list ?? [] { try await ask("dues.undo", ["file": one["file"], "reason": "x"]) }
        try await ask("dues.assign", ["code": "91990101MA0000138D", "to": "99010101", "reason": "x"])
        try await ask("dues.assign", ["code": "91990101MA0000138D", "to": "99010101", "reason": "x"])
        try await ask("dues.year_end", ["year": 2026])
        try await ask("dues.return", ["through": "2026-09-15"])
        try await ask("dues.return", ["through": "2027-09-15"])
        let gift: [String: Value] = [
            "campaign": "charity-2026", "reference": "1", "amount": "100.00", "on": "2026-09-09",
        ]
        let donation = try await ask("donation.receive", .map(gift))
        try await ask("donation.receive", .map(gift))
        try await ask("donation.receive", .map(gift.merging(["amount": "1.00"]) { $1 }))
        try await ask("donation.receive", .map(gift.merging(["amount": "1000000", "reference": "2"]) { $1 }))
        try await ask("donation.receive", .map(gift.merging(["donor": "", "reference": "3"]) { $1 }))
        try await ask("donation.list", ["campaign": "charity-2026"])
        try await ask("donation.publish", ["campaign": "charity-2026"])
        try await ask("donation.reverse", ["donation": donation["donation"], "reason": "x"])
        try await ask("donation.reverse", ["donation": donation["donation"], "reason": "x"], as: "payer")
        let grant = try await ask(
            "grant.propose", ["plan": "startup", "organization": "990100F1", "amount": "100000", "purpose": "x"])[
                "grant"]
        try await ask("grant.approve", ["grant": grant])
        try await ask("grant.approve", ["grant": grant], as: "payer")
        said.append(
            ("batch.build", try await city.run("batch.build", ["program": "grants"], as: "treasurer", in: .en).lines))
        try await ask("grant.report", ["grant": grant, "instalment": 1, "spent": "1.00", "note": "x"])
        try await ask("grant.list", [:])
        try await ask("grant.show", ["grant": grant])
        try await ask("grant.end", ["grant": grant, "because": "closed", "on": "2026-09-01", "note": "x"], as: "payer")
        for batch in try await ask("batch.list", [:]).list ?? [] {
            let id: Value = ["batch": batch["batch"], "reason": "x"]
            for operation in ["batch.show", "batch.refresh", "batch.void", "batch.approve"] {
                try await ask(operation, id)
            }
        }
        for line in sent.lines {
            let said: Value = ["payment": .text(line.payment.text), "on": "2026-09-15", "message": "x"]
            for operation in ["batch.late", "batch.returned", "batch.returned"] { try await ask(operation, said) }
            try await ask("batch.reissue", ["payment": .text(line.payment.text), "reason": "x"])
        }
        let days: [String: Value] = ["from": "2026-01-01", "to": "2026-09-15"]
        try await ask("supplier.statement", .map(days.merging(["supplier": "GYS01"]) { $1 }))
        try await ask(
            "supplier.settle", .map(days.merging(["supplier": "GYS01", "invoice": "1", "amount": "1"]) { $1 }))
        try await ask("fund.sharing", .map(days))
        try await ask("fund.sharing_propose", .map(days))
        let claims = try await ask("fund.claims", [:])
        for one in claims.list ?? [] {
            try await ask("fund.claw_back", ["entitlement": one["entitlement"], "reason": "x"])
        }
        for report in ["trial-balance", "budget", "sources", "statement", "holds"] {
            try await ask("fund.report", ["kind": .text(report), "year": 2026, "line": "dues-basic-2026"])
        }
        try await ask("fund.balance", [:])
        try await ask("fund.statement", ["line": "dues-basic-2026"])
        try await ask("fund.close", ["period": "2026-07"], as: "payer")
        try await ask("fund.periods", [:])
        #expect(said.count > 50)
        try await expectEnglish(said, city, besides: "\n甲厂\n新公司\n去年\n工会经费回拨")
        try await city.host.close()
    }

    /// What the city's own data hold.
    private func data(of city: TestCity) async throws -> String {
        let texts = try await city.host.store.read { reader in
            [
                "SELECT name FROM organization", "SELECT name FROM person", "SELECT name || address FROM station",
                "SELECT policy FROM bundle",
            ].flatMap { sql in (try? reader.all(sql) { $0.textOrNil(0) ?? "" }) ?? [] }
        }
        let bundle = try await city.host.bundles.active()
        let policies = bundle.programs.values.map(\.policy) + bundle.funds.chart.map(\.title)
        return (texts + policies).joined(separator: "\n")
    }

    @Test("Answers tell an English reader memos, totals and changes in English, and others as they were booked")
    func answers() async throws {
        let city = try await TestCity()
        try await city.addTreasury()
        func rows(_ kind: String, _ language: Language) async throws -> [Value] {
            let asked: Value = ["kind": .text(kind), "line": "cooling-2026", "from": "2026-01-01", "to": "2026-12-31"]
            return try await city.run("fund.report", asked, as: "treasurer", in: language).answer?["rows"].list ?? []
        }
        let (booked, told) = (try await rows("statement", .zh), try await rows("statement", .en))
        #expect(booked.first?["memo"].text == "预算下达 cooling-2026")
        #expect(told.first?["memo"].text == "budget given or changed" && told.count == booked.count)
        let balance = try await rows("trial-balance", .en)
        #expect(balance.last?["account"].text == "total")
        #expect(try await rows("trial-balance", .zh).last?["account"].text == "合计")
        let entries = try await city.run(
            "fund.statement", ["line": "cooling-2026"], as: "treasurer", in: .en
        ).answer?.list
        #expect(entries?.last?["memo"].text == "budget given or changed" && entries?.last?["kind"].text == "budget")
        try city.edit("config/programs/summer-cooling-2026.yaml", "value: 50", "value: 60")
        let changes = try await city.run("config.diff", [:], as: nil, in: .en).answer?["changes"].list ?? []
        #expect(changes.first?["new"].text == "60.00 yuan")
        for one in told + (entries ?? []) + changes {
            #expect(Self.chinese(one.json).isEmpty, "\(one.json)")
        }
        try await city.host.close()
    }

    @Test("The common commands print no Chinese of their own when they are asked for English")
    func operations() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        for id in ["clerk", "county", "treasurer", "auditor", "member"] {
            try await city.add(
                id,
                [
                    "clerk": Role.clerk, "county": .reviewer, "treasurer": .treasurer, "auditor": .auditor,
                    "member": .member,
                ][id] ?? .clerk)
        }
        let person = try await city.host.store.read { reader in
            try #require(
                try reader.first(
                    "SELECT person FROM membership WHERE is_primary = 1 AND status = 'active' ORDER BY person"
                ) { $0.id(0, Person.self) })
        }
        try city.edit("config/programs/summer-cooling-2026.yaml", "value: 50", "value: 60")
        let submit: Value = [
            "program": "summer-cooling-2026", "form": "package", "applicant": .text(person.text), "fields": [:],
        ]
        let filed = try await city.run("case.submit", submit, as: "clerk", in: .en)
        let id = try #require(filed.answer?["case"])
        var said: [(String, [String])] = [("case.submit", filed.lines)]
        let asked: [(String, Value, String?)] = [
            ("check", [:], nil), ("doctor", [:], nil), ("config.diff", [:], nil), ("config.propose", [:], "office"),
            ("config.log", [:], nil), ("config.show", [:], nil), ("program.list", [:], nil),
            ("program.show", ["program": "summer-cooling-2026"], nil),
            ("program.show", ["program": "mutual-aid-2026"], nil),
            ("program.preview", ["program": "summer-cooling-2026"], "office"),
            ("program.preview", ["all": true], "office"),
            ("program.diff", ["program": "summer-cooling-2026", "form": "package"], "office"),
            ("program.decide", ["program": "summer-cooling-2026"], "office"),
            ("program.runs", [:], "office"), ("case.show", ["case": id], "clerk"), ("case.list", [:], "clerk"),
            ("decision.list", ["program": "summer-cooling-2026", "limit": 3], "office"),
            ("place.list", ["program": "training-2026"], "office"), ("draw.list", [:], "office"),
            ("fund.balance", [:], "treasurer"), ("fund.verify", [:], nil), ("fund.claims", [:], "treasurer"),
            ("batch.list", [:], "treasurer"), ("audit.verify", [:], nil), ("audit.head", [:], nil),
            ("report", ["from": "2026-01-01", "to": "2026-12-31"], nil),
            ("report", ["from": "2026-01-01", "to": "2026-12-31", "gaps": true], nil),
            ("dues.suspense", [:], "treasurer"), ("dues.statement", ["year": 2026], "treasurer"),
            ("grant.list", [:], "treasurer"), ("fund.sharing_list", [:], "treasurer"),
            ("fund.sharing", ["from": "2026-01-01", "to": "2026-03-31"], "treasurer"),
            ("organization.list", [:], "office"), ("import.list", [:], "office"),
            ("action.list", ["program": "skill-competition-2026"], "clerk"), ("role.list", [:], "office"),
            ("account.list", [:], "admin"),
        ]
        for (operation, arguments, account) in asked {
            do {
                said.append((operation, try await city.run(operation, arguments, as: account, in: .en).lines))
            } catch let error as NiangjiaError {
                Issue.record("\(operation): \(error)")
            }
        }
        let decision = try await city.host.store.read { reader in
            try reader.first("SELECT id FROM decision WHERE run IS NOT NULL ORDER BY id") { $0.id(0, Decision.self) }
        }
        if let decision {
            for operation in ["decision.explain", "decision.show"] {
                said.append(
                    (
                        operation,
                        try await city.run(operation, ["decision": .text(decision.text)], as: "office", in: .en).lines
                    ))
            }
        }
        for (operation, lines) in said {
            #expect(
                !lines.isEmpty || ["batch.list", "config.propose"].contains(operation), "\(operation) said nothing")
        }
        try await expectEnglish(said, city)
        try await city.host.close()
    }
}
