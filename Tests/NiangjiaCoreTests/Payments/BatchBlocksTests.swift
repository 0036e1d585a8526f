import NiangjiaCore
import NiangjiaSQLite
import Testing

@Suite("Long batches: in blocks, cut off between any two of them, with other people's writes between them")
struct BatchBlocksTests {
    private static let program = "summer-cooling-2026"
    /// Seven lines, two to a block.
    private let lines = 2
    private let order = BatchOrder(program: program, remark: "夏送清凉", accountOf: { payee, _ in card(of: payee) })

    private func city(_ count: Int = 7) async throws -> (Books, [ID<Entitlement>]) {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        return (books, try await books.approved((0..<count).map { books.grant(5_000 + Int64($0)) }))
    }

    private func build(
        _ books: Books, in store: some Store, as actor: String = "payer"
    ) async throws -> (built: BuiltBatch, check: BatchCheck) {
        try await Batches.build(
            order, luhn: { BankCard.passesLuhn($0) }, lines: lines, books.context(actor), in: store)
    }

    private func approved(_ books: Books) async throws -> BuiltBatch {
        let (built, check) = try await build(books, in: books.store)
        #expect(check.isPassed)
        try await Batches.approve(built.batch, luhn: { _ in true }, books.context("second"), in: books.store)
        return built
    }

    /// Hands it over with its first block, and no more.
    private func handOver(_ built: BuiltBatch, _ books: Books) async throws -> BatchExport {
        let context = books.context("payer")
        let prepared = try await books.store.read { try Batches.prepareExport(built.batch, context, in: $0) }
        try await books.store.write(.batch) { [lines] in
            try Batches.handOver(prepared, lines: lines, context, in: $0)
        }
        return prepared.export
    }

    private func answers(_ export: BatchExport, failing: Set<Int> = []) -> [BankResult] {
        export.lines.map {
            BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: !failing.contains($0.n))
        }
    }

    /// How many entitlements are in which state.
    private func states(_ books: Books) async throws -> [Entitlement.State: Int] {
        try await books.store.read { reader in
            let all = try reader.all("SELECT state FROM entitlement") { Entitlement.State(rawValue: $0.text(0)) }
            return Dictionary(grouping: all.compactMap { $0 }) { $0 }.mapValues(\.count)
        }
    }

    private func state(_ batch: ID<PayBatch>, _ books: Books) async throws -> PayBatch {
        try await books.store.read { try Batches.load(batch, in: $0) }
    }

    /// The books are whole, and so is the chain with every sealed row.
    private func expectWhole(_ books: Books, _ place: String) async throws {
        try await books.expectSound()
        let crypto = books.crypto
        let report = try await books.store.read { try Audit.verify(in: $0, crypto: crypto) }
        #expect(report.isSound, "\(place): \(report.faults)")
    }

    @Test(
        "Building, cut off after each block: all is whole, nobody else goes on, the same command ends it, each line once"
    )
    func buildCutOff() async throws {
        for writes in 0..<5 {
            let (books, _) = try await city()
            await #expect(throws: CutOffStore.Killed.self) {
                _ = try await build(books, in: CutOffStore(books.store, after: writes))
            }
            try await expectWhole(books, "\(writes)")
            #expect(try await states(books)[.batched] ?? 0 == min(7, writes * lines))
            if writes > 0 {
                #expect(await refusal { _ = try await build(books, in: books.store, as: "another") } == .conflict)
                let half = try await books.store.read { try Batches.list(in: $0) }[0]
                #expect(half.state == .building && half.count == min(7, writes * lines))
                let refused = await refusal {
                    try await Batches.approve(half.id, luhn: { _ in true }, books.context("second"), in: books.store)
                }
                #expect(refused == .conflict)
            }
            let (built, check) = try await build(books, in: books.store)
            #expect(check.isPassed && built.count == 7 && built.total.fen == 35_021 && built.title == "2026-0001")
            #expect(try await state(built.batch, books).state == .checked)
            let batches = try await books.store.read { try Batches.list(in: $0) }
            #expect(batches.count == 1)
            try await expectWhole(books, "\(writes), ended")
        }
    }

    @Test("What was built of those named is found again, though none of them waits any more")
    func namedFinished() async throws {
        let (books, ids) = try await city()
        let named = BatchOrder(
            program: Self.program, only: Array(ids.prefix(3)), remark: "夏送清凉",
            accountOf: { payee, _ in card(of: payee) })
        let context = books.context("payer")
        let (built, _) = try await Batches.build(named, luhn: { _ in true }, lines: lines, context, in: books.store)
        let found = try await books.store.read {
            try BatchBuilding.finished(named, since: context.now, luhn: { _ in true }, context, in: $0)
        }
        #expect(found?.built == built && built.count == 3 && found?.check.isPassed == true)
    }

    @Test("What was left half built is void on demand, and somebody else builds anew; the store was closed meanwhile")
    func buildVoided() async throws {
        let (books, _) = try await city()
        await #expect(throws: CutOffStore.Killed.self) {
            _ = try await build(books, in: CutOffStore(books.store, after: 2))
        }
        try await books.store.close()
        let crypto = books.crypto
        let store = try SQLiteStore.open(
            path: books.folder.file("books.db"), migrations: NiangjiaSchema.migrations,
            beforeCommit: { try Chain.seal(in: $0, crypto: crypto) })
        let half = try await store.read { try Batches.list(in: $0) }[0]
        #expect(half.state == .building && half.count == 4)
        // A program has no second, whoever writes at once.
        await #expect(throws: StoreError.self) {
            try await store.write(.interactive) { writer in
                try writer.execute(
                    """
                    INSERT INTO pay_batch (id, year, number, program, state, line_count, total, built_by, built_at)
                    SELECT id + 1, year, number + 1, program, state, 0, 0, built_by, built_at FROM pay_batch
                    """, [])
            }
        }
        try await store.write(.batch) {
            try Batches.void(half.id, reason: "中断", books.context("another"), in: $0)
        }
        let (built, _) = try await build(books, in: store, as: "another")
        #expect(built.count == 7 && built.title == "2026-0002")
        let report = try await store.read { try Ledger.verify(in: $0) }
        #expect(report.isOK, "\(report.faults)")
        try await store.close()
    }

    @Test(
        "Two build at once, or one twice: every line is in one batch",
        arguments: [["payer", "payer"], ["payer", "x"]])
    func twoBuilders(_ actors: [String]) async throws {
        for _ in 0..<5 {
            let (books, ids) = try await city()
            await withTaskGroup(of: Void.self) { group in
                for actor in actors { group.addTask { _ = try? await build(books, in: books.store, as: actor) } }
            }
            let batches = try await books.store.read { try Batches.list(in: $0) }
            #expect(batches.count == 1 && batches[0].count == 7 && batches[0].state == .checked)
            let payments = try await books.store.read { reader in try ids.flatMap { try Payments.of($0, in: reader) } }
            #expect(payments.count == 7 && payments.allSatisfy { $0.batch == batches[0].id })
            try await expectWhole(books, "two")
        }
    }

    @Test("Between its blocks people write: what isn't in the batch yet is revoked, what is in it can't be")
    func revokedBetween() async throws {
        let (books, ids) = try await city()
        let refusals = Guarded<[NiangjiaError.Code?]>([])
        let store = CutOffStore(books.store) {
            for id in [ids[0], ids[6]] {
                let code = await refusal {
                    try await books.write {
                        try Entitlements.release([id], reason: "撤回", about: "test", $0, in: $1)
                    }
                }
                refusals.withLock { $0.append(code) }
            }
        }
        let (built, check) = try await build(books, in: store)
        #expect(check.isPassed && built.count == 6 && built.total.fen == 30_015)
        #expect(refusals.withLock { Array($0.prefix(2)) } == [.conflict, nil])
        #expect(try await books.state(ids[6]) == .released)
        try await expectWhole(books, "revoked")
    }

    @Test("A batch made void while it is built stays so: the builder hears it, and everything waits again")
    func voidedBetween() async throws {
        let (books, _) = try await city()
        let store = CutOffStore(books.store) {
            try await books.write { context, writer in
                let batch = try Batches.list(in: writer)[0]
                guard batch.state == .building else { return }
                try Batches.void(batch.id, reason: "误操作", context, in: writer)
            }
        }
        #expect(await refusal { _ = try await build(books, in: store) } == .conflict)
        #expect(try await states(books) == [.approved: 7])
        try await expectWhole(books, "void")
    }

    @Test("Handed over is handed over: one posting, one number, the lines follow; nothing else happens to it meanwhile")
    func exportCutOff() async throws {
        let (books, _) = try await city()
        let built = try await approved(books)
        let export = try await handOver(built, books)
        var moved = lines
        while true {
            #expect(try await states(books)[.exported] == moved)
            #expect(try await books.balance("cooling-2026", .inTransit) == 35_021)
            #expect(try await books.balance("cooling-2026", .held) == 0)
            try await expectWhole(books, "\(moved) lines")
            guard try await state(built.batch, books).isUnderWay else { break }
            #expect(await refusal { _ = try await handOver(built, books) } == .conflict)
            #expect(
                await refusal { try await books.write { try Batches.void(built.batch, reason: "x", $0, in: $1) } }
                    == .conflict)
            let payment = export.lines[6].payment
            let dropped = await refusal {
                _ = try await books.write {
                    try Batches.refresh(built.batch, dropping: [payment], reason: "x", $0, in: $1)
                }
            }
            #expect(dropped == .conflict)
            let told = answers(export)
            #expect(
                await refusal { _ = try await books.write { try Batches.result(built.batch, told, $0, in: $1) } }
                    == .conflict)
            // The file may be written again from the first moment on.
            let crypto = books.crypto
            #expect(try await books.store.read { try Batches.lines(of: built.batch, in: $0, crypto) } == export)
            _ = try await books.write { [lines] in try Batches.follow(built.batch, lines: lines, $0, in: $1) }
            moved = min(7, moved + lines)
        }
        #expect(moved == 7)
        #expect(try await books.store.read { try Exports.last(in: $0) } == 1)
        #expect(
            try await books.store.read { try $0.integer("SELECT count(*) FROM entry_set WHERE kind = 'export'") } == 1)
    }

    @Test("What was prepared and has changed since isn't handed over")
    func changedSincePrepared() async throws {
        let (books, ids) = try await city()
        let built = try await approved(books)
        let context = books.context("payer")
        let prepared = try await books.store.read { try Batches.prepareExport(built.batch, context, in: $0) }
        let payment = try await books.store.read { try Payments.of(ids[2], in: $0)[0].id }
        _ = try await Batches.refresh(
            built.batch, dropping: [payment], reason: "取出", accountOf: { payee, _ in card(of: payee) },
            books.context(), in: books.store)
        _ = try await Batches.check(built.batch, luhn: { _ in true }, books.context(), in: books.store)
        try await Batches.approve(built.batch, luhn: { _ in true }, books.context("second"), in: books.store)
        let refused = await refusal {
            try await books.store.write(.batch) { try Batches.handOver(prepared, context, in: $0) }
        }
        #expect(refused == .conflict)
        #expect(try await books.balance("cooling-2026", .inTransit) == 0)
        let export = try await handOver(built, books)
        #expect(export.count == 6)
    }

    @Test("The bank's answer, cut off after each block: each is true by itself, the same answer ends it, told once")
    func answerCutOff() async throws {
        for writes in 0..<4 {
            let (books, ids) = try await city()
            let built = try await approved(books)
            let export = try await handOver(built, books)
            try await Batches.follow(built.batch, books.context(), in: books.store)
            let told = answers(export, failing: [2, 7])
            await #expect(throws: CutOffStore.Killed.self) {
                _ = try await Batches.result(
                    built.batch, told, lines: lines, books.context(), in: CutOffStore(books.store, after: writes))
            }
            try await expectWhole(books, "\(writes)")
            #expect(try await states(books)[.exported] == 7 - writes * lines)
            // A whole file is refused before any of it is taken.
            var altered = told
            altered[6].amount += Money(fen: 1)
            let wrong = altered
            let refused = await refusal {
                _ = try await Batches.result(built.batch, wrong, lines: lines, books.context(), in: books.store)
            }
            #expect(refused == .invalid)
            #expect(try await states(books)[.exported] == 7 - writes * lines)
            let outcome = try await Batches.result(
                built.batch, told, lines: lines, books.context(), in: books.store)
            #expect(outcome == BatchOutcome(paid: 5, failed: 2, unknown: 0))
            #expect(try await state(built.batch, books).state == .settled)
            #expect(try await books.state(ids[1]) == .failed)
            #expect(try await books.messages().count == 7)
            #expect(try await books.balance("cooling-2026", .inTransit) == 0)
            try await expectWhole(books, "\(writes), ended")
        }
    }

    @Test("Taking a batch apart, cut off after each block: void at once, its payments wait again once it has ended")
    func voidCutOff() async throws {
        for writes in 0..<4 {
            let (books, _) = try await city()
            let built = try await approved(books)
            try await books.write { [lines] in try Batches.void(built.batch, reason: "重做", lines: lines, $0, in: $1) }
            await #expect(throws: CutOffStore.Killed.self) {
                try await Batches.follow(
                    built.batch, lines: 1, books.context(), in: CutOffStore(books.store, after: writes))
            }
            #expect(try await states(books) == [.approved: lines + writes, .batched: 5 - writes])
            try await expectWhole(books, "\(writes)")
            try await Batches.followAll(books.context("scheduler"), in: books.store)
            #expect(try await states(books) == [.approved: 7])
            #expect(try await !state(built.batch, books).isUnderWay)
            let (again, _) = try await build(books, in: books.store)
            #expect(again.count == 7)
            try await expectWhole(books, "\(writes), built again")
        }
    }

    @Test("A batch whose lines can't follow it holds up no other, and whoever asked hears which it is")
    func oneCannotFollow() async throws {
        let (books, ids) = try await city()
        let all: Batches.AccountOf = { payee, _ in card(of: payee) }
        let context = books.context("payer")
        var batches: [ID<PayBatch>] = []
        for named in [ids[..<3], ids[3...]] {
            let order = BatchOrder(program: Self.program, only: Array(named), remark: "夏送清凉", accountOf: all)
            let (built, _) = try await Batches.build(order, luhn: { _ in true }, context, in: books.store)
            try await books.write { try Batches.void(built.batch, reason: "重做", lines: 1, $0, in: $1) }
            batches.append(built.batch)
        }
        // Somebody edits the store.
        let broken = try await books.store.read { try Payments.of(ids[2], in: $0)[0].id }
        try await books.store.write(.interactive) {
            try $0.execute("UPDATE payment SET state = 'paid' WHERE id = $1", [.id(broken)])
        }
        let told = try await Batches.followAll(of: Self.program, context, in: books.store)
        #expect(told.count == 1 && told[0].zh.contains(batches[0].text), "\(told)")
        #expect(try await books.store.read { try Batches.underWay(in: $0) } == [batches[0]])
        let late = try await books.store.read { try Batches.leftUnderWay(since: context.now + 600_000, in: $0) }
        #expect(late.map(\.id) == [batches[0]])
        #expect(try await books.store.read { try Batches.leftUnderWay(since: context.now, in: $0) }.isEmpty)
        let (next, _) = try await build(books, in: books.store)
        #expect(next.count == 5, "the first of the one, and all of the other")
        // Mended, it goes on.
        try await books.store.write(.interactive) {
            try $0.execute("UPDATE payment SET state = 'batched' WHERE id = $1", [.id(broken)])
        }
        #expect(try await Batches.followAll(context, in: books.store).isEmpty)
        #expect(try await books.store.read { try Batches.underWay(in: $0) }.isEmpty)
        try await books.expectSound()
    }

    @Test("Lines that have to go leave in blocks; the batch has lost its approval with the first of them")
    func refreshCutOff() async throws {
        let (books, ids) = try await city()
        let built = try await approved(books)
        let leaving = try await books.store.read { reader in
            Set(try ids.prefix(5).map { try Payments.of($0, in: reader)[0].id })
        }
        let all: Batches.AccountOf = { payee, _ in card(of: payee) }
        await #expect(throws: CutOffStore.Killed.self) {
            _ = try await Batches.refresh(
                built.batch, dropping: leaving, reason: "取出", accountOf: all, lines: lines, books.context(),
                in: CutOffStore(books.store, after: 1))
        }
        let half = try await state(built.batch, books)
        #expect(half.state == .built && half.count == 5 && half.approvedBy == nil)
        try await expectWhole(books, "half")
        // The same again ends it, and once more answers the same: nothing is taken out twice.
        for place in ["whole", "again"] {
            let dropped = try await Batches.refresh(
                built.batch, dropping: leaving, reason: "取出", accountOf: all, lines: lines, books.context(),
                in: books.store)
            #expect(dropped.map(\.n) == [1, 2, 3, 4, 5] && Set(dropped.map(\.payment)) == leaving)
            #expect(dropped.allSatisfy { !$0.hasOtherAccount })
            #expect(try await state(built.batch, books).count == 2)
            try await expectWhole(books, place)
        }
        let rest = try await books.store.read { reader in
            Set(try ids.map { try Payments.of($0, in: reader)[0].id })
        }
        // With the last of them the batch is void, and whoever hasn't heard it asks once more.
        for _ in 0..<2 {
            let dropped = try await Batches.refresh(
                built.batch, dropping: rest, reason: "取出", accountOf: all, lines: lines, books.context(),
                in: books.store)
            #expect(dropped.map(\.n) == Array(1...7))
            #expect(try await state(built.batch, books).state == .void)
        }
        // Without a name nobody knows what was meant; what never was in it can't have left.
        let (other, _) = try await build(books, in: books.store)
        let stranger = try await books.store.read { try Batches.load(other.batch, in: $0) }
        #expect(stranger.count == 7)
        for named in [[], rest.union([books.ids.next()])] as [Set<ID<Payment>>] {
            let refused = await refusal {
                _ = try await Batches.refresh(
                    built.batch, dropping: named, reason: "取出", accountOf: all, books.context(), in: books.store)
            }
            #expect(refused == .conflict)
        }
        try await expectWhole(books, "void")
    }
}
