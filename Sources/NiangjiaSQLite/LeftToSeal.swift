import CSQLite
import NiangjiaCore

/// What closures of a transaction leave for whoever seals it: events of the chain, and the keys of rows of sealed tables that were
/// written (``RowSeals``). One connection writes, so it lies in memory; what its closure undoes is cut off again.
final class LeftToSeal {
    /// How much had been left at some time.
    struct Mark {
        fileprivate var events: Int
        fileprivate var rows: Int
    }

    /// Whether somebody seals: else nothing may be left.
    var isSealed = false
    private var events: [UnsealedEvent] = []
    private var rows: [(table: Int, key: [SQLValue])] = []
    /// The sealed tables; triggers name them by their place.
    fileprivate var tables: [String] = []

    var isEmpty: Bool { events.isEmpty && rows.isEmpty }

    var mark: Mark { Mark(events: events.count, rows: rows.count) }

    /// Forgets what was left since.
    func cut(to mark: Mark) {
        events.removeSubrange(mark.events...)
        rows.removeSubrange(mark.rows...)
    }

    func clear() {
        events.removeAll()
        rows.removeAll()
    }

    func leave(_ event: UnsealedEvent) -> Bool {
        if isSealed { events.append(event) }
        return isSealed
    }

    func takeEvents() -> [UnsealedEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    func takeRows() -> ChangedRows {
        var changed = ChangedRows()
        for (table, key) in rows { changed.add(key, of: tables[table]) }
        rows.removeAll(keepingCapacity: true)
        return changed
    }

    /// What a trigger says: the place of its table, then the columns of the key.
    fileprivate func note(_ count: Int, _ values: UnsafeMutablePointer<OpaquePointer?>) {
        var key: [SQLValue] = []
        key.reserveCapacity(count - 1)
        for n in 1..<count { key.append(LeftToSeal.value(values[n])) }
        let table = Int(sqlite3_value_int64(values[0]))
        // The same row is often written twice in a row.
        if let last = rows.last, last.table == table, last.key == key { return }
        rows.append((table, key))
    }

    private static func value(_ value: OpaquePointer?) -> SQLValue {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .int(sqlite3_value_int64(value))
        case SQLITE_TEXT:
            let start = sqlite3_value_text(value)
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_value_blob(value)
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))))
        default: return .null
        }
    }
}

extension Connection {
    /// Notes from here on the key of each row of a sealed table that this connection writes, for the sealer (``RowSeals``).
    ///
    /// The triggers are temporary, and what they call belongs to this connection. In the file they would note for whoever opens it.
    func noteRows(of tables: [Table]) throws(StoreError) {
        left.isSealed = true
        let sealed = tables.filter { $0.sealing != nil }
        left.tables = sealed.map(\.name)
        let code = sqlite3_create_function_v2(
            database, "niangjia_note", -1, SQLITE_UTF8, Unmanaged.passUnretained(left).toOpaque(),
            { context, count, values in
                guard let values, let data = sqlite3_user_data(context) else { return }
                Unmanaged<LeftToSeal>.fromOpaque(data).takeUnretainedValue().note(Int(count), values)
            }, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
        for (place, table) in sealed.enumerated() {
            guard let sealing = table.sealing else { continue }
            let columns = table.sealedColumns.map(\.name.quoted).joined(separator: ", ")
            let key = table.key.map(\.quoted).joined(separator: ", ")
            if sealing.asMade == nil { try note(table, place, "insert", "INSERT", row: "NEW") }
            try note(table, place, "update", "UPDATE OF \(columns)", row: "NEW")
            try note(table, place, "move", "UPDATE OF \(key)", row: "OLD")
            try note(table, place, "delete", "DELETE", row: "OLD")
        }
    }

    private func note(_ table: Table, _ place: Int, _ name: String, _ event: String, row: String) throws(StoreError) {
        let key = table.key.map { "\(row).\($0.quoted)" }.joined(separator: ", ")
        try run(
            """
            CREATE TEMP TRIGGER \("\(table.name)__\(name)".quoted) AFTER \(event) ON main.\(table.name.quoted) BEGIN \
            SELECT niangjia_note(\(place), \(key)); END
            """)
    }
}
