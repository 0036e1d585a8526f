/// What of a grant waits for money.
struct QueuedRest: Hashable, Sendable {
    /// Who of a program is served first.
    struct Turn: Hashable, Sendable {
        /// When it was decided; of a run, when that began.
        var since: Instant
        /// The script's rank; smaller comes first.
        var rank: Int64
        /// Of a run, as equals were drawn for: hexadecimal digits.
        var drawn: String
    }

    /// Fen, more than nothing.
    var amount: Money
    var turn: Turn
}

/// Those of a program who wait for money, in the order in which they are served (`short: queue`, decision 0082).
public enum MoneyQueue {
    /// What somebody waits for.
    public struct Place: Sendable, Hashable {
        /// What waits, all parts of a decision together.
        public var amount: Money
        /// Which of the program is served next (1 is the first).
        public var turn: Int64
    }

    private static let waiting = """
        entitlement_row e CROSS JOIN money_queue q ON q.entitlement = e.id WHERE e.state = 'queued'
        """

    /// Programs of which somebody waits for money.
    static func programs(in reader: any StoreReader) throws -> [String] {
        try reader.all("SELECT DISTINCT q.program FROM \(waiting) ORDER BY q.program", []) { $0.text(0) }
    }

    /// Whether somebody waits for a program's money since before a moment; nil: at all.
    static func isOpen(_ program: String, before moment: Instant? = nil, in reader: any StoreReader) throws -> Bool {
        try reader.integer(
            "SELECT 1 FROM \(waiting) AND q.program = $1 AND ($2 IS NULL OR q.since < $2) LIMIT 1",
            [.text(program), .instant(moment)]) == 1
    }

    /// Who is served next; nil: nobody waits.
    static func head(of program: String, in reader: any StoreReader) throws -> Entitlement? {
        let id = try reader.first(
            "SELECT e.id FROM \(waiting) AND q.program = $1 ORDER BY q.since, q.rank, q.drawn, e.id LIMIT 1",
            [.text(program)]
        ) { $0.id(0, Entitlement.self) }
        return try id.map { try Entitlements.load($0, in: reader) }
    }

    /// Who waits for a program's money: each decision with what waits of it and its turn.
    static func places(of program: String, in reader: any StoreReader) throws -> [ID<Decision>: Place] {
        var places: [ID<Decision>: Place] = [:]
        try reader.forEach(
            """
            SELECT e.decision, e.amount FROM \(waiting) AND q.program = $1
            ORDER BY q.since, q.rank, q.drawn, e.id
            """, [.text(program)]
        ) { row in
            let next = Place(amount: .zero, turn: Int64(places.count + 1))
            places[row.id(0), default: next].amount += row.money(1)
            return true
        }
        return places
    }

    /// What of a decision waits for money, and its turn; nil: nothing does.
    public static func place(of decision: Decisions.Row, in reader: any StoreReader) throws -> Place? {
        guard decision.outcome.queued > .zero, decision.state == "standing" else { return nil }
        return try places(of: decision.program, in: reader)[decision.id]
    }

    /// What waits for money of each line, named by the first line that it may come from.
    static func byLine(in reader: any StoreReader) throws -> [String: Money] {
        var sums: [String: Money] = [:]
        try reader.forEach(
            "SELECT fund_line, SUM(amount) FROM unfolded_entitlement WHERE state = 'queued' GROUP BY fund_line", []
        ) { row in
            sums[row.text(0)] = row.money(1)
            return true
        }
        return sums
    }
}

extension Entitlements {
    /// Writes down what there is no money for: owed, in its turn, and nothing is reserved of any line.
    static func queue(
        _ new: [NewEntitlement], about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [ID<Entitlement>] {
        guard !new.isEmpty else { return [] }
        let ids = new.map { _ in context.ids.next(Entitlement.self) }
        try insert(new, ids, in: writer)
        var rows: [SQLValue] = []
        for (one, id) in zip(new, ids) {
            guard let rest = one.rest else { continue }
            rows += [
                .id(id), .text(one.program), .instant(rest.turn.since), .int(rest.turn.rank), .text(rest.turn.drawn),
            ]
        }
        try writer.insert(
            into: "money_queue", columns: ["entitlement", "program", "since", "rank", "drawn"], values: rows)
        let amount = new.reduce(Money.zero) { $0 + $1.amount }
        try context.record(
            "entitlement.queued", about: about, body: ["count": .int(Int64(new.count)), "amount": .int(amount.fen)],
            in: writer)
        return ids
    }

    /// There is money for what was queued: it is held (预留), once, whoever else does the same at this moment.
    ///
    /// - Parameter splits: what each line gives; together the whole amount.
    static func serve(
        _ found: Entitlement, _ splits: [Outcome.Split], about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let sums = splits.reduce(into: [String: Money]()) { $0[$1.line, default: .zero] += $1.amount }
        var served = found
        served.state = .held
        for n in served.shares.indices { served.shares[n].amount = sums[served.shares[n].line] ?? .zero }
        guard found.state == .queued, served.shares.reduce(.zero, { $0 + $1.amount }) == found.amount else {
            throw wrongState(found)
        }
        try store(served, was: found, in: writer)
        let details = summary([served])
        guard found.kind != .fee else {
            return try context.record("fee.asked", about: about, body: details, in: writer)
        }
        for (line, need) in sums.sorted(by: { $0.key < $1.key }) {
            try Pool.draw(line, need: need, about: about, context, in: writer)
        }
        try Ledger.book(
            EntrySet(.hold, moving: sums, from: .available, to: .held, memo: "排队预留 \(found.id)", about: about),
            details: details, context, in: writer)
    }
}
