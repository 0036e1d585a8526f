import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

/// A city's books on a real SQLite file, and shorthand to work on them.
struct Books: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let clock: FixedClock
    let ids: IDSource
    let crypto: SoftwareCrypto

    init() throws {
        folder = try TemporaryFolder()
        let start = try #require(CivilDate("2026-06-01").map { Instant($0, minutes: 9 * 60) })
        clock = FixedClock(start)
        ids = IDSource(host: 1, clock: clock)
        let crypto = try SoftwareCrypto(KeyRing(created: start))
        self.crypto = crypto
        store = try SQLiteStore.open(
            path: folder.file("books.db"), migrations: NiangjiaSchema.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
    }

    func context(_ actor: String = "treasurer") -> ChangeContext {
        ChangeContext(now: clock.now(), actor: actor, ids: ids, crypto: crypto)
    }

    /// One transaction by an actor.
    @discardableResult
    func write<Result: Sendable>(
        as actor: String = "treasurer",
        _ body: @escaping @Sendable (ChangeContext, any StoreWriter) throws -> Result
    ) async throws -> Result {
        let context = context(actor)
        return try await store.write(.interactive) { try body(context, $0) }
    }

    func open(
        _ id: String, _ yuan: Int64, year: Int = 2026, source: String = "union_budget",
        backstop: FundLine.Backstop? = nil
    ) async throws {
        let line = FundLine(
            id: id, year: year, source: source, purpose: "cooling", amount: Money(fen: yuan * 100), backstop: backstop)
        try await write { try Ledger.open(line, $0, in: $1) }
    }

    func balance(_ line: String, _ stage: AccountCode.Stage) async throws -> Int64 {
        try await store.read { try Ledger.balance(of: .line(line, stage), in: $0).fen }
    }

    /// Everything recomputed must agree.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let report = try await store.read { try Ledger.verify(in: $0) }
        #expect(report.isOK, "\(report.faults.map(\.zh))", sourceLocation: sourceLocation)
        let sum = try await store.read { try $0.integer("SELECT sum(balance) FROM ledger_account") }
        #expect(sum == 0, sourceLocation: sourceLocation)
    }

    /// A grant that is about to be held.
    func grant(
        _ fen: Int64, from line: String = "cooling-2026", kind: Entitlement.Kind = .money,
        to payee: Entitlement.Payee? = nil,
        program: String = "summer-cooling-2026"
    ) -> NewEntitlement {
        grant([.init(line: line, amount: Money(fen: fen))], kind: kind, to: payee, program: program)
    }

    func grant(
        _ shares: [Outcome.Split], kind: Entitlement.Kind = .money, to payee: Entitlement.Payee? = nil,
        program: String = "summer-cooling-2026"
    ) -> NewEntitlement {
        NewEntitlement(
            decision: ids.next(), caseID: ids.next(), kind: kind, payee: payee ?? .person(ids.next()), shares: shares,
            program: program, series: "summer-cooling", on: clock.now().date)
    }

    func hold(_ new: [NewEntitlement]) async throws -> [ID<Entitlement>] {
        try await write { try Entitlements.hold(new, about: "test", $0, in: $1) }
    }

    /// Holds and approves.
    func approved(_ new: [NewEntitlement]) async throws -> [ID<Entitlement>] {
        let ids = try await hold(new)
        try await write { try Entitlements.approve(ids, about: "test", $0, in: $1) }
        return ids
    }

    /// What waits in the outbox, in the order in which it was put there.
    func messages() async throws -> [(kind: String, recipient: String?, body: Value)] {
        try await store.read { reader in
            try reader.all("SELECT kind, recipient, body FROM outbox ORDER BY id") {
                ($0.text(0), $0.textOrNil(1), try Value(json: $0.text(2)))
            }
        }
    }

    func state(_ id: ID<Entitlement>) async throws -> Entitlement.State {
        try await store.read { try Entitlements.load(id, in: $0).state }
    }
}

/// The code of the error that a piece of work ends with; nil when it succeeds.
func refusal(_ work: () async throws -> Void) async -> NiangjiaError.Code? {
    do {
        try await work()
        return nil
    } catch let error as NiangjiaError {
        return error.code
    } catch {
        Issue.record(error)
        return nil
    }
}
