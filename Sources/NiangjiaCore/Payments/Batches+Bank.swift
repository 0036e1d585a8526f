/// What the bank says of a batch: results, and what is paid again.
extension Batches {
    /// Takes the bank's answer, or the next piece of one (``news(_:of:_:in:)``). Every line must name a line of the batch with its
    /// amount and account, once, and not contradict an earlier answer; otherwise all of it is refused (`invalid`, naming the first such
    /// lines). Lines that the answer leaves out or calls unknown stay with the bank; of what came back since, or was paid late, either
    /// end may be told. The same answer twice changes nothing. Throws `forbidden` for who exported the batch.
    ///
    /// - Parameter isLast: whether nothing of the answer follows: the batch may be settled by it.
    /// - Returns: how the batch stands; nil before the last piece.
    static func result(
        _ id: ID<PayBatch>, _ results: [BankResult], isLast: Bool, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> BatchOutcome? {
        let batch = try load(id, in: writer)
        let matched = try answered(batch, results, context, in: writer)
        var moved: [Bool: [Entitlement]] = [true: [], false: []]
        for (line, isPaid, message) in matched.compactMap(fresh) {
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            try Payments.move(
                line.payment, of: one, line, by: isPaid ? .paid : .failed, message: message, context, in: writer)
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
        guard isLast else { return nil }
        return try settle(batch, changed: moved.values.contains { !$0.isEmpty }, context, in: writer)
    }

    /// The whole of an answer in one transaction.
    public static func result(
        _ id: ID<PayBatch>, _ results: [BankResult], _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchOutcome {
        guard let outcome = try result(id, results, isLast: true, context, in: writer) else {
            throw try wrongState(load(id, in: writer))
        }
        return outcome
    }

    /// The same with other people's writes between its pieces: the whole answer is compared with the batch first, then what is new in it
    /// is taken in blocks, each of them true by itself like an answer that tells no more. Cut off, the same answer goes on.
    ///
    /// - Parameters:
    ///   - file: the SM3 of the file that it stands in, and whether another batch was answered in the same bytes (``BankAnswers``).
    ///   - lines: how many one transaction takes.
    public static func result(
        _ id: ID<PayBatch>, _ results: [BankResult], from file: (digest: [UInt8], isAlike: Bool)? = nil,
        lines: Int = block, _ context: ChangeContext, in store: any Store
    ) async throws -> BatchOutcome {
        try await follow(id, lines: lines, context, in: store)
        let found = try await store.read { try news(results, of: id, context, in: $0) }
        if let file {
            try await store.write(.batch) { writer in
                try BankAnswers.keep(file.digest, of: id, isAlike: file.isAlike, context, in: writer)
            }
        }
        for start in stride(from: 0, to: found.count, by: lines) {
            let piece = Array(found[start..<min(start + lines, found.count)])
            let isLast = start + lines >= found.count
            let outcome = try await store.write(.batch) { try result(id, piece, isLast: isLast, context, in: $0) }
            if let outcome { return outcome }
            try Task.checkCancellation()
        }
        return try await store.read { try outcome(of: id, in: $0) }
    }

    /// What is new in an answer, in the order of the lines; refuses the whole of one that doesn't match.
    static func news(
        _ results: [BankResult], of id: ID<PayBatch>, _ context: ChangeContext, in reader: any StoreReader
    ) throws -> [BankResult] {
        try answered(load(id, in: reader), results, context, in: reader).filter { fresh($0) != nil }.map(\.1)
            .sorted { $0.n < $1.n }
    }

    /// The lines of which an answer tells.
    private static func answered(
        _ batch: PayBatch, _ results: [BankResult], _ context: ChangeContext, in reader: any StoreReader
    ) throws -> [(StoredLine, BankResult)] {
        guard batch.state == .exported || batch.state == .settled, !batch.isUnderWay else { throw wrongState(batch) }
        try refuseExporter(of: batch.id, context, in: reader)
        guard let first = results.map(\.n).min(), let last = results.map(\.n).max() else { return [] }
        let stored = try storedLines(of: batch.id, first...last, in: reader)
        let known = try Exports.answerable(results, about: batch.id, stored, context.crypto, in: reader)
        return try match(known, with: stored, of: batch, context.crypto)
    }

    /// What an answer tells of a line that is still with the bank; nil: nothing new.
    private static func fresh(
        _ answered: (line: StoredLine, result: BankResult)
    ) -> (line: StoredLine, isPaid: Bool, message: String)? {
        guard answered.line.state == .exported, let isPaid = answered.result.isPaid else { return nil }
        return (answered.line, isPaid, answered.result.message)
    }

    private static func outcome(of id: ID<PayBatch>, in reader: any StoreReader) throws -> BatchOutcome {
        var counts: [String: Int] = [:]
        try reader.forEach("SELECT state, count(*) FROM pay_line WHERE batch = $1 GROUP BY state", [.id(id)]) {
            counts[$0.text(0)] = Int($0.int(1))
            return true
        }
        return BatchOutcome(
            paid: counts["paid"] ?? 0, failed: (counts["failed"] ?? 0) + (counts["returned"] ?? 0),
            unknown: counts["exported"] ?? 0)
    }

    private static func settle(
        _ batch: PayBatch, changed: Bool, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchOutcome {
        let outcome = try outcome(of: batch.id, in: writer)
        // Where two enter the same answer, the last piece of one may find all of it done by the other.
        let settles = outcome.isSettled && batch.state == .exported && outcome.paid + outcome.failed > 0
        guard changed || settles else { return outcome }
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
