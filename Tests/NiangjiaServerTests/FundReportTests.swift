import Foundation
import NiangjiaCore
import NiangjiaExchange
import Testing

@testable import NiangjiaServer

@Suite("Reports of the books as files, closing by command, patterns for the auditor", .serialized)
struct FundReportTests {
    private func city() async throws -> TestCity {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.add("treasurer", .treasurer)
        try await city.add("payer", .payer)
        try await city.add("auditor", .auditor)
        return city
    }

    @Test("The same rows as table, JSON, CSV and xlsx; only for who may see money; another ending is refused")
    func files() async throws {
        let city = try await city()
        let shown = try await city.run("fund.report", ["kind": "trial-balance"], as: "auditor")
        let rows = try #require(shown.answer?["rows"].list)
        #expect(rows.last?["closing_fen"].int == 0 && rows.count > 10)
        let source = try #require(rows.first { $0["account"].text == "source/union_budget" })
        #expect(source["subject_title"].text == "拨缴经费收入" && (source["closing_fen"].int ?? 0) < 0)
        for ending in ["csv", "xlsx", "json"] {
            let path = city.temporary.file("trial.\(ending)")
            let written = try await city.run(
                "fund.report", ["kind": "trial-balance", "out": .text(path)], as: "auditor")
            #expect(written.answer?["rows"].list?.count == rows.count)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(bytes.count > 500)
            if ending == "json" { #expect(try Value(jsonBytes: Array(bytes)).list?.count == rows.count) }
            if ending == "csv" {
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
                #expect(lines.count == rows.count + 1 && lines[0].contains("期初余额"))
            }
            if ending == "xlsx" { #expect(bytes.prefix(2) == Data("PK".utf8)) }
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        let wrong: Value = ["kind": "budget", "out": .text(city.temporary.file("trial.doc"))]
        #expect(await code { _ = try await city.run("fund.report", wrong, as: "auditor") } == .invalid)
        #expect(await code { _ = try await city.run("fund.report", ["kind": "dreams"], as: "auditor") } == .invalid)
        #expect(await code { _ = try await city.run("fund.report", ["kind": "statement"], as: "auditor") } == .invalid)
        for kind in ["budget", "sources", "holds"] {
            #expect(
                try await city.run("fund.report", ["kind": .text(kind)], as: "treasurer").answer?["rows"].list != nil)
        }
        let statement: Value = ["kind": "statement", "line": "cooling-2026"]
        #expect(try await city.run("fund.report", statement, as: "treasurer").answer?["rows"].list?.count == 1)
        #expect(await code { _ = try await city.run("fund.report", ["kind": "budget"], as: "admin") } == .forbidden)
        try await city.host.close()
    }

    @Test("A month is previewed, then closed on a named decision by whoever approves payments, once")
    func closing() async throws {
        let city = try await city()
        let june: Value = ["period": "2026-06"]
        #expect(await code { _ = try await city.run("fund.close", june, as: "treasurer") } == .forbidden)
        #expect(try await city.run("fund.close", june, as: "payer").answer?["closed"].bool == false)
        let blank: Value = ["period": "2026-06", "confirm": true]
        #expect(await code { _ = try await city.run("fund.close", blank, as: "payer") } == .invalid)
        let close: Value = ["period": "2026-06", "confirm": true, "decision": "财〔2026〕6号"]
        #expect(try await city.run("fund.close", close, as: "payer").answer?["closed"].bool == true)
        #expect(await code { _ = try await city.run("fund.close", close, as: "payer") } == .conflict)
        // A closed period has no preview, nor has one that was closed with it.
        for period in ["2026-06", "2026-05"] {
            #expect(
                await code { _ = try await city.run("fund.close", ["period": .text(period)], as: "payer") }
                    == .conflict)
        }
        let now: Value = ["period": "2026-07", "confirm": true, "decision": "早了"]
        #expect(await code { _ = try await city.run("fund.close", now, as: "payer") } == .conflict)
        #expect(await code { _ = try await city.run("fund.close", ["period": "June"], as: "payer") } == .invalid)
        let closed = try await city.run("fund.periods", [:], as: "auditor").answer?.list
        #expect(closed?.map { $0["period"].text } == ["2026-06"] && closed?[0]["decision"].text == "财〔2026〕6号")
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    @Test(
        "Closing a month says which earlier days are closed with it; a statement in English has its subjects in English"
    )
    func earlier() async throws {
        let city = try await TestCity(at: "2026-05-15T09:00:00+08:00")
        try await city.addTreasury()
        city.clock.set(try #require(Instant("2026-08-05T09:00:00+08:00")))
        let july = try await city.run("fund.close", ["period": "2026-07"], as: "payer")
        #expect(july.answer?["open_since"].text == "2026-05-15" && july.answer?["closable_from"].isNull == true)
        let august = try await city.run("fund.close", ["period": "2026-08"], as: "payer")
        #expect(august.answer?["closable_from"].text == "2026-09-01")
        #expect(august.lines.contains { $0.contains("2026-09-01 起才能结账") })
        #expect(july.lines.contains { $0.contains("2026-05-15") && $0.contains("2026-06-30") && $0.contains("一并结账") })
        #expect(july.lines.first?.contains("2026-07-31") == true)
        let may: Value = ["period": "2026-05", "confirm": true, "decision": "财〔2026〕5号"]
        let closed = try await city.run("fund.close", may, as: "payer")
        #expect(closed.answer?["open_since"].isNull == true)
        let next = try await city.run("fund.close", ["period": "2026-06"], as: "payer")
        #expect(next.answer?["open_since"].isNull == true && next.lines.count > 1)
        let english = try await city.run("fund.report", ["kind": "trial-balance"], as: "payer", in: .en)
        #expect(english.lines.contains { $0.contains("Dues income") })
        #expect(!english.lines.contains { $0.contains("收入") })
        try await city.host.close()
    }

    @Test("December before the year: the month says so, the year is closed afterwards and says where its lapses stand")
    func decemberFirst() async throws {
        let city = try await city()
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let december = try await city.run("fund.close", ["period": "2026-12"], as: "payer")
        #expect(december.answer?["open_years"] == [2026])
        #expect(december.lines.contains { $0.contains("2026 年还没有年结") })
        func close(_ period: String) -> Value {
            ["period": .text(period), "confirm": true, "decision": "财〔2027〕1号", "lapse_all": true]
        }
        _ = try await city.run("fund.close", close("2026-12"), as: "payer")
        let year = try await city.run("fund.close", ["period": "2026", "lapse_all": true], as: "payer")
        #expect(year.answer?["lapses_on"].text == "2027-01-01")
        #expect(year.lines.contains { $0.contains("失效记在 2027-01-01") })
        #expect(try await city.run("fund.close", close("2026"), as: "payer").answer?["closed"].bool == true)
        #expect(try await city.balance("cooling-2026", .available) == 0)
        #expect(try await city.balance("mutual-aid-2026", .backstop) == 0)
        #expect(await code { _ = try await city.run("fund.close", close("2026"), as: "payer") } == .conflict)
        try await city.expectSound()
        #expect(try await city.run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
        try await city.host.close()
    }

    @Test("Patterns are the auditor's: none where there are none; ids and masked names, no card, nobody else")
    func patterns() async throws {
        let city = try await city()
        let clean = try await city.run("audit.patterns", [:], as: "auditor")
        for name in ["shared_accounts", "bursts", "under_limits", "probes"] {
            #expect(clean.answer?[name].list?.isEmpty == true, "\(name): \(clean.lines)")
        }
        let people = try await city.host.store.write(.interactive) { writer in
            let people = try writer.all(
                "SELECT id FROM person WHERE card_mac IS NOT NULL ORDER BY id LIMIT 2", []
            ) { $0.id(0, Person.self) }
            try writer.execute(
                "UPDATE person SET card_mac = (SELECT card_mac FROM person WHERE id = $1) WHERE id = $2",
                [.id(people[0]), .id(people[1])])
            return people
        }
        // Thirty guests within nine minutes, and as many over a day elsewhere.
        let stations = try await city.host.store.write(.interactive) { writer in
            let at = Instant(CivilDate("2026-07-01")!, minutes: 600)
            for (station, pause) in [(7_001, 18_000), (7_002, 1_800_000)] as [(Int64, Int64)] {
                for n in 0..<30 as Range<Int64> {
                    try writer.execute(
                        "INSERT INTO visit (id, station, kind, at, day) VALUES ($1, $2, 'scan', $3, $4)",
                        [.int(station * 100 + n), .int(station), .instant(at + n * pause), .date(at.date)])
                }
            }
            return ID<Station>(rawValue: 7_001)
        }
        for account in ["treasurer", "office", "admin"] {
            #expect(await code { _ = try await city.run("audit.patterns", [:], as: account) } == .forbidden)
        }
        let told = try await city.run("audit.patterns", [:], as: "auditor")
        #expect(told.answer?["bursts"].list?.map { $0["who"].text } == [stations.text], "\(told.lines)")
        #expect(told.lines.contains { $0.contains(stations.text) && $0.hasSuffix("30") })
        let found = try #require(try await city.run("audit.patterns", [:], as: "auditor").answer)
        let shared = try #require(found["shared_accounts"].list)
        #expect(shared.map { $0["payees"].list?.compactMap { $0["id"].text } } == [people.map(\.text).sorted()])
        #expect(shared.allSatisfy { $0["payees"].list?.allSatisfy { $0["name"].text?.contains("*") == true } == true })
        try await city.host.close()
    }
}
