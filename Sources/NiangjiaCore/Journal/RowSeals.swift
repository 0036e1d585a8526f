/// What the chain holds of rows that may change (``Proof/sealed(_:)``): each transaction commits to how it left every such row that
/// it wrote, in the transaction itself, whoever wrote it and for whatever reason.
///
/// The driver notes the keys on the host's own connection (``StoreWriter/takeChangedRows()``): what another program writes is noted
/// by nobody, and found. The newest word of the chain about a row holds; ``verify(in:crypto:)`` compares.
public enum RowSeals {
    static let kind = "rows.sealed"
    /// Rows that one event tells of, at most.
    static let rowsOfEvent = 500
    /// Bytes of a row's digest that are kept. Who changes a row must meet the digest of one that lies there already.
    static let digestLength = 16

    /// The events about rows that were written.
    ///
    /// - Parameters:
    ///   - head: the chain's, whose number the ids of these go by.
    ///   - now: nil: the time of the newest event.
    ///   - tables: the sealed ones, by name.
    static func events(
        of rows: ChangedRows, after head: ChainHead?, at now: Instant?, in writer: any StoreWriter,
        crypto: any CryptoProvider, tables: [String: RowReader]
    ) throws -> [UnsealedEvent] {
        var told = Told()
        for name in rows.keys.keys.sorted() {
            guard let reader = tables[name], let keys = rows.keys[name] else { continue }
            try add(reader, keys, to: &told, in: writer, crypto)
        }
        guard !told.isEmpty else { return [] }
        // The store is sealed before any source of ids is at hand. Ids are numbers of milliseconds, far above these.
        var id = head?.seq ?? 0
        let at = try now ?? Instant(milliseconds: writer.integer("SELECT max(at) FROM chain_event") ?? 0)
        return told.finished().map { lines in
            id += 1
            let body: Value = ["rows": .text(String(decoding: lines, as: UTF8.self))]
            return Chain.unsealed(
                ChainEvent(kind: kind, actor: "host", about: "", body: body), id: id, at: at, crypto)
        }
    }

    /// What events hold: the name of a table, then a line of key and digest for each of its rows; a row that is gone has no digest.
    private struct Told {
        private var events: [[UInt8]] = []
        private var lines: [UInt8] = []
        private var count = 0

        var isEmpty: Bool { lines.isEmpty }

        mutating func begin(_ reader: RowReader) { lines += reader.title }

        mutating func add(_ reader: RowReader, _ line: (inout [UInt8]) -> Void) {
            if count == rowsOfEvent {
                events.append(lines)
                (lines, count) = ([], 0)
                begin(reader)
            }
            line(&lines)
            lines.append(RowReader.newline)
            count += 1
        }

        func finished() -> [[UInt8]] { events + [lines] }
    }

    private static func add(
        _ reader: RowReader, _ keys: [[SQLValue]], to told: inout Told, in writer: any StoreWriter,
        _ crypto: any CryptoProvider
    ) throws {
        told.begin(reader)
        for key in keys {
            let digest = try writer.first(reader.byKey, key) { reader.digest($0, crypto) }
            told.add(reader) { line in
                reader.addKey(key, to: &line)
                line.append(RowReader.space)
                if let digest { RowReader.addHex(digest, to: &line) }
            }
        }
    }
}

/// Reads rows of a sealed table: their keys as text, and what their digests are made of.
struct RowReader: Sendable {
    static let space = UInt8(ascii: " ")
    static let newline = UInt8(ascii: "\n")
    private static let digits = Array("0123456789abcdef".utf8)

    /// Each table's, for the sealer.
    static let ofTables = NiangjiaSchema.sealed.mapValues { RowReader($0) }

    /// With what each holds in rows from before it.
    private let columns: [(name: String, type: ColumnType, before: SQLValue?)]
    /// What digests begin with, and what stands before each column's value.
    private let heading: [UInt8]
    private let names: [[UInt8]]
    private let keyTypes: [ColumnType]
    private let keyPlaces: [Int]
    /// Reads a row by its key, in the order of ``selected``.
    let byKey: String
    /// The line that names the table in an event.
    let title: [UInt8]

    init(_ table: Table) {
        let columns = table.sealedColumns
        self.columns = columns.map { ($0.name, $0.type, table.valueBefore($0)) }
        heading = Array("niangjia row 1\n\(table.name)\n".utf8)
        names = columns.map { [UInt8($0.name.utf8.count)] + Array($0.name.utf8) }
        keyPlaces = table.key.compactMap { name in columns.firstIndex { $0.name == name } }
        keyTypes = keyPlaces.map { columns[$0].type }
        title = Array(table.name.utf8) + [RowReader.newline]
        let own = columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
        let same = table.key.enumerated().map { "\"\($1)\" = $\($0 + 1)" }.joined(separator: " AND ")
        byKey = "SELECT \(own) FROM \(table.name) WHERE \(same)"
    }

    /// The columns to read, in order.
    var selected: String { columns.map { "\"\($0.name)\"" }.joined(separator: ", ") }

    /// SM3 over table, and name and value of each column that isn't null: a column that is added later changes no digest while
    /// it is null, or the default that it was added with. The form is fixed for ever.
    func digest(_ row: any StoreRow, _ crypto: any CryptoProvider) -> ArraySlice<UInt8> {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        bytes += heading
        for (place, column) in columns.enumerated() where !row.isNull(place) {
            if let before = column.before, RowReader.holds(row, place, before) { continue }
            bytes += names[place]
            switch column.type {
            case .int, .bool:
                bytes.append(UInt8(ascii: "i"))
                withUnsafeBytes(of: row.int(place).bigEndian) { bytes += $0 }
            case .text:
                let text = row.utf8(place)
                RowReader.begin(UInt8(ascii: "t"), text?.count ?? 0, &bytes)
                if let text { bytes += text }
            case .blob:
                let blob = row.blob(place)
                RowReader.begin(UInt8(ascii: "b"), blob.count, &bytes)
                bytes += blob
            }
        }
        return crypto.digest(bytes).prefix(RowSeals.digestLength)
    }

    private static func holds(_ row: any StoreRow, _ place: Int, _ value: SQLValue) -> Bool {
        switch value {
        case .int(let number): row.int(place) == number
        case .text(let text): row.text(place) == text
        case .null, .blob: false
        }
    }

    private static func begin(_ mark: UInt8, _ count: Int, _ bytes: inout [UInt8]) {
        bytes.append(mark)
        withUnsafeBytes(of: UInt32(count).bigEndian) { bytes += $0 }
    }

    /// The key of a row, as it stands in an event.
    func key(_ row: any StoreRow) -> [UInt8] {
        var bytes: [UInt8] = []
        for (n, place) in keyPlaces.enumerated() {
            RowReader.add(row, place, keyTypes[n], isFirst: n == 0, to: &bytes)
        }
        return bytes
    }

    /// The same of a key by itself.
    func addKey(_ key: [SQLValue], to bytes: inout [UInt8]) {
        for (n, value) in key.enumerated() {
            if n > 0 { bytes.append(UInt8(ascii: "/")) }
            switch value {
            case .int(let number): bytes += String(number).utf8
            case .blob(let blob): RowReader.addHex(blob, to: &bytes)
            case .text(let text): RowReader.add(text: text, to: &bytes)
            case .null: continue
            }
        }
    }

    private static func add(
        _ row: any StoreRow, _ column: Int, _ type: ColumnType, isFirst: Bool, to bytes: inout [UInt8]
    ) {
        if !isFirst { bytes.append(UInt8(ascii: "/")) }
        switch type {
        case .int, .bool: bytes += Array(String(row.int(column)).utf8)
        case .blob: addHex(row.blob(column), to: &bytes)
        case .text: add(text: row.text(column), to: &bytes)
        }
    }

    /// What ends a key or a line is written by its number.
    private static func add(text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            if byte > space, byte != UInt8(ascii: "/"), byte != UInt8(ascii: "%"), byte != 0x7F {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                addHex([byte], to: &bytes)
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
