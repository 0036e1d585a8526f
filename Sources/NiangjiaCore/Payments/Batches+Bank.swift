/// Batches at the bank: export once, results, reissue, returns.
extension Batches {
    /// Hands the batch over to the bank, once: from now on its money is in transit, whatever becomes of the file.
    ///
    /// The file is lost? ``lines(of:in:_:)`` writes the same again. Throws `conflict` when it is not approved or was exported
    /// before, or where a payee has another account now than was approved, or has died since; `forbidden` for whoever has had to do with
    /// what it pays.
    ///
    /// - Parameters:
    ///   - accountOf: where accounts are looked up once more; nil: they are not.
    ///   - knowsDeaths: whether the accounts of payees who have died since the approval were looked into.
    public static func export(
        _ id: ID<PayBatch>, accountOf: AccountOf? = nil, knowsDeaths: Bool = false, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> BatchExport {
        let batch = try load(id, in: writer)
        guard batch.state == .approved else {
            guard batch.state != .exported, batch.state != .settled else { throw alreadyExported(batch) }
            throw wrongState(batch)
        }
        guard try !Exports.isRestored(in: writer) else { throw Exports.restored }
        guard try !AccountPersons.expand(handlers(of: id, in: writer), in: writer).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "经办过这些申请、确认过其中账号或由此收款的人不能导出批次。",
                en: "Who handled the cases, confirmed an account of the batch or is paid by it can't export it.")
        }
        let stored = try storedLines(of: id, in: writer)
        if let accountOf {
            let changed = try changedLines(stored, accountOf, context.crypto, in: writer)
            guard changed.isEmpty else {
                let unread = try PayeeAccounts.unreadable(in: changed, of: id, in: writer, context.crypto)
                throw unread.isEmpty ? changedAccounts(batch, changed) : unreadableAccounts(batch, unread)
            }
        }
        if !knowsDeaths {
            let died = try deceased(sinceApprovalOf: id, in: writer)
            guard died.isEmpty else { throw refusesDeceased(died) }
        }
        var entitlements: [Entitlement] = []
        for line in stored {
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            guard one.amount == line.amount, one.revision == line.payment.revision else {
                throw Entitlements.wrongState(one)
            }
            try Payments.move(line.payment, of: one, line, by: .exported, context, in: writer)
            entitlements.append(one)
        }
        let export = try export(of: batch, stored, context.crypto)
        guard export.count == batch.count, export.total == batch.total else { throw wrongState(batch) }
        try move(
            batch, to: .exported,
            setting: [
                ("exported_by", .text(context.actor)), ("exported_at", .instant(context.now)),
                ("digest", .blob(export.digest)),
            ], in: writer)
        try Exports.append(
            id, digest: export.digest, count: export.count, total: export.total, at: context.now, source: "host",
            in: writer)
        try Ledger.book(
            EntrySet(
                .export, moving: Entitlements.byLine(entitlements), from: .held, to: .inTransit,
                memo: "代发批次 \(batch.title)", about: id.text),
            details: [
                "title": .text(batch.title), "count": .int(Int64(export.count)), "total": .int(export.total.fen),
                "digest": .text(Hex.text(export.digest)),
            ], context, in: writer)
        return export
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

    /// Takes the bank's answer. Every line must name a line of the batch with its amount and account, once, and not contradict
    /// an earlier answer; otherwise the whole file is refused (`invalid`, naming the first such lines). Lines that the answer
    /// leaves out or calls unknown stay with the bank; of what came back since, or was paid late, either end may be told. The same answer twice changes nothing. Throws `forbidden` for who exported
    /// the batch.
    public static func result(
        _ id: ID<PayBatch>, _ results: [BankResult], _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchOutcome {
        let batch = try load(id, in: writer)
        guard batch.state == .exported || batch.state == .settled else { throw wrongState(batch) }
        try refuseExporter(of: id, context, in: writer)
        let stored = try storedLines(of: id, in: writer)
        let known = try Exports.answerable(results, about: id, stored, context.crypto, in: writer)
        let matched = try match(known, with: stored, of: batch, context.crypto)
        var moved: [Bool: [Entitlement]] = [true: [], false: []]
        for (line, result) in matched {
            guard line.state == .exported, let isPaid = result.isPaid else { continue }
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            try Payments.move(
                line.payment, of: one, line, by: isPaid ? .paid : .failed, message: result.message, context, in: writer)
            try MemberMessage.tell(line.payment, of: one, isPaid: isPaid, context, in: writer)
            moved[isPaid]?.append(one)
        }
        for (isPaid, ones) in moved.sorted(by: { $0.key && !$1.key }) where !ones.isEmpty {
            try Ledger.book(
                EntrySet(
                    isPaid ? .paid : .failed, moving: Entitlements.byLine(ones), from: .inTransit,
                    to: isPaid ? .paid : .held, memo: "批次 \(batch.title) \(isPaid ? "支付成功" : "支付失败") \(ones.count) 笔",
                    about: id.text), details: Entitlements.summary(ones), context, in: writer)
        }
        for one in moved[false] ?? [] { try takeBesides(for: one, context, in: writer) }
        return try settle(batch, changed: moved.values.contains { !$0.isEmpty }, context, in: writer)
    }

    private static func settle(
        _ batch: PayBatch, changed: Bool, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchOutcome {
        var counts: [String: Int] = [:]
        try writer.forEach("SELECT state, count(*) FROM pay_line WHERE batch = $1 GROUP BY state", [.id(batch.id)]) {
            counts[$0.text(0)] = Int($0.int(1))
            return true
        }
        let outcome = BatchOutcome(
            paid: counts["paid"] ?? 0, failed: (counts["failed"] ?? 0) + (counts["returned"] ?? 0),
            unknown: counts["exported"] ?? 0)
        guard changed else { return outcome }
        if outcome.isSettled {
            try move(batch, to: .settled, setting: [("settled_at", .instant(context.now))], in: writer)
        }
        let body: Value = [
            "paid": .int(Int64(outcome.paid)), "failed": .int(Int64(outcome.failed)),
            "unknown": .int(Int64(outcome.unknown)),
        ]
        try context.record("batch.result", about: batch.id.text, body: body, in: writer)
        return outcome
    }

    /// What the bank has said of a line so far; nil where any answer is as good. Banks answer cumulatively: of what they returned
    /// since, or paid after they had called it failed, an answer may tell either end, and neither is news.
    private static func earlierResult(of line: StoredLine) -> Bool? {
        switch line.state {
        case .paid where !line.isLate: true
        case .failed: false
        default: nil
        }
    }

    private static func match(
        _ results: [BankResult], with stored: [StoredLine], of batch: PayBatch, _ crypto: any CryptoProvider
    ) throws -> [(StoredLine, BankResult)] {
        let byNumber = Dictionary(stored.map { ($0.n, $0) }, uniquingKeysWith: { first, _ in first })
        var seen: Set<Int> = []
        var faults: [(n: Int, text: LocalText)] = []
        var matched: [(StoredLine, BankResult)] = []
        for result in results {
            func fault(_ zh: String, _ en: String) { faults.append((result.n, LocalText(zh: zh, en: en))) }
            guard let line = byNumber[result.n] else {
                fault("批次里没有这一笔", "not in the batch")
                continue
            }
            let earlier = earlierResult(of: line)
            if !seen.insert(result.n).inserted {
                fault("出现两次", "stands there twice")
            } else if line.amount != result.amount {
                fault(
                    "金额应为 \(line.amount) 元,文件里是 \(result.amount) 元",
                    "\(line.amount) yuan were sent, not \(result.amount)")
            } else if PersonIdentifiers.mac(bankCard: result.account, crypto) != line.accountMAC {
                fault("账号不符", "the account is another")
            } else if let earlier, let isPaid = result.isPaid, earlier != isPaid {
                fault(
                    earlier
                        ? "与先前的结果矛盾(先成功后失败):退汇请用 niangjia batch returned \(line.payment.id)"
                        : "与先前的结果矛盾(先失败后成功):请用 niangjia batch late \(line.payment.id)",
                    earlier
                        ? "contradicts an earlier result (paid, then failed): enter a return, niangjia batch returned \(line.payment.id)"
                        : "contradicts an earlier result (failed, then paid): enter a late success, niangjia batch late \(line.payment.id)"
                )
            } else {
                matched.append((line, result))
            }
        }
        guard faults.isEmpty else {
            let some = faults.prefix(10)
            throw NiangjiaError(
                .invalid,
                zh: "结果文件与批次 \(batch.title) 不符(\(faults.count) 笔),整份未采用:"
                    + some.map { "第 \($0.n) 笔\($0.text.zh)" }.joined(separator: ";"),
                en: "The result file doesn't match batch \(batch.title) (\(faults.count) lines); nothing was taken: "
                    + some.map { "line \($0.n) \($0.text.en)" }.joined(separator: "; "))
        }
        return matched
    }

    /// Makes the next attempt after the bank confirmed a failure, or returned the money: it waits for a new batch.
    ///
    /// Throws `conflict` for a payment whose outcome is unknown, that was paid, or that has been reissued.
    public static func reissue(
        _ id: ID<Payment>, reason: String, knowsDeath: Bool = false, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> ID<Payment> {
        let payment = try Payments.load(id, in: writer)
        // Paid besides, what is still promised has no other payment to be paid by (decision 0059).
        guard [.failed, .returned, .twice].contains(payment.state) else { throw Payments.wrongState(payment) }
        let one = try Entitlements.load(payment.entitlement, in: writer)
        guard one.state == .failed, one.revision >= payment.revision else { throw Entitlements.wrongState(one) }
        guard try knowsDeath || !isDeceased(one.payee, in: writer) else { throw refusesDeceased() }
        // The next free number, whatever became of the others; the first of the new amount, where it was corrected since.
        let last = try Payments.of(one.id, in: writer).filter {
            $0.ordinal == payment.ordinal && $0.revision == one.revision
        }.map(\.attempt).max()
        let next = Payment(
            id: context.ids.next(), entitlement: one.id, ordinal: payment.ordinal, revision: one.revision,
            attempt: (last ?? 0) + 1, amount: one.amount, batch: nil, state: .waiting, version: 1,
            message: nil)
        try Payments.enter(next, context, in: writer)
        try Entitlements.move(one, to: .approved, in: writer)
        let body: Value = [
            "attempt": .int(Int64(next.attempt)), "payment": .text(next.id.text), "reason": .text(reason),
        ]
        try context.record("payment.reissued", about: id.text, body: body, in: writer)
        return next.id
    }
}
