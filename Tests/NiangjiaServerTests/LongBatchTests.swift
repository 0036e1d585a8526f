import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("Long batches that a kill has cut off: the request's key, the scheduler, doctor", .serialized)
struct LongBatchTests {
    /// Leaves a request as a host leaves it that was killed after the work and before its answer was kept.
    private func cutOff(
        _ key: String, _ account: String, _ city: TestCity, _ work: @Sendable () async throws -> Void
    ) async throws {
        let context = city.host.context(account)
        let standing = try await city.host.store.write(.interactive) {
            try Idempotency.begin(key: key, account: account, body: Array(key.utf8), context, in: $0)
        }
        #expect(standing == .taken)
        try await Idempotency.$current.withValue(.init(key, account: account)) { try await work() }
    }

    /// Sends the same request with its key once more.
    private func again(
        _ key: String, _ operation: String, _ arguments: Value, _ account: String, _ city: TestCity
    ) async throws -> Value {
        let web = HostWeb(host: city.host)
        let signedIn = try await city.account(account)
        return try await web.once(key, Array(key.utf8), of: operation, as: signedIn) {
            try await web.perform(operation, arguments, as: signedIn, in: .zh)
        }.value
    }

    @Test("Built, exported and void: the same request answers what was done, and nothing is done twice")
    func sameRequest() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(3)
        let program: Value = ["program": "tuition-2026"]
        try await cutOff("build", "treasurer", city) { _ = try await city.run("batch.build", program, as: "treasurer") }
        let built = try await again("build", "batch.build", program, "treasurer", city)
        #expect(built["count"].int == 3 && built["passed"].bool == true)
        #expect(try await again("build", "batch.build", program, "treasurer", city) == built)
        let batch: Value = ["batch": built["batch"]]
        _ = try await city.run("batch.approve", batch, as: "payer")
        try await cutOff("export", "payer", city) { _ = try await city.run("batch.export", batch, as: "payer") }
        let exported = try await again("export", "batch.export", batch, "payer", city)
        #expect(exported["count"].int == 3 && exported["again"].bool == false && exported["export"].int == 1)
        #expect(exported["head"].text != nil)
        // Without the key it is a second export.
        #expect(await code { _ = try await city.run("batch.export", batch, as: "payer") } == .conflict)
        let batches = try await city.host.store.read { try Batches.list(in: $0) }
        #expect(batches.count == 1 && batches[0].state == .exported)
        // What doesn't go on stays as it was: nobody can know.
        try await cutOff("approve", "payer", city) {
            let context = city.host.context("payer")
            try await city.host.store.write(.interactive) {
                try context.record("test.half", about: "a", body: [:], in: $0)
            }
        }
        let refused = await code { _ = try await again("approve", "batch.approve", batch, "payer", city) }
        #expect(refused == "cut_off")
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Gone on with under another key: the batch is that key's, whatever has been approved since, and one is built")
    func secondKey() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(3)
        let (store, order) = (city.host.store, BatchOrder(program: "tuition-2026", remark: "助学"))
        let context = city.host.context("treasurer")
        try await cutOff("first", "treasurer", city) {
            try await store.write(.batch) { writer in
                var building = try BatchBuilding(order, context, in: writer)
                try building.takeBlock(lines: 1, context, in: writer)
            }
        }
        city.clock.advance(milliseconds: 600_000)
        let program: Value = ["program": "tuition-2026"]
        try await cutOff("second", "treasurer", city) {
            _ = try await city.run("batch.build", program, as: "treasurer")
        }
        try await city.grant(2)
        for key in ["second", "first"] {
            let built = try await again(key, "batch.build", program, "treasurer", city)
            #expect(built["count"].int == 3, "\(key)")
            #expect(try await store.read { try Batches.list(in: $0) }.count == 1, "\(key)")
        }
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("What was built is answered while a colleague builds the next")
    func colleagueBuilds() async throws {
        let city = try await TestCity()
        _ = try await city.entitle(3)
        try await city.add("colleague", .treasurer)
        let program: Value = ["program": "tuition-2026"]
        try await cutOff("build", "treasurer", city) { _ = try await city.run("batch.build", program, as: "treasurer") }
        try await city.grant(2)
        let (store, order) = (city.host.store, BatchOrder(program: "tuition-2026", remark: "助学"))
        let context = city.host.context("colleague")
        try await store.write(.batch) { writer in
            var building = try BatchBuilding(order, context, in: writer)
            try building.takeBlock(lines: 1, context, in: writer)
        }
        let built = try await again("build", "batch.build", program, "treasurer", city)
        #expect(built["count"].int == 3 && built["passed"].bool == true)
        #expect(try await store.read { try Batches.list(in: $0) }.map(\.state) == [.building, .checked])
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("Lines taken out, and a batch void, half-way: the same request ends it and answers the whole of it")
    func takenApart() async throws {
        let city = try await TestCity()
        let ids = try await city.entitle(5).map(\.id)
        let store = city.host.store
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let batch = try #require(built?["batch"].text.flatMap { ID<PayBatch>($0) })
        let payments = try await store.read { reader in
            try ids.prefix(3).map { try Payments.of($0, in: reader)[0].id }
        }
        let context = city.host.context("treasurer")
        try await cutOff("refresh", "treasurer", city) {
            _ = try await store.write(.batch) { writer in
                try Batches.refresh(batch, dropping: [payments[0]], reason: "取出", context, in: writer)
            }
        }
        let leaving: Value = [
            "batch": .text(batch.text), "payments": .list(payments.map { .text($0.text) }), "reason": "取出",
        ]
        let refreshed = try await again("refresh", "batch.refresh", leaving, "treasurer", city)
        #expect(refreshed["dropped"].list?.map { $0["payment"].text } == payments.map(\.text))
        #expect(refreshed["state"].text == "checked" && refreshed["count"].int == 2)
        #expect(try await again("refresh", "batch.refresh", leaving, "treasurer", city) == refreshed)

        let end: Value = ["batch": .text(batch.text), "reason": "重做"]
        try await cutOff("void", "treasurer", city) {
            try await store.write(.batch) { try Batches.void(batch, reason: "重做", lines: 1, context, in: $0) }
        }
        #expect(try await store.read { try Batches.underWay(in: $0) } == [batch])
        let void = try await again("void", "batch.void", end, "treasurer", city)
        #expect(void["batch"].text == batch.text)
        #expect(try await again("void", "batch.void", end, "treasurer", city) == void)
        #expect(try await store.read { try Batches.underWay(in: $0) }.isEmpty)
        let states = try await store.read { reader in try ids.map { try Entitlements.load($0, in: reader).state } }
        #expect(states == Array(repeating: .approved, count: 5))
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("A batch that was being built or taken apart: doctor tells of the one, the scheduler ends the other")
    func leftOver() async throws {
        let city = try await TestCity()
        let ids = try await city.entitle(3).map(\.id)
        let context = city.host.context("treasurer")
        let store = city.host.store
        let order = BatchOrder(program: "tuition-2026", remark: "助学")
        try await store.write(.batch) { writer in
            var building = try BatchBuilding(order, context, in: writer)
            try building.takeBlock(lines: 1, context, in: writer)
        }
        let batch = try await store.read { try Batches.list(in: $0) }[0]
        #expect(batch.state == .building && batch.count == 1)
        try await city.expectSound()
        city.clock.advance(milliseconds: 700_000)
        let doctor = try await city.run("doctor", [:], as: nil)
        #expect(doctor.lines.contains { $0.contains("制单中断") }, "\(doctor.lines)")
        // Whoever began goes on by the same command.
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        #expect(built.answer?["batch"].text == batch.id.text && built.answer?["count"].int == 3)
        try await store.write(.batch) { try Batches.void(batch.id, reason: "重做", lines: 1, context, in: $0) }
        #expect(try await store.read { try Batches.underWay(in: $0) } == [batch.id])
        let round = await Scheduler(city.host) { _ in }.tick()
        #expect(round.faults.isEmpty, "\(round.faults)")
        #expect(try await store.read { try Batches.underWay(in: $0) }.isEmpty)
        let states = try await store.read { reader in try ids.map { try Entitlements.load($0, in: reader).state } }
        #expect(states == [.approved, .approved, .approved])
        try await city.expectSound()
        try await city.host.close()
    }

    @Test("One whose lines can't follow: the scheduler and doctor name it, the program's next batch is built")
    func cannotFollow() async throws {
        let city = try await TestCity()
        let ids = try await city.entitle(3).map(\.id)
        let (store, context) = (city.host.store, city.host.context("treasurer"))
        let built = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer").answer
        let batch = try #require(built?["batch"].text.flatMap { ID<PayBatch>($0) })
        try await store.write(.batch) { writer in
            try Batches.void(batch, reason: "重做", lines: 1, context, in: writer)
            let payment = try Payments.of(ids[2], in: writer)[0].id
            try writer.execute("UPDATE payment SET state = 'paid' WHERE id = $1", [.id(payment)])
        }
        let round = await Scheduler(city.host) { _ in }.tick()
        #expect(round.faults.count == 1 && round.faults[0].zh.contains(batch.text), "\(round.faults)")
        try await city.grant(2)
        let next = try await city.run("batch.build", ["program": "tuition-2026"], as: "treasurer")
        #expect(next.answer?["count"].int == 3 && next.lines.contains { $0.contains(batch.text) }, "\(next.lines)")
        #expect(try await city.run("doctor", [:], as: nil).lines.allSatisfy { !$0.contains(batch.text) })
        city.clock.advance(milliseconds: 700_000)
        #expect(try await city.run("doctor", [:], as: nil).lines.contains { $0.contains(batch.text) })
        try await city.host.close()
    }
}
