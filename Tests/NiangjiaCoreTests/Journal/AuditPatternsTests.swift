import NiangjiaCore
import NiangjiaTesting
import Testing

@Suite("What an auditor looks at twice") struct AuditPatternsTests {
    private static let july = DateRange(from: CivilDate("2026-07-01")!, to: CivilDate("2026-07-31")!)
    private static let start = Instant(CivilDate("2026-07-10")!, minutes: 600)

    private func scan(_ books: Books, by filer: String, _ times: [Instant]) async throws {
        try await books.write { context, writer in
            for at in times {
                try writer.execute(
                    """
                    INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, filer, submitted_at,
                    on_date, state, fields, updated_at, channel)
                    VALUES ($1, 'p', 's', 'x', 'f', '', '', $2, $3, 0, 'done', $4, 0, 'scan')
                    """, [.id(context.ids.next(CaseFile.self)), .text(filer), .instant(at), .blob([])])
            }
        }
    }

    @Test("A burst is told once, as long as it goes; a steady day is none")
    func bursts() async throws {
        let books = try Books()
        // Forty within four minutes, then a pause, then a scan every five minutes all day.
        try await scan(books, by: "k-1", (0..<40).map { Self.start + Int64($0) * 6_000 })
        try await scan(books, by: "k-1", (0..<100).map { Self.start + 3_600_000 + Int64($0) * 300_000 })
        // Thirty in ten minutes and a bit are too few at any time.
        try await scan(books, by: "k-2", (0..<30).map { Self.start + Int64($0) * 21_000 })
        let found = try await books.store.read { try AuditPatterns.find(Self.july, [], in: $0) }
        #expect(found.bursts.map(\.who) == ["k-1"])
        #expect(found.bursts[0].count == 40 && found.bursts[0].from == Self.start && found.bursts[0].kind == "scan")
        #expect(found.accounts.isEmpty && found.underLimits.isEmpty)
        var limits = PatternLimits()
        limits.burstCount = 29
        let wider = limits
        let more = try await books.store.read { try AuditPatterns.find(Self.july, [], wider, in: $0) }
        #expect(more.bursts.map(\.who) == ["k-1", "k-2"])
        let june = DateRange(from: CivilDate("2026-06-01")!, to: CivilDate("2026-06-30")!)
        #expect(try await books.store.read { try AuditPatterns.find(june, [], in: $0) }.bursts.isEmpty)
    }

    @Test("One account of several payees is told with what went into it, by ids alone")
    func sharedAccounts() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        let ids = try await books.approved([books.grant(100_00), books.grant(50_00), books.grant(70_00)])
        let shared = try await books.store.read { try Entitlements.load(ids[2], in: $0).payee }
        let built = try await build(
            books, nil,
            accountOf: { payee in
                var account = card(of: payee)
                if payee != shared { account.number = "6200990100000000017" }
                return account
            })
        _ = try await books.write(as: "payer") { try Batches.check(built.batch, luhn: { _ in true }, $0, in: $1) }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        let export = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        let answer = export.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
        }
        _ = try await books.write { try Batches.result(built.batch, answer, $0, in: $1) }
        let days = DateRange(from: CivilDate("2026-06-01")!, to: CivilDate("2026-06-30")!)
        let found = try await books.store.read { try AuditPatterns.find(days, [], in: $0) }.accounts
        #expect(found.count == 1 && found[0].count == 2 && found[0].paid == Money(fen: 150_00))
        #expect(found[0].payees.allSatisfy { $0.hasPrefix("p-") })
    }

    /// Has an account try a content of a program.
    private func preview(
        _ books: Books, _ account: String, _ content: String, _ kind: String = "preview", from: String = "hash",
        at: Instant = AuditPatternsTests.start
    ) async throws {
        try await books.write { context, writer in
            try writer.execute(
                """
                INSERT INTO preview (id, kind, at, account, bundle, program, form, as_of, content_hash, totals)
                VALUES ($1, $2, $3, $4, $5, 'p', 'f', 0, $6, '{}')
                """,
                [
                    .id(context.ids.next(Preview.self)), .text(kind), .instant(at), .text(account), .text(content),
                    .text(from),
                ])
        }
    }

    @Test("Ten contents that never came into force make a pattern, on either side of a comparison; what did is none")
    func probes() async throws {
        let books = try Books()
        func found(_ days: DateRange = Self.july) async throws -> [AuditPatterns.Probe] {
            try await books.store.read { try AuditPatterns.find(days, [], in: $0) }.probes
        }
        for (n, state) in ["approved", "active", "retired", "declined", "stale"].enumerated() {
            try await books.write { _, writer in
                try writer.execute(
                    "INSERT INTO bundle (digest, proposed_by, proposed_at, state) VALUES ($1, 'o', 0, $2)",
                    [.text("known-\(n)"), .text(state)])
            }
            try await preview(books, "office", "known-\(n)")
        }
        // Two of those count, and six of nobody's: the same once more counts once.
        for n in 0..<6 {
            let kind = n < 3 ? "preview" : "unread"
            try await preview(books, "office", "draft-\(n)", kind, at: Self.start + Int64(n))
        }
        try await preview(books, "office", "draft-0")
        try await preview(books, "other", "draft-9")
        #expect(try await found().isEmpty)
        // The other side of a comparison, and none where it is nothing.
        try await preview(books, "office", "known-1", "diff", from: "draft-6")
        try await preview(books, "office", "known-1", "diff", from: "closed")
        #expect(try await found().isEmpty)
        try await preview(books, "office", "draft-7", "unasked", at: Self.start + 60_000)
        let probes = try await found()
        #expect(probes.map(\.account) == ["office"] && probes[0].program == "p")
        #expect(probes[0].contents == 10 && probes[0].tries == 11)
        #expect(probes[0].from == Self.start && probes[0].to == Self.start + 60_000)
        let june = DateRange(from: CivilDate("2026-06-01")!, to: CivilDate("2026-06-30")!)
        #expect(try await found(june).isEmpty)
    }

    @Test("Sums just under a review level's limit are told by who filed them")
    func underLimits() async throws {
        let books = try Books()
        var program = Program(
            id: "aid", plugin: "x", organization: "990100", series: "aid", season: Self.july)
        program.base.review = [ReviewLevel("basic"), ReviewLevel("city", over: Money(fen: 2_000_00))]
        program.base.settings = [
            "tiers": [["stage": "higher", "amount": 198_000], ["stage": "other", "amount": 50_000]]
        ]
        let amounts: [(String, [Int64])] = [
            ("c-1", [1_990_00, 1_999_00, 1_900_00, 500_00]), ("c-2", [1_950_00, 1_950_00, 2_100_00]),
            ("c-3", [1_899_99, 1_899_99, 1_899_99, 1_899_99]),
            // A tier of the rule is what everybody of a kind gets.
            ("c-4", [1_980_00, 1_980_00, 1_980_00, 1_960_00]),
        ]
        try await books.write { context, writer in
            for (filer, own) in amounts {
                for amount in own {
                    let id = context.ids.next(CaseFile.self)
                    try writer.execute(
                        """
                        INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, filer, submitted_at,
                        on_date, state, fields, updated_at, channel)
                        VALUES ($1, 'aid', 's', 'x', 'f', '', '', $2, 0, 0, 'done', $3, 0, 'clerk')
                        """, [.id(id), .text(filer), .blob([])])
                    let decision = context.ids.next(Decision.self)
                    try writer.insertDecision([
                        "id": .id(decision), "program": .text("aid"), "series": .text("aid"), "plugin": .text("x"),
                        "form": .text("f"), "subject_kind": .text("person"), "subject": .id(decision),
                        "case_id": .id(id), "on_date": .date(CivilDate("2026-07-09")!), "decided_at": .int(0),
                        "result": .text("granted"), "assessed": .int(amount), "amount": .int(amount),
                        "state": .text("standing"),
                    ])
                }
            }
        }
        let one = program
        let found = try await books.store.read { try AuditPatterns.find(Self.july, [one], in: $0) }.underLimits
        #expect(found.map(\.filer) == ["c-1"] && found[0].within == 3 && found[0].all == 4)
        #expect(
            found[0].kind == "review:city" && found[0].limit == Money(fen: 2_000_00) && found[0].decisions.count == 3)
    }
}
