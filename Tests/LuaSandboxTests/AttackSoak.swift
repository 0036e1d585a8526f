import Foundation
import Testing

@testable import LuaSandbox

/// Measures attacks against their budgets, and what others feel of them. Part of `make soak`, never of a test run: it
/// tells time.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["NIANGJIA_SOAK"] != nil)) struct AttackSoak {
    private struct Timing {
        var attack: Attack
        var outcome: [String]
        var milliseconds: Double
        var budget: Double
    }

    /// Wall clock of one row and of a load; no attack may take longer than 1.2 × of it.
    private static let rowMilliseconds = 1_000

    private let clock = ContinuousClock()

    private func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1_000 + Double(duration.components.attoseconds) / 1e15
    }

    private func timed(_ operation: () async throws -> Void) async rethrows -> Double {
        let start = clock.now
        try await operation()
        return milliseconds(clock.now - start)
    }

    /// Benign calls one after the other on a pool's interactive lane: how long each took.
    private func benign(_ pool: WorkerPool, until isOver: @Sendable () -> Bool) async throws -> [Double] {
        var taken: [Double] = []
        while !isOver() {
            taken.append(
                try await timed {
                    _ = try await pool.call(PluginTests.coolingCall(rows: 1), on: PluginTests.cooling)
                })
            try await Task.sleep(for: .milliseconds(2))
        }
        return taken
    }

    private func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// Attacks come in rounds, each after a quiet time: what else the machine does is felt by both alike.
    private static let rounds = 8

    @Test func attacksAreStoppedInTimeAndOthersHardlyFeelThem() async throws {
        var configuration = PoolConfiguration()
        configuration.rowMilliseconds = Self.rowMilliseconds
        configuration.batchWorkers = 1
        configuration.interactiveWorkers = 1
        configuration.verifyRows = 0  // a judgement again is another call to the budget
        let pool = WorkerPool(configuration: configuration)
        var (quiet, beside): ([Double], [Double]) = ([], [])
        var timings: [Timing] = []
        for round in 0..<Self.rounds {
            let quietEnd = clock.now + .seconds(2)
            quiet += try await benign(pool) { [clock] in clock.now > quietEnd }
            let over = Flag()
            async let others = benign(pool) { over.isSet }
            for (n, attack) in Attack.all.enumerated() where n % Self.rounds == round {
                timings.append(await timing(of: attack, on: pool))
            }
            over.set()
            beside += try await others
        }
        let late = timings.filter { $0.milliseconds > $0.budget * 1.2 }
        #expect(late.isEmpty, "\(late.map { "\($0.attack.name) \($0.milliseconds)" })")
        try report(timings, late: late.count, quiet: quiet, beside: beside)
    }

    private func timing(of attack: Attack, on pool: WorkerPool) async -> Timing {
        var single = attack
        single.head["rows"] = "1"
        let source = single.source
        var loadFailed = false
        let load = await timed {
            do { _ = try await pool.load(source, lane: .batch) } catch { loadFailed = true }
        }
        guard !loadFailed else {
            return Timing(
                attack: attack, outcome: ["refusedAtLoad"], milliseconds: load, budget: Double(Self.rowMilliseconds * 3)
            )
        }
        var outcome: [String] = []
        let taken = await timed { outcome = await single.answered(on: pool, lane: .batch) }
        return Timing(attack: attack, outcome: outcome, milliseconds: taken, budget: Double(Self.rowMilliseconds))
    }

    private func report(_ timings: [Timing], late: Int, quiet: [Double], beside: [Double]) throws {
        func number(_ value: Double) -> String { String(format: "%.2f", value) }
        let slowest = timings.sorted { $0.milliseconds > $1.milliseconds }.prefix(12)
        var lines = [
            "- Counts: \(timings.count) attacks, \(late) later than 1.2 × their budget, host alive, "
                + "\(quiet.count) other calls before and \(beside.count) meanwhile",
            "",
            "A row's budget of time is \(Self.rowMilliseconds) ms, a load's three of them; one row each, without the second",
            "judgement. Attacks run on one worker of the batch lane, the other calls (one row of summer-cooling) on one of the",
            "interactive lane.", "", "| other calls | p50 ms | p99 ms |", "|---|---|---|",
            "| before | \(number(percentile(quiet, 0.5))) | \(number(percentile(quiet, 0.99))) |",
            "| meanwhile | \(number(percentile(beside, 0.5))) | \(number(percentile(beside, 0.99))) |", "",
            "| slowest attacks | stopped by | ms |", "|---|---|---|",
        ]
        lines += slowest.map {
            "| \($0.attack.name) | \(Set($0.outcome).sorted().joined(separator: ", ")) | \(number($0.milliseconds)) |"
        }
        let kinds = Dictionary(grouping: timings.flatMap { Set($0.outcome) }) { $0 }.mapValues(\.count)
        lines += ["", "| stopped by | attacks |", "|---|---|"]
        lines += kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "| \($0.key) | \($0.value) |" }
        guard let path = ProcessInfo.processInfo.environment["NIANGJIA_SOAK_OUT"] else { return }
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }
}

/// Set once, read from another task.
private final class Flag: @unchecked Sendable {  // guarded by its lock
    private let lock = NSLock()
    private var value = false

    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
