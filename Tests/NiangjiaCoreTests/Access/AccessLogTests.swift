import NiangjiaCore
import Testing

@Suite struct AccessLogTests {
    @Test("Readings lie in the log in the order in which they were made, and the row is sealed with its transaction")
    func notes() async throws {
        let books = try Books()
        for (n, reason) in ["核对卡号", AccessLog.own, "draw show"].enumerated() {
            try await books.write(as: "clerk") {
                try AccessLog.note("name,card", about: "p-\(n)", by: "clerk", reason: reason, $0, in: $1)
            }
        }
        let rows = try await books.store.read { reader in
            try reader.all("SELECT about, account, fields, reason, at FROM access_log ORDER BY id") { row in
                (0..<4).map { row.text($0) } + [row.instant(4).description]
            }
        }
        let at = books.clock.now().description
        #expect(
            rows == [
                ["p-0", "clerk", "name,card", "核对卡号", at], ["p-1", "clerk", "name,card", "-", at],
                ["p-2", "clerk", "name,card", "draw show", at],
            ])
        let seals = try await books.store.read {
            try $0.integer("SELECT COUNT(*) FROM chain_event WHERE kind = 'rows.sealed'")
        }
        #expect((seals ?? 0) > 0)
    }
}
