/// A pool's places given to all entrants at once, as the store has it.
public struct Allotment: Sendable {
    /// The list is fixed; the places are given.
    public enum State: String, Sendable { case closed, settled }

    /// Its number, `al-…`.
    public var id: ID<Allotted>
    /// The program whose places they are.
    public var program: String
    /// The form that asks for them.
    public var form: String
    /// `program/form`, and the value of `per` after it.
    public var pool: String
    /// When the list was fixed.
    public var closedAt: Instant
    /// What orders the entrants, the strongest first.
    public var ordering: [PlacesRule.Order]
    /// How many places there are.
    public var count: Int64
    /// How many may wait.
    public var room: Int64
    /// The published list (``Draw/list(_:)``) and its SM3.
    public var list: String
    /// How many the list names.
    public var entrants: Int64
    /// SM3 of the list.
    public var listDigest: [UInt8]
    /// Of a draw: the public value that was named beforehand.
    public var source: String?
    /// What it turned out to be.
    public var value: String?
    /// The seed of a draw, 64 hexadecimal digits.
    public var seed: String?
    /// How far it has come.
    public var state: State

    static let columns = """
        id, program, form, pool, closed_at, ordering, count, room, list, entrants, list_digest, source, value, seed, state
        """
    static let closedKind = "places.closed"
    static let settledKind = "places.settled"

    static func row(from row: any StoreRow) -> Allotment {
        Allotment(
            id: row.id(0), program: row.text(1), form: row.text(2), pool: row.text(3), closedAt: row.instant(4),
            ordering: row.text(5).split(separator: ",").compactMap { PlacesRule.Order(rawValue: String($0)) },
            count: row.int(6), room: row.int(7), list: row.text(8), entrants: row.int(9), listDigest: row.blob(10),
            source: row.textOrNil(11), value: row.textOrNil(12), seed: row.textOrNil(13),
            state: State(rawValue: row.text(14)) ?? .closed)
    }

    /// Whether it waits for a public value.
    public var isDraw: Bool { ordering.contains(.drawn) }

    /// How it stands, for whoever asks.
    public enum Standing: String, Sendable, CaseIterable {
        case settled
        case waitsForValue = "waits_for_value"
        case closed
    }

    /// How it stands, for whoever asks.
    public var standing: Standing { state == .settled ? .settled : isDraw ? .waitsForValue : .closed }

    /// The allotment of a pool; nil while entries are open.
    public static func of(_ pool: String, in reader: any StoreReader) throws -> Allotment? {
        try reader.first("SELECT \(columns) FROM allotment WHERE pool = $1", [.text(pool)], row(from:))
    }

    /// Reads an allotment. Throws `notFound`.
    public static func load(_ id: ID<Allotted>, in reader: any StoreReader) throws -> Allotment {
        guard let found = try reader.first("SELECT \(columns) FROM allotment WHERE id = $1", [.id(id)], row(from:))
        else {
            throw NiangjiaError(.notFound, zh: "没有抽签或排名 \(id)", en: "there is no draw or ranking \(id)")
        }
        return found
    }

    /// Those of a program, or all, newest first.
    ///
    /// - Parameters:
    ///   - after: goes on behind this one.
    ///   - limit: so many at most.
    public static func list(
        program: String?, after: ID<Allotted>? = nil, limit: Int = 1_000_000, in reader: any StoreReader
    ) throws -> [Allotment] {
        try reader.all(
            """
            SELECT \(columns) FROM allotment WHERE ($1 = '' OR program = $1) AND id < $2 ORDER BY id DESC LIMIT $3
            """, [.text(program ?? ""), .int(after?.rawValue ?? .max), .int(Int64(limit))], row(from:))
    }

    /// The digest of the chain's event that closed the entries, which covers all that came before it; nil until it is sealed.
    public func head(in reader: any StoreReader) throws -> ChainHead? {
        try reader.first(
            "SELECT seq, digest FROM chain_event WHERE kind = $1 AND about = $2 AND seq IS NOT NULL",
            [.text(Allotment.closedKind), .text(id.text)]
        ) { ChainHead(seq: $0.int(0), digest: $0.blob(1)) }
    }

    /// Fixes the list of entrants, once and for ever. Returns the allotment that holds.
    static func close(
        _ pool: PlacePool, _ context: FormContext, _ change: ChangeContext, in writer: any StoreWriter
    ) throws -> Allotment {
        if let known = try of(pool.key, in: writer) { return known }
        let entrants = try writer.all(
            "SELECT case_id, line, take, rank, entered_at FROM place WHERE pool = $1 AND state = 'entered'",
            [.text(pool.key)]
        ) { row in
            Draw.Entrant(
                name: "\(row.id(0, CaseFile.self))/\(row.int(1))", take: row.int(2), rank: row.intOrNil(3),
                at: row.instant(4))
        }
        let ordering = context.form.places?.order ?? [.submitted]
        return try insert(
            NewAllotment(
                pool: pool.key, ordering: ordering, count: pool.count, room: pool.room, entrants: entrants,
                source: ordering.contains(.drawn) ? context.rules.draw?.source : nil), context, change, in: writer)
    }

    /// A list that is fixed now.
    struct NewAllotment {
        var pool: String
        var ordering: [PlacesRule.Order]
        var count: Int64
        var room: Int64
        var entrants: [Draw.Entrant]
        var source: String?
    }

    /// Writes a list and its digest into the chain.
    static func insert(
        _ new: NewAllotment, _ context: FormContext, _ change: ChangeContext, in writer: any StoreWriter
    ) throws -> Allotment {
        let list = Draw.list(new.entrants)
        let digest = change.crypto.digest(Array(list.utf8))
        let id = change.ids.next(Allotted.self)
        try writer.execute(
            """
            INSERT INTO allotment (id, program, form, pool, closed_at, ordering, count, room, list, entrants, list_digest, \
            source, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'closed')
            """,
            [
                .id(id), .text(context.program.id), .text(context.form.name), .text(new.pool), .instant(change.now),
                .text(new.ordering.map(\.rawValue).joined(separator: ",")), .int(new.count), .int(new.room),
                .text(list), .int(Int64(new.entrants.count)), .blob(digest), .optional(new.source),
            ])
        try change.record(
            closedKind, about: id.text,
            body: [
                "pool": .text(new.pool), "entrants": .int(Int64(new.entrants.count)), "list": .text(Hex.text(digest)),
                "ordering": .list(new.ordering.map { .text($0.rawValue) }), "count": .int(new.count),
                "source": new.source.map { .text($0) } ?? .null,
            ], in: writer)
        return try load(id, in: writer)
    }

    /// Serves the entrants in their order. Who has withdrawn since the list was fixed is passed over. Does nothing when it has
    /// been done already: no draw repeats.
    static func settle(_ id: ID<Allotted>, _ change: ChangeContext, in writer: any StoreWriter) throws {
        let allotment = try load(id, in: writer)
        // A run is settled when it goes on.
        guard allotment.run == nil, allotment.state == .closed, !allotment.isDraw || allotment.seed != nil else {
            return
        }
        let ordered = Draw.order(
            Draw.entrants(allotment.list) ?? [], by: allotment.ordering, seed: allotment.seed, crypto: change.crypto)
        let rows = try writer.all(
            "SELECT case_id, line, id FROM place WHERE pool = $1 AND state = 'entered'", [.text(allotment.pool)]
        ) { ("\($0.id(0, CaseFile.self))/\($0.int(1))", $0.id(2, PlaceHold.self)) }
        let present = Dictionary(rows, uniquingKeysWith: { first, _ in first })
        try Places.openCounter(allotment.pool, allotment.count, in: writer)
        let used =
            try writer.integer("SELECT used FROM counter WHERE kind = 'places' AND key = $1", [.text(allotment.pool)])
            ?? 0
        let serving = ordered.filter { present[$0.name] != nil }
        let states = Draw.serve(serving, count: allotment.count, room: allotment.room, used: used)
        for (n, (entrant, state)) in zip(serving, states).enumerated() {
            guard let place = present[entrant.name] else { continue }
            try writer.execute(
                "UPDATE place SET state = $1, position = $2, changed_at = $3 WHERE id = $4 AND state = 'entered'",
                [.text(state.rawValue), .int(Int64(n + 1)), .instant(change.now), .id(place)])
        }
        func taken(_ state: PlaceState) -> Int64 {
            zip(serving, states).reduce(0) { $0 + ($1.1 == state ? $1.0.take : 0) }
        }
        let counted = try writer.execute(
            """
            UPDATE counter SET used = used + $1, waiting = waiting + $2, cap = $3 WHERE kind = 'places' AND key = $4 \
            AND (used + $1 <= $3 OR $1 = 0)
            """, [.int(taken(.held)), .int(taken(.waiting)), .int(allotment.count), .text(allotment.pool)])
        guard counted == 1 else { throw StaleFacts(lines: []) }
        let settled = try writer.execute(
            "UPDATE allotment SET state = 'settled', settled_at = $1 WHERE id = $2 AND state = 'closed'",
            [.instant(change.now), .id(id)])
        guard settled == 1 else { throw StaleFacts(lines: []) }
        let order = serving.map { $0.name + "\n" }.joined()
        try change.record(
            settledKind, about: id.text,
            body: [
                "seed": allotment.seed.map { .text($0) } ?? .null,
                "order": .text(Hex.text(change.crypto.digest(Array(order.utf8)))),
                "held": .int(taken(.held)), "waiting": .int(taken(.waiting)),
            ], in: writer)
    }
}

/// What an independent repetition of an allotment found.
public struct AllotmentCheck: Sendable {
    /// What was repeated.
    public var allotment: Allotment
    /// The chain's event that closed the list.
    public var head: ChainHead?
    /// In the order in which they were served, and what each got then.
    public var order: [(entrant: Draw.Entrant, key: String?, state: PlaceState)]
    /// What isn't as it follows from what is published.
    public var faults: [LocalText]
    /// Whether nothing is wrong.
    public var isOK: Bool { faults.isEmpty }
}

extension Allotment {
    /// Repeats an allotment from what is published, and compares it with the chain and with the places that were given.
    public func check(crypto: any CryptoProvider, in reader: any StoreReader) throws -> AllotmentCheck {
        var faults: [LocalText] = []
        func fault(_ zh: String, _ en: String) { faults.append(LocalText(zh: zh, en: en)) }
        let head = try head(in: reader)
        let told = try reader.first(
            "SELECT body FROM chain_event WHERE kind = $1 AND about = $2",
            [.text(Allotment.closedKind), .text(id.text)]
        ) { try Value(json: $0.textOrNil(0) ?? "null") }
        let digest = crypto.digest(Array(list.utf8))
        if digest != listDigest || told?["list"].text != Hex.text(digest) {
            fault("参加名单与事件链记载的摘要不符", "the list isn't the one that the chain tells of")
        }
        if isDraw, let value {
            let seed = head.map { Draw.seed(head: $0.digest, value: value, crypto: crypto) }
            if seed != self.seed { fault("种子与链首、公开数值不符", "the seed doesn't follow from head and value") }
        }
        guard let entrants = Draw.entrants(list) else {
            fault("名单无法读出", "the list can't be read")
            return AllotmentCheck(allotment: self, head: head, order: [], faults: faults)
        }
        guard state == .settled else { return AllotmentCheck(allotment: self, head: head, order: [], faults: faults) }
        if let run {
            var check = AllotmentCheck(allotment: self, head: head, order: [], faults: faults)
            try self.check(run, &check, crypto: crypto, in: reader)
            return check
        }
        let positions = Dictionary(
            try reader.all(
                "SELECT case_id, line, position FROM place WHERE pool = $1 AND case_id IS NOT NULL AND position IS NOT NULL",
                [.text(pool)]
            ) { ("\($0.id(0, CaseFile.self))/\($0.int(1))", $0.int(2)) }, uniquingKeysWith: { first, _ in first })
        let serving = Draw.order(entrants, by: ordering, seed: seed, crypto: crypto).filter {
            positions[$0.name] != nil
        }
        let given = serving.map { positions[$0.name] ?? 0 }
        if zip(given, given.dropFirst()).contains(where: { $0 >= $1 }) {
            fault("实际次序与重新计算的不符", "the places weren't given in the order that follows")
        }
        let states = Draw.serve(serving, count: count, room: room)
        let order = zip(serving, states).map { entrant, state in
            (entrant, seed.map { Draw.key(entrant.name, seed: $0, crypto: crypto) }, state)
        }
        return AllotmentCheck(allotment: self, head: head, order: order, faults: faults)
    }
}
