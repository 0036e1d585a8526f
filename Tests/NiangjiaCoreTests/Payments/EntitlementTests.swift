import NiangjiaCore
import Testing

@Suite("Entitlements: hold, capture, release, claim")
struct EntitlementTests {
    @Test("A run's grants are one voucher, each person's amount a row")
    func holdMany() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000_000)
        let ids = try await books.hold((0..<3_000).map { _ in books.grant(5_000) })
        #expect(Set(ids).count == 3_000)
        let holds = try await books.store.read { try $0.integer("SELECT count(*) FROM entry_set WHERE kind = 'hold'") }
        #expect(holds == 1)
        #expect(try await books.balance("cooling-2026", .held) == 15_000_000)
        try await books.expectSound()
    }

    @Test("Beyond the money nothing of a block is held")
    func beyondTheMoney() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 100)
        #expect(
            await refusal { _ = try await books.hold([books.grant(6_000), books.grant(6_000)]) } == .insufficientFunds)
        #expect(try await books.store.read { try $0.integer("SELECT count(*) FROM entitlement") } == 0)
        #expect(await refusal { _ = try await books.hold([books.grant(0)]) } == .invalid)
        #expect(await refusal { _ = try await books.hold([books.grant(-5)]) } == .invalid)
        try await books.expectSound()
    }

    @Test("The same decision is held once")
    func heldOnce() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        let grant = books.grant(5_000)
        _ = try await books.hold([grant])
        #expect(await refusal { _ = try await books.hold([grant]) } == .conflict)
        #expect(try await books.balance("cooling-2026", .held) == 5_000)
        try await books.expectSound()
    }

    @Test("Of two hundred grants at once for money that covers eighty, eighty are held")
    func parallelHolds() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 4_000)
        let held = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 {
                group.addTask { await refusal { _ = try await books.hold([books.grant(5_000)]) } == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(held == 80)
        #expect(try await books.balance("cooling-2026", .available) == 0)
        try await books.expectSound()
    }

    @Test("Two lines keep their parts: a cut gives back to the line asked last, a claim comes home to the line it left")
    func splitLines() async throws {
        let books = try Books()
        try await books.open("union", 100)
        try await books.open("donations", 100, source: "donation")
        let shares = [
            Outcome.Split(line: "union", amount: Money(fen: 7_000)),
            .init(line: "donations", amount: Money(fen: 3_000)),
        ]
        let id = try await books.approved([books.grant(shares)])[0]
        #expect(try await books.balance("donations", .held) == 3_000)
        try await books.write {
            try Entitlements.clawBack(id, keeping: Money(fen: 8_000), reason: "CORRECTED", about: "test", $0, in: $1)
        }
        #expect(try await books.balance("union", .held) == 7_000)
        #expect(try await books.balance("donations", .held) == 1_000)
        let reread = try await books.store.read { try Entitlements.load(id, in: $0) }
        #expect(reread.amount.fen == 8_000 && reread.revision == 2 && reread.state == .approved)
        try await books.expectSound()

        try await pay(books, [id])
        #expect(try await books.balance("donations", .paid) == 1_000)
        try await books.write {
            try Entitlements.clawBack(id, keeping: Money(fen: 6_500), reason: "REVOKED", about: "test", $0, in: $1)
        }
        #expect(try await books.balance("union", .claim) == 500)
        #expect(try await books.balance("donations", .claim) == 1_000)
        try await books.expectSound()
        try await books.write { try Entitlements.recover(id, Money(fen: 1_200), about: "test", $0, in: $1) }
        #expect(try await books.balance("union", .claim) == 0)
        #expect(try await books.balance("donations", .claim) == 300)
        let tooMuch = await refusal {
            try await books.write { try Entitlements.recover(id, Money(fen: 301), about: "test", $0, in: $1) }
        }
        #expect(tooMuch == .invalid)
        try await books.expectSound()
    }

    @Test("Released money may be granted again; what is released stays released")
    func releasing() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 100)
        let held = try await books.hold([books.grant(4_000)])
        let approved = try await books.approved([books.grant(6_000)])
        try await books.write {
            try Entitlements.release(held + approved, reason: "WITHDRAWN", about: "test", $0, in: $1)
        }
        #expect(try await books.balance("cooling-2026", .available) == 10_000)
        let again = await refusal {
            try await books.write { try Entitlements.release(held, reason: "again", about: "test", $0, in: $1) }
        }
        #expect(again == .conflict)
        let approve = await refusal {
            try await books.write { try Entitlements.approve(held, about: "test", $0, in: $1) }
        }
        #expect(approve == .conflict)
        _ = try await books.hold([books.grant(10_000)])
        try await books.expectSound()
    }

    @Test("Goods: what is delivered is captured, whole or in part; a supplier's is owed to it")
    func delivery() async throws {
        let books = try Books()
        try await books.open("cooling-2026", 1_000)
        let supplier = Entitlement.Payee.supplier(books.ids.next())
        let ids = try await books.approved([
            books.grant(5_000, kind: .goods, to: .stock), books.grant(5_000, kind: .goods, to: supplier),
            books.grant(10_000, kind: .goods, to: supplier), books.grant(5_000),
        ])
        try await books.write {
            try Entitlements.deliver(
                [(ids[0], nil), (ids[1], nil), (ids[2], Money(fen: 4_000))], about: "station", $0, in: $1)
        }
        #expect(try await books.balance("cooling-2026", .paid) == 5_000)
        #expect(try await books.balance("cooling-2026", .owed) == 9_000)
        #expect(try await books.balance("cooling-2026", .held) == 5_000)
        #expect(try await books.balance("cooling-2026", .available) == 81_000)
        for (id, amount) in [(ids[0], Money?.none), (ids[3], nil)] {
            // Once is enough; and money isn't handed over a counter.
            let code = await refusal {
                try await books.write { try Entitlements.deliver([(id, amount)], about: "station", $0, in: $1) }
            }
            #expect(code == .conflict)
        }
        try await books.expectSound()
    }

    @Test(
        "Whatever is done in whatever order, the books verify",
        arguments: 1...6 as ClosedRange<UInt64>)
    func anyOrder(seed: UInt64) async throws {
        let books = try Books()
        var random = SplitMix(seed: seed)
        try await books.open("a", 3_000)
        try await books.open("b", 2_000, backstop: .init(source: "city_finance", yearCap: Money(fen: 50_000)))
        var known: [ID<Entitlement>] = []
        var refused = 0
        for step in 0..<250 {
            if known.isEmpty || random.below(4) == 0 {
                let amount = Int64(100 + random.below(20_000))
                var shares = [Outcome.Split(line: random.below(2) == 0 ? "a" : "b", amount: Money(fen: amount))]
                if random.below(3) == 0 {
                    shares.append(.init(line: shares[0].line == "a" ? "b" : "a", amount: Money(fen: 50)))
                }
                let kind: Entitlement.Kind = [.money, .money, .goods, .fee][random.below(4)]
                let grant = books.grant(kind == .fee ? [shares[0]] : shares, kind: kind, program: "p")
                if await refusal({ known += try await books.hold([grant]) }) != nil { refused += 1 }
            } else {
                let id = known[random.below(known.count)]
                let (choice, keep) = (random.below(9), Int64(random.below(9_000)))
                if await refusal({ try await act(books, choice, on: id, keep: keep) }) != nil { refused += 1 }
            }
            if step % 50 == 49 { try await books.expectSound() }
        }
        #expect(refused > 0 && known.count > 20)
        try await books.expectSound()
        let total = try await books.store.read {
            try $0.integer("SELECT sum(balance) FROM ledger_account WHERE line IN ('a', 'b') AND stage <> 'due'") ?? 0
        }
        let fees = try await books.store.read {
            try $0.integer(
                "SELECT sum(amount) FROM entitlement WHERE kind = 'fee' AND state IN ('paid', 'clawed_back')") ?? 0
        }
        #expect(total == 500_000 + 50_000 + fees)
    }

    private func act(_ books: Books, _ choice: Int, on id: ID<Entitlement>, keep: Int64) async throws {
        let today = books.clock.now().date
        switch choice {
        case 0, 1, 2: try await books.write { try Entitlements.approve([id], about: "t", $0, in: $1) }
        case 3: try await books.write { try Entitlements.release([id], reason: "t", about: "t", $0, in: $1) }
        case 4: try await books.write { try Entitlements.deliver([(id, nil)], about: "t", $0, in: $1) }
        case 5:
            try await books.write {
                try Entitlements.clawBack(id, keeping: Money(fen: keep), reason: "t", about: "t", $0, in: $1)
            }
        case 6:
            try await books.write { try Entitlements.recover(id, Money(fen: 1 + keep / 10), about: "t", $0, in: $1) }
        case 7: try await books.write { try Fees.receive([id], on: today, about: "t", $0, in: $1) }
        default: try await pay(books, [id], program: "p", failing: keep % 3 == 0)
        }
    }
}

/// Takes approved entitlements through a whole batch; the bank pays all of them, or refuses all.
func pay(
    _ books: Books, _ ids: [ID<Entitlement>], program: String = "summer-cooling-2026", failing: Bool = false
) async throws {
    let export = try await exported(books, ids, program: program)
    let results = export.lines.map {
        BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: !failing, message: "")
    }
    try await books.write { _ = try Batches.result(export.batch, results, $0, in: $1) }
}

/// Builds, checks, approves and exports a batch, each by another person.
func exported(
    _ books: Books, _ ids: [ID<Entitlement>]?, program: String = "summer-cooling-2026"
) async throws -> BatchExport {
    let built = try await build(books, ids, program: program)
    try await books.write(as: "payer") { _ = try Batches.check(built.batch, luhn: BankCard.passesLuhn, $0, in: $1) }
    try await books.write(as: "second") { try Batches.approve(built.batch, $0, in: $1) }
    return try await books.write(as: "payer") { try Batches.export(built.batch, $0, in: $1) }
}

func build(
    _ books: Books, _ ids: [ID<Entitlement>]?, program: String = "summer-cooling-2026",
    limit: Int = Batches.largestBatch,
    accountOf: @escaping @Sendable (Entitlement.Payee) -> BankAccount? = { card(of: $0) }
) async throws -> BuiltBatch {
    try await books.write(as: "payer") {
        try Batches.build(
            program: program, only: ids, limit: limit, remark: "夏送清凉",
            accountOf: { payee, _ in accountOf(payee) }, $0, in: $1)
    }
}

/// A card for each payee: fictional, with a right check digit.
func card(of payee: Entitlement.Payee) -> BankAccount {
    let digits =
        "6200" + String(repeating: "0", count: 14 - min(14, String(abs(payee.id ?? 0) % 10_000_000_000_000).count))
        + String(abs(payee.id ?? 0) % 10_000_000_000_000)
    let number = (0...9).map { digits + String($0) }.first { BankCard.passesLuhn($0) } ?? digits
    return BankAccount(number: number, holder: "张三", bank: "示范银行")
}
