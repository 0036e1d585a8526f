import Foundation
import NiangjiaCore
import Synchronization
import Testing

@testable import NiangjiaServer

/// What a scheduler has said.
private final class Said: Sendable {
    let lines = Mutex<[String]>([])
}

/// The host's own work, round by round.
@Suite struct SchedulerTests {
    @Test("A part of a round that fails is told, and the others are done: messages leave, jobs run")
    func oneFails() async throws {
        let city = try await TestCity()
        let host = city.host
        let context = host.context("test")
        let broken: ID<CaseFile> = host.ids.next()
        try await host.store.write(.interactive) { writer in
            // Under notice until yesterday, of a bundle that isn't there.
            try writer.execute(
                """
                INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, filer, channel, submitted_at,
                on_date, state, fields, notice_from, notice_to, updated_at)
                VALUES ($1, 'p', 'p', 'p', 'f', '', 'gone', 'desk', 'clerk', 0, 0, 'under_notice', $2, 0, 0, 0)
                """, [.id(broken), .blob([])])
            _ = try Outbox.put("notice", dedupe: "m", body: ["text": "到站领取"], context, in: writer)
        }
        let scheduler = Scheduler(host) { _ in }
        let round = await scheduler.tick()
        #expect(round.faults.count == 1 && round.faults.first?.en.contains(broken.text) == true, "\(round.faults)")
        let left = try await host.store.read { try $0.integer("SELECT COUNT(*) FROM outbox WHERE state = 'waiting'") }
        #expect(left == 0)
        let planned = try await host.store.read {
            try $0.integer("SELECT COUNT(*) FROM job WHERE kind = 'evidence_sweep' AND state = 'due'")
        }
        #expect(planned == 1)
        #expect(await scheduler.tick().faults == round.faults)
        try await host.close()
    }

    @Test("Jobs of a suspended program rest, and go on when it does; whose turn it is behind them is not held up")
    func suspended() async throws {
        let city = try await TestCity()
        let host = city.host
        let program = "summer-cooling-2026"
        let context = host.context("test")
        try await host.store.write(.interactive) { writer in
            try Jobs.schedule(
                .allot, program + "/package", at: host.clock.now(),
                body: ["program": .text(program), "form": "package"], context, in: writer)
        }
        try city.edit("config/programs/\(program).yaml", "status: open", "status: suspended")
        try await city.approve()
        try await Scheduler(host) { _ in }.runDue()
        let rest = try await host.store.read {
            try $0.integer("SELECT due_at FROM job WHERE kind = 'allot' AND state = 'due'")
        }
        #expect(rest.map { $0 > host.clock.now().milliseconds } == true)
        try await host.close()
    }

    @Test("A job that stops with the host hasn't failed: it says so, stays due and goes on at the next start")
    func stopped() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let cooling = "config/programs/summer-cooling-2026.yaml"
        try city.edit(
            cooling, "package: {review: [basic]}", "package: {review: [basic], automatic: {daily: \"06:00\"}}")
        try await city.approve()
        let host = city.host
        let said = Said()
        let scheduler = Scheduler(host) { text in said.lines.withLock { $0.append(text.zh) } }
        try await scheduler.planAutomatic()
        await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try? await scheduler.runDue()
        }.value
        #expect(said.lines.withLock { $0 }.contains { $0.contains("接着办") && !$0.contains("内部错误") })
        let due = "SELECT COUNT(*) FROM job WHERE kind = 'automatic' AND state = 'due' AND attempts = 0"
        #expect(try await host.store.read { try $0.integer(due) } == 1)
        try await scheduler.runDue()
        #expect(try await host.store.read { try $0.integer(due) } == 0)
        #expect(said.lines.withLock { $0 }.last?.contains("免申即享") == true)
        try await host.close()
    }
}
