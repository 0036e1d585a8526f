import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// Rows that lie in columns are the rows that were put there.
@Suite("Packed rows") struct PackedRowsTests {
    private func cells(_ random: inout SplitMix, _ count: Int) -> (BulkRows.Cells, [Int64?]) {
        func any() -> Int64 { Int64(bitPattern: random.next()) >> Int64(random.next() % 64) }
        switch random.next() % 6 {
        case 0:
            let value = any()
            return (.constant(.int(value)), Array(repeating: value, count: count))
        case 1:
            // Counting on, with gaps.
            var next = any() / 4
            let values = (0..<count).map { _ in
                next += random.next() % 20 == 0 ? 4_000 : 1
                return next
            }
            return (.integers(values), values)
        case 2:
            let values = (0..<count).map { _ in any() }
            return (.integers(values), values)
        case 3:
            let few = (0..<Int(1 + random.next() % 300)).map { _ in any() }
            let index = (0..<count).map { _ in UInt32(random.next() % UInt64(few.count)) }
            return (.shared(few.map { .int($0) }, index), index.map { few[Int($0)] })
        case 4:
            let few = (0..<3).map { _ in any() }
            let values = (0..<count).map { _ in random.next() % 3 == 0 ? 0 : few[Int(random.next() % 3)] }
            return (.integersOrNull(values, null: 0), values.map { $0 == 0 ? nil : $0 })
        default:
            let base = any() / 2
            let values = (0..<count).map { _ in random.next() % 5 == 0 ? -1 : base &+ Int64(random.next() % 70_000) }
            return (.integersOrNull(values, null: -1), values.map { $0 == -1 ? nil : $0 })
        }
    }

    @Test("Every cell of any column comes back, null as null", arguments: 0..<60)
    func cells(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let count = [1, 2, 31, 255, 256, 257, 2_000][seed % 7]
        var rows = BulkRows(into: "t", count: count)
        var expected: [[Int64?]] = []
        for n in 0..<6 {
            let (cells, values) = cells(&random, count)
            rows.set("c\(n)", cells)
            expected.append(values)
        }
        let bytes = try #require(PackedRows.encode(rows, (0..<6).map { "c\($0)" }))
        let packed = try PackedRows(bytes, columns: 6)
        #expect(packed.count == count)
        for column in 0..<6 {
            #expect((0..<count).map { packed.value(column, row: $0) } == expected[column], "column \(column)")
        }
    }

    @Test("The extremes of 64 bits come back, beside null too")
    func extremes() throws {
        let values: [Int64] = [.min, .max, 0, -1, 1] + (0..<300).map { $0 * 1_000_003 }
        var rows = BulkRows(into: "t", count: values.count)
        rows.set("all", .integers(values))
        rows.set("some", .integersOrNull(values.map { $0 == .min ? 7 : $0 }, null: 7))
        let packed = try PackedRows(try #require(PackedRows.encode(rows, ["all", "some"])), columns: 2)
        #expect((0..<values.count).map { packed.value(0, row: $0) } == values)
        #expect(packed.value(1, row: 0) == nil && packed.value(1, row: 1) == .max && packed.value(1, row: 4) == 1)
    }

    @Test("A rising column is searched to the first row that isn't below")
    func search() throws {
        let values = (0..<100).map { Int64($0 * $0) }
        var rows = BulkRows(into: "t", count: values.count)
        rows.set("c", .integers(values))
        let packed = try PackedRows(try #require(PackedRows.encode(rows, ["c"])), columns: 1)
        for value in Int64(-1)...10_000 {
            #expect(packed.firstRow(0, notBelow: value) == values.firstIndex { $0 >= value } ?? values.count)
        }
    }

    @Test("What is no number, is missing or is nothing isn't packed")
    func refused() {
        var rows = BulkRows(into: "t", count: 1)
        rows.set("text", .constant(.text("a")))
        rows.set("texts", .shared([.text("a")], [0]))
        rows.set("n", .integers([1]))
        for names in [["text"], ["texts"], ["missing"], ["n", "text"]] {
            #expect(PackedRows.encode(rows, names) == nil)
        }
        #expect(PackedRows.encode(BulkRows(into: "t", count: 0), ["n"]) == nil)
    }

    @Test("Bytes that were cut or altered are refused, or read as other rows: nothing outside of them is touched")
    func damaged() throws {
        var random = SplitMix(seed: 7)
        var rows = BulkRows(into: "t", count: 50)
        for n in 0..<5 { rows.set("c\(n)", cells(&random, 50).0) }
        let bytes = try #require(PackedRows.encode(rows, (0..<5).map { "c\($0)" }))
        for cut in 0..<bytes.count {
            #expect(throws: StoreError.self) { try PackedRows(Array(bytes[..<cut]), columns: 5) }
        }
        var refused = 0
        for _ in 0..<20_000 {
            var changed = bytes
            changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next())
            guard let packed = try? PackedRows(changed, columns: 5) else {
                refused += 1
                continue
            }
            for column in 0..<5 {
                for row in 0..<packed.count { _ = packed.value(column, row: row) }
            }
        }
        #expect(refused > 0)
    }
}
