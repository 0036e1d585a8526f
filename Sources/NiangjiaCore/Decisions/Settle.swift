/// **Settle**: decisions in declared order, balances, caps and places → outcomes. One pure function, shared by decide, preview
/// and diff, so that they can't disagree.
public enum Settle {
    /// The order in which lines of a case are served: rank (the script's, smaller first, none last), then each line's own order,
    /// then their place in the application, which is declared order too.
    public static func order(of lines: [SettleLine]) -> [Int] {
        lines.indices.sorted { a, b in
            let (x, y) = (lines[a], lines[b])
            return precedes(x, y) ?? precedes(y, x).map { !$0 } ?? (a < b)
        }
    }

    /// Whether a line is served before another by rank and own order; nil where these don't tell.
    private static func precedes(_ x: SettleLine, _ y: SettleLine) -> Bool? {
        let (rankX, rankY) = (x.judgement.rank ?? .max, y.judgement.rank ?? .max)
        if rankX != rankY { return rankX < rankY }
        return x.order == y.order ? nil : x.order.lexicographicallyPrecedes(y.order)
    }

    /// Settles lines against a state, which is left as it stands afterwards. Outcomes come in the order of the input.
    public static func settle(_ lines: [SettleLine], against state: inout SettleState) -> [Outcome] {
        let block = SettleBlock(lines: lines, indexes: lines.indices.map { UInt32($0) })
        let settled = settle([block], against: &state)[0]
        return settled.indexes.map { settled.outcomes[Int($0)] }
    }

    /// Settles blocks of lines: the same, for a million.
    ///
    /// - Parameter ties: who of equals comes first. Asked only where somebody goes without: while there is enough, nobody's
    ///   outcome depends on the order. nil: the order of the input, which a case declares and a batch doesn't.
    static func settle(_ blocks: [SettleBlock], against state: inout SettleState, ties: TieBreak? = nil)
        -> [SettledBlock]
    {
        var opened = blocks.map { SettledBlock(outcomes: $0.lines.map(opening), indexes: $0.indexes) }
        applyGroups(blocks, &opened)
        var settled = opened
        var pass = Pass(state: state)
        pass.serve(blocks, &settled, in: order(of: blocks, settled))
        if let ties, pass.isShort {
            settled = opened
            pass = Pass(state: state)
            pass.serve(blocks, &settled, in: order(of: blocks, settled, ties: ties))
        }
        state = pass.state
        return settled
    }

    /// What a block would come to if there were enough of everything.
    static func unlimited(_ block: SettleBlock) -> SettledBlock {
        SettledBlock(outcomes: block.lines.map(opening), indexes: block.indexes)
    }

    /// Where lines that come in as granted are served in another order than that of the input, theirs; else nil.
    private static func order(of blocks: [SettleBlock], _ settled: [SettledBlock]) -> [Place]? {
        var first: SettleLine?
        var isInOrder = true
        for (block, outcomes) in zip(blocks, settled) {
            for (line, outcome) in zip(block.lines, outcomes.outcomes) where outcome.stands {
                if let first, precedes(first, line) != nil {
                    isInOrder = false
                    break
                }
                first = first ?? line
            }
        }
        if isInOrder { return nil }
        return standing(settled).sorted { a, b in
            let x = blocks[a.block].lines[Int(blocks[a.block].indexes[a.row])]
            let y = blocks[b.block].lines[Int(blocks[b.block].indexes[b.row])]
            return precedes(x, y) ?? (a < b)
        }
    }

    /// Lines that come in as granted by rank, by their own order, and equals as they are drawn.
    private static func order(of blocks: [SettleBlock], _ settled: [SettledBlock], ties: TieBreak) -> [Place] {
        standing(settled).map { place in
            (place: place, key: ties.key(blocks[place.block].subject(place.row) ?? SubjectRef(.nobody, 0)))
        }.sorted { a, b in
            let (x, y) = (blocks[a.place.block], blocks[b.place.block])
            let told = precedes(x.lines[Int(x.indexes[a.place.row])], y.lines[Int(y.indexes[b.place.row])])
            return told ?? (a.key == b.key ? a.place < b.place : a.key < b.key)
        }.map(\.place)
    }

    /// The rows that come in as granted, in the order of the input.
    private static func standing(_ settled: [SettledBlock]) -> [Place] {
        var places: [Place] = []
        for (number, block) in settled.enumerated() {
            for (row, index) in block.indexes.enumerated() where block.outcomes[Int(index)].stands {
                places.append(Place(block: number, row: row))
            }
        }
        return places
    }

    /// What a line comes in with, before anything scarce is looked at.
    private static func opening(_ line: SettleLine) -> Outcome {
        let judged = line.judgement
        switch judged.kind {
        case .grant, .limit:
            if let reason = line.excludedBy {
                var outcome = Outcome(.granted, judged.amount)
                outcome.stack(to: .zero, code: reason)
                return outcome
            }
            if line.place == .waiting { return Outcome(.waitlisted, code: HostReason.quotaFull) }
            if line.place == .out { return Outcome(.refused, code: HostReason.quotaFull) }
            if let most = line.eachMax, judged.amount > most {
                return Outcome(.review, code: HostReason.overEachMax, params: ["most": .int(most.fen)])
            }
            let result: Outcome.Result = judged.kind == .grant ? .granted : .limited
            return Outcome(result, judged.amount, code: judged.code, params: judged.params)
        case .refuse: return Outcome(.refused, code: judged.code, params: judged.params)
        case .incomplete: return Outcome(.incomplete, code: judged.code, params: judged.params)
        case .review: return Outcome(.review, code: judged.code, params: judged.params)
        case .revoke, .keep, .failed: return Outcome(.failed, code: judged.code)
        }
    }

    /// Where too few lines of a group pass, none does.
    private static func applyGroups(_ blocks: [SettleBlock], _ settled: inout [SettledBlock]) {
        guard blocks.contains(where: { $0.lines.contains { $0.group != nil } }) else { return }
        var passing: [SettleLine.Group: Int64] = [:]
        for (block, outcomes) in zip(blocks, settled) {
            for index in block.indexes {
                guard let group = block.lines[Int(index)].group else { continue }
                passing[group, default: 0] += outcomes.outcomes[Int(index)].stands ? 1 : 0
            }
        }
        for (number, block) in blocks.enumerated() {
            for (index, line) in block.lines.enumerated() {
                guard let group = line.group, settled[number].outcomes[index].stands, let count = passing[group],
                    count < group.atLeast
                else { continue }
                settled[number].outcomes[index] = Outcome(
                    .refused, code: HostReason.tooFew, params: ["count": .int(count), "needed": .int(group.atLeast)])
            }
        }
    }
}

/// Lines of a block: most of them say one of a few things, and each is kept once.
struct SettleBlock: Sendable {
    var lines: [SettleLine]
    /// For each row, its place in ``lines``.
    var indexes: [UInt32]
    /// Whom each row of a batch is about: equals are drawn for by it. Empty for the lines of a case.
    var subjects: [Int64] = []
    var kind = SubjectKind.nobody

    /// Whether somebody of these lines gets less than the rule gave.
    func leavesOut(_ settled: SettledBlock) -> Bool {
        let opened = Settle.unlimited(self)
        return indexes.indices.contains { row in
            let (asked, got) = (opened[row], settled[row])
            return asked.stands && (asked.amount != got.amount || !got.stands)
        }
    }

    /// Whether outcomes that were settled earlier take more of a shared limit than is left of it now, or stand beside what excludes them.
    func stacksOver(_ settled: SettledBlock) -> Bool {
        guard lines.contains(where: { !$0.caps.isEmpty || $0.excludedBy != nil }) else { return false }
        var drawn: [String: Money] = [:]
        for row in indexes.indices where settled[row].stands {
            let line = lines[Int(indexes[row])]
            if line.excludedBy != nil { return true }
            for cap in line.caps {
                drawn[cap.key, default: cap.used] += settled[row].amount + settled[row].queued
                if drawn[cap.key, default: .zero] > cap.cap { return true }
            }
        }
        return false
    }

    func subject(_ row: Int) -> SubjectRef? {
        subjects.indices.contains(row) ? SubjectRef(kind, subjects[row]) : nil
    }
}

/// What settle made of a block: each different outcome once.
struct SettledBlock: Sendable, Hashable {
    var outcomes: [Outcome]
    /// For each row, its place in ``outcomes``.
    var indexes: [UInt32]

    subscript(row: Int) -> Outcome {
        get { outcomes[Int(indexes[row])] }
        set {
            // Neighbours are often told the same; further back a look costs more than it saves.
            let same = outcomes.suffix(8).lastIndex(of: newValue)
            indexes[row] = UInt32(same ?? outcomes.count)
            if same == nil { outcomes.append(newValue) }
        }
    }
}
