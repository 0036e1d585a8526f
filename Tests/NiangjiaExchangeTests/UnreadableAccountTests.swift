import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaExchange

/// Accounts that somebody who can write the store's file exchanged there.
@Suite struct UnreadableAccountTests {
    private static let people = """
        姓名,身份证号,手机号码,银行卡号,所属工会代码
        张三,990101198506120016,13800001234,4111111111111111,99010101
        李四,990101199003070023,13800001235,6200990100000000018,99010102
        """
    private static let unions = """
        工会代码,工会名称,上级代码,层级,银行账号
        990101,示范区总工会,,区县,
        99010101,示范快递工会,990101,基层,9901000123
        99010102,示范物流工会,990101,基层,9901000456
        """

    /// Each of two rows gets the other's sealed column.
    private func exchange(_ table: String, _ column: String, _ city: TestCity) async throws {
        try await city.store.write(.interactive) { writer in
            let rows = try writer.all("SELECT id, \(column) FROM \(table) WHERE \(column) IS NOT NULL ORDER BY id", [])
            {
                (id: $0.int(0), sealed: $0.blob(1))
            }
            try #require(rows.count == 2)
            for (row, other) in [(rows[0], rows[1]), (rows[1], rows[0])] {
                try writer.execute(
                    "UPDATE \(table) SET \(column) = $1 WHERE id = $2", [.blob(other.sealed), .int(row.id)])
            }
        }
    }

    /// Numbers in the order of their rows; `-` for one that can't be read.
    private func numbers(_ table: String, _ column: String, _ city: TestCity) async throws -> [String] {
        let crypto = city.crypto
        return try await city.store.read { reader in
            try reader.all("SELECT id, \(column) FROM \(table) WHERE \(column) IS NOT NULL ORDER BY id", []) { row in
                (try? PersonIdentifiers.open(
                    row.blob(1), table: table, row: row.int(0), column: column, crypto)) ?? "-"
            }
        }
    }

    @Test("A card that can't be read is entered anew: the same one, another one, from the file that was taken before")
    func cards() async throws {
        let city = try TestCity()
        try await city.take(.organization, Self.unions)
        try await city.take(.person, Self.people, "p.csv")
        let cards = ["4111111111111111", "6200990100000000018"]
        #expect(try await numbers("person", "card_sealed", city) == cards)
        // Whether the same bytes are the same delivery or not.
        for text in [Self.people + "\n", Self.people] {
            try await exchange("person", "card_sealed", city)
            #expect(try await numbers("person", "card_sealed", city) == ["-", "-"])
            let checked = try await city.importer().check(try city.job(.person, text, "p.csv"))
            #expect(checked.count(.changed) == 2)
            let taken = try await city.take(.person, text, "p.csv")
            #expect(taken.count(.changed) == 2)
            #expect(taken.changes.map { $0.cells.map(\.before) } == [["***"], ["***"]], "\(taken.changes)")
            #expect(taken.changes.first?.cells.first?.after.hasSuffix("1111") == true)
            #expect(try await numbers("person", "card_sealed", city) == cards)
            #expect(try await city.take(.person, text, "p.csv").count(.unchanged) == 2)
        }
        try await exchange("person", "card_sealed", city)
        let other = "姓名,身份证号,银行卡号\n张三,990101198506120016,6200990100000000026\n"
        #expect(try await city.take(.person, other, "q.csv").count(.changed) == 1)
        #expect(try await numbers("person", "card_sealed", city) == ["6200990100000000026", "-"])
        // Who has another card since isn't given the one of then, whatever becomes of it.
        try await city.store.write(.interactive) {
            try $0.execute("UPDATE person SET card_sealed = zeroblob(70) WHERE card_sealed IS NOT NULL", [])
        }
        let again = try await city.take(.person, Self.people, "p.csv")
        #expect(again.count(.changed) == 1 && again.count(.unchanged) == 1)
        #expect(try await numbers("person", "card_sealed", city) == ["-", cards[1]])
    }

    @Test("An organisation's account that can't be read is entered anew, and the rows beside it are taken")
    func organizations() async throws {
        let city = try TestCity()
        try await city.take(.organization, Self.unions, "u.csv")
        let accounts = ["9901000123", "9901000456"]
        for text in [Self.unions + "\n", Self.unions] {
            try await exchange("organization", "account_sealed", city)
            let taken = try await city.take(.organization, text, "u.csv")
            #expect(taken.count(.changed) == 2 && taken.count(.unchanged) == 1)
            #expect(taken.changes.allSatisfy { $0.cells.map(\.before) == ["***"] }, "\(taken.changes)")
            #expect(try await numbers("organization", "account_sealed", city) == accounts)
        }
        try await exchange("organization", "account_sealed", city)
        let other = "工会代码,工会名称,上级代码,层级,银行账号\n99010101,示范快递工会,990101,基层,9901000789\n"
        #expect(try await city.take(.organization, other, "o.csv").count(.changed) == 1)
        #expect(try await numbers("organization", "account_sealed", city) == ["9901000789", "-"])
    }
}
