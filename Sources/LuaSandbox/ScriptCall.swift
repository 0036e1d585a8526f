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
        /// Texts by their UTF-8, distinct ones in the order in which rows first name them.
        case packed(ScriptTexts)
        /// Ids of one kind; the script reads their text: `p-…`.
        case references(prefix: String, [Int64])
        /// The same in every row.
        case repeated(ScriptValue, as: Repeated, rows: Int)
        /// What a journal left out because no row read it: a kind of the wire.
        case unread(kind: UInt8, rows: Int)
        /// No data: a group that may be absent (`facts.look.packs.last`) or open (`context.waived`).
        case group(rows: Int)
    }

    /// What a value that stands in every row is.
    public enum Repeated: Sendable { case integer, date, text, document, opaque, boolean }

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
    public func encoded() throws(ScriptError) -> [UInt8] { try journaled().bytes }

    /// The content of a CALL frame, and how to make it shorter for the journal once it is known which columns were read.
    package func journaled() throws(ScriptError) -> EncodedCall {
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
        writer.putPacked(count: settingsIndexes.count, width: width) { UInt64(settingsIndexes[$0]) }
        writer.put(UInt16(columns.count))
        var call = EncodedCall(bytes: [])
        for column in columns {
            let (flags, isConstant) = try column.encode(into: &writer, rows: rows)
            call.columns.append(.init(flags: flags, end: writer.bytes.count, isConstant: isConstant))
        }
        call.bytes = writer.bytes
        return call
    }
}

/// Encoded bytes and where their columns lie.
package struct EncodedCall {
    struct Column {
        /// Where the byte of its flags stands; its data end before `end`.
        var flags: Int
        var end: Int
        /// One value for all rows: it costs nothing to keep.
        var isConstant: Bool
    }

    var bytes: [UInt8]
    var columns: [Column] = []

    /// The bytes without the data of columns that no row has read: they give the same answer.
    func keeping(_ read: ArraySlice<UInt8>) -> [UInt8] {
        guard read.count == columns.count else { return bytes }
        var kept: [UInt8] = []
        var start = 0
        for (column, isRead) in zip(columns, read) where isRead == 0 && !column.isConstant {
            kept += bytes[start..<column.flags]
            let flags = bytes[column.flags] & ~UInt8(NIANGJIA_FLAG_NULLS) | UInt8(NIANGJIA_FLAG_UNREAD)
            kept.append(flags)
            start = column.end
        }
        return kept + bytes[start...]
    }
}

extension ScriptColumn {
    /// Returns where the flags stand, and whether all rows have one value.
    fileprivate func encode(into writer: inout ByteWriter, rows: Int) throws(ScriptError) -> (
        flags: Int, isConstant: Bool
    ) {
        let (kind, count) = shape
        guard count == rows else { throw .invalidCall("\(path): \(count) cells for \(rows) rows") }
        guard absent.isEmpty || absent.count == rows else { throw .invalidCall("\(path): \(absent.count) absences") }
        guard (1...200).contains(path.utf8.count) else { throw .invalidCall("\(path): 1 to 200 bytes") }
        let missing = absences
        writer.put(UInt16(path.utf8.count))
        writer.bytes += path.utf8
        writer.put(UInt8(kind))
        let place = writer.bytes.count
        var flags = (isOpen ? NIANGJIA_FLAG_OPEN : 0) | (isStrict ? NIANGJIA_FLAG_STRICT : 0)
        if case .unread = cells { flags |= NIANGJIA_FLAG_UNREAD }
        writer.put(UInt8(flags | (missing.isEmpty ? 0 : NIANGJIA_FLAG_NULLS)))
        if !missing.isEmpty { writer.putBits(missing) }
        var width = 1
        switch cells {
        case .integers(let values): width = Self.put(values, absent: missing, into: &writer)
        case .dates(let values): width = Self.put(values.map(Int64.init), absent: missing, into: &writer)
        case .references(let prefix, let values):
            writer.put(UInt8(prefix.utf8.count))
            writer.bytes += prefix.utf8
            width = Self.put(values, absent: missing, into: &writer)
        case .booleans(let values):
            writer.putBits(missing.isEmpty ? values : zip(values, missing).map { $0 && !$1 })
        case .texts(let dictionary), .opaques(let dictionary):
            width = try put(dictionary.indexes, count: dictionary.entries.count, into: &writer) { index, writer in
                writer.bytes += dictionary.entries[index].utf8
            }
        case .packed(let texts):
            width = try put(texts.indexes, count: texts.ends.count, into: &writer) { index, writer in
                writer.bytes += texts.entry(index)
            }
        case .documents(let dictionary):
            width = try put(dictionary.indexes, count: dictionary.entries.count, into: &writer) { index, writer in
                writer.put(dictionary.entries[index])
            }
        case .repeated(let value, let kind, _):
            Self.put(value, as: kind, rows: rows, into: &writer)
            width = 0
        case .unread, .group: width = 0
        }
        return (place, width == 0 && missing.isEmpty)
    }

    private var shape: (kind: Int, count: Int) {
        switch cells {
        case .integers(let values): (NIANGJIA_COLUMN_INTEGER, values.count)
        case .booleans(let values): (NIANGJIA_COLUMN_BOOLEAN, values.count)
        case .dates(let values): (NIANGJIA_COLUMN_DATE, values.count)
        case .texts(let dictionary): (NIANGJIA_COLUMN_TEXT, dictionary.indexes.count)
        case .documents(let dictionary): (NIANGJIA_COLUMN_DOCUMENT, dictionary.indexes.count)
        case .opaques(let dictionary): (NIANGJIA_COLUMN_OPAQUE, dictionary.indexes.count)
        case .packed(let texts): (NIANGJIA_COLUMN_TEXT, texts.indexes.count)
        case .references(_, let values): (NIANGJIA_COLUMN_REFERENCE, values.count)
        case .repeated(_, let kind, let rows): (kind.wire, rows)
        case .unread(let kind, let rows): (Int(kind), rows)
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
        case .packed(let texts):
            guard texts.hasAbsent else { return [] }
            found = texts.indexes.map { $0 == ScriptTexts.absent }
        case .repeated(let value, _, let rows): return value.isNull ? [Bool](repeating: true, count: rows) : []
        case .unread: return []
        case .integers, .booleans, .dates, .references, .group: found = absent
        }
        return found.contains(true) ? found : []
    }

    /// The least value, then what each row is above it in as few bytes as the widest needs.
    /// Returns the width.
    private static func put(_ values: [Int64], absent: [Bool], into writer: inout ByteWriter) -> Int {
        var least = Int64.max
        var most = Int64.min
        if absent.isEmpty {
            for value in values {
                least = min(least, value)
                most = max(most, value)
            }
        } else {
            for (row, value) in values.enumerated() where !absent[row] {
                least = min(least, value)
                most = max(most, value)
            }
        }
        if least > most { (least, most) = (0, 0) }
        let width = ByteWriter.width(of: UInt64(bitPattern: most) &- UInt64(bitPattern: least))
        writer.put(UInt64(bitPattern: least))
        writer.put(UInt8(width))
        writer.putPacked(count: values.count, width: width) { row in
            absent.isEmpty || !absent[row] ? UInt64(bitPattern: values[row]) &- UInt64(bitPattern: least) : 0
        }
        return width
    }

    /// A value that stands in every row, as the same cells one by one would be written.
    private static func put(_ value: ScriptValue, as kind: Repeated, rows: Int, into writer: inout ByteWriter) {
        switch kind {
        case .integer, .date:
            writer.put(UInt64(bitPattern: value.integer ?? 0))
            writer.put(0 as UInt8)
        case .boolean: writer.putBits([Bool](repeating: value == .bool(true), count: rows))
        case .text, .document, .opaque:
            if !value.isNull {
                writer.put(1 as UInt32)
                let start = writer.bytes.count
                writer.put(0 as UInt32)
                switch (kind, value) {
                case (.text, .text(let text)), (.opaque, .opaque(let text)): writer.bytes += text.utf8
                default: writer.put(value)
                }
                writer.set(UInt32(writer.bytes.count - start - 4), at: start)
            } else {
                writer.put(0 as UInt32)
            }
            writer.put(0 as UInt8)
        }
    }

    /// Entries in the order in which the rows first name them; those that none names are left out. Returns the width, 1 at
    /// least where there are two entries.
    private func put(
        _ indexes: [UInt32], count: Int, into writer: inout ByteWriter, _ entry: (Int, inout ByteWriter) -> Void
    ) throws(ScriptError) -> Int {
        var renumbered = [UInt32](repeating: .max, count: count)
        var order: [Int] = []
        for index in indexes where index != .max {
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
            entry(index, &writer)
            writer.set(UInt32(writer.bytes.count - blob), at: start + position * 4)
        }
        let width = ByteWriter.width(of: UInt64(max(order.count, 1) - 1))
        writer.put(UInt8(width))
        writer.putPacked(count: indexes.count, width: width) { row in
            indexes[row] == .max ? 0 : UInt64(renumbered[Int(indexes[row])])
        }
        return width
    }
}

extension ScriptColumn.Repeated {
    fileprivate var wire: Int {
        switch self {
        case .integer: NIANGJIA_COLUMN_INTEGER
        case .date: NIANGJIA_COLUMN_DATE
        case .text: NIANGJIA_COLUMN_TEXT
        case .document: NIANGJIA_COLUMN_DOCUMENT
        case .opaque: NIANGJIA_COLUMN_OPAQUE
        case .boolean: NIANGJIA_COLUMN_BOOLEAN
        }
    }
}

/// Distinct texts as UTF-8, one after another, and which of them each row has.
public struct ScriptTexts: Sendable {
    /// Stands for an absent cell.
    public static var absent: UInt32 { .max }

    public var bytes: [UInt8]
    /// Where each text ends.
    public var ends: [UInt32]
    public var indexes: [UInt32]
    public var hasAbsent: Bool

    public init(bytes: [UInt8], ends: [UInt32], indexes: [UInt32], hasAbsent: Bool) {
        self.bytes = bytes
        self.ends = ends
        self.indexes = indexes
        self.hasAbsent = hasAbsent
    }

    func entry(_ index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])] }
}
