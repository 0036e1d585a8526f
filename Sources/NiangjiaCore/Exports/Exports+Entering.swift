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
    /// What tells of an export that the store doesn't know.
    public enum Source: Sendable, Hashable {
        /// The sealed ledger beside the store.
        case ledger
        /// The bank's answer, typed in by a person. `outside`: the last export that is known outside the store; nil where nobody can
        /// say, because the store is beside a folder that isn't its own.
        case answer(outside: Int64?)

        /// As `export_log` has it. What has no chain's head was entered into the ledger from a bank's answer.
        func name(of sent: SentExport) -> String { self == .ledger && !sent.head.isEmpty ? "entered" : "answer" }
    }

    /// Tells a restored store of an export that it doesn't know: what it has of it is in transit from now on, and what it doesn't
    /// have is remembered by entitlement, account and amount. Its money moves as at any export; nobody is asked twice to approve the
    /// past.
    ///
    /// Throws `conflict` for any but the next number, and where an earlier attempt of one of its payments has no result yet; for a
    /// bank's answer also from a store that knows all that has left, and `invalid` for a batch's number that can't be.
    public static func enter(
        _ sent: SentExport, from source: Source, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> EnteredExport {
        if case .answer(let outside) = source { try refuseAnswer(sent, outside: outside, in: writer) }
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
        try hand(over: payments, of: sent, source, context, in: writer)
        try remember(unmatched, of: sent, context.crypto, in: writer)
        if !unmatched.isEmpty { try makeRoom(forRemembered: sent, context, in: writer) }
        let body: Value = [
            "seq": .int(sent.seq), "title": .text(sent.title), "matched": .int(Int64(payments.count)),
            "unmatched": .int(Int64(unmatched.count)), "total": .int(sent.total.fen),
        ]
        try context.record("batch.entered", about: sent.batch.text, body: body, in: writer)
        return EnteredExport(
            seq: sent.seq, title: sent.title, matched: payments.count, unmatched: unmatched.count, total: sent.total)
    }

    /// How far beyond the last number that the store knows a batch may be that only the bank's answer tells of: a slip would use up
    /// the year's numbers.
    private static let largestGap: Int64 = 1_000

    /// A bank's answer is no proof that anything left: it counts only where the store is known to have forgotten something, asked in
    /// the transaction that enters it (decision 0072).
    private static func refuseAnswer(
        _ sent: SentExport, outside: Int64?, in reader: any StoreReader
    ) throws {
        guard try isRestored(in: reader) || outside.map({ try $0 > last(in: reader) }) ?? true else {
            throw NiangjiaError(
                .conflict, zh: "数据库没有缺少的导出,不能凭银行回单补登:登记回单:niangjia batch result。",
                en:
                    "The store misses no export: nothing is entered from a bank's answer. An answer is taken by batch result."
            )
        }
        let known = try reader.integer(
            "SELECT last FROM number_series WHERE name = $1", [.text("batch/\(sent.year)")])
        let day = sent.exportedAt.date.parts.year
        guard (day - 1...day).contains(sent.year), sent.number > 0, sent.number <= (known ?? 0) + largestGap else {
            throw NiangjiaError(
                .invalid, zh: "批次 \(sent.title) 不对:\(sent.year) 年已知到第 \(known ?? 0) 号,请照交接单核对批次和导出日期。",
                en:
                    "\(sent.title) can't be: \(sent.year) is known up to \(known ?? 0). Compare batch and day with the sheet.",
                place: "/batch")
        }
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
            _ = try Batches.reissue(last.id, reason: "恢复后补登", knowsDeath: true, context, in: writer)
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
        // What a kill had cut off ends first where it has something of this; others don't matter here, nor whether they can.
        let cutOff = Set(try Batches.underWay(in: writer))
        if !cutOff.isEmpty {
            let touched = Set(try holders(of: sent, in: writer).map { $0.batch } + [sent.batch])
            for batch in cutOff.intersection(touched).sorted() {
                _ = try Batches.follow(batch, lines: .max, context, in: writer)
            }
        }
        if let open = try? Batches.load(sent.batch, in: writer), open.state != .void {
            guard open.state != .exported, open.state != .settled else { throw Batches.wrongState(open) }
            try Batches.void(sent.batch, reason: "恢复后补登", context, in: writer)
        }
        var leaving: [ID<PayBatch>: Set<ID<Payment>>] = [:]
        for (batch, payment) in try holders(of: sent, in: writer) { leaving[batch, default: []].insert(payment) }
        try take(leaving, outFor: sent, context, in: writer)
    }

    /// The batches that have what was sent, and its payments in them.
    private static func holders(
        of sent: SentExport, in reader: any StoreReader
    ) throws -> [(batch: ID<PayBatch>, payment: ID<Payment>)] {
        try sent.lines.compactMap(\.identity).flatMap { identity in
            try Payments.rows(
                "WHERE entitlement = $1 AND state = 'batched'", [.id(identity.entitlement)], in: reader
            ).compactMap { payment in payment.batch.map { (batch: $0, payment: payment.id) } }
        }
    }

    /// What is remembered as sent leaves the batches that the store still has open, like what was found: it is in none until a
    /// person has said what it was.
    private static func makeRoom(
        forRemembered sent: SentExport, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let open = try writer.all(
            """
            SELECT l.batch, l.payment, l.account_mac, l.amount, p.entitlement FROM pay_batch b
            JOIN pay_line l ON l.batch = b.id JOIN payment p ON p.id = l.payment
            WHERE b.program = $1 AND b.state IN ('building', 'built', 'checked', 'approved') AND l.state = 'batched' ORDER BY l.batch
            """, [.text(sent.program)]
        ) {
            (
                batch: $0.id(0, PayBatch.self), payment: $0.id(1, Payment.self), mac: $0.blob(2), amount: $0.money(3),
                entitlement: $0.id(4, Entitlement.self)
            )
        }
        var leaving: [ID<PayBatch>: Set<ID<Payment>>] = [:]
        for line in open {
            guard
                try isSent(
                    line.entitlement, program: sent.program, mac: line.mac, amount: line.amount, in: writer)
            else { continue }
            leaving[line.batch, default: []].insert(line.payment)
        }
        try take(leaving, outFor: sent, context, in: writer)
    }

    private static func take(
        _ leaving: [ID<PayBatch>: Set<ID<Payment>>], outFor sent: SentExport, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        for (batch, payments) in leaving.sorted(by: { $0.key < $1.key }) {
            _ = try Batches.refresh(
                batch, dropping: payments, reason: "恢复后补登 \(sent.title)", comparesAccounts: false, context, in: writer)
        }
    }

    private static func hand(
        over payments: [(SentExport.Line, Payment)], of sent: SentExport, _ source: Source, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let total = payments.reduce(Money.zero) { $0 + $1.1.amount }
        // A batch of that id may have been voided: its rows stay, and so do the numbers of its lines.
        let known = try writer.integer("SELECT 1 FROM pay_batch WHERE id = $1", [.id(sent.batch)]) == 1
        if known { try writer.execute("DELETE FROM pay_line WHERE batch = $1 AND state = 'void'", [.id(sent.batch)]) }
        var values: [SQLValue] = []
        for (line, payment) in payments {
            let one = try Entitlements.load(payment.entitlement, in: writer)
            try Payments.move(payment, of: one, by: .entered(in: sent.batch), context, in: writer)
            let mac = PersonIdentifiers.mac(bankCard: line.account.number, context.crypto)
            values += try Batches.newLine(
                line.n, of: sent.batch, payment, line.account, mac, line.remark, .exported, context)
        }
        try writer.insert(into: "pay_line", columns: Batches.lineColumns, values: values)
        try enterBatch(sent, source, payments.count, total, isKnown: known, context, in: writer)
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
        _ sent: SentExport, _ source: Source, _ count: Int, _ total: Money, isKnown: Bool, _ context: ChangeContext,
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
            // Who exported it isn't known any more. Who enters it from the sealed ledger may tell what the bank says; who enters it from
            // the bank's answer counts as who exported it (``Batches/refuseExporter(of:_:in:)``).
            "UPDATE pay_batch SET exported_by = NULL, exported_at = $1, digest = $2 WHERE id = $3",
            [.instant(sent.exportedAt), .blob(digest), .id(sent.batch)])
        try append(
            sent.batch, digest: digest, count: count, total: total, at: sent.exportedAt, source: source.name(of: sent),
            in: writer
        )
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
