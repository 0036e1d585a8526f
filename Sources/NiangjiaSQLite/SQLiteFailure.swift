import CSQLite
import NiangjiaCore

/// What SQLite answered, in full: the driver decides on the code, everybody else sees the ``StoreError``.
struct SQLiteFailure {
    /// The extended result code.
    var code: Int32
    var message: String

    init(code: Int32, database: OpaquePointer?) {
        self.code = code
        message =
            database.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? String(cString: sqlite3_errstr(code))
    }

    /// The primary result code: the low byte of the extended one.
    var primary: Int32 { code & 0xFF }

    var storeError: StoreError {
        switch code {
        case SQLITE_CONSTRAINT | (8 << 8), SQLITE_CONSTRAINT | (6 << 8), SQLITE_CONSTRAINT | (10 << 8):
            // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID: "UNIQUE constraint failed: table.column, table.column".
            return .duplicate(message.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? message)
        case SQLITE_IOERR | (3 << 8):
            // SQLITE_IOERR_WRITE: a full disk is SQLITE_FULL, but a quota or a file size limit comes as this.
            return .full
        default: break
        }
        switch primary {
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG: return .refused(message)
        case SQLITE_FULL: return .full
        case SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_FORMAT: return .damaged(message)
        case SQLITE_BUSY, SQLITE_LOCKED: return .locked(message)
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_PERM, SQLITE_NOMEM, SQLITE_NOLFS: return .unavailable(message)
        default: return .statement(message)
        }
    }
}

extension StoreError {
    /// Whether the disk no longer does what it says: after a failed fsync nobody knows which pages it holds.
    static func isLostSync(_ code: Int32) -> Bool {
        // SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC
        code == SQLITE_IOERR | (4 << 8) || code == SQLITE_IOERR | (5 << 8)
    }
}
