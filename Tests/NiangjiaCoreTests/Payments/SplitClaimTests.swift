import Testing

@testable import NiangjiaCore

@Suite("Claims on what two lines paid, while parts of them come in") struct SplitClaimTests {
    /// 60 yuan of one line and 40 of another, paid.
    private func paid() async throws -> (Books, ID<Entitlement>) {
        let books = try Books()
        try await books.open("union", 100)
        try await books.open("donations", 100, source: "donation")
        let shares = [("union", 6_000), ("donations", 4_000)].map {
            Outcome.Split(line: $0.0, amount: Money(fen: Int64($0.1)))
        }
        let id = try await books.approved([books.grant(shares)])[0]
        try await pay(books, [id])
        return (books, id)
    }

    private func correct(_ books: Books, _ id: ID<Entitlement>, _ kind: CorrectionStep.Kind, _ fen: Int64) async throws
    {
        try await books.write { context, writer in
            let one = try Entitlements.load(id, in: writer)
            let chains = try Entitlements.chains(of: one.decision, in: writer)
            let chain = try #require(chains.first)
            var revisions = EntitlementRevisions(about: "test", memo: "更正", context, fund: { _ in [] })
            try revisions.apply(
                [CorrectionStep(kind: kind, entitlement: id, amount: Money(fen: fen))], to: chain, in: writer)
            try revisions.book(in: writer)
        }
    }

    private func shares(_ books: Books, _ id: ID<Entitlement>) async throws -> [[Int64]] {
        try await books.store.read {
            try Entitlements.load(id, in: $0).shares.map { [$0.claimed.fen, $0.recovered.fen] }
        }
    }

    @Test("Claimed, come in in part, forgiven in part and claimed again: no line claims less than has come in for it")
    func again() async throws {
        let (books, id) = try await paid()
        try await correct(books, id, .claim, 5_000)
        #expect(try await shares(books, id) == [[1_000, 0], [4_000, 0]])
        try await books.write { try Entitlements.recover(id, Money(fen: 3_000), about: "test", $0, in: $1) }
        #expect(try await shares(books, id) == [[1_000, 1_000], [4_000, 2_000]])
        try await correct(books, id, .unclaim, 2_000)
        try await books.expectSound()
        try await correct(books, id, .claim, 1_500)
        let now = try await shares(books, id)
        #expect(now.allSatisfy { $0[0] >= $0[1] } && now.reduce(0) { $0 + $1[0] } == 4_500, "\(now)")
        try await books.expectSound()
        // The rest by a revocation, which asks the same of the lines.
        try await books.write {
            try Entitlements.clawBack(id, keeping: Money(fen: 1_000), reason: "REVOKED", about: "test", $0, in: $1)
        }
        let rest = try await shares(books, id)
        #expect(rest == [[5_000, 1_000], [4_000, 2_000]], "\(rest)")
        try await books.write { try Entitlements.recover(id, Money(fen: 6_000), about: "test", $0, in: $1) }
        #expect(try await shares(books, id) == [[5_000, 5_000], [4_000, 4_000]])
        try await books.expectSound()
    }

    @Test(
        "A revocation after parts came in and were forgiven books what it claims beyond, from no line less than nothing"
    )
    func revoked() async throws {
        let (books, id) = try await paid()
        try await correct(books, id, .claim, 5_000)
        try await books.write { try Entitlements.recover(id, Money(fen: 3_000), about: "test", $0, in: $1) }
        try await correct(books, id, .unclaim, 2_000)
        try await books.write {
            try Entitlements.clawBack(id, keeping: Money(fen: 5_500), reason: "REVOKED", about: "test", $0, in: $1)
        }
        #expect(try await shares(books, id).allSatisfy { $0[0] >= $0[1] })
        try await books.expectSound()
    }
}
