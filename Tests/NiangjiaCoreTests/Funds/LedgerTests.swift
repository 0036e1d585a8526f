import NiangjiaSQLite
import Testing

@testable import NiangjiaCore

@Suite("Ledger: double entry that is always right")
struct LedgerTests {
    @Test("Opening a line books its budget once, and a changed budget as the difference")
    func openingLines() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 520_000)
        try await books.open("cooling-2026", 520_000)
        #expect(try await books.balance("cooling-2026", .available) == 52_000_000)
        #expect(try await books.store.read { try $0.integer("SELECT count(*) FROM entry_set") } == 1)
        try await books.open("cooling-2026", 500_000)
        #expect(try await books.balance("cooling-2026", .available) == 50_000_000)
        let source = try await books.store.read { try Ledger.balance(of: .source("union_budget"), in: $0) }
        #expect(source == Money(fen: -50_000_000))
        #expect(await refusal { try await books.open("cooling-2026", 1, source: "donation") } == .conflict)
        #expect(await refusal { try await books.open("a/b", 1) } == .invalid)
        try await books.expectSound()
    }

    @Test("Verifying finds a payment by its entitlement: a hundred thousand of them are not compared with each other")
    func verifyingIsLinear() async throws {
        let books = try Books()
        let plan = try await books.store.read { reader in
            try reader.all("EXPLAIN QUERY PLAN \(Ledger.withoutPayment)") { $0.text(3) }
        }
        let step = try #require(plan.first { $0.contains(" p ") })
        #expect(step.contains("(entitlement=?"), "\(plan)")
    }

    @Test("A budget can't be cut below what has been granted")
    func cutBelowGrants() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 100)
        _ = try await books.hold([books.grant(6_000)])
        #expect(await refusal { try await books.open("cooling-2026", 50) } == .insufficientFunds)
        #expect(try await books.store.read { try Ledger.line("cooling-2026", in: $0)?.amount.fen } == 10_000)
        try await books.expectSound()
    }

    @Test("A set that doesn't sum to zero, or says nothing, is refused whole")
    func sumZero() async throws {
        let books = try Books()
        try await books.open("a", 100)
        try await books.open("b", 100)
        let bad: [[EntrySet.Entry]] = [
            [.init(.line("a", .available), Money(fen: -10)), .init(.line("b", .available), Money(fen: 9))],
            [.init(.line("a", .available), Money(fen: -10))],
            [.init(.line("a", .available), Money(fen: -10)), .init(.line("a", .available), Money(fen: 10))],
            [],
        ]
        for entries in bad {
            let code = await refusal {
                try await books.write {
                    _ = try Ledger.post(EntrySet(.transfer, entries, memo: "", about: "test"), $0, in: $1)
                }
            }
            #expect(code == .internal)
        }
        let huge = [
            EntrySet.Entry(.line("a", .available), Money(fen: .min)), .init(.line("b", .available), Money(fen: .max)),
        ]
        let code = await refusal {
            try await books.write {
                _ = try Ledger.post(EntrySet(.transfer, huge, memo: "", about: "test"), $0, in: $1)
            }
        }
        #expect(code == .invalid)
        #expect(try await books.balance("a", .available) == 10_000)
        try await books.expectSound()
    }

    @Test("Money of different sources never mixes, and held money isn't moved by hand")
    func sourcesNeverMix() async throws {
        let books = try Books()
        try await books.open("a", 100)
        try await books.open("b", 100, source: "donation")
        #expect(await refusal { try await transfer(books, 10, "a", "b") } == .conflict)
        let held: [EntrySet.Entry] = [
            .init(.line("a", .available), Money(fen: -10)), .init(.line("a", .held), Money(fen: 10)),
        ]
        let code = await refusal {
            try await books.write {
                _ = try Ledger.post(EntrySet(.transfer, held, memo: "", about: "test"), $0, in: $1)
            }
        }
        #expect(code == .conflict)
        // A donation that comes in goes to its own line.
        let gift: [EntrySet.Entry] = [
            .init(.source("donation"), Money(fen: -500)), .init(.line("b", .available), Money(fen: 500)),
        ]
        try await books.write { _ = try Ledger.post(EntrySet(.transfer, gift, memo: "捐款", about: "test"), $0, in: $1) }
        #expect(try await books.balance("b", .available) == 10_500)
        try await books.expectSound()
    }

    @Test("No account of a line falls below nothing; the error names it")
    func neverNegative() async throws {
        let books = try Books()
        try await books.open("a", 100)
        try await books.open("b", 0)
        try await transfer(books, 10_000, "a", "b")
        do {
            try await transfer(books, 1, "a", "b")
            Issue.record("took money that wasn't there")
        } catch let error as NiangjiaError {
            #expect(error.code == .insufficientFunds)
            #expect(error.message.en.hasPrefix("line/a/available holds"))
        }
        let unknown = await refusal { try await transfer(books, 1, "b", "nowhere") }
        #expect(unknown == .notFound)
        try await books.expectSound()
    }

    @Test("A voucher is reversed once, with the same entries of opposite sign; numbers have no gap")
    func reversing() async throws {
        let books = try Books()
        try await books.open("a", 100)
        try await books.open("b", 0)
        let set = try await transfer(books, 2_500, "a", "b")
        let back = try await books.write { try Ledger.reverse(set, memo: "记错", $0, in: $1) }
        #expect(try await books.balance("a", .available) == 10_000)
        #expect(
            await refusal { try await books.write { _ = try Ledger.reverse(set, memo: "again", $0, in: $1) } }
                == .conflict)
        #expect(
            await refusal { try await books.write { _ = try Ledger.reverse(back, memo: "no", $0, in: $1) } }
                == .conflict)
        #expect(await refusal { try await transfer(books, 1_000_000, "a", "b") } == .insufficientFunds)
        let vouchers = try await books.store.read { reader in
            try reader.all("SELECT voucher FROM entry_set ORDER BY voucher") { $0.int(0) }
        }
        #expect(vouchers == [1, 2, 3])
        let lines = try await books.store.read { try Ledger.entries(line: "a", in: $0) }
        #expect(lines.map(\.amount.fen) == [2_500, -2_500, 10_000])
        try await books.expectSound()
    }

    @Test("Vouchers count from one in each year, and a clock that went back books nothing")
    func yearsAndClock() async throws {
        let books = try Books()
        try await books.open("a", 100)
        books.clock.set(try #require(CivilDate("2027-01-02").map { Instant($0) }))
        try await books.open("b", 100)
        let numbers = try await books.store.read { reader in
            try reader.all("SELECT year, voucher FROM entry_set ORDER BY year") { [$0.int(0), $0.int(1)] }
        }
        #expect(numbers == [[2026, 1], [2027, 1]])
        // Half an hour behind the last booking: transactions that overtook each other are booked in order.
        books.clock.set(try #require(CivilDate("2027-01-01").map { Instant($0, minutes: 23 * 60 + 30) }))
        try await books.open("c", 100)
        let last = try await books.store.read {
            try $0.integer("SELECT max(booked_on) FROM entry_set WHERE voucher = 2")
        }
        #expect(last == CivilDate("2027-01-02").map { Int64($0.days) })
        books.clock.set(try #require(CivilDate("2026-12-01").map { Instant($0) }))
        #expect(await refusal { try await books.open("d", 100) } == .conflict)
        try await books.expectSound()
    }

    @Test("Sixteen writers at once move money in circles: sums stay, nothing is lost, nothing is negative")
    func parallelWriters() async throws {
        let books = try Books()
        let names = (0..<10).map { "line-\($0)" }
        for name in names { try await books.open(name, 1_000) }
        let done = try await withThrowingTaskGroup(of: [String: Int64].self) { group in
            for writer in 0..<16 {
                group.addTask {
                    var random = SplitMix(seed: UInt64(writer))
                    var moved: [String: Int64] = [:]
                    for _ in 0..<60 {
                        let (from, to) = (names[random.below(10)], names[random.below(10)])
                        let amount = Int64(1 + random.below(40_000))
                        guard from != to else { continue }
                        do {
                            try await transfer(books, amount, from, to)
                            moved[from, default: 0] -= amount
                            moved[to, default: 0] += amount
                        } catch let error as NiangjiaError where error.code == .insufficientFunds {}
                    }
                    return moved
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
        for name in names {
            let balance = try await books.balance(name, .available)
            #expect(balance == 100_000 + (done[name] ?? 0))
            #expect(balance >= 0)
        }
        try await books.expectSound()
    }

    @Test("Verification finds a changed balance, entry, amount and voucher")
    func verificationFinds() async throws {
        let damages = [
            "UPDATE ledger_account SET balance = balance + 1 WHERE code = 'line/cooling-2026/available'",
            "UPDATE entry SET amount = amount + 1 WHERE n = 1",
            "DELETE FROM entry WHERE n = 2 AND entry_set = (SELECT max(entry_set) FROM entry)",
            "DELETE FROM entry_set WHERE voucher = 1",
            "UPDATE entry_set SET voucher = 9 WHERE voucher = 2",
            "UPDATE entry_set SET voucher = 3 - voucher WHERE voucher < 3",
            "UPDATE entitlement_row SET amount = amount + 1",
            "UPDATE entitlement_row SET state = 'paid'",
            "DELETE FROM entitlement_row",
        ]
        for damage in damages {
            let books = try Books()
            try await books.open("cooling-2026", 100)
            _ = try await books.hold([books.grant(5_000)])
            try await books.expectSound()
            try await books.store.write(.interactive) { try $0.execute(damage, []) }
            let report = try await books.store.read { try Ledger.verify(in: $0) }
            #expect(!report.isOK, "not found: \(damage)")
        }
    }

    @Test("Budget execution: all stages of a line sum to what it was given")
    func statement() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        _ = try await books.hold([books.grant(5_000), books.grant(4_000)])
        let statement = try await books.store.read { try Ledger.statement(year: 2026, in: $0) }
        let line = try #require(statement.first)
        #expect(line[.held].fen == 9_000)
        #expect(line[.available].fen == 91_000)
        #expect(line.balances.values.reduce(.zero, +) == line.line.amount)
        #expect(
            try await books.store.read { try Ledger.available(lines: ["cooling-2026"], in: $0) }.values.map(\.fen) == [
                91_000
            ])
        let unknown = await refusal {
            _ = try await books.store.read { try Ledger.available(lines: ["nowhere"], in: $0) }
        }
        #expect(unknown == .notFound)
    }
}

@discardableResult
func transfer(_ books: Books, _ fen: Int64, _ from: String, _ to: String) async throws -> ID<EntrySet> {
    let entries = [
        EntrySet.Entry(.line(from, .available), Money(fen: -fen)), .init(.line(to, .available), Money(fen: fen)),
    ]
    return try await books.write {
        try Ledger.post(EntrySet(.transfer, entries, memo: "调剂", about: "test"), $0, in: $1)
    }
}

/// A small generator with a seed: a failing run can be run again.
struct SplitMix {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
