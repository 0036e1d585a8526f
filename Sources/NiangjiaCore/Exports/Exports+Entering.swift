/// What entering an export came to.
public struct EnteredExport: Sendable, Hashable {
    /// The export's number.
    public var seq: Int64
    /// The batch's number as the sheet has it.
    public var title: String
    /// Payments that the store knew, and now knows as sent.
    public var matched: Int
    /// Payments of which it has no entitlement: they are kept, so that what is approved anew isn't paid again.
    public var unmatched: Int
    /// What was sent in all.
    public var total: Money
}

extension Exports {
    /// Tells a restored store of an export that it doesn't know: what it has of it is in transit from now on, and what it doesn't
    /// have is remembered by account and amount. Its money moves as at any export; nobody is asked twice to approve the past.
    ///
    /// Throws `conflict` for any but the next number, and where an earlier attempt of one of its payments has no result yet.
    public static func enter(
        _ sent: SentExport, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> EnteredExport {
        let next = try last(in: writer) + 1
        guard sent.seq == next else {
            throw NiangjiaError(
                .conflict, zh: "须按顺序补登:下一份是第 \(next) 号导出。", en: "In order, please: export \(next) is the next one.")
        }
        try makeRoom(for: sent, context, in: writer)
        var (payments, unmatched): ([(SentExport.Line, Payment)], [SentExport.Line]) = ([], [])
        for line in sent.lines {
            if let payment = try waiting(line, context, in: writer) {
                payments.append((line, payment))
            } else {
                unmatched.append(line)
            }
        }
        try hand(over: payments, of: sent, context, in: writer)
        try remember(unmatched, of: sent, context.crypto, in: writer)
        let body: Value = [
            "seq": .int(sent.seq), "title": .text(sent.title), "matched": .int(Int64(payments.count)),
            "unmatched": .int(Int64(unmatched.count)), "total": .int(sent.total.fen),
        ]
        try context.record("batch.entered", about: sent.batch.text, body: body, in: writer)
        return EnteredExport(
            seq: sent.seq, title: sent.title, matched: payments.count, unmatched: unmatched.count, total: sent.total)
    }

    /// The payment that a line means, waiting for a batch; nil where the store has no such entitlement to pay.
    private static func waiting(
        _ line: SentExport.Line, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Payment? {
        guard let identity = line.identity, var one = try? Entitlements.load(identity.entitlement, in: writer),
            one.kind == .money, one.revision == identity.revision, one.amount == line.amount
        else { return nil }
        if one.state == .failed, let last = try Payments.of(one.id, in: writer).last,
            last.attempt + 1 == identity.attempt
        {
            _ = try Batches.reissue(last.id, reason: "恢复后补登", context, in: writer)
            one = try Entitlements.load(one.id, in: writer)
        }
        guard one.state != .exported || identity.attempt == 1 else {
            throw NiangjiaError(
                .conflict, zh: "待遇 \(one.id) 的上一次付款还没有结果:请先登记那一批次的回单,再补登。",
                en: "An earlier payment of \(one.id) has no result yet: take that batch's answer first.")
        }
        guard one.state == .approved else { return nil }
        return try Batches.waitingPayment(for: one, context, in: writer)
    }

    /// What was sent leaves every batch that the store still has open: one of the same id is void, others, built before the backup
    /// or after the restore, go on without it.
    private static func makeRoom(
        for sent: SentExport, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        if let open = try? Batches.load(sent.batch, in: writer), open.state != .void {
            guard open.state != .exported, open.state != .settled else { throw Batches.wrongState(open) }
            try Batches.void(sent.batch, reason: "恢复后补登", context, in: writer)
        }
        var leaving: [ID<PayBatch>: Set<ID<Payment>>] = [:]
        for identity in sent.lines.compactMap(\.identity) {
            let open = try Payments.rows(
                "WHERE entitlement = $1 AND state = 'batched'", [.id(identity.entitlement)], in: writer)
            for payment in open { if let batch = payment.batch { leaving[batch, default: []].insert(payment.id) } }
        }
        for (batch, payments) in leaving.sorted(by: { $0.key < $1.key }) {
            _ = try Batches.refresh(
                batch, dropping: payments, reason: "恢复后补登 \(sent.title)", comparesAccounts: false, context, in: writer)
        }
    }

    private static func hand(
        over payments: [(SentExport.Line, Payment)], of sent: SentExport, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let total = payments.reduce(Money.zero) { $0 + $1.1.amount }
        // A batch of that id may have been voided: its rows stay, and so do the numbers of its lines.
        let known = try writer.integer("SELECT 1 FROM pay_batch WHERE id = $1", [.id(sent.batch)]) == 1
        if known { try writer.execute("DELETE FROM pay_line WHERE batch = $1 AND state = 'void'", [.id(sent.batch)]) }
        var values: [SQLValue] = []
        for (line, payment) in payments {
            try Payments.move(payment, to: .batched, batch: sent.batch, in: writer)
            try Payments.move(try Payments.load(payment.id, in: writer), to: .exported, batch: sent.batch, in: writer)
            let one = try Entitlements.load(payment.entitlement, in: writer)
            try Entitlements.move(one, to: .batched, in: writer)
            try Entitlements.move(try Entitlements.load(one.id, in: writer), to: .exported, in: writer)
            values += [
                .id(sent.batch), .int(Int64(line.n)), .id(payment.id), .money(line.amount),
                .blob(PersonIdentifiers.mac(bankCard: line.account.number, context.crypto)),
                .blob(
                    try context.crypto.seal(
                        Array(line.account.number.utf8), purpose: .personal,
                        context: Batches.sealContext(sent.batch, line.n))), .text(line.account.holder),
                .optional(line.account.bank), .text(line.remark), .text("exported"),
            ]
        }
        try writer.insert(
            into: "pay_line",
            columns: [
                "batch", "n", "payment", "amount", "account_mac", "account_sealed", "account_name", "bank_name",
                "remark", "state",
            ], values: values)
        try enterBatch(sent, payments.count, total, isKnown: known, context, in: writer)
        let ones = try payments.map { try Entitlements.load($0.1.entitlement, in: writer) }
        if !ones.isEmpty {
            try Ledger.book(
                EntrySet(
                    .export, moving: Entitlements.byLine(ones), from: .held, to: .inTransit,
                    memo: "恢复后补登代发批次 \(sent.title)", about: sent.batch.text, effectiveOn: sent.exportedAt.date),
                details: Entitlements.summary(ones), context, in: writer)
        }
    }

    private static func enterBatch(
        _ sent: SentExport, _ count: Int, _ total: Money, isKnown: Bool, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let taken = try writer.integer(
            "SELECT 1 FROM pay_batch WHERE year = $1 AND number = $2 AND id <> $3",
            [.int(Int64(sent.year)), .int(sent.number), .id(sent.batch)])
        // Its number may have been given to another batch since the restore: then this one takes the next.
        let series = "batch/\(sent.year)"
        let number = taken == 1 ? try Numbering.next(series, in: writer) : sent.number
        try Numbering.raise(series, to: number, in: writer)
        if isKnown {
            try writer.execute(
                "UPDATE pay_batch SET state = 'exported', version = version + 1, line_count = $1, total = $2 WHERE id = $3",
                [.int(Int64(count)), .money(total), .id(sent.batch)])
        } else {
            try writer.execute(
                """
                INSERT INTO pay_batch (id, year, number, program, state, line_count, total, built_by, built_at)
                VALUES ($1, $2, $3, $4, 'exported', $5, $6, $7, $8)
                """,
                [
                    .id(sent.batch), .int(Int64(sent.year)), .int(number), .text(sent.program), .int(Int64(count)),
                    .money(total), .text(context.actor), .instant(context.now),
                ])
        }
        let digest = Batches.digest(try Batches.storedLines(of: sent.batch, in: writer), context.crypto)
        try writer.execute(
            // Who exported it isn't known any more; who enters it now may tell what the bank says.
            "UPDATE pay_batch SET exported_by = NULL, exported_at = $1, digest = $2 WHERE id = $3",
            [.instant(sent.exportedAt), .blob(digest), .id(sent.batch)])
        try append(
            sent.batch, digest: digest, count: count, total: total, at: sent.exportedAt, source: "entered", in: writer)
    }

    private static func remember(
        _ lines: [SentExport.Line], of sent: SentExport, _ crypto: any CryptoProvider, in writer: any StoreWriter
    ) throws {
        var values: [SQLValue] = []
        for line in lines {
            values += [
                .id(sent.batch), .int(Int64(line.n)), .int(sent.seq), .text(sent.program),
                .blob(PersonIdentifiers.mac(bankCard: line.account.number, crypto)), .money(line.amount),
                .id(line.identity?.entitlement),
            ]
        }
        try writer.insert(
            into: "sent_line", columns: ["batch", "n", "seq", "program", "account_mac", "amount", "entitlement"],
            values: values)
    }
}
