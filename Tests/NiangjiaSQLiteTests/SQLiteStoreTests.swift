import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

@Suite struct SQLiteStoreTests {
    let folder: TemporaryFolder
    var path: String { folder.file("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func open(
        beforeCommit: (@Sendable (any StoreWriter) throws -> Void)? = nil
    ) throws -> SQLiteStore {
        try SQLiteStore.open(path: path, migrations: StoreConformance.migrations, beforeCommit: beforeCommit)
    }

    @Test func settings() async throws {
        let store = try open()
        let settings = try await store.write(.interactive) { writer in
            [
                try writer.first("PRAGMA journal_mode") { $0.text(0) } ?? "",
                try writer.integer("PRAGMA synchronous").map { "\($0)" } ?? "",
                try writer.integer("PRAGMA foreign_keys").map { "\($0)" } ?? "",
            ]
        }
        #expect(settings == ["wal", "2", "1"])
        await #expect(throws: StoreError.self) {
            try await store.read {
                try $0.forEach("INSERT INTO trace (id, label) VALUES (1, '') RETURNING id", []) { _ in true }
            }
        }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try await store.close()
        // Everything is in the main file: the log is gone with the last connection.
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    /// A disk that has come to a standstill costs a bounded amount of memory, and a batch never takes a person's place.
    @Test func aFullQueueIsBusy() async throws {
        var options = SQLiteStore.Options()
        options.interactiveWaiting = 3
        options.batchWaiting = 2
        options.readers = 1
        options.readsWaiting = 1
        let store = try SQLiteStore.open(path: path, migrations: StoreConformance.migrations, options: options)
        let gate = Gate()
        async let held: Void = store.write(.batch) { _ in gate.pass() }
        while !gate.isReached { await Task.yield() }
        // What is refused is refused at once; what is taken waits for the gate.
        func add(_ lane: WriteLane, _ id: Int64) -> Task<StoreError?, any Error> {
            Task {
                do {
                    try await store.write(lane) {
                        try $0.execute("INSERT INTO trace (id, label) VALUES ($1, 'x')", [.int(id)])
                    }
                    return nil
                } catch let error as StoreError { return error }
            }
        }
        let batch = (0..<5).map { add(.batch, Int64($0)) }
        let people = (5..<10).map { add(.interactive, Int64($0)) }
        let refused = Guarded(0)
        for task in batch + people {
            Task { if try await task.value == .busy { refused.withLock { $0 += 1 } } }
        }
        while refused.withLock({ $0 }) < 5 { await Task.yield() }
        gate.open()
        try await held
        var answers: [StoreError?] = []
        for task in batch + people { answers.append(try await task.value) }
        #expect(answers[..<5].count { $0 == nil } == 2)
        #expect(answers[5...].count { $0 == nil } == 3)
        #expect(try await store.read { try $0.integer("SELECT COUNT(*) FROM trace") } == 5)
        try await readsAreBounded(store)
        try await store.close()
    }

    private func readsAreBounded(_ store: SQLiteStore) async throws {
        let gate = Gate()
        async let held: Void = store.read { _ in gate.pass() }
        while !gate.isReached { await Task.yield() }
        let refused = Guarded(0)
        let reads = (0..<2).map { _ in
            Task {
                do { _ = try await store.read { try $0.integer("SELECT 1") } } catch StoreError.busy {
                    refused.withLock { $0 += 1 }
                }
            }
        }
        // One waits, the other is refused: whoever comes second.
        while refused.withLock({ $0 }) == 0 { await Task.yield() }
        gate.open()
        try await held
        for read in reads { try await read.value }
        #expect(refused.withLock { $0 } == 1)
    }

    @Test func foreignFilesAreRefused() async throws {
        try Data(
            "this is no database, but it is long enough to look at its header; it really has to be a hundred bytes".utf8
        )
        .write(to: URL(fileURLWithPath: path))
        do {
            _ = try open()
            Issue.record("opened")
        } catch StoreError.damaged {}
        let other = folder.file("other.sqlite")
        do {
            let connection = try Connection(path: other, role: .writer, options: .init())
            try connection.run("CREATE TABLE x (y)")
            connection.close()
        }
        #expect(throws: StoreError.damaged("an SQLite file, but not a store of this host")) {
            try SQLiteStore.open(path: other, migrations: [])
        }
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: folder.file("no/folder/x"), migrations: []) }
    }

    @Test func groupsShareACommit() async throws {
        let commits = Guarded(0)
        let store = try open { _ in commits.withLock { $0 += 1 } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in Int64(0)..<500 {
                group.addTask {
                    _ = try await store.write(.interactive) {
                        try $0.execute("INSERT INTO trace (id, label) VALUES ($1, '')", [.int(number)])
                    }
                }
            }
            try await group.waitForAll()
        }
        let count = commits.withLock { $0 }
        #expect(count < 250, "500 writes in \(count) commits")
        try await store.close()
    }

    /// The sealer refuses a group that holds a certain row: only that member fails.
    @Test func failureBeforeCommitIsTheMembersOwn() async throws {
        let store = try open { writer in
            if try writer.integer("SELECT count(*) FROM trace WHERE label = 'bad'") != 0 {
                throw StoreError.refused("sealer")
            }
            try writer.execute("UPDATE item SET amount = amount + 1 WHERE id = 1", [])
        }
        try await store.write(.interactive) { try $0.execute("INSERT INTO item (id) VALUES (1)", []) }
        let failed = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in Int64(0)..<100 {
                group.addTask {
                    do {
                        try await store.write(.interactive) {
                            try $0.execute(
                                "INSERT INTO trace (id, label) VALUES ($1, $2)",
                                [.int(number), .text(number % 20 == 7 ? "bad" : "good")])
                        }
                        return nil
                    } catch StoreError.refused("sealer") { return number }
                }
            }
            return try await group.reduce(into: [Int64]()) { if let number = $1 { $0.append(number) } }
        }
        #expect(failed.sorted() == [7, 27, 47, 67, 87])
        #expect(try await store.read { try $0.integer("SELECT count(*) FROM trace") } == 95)
        try await store.close()
    }

    /// A full disk in the middle of a group: whoever fits is kept, whoever doesn't is told, nothing is half.
    @Test func fullDisk() async throws {
        let store = try open()
        try await store.write(.interactive) { writer in
            let pages = try writer.integer("PRAGMA page_count") ?? 0
            try writer.forEach("PRAGMA max_page_count = \(pages + 30)", []) { _ in true }
        }
        let kept = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in Int64(0)..<40 {
                group.addTask {
                    do {
                        try await store.write(.interactive) { writer in
                            try writer.execute("INSERT INTO trace (id, label) VALUES ($1, 'before')", [.int(number)])
                            // Every fourth would need more than there is.
                            let size = number % 4 == 0 ? 300_000 : 300
                            try writer.execute(
                                "INSERT INTO item (id, data) VALUES ($1, $2)",
                                [.int(number), .blob([UInt8](repeating: 1, count: size))])
                        }
                        return number
                    } catch StoreError.full { return nil }
                }
            }
            return try await group.reduce(into: [Int64]()) { if let number = $1 { $0.append(number) } }.sorted()
        }
        #expect(kept == (0..<40).filter { $0 % 4 != 0 })
        let (traces, items) = try await store.read { reader in
            (
                try reader.all("SELECT id FROM trace ORDER BY id") { $0.int(0) },
                try reader.all("SELECT id FROM item ORDER BY id") { $0.int(0) }
            )
        }
        #expect(traces == kept)
        #expect(items == kept)
        #expect(try await store.integrityProblems().isEmpty)
        try await store.close()
    }

    /// A closure that swallows a full disk cannot write outside of its lost transaction.
    @Test func swallowedFullDisk() async throws {
        let store = try open()
        await #expect(throws: StoreError.self) {
            try await store.write(.interactive) { writer in
                let pages = try writer.integer("PRAGMA page_count") ?? 0
                try writer.forEach("PRAGMA max_page_count = \(pages + 5)", []) { _ in true }
                try writer.execute("INSERT INTO trace (id, label) VALUES (1, '')", [])
                _ = try? writer.execute(
                    "INSERT INTO item (id, data) VALUES (1, $1)", [.blob([UInt8](repeating: 1, count: 100_000))])
                _ = try? writer.execute("INSERT INTO trace (id, label) VALUES (2, '')", [])
            }
        }
        #expect(try await store.read { try $0.integer("SELECT count(*) FROM trace") } == 0)
        try await store.write(.interactive) { try $0.execute("INSERT INTO trace (id, label) VALUES (3, '')", []) }
        try await store.close()
    }

    @Test func backupWhileWriting() async throws {
        let store = try open()
        let target = folder.file("copy.sqlite")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in Int64(0)..<300 {
                    try await store.write(.batch) { writer in
                        try writer.insert(
                            into: "trace", columns: ["id", "label"],
                            values: [.int(2 * number), .text(""), .int(2 * number + 1), .text("")])
                    }
                }
            }
            group.addTask {
                let faults = try await store.backup(to: target)
                #expect(faults.isEmpty)
            }
            try await group.waitForAll()
        }
        await #expect(throws: StoreError.self) { _ = try await store.backup(to: target) }
        try await store.close()
        let copy = try SQLiteStore.open(path: target, migrations: StoreConformance.migrations)
        let count = try await copy.read { try $0.integer("SELECT count(*) FROM trace") } ?? -1
        #expect(count.isMultiple(of: 2))
        #expect(try await copy.integrityProblems().isEmpty)
        try await copy.close()
    }

    /// The log is moved to the main file by the writer as it grows, while a reader holds an old snapshot now and then.
    @Test func logStaysSmall() async throws {
        let store = try open()
        for round in Int64(0)..<100 {
            try await store.write(.batch) { writer in
                let blob = [UInt8](repeating: UInt8(round), count: 100_000)
                let values = (0..<20).flatMap { [SQLValue.int(round * 20 + $0), .blob(blob)] }
                try writer.insert(into: "item", columns: ["id", "data"], values: values)
            }
        }
        let log = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
        // 200 MB were written; a checkpoint is due every 64 MB.
        #expect(log < 150_000_000, "\(log)")
        #expect(try await store.read { try $0.integer("SELECT count(*) FROM item") } == 2000)
        try await store.close()
    }

    @Test func damagedFileIsFound() async throws {
        var store = try open()
        try await store.write(.batch) { writer in
            let values = (Int64(0)..<20_000).flatMap { [SQLValue.int($0), .text("some label \($0)")] }
            try writer.insert(into: "item", columns: ["id", "label"], values: values)
        }
        #expect(try await store.integrityProblems().isEmpty)
        try await store.close()
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seek(toOffset: 4096 * 40)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 4096 * 3))
        try file.close()
        store = try open()
        let problems = try await store.integrityProblems()
        #expect(!problems.isEmpty)
        try await store.close()
    }

    @Test func versionIsTold() {
        #expect(SQLiteVersion.current.number >= SQLiteVersion.oldest)
        #expect(SQLiteVersion(number: 3_040_001, description: "3.40.1").knownDangers.count == 1)
        #expect(SQLiteVersion(number: 3_051_003, description: "3.51.3").knownDangers.isEmpty)
    }
}

/// Where a thread of the store is held until the test lets it go.
private final class Gate: Sendable {
    private let reached = Guarded(false)
    private let opened = DispatchSemaphore(value: 0)

    var isReached: Bool { reached.withLock { $0 } }

    func pass() {
        reached.withLock { $0 = true }
        opened.wait()
    }
    func open() { opened.signal() }
}
