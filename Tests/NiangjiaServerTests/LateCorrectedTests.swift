import NiangjiaCore
import Testing

/// A bank that calls a payment failed, an amount that is corrected then, and the bank that has paid after all (decision 0059).
@Suite("Late successes of amounts that were corrected meanwhile", .serialized) struct LateCorrectedTests {
    /// Six people, whose payments 1 (outdoors, 50) and 3 (indoors, 40) the bank has refused.
    private func city(fund: Int64 = 1_000_000_00) async throws -> (city: CorrectionCity, failed: [ID<Payment>]) {
        let city = try await CorrectionCity(people: 6, fund: fund)
        city.settings(outdoor: 50, indoor: 40)
        try await city.pay(leaving: 0, failing: [1, 3])
        let failed = try await city.store.read { reader in
            try reader.all("SELECT id FROM payment WHERE state = 'failed' ORDER BY amount DESC") {
                $0.id(0, Payment.self)
            }
        }
        return (city, failed)
    }

    private func late(_ city: CorrectionCity, _ payment: ID<Payment>) async throws -> Batches.LateSuccess {
        try await city.write("treasurer") { context, writer in
            try Batches.paidAfterAll(payment, message: "银行更正为成功", on: context.today, context, in: writer)
        }
    }

    private func reissue(_ city: CorrectionCity, _ payment: ID<Payment>) async throws {
        try await city.write("treasurer") { _ = try Batches.reissue(payment, reason: "重发", $0, in: $1) }
    }

    @Test("Too much is claimed back, what is missing waits for the next batch; both add up to what was corrected")
    func bothWays() async throws {
        for isReissued in [false, true] {
            let (city, failed) = try await city()
            city.settings(outdoor: 45, indoor: 60)
            try await city.correct()
            #expect(try await city.stands() == ["outdoor": 180, "high_temp_indoor": 120])
            if isReissued { for payment in failed { try await reissue(city, payment) } }
            #expect(try await late(city, failed[0]) == .corrected(by: Money(fen: 5_00), dropped: nil))
            #expect(try await late(city, failed[1]) == .corrected(by: Money(fen: -20_00), dropped: nil))
            #expect(await code { _ = try await late(city, failed[0]) } == .conflict)
            #expect(try await city.stands() == ["outdoor": 180, "high_temp_indoor": 120])
            try await city.expectSound()
            #expect(try await city.corridor.correction(program: CorrectionCity.program).lines.isEmpty)
            // One promise, one payment: 50 and 40 that came late, the other four, and two supplements of 20.
            try await city.pay(nil)
            #expect(try await city.count("SELECT SUM(amount) FROM payment WHERE state = 'paid'") == 320_00)
            #expect(try await city.paidTwice() == 0)
            #expect(try await city.count("SELECT SUM(claimed) FROM entitlement WHERE state = 'clawed_back'") == 20_00)
            try await city.expectSound()
        }
    }

    @Test("One that stands in a batch is taken out of it; corrected there and back it is the payment as it was")
    func thereAndBack() async throws {
        let (city, failed) = try await city()
        city.settings(outdoor: 45, indoor: 60)
        try await city.correct()
        city.settings(outdoor: 50, indoor: 40)
        try await city.correct()
        try await reissue(city, failed[0])
        let built = try await city.build()
        #expect(try await late(city, failed[0]) == .paid(dropped: built.batch))
        #expect(try await city.stands() == ["outdoor": 200, "high_temp_indoor": 80])
        try await city.expectSound()
    }

    @Test("What comes back after that is reissued as it was corrected, and nothing is claimed any more")
    func comesBack() async throws {
        let (city, failed) = try await city()
        city.settings(outdoor: 45, indoor: 60)
        try await city.correct()
        for payment in failed { _ = try await late(city, payment) }
        for payment in failed {
            try await city.write("treasurer") { context, writer in
                _ = try Batches.returned(payment, message: "退汇", on: context.today, context, in: writer)
            }
            try await reissue(city, payment)
        }
        try await city.expectSound()
        #expect(try await city.stands() == ["outdoor": 180, "high_temp_indoor": 120])
        try await city.pay(nil)
        #expect(try await city.paidTwice() == 0)
        // Three that were paid at once are owed 5 back; of the fourth nothing is.
        #expect(try await city.count("SELECT SUM(claimed) FROM entitlement WHERE state = 'clawed_back'") == 15_00)
        try await city.expectSound()
    }

    @Test("Where the line has spent what the correction gave back, it advances the payment, and all of it is claimed")
    func spent() async throws {
        let (city, failed) = try await city(fund: 280_00)
        city.settings(outdoor: 45, indoor: 40)
        try await city.correct()
        // What is free on the line is promised elsewhere.
        try await city.write("test") { context, writer in
            let one = try Entitlements.load(Payments.load(failed[0], in: writer).entitlement, in: writer)
            let free = try Ledger.balance(of: .line("heat-2026", .available), in: writer)
            let other = NewEntitlement(
                decision: one.decision, caseID: nil, caseLine: 1, part: "other", kind: .money, payee: one.payee,
                shares: [Outcome.Split(line: "heat-2026", amount: free)], program: one.program, series: one.series,
                on: one.on)
            _ = try Entitlements.hold([other], about: "test", context, in: writer)
        }
        guard case .twice(_, let amount) = try await late(city, failed[0]) else {
            Issue.record("nothing is there to restore the row from")
            return
        }
        #expect(amount == Money(fen: 50_00))
        try await city.expectSound()
        // The corrected amount is still promised: the payment that came late is reissued for it.
        try await reissue(city, failed[0])
        #expect(await code { try await reissue(city, failed[0]) } == .conflict)
        try await city.pay(nil)
        #expect(try await city.count("SELECT SUM(amount) FROM payment WHERE state = 'paid' AND amount = 4500") > 0)
        try await city.expectSound()
    }
}
