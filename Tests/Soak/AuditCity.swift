import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite
import NiangjiaTesting

/// A city with something to audit, made by its real parts: applications granted and refused, two decided runs, vouchers and
/// reversals.
struct AuditCity {
    let path: String
    let crypto: SoftwareCrypto
    /// What left the machine.
    let head: ChainHead

    private static let program = """
        program: summer-cooling-2026
        plugin: summer-cooling
        policy: 测工发〔2026〕1号
        status: open
        organization: 990100
        series: summer-cooling
        season: {from: 2026-06-01, to: 2026-09-30}
        funding: [{line: cooling-2026}]
        short: waitlist
        order: [submitted]
        pay: {each_max: 20000}
        review: [basic]
        settings: {exposures: [outdoor, high_temp_indoor], value: 50, min_interval_days: 15, season_cap: 2,
                   per_head: 20, site_cap: 20000, site_interval_days: 30, supply_month: 500, supply_season_cap: 2000}
        """

    private struct OneBundle: BundleSource {
        let bundle: NiangjiaCore.Bundle
        func active() async throws -> NiangjiaCore.Bundle { bundle }
        func bundle(digest: String) async throws -> NiangjiaCore.Bundle { bundle }
    }

    /// Lives through a summer in a store of the folder, and closes it.
    init(in folder: String) async throws {
        let clock = FixedClock(Instant("2026-07-15T09:00:00+08:00") ?? Instant(milliseconds: 0))
        let crypto = try SoftwareCrypto(KeyRing(created: clock.now()))
        let ids = IDSource(host: 1, clock: clock)
        path = folder + "/city.sqlite"
        self.crypto = crypto
        let store = try SQLiteStore.open(
            path: path, migrations: NiangjiaSchema.migrations, beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        var files = try ConfigFolder.files(in: repository).filter { !$0.key.hasPrefix("config/programs/") }
        files["config/programs/cooling.yaml"] = Array(AuditCity.program.utf8)
        guard let bundle = BundleLoader(digest: { Hex.text(crypto.digest($0)) }).load(files: files).bundle else {
            throw NiangjiaError(.configuration, zh: "配置有误", en: "the city's configuration has mistakes")
        }
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let worker = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/niangjia-worker"
        let pool = WorkerPool(configuration: PoolConfiguration(launcher: WorkerLauncher(executable: worker)))
        let corridor = Corridor(
            store: store, judge: LuaJudge(pool: pool), clock: clock, ids: ids, crypto: crypto,
            bundles: OneBundle(bundle: bundle))
        let change = ChangeContext(now: clock.now(), actor: "treasurer", ids: ids, crypto: crypto)
        let people = try await store.write(.interactive) { [files] writer in
            try AuditCity.keep(files, of: bundle, crypto, in: writer)
            try Ledger.open(bundle.funds, change, in: writer)
            return try AuditCity.people(60, ids, change.now, in: writer)
        }
        let clerk = Actor(account: "clerk", role: "clerk")
        for person in people.prefix(20) {
            clock.advance(milliseconds: 60_000)
            let scan = Submission(program: "summer-cooling-2026", form: "package", applicant: person, channel: "scan")
            _ = try await corridor.submit(scan, by: clerk)
        }
        let admin = Actor(account: "admin", role: "program_admin")
        for _ in 0..<2 {
            clock.advance(milliseconds: 20 * 86_400_000)
            _ = try await corridor.decide(program: "summer-cooling-2026", form: "package", by: admin)
        }
        try await AuditCity.book(bundle, clock, ids, crypto, store)
        let context = { ChangeContext(now: clock.now(), actor: $0, ids: ids, crypto: crypto) }
        try await AuditCity.pay(store, context)
        try await AuditCity.close(bundle, store, context("chief"))
        try await AuditCity.admit(Access(store: store, crypto: crypto, clock: clock, ids: ids))
        try await AuditCity.fill(store, seed: 11)
        guard let head = try await store.read({ try Chain.head(in: $0) }) else {
            throw NiangjiaError(.internal, zh: "链为空", en: "nothing happened")
        }
        self.head = head
        pool.shutdown()
        try await store.close()
    }

    private static func people(
        _ count: Int, _ ids: IDSource, _ now: Instant, in writer: any StoreWriter
    ) throws -> [ID<Person>] {
        let organization = ids.next(Organization.self)
        try writer.execute(
            """
            INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level)
            VALUES ($1, 1, 0, $2, '990100', '示例市总工会', '990100/', 'city')
            """, [.id(organization), .instant(now)])
        return try (0..<count).map { n in
            let id = ids.next(Person.self)
            try writer.execute(
                """
                INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, exposure)
                VALUES ($1, 1, 0, $2, '示例', 'incomplete', $3)
                """, [.id(id), .instant(now), .text(n % 4 == 0 ? "office_air_conditioned" : "outdoor")])
            return id
        }
    }

    /// Money in and out of a line, some of it reversed.
    private static func book(
        _ bundle: NiangjiaCore.Bundle, _ clock: FixedClock, _ ids: IDSource, _ crypto: SoftwareCrypto,
        _ store: SQLiteStore
    ) async throws {
        for n in 1...20 {
            clock.advance(milliseconds: 1_000)
            let change = ChangeContext(now: clock.now(), actor: "treasurer", ids: ids, crypto: crypto)
            try await store.write(.interactive) { writer in
                guard let line = try Ledger.line("cooling-2026", in: writer) else { return }
                let amount = Money(fen: Int64(n * 100))
                let set = EntrySet(
                    .transfer, [.init(.source(line.source), -amount), .init(.line(line.id, .available), amount)],
                    memo: "追加 \(n)", about: "line/\(line.id)")
                let booked = try Ledger.post(set, change, in: writer)
                if n % 5 == 0 { try Ledger.reverse(booked, memo: "记错", change, in: writer) }
            }
        }
    }
}
