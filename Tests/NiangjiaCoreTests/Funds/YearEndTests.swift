import NiangjiaCore
import Testing

/// What a year's closing decides, and on which day (decision 0073).
@Suite("A year's end: what lapses, what is carried, and when")
struct YearEndTests {
    private static let everything: @Sendable (ID<Entitlement>) -> Bool = { _ in true }

    private func at(_ books: Books, _ day: String) throws {
        books.clock.set(Instant(try #require(CivilDate(day)), minutes: 9 * 60))
    }

    private func plan(_ books: Books, _ period: String, funds: FundsSettings = FundsSettings()) async throws
        -> PeriodClosing
    {
        let period = try #require(FundPeriod(period))
        return try await books.store.read {
            try Periods.plan(period, funds: funds, lapsing: Self.everything, in: $0)
        }
    }

    /// Closes with everything lapsing that may.
    @discardableResult
    private func close(_ books: Books, _ period: String, funds: FundsSettings = FundsSettings()) async throws
        -> PeriodClosing
    {
        let period = try #require(FundPeriod(period))
        return try await books.write(as: "payer") {
            try Periods.close(
                period, funds: funds, lapsing: Self.everything, decision: "纪要〔2027〕1号", $0, in: $1)
        }
    }

    private func source(_ books: Books, _ source: String) async throws -> Int64 {
        try await books.store.read { try Ledger.balance(of: .source(source), in: $0).fen }
    }

    /// No account of a line was below nothing at the end of a day.
    private func expectNothingNegative(_ books: Books, _ days: [String]) async throws {
        for day in days {
            let range = DateRange(from: try #require(CivilDate("2020-01-01")), to: try #require(CivilDate(day)))
            let table = try await books.store.read {
                try FundReports.trialBalance(range, funds: FundsSettings(), in: $0)
            }
            for row in table.rows where row[0].text?.hasPrefix("line/") == true {
                #expect((row[6].int ?? 0) >= 0, "\(row[0].text ?? "") on \(day)")
            }
        }
    }

    private func sound(_ books: Books) async throws {
        try await books.expectSound()
        let crypto = books.crypto
        #expect(try await books.store.read { try Audit.verify(in: $0, crypto: crypto).isSound })
    }

    // MARK: in which order

    @Test("A year is closed after its December or next January were, once", arguments: ["2026-12", "2027-01"])
    func afterItsMonths(month: String) async throws {
        let books = try Books()
        try await books.open(
            "cooling-2026", 1_000, backstop: FundLine.Backstop(source: "city_finance", yearCap: Money(fen: 500_00)))
        let ids = try await books.approved([books.grant(100_00)])
        try at(books, "2027-02-03")
        try await close(books, month)
        #expect(try await plan(books, "2026").holds.map(\.lapses) == [true])
        try await close(books, "2026")
        #expect(try await books.state(ids[0]) == .released)
        #expect(try await books.balance("cooling-2026", .available) == 0)
        #expect(try await books.balance("cooling-2026", .backstop) == 0)
        #expect(try await source(books, "union_budget") == 0)
        // The closed days are as they were: what the year's end books takes effect on the first open one, and says so.
        let first = month == "2026-12" ? "2027-01-01" : "2027-02-01"
        let entry = try #require(
            try await books.store.read { try Ledger.entries(line: "cooling-2026", limit: 1, in: $0) }.first)
        #expect(entry.effectiveOn == CivilDate(first))
        #expect(await refusal { try await close(books, "2026") } == .conflict)
        #expect(await refusal { try await close(books, month) } == .conflict)
        try await expectNothingNegative(books, ["2026-12-31", first, "2027-02-03"])
        try await sound(books)
    }

    @Test("Closing a later year ends the lines of the earlier ones with it")
    func laterYear() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        let ids = try await books.approved([books.grant(100_00)])
        try at(books, "2027-03-01")
        try await books.open("cooling-2027", 500, year: 2027)
        try at(books, "2028-01-10")
        #expect(try await plan(books, "2027").rests.map(\.line) == ["cooling-2026", "cooling-2027"])
        try await close(books, "2027")
        #expect(try await books.state(ids[0]) == .released)
        #expect(try await source(books, "union_budget") == 0)
        #expect(await refusal { try await close(books, "2026") } == .conflict)
        try await sound(books)
    }

    // MARK: what is owed

    @Test(
        "What is owed doesn't lapse: suppliers, unions, grants, fees to be refunded, supplements, what came back of a claim"
    )
    func debts() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 10_000)
        let supplier = Entitlement.Payee.supplier(books.ids.next())
        var debts = try await books.approved([
            books.grant(100_00, to: supplier, program: Suppliers.program),
            books.grant(100_00, to: .organization(books.ids.next()), program: Dues.program),
            books.grant(100_00, to: .organization(books.ids.next()), program: Grants.program),
        ])
        // A supplement to what was paid.
        let paid = try await books.approved([books.grant(50_00), books.grant(70_00)])
        try await pay(books, paid)
        var more = books.grant(10_00)
        (more.revises, more.revision, more.part) = (paid[0], 2, "+2")
        debts += try await books.approved([more])
        // Claimed back and paid in, and then the bank sent the payment back: what the payee paid in is the payee's.
        try await books.write { try Entitlements.clawBack(paid[1], reason: "RECHECK", about: "test", $0, in: $1) }
        try await books.write { try Entitlements.recover(paid[1], Money(fen: 70_00), about: "test", $0, in: $1) }
        let payment = try #require(try await books.store.read { try Payments.of(paid[1], in: $0).last })
        let today = books.clock.now().date
        try await books.write { try Batches.returned(payment.id, message: "销户", on: today, $0, in: $1) }
        debts.append(paid[1])
        // A fee that is to be refunded.
        let unit = Entitlement.Payee.organization(books.ids.next())
        let fees = try await books.approved([books.grant(60_00, kind: .fee, to: unit)])
        try await books.write { try Fees.receive(fees, on: today, about: "bank", $0, in: $1) }
        let refund = try await books.write {
            try Entitlements.clawBack(fees[0], keeping: Money(fen: 20_00), reason: "LEFT", about: "test", $0, in: $1)
        }
        debts.append(try #require(refund))
        let grant = try await books.approved([books.grant(30_00)])
        try await books.expectSound()

        try at(books, "2027-01-05")
        let closed = try await close(books, "2026")
        #expect(closed.holds.filter(\.lapses).map(\.entitlement) == grant)
        #expect(Set(closed.holds.filter { !$0.mayLapse }.map(\.entitlement)) == Set(debts))
        for one in debts { #expect(try await books.state(one) != .released) }
        try await books.expectSound()
    }

    // MARK: several lines

    @Test(
        "A hold of several lines is listed with what is the year's of it, and lapses when the years of all of them are over"
    )
    func splits() async throws {
        let books = try Books()
        try await books.open("ticket-2027", 400, year: 2027, source: "fiscal")
        try await books.open("startup-2026", 1_000)
        try await books.open("extra-2026", 100, source: "donation")
        func share(_ line: String, _ fen: Int64) -> Outcome.Split { .init(line: line, amount: Money(fen: fen)) }
        let ids = try await books.approved([
            books.grant([share("ticket-2027", 400_00), share("startup-2026", 400_00)]),
            books.grant([share("startup-2026", 100_00), share("extra-2026", 100_00)]),
        ])
        try at(books, "2027-01-05")
        let first = try await close(books, "2026")
        #expect(first.holds.map(\.entitlement) == ids)
        #expect(first.holds.map(\.amount.fen) == [400_00, 200_00])
        #expect(first.holds.map(\.lapses) == [false, true])
        #expect(try await books.balance("startup-2026", .held) == 400_00)
        #expect(try await source(books, "union_budget") == -400_00)
        #expect(try await source(books, "donation") == 0)
        let listed = try await books.store.read { [day = books.clock.now().date] in
            try FundReports.holds(on: day, olderThan: 30, in: $0)
        }
        #expect(listed.rows.map { $0[1].text } == ["ticket-2027", "startup-2026"])
        #expect(listed.rows.map { $0[4].int } == [400_00, 400_00])
        try await sound(books)
        // Next year's closing decides on the whole of it; each line's part goes back where it came from.
        try at(books, "2028-01-05")
        let second = try await close(books, "2027")
        #expect(second.holds.map(\.amount.fen) == [800_00] && second.holds[0].lapses)
        #expect(try await source(books, "union_budget") == 0)
        #expect(try await source(books, "fiscal") == 0)
        try await sound(books)
    }

    @Test("What comes free on a line that has ended goes back to its source at once")
    func afterwards() async throws {
        let books = try Books()
        try await books.open("startup-2026", 1_000)
        try await books.open("kept-2026", 10)
        let ids = try await books.approved([
            books.grant(400_00, from: "startup-2026"), books.grant(300_00, from: "startup-2026"),
            books.grant(100_00, from: "startup-2026", program: Grants.program),
        ])
        try await pay(books, [ids[1]])
        try at(books, "2027-01-05")
        try await books.write(as: "payer") {
            _ = try Periods.close(
                try #require(FundPeriod("2026")), funds: FundsSettings(), lapsing: { _ in false }, decision: "纪要", $0,
                in: $1)
        }
        try at(books, "2027-03-01")
        try await books.write { try Entitlements.release([ids[0]], reason: "LEFT", about: "test", $0, in: $1) }
        #expect(try await books.balance("startup-2026", .available) == 0)
        #expect(try await source(books, "union_budget") == -400_00)
        try await books.write {
            try Entitlements.clawBack(ids[1], reason: "RECHECK", about: "test", $0, in: $1)
            try Entitlements.recover(ids[1], Money(fen: 120_00), about: "test", $0, in: $1)
        }
        #expect(try await books.balance("startup-2026", .available) == 0)
        #expect(try await source(books, "union_budget") == -280_00)
        #expect(
            await refusal { _ = try await books.hold([books.grant(1_00, from: "startup-2026")]) } == .insufficientFunds)
        // Nor is it filled again: its year is over.
        #expect(await refusal { try await books.open("startup-2026", 2_000) } == .conflict)
        try await sound(books)
    }

    // MARK: on which day

    @Test("What came about after the year's end lapses on the day of closing, and what was granted since is carried")
    func backdating() async throws {
        let books = try Books()
        try await books.open("startup-2026", 1_000)
        try await books.open("other-2026", 1_000)
        let old = try await books.approved([
            books.grant(200_00, from: "startup-2026"), books.grant(50_00, from: "other-2026"),
            books.grant(80_00, from: "other-2026"),
        ])
        try await pay(books, [old[1], old[2]])
        let payment = try #require(try await books.store.read { try Payments.of(old[1], in: $0).last })
        try at(books, "2027-01-10")
        let new = try await books.approved([books.grant(600_00, from: "startup-2026")])
        // In January a payment comes back, and another one is claimed and comes in.
        try await books.write {
            try Batches.returned(payment.id, message: "销户", on: try #require(CivilDate("2027-01-08")), $0, in: $1)
            try Entitlements.clawBack(old[2], reason: "RECHECK", about: "test", $0, in: $1)
            try Entitlements.recover(old[2], Money(fen: 80_00), about: "test", $0, in: $1)
        }
        let closed = try await close(books, "2026")
        #expect(Set(closed.holds.filter(\.lapses).map(\.entitlement)) == [old[0], old[1]])
        #expect(try await books.state(new[0]) == .approved)
        for line in ["startup-2026", "other-2026"] { #expect(try await books.balance(line, .available) == 0) }
        #expect(try await books.balance("startup-2026", .held) == 600_00)
        try await expectNothingNegative(books, ["2026-12-31", "2027-01-08", "2027-01-09", "2027-01-10"])
        #expect(try await source(books, "union_budget") == -600_00)
        try await sound(books)
    }

    // MARK: what isn't the city's

    @Test("Lines of dues and campaigns keep what is there, whatever they say of carrying over")
    func notTheCitys() async throws {
        let books = try Books()
        try await books.open("dues-basic-2026", 600, source: "dues")
        try await books.open("dues-suspense-2026", 300, source: "dues")
        try await books.open("charity-2026", 200, source: "donation")
        try await books.open("cooling-2026", 100)
        let year = DateRange(from: try #require(CivilDate("2026-01-01")), to: try #require(CivilDate("2026-12-31")))
        var funds = FundsSettings()
        funds.dues = [
            DuesAgreement(
                valid: year, rate: Rate(basisPoints: 200),
                shares: [.init(level: "basic", rate: Rate(basisPoints: 10_000), line: "dues-basic-2026")],
                suspenseLine: "dues-suspense-2026")
        ]
        funds.campaigns = [
            Campaign(id: "charity", title: LocalText(zh: "公益日", en: "Charity"), line: "charity-2026", open: year)
        ]
        try at(books, "2027-01-05")
        let closed = try await close(books, "2026", funds: funds)
        #expect(closed.lapsed.fen == 100_00)
        #expect(try await books.balance("dues-basic-2026", .available) == 600_00)
        #expect(try await books.balance("dues-suspense-2026", .available) == 300_00)
        #expect(try await books.balance("charity-2026", .available) == 200_00)
        #expect(try await books.balance("cooling-2026", .available) == 0)
        try await sound(books)
    }
}
