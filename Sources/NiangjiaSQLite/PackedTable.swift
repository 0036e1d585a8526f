import CSQLite
import NiangjiaCore

/// The rows of all packs of a packing, as a table that statements read: SQLite's virtual table.
///
/// It is eponymous: nothing of it is in the file, each connection that opens the file brings it.
final class PackedTable {
    let packing: Packing
    unowned let connection: Connection
    /// The columns by which rows are found.
    let sortedBy: Int32
    let within: Int32
    let alsoBy: Int32

    init(_ packing: Packing, _ connection: Connection) throws(StoreError) {
        func place(_ name: String) throws(StoreError) -> Int32 {
            guard let place = packing.columns.firstIndex(of: name) else {
                throw .statement("\(packing.rows) has no column \(name)")
            }
            return Int32(place)
        }
        self.packing = packing
        self.connection = connection
        sortedBy = try place(packing.sortedBy)
        within = try place(packing.within)
        alsoBy = try place(packing.alsoBy)
    }

    var declaration: String {
        "CREATE TABLE x (" + packing.columns.map { $0.quoted + " INTEGER" }.joined(separator: ", ") + ")"
    }
}

/// What SQLite keeps of a table or of a cursor: its own part first, then ours, retained.
private struct Held<Base, Object: AnyObject> {
    var base: Base
    var object: Unmanaged<Object>

    /// Memory for SQLite to keep, until ``release(_:)``.
    static func make(_ base: Base, _ object: Object) -> UnsafeMutablePointer<Base> {
        let held = UnsafeMutablePointer<Held>.allocate(capacity: 1)
        held.initialize(to: Held(base: base, object: Unmanaged.passRetained(object)))
        return UnsafeMutableRawPointer(held).assumingMemoryBound(to: Base.self)
    }

    static func object(_ pointer: UnsafeMutablePointer<Base>?) -> Object? {
        pointer.map { held($0).pointee.object.takeUnretainedValue() }
    }

    static func release(_ pointer: UnsafeMutablePointer<Base>?) -> Int32 {
        guard let own = pointer.map({ held($0) }) else { return SQLITE_OK }
        own.pointee.object.release()
        own.deinitialize(count: 1)
        own.deallocate()
        return SQLITE_OK
    }

    private static func held(_ pointer: UnsafeMutablePointer<Base>) -> UnsafeMutablePointer<Held> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Held.self)
    }
}

private typealias HeldTable = Held<sqlite3_vtab, PackedTable>
private typealias HeldCursor = Held<sqlite3_vtab_cursor, PackedCursor>

extension Connection {
    /// Shows the rows of a packing's packs as a table.
    func show(_ packing: Packing) throws(StoreError) {
        let table = Unmanaged.passRetained(try PackedTable(packing, self))
        // SQLite lets go of it when the connection is closed, or at once where this fails.
        let code = sqlite3_create_module_v2(database, packing.rows, PackedTable.module, table.toOpaque()) {
            guard let context = $0 else { return }
            Unmanaged<PackedTable>.fromOpaque(context).release()
        }
        guard code == SQLITE_OK else { throw failure(code) }
    }
}

extension PackedTable {
    /// Lives as long as the process: connections point to it.
    nonisolated(unsafe) static let module: UnsafeMutablePointer<sqlite3_module> = {
        let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
        var made = sqlite3_module()
        made.iVersion = 1
        // No xCreate: the table is there without being created.
        made.xConnect = { database, context, _, _, result, _ in
            guard let context, let result else { return SQLITE_ERROR }
            let table = Unmanaged<PackedTable>.fromOpaque(context).takeUnretainedValue()
            let code = sqlite3_declare_vtab(database, table.declaration)
            guard code == SQLITE_OK else { return code }
            _ = niangjia_vtab_innocuous(database)
            result.pointee = HeldTable.make(sqlite3_vtab(), table)
            return SQLITE_OK
        }
        made.xDisconnect = { HeldTable.release($0) }
        made.xBestIndex = { instance, info in
            guard let info, let table = HeldTable.object(instance) else { return SQLITE_ERROR }
            PackSearch.plan(&info.pointee, for: table)
            return SQLITE_OK
        }
        made.xOpen = { instance, result in
            guard let result, let table = HeldTable.object(instance) else { return SQLITE_ERROR }
            result.pointee = HeldCursor.make(sqlite3_vtab_cursor(), PackedCursor(table))
            return SQLITE_OK
        }
        made.xClose = { HeldCursor.release($0) }
        made.xFilter = { cursor, number, _, count, arguments in
            PackedTable.run(cursor) { cursor throws(StoreError) in
                try cursor.start(PackSearch(number, Int(count), arguments))
            }
        }
        made.xNext = { cursor in PackedTable.run(cursor) { cursor throws(StoreError) in try cursor.next() } }
        made.xEof = { cursor in HeldCursor.object(cursor)?.isAtEnd ?? true ? 1 : 0 }
        made.xColumn = { cursor, context, column in
            guard let cursor = HeldCursor.object(cursor) else { return SQLITE_ERROR }
            if let value = cursor.value(Int(column)) {
                sqlite3_result_int64(context, value)
            } else {
                sqlite3_result_null(context)
            }
            return SQLITE_OK
        }
        made.xRowid = { cursor, result in
            result?.pointee = HeldCursor.object(cursor)?.value(0) ?? 0
            return SQLITE_OK
        }
        module.initialize(to: made)
        return module
    }()

    private static func run(
        _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ body: (PackedCursor) throws(StoreError) -> Void
    ) -> Int32 {
        guard let own = HeldCursor.object(cursor) else { return SQLITE_ERROR }
        do {
            try body(own)
            return SQLITE_OK
        } catch {
            switch error {
            case .damaged(let what):
                say("\(own.table.packing.packs): \(what)", cursor)
                return SQLITE_CORRUPT
            case .full: return SQLITE_FULL
            case .unavailable: return SQLITE_IOERR
            default: return SQLITE_ERROR
            }
        }
    }

    /// What SQLite tells as the reason; it frees the text.
    private static func say(_ text: String, _ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>?) {
        guard let table = cursor?.pointee.pVtab else { return }
        sqlite3_free(table.pointee.zErrMsg)
        table.pointee.zErrMsg = nil
        let bytes = text.utf8CString
        guard let room = sqlite3_malloc64(UInt64(bytes.count)) else { return }
        bytes.withUnsafeBytes { room.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(room), byteCount: $0.count) }
        table.pointee.zErrMsg = room.assumingMemoryBound(to: CChar.self)
    }
}
