import NiangjiaTesting
import Testing

@testable import NiangjiaCore
@testable import NiangjiaSQLite

/// Statements and their arguments.
@Suite struct StatementTests {
    private static let thing = Table(
        "thing", key: ["id"], proof: .open("a test"),
        [Column("id", .int), Column("label", .text), Column("bytes", .blob)], index: [["label"]])

    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(
            path: folder.file("store.sqlite"),
            migrations: [Migration(version: 1, title: "things", steps: [.create(StatementTests.thing)])])
    }

    @Test("Arguments are what was given, short, long and empty, in run after run of one statement")
    func arguments() async throws {
        let lengths = [0, 1, 15, 16, 300, 0, 40_000, 200_000, 3, 0, 5_000]
        let texts = lengths.map { String(repeating: "工", count: $0 / 3) + String(repeating: "b", count: $0 % 3) }
        try await store.write(.interactive) { writer in
            for (id, (length, text)) in zip(lengths, texts).enumerated() {
                try writer.execute(
                    "INSERT INTO thing (bytes, label, id) VALUES ($3, $2, $1)",
                    [.int(Int64(id)), .text(text), .blob(Array(repeating: 7, count: length / 2))])
                // The same statement in use while it is asked for again.
                try writer.forEach("SELECT id FROM thing WHERE label = $1", [.text(text)]) { row in
                    let inner = try writer.integer("SELECT id FROM thing WHERE label = $1", [.text("nobody's")])
                    #expect(inner == nil)
                    return row.int(0) != Int64(id)
                }
            }
        }
        // A text that is refused leaves the statement as good as it was.
        await #expect(throws: StoreError.self) {
            try await store.write(.interactive) {
                try $0.execute(
                    "INSERT INTO thing (bytes, label, id) VALUES ($3, $2, $1)", [.int(99), .text("a\0b"), .blob([1])])
            }
        }
        try await store.write(.interactive) {
            try $0.execute(
                "INSERT INTO thing (bytes, label, id) VALUES ($3, $2, $1)", [.int(99), .text("after"), .blob([])])
        }
        let found = try await store.read {
            try $0.all("SELECT label, bytes FROM thing ORDER BY id") { ($0.text(0), $0.blob(1)) }
        }
        let expected = zip(lengths, texts).map { ($1, [UInt8](repeating: 7, count: $0 / 2)) } + [("after", [])]
        #expect(found.map(\.0) == expected.map(\.0))
        #expect(found.map(\.1) == expected.map(\.1))
    }

    @Test("Texts put together anew each time find their statement, and no other's")
    func builtTexts() async throws {
        let numbers = (0..<200).map { Int64(1_000_000 + $0 % 7) }
        let sums = try await store.read { reader in
            try numbers.map { try reader.integer("SELECT \($0) + 0000000") ?? 0 }
        }
        #expect(sums == numbers)
    }

    @Test(
        "A statement of many rows that fails at its last leaves none of them, and takes nobody else's",
        arguments: ["values", "rows", "query", "update"])
    func manyRows(_ way: String) async throws {
        try await store.write(.interactive) {
            try $0.execute("INSERT INTO thing (id, label, bytes) VALUES (1000, '', $1)", [.blob([])])
        }
        let store = store
        let ends = await withTaskGroup(of: (Int64, StoreError?).self) { group in
            for number in Int64(0)..<12 {
                group.addTask {
                    do {
                        try await store.write(.interactive) {
                            try StatementTests.insert(70, from: number * 70, way, fails: number % 5 == 3, $0)
                        }
                        return (number, nil)
                    } catch { return (number, error as? StoreError) }
                }
            }
            return await group.reduce(into: [Int64: StoreError?]()) { $0[$1.0] = $1.1 }
        }
        for number in Int64(0)..<12 {
            let isRefused = if case .duplicate = ends[number] ?? nil { true } else { false }
            #expect(isRefused == (number % 5 == 3))
        }
        let ids = try await store.read { try $0.all("SELECT id FROM thing WHERE id < 1000 ORDER BY id") { $0.int(0) } }
        let kept = (Int64(0)..<840).filter { $0 / 70 % 5 != 3 }
        #expect(ids == kept)
        let whole = try await store.read { try $0.first("PRAGMA integrity_check") { $0.text(0) } }
        #expect(whole == "ok")
    }

    /// Inserts so many rows with one statement or a few; the last is there already where it is to fail.
    private static func insert(
        _ count: Int64, from first: Int64, _ way: String, fails: Bool, _ writer: any StoreWriter
    ) throws {
        var ids = Array(first..<first + count)
        if fails { ids[ids.count - 1] = 1000 }
        switch way {
        case "values":
            try writer.insert(
                into: "thing", columns: ["id", "label", "bytes"],
                values: ids.flatMap { [.int($0), .text("x"), .blob([1])] as [SQLValue] })
        case "rows":
            var rows = BulkRows(into: "thing", count: ids.count)
            rows.set("label", .constant(.text("x")))
            rows.set("bytes", .constant(.blob([1])))
            rows.set("id", .integers(ids))
            try writer.insert(rows)
        case "query":
            let numbers = ids.map { "SELECT \($0) AS n" }.joined(separator: " UNION ALL ")
            try writer.execute(
                "INSERT INTO thing (id, label, bytes) SELECT n, 'x', $1 FROM (\(numbers)) t", [.blob([1])])
        default:
            // Rows above all others, moved to their places by one statement.
            for id in ids where id != 1000 || fails {
                try writer.execute(
                    "INSERT INTO thing (id, label, bytes) VALUES ($1, 'x', $2)", [.int(100_000 + id), .blob([1])])
            }
            try writer.execute("UPDATE thing SET id = id - 100000 WHERE id >= 100000", [])
        }
    }
}
