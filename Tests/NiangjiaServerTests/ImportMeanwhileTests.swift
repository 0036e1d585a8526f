import Foundation
import NiangjiaCore
import NiangjiaExchange
import Testing

@testable import NiangjiaServer

@Suite("What is approved while an import is under way hasn't seen what the import says", .serialized)
struct ImportMeanwhileTests {
    /// A store in which something happens before the rows of an import are written, once.
    private struct Interrupted: Store {
        let store: any Store
        let before: @Sendable () async throws -> Void
        private let isDone = Guarded(false)

        init(_ store: any Store, before: @escaping @Sendable () async throws -> Void) {
            (self.store, self.before) = (store, before)
        }

        func read<Result: Sendable>(
            _ body: @escaping @Sendable (any StoreReader) throws -> Result
        ) async throws -> Result { try await store.read(body) }

        func glance<Result: Sendable>(
            _ body: @escaping @Sendable (any StoreReader) throws -> Result
        ) async throws -> Result { try await store.glance(body) }

        func write<Result: Sendable>(
            _ lane: WriteLane, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
        ) async throws -> Result {
            let isFirst =
                lane == .batch
                && isDone.withLock { isDone in
                    defer { isDone = true }
                    return !isDone
                }
            if isFirst { try await before() }
            return try await store.write(lane, body)
        }

        func close() async throws { try await store.close() }
    }

    /// Somebody with a card and a number that can be typed.
    private struct Payee {
        var id: ID<Person>
        var row: String
    }

    private func payee(_ city: TestCity) async throws -> Payee {
        let crypto = city.host.crypto
        let found = try await city.host.store.read { reader in
            try reader.first(
                """
                SELECT p.id, p.id_sealed, p.name, o.code FROM person p JOIN membership m ON m.person = p.id
                AND m.is_primary = 1 AND m.status = 'active' JOIN organization o ON o.id = m.organization
                WHERE p.id_type = 'resident_id' AND p.card_sealed IS NOT NULL ORDER BY p.id LIMIT 1
                """, []
            ) { row in
                let id = row.id(0, Person.self)
                let number = try PersonIdentifiers.open(
                    row.blob(1), table: "person", row: id.rawValue, column: "id_sealed", crypto)
                return Payee(id: id, row: "\(row.text(2)),\(number),\(row.text(3))")
            }
        }
        return try #require(found)
    }

    /// 500 yuan of tuition aid, approved now.
    @discardableResult
    private func entitle(_ payee: Payee, _ city: TestCity) async throws -> ID<Entitlement> {
        let context = city.host.context("test")
        return try await city.host.store.write(.interactive) { writer in
            let new = NewEntitlement(
                decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(payee.id),
                shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))], program: "tuition-2026",
                series: "tuition", on: context.today)
            let ids = try Entitlements.hold([new], about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            return ids[0]
        }
    }

    /// Imports a row about a person; `meanwhile` happens after the import has begun, a minute later.
    private func take(
        _ title: String, _ row: String, _ city: TestCity, meanwhile: @escaping @Sendable () async throws -> Void
    ) async throws {
        let job = ImportJob(file: try city.write([title, row], "late.csv"), mapping: ImportMapping(.person))
        let store = Interrupted(city.host.store) {
            city.clock.advance(milliseconds: 60_000)
            try await meanwhile()
            city.clock.advance(milliseconds: 60_000)
        }
        let summary = try await Importer(store: store, context: city.host.context("office")).take(job)
        #expect(summary.count(.changed) == 1, "\(summary.issues)")
    }

    @Test("A death: the batch that was approved meanwhile isn't exported")
    func death() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.addTreasury()
        let payee = try await payee(city)
        try await entitle(payee, city)
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        let batch: Value = ["batch": built.answer?["batch"] ?? .null]
        try await take("姓名,身份证号,所属工会代码,会籍状态,去世日期", payee.row + ",去世,2026-07-02", city) {
            _ = try await city.run("batch.approve", batch, as: "payer")
        }
        #expect(await code { _ = try await city.run("batch.export", batch, as: "payer") } == .conflict)
        let known: Value = ["batch": batch["batch"], "deceased_checked": true]
        #expect(try await city.run("batch.export", known, as: "payer").answer?["count"].int == 1)
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("An account: money that was approved meanwhile isn't paid to it before its owner says so")
    func account() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.addTreasury()
        let payee = try await payee(city)
        try await take("姓名,身份证号,所属工会代码,银行卡号", payee.row + ",6200990123456789017", city) {
            try await entitle(payee, city)
        }
        let refused = await #expect(throws: NiangjiaError.self) {
            try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        }
        #expect(refused?.message.zh.contains("(niangjia batch confirm)") == true, "\(String(describing: refused))")
        try await city.host.close()
    }
}
