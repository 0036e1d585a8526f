import CLuaEngine

/// What a dictionary column holds: compared by its bytes, for Swift's own equality takes texts of different bytes for
/// one where Unicode does.
public protocol ScriptEntry: Sendable {
    /// The bytes on the wire.
    var wireBytes: [UInt8] { get }
    /// Whether the bytes on the wire are the same.
    static func areSameBytes(_ one: Self, _ other: Self) -> Bool
    /// Feeds the bytes on the wire, or any function of them.
    func hashBytes(into hasher: inout Hasher)
}

extension String: ScriptEntry {
    public var wireBytes: [UInt8] { Array(utf8) }
    public static func areSameBytes(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }
    public func hashBytes(into hasher: inout Hasher) {
        let contiguous: Void? = utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if contiguous == nil { hasher.combine(wireBytes) }
    }
}

extension ScriptValue: ScriptEntry {
    public var wireBytes: [UInt8] { encoded }
    public static func areSameBytes(_ one: ScriptValue, _ other: ScriptValue) -> Bool { one.encoded == other.encoded }
    public func hashBytes(into hasher: inout Hasher) { hasher.combine(self) }  // equal bytes are equal values
}

/// Distinct entries and, for each row, which one: how texts and documents are stored in a column.
public struct ScriptDictionary<Entry: ScriptEntry>: Sendable {
    private struct Key: Hashable {
        var entry: Entry

        static func == (one: Key, other: Key) -> Bool { Entry.areSameBytes(one.entry, other.entry) }
        func hash(into hasher: inout Hasher) { entry.hashBytes(into: &hasher) }
    }

    /// Stands for an absent cell.
    public static var absent: UInt32 { .max }

    public private(set) var entries: [Entry] = []
    public private(set) var indexes: [UInt32] = []
    private var known: [Key: UInt32] = [:]

    public init() {}

    /// One cell a row; nil is absent.
    public init(_ cells: some Sequence<Entry?>) {
        for cell in cells { append(cell) }
    }

    /// Entries that the caller knows to be distinct, and their index for each row (`absent` for none).
    public init(entries: [Entry], indexes: [UInt32]) {
        self.entries = entries
        self.indexes = indexes
    }

    public mutating func append(_ cell: Entry?) {
        guard let cell else { return indexes.append(Self.absent) }
        if let index = known[Key(entry: cell)] { return indexes.append(index) }
        let index = UInt32(entries.count)
        known[Key(entry: cell)] = index
        entries.append(cell)
        indexes.append(index)
    }
}

/// One declared field for all rows of a batch.
public struct ScriptColumn: Sendable {
    public enum Cells: Sendable {
        case integers([Int64])
        case booleans([Bool])
        /// Days since 1970-01-01; the script reads `YYYY-MM-DD`.
        case dates([Int32])
        case texts(ScriptDictionary<String>)
        /// Nested values; tables reach the script frozen.
        case documents(ScriptDictionary<ScriptValue>)
        /// Tokens of files and secret texts, present or not and nothing else.
        case opaques(ScriptDictionary<String>)
        /// No data: a group that may be absent (`facts.look.packs.last`) or open (`context.waived`).
        case group(rows: Int)
    }

    /// The dotted path under `facts` or `context`: `facts.subject.exposure`. At most 200 bytes.
    public var path: String
    public var cells: Cells
    /// For integers, booleans, dates and groups: which rows have none. Empty: every row has one.
    public var absent: [Bool]
    /// Of a group: names that no column declares read as nil.
    public var isOpen: Bool
    /// Of documents: a name that a map doesn't have is an error (give absent names as `null`).
    public var isStrict: Bool

    public init(_ path: String, _ cells: Cells, absent: [Bool] = [], isOpen: Bool = false, isStrict: Bool = false) {
        self.path = path
        self.cells = cells
        self.absent = absent
        self.isOpen = isOpen
        self.isStrict = isStrict
    }
}

/// A batch: one function, many rows, in columns. Its encoded bytes are a pure function of its content; they are what a
/// journal keeps and what a replay sends again.
public struct ScriptCall: Sendable {
    /// `assess.<form>` or `recheck.<form>`.
    public var function: String
    public var rows: Int
    /// The settings documents (maps) in use, at least one.
    public var settings: [ScriptValue]
    /// For each row, which document; empty where there is one.
    public var settingsIndexes: [UInt16]
    public var columns: [ScriptColumn]

    public init(
        function: String, rows: Int, settings: [ScriptValue] = [.map([:])], settingsIndexes: [UInt16] = [],
        columns: [ScriptColumn]
    ) {
        self.function = function
        self.rows = rows
        self.settings = settings
        self.settingsIndexes = settingsIndexes
        self.columns = columns
    }

    /// The function and the number of rows that encoded bytes begin with.
    static func head(of bytes: [UInt8]) throws(ScriptError) -> (function: String, rows: Int) {
        var reader = ByteReader(bytes[...])
        guard try reader.u8() == UInt8(NIANGJIA_WIRE_VERSION) else { throw .protocolViolation("wire version") }
        return (try reader.text(Int(try reader.u8())), try reader.u32())
    }

    /// The content of a CALL frame.
    /// - Throws: `ScriptError.invalidCall` when a column's length isn't the number of rows.
    public func encoded() throws(ScriptError) -> [UInt8] {
        guard (1...1 << 20).contains(rows) else { throw .invalidCall("a batch has 1 to 1,048,576 rows") }
        guard (1...Int(UInt16.max)).contains(settings.count), columns.count <= Int(UInt16.max) else {
            throw .invalidCall("a batch has 1 to 65,535 settings and at most 65,535 columns")
        }
        guard settingsIndexes.count == (settings.count == 1 ? 0 : rows) else {
            throw .invalidCall("settings: \(settingsIndexes.count) indexes for \(rows) rows")
        }
        guard (1...127).contains(function.utf8.count) else { throw .invalidCall("function: 1 to 127 bytes") }
        var writer = ByteWriter()
        writer.put(UInt8(NIANGJIA_WIRE_VERSION))
        writer.put(UInt8(function.utf8.count))
        writer.bytes += function.utf8
        writer.put(UInt32(rows))
        writer.put(UInt16(settings.count))
        for document in settings {
            let bytes = document.encoded
            writer.put(UInt32(bytes.count))
            writer.bytes += bytes
        }
        let width = settings.count == 1 ? 0 : settings.count <= 0x100 ? 1 : 2
        writer.put(UInt8(width))
        writer.putPacked(settingsIndexes.lazy.map(UInt64.init), width: width)
        writer.put(UInt16(columns.count))
        for column in columns { try column.encode(into: &writer, rows: rows) }
        return writer.bytes
    }
}

extension ScriptColumn {
    fileprivate func encode(into writer: inout ByteWriter, rows: Int) throws(ScriptError) {
        let (kind, count) = shape
        guard count == rows else { throw .invalidCall("\(path): \(count) cells for \(rows) rows") }
        guard absent.isEmpty || absent.count == rows else { throw .invalidCall("\(path): \(absent.count) absences") }
        guard (1...200).contains(path.utf8.count) else { throw .invalidCall("\(path): 1 to 200 bytes") }
        let missing = absences
        writer.put(UInt16(path.utf8.count))
        writer.bytes += path.utf8
        writer.put(UInt8(kind))
        let flags = (isOpen ? NIANGJIA_FLAG_OPEN : 0) | (isStrict ? NIANGJIA_FLAG_STRICT : 0)
        writer.put(UInt8(flags | (missing.isEmpty ? 0 : NIANGJIA_FLAG_NULLS)))
        if !missing.isEmpty { writer.putBits(missing) }
        switch cells {
        case .integers(let values): Self.put(values, absent: missing, into: &writer)
        case .dates(let values): Self.put(values.map(Int64.init), absent: missing, into: &writer)
        case .booleans(let values):
            writer.putBits(missing.isEmpty ? values : zip(values, missing).map { $0 && !$1 })
        case .texts(let dictionary), .opaques(let dictionary):
            try put(dictionary, into: &writer)
        case .documents(let dictionary):
            try put(dictionary, into: &writer)
        case .group: break
        }
    }

    private var shape: (kind: Int, count: Int) {
        switch cells {
        case .integers(let values): (NIANGJIA_COLUMN_INTEGER, values.count)
        case .booleans(let values): (NIANGJIA_COLUMN_BOOLEAN, values.count)
        case .dates(let values): (NIANGJIA_COLUMN_DATE, values.count)
        case .texts(let dictionary): (NIANGJIA_COLUMN_TEXT, dictionary.indexes.count)
        case .documents(let dictionary): (NIANGJIA_COLUMN_DOCUMENT, dictionary.indexes.count)
        case .opaques(let dictionary): (NIANGJIA_COLUMN_OPAQUE, dictionary.indexes.count)
        case .group(let rows): (NIANGJIA_COLUMN_GROUP, rows)
        }
    }

    /// Which rows are absent; empty when none is, so that the bytes don't tell how the column was made.
    private var absences: [Bool] {
        let found: [Bool]
        switch cells {
        case .texts(let dictionary), .opaques(let dictionary):
            found = dictionary.indexes.map { $0 == ScriptDictionary<String>.absent }
        case .documents(let dictionary):
            found = dictionary.indexes.map { $0 == ScriptDictionary<ScriptValue>.absent }
        case .integers, .booleans, .dates, .group: found = absent
        }
        return found.contains(true) ? found : []
    }

    /// The least value, then what each row is above it in as few bytes as the widest needs.
    private static func put(_ values: [Int64], absent: [Bool], into writer: inout ByteWriter) {
        var least = Int64.max
        var most = Int64.min
        for (row, value) in values.enumerated() where absent.isEmpty || !absent[row] {
            least = min(least, value)
            most = max(most, value)
        }
        if least > most { (least, most) = (0, 0) }
        let width = ByteWriter.width(of: UInt64(bitPattern: most) &- UInt64(bitPattern: least))
        writer.put(UInt64(bitPattern: least))
        writer.put(UInt8(width))
        writer.putPacked(
            values.indices.lazy.map { row in
                absent.isEmpty || !absent[row] ? UInt64(bitPattern: values[row]) &- UInt64(bitPattern: least) : 0
            }, width: width)
    }

    /// Entries in the order in which the rows first name them; those that none names are left out.
    private func put<Entry>(
        _ dictionary: ScriptDictionary<Entry>, into writer: inout ByteWriter
    ) throws(ScriptError) {
        var renumbered = [UInt32](repeating: .max, count: dictionary.entries.count)
        var order: [Int] = []
        for index in dictionary.indexes where index != .max {
            guard Int(index) < renumbered.count else { throw .invalidCall("\(path): there is no entry \(index)") }
            guard renumbered[Int(index)] == .max else { continue }
            renumbered[Int(index)] = UInt32(order.count)
            order.append(Int(index))
        }
        writer.put(UInt32(order.count))
        let start = writer.bytes.count
        writer.bytes.append(contentsOf: repeatElement(0, count: order.count * 4))
        let blob = writer.bytes.count
        for (position, index) in order.enumerated() {
            writer.bytes += dictionary.entries[index].wireBytes
            let end = UInt32(writer.bytes.count - blob)
            for byte in 0..<4 {
                writer.bytes[start + position * 4 + byte] = UInt8(truncatingIfNeeded: end >> UInt32(byte * 8))
            }
        }
        let width = ByteWriter.width(of: UInt64(max(order.count, 1) - 1))
        writer.put(UInt8(width))
        writer.putPacked(
            dictionary.indexes.lazy.map { $0 == .max ? 0 : UInt64(renumbered[Int($0)]) }, width: width)
    }
}
