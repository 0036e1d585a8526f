import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaExchange

/// An import in a process that is killed with SIGKILL, and taken again by another.
@Suite struct KilledImportTests {
    static let rows = 12_000
    static let folderVariable = "NIANGJIA_IMPORT_VICTIM"
    static let folder = ProcessInfo.processInfo.environment[folderVariable]

    private static func importer(_ folder: String, host: Int) throws -> (Importer, SQLiteStore) {
        let clock = FixedClock(Instant(CivilDate(days: 20_000), minutes: 600))
        let crypto = try SoftwareCrypto(try KeyRing(file: folder + "/keys"))
        let store = try SQLiteStore.open(path: folder + "/niangjia.db", migrations: NiangjiaSchema.migrations)
        let ids = IDSource(host: host, clock: clock)
        return (
            Importer(store: store, context: ChangeContext(now: clock.now(), actor: "clerk", ids: ids, crypto: crypto)),
            store
        )
    }

    private static func job(_ folder: String) -> ImportJob {
        var job = ImportJob(file: folder + "/many.csv", mapping: ImportMapping(.person))
        job.batchRows = 200
        return job
    }

    /// What the child runs: an import that tells how far it is.
    @Test(.enabled(if: folder != nil)) func victim() async throws {
        let folder = try #require(Self.folder)
        let (importer, store) = try Self.importer(folder, host: 2)
        _ = try await importer.take(Self.job(folder)) { progress in
            // Unbuffered: the parent must hear it before it kills.
            FileHandle.standardOutput.write(Data("rows \(progress.rowsDone)\n".utf8))
        }
        try await store.close()
    }

    @Test func aKilledImportGoesOnAndTakesNothingTwice() async throws {
        let folder = try TestFolder()
        try KeyRing(created: Instant(milliseconds: 0)).save(to: folder.path + "/keys")
        let writer = try CSVWriter(path: folder.path + "/many.csv")
        try writer.write(["姓名", "身份证号", "所属工会代码"])
        for index in 0..<Self.rows { try writer.write(["测试员", number(index), "99010101"]) }
        try writer.finish()
        do {
            let (importer, store) = try Self.importer(folder.path, host: 1)
            let unions = ImportJob(
                file: try folder.file("u.csv", TestCity.unions), mapping: ImportMapping(.organization))
            #expect(try await importer.take(unions).count(.new) == 4)
            try await store.close()
        }
        setenv(Self.folderVariable, folder.path, 1)
        let child = try KilledChild(
            executable: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            arguments: ["--testing-library", "swift-testing", "--filter", "KilledImportTests/victim"])
        unsetenv(Self.folderVariable)
        var told: [String] = []
        while told.count(where: { $0.hasPrefix("rows ") }) < 2, child.isRunning { told += child.lines(atLeast: 1) }
        child.kill()
        #expect(told.contains { $0.hasPrefix("rows ") }, "\(told.suffix(3))")

        let (importer, store) = try Self.importer(folder.path, host: 3)
        let before = try await store.read { try $0.integer("SELECT count(*) FROM person") ?? 0 }
        #expect(before > 0)
        #expect(before < Self.rows)
        #expect(before.isMultiple(of: 200))
        let summary = try await importer.take(Self.job(folder.path))
        // What it wrote before it was killed is its own doing, and told as such; the register's rows below tell of nothing twice.
        #expect(summary.count(.unchanged) == 0 && summary.count(.new) == Self.rows)
        let (people, members, rows, batches) = try await store.read { reader in
            (
                try reader.integer("SELECT count(*) FROM person"),
                try reader.integer("SELECT count(*) FROM membership"),
                try reader.integer(
                    "SELECT count(*) FROM import_row r JOIN import_batch b ON b.id = r.import_batch WHERE b.kind = 'person'"
                ),
                try reader.integer("SELECT count(*) FROM import_batch WHERE kind = 'person' AND state = 'taken'")
            )
        }
        #expect(people == Int64(Self.rows))
        #expect(members == Int64(Self.rows))
        #expect(rows == Int64(Self.rows))
        #expect(batches == 1)
        try await store.close()
    }
}
