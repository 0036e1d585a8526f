import CSQLite
import Glibc
import NiangjiaCore

/// A prepared statement, and the row it stands on while it is stepped.
final class Statement: StoreRow {
    let handle: OpaquePointer
    let sql: String
    /// Where it waits while nobody steps it. Weak: emptying the cache frees its statements.
    weak var list: IdleStatements?
    /// Whether it inserts, updates or deletes: only then does SQLite's change counter speak of it.
    let changesRows: Bool
    /// Whether a closure must leave it to the store: it would end or escape the transaction that it shares with others.
    let isReserved: Bool
    /// Whether it writes to a table whose changes are counted.
    var countsChanges = false
    /// For SQLite's parameter number i+1, the argument it takes. SQLite numbers `$2`, `$1` by first appearance: to it they are
    /// names, so that binding by position would silently exchange them.
    private let order: [Int]
    /// Where texts and blobs lie while they are bound: for each copy of its own SQLite would ask for memory and give it back.
    private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Longer arguments together are SQLite's to copy and to free (bytes).
    private static let roomLimit = 64 << 10
    /// Whether SQLite holds copies of arguments.
    private var hasCopies = false
    /// A value that was asked for as what it is not. Rows can't throw: the loop over them does.
    var fault: StoreError?

    /// Takes over a prepared handle. `positional` statements are the driver's own and use `?`.
    init(handle: OpaquePointer, sql: String, positional: Bool) throws(StoreError) {
        self.handle = handle
        self.sql = sql
        let word = sql.firstWord
        changesRows =
            sqlite3_stmt_readonly(handle) == 0 && ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"].contains(word)
        // No word at all is a comment before one.
        isReserved = [
            "", "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH", "VACUUM",
        ].contains(word)
        let count = Int(sqlite3_bind_parameter_count(handle))
        order = positional ? Array(0..<count) : try Statement.argumentOrder(handle, count, sql)
    }

    deinit {
        sqlite3_finalize(handle)
        room.deallocate()
    }

    private static func argumentOrder(_ handle: OpaquePointer, _ count: Int, _ sql: String) throws(StoreError) -> [Int]
    {
        var order: [Int] = []
        for index in 0..<count {
            let name = sqlite3_bind_parameter_name(handle, Int32(index + 1)).map { String(cString: $0) } ?? "?"
            guard name.hasPrefix("$"), let number = Int(name.dropFirst()), (1...count).contains(number) else {
                throw .statement(
                    "parameters are $1…$\(count) without gaps, not \(name) (a cast is CAST($1 AS …)): \(sql)")
            }
            order.append(number - 1)
        }
        return order
    }

    /// Binds all arguments; their number must be the number of parameters.
    func bind(_ arguments: [SQLValue]) throws(StoreError) { try bind(arguments[...]) }

    func bind(_ arguments: ArraySlice<SQLValue>) throws(StoreError) {
        guard arguments.count == order.count else {
            throw .statement("\(order.count) arguments are needed, \(arguments.count) given: \(sql)")
        }
        var place = makeRoom(for: arguments)
        let first = arguments.startIndex
        for (index, argument) in order.enumerated() {
            try bind(arguments[first + argument], at: Int32(index + 1), &place)
        }
    }

    /// Where to put arguments; nil: nowhere.
    private func makeRoom(for arguments: ArraySlice<SQLValue>) -> UnsafeMutableRawPointer? {
        var needed = 0
        for argument in arguments {
            switch argument {
            case .text(let text): needed += text.utf8.count
            case .blob(let bytes): needed += bytes.count
            case .null, .int: continue
            }
        }
        guard needed <= Statement.roomLimit else { return nil }
        if room.count < needed {
            room.deallocate()
            room = .allocate(byteCount: max(256, needed * 2), alignment: 1)
        }
        return room.baseAddress
    }

    /// Binds by SQLite's own number, from 1. The argument stays bound when the statement is only reset.
    func bind(_ value: SQLValue, at index: Int32) throws(StoreError) {
        var nowhere: UnsafeMutableRawPointer?
        try bind(value, at: index, &nowhere)
    }

    /// The same; puts texts and blobs at a place and moves it behind them. Nil: SQLite makes copies.
    private func bind(_ value: SQLValue, at index: Int32, _ place: inout UnsafeMutableRawPointer?)
        throws(StoreError)
    {
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(handle, index)
        case .int(let number): code = sqlite3_bind_int64(handle, index, number)
        case .text(var text):
            // PostgreSQL refuses U+0000 in a text, and SQLite's own functions stop at it.
            let bound: Int32? = text.withUTF8 { bytes in
                if let start = bytes.baseAddress, memchr(start, 0, bytes.count) != nil { return nil }
                let (start, owner) = put(UnsafeRawBufferPointer(bytes), &place)
                return sqlite3_bind_text64(
                    handle, index, start.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), owner,
                    UInt8(SQLITE_UTF8))
            }
            guard let bound else { throw .refused("a text holds the character U+0000") }
            code = bound
        case .blob(let bytes):
            code = bytes.withUnsafeBytes { bytes in
                let (start, owner) = put(bytes, &place)
                return sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), owner)
            }
        }
        guard code == SQLITE_OK else {
            throw SQLiteFailure(code: code, database: sqlite3_db_handle(handle)).storeError
        }
    }

    /// Where bytes lie for SQLite, which is never nowhere, and whether it makes a copy.
    private func put(_ bytes: UnsafeRawBufferPointer, _ place: inout UnsafeMutableRawPointer?)
        -> (start: UnsafeRawPointer, owner: sqlite3_destructor_type?)
    {
        guard let start = place else {
            hasCopies = true
            return (bytes.baseAddress ?? UnsafeRawPointer(Statement.nothing), Statement.transient)
        }
        if let from = bytes.baseAddress { start.copyMemory(from: from, byteCount: bytes.count) }
        place = start + bytes.count
        return (UnsafeRawPointer(start), nil)
    }

    /// SQLITE_TRANSIENT: SQLite makes its own copy before the call returns. SQLITE_STATIC, nil: it doesn't, and frees nothing.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    private nonisolated(unsafe) static let nothing = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)

    /// Ends a run: frees the row and the copies of arguments. Each run binds all arguments anew.
    func reset() {
        sqlite3_reset(handle)
        if hasCopies { sqlite3_clear_bindings(handle) }
        hasCopies = false
        fault = nil
    }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    func int(_ column: Int) -> Int64 {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: return sqlite3_column_int64(handle, Int32(column))
        case SQLITE_NULL: return 0
        default:
            // SQLite turns an integer that overflows in an expression into a REAL: an error here, never a rounded number.
            fault = .statement("column \(column) is not an integer: \(sql)")
            return 0
        }
    }

    func text(_ column: Int) -> String {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(handle, Int32(column)) else { return "" }
            let count = Int(sqlite3_column_bytes(handle, Int32(column)))
            return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        case SQLITE_NULL: return ""
        default:
            fault = .statement("column \(column) is not a text: \(sql)")
            return ""
        }
    }

    func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_TEXT:
            let start = sqlite3_column_text(handle, Int32(column))
            return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column))))
        case SQLITE_NULL: return nil
        default:
            fault = .statement("column \(column) is not a text: \(sql)")
            return nil
        }
    }

    func blob(_ column: Int) -> [UInt8] {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(handle, Int32(column)) else { return [] }
            return [UInt8](
                UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
        case SQLITE_NULL: return []
        default:
            fault = .statement("column \(column) is not a blob: \(sql)")
            return []
        }
    }
}

extension String {
    /// The first word, in upper case: what kind of statement it is.
    var firstWord: String {
        let word = utf8.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 || $0 == 0x28 }
            .prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        return String(decoding: word, as: UTF8.self).uppercased()
    }

    /// As an SQL identifier.
    var quoted: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
