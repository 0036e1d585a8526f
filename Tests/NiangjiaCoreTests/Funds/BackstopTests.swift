import NiangjiaCore
import Testing

/// Money that was drawn from a backstop goes back to it before it is anybody else's (decision 0073).
@Suite("Backstops: what was drawn and isn't needed goes back")
struct BackstopTests {
    private static let line = "startup-2026"

    /// A line of 100 yuan with 3,000 behind it.
    private func books(carries: Bool = false) async throws -> Books {
        let books = try Books()
        let line = FundLine(
            id: Self.line, year: 2026, source: "union_budget", purpose: "startup", amount: Money(fen: 100_00),
            carriesOver: carries,
            backstop: FundLine.Backstop(source: "city_finance", yearCap: Money(fen: 3_000_00)))
        try await books.write { try Ledger.open(line, $0, in: $1) }
        return books
    }

    private func stands(_ books: Books) async throws -> [Int64] {
        [try await books.balance(Self.line, .available), try await books.balance(Self.line, .backstop)]
    }

    private func source(_ books: Books, _ source: String) async throws -> Int64 {
        try await books.store.read { try Ledger.balance(of: .source(source), in: $0).fen }
    }

    private func close(_ books: Books, _ day: String = "2027-01-05") async throws {
        books.clock.set(Instant(try #require(CivilDate(day)), minutes: 9 * 60))
        try await books.write(as: "payer") {
            _ = try Periods.close(
                try #require(FundPeriod("2026")), funds: FundsSettings(), lapsing: { _ in true }, decision: "纪要", $0,
                in: $1)
        }
    }

    @Test("A hold that is released, cut or delivered in part gives back what was drawn for it")
    func release() async throws {
        let books = try await books()
        let ids = try await books.approved([
            books.grant(1_000_00, from: Self.line), books.grant(500_00, from: Self.line),
            books.grant(200_00, from: Self.line, kind: .goods, to: .stock),
        ])
        #expect(try await stands(books) == [0, 1_400_00])
        try await books.write { try Entitlements.release([ids[1]], reason: "LEFT", about: "test", $0, in: $1) }
        #expect(try await stands(books) == [0, 1_900_00])
        try await books.write {
            try Entitlements.clawBack(
                ids[0], keeping: Money(fen: 900_00), reason: "RECHECK", about: "test", $0, in: $1)
        }
        #expect(try await stands(books) == [0, 2_000_00])
        try await books.write {
            try Entitlements.deliver([(id: ids[2], amount: Money(fen: 150_00))], about: "test", $0, in: $1)
        }
        #expect(try await stands(books) == [0, 2_050_00])
        // Only what was drawn goes back; the rest is the line's own.
        try await books.write { try Entitlements.release([ids[0]], reason: "LEFT", about: "test", $0, in: $1) }
        #expect(try await stands(books) == [0, 2_950_00])
        try await books.expectSound()
        try await close(books)
        #expect(try await source(books, "city_finance") == -50_00)
        #expect(try await source(books, "union_budget") == -100_00)
        try await books.expectSound()
    }

    @Test("The line's own money stays free when all that was drawn is back")
    func own() async throws {
        let books = try await books()
        let ids = try await books.approved([books.grant(1_000_00, from: Self.line)])
        try await books.write { try Entitlements.release(ids, reason: "LEFT", about: "test", $0, in: $1) }
        #expect(try await stands(books) == [100_00, 3_000_00])
        try await close(books)
        #expect(try await source(books, "city_finance") == 0)
        #expect(try await source(books, "union_budget") == 0)
        try await books.expectSound()
    }

    @Test(
        "Money that comes in of a claim gives back what was drawn, before and after the year's end",
        arguments: [false, true])
    func recovery(carries: Bool) async throws {
        let books = try await books(carries: carries)
        let ids = try await books.approved([books.grant(1_000_00, from: Self.line)])
        try await pay(books, ids)
        try await books.write {
            try Entitlements.clawBack(ids[0], reason: "RECHECK", about: "test", $0, in: $1)
            try Entitlements.recover(ids[0], Money(fen: 300_00), about: "test", $0, in: $1)
        }
        #expect(try await stands(books) == [0, 2_400_00])
        try await close(books)
        #expect(try await source(books, "city_finance") == -600_00)
        // The year's promise is over: what still comes back goes to whose money it was.
        try await books.write { try Entitlements.recover(ids[0], Money(fen: 700_00), about: "test", $0, in: $1) }
        #expect(try await stands(books) == [carries ? 100_00 : 0, 0])
        #expect(try await source(books, "city_finance") == 0)
        #expect(try await source(books, "union_budget") == (carries ? -100_00 : 0))
        try await books.expectSound()
    }

    @Test(
        "At the year's end what was drawn goes back first of what is free, also where the line carries over",
        arguments: [false, true])
    func yearEnd(carries: Bool) async throws {
        let books = try await books(carries: carries)
        _ = try await books.approved([books.grant(1_000_00, from: Self.line, program: Grants.program)])
        let unit = Entitlement.Payee.organization(books.ids.next())
        let fees = try await books.approved([books.grant(400_00, from: Self.line, kind: .fee, to: unit)])
        let today = books.clock.now().date
        try await books.write { try Fees.receive(fees, on: today, about: "bank", $0, in: $1) }
        #expect(try await stands(books) == [400_00, 2_100_00])
        let plan = try await books.store.read {
            try Periods.plan(try #require(FundPeriod("2026")), funds: FundsSettings(), lapsing: { _ in true }, in: $0)
        }
        #expect(plan.rests.map(\.returned.fen) == [400_00])
        try await close(books)
        #expect(try await stands(books) == [0, 0])
        #expect(try await source(books, "city_finance") == -500_00)
        try await books.expectSound()
    }

    @Test("The books tell where more is drawn than was ever used")
    func verify() async throws {
        let books = try await books()
        _ = try await books.hold([books.grant(1_000_00, from: Self.line)])
        try await books.expectSound()
        // Somebody books a draw for nothing.
        let set = EntrySet(
            .transfer,
            [
                .init(.line(Self.line, .backstop), Money(fen: -50_00)),
                .init(.line(Self.line, .available), Money(fen: 50_00)),
            ],
            memo: "x", about: "x")
        #expect(await refusal { try await books.write { _ = try Ledger.post(set, $0, in: $1) } } == .conflict)
        let report = try await books.store.write(.interactive) { writer -> LedgerReport in
            try writer.execute("UPDATE fund_line SET backstop_cap = backstop_cap + 200000", [])
            return try Ledger.verify(in: writer)
        }
        #expect(!report.isOK)
    }
}
