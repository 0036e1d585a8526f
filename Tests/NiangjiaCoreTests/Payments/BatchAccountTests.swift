import NiangjiaCore
import Testing

@Suite("The accounts that a batch pays to")
struct BatchAccountTests {
    @Test("Accounts come from the registers, sealed there as here")
    func registers() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        let (person, unit): (ID<Person>, ID<Organization>) = (books.ids.next(), books.ids.next())
        let number = "6200000000000000000"
        try await books.write { context, writer in
            let card = try PersonIdentifiers.seal(
                number, table: "person", row: person.rawValue, column: "card_sealed", context.crypto)
            let account = try PersonIdentifiers.seal(
                "9901000123", table: "organization", row: unit.rawValue, column: "account_sealed", context.crypto)
            try writer.execute(
                """
                INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type, card_sealed, card_mac, bank_name)
                VALUES ($1, 1, 0, 0, '张三', 'resident_id', $2, $3, '示范银行')
                """,
                [.id(person), .blob(card), .blob(PersonIdentifiers.mac(bankCard: number, context.crypto))])
            try writer.execute(
                """
                INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level, account_sealed,
                account_name) VALUES ($1, 1, 0, 0, '990101', '示范公司', '990101/', 'employer', $2, '示范公司工会委员会')
                """, [.id(unit), .blob(account)])
        }
        _ = try await books.approved([
            books.grant(5_000, to: .person(person)), books.grant(6_000, to: .organization(unit)), books.grant(7_000),
        ])
        let built = try await books.write(as: "payer") {
            try Batches.build(program: "summer-cooling-2026", remark: "夏送清凉", $0, in: $1)
        }
        #expect(built.count == 2 && built.withoutAccount.count == 1)
        try await books.write { _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1) }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        let export = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        #expect(
            export.lines.map(\.account) == [
                BankAccount(number: number, holder: "张三", bank: "示范银行"),
                BankAccount(number: "9901000123", holder: "示范公司工会委员会"),
            ])
        // A card stands under one keyed hash wherever it is kept.
        let shared = try await books.store.read {
            try $0.integer("SELECT count(*) FROM pay_line l JOIN person p ON p.card_mac = l.account_mac")
        }
        #expect(shared == 1)
    }
}
