import Foundation
import NiangjiaCore
import NiangjiaTesting

/// Keys, each sent several times at once: one effect each, one answer each, and the same key for another request is refused.
struct IdempotencyCampaign: Sendable {
    var keys: Int
    var tries = 8
    var seed: UInt64

    func run() async throws -> Findings {
        var findings = Findings("Idempotency: \(keys) keys, each \(tries) times in parallel", seed: seed)
        let folder = try TemporaryFolder()
        let books = try SoakBooks(folder: folder.path)
        let accounts = 50
        try await books.open((0..<accounts).map(Transfer.line), each: Money(fen: 1_000_000_000))
        let answers = Guarded([Int: [Idempotency.Answer]]())
        // Blocks of keys, so that all tries of a key wait in the same groups.
        for block in stride(from: 0, to: keys, by: 64) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in block..<min(block + 64, keys) {
                    for _ in 0..<tries {
                        group.addTask {
                            let answer = try await ask(number, books)
                            answers.withLock { $0[number, default: []].append(answer) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        for (number, own) in answers.withLock({ $0 }) {
            findings.require(own.count == tries, "key \(number) was answered \(own.count) times")
            findings.require(own.count { $0.isNew } == 1, "key \(number) had \(own.count { $0.isNew }) effects")
            findings.require(Set(own.map(\.value)).count == 1, "key \(number) was answered differently")
        }
        var refused = 0
        for number in stride(from: 0, to: keys, by: max(1, keys / 200)) {
            do { _ = try await ask(number, books, other: true) } catch let error as NiangjiaError
                where error.code == .conflict
            {
                refused += 1
            }
        }
        let sets = try await books.store.read {
            try $0.integer("SELECT count(*) FROM entry_set WHERE kind = 'transfer'") ?? 0
        }
        findings.require(sets == keys, "\(sets) transfers for \(keys) keys")
        let asked = stride(from: 0, to: keys, by: max(1, keys / 200)).reduce(0) { count, _ in count + 1 }
        findings.require(refused == asked, "another request under a known key was taken")
        for fault in try await books.faults() { findings.require(false, fault) }
        try await books.store.close()
        findings.add("keys", keys)
        findings.add("requests", keys * tries)
        findings.add("effects", sets)
        findings.add("other requests under a known key, refused", refused)
        return findings
    }

    private func ask(_ number: Int, _ books: SoakBooks, other: Bool = false) async throws -> Idempotency.Answer {
        let transfer = Transfer(number: number, seed: seed, accounts: 50)
        return try await books.write { context, writer in
            try Idempotency.once(
                key: "k\(number)", account: "client", body: [other ? 1 : 0], context, in: writer
            ) {
                let set = EntrySet(.transfer, transfer.entries, memo: "", about: "k\(number)")
                return .text(try Ledger.post(set, context, in: writer).text)
            }
        }
    }
}
