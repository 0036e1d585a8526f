import CSQLite
import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

@Suite struct MigrationTests {
    let folder: TemporaryFolder
    var path: String { folder.file("store.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    let first = Migration(
        version: 1, title: "first",
        steps: [.create(Table("a", key: ["id"], [Column("id", .int), Column("name", .text, nullable: true)]))])
    let second = Migration(
        version: 2, title: "second",
        steps: [
            .addColumn(
                table: "a", Column("state", .text, check: "state IN ('new', 'it''s old')", default: .text("it's old"))),
            .addColumn(table: "a", Column("seen", .bool, default: .int(0))),
            .addIndex(table: "a", ["name"], unique: true),
            .addIndex(table: "a", .init(["state"], where: "seen = 1"), unique: true),
            .run("UPDATE a SET state = 'new' WHERE id = 2"),
        ])

    @Test func stepByStep() async throws {
        var store = try SQLiteStore.open(path: path, migrations: [first])
        try await store.write(.interactive) { try $0.execute("INSERT INTO a (id, name) VALUES (1, 'x'), (2, 'y')", []) }
        #expect(try await store.condition().storeVersion == 1)
        try await store.close()
        var options = SQLiteStore.Options()
        options.backupFolder = folder.file("backup")
        store = try SQLiteStore.open(path: path, migrations: [first, second], options: options)
        let states = try await store.read { try $0.all("SELECT state FROM a ORDER BY id") { $0.text(0) } }
        #expect(states == ["it's old", "new"])
        #expect(try await store.condition().storeVersion == 2)
        await #expect(throws: StoreError.duplicate("a.name")) {
            try await store.write(.interactive) { try $0.execute("INSERT INTO a (id, name) VALUES (3, 'x')", []) }
        }
        try await store.close()
        // The copy is the store as it was before, and a store in its own right.
        let copies = try FileManager.default.contentsOfDirectory(atPath: folder.file("backup"))
        #expect(copies == ["store-before-1-to-2.sqlite"])
        let copy = try SQLiteStore.open(path: folder.file("backup/" + copies[0]), migrations: [first])
        #expect(try await copy.read { try $0.integer("SELECT count(*) FROM a") } == 2)
        try await copy.close()
        // An older binary refuses the newer store and leaves it alone.
        #expect(throws: StoreError.newer(found: 2, known: 1)) { try SQLiteStore.open(path: path, migrations: [first]) }
        // A second start does nothing.
        store = try SQLiteStore.open(path: path, migrations: [first, second], options: options)
        #expect(try await store.read { try $0.integer("SELECT count(*) FROM migration") } == 6)
        try await store.close()
    }

    private func upgraded(_ migrations: [Migration]) async throws -> String? {
        var options = SQLiteStore.Options()
        options.backupFolder = folder.file("backup")
        let store = try SQLiteStore.open(path: path, migrations: migrations, options: options)
        let copy = store.copyBefore
        try await store.close()
        return copy.map { URL(fileURLWithPath: $0).lastPathComponent }
    }

    private func names(in file: String) async throws -> [String] {
        let store = try SQLiteStore.open(path: file, migrations: [first])
        let names = try await store.read { try $0.all("SELECT name FROM a ORDER BY id") { $0.text(0) } }
        try await store.close()
        return names
    }

    @Test("A store that went back and is upgraded again leaves a copy of its own; the first one stays what it is")
    func upgradedAgain() async throws {
        var store = try SQLiteStore.open(path: path, migrations: [first])
        try await store.write(.interactive) { try $0.execute("INSERT INTO a (id, name) VALUES (1, 'x')", []) }
        try await store.close()
        #expect(try await upgraded([first, second]) == "store-before-1-to-2.sqlite")
        #expect(try await upgraded([first, second]) == nil)
        // Back to the copy, and on with the program of before.
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
        try FileManager.default.copyItem(atPath: folder.file("backup/store-before-1-to-2.sqlite"), toPath: path)
        store = try SQLiteStore.open(path: path, migrations: [first])
        try await store.write(.interactive) { try $0.execute("INSERT INTO a (id, name) VALUES (2, 'later')", []) }
        try await store.close()
        #expect(try await upgraded([first, second]) == "store-before-1-to-2-2.sqlite")
        #expect(try await names(in: folder.file("backup/store-before-1-to-2.sqlite")) == ["x"])
        #expect(try await names(in: folder.file("backup/store-before-1-to-2-2.sqlite")) == ["x", "later"])
    }

    @Test("An upgrade that fails again and again keeps one copy, until the program of before has gone on")
    func oneCopyOfAnAttempt() async throws {
        var failing = second
        failing.steps.append(.run("INSERT INTO nowhere (id) VALUES (1)"))
        let store = try SQLiteStore.open(path: path, migrations: [first])
        try await store.write(.interactive) { try $0.execute("INSERT INTO a (id, name) VALUES (1, 'x')", []) }
        try await store.close()
        for _ in 0..<3 { await #expect(throws: StoreError.self) { try await upgraded([first, failing]) } }
        let folderOfCopies = folder.file("backup")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folderOfCopies) == ["store-before-1-to-2.sqlite"])
        #expect(try await upgraded([first]) == nil)
        #expect(try await upgraded([first, second]) == "store-before-1-to-2-2.sqlite")
        #expect(try await upgraded([first, second]) == nil)
    }

    @Test func editedStepIsNoticed() async throws {
        try await SQLiteStore.open(path: path, migrations: [first]).close()
        var edited = first
        edited.steps = [.create(Table("a", key: ["id"], [Column("id", .int), Column("name", .text)]))]
        do {
            _ = try SQLiteStore.open(path: path, migrations: [edited])
            Issue.record("another step")
        } catch StoreError.otherSchema(_) {}
        edited.steps = []
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: path, migrations: [edited]) }
        // Steps may be added to the newest version until it is released; they are simply run.
        edited.steps = first.steps + [.run("INSERT INTO a (id) VALUES (9)")]
        let store = try SQLiteStore.open(path: path, migrations: [edited])
        #expect(try await store.read { try $0.integer("SELECT id FROM a") } == 9)
        try await store.close()
    }

    @Test("Where a store must be there, none is made of nothing")
    func nothingIsMade() async throws {
        var options = SQLiteStore.Options()
        options.makesStore = false
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: path, migrations: [first], options: options) }
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        #expect(throws: StoreError.damaged("an empty file")) {
            try SQLiteStore.open(path: path, migrations: [first], options: options)
        }
        try await SQLiteStore.open(path: path, migrations: [first]).close()
        try await SQLiteStore.open(path: path, migrations: [first], options: options).close()
    }

    /// The fingerprints of released steps stand in every store: a change of how they are made must not pass unseen.
    @Test func fingerprintsStay() {
        #expect(first.steps[0].description == "create a|id|id int  ;name text null  |||")
        #expect(Fingerprint.of("") == "cbf29ce484222325")
        #expect(Fingerprint.of("foobar") == "85944171f73967e8")
    }

    /// A version is taken whole or not at all.
    @Test func failingStepLeavesNothing() async throws {
        let wrong = Migration(
            version: 2, title: "wrong",
            steps: [.run("INSERT INTO a (id) VALUES (5)"), .run("INSERT INTO nowhere VALUES (1)")])
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: path, migrations: [first, wrong]) }
        let connection = try Connection(path: path, role: .reader, options: .init())
        #expect(try connection.answer("SELECT count(*) FROM a") == "0")
        #expect(try connection.answer("SELECT count(*) FROM migration") == "1")
        // So the program of before goes on with it.
        try await SQLiteStore.open(path: path, migrations: [first]).close()
    }

    /// Every table of the host is one that SQLite takes.
    @Test func wholeSchema() async throws {
        let store = try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations)
        let tables = NiangjiaSchema.migrations.flatMap(\.steps).count {
            if case .create = $0 { true } else { false }
        }
        let found = try await store.read {
            try $0.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name <> 'migration'")
        }
        #expect(found == Int64(tables))
        #expect(tables > 10)
        try await store.close()
    }

    @Test func gapsAreRefused() {
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: path, migrations: [second]) }
    }

    @Test func ddl() {
        let table = Table(
            "pay", key: ["case", "ordinal"],
            [
                Column("case", .int), Column("ordinal", .int), Column("state", .text, default: .text("new")),
                Column("open", .bool), Column("note", .text, nullable: true),
            ], unique: [.init(["state"], where: "open = 1")], index: [["note", "state"]], checks: ["ordinal > 0"])
        #expect(
            table.sqliteStatements == [
                #"CREATE TABLE "pay" ("case" INTEGER NOT NULL, "ordinal" INTEGER NOT NULL, "state" TEXT NOT NULL DEFAULT 'new', "#
                    + #""open" INTEGER NOT NULL CHECK ("open" IN (0, 1)), "note" TEXT, PRIMARY KEY ("case", "ordinal"), "#
                    + #"CHECK (ordinal > 0)) STRICT, WITHOUT ROWID"#,
                #"CREATE UNIQUE INDEX "pay__state__\#(Fingerprint.of("open = 1").prefix(8))" ON "pay" ("state") WHERE open = 1"#,
                #"CREATE INDEX "pay__note__state" ON "pay" ("note", "state")"#,
            ])
        let rows = Table("b", key: ["id"], [Column("id", .int), Column("data", .blob)])
        #expect(
            rows.sqliteStatements == [
                #"CREATE TABLE "b" ("id" INTEGER NOT NULL PRIMARY KEY, "data" BLOB NOT NULL) STRICT"#
            ])
        // Blobs beside a text key: rows of their own.
        let wide = Table("c", key: ["id"], [Column("id", .text), Column("data", .blob)])
        #expect(wide.sqliteStatements[0].hasSuffix("STRICT"))
    }
}
