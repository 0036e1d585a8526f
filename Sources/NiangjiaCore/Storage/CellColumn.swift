/// One column of a query's answer, kept as it is read: what a batch reads row by row would cost more than the query.
public struct CellColumn: Sendable {
    /// What the column holds: integers (dates and booleans too) or texts.
    public enum Kind: Sendable { case integer, text }

    /// What the column holds.
    public let kind: Kind
    /// Of integers, one for each row; 0 where it is null.
    public private(set) var integers: [Int64]
    /// Of integers, which rows are null; empty where none is.
    public private(set) var nulls: [Bool]
    /// Of texts, which one each row has.
    public private(set) var texts: FactTexts

    /// Integers, and the rows that are null.
    public init(integers: [Int64], nullRows: [Int] = []) {
        kind = .integer
        self.integers = integers
        nulls = nullRows.isEmpty ? [] : [Bool](repeating: false, count: integers.count)
        for row in nullRows { nulls[row] = true }
        texts = FactTexts()
    }

    /// Integers, and whether each row is null; empty: none is.
    init(integers: [Int64], nulls: [Bool]) {
        kind = .integer
        self.integers = integers
        self.nulls = nulls
        texts = FactTexts()
    }

    /// Texts.
    public init(texts: FactTexts) {
        kind = .text
        integers = []
        nulls = []
        self.texts = texts
    }

    /// The rows of several columns of one kind, one after another.
    init(joining columns: [CellColumn], _ kind: Kind) {
        if kind == .text {
            self.init(texts: FactTexts(joining: columns.map(\.texts)))
            return
        }
        var nullRows: [Int] = []
        var start = 0
        for column in columns {
            nullRows += column.nulls.indices.filter { column.nulls[$0] }.map { start + $0 }
            start += column.count
        }
        self.init(integers: columns.flatMap(\.integers), nullRows: nullRows)
    }

    /// The number of rows.
    public var count: Int { kind == .text ? texts.indexes.count : integers.count }

    /// Whether any row is null.
    public var hasNulls: Bool { kind == .text ? texts.hasAbsent : !nulls.isEmpty }

    /// Whether a row is null.
    public func isNull(_ row: Int) -> Bool {
        kind == .text ? texts.indexes[row] == FactTexts.absent : !nulls.isEmpty && nulls[row]
    }

    /// The rows whose places are given, in that order; -1 gives `filler`, or null where there is none.
    func taking(_ rows: [Int32], filler: Int64? = nil) -> CellColumn {
        if kind == .text { return CellColumn(texts: texts.taking(rows)) }
        var nullRows: [Int] = []
        let isPlain = nulls.isEmpty
        let taken = rows.enumerated().map { place, row in
            if row < 0 {
                if filler == nil { nullRows.append(place) }
                return filler ?? 0
            }
            if !isPlain, nulls[Int(row)] { nullRows.append(place) }
            return integers[Int(row)]
        }
        return CellColumn(integers: taken, nullRows: nullRows)
    }
}

/// Texts of a column as UTF-8: each distinct one once, and which of them each row has.
public struct FactTexts: Sendable {
    /// Stands for an absent text.
    public static let absent = UInt32.max

    /// The texts one after another.
    public private(set) var bytes: [UInt8] = []
    /// Where each text ends.
    public private(set) var ends: [UInt32] = []
    /// For each row the number of its text, or ``absent``.
    public private(set) var indexes: [UInt32] = []
    /// Whether any row has none.
    public private(set) var hasAbsent = false

    /// No rows.
    init() {}

    /// Which of some distinct texts each row has.
    public init(_ distinct: DistinctTexts, indexes: [UInt32], hasAbsent: Bool) {
        bytes = distinct.bytes
        ends = distinct.ends
        self.indexes = indexes
        self.hasAbsent = hasAbsent
    }

    /// Texts one after another, where each ends, and which of them each row has.
    init(bytes: [UInt8], ends: [UInt32], indexes: [UInt32], hasAbsent: Bool) {
        self.bytes = bytes
        self.ends = ends
        self.indexes = indexes
        self.hasAbsent = hasAbsent
    }

    /// The rows of several, one after another.
    init(joining parts: [FactTexts]) {
        var distinct = DistinctTexts()
        var indexes: [UInt32] = []
        indexes.reserveCapacity(parts.reduce(0) { $0 + $1.indexes.count })
        for part in parts {
            let numbers = part.ends.indices.map { part.text(UInt32($0)).map { distinct.number(of: $0) } ?? 0 }
            for index in part.indexes {
                indexes.append(index == FactTexts.absent ? index : numbers[Int(index)])
            }
        }
        self.init(distinct, indexes: indexes, hasAbsent: parts.contains(where: \.hasAbsent))
    }

    /// The rows whose places are given, in that order; -1 gives none.
    func taking(_ rows: [Int32]) -> FactTexts {
        var taken = self
        var hasAbsent = false
        taken.indexes = rows.map { row in
            let index = row < 0 ? FactTexts.absent : indexes[Int(row)]
            if index == FactTexts.absent { hasAbsent = true }
            return index
        }
        taken.hasAbsent = hasAbsent
        return taken
    }

    func text(_ index: UInt32) -> String? {
        guard index != FactTexts.absent else { return nil }
        let start = index == 0 ? 0 : Int(ends[Int(index) - 1])
        return String(decoding: bytes[start..<Int(ends[Int(index)])], as: UTF8.self)
    }
}

/// Numbers distinct integers in the order in which they first come.
struct DistinctNumbers: Sendable {
    private(set) var values: [Int64] = []
    /// Open addressing; a slot holds a number, or none.
    private var slots = [UInt32](repeating: FactTexts.absent, count: 64)

    /// How many there are.
    var count: Int { values.count }

    /// The number of an integer, a new one where it hasn't come before.
    mutating func number(of value: Int64) -> Int {
        var slot = home(of: value)
        while slots[slot] != FactTexts.absent {
            if values[Int(slots[slot])] == value { return Int(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = UInt32(values.count)
        values.append(value)
        if values.count * 2 >= slots.count { grow() }
        return values.count - 1
    }

    private func home(of value: Int64) -> Int {
        let mixed = UInt64(bitPattern: value) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 32) & (slots.count - 1)
    }

    private mutating func grow() {
        slots = [UInt32](repeating: FactTexts.absent, count: slots.count * 4)
        for (number, value) in values.enumerated() {
            var slot = home(of: value)
            while slots[slot] != FactTexts.absent { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number)
        }
    }
}

/// Numbers distinct texts in the order in which they first come.
public struct DistinctTexts: Sendable {
    /// The texts one after another.
    public private(set) var bytes: [UInt8] = []
    /// Where each text ends.
    public private(set) var ends: [UInt32] = []
    /// Open addressing by the text's hash; a slot holds a number, or none.
    private var slots = [UInt32](repeating: FactTexts.absent, count: 64)
    private var last = FactTexts.absent

    /// No texts yet.
    public init() {}

    /// The number of a text, a new one where it hasn't come before.
    public mutating func number(of text: UnsafeBufferPointer<UInt8>) -> UInt32 {
        // Neighbours often have the same.
        if last != FactTexts.absent, isEqual(Int(last), text) { return last }
        if ends.count * 2 >= slots.count { grow() }
        var slot = DistinctTexts.hash(text) & (slots.count - 1)
        while slots[slot] != FactTexts.absent {
            if isEqual(Int(slots[slot]), text) {
                last = slots[slot]
                return last
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        last = UInt32(ends.count)
        slots[slot] = last
        bytes.append(contentsOf: text)
        ends.append(UInt32(bytes.count))
        return last
    }

    /// The number of a text.
    public mutating func number(of text: String) -> UInt32 {
        var text = text
        return text.withUTF8 { number(of: $0) }
    }

    private func start(_ index: Int) -> Int { index == 0 ? 0 : Int(ends[index - 1]) }

    private func isEqual(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = start(index)
        guard Int(ends[index]) - start == text.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for n in 0..<text.count where bytes[start + n] != text[n] { return false }
            return true
        }
    }

    private mutating func grow() {
        slots = [UInt32](repeating: FactTexts.absent, count: slots.count * 4)
        for index in ends.indices {
            let hash = bytes.withUnsafeBufferPointer {
                DistinctTexts.hash(UnsafeBufferPointer(rebasing: $0[start(index)..<Int(ends[index])]))
            }
            var slot = hash & (slots.count - 1)
            while slots[slot] != FactTexts.absent { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index)
        }
    }

    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = FNV.hash(text)
        return Int(truncatingIfNeeded: hash ^ hash >> 29)
    }
}
