import Testing

@testable import NiangjiaCore

/// Counts the statements that read decisions on their way to the store.
private final class DecisionReads: StoreReader {
    private let reader: any StoreReader
    private(set) var count = 0

    init(_ reader: any StoreReader) { self.reader = reader }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        if sql.contains("FROM decision") { count += 1 }
        try reader.forEach(sql, arguments, body)
    }

    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn] {
        try reader.columns(sql, arguments, kinds)
    }
}

/// What lists say that cases come to.
@Suite("What a case comes to, in one statement however many lines it has", .serialized) struct CaseAmountTests {
    private func amount(_ receipt: CaseReceipt, _ city: AidCity) async throws -> (yuan: Int64, reads: Int) {
        try await city.store.read { reader in
            let counting = DecisionReads(reader)
            let amount = try Decisions.amount(of: Cases.load(receipt.id, in: reader), in: counting)
            return (amount.fen / 100, counting.count)
        }
    }

    @Test("Before it is decided what the rule would grant, nothing while it waits, then its newest decisions")
    func amounts() async throws {
        let city = try await AidCity(.init(short: "waitlist"))
        let open = try await city.file(500)
        #expect(open.state == .inCheck)
        #expect(try await amount(open, city) == (500, 1))
        // Takes all there is.
        #expect(try await city.state(city.ask()) == .approved)
        let many = try await city.ask(together: [8_000, 3_000, 2_000])
        #expect(try await city.state(many) == .waitlisted)
        #expect(try await amount(many, city) == (0, 1))
        try await city.add(13_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(many) == .approved)
        #expect(try await amount(many, city) == (13_000, 1))
        try await city.finish()
    }
}
