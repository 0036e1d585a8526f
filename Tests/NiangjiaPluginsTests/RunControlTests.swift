import LuaSandbox
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaPlugins

/// Runs that are paused, cancelled and taken up again: real store, real workers, whole runs of several blocks.
@Suite("Pausing and cancelling a run", .serialized) struct RunControlTests {
    private static func run(_ city: BatchTests.City) async throws -> ID<Run>? {
        try await city.store.read { reader in
            try reader.first("SELECT id FROM run ORDER BY id DESC") { $0.id(0, Run.self) }
        }
    }

    private static func state(_ city: BatchTests.City) async throws -> String? {
        try await city.store.read { try $0.first("SELECT state FROM run ORDER BY id DESC") { $0.text(0) } }
    }

    /// Pauses or cancels the run when its second block has been judged.
    private static func interrupter(_ judge: LuaJudge, _ city: BatchTests.City, cancels: Bool) -> WatchedJudge {
        WatchedJudge(judge) { call, _ in
            guard call == 2, let run = try await run(city) else { return }
            let corridor = city.corridor(judge)
            if cancels {
                try await corridor.cancel(run: run, by: BatchTests.actor)
            } else {
                try await corridor.pause(run: run, by: BatchTests.actor)
            }
        }
    }

    @Test(
        "A paused run stops before its next block, says so, and goes on to the same end",
        arguments: [BatchTests.ample, BatchTests.enough])
    func paused(fund: Int64) async throws {
        let whole = try await BatchTests.City(fund: fund)
        _ = try await whole.corridor(BatchTests.judge(workers: 2)).decide(program: "summer", by: BatchTests.actor)
        let city = try await BatchTests.City(fund: fund)
        let judge = BatchTests.judge(workers: 2)
        do {
            _ = try await city.corridor(Self.interrupter(judge, city, cancels: false)).decide(
                program: "summer", by: BatchTests.actor)
            Issue.record("not paused")
        } catch let error as NiangjiaError {
            #expect(error.code == .conflict)
            #expect(error.message.zh.contains("暂停"))
        }
        #expect(try await Self.state(city) == "paused")
        let half = try await city.store.read { try $0.integer("SELECT COUNT(*) FROM run_block") ?? 0 }
        #expect(half < 3)
        let run = try #require(try await Self.run(city))
        let report = try await city.corridor(judge).decide(program: "summer", by: BatchTests.actor)
        #expect(report.run == run)
        #expect(try await city.outcome() == whole.outcome())
        #expect(try await Self.state(city) == "applied")
    }

    @Test("A run paused while its settled outcomes are applied applies the rest of the very same")
    func pausedApplying() async throws {
        let whole = try await BatchTests.City(fund: BatchTests.enough)
        _ = try await whole.corridor(BatchTests.judge(workers: 2)).decide(program: "summer", by: BatchTests.actor)
        let city = try await BatchTests.City(fund: BatchTests.enough)
        let corridor = city.corridor(BatchTests.judge(workers: 2))
        let task = Task {
            try await corridor.decide(program: "summer", by: BatchTests.actor) { step in
                if step.phase == .applying { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = await task.result
        let run = try #require(try await Self.run(city))
        try await corridor.pause(run: run, by: BatchTests.actor)
        await #expect(throws: NiangjiaError.self) { try await corridor.pause(run: run, by: BatchTests.actor) }
        _ = try await corridor.decide(program: "summer", by: BatchTests.actor)
        #expect(try await city.outcome() == whole.outcome())
    }

    @Test("A cancelled run stays cancelled: the block that was being judged isn't written")
    func cancelled() async throws {
        let city = try await BatchTests.City(fund: BatchTests.ample)
        let judge = BatchTests.judge(workers: 2)
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor(Self.interrupter(judge, city, cancels: true)).decide(
                program: "summer", by: BatchTests.actor)
        }
        #expect(try await Self.state(city) == "cancelled")
        let summaries = try await city.corridor(judge).runs(of: "summer")
        #expect(summaries.map(\.state) == ["cancelled"])
        let considered = try await city.store.read {
            try $0.integer("SELECT COALESCE(SUM(count), 0) FROM run_block") ?? 0
        }
        #expect(summaries.first?.judged == Int(considered))
        #expect(considered < BatchTests.people)
    }

    @Test("Running totals are heard after the first block, and rise")
    func running() async throws {
        let city = try await BatchTests.City(fund: BatchTests.ample)
        let heard = Guarded<[SweepProgress]>([])
        _ = try await city.corridor(BatchTests.judge(workers: 2)).preview(program: "summer") { step in
            heard.withLock { $0.append(step) }
        }
        let steps = heard.withLock { $0 }
        #expect(steps.count == 3)
        #expect(steps.first.map { $0.done == 4096 && $0.total == Int(BatchTests.people) } == true)
        #expect((steps.first?.totals.granted ?? 0) > 0)
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.totals.amount < $1.totals.amount })
    }

    /// The bundle of ``BatchTests`` with a rule that begins to count at people born late: the third block's.
    struct Counting: BundleSource {
        func active() async throws -> Bundle {
            var bundle = BatchTests.bundle()
            let source = """
                local late = 0
                function program.assess.package(facts, settings)
                  if facts.subject.birth_date > "1992-06-06" then late = late + 1 end
                  return grant(settings.value + late)
                end
                """
            bundle.plugins["cooling"]?.source = Array(source.utf8)
            return bundle
        }
        func bundle(digest: String) async throws -> Bundle { try await active() }
    }

    @Test(
        "A rule that counts only later on: the blocks that were proven stay applied, the run pauses, nothing of the rest is"
    )
    func proven() async throws {
        let city = try await BatchTests.City(fund: BatchTests.ample)
        let corridor = Corridor(
            store: city.store, judge: LuaJudge(forcing: WorkerPool()), clock: city.clock, ids: city.ids,
            crypto: city.crypto, bundles: Counting())
        do {
            _ = try await corridor.decide(program: "summer", by: BatchTests.actor)
            Issue.record("applied")
        } catch let error as NiangjiaError {
            #expect(error.code == .pluginDiffers, "\(error)")
        }
        #expect(try await Self.state(city) == "paused")
        let (blocks, last) = try await city.store.read { reader in
            (
                try reader.integer("SELECT COUNT(*) FROM run_block WHERE state = 'applied'") ?? 0,
                try reader.integer("SELECT MAX(subject) FROM decision") ?? 0
            )
        }
        #expect(blocks >= 1 && last > 0 && last <= 8192)
        let again = await #expect(throws: NiangjiaError.self) {
            try await corridor.decide(program: "summer", by: BatchTests.actor)
        }
        #expect(again?.code == .conflict && again?.message.zh.contains("两次裁定") == true)
    }

    /// The bundle of ``BatchTests`` with a rule that never comes to an end.
    struct Looping: BundleSource {
        func active() async throws -> Bundle {
            var bundle = BatchTests.bundle()
            bundle.plugins["cooling"]?.source = Array(
                "function program.assess.package(facts)\n  while true do end\nend".utf8)
            return bundle
        }
        func bundle(digest: String) async throws -> Bundle { try await active() }
    }

    @Test(
        "A preview of a rule that loops gives up after a few people, with the line and the reason; nothing is left open"
    )
    func looping() async throws {
        let city = try await BatchTests.City(fund: BatchTests.ample)
        let corridor = Corridor(
            store: city.store, judge: LuaJudge(pool: WorkerPool()), clock: city.clock, ids: city.ids,
            crypto: city.crypto, bundles: Looping())
        let previewed = await #expect(throws: NiangjiaError.self) { try await corridor.preview(program: "summer") }
        #expect(previewed?.code == .pluginFailed)
        #expect(previewed?.place == "plugins/cooling/main.lua:2")
        #expect(previewed?.message.zh.contains("指令预算") == true && previewed?.message.zh.contains("第 5 个") == true)
        let decided = await #expect(throws: NiangjiaError.self) {
            try await corridor.decide(program: "summer", by: BatchTests.actor)
        }
        #expect(decided?.code == .pluginFailed)
        #expect(try await Self.state(city) == "cancelled")
    }
}
