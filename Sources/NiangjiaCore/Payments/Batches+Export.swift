/// A batch as it leaves, read beside other people's writes: all that makes its files, checked and not handed over yet.
public struct PreparedExport: Sendable {
    /// What the bank gets.
    public let export: BatchExport
    /// The batch as it was read.
    let batch: PayBatch
    /// What each line of the fund gives.
    let moving: [String: Money]
}

/// Batches on their way to the bank: exported once.
extension Batches {
    /// Reads what a batch hands over, and checks all that must hold of it. Changes nothing.
    ///
    /// Throws `conflict` when it is not approved or was exported before, or where a payee has another account now than was approved,
    /// or has died since; `forbidden` for whoever has had to do with what it pays.
    ///
    /// - Parameters:
    ///   - accountOf: where accounts are looked up once more; nil: they are not.
    ///   - knowsDeaths: whether the accounts of payees who have died since the approval were looked into.
    public static func prepareExport(
        _ id: ID<PayBatch>, accountOf: AccountOf? = nil, knowsDeaths: Bool = false, _ context: ChangeContext,
        in reader: any StoreReader
    ) throws -> PreparedExport {
        let batch = try load(id, in: reader)
        try checkLeaving(batch, in: reader)
        guard try !AccountPersons.expand(handlers(of: id, in: reader), in: reader).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "经办过这些申请、确认过其中账号或由此收款的人不能导出批次。",
                en: "Who handled the cases, confirmed an account of the batch or is paid by it can't export it.")
        }
        let stored = try storedLines(of: id, in: reader)
        if let accountOf {
            let changed = try changedLines(stored, accountOf, context.crypto, in: reader)
            guard changed.isEmpty else {
                let unread = try PayeeAccounts.unreadable(in: changed, of: id, in: reader, context.crypto)
                throw unread.isEmpty ? changedAccounts(batch, changed) : unreadableAccounts(batch, unread)
            }
        }
        if !knowsDeaths {
            let died = try deceasedSinceApproval(of: id, in: reader)
            guard died.isEmpty else { throw refusesDeceased(died) }
        }
        let entitlements = try stored.map { line in
            let one = try Entitlements.load(line.payment.entitlement, in: reader)
            try refuse(one, unlessOf: line)
            try Payments.check(line.payment, of: one, line, by: .exported)
            return one
        }
        let export = try export(of: batch, stored, context.crypto)
        guard export.count == batch.count, export.total == batch.total else { throw wrongState(batch) }
        return PreparedExport(export: export, batch: batch, moving: Entitlements.byLine(entitlements))
    }

    private static func checkLeaving(_ batch: PayBatch, in reader: any StoreReader) throws {
        guard batch.state == .approved else {
            guard batch.state != .exported, batch.state != .settled else { throw alreadyExported(batch) }
            throw wrongState(batch)
        }
        guard try !Exports.isRestored(in: reader) else { throw Exports.restored }
    }

    /// What is owed must be what the line pays.
    static func refuse(_ one: Entitlement, unlessOf line: StoredLine) throws {
        guard one.amount == line.amount, one.revision == line.payment.revision else {
            throw Entitlements.wrongState(one)
        }
    }

    /// Hands a batch over to the bank, once: from now on all its money is in transit, whatever becomes of the file. So many lines are
    /// moved in this transaction, the others as they follow (``follow(_:lines:_:in:)``).
    ///
    /// The file is lost? ``lines(of:in:_:)`` writes the same again. Throws `conflict` where the batch isn't any more what was prepared.
    public static func handOver(
        _ prepared: PreparedExport, lines: Int = block, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let (batch, export) = (try load(prepared.batch.id, in: writer), prepared.export)
        try checkLeaving(batch, in: writer)
        // Whatever takes a line out of a batch, or has it approved anew, changes its version; what its lines pay can't change in it.
        try refuseChanged(prepared.batch, in: writer)
        try move(
            batch, to: .exported,
            setting: [
                ("exported_by", .text(context.actor)), ("exported_at", .instant(context.now)),
                ("digest", .blob(export.digest)), ("followed", .int(0)),
            ], in: writer)
        try Exports.append(
            batch.id, digest: export.digest, count: export.count, total: export.total, at: context.now, source: "host",
            in: writer)
        try Ledger.book(
            EntrySet(
                .export, moving: prepared.moving, from: .held, to: .inTransit, memo: "代发批次 \(batch.title)",
                about: batch.id.text),
            details: [
                "title": .text(batch.title), "count": .int(Int64(export.count)), "total": .int(export.total.fen),
                "digest": .text(Hex.text(export.digest)),
            ], context, in: writer)
        _ = try follow(batch.id, lines: lines, context, in: writer)
    }

    /// The whole of an export in one transaction.
    public static func export(
        _ id: ID<PayBatch>, accountOf: AccountOf? = nil, knowsDeaths: Bool = false, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> BatchExport {
        let prepared = try prepareExport(
            id, accountOf: accountOf, knowsDeaths: knowsDeaths, context, in: writer)
        try handOver(prepared, lines: .max, context, in: writer)
        return prepared.export
    }

    /// What a batch exported, again: the same lines and the same digest, for a file that was lost. Each look is the caller's to
    /// record. Throws `conflict` before the export.
    public static func lines(
        of id: ID<PayBatch>, in reader: any StoreReader, _ crypto: any CryptoProvider
    ) throws -> BatchExport {
        let batch = try load(id, in: reader)
        guard batch.state == .exported || batch.state == .settled else { throw wrongState(batch) }
        let export = try export(of: batch, storedLines(of: id, in: reader), crypto)
        guard export.digest == batch.digest else {
            throw NiangjiaError(
                .internal, zh: "批次 \(batch.title) 的内容与导出时不一致,请先审计。",
                en: "Batch \(batch.title) is not what it was when exported: audit it first.")
        }
        return export
    }

    private static func export(
        of batch: PayBatch, _ stored: [StoredLine], _ crypto: any CryptoProvider
    ) throws -> BatchExport {
        BatchExport(
            batch: batch.id, title: batch.title, lines: try stored.map { try open($0, of: batch.id, crypto) },
            count: stored.count, total: stored.reduce(.zero) { $0 + $1.amount }, digest: digest(stored, crypto))
    }

    /// What whoever exports a batch hears that is out already: a batch is exported once.
    public static func alreadyExported(_ batch: PayBatch) -> NiangjiaError {
        let (who, when) = (batch.exportedBy ?? "", batch.exportedAt?.description ?? "")
        return NiangjiaError(
            .conflict, zh: "批次 \(batch.title) 已由 \(who) 于 \(when) 导出,不能再次导出。",
            en: "Batch \(batch.title) was exported by \(who) at \(when) and can't be exported again.")
    }

    /// Notes the name and digest of the file that is made for the bank, in the transaction of its export.
    public static func fileMade(
        _ id: ID<PayBatch>, name: String, digest: [UInt8], _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let batch = try load(id, in: writer)
        guard batch.state == .exported else { throw wrongState(batch) }
        try move(
            batch, to: .exported, setting: [("file_name", .text(name)), ("file_digest", .blob(digest))], in: writer)
        let body: Value = ["name": .text(name), "digest": .text(Hex.text(digest))]
        try context.record("batch.file_written", about: id.text, body: body, in: writer)
    }
}
