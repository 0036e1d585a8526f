import NiangjiaCore
import Testing

@Suite("Idempotency: a request sent again has one effect")
struct IdempotencyTests {
    private func transferOnce(
        _ books: Books, _ key: String, account: String = "teller", _ fen: Int64 = 10, body: String? = nil
    ) async throws -> Idempotency.Answer {
        let entries = [
            EntrySet.Entry(.line("a", .available), Money(fen: -fen)), .init(.line("b", .available), Money(fen: fen)),
        ]
        let bytes = Array((body ?? "\(fen)").utf8)
        return try await books.write { context, writer in
            try Idempotency.once(key: key, account: account, body: bytes, context, in: writer) {
                .text(
                    try Ledger.post(EntrySet(.transfer, entries, memo: "", about: key), context, in: writer).text)
            }
        }
    }

    @Test("A thousand keys, each eight times at once: one effect each, and the same answer")
    func parallelRetries() async throws {
        let books = try Books()
        try await books.open("a", 1_000)
        try await books.open("b", 0)
        let answers = try await withThrowingTaskGroup(of: (Int, Idempotency.Answer).self) { group in
            for number in 0..<1_000 {
                for _ in 0..<8 { group.addTask { (number, try await transferOnce(books, "key-\(number)")) } }
            }
            return try await group.reduce(into: [Int: [Idempotency.Answer]]()) { $0[$1.0, default: []].append($1.1) }
        }
        #expect(answers.count == 1_000)
        for (_, own) in answers {
            #expect(own.count == 8)
            #expect(own.count(where: \.isNew) == 1)
            #expect(Set(own.map(\.value)).count == 1)
        }
        let sets = try await books.store.read {
            try $0.integer("SELECT count(*) FROM entry_set WHERE kind = 'transfer'")
        }
        #expect(sets == 1_000)
        #expect(try await books.balance("b", .available) == 10_000)
        try await books.expectSound()
    }

    @Test("The same key for another request is refused; another account's key is another key")
    func otherBody() async throws {
        let books = try Books()
        try await books.open("a", 1_000)
        try await books.open("b", 0)
        let first = try await transferOnce(books, "k", 10)
        #expect(await refusal { _ = try await transferOnce(books, "k", 11) } == .conflict)
        let again = try await transferOnce(books, "k", 10)
        #expect(again.value == first.value && !again.isNew)
        #expect(try await transferOnce(books, "k", account: "other", 10).isNew)
        #expect(try await books.balance("b", .available) == 20)
        #expect(await refusal { _ = try await transferOnce(books, "") } == .invalid)
        #expect(await refusal { _ = try await transferOnce(books, String(repeating: "k", count: 201)) } == .invalid)
    }

    @Test("What was refused had no effect, and its key is free")
    func refusedIsFree() async throws {
        let books = try Books()
        try await books.open("a", 0)
        try await books.open("b", 0)
        #expect(await refusal { _ = try await transferOnce(books, "k", 10) } == .insufficientFunds)
        #expect(try await books.store.read { try $0.integer("SELECT count(*) FROM idempotency") } == 0)
        try await books.open("a", 1)
        #expect(try await transferOnce(books, "k", 10).isNew)
        #expect(try await books.balance("b", .available) == 10)
    }

    @Test("Old keys are forgotten, and only a digest of the request is kept")
    func forgetting() async throws {
        let books = try Books()
        try await books.open("a", 1)
        try await books.open("b", 0)
        _ = try await transferOnce(books, "old", 1, body: "990101199001011234")
        let kept = try await books.store.read { reader in
            try reader.first("SELECT body_digest, answer FROM idempotency") { ($0.text(0), $0.text(1)) }
        }
        #expect(kept?.0.count == 64)
        #expect(kept?.1.contains("990101") == false)
        books.clock.advance(milliseconds: 86_400_000)
        _ = try await transferOnce(books, "new", 1)
        let limit = books.clock.now() + -3_600_000
        #expect(try await books.write { try Idempotency.forget(before: limit, in: $1) } == 1)
        #expect(try await transferOnce(books, "new", 1).isNew == false)
    }
}
