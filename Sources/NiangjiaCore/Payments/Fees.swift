/// Fees that members pay through their unit (互助费): asked as entitlements of kind `fee`, received into their line.
public enum Fees {
    /// What a payer still owes a program: the approved fees, and their sum.
    public static func outstanding(
        payer: Entitlement.Payee, program: String, in reader: any StoreReader
    ) throws -> (fees: [ID<Entitlement>], amount: Money) {
        let found = try reader.all(
            """
            SELECT id, amount FROM unfolded_entitlement WHERE payee_kind = $1 AND payee = $2 AND program = $3 AND kind = 'fee'
            AND state = 'approved' ORDER BY id
            """, [.text(payer.kind.rawValue), .optional(payer.id), .text(program)]
        ) { (id: $0.id(0, Entitlement.self), amount: $0.money(1)) }
        return (found.map(\.id), found.reduce(.zero) { $0 + $1.amount })
    }

    /// A unit's transfer came in (到账): all that it owes the program is paid, and the line has the money.
    ///
    /// Throws `conflict`, telling both sums, when the transfer isn't exactly what is owed: part of a unit's list is settled
    /// with ``receive(_:on:about:_:in:)``.
    @discardableResult
    public static func receive(
        from payer: Entitlement.Payee, program: String, amount: Money, on date: CivilDate, about: String,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [ID<Entitlement>] {
        let (fees, owed) = try outstanding(payer: payer, program: program, in: writer)
        guard amount == owed, !fees.isEmpty else {
            throw NiangjiaError(
                .conflict, zh: "到账 \(amount) 元,应收 \(owed) 元(\(fees.count) 人),对不上;请按名单逐笔登记。",
                en: "\(amount) yuan came in, \(owed) yuan (\(fees.count) fees) are due: enter them by list.")
        }
        try receive(fees, on: date, about: about, context, in: writer)
        return fees
    }

    /// These fees came in. Throws `conflict` for one that isn't due.
    public static func receive(
        _ ids: [ID<Entitlement>], on date: CivilDate, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let found = try Entitlements.load(ids, in: [.approved], writer)
        for one in found {
            guard one.kind == .fee else { throw Entitlements.wrongState(one) }
            try Entitlements.move(one, to: .paid, in: writer)
        }
        try Ledger.book(
            EntrySet(
                .feeReceived, moving: Entitlements.byLine(found), from: .due, to: .available,
                memo: "互助费到账 \(found.count) 人", about: about, effectiveOn: date),
            details: Entitlements.summary(found), context, in: writer)
    }
}
