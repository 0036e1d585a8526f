/// The rows of a pack: integers, column by column, any of which is read where it lies.
///
/// Little endian. The number of rows (4 bytes), then for each column its form (1 byte), whether some are null (1), and
/// * offsets: width (1: 0, 1, 2, 4 or 8 bytes), base (8), and for each row what is added to the base; 0 is null where some are;
/// * shared: the number of values (2 bytes), the values (8 each), and for each row which of them (1); 0 is null where some are, and
///   the first value is the one that 1 names then;
/// * steps: their number (2 bytes), for each its first row (4) and value (8): rows after it count on from there.
public struct PackedRows: Sendable {
    enum Form: UInt8 {
        case offsets, shared, steps
    }

    /// A column as it lies in the bytes.
    private struct Column {
        var form: Form
        var hasNull: Bool
        var width = 0
        var base: Int64 = 0
        var values = 0
        var start = 0
    }

    /// How many rows there are.
    public let count: Int
    private let bytes: [UInt8]
    private var columns: [Column] = []

    /// Most rows that a pack holds.
    public static let limit = 65_536

    /// Takes bytes that ``encode(_:_:)`` made. Throws ``StoreError/damaged(_:)`` when they can't be.
    public init(_ bytes: [UInt8], columns number: Int) throws(StoreError) {
        self.bytes = bytes
        var reader = Reader(bytes)
        guard let count = reader.integer(4), count > 0, count <= PackedRows.limit else { throw PackedRows.damaged }
        self.count = count
        for _ in 0..<number {
            guard let column = reader.column(rows: count) else { throw PackedRows.damaged }
            columns.append(column)
        }
        guard reader.at == bytes.count else { throw PackedRows.damaged }
    }

    private static let damaged = StoreError.damaged("a pack of rows")

    /// The integer in a row of a column; nil when it is null. Both must be within the bounds.
    @inline(__always)
    public func value(_ column: Int, row: Int) -> Int64? {
        let column = columns[column]
        return bytes.withUnsafeBytes { bytes in
            switch column.form {
            case .offsets:
                let at = column.start + row * column.width
                let offset: UInt64
                switch column.width {
                case 0: offset = 0
                case 1: offset = UInt64(bytes[at])
                case 2: offset = UInt64(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
                case 4: offset = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
                default: offset = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                }
                if column.hasNull, offset == 0 { return nil }
                return column.base &+ Int64(bitPattern: offset)
            case .shared:
                var place = Int(bytes[column.start + 8 * column.values + row])
                if column.hasNull {
                    if place == 0 { return nil }
                    place -= 1
                }
                return Int64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: column.start + 8 * place, as: Int64.self))
            case .steps:
                var step = column.values - 1
                while step > 0, PackedRows.row(bytes, column.start + 12 * step) > row { step -= 1 }
                let at = column.start + 12 * step
                let value = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 4, as: Int64.self))
                return value &+ Int64(row - PackedRows.row(bytes, at))
            }
        }
    }

    private static func row(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
    }

    /// The first row of a column that rises whose value isn't below one; ``count`` when all are.
    public func firstRow(_ column: Int, notBelow value: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if (self.value(column, row: middle) ?? .min) < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Reads what says how a column lies, and checks that all of it is there.
    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func integer(_ width: Int) -> Int? {
            guard at + width <= bytes.count else { return nil }
            defer { at += width }
            return (0..<width).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
        }

        mutating func column(rows: Int) -> Column? {
            guard let form = integer(1).flatMap({ Form(rawValue: UInt8($0)) }), let hasNull = integer(1) else {
                return nil
            }
            var column = Column(form: form, hasNull: hasNull != 0)
            let length: Int
            switch form {
            case .offsets:
                guard let width = integer(1), [0, 1, 2, 4, 8].contains(width), let base = integer(8),
                    width > 0 || hasNull == 0
                else { return nil }
                (column.width, column.base, length) = (width, Int64(base), width * rows)
            case .shared:
                guard let values = integer(2), values <= 256 else { return nil }
                let named = bytes.dropFirst(at + 8 * values).prefix(rows)
                let most = values - (column.hasNull ? 0 : 1)
                guard named.allSatisfy({ Int($0) <= most }) else { return nil }
                (column.values, length) = (values, 8 * values + rows)
            case .steps:
                guard let values = integer(2), values > 0 else { return nil }
                (column.values, length) = (values, 12 * values)
            }
            column.start = at
            at += length
            return at <= bytes.count ? column : nil
        }
    }
}

extension PackedRows {
    /// The bytes of rows; nil where a column is missing, holds what is no integer, or there are none or too many rows.
    public static func encode(_ rows: BulkRows, _ names: [String]) -> [UInt8]? {
        guard rows.count > 0, rows.count <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rows.count * 24)
        put(Int64(rows.count), 4, to: &bytes)
        for name in names {
            guard let column = rows.columns.first(where: { $0.name == name }) else { return nil }
            switch column.cells {
            case .constant(.int(let value)): offsets([], base: value, to: &bytes)
            case .constant: return nil
            case .integers(let values): put(values, null: nil, to: &bytes)
            case .integersOrNull(let values, let null): put(values, null: null, to: &bytes)
            case .shared(let values, let index):
                let integers = values.compactMap { if case .int(let value) = $0 { value } else { nil } }
                guard integers.count == values.count else { return nil }
                if values.count <= 256 {
                    shared(integers, hasNull: false, index.map { UInt8(truncatingIfNeeded: $0) }, to: &bytes)
                } else {
                    put(index.map { integers[Int($0)] }, null: nil, to: &bytes)
                }
            }
        }
        return bytes
    }

    private static func put(_ values: [Int64], null: Int64?, to bytes: inout [UInt8]) {
        if null == nil || !values.contains(where: { $0 == null }) {
            if let steps = steps(of: values) {
                bytes += [Form.steps.rawValue, 0]
                put(Int64(steps.count), 2, to: &bytes)
                for step in steps {
                    put(Int64(step), 4, to: &bytes)
                    put(values[step], 8, to: &bytes)
                }
                return
            }
        }
        if let (distinct, index) = few(values, null: null) {
            return shared(distinct, hasNull: null != nil, index, to: &bytes)
        }
        offsets(values, null: null, to: &bytes)
    }

    /// The rows at which values stop counting on; nil where that is more than one in sixteen.
    private static func steps(of values: [Int64]) -> [Int]? {
        var steps = [0]
        let most = max(values.count / 16, 1)
        for row in 1..<max(values.count, 1) where values[row] != values[row - 1] &+ 1 {
            guard steps.count < most else { return nil }
            steps.append(row)
        }
        return steps
    }

    /// The different values, and which of them each row has, where there are few of them.
    private static func few(_ values: [Int64], null: Int64?) -> ([Int64], [UInt8])? {
        var distinct: [Int64] = []
        var known: [Int64: UInt8] = [:]
        var index: [UInt8] = []
        index.reserveCapacity(values.count)
        let first: UInt8 = null == nil ? 0 : 1
        let most = min(250, max(values.count / 16, 1))
        for (row, value) in values.enumerated() {
            if value == null {
                index.append(0)
                continue
            }
            if row > 0, value == values[row - 1] {
                index.append(index[row - 1])
                continue
            }
            if let place = known[value] {
                index.append(place)
                continue
            }
            guard distinct.count < most else { return nil }
            let place = first + UInt8(distinct.count)
            known[value] = place
            distinct.append(value)
            index.append(place)
        }
        return (distinct, index)
    }

    private static func shared(_ distinct: [Int64], hasNull: Bool, _ index: [UInt8], to bytes: inout [UInt8]) {
        bytes += [Form.shared.rawValue, hasNull ? 1 : 0]
        put(Int64(distinct.count), 2, to: &bytes)
        for value in distinct { put(value, 8, to: &bytes) }
        bytes += index
    }

    private static func offsets(
        _ values: [Int64], null: Int64? = nil, base constant: Int64 = 0, to bytes: inout [UInt8]
    ) {
        var (least, greatest) = (Int64.max, Int64.min)
        for value in values where value != null { (least, greatest) = (min(least, value), max(greatest, value)) }
        // Offsets from 1 on where 0 is null.
        let base = values.isEmpty ? constant : null == nil ? least : least &- 1
        let most = values.isEmpty ? 0 : UInt64(bitPattern: greatest &- base)
        let width = values.isEmpty ? 0 : most < 1 << 8 ? 1 : most < 1 << 16 ? 2 : most < 1 << 32 ? 4 : 8
        bytes += [Form.offsets.rawValue, null == nil ? 0 : 1, UInt8(width)]
        put(base, 8, to: &bytes)
        switch width {
        case 0: break
        case 1: for value in values { bytes.append(value == null ? 0 : UInt8(truncatingIfNeeded: value &- base)) }
        case 2: append(values, null, base, UInt16.self, to: &bytes)
        case 4: append(values, null, base, UInt32.self, to: &bytes)
        default: append(values, null, base, UInt64.self, to: &bytes)
        }
    }

    private static func append<Offset: FixedWidthInteger>(
        _ values: [Int64], _ null: Int64?, _ base: Int64, _: Offset.Type, to bytes: inout [UInt8]
    ) {
        let offsets = values.map { $0 == null ? 0 : Offset(truncatingIfNeeded: $0 &- base).littleEndian }
        offsets.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private static func put(_ value: Int64, _ width: Int, to bytes: inout [UInt8]) {
        for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> Int64(8 * byte))) }
    }
}
