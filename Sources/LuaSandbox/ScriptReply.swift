import CLuaEngine

/// What the script says about one row.
public struct ScriptVerdict: Sendable, Hashable {
    /// The raw values are part of the wire format.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// A recheck that finds nothing to revoke.
        case none = 0
        case grant, limit, refuse, incomplete, review, revoke
        /// The row could not be judged: it has failed, it is not refused.
        case failed
    }

    public var kind: Kind
    /// Integer fen, never negative; 0 where the decision carries none.
    public var amount: Int64
    /// The reason code.
    public var code: String?
    /// Integers, dates and instants by name, or null.
    public var params: ScriptValue
    /// A map of what was given of `units`, `parts`, `keeps`, `rank` and (of a revocation) `keep`, or null.
    public var options: ScriptValue
    /// Instructions used, in the steps in which they are counted.
    public var instructions: Int64
    /// Set where `kind` is `failed`.
    public var failure: ScriptFailure?

    /// How many whole units the amount stands for.
    public var units: Int64? { options["units"].integer }
    /// The order under shortage, lowest first.
    public var rank: Int64? { options["rank"].integer }
    /// What a revocation leaves with the person, in fen.
    public var keep: Int64? { options["keep"].integer }
    /// A list or a map of integers that sum to the amount, or null.
    public var parts: ScriptValue { options["parts"] }
    /// Bytes of what came with the decision: its parameters and options.
    public var outputBytes: Int { params.encoded.count + options.encoded.count }
    /// What is stored with the decision, or null.
    public var keeps: ScriptValue { options["keeps"] }
}

extension ScriptVerdict {
    /// The rows in which a worker died, or was killed by the clock, for a replay.
    public static func deadRows(in rows: some Sequence<ScriptVerdict>) -> [Int: ScriptFailure.Kind] {
        var dead: [Int: ScriptFailure.Kind] = [:]
        for (index, row) in rows.enumerated() {
            if let kind = row.failure?.kind, kind == .crashed || kind == .budgetTime { dead[index] = kind }
        }
        return dead
    }
}

/// The answer to a batch.
public struct ScriptReply: Sendable {
    public var rows: ScriptVerdicts
    /// The bytes that were judged, without the data of columns that no row read: sent again by `WorkerPool.replay`, they give
    /// the same `replyBytes`.
    public var requestBytes: [UInt8]
    /// The answer's bytes: the same for the same request, source and `ScriptEngine.identity`.
    public var replyBytes: [UInt8]
    public var usage: ScriptUsage
    /// Which lines the worker has run so far; empty where the source doesn't count them.
    public var lines = ScriptLines()
}

/// Lines of a script that hold code, and those of them that ran.
public struct ScriptLines: Sendable, Hashable {
    /// Lines that hold code, from 1.
    public var code: Set<Int> = []
    /// Those of them that ran.
    public var ran: Set<Int> = []

    /// Nothing was seen yet.
    public init() {}

    /// A byte for each line, from line 0: bit 0 says that it holds code, bit 1 that it ran.
    init(marks: some Collection<UInt8>) {
        for (line, mark) in marks.enumerated() {
            if mark & 1 != 0 { code.insert(line) }
            if mark & 3 == 3 { ran.insert(line) }
        }
    }

    /// What either of two workers saw.
    public mutating func formUnion(_ other: ScriptLines) {
        code.formUnion(other.code)
        ran.formUnion(other.ran)
    }
}

extension ScriptVerdict {
    /// Whether an honest worker can say this of a function: the kind fits, the code is one, the parts sum up.
    func isPossible(in function: String) -> Bool {
        let isRecheck = function.hasPrefix("recheck.")
        switch kind {
        case .failed: return failure != nil
        case .none, .revoke: if !isRecheck { return false }
        case .grant, .limit, .refuse, .incomplete, .review: if isRecheck { return false }
        }
        let needsCode = kind != .none && kind != .grant
        let isCode = code.map { code in
            code.utf8.first.map { (65...90).contains($0) } == true
                && code.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
        }
        guard (isCode == true) == needsCode, (code == nil) != needsCode else { return false }
        if kind != .grant, kind != .limit, amount != 0 { return false }
        return (units ?? 0) >= 0 && (keep ?? 0) >= 0 && partsSum
    }

    private var partsSum: Bool {
        let values: [ScriptValue]
        switch parts {
        case .null: return true
        case .list(let list): values = list
        case .map(let map): values = Array(map.values)
        default: return false
        }
        var sum: Int64 = 0
        for value in values {
            guard let part = value.integer else { return false }
            let (next, overflow) = sum.addingReportingOverflow(part)
            if overflow { return false }
            sum = next
        }
        return sum == amount
    }

    /// Reads an answer's bytes.
    /// - Parameter chunk: the name of the script for failures.
    /// - Throws: `ScriptError.protocolViolation` when they are malformed.
    public static func decode(_ bytes: [UInt8], chunk: String = "main.lua") throws(ScriptError) -> [ScriptVerdict] {
        Array(try ScriptVerdicts(encoded: bytes, chunk: chunk))
    }
}

/// What a script said of the rows of a batch. Most rows are told one of a few things: each is kept once.
public struct ScriptVerdicts: RandomAccessCollection, Sendable, Hashable {
    public private(set) var distinct: [ScriptVerdict] = []
    /// For each row, its place in ``distinct``.
    public private(set) var indexes: [UInt32] = []

    public var startIndex: Int { 0 }
    public var endIndex: Int { indexes.count }
    public subscript(row: Int) -> ScriptVerdict { distinct[Int(indexes[row])] }

    /// What the bytes of a row's verdict are made of.
    private struct Key: Equatable {
        var kind: UInt8
        var amount, instructions: Int64
        var code, params, options: UInt32

        var hash: Int {
            var h = UInt64(bitPattern: amount) &* 0x9E37_79B9_7F4A_7C15
            h ^= UInt64(bitPattern: instructions) &* 0xC2B2_AE3D_27D4_EB4F
            h =
                (h ^ UInt64(code) << 8 ^ UInt64(params) << 24 ^ UInt64(options) << 40 ^ UInt64(kind))
                &* 0x1656_67B1_9E37_79F9
            return Int(truncatingIfNeeded: h >> 32)
        }
    }

    /// Reads an answer's bytes. Throws `protocolViolation` when they are malformed.
    public init(encoded bytes: [UInt8], chunk: String = "main.lua") throws(ScriptError) {
        var reader = ByteReader(bytes[...])
        guard try reader.u8() == UInt8(NIANGJIA_WIRE_VERSION) else { throw .protocolViolation("wire version") }
        let count = try reader.u32()
        let kinds = Array(try reader.take(count))
        let amounts = try reader.integers(count)
        let instructions = try reader.integers(count)
        let codes = try reader.dictionary(count) { bytes throws(ScriptError) in
            var entry = ByteReader(bytes)
            return try entry.text(bytes.count)
        }
        let params = try reader.dictionary(count, decodeEntry)
        let options = try reader.dictionary(count, decodeEntry)
        try reader.expectEnd()
        var keys: [Key] = []
        var size = 16
        while size < count * 2 { size *= 2 }
        var slots = [UInt32](repeating: .max, count: size)
        indexes.reserveCapacity(count)
        for row in 0..<count {
            let key = Key(
                kind: kinds[row], amount: amounts[row], instructions: instructions[row], code: codes.index(row),
                params: params.index(row), options: options.index(row))
            var slot = key.hash & (size - 1)
            while slots[slot] != .max, keys[Int(slots[slot])] != key { slot = (slot + 1) & (size - 1) }
            if slots[slot] == .max {
                slots[slot] = UInt32(keys.count)
                keys.append(key)
                guard let kind = ScriptVerdict.Kind(rawValue: key.kind), key.amount >= 0 else {
                    throw .protocolViolation("verdict")
                }
                let rowParams = params.entry(row) ?? .some(.null)
                let rowOptions = options.entry(row) ?? .some(.null)
                guard let rowParams, let rowOptions else {
                    distinct.append(.withTwins(instructions: key.instructions, chunk: chunk))
                    indexes.append(slots[slot])
                    continue
                }
                var verdict = ScriptVerdict(
                    kind: kind, amount: key.amount, code: codes.entry(row), params: rowParams, options: rowOptions,
                    instructions: key.instructions, failure: nil)
                if kind == .failed {
                    verdict.failure = ScriptFailure(params: verdict.params, chunk: chunk)
                    verdict.params = .null
                }
                distinct.append(verdict)
            }
            indexes.append(slots[slot])
        }
    }
}

/// A value, or nil where two names in it are one to Unicode: bytes tell them apart, a map of ours can't, and one row's
/// names must not spoil a batch.
private func decodeEntry(_ bytes: ArraySlice<UInt8>) throws(ScriptError) -> ScriptValue? {
    var reader = ByteReader(bytes)
    let value = try reader.value()
    try reader.expectEnd()
    return reader.hasTwins ? nil : value
}

extension ScriptVerdict {
    fileprivate static func withTwins(instructions: Int64, chunk: String) -> ScriptVerdict {
        let failure = ScriptFailure(
            kind: .badOutput, chunk: chunk, line: 0,
            text: "返回的表中有两个写法不同而含义相同的名字\u{1f}a table that was returned holds two names that Unicode takes for one")
        return ScriptVerdict(
            kind: .failed, amount: 0, code: nil, params: .null, options: .null, instructions: instructions,
            failure: failure)
    }
}

extension ScriptFailure {
    fileprivate init(params: ScriptValue, chunk: String) {
        let kind = params["kind"].integer.flatMap { UInt8(exactly: $0) }.flatMap(Kind.init) ?? .crashed
        let line = params["line"].integer.flatMap { Int(exactly: $0) } ?? 0
        self.init(kind: kind, chunk: chunk, line: line, text: params["text"].string ?? "")
    }
}

/// Entries, and for each row the number of one of them, from 1, or 0 for none.
private struct Entries<Entry> {
    var entries: [Entry] = []
    var indexes: [UInt32] = []

    func index(_ row: Int) -> UInt32 { indexes.isEmpty ? 0 : indexes[row] }

    func entry(_ row: Int) -> Entry? {
        let index = Int(index(row))
        return index == 0 ? nil : entries[index - 1]
    }
}

extension ByteReader {
    fileprivate mutating func integers(_ count: Int) throws(ScriptError) -> [Int64] {
        let base = try u64()
        let width = Int(try u8())
        return try packed(count, width: width).map { Int64(bitPattern: base &+ $0) }
    }

    /// Little-endian integers of `width` bytes each.
    mutating func packed(_ count: Int, width: Int) throws(ScriptError) -> [UInt64] {
        guard width <= 8 else { throw .protocolViolation("width") }
        guard width > 0 else { return [UInt64](repeating: 0, count: count) }
        let bytes = Array(try take(count * width))
        return [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            var at = 0
            for row in 0..<count {
                var value: UInt64 = 0
                for byte in 0..<width { value |= UInt64(bytes[at + byte]) << UInt64(byte * 8) }
                buffer[row] = value
                at += width
            }
            initialized = count
        }
    }

    fileprivate mutating func dictionary<Entry>(
        _ count: Int, _ decode: (ArraySlice<UInt8>) throws(ScriptError) -> Entry
    ) throws(ScriptError) -> Entries<Entry> {
        let entryCount = try u32()
        guard entryCount <= count else { throw .protocolViolation("dictionary") }
        var ends: [Int] = []
        for _ in 0..<entryCount { ends.append(try u32()) }
        var found = Entries<Entry>()
        var start = 0
        for end in ends {
            found.entries.append(try decode(try take(end - start)))
            start = end
        }
        let width = Int(try u8())
        guard width <= 4 else { throw .protocolViolation("width") }
        guard width > 0 else { return found }
        found.indexes = try packed(count, width: width).map { UInt32(truncatingIfNeeded: $0) }
        guard found.indexes.allSatisfy({ Int($0) <= entryCount }) else { throw .protocolViolation("index") }
        return found
    }
}
