/// The facts of many rows, column by column, as rules read them: `facts.subject.exposure`, `context.on` …
public struct FactTable: Sendable {
    public var columns: [FactColumn]
    /// The number of rows; every column has as many.
    public var count: Int

    public init(count: Int, columns: [FactColumn] = []) {
        self.count = count
        self.columns = columns
    }

    /// The value in a row of a column found by its path; null where the path or the value is absent.
    public func value(_ path: String, row: Int) -> Value {
        columns.first { $0.path == path }?.value(at: row) ?? .null
    }
}

/// One column of facts.
public struct FactColumn: Sendable {
    /// Typed storage; a null row holds any filler.
    public enum Storage: Sendable {
        case integers([Int64])
        case booleans([Bool])
        /// Days since 1970; rules see `YYYY-MM-DD`.
        case dates([Int32])
        case texts([String])
        /// Lists, maps and references.
        case documents([Value])
        /// Files and free text: present or not.
        case opaque([Bool])
        /// Distinct texts, as a batch reads them.
        case packed(FactTexts)
        /// Ids of one kind; rules see their text (`p-…`).
        case references(prefix: String, [Int64])
        /// The same in every row.
        case repeated(Value, as: Kind)
    }

    /// What a value that stands in every row is.
    public enum Kind: Sendable { case integer, boolean, date, text, document, opaque }

    /// Dotted, from a root: `facts.…` or `context.…`.
    public var path: String
    public var storage: Storage
    /// Which rows are null; nil: none.
    public var nulls: [Bool]?

    public init(_ path: String, _ storage: Storage, nulls: [Bool]? = nil) {
        self.path = path
        self.storage = storage
        self.nulls = nulls?.contains(true) == true ? nulls : nil
    }

    /// The value in a row.
    public func value(at row: Int) -> Value {
        if let nulls, nulls[row] { return .null }
        switch storage {
        case .integers(let values): return .int(values[row])
        case .booleans(let values): return .bool(values[row])
        case .dates(let values): return .text(CivilDate(days: values[row]).description)
        case .texts(let values): return .text(values[row])
        case .documents(let values): return values[row]
        case .opaque(let values): return .bool(values[row])
        case .packed(let texts): return texts.text(texts.indexes[row]).map { .text($0) } ?? .null
        case .references(let prefix, let values): return .text(IDText.encode(prefix: prefix, number: values[row]))
        case .repeated(let value, _): return value
        }
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
    /// Open addressing by the text's hash; a slot holds an index, or ``absent``.
    private var slots = [UInt32](repeating: absent, count: 64)

    init(capacity: Int) { indexes.reserveCapacity(capacity) }

    mutating func appendAbsent() {
        hasAbsent = true
        indexes.append(FactTexts.absent)
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        if ends.count * 2 >= slots.count { grow() }
        var slot = FactTexts.hash(text) & (slots.count - 1)
        while slots[slot] != FactTexts.absent {
            if isEqual(Int(slots[slot]), text) { return indexes.append(slots[slot]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = UInt32(ends.count)
        indexes.append(UInt32(ends.count))
        bytes.append(contentsOf: text)
        ends.append(UInt32(bytes.count))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// Only the rows whose places are given, in order.
    mutating func keep(_ rows: [Int]) {
        indexes = rows.map { indexes[$0] }
        hasAbsent = indexes.contains(FactTexts.absent)
    }

    func text(_ index: UInt32) -> String? {
        guard index != FactTexts.absent else { return nil }
        return String(decoding: bytes[start(Int(index))..<Int(ends[Int(index)])], as: UTF8.self)
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
                FactTexts.hash(UnsafeBufferPointer(rebasing: $0[start(index)..<Int(ends[index])]))
            }
            var slot = hash & (slots.count - 1)
            while slots[slot] != FactTexts.absent { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index)
        }
    }

    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 29)
    }
}
