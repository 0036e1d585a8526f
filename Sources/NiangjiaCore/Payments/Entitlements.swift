/// Holds, approvals, releases: what happens to granted money before it is paid.
///
/// Each call books one entry set for all its entitlements, summed by line; what each person gets stands on the rows.
public enum Entitlements {
    /// Reserves what was granted (预留), drawing from a line's backstop where its own money ends. A fee reserves nothing.
    ///
    /// Throws `insufficient_funds` (with the account as place), `conflict` when one of them exists already (same decision,
    /// line and part), `invalid` for an amount that is not positive. Returns their ids in the order handed in.
    public static func hold(
        _ new: [NewEntitlement], about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [ID<Entitlement>] {
        let ids = new.map { _ in context.ids.next(Entitlement.self) }
        var needs: [String: Money] = [:]
        for one in new {
            guard one.amount > .zero, one.shares.allSatisfy({ $0.amount > .zero }),
                one.kind != .fee || one.shares.count == 1, one.payee.id != nil || one.kind == .goods
            else {
                throw NiangjiaError(
                    .invalid, zh: "待遇的金额必须大于零,收款人必须明确。",
                    en: "An entitlement's amount must be positive and its payee known.", place: one.part)
            }
            if one.kind != .fee { for share in one.shares { needs[share.line, default: .zero] += share.amount } }
        }
        try insert(new, ids, in: writer)
        let details: Value = ["count": .int(Int64(new.count))]
        guard !needs.isEmpty else {
            if !new.isEmpty { try context.record("fee.asked", about: about, body: details, in: writer) }
            return ids
        }
        for (line, need) in needs.sorted(by: { $0.key < $1.key }) {
            try Backstop.cover(line, need: need, about: about, context, in: writer)
        }
        try Ledger.book(
            EntrySet(.hold, moving: needs, from: .available, to: .held, memo: "预留 \(new.count) 笔", about: about),
            details: details, context, in: writer)
        return ids
    }

    /// The reviewed entitlements may be paid or delivered; a fee is now due from its payer.
    ///
    /// Throws `conflict` for one that is not held.
    public static func approve(
        _ ids: [ID<Entitlement>], about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let found = try load(ids, in: [.held], writer)
        for one in found { try move(one, to: .approved, in: writer) }
        try bookFees(
            byLine(found.filter { $0.kind == .fee }), .feeDue, to: .due, memo: "应收互助费", about: about, context,
            in: writer)
        try context.record("entitlement.approved", about: about, body: summary(found), in: writer)
    }

    /// Gives back what is held and not yet with the bank (撤销预留): refused in review, withdrawn, lapsed. What is queued leaves the
    /// queue.
    ///
    /// Throws `conflict` for one that is in a batch, paid, delivered or released.
    public static func release(
        _ ids: [ID<Entitlement>], reason: String, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let found = try load(ids, in: [.queued, .held, .approved, .failed], writer)
        for one in found {
            try move(one, to: .released, in: writer)
            try voidWaitingPayments(of: one.id, context, in: writer)
            try leaveQueue(one, context, in: writer)
        }
        let money = byLine(found.filter { $0.kind != .fee && $0.state != .queued })
        if !money.isEmpty {
            try Ledger.book(
                EntrySet(
                    .release, moving: money, from: .held, to: .available, memo: "撤销预留 \(found.count) 笔", about: about),
                context, in: writer)
        }
        try bookFees(
            byLine(found.filter { $0.kind == .fee && $0.state == .approved }), .feeWaived, to: .due, by: -1,
            memo: "免收互助费",
            about: about, context, in: writer)
        let body = summary(found, ["reason": .text(reason)])
        try context.record("entitlement.released", about: about, body: body, in: writer)
    }

    /// Books what is asked of members between the line's `due` account and its source.
    static func bookFees(
        _ fees: [String: Money], _ kind: EntrySet.Kind, to stage: AccountCode.Stage, by sign: Int64 = 1, memo: String,
        about: String, details: Value = .null, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard !fees.isEmpty else { return }
        var entries: [EntrySet.Entry] = []
        for (line, amount) in fees {
            guard let source = try Ledger.line(line, in: writer)?.source else { throw Ledger.noLine(line) }
            let signed = Money(fen: amount.fen * sign)
            entries += [.init(.source(source), -signed), .init(.line(line, stage), signed)]
        }
        try Ledger.book(EntrySet(kind, entries, memo: memo, about: about), details: details, context, in: writer)
    }

    /// The columns of what entitlements have in common, but for the first and last of them.
    static let termColumns = ["payee_kind", "fund_line", "is_split", "program", "series", "on_date"]

    static func insert(
        _ new: [NewEntitlement], _ ids: [ID<Entitlement>], in writer: any StoreWriter
    ) throws {
        var terms = SharedTerms(into: "entitlement_terms", columns: Entitlements.termColumns)
        var rows: [SQLValue] = []
        var splits: [SQLValue] = []
        for (one, id) in zip(new, ids) {
            let common: [SQLValue] = [
                .text(one.payee.kind.rawValue), .text(one.shares[0].line), .bool(one.shares.count > 1),
                .text(one.program), .text(one.series), .date(one.on),
            ]
            rows += [
                .id(id), .int(terms.id(of: common, for: id.rawValue)), .id(one.decision), .id(one.caseID),
                .int(Int64(one.caseLine)), .text(one.part), .text(one.kind.rawValue), .optional(one.payee.id),
                .money(one.amount), .int(Int64(one.revision)), .id(one.revises),
                .text((one.rest == nil ? Entitlement.State.held : .queued).rawValue),
            ]
            guard one.shares.count > 1 else { continue }
            for (n, share) in one.shares.enumerated() {
                splits += [.id(id), .int(Int64(n + 1)), .text(share.line), .money(share.amount)]
            }
        }
        try terms.insert(in: writer)
        do {
            try writer.insert(
                into: "entitlement_row",
                columns: [
                    "id", "terms", "decision", "case_id", "case_line", "part", "kind", "payee", "amount", "revision",
                    "revises", "state",
                ], values: rows)
        } catch StoreError.duplicate {
            throw NiangjiaError(
                .conflict, zh: "这项决定的待遇已经登记过。", en: "This decision's entitlement has been entered already.")
        }
        try writer.insert(
            into: "entitlement_split", columns: ["entitlement", "n", "fund_line", "amount"], values: splits)
    }

    /// What an event about entitlements says: how many, how much, and which (up to a hundred by name).
    static func summary(_ found: [Entitlement], _ more: [String: Value] = [:]) -> Value {
        var body = more
        body["count"] = .int(Int64(found.count))
        body["amount"] = .int(found.reduce(0) { $0 + $1.amount.fen })
        if found.count <= 100 { body["ids"] = .list(found.map { .text($0.id.text) }) }
        return .map(body)
    }
}
