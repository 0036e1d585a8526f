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
    /// left is to be checked and approved again; a batch of which nothing is left is void. In one transaction.
    ///
    /// Returns nothing, and leaves the batch as it is, where no line has to go. Those named that have left it already are returned with
    /// the others: asked again after a kill, the same is answered. Throws `conflict` once it is exported.
    public static func refresh(
        _ id: ID<PayBatch>, dropping: Set<ID<Payment>> = [], reason: String, accountOf: AccountOf? = nil,
        comparesAccounts: Bool = true, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [DroppedLine] {
        let (leaving, left) = try leaving(
            id, dropping, accountOf, comparesAccounts: comparesAccounts, context.crypto, in: writer)
        guard !leaving.isEmpty else { return left }
        return try inOrder(left + drop(leaving, of: id, reason: reason, context, in: writer))
    }

    /// The same with other people's writes between its blocks. With the first of them the batch has lost its approval; cut off, the
    /// same goes on.
    public static func refresh(
        _ id: ID<PayBatch>, dropping: Set<ID<Payment>> = [], reason: String, accountOf: AccountOf? = nil,
        lines: Int = block, _ context: ChangeContext, in store: any Store
    ) async throws -> [DroppedLine] {
        let (found, left) = try await store.read {
            try leaving(id, dropping, accountOf, comparesAccounts: true, context.crypto, in: $0)
        }
        var dropped = left
        for start in stride(from: 0, to: found.count, by: lines) {
            let piece = Array(found[start..<min(start + lines, found.count)])
            dropped += try await store.write(.batch) { try drop(piece, of: id, reason: reason, context, in: $0) }
            try Task.checkCancellation()
        }
        return inOrder(dropped)
    }

    private static func inOrder(_ lines: [DroppedLine]) -> [DroppedLine] { lines.sorted { $0.n < $1.n } }

    /// What has to leave a batch, in the order of its lines, and who of those named has left it.
    private static func leaving(
        _ id: ID<PayBatch>, _ named: Set<ID<Payment>>, _ accountOf: AccountOf?, comparesAccounts: Bool,
        _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> (leaving: [DroppedLine], left: [DroppedLine]) {
        let batch = try load(id, in: reader)
        func told(_ lines: [StoredLine], _ changed: Set<Int>) -> [DroppedLine] {
            lines.map { line in
                DroppedLine(
                    n: line.n, payment: line.payment.id, entitlement: line.payment.entitlement,
                    hasOtherAccount: changed.contains(line.n))
            }
        }
        func changed(_ lines: [StoredLine]) throws -> Set<Int> {
            Set(comparesAccounts ? try changedLines(lines, accountOf, crypto, in: reader).map(\.n) : [])
        }
        // Few are named, and a batch may be large; or all of it is named.
        let isVoid = batch.state == .void
        let stored =
            isVoid
            ? [] : try comparesAccounts ? storedLines(of: id, in: reader) : namedLines(named, of: id, in: reader)
        let gone = try goneLines(named.subtracting(stored.map(\.payment.id)), of: id, in: reader)
        let left = try told(gone, changed(gone))
        // The batch went with the last of them.
        if isVoid, !named.isEmpty, gone.count == named.count { return ([], left) }
        try checkOpen(batch)
        guard named.isSubset(of: (stored + gone).map(\.payment.id)) else {
            throw NiangjiaError(
                .notFound, zh: "批次 \(batch.title) 里没有这笔付款。", en: "Batch \(batch.title) has no such payment.")
        }
        // What the batch itself holds of an account may be damaged; the register's goes into the next.
        let damaged = comparesAccounts ? stored.filter { (try? open($0, of: id, crypto)) == nil } : []
        let others = try changed(stored).union(damaged.map(\.n))
        let leaving = stored.filter { others.contains($0.n) || named.contains($0.payment.id) }
        return (told(leaving, others), left)
    }

    /// The lines of those named that have left the batch.
    private static func goneLines(
        _ named: Set<ID<Payment>>, of id: ID<PayBatch>, in reader: any StoreReader
    ) throws -> [StoredLine] {
        try named.compactMap { payment in
            guard let found = try Payments.rows("WHERE id = $1", [.id(payment)], in: reader).first, found.batch != id
            else { return nil }
            return try leftLine(of: found, in: id, reader)
        }.sorted { $0.n < $1.n }
    }

    private static func checkOpen(_ batch: PayBatch) throws {
        guard [.building, .built, .checked, .approved].contains(batch.state) else { throw wrongState(batch) }
    }

    private static func namedLines(
        _ named: Set<ID<Payment>>, of id: ID<PayBatch>, in reader: any StoreReader
    ) throws -> [StoredLine] {
        try named.compactMap { payment in
            let found = try Payments.rows("WHERE id = $1 AND batch = $2", [.id(payment), .id(id)], in: reader).first
            return try found.map { try storedLine(of: $0, in: reader) }
        }.sorted { $0.n < $1.n }
    }

    /// Takes lines out, but for those that have left meanwhile; a batch that loses all of them is void.
    private static func drop(
        _ leaving: [DroppedLine], of id: ID<PayBatch>, reason: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> [DroppedLine] {
        let batch = try load(id, in: writer)
        try checkOpen(batch)
        let lines = try namedLines(Set(leaving.map(\.payment)), of: id, in: writer)
        guard !lines.isEmpty else { return [] }
        let gone = Set(lines.map(\.n))
        guard lines.count < batch.count else {
            try void(id, reason: reason, context, in: writer)
            return leaving.filter { gone.contains($0.n) }
        }
        for line in lines {
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            try Payments.move(line.payment, of: one, line, by: .dropped, context, in: writer)
        }
        let (count, total) = (batch.count - lines.count, lines.reduce(batch.total) { $0 - $1.amount })
        try move(
            batch, to: batch.state == .building ? .building : .built,
            setting: [
                ("line_count", .int(Int64(count))), ("total", .money(total)), ("approved_by", .null),
                ("approved_at", .null), ("approved_deceased", .null),
            ], in: writer)
        let body: Value = [
            "reason": .text(reason), "dropped": .int(Int64(lines.count)), "count": .int(Int64(count)),
            "total": .int(total.fen), "payments": .list(lines.prefix(100).map { .text($0.payment.id.text) }),
        ]
        try context.record("batch.refreshed", about: id.text, body: body, in: writer)
        return leaving.filter { gone.contains($0.n) }
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
