/// A row of a block.
struct Place: Comparable {
    var block: Int
    var row: Int
    static func < (a: Place, b: Place) -> Bool { a.block == b.block ? a.row < b.row : a.block < b.block }
}

/// What is left of one line of funds while rows go by that ask for nothing else.
struct PlainFund {
    var funding: [Funding]
    var left: Int64
    var isExhausted: Bool
}

/// A line that is served in full without looking further: no cap, no place, one line of funds or none.
struct PlainLine {
    var amount: Int64 = 0
    /// Of the pass's plain funds; nil: draws nothing.
    var fund: Int?
    /// The place of the outcome with its split.
    var served: UInt32 = 0
    var stands = false
    var isPlain = false
}

/// One pass over the lines in declared order, with what is left.
struct Pass {
    var state: SettleState
    var drawn: [String: Money] = [:]
    var taken: [String: Int64] = [:]
    var waiting: [String: Int64] = [:]
    var persons: Int64 = 0
    var granted = Money.zero
    /// Funding lists on which somebody has been turned away: nobody later in order may overtake on them.
    var exhausted: Set<[Funding]> = []
    /// Lines that share what is left in proportion, by funding.
    var prorated: [[Funding]: [(place: Place, unit: Money)]] = [:]
    var plainFunds: [PlainFund] = []
    /// Whether somebody went without, or got less, for what others were given before: then who comes first decides.
    var isShort = false

    init(state: SettleState) { self.state = state }

    /// Serves lines in an order of their own, or as they come, and shares what is shared in proportion.
    mutating func serve(_ blocks: [SettleBlock], _ settled: inout [SettledBlock], in order: [Place]?) {
        if let order {
            for place in order { serve(blocks[place.block], &settled[place.block], place) }
        } else {
            for number in blocks.indices { serveInOrder(blocks[number], &settled[number], number) }
        }
        prorate(&settled)
    }

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
        granted += outcome.amount + outcome.queued
        for cap in line.caps { drawn[cap.key, default: .zero] += outcome.amount + outcome.queued }
        if let places = line.places { taken[places.key, default: 0] += places.take }
    }

    private mutating func capped(_ line: SettleLine, _ outcome: inout Outcome) {
        for cap in line.caps {
            let others = drawn[cap.key] ?? .zero
            let left = cap.cap - cap.used - others
            guard outcome.amount > left else { continue }
            if others > .zero { isShort = true }
            outcome.stack(
                to: left > .zero ? wholeUnits(of: line, fitting: left, asked: outcome.amount) : .zero, code: cap.reason)
            guard outcome.stands else { return }
        }
    }

    private mutating func placed(_ line: SettleLine, _ outcome: inout Outcome) -> Bool {
        guard let places = line.places else { return true }
        let used = places.used + (taken[places.key] ?? 0)
        let waits = waiting[places.key] ?? 0
        // Nobody overtakes somebody who waits.
        if waits == 0, used + places.take <= places.count { return true }
        isShort = true
        let room = places.waitlist.map { $0.of(Money(fen: places.count)).fen } ?? 0
        if waits + places.take <= room {
            waiting[places.key] = waits + places.take
            outcome = outcome.turned(.waitlisted, HostReason.quotaFull)
        } else {
            outcome = outcome.turned(.refused, HostReason.quotaFull)
        }
        return false
    }

    private mutating func withinCeiling(_ outcome: inout Outcome) -> Bool {
        guard let ceiling = state.ceiling else { return true }
        let tooMany = ceiling.persons.map { persons + 1 > $0 } ?? false
        let tooMuch = ceiling.amount.map { granted + outcome.amount > $0 } ?? false
        guard tooMany || tooMuch else { return true }
        isShort = true
        outcome = outcome.turned(.waitlisted, HostReason.ceiling)
        return false
    }

    private mutating func fund(_ line: SettleLine, _ outcome: inout Outcome, _ place: Place) {
        if line.short == .prorate {
            prorated[line.funding, default: []].append((place, Pass.unit(of: line)))
            return
        }
        let asked = outcome.amount
        let isPartial = line.short == .partial
        let there =
            exhausted.contains(line.funding)
            ? .zero : isPartial ? most(line.funding, upTo: asked) : reach(line.funding, asked)
        if there >= asked {
            outcome.splits = draw(line.funding, asked)
            return
        }
        isShort = true
        exhausted.insert(line.funding)
        let part = reach(line.funding, wholeUnits(of: line, fitting: there, asked: asked))
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
            outcome.code = HostReason.budgetShort
            outcome.params = ["held": .int(part.fen), "queued": .int(outcome.queued.fen)]
            outcome.splits = draw(line.funding, part)
        case .refuse: outcome = outcome.turned(.refused, HostReason.budgetShort)
        case .waitlist, .partial, .prorate: outcome = outcome.turned(.waitlisted, HostReason.budgetShort)
        }
    }

    /// A partial grant cuts whole units: half a pack is none.
    private func wholeUnits(of line: SettleLine, fitting left: Money, asked: Money) -> Money {
        guard left < asked else { return asked }
        let each = Pass.unit(of: line).fen
        return Money(fen: left.fen / each * each)
    }

    /// What a line is granted a multiple of: what a pack is worth, or a fen. Of what the rule gave, for a cap may have cut packs since.
    private static func unit(of line: SettleLine) -> Money {
        let (amount, units) = (line.judgement.amount.fen, line.judgement.units ?? 0)
        guard units > 0, amount > 0, amount % units == 0 else { return Money(fen: 1) }
        return Money(fen: amount / units)
    }

    /// How much of an amount the lines can carry: in order they add up; by share all of it or nothing (``most(_:upTo:)``).
    func reach(_ funding: [Funding], _ asked: Money) -> Money {
        if funding.contains(where: { $0.share != nil }) {
            let fits = split(funding, asked).allSatisfy { (state.available[$0.line] ?? .zero) >= $0.amount }
            return fits ? asked : .zero
        }
        let total = funding.reduce(Money.zero) { $0 + max(.zero, state.available[$1.line] ?? .zero) }
        return min(total, asked)
    }

    /// How much has to come before the lines carry an amount: to any of them in order; by share to each what it lacks.
    func missing(_ funding: [Funding], _ asked: Money) -> Money {
        guard funding.contains(where: { $0.share != nil }) else { return asked - reach(funding, asked) }
        return split(funding, asked).reduce(.zero) { sum, part in
            sum + max(.zero, part.amount - (state.available[part.line] ?? .zero))
        }
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

    mutating func draw(_ funding: [Funding], _ amount: Money) -> [Outcome.Split] {
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
}
