import NiangjiaCore
import Testing

@Suite("Periods that are closed, and the reports that an auditor is given") struct PeriodTests {
    private static let year = FundPeriod("2026")
    private static let december = FundPeriod("2026-12")

    private func at(_ books: Books, _ day: String) throws {
        books.clock.set(Instant(try #require(CivilDate(day)), minutes: 9 * 60))
    }

    private func close(
        _ books: Books, _ period: FundPeriod?, lapsing: Set<ID<Entitlement>> = [],
        funds: FundsSettings = FundsSettings()
    ) async throws -> PeriodClosing {
        let period = try #require(period)
        return try await books.write(as: "payer") {
            try Periods.close(
                period, funds: funds, lapsing: { lapsing.contains($0) }, decision: "纪要〔2026〕31号", $0, in: $1)
        }
    }

    @Test("Months and years are read, nothing else")
    func periods() throws {
        #expect(FundPeriod("2026-02")?.days == DateRange(from: CivilDate("2026-02-01")!, to: CivilDate("2026-02-28")!))
        #expect(
            FundPeriod("2026")?.days.to == CivilDate("2026-12-31")
                && FundPeriod("2026-12")?.days.to == CivilDate("2026-12-31"))
        for text in ["", "26", "2026-13", "2026-00", "2026-1", "2026-07-01", "20266", "1999"] {
            #expect(FundPeriod(text) == nil)
        }
    }

    @Test(
        "At the year's end holds are carried or lapse, rests go back to their source, and a return in January books in the new year"
    )
    func yearEnd() async throws {
        let books = try Books()
        try await books.open(
            "cooling-2026", 1_000, backstop: FundLine.Backstop(source: "city_finance", yearCap: Money(fen: 500_00)))
        let kept = FundLine(
            id: "donations-2026", year: 2026, source: "donation", purpose: "cooling", amount: Money(fen: 300_00),
            carriesOver: true)
        try await books.write { try Ledger.open(kept, $0, in: $1) }
        let ids = try await books.approved([books.grant(100_00), books.grant(150_00), books.grant(200_00)])
        let held = try await books.hold([books.grant(50_00)])
        try await pay(books, [ids[0]])
        let payment = try #require(try await books.store.read { try Payments.of(ids[0], in: $0).last })

        // Not before it is over.
        try at(books, "2026-12-31")
        #expect(await refusal { _ = try await close(books, Self.year) } == .conflict)
        try at(books, "2027-01-05")
        let plan = try await books.store.read {
            try Periods.plan(
                try #require(Self.year), funds: FundsSettings(), lapsing: { $0 == ids[1] || $0 == held[0] }, in: $0)
        }
        // What is still under review is carried, whatever was asked.
        #expect(plan.holds.filter(\.lapses).map(\.entitlement) == [ids[1]] && plan.holds.count == 3)
        let closed = try await close(books, Self.year, lapsing: [ids[1], held[0]])
        #expect(closed.lapsed.fen == 150_00 + 500_00)
        #expect(try await books.state(ids[1]) == .released)
        #expect(try await books.state(ids[2]) == .approved)
        #expect(try await books.balance("cooling-2026", .available) == 0)
        #expect(try await books.balance("cooling-2026", .backstop) == 0)
        #expect(try await books.balance("cooling-2026", .held) == 250_00)
        #expect(try await books.balance("donations-2026", .available) == 300_00)
        try await books.expectSound()

        // A return that the bank dates in the old year takes effect on the first open day, and says so.
        try await books.write {
            try Batches.returned(payment.id, message: "销户", on: CivilDate("2026-12-30")!, $0, in: $1)
        }
        let entry = try #require(
            try await books.store.read { try Ledger.entries(line: "cooling-2026", limit: 1, in: $0) }.first)
        #expect(entry.kind == "returned" && entry.effectiveOn == CivilDate("2027-01-01") && entry.year == 2027)
        #expect(entry.memo.contains("2026-12-30"))
        #expect(entry.memo(.zh) == entry.memo)
        #expect(entry.memo(.en).hasSuffix(" (of 2026-12-30, which was closed)"))
        // Never again, nor a month of it.
        #expect(await refusal { _ = try await close(books, Self.year) } == .conflict)
        #expect(await refusal { _ = try await close(books, Self.december) } == .conflict)
        // A clock that went back into the closed year books nothing.
        try at(books, "2026-12-31")
        #expect(
            await refusal { _ = try await books.approved([books.grant(1_00, from: "donations-2026")]) } == .conflict)
        try at(books, "2027-01-05")
        // Corrections are reversing entries, today.
        try await books.open("cooling-2027", 10, year: 2027)
        let budget = try #require(
            try await books.store.read { try Ledger.entries(line: "cooling-2027", limit: 1, in: $0) }.first)
        try await books.write { try Ledger.reverse(budget.set, memo: "录错", $0, in: $1) }
        try await books.expectSound()
        let crypto = books.crypto
        #expect(try await books.store.read { try Audit.verify(in: $0, crypto: crypto).isSound })
        // Somebody who books into the closed year beside the host is found out.
        let faults = try await books.store.write(.interactive) { writer -> [LocalText] in
            try writer.execute("UPDATE period_close SET decision = 'x', digest = 'y'", [])
            return try Audit.verify(in: writer, crypto: crypto).closed
        }
        #expect(faults.count == 1)
    }

    @Test(
        "Closed periods are listed the newest first, in pages; of two that end on one day the shorter one stands first")
    func pages() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        try at(books, "2027-01-05")
        for period in ["2026-10", "2026-12", "2026"] { _ = try await close(books, FundPeriod(period)) }
        let all = try await books.store.read { try Periods.closed(in: $0).map(\.period) }
        #expect(all == ["2026-12", "2026", "2026-10"])
        for (n, period) in all.enumerated() {
            let next = try await books.store.read {
                try Periods.closed(after: FundPeriod(period), limit: 1, in: $0).map(\.period)
            }
            #expect(next == Array(all.dropFirst(n + 1).prefix(1)))
        }
    }

    @Test("A trial balance sums to zero in every column, follows effective dates, and names the chart's subjects")
    func trialBalance() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        let ids = try await books.approved([books.grant(100_00), books.grant(40_00)])
        try at(books, "2026-07-10")
        try await pay(books, [ids[0]])
        var funds = FundsSettings()
        funds.chart = [
            .init(stage: "paid", title: "职工服务支出"), .init(stage: "paid", purpose: "cooling", code: "503", title: "送清凉"),
            .init(source: "union_budget", stage: "source", title: "拨缴经费收入"),
        ]
        let settings = funds
        func table(_ from: String, _ to: String) async throws -> FundTable {
            let days = DateRange(from: CivilDate(from)!, to: CivilDate(to)!)
            return try await books.store.read { try FundReports.trialBalance(days, funds: settings, in: $0) }
        }
        let july = try await table("2026-07-01", "2026-07-31")
        let total = try #require(july.rows.last)
        #expect(total[3] == .int(0) && total[6] == .int(0) && total[4] == total[5] && total[4].int == 200_00)
        let paid = try #require(july.rows.first { $0[0].text == "line/cooling-2026/paid" })
        #expect(paid[1].text == "503" && paid[2].text == "送清凉" && paid[3].int == 0 && paid[6].int == 100_00)
        let source = try #require(july.rows.first { $0[0].text == "source/union_budget" })
        #expect(source[2].text == "拨缴经费收入" && source[3].int == -1_000_00)
        // Nothing is known of June but the budget and the holds.
        let june = try await table("2026-06-01", "2026-06-30")
        #expect(!june.rows.contains { $0[0].text == "line/cooling-2026/paid" })
        #expect(july.cells(of: paid).suffix(1) == ["100.00"])

        let budget = try await books.store.read {
            try FundReports.budget(year: 2026, asOf: CivilDate("2026-07-31")!, in: $0)
        }
        let line = try #require(budget.rows.first)
        #expect(line[3].int == 1_000_00 && line[5].int == 40_00 && line[6].int == 100_00 && line[8].int == 860_00)
        #expect(line[9].text == "10%")
        let sources = try await books.store.read { try FundReports.sources(year: 2026, in: $0) }
        #expect(sources.rows.map { $0[3] } == ["summer-cooling-2026", .null])
        #expect(sources.cells(of: sources.rows[1])[3] == "(未使用)")
        #expect(sources.cells(of: sources.rows[1], .en)[3] == "(unused)")
        #expect(sources.rows[0][5].int == 40_00 && sources.rows[0][6].int == 100_00 && sources.rows[1][7].int == 860_00)
        let holds = try await books.store.read {
            try FundReports.holds(on: CivilDate("2026-07-31")!, olderThan: 30, in: $0)
        }
        #expect(holds.rows.count == 1 && holds.rows[0][6].int == 60)
    }
}
