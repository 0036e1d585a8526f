/// Payments that come back after they had counted as paid (退汇).
extension Batches {
    /// The bank sent a payment back: the money is held again, in the books of today, and the case is open again. What was claimed
    /// back of it meanwhile is claimed no more, for it never reached anybody, and is free again. What the payee had paid in for the
    /// claim came twice then: it is the payee's, and is held for paying it back.
    ///
    /// Throws `conflict` for a payment that isn't paid; `forbidden` for who exported its batch. Returns the entitlement as it stands now: `failed` may be reissued, `released` has nothing left to pay,
    /// `paid` was paid by another attempt as well.
    @discardableResult
    public static func returned(
        _ id: ID<Payment>, message: String, on date: CivilDate, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Entitlement {
        let payment = try Payments.load(id, in: writer)
        guard payment.state == .paid, let batch = payment.batch else { throw Payments.wrongState(payment) }
        try refuseExporter(of: batch, context, in: writer)
        let one = try Entitlements.load(payment.entitlement, in: writer)
        guard one.state == .paid || one.state == .clawedBack else { throw Entitlements.wrongState(one) }
        let event: PaymentEvent = one.state == .paid ? .returned : .returnedOfClaimed
        try Payments.move(payment, of: one, by: event, message: message, context, in: writer)
        let entries = try one.state == .paid ? back(one) : backOfClaimed(one, in: writer)
        try MemberMessage.tell(payment, of: one, isPaid: false, context, in: writer)
        try Ledger.book(
            EntrySet(.returned, entries, memo: "退汇 \(id)", about: id.text, effectiveOn: date),
            details: Entitlements.summary([one], ["message": .text(message)]), context, in: writer)
        if one.state == .paid { try takeBesides(for: one, context, in: writer) }
        let now = try Entitlements.load(one.id, in: writer)
        if let caseID = one.caseID, now.state == .failed { try open(caseID, context, in: writer) }
        return now
    }

    private static func back(_ one: Entitlement) -> [EntrySet.Entry] {
        one.shares.flatMap { share in
            [.init(.line(share.line, .paid), -share.amount), .init(.line(share.line, .held), share.amount)]
        }
    }

    private static func backOfClaimed(_ one: Entitlement, in writer: any StoreWriter) throws -> [EntrySet.Entry] {
        var changed = one
        (changed.claimed, changed.recovered) = (.zero, .zero)
        changed.amount = one.amount - one.claimed + one.recovered
        for n in changed.shares.indices {
            let was = one.shares[n]
            changed.shares[n].amount = was.amount - was.claimed + was.recovered
            (changed.shares[n].claimed, changed.shares[n].recovered) = (.zero, .zero)
        }
        let rest = changed
        if changed.amount == .zero {
            // Nothing is left to pay: the row keeps what it was for.
            (changed.amount, changed.state) = (one.amount, .released)
            for n in changed.shares.indices { changed.shares[n].amount = one.shares[n].amount }
        } else {
            changed.state = .failed
            changed.revision += 1
        }
        try Entitlements.store(changed, was: one, in: writer)
        return try zip(one.shares, rest.shares).flatMap { was, left in
            let (kept, open) = (was.amount - was.claimed, was.claimed - was.recovered)
            var entries: [EntrySet.Entry] = [
                .init(.line(was.line, .paid), -kept), .init(.line(was.line, .held), left.amount),
                .init(.line(was.line, .claim), -open), .init(.line(was.line, one.recoveryStage), open),
            ]
            if was.recovered > .zero {
                // The line has had this from the payee already: what the bank sends for it comes in besides, from the line's source.
                guard let source = try Ledger.line(was.line, in: writer)?.source else { throw Ledger.noLine(was.line) }
                entries.append(.init(.source(source), -was.recovered))
            }
            return entries
        }
    }

    /// A case that was done waits for a corrected account again.
    private static func open(_ id: ID<CaseFile>, _ context: ChangeContext, in writer: any StoreWriter) throws {
        guard let record = try? Cases.load(id, in: writer), record.state == .done else { return }
        try Cases.move(record, to: .approved, action: "bank_return", by: .host, change: context, in: writer)
    }
}
