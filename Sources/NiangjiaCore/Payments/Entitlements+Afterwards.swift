/// Delivery of goods, and what happens after payment: claims and what comes in of them.
extension Entitlements {
    /// Goods were handed over: what was delivered is captured, the rest released. A supplier's goods are now owed to it,
    /// goods from stock count as paid. `amount` nil: everything.
    public static func deliver(
        _ deliveries: [(id: ID<Entitlement>, amount: Money?)], about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let found = try load(deliveries.map(\.id), in: [.approved], writer)
        var owed: [String: Money] = [:]
        var used: [String: Money] = [:]
        var rest: [String: Money] = [:]
        for (one, delivery) in zip(found, deliveries) {
            let amount = delivery.amount ?? one.amount
            guard one.kind == .goods, amount > .zero, amount <= one.amount else { throw wrongState(one) }
            var changed = cut(one, to: amount)
            changed.state = .delivered
            try store(changed, was: one, in: writer)
            let captured = byLine([changed])
            if one.payee.kind == .supplier {
                owed.merge(captured, uniquingKeysWith: +)
            } else {
                used.merge(captured, uniquingKeysWith: +)
            }
            rest.merge(byLine([one]).merging(captured, uniquingKeysWith: -), uniquingKeysWith: +)
        }
        let moves: [([String: Money], AccountCode.Stage)] = [(owed, .owed), (used, .paid), (rest, .available)]
        let entries = moves.flatMap { amounts, stage in
            amounts.filter { $0.value != .zero }.flatMap { line, amount in
                [EntrySet.Entry(.line(line, .held), -amount), .init(.line(line, stage), amount)]
            }
        }
        try Ledger.book(
            EntrySet(.delivery, entries, memo: "交付 \(found.count) 份", about: about), details: summary(found), context,
            in: writer)
    }

    /// Takes an entitlement back but for `keeping`: what is held is released, what was paid becomes a claim (追回), a fee that
    /// was paid is refunded (a new, approved entitlement of its payer, returned here), of one that is only due the rest is waived.
    ///
    /// Throws `conflict` while it is with the bank: wait for the result; `invalid` for an amount to keep that is negative or
    /// not less than what stands.
    @discardableResult
    public static func clawBack(
        _ id: ID<Entitlement>, keeping: Money = .zero, reason: String, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> ID<Entitlement>? {
        let found = try load([id], in: [.queued, .held, .approved, .failed, .paid, .delivered, .clawedBack], writer)[0]
        guard keeping >= .zero, keeping < found.amount - found.claimed else {
            throw NiangjiaError(
                .invalid, zh: "保留金额必须不小于零且小于现有金额 \(found.amount - found.claimed) 元。",
                en: "The amount to keep must be at least nothing and less than \(found.amount - found.claimed) yuan.")
        }
        switch found.state {
        case .queued, .held, .approved, .failed:
            guard keeping > .zero else {
                try release([id], reason: reason, about: about, context, in: writer)
                return nil
            }
            var changed = cut(found, to: keeping)
            changed.revision += 1
            try store(changed, was: found, in: writer)
            try voidWaitingPayments(of: id, context, in: writer)
            let freed = byLine([found]).merging(byLine([changed]), uniquingKeysWith: -).filter { $0.value != .zero }
            let details = summary([changed], ["reason": .text(reason)])
            if found.state == .queued {
                try context.record("entitlement.cut", about: about, body: details, in: writer)
            } else if found.kind != .fee {
                try Ledger.book(
                    EntrySet(.release, moving: freed, from: .held, to: .available, memo: "核减 \(id)", about: about),
                    details: details, context, in: writer)
            } else if found.state == .approved {
                // A fee stands in the books from its approval on.
                try bookFees(
                    freed, .feeWaived, to: .due, by: -1, memo: "核减互助费 \(id)", about: about, details: details, context,
                    in: writer)
            }
            return nil
        default:
            return try claim(found, keeping: keeping, reason: reason, about: about, context, in: writer)
        }
    }

    private static func claim(
        _ found: Entitlement, keeping: Money, reason: String, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> ID<Entitlement>? {
        // Goods that the supplier isn't paid for yet are settled with the supplier, not claimed from the member.
        guard found.state != .delivered || found.payee.kind != .supplier else { throw wrongState(found) }
        let changed = claiming(found.amount - keeping - found.claimed, of: found)
        try store(changed, was: found, in: writer)
        let more = byLine([changed], \.claimed).merging(byLine([found], \.claimed), uniquingKeysWith: -)
        let body = summary([changed], ["reason": .text(reason), "keeping": .int(keeping.fen)])
        if found.kind == .fee {
            try context.record("fee.refund", about: about, body: body, in: writer)
            return try refund(changed, by: changed.claimed - found.claimed, about: about, context, in: writer)
        }
        try Ledger.book(
            EntrySet(
                .claim, moving: more.filter { $0.value != .zero }, from: .paid, to: .claim, memo: "追回 \(found.id)",
                about: about), details: body, context, in: writer)
        return nil
    }

    private static func refund(
        _ fee: Entitlement, by amount: Money, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ID<Entitlement> {
        let refund = NewEntitlement(
            decision: fee.decision, caseID: fee.caseID, caseLine: fee.caseLine,
            part: "\(fee.part.isEmpty ? "" : fee.part + "/")\(Entitlement.refund)\(fee.version)", kind: .money,
            payee: fee.payee,
            shares: [Outcome.Split(line: fee.shares[0].line, amount: amount)], program: fee.program, series: fee.series,
            on: fee.on)
        let ids = try hold([refund], about: about, context, in: writer)
        try approve(ids, about: about, context, in: writer)
        return ids[0]
    }

    /// Money that was claimed back came in: it may be granted again. Throws `invalid` for more than is outstanding.
    public static func recover(
        _ id: ID<Entitlement>, _ amount: Money, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let found = try load([id], in: [.clawedBack], writer)[0]
        guard found.kind != .fee, amount > .zero, amount <= found.claimed - found.recovered else {
            throw NiangjiaError(
                .invalid, zh: "收回金额超出应追回的 \(found.claimed - found.recovered) 元。",
                en: "More than the \(found.claimed - found.recovered) yuan that are outstanding.")
        }
        var changed = found
        changed.recovered += amount
        var rest = amount
        for n in changed.shares.indices {
            let part = min(rest, changed.shares[n].claimed - changed.shares[n].recovered)
            changed.shares[n].recovered += part
            rest -= part
        }
        try store(changed, was: found, in: writer)
        let parts = byLine([changed], \.recovered).merging(byLine([found], \.recovered), uniquingKeysWith: -)
        try Ledger.book(
            EntrySet(
                .recovery, moving: parts.filter { $0.value != .zero }, from: .claim, to: found.recoveryStage,
                memo: "追回到账 \(id)", about: about), context, in: writer)
    }

    /// Claims a part of what was paid from one line, beside what is claimed already.
    static func claim(
        _ amount: Money, on line: String, of id: ID<Entitlement>, reason: String, about: String,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let found = try load([id], in: [.paid, .clawedBack], writer)[0]
        try change(found, by: amount, on: line, in: writer)
        try Ledger.book(
            EntrySet(.claim, moving: [line: amount], from: .paid, to: .claim, memo: "追回 \(id)", about: about),
            details: summary([found], ["reason": .text(reason)]), context, in: writer)
    }

    /// Claims a part less: what was to come back stands for something that is owed now.
    static func unclaim(
        _ amount: Money, on line: String, of id: ID<Entitlement>, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let found = try load([id], in: [.clawedBack], writer)[0]
        try change(found, by: -amount, on: line, in: writer)
        try Ledger.book(
            EntrySet(
                .claimReduced, moving: [line: amount], from: .claim, to: .paid, memo: "抵扣应追回 \(id)", about: about),
            details: summary([found]), context, in: writer)
    }

    private static func change(
        _ found: Entitlement, by amount: Money, on line: String, in writer: any StoreWriter
    ) throws {
        var changed = found
        changed.claimed += amount
        changed.state = changed.claimed == .zero ? .paid : .clawedBack
        guard let n = changed.shares.firstIndex(where: { $0.line == line }) else { throw wrongState(found) }
        changed.shares[n].claimed += amount
        guard changed.shares[n].claimed >= changed.shares[n].recovered,
            changed.shares[n].claimed <= changed.shares[n].amount
        else { throw wrongState(found) }
        try store(changed, was: found, in: writer)
    }

    /// The entitlement with so much more claimed. The line that was asked last gets its money back first; what each line has been
    /// promised back, and has got, stays.
    static func claiming(_ amount: Money, of found: Entitlement) -> Entitlement {
        var changed = found
        changed.state = .clawedBack
        changed.claimed += amount
        var rest = amount
        for n in changed.shares.indices.reversed() {
            let part = min(rest, changed.shares[n].amount - changed.shares[n].claimed)
            changed.shares[n].claimed += part
            rest -= part
        }
        return changed
    }

    /// The entitlement with a smaller amount. The line that was asked last gets its money back first.
    static func cut(_ found: Entitlement, to amount: Money) -> Entitlement {
        var changed = found
        changed.amount = amount
        var rest = amount
        for n in changed.shares.indices {
            let part = min(rest, found.shares[n].amount)
            changed.shares[n].amount = part
            rest -= part
        }
        return changed
    }
}
