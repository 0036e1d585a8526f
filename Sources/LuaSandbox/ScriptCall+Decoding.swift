import CLuaEngine

/// Reads a journaled call back, for explanations: what the script saw.
extension ScriptCall {
    /// Decodes what ``encoded()`` writes; encoding it again gives the same bytes.
    /// - Throws: `ScriptError.protocolViolation` when the bytes are anything else.
    public init(encoded bytes: [UInt8]) throws(ScriptError) {
        var reader = ByteReader(bytes[...])
        guard try reader.u8() == UInt8(NIANGJIA_WIRE_VERSION) else { throw .protocolViolation("wire version") }
        let function = try reader.text(Int(try reader.u8()))
        let rows = try reader.u32()
        guard (1...1 << 20).contains(rows) else { throw .protocolViolation("rows") }
        var settings: [ScriptValue] = []
        for _ in 0..<(try reader.u16()) {
            settings.append(try ScriptValue(encoded: Array(try reader.take(try reader.u32()))))
        }
        let width = Int(try reader.u8())
        guard width <= 2, width > 0 || settings.count == 1 else { throw .protocolViolation("width") }
        let indexes = width == 0 ? [] : try reader.packed(rows, width: width).map { UInt16($0) }
        guard indexes.allSatisfy({ Int($0) < settings.count }) else { throw .protocolViolation("settings") }
        var columns: [ScriptColumn] = []
        for _ in 0..<(try reader.u16()) { columns.append(try ScriptColumn(from: &reader, rows: rows)) }
        try reader.expectEnd()
        self.init(function: function, rows: rows, settings: settings, settingsIndexes: indexes, columns: columns)
    }
}

extension ScriptColumn {
    fileprivate init(from reader: inout ByteReader, rows: Int) throws(ScriptError) {
        let path = try reader.text(try reader.u16())
        let kind = Int(try reader.u8())
        let flags = Int(try reader.u8())
        let isOpen = flags & NIANGJIA_FLAG_OPEN != 0
        let isStrict = flags & NIANGJIA_FLAG_STRICT != 0
        if flags & NIANGJIA_FLAG_UNREAD != 0 {
            self.init(
                path, .unread(kind: UInt8(truncatingIfNeeded: kind), rows: rows), isOpen: isOpen, isStrict: isStrict)
            return
        }
        let absent = flags & NIANGJIA_FLAG_NULLS == 0 ? [] : try reader.bits(rows)
        let cells: Cells
        switch kind {
        case NIANGJIA_COLUMN_INTEGER: cells = .integers(try reader.integers(rows))
        case NIANGJIA_COLUMN_DATE: cells = .dates(try reader.integers(rows).map { Int32(truncatingIfNeeded: $0) })
        case NIANGJIA_COLUMN_BOOLEAN: cells = .booleans(try reader.bits(rows))
        case NIANGJIA_COLUMN_TEXT: cells = .texts(try reader.texts(rows, absent))
        case NIANGJIA_COLUMN_OPAQUE: cells = .opaques(try reader.texts(rows, absent))
        case NIANGJIA_COLUMN_DOCUMENT:
            let (entries, indexes) = try reader.entries(rows, absent)
            var documents: [ScriptValue] = []
            for entry in entries { documents.append(try ScriptValue(encoded: Array(entry))) }
            cells = .documents(.init(entries: documents, indexes: indexes))
        case NIANGJIA_COLUMN_REFERENCE:
            let prefix = try reader.text(Int(try reader.u8()))
            cells = .references(prefix: prefix, try reader.integers(rows))
        case NIANGJIA_COLUMN_GROUP: cells = .group(rows: rows)
        default: throw .protocolViolation("kind of column")
        }
        let isDictionary = [NIANGJIA_COLUMN_TEXT, NIANGJIA_COLUMN_OPAQUE, NIANGJIA_COLUMN_DOCUMENT].contains(kind)
        self.init(
            path, cells, absent: isDictionary ? [] : absent, isOpen: isOpen, isStrict: isStrict)
    }
}

extension ByteReader {
    fileprivate mutating func integers(_ count: Int) throws(ScriptError) -> [Int64] {
        let base = try u64()
        return try packed(count, width: Int(try u8())).map { Int64(bitPattern: base &+ $0) }
    }

    fileprivate mutating func bits(_ count: Int) throws(ScriptError) -> [Bool] {
        let bytes = Array(try take((count + 7) / 8))
        return (0..<count).map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    }

    fileprivate mutating func entries(_ count: Int, _ absent: [Bool]) throws(ScriptError) -> (
        [ArraySlice<UInt8>], [UInt32]
    ) {
        var ends: [Int] = []
        for _ in 0..<(try u32()) { ends.append(try u32()) }
        var entries: [ArraySlice<UInt8>] = []
        var start = 0
        for end in ends {
            entries.append(try take(end - start))
            start = end
        }
        var indexes = try packed(count, width: Int(try u8())).map { UInt32(truncatingIfNeeded: $0) }
        for row in indexes.indices {
            if !absent.isEmpty, absent[row] {
                indexes[row] = .max
            } else if Int(indexes[row]) >= entries.count {
                throw .protocolViolation("index")
            }
        }
        return (entries, indexes)
    }

    fileprivate mutating func texts(_ count: Int, _ absent: [Bool]) throws(ScriptError) -> ScriptDictionary<String> {
        let (entries, indexes) = try entries(count, absent)
        var texts: [String] = []
        for entry in entries {
            guard let text = String(validating: entry, as: UTF8.self) else {
                throw .protocolViolation("text is not UTF-8")
            }
            texts.append(text)
        }
        return ScriptDictionary(entries: texts, indexes: indexes)
    }
}
