import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// Who keeps money from everybody behind them, and what is to be done about it (decisions 0082, 0086).
@Suite("Held up by the first in turn: who, by how much, behind whom", .serialized) struct MoneyHeldUpTests {
    @Test("The first who can't be served is named with what is missing; whoever is served next isn't")
    func listed() async throws {
        let city = try await AidCity(.init(short: "waitlist"))
        _ = try await city.ask()
        #expect(try await city.corridor.heldUp().isEmpty)
        // The first line of several decides, though there is enough for the second.
        let many = try await city.ask(together: [8_000, 3_000])
        for form in ["ask", "also"] { try await city.ask(1_000, form: form) }
        let empty = try #require(try await city.corridor.heldUp(of: AidCity.program).first)
        #expect(empty.missing == empty.needed && !empty.keepsMoney)
        try await city.add(6_000)
        let found = try await city.corridor.heldUp(of: AidCity.program)
        #expect(found.count == 1)
        let one = try #require(found.first)
        #expect(one.caseID == many.id && one.form == "many" && one.lines == ["safety-2026"])
        #expect(one.needed == Money(fen: 800_000) && one.missing == Money(fen: 200_000))
        #expect(one.behind == 2 && one.keepsMoney)
        let decided = try await city.store.read { try Decisions.ofLine(many.id, line: 0, in: $0) }
        #expect(one.decision == decided?.id)
        try await city.add(2_000)
        #expect(try await city.corridor.heldUp().isEmpty)
        #expect(try await city.corridor.serveQueues() == 1)
        // Nothing is left: the next waits for its own sum, and keeps nothing from the last.
        let next = try #require(try await city.corridor.heldUp().first)
        #expect(next.behind == 1 && !next.keepsMoney)
        try await city.finish()
    }

    @Test("What is owed holds up too; forms without a common line hold up their own; a suspended program nobody")
    func owed() async throws {
        let terms = AidCity.Terms(more: "forms: {also: {funding: [{line: cooling-2026}]}}")
        let city = try await AidCity(terms)
        _ = try await city.ask()
        let first = try await city.ask(8_000)
        try await city.ask(1_000)
        try await city.add(500)
        let one = try #require(try await city.corridor.heldUp().first)
        #expect(one.caseID == first.id && one.needed == Money(fen: 800_000) && one.missing == Money(fen: 750_000))
        #expect(one.behind == 1 && one.keepsMoney)
        try await city.ask(5_000, form: "also")
        #expect(try await city.corridor.heldUp().map(\.behind) == [1])
        var suspended = terms
        suspended.status = "suspended"
        try city.activate(suspended)
        #expect(try await city.corridor.heldUp().isEmpty)
        try await city.finish()
    }

    @Test("Under partial any money serves the first, of units a whole one; by share each line's own part is missing")
    func least() {
        func line(_ fen: Int64, _ short: Shortage, units: Int64? = nil, shared: Bool = false) -> SettleLine {
            var judgement = Judgement(.grant, Money(fen: fen))
            judgement.units = units
            var line = SettleLine(judgement: judgement)
            line.short = short
            let half = Rate(basisPoints: 5_000)
            line.funding = shared ? [Funding(line: "a", share: half), Funding(line: "b", share: half)] : []
            return line
        }
        func least(_ lines: SettleLine...) -> Int64 { SettleLine.least(of: lines, first: 0).fen }
        #expect(least(line(900, .waitlist), line(100, .waitlist)) == 900)
        #expect(least(line(900, .partial)) == 1 && least(line(900, .partial, units: 3)) == 300)
        #expect(least(line(900, .partial, shared: true)) == 900)
        #expect(least(line(900, .prorate), line(100, .prorate)) == 1)
        #expect(least(line(900, .prorate, shared: true), line(100, .prorate, shared: true)) == 1_000)
        let pass = Pass(state: SettleState(available: ["a": Money(fen: 500), "b": Money(fen: 100)]))
        #expect(pass.missing(line(900, .waitlist, shared: true).funding, Money(fen: 900)) == Money(fen: 350))
        #expect(pass.missing([Funding(line: "a"), Funding(line: "b")], Money(fen: 900)) == Money(fen: 300))
    }

    @Test("The waiting list and doctor say so, in both languages, with what can be done")
    func told() async throws {
        let city = try await TestCity.short(of: 75)
        _ = try await city.packages(3)
        // 50.00 are given, and 25.00 are left.
        let waiting = try await city.run("program.waiting", ["program": "summer-cooling-2026"], as: "office")
        let list = try #require(waiting.answer?.list)
        #expect(list.count == 2 && list[1]["held_up"] == .null)
        #expect(list[0]["held_up"]["needed_fen"] == 5_000 && list[0]["held_up"]["missing_fen"] == 2_500)
        #expect(list[0]["held_up"]["behind"] == 1)
        let id = try #require(list[0]["case"].text)
        #expect(waiting.lines.contains { $0.contains("还差 25.00 元") && $0.contains("case advance \(id) withdraw") })
        for (language, words) in [(Language.zh, "还差 25.00 元"), (.en, "25.00 more than")] {
            let doctor = try await city.run("doctor", [:], as: nil, in: language)
            #expect(doctor.lines.contains { $0.contains(id) && $0.contains(words) }, "\(doctor.lines)")
        }
        try await city.host.close()
    }
}
