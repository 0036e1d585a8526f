/// What of a grant waits for money.
struct QueuedRest: Hashable, Sendable {
    /// Who of a program is served first.
    struct Turn: Hashable, Comparable, Sendable {
        /// When it was decided; of a run, when that began.
        var since: Instant
        /// The script's rank; smaller comes first.
        var rank: Int64
        /// Of a run, as equals were drawn for: hexadecimal digits.
        var drawn: String

        static func < (one: Turn, other: Turn) -> Bool {
            (one.since, one.rank, one.drawn) < (other.since, other.rank, other.drawn)
        }
    }

    /// Fen, more than nothing.
    var amount: Money
    var form: String
    var turn: Turn
}

/// Those of a program who wait for money, in the order in which they are served (`short: queue`, decision 0082).
public enum MoneyQueue {
    /// What somebody waits for.
    public struct Place: Sendable, Hashable {
        /// What waits, all parts of a decision together.
        public var amount: Money
        /// Which of the program is served next (1 is the first). Forms that share no fund line are served independently of each
        /// other: of those it is the latest that it may be.
        public var turn: Int64
    }

    /// The first of a program's form.
    struct Head: Sendable, Hashable {
        var entitlement: ID<Entitlement>
        var form: String
        var turn: QueuedRest.Turn
    }

    private static let waiting = """
        money_queue q JOIN entitlement_row e ON e.id = +q.entitlement AND e.state = 'queued'
        WHERE q.ended_at IS NULL
        """

    /// Programs of which somebody waits for money, by id.
    static func programs(in reader: any StoreReader) throws -> [String] {
        try reader.distinct("program", of: "money_queue", where: "ended_at IS NULL")
    }

    /// Forms of a program of which somebody waits for money, by name.
    private static func forms(of program: String, in reader: any StoreReader) throws -> [String] {
        try reader.distinct("form", of: "money_queue", where: "ended_at IS NULL AND program = $1", [.text(program)])
    }

    /// The first of each form, whose turn comes next before the others.
    static func heads(of program: String, in reader: any StoreReader) throws -> [Head] {
        try forms(of: program, in: reader).compactMap { try head(of: program, form: $0, in: reader) }.sorted {
            ($0.turn, $0.entitlement) < ($1.turn, $1.entitlement)
        }
    }

    /// Who of a form is served next; nil: nobody waits.
    static func head(of program: String, form: String, in reader: any StoreReader) throws -> Head? {
        try reader.first(
            """
            SELECT q.entitlement, q.since, q.rank, q.drawn FROM \(waiting) AND q.program = $1 AND q.form = $2
            ORDER BY q.since, q.rank, q.drawn, q.entitlement LIMIT 1
            """, [.text(program), .text(form)]
        ) {
            Head(
                entitlement: $0.id(0), form: form,
                turn: .init(since: $0.instant(1), rank: $0.int(2), drawn: $0.text(3)))
        }
    }

    /// The fund lines for whose money somebody of a program waits, since before a moment; nil: at all.
    static func lines(of program: Program, before moment: Instant? = nil, in reader: any StoreReader) throws
        -> Set<String>
    {
        var lines: Set<String> = []
        for head in try heads(of: program.id, in: reader) where moment.map({ head.turn.since < $0 }) ?? true {
            let funding = program.rules(for: head.form).funding.map(\.line)
            lines.formUnion(
                try funding.isEmpty ? Entitlements.load(head.entitlement, in: reader).shares.map(\.line) : funding)
        }
        return lines
    }

    /// What of a decision waits for money, and its turn; nil: nothing does.
    public static func place(of decision: Decisions.Row, in reader: any StoreReader) throws -> Place? {
        guard let standing = try standing(decision, in: reader) else { return nil }
        return try places(of: [standing], program: decision.program, in: reader)[decision.id]
    }

    /// Where a decision stands of which something waits.
    struct Standing: Sendable {
        var decision: ID<Decision>
        /// What waits, all parts together.
        var amount: Money
        /// Of the first part that waits.
        var turn: QueuedRest.Turn
        var entitlement: ID<Entitlement>

        fileprivate var key: [SQLValue] {
            [.instant(turn.since), .int(turn.rank), .text(turn.drawn), .id(entitlement)]
        }
    }

    /// nil: nothing of the decision waits.
    static func standing(_ decision: Decisions.Row, in reader: any StoreReader) throws -> Standing? {
        guard decision.outcome.queued > .zero, decision.state == "standing" else { return nil }
        var found: Standing?
        try reader.forEach(
            """
            SELECT e.amount, q.since, q.rank, q.drawn, q.entitlement
            FROM entitlement_row e JOIN money_queue q ON q.entitlement = e.id
            WHERE e.decision = $1 AND e.state = 'queued' ORDER BY q.since, q.rank, q.drawn, q.entitlement
            """, [.id(decision.id)]
        ) { row in
            let turn = QueuedRest.Turn(since: row.instant(1), rank: row.int(2), drawn: row.text(3))
            let first = found ?? Standing(decision: decision.id, amount: .zero, turn: turn, entitlement: row.id(4))
            found = first
            found?.amount = first.amount + row.money(0)
            return true
        }
        return found
    }

    /// What waits of decisions of a program, with their turns: the queue is gone through once, up to the last of them.
    static func places(of standings: [Standing], program: String, in reader: any StoreReader) throws
        -> [ID<Decision>: Place]
    {
        let sorted = standings.sorted { ($0.turn, $0.entitlement) < ($1.turn, $1.entitlement) }
        var places: [ID<Decision>: Place] = [:]
        for form in try forms(of: program, in: reader) {
            var before: Int64 = 0
            var last: [SQLValue] = [.int(.min), .int(.min), .text(""), .int(.min)]
            for one in sorted {
                before +=
                    try reader.integer(
                        """
                        SELECT COUNT(*) FROM money_queue WHERE ended_at IS NULL AND is_last = 1 AND program = $1
                        AND form = $2 AND (since, rank, drawn, entitlement) >= ($3, $4, $5, $6)
                        AND (since, rank, drawn, entitlement) < ($7, $8, $9, $10)
                        """, [.text(program), .text(form)] + last + one.key) ?? 0
                places[one.decision, default: Place(amount: one.amount, turn: 1)].turn += before
                last = one.key
            }
        }
        return places
    }

    /// How many decisions of a form something waits of.
    static func count(of program: String, form: String, in reader: any StoreReader) throws -> Int64 {
        try reader.integer(
            """
            SELECT COUNT(*) FROM money_queue WHERE ended_at IS NULL AND is_last = 1 AND program = $1 AND form = $2
            """, [.text(program), .text(form)]) ?? 0
    }

    /// What waits for money of each line, named by the first line that it may come from.
    static func byLine(in reader: any StoreReader) throws -> [String: Money] {
        var sums: [String: Money] = [:]
        try reader.forEach(
            """
            SELECT e.fund_line, SUM(e.amount) FROM money_queue q
            JOIN unfolded_entitlement e ON e.id = +q.entitlement AND e.state = 'queued'
            WHERE q.ended_at IS NULL GROUP BY e.fund_line
            """, []
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
        for (n, one) in new.enumerated() {
            guard let rest = one.rest else { continue }
            let isLast = n + 1 == new.count || new[n + 1].decision != one.decision
            rows += [
                .id(ids[n]), .text(one.program), .text(rest.form), .instant(rest.turn.since), .int(rest.turn.rank),
                .text(rest.turn.drawn), .bool(isLast),
            ]
        }
        try writer.insert(
            into: "money_queue",
            columns: ["entitlement", "program", "form", "since", "rank", "drawn", "is_last"], values: rows)
        let amount = new.reduce(Money.zero) { $0 + $1.amount }
        try context.record(
            "entitlement.queued", about: about, body: ["count": .int(Int64(new.count)), "amount": .int(amount.fen)],
            in: writer)
        return ids
    }

    /// There is money for what was queued: it is held (预留), once, whoever else does the same at this moment.
    ///
    /// - Parameter splits: what each line gives; together the whole amount. They may be others than it was queued with.
    static func serve(
        _ queued: Entitlement, _ splits: [Outcome.Split], about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let sums = splits.reduce(into: [String: Money]()) { $0[$1.line, default: .zero] += $1.amount }
        let isKnown = Set(sums.keys).isSubset(of: queued.shares.map(\.line))
        let found = try isKnown ? queued : relined(queued, to: splits.map(\.line), in: writer)
        var served = found
        served.state = .held
        for n in served.shares.indices { served.shares[n].amount = sums[served.shares[n].line] ?? .zero }
        guard found.state == .queued, served.shares.reduce(.zero, { $0 + $1.amount }) == found.amount else {
            throw wrongState(found)
        }
        try store(served, was: found, in: writer)
        try leaveQueue(found, context, in: writer)
        let details = summary([served])
        guard found.kind != .fee else {
            return try context.record("fee.asked", about: about, body: details, in: writer)
        }
        for (line, need) in sums.sorted(by: { $0.key < $1.key }) {
            try Backstop.cover(line, need: need, about: about, context, in: writer)
        }
        try Ledger.book(
            EntrySet(.hold, moving: sums, from: .available, to: .held, memo: "排队预留 \(found.id)", about: about),
            details: details, context, in: writer)
    }

    /// Whoever is served or taken back waits no more; nothing for what wasn't queued. Of a decision's parts that go on waiting the last
    /// is counted by whoever is told their turn.
    static func leaveQueue(_ found: Entitlement, _ context: ChangeContext, in writer: any StoreWriter) throws {
        guard found.state == .queued else { return }
        try writer.execute(
            "UPDATE money_queue SET ended_at = $1 WHERE entitlement = $2", [.instant(context.now), .id(found.id)])
        try writer.execute(
            """
            UPDATE money_queue SET is_last = 1 WHERE is_last = 0 AND entitlement = (
            SELECT MAX(e.id) FROM entitlement_row e JOIN money_queue q ON q.entitlement = e.id AND q.ended_at IS NULL
            WHERE e.decision = $1)
            """, [.id(found.decision)])
    }
}
