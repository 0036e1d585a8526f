import NiangjiaPlugins
import NiangjiaSQLite
import Testing

@testable import NiangjiaCore
@testable import NiangjiaServer

/// A city whose program `aid-2026` grants what is asked for, from a line that has 20,000.00 to begin with.
///
/// Forms are `ask` and `also`, of the same rule, `many`, several people in one application, and `give`, a run over everybody.
struct AidCity: Sendable {
    /// What the program and its plugin say.
    struct Terms: Sendable {
        var gives = "gives: {kind: money, to: applicant, when: approved}"
        /// Lua of the form `ask`, before it grants what is asked for.
        var rule = ""
        var line = "safety-2026"
        /// Yuan that are granted to whoever names no sum, and the most that anybody is.
        var value = 20_000
        var short = "queue"
        var review = "[city]"
        var status = "open"
        /// YAML that goes below.
        var more = ""
    }

    static let clerk = Actor(account: "clerk", role: "clerk")
    static let reviewer = Actor(account: "reviewer", role: "reviewer:city")
    static let office = Actor(account: "office", role: "program_admin")
    static let program = "aid-2026"

    let host: TestCityHost
    let corridor: Corridor
    private let bundles = SwitchedBundles()

    var clock: FixedClock { host.clock }
    var store: SQLiteStore { host.store }

    init(_ terms: Terms = Terms()) async throws {
        host = try await TestCityHost(
            programs: ["aid": Self.yaml(terms)], files: Self.files(terms), at: "2026-07-15T09:00:00+08:00")
        corridor = Corridor(
            store: host.store, judge: LuaJudge(pool: host.pool), clock: host.clock, ids: host.ids, crypto: host.crypto,
            bundles: bundles)
        try activate(terms)
    }

    /// Puts other terms in force.
    func activate(_ terms: Terms) throws {
        bundles.activate(
            try TestCityHost.bundle(
                programs: ["aid": Self.yaml(terms)], files: Self.files(terms), host.crypto))
    }

    private static func files(_ terms: Terms) -> [String: String] {
        let fields = """
            fields:
                  wanted: {type: money, minimum: 0, optional: true, title: {zh-CN: 金额, en: Amount}}
                  rank: {type: integer, minimum: 0, optional: true, title: {zh-CN: 次序, en: Rank}}
            """
        return [
            "plugins/aid/plugin.yaml": """
            id: aid
            version: 1.0.0
            api: 1
            title: {zh-CN: 互助, en: Aid}
            settings: {value: money}
            forms:
              ask:
                by: [clerk]
                subject: applicant
                \(fields)
                \(terms.gives)
              also:
                by: [clerk]
                subject: applicant
                \(fields)
                gives: {kind: money, to: applicant, when: approved}
              many:
                by: [clerk]
                fields:
                  people:
                    type: array
                    title: {zh-CN: 人员, en: People}
                    items:
                      person: {type: member, title: {zh-CN: 职工, en: Member}}
                      wanted: {type: money, minimum: 0, title: {zh-CN: 金额, en: Amount}}
                subject: people.person
                gives: {kind: money, to: applicant, when: approved}
              give:
                by: [batch]
                population: {of: persons}
                subject: applicant
                facts: {subject: [exposure]}
                gives: {kind: money, to: subject, when: approved}
            reasons: {}
            """,
            "plugins/aid/main.lua": """
            local function wanted(facts, settings)
              return grant(facts.application.wanted or settings.value, {rank = facts.application.rank})
            end
            function program.assess.ask(facts, settings, context)
              \(terms.rule)
              return wanted(facts, settings)
            end
            function program.assess.also(facts, settings) return wanted(facts, settings) end
            function program.assess.many(facts, settings) return grant(facts.line.wanted) end
            function program.assess.give(facts, settings) return grant(settings.value) end
            """,
        ]
    }

    private static func yaml(_ terms: Terms) -> String {
        """
        program: \(program)
        plugin: aid
        policy: 测工发〔2026〕2号
        status: \(terms.status)
        organization: 990100
        series: aid
        season: {from: 2026-06-01, to: 2026-12-31}
        funding: [{line: \(terms.line)}]
        short: \(terms.short)
        pay: {each_max: \(terms.value)}
        review: \(terms.review)
        settings: {value: \(terms.value)}
        \(terms.more)
        """
    }

    /// Files, a minute later, for somebody new.
    func file(_ yuan: Int64? = nil, rank: Int64? = nil, form: String = "ask") async throws -> CaseReceipt {
        clock.set(clock.now() + 60_000)
        var submission = Submission(
            program: Self.program, form: form, applicant: try await host.person(union: "99010101"), channel: "clerk")
        submission.fields["wanted"] = yuan.map { .int($0 * 100) }
        submission.fields["rank"] = rank.map { .int($0) }
        return try await corridor.submit(submission, by: Self.clerk)
    }

    /// One application for several people, a minute later, approved where it is to be reviewed at once.
    func ask(together yuan: [Int64]) async throws -> CaseReceipt {
        clock.set(clock.now() + 60_000)
        var people: [Value] = []
        for sum in yuan {
            let person = try await host.person(union: "99010101")
            people.append(["person": .text(person.text), "wanted": .int(sum * 100)])
        }
        let submission = Submission(
            program: Self.program, form: "many", applicant: try await host.person(union: "99010101"),
            fields: ["people": .list(people)], channel: "clerk")
        let receipt = try await corridor.submit(submission, by: Self.clerk)
        if receipt.state == .inCheck {
            _ = try await corridor.act(.approve, on: receipt.id, by: Self.reviewer)
        }
        return receipt
    }

    /// Files, and has it approved where it is to be reviewed at once.
    @discardableResult
    func ask(_ yuan: Int64? = nil, rank: Int64? = nil, form: String = "ask") async throws -> CaseReceipt {
        let receipt = try await file(yuan, rank: rank, form: form)
        if receipt.state == .inCheck {
            _ = try await corridor.act(.approve, on: receipt.id, by: Self.reviewer)
        }
        return receipt
    }

    /// The budget of a line is raised.
    func add(_ yuan: Int64, to line: String = "safety-2026") async throws {
        var more = try #require(try await store.read { try Ledger.line(line, in: $0) })
        more.amount += Money(fen: yuan * 100)
        let change = ChangeContext(now: clock.now(), actor: "treasurer", ids: host.ids, crypto: host.crypto)
        try await store.write(.interactive) { [more] in try Ledger.open(more, change, in: $0) }
    }

    /// Yuan that a line has left.
    func left(of line: String = "safety-2026") async throws -> Int64? {
        try await store.read { try Ledger.available(lines: [line], in: $0)[line].map { $0.fen / 100 } }
    }

    func state(_ receipt: CaseReceipt) async throws -> CaseState {
        try await store.read { try Cases.load(receipt.id, in: $0).state }
    }

    /// States of what a case is entitled to, with yuan and line.
    func given(_ receipt: CaseReceipt) async throws -> [String] {
        try await store.read { reader in
            try Entitlements.of(receipt.id, in: reader).map { one in
                "\(one.state.rawValue) \(one.amount.fen / 100) \(one.shares.map(\.line).joined(separator: "+"))"
            }
        }
    }

    /// How often each step stands in a case's history.
    func steps(_ receipt: CaseReceipt, _ action: String) async throws -> Int {
        try await store.read { try Cases.steps(of: receipt.id, in: $0).count { $0.action == action } }
    }

    func count(_ rows: String) async throws -> Int64? {
        try await store.read { try $0.integer("SELECT COUNT(*) FROM \(rows)") }
    }

    func messages(_ receipt: CaseReceipt) async throws -> [(kind: String, body: Value)] {
        try await store.read { reader in
            try reader.all("SELECT kind, body FROM outbox ORDER BY id", []) { ($0.text(0), $0.text(1)) }
        }.map { (kind: $0.0, body: try Value(json: $0.1)) }.filter { $0.body["case"].text == receipt.id.text }
    }

    /// Books, chain and rows are as they should be; who waits for money does so in one place.
    func expectSound(in store: SQLiteStore? = nil) async throws {
        let (store, crypto) = (store ?? self.store, host.crypto)
        let report = try await store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(report.faults.map(\.en))")
        let astray = try await store.read { reader in
            [
                try reader.integer(
                    """
                    SELECT COUNT(*) FROM money_queue q JOIN entitlement_row e ON e.id = q.entitlement
                    WHERE (q.ended_at IS NULL) <> (e.state = 'queued')
                    """),
                try reader.integer(
                    """
                    SELECT COUNT(*) FROM case_file c WHERE (c.money_rank IS NOT NULL) <> (c.state = 'waitlisted'
                    AND EXISTS (SELECT 1 FROM decision d WHERE d.case_id = c.id AND d.state = 'waitlisted'
                    AND d.code = 'BUDGET_SHORT'))
                    """),
            ]
        }
        #expect(astray == [0, 0])
    }

    /// The same, and the city is closed.
    func finish() async throws {
        try await expectSound()
        try await host.close()
    }
}
