import NiangjiaCore
import Testing

@Suite struct SettleTests {
    private func line(
        _ fen: Int64, short: Shortage = .waitlist, rank: Int64? = nil, at time: Int64 = 0, units: Int64? = nil
    )
        -> SettleLine
    {
        var judgement = Judgement(.grant, Money(fen: fen))
        judgement.rank = rank
        judgement.units = units
        var line = SettleLine(judgement: judgement)
        line.funding = [Funding(line: "a")]
        line.short = short
        line.draws = true
        line.order = [time]
        return line
    }

    private func settle(_ lines: [SettleLine], _ available: [String: Int64], ceiling: Ceiling? = nil) -> (
        [Outcome], [String: Money]
    ) {
        var state = SettleState(available: available.mapValues { Money(fen: $0) }, ceiling: ceiling)
        let outcomes = Settle.settle(lines, against: &state)
        return (outcomes, state.available)
    }

    @Test func partialTakesWhatIsLeft() {
        let (outcomes, left) = settle([line(500_000, short: .partial)], ["a": 300_000])
        #expect(outcomes[0].result == .limited)
        #expect(outcomes[0].amount.fen == 300_000)
        #expect(outcomes[0].code == "BUDGET_SHORT")
        #expect(left["a"] == .zero)
    }

    @Test func partialCutsWholeUnitsOnly() {
        let (outcomes, left) = settle([line(500_000, short: .partial, units: 100)], ["a": 303_000])
        #expect(outcomes[0].amount.fen == 300_000)
        #expect(left["a"]?.fen == 3000)
    }

    @Test func waitlistGivesNothingAndNobodyOvertakes() {
        let (outcomes, left) = settle([line(500, at: 1), line(100, at: 2)], ["a": 300])
        #expect(outcomes.map(\.result) == [.waitlisted, .waitlisted])
        #expect(left["a"]?.fen == 300)
    }

    @Test func rankComesFirstThenSubmission() {
        let lines = [line(100, rank: 2, at: 1), line(100, rank: 1, at: 9), line(100, at: 0), line(100, rank: 1, at: 3)]
        #expect(Settle.order(of: lines) == [3, 1, 0, 2])
        let (outcomes, _) = settle(lines, ["a": 200])
        #expect(outcomes.map(\.result) == [.waitlisted, .granted, .waitlisted, .granted])
    }

    @Test func fundingGoesInOrderAndKeepsTheSplit() {
        var one = line(500)
        one.funding = [Funding(line: "a"), Funding(line: "b")]
        let (outcomes, left) = settle([one], ["a": 200, "b": 1000])
        #expect(
            outcomes[0].splits == [
                .init(line: "a", amount: Money(fen: 200)), .init(line: "b", amount: Money(fen: 300)),
            ])
        #expect(left == ["a": .zero, "b": Money(fen: 700)])
    }

    @Test func sharesSplitAndTheScarcestDecides() {
        var one = line(501)
        one.funding = [
            Funding(line: "a", share: Rate(basisPoints: 5000)), Funding(line: "b", share: Rate(basisPoints: 5000)),
        ]
        let (outcomes, _) = settle([one], ["a": 300, "b": 300])
        #expect(outcomes[0].splits.map(\.amount.fen) == [251, 250])
        let (short, _) = settle([one], ["a": 300, "b": 100])
        #expect(short[0].result == .waitlisted)
    }

    @Test func prorateSharesToTheFen() {
        let lines = (0..<3).map { line(100, short: .prorate, at: Int64($0)) }
        let (outcomes, left) = settle(lines, ["a": 200])
        #expect(outcomes.map(\.amount.fen) == [67, 67, 66])
        #expect(outcomes.allSatisfy { $0.result == .limited && $0.code == "BUDGET_SHORT" })
        #expect(left["a"] == .zero)
    }

    @Test("In proportion goods are shared by the pack; what no pack fits into stays in the fund")
    func prorateSharesWholePacks() {
        let packs = (0..<3).map { line(200, short: .prorate, at: Int64($0), units: 2) }
        let (outcomes, left) = settle(packs, ["a": 450])
        #expect(outcomes.map(\.amount.fen) == [200, 100, 100])
        #expect(outcomes.map(\.result) == [.granted, .limited, .limited])
        #expect(left["a"] == Money(fen: 50))
        let (none, whole) = settle(packs, ["a": 99])
        #expect(none.allSatisfy { $0.result == .waitlisted && $0.amount == .zero })
        #expect(whole["a"] == Money(fen: 99))
        // Each one's part is 112.5 fen: what the packs leave over is no further pack, but a fen.
        let (mixed, rest) = settle(packs + [line(200, short: .prorate, at: 9)], ["a": 450])
        #expect(mixed.map(\.amount.fen) == [100, 100, 100, 113])
        #expect(rest["a"] == Money(fen: 37))
    }

    @Test("A cap that cut packs doesn't make a pack cheaper")
    func packsStayWholeUnderACapAndTooLittleMoney() {
        var one = line(1_000, short: .partial, units: 10)
        one.caps = [.init(key: "k", cap: Money(fen: 700), used: .zero, reason: "CAP")]
        let (outcomes, left) = settle([one], ["a": 450])
        #expect(outcomes[0].amount.fen == 400)
        #expect(left["a"] == Money(fen: 50))
    }

    private func shared(_ fen: Int64, _ shares: [Int64], short: Shortage, units: Int64? = nil, at time: Int64 = 0)
        -> SettleLine
    {
        var one = line(fen, short: short, at: time, units: units)
        one.funding = shares.enumerated().map { Funding(line: "\($0)", share: Rate(basisPoints: $1)) }
        return one
    }

    @Test("By share and in proportion: what the scarcest line allows is shared, not nothing")
    func prorateByShareIsWhatTheScarcestAllows() {
        let lines = (0..<3).map { shared(100, [5000, 5000], short: .prorate, at: Int64($0)) }
        let (outcomes, left) = settle(lines, ["0": 1000, "1": 100])
        // A half of 201 fen is rounded up for the first line.
        #expect(outcomes.map(\.amount.fen) == [67, 67, 67])
        #expect(outcomes.allSatisfy { $0.result == .limited && $0.code == "BUDGET_SHORT" })
        #expect(left == ["0": Money(fen: 899), "1": .zero])
        let (one, rest) = settle([shared(500, [5000, 5000], short: .partial)], ["0": 1000, "1": 100])
        #expect(one[0].amount.fen == 201)
        #expect(rest == ["0": Money(fen: 899), "1": .zero])
    }

    @Test("Where the money just suffices, no rounding overdraws a line")
    func prorateByShareRoundsWithinTheLines() {
        // Each alone would take 51 of the first line, which has 152 of the 153.
        let lines = (0..<3).map { shared(101, [5000, 5000], short: .prorate, at: Int64($0)) }
        let (outcomes, left) = settle(lines, ["0": 152, "1": 151])
        #expect(outcomes.allSatisfy { $0.result == .granted && $0.amount.fen == 101 })
        #expect(left == ["0": .zero, "1": .zero])
    }

    /// Whatever is asked and there: no line goes below zero, splits add up, and nobody gets more than was granted.
    @Test(arguments: [Shortage.prorate, .partial, .waitlist, .queue])
    func sharesNeverOverdraw(short: Shortage) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let shares: [Int64] = [[5000, 5000], [3333, 3333, 3334], [1, 9999], [7000, 0, 3000]].randomElement()!
            let lines = (0..<Int.random(in: 1...20, using: &random)).map { n in
                shared(
                    .random(in: 1...300, using: &random), shares, short: short,
                    units: Bool.random(using: &random) ? 1 : nil, at: Int64(n))
            }
            let there = Dictionary(
                uniqueKeysWithValues: shares.indices.map { ("\($0)", Int64.random(in: 0...1500, using: &random)) })
            let (outcomes, left) = settle(lines, there)
            for (name, start) in there {
                let splits = outcomes.flatMap(\.splits).filter { $0.line == name }
                let drawn = splits.reduce(Int64(0)) { $0 + $1.amount.fen }
                #expect(left[name]?.fen == start - drawn && start >= drawn)
            }
            for (line, outcome) in zip(lines, outcomes) {
                #expect(outcome.splits.reduce(Int64(0)) { $0 + $1.amount.fen } == outcome.amount.fen)
                #expect(outcome.amount <= line.judgement.amount && outcome.splits.allSatisfy { $0.amount > .zero })
            }
        }
    }

    @Test func queueKeepsTheRemainder() {
        let (outcomes, _) = settle([line(500, short: .queue)], ["a": 300])
        #expect(outcomes[0].result == .granted)
        #expect(outcomes[0].amount.fen == 300)
        #expect(outcomes[0].queued.fen == 200)
        #expect(outcomes[0].code == "BUDGET_SHORT")
        #expect(outcomes[0].params == ["held": .int(300), "queued": .int(200)])
    }

    @Test func sharedCapsCountWhatStandsAndWhatIsSettledNow() {
        var first = line(600_000)
        first.caps = [.init(key: "pupil", cap: Money(fen: 1_000_000), used: Money(fen: 800_000), reason: "CAPPED_YEAR")]
        var second = first
        second.order = [1]
        let (outcomes, _) = settle([first, second], ["a": 10_000_000])
        #expect(outcomes[0].result == .limited)
        #expect(outcomes[0].amount.fen == 200_000)
        #expect(outcomes[0].code == "CAPPED_YEAR")
        #expect(outcomes[1].result == .refused)
    }

    @Test("What stacking takes is told apart from what there is no money for")
    func stackingIsToldApart() {
        var one = line(1_000, short: .partial)
        one.caps = [
            .init(key: "pupil", cap: Money(fen: 900), used: .zero, reason: "CAPPED_YEAR"),
            .init(key: "bill", cap: Money(fen: 700), used: .zero, reason: "NET_COST_CAP"),
        ]
        let (short, _) = settle([one], ["a": 200])
        #expect(short[0].amount.fen == 200 && short[0].code == "BUDGET_SHORT")
        #expect(short[0].stacked.fen == 300)
        one.caps[1].used = Money(fen: 700)
        var other = line(1_000)
        other.excludedBy = "NOT_BOTH"
        let (none, _) = settle([one, other, line(50)], ["a": 2_000])
        #expect(none.map(\.stacked.fen) == [1_000, 1_000, 0])
        #expect(none.map(\.result) == [.refused, .refused, .granted])
        #expect(none.map(\.code) == ["NET_COST_CAP", "NOT_BOTH", nil])
    }

    @Test func placesFillThenWaitThenRefuse() {
        let lines = (0..<5).map { n -> SettleLine in
            var one = line(0, at: Int64(n))
            one.draws = false
            one.places = .init(key: "class", count: 2, used: 0, take: 1, waitlist: Rate(basisPoints: 5000))
            return one
        }
        let (outcomes, _) = settle(lines, [:])
        #expect(outcomes.map(\.result) == [.granted, .granted, .waitlisted, .refused, .refused])
    }

    @Test func tooFewPassTogetherThenNoneDoes() {
        var lines = (0..<4).map { _ in line(100) }
        lines[3].judgement = Judgement(.refuse, code: "DUPLICATE_PERSON")
        for n in lines.indices { lines[n].group = .init(key: "case", atLeast: 4) }
        let (outcomes, left) = settle(lines, ["a": 1000])
        #expect(outcomes.map(\.result) == [.refused, .refused, .refused, .refused])
        #expect(outcomes[0].code == "TOO_FEW")
        #expect(outcomes[3].code == "DUPLICATE_PERSON")
        #expect(left["a"]?.fen == 1000)
    }

    @Test func aSlipOfTheKeyboardGoesToAPerson() {
        var one = line(20_000)
        one.eachMax = Money(fen: 10_000)
        #expect(settle([one], ["a": 100_000]).0[0].result == .review)
    }

    @Test func nothingBeyondTheCeilingIsApplied() {
        let (outcomes, left) = settle(
            [line(100, at: 1), line(100, at: 2), line(100, at: 3)], ["a": 1000], ceiling: Ceiling(persons: 2))
        #expect(outcomes.map(\.result) == [.granted, .granted, .waitlisted])
        #expect(outcomes[2].code == "CEILING")
        #expect(left["a"]?.fen == 800)
    }

    /// Whatever comes in, in whatever order: nothing is created, nothing goes below zero, and input order alone changes nothing.
    @Test func randomLinesKeepTheSum() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let shorts: [Shortage] = [.partial, .waitlist, .refuse, .queue]
            let lines = (0..<Int.random(in: 1...40, using: &random)).map { n in
                line(
                    .random(in: 0...500, using: &random), short: shorts.randomElement(using: &random)!,
                    rank: Bool.random(using: &random) ? .random(in: 1...3, using: &random) : nil, at: Int64(n))
            }
            let start = Int64.random(in: 0...5000, using: &random)
            let (outcomes, left) = settle(lines, ["a": start])
            let drawn = outcomes.flatMap(\.splits).reduce(Int64(0)) { $0 + $1.amount.fen }
            #expect((left["a"]?.fen ?? 0) == start - drawn)
            #expect((left["a"]?.fen ?? 0) >= 0)
            for outcome in outcomes where outcome.stands {
                #expect(outcome.splits.reduce(Int64(0)) { $0 + $1.amount.fen } == outcome.amount.fen)
            }
            let shuffled = lines.indices.shuffled(using: &random)
            let (again, _) = settle(shuffled.map { lines[$0] }, ["a": start])
            for (position, original) in shuffled.enumerated() { #expect(again[position] == outcomes[original]) }
        }
    }
}
