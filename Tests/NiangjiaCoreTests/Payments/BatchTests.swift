import NiangjiaCore
import Testing

@Suite("Payment batches: four eyes, exported once, results matched")
struct BatchTests {
    private func city(_ count: Int) async throws -> (Books, [ID<Entitlement>]) {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        return (books, try await books.approved((0..<count).map { books.grant(5_000 + Int64($0)) }))
    }

    private func answer(_ export: BatchExport, failing: Set<Int> = [], without: Set<Int> = []) -> [BankResult] {
        export.lines.filter { !without.contains($0.n) }.map {
            BankResult(
                n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: !failing.contains($0.n),
                message: failing.contains($0.n) ? "账号户名不符" : "成功")
        }
    }

    @Test("A batch's life: built, checked, approved, exported, one line fails, is reissued and paid")
    func life() async throws {
        let (books, ids) = try await city(5)
        let built = try await build(books, nil)
        #expect(built.count == 5 && built.title == "2026-0001" && built.withoutAccount.isEmpty)
        #expect(built.total.fen == 25_010)
        let check = try await books.write(as: "payer") {
            try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1)
        }
        #expect(check.isPassed && check.findings.isEmpty)
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        #expect(try await books.balance("cooling-2026", .held) == 25_010)
        let export = try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
        #expect(export.lines.map(\.n) == [1, 2, 3, 4, 5])
        #expect(try await books.balance("cooling-2026", .inTransit) == 25_010)
        try await books.expectSound()

        let outcome = try await books.write {
            try Batches.result(built.batch, answer(export, failing: [3]), $0, in: $1)
        }
        #expect(outcome == BatchOutcome(paid: 4, failed: 1, unknown: 0))
        #expect(try await books.state(ids[2]) == .failed)
        #expect(try await books.balance("cooling-2026", .inTransit) == 0)
        #expect(try await books.balance("cooling-2026", .held) == export.lines[2].amount.fen)
        try await books.expectSound()

        // Told once, however often the bank's answer is read.
        _ = try await books.write { try Batches.result(built.batch, answer(export, failing: [3]), $0, in: $1) }
        let payee = try #require(try await books.store.read { try Entitlements.load(ids[2], in: $0).payee.id })
        let told = try await books.messages()
        #expect(told.map(\.kind).sorted() == ["payment.failed"] + Array(repeating: "payment.paid", count: 4))
        let failed = try #require(told.first { $0.kind == "payment.failed" })
        #expect(failed.recipient == ID<Person>(rawValue: payee).text)
        #expect(failed.body["amount_fen"].int == export.lines[2].amount.fen)
        #expect(!failed.body.json.contains("账号户名不符"))

        let said = try await books.store.read { try Payments.of(ids[2], in: $0) }
        #expect(said.map(\.state) == [.failed] && said.map(\.message) == ["账号户名不符"])

        let next = try await books.write { try Batches.reissue(export.lines[2].payment, reason: "换卡", $0, in: $1) }
        try await pay(books, [ids[2]])
        let attempts = try await books.store.read { try Payments.of(ids[2], in: $0) }
        #expect(attempts.map(\.attempt) == [1, 2])
        #expect(attempts.map(\.state) == [.failed, .paid])
        #expect(attempts.last?.id == next)
        #expect(try await books.messages().last.map { $0.body["payment"].text } == next.text)
        #expect(try await books.balance("cooling-2026", .paid) == 25_010)
        try await books.expectSound()
    }

    @Test("Who built a batch, or is paid by it, doesn't approve it under any account; who is paid doesn't export it")
    func fourEyes() async throws {
        let (books, ids) = try await city(2)
        let built = try await build(books, nil)
        let payee = try #require(try await books.store.read { try Entitlements.load(ids[1], in: $0).payee.id })
        try await books.store.write(.interactive) { writer in
            for (id, person) in [("own", payee), ("own2", payee), ("payer", 777_777), ("payer2", 777_777)] {
                try writer.execute(
                    """
                    INSERT INTO account (id, display, roles, person, password_sealed, created_at, created_by)
                    VALUES ($1, $1, '[]', $2, $3, 0, 'admin')
                    """, [.text(id), .int(person), .blob([])])
            }
        }
        let unchecked = await refusal {
            try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        }
        #expect(unchecked == .conflict)
        try await books.write { _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1) }
        for actor in ["payer", "payer2", "own", "own2"] {
            let code = await refusal {
                try await books.write(as: actor) { try Batches.approve(built.batch, $0, in: $1) }
            }
            #expect(code == .forbidden, "\(actor)")
        }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        for actor in ["own", "own2"] {
            let code = await refusal {
                try await books.write(as: actor) { _ = try Batches.export(built.batch, $0, in: $1) }
            }
            #expect(code == .forbidden, "\(actor)")
        }
        try await books.expectSound()
    }

    @Test("Whoever filed a case or did any step in it, before or since, neither approves nor exports its batch")
    func handlers() async throws {
        let (books, ids) = try await city(2)
        let caseID = try #require(try await books.store.read { try Entitlements.load(ids[1], in: $0).caseID })
        try await books.store.write(.interactive) { writer in
            try writer.execute(
                """
                INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, filer, submitted_at, on_date,
                state, fields, updated_at, channel) VALUES ($1, 'p', 's', 'x', 'f', '', '', 'clerk', 0, 0, 'approved', $2, 0, 'clerk')
                """, [.id(caseID), .blob([])])
            for (n, step) in [("reviewer", "in_check"), ("treasurer", "approved")].enumerated() {
                try writer.execute(
                    """
                    INSERT INTO case_step (case_id, n, at, actor, role, action, from_state, to_state)
                    VALUES ($1, $2, 0, $3, 'r', 'a', $4, 'approved')
                    """, [.id(caseID), .int(Int64(n)), .text(step.0), .text(step.1)])
            }
        }
        let built = try await build(books, nil)
        try await books.write { _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1) }
        for actor in ["clerk", "reviewer", "treasurer", "payer"] {
            let code = await refusal {
                try await books.write(as: actor) { try Batches.approve(built.batch, $0, in: $1) }
            }
            #expect(code == .forbidden)
        }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        for actor in ["clerk", "reviewer", "treasurer"] {
            let code = await refusal {
                try await books.write(as: actor) { _ = try Batches.export(built.batch, $0, in: $1) }
            }
            #expect(code == .forbidden)
        }
        try await books.write(as: "payer") { _ = try Batches.export(built.batch, $0, in: $1) }
    }

    @Test("Every step stands in the sealed chain, with the export's digest")
    func chained() async throws {
        let (books, _) = try await city(3)
        let export = try await exported(books, nil)
        try await books.write { _ = try Batches.result(export.batch, answer(export, failing: [2]), $0, in: $1) }
        let events = try await books.store.read { reader in
            try reader.all("SELECT kind, actor, body FROM chain_event WHERE kind <> 'rows.sealed' ORDER BY seq") {
                (kind: $0.text(0), actor: $0.text(1), body: try Value(json: $0.text(2)))
            }
        }
        #expect(
            events.map(\.kind) == [
                "money.budget", "money.hold", "entitlement.approved", "batch.built", "batch.checked", "batch.approved",
                "money.export", "money.paid", "money.failed", "batch.result",
            ])
        #expect(
            events.map(\.actor).suffix(7) == [
                "payer", "payer", "second", "payer", "treasurer", "treasurer", "treasurer",
            ])
        let digest = export.digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(events[6].body["details"]["digest"].text == digest)
        let crypto = books.crypto
        #expect(try await books.store.read { try Chain.verify(in: $0, crypto: crypto) }.isWhole)
    }

    @Test("A batch is exported once, even by eight clicks at once; the lost file is written again with the same digest")
    func exportOnce() async throws {
        let (books, _) = try await city(3)
        let built = try await build(books, nil)
        let early = await refusal { try await books.write { _ = try Batches.export(built.batch, $0, in: $1) } }
        #expect(early == .conflict)
        try await books.write { _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1) }
        try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        let exports = await withTaskGroup(of: BatchExport?.self) { group in
            for _ in 0..<8 {
                group.addTask { try? await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) } }
            }
            var exports: [BatchExport] = []
            for await case .some(let export) in group { exports.append(export) }
            return exports
        }
        #expect(exports.count == 1)
        #expect(try await books.balance("cooling-2026", .inTransit) == built.total.fen)
        let crypto = books.crypto
        let again = try await books.store.read { try Batches.lines(of: built.batch, in: $0, crypto) }
        #expect(again == exports.first)
        try await books.write {
            try Batches.fileMade(built.batch, name: "DF20260601001.txt", digest: [1, 2, 3], $0, in: $1)
        }
        let void = await refusal { try await books.write { try Batches.void(built.batch, reason: "no", $0, in: $1) } }
        #expect(void == .conflict)
        try await books.store.write(.interactive) {
            try $0.execute("UPDATE pay_line SET amount = amount + 1 WHERE n = 1", [])
        }
        let altered = await refusal {
            _ = try await books.store.read { try Batches.lines(of: built.batch, in: $0, crypto) }
        }
        #expect(altered == .internal)
    }

    @Test("A result file with one wrong amount, account, number or double line is refused whole")
    func mismatchRefusedWhole() async throws {
        let (books, ids) = try await city(4)
        let export = try await exported(books, nil)
        let right = answer(export, failing: [2])
        var wrong: [[BankResult]] = []
        for change: (inout BankResult) -> Void in [
            { $0.amount += Money(fen: 1) }, { $0.account = "6200000000000000000" }, { $0.n = 9 }, { $0.n = 1 },
        ] {
            var results = right
            change(&results[3])
            wrong.append(results)
        }
        for results in wrong {
            let code = await refusal {
                try await books.write { _ = try Batches.result(export.batch, results, $0, in: $1) }
            }
            #expect(code == .invalid)
            #expect(try await books.state(ids[0]) == .exported)
        }
        #expect(try await books.balance("cooling-2026", .inTransit) == export.total.fen)
        try await books.write { _ = try Batches.result(export.batch, right, $0, in: $1) }
        try await books.expectSound()
    }

    @Test("Unknown is not failed: it stays with the bank, can't be reissued, and is settled by a later answer")
    func unknownStays() async throws {
        let (books, ids) = try await city(4)
        let export = try await exported(books, nil)
        var partial = answer(export, failing: [2], without: [4])
        partial[2].isPaid = nil
        let first = partial
        let outcome = try await books.write { try Batches.result(export.batch, first, $0, in: $1) }
        #expect(outcome == BatchOutcome(paid: 1, failed: 1, unknown: 2))
        for n in [2, 3] {
            let payment = export.lines[n].payment
            let code = await refusal {
                try await books.write { _ = try Batches.reissue(payment, reason: "不耐烦", $0, in: $1) }
            }
            #expect(code == .conflict)
        }
        let paid = await refusal {
            try await books.write { _ = try Batches.reissue(export.lines[0].payment, reason: "再来", $0, in: $1) }
        }
        #expect(paid == .conflict)
        #expect(try await books.store.read { try Batches.load(export.batch, in: $0).state } == .exported)
        // The same answer again changes nothing; a contradiction is refused whole.
        let before = try await books.store.read { try $0.integer("SELECT count(*) FROM entry_set") }
        try await books.write { _ = try Batches.result(export.batch, first, $0, in: $1) }
        #expect(try await books.store.read { try $0.integer("SELECT count(*) FROM entry_set") } == before)
        let contradiction = await refusal {
            try await books.write { _ = try Batches.result(export.batch, answer(export, failing: [1]), $0, in: $1) }
        }
        #expect(contradiction == .invalid)
        let last = try await books.write { try Batches.result(export.batch, answer(export, failing: [2]), $0, in: $1) }
        #expect(last == BatchOutcome(paid: 3, failed: 1, unknown: 0))
        #expect(try await books.state(ids[3]) == .paid)
        #expect(try await books.store.read { try Batches.load(export.batch, in: $0).state } == .settled)
        try await books.expectSound()
    }

    @Test("A payment's identity exists once: reissued once, and twice not even in the store")
    func identity() async throws {
        let (books, ids) = try await city(1)
        let export = try await exported(books, nil)
        let payment = export.lines[0].payment
        try await books.write { _ = try Batches.result(export.batch, answer(export, failing: [1]), $0, in: $1) }
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    await refusal {
                        try await books.write { _ = try Batches.reissue(payment, reason: "r", $0, in: $1) }
                    } == nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        // Neither under the same identity nor as another attempt while one is under way.
        for (attempt, state) in [(2, "failed"), (3, "waiting")] {
            await #expect(throws: StoreError.self) {
                try await books.store.write(.interactive) {
                    try $0.execute(
                        """
                        INSERT INTO payment (id, entitlement, ordinal, revision, attempt, amount, state, made_at)
                        VALUES (7, $1, 1, 1, $2, 5000, $3, 0)
                        """, [.id(ids[0]), .int(Int64(attempt)), .text(state)])
                }
            }
        }
        #expect(try await books.store.read { try Payments.of(ids[0], in: $0) }.count == 2)
        try await books.expectSound()
    }

    @Test("Sixteen clerks who build at once never take the same money")
    func parallelBuilds() async throws {
        let (books, ids) = try await city(40)
        let counts = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask { (try? await build(books, nil).count) ?? 0 }
            }
            return await group.reduce(into: 0) { $0 += $1 }
        }
        #expect(counts == 40)
        #expect(try await books.store.read { try $0.integer("SELECT count(*) FROM payment") } == Int64(ids.count))
        try await books.expectSound()
    }

    @Test("The bank sends a payment back: held again, reissued; what was returned can't be returned twice")
    func bankReturn() async throws {
        let (books, ids) = try await city(2)
        let export = try await exported(books, nil)
        try await books.write { _ = try Batches.result(export.batch, answer(export), $0, in: $1) }
        books.clock.set(try #require(CivilDate("2027-01-05").map { Instant($0, minutes: 600) }))
        let payment = export.lines[0].payment
        let effective = try #require(CivilDate("2026-12-30"))
        try await books.write { _ = try Batches.returned(payment, message: "销户", on: effective, $0, in: $1) }
        #expect(try await books.balance("cooling-2026", .held) == export.lines[0].amount.fen)
        let booked = try await books.store.read { reader in
            try reader.first("SELECT year, effective_on FROM entry_set WHERE kind = 'returned'") {
                ($0.int(0), $0.date(1))
            }
        }
        #expect(booked?.0 == 2027 && booked?.1 == effective)
        let twice = await refusal {
            try await books.write { _ = try Batches.returned(payment, message: "销户", on: effective, $0, in: $1) }
        }
        #expect(twice == .conflict)
        try await books.write { _ = try Batches.reissue(payment, reason: "新卡", $0, in: $1) }
        try await pay(books, [ids[0]])
        #expect(try await books.state(ids[0]) == .paid)
        try await books.expectSound()
    }

    @Test("A bank's cumulative answer may go on telling what was returned since, or what it paid late")
    func cumulative() async throws {
        let (books, ids) = try await city(3)
        let export = try await exported(books, nil)
        let first = answer(export, failing: [2], without: [3])
        try await books.write { _ = try Batches.result(export.batch, first, $0, in: $1) }
        let today = books.clock.now().date
        try await books.write {
            _ = try Batches.returned(export.lines[0].payment, message: "销户", on: today, $0, in: $1)
        }
        try await books.write {
            _ = try Batches.paidAfterAll(export.lines[1].payment, message: "更正", on: today, $0, in: $1)
        }
        // The old answer again, and the new one that says the same of both, changes nothing of them.
        _ = try await books.write { try Batches.result(export.batch, first, $0, in: $1) }
        #expect(try await books.state(ids[2]) == .exported)
        for _ in 0..<2 {
            let outcome = try await books.write {
                try Batches.result(export.batch, answer(export, failing: [2]), $0, in: $1)
            }
            #expect(outcome == BatchOutcome(paid: 2, failed: 1, unknown: 0))
        }
        for (id, state) in zip(ids, [Entitlement.State.failed, .paid, .paid]) {
            #expect(try await books.state(id) == state)
        }
        // What was paid at once and is told to have failed is still a contradiction.
        let code = await refusal {
            try await books.write { _ = try Batches.result(export.batch, answer(export, failing: [3]), $0, in: $1) }
        }
        #expect(code == .invalid)
        try await books.expectSound()
    }

    @Test("A batch taken apart leaves its payments waiting under the same identity")
    func voiding() async throws {
        let (books, ids) = try await city(3)
        let built = try await build(books, nil)
        try await books.write { try Batches.void(built.batch, reason: "卡号更正", $0, in: $1) }
        #expect(try await books.state(ids[0]) == .approved)
        let second = try await build(books, nil)
        #expect(second.title == "2026-0002")
        let attempts = try await books.store.read { try Payments.of(ids[0], in: $0) }
        #expect(attempts.count == 1 && attempts[0].attempt == 1)
        let twice = await refusal {
            try await books.write { try Batches.void(built.batch, reason: "again", $0, in: $1) }
        }
        #expect(twice == .conflict)
        try await books.expectSound()
    }

    @Test("Checking shows shared accounts and wrong check digits; another holder's account blocks")
    func findings() async throws {
        let (books, _) = try await city(3)
        let holders = ["张三", "李四"]
        let people = try await books.store.read {
            try $0.all("SELECT payee FROM entitlement ORDER BY id") { $0.int(0) }
        }
        let built = try await build(books, nil) { payee in
            let n = people.firstIndex { $0 == payee.id } ?? 0
            return BankAccount(number: "6200000000000000001", holder: holders[min(n, 1)])
        }
        let check = try await books.write(as: "payer") {
            try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1)
        }
        #expect(!check.isPassed)
        #expect(check.findings.filter { $0.code == "LUHN" }.count == 3)
        #expect(check.findings.filter { $0.code == "SHARED_ACCOUNT" && $0.blocks }.count == 2)
        let approve = await refusal {
            try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
        }
        #expect(approve == .conflict)
    }

    @Test("Who has no account is left out and named; with nobody left there is no batch")
    func withoutAccount() async throws {
        let (books, ids) = try await city(2)
        let people = try await books.store.read {
            try $0.all("SELECT payee FROM entitlement ORDER BY id") { $0.int(0) }
        }
        let built = try await build(books, nil) { $0.id == people[0] ? card(of: $0) : nil }
        #expect(built.count == 1 && built.withoutAccount == [ids[1]])
        #expect(await refusal { _ = try await build(books, nil) { _ in nil } } == .conflict)
        #expect(try await books.state(ids[1]) == .approved)
        try await books.expectSound()
    }

    @Test("Who can't be paid yet takes nobody's line: a batch of so many lines reaches those behind")
    func limitCountsLines() async throws {
        let (books, ids) = try await city(3)
        let first = try await books.store.read { try $0.integer("SELECT payee FROM entitlement ORDER BY id LIMIT 1") }
        let built = try await build(books, nil, limit: 1) { $0.id == first ? nil : card(of: $0) }
        #expect(built.count == 1 && built.withoutAccount == [ids[0]])
        #expect(try await books.state(ids[1]) == .batched)
        #expect(try await books.state(ids[2]) == .approved)
        try await books.expectSound()
    }

    @Test(
        "Verification finds a payment or line that was changed",
        arguments: [
            "UPDATE payment SET amount = amount + 1", "DELETE FROM payment",
            "UPDATE pay_line SET amount = amount + 1 WHERE n = 1",
            "DELETE FROM pay_line WHERE n = 2", "UPDATE entitlement_row SET state = 'failed'",
        ])
    func verificationFinds(damage: String) async throws {
        let (books, _) = try await city(2)
        _ = try await exported(books, nil)
        try await books.expectSound()
        try await books.store.write(.interactive) { try $0.execute(damage, []) }
        #expect(try await !books.store.read { try Ledger.verify(in: $0) }.isOK)
    }

    @Test("No account number is readable in the store")
    func sealed() async throws {
        let (books, ids) = try await city(1)
        let built = try await build(books, nil)
        let payee = try await books.store.read { try Entitlements.load(ids[0], in: $0).payee }
        let sealed = try await books.store.read { reader in
            try reader.first("SELECT account_sealed FROM pay_line WHERE batch = $1", [.id(built.batch)]) { $0.blob(0) }
        }
        let number = Array(card(of: payee).number.utf8)
        let bytes = try #require(sealed)
        #expect(bytes.count > number.count)
        #expect(!bytes.indices.contains { bytes[$0...].starts(with: number) })
    }
}
