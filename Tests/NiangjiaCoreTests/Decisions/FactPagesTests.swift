import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// Facts that lie as columns are what the registers hold, whatever has happened to these since.
@Suite("Pages of facts") struct FactPagesTests {
    private let books: Books

    init() async throws {
        books = try Books()
        try await books.store.write(.batch) { writer in
            for n in Int64(1)...4 {
                try writer.execute(
                    """
                    INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level, area, nature) \
                    VALUES ($1, 1, 0, 0, $2, 'u', 'p', 'basic', $3, 'private')
                    """, [.int(n), .text("99010\(n)"), n == 1 ? .text("990101") : .null])
            }
        }
    }

    private func run(_ sql: String, _ arguments: [SQLValue] = []) async throws {
        try await books.store.write(.batch) { _ = try $0.execute(sql, arguments) }
    }

    private func person(_ id: Int64, _ n: Int64) async throws {
        try await run(
            """
            INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, occupation, household, birth_date, \
            employer, is_migrant, sex) VALUES ($1, 1, $2, 0, 'n', 'incomplete', $3, $4, $5, $6, $7, 'male') ON CONFLICT DO NOTHING
            """,
            [
                .int(id), .int(n), n % 5 == 0 ? .null : .text("rider\(n % 3)"), n % 4 == 0 ? .null : .int(n % 40),
                n % 7 == 0 ? .null : .int(-n * 1000), n % 3 == 0 ? .int(n % 5) : .null, .int(n % 2),
            ])
    }

    /// Something that happens to a register.
    private func happen(_ random: inout SplitMix) async throws {
        func below(_ n: UInt64) -> Int64 { Int64(random.next() % n) }
        let (id, n) = (below(120), below(1000))
        switch below(12) {
        case 0...3: try await person(id, n)
        case 4:
            try await run(
                "UPDATE person SET occupation = $2, revision = revision + 1 WHERE id = $1",
                [.int(id), .text("rider\(n % 4)")])
        case 5: try await run("DELETE FROM person WHERE id = $1", [.int(id)])
        case 6:
            try await run(
                "UPDATE person SET status = $2 WHERE id = $1", [.int(id), .text(n % 2 == 0 ? "deceased" : "active")])
        case 7:
            try await run(
                """
                INSERT INTO membership (person, organization, revision, valid_from, recorded_at, status, is_primary, joined_on) \
                VALUES ($1, $2, 1, 0, 0, $3, 1, $4) ON CONFLICT DO NOTHING
                """,
                [.int(id), .int(n % 5), .text(n % 3 == 0 ? "left" : "active"), n % 9 == 0 ? .null : .int(n)])
        case 8:
            try await run(
                "UPDATE membership SET status = $2, revision = revision + 1 WHERE person = $1",
                [.int(id), .text(n % 2 == 0 ? "left" : "lapsed")])
        case 9:
            try await run(
                """
                INSERT INTO household (id, revision, valid_from, recorded_at, number, hardship_class, file_status, size) \
                VALUES ($1, 2, 0, 0, $2, 'deep', 'open', $3) ON CONFLICT (id) DO UPDATE SET size = excluded.size
                """, [.int(n % 40), .text("H\(n % 40)"), n % 3 == 0 ? .null : .int(n)])
        case 10: try await run("DELETE FROM household WHERE id = $1", [.int(n % 40)])
        default:
            try await run(
                n % 3 == 0
                    ? "UPDATE organization SET level = 'county', name = 'v' WHERE id = $1"
                    : "UPDATE person SET id = id + 200 WHERE id = $1 AND $1 <> 0", [.int(n % 5)])
        }
    }

    /// All of a block, row by row, as text.
    private static func rows(_ block: SubjectBlock) -> [[String]] {
        block.ids.indices.map { row in
            let keys = [
                block.ids, block.revisions, block.validFrom, block.homes, block.households, block.householdRevisions,
            ]
            return keys.map { "\($0[row])" }
                + block.facts.map { column in
                    column.isNull(row)
                        ? "-"
                        : column.kind == .text
                            ? column.texts.text(column.texts.indexes[row]) ?? "?" : "\(column.integers[row])"
                }
        }
    }

    @Test("Whatever happens to the registers, a page from columns is the page from rows", arguments: 1...6)
    func sameAsRows(seed: Int) async throws {
        var random = SplitMix(seed: UInt64(seed))
        for id in Int64(1)...60 { try await person(id, id) }
        let readers = [
            try SubjectReader(
                kind: .person, subjectFacts: ["occupation", "is_member", "joined_on", "union_area", "birth_date"],
                householdFacts: ["size", "hardship_class"]),
            try SubjectReader(
                kind: .person, subjectFacts: ["employer_nature", "is_migrant", "member_status"], householdFacts: []),
        ]
        let filters: [[String: [Value]]] = [
            [:], ["occupation": [.text("rider1"), .text("rider2")]], ["is_member": [.bool(true)]],
            ["birth_date": [.text(CivilDate(days: -3000).description)]],
        ]
        var fromPages = 0
        for _ in 0..<60 {
            for _ in 0..<random.next() % 4 { try await happen(&random) }
            if random.next() % 3 == 0 { _ = try await FactPages.refresh(in: books.store, size: 8) }
            let (after, limit) = (Int64(random.next() % 70) - 5, Int(1 + random.next() % 40))
            for reader in readers {
                for filter in filters {
                    let (columns, plain, pages) = try await books.store.read { store in
                        (
                            try reader.page(after: after, limit: limit, filter: filter, in: store),
                            try reader.registers(after: after, upTo: nil, limit: limit, filter: filter, in: store),
                            try FactPages.next(after: after, in: store) == nil ? 0 : 1
                        )
                    }
                    fromPages += pages
                    #expect(FactPagesTests.rows(columns) == FactPagesTests.rows(plain))
                }
            }
            #expect(try await books.store.read { try FactPages.verify(in: $0).map(\.en) } == [])
        }
        #expect(fromPages > 100)
    }

    @Test("A change takes away the pages that it concerns, and no others; what is made again is whole")
    func forgotten() async throws {
        for id in Int64(1)...40 { try await person(id, id) }
        #expect(try await FactPages.refresh(in: books.store, size: 8) == 5)
        #expect(try await FactPages.refresh(in: books.store, size: 8) == 0)
        try await run("UPDATE person SET sex = 'female' WHERE id = 12")
        let left = try await books.store.read { try $0.all("SELECT last FROM fact_page ORDER BY last") { $0.int(0) } }
        #expect(left == [8, 24, 32, 40])
        #expect(try await FactPages.refresh(in: books.store, size: 8) == 1)
        // A name concerns nobody's facts; a level does.
        try await run("INSERT INTO membership VALUES (3, 1, 1, 0, 0, 'active', 1, 0, NULL, NULL, NULL)")
        _ = try await FactPages.refresh(in: books.store, size: 8)
        try await run("UPDATE organization SET name = 'other' WHERE id = 1")
        #expect(try await books.store.read { try $0.integer("SELECT COUNT(*) FROM fact_page") } == 5)
        try await run("UPDATE organization SET level = 'county' WHERE id = 1")
        #expect(try await books.store.read { try $0.integer("SELECT COUNT(*) FROM fact_page") } == 0)
    }

    @Test("Half a page at the end of the register waits until it has grown")
    func end() async throws {
        for id in Int64(1)...11 { try await person(id, id) }
        #expect(try await FactPages.refresh(in: books.store, size: 8) == 1)
        try await person(12, 12)
        #expect(try await FactPages.refresh(in: books.store, size: 8) == 1)
    }

    @Test("What the registers no longer say is kept in no page either, also where too few are left for one")
    func erased() async throws {
        for id in Int64(1)...14 { try await person(id, id) }
        #expect(try await FactPages.refresh(in: books.store, size: 8) == 2)
        try await run("DELETE FROM person WHERE id > 10")
        _ = try await FactPages.refresh(in: books.store, size: 8)
        let kept = try await books.store.read {
            try $0.all("SELECT last FROM fact_page_columns ORDER BY last") { $0.int(0) }
        }
        #expect(kept == [8])
    }

    @Test("Columns that somebody edited are found")
    func edited() async throws {
        for id in Int64(1)...16 { try await person(id, id) }
        _ = try await FactPages.refresh(in: books.store, size: 8)
        let bytes = try await books.store.read {
            try $0.first("SELECT bytes FROM fact_page_columns WHERE last = 8") { $0.blob(0) }
        }
        var other = try #require(bytes)
        other[other.count / 2] ^= 1
        try await run("UPDATE fact_page_columns SET bytes = $1 WHERE last = 8", [.blob(other)])
        let faults = try await books.store.read { try FactPages.verify(in: $0).map(\.zh) }
        #expect(faults.count == 1)
        #expect(faults.first?.contains("事实副本") == true)
        #expect(try await FactPages.mend(in: books.store) == 1)
        #expect(try await books.store.read { try FactPages.verify(in: $0).count } == 0)
        #expect(try await FactPages.mend(in: books.store) == 0)
        // What can't be read at all is read from the registers.
        _ = try await FactPages.refresh(in: books.store, size: 8)
        try await run("UPDATE fact_page_columns SET bytes = x'00'")
        let reader = try SubjectReader(kind: .person, subjectFacts: ["occupation"], householdFacts: [])
        let ids = try await books.store.read { try reader.page(after: 0, limit: 12, filter: [:], in: $0).ids }
        #expect(ids == Array(1...12))
    }

    @Test("Damaged columns are an error, never a fault of the process")
    func damaged() async throws {
        for id in Int64(1)...16 { try await person(id, id) }
        let block = try await books.store.read { store in
            try SubjectReader(kind: .person, subjectFacts: ["occupation", "birth_date"], householdFacts: [])
                .registers(after: 0, upTo: nil, limit: 16, filter: [:], in: store)
        }
        let bytes = FactPage.bytes(of: block)
        let facts: [(place: Int, kind: CellColumn.Kind)] = [(0, .text), (1, .integer)]
        #expect(try FactPagesTests.rows(FactPage(bytes).subjects(facts)) == FactPagesTests.rows(block))
        var random = SplitMix(seed: 7)
        for _ in 0..<3000 {
            var other = bytes
            for _ in 0...random.next() % 3 {
                other[Int(random.next() % UInt64(other.count))] = UInt8(random.next() % 256)
            }
            if random.next() % 4 == 0 { other.removeLast(Int(random.next() % UInt64(other.count))) }
            // Either it can be read, or the reason is told.
            _ = try? FactPage(other).subjects(facts)
        }
    }
}
