/// Some thousand persons with every fact, each column by itself: only what is asked for is unpacked.
///
/// Bytes: the number of rows and of columns, the length of each column, the columns (``NumberWriter``). Integers are distances from
/// the least one, in 0, 1, 2, 4 or 8 bytes each, little-endian; texts are a list of distinct ones and which of them each row has.
struct FactPage: Sendable {
    let bytes: [UInt8]
    let count: Int
    private let columns: [Range<Int>]

    init(_ bytes: [UInt8]) throws(NiangjiaError) {
        self.bytes = bytes
        var reader = NumberReader(bytes)
        let (count, width) = (try reader.next(), try reader.next())
        guard count >= 0, (0...Int64(bytes.count)).contains(width) else { throw NumberReader.damaged }
        self.count = Int(count)
        let lengths = try reader.numbers(Int(width))
        var (at, columns) = (reader.at, [Range<Int>]())
        for length in lengths {
            guard length >= 0, length <= bytes.count - at else { throw NumberReader.damaged }
            columns.append(at..<at + Int(length))
            at += Int(length)
        }
        guard at == bytes.count else { throw NumberReader.damaged }
        self.columns = columns
    }

    /// Keys that lie before the facts: ids, revisions, first days, homes, households, their revisions.
    private static let keys = 6

    static func bytes(of block: SubjectBlock) -> [UInt8] {
        var columns = [
            block.ids, block.revisions, block.validFrom, block.homes, block.households, block.householdRevisions,
        ].map { PackedNumbers.bytes($0) }
        for fact in block.facts { columns.append(fact.kind == .text ? texts(fact.texts) : integers(fact)) }
        var writer = NumberWriter()
        writer.put(Int64(block.ids.count))
        writer.put(Int64(columns.count))
        for column in columns { writer.put(Int64(column.count)) }
        for column in columns { writer.bytes += column }
        return writer.bytes
    }

    /// The subjects with some of the facts of the catalogue, by their places there.
    func subjects(_ facts: [(place: Int, kind: CellColumn.Kind)]) throws(NiangjiaError) -> SubjectBlock {
        guard columns.count >= FactPage.keys, facts.allSatisfy({ FactPage.keys + $0.place < columns.count }) else {
            throw NumberReader.damaged
        }
        var block = SubjectBlock(
            ids: try numbers(0), revisions: try numbers(1), validFrom: try numbers(2), homes: try numbers(3),
            households: try numbers(4), householdRevisions: try numbers(5))
        for (place, kind) in facts { block.facts.append(try column(FactPage.keys + place, kind)) }
        return block
    }

    private func numbers(_ column: Int) throws(NiangjiaError) -> [Int64] {
        var reader = NumberReader(bytes, at: columns[column].lowerBound)
        return try reader.packed(count)
    }

    private func column(_ place: Int, _ kind: CellColumn.Kind) throws(NiangjiaError) -> CellColumn {
        var reader = NumberReader(bytes, at: columns[place].lowerBound)
        switch kind {
        case .integer:
            let integers: [Int64] = try reader.packed(count)
            let isNull: [UInt8] = try reader.next() == 0 ? [] : try reader.packed(count)
            return CellColumn(integers: integers, nulls: isNull.map { $0 != 0 })
        case .text:
            let ends: [UInt32] = try reader.packed(Int(try reader.next()))
            let length = Int(ends.last ?? 0)
            guard length <= bytes.count - reader.at, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw NumberReader.damaged
            }
            let texts = Array(bytes[reader.at..<reader.at + length])
            reader.skip(length)
            let hasAbsent = try reader.next() != 0
            // Absent is the number after all texts.
            var indexes: [UInt32] = try reader.packed(count)
            let absent = UInt32(ends.count)
            guard indexes.allSatisfy({ $0 < absent || hasAbsent && $0 == absent }) else { throw NumberReader.damaged }
            if hasAbsent { for row in indexes.indices where indexes[row] == absent { indexes[row] = FactTexts.absent } }
            return CellColumn(texts: FactTexts(bytes: texts, ends: ends, indexes: indexes, hasAbsent: hasAbsent))
        }
    }

    private static func integers(_ column: CellColumn) -> [UInt8] {
        var writer = NumberWriter()
        writer.bytes = PackedNumbers.bytes(column.integers)
        writer.put(column.nulls.isEmpty ? 0 : 1)
        if !column.nulls.isEmpty { writer.bytes += PackedNumbers.bytes(column.nulls.map { $0 ? 1 : 0 }) }
        return writer.bytes
    }

    /// Texts are numbered as rows first have them: the same rows are the same bytes, however they were read.
    private static func texts(_ texts: FactTexts) -> [UInt8] {
        var distinct = DistinctTexts()
        var numbers: [UInt32: Int64] = [:]
        let indexes = texts.indexes.map { index -> Int64 in
            if let number = numbers[index] { return number }
            let number = texts.text(index).map { Int64(distinct.number(of: $0)) } ?? -1
            numbers[index] = number
            return number
        }
        var writer = NumberWriter()
        writer.put(Int64(distinct.ends.count))
        writer.bytes += PackedNumbers.bytes(distinct.ends.map { Int64($0) }) + distinct.bytes
        writer.put(indexes.contains(-1) ? 1 : 0)
        writer.bytes += PackedNumbers.bytes(indexes.map { $0 < 0 ? Int64(distinct.ends.count) : $0 })
        return writer.bytes
    }
}

/// Integers in as few bytes as the widest of them needs, all in equally many.
enum PackedNumbers {
    /// More are never packed at once.
    static let most = 1 << 20

    static func bytes(_ values: [Int64]) -> [UInt8] {
        let least = values.min() ?? 0
        let most = UInt64(bitPattern: (values.max() ?? 0) &- least)
        let width: Int =
            switch most {
            case 0: 0
            case ...0xFF: 1
            case ...0xFFFF: 2
            case ...0xFFFF_FFFF: 4
            default: 8
            }
        var writer = NumberWriter()
        writer.put(least)
        writer.put(Int64(width))
        writer.bytes.reserveCapacity(writer.bytes.count + values.count * width)
        for value in values {
            var rest = UInt64(bitPattern: value &- least)
            for _ in 0..<width {
                writer.bytes.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
        return writer.bytes
    }
}

extension NumberReader {
    /// So many integers of ``PackedNumbers``.
    mutating func packed<Number: FixedWidthInteger>(_ count: Int) throws(NiangjiaError) -> [Number] {
        let least = Number(truncatingIfNeeded: try next())
        let width = Int(try next())
        // What needs no bytes is bounded too.
        guard (0...PackedNumbers.most).contains(count), (0...8).contains(width),
            width == 0 || count <= (bytes.count - at) / width
        else {
            throw NumberReader.damaged
        }
        let numbers: [Number] =
            switch width {
            case 0: [Number](repeating: least, count: count)
            case 1: values(UInt8.self, least, count)
            case 2: values(UInt16.self, least, count)
            case 4: values(UInt32.self, least, count)
            case 8: values(UInt64.self, least, count)
            default: throw NumberReader.damaged
            }
        skip(count * width)
        return numbers
    }

    private func values<Stored: FixedWidthInteger, Number: FixedWidthInteger>(
        _ stored: Stored.Type, _ least: Number, _ count: Int
    ) -> [Number] {
        bytes.withUnsafeBytes { bytes in
            [Number](unsafeUninitializedCapacity: count) { values, written in
                for n in 0..<count {
                    let value = bytes.loadUnaligned(
                        fromByteOffset: at + n * MemoryLayout<Stored>.size, as: Stored.self)
                    values[n] = least &+ Number(truncatingIfNeeded: Stored(littleEndian: value))
                }
                written = count
            }
        }
    }
}
