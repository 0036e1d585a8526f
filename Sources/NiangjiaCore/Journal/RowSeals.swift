/// What the chain holds of rows that may change (``Proof/sealed(_:)``): each transaction commits to how it left every such row that
/// it wrote, in the transaction itself, whoever wrote it and for whatever reason.
///
/// The driver notes the keys in `changed_row`, a table that only the host's own connection has: what another program writes is
/// noted by nobody, and found. The newest word of the chain about a row holds; ``verify(in:crypto:)`` compares.
public enum RowSeals {
    static let kind = "rows.sealed"
    /// Rows that one event tells of, at most.
    static let rowsOfEvent = 500
    /// Bytes of a row's digest that are kept. Who changes a row must meet the digest of one that lies there already.
    static let digestLength = 16

    /// The columns of `changed_row` that hold a key; the widest has as many.
    public static let keyColumns = ["a", "b", "c"]

    /// Appends the events about rows that were noted, and forgets them.
    ///
    /// - Parameter now: nil: the time of the newest event.
    static func append(at now: Instant?, in writer: any StoreWriter, crypto: any CryptoProvider) throws {
        let names = try writer.all("SELECT DISTINCT name FROM changed_row ORDER BY name") { $0.text(0) }
        guard !names.isEmpty else { return }
        var told = Told()
        for name in names {
            guard let table = NiangjiaSchema.sealed[name] else { continue }
            try add(table, to: &told, in: writer, crypto)
        }
        // The store is sealed before any source of ids is at hand. Ids are numbers of milliseconds, far above these.
        var id = try Chain.head(in: writer)?.seq ?? 0
        let at = try now ?? Instant(milliseconds: writer.integer("SELECT max(at) FROM chain_event") ?? 0)
        for lines in told.finished() {
            id += 1
            let rows = String(decoding: lines, as: UTF8.self)
            let event = ChainEvent(kind: kind, actor: "host", about: "", body: ["rows": .text(rows)])
            try Chain.append(event, id: id, at: at, crypto: crypto, in: writer)
        }
        try writer.execute("DELETE FROM changed_row", [])
    }

    /// What events hold: the name of a table, then a line of key and digest for each of its rows; a row that is gone has no digest.
    private struct Told {
        private var events: [[UInt8]] = []
        private var lines: [UInt8] = []
        private var count = 0

        mutating func begin(_ table: Table) { lines += Array(table.name.utf8) + [RowReader.newline] }

        mutating func add(_ table: Table, _ line: (inout [UInt8]) -> Void) {
            if count == rowsOfEvent {
                events.append(lines)
                (lines, count) = ([], 0)
                begin(table)
            }
            line(&lines)
            lines.append(RowReader.newline)
            count += 1
        }

        func finished() -> [[UInt8]] { events + [lines] }
    }

    private static func add(
        _ table: Table, to told: inout Told, in writer: any StoreWriter, _ crypto: any CryptoProvider
    ) throws {
        let reader = RowReader(table)
        let keys = Array(keyColumns.prefix(table.key.count))
        let same = zip(table.key, keys).map { "t.\"\($0)\" = k.\($1)" }.joined(separator: " AND ")
        let sql = """
            SELECT \(keys.map { "k.\($0)" }.joined(separator: ", ")), \(reader.columns("t.")) \
            FROM (SELECT DISTINCT \(keys.joined(separator: ", ")) FROM changed_row WHERE name = $1) k \
            LEFT JOIN \(table.name) t ON \(same) ORDER BY \(keys.map { "k.\($0)" }.joined(separator: ", "))
            """
        told.begin(table)
        try writer.forEach(sql, [.text(table.name)]) { row in
            told.add(table) { line in
                reader.addKey(row, at: 0, to: &line)
                line.append(RowReader.space)
                // A key column is never null where there is a row.
                if !row.isNull(keys.count + reader.firstKey) {
                    RowReader.addHex(reader.digest(row, at: keys.count, crypto), to: &line)
                }
            }
            return true
        }
    }
}

/// Reads rows of a sealed table: their keys as text, and what their digests are made of.
struct RowReader {
    static let space = UInt8(ascii: " ")
    static let newline = UInt8(ascii: "\n")
    private static let digits = Array("0123456789abcdef".utf8)

    private let table: Table
    private let names: [[UInt8]]
    private let keyTypes: [ColumnType]
    /// Where the first column of the key is among those that are read.
    let firstKey: Int
    private let keyPlaces: [Int]

    init(_ table: Table) {
        self.table = table
        let columns = table.sealedColumns
        names = columns.map { [UInt8($0.name.utf8.count)] + Array($0.name.utf8) }
        keyPlaces = table.key.compactMap { name in columns.firstIndex { $0.name == name } }
        keyTypes = keyPlaces.map { columns[$0].type }
        firstKey = keyPlaces.first ?? 0
    }

    /// The columns to read, in order.
    func columns(_ prefix: String = "") -> String {
        table.sealedColumns.map { "\(prefix)\"\($0.name)\"" }.joined(separator: ", ")
    }

    /// SM3 over table, and name and value of each column that isn't null: a column that is added later changes no digest while
    /// it is null. The form is fixed for ever.
    func digest(_ row: any StoreRow, at offset: Int, _ crypto: any CryptoProvider) -> ArraySlice<UInt8> {
        var bytes = Array("niangjia row 1\n\(table.name)\n".utf8)
        bytes.reserveCapacity(512)
        for (place, column) in table.sealedColumns.enumerated() where !row.isNull(offset + place) {
            bytes += names[place]
            switch column.type {
            case .int, .bool:
                bytes.append(UInt8(ascii: "i"))
                withUnsafeBytes(of: row.int(offset + place).bigEndian) { bytes += $0 }
            case .text: RowReader.add("t", row.utf8(offset + place).map { Array($0) } ?? [], to: &bytes)
            case .blob: RowReader.add("b", row.blob(offset + place), to: &bytes)
            }
        }
        return crypto.digest(bytes).prefix(RowSeals.digestLength)
    }

    private static func add(_ mark: Character, _ value: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(mark.asciiValue ?? 0)
        withUnsafeBytes(of: UInt32(value.count).bigEndian) { bytes += $0 }
        bytes += value
    }

    /// The key of a row whose columns begin somewhere, as it stands in an event.
    func key(_ row: any StoreRow, at offset: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for (n, place) in keyPlaces.enumerated() {
            RowReader.add(row, offset + place, keyTypes[n], isFirst: n == 0, to: &bytes)
        }
        return bytes
    }

    /// The same where the columns of the key stand alone, one after another.
    func addKey(_ row: any StoreRow, at offset: Int, to bytes: inout [UInt8]) {
        for (n, type) in keyTypes.enumerated() { RowReader.add(row, offset + n, type, isFirst: n == 0, to: &bytes) }
    }

    private static func add(
        _ row: any StoreRow, _ column: Int, _ type: ColumnType, isFirst: Bool, to bytes: inout [UInt8]
    ) {
        if !isFirst { bytes.append(UInt8(ascii: "/")) }
        switch type {
        case .int, .bool: bytes += Array(String(row.int(column)).utf8)
        case .blob: addHex(row.blob(column), to: &bytes)
        case .text:
            // What ends a key or a line is written by its number.
            for byte in row.text(column).utf8 {
                if byte > space, byte != UInt8(ascii: "/"), byte != UInt8(ascii: "%"), byte != 0x7F {
                    bytes.append(byte)
                } else {
                    bytes.append(UInt8(ascii: "%"))
                    addHex([byte], to: &bytes)
                }
            }
        }
    }

    static func addHex(_ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        for byte in value {
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}
