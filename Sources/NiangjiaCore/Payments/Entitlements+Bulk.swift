/// Entitlements of one kind that a block of a run makes: one for each decision, each paid from one line.
struct BulkEntitlements: Sendable {
    var decisions: [ID<Decision>]
    /// The line of each within its block.
    var caseLines: [Int64]
    var kind: Entitlement.Kind
    var payee: Entitlement.Payee.Kind
    /// 0: none (goods from stock).
    var payees: [Int64]
    /// Fen.
    var amounts: [Int64]
    /// Fund lines, and which of them each is paid from.
    var fundLines: [String]
    var fundLine: [UInt32]
    var program: String
    var series: String
    var on: CivilDate
}

extension Entitlements {
    /// Reserves what a block of a run grants, and approves it at once where no review stands between: the same rows, entries and
    /// events as ``hold(_:about:_:in:)`` and ``approve(_:about:_:in:)``.
    static func hold(
        _ bulk: BulkEntitlements, isApproved: Bool, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let count = bulk.decisions.count
        guard count > 0 else { return }
        let ids = context.ids.next(count, Entitlement.self)
        try insert(bulk, ids, isApproved: isApproved, in: writer)
        var sums = [Int64](repeating: 0, count: bulk.fundLines.count)
        for (amount, line) in zip(bulk.amounts, bulk.fundLine) { sums[Int(line)] += amount }
        var needs: [String: Money] = [:]
        for (line, sum) in zip(bulk.fundLines, sums) where sum > 0 { needs[line, default: .zero] += Money(fen: sum) }
        for (line, need) in needs.sorted(by: { $0.key < $1.key }) {
            try Pool.draw(line, need: need, about: about, context, in: writer)
        }
        let details: Value = ["count": .int(Int64(count)), "rows": .text(digest(bulk, ids, context.crypto))]
        try Ledger.book(
            EntrySet(.hold, moving: needs, from: .available, to: .held, memo: "预留 \(count) 笔", about: about),
            details: details, context, in: writer)
        guard isApproved else { return }
        let body: Value = ["count": .int(Int64(count)), "amount": .int(bulk.amounts.reduce(0, +))]
        try context.record("entitlement.approved", about: about, body: body, in: writer)
    }

    private static func insert(
        _ bulk: BulkEntitlements, _ ids: [ID<Entitlement>], isApproved: Bool, in writer: any StoreWriter
    ) throws {
        var rows = BulkRows(into: "entitlement", count: ids.count)
        rows.set("id", .integers(ids.map(\.rawValue)))
        rows.set("decision", .integers(bulk.decisions.map(\.rawValue)))
        rows.set("case_line", .integers(bulk.caseLines))
        rows.set("part", .constant(.text("")))
        rows.set("kind", .constant(.text(bulk.kind.rawValue)))
        rows.set("payee_kind", .constant(.text(bulk.payee.rawValue)))
        rows.set("payee", .integersOrNull(bulk.payees, null: 0))
        rows.set("amount", .integers(bulk.amounts))
        rows.set("fund_line", .shared(bulk.fundLines.map { .text($0) }, bulk.fundLine))
        rows.set("is_split", .constant(.bool(false)))
        rows.set("program", .constant(.text(bulk.program)))
        rows.set("series", .constant(.text(bulk.series)))
        rows.set("on_date", .constant(.date(bulk.on)))
        rows.set("state", .constant(.text((isApproved ? Entitlement.State.approved : .held).rawValue)))
        // A step from one state to the next counts as a version, whether or not they are taken at once.
        rows.set("version", .constant(.int(isApproved ? 2 : 1)))
        do {
            try writer.insert(rows)
        } catch StoreError.duplicate {
            throw NiangjiaError(
                .conflict, zh: "这项决定的待遇已经登记过。", en: "This decision's entitlement has been entered already.")
        }
    }

    /// Commits the chain to each person's amount without listing them: SM3 over id, decision, line, payee, amount and fund line of
    /// each, as small numbers.
    private static func digest(
        _ bulk: BulkEntitlements, _ ids: [ID<Entitlement>], _ crypto: any CryptoProvider
    ) -> String {
        var writer = NumberWriter()
        writer.bytes = Array((bulk.payee.rawValue + "\n" + bulk.fundLines.joined(separator: "\n") + "\n").utf8)
        writer.putSteps(ids.map(\.rawValue))
        writer.putSteps(bulk.decisions.map(\.rawValue))
        writer.putSteps(bulk.caseLines)
        writer.putSteps(bulk.payees)
        for amount in bulk.amounts { writer.put(amount) }
        for line in bulk.fundLine { writer.put(Int64(line)) }
        return Hex.text(crypto.digest(writer.bytes))
    }
}
