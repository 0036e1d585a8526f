import LuaSandbox
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite
import NiangjiaTesting
import Testing

/// Bundles that a test puts into force one after the other.
final class SwitchedBundles: BundleSource {
    private let known = Guarded<[NiangjiaCore.Bundle]>([])

    func activate(_ bundle: NiangjiaCore.Bundle) { known.withLock { $0.append(bundle) } }

    func active() async throws -> NiangjiaCore.Bundle {
        guard let last = known.withLock({ $0.last }) else {
            throw NiangjiaError(.notFound, zh: "没有方案", en: "no bundle")
        }
        return last
    }

    func bundle(digest: String) async throws -> NiangjiaCore.Bundle {
        guard let found = known.withLock({ $0.first { $0.digest == digest } }) else {
            throw NiangjiaError(.notFound, zh: "没有方案", en: "no such bundle")
        }
        return found
    }
}

/// A city that pays heat allowances over its population, under settings that turn out wrong: two of three work outdoors.
struct CorrectionCity: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let clock = FixedClock(Instant(CivilDate(days: 20_650), minutes: 600))
    let crypto: SoftwareCrypto
    let ids: IDSource
    let bundles = SwitchedBundles()
    let corridor: Corridor
    let people: Int64

    static let program = "heat"
    static let office = Actor(account: "office", role: "program_admin")
    static let payer = Actor(account: "payer", role: "payer")

    init(people: Int64, fund: Int64 = 1_000_000_00, shares: Int = 1) async throws {
        self.people = people
        folder = try TemporaryFolder()
        let crypto = try SoftwareCrypto(KeyRing(created: Instant(milliseconds: 0)))
        self.crypto = crypto
        ids = IDSource(host: 1, clock: clock)
        store = try SQLiteStore.open(path: folder.file("city.db"), migrations: NiangjiaSchema.migrations) {
            try Chain.seal(in: $0, crypto: crypto)
        }
        var configuration = PoolConfiguration()
        configuration.batchWorkers = 2
        corridor = Corridor(
            store: store, judge: LuaJudge(pool: WorkerPool(configuration: configuration)), clock: clock, ids: ids,
            crypto: crypto, bundles: bundles)
        let change = ChangeContext(now: clock.now(), actor: "test", ids: ids, crypto: crypto)
        try await store.write(.batch) { writer in
            for line in ["heat-2026", "more-2026"] {
                try Ledger.open(
                    FundLine(id: line, year: 2026, source: "fiscal", purpose: "heat", amount: Money(fen: fund)), change,
                    in: writer)
            }
            var rows: [SQLValue] = []
            for n in 1...people {
                rows += [
                    .int(n), .int(1), .int(0), .int(0), .text("王\(n)"), .text("incomplete"),
                    .text(n % 3 == 0 ? "high_temp_indoor" : "outdoor"), .text("worker \(n % 2)"),
                ]
            }
            try writer.insert(
                into: "person",
                columns: ["id", "revision", "valid_from", "recorded_at", "name", "id_type", "exposure", "occupation"],
                values: rows)
        }
    }

    /// Puts settings into force, in yuan; with them another version of the rule, where one is given.
    ///
    /// - Parameters:
    ///   - cap: what everybody may have of it together, in yuan.
    ///   - again: whether the rule also gives to who had something before.
    ///   - short: what becomes of those whom the money doesn't reach.
    func settings(
        outdoor: Int64, indoor: Int64, reading fact: String = "", cap: Int64? = nil, again: Bool = false,
        short: Shortage = .refuse
    ) {
        var manifest = Manifest(id: "heat", version: "1.0.0", api: 1, title: LocalText(zh: "高温津贴", en: "Heat pay"))
        manifest.settings = [Field("outdoor", .money), Field("indoor", .money)]
        var form = FormDefinition(name: "pay")
        form.by = ["batch"]
        form.population = Population(of: "persons")
        form.facts = FactRequest(
            subject: ["exposure", "occupation"], household: [],
            look: [LookDefinition(name: "before", source: .decisions)])
        form.gives.kind = ["": .money]
        form.gives.to = ["": "subject"]
        form.gives.when = ["": "approved"]
        manifest.forms = ["pay": form]
        manifest.reasons = ["NOT_EXPOSED": ReasonDefinition(text: LocalText(zh: "不属于", en: "no"))]
        let source = """
            function program.assess.pay(facts, settings)
              if \(again ? "false and " : "")facts.look.before.count > 0 then return refuse("NOT_EXPOSED") end
              \(fact)
              local fen = facts.subject.exposure == "outdoor" and settings.outdoor or settings.indoor
              if fen == 0 then return refuse("NOT_EXPOSED") end
              return grant(fen)
            end
            """
        var program = Program(
            id: Self.program, plugin: "heat", organization: "990100", series: "heat",
            season: DateRange(from: CivilDate(days: 20_605), to: CivilDate(days: 20_700)))
        program.base.funding = [Funding(line: "heat-2026"), Funding(line: "more-2026")]
        program.base.pay.eachMax = Money(fen: 100_000)
        program.base.short = short
        program.base.settings = ["outdoor": .int(outdoor * 100), "indoor": .int(indoor * 100)]
        var bundle = Bundle(
            digest: "\(outdoor)/\(indoor)\(fact) \(cap ?? 0) \(again) \(short)",
            city: CitySettings(name: LocalText(zh: "测试市", en: "Test"), organization: "990100"))
        bundle.programs = [Self.program: program]
        bundle.plugins = [
            "heat": Plugin(manifest: manifest, source: Array(source.utf8), digest: "heat\(fact) \(again)")
        ]
        if let cap {
            bundle.stacking.sharedCaps = [
                StackingSettings.SharedCap(
                    name: "all", of: ["heat/pay"], per: "subject", within: .season, cap: Money(fen: cap * 100),
                    reason: "CAPPED")
            ]
        }
        bundles.activate(bundle)
    }

    /// Decides over everybody, and pays all but the last so many through batches; the bank refuses some.
    func pay(leaving unpaid: Int, failing: Set<Int> = []) async throws {
        _ = try await corridor.decide(program: Self.program, by: Self.office)
        let waiting = try await store.read { reader in
            try reader.all("SELECT id FROM entitlement WHERE state = 'approved' ORDER BY id") {
                $0.id(0, Entitlement.self)
            }
        }
        try await pay(Array(waiting.dropLast(unpaid)), failing: failing)
    }

    /// A batch of these, or of all that wait, checked.
    func build(_ chosen: [ID<Entitlement>]? = nil) async throws -> BuiltBatch {
        try await write("treasurer") { context, writer in
            let built = try Batches.build(
                program: Self.program, only: chosen, remark: "津贴",
                accountOf: { payee, _ in
                    BankAccount(number: "62000000\(10_000_000 + (payee.id ?? 0))", holder: "王\(payee.id ?? 0)")
                }, context, in: writer)
            _ = try Batches.check(built.batch, luhn: { _ in true }, context, in: writer)
            return built
        }
    }

    func pay(_ chosen: [ID<Entitlement>]?, failing: Set<Int> = []) async throws {
        let built = try await build(chosen)
        try await write("payer") { try Batches.approve(built.batch, $0, in: $1) }
        let export = try await write("payer") { try Batches.export(built.batch, $0, in: $1) }
        try await write("treasurer") { context, writer in
            let answers = export.lines.map {
                BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: !failing.contains($0.n))
            }
            _ = try Batches.result(built.batch, answers, context, in: writer)
        }
    }

    @discardableResult
    func write<Result: Sendable>(
        _ actor: String, _ body: @escaping @Sendable (ChangeContext, any StoreWriter) throws -> Result
    ) async throws -> Result {
        let context = ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
        return try await store.write(.interactive) { try body(context, $0) }
    }

    func propose(_ reason: String = "标准录错") async throws -> (correction: Correction, isNew: Bool) {
        let draft = try await corridor.correction(program: Self.program)
        return try await write("office") { try Corrections.propose(draft, reason: reason, $0, in: $1) }
    }

    /// Proposes and books what differs.
    @discardableResult
    func correct() async throws -> CorrectionOutcome {
        let (correction, _) = try await propose()
        return try await corridor.approve(correction.id, by: Self.payer)
    }

    /// What everybody stands at, summed by what they do.
    func stands() async throws -> [String: Int64] {
        try await store.read { reader in
            var found: [String: Int64] = [:]
            try reader.forEach(
                """
                SELECT p.exposure, SUM(e.amount - e.claimed) FROM entitlement e JOIN person p ON p.id = e.payee
                WHERE e.state <> 'released' GROUP BY p.exposure
                """, []
            ) { row in
                found[row.text(0)] = row.int(1) / 100
                return true
            }
            return found
        }
    }

    func count(_ sql: String) async throws -> Int64 { try await store.read { try $0.integer(sql) ?? 0 } }

    /// How many revisions of an entitlement more than one payment has reached.
    func paidTwice() async throws -> Int64 {
        try await count(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM payment WHERE state = 'paid'
            GROUP BY entitlement, ordinal, revision HAVING COUNT(*) > 1)
            """)
    }

    /// Books, chain and commitments agree with each other.
    func expectSound(_ location: SourceLocation = #_sourceLocation) async throws {
        let crypto = crypto
        let report = try await store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(report.faults.map(\.en))", sourceLocation: location)
    }
}
