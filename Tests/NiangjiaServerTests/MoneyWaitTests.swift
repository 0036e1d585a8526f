import LuaSandbox
import NiangjiaPlugins
import NiangjiaSQLite
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// Cases on the waiting list for want of money (decision 0086): taken up in turn when there is some, and only then.
@Suite("Waiting for money: taken up in turn, never overtaken", .serialized) struct MoneyWaitTests {
    /// A city whose money the first has taken, and others who wait for these sums (yuan), in their order.
    private func city(_ terms: AidCity.Terms = .init(short: "waitlist"), waiting yuan: [Int64]) async throws -> (
        AidCity, [CaseReceipt]
    ) {
        let city = try await AidCity(terms)
        let first = try await city.ask()
        #expect(try await city.state(first) == .approved)
        var waiting: [CaseReceipt] = []
        for sum in yuan { waiting.append(try await city.ask(sum)) }
        for receipt in waiting { #expect(try await city.state(receipt) == .waitlisted) }
        return (city, waiting)
    }

    private func states(_ receipts: [CaseReceipt], _ city: AidCity) async throws -> [CaseState] {
        var states: [CaseState] = []
        for receipt in receipts { states.append(try await city.state(receipt)) }
        return states
    }

    /// How much the host has written about cases.
    private func written(_ city: AidCity) async throws -> [Int64?] {
        var counts: [Int64?] = []
        for table in ["decision", "case_step", "call", "chain_event", "outbox"] {
            counts.append(try await city.count(table))
        }
        return counts
    }

    @Test("The first is served as soon as there is enough; until then nothing is judged, written or given to others")
    func order() async throws {
        let (city, waiting) = try await city(waiting: [8_000, 5_000, 3_000])
        #expect(try await city.corridor.serveQueues() == 0)
        try await city.add(6_000)
        let before = try await written(city)
        // Enough for the second, or for the third: they wait behind the first.
        for _ in 1...3 {
            try await city.corridor.performDue()
            #expect(try await city.corridor.serveQueues() == 0)
        }
        #expect(try await written(city) == before)
        // Somebody new, for whom there is enough, stands behind all of them.
        let new = try await city.ask(1_000)
        #expect(try await city.state(new) == .waitlisted)
        #expect(try await city.left() == 6_000)
        try await city.add(2_000)
        try await city.corridor.performDue()
        #expect(try await states(waiting + [new], city) == [.approved, .waitlisted, .waitlisted, .waitlisted])
        #expect(try await city.given(waiting[0]) == ["approved 8000 safety-2026"])
        try await city.add(9_500)
        #expect(try await city.corridor.serveQueues() == 3)
        #expect(try await states(waiting + [new], city).allSatisfy { $0 == .approved })
        #expect(try await city.left() == 500)
        // Nobody waits: whoever comes now is served at once.
        #expect(try await city.state(city.ask(500)) == .approved)
        for receipt in waiting {
            #expect(try await city.steps(receipt, Corridor.moneyCame) == 1)
            #expect(try await city.messages(receipt).map(\.kind) == ["case.approved"])
            #expect(try await city.count("decision WHERE case_id = \(receipt.id.rawValue)") == 2)
        }
        try await city.finish()
    }

    @Test("Whoever gives up lets the next one move up; money that somebody else gives back serves them too")
    func withdrawn() async throws {
        let city = try await AidCity(.init(short: "waitlist"))
        let first = try await city.ask()
        let (second, third) = (try await city.ask(8_000), try await city.ask(5_000))
        try await city.add(5_000)
        #expect(try await city.corridor.serveQueues() == 0)
        #expect(try await city.corridor.act(.withdraw, on: second.id, by: AidCity.clerk) == .withdrawn)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(third) == .approved)
        let fourth = try await city.ask(20_000)
        #expect(try await city.corridor.act(.withdraw, on: first.id, by: AidCity.clerk) == .withdrawn)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(fourth) == .approved)
        try await city.finish()
    }

    @Test("By rank first, without one last, then by when they applied, whenever they were decided")
    func ranks() async throws {
        let city = try await AidCity(.init(short: "waitlist"))
        _ = try await city.ask()
        let early = try await city.file(4_000)
        let unranked = try await city.ask(4_000)
        let (second, first) = (try await city.ask(4_000, rank: 2), try await city.ask(4_000, rank: 1))
        #expect(try await city.corridor.act(.approve, on: early.id, by: AidCity.reviewer) == .waitlisted)
        let all = [first, second, early, unranked]
        let turns = try await city.store.read { reader in
            try all.map { try WaitingCases.turn(of: Cases.load($0.id, in: reader), in: reader) }
        }
        #expect(turns == [1, 2, 3, 4])
        for n in 1...4 {
            try await city.add(4_000)
            #expect(try await city.corridor.serveQueues() == 1)
            let expected = all.indices.map { $0 < n ? CaseState.approved : .waitlisted }
            #expect(try await states(all, city) == expected)
        }
        try await city.finish()
    }

    @Test("Under partial the first is given what has come, and that is theirs; the next one waits for more")
    func partial() async throws {
        let (city, waiting) = try await city(.init(short: "partial"), waiting: [8_000, 5_000])
        try await city.add(3_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.given(waiting[0]) == ["approved 3000 safety-2026"])
        #expect(try await city.state(waiting[1]) == .waitlisted)
        #expect(try await city.corridor.serveQueues() == 0)
        // Nothing is left, and somebody waits: whoever comes stands behind them.
        let new = try await city.ask(1_000)
        #expect(try await city.state(new) == .waitlisted)
        try await city.add(6_000)
        #expect(try await city.corridor.serveQueues() == 2)
        #expect(try await city.given(waiting[1]) == ["approved 5000 safety-2026"])
        #expect(try await city.given(new) == ["approved 1000 safety-2026"])
        #expect(try await city.given(waiting[0]) == ["approved 3000 safety-2026"])
        try await city.finish()
    }

    @Test("Nobody moves up in a suspended program, and nobody after its season: then they hold up nobody either")
    func seasons() async throws {
        let terms = AidCity.Terms(short: "waitlist")
        let (city, waiting) = try await city(terms, waiting: [8_000, 5_000])
        let late = try await city.file(2_000)
        var suspended = terms
        suspended.status = "suspended"
        try city.activate(suspended)
        try await city.add(8_000)
        try await city.corridor.performDue()
        #expect(try await states(waiting, city) == [.waitlisted, .waitlisted])
        try city.activate(terms)
        try await city.corridor.performDue()
        #expect(try await states(waiting, city) == [.approved, .waitlisted])
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        try await city.add(6_000)
        let before = try await written(city)
        try await city.corridor.performDue()
        #expect(try await city.state(waiting[1]) == .waitlisted)
        #expect(try await written(city) == before)
        // Filed in the season, decided now.
        #expect(try await city.corridor.act(.approve, on: late.id, by: AidCity.reviewer) == .approved)
        try await city.finish()
    }

    @Test("Forms that share no line are independent of each other; forms that share one have one order")
    func forms() async throws {
        let apart = AidCity.Terms(short: "waitlist", more: "forms: {also: {funding: [{line: cooling-2026}]}}")
        let (city, waiting) = try await city(apart, waiting: [8_000])
        #expect(try await city.state(city.ask(5_000, form: "also")) == .approved)
        try await city.add(5_000)
        #expect(try await city.corridor.serveQueues() == 0)
        try city.activate(.init(short: "waitlist"))
        // Now the line is that of both.
        let also = try await city.ask(5_000, form: "also")
        #expect(try await city.state(also) == .waitlisted)
        #expect(try await city.corridor.serveQueues() == 0)
        try await city.add(3_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await states(waiting + [also], city) == [.approved, .waitlisted])
        try await city.finish()
    }

    @Test("Under refuse nobody waits, and nobody is asked who does")
    func refused() async throws {
        let city = try await AidCity(.init(short: "refuse"))
        _ = try await city.ask()
        let second = try await city.ask(5_000)
        #expect(try await city.state(second) == .refused)
        try await city.add(5_000)
        #expect(try await city.corridor.serveQueues() == 0)
        #expect(try await city.state(city.ask(5_000)) == .approved)
        try await city.finish()
    }

    @Test("A program whose funding is changed serves its waiting list from the lines of today")
    func refunded() async throws {
        let (city, waiting) = try await city(waiting: [8_000])
        try city.activate(.init(line: "cooling-2026", short: "waitlist"))
        let new = try await city.ask(5_000)
        #expect(try await city.state(new) == .waitlisted)
        #expect(try await city.corridor.serveQueues() == 2)
        #expect(try await city.given(waiting[0]) == ["approved 8000 cooling-2026"])
        #expect(try await city.given(new) == ["approved 5000 cooling-2026"])
        try await city.finish()
    }

    @Test("Between the waiting list and what is owed, whoever was there first comes first")
    func mixed() async throws {
        let (city, waiting) = try await city(waiting: [8_000])
        // From here on what the money doesn't reach for is owed.
        try city.activate(.init())
        let owed = try await city.ask(5_000)
        #expect(try await city.given(owed) == ["queued 5000 safety-2026"])
        try await city.add(5_000)
        #expect(try await city.corridor.serveQueues() == 0)
        try await city.add(3_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.given(waiting[0]) == ["approved 8000 safety-2026"])
        try city.activate(.init(short: "waitlist"))
        let last = try await city.ask(2_000)
        #expect(try await city.state(last) == .waitlisted)
        try await city.add(4_000)
        #expect(try await city.corridor.serveQueues() == 0)
        try await city.add(1_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.given(owed) == ["approved 5000 safety-2026"])
        try await city.add(2_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(last) == .approved)
        try await city.finish()
    }

    @Test("A case that is judged again at a later stage keeps what it had, whoever waits")
    func staged() async throws {
        let gives = """
            gives: {kind: money, to: applicant, when: verified}
                stages:
                  reported: {by: [clerk], next: [verified]}
                  verified: {by: [clerk], fields: {found: {type: money, minimum: 0}}, end: true}
            """
        let rule = #"if context.stage == "verified" then return grant(facts.stages.verified.found) end"#
        let city = try await AidCity(.init(gives: gives, rule: rule, short: "waitlist"))
        let first = try await city.ask()
        let second = try await city.ask(8_000)
        #expect(try await city.given(first) == ["held 20000 safety-2026"])
        #expect(try await city.state(second) == .waitlisted)
        // 15,000.00 of its own 20,000.00: the other 5,000.00 are for who waits, and too little.
        let moved = try await city.corridor.move(
            first.id, to: "verified", fields: ["found": .int(1_500_000)], by: .host)
        #expect(moved == .inCheck)
        _ = try await city.corridor.act(.approve, on: first.id, by: AidCity.reviewer)
        #expect(try await city.given(first).contains("approved 15000 safety-2026"))
        #expect(try await city.corridor.serveQueues() == 0)
        try await city.add(3_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(second) == .underWay)
        #expect(try await city.given(second) == ["held 8000 safety-2026"])
        try await city.finish()
    }

    @Test("What a run left waiting is the next run's: money that comes changes nothing of it")
    func runs() async throws {
        let city = try await AidCity(.init(value: 9_000, short: "waitlist"))
        for _ in 1...4 { _ = try await city.host.person(union: "99010101") }
        let run = try await city.corridor.decide(program: AidCity.program, form: "give", by: AidCity.office)
        #expect(run.totals.granted == 2 && run.totals.waitlisted == 2)
        let waiting = try await city.ask(8_000)
        #expect(try await city.state(waiting) == .waitlisted)
        try await city.add(5_000)
        let before = try await written(city)
        #expect(try await city.corridor.serveQueues() == 0)
        #expect(try await written(city) == before)
        try await city.add(1_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(waiting) == .approved)
        #expect(try await city.count("decision WHERE run IS NOT NULL AND state = 'waitlisted'") == 2)
        try await city.finish()
    }
}

/// What kills and rivals leave of it.
@Suite("Waiting for money: once, whatever happens", .serialized) struct MoneyWaitOnceTests {
    /// A city whose money is gone, and so many who wait for 1,000.00 each.
    private func city(_ count: Int) async throws -> (AidCity, [CaseReceipt]) {
        let city = try await AidCity(.init(short: "waitlist"))
        _ = try await city.ask()
        var waiting: [CaseReceipt] = []
        for _ in 1...count { waiting.append(try await city.ask(1_000)) }
        return (city, waiting)
    }

    /// Each has been served once, in their order, as far as the money went.
    private func expectServed(_ served: Int, of waiting: [CaseReceipt], in store: SQLiteStore) async throws {
        let found = try await store.read { reader in
            try waiting.map { receipt in
                let steps = try Cases.steps(of: receipt.id, in: reader).count { $0.action == Corridor.moneyCame }
                let given = try Entitlements.of(receipt.id, in: reader).map(\.amount.fen)
                return (try Cases.load(receipt.id, in: reader).state, steps, given)
            }
        }
        for (n, (state, steps, given)) in found.enumerated() {
            #expect(state == (n < served ? .approved : .waitlisted), "\(n)")
            #expect(steps == (n < served ? 1 : 0) && given == (n < served ? [100_000] : []), "\(n)")
        }
    }

    @Test("However many look at the same moment, and whoever applies meanwhile")
    func once() async throws {
        let (city, waiting) = try await city(6)
        try await city.add(4_500)
        let corridor = city.corridor
        let served = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...6 { group.addTask { try await corridor.serveQueues() } }
            group.addTask {
                _ = try await city.ask(300)
                return 0
            }
            return try await group.reduce(0, +)
        }
        // Whoever met another at a case has left the rest to the next round.
        #expect(try await corridor.serveQueues() + served == 4)
        try await expectServed(4, of: waiting, in: city.store)
        #expect(try await city.left() == 500)
        try await city.finish()
    }

    @Test("A store that is closed in the middle of a round: the others are served when it is open again, nobody twice")
    func closed() async throws {
        let (city, waiting) = try await city(20)
        try await city.add(15_500)
        let corridor = city.corridor
        let round = Task { try? await corridor.serveQueues() }
        for _ in 1...20_000 {
            if try await city.count("case_step WHERE action = '\(Corridor.moneyCame)'") ?? 0 >= 3 { break }
            await Task.yield()
        }
        try await city.store.close()
        _ = await round.value
        let crypto = city.host.crypto
        let store = try SQLiteStore.open(
            path: city.host.folder.file("city.sqlite"), migrations: NiangjiaSchema.migrations,
            beforeCommit: { _ = try Chain.seal(in: $0, crypto: crypto) })
        let again = Corridor(
            store: store, judge: LuaJudge(pool: city.host.pool), clock: city.clock, ids: city.host.ids, crypto: crypto,
            bundles: corridor.bundles)
        try await again.performDue()
        try await expectServed(15, of: waiting, in: store)
        let before = try await store.read { try $0.integer("SELECT COUNT(*) FROM decision") }
        try await again.performDue()
        #expect(try await store.read { try $0.integer("SELECT COUNT(*) FROM decision") } == before)
        try await city.expectSound(in: store)
        city.host.pool.shutdown()
        try await store.close()
    }
}

/// What a clerk and a member read of it.
@Suite("Waiting for money, as it is told", .serialized) struct MoneyWaitToldTests {
    private static let funds = "config/funds.yaml"

    /// The lines that somebody reads of an operation about a case.
    private func lines(_ operation: String, _ arguments: Value, _ city: TestCity, in language: Language = .zh)
        async throws -> String
    {
        try await city.run(operation, arguments, as: "office", in: language).lines.joined(separator: "\n")
    }

    @Test("Why they wait and which in turn, on the list, at the case and in the explanation; then that money came")
    func told() async throws {
        let city = try await TestCity.short(of: 50)
        let cases = try await city.packages(2).map { Value.text($0.text) }
        let list = try await city.run("program.waiting", ["program": "summer-cooling-2026"], as: "office").answer?.list
        let one = try #require(list?.first)
        #expect(list?.count == 1 && one["case"] == cases[1])
        #expect(one["outcome"] == "waitlisted" && one["code"] == "BUDGET_SHORT" && one["turn"] == 1)
        #expect(one["queued_fen"] == .null)
        let (case1, decision) = (["case": cases[1]] as Value, ["decision": one["decision"]] as Value)
        let shown = try await city.run("case.show", case1, as: "office").answer
        #expect(shown?["money_turn"] == 1 && shown?["state"] == "waitlisted")
        for (operation, arguments) in [("case.show", case1), ("decision.explain", decision)] {
            let zh = try await lines(operation, arguments, city)
            #expect(zh.contains("资金不足") && zh.contains("候补等资金,第 1 位"), "\(zh)")
            let en = try await lines(operation, arguments, city, in: .en)
            #expect(en.contains("waits for money, number 1 of the list"), "\(en)")
        }
        try city.edit(Self.funds, "purpose: cooling, amount: 50,", "purpose: cooling, amount: 100,")
        try await city.approve(despiteFailures: true)
        #expect(await Scheduler(city.host) { _ in }.tick().faults.isEmpty)
        let served = try await city.run("case.show", case1, as: "office").answer
        #expect(served?["state"] == "approved" && served?["money_turn"] == .null)
        #expect(try await lines("case.show", case1, city).contains("资金到位,再次核定"))
        let why = try await city.run("decision.explain", ["decision": cases[1]], as: "office")
        #expect(why.answer?["money_came_on"] == "2026-07-15" && why.answer?["money_turn"] == .null)
        #expect(why.lines.contains { $0.contains("2026-07-15 资金到位,候补后核定") }, "\(why.lines)")
        let left = try await city.run("program.waiting", ["program": "summer-cooling-2026"], as: "office").answer
        #expect(left?.list?.isEmpty == true)
        try await city.expectSound()
        try await city.host.close()
    }
}
