/// **Settle**: decisions in declared order, balances, caps and places → outcomes. One pure function, shared by decide, preview
/// and diff, so that they can't disagree.
public enum Settle {
    /// The order in which lines are served: rank (the script's, smaller first, none last), then each line's own order, then
    /// their place in the input, which is declared order too.
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
    static func settle(_ blocks: [SettleBlock], against state: inout SettleState) -> [SettledBlock] {
        var settled = blocks.map { SettledBlock(outcomes: $0.lines.map(opening), indexes: $0.indexes) }
        applyGroups(blocks, &settled)
        var pass = Pass(state: state)
        if let order = order(of: blocks, settled) {
            for place in order { pass.serve(blocks[place.block], &settled[place.block], place) }
        } else {
            for number in blocks.indices { pass.serveInOrder(blocks[number], &settled[number], number) }
        }
        pass.prorate(&settled)
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
        var places: [Place] = []
        for (number, block) in settled.enumerated() {
            for (row, index) in block.indexes.enumerated() where block.outcomes[Int(index)].stands {
                places.append(Place(block: number, row: row))
            }
        }
        return places.sorted { a, b in
            let x = blocks[a.block].lines[Int(blocks[a.block].indexes[a.row])]
            let y = blocks[b.block].lines[Int(blocks[b.block].indexes[b.row])]
            return precedes(x, y) ?? (a < b)
        }
    }

    /// What a line comes in with, before anything scarce is looked at.
    private static func opening(_ line: SettleLine) -> Outcome {
        let judged = line.judgement
        switch judged.kind {
        case .grant, .limit:
            if let reason = line.excludedBy { return Outcome(.refused, code: reason) }
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

/// A row of a block.
private struct Place: Comparable {
    var block: Int
    var row: Int
    static func < (a: Place, b: Place) -> Bool { a.block == b.block ? a.row < b.row : a.block < b.block }
}

/// What is left of one line of funds while rows go by that ask for nothing else.
private struct PlainFund {
    var funding: [Funding]
    var left: Int64
    var isExhausted: Bool
}

/// A line that is served in full without looking further: no cap, no place, one line of funds or none.
private struct PlainLine {
    var amount: Int64 = 0
    /// Of the pass's plain funds; nil: draws nothing.
    var fund: Int?
    /// The place of the outcome with its split.
    var served: UInt32 = 0
    var stands = false
    var isPlain = false
}

/// One pass over the lines in declared order, with what is left.
private struct Pass {
    var state: SettleState
    var drawn: [String: Money] = [:]
    var taken: [String: Int64] = [:]
    var waiting: [String: Int64] = [:]
    var persons: Int64 = 0
    var granted = Money.zero
    /// Funding lists on which somebody has been turned away: nobody later in order may overtake on them.
    var exhausted: Set<[Funding]> = []
    /// Lines that share what is left in proportion, by funding.
    var prorated: [[Funding]: [Place]] = [:]
    var plainFunds: [PlainFund] = []

    init(state: SettleState) { self.state = state }

    /// Serves a block whose rows are in declared order. The plain ones are only subtracted.
    mutating func serveInOrder(_ block: SettleBlock, _ settled: inout SettledBlock, _ number: Int) {
        let plain = zip(block.lines, block.lines.indices).map { self.plain($0, &settled, $1) }
        for row in block.indexes.indices {
            let line = plain[Int(block.indexes[row])]
            guard line.stands else { continue }
            if line.isPlain, takePlain(line) {
                settled.indexes[row] = line.served
                continue
            }
            flush()
            serve(block, &settled, Place(block: number, row: row))
            reload()
        }
        flush()
    }

    private mutating func plain(_ line: SettleLine, _ settled: inout SettledBlock, _ index: Int) -> PlainLine {
        let outcome = settled.outcomes[index]
        var plain = PlainLine(amount: outcome.amount.fen, served: UInt32(index), stands: outcome.stands)
        guard plain.stands, line.caps.isEmpty, line.places == nil else { return plain }
        guard line.draws, outcome.amount > .zero else {
            plain.isPlain = true
            return plain
        }
        guard line.funding.count == 1, line.funding[0].share == nil, line.short != .prorate else { return plain }
        var whole = outcome
        whole.splits = [.init(line: line.funding[0].line, amount: outcome.amount)]
        plain.served = UInt32(settled.outcomes.count)
        settled.outcomes.append(whole)
        if let known = plainFunds.firstIndex(where: { $0.funding == line.funding }) {
            plain.fund = known
        } else {
            plain.fund = plainFunds.count
            plainFunds.append(PlainFund(funding: line.funding, left: 0, isExhausted: false))
            reload()
        }
        plain.isPlain = true
        return plain
    }

    private mutating func takePlain(_ line: PlainLine) -> Bool {
        if let ceiling = state.ceiling {
            if let most = ceiling.persons, persons + 1 > most { return false }
            if let most = ceiling.amount, granted.fen + line.amount > most.fen { return false }
        }
        if let fund = line.fund {
            guard !plainFunds[fund].isExhausted, plainFunds[fund].left >= line.amount else { return false }
            plainFunds[fund].left -= line.amount
        }
        persons += 1
        granted += Money(fen: line.amount)
        return true
    }

    private mutating func flush() {
        for fund in plainFunds { state.available[fund.funding[0].line] = Money(fen: fund.left) }
    }

    private mutating func reload() {
        for n in plainFunds.indices {
            plainFunds[n].left = (state.available[plainFunds[n].funding[0].line] ?? .zero).fen
            plainFunds[n].isExhausted = exhausted.contains(plainFunds[n].funding)
        }
    }

    mutating func serve(_ block: SettleBlock, _ settled: inout SettledBlock, _ place: Place) {
        let line = block.lines[Int(block.indexes[place.row])]
        var outcome = settled[place.row]
        serve(line, &outcome, place)
        settled[place.row] = outcome
    }

    private mutating func serve(_ line: SettleLine, _ outcome: inout Outcome, _ place: Place) {
        capped(line, &outcome)
        guard outcome.stands, placed(line, &outcome), withinCeiling(&outcome) else { return }
        if line.draws, outcome.amount > .zero {
            fund(line, &outcome, place)
        }
        guard outcome.stands else { return }
        persons += 1
        granted += outcome.amount
        for cap in line.caps { drawn[cap.key, default: .zero] += outcome.amount + outcome.queued }
        if let places = line.places { taken[places.key, default: 0] += places.take }
    }

    private func capped(_ line: SettleLine, _ outcome: inout Outcome) {
        for cap in line.caps {
            let left = cap.cap - cap.used - (drawn[cap.key] ?? .zero)
            guard outcome.amount > left else { continue }
            if left <= .zero {
                outcome = Outcome(.refused, code: cap.reason)
                return
            }
            outcome.result = .limited
            outcome.amount = wholeUnits(of: line, fitting: left, asked: outcome.amount)
            outcome.code = cap.reason
            outcome.params = [:]
            if outcome.amount == .zero { outcome = Outcome(.refused, code: cap.reason) }
        }
    }

    private mutating func placed(_ line: SettleLine, _ outcome: inout Outcome) -> Bool {
        guard let places = line.places else { return true }
        let used = places.used + (taken[places.key] ?? 0)
        let waits = waiting[places.key] ?? 0
        // Nobody overtakes somebody who waits.
        if waits == 0, used + places.take <= places.count { return true }
        let room = places.waitlist.map { $0.of(Money(fen: places.count)).fen } ?? 0
        if waits + places.take <= room {
            waiting[places.key] = waits + places.take
            outcome = Outcome(.waitlisted, code: HostReason.quotaFull)
        } else {
            outcome = Outcome(.refused, code: HostReason.quotaFull)
        }
        return false
    }

    private func withinCeiling(_ outcome: inout Outcome) -> Bool {
        guard let ceiling = state.ceiling else { return true }
        let tooMany = ceiling.persons.map { persons + 1 > $0 } ?? false
        let tooMuch = ceiling.amount.map { granted + outcome.amount > $0 } ?? false
        guard tooMany || tooMuch else { return true }
        outcome = Outcome(.waitlisted, code: HostReason.ceiling)
        return false
    }

    private mutating func fund(_ line: SettleLine, _ outcome: inout Outcome, _ place: Place) {
        if line.short == .prorate {
            prorated[line.funding, default: []].append(place)
            return
        }
        let asked = outcome.amount
        let there = exhausted.contains(line.funding) ? .zero : reach(line.funding, asked)
        if there >= asked {
            outcome.splits = draw(line.funding, asked)
            return
        }
        exhausted.insert(line.funding)
        let part = wholeUnits(of: line, fitting: there, asked: asked)
        switch line.short {
        case .partial where part > .zero:
            outcome.result = .limited
            outcome.amount = part
            outcome.code = HostReason.budgetShort
            outcome.params = [:]
            outcome.splits = draw(line.funding, part)
        case .queue:
            outcome.amount = part
            outcome.queued = asked - part
            outcome.splits = draw(line.funding, part)
        case .refuse: outcome = Outcome(.refused, code: HostReason.budgetShort)
        case .waitlist, .partial, .prorate: outcome = Outcome(.waitlisted, code: HostReason.budgetShort)
        }
    }

    /// A partial grant cuts whole units: half a pack is none.
    private func wholeUnits(of line: SettleLine, fitting left: Money, asked: Money) -> Money {
        guard left < asked else { return asked }
        guard let units = line.judgement.units, units > 0, asked.fen % units == 0, asked.fen > 0 else { return left }
        let each = asked.fen / units
        return Money(fen: left.fen / each * each)
    }

    /// How much of an amount the lines can carry: in order they add up; by share the scarcest one decides.
    private func reach(_ funding: [Funding], _ asked: Money) -> Money {
        if funding.contains(where: { $0.share != nil }) {
            let fits = split(funding, asked).allSatisfy { (state.available[$0.line] ?? .zero) >= $0.amount }
            return fits ? asked : .zero
        }
        let total = funding.reduce(Money.zero) { $0 + max(.zero, state.available[$1.line] ?? .zero) }
        return min(total, asked)
    }

    private func split(_ funding: [Funding], _ amount: Money) -> [Outcome.Split] {
        var rest = amount
        var splits: [Outcome.Split] = []
        for (n, source) in funding.enumerated() {
            let part = n == funding.count - 1 ? rest : min(rest, (source.share ?? Rate(basisPoints: 0)).of(amount))
            rest -= part
            if part > .zero { splits.append(.init(line: source.line, amount: part)) }
        }
        return splits
    }

    private mutating func draw(_ funding: [Funding], _ amount: Money) -> [Outcome.Split] {
        guard amount > .zero else { return [] }
        var splits: [Outcome.Split] = []
        if funding.contains(where: { $0.share != nil }) {
            splits = split(funding, amount)
        } else {
            var rest = amount
            for source in funding where rest > .zero {
                let part = min(rest, max(.zero, state.available[source.line] ?? .zero))
                guard part > .zero else { continue }
                splits.append(.init(line: source.line, amount: part))
                rest -= part
            }
        }
        for part in splits { state.available[part.line, default: .zero] -= part.amount }
        return splits
    }

    /// Shares what is left among the lines of a prorated funding: floors, the rest fen by fen to the first in order.
    mutating func prorate(_ settled: inout [SettledBlock]) {
        guard !prorated.isEmpty else { return }
        for (funding, members) in prorated.sorted(by: { $0.value[0] < $1.value[0] }) {
            let amounts = members.map { settled[$0.block][$0.row].amount }
            let asked = amounts.reduce(.zero, +)
            let there = reach(funding, asked)
            var parts = amounts.map { amount in
                asked <= there || asked.fen == 0
                    ? amount : Money(fen: floorShare(of: there.fen, amount.fen, asked.fen))
            }
            var rest = min(asked, there) - parts.reduce(.zero, +)
            for n in parts.indices where rest > .zero && parts[n] < amounts[n] {
                parts[n] += Money(fen: 1)
                rest -= Money(fen: 1)
            }
            for (n, place) in members.enumerated() {
                var outcome = settled[place.block][place.row]
                if parts[n] < outcome.amount {
                    outcome.result = parts[n] > .zero ? .limited : .waitlisted
                    outcome.code = HostReason.budgetShort
                    outcome.params = [:]
                }
                outcome.amount = parts[n]
                outcome.splits = draw(funding, parts[n])
                settled[place.block][place.row] = outcome
            }
        }
    }

    private func floorShare(of total: Int64, _ part: Int64, _ whole: Int64) -> Int64 {
        whole.dividingFullWidth(total.multipliedFullWidth(by: part)).quotient
    }
}
