import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Dues through the real store: files of the tax bureau, shares, suspense, returns.
@Suite("Union dues") struct DuesTests: DuesSuite {
    @Test(
        "850,000 yuan a month: due 204,000, basic 122,400, upward 81,600, each level to the fen; sent again, nothing moves"
    )
    func year() async throws {
        let city = try await city(at: "2026-12-20T09:00:00+08:00")
        let lines = months(Self.payer, payroll: "850000.00", amount: "17000.00")
        // A check tells the same and books nothing.
        let path = try city.write([Self.titles] + lines, "check.csv")
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

    @Test("Who falls below the small payers' line by a negative line gets back what went to the levels as well")
    func fallenBelow() async throws {
        let city = try await city(at: "2026-12-20T09:00:00+08:00")
        try await take(["T1,\(Self.payer),甲厂,2026-03,,18234.61,2026-03-15,"], "march.csv", city)
        try await take(["N1,\(Self.payer),甲厂,2026-03,,-17000.01,2026-04-20,T1"], "april.csv", city)
        try await take(["T2,\(Self.payer),甲厂,2026-04,,500.00,2026-05-15,"], "may.csv", city)
        // 18,234.61: 15 % are 2,735.19, 10 % 1,823.46 twice, 5 % 911.73, the rest is 10,940.77. Of 17,000.01 as many parts go back:
        // 2,550.00, 1,700.00 twice, 850.00. Of the 500.00 that came while the payer was small, 40 % wait.
        let before: [(String, Int64)] = [
            ("county", 185_19), ("city", 123_46), ("province", 123_46), ("national", 61_73), ("held", 200_00),
            ("basic", 740_76 + 300_00),
        ]
        for (line, fen) in before { #expect(try await available(line, city) == fen, "\(line)") }
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let end = try await city.run("dues.year_end", ["year": 2026], as: "treasurer").answer
        #expect(end?["payers"].int == 1 && end?["amount_fen"].int == 693_84 && end?["kept"].list?.isEmpty == true)
        for line in ["county", "city", "province", "national", "held"] {
            #expect(try await available(line, city) == 0, "\(line)")
        }
        #expect(try await available("basic", city) == 1_734_60)
        let again = try await city.run("dues.year_end", ["year": 2026], as: "treasurer").answer
        #expect(again?["payers"].int == 0 && again?["amount_fen"].int == 0)
        let built = try await city.run("dues.return", ["through": "2026-12-31"], as: "treasurer").answer
        #expect(built?["total_fen"].int == 1_734_60 && built?["count"].int == 1)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("What was passed up or is spent isn't given back at the year's end, and is told with its reason")
    func keptAtYearEnd() async throws {
        let city = try await city(at: "2026-12-20T09:00:00+08:00") {
            try $0.edit(
                "config/funds.yaml", "{to: county, share: 15%, line: dues-county-2026}",
                "{to: county, share: 15%, line: dues-county-2026, pay_to: 990101}")
        }
        try await take(["T1,\(Self.payer),甲厂,2026-03,,18234.61,2026-03-15,"], "march.csv", city)
        let upward = try await city.send(city.run("dues.return", ["upward": true], as: "treasurer").answer)
        #expect(upward.lines.map(\.amount.fen) == [2_735_19])
        try await city.answer(upward)
        try await take(["N1,\(Self.payer),甲厂,2026-03,,-17000.01,2026-04-20,T1"], "april.csv", city)
        try await city.spend(100_00, of: "dues-city-2026")
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        for round in 1...2 {
            let end = try await city.run("dues.year_end", ["year": 2026], as: "treasurer")
            // Of the second time nothing is new but what is kept.
            let (payers, amount): (Int64, Int64) = round == 1 ? (1, 123_46 + 61_73) : (0, 0)
            #expect(end.answer?["payers"].int == payers && end.answer?["amount_fen"].int == amount)
            let kept = end.answer?["kept"].list ?? []
            #expect(kept.map { $0["line"].text } == ["dues-city-2026", "dues-county-2026"])
            #expect(kept.map { $0["amount_fen"].int } == [123_46, 185_19])
            #expect(kept.map { $0["reason"].text } == ["spent", "passed_up"])
            #expect(end.lines.contains { $0.contains("185.19") && $0.contains("已上解") }, "\(end.lines)")
        }
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
        #expect(late["booked"].int == 1 && late["reversed_earlier"].int == 1 && late["amount_fen"].int == 0)
        #expect(try await city.run("dues.suspense", [:], as: "treasurer").answer?["unmatched"].list?.isEmpty == true)
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
                "T4,\(Self.payer),甲厂,去年,,100.00,2026-04-15,", "T5,\(Self.payer),甲厂,2026-07,,100.00,2026-07-16,",
                "T6,\(Self.payer),甲厂,2026-06,,-100.00,2026-06-16,T9",
                "T7,\(Self.unknown),甲厂,2026-06,,100.00,2026-06-16,",
                "T1,\(Self.payer),甲厂,2026-03,850000,16000.00,2026-04-15,",
            ], "odd.csv", city)
        #expect(
            first["findings"].list?.compactMap { $0["code"].text }.sorted() == [
                "FUTURE", "NO_AGREEMENT", "RATE", "UNKNOWN_CODE", "UNMATCHED", "UNREADABLE", "ZERO",
            ])
        #expect(first["booked"].int == 1 && first["refused"].int == 4)
        // What was read is what was booked, suspended, taken back, waits, came before or was refused.
        let parts = ["booked", "suspense", "reversed", "waiting", "resent", "refused"].compactMap { first[$0].int }
        #expect(parts == [1, 1, 0, 1, 1, 4] && first["lines"].int == 8)
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
        let sent = try await city.send(built.answer)
        #expect(sent.lines.map(\.amount.fen).sorted() == [300_001, 300_001, 1_020_000])
        let result = try await city.answer(sent)
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
