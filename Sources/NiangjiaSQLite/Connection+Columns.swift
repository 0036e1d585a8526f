import CSQLite
import NiangjiaCore

/// Answers read column by column: without a call for each cell.
extension Connection {
    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn] {
        try check(sql)
        let statement = try closureStatement(sql)
        defer { giveBack(statement) }
        try statement.bind(arguments)
        guard Int(sqlite3_column_count(statement.handle)) == kinds.count else {
            throw StoreError.statement("\(kinds.count) columns are asked of: \(sql)")
        }
        // Row after row while it is read; turned at the end.
        var cells: [Int64] = []
        cells.reserveCapacity(kinds.count * 4096)
        var distinct = kinds.map { _ in DistinctTexts() }
        var nullRows = kinds.map { _ in [Int]() }
        var row = 0
        while try step(statement) {
            for (column, kind) in kinds.enumerated() {
                let number = Int32(truncatingIfNeeded: column)
                switch (sqlite3_column_type(statement.handle, number), kind) {
                case (SQLITE_INTEGER, .integer): cells.append(sqlite3_column_int64(statement.handle, number))
                case (SQLITE_TEXT, .text):
                    let start = sqlite3_column_text(statement.handle, number)
                    let text = UnsafeBufferPointer(
                        start: start, count: Int(sqlite3_column_bytes(statement.handle, number)))
                    cells.append(Int64(distinct[column].number(of: text)))
                case (SQLITE_NULL, _):
                    nullRows[column].append(row)
                    cells.append(kind == .text ? Int64(FactTexts.absent) : 0)
                default: throw StoreError.statement("column \(column) is of another type: \(sql)")
                }
            }
            row += 1
        }
        let width = kinds.count
        return kinds.indices.map { column in
            let nulls = nullRows[column]
            switch kinds[column] {
            case .integer:
                return CellColumn(integers: (0..<row).map { cells[$0 * width + column] }, nullRows: nulls)
            case .text:
                let indexes = (0..<row).map { UInt32(truncatingIfNeeded: cells[$0 * width + column]) }
                return CellColumn(texts: FactTexts(distinct[column], indexes: indexes, hasAbsent: !nulls.isEmpty))
            }
        }
    }
}
