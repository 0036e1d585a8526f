import Testing

@testable import NiangjiaCore

/// Counts the statements that read the lines of cases on their way to the store.
private final class LineReads: StoreReader {
    private let reader: any StoreReader
    private(set) var count = 0

    init(_ reader: any StoreReader) { self.reader = reader }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        if sql.contains("case_line") { count += 1 }
        try reader.forEach(sql, arguments, body)
    }

    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn] {
        try reader.columns(sql, arguments, kinds)
    }
}

/// Who is looked at in a round, and by which rank (decision 0086).
@Suite("Waiting for money: what a round reads, and ranks that change", .serialized) struct MoneyWaitTurnTests {
    /// A city whose money the first has taken.
    private func city() async throws -> AidCity {
        let gives = """
            gives: {kind: money, to: applicant, when: approved}
                facts: {subject: [exposure]}
            """
        let rule = """
            if facts.subject.exposure == "office_air_conditioned" then
              return grant(facts.application.wanted or settings.value, {rank = 9})
            end
            """
        let city = try await AidCity(.init(gives: gives, rule: rule, short: "waitlist"))
        #expect(try await city.state(city.ask()) == .approved)
        return city
    }

    /// The register's word on whoever applied, by which the rule ranks them last.
    private func moveBack(_ receipt: CaseReceipt, _ city: AidCity) async throws {
        try await city.store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE person SET exposure = 'office_air_conditioned', revision = revision + 1
                WHERE id = (SELECT applicant FROM case_file WHERE id = $1)
                """, [.id(receipt.id)])
        }
    }

    /// Whether a case would be taken up now, and how many statements read its lines for that.
    private func look(at receipt: CaseReceipt, _ city: AidCity) async throws -> (reaches: Bool, reads: Int) {
        let record = try await city.store.read { try Cases.load(receipt.id, in: $0) }
        let context = try await city.corridor.context(of: record)
        let change = ChangeContext(now: city.clock.now(), actor: "test", ids: city.host.ids, crypto: city.host.crypto)
        var applier = Applier(
            context: context, admission: Admission(context: context, crypto: city.host.crypto), change: change)
        applier.turn = record.moneyTurn
        return try await city.store.read { [applier] reader in
            let counting = LineReads(reader)
            return (try applier.reaches(receipt.id, in: counting), counting.count)
        }
    }

    @Test("While nothing at all is there the lines of a case aren't read, else all of them in one statement")
    func lines() async throws {
        let city = try await city()
        let many = try await city.ask(together: [8_000, 3_000, 2_000])
        #expect(try await city.state(many) == .waitlisted)
        #expect(try await look(at: many, city) == (false, 0))
        // Enough for the second, or the third: the first of them isn't overtaken either.
        try await city.add(5_000)
        #expect(try await look(at: many, city) == (false, 1))
        #expect(try await city.corridor.serveQueues() == 0)
        try await city.add(6_000)
        #expect(try await look(at: many, city) == (true, 1))
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(many) == .approved)
        #expect(try await city.given(many).sorted() == ["approved 3000 safety-2026", "approved 8000 safety-2026"])
        try await city.finish()
    }

    @Test("Whose rank has got worse is served at once where nobody stands before them now")
    func alone() async throws {
        let city = try await city()
        let only = try await city.ask(4_000, rank: 1)
        try await moveBack(only, city)
        try await city.add(4_000)
        #expect(try await city.corridor.serveQueues() == 1)
        #expect(try await city.state(only) == .approved)
        #expect(try await city.count("decision WHERE case_id = \(only.id.rawValue)") == 2)
        try await city.finish()
    }

    @Test("Whose rank has got worse overtakes nobody who stands before them now")
    func behind() async throws {
        let city = try await city()
        let (first, second) = (try await city.ask(4_000, rank: 1), try await city.ask(4_000, rank: 5))
        let other = try await city.ask(4_000, rank: 7, form: "also")
        try await moveBack(first, city)
        try await city.add(4_000)
        // It is judged anew, and goes to the end of the list.
        #expect(try await city.corridor.serveQueues() == 0)
        #expect(try await city.state(first) == .waitlisted)
        let turns = try await city.store.read { reader in
            try [second, other, first].map { try WaitingCases.turn(of: Cases.load($0.id, in: reader), in: reader) }
        }
        #expect(turns == [1, 2, 3])
        for next in [second, other, first] {
            #expect(try await city.corridor.serveQueues() == 1)
            #expect(try await city.state(next) == .approved)
            try await city.add(4_000)
        }
        try await city.finish()
    }
}
