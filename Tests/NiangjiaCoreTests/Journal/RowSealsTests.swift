import NiangjiaCore
import NiangjiaSQLite
import Testing

@Suite("Rows whose every write is sealed") struct RowSealsTests {
    @Test("Every table says how its rows are proven, and what is sealed of it can be")
    func everyTable() {
        for table in NiangjiaSchema.migrations.tables {
            #expect(table.proof != nil, "\(table.name): say beside its schema how its rows are proven")
            #expect(table.sealing == nil || !table.key.isEmpty, "\(table.name)")
            for name in table.sealing?.except ?? [] {
                #expect(
                    table.columns.contains { $0.name == name } && !table.key.contains(name), "\(table.name).\(name)")
            }
        }
    }

    /// A batch that the bank has, as a file of its own.
    private func exported(_ books: Books) async throws -> (path: String, head: ChainHead) {
        try await books.open("cooling-2026", 1_000)
        let ids = try await books.approved([books.grant(100_00), books.grant(150_00), books.grant(200_00)])
        let batch = try await books.write(as: "payer") { context, writer in
            let batch = try Batches.build(
                program: "summer-cooling-2026", only: ids, remark: "清凉",
                accountOf: { payee, _ in BankAccount(number: "9901000000\(payee.id ?? 0)", holder: "示例") }, context,
                in: writer)
            _ = try Batches.check(batch.batch, luhn: { _ in true }, context, in: writer)
            return batch.batch
        }
        try await books.write(as: "second") { try Batches.approve(batch, $0, in: $1) }
        try await books.write(as: "payer") { _ = try Batches.export(batch, $0, in: $1) }
        let path = books.folder.file("copy.db")
        #expect(try await books.store.backup(to: path).isEmpty)
        return (path, try #require(try await books.store.read { try Chain.head(in: $0) }))
    }

    private func verify(_ path: String, _ books: Books, _ head: ChainHead) async throws -> AuditReport {
        let copy = try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations)
        let report = try await copy.read { [crypto = books.crypto] in
            try Audit.verify(in: $0, crypto: crypto, against: [head])
        }
        try await copy.close()
        return report
    }

    @Test(
        "What is changed beside the host is found, and the rows are named",
        arguments: [
            ("UPDATE pay_line SET account_name = '别人' WHERE n = 2", "代发批次明细 bat-", "/2 与封存的内容不符"),
            ("UPDATE pay_line SET remark = ''", "/1 至 bat-", "/3(3 行)"),
            ("UPDATE payment SET message = 'paid' WHERE amount = 15000", "支付 pay-", "与封存的内容不符"),
            ("DELETE FROM account_confirmation", "", ""),
            ("UPDATE pay_batch SET approved_by = 'payer'", "代发批次 bat-", "(表 pay_batch,最后封存于第"),
            ("UPDATE fund_line SET purpose = 'tours'", "预算项目 cooling-2026", "与封存的内容不符"),
            (
                "INSERT INTO account_confirmation VALUES ('person', 1, x'01', 'clerk', 1, 'in person')",
                "收款账号确认 person/1/01",
                "不是本系统写入的"
            ), ("DELETE FROM fund_line", "预算项目 cooling-2026", "缺失"),
            ("UPDATE ledger_account SET floor = -1000000 WHERE stage = 'available'", "账户 ", "与封存的内容不符"),
        ])
    func found(sql: String, first: String, second: String) async throws {
        let books = try Books()
        let (path, head) = try await exported(books)
        #expect(try await verify(path, books, head).isSound)
        let copy = try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations)
        let changed = try await copy.write(.interactive) { try $0.execute(sql, []) }
        try await copy.close()
        let report = try await verify(path, books, head)
        guard changed > 0 else { return #expect(report.isSound) }
        #expect(!report.isSound)
        let words = report.sealed.faults.words.map(\.zh)
        #expect(words.contains { $0.contains(first) && $0.contains(second) }, "\(words)")
    }

    @Test("What an event told of rows is never erased; where it is gone, that is a fault by itself")
    func erasedSeals() async throws {
        let books = try Books()
        let (path, head) = try await exported(books)
        let copy = try SQLiteStore.open(path: path, migrations: NiangjiaSchema.migrations)
        let seq = try await copy.read { reader in
            try reader.integer("SELECT min(seq) FROM chain_event WHERE kind = 'rows.sealed'")
        }
        let sealed = try #require(seq)
        await #expect(throws: NiangjiaError.self) {
            try await books.write { context, writer in
                try Chain.erase(
                    [sealed], grounds: "", actor: "officer", at: context.now, ids: context.ids, crypto: context.crypto,
                    in: writer)
            }
        }
        try await copy.write(.interactive) { writer in
            try writer.execute("UPDATE chain_event SET salt = NULL, body = NULL WHERE seq = $1", [.int(sealed)])
            try writer.execute(
                "INSERT INTO account_confirmation VALUES ('person', 1, x'01', 'clerk', 1, 'in person')", [])
        }
        try await copy.close()
        let report = try await verify(path, books, head)
        #expect(report.sealed.faults.words.contains { $0.en.contains("the digests of event \(sealed) are gone") })
        try await books.store.close()
    }

    @Test(
        "What is undone is not sealed; what is written twice, by several, or taken out again is sealed as it was left")
    func left() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        struct Undone: Error {}
        await #expect(throws: Undone.self) {
            try await books.write { _, writer in
                try writer.execute("UPDATE fund_line SET purpose = 'x'", [])
                throw Undone()
            }
        }
        let sound = {
            try await books.store.read { [crypto = books.crypto] in try Audit.verify(in: $0, crypto: crypto) }
        }
        #expect(try await sound().isSound)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for n in 0..<40 {
                group.addTask {
                    try await books.write { _, writer in
                        let insert = "INSERT INTO supplier_settled (entitlement, settlement) VALUES ($1, $2)"
                        try writer.execute(insert, [.int(Int64(n)), .int(1)])
                        try writer.execute("UPDATE supplier_settled SET settlement = settlement + 1", [])
                        if n % 4 == 0 {
                            try writer.execute("DELETE FROM supplier_settled WHERE entitlement = $1", [.int(Int64(n))])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let report = try await sound()
        #expect(report.isSound, "\(report.faults.map(\.zh))")
        #expect(report.sealed.rows["supplier_settled"] == 30)
        // An ended row may come again under its key.
        try await books.write { _, writer in
            try writer.execute("INSERT INTO supplier_settled (entitlement, settlement) VALUES (0, 7)", [])
            try writer.execute("UPDATE supplier_settled SET entitlement = 1000 WHERE entitlement = 1", [])
        }
        #expect(try await sound().isSound)
    }
}
