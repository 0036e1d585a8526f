import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

/// A city's books in a folder that several processes use one after the other: the store, sealed as the host seals it, and its keys.
struct SoakBooks: Sendable {
    let folder: String
    let store: SQLiteStore
    let crypto: SoftwareCrypto
    let ids: IDSource
    let clock = MachineClock()

    /// Opens the books of a folder; makes them and their keys when there are none.
    init(folder: String) throws {
        self.folder = folder
        let keys = folder + "/keys.json"
        if !FileManager.default.fileExists(atPath: keys) { try KeyRing(created: clock.now()).save(to: keys) }
        let crypto = try SoftwareCrypto(KeyRing(file: keys))
        self.crypto = crypto
        ids = IDSource(host: 1, clock: clock)
        store = try SQLiteStore.open(
            path: folder + "/books.sqlite", migrations: NiangjiaSchema.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
    }

    func context(_ actor: String = "treasurer") -> ChangeContext {
        ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
    }

    @discardableResult
    func write<Result: Sendable>(
        as actor: String = "treasurer", _ lane: WriteLane = .interactive,
        _ body: @escaping @Sendable (ChangeContext, any StoreWriter) throws -> Result
    ) async throws -> Result {
        let context = context(actor)
        return try await store.write(lane) { try body(context, $0) }
    }

    func open(_ lines: [String], each amount: Money) async throws {
        try await write(.batch) { context, writer in
            for id in lines {
                let line = FundLine(id: id, year: 2026, source: "union_budget", purpose: "soak", amount: amount)
                try Ledger.open(line, context, in: writer)
            }
        }
    }

    /// Everything recomputed; what is wrong, in words.
    func faults(against heads: [ChainHead] = []) async throws -> [String] {
        let crypto = crypto
        return try await store.read { reader in
            var faults = try Ledger.verify(in: reader).faults.map(\.en)
            if let sum = try reader.integer("SELECT sum(balance) FROM ledger_account"), sum != 0 {
                faults.append("the accounts sum to \(sum) fen")
            }
            for head in heads.isEmpty ? [nil] : heads.map(Optional.some) {
                let chain = try Chain.verify(in: reader, crypto: crypto, against: head)
                if let found = chain.firstBreak { faults.append("the chain is \(found.reason) at \(found.events)") }
                if chain.unsealed > 0 { faults.append("\(chain.unsealed) events are not sealed") }
            }
            return faults
        }
    }

    func head() async throws -> ChainHead? { try await store.read { try Chain.head(in: $0) } }
}

struct MachineClock: NiangjiaCore.Clock {
    func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A generator with a seed: a campaign that failed can be run again.
struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}

/// One line straight to the pipe: nothing may wait in a buffer when the process is killed.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = Glibc.write(1, bytes, bytes.count)
}
