import NiangjiaCore
import Testing

@Suite("Amounts found wrong after they were paid: supplements and clawbacks", .serialized) struct CorrectionTests {
    @Test(
        "After 3,000 payouts: listed, proposed once, approved by another, booked once; the next batch pays the difference"
    )
    func threeThousand() async throws {
        let city = try await CorrectionCity(people: 3_000)
        city.settings(outdoor: 50, indoor: 40)
        try await city.pay(leaving: 90, failing: [7, 8])
        #expect(try await city.stands() == ["outdoor": 100_000, "high_temp_indoor": 40_000])

        city.settings(outdoor: 60, indoor: 30)
        // Whoever changes the trade afterwards stays what they were that day.
        try await city.write("test") { _, writer in
            try writer.execute("UPDATE person SET exposure = 'office', revision = 2 WHERE id = 1", [])
        }
        let draft = try await city.corridor.correction(program: CorrectionCity.program)
        #expect(draft.considered == 3_000 && draft.unchanged == 0 && draft.gaps.isEmpty && draft.lines.count == 3_000)
        // 90 unpaid and 2 failed ones are revised in their place: 60 + 2 outdoors, 30 indoors.
        #expect(draft.total(.supplement) == Money(fen: 1_938_00 * 10) && draft.total(.raise) == Money(fen: 62_00 * 10))
        #expect(draft.total(.claim) == Money(fen: 970_00 * 10) && draft.total(.cut) == Money(fen: 30_00 * 10))
        #expect(draft.missing == .zero)
        try await city.write("test") { _, writer in
            try writer.execute("UPDATE person SET exposure = 'outdoor' WHERE id = 1", [])
        }

        let (proposed, isNew) = try await city.propose()
        #expect(isNew && proposed.count == 3_000)
        let again = try await city.propose()
        #expect(!again.isNew && again.correction.id == proposed.id)
        #expect(
            await code { _ = try await city.corridor.approve(proposed.id, by: CorrectionCity.office) } == .forbidden)
        #expect(try await city.stands()["outdoor"] == 100_000)
        let booked = try await city.corridor.approve(proposed.id, by: CorrectionCity.payer)
        #expect(booked == CorrectionOutcome(booked: 3_000, stale: 0))
        #expect(try await city.stands() == ["outdoor": 120_000, "high_temp_indoor": 30_000])
        try await city.expectSound()

        // Twice adds nothing.
        #expect(try await city.corridor.approve(proposed.id, by: CorrectionCity.payer) == booked)
        #expect(try await city.corridor.correction(program: CorrectionCity.program).lines.isEmpty)
        #expect(await code { _ = try await city.propose() } == .conflict)
        #expect(try await city.stands() == ["outdoor": 120_000, "high_temp_indoor": 30_000])

        // The next batch: supplements of 10 yuan, and the unpaid in full.
        try await city.pay(nil)
        let paid = try await city.count("SELECT SUM(amount) FROM payment WHERE state = 'paid'")
        // 1,938 times 50 and 970 times 40; then as many supplements of 10, 60 times 60 and 30 times 30.
        #expect(paid == 159_580_00)
        #expect(try await city.paidTwice() == 0)
        try await city.expectSound()
    }

    @Test(
        "A second correction works on top of the first: what is still claimed is forgiven, what is unpaid shrinks first"
    )
    func onTop() async throws {
        let city = try await CorrectionCity(people: 300)
        city.settings(outdoor: 50, indoor: 40)
        try await city.pay(leaving: 0)
        city.settings(outdoor: 60, indoor: 30)
        try await city.correct()
        // Ten of the claims came in.
        let claimed = try await city.store.read { reader in
            try reader.all("SELECT id FROM entitlement WHERE state = 'clawed_back' ORDER BY id LIMIT 10") {
                $0.id(0, Entitlement.self)
            }
        }
        try await city.write("treasurer") { context, writer in
            for id in claimed { try Entitlements.recover(id, Money(fen: 10_00), about: id.text, context, in: writer) }
        }
        city.settings(outdoor: 45, indoor: 40)
        let draft = try await city.corridor.correction(program: CorrectionCity.program)
        // Outdoors 200: the supplement of 10 that nobody has paid goes, 5 of the 50 are claimed.
        #expect(draft.total(.cut) == Money(fen: 200_00 * 10) && draft.total(.claim) == Money(fen: 200_00 * 5))
        // Indoors 100: 90 claims are forgiven, to the ten who paid back 10 is paid again.
        #expect(draft.total(.unclaim) == Money(fen: 90_00 * 10) && draft.total(.supplement) == Money(fen: 10_00 * 10))
        try await city.correct()
        #expect(try await city.stands() == ["outdoor": 9_000, "high_temp_indoor": 4_000])
        try await city.expectSound()

        // Nothing is left for indoor work; then all of it again.
        city.settings(outdoor: 45, indoor: 0)
        try await city.correct()
        #expect(try await city.stands() == ["outdoor": 9_000, "high_temp_indoor": 0])
        #expect(try await city.count("SELECT COUNT(*) FROM decision WHERE state = 'annulled' AND kept = 0") == 100)
        try await city.expectSound()
        city.settings(outdoor: 45, indoor: 50)
        try await city.correct()
        #expect(try await city.stands() == ["outdoor": 9_000, "high_temp_indoor": 5_000])
        #expect(
            try await city.count("SELECT COUNT(*) FROM decision WHERE state = 'standing' AND kept IS NOT NULL") == 300)
        try await city.expectSound()
        // Over every revision of an entitlement there is one payment at most.
        try await city.pay(nil)
        #expect(try await city.paidTwice() == 0)
        try await city.expectSound()
    }

    @Test("A shared cap that was drawn on since the proposal holds: who would get more than it is left as they are")
    func capDrawnMeanwhile() async throws {
        let city = try await CorrectionCity(people: 30)
        city.settings(outdoor: 50, indoor: 40, cap: 70)
        try await city.pay(leaving: 0)
        city.settings(outdoor: 60, indoor: 30, cap: 70)
        let id = try await city.propose().correction.id
        // Everybody is granted 15 more before it is approved.
        city.settings(outdoor: 15, indoor: 15, cap: 70, again: true)
        city.clock.advance(milliseconds: 86_400_000)
        _ = try await city.corridor.decide(program: CorrectionCity.program, by: CorrectionCity.office)
        city.settings(outdoor: 60, indoor: 30, cap: 70)
        let outcome = try await city.corridor.approve(id, by: CorrectionCity.payer)
        #expect(outcome == CorrectionOutcome(booked: 10, stale: 20))
        #expect(try await city.stands() == ["outdoor": 20 * 65, "high_temp_indoor": 10 * 45])
        try await city.expectSound()
    }

    @Test("Stopped between chunks, or approved by many at once: every line is booked once")
    func resumed() async throws {
        let city = try await CorrectionCity(people: 600)
        city.settings(outdoor: 50, indoor: 40)
        try await city.pay(leaving: 0)
        city.settings(outdoor: 60, indoor: 30)
        let id = try await city.propose().correction.id
        let task = Task {
            try await city.corridor.approve(id, by: CorrectionCity.payer) { _, _ in
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        if case .success = await task.result { Issue.record("it was not stopped") }
        let half = try await city.count("SELECT COUNT(*) FROM correction_line WHERE state = 'booked'")
        #expect(half > 0 && half < 600)
        try await city.expectSound()
        // Another correction waits for the end of this one.
        city.settings(outdoor: 70, indoor: 30)
        #expect(await code { _ = try await city.propose() } == .conflict)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try? await city.corridor.approve(id, by: CorrectionCity.payer) }
            }
        }
        #expect(try await city.stands() == ["outdoor": 24_000, "high_temp_indoor": 6_000])
        #expect(try await city.count("SELECT COUNT(*) FROM correction_line WHERE state = 'booked'") == 600)
        #expect(try await city.count("SELECT COUNT(*) FROM entitlement WHERE revises IS NOT NULL") == 400)
        try await city.expectSound()
    }

    @Test("Money that isn't there is told before anything is booked")
    func shortage() async throws {
        let city = try await CorrectionCity(people: 30, fund: 1_000_00)
        city.settings(outdoor: 50, indoor: 40)
        try await city.pay(leaving: 0)
        city.settings(outdoor: 90, indoor: 40)
        let draft = try await city.corridor.correction(program: CorrectionCity.program)
        // 2,000 yuan in two lines, 1,400 are spent, 800 are to be added.
        #expect(draft.supplement == Money(fen: 800_00) && draft.missing == Money(fen: 200_00))
        let id = try await city.propose().correction.id
        #expect(
            await code { _ = try await city.corridor.approve(id, by: CorrectionCity.payer) } == .insufficientFunds)
        #expect(try await city.count("SELECT COUNT(*) FROM correction_line WHERE state <> 'pending'") == 0)
        #expect(try await city.stands()["outdoor"] == 1_000)
        let line = FundLine(
            id: "more-2026", year: 2026, source: "fiscal", purpose: "heat", amount: Money(fen: 1_200_00))
        try await city.write("office") { try Ledger.open(line, $0, in: $1) }
        _ = try await city.corridor.approve(id, by: CorrectionCity.payer)
        #expect(try await city.stands()["outdoor"] == 1_800)
        try await city.expectSound()
    }

    @Test(
        "What can't be judged again is told and left: erased facts, facts that nobody read then, what changed meanwhile"
    )
    func gaps() async throws {
        let city = try await CorrectionCity(people: 30)
        city.settings(outdoor: 50, indoor: 40)
        try await city.pay(leaving: 0)
        let decisions = try await city.store.read { reader in
            try reader.all("SELECT id FROM decision ORDER BY id") { $0.id(0, Decision.self) }
        }
        // Another version of the rule asks for what the first one never read.
        city.settings(
            outdoor: 60, indoor: 40, reading: "if facts.subject.occupation == 'cook' then return grant(1) end")
        let unread = try await city.corridor.correction(program: CorrectionCity.program)
        #expect(unread.lines.isEmpty && unread.gaps.count == 30 && unread.gaps.allSatisfy { $0.reason == .failed })

        city.settings(outdoor: 60, indoor: 40)
        let id = try await city.propose().correction.id
        // One of them is taken back by a person between proposal and approval.
        let entitlement = try await city.store.read { reader in
            try reader.first("SELECT id FROM entitlement WHERE decision = $1", [.id(decisions[0])]) {
                $0.id(0, Entitlement.self)
            }
        }
        let taken = try #require(entitlement)
        try await city.write("treasurer") {
            try Entitlements.clawBack(taken, reason: "退岗", about: taken.text, $0, in: $1)
        }
        let booked = try await city.corridor.approve(id, by: CorrectionCity.payer)
        #expect(booked == CorrectionOutcome(booked: 19, stale: 1))
        let left = try await city.corridor.correction(program: CorrectionCity.program)
        #expect(left.lines.isEmpty && left.gaps.map(\.reason) == [.changed] && left.gaps[0].decision == decisions[0])
        try await city.expectSound()

        city.settings(outdoor: 65, indoor: 40)
        let stale = try await city.propose().correction.id
        city.settings(outdoor: 66, indoor: 40)
        #expect(await code { _ = try await city.corridor.approve(stale, by: CorrectionCity.payer) } == .conflict)

        try await city.write("erasure") { _, writer in
            try writer.execute("UPDATE run_block SET wrapped_key = NULL", [])
        }
        let erased = try await city.corridor.correction(program: CorrectionCity.program)
        #expect(erased.lines.isEmpty && erased.gaps.count == 30 && erased.gaps.allSatisfy { $0.reason == .erased })
    }

    @Test("Above what one grant may be, and while the bank has it, a person decides")
    func withTheBank() async throws {
        let city = try await CorrectionCity(people: 3)
        city.settings(outdoor: 50, indoor: 40)
        _ = try await city.corridor.decide(program: CorrectionCity.program, by: CorrectionCity.office)
        let built = try await city.build()
        city.settings(outdoor: 1_001, indoor: 30)
        let draft = try await city.corridor.correction(program: CorrectionCity.program)
        #expect(
            draft.lines.isEmpty
                && draft.gaps.map(\.reason).sorted { $0.rawValue < $1.rawValue } == [
                    .atBank, .overEachMax, .overEachMax,
                ])
        // More than was sent is a supplement of its own, whatever the bank says of the first.
        city.settings(outdoor: 55, indoor: 40)
        try await city.correct()
        #expect(try await city.stands() == ["outdoor": 110, "high_temp_indoor": 40])
        try await city.write("payer") { try Batches.approve(built.batch, $0, in: $1) }
        _ = try await city.write("payer") { try Batches.export(built.batch, $0, in: $1) }
        try await city.expectSound()
    }
}
