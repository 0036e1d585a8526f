import NiangjiaCore
import Testing

@Suite("Payees who have died since") struct DeceasedPayeeTests {
    private func died(_ entitlement: ID<Entitlement>, _ books: Books) async throws {
        try await books.store.write(.interactive) { writer in
            let payee = try #require(try Entitlements.load(entitlement, in: writer).payee.id)
            try writer.execute(
                """
                INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, status)
                VALUES ($1, 1, 0, 0, '示例', 'incomplete', 'deceased') ON CONFLICT (id) DO UPDATE SET status = 'deceased'
                """, [.int(payee)])
        }
    }

    @Test("The check names them; nobody approves the batch, or reissues their payment, without saying that it is known")
    func mustBeKnown() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        let ids = try await books.approved((0..<3).map { _ in books.grant(5_000) })
        try await died(ids[1], books)
        let built = try await build(books, nil)
        let check = try await books.write(as: "payer") {
            try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1)
        }
        #expect(check.isPassed && check.findings.map(\.code) == ["PAYEE_DECEASED"])
        #expect(check.findings.map(\.n) == [2])
        // Somebody dies between the check and the approval.
        try await died(ids[2], books)
        let refused = await #expect(throws: NiangjiaError.self) {
            try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        }
        #expect(refused?.code == .conflict && refused?.message.zh.contains("第 2, 3 笔") == true)
        try await books.write(as: "second") { try Batches.approve(built.batch, knowsDeaths: true, $0, in: $1) }
        let export = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        _ = try await books.write { context, writer in
            let answer = export.lines.map {
                BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: false, message: "已销户")
            }
            return try Batches.result(built.batch, answer, context, in: writer)
        }
        let (living, dead) = (export.lines[0].payment, export.lines[1].payment)
        _ = try await books.write { try Batches.reissue(living, reason: "换卡", $0, in: $1) }
        let again = await refusal { _ = try await books.write { try Batches.reissue(dead, reason: "换卡", $0, in: $1) } }
        #expect(again == .conflict)
        _ = try await books.write {
            try Batches.reissue(dead, reason: "家属已更正账号", knowsDeath: true, $0, in: $1)
        }
        // Nobody writes to the dead.
        #expect(try await books.messages().count == 1)
        try await books.expectSound()
    }

    @Test("Whose death the approval didn't know is asked about at the export, whatever moment the register gives it")
    func sinceApproval() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        let ids = try await books.approved((0..<3).map { _ in books.grant(5_000) })
        try await died(ids[0], books)
        let built = try await build(books, nil)
        _ = try await books.write(as: "payer") {
            try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1)
        }
        try await books.write(as: "second") { try Batches.approve(built.batch, knowsDeaths: true, $0, in: $1) }
        let context = books.context("payer")
        let seen = try await books.store.read { try Batches.prepareExport(built.batch, context, in: $0).export.count }
        #expect(seen == 3)
        // Its row is older than the approval: an import takes minutes.
        try await died(ids[1], books)
        func asked() async -> NiangjiaError? {
            await #expect(throws: NiangjiaError.self) {
                _ = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
            }
        }
        #expect(await asked()?.message.zh.contains("第 2 笔") == true)
        // As many as the approval knew of, and not the same.
        try await books.store.write(.interactive) { writer in
            let payee = try #require(try Entitlements.load(ids[0], in: writer).payee.id)
            try writer.execute("UPDATE person SET status = 'active' WHERE id = $1", [.int(payee)])
        }
        #expect(await asked()?.code == .conflict)
        let export = try await books.write(as: "payer") {
            try Batches.export(built.batch, knowsDeaths: true, $0, in: $1)
        }
        #expect(export.count == 3)
        try await books.expectSound()
    }
}
