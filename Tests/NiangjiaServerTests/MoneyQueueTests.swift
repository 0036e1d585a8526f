import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// `short: queue` (decision 0082): what the money doesn't reach for is owed, in order.
@Suite("Queued for money: told, listed, served in order, never overtaken", .serialized) struct MoneyQueueTests {
    private static let clerk = Actor(account: "clerk", role: "clerk")
    private static let line = "mutual-aid-2026"

    private static let files = [
        "plugins/aid/plugin.yaml": """
        id: aid
        version: 1.0.0
        api: 1
        title: {zh-CN: 互助, en: Aid}
        settings: {most: money}
        forms:
          ask:
            by: [scan]
            fields: {wanted: {type: money, minimum: 0, title: {zh-CN: 金额, en: Amount}}}
            subject: applicant
            gives: {kind: money, to: applicant, when: approved}
        reasons: {MOST: {zh-CN: 本期最多, en: The most of a term}}
        """,
        "plugins/aid/main.lua": """
        function program.assess.ask(facts, settings)
          return grant(facts.application.wanted):at_most(settings.most, "MOST")
        end
        """,
    ]

    /// A pool of 7,656.52 yuan with a backstop of 300,000.00, and an aid of at most 30,000.00.
    private func city() async throws -> TestCityHost {
        let program = """
            program: aid-2026
            plugin: aid
            policy: 测工发〔2026〕2号
            status: open
            organization: 990100
            series: aid
            season: {from: 2026-01-01, to: 2026-12-31}
            funding: [{line: \(Self.line)}]
            short: queue
            order: [submitted]
            pay: {each_max: 30000}
            review: [basic]
            settings: {most: 30000}
            """
        let city = try await TestCityHost(
            programs: ["aid": program], files: Self.files, at: "2026-07-15T09:00:00+08:00")
        try await add(765_652, to: city)
        return city
    }

    private func change(_ city: TestCityHost) -> ChangeContext {
        ChangeContext(now: city.clock.now(), actor: "treasurer", ids: city.ids, crypto: city.crypto)
    }

    /// Members' fees come in.
    private func add(_ fen: Int64, to city: TestCityHost) async throws {
        let change = change(city)
        try await city.store.write(.interactive) { writer in
            let entries = [
                EntrySet.Entry(.source("member_dues"), Money(fen: -fen)),
                .init(.line(Self.line, .available), Money(fen: fen)),
            ]
            try Ledger.post(EntrySet(.transfer, entries, memo: "会费", about: "test"), change, in: writer)
        }
    }

    @discardableResult
    private func ask(_ city: TestCityHost, _ yuan: Int64 = 100_000) async throws -> CaseReceipt {
        city.clock.set(city.clock.now() + 60_000)
        let person = try await city.person(union: "99010101")
        return try await city.corridor.submit(
            Submission(
                program: "aid-2026", form: "ask", applicant: person, fields: ["wanted": .int(yuan * 100)],
                channel: "scan"), by: Self.clerk)
    }

    /// Fen that wait, in the order of their turns.
    private func waiting(_ city: TestCityHost) async throws -> [Int64] {
        let list = try await city.store.read { reader in
            try Waiting.list(program: "aid-2026", in: reader) { _ in true }
        }
        let places = list.compactMap(\.queued).sorted { $0.turn < $1.turn }
        #expect(places.map(\.turn) == places.indices.map { Int64($0 + 1) })
        return places.map(\.amount.fen)
    }

    /// What is held of a case and may be paid, in fen.
    private func held(_ receipt: CaseReceipt, _ city: TestCityHost) async throws -> [Int64] {
        try await city.store.read {
            try Entitlements.of(receipt.id, in: $0).filter { $0.state == .approved }.map(\.amount.fen)
        }
    }

    private func state(_ receipt: CaseReceipt, _ city: TestCityHost) async throws -> CaseState {
        try await city.store.read { try Cases.load(receipt.id, in: $0).state }
    }

    private func free(_ city: TestCityHost) async throws -> Int64 {
        try await city.store.read { try Ledger.available(lines: [Self.line], in: $0)[Self.line]?.fen ?? -1 }
    }

    private func expectSound(_ city: TestCityHost) async throws {
        let crypto = city.crypto
        let report = try await city.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(report.faults.map(\.en))")
    }

    /// Thirteen claims of 30,000.00 on 307,656.52: ten in full, one of 7,656.52, two of nothing.
    private func thirteen(_ city: TestCityHost) async throws -> [CaseReceipt] {
        var claims: [CaseReceipt] = []
        for _ in 1...13 { claims.append(try await ask(city)) }
        return claims
    }

    @Test("Thirteen claims on a pool for ten and a part: the last three say so, wait, and stay open")
    func told() async throws {
        let city = try await city()
        let claims = try await thirteen(city)
        for claim in claims.prefix(10) {
            let outcome = try #require(claim.lines[0].outcome)
            #expect(outcome.amount.fen == 3_000_000 && outcome.queued == .zero && outcome.code == "MOST")
        }
        for (claim, (amount, queued)) in zip(
            claims.suffix(3), [(765_652, 2_234_348), (0, 3_000_000), (0, 3_000_000)] as [(Int64, Int64)])
        {
            let outcome = try #require(claim.lines[0].outcome)
            #expect(outcome.amount.fen == amount && outcome.queued.fen == queued && outcome.stands)
            #expect(outcome.code == HostReason.budgetShort)
            #expect(outcome.params == ["held": .int(amount), "queued": .int(queued)])
            // What the rule said is as it was.
            #expect(claim.lines[0].judgement.code == "MOST" && claim.lines[0].judgement.amount.fen == 3_000_000)
        }
        #expect(try await waiting(city) == [2_234_348, 3_000_000, 3_000_000])
        #expect(try await free(city) == 0)
        #expect(try await city.corridor.serveQueues() == 0)
        _ = try await city.corridor.closeFulfilled()
        for claim in claims { #expect(try await state(claim, city) == .approved) }
        // What is queued is none of the line's commitments.
        let table = try await city.store.read {
            try FundReports.budget(year: 2026, asOf: CivilDate(days: 20_700), in: $0)
        }
        let row = try #require(table.rows.first { $0[0] == .text(Self.line) })
        func value(_ name: String) -> Value? {
            table.columns.firstIndex { $0.name == name }.map { row[$0] }
        }
        #expect(value("committed_fen") == .int(30_765_652) && value("queued_fen") == .int(8_234_348))
        let unfinished = try await city.store.read { try Unfinished.of("aid-2026", in: $0) }
        #expect(unfinished.entitlements.amount.fen == 39_000_000 && unfinished.entitlements.count == 14)
        try await expectSound(city)
        try await city.close()
    }

    @Test("Money that comes serves the first for the whole of what they wait for; whoever comes later waits behind")
    func order() async throws {
        let city = try await city()
        let claims = try await thirteen(city)
        try await add(2_500_000, to: city)
        // Somebody new, when there is money that nobody has been given yet.
        let fourteenth = try await ask(city)
        #expect(fourteenth.lines[0].outcome?.amount == .zero && fourteenth.lines[0].outcome?.queued.fen == 3_000_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await held(claims[10], city) == [765_652, 2_234_348])
        #expect(try await waiting(city) == [3_000_000, 3_000_000, 3_000_000])
        // 2,656.52 are there, too little for the twelfth; a small claim doesn't overtake them.
        #expect(try await free(city) == 265_652)
        let small = try await ask(city, 1_000)
        #expect(small.lines[0].outcome?.queued.fen == 100_000)
        #expect(try await city.corridor.serveQueues() == 0)
        try await add(2_734_348, to: city)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await held(claims[11], city) == [3_000_000])
        #expect(try await free(city) == 0)
        // The thirteenth gives up: their turn goes with them, and no money moves.
        #expect(try await city.corridor.act(.withdraw, on: claims[12].id, by: Self.clerk) == .withdrawn)
        #expect(try await waiting(city) == [3_000_000, 100_000])
        // The first gives up: their 30,000.00 go back to the backstop and are drawn for the fourteenth.
        #expect(try await city.corridor.act(.withdraw, on: claims[0].id, by: Self.clerk) == .withdrawn)
        #expect(try await free(city) == 3_000_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await held(fourteenth, city) == [3_000_000])
        try await add(150_000, to: city)
        try await city.corridor.performDue()
        #expect(try await held(small, city) == [100_000])
        #expect(try await waiting(city).isEmpty)
        // Nobody waits: the next one is served at once, as far as it goes.
        let last = try await ask(city, 700)
        #expect(last.lines[0].outcome?.amount.fen == 50_000 && last.lines[0].outcome?.queued.fen == 20_000)
        let steps = try await city.store.read { try Cases.steps(of: claims[10].id, in: $0) }
        #expect(steps.count { $0.action == "serve_queue" } == 1)
        try await expectSound(city)
        try await city.close()
    }

    @Test("Served once, however many look at the same moment, and whoever applies meanwhile")
    func once() async throws {
        let city = try await city()
        let claims = try await thirteen(city)
        try await add(5_300_000, to: city)
        let served = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...6 { group.addTask { try await city.corridor.serveQueues() } }
            return try await group.reduce(0, +)
        }
        // 53,000.00 are the 22,343.48 of the eleventh and the 30,000.00 of the twelfth; 656.52 are left.
        #expect(served == 2)
        #expect(try await held(claims[10], city) == [765_652, 2_234_348])
        #expect(try await held(claims[11], city) == [3_000_000])
        #expect(try await free(city) == 65_652)
        try await expectSound(city)
        try await city.close()
    }

    @Test("A revocation takes from what is queued first; caps count what is queued")
    func revoked() async throws {
        let city = try await city()
        let claims = try await thirteen(city)
        let decision = try #require(claims[10].lines[0].decision)
        let change = change(city)
        let isNew = try await city.store.write(.interactive) { writer in
            let revocation = Revocation(
                decision: decision, at: change.now, actor: "office", cause: .action, code: "MOST", params: [:],
                keep: Money(fen: 1_000_000))
            return try Revoker(change, by: Actor(account: "office", role: "program_admin")).revoke(
                revocation, in: writer)
        }
        #expect(isNew)
        // 10,000.00 stay: the 7,656.52 that are held, and 2,343.48 in the queue.
        #expect(try await held(claims[10], city) == [765_652])
        #expect(try await waiting(city) == [234_348, 3_000_000, 3_000_000])
        try await add(234_348, to: city)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await held(claims[10], city) == [765_652, 234_348])
        try await expectSound(city)
        try await city.close()
    }

    @Test("The year's end of a line that is carried: who waits goes on waiting, and is served in the new year")
    func carried() async throws {
        let city = try await city()
        let claims = try await thirteen(city)
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let period = try #require(FundPeriod("2026"))
        let funds = try await city.corridor.bundles.active().funds
        let change = change(city)
        let closed = try await city.store.write(.interactive) {
            try Periods.close(period, funds: funds, lapsing: { _ in false }, decision: "纪要1号", change, in: $0)
        }
        let queued = closed.holds.filter { $0.state == .queued }
        #expect(queued.map(\.amount.fen) == [2_234_348, 3_000_000, 3_000_000])
        #expect(queued.allSatisfy { !$0.lapses && !$0.mayLapse })
        try await add(2_234_348, to: city)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await held(claims[10], city) == [765_652, 2_234_348])
        #expect(try await waiting(city) == [3_000_000, 3_000_000])
        try await expectSound(city)
        try await city.close()
    }
}

/// Runs over everybody queue by the same rule.
@Suite("A run queues whom the money doesn't reach", .serialized) struct QueuedRunTests {
    private static let office = Actor(account: "office", role: "program_admin")
    private static let files = [
        "plugins/once/plugin.yaml": """
        id: once
        version: 1.0.0
        api: 1
        title: {zh-CN: 一次, en: Once}
        settings: {value: money}
        forms:
          give:
            by: [batch]
            population: {of: persons}
            subject: applicant
            facts: {subject: [exposure], look: {before: {in: decisions, per: subject}}}
            gives: {kind: money, to: subject, when: approved}
        reasons: {BEFORE: {zh-CN: 已有记录, en: Something stands already}}
        """,
        "plugins/once/main.lua": """
        function program.assess.give(facts, settings)
          if facts.look.before.count > 0 then return refuse("BEFORE") end
          return grant(settings.value)
        end
        """,
    ]

    /// Forty people, each of whom is owed 900.00 of a line of 20,000.00: 22 in full, one of 200.00, 17 of nothing.
    private func city() async throws -> TestCityHost {
        let program = """
            program: once-2026
            plugin: once
            policy: 测工发〔2026〕2号
            status: open
            organization: 990100
            series: once
            season: {from: 2026-06-01, to: 2026-09-30}
            funding: [{line: safety-2026}]
            short: queue
            pay: {each_max: 900}
            review: [basic]
            settings: {value: 900}
            """
        let city = try await TestCityHost(
            programs: ["once": program], files: Self.files, at: "2026-07-15T09:00:00+08:00")
        for _ in 1...40 { _ = try await city.person(union: "99010101") }
        _ = try await city.corridor.decide(program: "once-2026", form: "give", by: Self.office)
        return city
    }

    private func decide(_ city: TestCityHost, on day: String) async throws -> RunReport {
        city.clock.set(try #require(Instant(day + "T09:00:00+08:00")))
        return try await city.corridor.decide(program: "once-2026", form: "give", by: Self.office)
    }

    private func places(_ city: TestCityHost) async throws -> [(decision: ID<Decision>, place: MoneyQueue.Place)] {
        let list = try await city.store.read { try Waiting.list(program: "once-2026", in: $0) { _ in true } }
        return list.compactMap { one in one.queued.map { (one.decision.id, $0) } }.sorted {
            $0.place.turn < $1.place.turn
        }
    }

    private func held(_ city: TestCityHost) async throws -> Int64 {
        try await city.store.read { try Ledger.balance(of: .line("safety-2026", .held), in: $0).fen }
    }

    private func expectSound(_ city: TestCityHost) async throws {
        let crypto = city.crypto
        let report = try await city.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(report.faults.map(\.en))")
    }

    @Test("In the order in which equals were served, packed or not; a later run gives nobody anything before them")
    func order() async throws {
        let city = try await city()
        let waiting = try await places(city)
        #expect(waiting.map(\.place.amount.fen) == [70_000] + Array(repeating: 90_000, count: 17))
        #expect(try await held(city) == 2_000_000)
        let again = try await decide(city, on: "2026-07-16")
        #expect(again.totals.granted == 0 && again.applied == 0)
        // One of those who wait is taken out; the others move up.
        _ = try await city.corridor.takeOut(waiting[2].decision, because: "核对", again: false, by: Self.office)
        // Somebody new is behind all of them.
        let person = try await city.person(union: "99010101")
        _ = try await decide(city, on: "2026-07-17")
        let now = try await places(city)
        #expect(now.dropLast().map(\.decision) == waiting.map(\.decision).filter { $0 != waiting[2].decision })
        let last = try #require(now.last)
        let whom = try await city.store.read { try Decisions.load(last.decision, in: $0).subject }
        #expect(whom == SubjectRef(.person, person.rawValue) && last.place.turn == 18)
        // 2,500.00 more: 700.00 of the first, 900.00 of the second and of the fourth, who is the third by now.
        var line = try #require(try await city.store.read { try Ledger.line("safety-2026", in: $0) })
        line.amount = line.amount + Money(fen: 250_000)
        let (more, change) = (
            line, ChangeContext(now: city.clock.now(), actor: "treasurer", ids: city.ids, crypto: city.crypto)
        )
        try await city.store.write(.interactive) { try Ledger.open(more, change, in: $0) }
        #expect(try await city.corridor.serveQueues() == 3)
        #expect(try await places(city).map(\.decision) == now.dropFirst(3).map(\.decision))
        #expect(try await held(city) == 2_250_000)
        try await expectSound(city)
        try await city.close()
    }

    @Test("The year's end of a line that goes no further: what is queued lapses, what was held stays")
    func lapses() async throws {
        let city = try await city()
        let first = try #require(try await places(city).first)
        city.clock.set(try #require(Instant("2027-01-05T09:00:00+08:00")))
        let period = try #require(FundPeriod("2026"))
        let funds = try await city.corridor.bundles.active().funds
        let change = ChangeContext(now: city.clock.now(), actor: "treasurer", ids: city.ids, crypto: city.crypto)
        let closed = try await city.store.write(.interactive) {
            try Periods.close(period, funds: funds, lapsing: { _ in false }, decision: "纪要1号", change, in: $0)
        }
        let queued = closed.holds.filter { $0.state == .queued }
        #expect(queued.count == 18 && queued.allSatisfy(\.lapses))
        #expect(queued.reduce(0) { $0 + $1.amount.fen } == 1_600_000)
        // No money lapses with it.
        let free = closed.rests.filter { !$0.carries }.reduce(Money.zero) { $0 + $1.available }
        #expect(closed.lapsed == free)
        #expect(try await places(city).isEmpty)
        #expect(try await held(city) == 2_000_000)
        let states = try await city.store.read { reader in
            try reader.all("SELECT state, COUNT(*), SUM(kept) FROM decision GROUP BY state ORDER BY state") {
                ($0.text(0), $0.int(1), $0.int(2))
            }
        }
        #expect(states.map(\.0) == ["lapsed", "standing"] && states.map(\.1) == [17, 23])
        // The one who was given 200.00 at once keeps them.
        #expect(states.last?.2 == 20_000)
        let reasons = try await city.store.read { try Revocation.of(first.decision, in: $0) }
        #expect(reasons.map(\.code) == [HostReason.yearEnd] && reasons.map(\.keep.fen) == [20_000])
        try await expectSound(city)
        try await city.close()
    }
}

/// Corrections of what is partly queued.
@Suite("A correction takes from the queue first", .serialized) struct QueuedCorrectionTests {
    /// Two people of 50.00 each on two lines of 30.00: one in full (30.00 and 20.00), one of 10.00 with 40.00 queued.
    private func corrected(to yuan: Int64) async throws -> CorrectionCity {
        let city = try await CorrectionCity(people: 2, fund: 30_00)
        city.settings(outdoor: 50, indoor: 50, short: .queue)
        _ = try await city.corridor.decide(program: CorrectionCity.program, by: CorrectionCity.office)
        #expect(try await amounts(city) == ["approved 1000", "approved 5000", "queued 4000"])
        city.settings(outdoor: yuan, indoor: yuan, short: .queue)
        let (correction, _) = try await city.propose()
        let outcome = try await city.corridor.approve(correction.id, by: CorrectionCity.payer)
        #expect(outcome.booked == 2 && outcome.stale == 0)
        return city
    }

    private func amounts(_ city: CorrectionCity) async throws -> [String] {
        try await city.store.read { reader in
            try reader.all("SELECT state, amount FROM entitlement WHERE state <> 'released'", []) {
                "\($0.text(0)) \($0.int(1))"
            }.sorted()
        }
    }

    @Test("Down to what is partly held: the queue gives first, and what came free serves the rest of it")
    func cut() async throws {
        let city = try await corrected(to: 30)
        #expect(try await amounts(city) == ["approved 1000", "approved 3000", "queued 2000"])
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await amounts(city) == ["approved 1000", "approved 2000", "approved 3000"])
        #expect(try await city.count("SELECT SUM(kept) FROM decision WHERE state = 'standing'") == 60_00)
        try await city.expectSound()
    }

    @Test("Down to less than is held: nothing is queued any more")
    func gone() async throws {
        let city = try await corrected(to: 8)
        #expect(try await amounts(city) == ["approved 800", "approved 800"])
        #expect(try await city.corridor.serveQueues() == 0)
        #expect(try await city.count("SELECT SUM(balance) FROM ledger_account WHERE stage = 'held'") == 16_00)
        try await city.expectSound()
    }
}

/// What a clerk, a member and an auditor read of it.
@Suite("Queued grants in commands and answers", .serialized) struct QueuedToldTests {
    private static let cooling = "config/programs/summer-cooling-2026.yaml"

    @Test("The waiting list has amount and turn, the explanation why and what is held, the books nothing of it")
    func told() async throws {
        let city = try await TestCity()
        try city.edit(Self.cooling, "short: partial", "short: queue")
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 520000", "purpose: cooling, amount: 10000")
        try city.edit("config/funds.yaml", "purpose: cooling, amount: 30000", "purpose: cooling, amount: 100")
        // The plugin's own cases are about its usual `short: partial`.
        try await city.approve(despiteFailures: true)
        try await city.importPeople()
        _ = try await city.run(
            "program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let list = try #require(
            try await city.run("program.waiting", ["program": "summer-cooling-2026", "limit": 500], as: "office")
                .answer?
                .list
        ).filter { $0["outcome"] == "queued" }
        #expect(list.count > 10)
        #expect(list.compactMap { $0["turn"].int }.sorted() == list.indices.map { Int64($0 + 1) })
        #expect(list.allSatisfy { $0["code"].text == HostReason.budgetShort && ($0["queued_fen"].int ?? 0) > 0 })
        let (given, held) = try await city.host.store.read { reader in
            (
                try reader.integer("SELECT SUM(assessed - stacked) FROM decision WHERE state = 'standing'") ?? 0,
                try reader.integer("SELECT SUM(balance) FROM ledger_account WHERE stage = 'held'") ?? 0
            )
        }
        let queued = list.reduce(0) { $0 + ($1["queued_fen"].int ?? 0) }
        #expect(queued + held == given)
        let last = try #require(list.first { $0["turn"].int == Int64(list.count) })
        let why = try await city.run("decision.explain", ["decision": last["decision"]], as: "office")
        #expect(why.answer?["queued"]["turn"].int == Int64(list.count) && why.answer?["amount_now_fen"] == 0)
        #expect(why.answer?["queued"]["amount_fen"] == last["queued_fen"])
        #expect(why.lines.contains { $0.contains("排队等资金,第 \(list.count) 位") }, "\(why.lines)")
        try await city.expectSound()
        try await city.host.close()
    }
}
