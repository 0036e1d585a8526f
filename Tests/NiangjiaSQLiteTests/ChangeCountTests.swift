import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaSQLite

/// Tables that count their changes: every statement that writes to one, however it was written, and nothing else.
@Suite("Counted changes") struct ChangeCountTests {
    private let folder: TemporaryFolder
    private let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        let columns = [Column("id", .int), Column("name", .text)]
        store = try SQLiteStore.open(
            path: folder.file("counted.sqlite"),
            migrations: [
                Migration(
                    version: 1, title: "one that counts, one that doesn't",
                    steps: [
                        .create(Table.changeCount),
                        .create(Table("counted", key: ["id"], columns, countsChanges: true)),
                        .create(Table("other", key: ["id"], columns)),
                    ])
            ])
    }

    private func count() async throws -> Int64 {
        try await store.read { try $0.integer("SELECT changes FROM change_count WHERE id = 1") ?? 0 }
    }

    @Test func everyWayOfWritingCounts() async throws {
        let ways: [@Sendable (any StoreWriter) throws -> Void] = [
            { try $0.execute("INSERT INTO counted (id, name) VALUES ($1, $2)", [.int(1), .text("a")]) },
            { try $0.execute("UPDATE counted SET name = $1 WHERE id = 1", [.text("b")]) },
            { try $0.insert(into: "counted", columns: ["id", "name"], values: [.int(2), .text("c")]) },
            { writer in
                var rows = BulkRows(into: "counted", count: 2)
                rows.set("id", .integers([3, 4]))
                rows.set("name", .shared([.text("d"), .text("e")], [0, 1]))
                try writer.insert(rows)
            },
            { try $0.forEach("INSERT INTO counted (id, name) VALUES (5, 'f') RETURNING id", []) { _ in false } },
            { try $0.execute("WITH x AS (SELECT 6 AS n) INSERT INTO counted (id, name) SELECT n, 'g' FROM x", []) },
            { try $0.execute("DELETE FROM counted WHERE id > 3", []) },
        ]
        for (n, way) in ways.enumerated() {
            let before = try await count()
            try await store.write(.interactive) { try way($0) }
            #expect(try await count() > before, "way \(n)")
        }
    }

    @Test func nothingElseCounts() async throws {
        try await store.write(.interactive) { writer in
            try writer.execute("INSERT INTO counted (id, name) VALUES (1, 'a')", [])
        }
        let before = try await count()
        try await store.write(.interactive) { writer in
            try writer.execute("INSERT INTO other (id, name) SELECT id, name FROM counted", [])
            try writer.execute("UPDATE counted SET name = 'b' WHERE id = 99", [])
            _ = try writer.all("SELECT id FROM counted") { $0.int(0) }
        }
        struct Undone: Error {}
        await #expect(throws: Undone.self) {
            try await store.write(.interactive) { writer in
                try writer.execute("UPDATE counted SET name = 'c'", [])
                throw Undone()
            }
        }
        #expect(try await count() == before)
    }

    @Test("Columns are read as they are asked for, nulls and all")
    func columns() async throws {
        try await store.write(.interactive) { writer in
            for n in Int64(1)...3 {
                try writer.execute(
                    "INSERT INTO other (id, name) VALUES ($1, $2)", [.int(n), .text(n == 2 ? "b" : "a")])
            }
        }
        let found = try await store.read { reader in
            try reader.columns(
                "SELECT id, name, NULLIF(id, 2), NULLIF(name, 'b') FROM other ORDER BY id", [],
                [.integer, .text, .integer, .text])
        }
        #expect(found[0].integers == [1, 2, 3])
        #expect(found[1].texts.indexes == [0, 1, 0])
        #expect((0..<3).map { found[2].isNull($0) } == [false, true, false])
        #expect(found[3].texts.indexes == [0, FactTexts.absent, 0])
        #expect(found[3].hasNulls && !found[1].hasNulls)
        await #expect(throws: StoreError.self) {
            try await store.read { try $0.columns("SELECT name FROM other", [], [.integer]) }
        }
    }
}
