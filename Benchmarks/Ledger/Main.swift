import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

/// Job 2 of the reference programs through the host's own ledger: `niangjia-bench-ledger FILE REQUESTS WAITING [one-fund]`.
///
/// Each request is what an application's payment would be: an idempotency key, a double-entry voucher between two accounts that
/// may not fall below nothing, an event in the chain, sealed in the same commit. `WAITING` clients send one after the other.
///
/// With `one-fund` every request moves money into or out of the same line, and what came of it is verified: vouchers without gaps,
/// books that sum to nothing, a whole chain.
@main struct LedgerBench {
    static let accounts = 10_000

    static func main() async throws {
        let arguments = CommandLine.arguments
        let isOneFund = arguments.count == 5 && arguments[4] == "one-fund"
        guard arguments.count == 4 || isOneFund, let requests = Int(arguments[2]), let waiting = Int(arguments[3])
        else {
            print("usage: niangjia-bench-ledger FILE REQUESTS WAITING [one-fund]")
            exit(2)
        }
        for suffix in ["", "-wal", "-shm"] { unlink(arguments[1] + suffix) }
        let clock = MachineClock()
        let crypto = try SoftwareCrypto(KeyRing(created: clock.now()))
        let store = try SQLiteStore.open(
            path: arguments[1], migrations: NiangjiaSchema.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
        let bench = LedgerBench(
            store: store, clock: clock, ids: IDSource(host: 1, clock: clock), crypto: crypto, isOneFund: isOneFund)
        try await bench.openAccounts()
        let start = ContinuousClock.now
        let latencies = try await bench.send(requests, waiting: waiting).sorted()
        let seconds = start.duration(to: .now) / .seconds(1)
        let sums = try await bench.sums()
        let proof = isOneFund ? try await bench.proof() : ""
        try await store.close()
        func milliseconds(_ part: Int) -> String {
            String(format: "%.3f", latencies[latencies.count * part / 100] * 1e3)
        }
        print(
            "seconds=\(String(format: "%.3f", seconds)) journal=\(sums.journal) total_fen=\(sums.total) balances=\(sums.balances)"
                + " hash=\(sums.hash) p50_ms=\(milliseconds(50)) p99_ms=\(milliseconds(99))\(proof)")
    }

    let store: SQLiteStore
    let clock: MachineClock
    let ids: IDSource
    let crypto: SoftwareCrypto
    let isOneFund: Bool

    private func context() -> ChangeContext {
        ChangeContext(now: clock.now(), actor: "treasurer", ids: ids, crypto: crypto)
    }

    /// The reference's accounts: 10,000 lines with 100,000 yuan each. Not timed.
    private func openAccounts() async throws {
        for first in stride(from: 1, through: LedgerBench.accounts, by: 1_000) {
            let context = context()
            try await store.write(.batch) { writer in
                for number in first..<first + 1_000 {
                    let line = FundLine(
                        id: String(number), year: 2026, source: "union_budget", purpose: "bench",
                        amount: Money(fen: 10_000_000))
                    try Ledger.open(line, context, in: writer)
                }
            }
        }
    }

    /// Sends all requests and answers how long each took, in seconds.
    private func send(_ requests: Int, waiting: Int) async throws -> [Double] {
        let next = Guarded(0)
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<waiting {
                group.addTask {
                    var own: [Double] = []
                    while true {
                        let number = next.withLock { number in
                            number += 1
                            return number - 1
                        }
                        guard number < requests else { return own }
                        let start = ContinuousClock.now
                        try await request(number)
                        own.append(start.duration(to: .now) / .seconds(1))
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// The reference's formula; every hundredth request repeats the one before it.
    private func request(_ number: Int) async throws {
        let q = number % 100 == 99 ? number - 1 : number
        var from = 1 + (q * 7_919) % LedgerBench.accounts
        var to = 1 + (q * 104_729 + 17) % LedgerBench.accounts
        // In and out in turn, so that the fund doesn't run out.
        if isOneFund { if q % 2 == 0 { to = 1 } else { from = 1 } }
        let amount = Money(fen: Int64(1 + (q * 31) % 5_000))
        if from == to { to = 1 + to % LedgerBench.accounts }
        let set = EntrySet(
            .transfer,
            [.init(.line(String(from), .available), -amount), .init(.line(String(to), .available), amount)],
            memo: "", about: "req-\(q)")
        let body = Array("\(from) \(to) \(amount.fen)".utf8)
        let context = context()
        _ = try await store.write(.interactive) { writer in
            try Idempotency.once(key: set.about, account: "bench", body: body, context, in: writer) {
                .text(try Ledger.post(set, context, in: writer).text)
            }
        }
    }

    /// What verifying the books and the chain says of all requests.
    private func proof() async throws -> String {
        try await store.read { [crypto] reader in
            let books = try Ledger.verify(in: reader)
            let chain = try Chain.verify(in: reader, crypto: crypto)
            let last = try reader.integer("SELECT max(voucher) FROM entry_set") ?? 0
            let count = try reader.integer("SELECT count(*) FROM entry_set") ?? 0
            let sum = try reader.integer("SELECT sum(balance) FROM ledger_account") ?? 0
            return " vouchers=\(count) last_voucher=\(last) sum_fen=\(sum) books=\(books.isOK ? "ok" : "FAULTS")"
                + " chain=\(chain.isWhole ? "whole" : "BROKEN")"
        }
    }

    private struct Sums: Sendable {
        var journal: Int64
        var total: Int64
        var balances: Int64
        var hash: Int64
    }

    private func sums() async throws -> Sums {
        try await store.read { reader in
            var sums = Sums(
                journal: try reader.integer("SELECT count(*) FROM entry_set WHERE kind = 'transfer'") ?? 0,
                total: try reader.integer(
                    """
                    SELECT sum(e.amount) FROM entry e JOIN entry_set s ON s.id = e.entry_set
                    WHERE s.kind = 'transfer' AND e.amount > 0
                    """) ?? 0, balances: 0, hash: 0)
            try reader.forEach("SELECT line, balance FROM ledger_account WHERE stage = 'available'", []) { row in
                let balance = row.int(1)
                sums.balances += balance
                sums.hash += (Int64(row.text(0)) ?? 0) * balance % 1_000_000_007
                return true
            }
            sums.hash %= 1_000_000_007
            return sums
        }
    }
}

struct MachineClock: NiangjiaCore.Clock {
    func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
