/// Money that doesn't suffice, shared in proportion to what each was granted (`short: prorate`).
extension Pass {
    /// Shares what is left among the lines of a prorated funding: floors, the rest to the first in order; money by the fen, goods by
    /// whole units. What each fund line gives is settled for all of them together, so that it never gives more than there is.
    mutating func prorate(_ settled: inout [SettledBlock]) {
        for (funding, members) in prorated.sorted(by: { $0.value[0].place < $1.value[0].place }) {
            let amounts = members.map { settled[$0.place.block][$0.place.row].amount }
            let asked = amounts.reduce(.zero, +)
            let there = most(funding, upTo: asked)
            if asked > there { isShort = true }
            let units = members.map(\.unit)
            var parts = Pass.apportion(there, over: amounts, in: units)
            // What isn't a whole unit stays in the fund; by share the less may round to more for one line.
            while case let total = parts.reduce(.zero, +), reach(funding, total) < total,
                let last = parts.lastIndex(where: { $0 > .zero })
            { parts[last] -= units[last] }
            var rest = draw(funding, parts.reduce(.zero, +))
            for (place, part) in zip(members.map(\.place), parts) {
                var outcome = settled[place.block][place.row]
                if part < outcome.amount {
                    outcome.result = part > .zero ? .limited : .waitlisted
                    outcome.code = HostReason.budgetShort
                    outcome.params = [:]
                }
                outcome.amount = part
                outcome.splits = take(part, from: &rest, byShare: funding.contains { $0.share != nil })
                settled[place.block][place.row] = outcome
            }
        }
    }

    /// The most, up to what is asked, that the lines carry: in order they add up; by share as much as the scarcest one allows.
    func most(_ funding: [Funding], upTo asked: Money) -> Money {
        let whole = reach(funding, asked)
        guard whole < asked, funding.contains(where: { $0.share != nil }) else { return whole }
        // Shares are rounded, so what fits is looked for.
        var (fits, tooMuch) = (Int64(0), asked.fen)
        while tooMuch - fits > 1 {
            let middle = fits + (tooMuch - fits) / 2
            if reach(funding, Money(fen: middle)).fen == middle { fits = middle } else { tooMuch = middle }
        }
        return Money(fen: fits)
    }

    /// A part of what is left of the splits that were drawn for all: in their order, or by share of what each has left. The last part
    /// takes exactly what the others have left.
    private func take(_ part: Money, from rest: inout [Outcome.Split], byShare: Bool) -> [Outcome.Split] {
        guard part > .zero else { return [] }
        let left = rest.map(\.amount)
        var parts = left
        if byShare {
            parts = Pass.apportion(part, over: left)
        } else {
            var need = part
            for n in left.indices {
                parts[n] = min(need, left[n])
                need -= parts[n]
            }
        }
        for n in rest.indices { rest[n].amount -= parts[n] }
        return zip(rest, parts).filter { $1 > .zero }.map { .init(line: $0.line, amount: $1) }
    }

    /// Shares a total in proportion: floors, the rest by one unit to the first that are not whole, so that none gets more than it has.
    ///
    /// - Parameters:
    ///   - whole: what each would have of the sum of all, which the total doesn't exceed.
    ///   - units: what each part is a multiple of: half a pack is none. What no unit fits into is left over; of fen nothing is.
    static func apportion(_ total: Money, over whole: [Money], in units: [Money]? = nil) -> [Money] {
        let sum = whole.reduce(.zero, +)
        guard total < sum else { return whole }
        let units = units ?? whole.map { _ in Money(fen: 1) }
        var parts = zip(whole, units).map { one, unit in
            let part = sum.fen.dividingFullWidth(total.fen.multipliedFullWidth(by: one.fen)).quotient
            return Money(fen: part / unit.fen * unit.fen)
        }
        var rest = total - parts.reduce(.zero, +)
        for n in parts.indices where rest >= units[n] && parts[n] + units[n] <= whole[n] {
            parts[n] += units[n]
            rest -= units[n]
        }
        return parts
    }
}
