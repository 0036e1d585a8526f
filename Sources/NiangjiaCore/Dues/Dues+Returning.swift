/// Returning dues (回拨): what stands for a union becomes one payment to it, through the same batches as everything else.
extension Dues {
    /// Under what name its entitlements stand and its batches are built.
    public static let program = "dues-return"

    /// What was put together for paying.
    public struct Returned: Hashable, Sendable {
        /// Unions that get something.
        public var unions = 0
        /// What they get together.
        public var amount = Money.zero
        /// Unions whose negative lines outweigh the others: carried on, nothing is asked of them.
        public var carried = 0
    }

    /// Makes an approved entitlement for each union to whom something stands from money that came in through a day; a second
    /// person approves the batch that pays it. What was made once is not made again.
    ///
    /// - Parameter upward: the upper levels' shares instead of those that go back (上解).
    public static func returnShares(
        through day: CivilDate, upward: Bool = false, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Returned {
        // What was refused or released afterwards may be returned again.
        try writer.execute(
            """
            UPDATE dues_share SET entitlement = NULL
            WHERE entitlement IN (SELECT id FROM unfolded_entitlement WHERE program = $1 AND state = 'released')
            """, [.text(program)])
        let levels = upward ? "NOT IN ('basic', 'federation')" : "IN ('basic', 'federation')"
        let condition = """
            s.state = 'free' AND s.entitlement IS NULL AND s.organization IS NOT NULL AND l.state = 'booked'
            AND l.received_on <= $1 AND s.level \(levels)
            """
        let shares = try DuesShares.rows(condition, [.date(day)], in: writer)
        var result = Returned()
        var new: [NewEntitlement] = []
        var included: [[DuesShare]] = []
        let id = context.ids.next(DuesReturn.self)
        let byUnion = Dictionary(grouping: shares) { $0.organization?.rawValue ?? 0 }
        for (union, rows) in byUnion.sorted(by: { $0.key < $1.key }) {
            let byLine = Dictionary(grouping: rows, by: \.fundLine)
            let sums = byLine.mapValues { $0.reduce(Money.zero) { $0 + $1.amount } }
            let positive = sums.filter { $0.value > .zero }.sorted { $0.key < $1.key }
            guard !positive.isEmpty else {
                result.carried += 1
                continue
            }
            let splits = positive.map { Outcome.Split(line: $0.key, amount: $0.value) }
            new.append(
                NewEntitlement(
                    decision: ID(rawValue: id.rawValue), caseID: nil, caseLine: new.count, part: "return", kind: .money,
                    payee: .organization(ID(rawValue: union)), shares: splits, program: program, series: program,
                    on: context.today))
            included.append(positive.flatMap { byLine[$0.key] ?? [] })
            result.unions += 1
            result.amount += positive.reduce(.zero) { $0 + $1.value }
        }
        guard !new.isEmpty else { return result }
        try writer.insert(
            into: "dues_return", columns: ["id", "through", "count", "total", "built_by", "built_at"],
            values: [
                .id(id), .date(day), .int(Int64(new.count)), .money(result.amount), .text(context.actor),
                .instant(context.now),
            ])
        let ids = try Entitlements.hold(new, about: id.text, context, in: writer)
        for (entitlement, rows) in zip(ids, included) {
            for row in rows {
                let changed = try writer.execute(
                    "UPDATE dues_share SET entitlement = $1 WHERE dues_line = $2 AND n = $3 AND entitlement IS NULL",
                    [.id(entitlement), .int(row.line), .int(row.n)])
                guard changed == 1 else {
                    throw NiangjiaError(
                        .conflict, zh: "经费刚刚被另一次回拨占用,请重试。", en: "Just taken by another return: try again.")
                }
            }
        }
        try Entitlements.approve(ids, about: id.text, context, in: writer)
        return result
    }
}
