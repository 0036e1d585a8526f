/// Changing a register row: the version it had moves into the history, in the same transaction.
extension RegisterHistory {
    /// The name of a row's history and the entity in it. Memberships have no id of their own: theirs is the person's, under the
    /// organisation.
    public static func subject(of values: [SQLValue], in table: Table) -> (kind: String, entity: Int64) {
        if table.key == ["id"] { return (table.name, integer(values, "id", table)) }
        return ("\(table.name):\(integer(values, "organization", table))", integer(values, "person", table))
    }

    /// Puts a new version in a row's place, if the row still has the revision of `old`; false when it has changed meanwhile.
    ///
    /// `new` takes the next revision and `now` as the moment it was learned; its `valid_from` is the caller's.
    public static func replace(
        _ table: Table, _ old: [SQLValue], with new: [SQLValue], at now: Instant, in writer: any StoreWriter
    ) throws -> Bool {
        let revision = integer(old, "revision", table)
        var next = new
        set(&next, "revision", .int(revision + 1), table)
        set(&next, "recorded_at", .instant(now), table)
        let places = table.columns.indices.filter { !table.key.contains(table.columns[$0].name) }
        let assignments = places.enumerated().map { "\(table.columns[$1].name) = $\($0 + 1)" }.joined(separator: ", ")
        let condition = (table.key + ["revision"]).enumerated().map { "\($1) = $\(places.count + $0 + 1)" }
            .joined(separator: " AND ")
        let keys = table.key.map { SQLValue.int(integer(old, $0, table)) } + [.int(revision)]
        let changed = try writer.execute(
            "UPDATE \(table.name) SET \(assignments) WHERE \(condition)", places.map { next[$0] } + keys)
        guard changed == 1 else { return false }
        try keep(table, old, replacedAt: now, in: writer)
        return true
    }

    /// The version of a row with a revision that it no longer has; nil when it isn't kept.
    public static func version(
        _ table: Table, kind: String, entity: Int64, revision: Int64, in reader: any StoreReader
    ) throws -> [SQLValue]? {
        try reader.first(
            "SELECT body FROM register_history WHERE kind = $1 AND entity = $2 AND revision = $3",
            [.text(kind), .int(entity), .int(revision)]
        ) { try values(table, body: $0.text(0)) }
    }

    static func keep(
        _ table: Table, _ old: [SQLValue], replacedAt now: Instant, in writer: any StoreWriter
    ) throws {
        let (kind, entity) = subject(of: old, in: table)
        try writer.insert(
            into: self.table.name,
            columns: ["kind", "entity", "revision", "valid_from", "recorded_at", "replaced_at", "body"],
            values: [
                .text(kind), .int(entity), .int(integer(old, "revision", table)),
                .int(integer(old, "valid_from", table)),
                .int(integer(old, "recorded_at", table)), .instant(now), .text(body(table, old)),
            ])
    }

    /// A row's columns as canonical JSON; bytes as hexadecimal text.
    public static func body(_ table: Table, _ values: [SQLValue]) -> String {
        var members: [String: Value] = [:]
        for (column, value) in zip(table.columns, values) {
            switch value {
            case .null: continue
            case .int(let number): members[column.name] = .int(number)
            case .text(let text): members[column.name] = .text(text)
            case .blob(let bytes): members[column.name] = .text(Hex.text(bytes))
            }
        }
        return Value.map(members).json
    }

    /// The columns that ``body(_:_:)`` wrote, in the table's order; columns that came later are null or their default.
    public static func values(_ table: Table, body: String) throws -> [SQLValue] {
        let members = try Value(json: body)
        return table.columns.map { column in
            switch (members[column.name], column.type) {
            case (.int(let number), _): .int(number)
            case (.text(let text), .blob): .blob(bytes(text))
            case (.text(let text), _): .text(text)
            default: column.nullable ? .null : column.defaultValue ?? .null
            }
        }
    }

    /// Reads a row of `SELECT` with all columns of a table, in its order.
    public static func values(_ table: Table, from row: any StoreRow, offset: Int = 0) -> [SQLValue] {
        table.columns.enumerated().map { index, column in
            let at = offset + index
            if row.isNull(at) { return .null }
            return switch column.type {
            case .int, .bool: .int(row.int(at))
            case .text: .text(row.text(at))
            case .blob: .blob(row.blob(at))
            }
        }
    }

    static func text(_ values: [SQLValue], _ name: String, _ table: Table) -> String {
        guard let index = table.columns.firstIndex(where: { $0.name == name }), case .text(let text) = values[index]
        else {
            return ""
        }
        return text
    }

    static func integer(_ values: [SQLValue], _ name: String, _ table: Table) -> Int64 {
        guard let index = table.columns.firstIndex(where: { $0.name == name }), case .int(let number) = values[index]
        else {
            return 0
        }
        return number
    }

    static func set(_ values: inout [SQLValue], _ name: String, _ value: SQLValue, _ table: Table) {
        if let index = table.columns.firstIndex(where: { $0.name == name }) { values[index] = value }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).map { at in
            func value(_ digit: UInt8) -> UInt8 { digit >= 0x61 ? digit - 0x61 + 10 : digit - 0x30 }
            return value(digits[at]) << 4 | value(digits[at + 1])
        }
    }
}
