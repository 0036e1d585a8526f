import NiangjiaCore

/// SQLite's DDL for the one description of the tables.
extension Table {
    /// CREATE TABLE and its indexes.
    var sqliteStatements: [String] {
        [sqliteCreate] + uniques.map { sqliteIndex($0, on: name, unique: true) }
            + indexes.map { sqliteIndex($0, on: name, unique: false) }
    }

    private var sqliteCreate: String {
        var parts = columns.map { column in
            column.sqliteDefinition + (isRowKey(column) ? " PRIMARY KEY" : "")
        }
        if !hasRowKey { parts.append("PRIMARY KEY (" + key.map(\.quoted).joined(separator: ", ") + ")") }
        parts += checks.map { "CHECK (\($0))" }
        return "CREATE TABLE \(name.quoted) (\(parts.joined(separator: ", "))) STRICT"
            + (hasRowKey || isWide ? "" : ", WITHOUT ROWID")
    }

    private func isRowKey(_ column: Column) -> Bool { key == [column.name] && column.type == .int }

    private var hasRowKey: Bool { columns.contains(where: isRowKey) }

    /// Rows with blobs beside the key stay out of the key's tree: SQLite advises rows below a twentieth of a page there.
    private var isWide: Bool { columns.contains { $0.type == .blob && !key.contains($0.name) } }
}

extension Column {
    var sqliteDefinition: String {
        let typeName =
            switch type {
            case .int, .bool: "INTEGER"
            case .text: "TEXT"
            case .blob: "BLOB"
            }
        var text = "\(name.quoted) \(typeName)"
        if !nullable { text += " NOT NULL" }
        if let defaultValue { text += " DEFAULT \(defaultValue.sqliteLiteral)" }
        if type == .bool { text += " CHECK (\(name.quoted) IN (0, 1))" }
        if let check { text += " CHECK (\(check))" }
        return text
    }
}

extension SQLValue {
    var sqliteLiteral: String {
        switch self {
        case .null: "NULL"
        case .int(let number): "\(number)"
        case .text(let text):
            "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        case .blob(let bytes): "x'" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
        }
    }
}

/// The name of an index follows from what is indexed, so that the same index has the same name wherever it was declared.
func sqliteName(_ index: Table.Index, on table: String) -> String {
    let name = table + "__" + index.columns.joined(separator: "__")
    return name + (index.condition.map { "__" + Fingerprint.of($0).prefix(8) } ?? "")
}

/// CREATE INDEX.
func sqliteIndex(_ index: Table.Index, on table: String, unique: Bool) -> String {
    "CREATE \(unique ? "UNIQUE " : "")INDEX \(sqliteName(index, on: table).quoted) ON \(table.quoted) ("
        + index.columns.map(\.quoted).joined(separator: ", ") + ")" + (index.condition.map { " WHERE \($0)" } ?? "")
}

extension Trigger {
    fileprivate var sqliteCreate: String {
        let event =
            switch event {
            case .insert: "INSERT"
            case .update(let columns) where columns.isEmpty: "UPDATE"
            case .update(let columns): "UPDATE OF " + columns.map(\.quoted).joined(separator: ", ")
            case .delete: "DELETE"
            }
        let condition = condition.map { " WHEN \($0)" } ?? ""
        return "CREATE TRIGGER \(name.quoted) AFTER \(event) ON \(table.quoted)\(condition) BEGIN \(statement); END"
    }
}

extension MigrationStep {
    var sqliteStatements: [String] {
        switch self {
        case .create(let table): table.sqliteStatements
        case .createView(let view): ["CREATE VIEW \(view.name.quoted) AS \(view.query)"]
        case .createTrigger(let trigger): [trigger.sqliteCreate]
        case .addColumn(let table, let column): ["ALTER TABLE \(table.quoted) ADD COLUMN \(column.sqliteDefinition)"]
        case .addIndex(let table, let index, let unique): [sqliteIndex(index, on: table, unique: unique)]
        case .dropIndex(let table, let index): ["DROP INDEX \(sqliteName(index, on: table).quoted)"]
        case .dropView(let name): ["DROP VIEW \(name.quoted)"]
        case .dropTrigger(let name): ["DROP TRIGGER \(name.quoted)"]
        case .run(let sql): [sql]
        }
    }
}

/// Finds an edit made by mistake; not a proof against one made on purpose.
enum Fingerprint {
    static func of(_ text: String) -> String {
        let hex = String(FNV.hash(text.utf8), radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}
