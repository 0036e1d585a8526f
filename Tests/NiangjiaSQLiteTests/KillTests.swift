import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

/// Real processes, killed for real.
@Suite(.serialized) struct KillTests {
    let folder: TemporaryFolder
    let probe = KilledChild.executable("StoreProbe")

    init() throws { folder = try TemporaryFolder() }

    /// Killed while it writes, five times: everything acknowledged is there, and nothing half.
    @Test func writerIsKilled() async throws {
        var acknowledged: Set<Int64> = []
        for round in 1...5 {
            let path = folder.file("round-\(round).sqlite")
            let child = try KilledChild(executable: probe, arguments: ["write", path])
            var lines = child.lines(atLeast: 40 * round * round)
            lines += child.kill()
            acknowledged = Set(lines.compactMap { Int64($0) })
            #expect(acknowledged.count >= 40 * round * round)
            let store = try SQLiteStore.open(path: path, migrations: KillTests.pairs)
            let (whole, half, tally) = try await store.read { reader in
                let pairs = try reader.all("SELECT number, count(*) FROM half GROUP BY number") {
                    ($0.int(0), $0.int(1))
                }
                return (
                    Set(pairs.filter { $0.1 == 2 }.map(\.0)), pairs.filter { $0.1 != 2 }.map(\.0),
                    try reader.integer("SELECT count FROM tally")
                )
            }
            #expect(half.isEmpty)
            #expect(acknowledged.isSubset(of: whole))
            #expect(tally == Int64(whole.count))
            #expect(try await store.integrityProblems().isEmpty)
            try await store.close()
        }
    }

    /// Killed in the middle of a version, the store is what it was before that version, and goes on from there.
    @Test func migrationIsKilled() async throws {
        let path = folder.file("migrating.sqlite")
        var seen: [Int64] = []
        for _ in 0..<3 {
            let before = seen.last ?? 0
            let child = try KilledChild(executable: probe, arguments: ["migrate", path])
            while stepsDone(path) < before + 200, child.isRunning { usleep(500) }
            child.kill()
            seen.append(stepsDone(path))
            let killed = try Connection(path: path, role: .reader, options: .init())
            let halves = "SELECT count(*) FROM (SELECT 1 FROM migration GROUP BY version HAVING count(*) <> 2) AS half"
            #expect(try killed.answer(halves) == "0")
            let tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 't%'"
            #expect(try killed.answer(tables) == String(seen[seen.count - 1] / 2))
        }
        #expect(seen == seen.sorted())
        #expect((seen.first ?? 0) >= 200)
        #expect((seen.first ?? 0) < 1_200, "the first was killed in the middle")
        let last = try KilledChild(executable: probe, arguments: ["migrate", path])
        #expect(last.lines(atLeast: 1) == ["done"])
        #expect(stepsDone(path) == 1_200)
        let connection = try Connection(path: path, role: .reader, options: .init())
        #expect(try connection.answer("SELECT count(*) FROM sqlite_schema WHERE name LIKE 't%'") == "600")
        for number in [0, 249, 599] { #expect(try connection.answer("SELECT n FROM t\(number)") == "\(number)") }
    }

    @Test func lockIsFreeAfterItsHolderWasKilled() throws {
        let child = try KilledChild(executable: probe, arguments: ["hold", folder.path])
        #expect(child.lines(atLeast: 1) == ["held"])
        do {
            _ = try FolderLock(folder: folder.path)
            Issue.record("two holders")
        } catch let error as NiangjiaError {
            #expect(error.code == .locked)
            #expect(error.message.zh.contains("\(child.processIdentifier)"))
        }
        child.kill()
        _ = try FolderLock(folder: folder.path)
    }

    private func stepsDone(_ path: String) -> Int64 {
        guard FileManager.default.fileExists(atPath: path),
            let connection = try? Connection(path: path, role: .reader, options: .init()),
            let count = try? connection.answer("SELECT count(*) FROM migration")
        else { return 0 }
        return Int64(count) ?? 0
    }

    static let pairs = [
        Migration(
            version: 1, title: "pairs",
            steps: [
                .create(Table("half", key: ["number", "side"], [Column("number", .int), Column("side", .int)])),
                .create(Table("tally", key: ["id"], [Column("id", .int), Column("count", .int)])),
            ])
    ]
}
