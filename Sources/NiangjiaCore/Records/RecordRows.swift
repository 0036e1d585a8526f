/// Rows of plugins' record tables.
public enum RecordRows {
    /// A row as it stands.
    public struct Row: Sendable {
        /// By which cases and other records name it.
        public var id: ID<Record>
        /// Grows with each change, a removal included.
        public var revision: Int64
        /// The key's values as a canonical JSON list.
        public var key: String
        /// From when on it is so in the world.
        public var validFrom: CivilDate
        /// The fields that are filled in, by name.
        public var body: [String: Value]
        /// Whether it is there; a row that was removed keeps its place and its key.
        public var stands: Bool
    }

    private static let columns = "id, revision, key, valid_from, body, state"
    private static let named = "FROM record WHERE plugin = $1 AND kind = $2"

    private static func row(_ row: any StoreRow) throws -> Row {
        Row(
            id: row.id(0), revision: row.int(1), key: row.text(2), validFrom: row.date(3),
            body: try Value(json: row.text(4)).map ?? [:], stands: row.text(5) == "standing")
    }

    /// The row with a key, standing or removed.
    static func any(plugin: String, kind: String, key: String, in reader: any StoreReader) throws -> Row? {
        try reader.first(
            "SELECT \(columns) \(named) AND key = $3", [.text(plugin), .text(kind), .text(key)], row)
    }

    /// The standing row with a key.
    public static func find(plugin: String, kind: String, key: String, in reader: any StoreReader) throws -> Row? {
        try any(plugin: plugin, kind: kind, key: key, in: reader).flatMap { $0.stands ? $0 : nil }
    }

    /// The standing row of a table with an id.
    static func load(_ id: ID<Record>, plugin: String, kind: String, in reader: any StoreReader) throws -> Row? {
        try reader.first(
            "SELECT \(columns) \(named) AND id = $3 AND state = 'standing'", [.text(plugin), .text(kind), .id(id)], row)
    }

    /// The row of any table that a case refers to. Who removes it takes nothing from decided cases that name it.
    static func referenced(_ id: ID<Record>, in reader: any StoreReader) throws -> Row? {
        try reader.first("SELECT \(columns) FROM record WHERE id = $1", [.id(id)], row)
    }

    /// The standing rows of a table in the order of their ids, those after an id.
    public static func standing(
        plugin: String, kind: String, after: ID<Record>? = nil, limit: Int = .max, in reader: any StoreReader
    ) throws -> [Row] {
        try reader.all(
            "SELECT \(columns) \(named) AND state = 'standing' AND id > $3 ORDER BY id LIMIT $4",
            [.text(plugin), .text(kind), .int(after?.rawValue ?? 0), .int(Int64(limit))], row)
    }

    /// The standing rows of a table in the order of their keys, those that a filter lets through.
    static func list(
        plugin: String, kind: String, limit: Int, in reader: any StoreReader, where passes: (Row) -> Bool
    ) throws -> [Row] {
        var found: [Row] = []
        try reader.forEach(
            "SELECT \(columns) \(named) AND state = 'standing' ORDER BY key", [.text(plugin), .text(kind)]
        ) { stored in
            let made = try row(stored)
            if passes(made) { found.append(made) }
            return found.count < limit
        }
        return found
    }

    /// How many rows there are and the sum of their revisions: any change shows.
    static func sums(plugin: String, kind: String, in reader: any StoreReader) throws -> [Int64] {
        try reader.first(
            "SELECT COUNT(*), COALESCE(SUM(revision), 0) \(named)", [.text(plugin), .text(kind)]
        ) { [$0.int(0), $0.int(1)] } ?? [0, 0]
    }

    /// The canonical key of a row from its fields.
    static func key(_ record: RecordDefinition, _ fields: [String: Value]) -> String {
        Value.list(record.key.map { fields[$0] ?? .null }).json
    }
}

// MARK: past days

extension RecordRows {
    /// The rows of a table that stood on a day, as far as is known today, in the order of their ids (``RegisterVersions``).
    static func standing(
        plugin: String, kind: String, on date: CivilDate, in reader: any StoreReader
    ) throws -> [Row] {
        let table = RecordsSchema.record
        let arguments: [SQLValue] = [.text(plugin), .text(kind), .date(date)]
        var found = Dictionary(
            uniqueKeysWithValues: try reader.all("SELECT \(columns) \(named) AND valid_from <= $3", arguments) {
                let current = try row($0)
                return (current.id, current)
            })
        // The plus has SQLite go from the table's own rows to their versions, and not through every plugin's history.
        let earlier = """
            SELECT h.body FROM record r JOIN register_history h ON h.entity = +r.id AND h.kind = '\(table.name)' \
            AND h.is_undone = 0 \
            WHERE r.plugin = $1 AND r.kind = $2 AND r.valid_from > $3 AND h.valid_from <= $3 \
            ORDER BY h.entity, h.revision
            """
        try reader.forEach(earlier, arguments) { stored in
            let old = try version(RegisterHistory.values(table, body: stored.text(0)))
            found[old.id] = old
            return true
        }
        return found.values.filter(\.stands).sorted { $0.id.rawValue < $1.id.rawValue }
    }

    /// A row from all columns of the table.
    static func version(_ values: [SQLValue]) throws -> Row {
        let table = RecordsSchema.record
        func text(_ name: String) -> String { RegisterHistory.text(values, name, table) }
        func integer(_ name: String) -> Int64 { RegisterHistory.integer(values, name, table) }
        return Row(
            id: ID(rawValue: integer("id")), revision: integer("revision"), key: text("key"),
            validFrom: CivilDate(days: Int32(truncatingIfNeeded: integer("valid_from"))),
            body: try Value(json: text("body")).map ?? [:], stands: text("state") == "standing")
    }
}

// MARK: changes by actions

extension RecordRows {
    /// Writes a row: a new one, or the next version of the one with its key. A table that is written `once` takes no second.
    static func put(
        _ fields: [String: Value], plugin: String, kind: String, _ record: RecordDefinition, _ run: ID<ActionRun>,
        _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let key = key(record, fields)
        let before = try stored(plugin: plugin, kind: kind, key: key, in: writer)
        if record.isOnce, before != nil {
            throw NiangjiaError(
                .conflict, zh: "\(kind) 登记后不能再改(once)", en: "\(kind) is written once and never changed",
                place: "plugins/\(plugin)/plugin.yaml: records.\(kind).once")
        }
        let body = Value.map(fields).json
        if let before {
            try replace(before, ["body": .text(body), "state": .text("standing")], change, in: writer)
        } else {
            try writer.execute(
                """
                INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body) \
                VALUES ($1, $2, $3, $4, 1, $5, $6, $7)
                """,
                [
                    .id(change.ids.next(Record.self)), .text(plugin), .text(kind), .text(key), .date(change.today),
                    .instant(change.now), .text(body),
                ])
        }
        try note("record.put", plugin, kind, key, run, change, in: writer)
    }

    /// Takes a row away from today on. Throws `notFound` where none stands.
    static func remove(
        _ key: String, plugin: String, kind: String, _ run: ID<ActionRun>, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard let before = try stored(plugin: plugin, kind: kind, key: key, in: writer),
            RegisterHistory.text(before, "state", RecordsSchema.record) == "standing"
        else {
            throw NiangjiaError(.notFound, zh: "没有这一项登记(\(kind))", en: "there is no such \(kind)")
        }
        try replace(before, ["state": .text("removed")], change, in: writer)
        try note("record.remove", plugin, kind, key, run, change, in: writer)
    }

    private static func stored(plugin: String, kind: String, key: String, in reader: any StoreReader) throws
        -> [SQLValue]?
    {
        let table = RecordsSchema.record
        let all = table.columns.map(\.name).joined(separator: ", ")
        return try reader.first(
            "SELECT \(all) \(named) AND key = $3", [.text(plugin), .text(kind), .text(key)]
        ) { RegisterHistory.values(table, from: $0) }
    }

    /// The version before stays in the history, as an import keeps it.
    private static func replace(
        _ old: [SQLValue], _ cells: [String: SQLValue], _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let table = RecordsSchema.record
        var new = old
        for (name, value) in cells { RegisterHistory.set(&new, name, value, table) }
        RegisterHistory.set(&new, "valid_from", .date(change.today), table)
        guard try RegisterHistory.replace(table, old, with: new, at: change.now, in: writer) else {
            throw StaleFacts(lines: [])
        }
    }

    private static func note(
        _ event: String, _ plugin: String, _ kind: String, _ key: String, _ run: ID<ActionRun>, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        try change.record(
            event, about: run.text,
            body: [
                "plugin": .text(plugin), "kind": .text(kind),
                "key": .text(Hex.text(change.crypto.digest(Array(key.utf8)))),
            ], in: writer)
    }
}
