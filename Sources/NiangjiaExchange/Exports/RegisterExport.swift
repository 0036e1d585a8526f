import NiangjiaCore

/// Writes a register to a file, page by page with flat memory, under the titles that an import reads.
public struct RegisterExport: Sendable {
    /// How much of a person's identifiers the file holds.
    public enum Detail: String, Sendable {
        /// 张*, 9***…6, 138****1234, **** 1234.
        case masked
        /// Everything in the clear: the caller has a reason, and has logged it.
        case full
    }

    let store: any Store
    let crypto: any CryptoProvider

    public init(store: any Store, crypto: any CryptoProvider) {
        self.store = store
        self.crypto = crypto
    }

    /// Writes a register (`person`, `organization`, `household`, `station`) as CSV, or as a workbook when the path ends in
    /// `.xlsx`, and returns the number of rows.
    ///
    /// - Parameter path: the organisation's path (`990100/990101/`) under which rows are taken; nil takes all.
    public func write(
        _ kind: ImportKind, to file: String, encoding: TextEncoding = .utf8BOM, within path: String? = nil,
        detail: Detail = .masked
    ) async throws -> Int {
        guard let columns = RegisterExport.columns[kind], let source = RegisterExport.sources[kind] else {
            throw NiangjiaError(.invalid, zh: "不能导出 \(kind)", en: "\(kind) can't be exported")
        }
        let titles = columns.map(\.title)
        let numbers = Set(columns.indices.filter { columns[$0].form == .money || columns[$0].form == .integer })
        let writer: any RowWriter =
            if file.hasSuffix(".xlsx") {
                try XLSXWriter(
                    path: file, sheet: "导出", header: titles, numbers: numbers,
                    temporary: RegisterExport.folder(of: file))
            } else {
                try CSVWriter(path: file, encoding: encoding)
            }
        if let writer = writer as? CSVWriter { try writer.write(titles) }
        let list = (["t.id"] + columns.map(\.sql)).joined(separator: ", ")
        var last: Int64 = Int64.min
        var count = 0
        while true {
            let from = last
            let page = try await store.read { reader in
                var arguments: [SQLValue] = [.int(from)]
                var condition = "t.id > $1"
                if let path {
                    condition += " AND substr(o.path, 1, $2) = $3"
                    arguments += [.int(Int64(path.count)), .text(path)]
                }
                return try reader.all(
                    "SELECT \(list) FROM \(source) WHERE \(condition) ORDER BY t.id LIMIT 2000", arguments
                ) { row in
                    (row.int(0), columns.indices.map { RegisterExport.value(row, $0 + 1, columns[$0].form) })
                }
            }
            guard let end = page.last?.0 else { break }
            for (id, values) in page {
                let cells = try zip(columns, values).map { try cell($0, $1, kind, id, detail) }
                try writer.write(cells)
            }
            count += page.count
            last = end
        }
        try writer.finish()
        return count
    }

    private static func folder(of file: String) -> String? {
        file.lastIndex(of: "/").map { String(file[..<$0]) }
    }

    struct Column: Sendable {
        enum Form: Sendable, Hashable {
            case text, name, sealed(String, Mask), date, bool, integer, money, degrees, word([String: String])
        }
        enum Mask: Sendable, Hashable { case identity, mobile, card }
        var title: String
        var sql: String
        var form: Form

        init(_ title: String, _ sql: String, _ form: Form = .text) {
            self.title = title
            self.sql = sql
            self.form = form
        }
    }

    private static func value(_ row: any StoreRow, _ at: Int, _ form: Column.Form) -> SQLValue {
        if row.isNull(at) { return .null }
        switch form {
        case .sealed: return .blob(row.blob(at))
        case .text, .name, .word: return .text(row.text(at))
        default: return .int(row.int(at))
        }
    }

    private func cell(_ column: Column, _ value: SQLValue, _ kind: ImportKind, _ id: Int64, _ detail: Detail) throws
        -> String
    {
        switch (value, column.form) {
        case (.text(let text), .name): return detail == .full ? text : Masking.name(text)
        case (.text(let text), .word(let words)): return words[text] ?? text
        case (.text(let text), _): return text
        case (.int(let number), .date): return CivilDate(days: Int32(truncatingIfNeeded: number)).description
        case (.int(let number), .bool): return number != 0 ? "是" : "否"
        case (.int(let number), .money): return Money(fen: number).yuan
        case (.int(let number), .degrees): return RegisterExport.degrees(number)
        case (.int(let number), _): return String(number)
        case (.blob(let sealed), .sealed(let name, let mask)):
            let shown = try PersonIdentifiers.shown(sealed, table: kind.description, row: id, column: name, crypto)
            guard let plain = shown else { return PersonIdentifiers.unreadable }
            if detail == .full { return plain }
            return switch mask {
            case .identity: Masking.identityNumber(plain)
            case .mobile: Masking.mobile(plain)
            case .card: Masking.bankCard(plain)
            }
        default: return ""
        }
    }

    /// Units of 1e-7 degree as a decimal.
    static func degrees(_ units: Int64) -> String {
        let digits = String(units.magnitude % 10_000_000)
        return (units < 0 ? "-" : "") + "\(units.magnitude / 10_000_000)."
            + String(repeating: "0", count: 7 - digits.count) + digits
    }
}

/// What takes rows of text: a CSV file or a workbook.
protocol RowWriter: AnyObject {
    func write(_ cells: [String]) throws(NiangjiaError)
    func finish() throws(NiangjiaError)
}

extension CSVWriter: RowWriter {}
extension XLSXWriter: RowWriter {}
