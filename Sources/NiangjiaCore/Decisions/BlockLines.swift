/// Whom the lines of a block are about and what their facts rest on: what settle, apply and a look into the journal need beside
/// the rule's word. Row n is line n.
struct BlockLines: Sendable {
    var kind: SubjectKind
    var onDate: CivilDate
    var ids: [Int64] = []
    var revisions: [Int64] = []
    /// 0: none.
    var homes: [Int64] = []
    var households: [Int64] = []
    var householdRevisions: [Int64] = []
    /// The row of the fact table, -1 where the rule wasn't asked; nil: row n is line n.
    var rows: [Int32]?
    /// The page of the population that was read: after one subject up to another.
    var after: Int64
    var first: Int64
    var last: Int64
    /// As they stood when the facts were read.
    var sums: BlockSums
    /// How often the registers had been written to by then (``Table/changeCount``).
    var changes: Int64
    var history: BlockHistory
    /// How the organisations stood (``OrganizationPaths/marks(of:withEmployers:in:)``).
    var unions: [Int64]
    /// What the host says of lines whatever the rule said, by line.
    var hosts: [(line: Int, judgement: Judgement)] = []

    var count: Int { ids.count }

    init(
        _ block: SubjectBlock, _ kind: SubjectKind, first: Int64, last: Int64, after: Int64, on date: CivilDate,
        sums: BlockSums, changes: Int64, history: BlockHistory, unions: [Int64]
    ) {
        self.kind = kind
        onDate = date
        ids = block.ids
        revisions = block.revisions
        homes = block.homes
        households = block.households
        householdRevisions = block.householdRevisions
        self.first = first
        self.last = last
        self.after = after
        self.sums = sums
        self.changes = changes
        self.history = history
        self.unions = unions
    }

    /// The row of the fact table that a line was judged by.
    func row(_ line: Int) -> Int? {
        guard let rows else { return line }
        return rows[line] < 0 ? nil : Int(rows[line])
    }

    /// The lines as single cases have them, with what is said of each.
    func judged(_ judgements: Judgements, source: (Int) -> JudgedLine.Source = { _ in .host }) -> [JudgedLine] {
        judgements.enumerated().map { n, judgement in
            JudgedLine(
                intake: IntakeLine(line: n, subject: SubjectRef(kind, ids[n]), element: .null), gathered: line(n),
                judgement: judgement, source: source(n))
        }
    }

    /// A line as single cases have it.
    func line(_ n: Int) -> GatheredLine {
        var revisions = FactRevisions()
        revisions.subject = self.revisions[n]
        revisions.household = householdRevisions[n]
        return GatheredLine(
            subject: SubjectRef(kind, ids[n]), household: households[n] == 0 ? nil : households[n],
            home: homes[n] == 0 ? nil : homes[n], serving: nil, onDate: onDate, submittedAt: Instant(onDate),
            missing: [],
            row: row(n), revisions: revisions)
    }
}

extension BlockLines {
    /// The organisations of two lists of marks that aren't the same in both.
    static func differing(_ before: [Int64], _ now: [Int64]) -> Set<Int64> {
        func pairs(_ flat: [Int64]) -> Set<[Int64]> {
            Set(stride(from: 0, to: flat.count - 1, by: 2).map { [flat[$0], flat[$0 + 1]] })
        }
        return Set(pairs(before).symmetricDifference(pairs(now)).map { $0[0] })
    }
}

/// As bytes: columns of small numbers, so that they compress to almost nothing.
extension BlockLines {
    private static let version: Int64 = 3

    var bytes: [UInt8] {
        var writer = NumberWriter()
        writer.put(BlockLines.version)
        writer.put(Int64(SubjectKind.allCases.firstIndex(of: kind) ?? 0))
        for number in [
            Int64(onDate.days), Int64(count), after, first, last, sums.count, sums.revisions, sums.homes,
            sums.households, changes,
            Int64(history.subjects.count), Int64(history.households.count), Int64(history.watched.count),
            rows == nil ? 0 : 1, Int64(hosts.count), Int64(unions.count),
        ] { writer.put(number) }
        // Ids and households rise with the rows: their steps are small. Households often are the same step behind.
        writer.putSteps(ids)
        writer.putSteps(zip(households, ids).map { $0 == 0 ? .min : $0 &- $1 })
        for column in [revisions, homes, householdRevisions] { writer.put(column) }
        for column in [history.subjects, history.households, history.watched, unions] { writer.put(column) }
        writer.put((rows ?? []).map { Int64($0) })
        for (line, judgement) in hosts {
            let text = Array(judgement.value.json.utf8)
            writer.put(Int64(line))
            writer.put(Int64(text.count))
            writer.bytes += text
        }
        return writer.bytes
    }

    init(bytes: [UInt8]) throws {
        var reader = NumberReader(bytes)
        let version = try reader.next()
        let kinds = SubjectKind.allCases
        let kind = Int(try reader.next())
        guard version == BlockLines.version, kinds.indices.contains(kind) else { throw NumberReader.damaged }
        self.kind = kinds[kind]
        onDate = CivilDate(days: Int32(truncatingIfNeeded: try reader.next()))
        let count = Int(try reader.next())
        guard (0...bytes.count).contains(count) else { throw NumberReader.damaged }
        (after, first, last) = (try reader.next(), try reader.next(), try reader.next())
        sums = BlockSums(
            count: try reader.next(), revisions: try reader.next(), homes: try reader.next(),
            households: try reader.next())
        changes = try reader.next()
        let (subjects, households, watched) = (Int(try reader.next()), Int(try reader.next()), Int(try reader.next()))
        let hasRows = try reader.next() == 1
        let (hostCount, unionCount) = (try reader.next(), Int(try reader.next()))
        ids = try reader.steps(count)
        self.households = zip(try reader.steps(count), ids).map { $0 == .min ? 0 : $0 &+ $1 }
        revisions = try reader.numbers(count)
        homes = try reader.numbers(count)
        householdRevisions = try reader.numbers(count)
        history = BlockHistory(
            subjects: try reader.numbers(subjects), households: try reader.numbers(households),
            watched: try reader.numbers(watched))
        unions = try reader.numbers(unionCount)
        rows = hasRows ? try reader.numbers(count).map { Int32(truncatingIfNeeded: $0) } : nil
        for _ in 0..<max(0, hostCount) {
            let line = Int(try reader.next())
            let length = Int(try reader.next())
            guard (0..<count).contains(line), (0...bytes.count - reader.at).contains(length),
                let judgement = Judgement(try Value(jsonBytes: Array(bytes[reader.at..<reader.at + length])))
            else { throw NumberReader.damaged }
            reader.skip(length)
            hosts.append((line, judgement))
        }
    }
}

/// Integers of any size, small ones in one byte (zigzag, LEB128).
struct NumberWriter {
    var bytes: [UInt8] = []

    mutating func put(_ value: Int64) { put(atMost: 1) { $0.put(value) } }

    mutating func put(_ values: [Int64]) {
        put(atMost: values.count) { room in for value in values { room.put(value) } }
    }

    /// Each number as its distance from the one before.
    mutating func putSteps(_ values: [Int64]) {
        put(atMost: values.count) { room in
            var last: Int64 = 0
            for value in values {
                room.put(value &- last)
                last = value
            }
        }
    }

    /// So many numbers at most: asking an array for room for each byte would cost more than the numbers.
    mutating func put(atMost count: Int, _ fill: (inout Room) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count * 10) { buffer in
            var room = Room(buffer: buffer)
            fill(&room)
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<room.count]))
        }
    }

    /// Ten bytes for each number.
    struct Room {
        fileprivate let buffer: UnsafeMutableBufferPointer<UInt8>
        fileprivate var count = 0

        fileprivate init(buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

        mutating func put(_ value: Int64) {
            var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
            while rest >= 0x80 {
                buffer[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                count += 1
                rest >>= 7
            }
            buffer[count] = UInt8(truncatingIfNeeded: rest)
            count += 1
        }
    }
}

/// Reads what ``NumberWriter`` writes.
struct NumberReader {
    let bytes: [UInt8]
    private(set) var at: Int

    init(_ bytes: [UInt8], at: Int = 0) {
        self.bytes = bytes
        self.at = at
    }

    static var damaged: NiangjiaError { NiangjiaError(.store, zh: "核定记录已损坏", en: "a block of the run is damaged") }

    mutating func next() throws(NiangjiaError) -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < bytes.count, shift < 64 {
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
            shift += 7
        }
        throw NumberReader.damaged
    }

    mutating func numbers(_ count: Int) throws(NiangjiaError) -> [Int64] {
        guard (0...bytes.count).contains(count) else { throw NumberReader.damaged }
        var found: [Int64] = []
        found.reserveCapacity(count)
        for _ in 0..<count { found.append(try next()) }
        return found
    }

    mutating func steps(_ count: Int) throws(NiangjiaError) -> [Int64] {
        var last: Int64 = 0
        var found: [Int64] = []
        found.reserveCapacity(count)
        for _ in 0..<count {
            last &+= try next()
            found.append(last)
        }
        return found
    }

    mutating func skip(_ count: Int) { at += count }
}

extension SettledBlock {
    /// Each different outcome once, then one number a row.
    var bytes: [UInt8] {
        let distinct = Array(Value.list(outcomes.map(\.value)).json.utf8)
        var writer = NumberWriter()
        writer.put(Int64(distinct.count))
        writer.bytes += distinct
        writer.put(Int64(indexes.count))
        writer.put(indexes.map { Int64($0) })
        return writer.bytes
    }

    init(bytes: [UInt8]) throws {
        var reader = NumberReader(bytes)
        let length = Int(try reader.next())
        guard (0...bytes.count - reader.at).contains(length) else { throw NumberReader.damaged }
        let distinct = Array(bytes[reader.at..<reader.at + length])
        outcomes = try Value(jsonBytes: distinct).list?.map(Outcome.init(value:)) ?? []
        reader.skip(length)
        let count = Int(try reader.next())
        indexes = try reader.numbers(count).map { UInt32(truncatingIfNeeded: $0) }
        guard indexes.allSatisfy({ Int($0) < outcomes.count }) else { throw NumberReader.damaged }
    }
}

extension Outcome {
    /// The outcome as a value, for the run's own keeping.
    var value: Value {
        var members: [String: Value] = [
            "r": .text(result.rawValue), "a": .int(amount.fen), "q": .int(queued.fen), "p": .map(params),
            "s": .list(splits.map { .list([.text($0.line), .int($0.amount.fen)]) }),
        ]
        members["c"] = code.map { .text($0) }
        if stacked > .zero { members["k"] = .int(stacked.fen) }
        return .map(members)
    }

    init(value: Value) {
        self.init(
            value["r"].text.flatMap(Result.init(rawValue:)) ?? .failed, Money(fen: value["a"].int ?? 0),
            code: value["c"].text, params: value["p"].map ?? [:])
        queued = Money(fen: value["q"].int ?? 0)
        stacked = Money(fen: value["k"].int ?? 0)
        splits = (value["s"].list ?? []).map {
            Split(line: $0.list?.first?.text ?? "", amount: Money(fen: $0.list?.last?.int ?? 0))
        }
    }
}
