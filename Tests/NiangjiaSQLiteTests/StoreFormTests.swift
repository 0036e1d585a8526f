import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

@Suite("What a file holds that no migration makes, or lacks, is named, and nothing is opened") struct StoreFormTests {
    let folder: TemporaryFolder
    var path: String { folder.file("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    let first = Migration(
        version: 1, title: "first",
        steps: [
            .create(
                Table(
                    "payment", key: ["id"], [Column("id", .int), Column("name", .text, nullable: true)],
                    unique: [["name"]])),
            .createView(View("named", "SELECT id FROM payment WHERE name IS NOT NULL")),
        ])
    let second = Migration(
        version: 2, title: "second",
        steps: [.addColumn(table: "payment", Column("state", .text, default: .text("new"))), .dropView("named")])

    /// Edits the file as somebody without the host does.
    private func edit(_ sql: String) throws {
        let connection = try Connection(path: path, role: .writer, options: .init())
        defer { connection.close() }
        try connection.run(sql)
    }

    private func refused(_ migrations: [Migration]) throws -> [SchemaDifference] {
        do {
            _ = try SQLiteStore.open(path: path, migrations: migrations)
            return []
        } catch StoreError.altered(let differences) { return differences }
    }

    @Test(
        "A planted trigger, a table or view too many, a view that was changed, an index that was dropped",
        arguments: [
            (
                "CREATE TRIGGER evil AFTER INSERT ON payment BEGIN UPDATE payment SET name = 'me'; END",
                SchemaDifference(.foreign, type: "trigger", name: "evil")
            ),
            ("CREATE TABLE aside (id INTEGER)", SchemaDifference(.foreign, type: "table", name: "aside")),
            ("CREATE VIEW seen AS SELECT 1 AS one", SchemaDifference(.foreign, type: "view", name: "seen")),
            (
                "DROP VIEW named; CREATE VIEW named AS SELECT id FROM payment",
                SchemaDifference(.changed, type: "view", name: "named")
            ),
            ("DROP INDEX payment__name", SchemaDifference(.missing, type: "index", name: "payment__name")),
            ("DROP VIEW named", SchemaDifference(.missing, type: "view", name: "named")),
        ])
    func edited(sql: String, difference: SchemaDifference) async throws {
        try await SQLiteStore.open(path: path, migrations: [first]).close()
        try edit(sql)
        #expect(try refused([first]) == [difference])
        let words = StoreError.altered([difference]).forPeople
        #expect(words.code == .store && words.message.zh.contains(difference.name))
        #expect(words.message.en.contains("\(difference.type) \(difference.name)"))
    }

    @Test("A store is looked at before its upgrade: nothing planted is set off by it, and nothing was migrated")
    func beforeAnUpgrade() async throws {
        try await SQLiteStore.open(path: path, migrations: [first]).close()
        try edit("CREATE TRIGGER evil AFTER INSERT ON migration BEGIN INSERT INTO payment (id) VALUES (7); END")
        #expect(try refused([first, second]).map(\.name) == ["evil"])
        let connection = try Connection(path: path, role: .reader, options: .init())
        #expect(try connection.answer("SELECT count(*) FROM payment") == "0")
        #expect(try connection.answer("SELECT max(version) FROM migration") == "1")
        connection.close()
        try edit("DROP TRIGGER evil")
        // An upgraded store is what a new one is.
        try await SQLiteStore.open(path: path, migrations: [first, second]).close()
        try await SQLiteStore.open(path: path, migrations: [first, second]).close()
        #expect(try refused([first, second]).isEmpty)
    }

    @Test("What is planted while a store is open stands among its faults, and no backup is made of it")
    func whileItIsOpen() async throws {
        let store = try SQLiteStore.open(path: path, migrations: [first])
        #expect(try await store.alterations().isEmpty)
        try edit("CREATE TRIGGER evil AFTER INSERT ON payment BEGIN DELETE FROM payment; END")
        #expect(try await store.alterations() == [SchemaDifference(.foreign, type: "trigger", name: "evil")])
        #expect(try await store.integrityProblems().contains { $0.contains("evil") })
        #expect(try await store.backup(to: folder.file("copy.sqlite")).contains { $0.contains("evil") })
        #expect(!FileManager.default.fileExists(atPath: folder.file("copy.sqlite")))
        #expect(FileManager.default.fileExists(atPath: folder.file("copy.sqlite.damaged")))
        try await store.close()
    }

    @Test("SQLite's own statistics are nobody's edit")
    func statistics() async throws {
        let store = try SQLiteStore.open(path: path, migrations: [first])
        try await store.write(.interactive) { try $0.execute("INSERT INTO payment (id, name) VALUES (1, 'x')", []) }
        try await store.close()
        try edit("ANALYZE")
        #expect(try refused([first]).isEmpty)
    }

    @Test("The host's whole schema is made once in a process")
    func whole() async throws {
        let migrations = NiangjiaSchema.migrations
        let form = try StoreForm.of(migrations)
        let store = try SQLiteStore.open(path: path, migrations: migrations)
        #expect(try await store.read { try form.differences(in: $0) }.isEmpty)
        #expect(StoreForm.isMade(of: migrations))
        try await store.close()
    }
}
