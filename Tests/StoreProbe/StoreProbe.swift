import Foundation
import NiangjiaCore
import NiangjiaSQLite

/// A process for tests to kill: `StoreProbe write FILE`, `StoreProbe migrate FILE`, `StoreProbe hold FOLDER`,
/// `StoreProbe backup FOLDER`.
@main struct StoreProbe {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { exit(2) }
        switch arguments[1] {
        case "write": try await write(arguments[2])
        case "migrate":
            let store = try SQLiteStore.open(path: arguments[2], migrations: manyVersions)
            try await store.close()
            say("done")
        case "backup": try await backup(in: arguments[2])
        case "hold":
            let lock = try FolderLock(folder: arguments[2])
            say("held")
            try await Task.sleep(for: .seconds(60))
            withExtendedLifetime(lock) {}
        default: exit(2)
        }
    }

    /// One line straight to the pipe: nothing may wait in a buffer when the process is killed.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Glibc.write(1, bytes, bytes.count)
    }

    /// Writes pairs of rows and a counter for ever, from many tasks, and says each number after it was acknowledged.
    static func write(_ path: String) async throws {
        let store = try SQLiteStore.open(path: path, migrations: pairs)
        try await store.write(.interactive) {
            try $0.execute("INSERT INTO tally (id, count) VALUES (1, 0) ON CONFLICT (id) DO NOTHING", [])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in Int64(0)..<16 {
                group.addTask {
                    for round in Int64(0)... {
                        let number = round * 16 + worker
                        try await store.write(round % 2 == 0 ? .interactive : .batch) { writer in
                            try writer.execute("INSERT INTO half (number, side) VALUES ($1, 1)", [.int(number)])
                            try writer.execute("UPDATE tally SET count = count + 1 WHERE id = 1", [])
                            try writer.execute("INSERT INTO half (number, side) VALUES ($1, 2)", [.int(number)])
                        }
                        say("\(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Fills a store and copies it for ever, each copy in the place of the one before.
    static func backup(in folder: String) async throws {
        let store = try SQLiteStore.open(path: folder + "/probe.sqlite", migrations: pairs)
        try await store.write(.batch) { writer in
            let values = (0..<200_000).flatMap { [SQLValue.int($0), .int(1)] }
            try writer.insert(into: "half", columns: ["number", "side"], values: values)
        }
        say("filled")
        while true {
            let target = folder + "/copy.sqlite"
            _ = try await store.backup(to: target)
            unlink(target)
        }
    }

    static let pairs = [
        Migration(
            version: 1, title: "pairs",
            steps: [
                .create(Table("half", key: ["number", "side"], [Column("number", .int), Column("side", .int)])),
                .create(Table("tally", key: ["id"], [Column("id", .int), Column("count", .int)])),
            ])
    ]

    /// Long enough to be killed in the middle of: each fiftieth version counts for a while.
    static let manyVersions = (0..<600).map { number in
        let count = number % 50 == 49 ? 300_000 : 1
        return Migration(
            version: number + 1, title: "one of many",
            steps: [
                .create(Table("t\(number)", key: ["id"], [Column("id", .int), Column("n", .int)])),
                .run(
                    """
                    INSERT INTO t\(number) (id, n) SELECT count(*), \(number) FROM (WITH RECURSIVE s (i) AS \
                    (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < \(count)) SELECT i FROM s) AS counted
                    """),
            ])
    }
}
