import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// domain.md §3.6 through the real store: files of the tax bureau, shares, suspense, returns.
@Suite("Union dues") struct DuesTests {
    static let payer = "91990101MA0000111M"
    static let small = "91990101MA000012XD"
    static let unknown = "91990101MA0000138D"
    static let companyOfFederation = "91990101MA00001468"

    /// A city with a treasurer, a payer, three unions with accounts, and a federation.
    private func city(at now: String = "2026-07-15T09:00:00+08:00", edit: (TestCity) throws -> Void = { _ in })
        async throws -> TestCity
    {
        let city = try await TestCity(at: now, approved: false)
        try edit(city)
        try await city.approve()
        try await city.add("treasurer", .treasurer)
        try await city.add("payer", .payer)
        let rows = [
            "工会代码,工会名称,上级代码,层级,单位统一社会信用代码,银行账号,开户名",
            "990100,示范市总工会,,市级,,6222990100000001,示范市总工会",
            "990101,甲区总工会,990100,区县,,6222990100000002,甲区总工会",
            "99010101,甲厂工会,990101,基层,\(Self.payer),6222990100000003,甲厂工会",
            "99010102,小店工会,990101,基层,\(Self.small),6222990100000004,小店工会",
            "990100F1,快递联合会,990100,工会联合会,,6222990100000005,快递联合会",
            "990100F1A,快递公司工会,990100F1,基层,\(Self.companyOfFederation),6222990100000006,快递公司工会",
            "99010103,新建工会,990101,基层,,6222990100000007,新建工会",
        ]
        let file = try write(rows, "unions.csv", city)
        let taken = try await city.run(
            "register.import", ["kind": "organization", "file": .text(file)], as: "office")
        #expect(taken.answer?["new"].int == 7, "\(taken.lines)")
        return city
    }

    private func write(_ rows: [String], _ name: String, _ city: TestCity) throws -> String {
        let path = city.temporary.file(name)
        try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static let titles = "流水号,统一社会信用代码,纳税人名称,费款所属期,计费依据,实缴金额,入库日期,原流水号"

    @discardableResult
    private func take(_ lines: [String], _ name: String, _ city: TestCity) async throws -> Value {
        let file = try write([Self.titles] + lines, name, city)
        return try await city.run("dues.import", ["file": .text(file)], as: "treasurer").answer ?? .null
    }

    private func available(_ line: String, _ city: TestCity) async throws -> Int64 {
        try await city.host.store.read { try Ledger.balance(of: .line("dues-\(line)-2026", .available), in: $0).fen }
    }

    private func isSound(_ city: TestCity) async throws {
        let books = try await city.run("fund.verify", [:], as: nil)
        #expect(books.answer?["ok"].bool == true, "\(books.lines)")
        let statement = try await city.run("dues.statement", ["year": 2026], as: "treasurer").answer
        #expect(statement?["faults"].list?.isEmpty == true, "\(String(describing: statement?["faults"]))")
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
    }

    /// A year's lines of one payer, a month each.
    private func months(_ code: String, payroll: String, amount: String) -> [String] {
        (1...12).map { month in
            let number = month < 10 ? "0\(month)" : "\(month)"
            return "T\(code.suffix(4))\(number),\(code),甲厂,2026-\(number),\(payroll),\(amount),2026-\(number)-15,"
        }
    }

    @Test(
        "850,000 yuan a month: due 204,000, basic 122,400, upward 81,600, each level to the fen; sent again, nothing moves"
    )
    func year() async throws {
        let city = try await city(at: "2026-12-20T09:00:00+08:00")
        let lines = months(Self.payer, payroll: "850000.00", amount: "17000.00")
        // A check tells the same and books nothing.
        let path = try write([Self.titles] + lines, "check.csv", city)
        let checked = try await city.run("dues.import", ["file": .text(path), "check": true], as: "treasurer").answer
        #expect(checked?["booked"].int == 12 && checked?["checked"].bool == true)
        #expect(try await available("basic", city) == 0)
        let taken = try await take(lines, "year.csv", city)
        #expect(taken["booked"].int == 12 && taken["amount_fen"].int == 20_400_000)
        #expect(taken["findings"].list?.isEmpty == true)
        let expected: [(String, Int64)] = [
            ("basic", 12_240_000), ("county", 3_060_000), ("city", 2_040_000), ("province", 2_040_000),
            ("national", 1_020_000), ("held", 0), ("suspense", 0),
        ]
        for (line, fen) in expected { #expect(try await available(line, city) == fen, "\(line)") }
        let again = try await take(lines, "year-again.csv", city)
        #expect(again["resent"].int == 12 && again["booked"].int == 0 && again["amount_fen"].int == 0)
        #expect(try await available("basic", city) == 12_240_000)
        let row = try await city.run("dues.statement", ["year": 2026], as: "treasurer").answer?["payers"].list?.first
        #expect(row?["due_fen"].int == 20_400_000 && row?["received_fen"].int == 20_400_000)
        #expect(row?["shares_fen"]["basic"].int == 12_240_000 && row?["union"].text == "99010101")
        try await isSound(city)
        try await city.host.close()
    }

    @Test("101 fen: floors 60, 15, 10, 10 and 5, and the one left over to the basic union")
    func rounding() async throws {
        let city = try await city { try $0.edit("config/funds.yaml", "    small_payer_below: 10000\n", "") }
        try await take(["T1,\(Self.payer),甲厂,2026-03,,1.01,2026-03-15,"], "small.csv", city)
        for (line, fen) in [("basic", 61), ("county", 15), ("city", 10), ("province", 10), ("national", 5)] {
            #expect(try await available(line, city) == Int64(fen), "\(line)")
        }
        try await isSound(city)
        try await city.host.close()
    }

    @Test("9,600 yuan in a year: the upper shares wait, and everything goes back when the year has ended")
    func smallPayer() async throws {
        let city = try await city(at: "2026-12-20T09:00:00+08:00")
        try await take(months(Self.small, payroll: "40000", amount: "800.00"), "small.csv", city)
        #expect(try await available("basic", city) == 576_000)
        #expect(try await available("held", city) == 384_000)
        #expect(try await available("county", city) == 0)
        #expect(
            await code { _ = try await city.run("dues.year_end", ["year": 2026], as: "treasurer") } == .conflict,
            "only when the year has ended is it known")
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let end = try await city.run("dues.year_end", ["year": 2026], as: "treasurer").answer
        #expect(end?["payers"].int == 1 && end?["amount_fen"].int == 384_000)
        #expect(try await available("basic", city) == 960_000)
        #expect(try await available("held", city) == 0)
        let again = try await city.run("dues.year_end", ["year": 2026], as: "treasurer").answer
        #expect(again?["payers"].int == 0)
        let built = try await city.run("dues.return", ["through": "2026-12-31"], as: "treasurer").answer
        #expect(built?["total_fen"].int == 960_000 && built?["count"].int == 1)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("Who passes the line for small payers is one no more: what waited goes up with the month that passes it")
    func crossing() async throws {
        let city = try await city(at: "2026-12-20T09:00:00+08:00")
        let lines = months(Self.small, payroll: "100000", amount: "2000.00")
        try await take(Array(lines[..<4]), "four.csv", city)
        #expect(try await available("held", city) == 320_000)
        // Five times 2,000 is not below 10,000.
        try await take(Array(lines[4..<5]), "fifth.csv", city)
        #expect(try await available("held", city) == 0)
        #expect(try await available("county", city) == 150_000)
        #expect(try await available("national", city) == 50_000)
        #expect(try await available("basic", city) == 600_000)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("An unknown code waits in suspense until somebody says whose it is; from then on it is known")
    func suspense() async throws {
        let city = try await city()
        let first = try await take(
            ["T1,\(Self.unknown),新公司,2026-05,900000,18000.00,2026-06-15,"], "may.csv", city)
        #expect(first["suspense"].int == 1 && first["booked"].int == 0)
        #expect(first["findings"].list?.first?["code"].text == "UNKNOWN_CODE")
        #expect(try await available("suspense", city) == 1_800_000)
        let waiting = try await city.run("dues.suspense", [:], as: "treasurer").answer?["codes"].list
        #expect(waiting?.map { $0["code"].text } == [Self.unknown] && waiting?[0]["amount_fen"].int == 1_800_000)
        let arguments: Value = ["code": .text(Self.unknown), "to": "99010103", "reason": "6月建会"]
        #expect(await code { _ = try await city.run("dues.assign", arguments, as: "payer") } == .forbidden)
        let assigned = try await city.run("dues.assign", arguments, as: "treasurer").answer
        #expect(assigned?["lines"].int == 1 && assigned?["amount_fen"].int == 1_800_000)
        #expect(try await available("suspense", city) == 0)
        #expect(try await available("basic", city) == 1_080_000)
        let next = try await take(
            ["T2,\(Self.unknown),新公司,2026-06,900000,18000.00,2026-07-10,"], "june.csv", city)
        #expect(next["booked"].int == 1 && next["suspense"].int == 0)
        #expect(await code { _ = try await city.run("dues.assign", arguments, as: "treasurer") } == .conflict)
        try await isSound(city)
        try await city.host.close()
    }

    @Test(
        "Negative lines take back what they name, in whole and in parts, before or after it; one without an original waits"
    )
    func negative() async throws {
        let city = try await city()
        // The reversal stands before what it reverses; another one has no serial and matches by payer, period and amount.
        let taken = try await take(
            [
                "N1,\(Self.payer),甲厂,2026-03,,-17000.00,2026-04-20,T1",
                "T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,",
                "T2,\(Self.payer),甲厂,2026-04,850000,17000.00,2026-05-15,",
                ",\(Self.payer),甲厂,2026-04,,-17000.00,2026-05-20,",
                "T3,\(Self.payer),甲厂,2026-05,1000001,20000.02,2026-06-15,",
                "N3a,\(Self.payer),甲厂,2026-05,,-0.01,2026-06-20,T3",
                "N3b,\(Self.payer),甲厂,2026-05,,-6666.67,2026-06-21,T3",
                "N9,\(Self.payer),甲厂,2026-01,,-5.00,2026-06-21,T9",
            ], "mixed.csv", city)
        #expect(taken["reversed"].int == 4 && taken["booked"].int == 3)
        #expect(taken["findings"].list?.map { $0["code"].text } == ["UNMATCHED"])
        #expect(taken["amount_fen"].int == 1_333_334)
        // What is left of T3 is split as if it had come like that, but for the remainder that stays with the basic union.
        let sum = try await ["basic", "county", "city", "province", "national", "held"]
            .asyncSum { try await available($0, city) }
        #expect(sum == 1_333_334)
        // Taken back to the last fen, nothing is left anywhere.
        try await take(["N3c,\(Self.payer),甲厂,2026-05,,-13333.34,2026-06-22,T3"], "rest.csv", city)
        for line in ["basic", "county", "city", "province", "national", "held"] {
            #expect(try await available(line, city) == 0, "\(line)")
        }
        // What it names comes later: then it is matched.
        let late = try await take(["T9,\(Self.payer),甲厂,2026-01,,5.00,2026-06-23,"], "late.csv", city)
        #expect(late["booked"].int == 1 && late["reversed"].int == 1 && late["amount_fen"].int == 0)
        #expect(try await city.run("dues.suspense", [:], as: "treasurer").answer?["unmatched"].list?.isEmpty == true)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("What has been returned can't be taken back from the others: it waits, and is told")
    func negativeAfterReturn() async throws {
        let city = try await city()
        try await take(["T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,"], "one.csv", city)
        _ = try await city.run("dues.return", ["through": "2026-06-30"], as: "treasurer")
        let back = try await take(["N1,\(Self.payer),甲厂,2026-03,,-17000.00,2026-06-15,T1"], "back.csv", city)
        #expect(back["reversed"].int == 0 && back["findings"].list?.first?["code"].text == "NO_MONEY")
        // The next month brings the money: the next file matches it.
        let next = try await take(["T2,\(Self.payer),甲厂,2026-04,850000,17000.00,2026-06-20,"], "next.csv", city)
        #expect(next["reversed"].int == 1)
        // The union's share of the second line is eaten up by what was taken back of the first: nothing is returned.
        #expect(
            await code { _ = try await city.run("dues.return", ["through": "2026-06-30"], as: "treasurer") }
                == .conflict)
        let entitled = try await city.host.store.read {
            try $0.integer("SELECT sum(amount) FROM entitlement WHERE program = 'dues-return'")
        }
        #expect(entitled == 1_020_000)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("Findings: another amount than 2 %, a serial that comes with another content, a day without agreement")
    func findings() async throws {
        let city = try await city()
        let first = try await take(
            [
                "T1,\(Self.payer),甲厂,2026-03,850000,16000.00,2026-04-15,",
                "T2,\(Self.payer),甲厂,2025-12,,100.00,2025-12-31,", "T3,\(Self.payer),甲厂,2026-03,,0,2026-04-15,",
                "T4,\(Self.payer),甲厂,去年,,100.00,2026-04-15,",
            ], "odd.csv", city)
        #expect(
            first["findings"].list?.compactMap { $0["code"].text }.sorted() == [
                "NO_AGREEMENT", "RATE", "UNREADABLE", "ZERO",
            ])
        #expect(first["booked"].int == 1 && first["refused"].int == 3)
        let changed = try await take(["T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,"], "changed.csv", city)
        #expect(changed["findings"].list?.first?["code"].text == "CHANGED" && changed["amount_fen"].int == 0)
        try await isSound(city)
        try await city.host.close()
    }

    @Test(
        "A federation has its half of what its companies get back; a second person approves the return, and it is paid once"
    )
    func federationAndReturn() async throws {
        let city = try await city {
            try $0.edit(
                "config/funds.yaml", "    small_payer_below: 10000\n",
                "    small_payer_below: 10000\n    federations: [{organization: 990100F1, share: 50%}]\n")
        }
        try await take(
            [
                "T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,",
                "T2,\(Self.companyOfFederation),快递,2026-03,500001,10000.02,2026-04-15,",
            ], "march.csv", city)
        let built = try await city.run("dues.return", ["through": "2026-06-30"], as: "treasurer")
        #expect(built.answer?["count"].int == 3 && built.answer?["total_fen"].int == 1_620_002)
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        #expect(await code { _ = try await city.run("batch.approve", batch, as: "treasurer") } == .forbidden)
        _ = try await city.run("batch.approve", batch, as: "payer")
        _ = try await city.run("batch.export", batch, as: "payer")
        let id = try #require(batch["batch"].text.flatMap { ID<PayBatch>($0) })
        let crypto = city.host.crypto
        let sent = try await city.host.store.read { try Batches.lines(of: id, in: $0, crypto) }
        #expect(sent.lines.map(\.amount.fen).sorted() == [300_001, 300_001, 1_020_000])
        let answer = sent.lines.map {
            "\($0.n)|\($0.account.number)|\($0.account.holder)|\($0.amount.yuan)|00|成功\r\n"
        }
        let file = city.temporary.file("answer.txt")
        try Data(answer.joined().utf8).write(to: URL(fileURLWithPath: file))
        let result = try await city.run(
            "batch.result", ["batch": .text(id.text), "file": .text(file)], as: "treasurer")
        #expect(result.answer?["paid"].int == 3)
        // What was returned is not returned again.
        #expect(
            await code { _ = try await city.run("dues.return", ["through": "2026-06-30"], as: "treasurer") }
                == .conflict)
        let rows = try await city.run("dues.statement", ["year": 2026], as: "treasurer").answer?["payers"].list
        #expect(rows?.compactMap { $0["returned_fen"].int }.sorted() == [600_002, 1_020_000])
        // M53 and S37 tell it.
        let report = try await city.run(
            "report", ["from": "2026-01-01", "to": "2026-12-31", "sentences": true], as: nil)
        #expect(report.lines.contains { $0.contains("收缴工会经费约2.7万元,返还基层约1.62万元") }, "\(report.lines)")
        try await isSound(city)
        try await city.host.close()
    }

    @Test("Where the bureau collects the upper shares only, 0.8 % is due, and nothing is returned")
    func upperOnly() async throws {
        let city = try await city {
            try $0.edit("config/funds.yaml", "    rate: 2%\n", "    rate: 2%\n    collects: upper\n")
            try $0.edit("config/funds.yaml", "    remainder_to: basic\n", "    remainder_to: county\n")
        }
        let taken = try await take(
            [
                "T1,\(Self.payer),甲厂,2026-03,2550000,20400.00,2026-04-15,",
                "T2,\(Self.payer),甲厂,2026-04,130,1.04,2026-05-15,",
            ], "upper.csv", city)
        #expect(taken["findings"].list?.isEmpty == true, "0.8 % of payroll is what is due")
        // 104 fen in 40 parts: 15, 10, 10 and 5 of them are 39, 26, 26 and 13.
        let expected: [(String, Int64)] = [
            ("basic", 0), ("county", 765_039), ("city", 510_026), ("province", 510_026), ("national", 255_013),
        ]
        for (line, fen) in expected { #expect(try await available(line, city) == fen, "\(line)") }
        #expect(await code { _ = try await city.run("dues.return", [:], as: "treasurer") } == .conflict)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A row that was changed by hand is found by the statement")
    func tampered() async throws {
        let city = try await city()
        try await take(["T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,"], "march.csv", city)
        try await city.host.store.write(.interactive) {
            try $0.execute("UPDATE dues_share SET amount = amount + 1 WHERE level = 'basic'", [])
        }
        let statement = try await city.run("dues.statement", ["year": 2026], as: "treasurer")
        #expect(statement.answer?["faults"].list?.count == 2)
        try await city.host.close()
    }

    @Test("Upper shares that are passed on become payments as well")
    func upward() async throws {
        let city = try await city {
            try $0.edit(
                "config/funds.yaml", "{to: county, share: 15%, line: dues-county-2026}",
                "{to: county, share: 15%, line: dues-county-2026, pay_to: 990101}")
        }
        try await take(["T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,"], "march.csv", city)
        let built = try await city.run("dues.return", ["upward": true], as: "treasurer").answer
        #expect(built?["total_fen"].int == 255_000 && built?["count"].int == 1)
        try await isSound(city)
        try await city.host.close()
    }
}

extension [String] {
    fileprivate func asyncSum(_ value: (String) async throws -> Int64) async throws -> Int64 {
        var sum: Int64 = 0
        for item in self { sum += try await value(item) }
        return sum
    }
}
