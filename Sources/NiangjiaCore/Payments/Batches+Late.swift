/// Payments that the bank had called failed, and that arrived after all.
extension Batches {
    /// What a late success came to.
    public enum LateSuccess: Hashable, Sendable {
        /// It fulfils the entitlement; an attempt that had not gone out yet is dropped, with the batch that lost a line to it.
        case paid(dropped: ID<PayBatch>?)
        /// The same of an amount that was corrected since: what was paid too much (positive) is claimed back, what was paid too little
        /// (negative) waits for the next batch.
        case corrected(by: Money, dropped: ID<PayBatch>?)
        /// Another attempt went out as well, or nothing was owed any more: what was paid besides is claimed back.
        case twice(claim: ID<Entitlement>, amount: Money)
    }

    /// The bank reported a payment as failed and has paid it after all.
    ///
    /// Before another attempt goes out it counts as the payment, and the other attempt never goes. Where one has, or the entitlement
    /// was released meanwhile, the line has advanced what was paid besides, and the payee owes it (`fund claims`). Where the amount was
    /// corrected meanwhile, the difference is claimed back or paid with the next batch. Throws `conflict` for a payment that isn't
    /// failed; `forbidden` for who exported its batch.
    public static func paidAfterAll(
        _ id: ID<Payment>, message: String, on date: CivilDate, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> LateSuccess {
        let payment = try Payments.load(id, in: writer)
        guard payment.state == .failed, let batch = payment.batch else { throw Payments.wrongState(payment) }
        try refuseExporter(of: batch, context, in: writer)
        let one = try Entitlements.load(payment.entitlement, in: writer)
        let others = try Payments.of(one.id, in: writer).filter { $0.id != id }
        // What has gone out, whether or not the bank has told its end, can't be called back.
        let isOut = others.contains { $0.state == .exported || $0.state == .paid }
        guard !isOut, [.failed, .approved, .batched].contains(one.state) else {
            return try besides(payment, one, message, on: date, context, in: writer)
        }
        guard one.revision == payment.revision, one.amount == payment.amount else {
            return try paidBeforeCorrection(payment, one, others, message, on: date, context, in: writer)
                ?? besides(payment, one, message, on: date, context, in: writer)
        }
        let dropped = try dropAttempts(others, of: one, message, context, in: writer)
        _ = try bookAsPaid(payment, message, on: date, context, in: writer)
        return .paid(dropped: dropped)
    }

    /// An attempt that waits is void; one in a batch is taken out of it first, and the batch is approved anew.
    static func dropAttempts(
        _ others: [Payment], of one: Entitlement, _ message: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> ID<PayBatch>? {
        var dropped: ID<PayBatch>?
        for other in others where other.state == .batched {
            guard let batch = other.batch else { continue }
            _ = try refresh(
                batch, dropping: [other.id], reason: "银行更正:原付款已支付(\(message))", comparesAccounts: false, context,
                in: writer)
            dropped = batch
        }
        try Entitlements.voidWaitingPayments(of: one.id, context, in: writer)
        return dropped
    }

    /// What was paid beside another payment, or for nothing: a claim of its own on the payee.
    private static func besides(
        _ payment: Payment, _ one: Entitlement, _ message: String, on date: CivilDate, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> LateSuccess {
        try Payments.move(payment, of: one, by: .twice, message: message, context, in: writer)
        // The lines that gave it, each its part; a corrected entitlement's first line gives what is missing.
        var shares = Entitlements.cut(one, to: min(one.amount, payment.amount)).shares.filter { $0.amount > .zero }
        shares[0].amount += payment.amount - shares.reduce(.zero) { $0 + $1.amount }
        let new = NewEntitlement(
            decision: one.decision, caseID: one.caseID, caseLine: one.caseLine,
            part: "\(Entitlement.paidTwice)\(payment.id.rawValue)", kind: .money, payee: one.payee,
            shares: shares.map { Outcome.Split(line: $0.line, amount: $0.amount) }, program: one.program,
            series: one.series, on: date)
        let claim = context.ids.next(Entitlement.self)
        try Entitlements.insert([new], [claim], in: writer)
        var claimed = try Entitlements.load(claim, in: writer)
        let held = claimed
        (claimed.state, claimed.claimed) = (.clawedBack, claimed.amount)
        for n in claimed.shares.indices { claimed.shares[n].claimed = claimed.shares[n].amount }
        try Entitlements.store(claimed, was: held, in: writer)
        try Ledger.book(
            EntrySet(
                .claim, moving: Entitlements.byLine([claimed]), from: .advanced, to: .claim,
                memo: "疑似重复支付 \(payment.id)", about: payment.id.text, effectiveOn: date),
            details: Entitlements.summary([claimed], ["message": .text(message), "of": .text(one.id.text)]), context,
            in: writer)
        return .twice(claim: claim, amount: payment.amount)
    }

    /// The other attempt came to nothing: what was paid besides is the payment, and nothing is owed.
    ///
    /// Called when a payment fails or comes back whose entitlement another attempt has paid as well. Where some of the claim has come
    /// in already, the entitlement stays open for a reissue instead.
    static func takeBesides(
        for one: Entitlement, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let twice = try Payments.of(one.id, in: writer).last(where: { $0.state == .twice }),
            twice.revision == one.revision, twice.amount == one.amount
        else { return }
        let part = "\(Entitlement.paidTwice)\(twice.id.rawValue)"
        guard
            let claim = try Entitlements.rows(
                "WHERE decision = $1 AND case_line = $2 AND part = $3 AND state = 'clawed_back' AND recovered = 0",
                [.id(one.decision), .int(Int64(one.caseLine)), .text(part)], in: writer
            ).first
        else { return }
        var forgiven = claim
        (forgiven.state, forgiven.claimed) = (.released, .zero)
        for n in forgiven.shares.indices { forgiven.shares[n].claimed = .zero }
        try Entitlements.store(forgiven, was: claim, in: writer)
        try Payments.move(
            twice, of: Entitlements.load(one.id, in: writer), by: .countsAfterAll, message: twice.message, context,
            in: writer)
        let claims = Entitlements.byLine([claim])
        try Ledger.book(
            EntrySet(
                .claimReduced, moving: claims, from: .claim, to: .advanced, memo: "另一笔未成功,不再追回 \(twice.id)",
                about: twice.id.text), details: Entitlements.summary([claim]), context, in: writer)
        try Ledger.book(
            EntrySet(
                .paid, moving: Entitlements.byLine([one]), from: .held, to: .paid, memo: "银行更正:已支付 \(twice.id)",
                about: twice.id.text), details: Entitlements.summary([one]), context, in: writer)
    }

    /// Who exported a batch, had its file written again, or said by a bank's answer that it was sent, doesn't tell what became of it
    /// (不相容岗位).
    static func refuseExporter(
        of batch: ID<PayBatch>, _ context: ChangeContext, in reader: any StoreReader
    ) throws {
        var holders = Set(
            try reader.all(
                "SELECT actor FROM chain_event WHERE about = $1 AND kind = 'batch.file_again'", [.text(batch.text)]
            ) { $0.text(0) })
        let found = try load(batch, in: reader)
        if let exporter = found.exportedBy { holders.insert(exporter) }
        if try Exports.isFromAnswer(batch, in: reader) { holders.insert(found.builtBy) }
        guard try !AccountPersons.expand(holders, in: reader).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "导出批次的人不能登记它的银行结果:请由另一人(财务,或另一位出纳)登录办理。",
                en:
                    "Who exported a batch can't enter what the bank says of it: another person signs in, a treasurer or another payer."
            )
        }
    }
}
