import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite
import NiangjiaTesting

/// One bundle, always in force.
struct FixedBundle: BundleSource {
    let bundle: NiangjiaCore.Bundle
    func active() async throws -> NiangjiaCore.Bundle { bundle }
    func bundle(digest: String) async throws -> NiangjiaCore.Bundle {
        guard digest == bundle.digest else { throw NiangjiaError(.notFound, zh: "没有方案", en: "no such bundle") }
        return bundle
    }
}

/// A small city for tests of the corridor: a real store, real workers, the repository's own plugins, and three unions:
/// the city, county A (`990101`) and county B (`990102`) with one basic union each.
final class TestCityHost: Sendable {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let crypto: SoftwareCrypto
    let clock: FixedClock
    let ids: IDSource
    let pool: WorkerPool
    let corridor: Corridor
    let organizations: [String: ID<Organization>]

    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// `programs`: file name → YAML; `files`: further config files in place of the repository's; `isApproved`: they are read as
    /// those in force are, whatever is a mistake by now.
    init(
        programs: [String: String], files: [String: String] = [:], workers: Int = 2, isApproved: Bool = false,
        at now: String
    ) async throws {
        folder = try TemporaryFolder()
        let clock = FixedClock(Instant(now) ?? Instant(milliseconds: 0))
        let crypto = try SoftwareCrypto(KeyRing(created: clock.now()))
        let ids = IDSource(host: 1, clock: clock)
        store = try SQLiteStore.open(
            path: folder.file("city.sqlite"), migrations: NiangjiaSchema.migrations,
            beforeCommit: { _ = try Chain.seal(in: $0, crypto: crypto) })
        let bundle = try TestCityHost.bundle(programs: programs, files: files, isApproved: isApproved, crypto)
        var configuration = PoolConfiguration()
        configuration.batchWorkers = workers
        pool = WorkerPool(configuration: configuration)
        self.crypto = crypto
        self.clock = clock
        self.ids = ids
        corridor = Corridor(
            store: store, judge: LuaJudge(pool: pool), clock: clock, ids: ids, crypto: crypto,
            bundles: FixedBundle(bundle: bundle))
        let change = ChangeContext(now: clock.now(), actor: "test", ids: ids, crypto: crypto)
        organizations = try await store.write(.interactive) { writer in
            try Ledger.open(bundle.funds, change, in: writer)
            return try TestCityHost.addOrganizations(ids, now: change.now, in: writer)
        }
    }

    /// The repository's configuration with other programs and files in the place of its own.
    static func bundle(
        programs: [String: String], files: [String: String], isApproved: Bool = false, _ crypto: SoftwareCrypto
    ) throws -> NiangjiaCore.Bundle {
        var content = try ConfigFolder.files(in: TestCityHost.repository).filter {
            !$0.key.hasPrefix("config/programs/")
        }
        for (name, text) in programs { content["config/programs/\(name).yaml"] = Array(text.utf8) }
        for (path, text) in files { content[path] = Array(text.utf8) }
        let loader = BundleLoader(digest: { Hex.text(crypto.digest($0)) })
        let loaded = isApproved ? loader.loadApproved(files: content) : loader.load(files: content)
        guard let bundle = loaded.bundle else {
            throw NiangjiaError(
                .configuration, zh: loaded.report.errors.map { $0.text(.zh) }.joined(separator: "\n"),
                en: "the bundle has mistakes")
        }
        return bundle
    }

    private static func addOrganizations(_ ids: IDSource, now: Instant, in writer: any StoreWriter) throws -> [String:
        ID<Organization>]
    {
        var made: [String: ID<Organization>] = [:]
        let rows = [
            ("990100", "city", "990100/"), ("990101", "county", "990100/990101/"),
            ("990102", "county", "990100/990102/"),
            ("99010101", "basic", "990100/990101/99010101/"), ("99010201", "basic", "990100/990102/99010201/"),
        ]
        for (code, level, path) in rows {
            let id = ids.next(Organization.self)
            made[code] = id
            try writer.execute(
                """
                INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level) \
                VALUES ($1, 1, 0, $2, $3, $3, $4, $5)
                """, [.id(id), .instant(now), .text(code), .text(path), .text(level)])
        }
        return made
    }

    /// A person with an exposure, a member of a basic union where one is named, in a household where one is given.
    func person(
        exposure: String? = "outdoor", union: String? = nil, household: ID<Household>? = nil, role: String? = nil
    ) async throws -> ID<Person> {
        let id = ids.next(Person.self)
        let now = clock.now()
        let organization = union.flatMap { organizations[$0] }
        try await store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, exposure, household, household_role) \
                VALUES ($1, 1, 0, $2, '示例', 'incomplete', $3, $4, $5)
                """, [.id(id), .instant(now), .optional(exposure), .id(household), .optional(role)])
            guard let organization else { return }
            try writer.execute(
                """
                INSERT INTO membership (person, organization, revision, valid_from, recorded_at, status, is_primary) \
                VALUES ($1, $2, 1, 0, $3, 'active', 1)
                """, [.id(id), .id(organization), .instant(now)])
        }
        return id
    }

    func household(_ hardship: String, status: String = "open") async throws -> ID<Household> {
        let id = ids.next(Household.self)
        let now = clock.now()
        try await store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO household (id, revision, valid_from, recorded_at, number, hardship_class, file_status) \
                VALUES ($1, 1, 0, $2, $3, $4, $5)
                """, [.id(id), .instant(now), .text(id.text), .text(hardship), .text(status)])
        }
        return id
    }

    /// The books and the chain, checked.
    func verify() async throws -> (books: LedgerReport, chain: ChainReport) {
        let crypto = crypto
        return try await store.read {
            (try Ledger.verify(in: $0), try Chain.verify(in: $0, crypto: crypto, against: nil))
        }
    }

    func close() async throws {
        pool.shutdown()
        try await store.close()
    }
}

extension String {
    /// A program of this summer that the basic union reviews and `cooling-2026` pays; `more` in YAML goes below.
    static func visiting(
        _ program: String, plugin: String, each: Int = 200, order: String? = "[submitted]",
        settings: String = "{value: 100}", more: String = ""
    ) -> String {
        """
        program: \(program)
        plugin: \(plugin)
        policy: 测工发〔2026〕2号
        status: open
        organization: 990100
        series: \(plugin)
        season: {from: 2026-06-01, to: 2026-09-30}
        funding: [{line: cooling-2026}]
        \(order.map { "short: waitlist\norder: " + $0 } ?? "")
        pay: {each_max: \(each)}
        review: [basic]
        settings: \(settings)
        \(more)
        """
    }
}

/// A plugin that gives everybody in the register its `value`.
enum AidPlugin {
    static let files = [
        "plugins/aid/plugin.yaml": """
        id: aid
        version: 1.0.0
        api: 1
        title: {zh-CN: 慰问, en: Aid}
        settings: {value: money}
        forms:
          ask:
            by: [batch]
            population: {of: persons}
            subject: applicant
            facts: {subject: [exposure]}
            gives: {kind: money, to: subject, when: approved}
        reasons: {}
        """,
        "plugins/aid/main.lua": """
        function program.assess.ask(facts, settings)
          if facts.subject.exposure then return grant(settings.value) end
          return grant(settings.value)
        end
        """,
    ]
}
