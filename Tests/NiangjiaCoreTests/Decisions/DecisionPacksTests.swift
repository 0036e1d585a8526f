import NiangjiaSQLite
import NiangjiaTesting
import Testing

@testable import NiangjiaCore

/// What lies packed is read as if each decision had a row, and gets one when something happens to it.
@Suite("Decisions in packs") struct DecisionPacksTests {
    /// Runs over the same people, the decisions of their blocks packed or each in a row.
    private func write(_ books: Books, packed: Bool, seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        for run in Int64(1)...4 {
            let series = 1 + run % 2
            for block in Int64(0)..<5 {
                let ids = (Int64(0)..<60).map { run * 100_000 + block * 1_000 + $0 + ($0 > 40 ? 500 : 0) }
                let subjects = (Int64(0)..<60).map { block * 1_000 + $0 * 7 + Int64(random.next() % 7) }
                let rows = BlockOfRows(
                    ids: ids, subjects: subjects, run: run, series: series,
                    kinds: (0..<60).map { _ in UInt32(random.next() % 3) },
                    households: subjects.map { random.next() % 4 == 0 ? 0 : $0 / 3 },
                    homes: subjects.map { $0 % 5 })
                try await books.store.write(.batch) { try rows.write(packed: packed, in: $0) }
            }
        }
    }

    private struct BlockOfRows: Sendable {
        var ids: [Int64]
        var subjects: [Int64]
        var run: Int64
        var series: Int64
        var kinds: [UInt32]
        var households: [Int64]
        var homes: [Int64]

        func write(packed: Bool, in writer: any StoreWriter) throws {
            try writer.execute(
                "INSERT INTO decision_series (id, series, subject_kind) VALUES ($1, $2, 'person') ON CONFLICT DO NOTHING",
                [.int(series), .text("s\(series)")])
            let results = ["granted", "limited", "waitlisted"]
            var terms: [SQLValue] = []
            for kind in UInt32(0)..<3 {
                guard let first = kinds.firstIndex(of: kind), let last = kinds.lastIndex(of: kind) else {
                    terms.append(.int(0))
                    continue
                }
                terms.append(.int(ids[first]))
                let gives = kind < 2
                try writer.execute(
                    """
                    INSERT INTO decision_terms (id, last, program, series, plugin, form, subject_kind, run, block, on_date, \
                    decided_at, result, assessed, amount, code, entitled, payee_kind, fund_line, entitled_state) VALUES \
                    ($1, $2, $3, $4, 'p', 'f', 'person', $5, 0, $6, 0, $7, 100, $8, $9, $10, $11, $12, $13)
                    """,
                    [
                        .int(ids[first]), .int(ids[last]), .text("program\(run)"), .text("s\(series)"), .int(run),
                        .int(20_000 + run), .text(results[Int(kind)]), .int(gives ? Int64(kind) * 50 + 50 : 0),
                        gives ? .null : .text("WAIT"), gives ? .text("money") : .null, gives ? .text("person") : .null,
                        gives ? .text("line") : .null, gives ? .text(kind == 0 ? "approved" : "held") : .null,
                    ])
            }
            var bulk = BulkRows(into: "decision_row", count: ids.count)
            bulk.set("id", .integers(ids))
            bulk.set("terms", .shared(terms, kinds))
            bulk.set("series_id", .constant(.int(series)))
            bulk.set("subject", .integers(subjects))
            bulk.set("ordinal", .integersOrNull(kinds.map { $0 < 2 ? run : 0 }, null: 0))
            bulk.set("household", .integersOrNull(households, null: 0))
            bulk.set("line", .integers((0..<Int64(ids.count)).map { $0 }))
            bulk.set("row", .integersOrNull((0..<Int64(ids.count)).map { $0 % 9 == 0 ? -1 : $0 }, null: -1))
            bulk.set("home_organization", .integersOrNull(homes, null: 0))
            if packed { return try writer.insert(bulk, into: DecisionsSchema.packing) }
            bulk.set("state", .shared([.text("standing"), .text("standing"), .text("waitlisted")], kinds))
            bulk.set("is_folded", .shared([.int(1), .int(1), .int(0)], kinds))
            try writer.insert(bulk)
        }
    }

    private static let decision = """
        json_array(id, revision, program, series, plugin, form, subject_kind, subject, household, ordinal, case_id, line, call, \
        run, block, row, on_date, result, assessed, amount, queued, stacked, code, keeps, home_organization, \
        serving_organization, state, kept)
        """
    private static let own = """
        json_array(id, terms, series_id, subject, ordinal, household, case_id, line, call, row, home_organization, \
        serving_organization)
        """
    private static let entitlement = """
        json_array(id, decision, case_id, case_line, part, kind, payee, amount, revision, revises, state, version, claimed, \
        payee_kind, fund_line, is_split, program, series, on_date, is_folded)
        """

    private static let questions: [String] =
        [
            "SELECT \(decision) FROM decision ORDER BY id", "SELECT \(own) FROM decision_own ORDER BY id",
            "SELECT \(entitlement) FROM entitlement ORDER BY id", "SELECT \(decision) FROM decision WHERE id = 203003",
            "SELECT \(decision) FROM decision WHERE id IN (100001, 203003, 9) ORDER BY id",
            "SELECT \(decision) FROM decision WHERE id > 203003 ORDER BY id LIMIT 40",
            "SELECT \(decision) FROM decision WHERE id >= 203003 AND id <= 301010 ORDER BY id DESC",
            "SELECT \(decision) FROM decision WHERE subject > 1003 AND subject < 2007.5 ORDER BY id",
            "SELECT \(decision) FROM decision WHERE subject >= 3000 ORDER BY id",
            "SELECT json_array(subject, MAX(ordinal)) FROM decision_own WHERE subject >= 900 AND subject <= 2100 AND series_id = 2 "
                + "GROUP BY subject ORDER BY subject",
            "SELECT json_array(household, COUNT(*), SUM(revision)) FROM decision WHERE household >= 0 GROUP BY household ORDER BY household",
            "SELECT \(decision) FROM decision WHERE run = 3 AND call IS NULL ORDER BY id",
            "SELECT json_array(COUNT(*), SUM(amount)) FROM decision WHERE program = 'program2' AND state = 'standing'",
            "SELECT \(decision) FROM decision ORDER BY id DESC LIMIT 70",
            "SELECT \(decision) FROM decision WHERE id < 301010 ORDER BY id DESC LIMIT 70",
            "SELECT \(decision) FROM decision WHERE household = 340 ORDER BY id DESC",
            "SELECT \(decision) FROM decision WHERE case_id = 5",
            "SELECT \(decision) FROM decision WHERE subject IS NULL OR subject = NULL",
            "SELECT \(decision) FROM decision WHERE program = 'program1' AND form = 'f' AND state = 'standing' AND id > 100020 "
                + "ORDER BY id LIMIT 10",
            "SELECT json_array(d.subject, e.state) FROM entitlement e JOIN decision d ON d.id = e.decision WHERE d.on_date = 20002 "
                + "ORDER BY e.id",
            "SELECT json_array(d.id, e.id) FROM decision d LEFT JOIN entitlement e ON e.decision = d.id WHERE d.series = 's1' ORDER BY d.id",
            "SELECT \(decision) FROM decision WHERE subject = 1 OR household = 340 OR id = 301010 ORDER BY id",
            "SELECT json_array(COUNT(*)) FROM decision WHERE home_organization = 3",
            "SELECT json_array(COUNT(*)) FROM decision",
        ]
        + (0..<40).flatMap { n in
            [
                "SELECT \(decision) FROM decision WHERE subject_kind = 'person' AND subject = \(n * 83) ORDER BY id",
                "SELECT \(decision) FROM decision WHERE household = \(n * 29) AND state = 'standing' ORDER BY id",
                "SELECT \(entitlement) FROM entitlement WHERE kind = 'money' AND payee = \(n * 7) ORDER BY id",
            ]
        }

    private func answers(_ books: Books) async throws -> [[String]] {
        try await books.store.read { reader in
            try DecisionPacksTests.questions.map { question in
                try reader.all(question) { $0.text(0) }
            }
        }
    }

    @Test("Every question has the answer that rows would give", arguments: 0..<4)
    func same(seed: Int) async throws {
        let (packs, rows) = (try Books(), try Books())
        try await write(packs, packed: true, seed: UInt64(seed))
        try await write(rows, packed: false, seed: UInt64(seed))
        #expect(try await packs.store.read { try $0.integer("SELECT COUNT(*) FROM decision_row") } == 0)
        try await compare(packs, rows)
        // Something happens here and there: rows and packs side by side.
        for id in [Int64(100_005), 203_003, 204_559, 400_000] {
            try await packs.store.write(.batch) { try DecisionRows.unpack(ID(rawValue: id), in: $0) }
            try await compare(packs, rows)
        }
        #expect(try await packs.store.read { try $0.integer("SELECT COUNT(*) FROM decision_row") } == 240)
        #expect(try await packs.store.read { try $0.integer("SELECT COUNT(*) FROM decision_pack") } == 16)
        // Twice is once, and what was never packed has its row.
        try await packs.store.write(.batch) { try DecisionRows.unpack(ID(rawValue: 100_005), in: $0) }
        try await rows.store.write(.batch) { try DecisionRows.unpack(ID(rawValue: 100_005), in: $0) }
        let table =
            "SELECT json_array(id, terms, revision, series_id, subject, ordinal, household, line, row, state, kept, "
            + "home_organization, is_folded) FROM decision_row WHERE id >= 203000 AND id < 204000 ORDER BY id"
        let unpacked = try await packs.store.read { try $0.all(table) { $0.text(0) } }
        #expect(try await rows.store.read { try $0.all(table) { $0.text(0) } } == unpacked)
    }

    private func compare(_ packs: Books, _ rows: Books) async throws {
        let (found, expected) = (try await answers(packs), try await answers(rows))
        for (question, (found, expected)) in zip(DecisionPacksTests.questions, zip(found, expected)) {
            #expect(found == expected, "\(question)")
        }
    }

    @Test("Packs of one layer don't overlap; a writing that begins anew gets a layer of its own")
    func layers() async throws {
        let books = try Books()
        try await write(books, packed: true, seed: 1)
        let layers = try await books.store.read { reader in
            try reader.all("SELECT series_id, layer, COUNT(*) FROM decision_pack GROUP BY 1, 2 ORDER BY 1, 2") {
                [$0.int(0), $0.int(1), $0.int(2)]
            }
        }
        #expect(layers == [[1, 1, 5], [1, 2, 5], [2, 1, 5], [2, 2, 5]])
    }

    @Test("A row that stands where a packed one does is refused, whole")
    func unique() async throws {
        let books = try Books()
        try await write(books, packed: true, seed: 1)
        let taken = try await books.store.read { reader in
            try reader.first("SELECT subject, ordinal FROM packed_decision WHERE ordinal IS NOT NULL ORDER BY id") {
                (subject: $0.int(0), ordinal: $0.int(1))
            }
        }
        let (subject, ordinal) = try #require(taken)
        let past = PastDecision(
            id: ID(rawValue: 900_000), program: "program2", series: "s2", plugin: "p", form: "f",
            subject: SubjectRef(.person, subject), household: nil, onDate: CivilDate(days: 20_000), result: "granted",
            amount: Money(fen: 1), keeps: [:], state: "standing")
        // The next one goes in; the same again does not.
        try await books.store.write(.batch) { try past.insert(in: $0) }
        await #expect(throws: StoreError.self) {
            try await books.store.write(.batch) { writer in
                try writer.execute("UPDATE decision_row SET ordinal = $1 WHERE id = 900000", [.int(ordinal)])
                try DecisionRows.checkUnique(from: 900_000, to: 900_000, in: writer)
            }
        }
        #expect(
            try await books.store.read { try $0.integer("SELECT ordinal FROM decision_row WHERE id = 900000") }
                != ordinal)
    }

    @Test("Rows that don't rise aren't packed, and a damaged pack is said to be damaged")
    func refused() async throws {
        let books = try Books()
        let rows = BlockOfRows(
            ids: [1, 2], subjects: [5, 4], run: 1, series: 1, kinds: [0, 0], households: [0, 0], homes: [1, 1])
        await #expect(throws: NiangjiaError.self) {
            try await books.store.write(.batch) { try rows.write(packed: true, in: $0) }
        }
        #expect(try await books.store.read { try $0.integer("SELECT COUNT(*) FROM decision") } == 0)
        try await write(books, packed: true, seed: 1)
        try await books.store.write(.batch) {
            _ = try $0.execute("UPDATE decision_pack SET cells = x'00' WHERE id = 203000", [])
        }
        await #expect {
            _ = try await books.store.read { try $0.integer("SELECT COUNT(*) FROM decision") }
        } throws: {
            if case StoreError.damaged(let words) = $0 { words.contains("the pack 203000") } else { false }
        }
        let crypto = books.crypto
        await #expect {
            _ = try await books.store.read { try Audit.verify(in: $0, crypto: crypto) }
        } throws: {
            ($0 as? NiangjiaError)?.message.zh.contains(ID<Decision>(rawValue: 203_000).text) ?? false
        }
        #expect(try await books.store.integrityProblems() == ["decision_pack: the pack 203000 is damaged"])
    }

    @Test(
        "Nothing is done to the decisions of a pack that doesn't hold what it is found by: none of them is lost",
        arguments: [
            "last = last - 5", "last = id - 10", "last = 9223372036854775807", "first_subject = first_subject + 1",
            "layer = 9223372036854775807", "series_id = 99", "last_household = 99999",
        ])
    func wrong(change: String) async throws {
        let books = try Books()
        try await write(books, packed: true, seed: 1)
        try await books.store.write(.batch) {
            _ = try $0.execute("UPDATE decision_pack SET \(change) WHERE id = 203000", [])
        }
        let told = try await books.store.read { try DecisionsSchema.packing.faults(in: $0) }
        #expect(told.misplaced.contains(203_000) && told.unreadable.isEmpty)
        let before = try await books.store.read { try $0.integer("SELECT COUNT(*) FROM decision_own") }
        await #expect(throws: StoreError.self) {
            try await books.store.write(.batch) { try DecisionRows.unpack(ID(rawValue: 203_000), in: $0) }
        }
        #expect(try await books.store.read { try $0.integer("SELECT COUNT(*) FROM decision_own") } == before)
    }

    @Test("The newest decisions are taken from the ends of rows and packs")
    func newest() async throws {
        let books = try Books()
        try await write(books, packed: true, seed: 1)
        try await books.store.write(.batch) { try DecisionRows.unpack(ID(rawValue: 203_003), in: $0) }
        let plan = try await books.store.read { reader in
            try reader.all("EXPLAIN QUERY PLAN \(Decisions.leastOfNewest)", [.int(5), .int(9)]) { $0.text(3) }
        }
        // 64: from the greatest key to the least; 17: below one.
        #expect(plan.contains { $0.contains("packed_decision VIRTUAL TABLE INDEX 81:") }, "\(plan)")
        let all = try await books.store.read { try Decisions.list(limit: 10_000, in: $0).map(\.id) }
        #expect(all.count == 1_200 && all == all.sorted { $0.rawValue > $1.rawValue })
        for (after, limit) in [(nil, 7), (ID<Decision>(rawValue: 204_020), 90), (ID<Decision>(rawValue: 1), 5)] {
            let page = try await books.store.read { try Decisions.list(after: after, limit: limit, in: $0).map(\.id) }
            #expect(page == Array(all.filter { $0.rawValue < after?.rawValue ?? .max }.prefix(limit)))
        }
    }

    @Test("Who asks about one person, household, decision or run isn't given the whole of the packs")
    func plans() async throws {
        let books = try Books()
        for condition in ["id = $1", "subject = $1", "household = $1", "run = $1", "program = $1"] {
            for view in ["decision", "entitlement e JOIN decision d ON d.id = e.decision"] {
                let name = view == "decision" ? "" : "d."
                let plan = try await books.store.read { reader in
                    try reader.all(
                        "EXPLAIN QUERY PLAN SELECT \(name)amount, \(name)state FROM \(view) WHERE \(name)\(condition)",
                        [.int(5)]
                    ) { $0.text(3) }
                }
                let scans = plan.filter { $0.hasPrefix("SCAN") && $0.contains("VIRTUAL TABLE INDEX 0:") }
                #expect(scans.isEmpty, "\(condition) \(view): \(plan)")
            }
        }
    }
}
