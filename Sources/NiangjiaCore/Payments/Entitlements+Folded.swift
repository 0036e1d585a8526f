/// What the entitlements that a block of a run grants have in common: each is its decision's whole amount, from one line, for its
/// subject. They lie folded in their decisions until something happens to one of them.
struct FoldedEntitlement: Hashable, Sendable {
    var kind: Entitlement.Kind
    /// The subject itself; or goods from stock.
    var payee: Entitlement.Payee.Kind
    var fundLine: String
    /// held, or approved where no review stands between.
    var state: Entitlement.State

    init(kind: Entitlement.Kind, payee: Entitlement.Payee.Kind, fundLine: String, state: Entitlement.State) {
        self.kind = kind
        self.payee = payee
        self.fundLine = fundLine
        self.state = state
    }
}

extension Entitlements {
    /// Reserves what a block of a run grants, and approves it at once where no review stands between: the same entries and events
    /// as ``hold(_:about:_:in:)`` and ``approve(_:about:_:in:)``. The rows are the decisions', and so is their proof.
    static func hold(
        _ folded: FoldedEntitlement, count: Int, amount: Money, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard count > 0 else { return }
        try Backstop.cover(folded.fundLine, need: amount, about: about, context, in: writer)
        try Ledger.book(
            EntrySet(
                .hold, moving: [folded.fundLine: amount], from: .available, to: .held, memo: "预留 \(count) 笔",
                about: about),
            details: ["count": .int(Int64(count))], context, in: writer)
        guard folded.state == .approved else { return }
        let body: Value = ["count": .int(Int64(count)), "amount": .int(amount.fen)]
        try context.record("entitlement.approved", about: about, body: body, in: writer)
    }

    /// Gives a folded entitlement its own row, before it is moved on. Throws `conflict` when it has one already.
    static func unfold(_ folded: Entitlement, in writer: any StoreWriter) throws {
        let id: [SQLValue] = [.id(folded.id)]
        try DecisionRows.unpack(ID(rawValue: folded.id.rawValue), in: writer)
        let unfolded = try writer.execute(
            "UPDATE decision_row SET is_folded = 0 WHERE id = $1 AND is_folded = 1", id)
        guard unfolded == 1 else { throw wrongState(folded) }
        // The terms have the ids of the decisions' terms: one row for all that are unfolded of them.
        try writer.execute(
            """
            INSERT INTO entitlement_terms (id, last, payee_kind, fund_line, is_split, program, series, on_date)
            SELECT t.id, t.last, t.payee_kind, t.fund_line, 0, t.program, t.series, t.on_date
            FROM decision_row r JOIN decision_terms t ON t.id = r.terms WHERE r.id = $1 ON CONFLICT DO NOTHING
            """, id)
        try writer.execute(
            """
            INSERT INTO entitlement_row (id, terms, decision, case_line, kind, payee, amount, state, version)
            SELECT r.id, r.terms, r.id, r.line, $2, $3, $4, $5, $6 FROM decision_row r WHERE r.id = $1
            """,
            id + [
                .text(folded.kind.rawValue), .optional(folded.payee.id), .money(folded.amount),
                .text(folded.state.rawValue), .int(folded.version),
            ])
    }
}
