/// Settling with suppliers: what was handed over, at its price, becomes one payment for an invoice; what is in dispute waits.
public enum Suppliers {
    /// What becomes of a dispute: the piece is paid all the same, or isn't.
    public enum DisputeState: String, Sendable, CaseIterable { case open, kept, cancelled }

    /// Under what name settlements' entitlements stand and their batches are built.
    public static let program = "supplier-settlement"

    /// A line of a statement: goods of one program and price.
    public struct Line: Hashable, Sendable {
        /// The program that gave them.
        public var program: String
        /// What one piece costs (fen).
        public var price: Money
        /// How many were handed over.
        public var count: Int
        /// Whether somebody disputes them.
        public var isDisputed: Bool
        /// Count times price.
        public var amount: Money { Money(fen: price.fen * Int64(count)) }
    }

    private static let open = """
        FROM unfolded_entitlement e WHERE e.kind = 'goods' AND e.state = 'delivered' AND e.payee_kind = 'supplier' AND e.payee = $1
        AND e.on_date >= $2 AND e.on_date <= $3
        AND NOT EXISTS (SELECT 1 FROM supplier_settled x WHERE x.entitlement = e.id)
        """
    private static let disputed = """
        EXISTS (SELECT 1 FROM supplier_dispute q WHERE q.entitlement = e.id AND q.state = 'open')
        """

    /// What a supplier has delivered and was not settled yet, for goods of these days: by program and price, what is in dispute
    /// apart.
    public static func statement(
        of supplier: ID<Organization>, _ period: DateRange, in reader: any StoreReader
    ) throws -> [Line] {
        try reader.all(
            """
            SELECT e.program, e.amount, count(*), CASE WHEN \(disputed) THEN 1 ELSE 0 END AS q \(open)
            GROUP BY e.program, e.amount, q ORDER BY e.program, e.amount, q
            """, [.id(supplier), .date(period.from), .date(period.to)]
        ) { row in
            Line(program: row.text(0), price: row.money(1), count: Int(row.int(2)), isDisputed: row.bool(3))
        }
    }

    /// A piece that was handed over and is not settled: what a dispute names.
    public struct Piece: Hashable, Sendable {
        /// The entitlement that it fulfils.
        public var entitlement: ID<Entitlement>
        /// The program that gave it.
        public var program: String
        /// What it costs.
        public var amount: Money
        /// The day for which it was given.
        public var on: CivilDate
        /// Whether somebody disputes it.
        public var isDisputed: Bool
    }

    /// The pieces of a statement, one by one, in the order of their days.
    public static func pieces(
        of supplier: ID<Organization>, _ period: DateRange, in reader: any StoreReader
    ) throws -> [Piece] {
        try reader.all(
            """
            SELECT e.id, e.program, e.amount, e.on_date, CASE WHEN \(disputed) THEN 1 ELSE 0 END \(open)
            ORDER BY e.on_date, e.id
            """, [.id(supplier), .date(period.from), .date(period.to)]
        ) { row in
            Piece(
                entitlement: row.id(0), program: row.text(1), amount: row.money(2), on: row.date(3),
                isDisputed: row.bool(4))
        }
    }

    /// What a settlement made.
    public struct Settled: Hashable, Sendable {
        /// The settlement.
        public var id: ID<SupplierSettlement>
        /// How many pieces.
        public var count: Int
        /// What is paid for them.
        public var amount: Money
        /// What waits because it is in dispute.
        public var disputed: Money
    }

    /// Settles an invoice: it must be exactly what was handed over and nobody disputes. What was owed is held for one payment to
    /// the supplier, which a second person approves with its batch.
    ///
    /// Throws `conflict`, telling both sums, for another amount; for an invoice that was settled before.
    public static func settle(
        _ supplier: ID<Organization>, _ period: DateRange, invoice: String, amount: Money, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Settled {
        let lines = try statement(of: supplier, period, in: writer)
        let sum = lines.filter { !$0.isDisputed }.reduce(Money.zero) { $0 + $1.amount }
        let count = lines.filter { !$0.isDisputed }.reduce(0) { $0 + $1.count }
        let waiting = lines.filter(\.isDisputed).reduce(Money.zero) { $0 + $1.amount }
        guard sum == amount, sum > .zero else {
            throw NiangjiaError(
                .conflict, zh: "发票 \(amount) 元,已交付未结算 \(sum) 元(\(count) 份;另有争议 \(waiting) 元),不一致。",
                en: "The invoice says \(amount) yuan, \(sum) were delivered (\(count) pieces; \(waiting) in dispute).",
                place: "/amount")
        }
        let id = context.ids.next(SupplierSettlement.self)
        let arguments: [SQLValue] = [.id(supplier), .date(period.from), .date(period.to), .id(id)]
        try writer.execute(
            "INSERT INTO supplier_settled (entitlement, settlement) SELECT e.id, $4 \(open) AND NOT \(disputed)",
            arguments)
        var byLine: [String: Money] = [:]
        try writer.forEach(
            """
            SELECT COALESCE(s.fund_line, e.fund_line), sum(COALESCE(s.amount, e.amount)) FROM supplier_settled x
            JOIN unfolded_entitlement e ON e.id = x.entitlement
            LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            WHERE x.settlement = $1 GROUP BY COALESCE(s.fund_line, e.fund_line)
            """, [.id(id)]
        ) { row in
            byLine[row.text(0)] = row.money(1)
            return true
        }
        let payment = NewEntitlement(
            decision: ID(rawValue: id.rawValue), caseID: nil, part: "settlement", kind: .money,
            payee: .supplier(supplier),
            shares: byLine.sorted { $0.key < $1.key }.map { Outcome.Split(line: $0.key, amount: $0.value) },
            program: program, series: program, on: context.today)
        let entitlement = context.ids.next(Entitlement.self)
        try Entitlements.insert([payment], [entitlement], in: writer)
        try enter(id, supplier, period, invoice, count, sum, entitlement, context, in: writer)
        try Ledger.book(
            EntrySet(.settlement, moving: byLine, from: .owed, to: .held, memo: "供应商结算 发票 \(invoice)", about: id.text),
            details: [
                "supplier": .text(supplier.text), "invoice": .text(invoice), "count": .int(Int64(count)),
                "amount": .int(sum.fen),
            ], context, in: writer)
        try Entitlements.approve([entitlement], about: id.text, context, in: writer)
        return Settled(id: id, count: count, amount: sum, disputed: waiting)
    }

    private static func enter(
        _ id: ID<SupplierSettlement>, _ supplier: ID<Organization>, _ period: DateRange, _ invoice: String,
        _ count: Int,
        _ sum: Money, _ entitlement: ID<Entitlement>, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        do {
            try writer.insert(
                into: "supplier_settlement",
                columns: [
                    "id", "supplier", "from_on", "to_on", "invoice", "count", "amount", "entitlement", "settled_by",
                    "settled_at",
                ],
                values: [
                    .id(id), .id(supplier), .date(period.from), .date(period.to), .text(invoice), .int(Int64(count)),
                    .money(sum), .id(entitlement), .text(context.actor), .instant(context.now),
                ])
        } catch StoreError.duplicate {
            throw NiangjiaError(
                .conflict, zh: "发票 \(invoice) 已经结算过。", en: "The invoice \(invoice) was settled before.",
                place: "/invoice")
        }
    }

    // MARK: disputes

    /// Somebody says that goods weren't handed over, or not so. Throws `conflict` for what is settled or disputed already.
    public static func dispute(
        _ id: ID<Entitlement>, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let one = try Entitlements.load(id, in: writer)
        let settled = try writer.integer("SELECT 1 FROM supplier_settled WHERE entitlement = $1", [.id(id)])
        guard one.kind == .goods, one.payee.kind == .supplier, one.state == .delivered, settled == nil else {
            throw Entitlements.wrongState(one)
        }
        do {
            try writer.insert(
                into: "supplier_dispute", columns: ["entitlement", "reason", "opened_by", "opened_at"],
                values: [.id(id), .text(reason), .text(context.actor), .instant(context.now)])
        } catch StoreError.duplicate {
            throw NiangjiaError(.conflict, zh: "这笔交付已经提出过争议。", en: "This delivery has been disputed already.")
        }
        try context.record("supplier.disputed", about: id.text, body: ["reason": .text(reason)], in: writer)
    }

    private static let noDispute = NiangjiaError(.notFound, zh: "没有这笔争议。", en: "There is no such dispute.")

    /// A second person decides a dispute: the goods are paid with the next invoice, or they weren't handed over and their money is
    /// free again. Throws `forbidden` for who opened it.
    public static func resolve(
        _ id: ID<Entitlement>, pays: Bool, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let opener = try writer.first(
            "SELECT opened_by FROM supplier_dispute WHERE entitlement = $1 AND state = 'open'", [.id(id)]
        ) { $0.text(0) }
        guard let opener else { throw noDispute }
        try AccountPersons.another(than: [opener], context, in: writer)
        let changed = try writer.execute(
            "UPDATE supplier_dispute SET state = $1, decided_by = $2 WHERE entitlement = $3 AND state = 'open'",
            [.text((pays ? DisputeState.kept : .cancelled).rawValue), .text(context.actor), .id(id)])
        guard changed == 1 else { throw noDispute }
        let body: Value = ["pays": .bool(pays), "reason": .text(reason)]
        guard !pays else { return try context.record("supplier.resolved", about: id.text, body: body, in: writer) }
        let one = try Entitlements.load([id], in: [.delivered], writer)[0]
        try Entitlements.move(one, to: .released, in: writer)
        try Ledger.book(
            EntrySet(
                .release, moving: Entitlements.byLine([one]), from: .owed, to: .available, memo: "争议成立,不予结算 \(id)",
                about: id.text), details: body, context, in: writer)
    }
}
