/// A pool of places as the manifest declares it, for one line.
struct PlacePool: Sendable, Hashable {
    /// `program/form`, and the value of `per` after it.
    var key: String
    var count: Int64
    /// How many may wait.
    var room: Int64
    /// How many the line takes.
    var take: Int64
    /// When all entrants are served together; nil: who comes first is served at once.
    var servedAt: Instant?
    /// When it closes for entries, where the manifest says so.
    var closesAt: Instant?
}

extension FormContext {
    /// Before this moment nothing is judged (`judge_after: season_end`); nil: cases are judged when they come.
    var judgedFrom: Instant? { form.isJudgedAfterSeason ? Instant(rules.season.to + 1) : nil }

    /// The pool that a line draws on; nil for a form without places.
    func pool(of path: FormPath, in reader: any StoreReader) throws -> PlacePool? {
        guard let rule = form.places else { return nil }
        var key = program.id + "/" + form.name
        if let per = rule.per {
            guard let value = try path.value(per, in: reader) else {
                throw NiangjiaError(
                    .invalid, zh: "没有写明“\(per)”", en: "\(per) is missing", place: path.place(of: per))
            }
            key += "/" + (value.text ?? value.json)
        }
        // One counter for all who ask: a union's own number would hold for whoever else comes after its members.
        var shared = path
        shared.hasOwnSettings = false
        let count: Int64? =
            switch rule.count {
            case .literal(let n): n
            case .setting(let name): try shared.settings(in: reader)[name]?.int
            case nil: try rule.countPath.flatMap { try shared.value($0, in: reader)?.int }
            }
        guard let count else {
            throw NiangjiaError(.configuration, zh: "名额没有写明数量", en: "the number of places is missing")
        }
        let take = try rule.take.map { try path.value($0, in: reader)?.int ?? 1 } ?? 1
        guard take > 0 else {
            throw NiangjiaError(
                .invalid, zh: "至少占用一个名额", en: "at least one place", place: path.place(of: rule.take ?? ""))
        }
        let closes = try rule.closes.flatMap { try path.value($0, in: reader) }
        let closesAt = closes.flatMap { value in
            value.date.map { Instant($0 + 1) } ?? value.text.flatMap { Instant($0) }
        }
        let room = rule.waitlist.map { $0.of(Money(fen: count)).fen } ?? 0
        var pool = PlacePool(key: key, count: count, room: room, take: take, closesAt: closesAt)
        switch (rule.from, judgedFrom) {
        case (.submit, nil): break
        case (.applyEnd, nil): pool.servedAt = min(rules.apply.to, closesAt ?? rules.apply.to)
        case (_, let from): pool.servedAt = from ?? Instant(rules.season.to + 1)
        }
        return pool
    }
}

/// Giving and taking back places. What counts is in ``DecisionsSchema/counter``, changed by conditional updates only: under any
/// number of applications at once exactly `count` places are given, and none twice.
enum Places {
    /// A place as the store has it.
    struct Row: Sendable, Hashable {
        var id: ID<PlaceHold>
        var pool: String
        var caseID: ID<CaseFile>?
        var line: Int
        var take: Int64
        var state: PlaceState
        var position: Int64?
    }

    private static let columns = "id, pool, case_id, line, take, state, position"

    private static func row(from row: any StoreRow) -> Row {
        Row(
            id: row.id(0), pool: row.text(1), caseID: row.idOrNil(2), line: Int(row.intOrNil(3) ?? 0), take: row.int(4),
            state: PlaceState(rawValue: row.text(5)) ?? .freed, position: row.intOrNil(6))
    }

    /// The places of a case, by line; those given back are left out.
    static func of(_ id: ID<CaseFile>, in reader: any StoreReader) throws -> [Row] {
        try reader.all(
            "SELECT \(columns) FROM place WHERE case_id = $1 AND state <> 'freed' ORDER BY line", [.id(id)], row(from:))
    }

    static func of(_ decision: ID<Decision>, in reader: any StoreReader) throws -> Row? {
        try reader.first(
            "SELECT \(columns) FROM place WHERE decision = $1 AND state <> 'freed'", [.id(decision)], row(from:))
    }

    /// Takes places for a decision of a run. False when there are no longer enough.
    static func take(
        _ places: SettleLine.Places, decision: ID<Decision>, program: String, form: String, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Bool {
        try openCounter(places.key, places.count, in: writer)
        let taken = try writer.execute(
            "UPDATE counter SET used = used + $1, cap = $3 WHERE kind = 'places' AND key = $2 AND used + $1 <= $3",
            [.int(places.take), .text(places.key), .int(places.count)])
        guard taken == 1 else { return false }
        try writer.execute(
            """
            INSERT INTO place (id, program, form, pool, decision, take, entered_at, state, changed_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'held', $7)
            """,
            [
                .id(change.ids.next(PlaceHold.self)), .text(program), .text(form), .text(places.key), .id(decision),
                .int(places.take), .instant(change.now),
            ])
        return true
    }

    /// Enters a line of a case among those that are served together later.
    static func enter(
        _ pool: PlacePool, _ record: CaseRecord, line: Int, rank: Int64?, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        try put(pool, record, line: line, rank: rank, state: .entered, position: nil, change, in: writer)
    }

    /// First come, first served: a place, a position on the waiting list, or neither. Nobody overtakes those who wait.
    static func claim(
        _ pool: PlacePool, _ record: CaseRecord, line: Int, rank: Int64?, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws -> PlaceState {
        try openCounter(pool.key, pool.count, in: writer)
        let state: PlaceState
        let taken = try writer.execute(
            """
            UPDATE counter SET used = used + $1, cap = $3 WHERE kind = 'places' AND key = $2 AND waiting = 0 \
            AND used + $1 <= $3
            """, [.int(pool.take), .text(pool.key), .int(pool.count)])
        if taken == 1 {
            state = .held
        } else {
            let waits = try writer.execute(
                "UPDATE counter SET waiting = waiting + $1, cap = $4 WHERE kind = 'places' AND key = $2 AND waiting + $1 <= $3",
                [.int(pool.take), .text(pool.key), .int(pool.room), .int(pool.count)])
            state = waits == 1 ? .waiting : .out
        }
        let last = try writer.integer("SELECT MAX(position) FROM place WHERE pool = $1", [.text(pool.key)]) ?? 0
        try put(pool, record, line: line, rank: rank, state: state, position: last + 1, change, in: writer)
        return state
    }

    private static func put(
        _ pool: PlacePool, _ record: CaseRecord, line: Int, rank: Int64?, state: PlaceState, position: Int64?,
        _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        try writer.execute(
            """
            INSERT INTO place (id, program, form, pool, case_id, line, take, rank, entered_at, position, state, changed_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
            ON CONFLICT (case_id, line) WHERE case_id IS NOT NULL \
            DO UPDATE SET pool = $4, take = $7, rank = $8, position = $10, state = $11, changed_at = $12
            """,
            [
                .id(change.ids.next(PlaceHold.self)), .text(record.program), .text(record.form), .text(pool.key),
                .id(record.id), .int(Int64(line)), .int(pool.take), .optional(rank), .instant(record.submittedAt),
                .optional(position), .text(state.rawValue), .instant(change.now),
            ])
    }

    static func openCounter(_ key: String, _ count: Int64, in writer: any StoreWriter) throws {
        try writer.execute(
            "INSERT INTO counter (kind, key, cap, used, waiting) VALUES ('places', $1, $2, 0, 0) ON CONFLICT DO NOTHING",
            [.text(key), .int(count)])
    }

    /// Gives back what a case (or one line of it) has of places: those who wait are served at once.
    static func free(
        _ id: ID<CaseFile>, line: Int? = nil, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        for row in try of(id, in: writer) where line == nil || row.line == line { try free(row, change, in: writer) }
    }

    static func free(_ row: Row, _ change: ChangeContext, in writer: any StoreWriter) throws {
        let changed = try writer.execute(
            "UPDATE place SET state = 'freed', changed_at = $1 WHERE id = $2 AND state = $3",
            [.instant(change.now), .id(row.id), .text(row.state.rawValue)])
        guard changed == 1, row.state == .held || row.state == .waiting else { return }
        let column = row.state == .held ? "used" : "waiting"
        try writer.execute(
            "UPDATE counter SET \(column) = \(column) - $1 WHERE kind = 'places' AND key = $2",
            [.int(row.take), .text(row.pool)])
        try Jobs.schedule(.promote, row.pool, at: change.now, change, in: writer)
    }

    /// The first who waits for a pool.
    static func head(of pool: String, in reader: any StoreReader) throws -> Row? {
        try reader.first(
            "SELECT \(columns) FROM place WHERE pool = $1 AND state = 'waiting' ORDER BY position, id LIMIT 1",
            [.text(pool)],
            row(from:))
    }

    /// Gives a place to somebody who waits. False when there isn't one, or they no longer wait.
    static func promote(_ row: Row, count: Int64, _ change: ChangeContext, in writer: any StoreWriter) throws -> Bool {
        let taken = try writer.execute(
            """
            UPDATE counter SET used = used + $1, waiting = waiting - $1, cap = $3 WHERE kind = 'places' AND key = $2 \
            AND used + $1 <= $3 AND waiting >= $1 \
            AND EXISTS (SELECT 1 FROM place WHERE id = $4 AND state = 'waiting')
            """, [.int(row.take), .text(row.pool), .int(count), .id(row.id)])
        guard taken == 1 else { return false }
        try writer.execute(
            "UPDATE place SET state = 'held', changed_at = $1 WHERE id = $2 AND state = 'waiting'",
            [.instant(change.now), .id(row.id)])
        return true
    }

}

/// Where a case stands with its places, for the person who asks.
public struct PlaceTurn: Sendable {
    /// The line of the case.
    public var line: Int
    /// Held, waiting, entered or out.
    public var state: PlaceState
    /// On the waiting list: which one to be served next (1 is the first).
    public var turn: Int64?

    /// The places of a case, by line; none where no places are asked for.
    public static func of(_ id: ID<CaseFile>, in reader: any StoreReader) throws -> [PlaceTurn] {
        try Places.of(id, in: reader).map { row in
            guard row.state == .waiting else { return PlaceTurn(line: row.line, state: row.state) }
            let turn = try reader.integer(
                "SELECT COUNT(*) FROM place WHERE pool = $1 AND state = 'waiting' AND position <= $2",
                [.text(row.pool), .optional(row.position)])
            return PlaceTurn(line: row.line, state: row.state, turn: turn)
        }
    }
}
