import NiangjiaCore

extension StoreConformance {
    func values() async throws {
        try await on { store in
            let texts = [
                "", "王芳", "👩‍👩‍👧 𠮷野家", "it's \"quoted\" \\ %_", "tab\tline\nend", String(repeating: "长", count: 100_000),
            ]
            let numbers: [Int64] = [0, 1, -1, .max, .min, 1 << 53, (1 << 53) + 1]
            let blobs: [[UInt8]] = [[], [0], Array(0...255), [UInt8](repeating: 7, count: 300_000)]
            try await store.write(.interactive) { writer in
                for (index, text) in texts.enumerated() {
                    try writer.execute(
                        "INSERT INTO item (id, label) VALUES ($1, $2)", [.int(Int64(index)), .text(text)])
                }
                for (index, data) in blobs.enumerated() {
                    try writer.execute(
                        "INSERT INTO item (id, data) VALUES ($1, $2)", [.int(Int64(100 + index)), .blob(data)])
                }
                for (index, number) in numbers.enumerated() {
                    try writer.execute(
                        "INSERT INTO slot (owner, ordinal, state) VALUES ($1, $2, $3)",
                        [.text("n\(index)"), .int(number), .text("")])
                }
            }
            try await store.read { reader in
                let foundTexts = try reader.all("SELECT label FROM item WHERE id < 100 ORDER BY id") { $0.text(0) }
                try expect(foundTexts, is: texts, "texts")
                let foundBlobs = try reader.all("SELECT data FROM item WHERE id >= 100 ORDER BY id") { $0.blobOrNil(0) }
                try expect(foundBlobs, is: blobs, "blobs")
                let foundNumbers = try reader.all("SELECT ordinal FROM slot ORDER BY owner") { $0.int(0) }
                try expect(foundNumbers, is: numbers, "integers")
                let nulls = try reader.all("SELECT label, data, amount, flag FROM item WHERE id = $1", [.int(100)]) {
                    row in
                    "\(row.isNull(0)) \(row.isNull(1)) \(row.text(0).isEmpty) \(row.int(2)) \(row.bool(3))"
                }
                try expect(nulls, is: ["true false true 0 false"], "null, empty and defaults")
                try expect(try reader.integer("SELECT id FROM item WHERE id = $1", [.int(-5)]), is: nil, "no row")
            }
        }
    }

    /// SQLite numbers `$2 … $1` by first appearance; PostgreSQL by their numbers.
    func parameters() async throws {
        try await on { store in
            try await store.write(.interactive) { writer in
                try writer.execute("INSERT INTO item (id, amount) VALUES ($1, $2)", [.int(7), .int(10)])
                let changed = try writer.execute(
                    "UPDATE item SET amount = amount + $2 WHERE id = $1", [.int(7), .int(100)])
                try expect(changed, is: 1, "changed")
                try expect(try writer.integer("SELECT amount FROM item WHERE id = $1", [.int(7)]), is: 110, "amount")
                let swapped = try writer.all(
                    "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT)", [.text("a"), .text("b")]
                ) { $0.text(0) + $0.text(1) + $0.text(2) }
                try expect(swapped, is: ["bab"], "order of parameters")
            }
        }
    }

    func wrongStatements() async throws {
        try await on { store in
            let wrong: [(String, [SQLValue])] = [
                ("SELECT $1", []), ("SELECT 1", [.int(1)]), ("SELECT $1", [.int(1), .int(2)]),
                ("SELECT $1, $3", [.int(1), .int(2)]),
                ("INSERT INTO trace (id, label) VALUES (1, 'a'); INSERT INTO trace (id, label) VALUES (2, 'b')", []),
                ("SELEKT 1", []), ("SELECT * FROM nowhere", []), ("", []), ("COMMIT", []), ("ROLLBACK", []),
                (" begin", []), ("-- why\nCOMMIT", []), ("/* why */ COMMIT", []),
            ]
            for (sql, arguments) in wrong {
                let error = try await failure(sql) {
                    try await store.write(.interactive) { try $0.execute(sql, arguments) }
                }
                guard case .statement = error else { throw ConformanceFailure(description: "\(sql): \(error)") }
            }
            let error = try await failure("insert with a missing value") {
                try await store.write(.interactive) {
                    try $0.insert(into: "trace", columns: ["id", "label"], values: [.int(1), .text("a"), .int(2)])
                }
            }
            guard case .statement = error else { throw ConformanceFailure(description: "insert: \(error)") }
            try expect(try await store.read { try $0.count("trace") }, is: 0, "rows left behind")
        }
    }

    func strictness() async throws {
        try await on { store in
            let refused: [(String, [SQLValue])] = [
                ("INSERT INTO item (id, amount) VALUES ($1, $2)", [.int(1), .text("12abc")]),
                ("INSERT INTO item (id, amount) VALUES ($1, $2)", [.int(1), .int(-1)]),
                ("INSERT INTO item (id, amount) VALUES ($1, $2)", [.int(1), .null]),
                ("INSERT INTO item (id, flag) VALUES ($1, $2)", [.int(1), .int(2)]),
                ("INSERT INTO item (id, label) VALUES ($1, $2)", [.int(1), .text("a\u{0}b")]),
                ("INSERT INTO trace (id, label) VALUES ($1, NULL)", [.int(1)]),
            ]
            for (sql, arguments) in refused {
                let error = try await failure(sql) {
                    try await store.write(.interactive) { try $0.execute(sql, arguments) }
                }
                guard case .refused = error else { throw ConformanceFailure(description: "\(sql): \(error)") }
            }
            try await store.write(.interactive) { writer in
                try writer.execute("INSERT INTO item (id, amount) VALUES (1, $1)", [.int(.max)])
            }
            // An overflow is an error, never a rounded number.
            _ = try await failure("overflow in a column") {
                try await store.write(.interactive) { try $0.execute("UPDATE item SET amount = amount + 1", []) }
            }
            _ = try await failure("overflow in an expression") {
                try await store.read { try $0.integer("SELECT amount + 1 FROM item") }
            }
            let amount = try await store.read { try $0.integer("SELECT amount FROM item") }
            try expect(amount, is: .max, "amount after the overflow")
        }
    }

    func manyRows() async throws {
        try await on { store in
            let count: Int64 = 10_007
            try await store.write(.batch) { writer in
                let values = (0..<count).flatMap { [SQLValue.int($0), .text("行\($0)"), .int($0 * 3)] }
                try writer.insert(into: "item", columns: ["id", "label", "amount"], values: values)
                try writer.insert(into: "item", columns: ["id"], values: [])
            }
            try await store.read { reader in
                try expect(try reader.count("item"), is: count, "rows")
                var next: Int64 = 0
                try reader.forEach("SELECT id, label, amount FROM item ORDER BY id", []) { row in
                    guard row.int(0) == next, row.text(1) == "行\(next)", row.int(2) == next * 3 else {
                        throw ConformanceFailure(description: "row \(next) differs")
                    }
                    next += 1
                    return true
                }
                try expect(next, is: count, "streamed rows")
                // Stopping early, and the same text inside itself.
                var pairs = 0
                try reader.forEach("SELECT id FROM item ORDER BY id LIMIT 3", []) { outer in
                    let before = outer.int(0)
                    try reader.forEach("SELECT id FROM item ORDER BY id LIMIT 3", []) { _ in
                        pairs += 1
                        return true
                    }
                    try expect(outer.int(0), is: before, "outer row")
                    return before < 1
                }
                try expect(pairs, is: 6, "nested loops")
            }
            let error = try await failure("a duplicate among many") {
                try await store.write(.batch) { writer in
                    let values = ((count - 1)..<(count + 200)).flatMap { [SQLValue.int($0), .int(1)] }
                    try writer.insert(into: "item", columns: ["id", "amount"], values: values)
                }
            }
            guard case .duplicate = error else { throw ConformanceFailure(description: "insert: \(error)") }
            let rows = try await store.read { try $0.count("item") }
            try expect(rows, is: count, "rows after the duplicate")
        }
    }
}
