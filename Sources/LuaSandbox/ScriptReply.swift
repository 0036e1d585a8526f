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
    /// What is stored with the decision, or null.
    public var keeps: ScriptValue { options["keeps"] }
}

extension ScriptVerdict {
    /// The rows in which a worker died, or was killed by the clock, for a replay.
    public static func deadRows(in rows: [ScriptVerdict]) -> [Int: ScriptFailure.Kind] {
        var dead: [Int: ScriptFailure.Kind] = [:]
        for (index, row) in rows.enumerated() {
            if let kind = row.failure?.kind, kind == .crashed || kind == .budgetTime { dead[index] = kind }
        }
        return dead
    }
}

/// The answer to a batch.
public struct ScriptReply: Sendable {
    public var rows: [ScriptVerdict]
    /// The bytes that were judged: sent again by `WorkerPool.replay`, they give the same `replyBytes`.
    public var requestBytes: [UInt8]
    /// The answer's bytes: the same for the same request, source and `ScriptEngine.identity`.
    public var replyBytes: [UInt8]
    public var usage: ScriptUsage
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
        var reader = ByteReader(bytes[...])
        guard try reader.u8() == UInt8(NIANGJIA_WIRE_VERSION) else { throw .protocolViolation("wire version") }
        let count = try reader.u32()
        let kinds = try reader.take(count)
        let amounts = try reader.integers(count)
        let instructions = try reader.integers(count)
        let codes = try reader.dictionary(count) { bytes throws(ScriptError) in
            var entry = ByteReader(bytes)
            return try entry.text(bytes.count)
        }
        let params = try reader.dictionary(count, decodeEntry)
        let options = try reader.dictionary(count, decodeEntry)
        try reader.expectEnd()
        var rows: [ScriptVerdict] = []
        rows.reserveCapacity(count)
        for (row, raw) in kinds.enumerated() {
            guard let kind = Kind(rawValue: raw), amounts[row] >= 0 else { throw .protocolViolation("verdict") }
            guard let rowParams = params[row] ?? .some(.null), let rowOptions = options[row] ?? .some(.null) else {
                rows.append(.withTwins(instructions: instructions[row], chunk: chunk))
                continue
            }
            var verdict = ScriptVerdict(
                kind: kind, amount: amounts[row], code: codes[row], params: rowParams, options: rowOptions,
                instructions: instructions[row], failure: nil)
            if kind == .failed {
                verdict.failure = ScriptFailure(params: verdict.params, chunk: chunk)
                verdict.params = .null
            }
            rows.append(verdict)
        }
        return rows
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

extension ByteReader {
    fileprivate mutating func integers(_ count: Int) throws(ScriptError) -> [Int64] {
        let base = try u64()
        let width = Int(try u8())
        guard width <= 8 else { throw .protocolViolation("width") }
        let bytes = Array(try take(count * width))
        return (0..<count).map { row in
            var value: UInt64 = 0
            for byte in 0..<width { value |= UInt64(bytes[row * width + byte]) << UInt64(byte * 8) }
            return Int64(bitPattern: base &+ value)
        }
    }

    /// Entries and, for each row, one of them or none.
    fileprivate mutating func dictionary<Entry>(
        _ count: Int, _ decode: (ArraySlice<UInt8>) throws(ScriptError) -> Entry
    ) throws(ScriptError) -> [Entry?] {
        let entryCount = try u32()
        guard entryCount <= count else { throw .protocolViolation("dictionary") }
        var ends: [Int] = []
        for _ in 0..<entryCount { ends.append(try u32()) }
        var entries: [Entry?] = [nil]
        var start = 0
        for end in ends {
            entries.append(try decode(try take(end - start)))
            start = end
        }
        let width = Int(try u8())
        guard width <= 4 else { throw .protocolViolation("width") }
        guard width > 0 else { return Array(repeating: nil, count: count) }
        let bytes = Array(try take(count * width))
        var cells: [Entry?] = []
        cells.reserveCapacity(count)
        for row in 0..<count {
            var index = 0
            for byte in 0..<width { index |= Int(bytes[row * width + byte]) << (byte * 8) }
            guard index < entries.count else { throw .protocolViolation("index") }
            cells.append(entries[index])
        }
        return cells
    }
}
