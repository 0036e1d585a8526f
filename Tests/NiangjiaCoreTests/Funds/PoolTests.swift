import NiangjiaCore
import Testing

/// Pool vectors: settle decides who gets what, the ledger draws on the backstop as it holds.
@Suite("Mutual-aid pool: fees, backstop, shortage")
struct PoolTests {
    static let fee: Int64 = 6_000
    static let backstop = FundLine.Backstop(source: "city_finance", yearCap: Money(fen: 30_000_000))

    /// A pool with the year's fees of 27,000 members, asked unit by unit (27 units of 1,000) and received. Where only sums
    /// matter, a unit's fees are one row.
    private func pool(_ books: Books, year: Int = 2026, byUnit: Bool = true) async throws -> String {
        let line = "mutual-aid-\(year)"
        try await books.open(line, 0, year: year, source: "member_dues", backstop: Self.backstop)
        for _ in 0..<27 {
            let unit = Entitlement.Payee.organization(books.ids.next())
            let fees = (0..<(byUnit ? 1 : 1_000)).map { _ in
                books.grant(byUnit ? Self.fee * 1_000 : Self.fee, from: line, kind: .fee, to: unit, program: line)
            }
            let ids = try await books.approved(fees)
            #expect(try await books.balance(line, .due) == Self.fee * 1_000)
            let today = books.clock.now().date
            let received = try await books.write {
                try Fees.receive(
                    from: unit, program: line, amount: Money(fen: Self.fee * 1_000), on: today, about: "bank", $0,
                    in: $1)
            }
            #expect(received.count == ids.count)
        }
        return line
    }

    /// Settles claims against the pool, holds what came out, and pays nothing: 1,000 claims of an even amount, one odd.
    private func claims(_ books: Books, _ line: String, sum: Int64, short: Shortage) async throws -> [Outcome] {
        let each = sum / 1_000
        let amounts = Array(repeating: each, count: 999) + [sum - 999 * each]
        var state = SettleState(available: try await books.store.read { try Ledger.available(lines: [line], in: $0) })
        let outcomes = Settle.settle(
            amounts.map { fen in
                var claim = SettleLine(judgement: Judgement(.grant, Money(fen: fen)))
                claim.funding = [Funding(line: line)]
                claim.draws = true
                claim.short = short
                return claim
            }, against: &state)
        _ = try await books.hold(
            outcomes.filter { $0.amount > .zero }.map { books.grant($0.splits, program: line) })
        return outcomes
    }

    @Test("P1: a shortfall of 180,000 yuan is drawn from the backstop; what it has left lapses at the end of the year")
    func p1() async throws {
        let books = try Books()
        let line = try await pool(books, byUnit: false)
        #expect(
            try await books.store.read { try $0.integer("SELECT count(*) FROM entitlement WHERE state = 'paid'") }
                == 27_000)
        #expect(try await books.balance(line, .available) == 162_000_000)
        let outcomes = try await claims(books, line, sum: 180_000_000, short: .queue)
        #expect(outcomes.reduce(0) { $0 + $1.amount.fen } == 180_000_000)
        #expect(try await books.balance(line, .held) == 180_000_000)
        #expect(try await books.balance(line, .available) == 0)
        #expect(try await books.balance(line, .backstop) == 12_000_000)
        try await books.expectSound()
        let lapsed = try await books.write { try Backstop.lapse(line, $0, in: $1) }
        #expect(lapsed.fen == 12_000_000)
        let source = try await books.store.read { try Ledger.balance(of: .source("city_finance"), in: $0) }
        #expect(source.fen == -18_000_000)
        try await books.expectSound()
    }

    @Test("P2: beyond the backstop 80,000 yuan are queued")
    func p2() async throws {
        let books = try Books()
        let line = try await pool(books)
        let outcomes = try await claims(books, line, sum: 200_000_000, short: .queue)
        #expect(outcomes.reduce(0) { $0 + $1.amount.fen } == 192_000_000)
        #expect(outcomes.reduce(0) { $0 + $1.queued.fen } == 8_000_000)
        #expect(try await books.balance(line, .backstop) == 0)
        #expect(try await books.balance(line, .held) == 192_000_000)
        // The pool is empty: not one fen more.
        #expect(await refusal { _ = try await books.hold([books.grant(1, from: line)]) } == .insufficientFunds)
        try await books.expectSound()
    }

    @Test("P2: or every claim of the batch is paid its share")
    func p2Prorated() async throws {
        let books = try Books()
        let line = try await pool(books)
        let outcomes = try await claims(books, line, sum: 200_000_000, short: .prorate)
        #expect(outcomes.reduce(0) { $0 + $1.amount.fen } == 192_000_000)
        #expect(outcomes.allSatisfy { $0.amount.fen == 192_000 })
        try await books.expectSound()
    }

    @Test("P3: five years of it: paid 9,000,000 yuan, dues 8,100,000, the gap within five backstops")
    func p3() async throws {
        let books = try Books()
        for year in 2026...2030 {
            books.clock.set(try #require(CivilDate(year: year, month: 3, day: 1).map { Instant($0) }))
            let line = try await pool(books, year: year)
            _ = try await claims(books, line, sum: 180_000_000, short: .queue)
            try await books.write { try Backstop.lapse(line, $0, in: $1) }
        }
        let (dues, held, drawn) = try await books.store.read { reader in
            (
                try reader.integer("SELECT sum(amount) FROM entitlement WHERE kind = 'fee' AND state = 'paid'"),
                try reader.integer("SELECT sum(balance) FROM ledger_account WHERE stage = 'held'"),
                try Ledger.balance(of: .source("city_finance"), in: reader).fen
            )
        }
        #expect(dues == 810_000_000)
        #expect(held == 900_000_000)
        #expect(-drawn == 90_000_000)
        #expect(-drawn <= 5 * Self.backstop.yearCap.fen)
        try await books.expectSound()
    }

    @Test("A transfer that isn't what the unit owes is not taken; its list is")
    func wrongTransfer() async throws {
        let books = try Books()
        try await books.open("mutual-aid-2026", 0, source: "member_dues", backstop: Self.backstop)
        let unit = Entitlement.Payee.organization(books.ids.next())
        let fees = try await books.approved(
            (0..<3).map { _ in books.grant(6_000, from: "mutual-aid-2026", kind: .fee, to: unit, program: "m") })
        let today = books.clock.now().date
        let wrong = await refusal {
            try await books.write {
                _ = try Fees.receive(
                    from: unit, program: "m", amount: Money(fen: 12_000), on: today, about: "bank", $0, in: $1)
            }
        }
        #expect(wrong == .conflict)
        try await books.write { try Fees.receive([fees[0], fees[1]], on: today, about: "bank", $0, in: $1) }
        #expect(try await books.balance("mutual-aid-2026", .available) == 12_000)
        #expect(try await books.balance("mutual-aid-2026", .due) == 6_000)
        // One never came and is waived; one is paid back.
        try await books.write { try Entitlements.release([fees[2]], reason: "LEFT", about: "test", $0, in: $1) }
        #expect(try await books.balance("mutual-aid-2026", .due) == 0)
        let refund = try await books.write {
            try Entitlements.clawBack(fees[0], reason: "TOO_FEW", about: "test", $0, in: $1)
        }
        #expect(try await books.state(try #require(refund)) == .approved)
        #expect(try await books.balance("mutual-aid-2026", .held) == 6_000)
        try await books.expectSound()
    }
}
