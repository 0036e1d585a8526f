import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// Counts the statements that read record tables on their way to the store.
private final class CountingReader: StoreReader {
    private let reader: any StoreReader
    private(set) var records = 0

    init(_ reader: any StoreReader) { self.reader = reader }

    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Bool) throws {
        if sql.contains("FROM record ") { records += 1 }
        try reader.forEach(sql, arguments, body)
    }

    func columns(_ sql: String, _ arguments: [SQLValue], _ kinds: [CellColumn.Kind]) throws -> [CellColumn] {
        if sql.contains("FROM record ") { records += 1 }
        return try reader.columns(sql, arguments, kinds)
    }
}

@Suite("Records as facts: of a past day, of an action, of many subjects", .serialized) struct RecordPastTests {
    private static let files = StaleFactsTests.files(look: "{in: ban, where: {person: subject}}")

    private func city() async throws -> TestCityHost {
        try await TestCityHost(
            programs: ["once": .visiting("once-2026", plugin: "once")], files: Self.files,
            at: "2026-07-15T09:00:00+08:00")
    }

    /// What an action of the plugin's does on a day.
    private func act(
        on day: String, in city: TestCityHost,
        _ body: @escaping @Sendable (RecordDefinition, ChangeContext, any StoreWriter) throws -> Void
    ) async throws {
        let bundle = try await city.corridor.bundles.active()
        let record = try #require(bundle.plugins["once"]?.manifest.records["ban"])
        let now = Instant(try #require(CivilDate(day)), minutes: 600)
        let change = ChangeContext(now: now, actor: "clerk", ids: city.ids, crypto: city.crypto)
        try await city.store.write(.interactive) { try body(record, change, $0) }
    }

    private func put(_ person: ID<Person>, days: Int64, on day: String, in city: TestCityHost) async throws {
        let run = city.ids.next(ActionRun.self)
        try await act(on: day, in: city) { record, change, writer in
            try RecordRows.put(
                ["person": .text(person.text), "days": .int(days)], plugin: "once", kind: "ban", record, run, change,
                in: writer)
        }
    }

    /// Five people: the first is banned for 3 days on the 5th and for 7 on the 10th, the second for one on the 8th.
    private func banned(in city: TestCityHost) async throws -> [ID<Person>] {
        var people: [ID<Person>] = []
        for _ in 0..<5 { people.append(try await city.person()) }
        try await put(people[0], days: 3, on: "2026-07-05", in: city)
        try await put(people[1], days: 1, on: "2026-07-08", in: city)
        try await put(people[0], days: 7, on: "2026-07-10", in: city)
        return people
    }

    private func remove(_ person: ID<Person>, on day: String, in city: TestCityHost) async throws {
        let run = city.ids.next(ActionRun.self)
        try await act(on: day, in: city) { record, change, writer in
            let key = RecordRows.key(record, ["person": .text(person.text)])
            try RecordRows.remove(key, plugin: "once", kind: "ban", run, change, in: writer)
        }
    }

    private func refused(_ city: TestCityHost, on day: String) async throws -> (count: Int, isHistory: Bool) {
        let report = try await city.corridor.preview(program: "once-2026", asOf: CivilDate(day))
        return (report.totals.refused, report.isHistory)
    }

    @Test("A past day sees the records of that day; what changed since can't be decided for it")
    func pastDay() async throws {
        let city = try await city()
        let people = try await banned(in: city)
        try await remove(people[0], on: "2026-07-12", in: city)
        #expect(try await refused(city, on: "2026-07-06") == (1, true))
        #expect(try await refused(city, on: "2026-07-09") == (2, true))
        #expect(try await refused(city, on: "2026-07-11") == (2, true))
        #expect(try await refused(city, on: "2026-07-13") == (1, false))
        #expect(try await refused(city, on: "2026-07-15") == (1, false))
        // Of the days before the first of them nobody knows whether there were any.
        await #expect(throws: NiangjiaError.self) { try await refused(city, on: "2026-07-04") }
        let error = await #expect(throws: NiangjiaError.self) {
            try await city.corridor.decide(
                program: "once-2026", form: "ask", asOf: CivilDate("2026-07-11"),
                by: Actor(account: "admin", role: "program_admin"))
        }
        #expect(error?.code == .conflict)
        let bans = try await city.store.read { reader in
            let date = try #require(CivilDate("2026-07-11"))
            return try RecordRows.standing(plugin: "once", kind: "ban", on: date, in: reader).map { $0.body["days"] }
        }
        #expect(bans == [.int(7), .int(1)])
        try await city.close()
    }

    @Test("What an action overwrites or removes stays in the history, as an import's does")
    func history() async throws {
        let city = try await city()
        let person = try await city.person()
        try await put(person, days: 3, on: "2026-07-05", in: city)
        try await put(person, days: 7, on: "2026-07-10", in: city)
        try await remove(person, on: "2026-07-12", in: city)
        await #expect(throws: NiangjiaError.self) { try await remove(person, on: "2026-07-13", in: city) }
        let table = RecordsSchema.record
        let versions = try await city.store.read { reader in
            try reader.all("SELECT body FROM register_history WHERE kind = 'record' ORDER BY revision") {
                try RecordRows.version(RegisterHistory.values(table, body: $0.text(0)))
            }
        }
        #expect(versions.map(\.revision) == [1, 2])
        #expect(versions.map { $0.body["days"] } == [.int(3), .int(7)])
        #expect(versions.map(\.validFrom) == [CivilDate("2026-07-05"), CivilDate("2026-07-10")])
        let key = Value.list([.text(person.text)]).json
        let now = try await city.store.read { try RecordRows.any(plugin: "once", kind: "ban", key: key, in: $0) }
        #expect(now?.revision == 3 && now?.stands == false)
        // Who comes back has the same row.
        try await put(person, days: 1, on: "2026-07-14", in: city)
        let back = try await city.store.read { try RecordRows.find(plugin: "once", kind: "ban", key: key, in: $0) }
        #expect(back?.id == now?.id && back?.revision == 4)
        try await city.close()
    }

    @Test("Of a block of 2,000 subjects and as many records the table is read once")
    func oneRead() async throws {
        let city = try await city()
        let (crypto, ids, now) = (city.crypto, city.ids, city.clock.now())
        try await city.store.write(.batch) { writer in
            for n in 0..<2_000 {
                let person = ids.next(Person.self)
                try writer.execute(
                    """
                    INSERT INTO person (id, revision, valid_from, recorded_at, name, id_type) \
                    VALUES ($1, 1, 0, $2, '示例', 'incomplete')
                    """, [.id(person), .instant(now)])
                // Half of them are about one of these people.
                let about = n % 2 == 0 ? person.text : "p-\(n)"
                let body: Value = ["person": .text(about), "days": .int(1)]
                try writer.execute(
                    """
                    INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body) \
                    VALUES ($1, 'once', 'ban', $2, 1, $3, $4, $5)
                    """, [.id(ids.next(Record.self)), .text(about), .date(now.date), .instant(now), .text(body.json)])
            }
        }
        let bundle = try await city.corridor.bundles.active()
        let context = try FormContext(bundle: bundle, program: "once-2026", form: "ask")
        let (lines, reads) = try await city.store.read { reader in
            let counting = CountingReader(reader)
            var paths = OrganizationPaths()
            let block = try Gatherer(context).block(
                after: .min, limit: 4_096, on: now.date, paths: &paths, in: counting)
            return (block?.lines.count, counting.records)
        }
        #expect(lines == 2_000)
        #expect(reads == 1)
        let report = try await city.corridor.decide(
            program: "once-2026", form: "ask", by: Actor(account: "admin", role: "program_admin"))
        #expect(report.totals.refused == 1_000)
        let sound = try await city.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(sound.isSound, "\(sound.faults.map(\.en))")
        try await city.close()
    }

    @Test("Of a past day a table is read once for all blocks of a sweep, and its rows are those of the day")
    func oneReadOfPast() async throws {
        let city = try await city()
        let people = try await banned(in: city)
        try await remove(people[1], on: "2026-07-12", in: city)
        let bundle = try await city.corridor.bundles.active()
        let given = try FormContext(bundle: bundle, program: "once-2026", form: "ask")
        let date = try #require(CivilDate("2026-07-09"))
        let context = try await given.seen(on: date, by: city.corridor)
        let past = try #require(context.view.past)
        let keys = people.prefix(3).map { Value.list([.text($0.text)]).json }
        let (counts, reads, found) = try await city.store.read { reader in
            let counting = CountingReader(reader)
            var paths = OrganizationPaths(asOf: date)
            var (after, counts): (Int64, [Int]) = (.min, [])
            while let block = try Gatherer(context).block(
                after: after, limit: 2, on: date, paths: &paths, in: counting)
            {
                counts.append(block.lines.count)
                after = block.lines.last
            }
            let tables = RecordTables(counting, of: past)
            let found = try keys.map { try tables.find(plugin: "once", kind: "ban", key: $0)?.body["days"] }
            return (counts, counting.records, found)
        }
        #expect(counts == [2, 2, 1])
        // The rows as they are, and the versions of those that have changed since.
        #expect(reads == 2)
        #expect(found == [.int(3), .int(1), nil])
        try await city.close()
    }

    @Test("A population of records is one plugin's table, and those of it that stand")
    func population() async throws {
        let city = try await city()
        let (ids, now) = (city.ids, city.clock.now())
        let rows = [
            ("once", "offer", "standing"), ("once", "offer", "removed"), ("once", "ban", "standing"),
            ("other", "offer", "standing"), ("once", "offer", "standing"),
        ]
        try await city.store.write(.interactive) { writer in
            for (n, row) in rows.enumerated() {
                try writer.execute(
                    """
                    INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body, state) \
                    VALUES ($1, $2, $3, $4, 1, $5, $6, '{}', $7)
                    """,
                    [
                        .id(ids.next(Record.self)), .text(row.0), .text(row.1), .text("\(n)"), .date(now.date),
                        .instant(now), .text(row.2),
                    ])
            }
        }
        let subjects = try SubjectReader(
            kind: .record, subjectFacts: [], householdFacts: [], records: ("once", "offer"))
        let (found, most) = try await city.store.read { reader in
            let block = try subjects.page(after: .min, limit: 10, filter: [:], in: reader)
            return (block.ids.count, try subjects.most(filter: [:], in: reader))
        }
        #expect(found == 2 && most == 2)
        let then = try await city.store.read { reader in
            try subjects.page(asOf: now.date, after: .min, limit: 1, filter: [:], in: reader).ids
        }
        #expect(then.count == 1)
        try await city.close()
    }
}
