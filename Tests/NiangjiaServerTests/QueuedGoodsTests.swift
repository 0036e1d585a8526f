import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// Goods that wait for money under `short: queue` (decision 0082): until when they can be collected, and what stays of them.
@Suite("Queued goods: days to collect them count from when they were served; what was collected stays", .serialized)
struct QueuedGoodsTests {
    private static let program = "pack-2026"
    private static let line = "safety-2026"

    private static let files = [
        "plugins/pack/plugin.yaml": """
        id: pack
        version: 1.0.0
        api: 1
        title: {zh-CN: 慰问包, en: Packs}
        settings: {value: money}
        forms:
          ask:
            by: [clerk]
            subject: applicant
            facts: {subject: [exposure], maybe: [subject.exposure]}
            unique: [{per: subject, within: season, reason: ONCE}]
            gives: {kind: goods, when: delivered}
            delivery: {by: [clerk], within_days: 7}
        reasons: {ONCE: {zh-CN: 每人一次, en: Once}}
        """,
        "plugins/pack/main.lua": """
        function program.assess.ask(facts, settings)
          return grant(settings.value)
        end
        """,
        "config/programs/pack-2026.yaml": """
        program: pack-2026
        plugin: pack
        policy: 测工发〔2026〕8号
        status: open
        organization: 990100
        series: pack
        season: {from: 2026-07-01, to: 2026-12-31}
        funding: [{line: \(line)}]
        short: queue
        order: [submitted]
        pay: {each_max: 15000}
        review: [city]
        settings: {value: 15000}
        """,
    ]

    /// Three people of 15,000.00 each on a line of 20,000.00: one in full, one of 5,000.00 with 10,000.00 queued, one of nothing.
    private struct City {
        let host: TestCityHost
        var people: [ID<Person>] = []
        var cases: [ID<CaseFile>] = []

        init() async throws {
            host = try await TestCityHost(
                programs: [:], files: QueuedGoodsTests.files, at: "2026-07-10T09:00:00+08:00")
            for _ in 1...3 {
                host.clock.set(host.clock.now() + 60_000)
                let person = try await host.person(union: "99010101")
                let receipt = try await host.corridor.submit(
                    Submission(
                        program: QueuedGoodsTests.program, form: "ask", applicant: person, channel: "clerk"),
                    by: Actor(account: "filer", role: "clerk"))
                _ = try await host.corridor.act(
                    .approve, on: receipt.id, by: Actor(account: "reviewer", role: "reviewer:city"))
                people.append(person)
                cases.append(receipt.id)
            }
            #expect(try await standing() == [["approved 15000"], ["approved 5000", "queued 10000"], ["queued 15000"]])
        }

        /// What stands of each case, in yuan.
        func standing() async throws -> [[String]] {
            let cases = cases
            return try await host.store.read { reader in
                try cases.map { id in
                    try Entitlements.of(id, in: reader).filter { $0.state != .released }.map {
                        "\($0.state.rawValue) \($0.amount.fen / 100)"
                    }
                }
            }
        }

        func collect(_ n: Int) async throws {
            let clerk = Caller(
                actor: Actor(account: "clerk", role: "clerk"), roles: ["clerk"], permissions: [.deliver],
                scope: .wholeCity)
            _ = try await host.corridor.deliver(to: people[n], program: QueuedGoodsTests.program, by: clerk)
        }

        func at(_ instant: String) throws { host.clock.set(try #require(Instant(instant + ":00+08:00"))) }

        func lapse() async throws -> Int {
            try await host.corridor.lapseDeliveries(program: QueuedGoodsTests.program, form: "ask")
        }

        var change: ChangeContext {
            ChangeContext(now: host.clock.now(), actor: "treasurer", ids: host.ids, crypto: host.crypto)
        }

        /// The line has so much more.
        func add(_ yuan: Int64) async throws {
            let change = change
            try await host.store.write(.interactive) { writer in
                guard var line = try Ledger.line(QueuedGoodsTests.line, in: writer) else { return }
                line.amount += Money(fen: yuan * 100)
                try Ledger.open(line, change, in: writer)
            }
        }

        func decision(_ n: Int) async throws -> Decisions.Row {
            let id = cases[n]
            return try #require(try await host.store.read { try Decisions.ofLine(id, line: 0, in: $0) })
        }

        func kept(_ n: Int) async throws -> Int64? {
            let id = try await decision(n).id
            return try await host.store.read {
                try $0.integer("SELECT kept FROM decision WHERE id = $1", [.id(id)])
            }
        }

        func claims() async throws -> Int64? {
            try await host.store.read { try $0.integer("SELECT COUNT(*) FROM unique_claim") }
        }

        func finish() async throws {
            let crypto = host.crypto
            let report = try await host.store.read { try Audit.verify(in: $0, crypto: crypto) }
            #expect(report.isSound, "\(report.faults.map(\.en))")
            try await host.close()
        }
    }

    @Test("Served twenty days later, they can be collected for as long as others; of the collected part nothing falls")
    func served() async throws {
        let city = try await City()
        try await city.collect(0)
        try await city.collect(1)
        try city.at("2026-07-30T09:00")
        try await city.add(25_000)
        #expect(try await city.host.corridor.serveQueues() == 2)
        for night in ["2026-07-31T00:30", "2026-08-06T00:30"] {
            try city.at(night)
            #expect(try await city.lapse() == 0, "\(night)")
        }
        try await city.collect(2)
        let claims = try await city.claims()
        try city.at("2026-08-07T00:30")
        #expect(try await city.lapse() == 1)
        #expect(try await city.standing() == [["delivered 15000"], ["delivered 5000"], ["delivered 15000"]])
        // They had their share of it: nobody is given it again, and another night finds nothing.
        #expect(try await city.decision(1).state == "standing")
        #expect(try await city.kept(1) == 500_000)
        #expect(try await city.claims() == claims)
        #expect(try await city.lapse() == 0)
        _ = try await city.host.corridor.closeFulfilled()
        let (id, host) = (city.cases[1], city.host)
        #expect(try await host.store.read { try Cases.load(id, in: $0).state } == .done)
        try await city.finish()
    }

    @Test("Who doesn't come for what is there waits for no more; it goes to the next in order")
    func uncollected() async throws {
        let city = try await City()
        try await city.collect(0)
        try city.at("2026-07-18T00:30")
        #expect(try await city.lapse() == 1)
        #expect(try await city.standing() == [["delivered 15000"], [], ["queued 15000"]])
        #expect(try await city.decision(1).state == "lapsed")
        try await city.add(10_000)
        #expect(try await city.host.corridor.serveQueues() == 1)
        #expect(try await city.standing() == [["delivered 15000"], [], ["approved 15000"]])
        #expect(try await city.lapse() == 0)
        try await city.finish()
    }

    @Test(
        "A revocation that keeps more than was collected leaves the difference in the queue, one that keeps less nothing"
    )
    func revoked() async throws {
        for (keep, stands) in [(6_000, ["delivered 5000", "queued 1000"]), (4_000, ["delivered 5000"])] {
            let city = try await City()
            try await city.collect(1)
            let (decision, change) = (try await city.decision(1).id, city.change)
            let isNew = try await city.host.store.write(.interactive) { writer in
                let revocation = Revocation(
                    decision: decision, at: change.now, actor: "office", cause: .action, code: "ONCE", params: [:],
                    keep: Money(fen: Int64(keep) * 100))
                return try Revoker(change, by: Actor(account: "office", role: "program_admin")).revoke(
                    revocation, in: writer)
            }
            #expect(isNew)
            #expect(try await city.standing()[1] == stands)
            try await city.finish()
        }
    }

    @Test("The year's end: nothing goes on waiting on a line that has ended, whatever was collected before")
    func yearsEnd() async throws {
        let city = try await City()
        try await city.collect(0)
        try await city.collect(1)
        try city.at("2027-01-05T09:00")
        let (period, change) = (try #require(FundPeriod("2026")), city.change)
        let funds = try await city.host.corridor.bundles.active().funds
        let closed = try await city.host.store.write(.interactive) {
            try Periods.close(period, funds: funds, lapsing: { _ in false }, decision: "纪要1号", change, in: $0)
        }
        let queued = closed.holds.filter { $0.state == .queued }
        #expect(queued.map(\.amount.fen) == [1_000_000, 1_500_000] && queued.allSatisfy(\.lapses))
        #expect(try await city.standing() == [["delivered 15000"], ["delivered 5000"], []])
        #expect(try await city.decision(1).state == "standing")
        #expect(try await city.kept(1) == 500_000)
        #expect(try await city.decision(2).state == "lapsed")
        try await city.finish()
    }
}
