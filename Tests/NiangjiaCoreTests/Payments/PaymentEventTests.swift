import NiangjiaCore
import Testing

@Suite("A payment, what it pays and its line move together or not at all")
struct PaymentEventTests {
    /// The states of all lines, payments and entitlements, in the order of the lines.
    private func states(_ books: Books) async throws -> [[String]] {
        try await books.store.read { reader in
            try reader.all(
                """
                SELECT l.state, p.state, e.state, p.batch IS NULL FROM pay_line l JOIN payment p ON p.id = l.payment
                JOIN entitlement e ON e.id = p.entitlement ORDER BY l.batch, l.n
                """, []
            ) { [$0.text(0), $0.text(1), $0.text(2), $0.bool(3) ? "free" : "in a batch"] }
        }
    }

    private func approved() async throws -> (Books, BuiltBatch) {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        _ = try await books.approved([books.grant(5_000), books.grant(5_001)])
        let built = try await build(books, nil)
        try await books.write { _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1) }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        return (books, built)
    }

    @Test(
        "Where one of the three stands elsewhere, a batch is neither exported nor taken apart, and nothing moves",
        arguments: [
            "UPDATE pay_line SET state = 'failed' WHERE n = 2",
            "UPDATE payment SET state = 'failed' WHERE id = (SELECT payment FROM pay_line WHERE n = 2)",
            """
            UPDATE entitlement_row SET state = 'failed' WHERE id = (SELECT p.entitlement FROM payment p
            JOIN pay_line l ON l.payment = p.id WHERE l.n = 2)
            """,
        ])
    func refuses(damage: String) async throws {
        let (books, built) = try await approved()
        try await books.store.write(.interactive) { _ = try $0.execute(damage, []) }
        let before = try await states(books)
        #expect(
            await refusal { try await books.write(as: "payer") { _ = try Batches.export(built.batch, $0, in: $1) } }
                == .conflict)
        #expect(
            await refusal { try await books.write { try Batches.void(built.batch, reason: "重做", $0, in: $1) } }
                == .conflict)
        #expect(try await states(books) == before)
        #expect(try await books.balance("cooling-2026", .held) == 10_001)
    }

    @Test("From the batch to the bank's last word the three say the same")
    func together() async throws {
        let (books, built) = try await approved()
        let export = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        #expect(
            try await states(books) == Array(repeating: ["exported", "exported", "exported", "in a batch"], count: 2))
        let answer = export.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: $0.n == 1)
        }
        _ = try await books.write { try Batches.result(built.batch, answer, $0, in: $1) }
        #expect(
            try await states(books) == [
                ["paid", "paid", "paid", "in a batch"], ["failed", "failed", "failed", "in a batch"],
            ])
        try await books.write {
            _ = try Batches.returned(export.lines[0].payment, message: "销户", on: $0.today, $0, in: $1)
            _ = try Batches.paidAfterAll(export.lines[1].payment, message: "已入账", on: $0.today, $0, in: $1)
        }
        #expect(
            try await states(books)
                == [["returned", "returned", "failed", "in a batch"], ["paid", "paid", "paid", "in a batch"]])
        try await books.expectSound()
    }

    @Test("What leaves a batch waits for another, and its line stays void")
    func dropped() async throws {
        let (books, built) = try await approved()
        try await books.write { try Batches.void(built.batch, reason: "重做", $0, in: $1) }
        #expect(try await states(books) == Array(repeating: ["void", "waiting", "approved", "free"], count: 2))
        try await books.expectSound()
    }
}
