import NiangjiaCore

/// What a read closure sees; worthless after it has returned.
final class ReadSession: StoreReader {
    private var connection: Connection?

    init(_ connection: Connection) { self.connection = connection }

    func end() { connection = nil }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        guard let connection else { throw StoreError.statement("used after its closure had ended: \(sql)") }
        try connection.forEach(sql, arguments, body)
    }
}

/// What a write closure sees; worthless after it has returned.
final class WriteSession: StoreWriter {
    private var connection: Connection?

    init(_ connection: Connection) { self.connection = connection }

    func end() { connection = nil }

    private func live(_ sql: String) throws(StoreError) -> Connection {
        guard let connection else { throw .statement("used after its closure had ended: \(sql)") }
        return connection
    }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        try live(sql).forEach(sql, arguments, body)
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try live(sql).execute(sql, arguments)
    }

    func insert(into table: String, columns: [String], values: [SQLValue]) throws {
        try live(table).insert(into: table, columns: columns, values: values)
    }
}
