import Foundation
import NiangjiaTesting
import Testing

@testable import NiangjiaCore
@testable import NiangjiaSQLite

/// What a store leaves behind when it is closed.
@Suite struct ClosedStoreTests {
    private static let thing = Table(
        "thing", key: ["id"], proof: .open("a test"), [Column("id", .int), Column("label", .text)])

    /// Files of a folder that this process has open.
    private func open(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { number in
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number)
        }.filter { $0.hasPrefix(folder.path + "/") }
    }

    @Test("A closed connection has no file open, whatever it has been asked, though somebody still has it")
    func closed() throws {
        let folder = try TemporaryFolder()
        let connection = try Connection(path: folder.file("store.sqlite"), role: .writer, options: .init())
        // A literal is kept by where it lies, too.
        try connection.command("CREATE TABLE thing (id INTEGER PRIMARY KEY, label TEXT)")
        try connection.command("SELECT id, label FROM thing WHERE label IS NOT NULL")
        #expect(try !open(in: folder).isEmpty)
        connection.close()
        #expect(try open(in: folder).isEmpty)
        withExtendedLifetime(connection) {}
    }

    @Test("So has a closed store, and it can be opened again")
    func store() async throws {
        let folder = try TemporaryFolder()
        let migrations = [Migration(version: 1, title: "things", steps: [.create(Self.thing)])]
        for id in Int64(1)...2 {
            let store = try SQLiteStore.open(path: folder.file("store.sqlite"), migrations: migrations)
            try await store.write(.interactive) {
                try $0.execute("INSERT INTO thing (id, label) VALUES ($1, 'a label')", [.int(id)])
            }
            #expect(try await store.read { try $0.integer("SELECT COUNT(*) FROM thing WHERE id > 0") } == id)
            try await store.close()
            #expect(try open(in: folder).isEmpty)
        }
    }
}
