import NiangjiaSQLite
import Testing

@testable import NiangjiaCore

/// A store of version 1 under a program that has a version 2: the schema of today with what such a version would bring.
@Suite("From one version of the schema to the next") struct UpgradeTests {
    static let second: Schema = {
        var schema = NiangjiaSchema.schema
        schema.versions.append(
            .init("purposes", fills: ["INSERT INTO purpose (code) SELECT DISTINCT purpose FROM fund_line WHERE true"]))
        schema.tables.append(Table("purpose", key: ["code"], since: 2, proof: .open("a test"), [Column("code", .text)]))
        change("fund_line", of: &schema) { table in
            // Not at the end: where a column stands says nothing of when it came.
            table.columns.insert(Column("note", .text, nullable: true, since: 2), at: 1)
            table.columns.append(Column("is_public", .bool, default: .bool(true), since: 2))
            table.indexes.append(.init(["is_public"], where: "is_public = 1", since: 2))
        }
        change("payment", of: &schema) { table in
            for place in table.indexes.indices where table.indexes[place] == ["batch"] {
                table.indexes[place].versions.until = 2
            }
            table.indexes.append(.init(["batch", "state"], since: 2))
        }
        for place in schema.views.indices where schema.views[place].name == "unfolded_entitlement" {
            let query = schema.views[place].query
            schema.views[place].versions.until = 2
            schema.views.append(View("unfolded_entitlement", since: 2, "\(query) AND r.amount > 0"))
        }
        for place in schema.triggers.indices where schema.triggers[place].name == "fact_page__person__delete" {
            schema.triggers[place].versions.until = 2
        }
        return schema
    }()

    static let sealed = Dictionary(
        uniqueKeysWithValues: second.tables.filter { $0.sealing != nil }.map { ($0.name, $0) })

    private static func change(_ name: String, of schema: inout Schema, _ body: (inout Table) -> Void) {
        for place in schema.tables.indices where schema.tables[place].name == name { body(&schema.tables[place]) }
    }

    /// A store of version 1 with money in it, as a file of its own.
    private func filled(_ books: Books) async throws -> (path: String, head: ChainHead) {
        try await books.open("cooling-2026", 1_000)
        try await books.open("tours-2026", 500)
        let ids = try await books.approved([books.grant(100_00), books.grant(150_00)])
        #expect(ids.count == 2)
        let path = books.folder.file("copy.db")
        #expect(try await books.store.backup(to: path).isEmpty)
        return (path, try #require(try await books.store.read { try Chain.head(in: $0) }))
    }

    private func upgraded(_ path: String, _ books: Books) throws -> SQLiteStore {
        let readers = Self.sealed.mapValues { RowReader($0) }
        return try SQLiteStore.open(path: path, migrations: Self.second.migrations) { [crypto = books.crypto] in
            _ = try Chain.seal(in: $0, crypto: crypto, at: nil, tables: readers)
        }
    }

    private func counts(_ store: SQLiteStore) async throws -> [String: Int64] {
        try await store.read { reader in
            var counts: [String: Int64] = [:]
            for table in NiangjiaSchema.schema.tables {
                counts[table.name] = try reader.integer("SELECT COUNT(*) FROM \(table.name)")
            }
            return counts
        }
    }

    private func definitions(_ store: SQLiteStore) async throws -> [String] {
        try await store.read { reader in
            try reader.all("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name") {
                $0.text(0) + ": " + $0.text(1)
            }
        }
    }

    private func faults(_ store: SQLiteStore, _ books: Books, _ head: ChainHead) async throws -> [String] {
        try await store.read { [crypto = books.crypto] reader in
            let chain = try Chain.verify(in: reader, crypto: crypto, against: [head])
            #expect(chain.isWhole)
            return try RowSeals.verify(in: reader, crypto: crypto, tables: Self.sealed).faults.words.map(\.zh)
        }
    }

    @Test("What a version was stays what it was, whatever a later one brings")
    func firstStays() {
        let (old, new) = (NiangjiaSchema.migrations, Self.second.migrations)
        #expect(new.count == old.count + 1)
        for (before, after) in zip(old, new) {
            #expect(before.steps.map(\.description) == after.steps.map(\.description))
        }
        #expect(
            new[1].steps.map(\.description).filter { !$0.hasPrefix("view ") } == [
                "drop trigger fact_page__person__delete", "drop view unfolded_entitlement", "drop index payment|batch",
                "create purpose|code|code text  |||", "column fund_line|note text null  ",
                "column fund_line|is_public bool  1",
                "run INSERT INTO purpose (code) SELECT DISTINCT purpose FROM fund_line WHERE true",
                "index fund_line|is_public where is_public = 1|", "index payment|batch,state|",
            ])
        #expect(NiangjiaSchema.schema.faults.isEmpty, "\(NiangjiaSchema.schema.faults)")
        #expect(Self.second.faults.isEmpty, "\(Self.second.faults)")
        #expect(NiangjiaSchema.migrations.tables == NiangjiaSchema.schema.tables)
    }

    @Test("A filled store keeps its rows, seals and chain; what is written from then on is sealed with what came")
    func filledStore() async throws {
        let books = try Books()
        let (path, head) = try await filled(books)
        let before = try await counts(books.store)
        var store = try upgraded(path, books)
        #expect(try await store.condition().storeVersion == NiangjiaSchema.migrations.count + 1)
        #expect(try await counts(store) == before)
        let read = "SELECT id, note, is_public FROM fund_line ORDER BY id"
        let lines = try await store.read { try $0.all(read) { "\($0.text(0)) \($0.isNull(1)) \($0.int(2))" } }
        #expect(lines == ["cooling-2026 true 1", "tours-2026 true 1"])
        #expect(try await store.read { try $0.all("SELECT code FROM purpose") { $0.text(0) } } == ["cooling"])
        #expect(try await faults(store, books, head).isEmpty)
        // A store that never was another is the same.
        let fresh = try SQLiteStore.open(path: books.folder.file("new.db"), migrations: Self.second.migrations)
        #expect(try await definitions(store) == definitions(fresh))
        try await fresh.close()
        // What came is sealed from its first change on, and only then.
        try await store.write(.interactive) {
            try $0.execute("UPDATE fund_line SET note = 'x', is_public = 0 WHERE id = 'tours-2026'", [])
        }
        #expect(try await faults(store, books, head).isEmpty)
        try await store.close()
        for change in ["is_public = 1", "note = NULL"] {
            let other = books.folder.file("changed-\(change.count).db")
            store = try upgraded(path, books)
            #expect(try await store.backup(to: other).isEmpty)
            try await store.close()
            let beside = try SQLiteStore.open(path: other, migrations: Self.second.migrations)
            try await beside.write(.interactive) { try $0.execute("UPDATE fund_line SET \(change)", []) }
            let words = try await faults(beside, books, head)
            #expect(words.contains { $0.contains("预算项目 tours-2026 与封存的内容不符") }, "\(words)")
            try await beside.close()
        }
    }

    @Test("The program of before refuses what a later one has made of the store, and says what to do")
    func olderProgram() async throws {
        let books = try Books()
        let (path, _) = try await filled(books)
        try await upgraded(path, books).close()
        do {
            _ = try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations)
            Issue.record("an older program opened it")
        } catch let error as StoreError {
            let known = NiangjiaSchema.migrations.count
            #expect(error == .newer(found: known + 1, known: known))
            #expect(error.forPeople.message.zh.contains("升级程序") && error.forPeople.message.en.contains("upgrade"))
        }
    }

    @Test("A version that doesn't come to its end leaves the store as it was, to the program of before as well")
    func halfAVersion() async throws {
        let books = try Books()
        let (path, head) = try await filled(books)
        var broken = Self.second
        broken.versions[broken.versions.count - 1].fills.append("INSERT INTO nowhere VALUES (1)")
        #expect(throws: StoreError.self) { try SQLiteStore.open(path: path, migrations: broken.migrations) }
        let old = try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations)
        #expect(try await definitions(old) == definitions(books.store))
        #expect(try await counts(old) == counts(books.store))
        try await old.close()
        let store = try upgraded(path, books)
        #expect(try await faults(store, books, head).isEmpty)
        try await store.close()
    }

    @Test("What no version can have is told before a store meets it")
    func impossible() {
        var schema = Self.second
        Self.change("fund_line", of: &schema) { table in
            table.columns.append(Column("late", .int, nullable: true, since: 9))
            table.columns.append(Column("empty", .int, since: 2))
            table.columns.append(Column("bytes", .blob, default: .blob([1]), since: 2))
            // A seal would say the same of a row with 1 and of one with nothing.
            table.columns.append(Column("both", .int, nullable: true, default: .int(1), since: 2))
            table.indexes.append(.init(["late"], since: 2, until: 2))
        }
        Self.change("preview", of: &schema) { table in
            table.columns.append(Column("both", .int, nullable: true, default: .int(1), since: 2))
        }
        schema.versions[schema.versions.count - 1].fills += [
            "UPDATE fund_line SET note = ''", "DELETE FROM payment",
            "WITH old AS (SELECT 1) DELETE FROM money_queue WHERE entitlement IN (SELECT * FROM old)",
            "WITH old AS (SELECT 1) UPDATE OR IGNORE \"supplier_dispute\" SET entitlement = 0",
            "WITH old AS (SELECT id FROM payment) INSERT INTO purpose (code) SELECT id FROM old",
        ]
        let words = schema.faults.joined(separator: "\n")
        for part in [
            "fund_line.late: since 9", "fund_line.empty: nullable", "fund_line.bytes:", "fund_line (late): since 2",
            "a fill writes to fund_line", "a fill writes to payment", "a fill writes to money_queue",
            "a fill writes to supplier_dispute", "fund_line.both: nullable, or a default, where it is sealed",
        ] { #expect(words.contains(part), "\(part) in \(words)") }
        #expect(schema.faults.count == 9)
    }
}
