import NiangjiaCore

/// What a closure sees of a connection; worthless after the closure has returned.
class ReadSession: StoreReader {
    private var connection: Connection?
    /// The first statement that failed. Nothing more is run after it: PostgreSQL ends a transaction there, and a closure that goes
    /// on after an error on one engine must not work on the other.
    private(set) var failure: StoreError?

    init(_ connection: Connection) { self.connection = connection }

    func end() { connection = nil }

    func run<Result>(_ sql: String, _ body: (Connection) throws -> Result) throws -> Result {
        guard let connection else { throw StoreError.statement("used after its closure had ended: \(sql)") }
        if let failure {
            throw StoreError.statement(
                "a statement before this one failed (\(failure)); use ON CONFLICT, or rethrow: \(sql)")
        }
        do { return try body(connection) } catch let error as StoreError {
            failure = failure ?? error
            throw error
        }
    }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        try run(sql) { try $0.forEach(sql, arguments, body) }
    }

    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn] {
        try run(sql) { try $0.columns(sql, arguments, kinds) }
    }
}

/// What a write closure sees.
final class WriteSession: ReadSession, StoreWriter {
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try run(sql) { try $0.execute(sql, arguments) }
    }

    func insert(into table: String, columns: [String], values: [SQLValue]) throws {
        try run(table) { try $0.insert(into: table, columns: columns, values: values) }
    }

    func insert(_ rows: BulkRows) throws {
        try run(rows.table) { try $0.insert(rows) }
    }

    func leave(_ event: UnsealedEvent) throws -> Bool { try run("an event") { $0.left.leave(event) } }

    var leavesEvents: Bool { get throws { try run("events") { $0.left.isSealed } } }

    func takeEvents() throws -> [UnsealedEvent] { try run("events") { $0.left.takeEvents() } }

    func takeChangedRows() throws -> ChangedRows { try run("rows") { $0.left.takeRows() } }
}
