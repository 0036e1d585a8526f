import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

/// What is gathered before it goes to the log (decision 0079): whatever was answered is in the files at that moment.
@Suite struct WriteAheadTests {
    /// Opens copies of the files as a crash would leave them, and counts the rows that are there.
    private func found(_ path: String, in folder: TemporaryFolder, _ n: Int) async throws -> (
        rows: Int64, fault: String
    ) {
        let copy = folder.file("copy-\(n).sqlite")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        let store = try SQLiteStore.open(path: copy, migrations: StoreConformance.migrations)
        let told = try await store.read { reader in
            (
                try reader.integer("SELECT COUNT(*) FROM trace") ?? -1,
                try reader.first("PRAGMA integrity_check", []) { $0.text(0) } ?? ""
            )
        }
        try await store.close()
        return (told.0, told.1)
    }

    @Test("What a write has answered is in the files, small or beyond the cache; what was undone isn't")
    func durable() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.sqlite")
        var options = SQLiteStore.Options()
        // A large transaction doesn't fit: its pages go to the log before it ends, and are read again from there.
        options.writerCacheKiB = 256
        let store = try SQLiteStore.open(path: path, migrations: StoreConformance.migrations, options: options)
        let label = String(repeating: "字", count: 300)
        @Sendable func add(_ ids: Range<Int64>, in writer: any StoreWriter) throws {
            for id in ids {
                try writer.execute("INSERT INTO trace (id, label) VALUES ($1, $2)", [.int(id), .text(label)])
            }
        }
        var rows: Int64 = 0
        for (n, count) in ([1, 40, 1, 3_000, 2, 5_000] as [Int64]).enumerated() {
            let first = rows
            try await store.write(.interactive) { try add(first..<(first + count), in: $0) }
            rows += count
            #expect(try await store.read { try $0.integer("SELECT COUNT(*) FROM trace") } == rows)
            await #expect(throws: NiangjiaError.self) {
                try await store.write(.batch) { writer in
                    try add(1_000_000..<(1_000_000 + count), in: writer)
                    throw NiangjiaError(.conflict, zh: "不写", en: "not written")
                }
            }
            let left = try await found(path, in: folder, n)
            #expect(left.rows == rows && left.fault == "ok", "\(n): \(left)")
        }
        // Many at once, in groups.
        let before = rows
        try await withThrowingTaskGroup(of: Void.self) { group in
            for n in 0..<200 as Range<Int64> {
                group.addTask {
                    try await store.write(.interactive) { try add((before + n)..<(before + n + 1), in: $0) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await found(path, in: folder, 99) == (before + 200, "ok"))
        try await store.close()
    }
}
