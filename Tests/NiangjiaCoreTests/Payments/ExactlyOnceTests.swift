import NiangjiaCore
import Testing

@Suite("From approval to the bank's file, once: double clicks, two clerks, a clock that is a day off")
struct ExactlyOnceTests {
    private func city(_ count: Int) async throws -> (Books, [ID<Entitlement>]) {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        return (books, try await books.approved((0..<count).map { books.grant(5_000 + Int64($0)) }))
    }

    private func approvedBatch(_ books: Books) async throws -> BuiltBatch {
        let built = try await build(books, nil)
        _ = try await books.write(as: "payer") { try Batches.check(built.batch, luhn: { _ in true }, $0, in: $1) }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        return built
    }

    /// How often each step succeeds when sixteen people do it at once.
    private func atOnce(_ work: @escaping @Sendable (Int) async throws -> Void) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for n in 0..<16 {
                group.addTask {
                    do {
                        try await work(n)
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    @Test("Every step of a batch, clicked sixteen times at once, happens once")
    func clicks() async throws {
        let (books, ids) = try await city(20)
        let built = try await build(books, nil)
        _ = try await books.write(as: "payer") { try Batches.check(built.batch, luhn: { _ in true }, $0, in: $1) }
        #expect(
            await atOnce { _ in try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) } }
                == 1)
        #expect(
            await atOnce { _ in _ = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) } }
                == 1)
        #expect(try await books.store.read { try Exports.last(in: $0) } == 1)
        let crypto = books.crypto
        let export = try await books.store.read { try Batches.lines(of: built.batch, in: $0, crypto) }
        let failing = export.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: $0.n != 1, message: "销户")
        }
        // The bank's answer may be read as often as one likes.
        #expect(
            await atOnce { _ in _ = try await books.write { try Batches.result(built.batch, failing, $0, in: $1) } }
                == 16)
        let failed = export.lines[0].payment
        #expect(
            await atOnce { _ in _ = try await books.write { try Batches.reissue(failed, reason: "换卡", $0, in: $1) } }
                == 1)
        let payments = try await books.store.read { reader in try ids.flatMap { try Payments.of($0, in: reader) } }
        #expect(payments.count == 21 && payments.count { $0.state == .paid } == 19)
        try await books.expectSound()
    }

    @Test("Two clerks: one exports while the other takes the batch apart or refreshes it; money goes one way only")
    func twoClerks() async throws {
        for round in 0..<20 {
            let (books, ids) = try await city(5)
            let built = try await approvedBatch(books)
            async let exported: Bool = {
                do {
                    _ = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
                    return true
                } catch { return false }
            }()
            async let apart: Bool = {
                do {
                    try await books.write { context, writer in
                        if round % 2 == 0 {
                            try Batches.void(built.batch, reason: "重做", context, in: writer)
                        } else {
                            let first = try Payments.of(ids[0], in: writer)[0].id
                            _ = try Batches.refresh(
                                built.batch, dropping: [first], reason: "取出", comparesAccounts: false, context,
                                in: writer)
                        }
                    }
                    return true
                } catch { return false }
            }()
            let (first, second) = (await exported, await apart)
            #expect(first != second)
            let inTransit = try await books.balance("cooling-2026", .inTransit)
            #expect(first ? inTransit == 25_010 : inTransit == 0)
            try await books.expectSound()
        }
    }

    @Test("A clock a day off neither pays twice nor loses the order of vouchers; further back it books nothing")
    func clock() async throws {
        let (books, _) = try await city(3)
        let built = try await approvedBatch(books)
        // Set forward by a day by mistake, and back again.
        let right = books.clock.now()
        books.clock.set(right + (86_400_000 - 60_000))
        let export = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        books.clock.set(right)
        let twice = await refusal {
            _ = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        }
        #expect(twice == .conflict)
        let answer = export.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
        }
        _ = try await books.write { try Batches.result(built.batch, answer, $0, in: $1) }
        let entries = try await books.store.read { try Ledger.entries(line: "cooling-2026", in: $0) }
        #expect(entries.map(\.voucher) == entries.map(\.voucher).sorted(by: >))
        #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.bookedOn >= $1.bookedOn })
        books.clock.set(right + -2 * 86_400_000)
        #expect(await refusal { _ = try await books.approved([books.grant(1_00)]) } == .conflict)
        try await books.expectSound()
    }

    @Test("A hundred clients post to one fund at once: every post is there, the balance never falls below what it may")
    func hundredClients() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 10_000)
        let done = await withTaskGroup(of: Int.self) { group in
            for client in 0..<100 {
                group.addTask {
                    var booked = 0
                    for n in 0..<20 {
                        // In and out in turn: more goes out than is there.
                        let amount = Money(fen: n % 2 == 0 ? -900_00 : 100_00)
                        let set = EntrySet(
                            .transfer,
                            [
                                .init(.source("union_budget"), -amount),
                                .init(.line("cooling-2026", .available), amount),
                            ],
                            memo: "\(client)/\(n)", about: "line/cooling-2026")
                        let result = try? await books.write { try Ledger.post(set, $0, in: $1) }
                        booked += result == nil ? 0 : 1
                    }
                    return booked
                }
            }
            return await group.reduce(0, +)
        }
        let vouchers = try await books.store.read {
            try $0.integer("SELECT COUNT(*) FROM entry_set WHERE kind = 'transfer'")
        }
        #expect(vouchers == Int64(done) && done >= 1_000 && done < 2_000)
        #expect(try await books.balance("cooling-2026", .available) >= 0)
        try await books.expectSound()
    }
}
