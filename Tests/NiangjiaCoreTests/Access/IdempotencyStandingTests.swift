import NiangjiaCore
import Testing

/// Keys of work that is more than one transaction.
@Suite struct IdempotencyStandingTests {
    private func begin(_ key: String, _ body: String, _ books: Books) async throws -> Idempotency.Standing {
        try await books.write { context, writer in
            try Idempotency.begin(key: key, account: "a", body: Array(body.utf8), context, in: writer)
        }
    }

    @Test("A key is taken once; while the work goes on nobody else begins it; afterwards everybody hears its answer")
    func once() async throws {
        let books = try Books()
        #expect(try await begin("k", "x", books) == .taken)
        let again = try await begin("k", "x", books)
        guard case .begun = again else {
            Issue.record("\(again)")
            return
        }
        try await books.write { _, writer in try Idempotency.finish("k", account: "a", ["n": 1], in: writer) }
        #expect(try await begin("k", "x", books) == .done(["n": 1]))
        await #expect(throws: NiangjiaError.self) { try await begin("k", "y", books) }
    }

    @Test("Work that was refused gives its key back; an answer that is there is never given back")
    func dropped() async throws {
        let books = try Books()
        #expect(try await begin("k", "x", books) == .taken)
        try await books.write { _, writer in try Idempotency.drop("k", account: "a", in: writer) }
        #expect(try await begin("k", "y", books) == .taken)
        try await books.write { _, writer in try Idempotency.finish("k", account: "a", ["n": 2], in: writer) }
        try await books.write { _, writer in try Idempotency.drop("k", account: "a", in: writer) }
        #expect(try await begin("k", "y", books) == .done(["n": 2]))
    }

    @Test("What is written under a key says so in its own transaction; what is rolled back says nothing")
    func marked() async throws {
        let books = try Books()
        struct Refused: Error {}
        func hasEffect(_ key: String) async throws -> Bool? {
            guard case .begun(_, let hasEffect) = try await begin(key, "x", books) else { return nil }
            return hasEffect
        }
        for key in ["a", "b", "c"] { #expect(try await begin(key, "x", books) == .taken) }
        try await Idempotency.$current.withValue(.init("a", account: "a")) {
            _ = try await books.store.write(.interactive) { try $0.execute("DELETE FROM session", []) }
        }
        await #expect(throws: (any Error).self) {
            try await Idempotency.$current.withValue(.init("b", account: "a")) {
                _ = try await books.store.write(.interactive) { _ in throw Refused() }
            }
        }
        for (key, expected) in [("a", true), ("b", false), ("c", false)] {
            #expect(try await hasEffect(key) == expected, "\(key)")
        }
    }

    @Test("Of many who come at once with one key, one does the work")
    func many() async throws {
        let books = try Books()
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { try await begin("k", "x", books) == .taken } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
    }
}
