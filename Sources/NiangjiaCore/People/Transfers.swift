/// What a part of the city entered about somebody who belongs elsewhere, for whoever is over both (decision 0069).
public struct TransferRequest: Sendable {
    /// Its id.
    public var id: ID<Transfer>
    /// Whom the register has under the number that was entered.
    public var person: ID<Person>
    /// Their name in the register.
    public var knownName: String
    /// What the row calls them.
    public var name: String
    /// The code of the union that they belong to; nil: none.
    public var from: String?
    /// The code of the union that they are to join, and as what.
    public var to: String
    /// The state of the membership that the row asks for: active, applied, …
    public var status: String
    /// Who entered it, and when.
    public var askedBy: String
    /// See ``askedBy``.
    public var askedAt: Instant
    /// See ``State``.
    public var state: State

    /// What became of it.
    public enum State: String, Hashable, Sendable, CaseIterable {
        case pending
        case accepted
        case refused
        case withdrawn

        /// For people; commands and answers keep the stable word.
        public var title: LocalText {
            switch self {
            case .pending: LocalText(zh: "待核实", en: "pending")
            case .accepted: LocalText(zh: "已通过", en: "accepted")
            case .refused: LocalText(zh: "未批准", en: "refused")
            case .withdrawn: LocalText(zh: "已撤回", en: "withdrawn")
            }
        }

        init(stored text: String) throws(NiangjiaError) {
            guard let state = State(rawValue: text) else {
                throw NiangjiaError(.store, zh: "未知的转会状态", en: "unknown state of a transfer", cause: text)
            }
            self = state
        }
    }
}

/// Reading transfers, asking for them and deciding them.
public enum Transfers {
    /// What a row of an import says of a membership, by column of `membership`.
    public typealias Wanted = [String: SQLValue]

    /// Transfers, the newest first.
    public static func list(
        state: TransferRequest.State? = .pending, after: ID<Transfer>? = nil, limit: Int = 100,
        in reader: any StoreReader
    ) throws -> [TransferRequest] {
        try reader.all(
            """
            SELECT t.id, t.person, COALESCE(p.name, ''), t.name, o.code, w.code, t.status, t.asked_by, t.asked_at, t.state
            FROM transfer t LEFT JOIN person p ON p.id = t.person
            LEFT JOIN membership m ON m.person = t.person AND \(Membership.isPrimary)
            LEFT JOIN organization o ON o.id = m.organization LEFT JOIN organization w ON w.id = t.organization
            WHERE ($1 = '' OR t.state = $1) AND t.id < $2 ORDER BY t.id DESC LIMIT $3
            """, [.text(state?.rawValue ?? ""), .int(after?.rawValue ?? .max), .int(Int64(limit))]
        ) {
            TransferRequest(
                id: $0.id(0), person: $0.id(1), knownName: $0.text(2), name: $0.text(3), from: $0.textOrNil(4),
                to: $0.textOrNil(5) ?? "?", status: $0.text(6), askedBy: $0.text(7), askedAt: $0.instant(8),
                state: try TransferRequest.State(stored: $0.text(9)))
        }
    }

    /// Asks for a transfer; what was asked of the same person for the same union and isn't decided is asked anew. Returns its id.
    public static func ask(
        _ person: Int64, called name: String, into organization: Int64, as wanted: Wanted, batch: Int64,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ID<Transfer> {
        let pending = try writer.first(
            "SELECT id FROM transfer WHERE person = $1 AND organization = $2 AND state = 'pending'",
            [.int(person), .int(organization)]
        ) { $0.id(0, Transfer.self) }
        if let pending {
            try move(pending, to: .withdrawn, because: nil, context, in: writer)
        }
        let id = context.ids.next(Transfer.self)
        try writer.insert(
            into: "transfer",
            columns: [
                "id", "person", "name", "organization", "status", "joined_on", "left_on", "post", "number",
                "import_batch",
                "asked_by", "asked_at", "state",
            ],
            values: [
                .id(id), .int(person), .text(name), .int(organization), wanted["status"] ?? .text("active"),
                wanted["joined_on"] ?? .null, wanted["left_on"] ?? .null, wanted["post"] ?? .null,
                wanted["number"] ?? .null, .int(batch), .text(context.actor), .instant(context.now),
                .text(TransferRequest.State.pending.rawValue),
            ])
        try context.record("transfer.asked", about: id.text, body: .map([:]), in: writer)
        return id
    }

    /// Takes back what an import asked for. False where it has been accepted.
    public static func withdraw(_ id: ID<Transfer>, _ context: ChangeContext, in writer: any StoreWriter) throws -> Bool
    {
        let state = try writer.first("SELECT state FROM transfer WHERE id = $1", [.id(id)]) {
            try TransferRequest.State(stored: $0.text(0))
        }
        if state == .pending { try move(id, to: .withdrawn, because: nil, context, in: writer) }
        return state != .accepted
    }

    /// Decides a transfer. Accepted, the person leaves the union that they belong to and joins the other one, or has died where
    /// the row says so; nothing else of the row is taken over.
    ///
    /// Throws `not_found`; `conflict` where it has been decided, or the register is being changed; `forbidden` for who asked.
    public static func decide(
        _ id: ID<Transfer>, isAccepted: Bool, because reason: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let found = try writer.first(
            "SELECT person, organization, state, asked_by, status, joined_on, left_on, post, number FROM transfer WHERE id = $1",
            [.id(id)]
        ) { row in
            (
                person: row.int(0), organization: row.int(1), state: try TransferRequest.State(stored: row.text(2)),
                by: row.text(3),
                wanted: [
                    "status": .text(row.text(4)), "joined_on": .optional(row.intOrNil(5)),
                    "left_on": .optional(row.intOrNil(6)), "post": .optional(row.textOrNil(7)),
                    "number": .optional(row.textOrNil(8)),
                ] as Wanted
            )
        }
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有这份转会申请。", en: "There is no such transfer.", place: "/transfer")
        }
        guard found.state == .pending else {
            throw NiangjiaError(.conflict, zh: "这份转会申请已办理。", en: "This transfer has been decided.")
        }
        guard try Access.areTwoPeople(found.by, context.actor, in: writer) else {
            throw NiangjiaError(
                .forbidden, zh: "提出人不能自己核实转会:须由另一人办理。", en: "Whoever entered it can't decide it: another person must.")
        }
        if isAccepted { try join(found.person, found.organization, found.wanted, context, in: writer) }
        try move(id, to: isAccepted ? .accepted : .refused, because: reason, context, in: writer)
    }

    private static func move(
        _ id: ID<Transfer>, to state: TransferRequest.State, because reason: String?, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let changed = try writer.execute(
            """
            UPDATE transfer SET state = $1, version = version + 1, decided_by = $2, decided_at = $3, reason = $4
            WHERE id = $5 AND state = 'pending'
            """,
            [.text(state.rawValue), .text(context.actor), .instant(context.now), .optional(reason), .id(id)])
        guard changed == 1 else { throw busy }
        try context.record("transfer.\(state.rawValue)", about: id.text, body: .map([:]), in: writer)
    }

    private static var busy: NiangjiaError {
        NiangjiaError(.conflict, zh: "资料正被他人修改,请再试。", en: "Somebody else is changing this: try again.")
    }

    private static func join(
        _ person: Int64, _ organization: Int64, _ wanted: Wanted, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        if wanted["status"] == .text(Death.status) {
            var day: CivilDate?
            if case .int(let days)? = wanted["left_on"] { day = CivilDate(days: Int32(clamping: days)) }
            return try Death.enter(ID(rawValue: person), on: day, context, in: writer)
        }
        guard try !Death.isTold(of: ID(rawValue: person), in: writer) else {
            throw NiangjiaError(
                .conflict, zh: "此人已登记为去世,不能转会。", en: "The register says that this person has died: they join no union.")
        }
        let table = PeopleSchema.membership
        let names = table.columns.map(\.name)
        func place(_ name: String) -> Int { names.firstIndex(of: name) ?? 0 }
        let known = try writer.all(
            "SELECT \(names.joined(separator: ", ")) FROM membership WHERE person = $1", [.int(person)]
        ) { RegisterHistory.values(table, from: $0) }
        func isBinding(_ value: SQLValue?) -> Bool {
            if case .text(let status)? = value { Membership.binding.contains(status) } else { false }
        }
        let today = SQLValue.date(context.today)
        let binds = isBinding(wanted["status"])
        for other in known
        where binds && other[place("organization")] != .int(organization) && other[place("is_primary")] == .int(1)
            && isBinding(other[place("status")])
        {
            var left = other
            left[place("status")] = .text("left")
            (left[place("left_on")], left[place("valid_from")]) = (today, today)
            guard try RegisterHistory.replace(table, other, with: left, at: context.now, in: writer) else { throw busy }
        }
        let mine = known.first { $0[place("organization")] == .int(organization) }
        var new = mine ?? table.columns.map { $0.defaultValue ?? .null }
        // Who comes back hasn't left.
        if binds, !isBinding(new[place("status")]) { new[place("left_on")] = .null }
        for (name, value) in wanted where value != .null { new[place(name)] = value }
        new[place("is_primary")] = .bool(binds || mine?[place("is_primary")] == .int(1))
        new[place("valid_from")] = today
        if let mine {
            guard try RegisterHistory.replace(table, mine, with: new, at: context.now, in: writer) else { throw busy }
            return
        }
        new[place("person")] = .int(person)
        new[place("organization")] = .int(organization)
        new[place("revision")] = .int(try RegisterHistory.firstRevision(table, new, in: writer))
        new[place("recorded_at")] = .instant(context.now)
        try writer.insert(into: "membership", columns: names, values: new)
    }
}
