/// Late successes of amounts that were corrected after the bank had called them failed (decision 0059).
extension Batches {
    /// The payment is booked as what it was, and what the correction made of it follows from there, as if the bank had told the truth
    /// at once: what was paid too much is claimed back, what is missing waits for the next batch. Nil where the line hasn't got back
    /// what was paid too much, and of dues, whose claims their next return settles: then the line has to advance it.
    static func paidBeforeCorrection(
        _ payment: Payment, _ one: Entitlement, _ others: [Payment], _ message: String, on date: CivilDate,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> LateSuccess? {
        let more = payment.amount - one.amount
        guard let last = one.shares.last?.line, more == .zero || one.program != Dues.program,
            try more <= .zero || has(last, more, in: writer)
        else { return nil }
        let dropped = try dropAttempts(others, of: one, message, context, in: writer)
        let current = try Entitlements.load(one.id, in: writer)
        var freed = try restore(current, to: payment, context, in: writer)
        let paid = try bookAsPaid(payment, message, on: date, context, in: writer)
        guard more != .zero else { return .paid(dropped: dropped) }
        if more < .zero { freed[last] = max(.zero, (freed[last] ?? .zero) + more) }
        let chains = try Entitlements.chains(of: paid.decision, in: writer)
        guard let chain = chains.first(where: { $0.rows.contains { $0.id == paid.id } }) else {
            throw Entitlements.wrongState(paid)
        }
        let step = CorrectionStep(
            kind: more > .zero ? .claim : .supplement, entitlement: paid.id, amount: more > .zero ? more : -more)
        var revisions = EntitlementRevisions(
            about: payment.id.text, memo: "失败后已更正,差额 \(payment.id)", context,
            fund: { [Outcome.Split(line: last, amount: $0)] })
        try revisions.apply([step], to: chain, in: writer)
        try revisions.book(in: writer)
        try Freed.settle(freed, about: payment.id.text, context, in: writer)
        return .corrected(by: more, dropped: dropped)
    }

    private static func has(_ line: String, _ amount: Money, in reader: any StoreReader) throws -> Bool {
        try Ledger.balance(of: .line(line, .available), in: reader)
            + Ledger.balance(of: .line(line, .backstop), in: reader)
            >= amount
    }

    /// The row as it was when its payment was exported, and as much held for it. Returns what came free of each line: what is
    /// missing is paid from it first.
    private static func restore(
        _ one: Entitlement, to payment: Payment, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [String: Money] {
        let more = payment.amount - one.amount
        var changed = more < .zero ? Entitlements.cut(one, to: payment.amount) : one
        changed.amount = payment.amount
        // A correction takes from the line that was asked last.
        if more > .zero { changed.shares[changed.shares.count - 1].amount += more }
        changed.revision = payment.revision
        try Entitlements.store(changed, was: one, in: writer)
        let moved = Entitlements.byLine([changed]).merging(Entitlements.byLine([one]), uniquingKeysWith: -)
            .mapValues { more < .zero ? -$0 : $0 }.filter { $0.value != .zero }
        guard !moved.isEmpty else { return [:] }
        if more > .zero {
            for (line, need) in moved.sorted(by: { $0.key < $1.key }) {
                try Backstop.cover(line, need: need, about: payment.id.text, context, in: writer)
            }
        }
        try Ledger.book(
            EntrySet(
                more > .zero ? .hold : .release, moving: moved, from: more > .zero ? .available : .held,
                to: more > .zero ? .held : .available, memo: "银行更正:恢复为已付的金额 \(payment.id)",
                about: payment.id.text), details: Entitlements.summary([changed]), follows: false, context, in: writer)
        return more < .zero ? moved : [:]
    }

    /// The payment counts, from what is held for it.
    static func bookAsPaid(
        _ payment: Payment, _ message: String, on date: CivilDate, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Entitlement {
        let one = try Entitlements.load(payment.entitlement, in: writer)
        try Payments.move(
            payment, to: .paid, batch: payment.batch, message: message, resolvedAt: context.now, in: writer)
        try Entitlements.move(one, to: .paid, in: writer)
        try MemberMessage.tell(payment, of: one, isPaid: true, context, in: writer)
        try Ledger.book(
            EntrySet(
                .paid, moving: Entitlements.byLine([one]), from: .held, to: .paid, memo: "银行更正:已支付 \(payment.id)",
                about: payment.id.text, effectiveOn: date),
            details: Entitlements.summary([one], ["message": .text(message)]), context, in: writer)
        return try Entitlements.load(one.id, in: writer)
    }
}

extension Batches.LateSuccess {
    /// The batch that lost a line to it.
    public var dropped: ID<PayBatch>? {
        switch self {
        case .paid(let dropped), .corrected(_, let dropped): dropped
        case .twice: nil
        }
    }
}
