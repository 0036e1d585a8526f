import CSQLite
import CWriteAhead
import NiangjiaCore

/// One connection with its prepared statements. Used by one thread at a time.
final class Connection {
    enum Role {
        /// Writes and checkpoints; there is one in the process.
        case writer
        /// Can do neither.
        case reader
        /// Reads everything once, into a copy.
        case copier
    }

    let database: OpaquePointer
    /// The result code of the last failure: the writer must know a lost fsync from a refused row.
    var lastFailure: Int32 = SQLITE_OK
    /// Statements that nobody is stepping, by their text. One text may be in use twice at once, so each has a list; a statement
    /// knows its list, for looking it up costs as much as a short statement.
    private var idle: [String: IdleStatements] = [:]
    /// The same by where their texts lie: most are literals, and to hash a text costs as much as a short statement.
    private var idleByPlace: [UnsafePointer<UInt8>: IdleStatements] = [:]
    private var prepared = 0
    private static let cacheLimit = 1_000
    private var watch: ChangeWatch?
    /// Whether the transaction has counted a change, undone or not.
    var hasCounted = false
    /// What the transaction leaves for its sealer.
    let left = LeftToSeal()
    /// Texts of bulk inserts, by table and columns.
    var insertTexts: [String: String] = [:]
    /// The same of inserts row by row, by table.
    private var rowInserts: [String: [(columns: [String], rows: Int, text: String)]] = [:]

    /// Once in a process. When somebody else has started SQLite before, it goes on as it is.
    private static let isConfigured: Bool = niangjia_sqlite_configure() == SQLITE_OK

    init(path: String, role: Role, options: SQLiteStore.Options) throws(StoreError) {
        _ = Connection.isConfigured
        var handle: OpaquePointer?
        let access = role == .writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        let code = sqlite3_open_v2(
            path, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
            role == .writer ? niangjia_write_ahead() : nil)
        guard code == SQLITE_OK, let handle else {
            let failure = SQLiteFailure(code: code, database: handle).storeError
            sqlite3_close_v2(handle)
            throw failure
        }
        database = handle
        if role == .writer { niangjia_write_ahead_forgets(handle) }
        sqlite3_busy_timeout(database, Int32(options.busyTimeoutMilliseconds))
        // The writer's statement journal spills to a file: in memory SQLite walks all of it at the end of each statement, and a
        // batch of 100,000 lines is one savepoint.
        try run(
            "PRAGMA foreign_keys=ON; PRAGMA temp_store=\(role == .writer ? "FILE" : "MEMORY"); PRAGMA trusted_schema=OFF"
        )
        try run("PRAGMA cache_size=-\(role == .writer ? options.writerCacheKiB : options.readerCacheKiB)")
        // The writer checkpoints between groups, after it has answered; a reader never does (3.40.1: a WAL reset by two
        // connections can corrupt, fixed in 3.51.3).
        try run("PRAGMA wal_autocheckpoint=0")
        if role == .reader { try run("PRAGMA query_only=ON") }
        for packing in NiangjiaSchema.packings { try show(packing) }
    }

    deinit { close() }

    private var isClosed = false

    func close() {
        guard !isClosed else { return }
        isClosed = true
        // A database whose statements are still about stays open behind its back.
        forgetStatements()
        sqlite3_close_v2(database)
    }

    /// Whether a transaction is open. SQLite ends one by itself on some errors (a full disk, for one).
    var inTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

    func failure(_ code: Int32) -> StoreError {
        lastFailure = code
        return SQLiteFailure(code: code, database: database).storeError
    }

    /// From here on statements know whether they write to a table of these whose changes are counted.
    func countChanges(_ migrations: [Migration]) { watch = ChangeWatch(migrations, on: database) }

    /// Runs the driver's own SQL, several statements if need be.
    func run(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code) }
    }

    // MARK: Statements

    /// A statement that is not in use; give it back with ``giveBack(_:)``.
    func statement(_ sql: String, positional: Bool = false) throws(StoreError) -> Statement {
        if let known = idleList(of: sql), let ready = known.waiting.popLast() { return ready }
        if prepared >= Connection.cacheLimit {
            forgetStatements()
            prepared = 0
        }
        prepared += 1
        let made = try prepare(sql, positional: positional)
        made.list = idleList(of: sql) ?? newList(of: sql)
        return made
    }

    private func forgetStatements() {
        idle.removeAll()
        idleByPlace.removeAll()
    }

    private func idleList(of sql: String) -> IdleStatements? {
        if let place = sql.place, let known = idleByPlace[place], known.sql.utf8.count == sql.utf8.count {
            return known
        }
        return idle[sql]
    }

    private func newList(of sql: String) -> IdleStatements {
        let list = IdleStatements(sql)
        idle[sql] = list
        if let place = sql.place { idleByPlace[place] = list }
        return list
    }

    func giveBack(_ statement: Statement) {
        statement.reset()
        statement.list?.waiting.append(statement)
    }

    /// A closure's statement that fails ends its closure, and all that the closure did is undone with it. So SQLite need not be able to
    /// undo a statement by itself, for which it would keep a copy of each page that one with several rows touches.
    private static func withoutUndo(_ sql: String) -> String {
        for word in ["INSERT", "UPDATE"] where sql.hasPrefix(word + " ") && !sql.hasPrefix(word + " OR ") {
            return word + " OR FAIL" + sql.dropFirst(word.count)
        }
        return sql
    }

    private func prepare(_ sql: String, positional: Bool) throws(StoreError) -> Statement {
        var text = positional ? sql : Connection.withoutUndo(sql)
        var handle: OpaquePointer?
        var hasMore = false
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    database, text.baseAddress, Int32(text.count), UInt32(SQLITE_PREPARE_PERSISTENT), &handle, &tail)
                if let tail, let start = text.baseAddress {
                    let rest = bytes[(tail - start)...]
                    hasMore = rest.contains { ![0x20, 0x09, 0x0A, 0x0D, 0x3B].contains($0) }
                }
                return code
            }
        }
        guard code == SQLITE_OK else { throw failure(code) }
        guard let handle else { throw .statement("an empty statement") }
        guard !hasMore else {
            sqlite3_finalize(handle)
            throw .statement("several statements in one text: \(sql)")
        }
        let statement = try Statement(handle: handle, sql: sql, positional: positional)
        statement.countsChanges = watch?.answer() ?? false
        return statement
    }

    /// Steps once: true for a row, false at the end.
    func step(_ statement: Statement) throws(StoreError) -> Bool {
        let code = sqlite3_step(statement.handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(code)
        }
    }

    /// Runs a statement of the driver's own without arguments or rows.
    func command(_ sql: String) throws(StoreError) {
        let statement = try statement(sql)
        defer { giveBack(statement) }
        while try step(statement) {}
    }

    /// The first column of the first row as text or number, for the driver's own questions.
    func answer(_ sql: String) throws(StoreError) -> String {
        let statement = try statement(sql)
        defer { giveBack(statement) }
        guard try step(statement), let text = sqlite3_column_text(statement.handle, 0) else { return "" }
        return String(cString: text)
    }

    // MARK: What closures may do

    func check(_ sql: String) throws(StoreError) {
        guard inTransaction else {
            // A closure that caught the error which ended its transaction must not write outside of one.
            throw .statement("the transaction has ended: \(sql)")
        }
    }

    /// A statement of a closure: transaction control is not for closures.
    func closureStatement(_ sql: String) throws(StoreError) -> Statement {
        let found = try statement(sql)
        guard !found.isReserved else {
            giveBack(found)
            throw .statement("not for a closure: \(sql)")
        }
        return found
    }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        try check(sql)
        let statement = try closureStatement(sql)
        defer { giveBack(statement) }
        try statement.bind(arguments)
        while try step(statement) {
            let goesOn = try body(statement)
            if let fault = statement.fault { throw fault }
            guard goesOn else { break }
        }
        try countChange(by: statement)
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws(StoreError) -> Int {
        try check(sql)
        let statement = try closureStatement(sql)
        defer { giveBack(statement) }
        try statement.bind(arguments)
        while try step(statement) {}
        let changes = statement.changesRows ? Int(sqlite3_changes64(database)) : 0
        if changes > 0 { try countChange(by: statement) }
        return changes
    }

    /// Many rows to a statement: half of a row's cost is the statement around it.
    func insert(into table: String, columns: [String], values: [SQLValue]) throws(StoreError) {
        try check(table)
        guard !columns.isEmpty, values.count.isMultiple(of: columns.count) else {
            throw .statement("\(values.count) values for \(columns.count) columns of \(table)")
        }
        var at = 0
        for size in [64, 8, 1] {
            let width = size * columns.count
            // SQLite takes 32,766 parameters to a statement.
            guard width <= 32_000, at + width <= values.count else { continue }
            let statement = try statement(
                insertText(table, columns, rows: size), positional: true)
            defer { giveBack(statement) }
            while at + width <= values.count {
                try statement.bind(values[at..<at + width])
                while try step(statement) {}
                sqlite3_reset(statement.handle)
                at += width
            }
            try countChange(by: statement)
        }
    }

    /// The statement that inserts so many rows; its text is put together once.
    private func insertText(_ table: String, _ columns: [String], rows: Int) -> String {
        if let known = rowInserts[table]?.first(where: { $0.rows == rows && $0.columns == columns }) {
            return known.text
        }
        let row = "(" + Array(repeating: "?", count: columns.count).joined(separator: ",") + ")"
        let names = columns.map(\.quoted).joined(separator: ",")
        let text =
            "INSERT OR FAIL INTO \(table.quoted) (\(names)) VALUES "
            + Array(repeating: row, count: rows).joined(separator: ",")
        rowInserts[table, default: []].append((columns, rows, text))
        return text
    }
}

/// The statements of one text that nobody is stepping.
final class IdleStatements {
    /// Kept, so that no other text comes to lie where it does.
    let sql: String
    var waiting: [Statement] = []

    init(_ sql: String) { self.sql = sql }
}

extension String {
    /// Where its UTF-8 lies; nil for a short text, which lies nowhere by itself.
    fileprivate var place: UnsafePointer<UInt8>? {
        utf8.count > 15 ? utf8.withContiguousStorageIfAvailable { $0.baseAddress } ?? nil : nil
    }
}
