/// Cost sharing between unions: members are served wherever they are (就近就便), and their own union pays its part.
///
/// What is counted: deliveries and payments of the period whose decision names a serving union of another party than the home
/// union, and scanned visits to another party's stations. Each is shared once. Money moves when both sides have confirmed.
public enum Sharing {
    /// What one party owes another.
    public struct Due: Hashable, Sendable {
        /// The party whose members were served.
        public var home: String
        /// The party that served them.
        public var serving: String
        /// Deliveries and payments.
        public var cases = 0
        /// Scanned visits.
        public var visits = 0
        /// What the cases cost.
        public var cost = Money.zero
        /// What is to be paid: the share of the cost, rounded half up once, and the visits.
        public var amount = Money.zero

        /// Both, as one word: `99010101/99010102`. A period owes once between two.
        public var pair: String { "\(home)/\(serving)" }
    }

    /// A settlement as it stands.
    public struct Record: Hashable, Sendable {
        /// The settlement.
        public var id: ID<SharingSettlement>
        /// The days that it is for.
        public var period: DateRange
        /// The party that pays, and the one that is paid, by id.
        public var home: ID<Organization>
        /// The party that is paid.
        public var serving: ID<Organization>
        /// What is paid.
        public var amount: Money
        /// See ``State``.
        public var state: String
        /// Who confirmed for the party that pays.
        public var homeConfirmedBy: String?
        /// Who confirmed for the party that is paid.
        public var servingConfirmedBy: String?
        var homeLine: String
        var servingLine: String
        var version: Int64
    }

    /// What becomes of a settlement.
    public enum State: String, Sendable, CaseIterable { case proposed, booked, withdrawn }

    private struct Party {
        var id: ID<Organization>
        var path: String
        var code: String
        var line: String
    }

    private struct Found {
        var due: Due
        var home: Party
        var serving: Party
        var items: [(kind: String, id: Int64)] = []
    }

    /// What the parties owe each other for a period, of what no settlement counts yet.
    public static func dues(
        _ period: DateRange, _ agreement: SharingAgreement, in reader: any StoreReader
    ) throws -> [Due] {
        try find(period, agreement, in: reader).map(\.due)
    }

    /// Writes the period's settlements down, for both sides to confirm. Returns their ids; none where nothing is owed.
    public static func propose(
        _ period: DateRange, _ agreement: SharingAgreement, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> [ID<SharingSettlement>] {
        guard period.to < context.today else {
            throw NiangjiaError(
                .conflict, zh: "\(period.to) 还没有过完。", en: "The period has not ended: \(period.to).", place: "/to")
        }
        return try find(period, agreement, in: writer).filter { $0.due.amount > .zero }.map { found in
            let id = context.ids.next(SharingSettlement.self)
            try writer.insert(
                into: "sharing_settlement",
                columns: [
                    "id", "from_on", "to_on", "home", "serving", "home_line", "serving_line", "cases", "visits", "cost",
                    "amount", "state", "proposed_by",
                ],
                values: [
                    .id(id), .date(period.from), .date(period.to), .id(found.home.id), .id(found.serving.id),
                    .text(found.home.line), .text(found.serving.line), .int(Int64(found.due.cases)),
                    .int(Int64(found.due.visits)), .money(found.due.cost), .money(found.due.amount),
                    .text(State.proposed.rawValue),
                    .text(context.actor),
                ])
            do {
                try writer.insert(
                    into: "sharing_item", columns: ["kind", "item", "settlement"],
                    values: found.items.flatMap { [.text($0.kind), .int($0.id), .id(id)] })
            } catch StoreError.duplicate {
                throw NiangjiaError(.conflict, zh: "刚刚有人分摊过,请重试。", en: "Somebody has just shared these: try again.")
            }
            let body: Value = [
                "home": .text(found.due.home), "serving": .text(found.due.serving),
                "cases": .int(Int64(found.due.cases)),
                "visits": .int(Int64(found.due.visits)), "amount": .int(found.due.amount.fen),
            ]
            try context.record("sharing.proposed", about: id.text, body: body, in: writer)
            return id
        }
    }

    /// One side confirms; with the second confirmation the money moves between the parties' lines.
    ///
    /// Throws `forbidden` for somebody whose part of the tree is neither party's, `conflict` where the side has confirmed already,
    /// `insufficient_funds` where the paying line lacks the money: nothing is confirmed then.
    public static func confirm(
        _ id: ID<SharingSettlement>, scope: ID<Organization>?, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Record {
        let found = try load(id, in: writer)
        let isBelowServing = try lies(scope, below: found.serving, in: writer)
        // Where one party lies below the other, whoever is below both speaks for the inner one.
        let isHome =
            try lies(scope, below: found.home, in: writer)
            && !(isBelowServing && lies(found.serving, below: found.home, in: writer))
        guard isHome || isBelowServing else {
            // To a third union it is as if it weren't there.
            if scope != nil { throw missing(id) }
            throw NiangjiaError(
                .forbidden, zh: "须由双方工会各自的账号确认。", en: "Only an account of one of the two unions confirms.")
        }
        guard found.state == "proposed" else { throw wrongState(found) }
        guard (isHome ? found.homeConfirmedBy : found.servingConfirmedBy) == nil else {
            throw NiangjiaError(.conflict, zh: "这一方已经确认过。", en: "This side has confirmed already.")
        }
        let other = isHome ? found.servingConfirmedBy : found.homeConfirmedBy
        if let other { try AccountPersons.another(than: [other], context, in: writer) }
        let column = isHome ? "home_confirmed_by" : "serving_confirmed_by"
        let changed = try writer.execute(
            """
            UPDATE sharing_settlement SET \(column) = $1, state = $2, booked_at = $3, version = version + 1
            WHERE id = $4 AND version = $5
            """,
            [
                .text(context.actor), .text((other == nil ? State.proposed : .booked).rawValue),
                .instant(other == nil ? nil : context.now), .id(id), .int(found.version),
            ])
        guard changed == 1 else { throw wrongState(found) }
        try context.record(
            "sharing.confirmed", about: id.text, body: ["side": .text(isHome ? "home" : "serving")], in: writer)
        if other != nil { try book(found, context, in: writer) }
        return try load(id, in: writer)
    }

    /// Takes back a settlement that isn't booked: what it counts may be shared again.
    ///
    /// - Parameter scope: whose account asks; nil: one of the whole city, which proposes for all.
    /// - Throws: `not_found` for somebody whose part of the tree is neither party's; `forbidden` for whoever has confirmed it themselves;
    ///   `conflict` where both sides have confirmed: then money has moved.
    public static func withdraw(
        _ id: ID<SharingSettlement>, reason: String, scope: ID<Organization>?, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Record {
        let found = try load(id, in: writer)
        if let scope {
            let isParty = try [found.home, found.serving].contains { try lies(scope, below: $0, in: writer) }
            guard isParty else { throw missing(id) }
        }
        let confirmed = [found.homeConfirmedBy, found.servingConfirmedBy].compactMap(\.self)
        // What one side stands by takes a second person to undo.
        if found.state == "proposed", !confirmed.isEmpty {
            try AccountPersons.another(than: Set(confirmed), context, in: writer)
        }
        let changed = try writer.execute(
            """
            UPDATE sharing_settlement SET state = 'withdrawn', version = version + 1
            WHERE id = $1 AND version = $2 AND state = 'proposed'
            """, [.id(id), .int(found.version)])
        guard changed == 1 else { throw wrongState(found) }
        try writer.execute("DELETE FROM sharing_item WHERE settlement = $1", [.id(id)])
        try context.record(
            "sharing.withdrawn", about: id.text,
            body: [
                "reason": .text(reason), "amount": .int(found.amount.fen),
                "confirmed_by": .list(confirmed.map { .text($0) }),
            ], in: writer)
        return try load(id, in: writer)
    }

    private static func book(_ found: Record, _ context: ChangeContext, in writer: any StoreWriter) throws {
        let sources = try [found.homeLine, found.servingLine].map { line in
            guard let source = try Ledger.line(line, in: writer)?.source else { throw Ledger.noLine(line) }
            return source
        }
        guard sources[0] == sources[1] else {
            throw NiangjiaError(
                .configuration, zh: "双方资金项目来源不同(\(sources.joined(separator: "、"))),不得混用。",
                en: "The two lines are of different sources: they never mix.", place: "config/funds.yaml")
        }
        try Ledger.book(
            EntrySet(
                .sharing,
                [
                    .init(.line(found.homeLine, .available), -found.amount),
                    .init(.line(found.servingLine, .available), found.amount),
                ], memo: "跨会籍服务分摊 \(found.period)", about: found.id.text), context, in: writer)
    }

    private static func lies(
        _ scope: ID<Organization>?, below party: ID<Organization>, in reader: any StoreReader
    ) throws -> Bool {
        // An account of the whole city speaks for neither side.
        guard let scope else { return false }
        return try reader.integer(
            """
            SELECT 1 FROM organization s JOIN organization p ON p.id = $1
            WHERE s.id = $2 AND substr(s.path, 1, length(p.path)) = p.path
            """, [.id(party), .id(scope)]) != nil
    }

    // MARK: what is counted

    private static func parties(_ agreement: SharingAgreement, in reader: any StoreReader) throws -> [Party] {
        try agreement.parties.map { party in
            let found = try reader.first(
                "SELECT id, path FROM organization WHERE code = $1", [.text(party.organization)]
            ) {
                Party(id: $0.id(0), path: $0.text(1), code: party.organization, line: party.line)
            }
            guard let found else {
                throw NiangjiaError(
                    .configuration, zh: "分摊协议里的工会 \(party.organization) 不在登记册中。",
                    en: "The sharing agreement names \(party.organization), which the register doesn't have.",
                    place: "config/funds.yaml")
            }
            return found
        }
    }

    private static func find(
        _ period: DateRange, _ agreement: SharingAgreement, in reader: any StoreReader
    ) throws -> [Found] {
        let parties = try parties(agreement, in: reader)
        // The innermost party that an organisation lies below.
        func party(_ path: String) -> Party? {
            parties.filter { path.hasPrefix($0.path) }.max { $0.path.count < $1.path.count }
        }
        var found: [String: Found] = [:]
        func count(_ home: String, _ serving: String, _ kind: String, _ id: Int64, _ cost: Money) {
            guard let home = party(home), let serving = party(serving), home.id != serving.id else { return }
            let key = "\(home.code) \(serving.code)"
            var one =
                found[key] ?? Found(due: Due(home: home.code, serving: serving.code), home: home, serving: serving)
            one.items.append((kind, id))
            if kind == "case" {
                one.due.cases += 1
                one.due.cost += cost
            } else {
                one.due.visits += 1
            }
            found[key] = one
        }
        try served(period, visits: agreement.perVisit != nil, in: reader, count)
        return found.values.map { one in
            var one = one
            let visits = (agreement.perVisit?.fen ?? 0) * Int64(one.due.visits)
            one.due.amount = agreement.rate.of(one.due.cost) + Money(fen: visits)
            return one
        }.sorted { $0.due.pair < $1.due.pair }
    }

    /// Every delivery, payment and scanned visit of the period that no settlement counts: where its home and its serving union
    /// stand in the tree, what it is, and what it cost.
    private static func served(
        _ period: DateRange, visits: Bool, in reader: any StoreReader,
        _ count: (_ home: String, _ serving: String, _ kind: String, _ id: Int64, _ cost: Money) -> Void
    ) throws {
        // Goods by the day for which they were handed over, money by the bank's day. Who files for themselves, or for their own unit's
        // people, was served at nobody's counter.
        try reader.forEach(
            """
            SELECT h.path, s.path, e.id, e.amount - e.claimed FROM unfolded_entitlement e JOIN decision d ON d.id = e.decision
            JOIN organization h ON h.id = d.home_organization JOIN organization s ON s.id = d.serving_organization
            LEFT JOIN payment p ON p.entitlement = e.id AND p.state = 'paid'
            WHERE d.home_organization <> d.serving_organization AND NOT EXISTS (SELECT 1 FROM case_file c
            WHERE c.id = d.case_id AND c.channel IN ('member', 'person', 'unit')) AND NOT EXISTS
            (SELECT 1 FROM sharing_item i WHERE i.kind = 'case' AND i.item = e.id)
            AND ((e.kind = 'goods' AND e.state IN ('delivered', 'paid') AND e.on_date >= $1 AND e.on_date <= $2)
            OR (e.kind = 'money' AND e.state = 'paid' AND COALESCE(p.paid_at, p.resolved_at) >= $3
            AND COALESCE(p.paid_at, p.resolved_at) < $4))
            ORDER BY e.id
            """,
            [
                .date(period.from), .date(period.to), .instant(Instant(period.from)), .instant(Instant(period.to + 1)),
            ]
        ) { row in
            count(row.text(0), row.text(1), "case", row.int(2), row.money(3))
            return true
        }
        guard visits else { return }
        try reader.forEach(
            """
            SELECT h.path, s.path, v.id FROM visit v JOIN membership m ON m.person = v.person AND \(Membership.isPrimary)
            JOIN organization h ON h.id = m.organization
            JOIN organization s ON s.id = v.organization WHERE v.day >= $1 AND v.day <= $2 AND v.kind = 'scan'
            AND NOT EXISTS (SELECT 1 FROM sharing_item i WHERE i.kind = 'visit' AND i.item = v.id) ORDER BY v.id
            """, [.date(period.from), .date(period.to)]
        ) { row in
            count(row.text(0), row.text(1), "visit", row.int(2), .zero)
            return true
        }
    }

    // MARK: rows

    private static let columns = """
        SELECT id, from_on, to_on, home, serving, amount, state, home_confirmed_by, serving_confirmed_by, home_line,
        serving_line, version FROM sharing_settlement
        """

    /// A settlement. Throws `not_found` when there is none.
    public static func load(_ id: ID<SharingSettlement>, in reader: any StoreReader) throws -> Record {
        guard let found = try reader.first("\(columns) WHERE id = $1", [.id(id)], record) else {
            throw missing(id)
        }
        return found
    }

    private static func missing(_ id: ID<SharingSettlement>) -> NiangjiaError {
        NiangjiaError(.notFound, zh: "没有这张分摊单:\(id)。", en: "There is no settlement \(id).")
    }

    /// Settlements, the newest first, from behind one: whoever sees a part of them sees all of that part.
    public static func list(after: ID<SharingSettlement>? = nil, in reader: any StoreReader) throws -> [Record] {
        try reader.all("\(columns) WHERE id < $1 ORDER BY id DESC", [.int(after?.rawValue ?? .max)], record)
    }

    private static func record(_ row: any StoreRow) -> Record {
        Record(
            id: row.id(0), period: DateRange(from: row.date(1), to: row.date(2)), home: row.id(3), serving: row.id(4),
            amount: row.money(5), state: row.text(6), homeConfirmedBy: row.textOrNil(7),
            servingConfirmedBy: row.textOrNil(8), homeLine: row.text(9), servingLine: row.text(10), version: row.int(11)
        )
    }

    private static func wrongState(_ found: Record) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "分摊单 \(found.id) 的状态是“\(StateWords.title(found.state).zh)”,或刚刚被别人改过。",
            en: "Settlement \(found.id) is “\(found.state)”, or has just changed.")
    }
}
