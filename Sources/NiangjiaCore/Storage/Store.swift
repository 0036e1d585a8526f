/// The store: one text of SQL, several engines. A city has one store; what is in it belongs to that city.
///
/// Queries are written with `$1`, `$2` … for ``SQLValue`` arguments, in what SQLite and PostgreSQL share (decision 0087).
/// Closures may be run again (group commit, serialization failures): they hold no I/O, no call to a worker, and publish no id.
/// A statement that failed ends its transaction, as PostgreSQL has it: whoever expects a conflict writes ON CONFLICT and looks at the
/// number of rows; a closure that catches a ``StoreError`` and goes on fails with it.
public protocol Store: Sendable {
    /// Runs a closure on a snapshot: everything it reads is of one moment. Readers never wait for the writer.
    func read<Result: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws -> Result) async throws -> Result

    /// The same for a few rows that are found by their keys: on the thread that asks, where a connection is free. What goes through
    /// many rows would keep that thread from everybody else's work (decision 0060).
    func glance<Result: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws -> Result) async throws -> Result

    /// Runs a closure in a transaction and returns after it is durable.
    ///
    /// Writers that wait together share one commit; when one throws, its changes are undone and the others' kept. Each lane
    /// holds a bounded number that waits; one more throws ``StoreError/busy`` and is not run.
    @discardableResult
    func write<Result: Sendable>(
        _ lane: WriteLane, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result

    /// Writes everything to the main file and closes it. Nothing may be asked of the store afterwards.
    func close() async throws
}

/// Which queue a write waits in: a person's work goes before a batch's.
public enum WriteLane: Sendable, Hashable {
    case interactive
    case batch
}

/// A snapshot of the store, valid only inside the closure that was given it.
public protocol StoreReader: AnyObject {
    /// Runs a query and hands over its rows in order; the row is valid only during the call. Returning false stops.
    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws

    /// Runs a query and keeps its whole answer, column by column; `kinds` holds one for each column.
    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn]

    /// Whether the store's host leaves its events to a sealer within their transaction. Then one without a place in the chain is another
    /// program's; else it waits for a sealer that comes behind.
    var isSealedAtOnce: Bool { get }
}

/// A transaction of the store, valid only inside the closure that was given it.
public protocol StoreWriter: StoreReader {
    /// Runs a statement and returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int

    /// Inserts many rows into a table, many to a statement where the engine is faster that way.
    ///
    /// `values` holds `columns.count` values for each row, row after row.
    func insert(into table: String, columns: [String], values: [SQLValue]) throws

    /// Inserts rows that are kept column by column: what a batch writes.
    func insert(_ rows: BulkRows) throws

    /// Leaves an event for whoever seals the transaction before its end, and forgets it where what its closure wrote is undone. False:
    /// nobody seals this transaction; the event has to be inserted as it is.
    func leave(_ event: UnsealedEvent) throws -> Bool

    /// Whether events are left in this transaction.
    var leavesEvents: Bool { get throws }

    /// What was left in this transaction, in order. Only for the sealer, who inserts it.
    func takeEvents() throws -> [UnsealedEvent]

    /// Which rows of sealed tables this transaction has written, each once. Only for the sealer.
    func takeChangedRows() throws -> ChangedRows
}

/// One row of a result; columns count from 0.
public protocol StoreRow: AnyObject {
    func isNull(_ column: Int) -> Bool
    /// The integer in a column; 0 when it is null.
    func int(_ column: Int) -> Int64
    /// The text in a column; empty when it is null.
    func text(_ column: Int) -> String
    /// The bytes in a column; empty when it is null.
    func blob(_ column: Int) -> [UInt8]
    /// The UTF-8 of a text, valid until the next row; nil when the column is null.
    func utf8(_ column: Int) -> UnsafeBufferPointer<UInt8>?
}

/// What a column may hold. Booleans are 0 and 1; dates are days since 1970, instants milliseconds, money fen.
public enum SQLValue: Sendable, Hashable {
    case null
    case int(Int64)
    case text(String)
    case blob([UInt8])
}

extension StoreRow {
    /// The integer in a column; nil when it is null.
    public func intOrNil(_ column: Int) -> Int64? { isNull(column) ? nil : int(column) }
    /// The text in a column; nil when it is null.
    public func textOrNil(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    /// The bytes in a column; nil when it is null.
    public func blobOrNil(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }
    /// Whether the integer in a column isn't 0; false when it is null.
    public func bool(_ column: Int) -> Bool { int(column) != 0 }
    /// A date kept as days since 1970-01-01; that day when it is null.
    public func date(_ column: Int) -> CivilDate { CivilDate(days: Int32(truncatingIfNeeded: int(column))) }
    /// A date kept as days since 1970-01-01; nil when it is null.
    public func dateOrNil(_ column: Int) -> CivilDate? { isNull(column) ? nil : date(column) }
    /// A moment kept as milliseconds since 1970; that moment when it is null.
    public func instant(_ column: Int) -> Instant { Instant(milliseconds: int(column)) }
    /// A moment kept as milliseconds since 1970; nil when it is null.
    public func instantOrNil(_ column: Int) -> Instant? { isNull(column) ? nil : instant(column) }
    /// An amount kept in fen; zero when it is null.
    public func money(_ column: Int) -> Money { Money(fen: int(column)) }
    /// An id; 0, which nothing has, when it is null.
    public func id<Entity>(_ column: Int, _ type: Entity.Type = Entity.self) -> ID<Entity> { ID(rawValue: int(column)) }
    /// An id; nil when it is null.
    public func idOrNil<Entity>(_ column: Int, _ type: Entity.Type = Entity.self) -> ID<Entity>? {
        isNull(column) ? nil : ID(rawValue: int(column))
    }
}

/// Rows of one table, column by column: most of what a batch inserts is the same in every row, or one of a few values.
public struct BulkRows: Sendable {
    /// How the cells of a column are kept.
    public enum Cells: Sendable {
        /// The same in every row.
        case constant(SQLValue)
        case integers([Int64])
        /// Integers, of which one stands for null.
        case integersOrNull([Int64], null: Int64)
        /// A few values, and which of them each row has.
        case shared([SQLValue], [UInt32])
    }

    /// The table that they go to.
    public var table: String
    /// How many rows there are; every column has as many cells.
    public var count: Int
    /// In the order in which they were set.
    public private(set) var columns: [(name: String, cells: Cells)] = []

    public init(into table: String, count: Int) {
        self.table = table
        self.count = count
    }

    /// Adds a column with a cell for each row.
    public mutating func set(_ name: String, _ cells: Cells) { columns.append((name, cells)) }

    /// The value in a row of a column.
    public func value(_ column: Int, row: Int) -> SQLValue {
        switch columns[column].cells {
        case .constant(let value): value
        case .integers(let values): .int(values[row])
        case .integersOrNull(let values, let null): values[row] == null ? .null : .int(values[row])
        case .shared(let values, let index): values[Int(index[row])]
        }
    }
}

extension StoreReader {
    /// What an engine says that has one writer.
    public var isSealedAtOnce: Bool { true }

    /// All rows of a query, each made into a value.
    public func all<Result>(_ sql: String, _ arguments: [SQLValue] = [], _ make: (any StoreRow) throws -> Result) throws
        -> [Result]
    {
        var found: [Result] = []
        try forEach(sql, arguments) { row in
            found.append(try make(row))
            return true
        }
        return found
    }

    /// The first row of a query, made into a value; nil when there is none.
    public func first<Result>(_ sql: String, _ arguments: [SQLValue] = [], _ make: (any StoreRow) throws -> Result)
        throws
        -> Result?
    {
        var found: Result?
        try forEach(sql, arguments) { row in
            found = try make(row)
            return false
        }
        return found
    }

    /// The integer in the first column of the first row; nil when there is no row or it is null.
    public func integer(_ sql: String, _ arguments: [SQLValue] = []) throws -> Int64? {
        try first(sql, arguments) { $0.intOrNil(0) } ?? nil
    }

    /// The different texts in a column, in order, of the rows of a table that meet a condition: a step of an index each, however
    /// many rows have the same. The index has the column next after those that the condition names.
    func distinct(_ column: String, of table: String, where condition: String, _ arguments: [SQLValue] = []) throws
        -> [String]
    {
        var found: [String] = []
        let sql = """
            SELECT \(column) FROM \(table) WHERE \(condition) AND \(column) > $\(arguments.count + 1)
            ORDER BY \(column) LIMIT 1
            """
        while let next = try first(sql, arguments + [.text(found.last ?? "")], { $0.text(0) }) { found.append(next) }
        return found
    }
}

extension SQLValue {
    /// 1 or 0.
    public static func bool(_ value: Bool) -> SQLValue { .int(value ? 1 : 0) }
    /// Days since 1970-01-01, or null.
    public static func date(_ value: CivilDate?) -> SQLValue { value.map { .int(Int64($0.days)) } ?? .null }
    /// Milliseconds since 1970, or null.
    public static func instant(_ value: Instant?) -> SQLValue { value.map { .int($0.milliseconds) } ?? .null }
    /// Fen, or null.
    public static func money(_ value: Money?) -> SQLValue { value.map { .int($0.fen) } ?? .null }
    /// An id's number, or null.
    public static func id<Entity>(_ value: ID<Entity>?) -> SQLValue { value.map { .int($0.rawValue) } ?? .null }
    /// A text, or null.
    public static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
    /// An integer, or null.
    public static func optional(_ value: Int64?) -> SQLValue { value.map { .int($0) } ?? .null }
    /// Bytes, or null.
    public static func optional(_ value: [UInt8]?) -> SQLValue { value.map { .blob($0) } ?? .null }
}

/// What a driver reports. Drivers translate their engine's codes; nothing else looks at those.
public enum StoreError: Error, Sendable, Hashable {
    /// A unique or primary key is taken; names the table and columns as the engine tells them.
    case duplicate(String)
    /// A CHECK, NOT NULL or foreign key refused the row.
    case refused(String)
    /// Another process holds the store.
    case locked(String)
    /// No room on the disk. Nothing of the transaction was kept.
    case full
    /// The store cannot be opened, read or written: a missing folder, permissions, a failing disk.
    case unavailable(String)
    /// The file is damaged or is no store.
    case damaged(String)
    /// The store was written by a newer version of the host.
    case newer(found: Int, known: Int)
    /// The store was made by another build, whose tables are others under the same version.
    case otherSchema(String)
    /// The chain ends with an event that the host didn't write: another program was at the file.
    case foreign(event: Int64)
    /// Tables, indexes, views or triggers of the store aren't what this version makes: somebody edited the file.
    case altered([SchemaDifference])
    /// The statement is wrong: a fault of the host.
    case statement(String)
    /// The store has been closed.
    case closed
    /// Too much waits already: nothing was taken, try again later.
    case busy
}
