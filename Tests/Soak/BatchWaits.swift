import Foundation
import NiangjiaCore
import NiangjiaExchange
import NiangjiaSQLite

/// How long a person's small write waits while a large batch goes through its life in the same process, and is taken apart once
/// (decision 0094).
struct BatchWaits: Sendable {
    let store: SQLiteStore
    let ids: IDSource
    let clock: FixedClock
    let crypto: any CryptoProvider
    var program: String

    /// The context of a change by somebody.
    func context(_ actor: String) -> ChangeContext {
        ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
    }

    /// Takes what waits to be paid through one batch.
    func measure(_ findings: inout Findings) async throws {
        let first = try await build(&findings)
        try await longest("taken apart", &findings) { [self] in
            let context = context("treasurer")
            try await store.write(.batch) {
                try Batches.void(first, reason: "soak", lines: Batches.block, context, in: $0)
            }
            try await Batches.follow(first, context, in: store)
        }
        let batch = try await build(&findings)
        try await longest("approved", &findings) { [self] in
            try await Batches.approve(batch, luhn: { _ in true }, context("payer"), in: store)
        }
        let export = try await longest("exported", &findings) { [self] in
            let (context, crypto) = (context("payer"), crypto)
            let prepared = try await store.read { reader in
                try Batches.prepareExport(
                    batch, accountOf: { try PayeeAccounts.account(of: $0, in: $1, crypto) }, context, in: reader)
            }
            try await store.write(.batch) { try Batches.handOver(prepared, context, in: $0) }
            try await Batches.follow(batch, context, in: store)
            return prepared.export
        }
        let outcome = try await longest("answered", &findings) { [self] in
            let answers = export.lines.map {
                BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
            }
            return try await Batches.result(batch, answers, context("treasurer"), in: store)
        }
        findings.require(outcome.isSettled && outcome.paid == export.count, "beside small writes: \(outcome)")
    }

    private func build(_ findings: inout Findings) async throws -> ID<PayBatch> {
        try await longest("built and checked", &findings) { [self] in
            let order = BatchOrder(program: program, remark: "soak")
            let (built, check) = try await Batches.build(
                order, luhn: { BankCard.passesLuhn($0) }, context("treasurer"), in: store)
            return check.isPassed ? built.batch : ID(rawValue: 0)
        }
    }

    /// Does something long while a clerk writes something small every few milliseconds, and notes how long the clerk waited at most.
    @discardableResult
    private func longest<Result: Sendable>(
        _ name: String, _ findings: inout Findings, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let longest = Guarded(Duration.zero)
        let clerk = Task { [self] in
            while !Task.isCancelled {
                let (start, context) = (ContinuousClock.now, context("clerk"))
                try await store.write(.interactive) {
                    try context.record("soak.write", about: "soak", body: [:], in: $0)
                }
                let waited = start.duration(to: .now)
                longest.withLock { $0 = max($0, waited) }
                try? await Task.sleep(for: .milliseconds(3))
            }
        }
        let result = try await work()
        clerk.cancel()
        try await clerk.value
        let wait = longest.withLock { $0 }
        findings.add("\(name): longest wait of a person's write (milliseconds)", Int(wait / .milliseconds(1)))
        return result
    }
}
