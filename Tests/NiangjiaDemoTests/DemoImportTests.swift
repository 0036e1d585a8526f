import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaExchange
import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaDemo

@Suite("The demo city's files and the importer")
struct DemoImportTests {
    private struct City {
        let folder: TemporaryFolder
        let files: URL
        let store: SQLiteStore
        let clock: FixedClock
        let crypto: SoftwareCrypto
        let ids: IDSource

        init(_ city: DemoCity) throws {
            folder = try TemporaryFolder()
            files = URL(fileURLWithPath: folder.file("files"))
            try city.write(to: files)
            clock = FixedClock(Instant(DemoCity.asOf, minutes: 540))
            crypto = try SoftwareCrypto(KeyRing(created: clock.now()))
            ids = IDSource(host: 1, clock: clock)
            store = try SQLiteStore.open(path: folder.file("city.db"), migrations: NiangjiaSchema.migrations)
        }

        func take(_ name: String) async throws -> ImportSummary {
            clock.advance(milliseconds: 60_000)
            let context = ChangeContext(now: clock.now(), actor: "clerk", ids: ids, crypto: crypto)
            var job = ImportJob(
                file: files.appendingPathComponent(name).path,
                mapping: try ImportMapping(try #require(DemoCity.mappings[name])))
            job.takeOpening = { _, _ in }
            return try await Importer(store: store, context: context).take(job)
        }

        func count(_ sql: String) async throws -> Int64 { try await store.read { try $0.integer(sql) ?? 0 } }
    }

    @Test("every row of every file is taken without an error or a warning")
    func everythingIsTaken() async throws {
        let demo = try DemoCity(seed: 11, members: 1_500, stations: 60)
        let city = try City(demo)
        for name in DemoCity.importOrder {
            let summary = try await city.take(name)
            #expect(
                summary.issues.isEmpty, "\(name): \(summary.issues.prefix(5).map { "\($0.place) \($0.message.zh)" })")
        }
        #expect(
            try await city.count("SELECT count(*) FROM membership WHERE status = 'active' AND is_primary = 1") == 1_500)
        #expect(try await city.count("SELECT count(*) FROM station") == 60)
        #expect(try await city.count("SELECT count(*) FROM person WHERE exposure IS NULL") == 0)
        #expect(
            try await city.count("SELECT count(*) FROM person WHERE household IS NOT NULL AND household_role IS NULL")
                == 0)
        #expect(try await city.count("SELECT count(*) FROM household WHERE file_status = 'monitoring'") > 0)
        // Units of the industry union have no county above them.
        let paths = try await city.count(
            "SELECT count(*) FROM organization WHERE level = 'basic' AND path LIKE '990100/990100I1/%'")
        #expect(paths > 0)
        for part in ["outdoor", "high_temp_indoor", "office_air_conditioned"] {
            #expect(try await city.count("SELECT count(*) FROM person WHERE exposure = '\(part)'") > 0, "\(part)")
        }
    }
}
