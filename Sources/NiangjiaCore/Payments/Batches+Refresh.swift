/// A line that was taken out of a batch before its export.
public struct DroppedLine: Sendable, Hashable {
    /// Its number in the batch, which no other line takes.
    public var n: Int
    /// The payment, which waits for a batch again.
    public var payment: ID<Payment>
    /// What it pays.
    public var entitlement: ID<Entitlement>
    /// Whether the register has another account now, or none.
    public var hasOtherAccount: Bool
}

/// Accounts that change between building a batch and its export.
extension Batches {
    /// Takes lines out of a batch that was not exported: those named, and those whose payees have another account now. What is
    /// left is to be checked and approved again; a batch of which nothing is left is void.
    ///
    /// Returns nothing, and leaves the batch as it is, where no line has to go. Throws `conflict` once it is exported.
    public static func refresh(
        _ id: ID<PayBatch>, dropping: Set<ID<Payment>> = [], reason: String, accountOf: AccountOf? = nil,
        comparesAccounts: Bool = true, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [DroppedLine] {
        let batch = try load(id, in: writer)
        guard [.built, .checked, .approved].contains(batch.state) else { throw wrongState(batch) }
        let stored = try storedLines(of: id, in: writer)
        let changed = Set(
            comparesAccounts ? try changedLines(stored, accountOf, context.crypto, in: writer).map(\.n) : [])
        let leaving = stored.filter { changed.contains($0.n) || dropping.contains($0.payment.id) }
        guard dropping.isSubset(of: stored.map(\.payment.id)) else {
            throw NiangjiaError(
                .notFound, zh: "批次 \(batch.title) 里没有这笔付款。", en: "Batch \(batch.title) has no such payment.")
        }
        guard !leaving.isEmpty else { return [] }
        guard leaving.count < stored.count else {
            try void(id, reason: reason, context, in: writer)
            return leaving.map { dropped($0, changed) }
        }
        for line in leaving {
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            try Payments.move(line.payment, of: one, line, by: .dropped, context, in: writer)
        }
        let total = leaving.reduce(batch.total) { $0 - $1.amount }
        try move(
            batch, to: .built,
            setting: [
                ("line_count", .int(Int64(batch.count - leaving.count))), ("total", .money(total)),
                ("approved_by", .null), ("approved_at", .null),
            ], in: writer)
        let body: Value = [
            "reason": .text(reason), "dropped": .int(Int64(leaving.count)),
            "count": .int(Int64(batch.count - leaving.count)),
            "total": .int(total.fen), "payments": .list(leaving.prefix(100).map { .text($0.payment.id.text) }),
        ]
        try context.record("batch.refreshed", about: id.text, body: body, in: writer)
        return leaving.map { dropped($0, changed) }
    }

    private static func dropped(_ line: StoredLine, _ changed: Set<Int>) -> DroppedLine {
        DroppedLine(
            n: line.n, payment: line.payment.id, entitlement: line.payment.entitlement,
            hasOtherAccount: changed.contains(line.n))
    }

    /// Lines whose payees have another account now than the batch was built with, none any more, or one that can't be read.
    static func changedLines(
        _ stored: [StoredLine], _ accountOf: AccountOf?, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> [StoredLine] {
        try stored.filter { line in
            let payee = try Entitlements.load(line.payment.entitlement, in: reader).payee
            let now: BankAccount?
            do {
                now =
                    try accountOf.map { try $0(payee, reader) } ?? PayeeAccounts.account(of: payee, in: reader, crypto)
            } catch let error as NiangjiaError where error.code == .unreadable { return true }
            guard let now else { return true }
            return PersonIdentifiers.mac(bankCard: now.number, crypto) != line.accountMAC
        }
    }

    static func changedAccounts(_ batch: PayBatch, _ lines: [StoredLine]) -> NiangjiaError {
        let numbers = lines.prefix(10).map { "\($0.n)" }.joined(separator: "、") + (lines.count > 10 ? " …" : "")
        return NiangjiaError(
            .conflict,
            zh:
                "批次 \(batch.title) 复核之后有 \(lines.count) 笔的收款账号已变更(第 \(numbers) 笔),没有导出:请运行 niangjia batch refresh \(batch.id) 取出这些笔并重新复核;新账号须经收款人确认(niangjia batch confirm)。",
            en:
                "\(lines.count) accounts of batch \(batch.title) have changed since it was approved (lines \(numbers)); nothing was exported. Run niangjia batch refresh \(batch.id) and have it approved again; the payees confirm their new accounts (niangjia batch confirm)."
        )
    }

    /// Whether the register still has the account that a payment failed with: paying it again will fail again.
    public static func hasSameAccount(
        as failed: ID<Payment>, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> Bool {
        let payment = try Payments.load(failed, in: reader)
        guard payment.batch != nil else { return false }
        let line = try storedLine(of: payment, in: reader)
        return try changedLines([line], nil, crypto, in: reader).isEmpty
    }
}
