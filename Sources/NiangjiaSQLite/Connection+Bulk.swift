import CSQLite
import NiangjiaCore

/// Rows that are kept column by column, many to a statement: what is the same in every row is bound once.
extension Connection {
    /// Rows to a statement, at most. More gains nothing: the rows themselves cost more than the statement around them.
    private static let bulkSize = 64

    func insert(_ rows: BulkRows) throws(StoreError) {
        guard inTransaction else { throw .statement("the transaction has ended: \(rows.table)") }
        for (name, cells) in rows.columns where (cells.count ?? rows.count) != rows.count {
            throw .statement("\(rows.table).\(name): \(cells.count ?? 0) cells for \(rows.count) rows")
        }
        // Texts are bound where they lie: SQLite's own copy of each would cost more than the rest of the row.
        let shared = rows.columns.map { KeptCells($0.cells) }
        defer { withExtendedLifetime(shared) {} }
        var at = 0
        for size in [Connection.bulkSize, 8, 1] where at + size <= rows.count {
            let statement = try statement(insertText(rows, size), positional: true)
            defer { giveBack(statement) }
            try bindConstants(rows, statement)
            while at + size <= rows.count {
                try bind(rows, shared, at..<at + size, statement)
                while try step(statement) {}
                // The constants stay bound.
                sqlite3_reset(statement.handle)
                at += size
            }
            try countChange(by: statement)
        }
    }

    private func bindConstants(_ rows: BulkRows, _ statement: Statement) throws(StoreError) {
        var number: Int32 = 0
        for column in rows.columns {
            guard case .constant(let value) = column.cells else { continue }
            number += 1
            try statement.bind(value, at: number)
        }
    }

    private func bind(_ rows: BulkRows, _ shared: [KeptCells], _ range: Range<Int>, _ statement: Statement)
        throws(StoreError)
    {
        let constants = Int32(rows.columns.count { $0.cells.count == nil })
        let stride = Int32(rows.columns.count) - constants
        var first = constants
        for (column, kept) in zip(rows.columns, shared) {
            switch column.cells {
            case .constant: continue
            case .integers(let values):
                first += 1
                var number = first
                for row in range {
                    sqlite3_bind_int64(statement.handle, number, values[row])
                    number += stride
                }
            case .integersOrNull(let values, let null):
                first += 1
                var number = first
                for row in range {
                    if values[row] == null {
                        sqlite3_bind_null(statement.handle, number)
                    } else {
                        sqlite3_bind_int64(statement.handle, number, values[row])
                    }
                    number += stride
                }
            case .shared(let values, let index):
                first += 1
                var number = first
                for row in range {
                    let place = Int(index[row])
                    if !kept.bind(place, statement.handle, number) { try statement.bind(values[place], at: number) }
                    number += stride
                }
            }
        }
    }

    /// `INSERT OR FAIL INTO t (a,b,c) VALUES (?1,?3,?4),(?1,?5,?6)`: constants have the first numbers.
    private func insertText(_ rows: BulkRows, _ size: Int) -> String {
        var shape = "\(rows.table) \(size)"
        for column in rows.columns { shape += (column.cells.count == nil ? " =" : " ") + column.name }
        if let known = insertTexts[shape] { return known }
        let text = Connection.insertText(rows, size)
        insertTexts[shape] = text
        return text
    }

    private static func insertText(_ rows: BulkRows, _ size: Int) -> String {
        let constants = rows.columns.count { $0.cells.count == nil }
        let names = rows.columns.map(\.name.quoted).joined(separator: ",")
        var next = constants
        let groups = (0..<size).map { _ in
            var constant = 0
            let places = rows.columns.map { column -> String in
                if column.cells.count == nil {
                    constant += 1
                    return "?\(constant)"
                }
                next += 1
                return "?\(next)"
            }
            return "(" + places.joined(separator: ",") + ")"
        }
        return "INSERT OR FAIL INTO \(rows.table.quoted) (\(names)) VALUES " + groups.joined(separator: ",")
    }
}

extension BulkRows.Cells {
    /// How many cells there are; nil where one stands for all rows.
    fileprivate var count: Int? {
        switch self {
        case .constant: nil
        case .integers(let values): values.count
        case .integersOrNull(let values, _): values.count
        case .shared(_, let index): index.count
        }
    }
}

/// The few values of a column, with its texts at addresses that stay while rows are inserted.
private final class KeptCells {
    private enum Cell {
        case null
        case int(Int64)
        case text(UnsafeMutableBufferPointer<CChar>)
        /// Checked and copied when it is bound.
        case other
    }

    private var cells: [Cell] = []

    init(_ cells: BulkRows.Cells) {
        guard case .shared(let values, _) = cells else { return }
        self.cells = values.map { value in
            switch value {
            case .null: return .null
            case .int(let number): return .int(number)
            case .text(let text) where !text.utf8.contains(0):
                let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(text.utf8.count, 1))
                _ = bytes.initialize(from: text.utf8.lazy.map { CChar(bitPattern: $0) })
                return .text(UnsafeMutableBufferPointer(start: bytes.baseAddress, count: text.utf8.count))
            case .text, .blob: return .other
            }
        }
    }

    deinit {
        for case .text(let bytes) in cells { bytes.baseAddress?.deallocate() }
    }

    /// False for what must be checked first.
    func bind(_ place: Int, _ statement: OpaquePointer, _ number: Int32) -> Bool {
        switch cells[place] {
        case .null: sqlite3_bind_null(statement, number)
        case .int(let value): sqlite3_bind_int64(statement, number, value)
        case .text(let bytes):
            sqlite3_bind_text64(statement, number, bytes.baseAddress, UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
        case .other: return false
        }
        return true
    }
}
