import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

@Suite("A damaged store has no backup") struct BackupTests {
    let folder: TemporaryFolder
    var path: String { folder.file("store.sqlite") }
    var target: String { folder.file("copy.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> SQLiteStore {
        try SQLiteStore.open(path: path, migrations: StoreConformance.migrations)
    }

    /// A store of some hundred pages, of which the first page of a table or index is lost.
    private func damaged(_ name: String) async throws -> SQLiteStore {
        let store = try open()
        try await store.write(.batch) { writer in
            let values = (0..<4_000).flatMap { [SQLValue.int($0), .text("label \($0)"), .blob([1, 2, 3])] }
            try writer.insert(into: "item", columns: ["id", "label", "data"], values: values)
        }
        let (page, size) = try await store.read { reader in
            (
                try #require(
                    try reader.integer("SELECT rootpage FROM sqlite_schema WHERE name = $1", [.text(name)])),
                try #require(try reader.integer("PRAGMA page_size"))
            )
        }
        try await store.close()
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: UInt64((page - 1) * size))
        try file.write(contentsOf: Data(repeating: 0, count: Int(size)))
        try file.close()
        return try open()
    }

    private func written() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("copy") }
    }

    @Test("A sound store is copied; what is there already isn't written over")
    func sound() async throws {
        let store = try open()
        #expect(try await store.backup(to: target).isEmpty)
        await #expect(throws: StoreError.self) { _ = try await store.backup(to: target) }
        #expect(try written() == ["copy.sqlite"])
        try await store.close()
    }

    @Test("While it is written a copy is its owner's alone; a process that is ended takes it away")
    func interrupted() async throws {
        let part = target + ".part"
        // It says that the store is filled, and copies it again and again.
        let child = try KilledChild(
            executable: KilledChild.executable("StoreProbe"), arguments: ["backup", folder.path])
        #expect(child.lines(atLeast: 1) == ["filled"])
        var mode: mode_t?
        while mode == nil, child.isRunning {
            var status = stat()
            if stat(part, &status) == 0 { mode = status.st_mode & 0o777 }
        }
        #expect(mode == 0o600)
        kill(child.processIdentifier, SIGTERM)
        while child.isRunning { usleep(1_000) }
        #expect(!FileManager.default.fileExists(atPath: part))
    }

    @Test("A lost index is told, though the copy has it anew: the copy lies aside")
    func lostIndex() async throws {
        let store = try await damaged("item__label")
        #expect(try await !store.backup(to: target).isEmpty)
        #expect(try written() == ["copy.sqlite.damaged"])
        try await store.close()
        // What could be read is a store; one that lies aside isn't written over either.
        let copy = try SQLiteStore.open(path: target + ".damaged", migrations: StoreConformance.migrations)
        #expect(try await copy.integrityProblems().isEmpty)
        #expect(try await copy.read { try $0.integer("SELECT count(*) FROM item NOT INDEXED") } == 4_000)
        try await copy.close()
        let again = try open()
        await #expect(throws: StoreError.self) { _ = try await again.backup(to: target) }
        try await again.close()
    }

    @Test("A lost table can't be copied, and nothing is left")
    func lostTable() async throws {
        let store = try await damaged("item")
        await #expect {
            _ = try await store.backup(to: target)
        } throws: { error in
            if case StoreError.damaged = error { true } else { false }
        }
        #expect(try written().isEmpty)
        try await store.close()
    }

    @Test("What the copy holds is asked of the copy, and what is wrong with it puts it aside")
    func verified() async throws {
        let store = try open()
        try await store.write(.interactive) { try $0.execute("INSERT INTO trace (id, label) VALUES (7, 'x')", []) }
        let told = try await store.backup(to: target) { reader in
            try reader.all("SELECT label FROM trace WHERE id = 7") { $0.text(0) }
        }
        #expect(told == ["x"])
        #expect(try written() == ["copy.sqlite.damaged"])
        await #expect(throws: NiangjiaError.self) {
            _ = try await store.backup(to: folder.file("copy2.sqlite")) { _ in
                throw NiangjiaError(.internal, zh: "不行", en: "no")
            }
        }
        #expect(try written() == ["copy.sqlite.damaged"])
        try await store.close()
    }
}
