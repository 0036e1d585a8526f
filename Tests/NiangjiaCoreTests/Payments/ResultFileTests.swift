import NiangjiaCore
import Testing

@Suite("A bank's result file: 214 of 3,000 lines rejected")
struct ResultFileTests {
    @Test("Paid and failed make the total, only what failed is reissued, and one altered account refuses the file")
    func rejectedLines() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        let ids = try await books.approved((0..<3_000).map { books.grant(5_000 + Int64($0)) })
        let export = try await exported(books, nil)
        var random = SplitMix(seed: 214)
        var rejected: Set<Int> = []
        while rejected.count < 214 { rejected.insert(1 + random.below(3_000)) }
        let results = export.lines.map {
            BankResult(
                n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: !rejected.contains($0.n),
                message: rejected.contains($0.n) ? "账号户名不符" : "成功")
        }

        var altered = results
        let last = altered[2_999].account.last == "0" ? "1" : "0"
        altered[2_999].account = altered[2_999].account.dropLast() + last
        let other = altered
        do {
            try await books.write { _ = try Batches.result(export.batch, other, $0, in: $1) }
            Issue.record("a file with another account was taken")
        } catch let error as NiangjiaError {
            #expect(error.code == .invalid)
            #expect(error.message.zh.contains("第 3000 笔账号不符"))
        }
        #expect(try await books.balance("cooling-2026", .inTransit) == export.total.fen)

        let outcome = try await books.write { try Batches.result(export.batch, results, $0, in: $1) }
        #expect(outcome == BatchOutcome(paid: 2_786, failed: 214, unknown: 0))
        let (paid, held) = (
            try await books.balance("cooling-2026", .paid), try await books.balance("cooling-2026", .held)
        )
        #expect(paid + held == export.total.fen)
        #expect(held == export.lines.filter { rejected.contains($0.n) }.reduce(0) { $0 + $1.amount.fen })
        #expect(try await books.balance("cooling-2026", .inTransit) == 0)
        try await books.expectSound()

        // Everybody asks for a reissue; only the 214 get one, and get it once.
        var reissued: Set<Int> = []
        for _ in 0..<2 {
            for line in export.lines {
                let code = await refusal {
                    try await books.write { _ = try Batches.reissue(line.payment, reason: "重发", $0, in: $1) }
                }
                if code == nil { #expect(reissued.insert(line.n).inserted) } else { #expect(code == .conflict) }
            }
        }
        #expect(reissued == rejected)
        let again = try await exported(books, nil)
        #expect(again.count == 214 && again.total.fen == held)
        let second = again.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
        }
        try await books.write { _ = try Batches.result(again.batch, second, $0, in: $1) }
        #expect(try await books.balance("cooling-2026", .paid) == export.total.fen)
        let twice = try await books.store.read {
            try $0.integer(
                """
                SELECT count(*) FROM (SELECT entitlement FROM payment WHERE state = 'paid' GROUP BY entitlement
                HAVING count(*) > 1) AS twice
                """)
        }
        #expect(twice == 0)
        #expect(try await books.state(ids[2_999]) == .paid)
        try await books.expectSound()
    }
}
