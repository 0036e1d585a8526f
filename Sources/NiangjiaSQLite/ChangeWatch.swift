import CSQLite
import NiangjiaCore

/// Learns from SQLite, while a statement is prepared, whether it writes to a table whose changes are counted.
final class ChangeWatch {
    private let tables: Set<String>
    private var isHit = false

    init(_ migrations: [Migration], on database: OpaquePointer) {
        tables = Set(migrations.tables.filter(\.countsChanges).map(\.name))
        guard !tables.isEmpty else { return }
        sqlite3_set_authorizer(
            database,
            { context, action, table, _, _, _ in
                guard action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE, let context,
                    let table
                else { return SQLITE_OK }
                let watch = Unmanaged<ChangeWatch>.fromOpaque(context).takeUnretainedValue()
                if watch.tables.contains(String(cString: table)) { watch.isHit = true }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Whether what was prepared since the last question writes to such a table.
    func answer() -> Bool {
        defer { isHit = false }
        return isHit
    }
}

extension Connection {
    /// Counts a statement that wrote to a table whose changes are counted.
    func countChange(by statement: Statement) throws(StoreError) {
        guard statement.countsChanges else { return }
        hasCounted = true
        try command(
            """
            INSERT INTO change_count (id, changes) VALUES (1, 1) \
            ON CONFLICT (id) DO UPDATE SET changes = change_count.changes + 1
            """)
    }
}
