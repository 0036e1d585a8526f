import NiangjiaCore

extension Connection {
    /// Notes from here on the key of each row of a sealed table that this connection writes, for the sealer (``RowSeals``).
    ///
    /// Table and triggers are temporary: they belong to this connection and undo with its savepoints. In the file they would note
    /// for whoever opens it.
    func noteRows(of tables: [Table]) throws(StoreError) {
        try run("CREATE TEMP TABLE changed_row (name TEXT NOT NULL, \(RowSeals.keyColumns.joined(separator: ", ")))")
        for table in tables {
            guard let sealing = table.sealing else { continue }
            let sealed = table.sealedColumns.map(\.name.quoted).joined(separator: ", ")
            if sealing.asMade == nil { try note(table, "insert", "INSERT", row: "NEW") }
            try note(table, "update", "UPDATE OF \(sealed)", row: "NEW")
            try note(table, "move", "UPDATE OF \(table.key.map(\.quoted).joined(separator: ", "))", row: "OLD")
            try note(table, "delete", "DELETE", row: "OLD")
        }
    }

    private func note(_ table: Table, _ name: String, _ event: String, row: String) throws(StoreError) {
        let key = table.key.map { "\(row).\($0.quoted)" }
        guard key.count <= RowSeals.keyColumns.count else {
            throw .statement("the key of \(table.name) is too wide to be noted")
        }
        let values = key + Array(repeating: "NULL", count: RowSeals.keyColumns.count - key.count)
        try run(
            """
            CREATE TEMP TRIGGER \("\(table.name)__\(name)".quoted) AFTER \(event) ON main.\(table.name.quoted) BEGIN \
            INSERT INTO changed_row VALUES ('\(table.name)', \(values.joined(separator: ", "))); END
            """)
    }
}
