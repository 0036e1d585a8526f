import LuaSandbox
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaPlugins

/// Whole runs over a population of several blocks: real store, real workers.
@Suite("Batches", .serialized) struct BatchTests {
    static let people: Int64 = 10_000

    static func bundle() -> Bundle {
        var manifest = Manifest(id: "cooling", version: "1.0.0", api: 1, title: LocalText(zh: "清凉", en: "Cooling"))
        manifest.settings = [Field("value", .money)]
        var form = FormDefinition(name: "package")
        form.by = ["batch"]
        form.population = Population(of: "persons")
        form.facts = FactRequest(
            subject: ["occupation", "birth_date"], household: ["size"],
            look: [LookDefinition(name: "before", source: .decisions)])
        form.gives.kind = ["": .money]
        form.gives.to = ["": "subject"]
        manifest.forms = ["package": form]
        manifest.reasons = ["NOT_OUTDOOR": ReasonDefinition(text: LocalText(zh: "不属于", en: "no"))]
        var program = Program(
            id: "summer", plugin: "cooling", organization: "990100", series: "summer",
            season: DateRange(from: CivilDate(days: 20_605), to: CivilDate(days: 20_700)))
        program.base.funding = [Funding(line: "summer")]
        program.base.pay.eachMax = Money(fen: 30_000)
        program.base.settings = ["value": 20_000]
        let source = """
            function program.assess.package(facts, settings)
              if facts.subject.occupation ~= "rider" or facts.look.before.count > 0 then return refuse("NOT_OUTDOOR") end
              local fen = settings.value
              if facts.household.size >= 4 then fen = fen + 5000 end
              return grant(fen, {units = facts.household.size})
            end
            """
        var bundle = Bundle(
            digest: "batch", city: CitySettings(name: LocalText(zh: "测试市", en: "Test"), organization: "990100"))
        bundle.programs = ["summer": program]
        bundle.plugins = ["cooling": Plugin(manifest: manifest, source: Array(source.utf8), digest: "batch")]
        return bundle
    }

    struct OneBundle: BundleSource {
        func active() async throws -> Bundle { BatchTests.bundle() }
        func bundle(digest: String) async throws -> Bundle { BatchTests.bundle() }
    }

    /// A city with a fund: enough for the most that everybody may get, or only for what they do get.
    struct City {
        let folder: TemporaryFolder
        let store: SQLiteStore
        let clock = FixedClock(Instant(CivilDate(days: 20_650), minutes: 600))
        let crypto: SoftwareCrypto
        let ids: IDSource

        init(fund: Int64) async throws {
            folder = try TemporaryFolder()
            let crypto = try SoftwareCrypto(KeyRing(created: Instant(milliseconds: 0)))
            self.crypto = crypto
            ids = IDSource(host: 1, clock: clock)
            store = try SQLiteStore.open(path: folder.file("city.db"), migrations: NiangjiaSchema.migrations) {
                writer in
                try Chain.seal(in: writer, crypto: crypto)
            }
            let change = ChangeContext(now: clock.now(), actor: "test", ids: ids, crypto: crypto)
            try await store.write(.batch) { writer in
                try Ledger.open(
                    FundLine(id: "summer", year: 2026, source: "fiscal", purpose: "summer", amount: Money(fen: fund)),
                    change,
                    in: writer)
                var persons: [SQLValue] = []
                var households: [SQLValue] = []
                for n in 1...BatchTests.people {
                    persons += [
                        .int(n), .int(1), .int(0), .int(0), .text("王\(n)"), .text("incomplete"), .int(n % 20_000),
                        n % 7 == 0 ? .null : .text(n % 3 == 0 ? "office" : "rider"), .int(n),
                    ]
                    households += [
                        .int(n), .int(1), .int(0), .int(0), .text("H\(n)"), .text("none"), .text("open"), .int(n % 6),
                    ]
                }
                try writer.insert(
                    into: "person",
                    columns: [
                        "id", "revision", "valid_from", "recorded_at", "name", "id_type", "birth_date", "occupation",
                        "household",
                    ], values: persons)
                try writer.insert(
                    into: "household",
                    columns: [
                        "id", "revision", "valid_from", "recorded_at", "number", "hardship_class", "file_status",
                        "size",
                    ],
                    values: households)
            }
        }

        func corridor(_ judge: any RuleJudge) -> Corridor {
            Corridor(store: store, judge: judge, clock: clock, ids: ids, crypto: crypto, bundles: OneBundle())
        }

        /// Everything that was decided and given, without ids and times.
        func outcome() async throws -> [String] {
            try await store.read { reader in
                let decisions = try reader.all(
                    """
                    SELECT subject, household, ordinal, block, row, line, result, assessed, amount, units, code, params, state \
                    FROM decision ORDER BY subject
                    """
                ) { row in
                    (0..<6).map { "\(row.int($0))" }.joined(separator: " ")
                        + " \(row.text(6)) \(row.int(7)) \(row.int(8)) \(row.int(9)) \(row.text(10)) \(row.text(11)) \(row.text(12))"
                }
                let given = try reader.all(
                    """
                    SELECT e.payee, e.amount, e.state, e.version, e.fund_line, e.payee_kind, d.subject FROM entitlement e \
                    JOIN decision d ON d.id = e.decision ORDER BY d.subject
                    """
                ) { "\($0.int(0)) \($0.int(1)) \($0.text(2)) \($0.int(3)) \($0.text(4)) \($0.text(5)) \($0.int(6))" }
                let left = try Ledger.available(lines: ["summer"], in: reader)["summer"] ?? .zero
                let held = try reader.integer("SELECT balance FROM ledger_account WHERE code = 'line/summer/held'") ?? 0
                return decisions + given + [
                    "held \(held)", "moved \(try reader.integer("SELECT SUM(amount) FROM fund_line") ?? 0 - left.fen)",
                ]
            }
        }
    }

    static let actor = Actor(account: "admin", role: "program_admin")
    static let ample: Int64 = people * 30_000
    /// Enough for what the rule grants, too little for the bound: everything is judged before anything is applied.
    static let enough: Int64 = people * 30_000 - 1

    static func judge(workers: Int) -> LuaJudge {
        var configuration = PoolConfiguration()
        configuration.batchWorkers = workers
        return LuaJudge(pool: WorkerPool(configuration: configuration))
    }

    private func decided(fund: Int64, workers: Int) async throws -> (city: City, report: RunReport, outcome: [String]) {
        let city = try await City(fund: fund)
        let report = try await city.corridor(Self.judge(workers: workers)).decide(program: "summer", by: Self.actor)
        var outcome = try await city.outcome()
        outcome.removeLast()
        // What the chain was told from columns is what the rows say.
        let audit = try await city.store.read { [crypto = city.crypto] in try Audit.verify(in: $0, crypto: crypto) }
        #expect(audit.isSound, "\(audit.faults)")
        return (city, report, outcome)
    }

    @Test("Streamed or settled at the end, one worker or four: the same decisions")
    func equal() async throws {
        let first = try await decided(fund: Self.ample, workers: 1)
        #expect(first.report.totals.considered == Int(Self.people))
        #expect(first.report.totals.granted > 4_000)
        #expect(first.report.totals.incomplete == Int(Self.people / 7))
        for (fund, workers) in [(Self.ample, 4), (Self.enough, 1), (Self.enough, 4)] {
            let other = try await decided(fund: fund, workers: workers)
            #expect(other.outcome == first.outcome)
            #expect(other.report.totals == first.report.totals)
            #expect(other.report.applied == first.report.applied)
        }
        let preview = try await first.city.corridor(Self.judge(workers: 2)).preview(program: "summer")
        #expect(preview.totals.alreadyDecided == first.report.applied)
    }

    @Test("A run that is stopped in any phase comes to the same end, once", arguments: [Self.ample, Self.enough])
    func stopped(fund: Int64) async throws {
        let whole = try await decided(fund: fund, workers: 2)
        for phase in [SweepProgress.Phase.judging, .applying] {
            let city = try await City(fund: fund)
            let corridor = city.corridor(Self.judge(workers: 2))
            let task = Task {
                try await corridor.decide(program: "summer", by: Self.actor) { step in
                    if step.phase == phase { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            if case .success = await task.result, phase == .judging { Issue.record("not stopped while judging") }
            _ = try? await corridor.decide(program: "summer", by: Self.actor)
            var outcome = try await city.outcome()
            outcome.removeLast()
            #expect(outcome == whole.outcome)
        }
    }

    /// Changes a person in the store once their block has been judged.
    private static func meddler(_ store: SQLiteStore) -> WatchedJudge {
        WatchedJudge(judge(workers: 2)) { _, lane in
            guard lane == .batch else { return }
            try await store.write(.interactive) { writer in
                try writer.execute(
                    "UPDATE person SET occupation = 'office', revision = revision + 1 WHERE id = 1 AND revision = 1", []
                )
            }
        }
    }

    @Test("A person changed between judging and applying is judged again", arguments: [Self.ample, Self.enough])
    func changed(fund: Int64) async throws {
        let city = try await City(fund: fund)
        let report = try await city.corridor(Self.meddler(city.store)).decide(
            program: "summer", by: Self.actor)
        let whole = try await decided(fund: fund, workers: 2)
        #expect(report.totals.granted == whole.report.totals.granted - 1)
        let first = try await city.store.read { try $0.integer("SELECT COUNT(*) FROM decision WHERE subject = 1") }
        #expect(first == 0)
        #expect(try await city.store.read { try $0.integer("SELECT COUNT(*) FROM call") } == 1)
    }

    @Test("A journaled block is replayed to the same bytes, and tells what the rule saw")
    func replayed() async throws {
        let (city, report, _) = try await decided(fund: Self.ample, workers: 2)
        let judge = Self.judge(workers: 1)
        let bundle = Self.bundle()
        let plugin = try #require(bundle.plugins["cooling"])
        let entry = try await city.store.read {
            try Journal.entry(run: report.run, block: 1, row: 5, crypto: city.crypto, in: $0)
        }
        let again = try await judge.replay(
            entry.requestBytes, answered: entry.replyBytes, plugin: plugin, calendar: bundle.calendar)
        #expect(again.replyBytes == entry.replyBytes)
        let (seen, _) = try judge.describe(entry.requestBytes, row: 5)
        #expect(seen.at(path: "facts.subject.occupation").text != nil)
        // Nobody read the birth date: it isn't journaled.
        #expect(seen.at(path: "facts.subject.birth_date") == .null)
    }
}
