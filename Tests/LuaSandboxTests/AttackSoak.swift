import Foundation
import Testing

@testable import LuaSandbox

/// Measures attacks against their budgets, and what others feel of them. Part of `make soak`, never of a test run: it
/// tells time.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["NIANGJIA_SOAK"] != nil)) struct AttackSoak {
    private struct Timing {
        var attack: Attack
        var outcome: [String]
        /// Of the wall clock, which also runs while others have the processor.
        var milliseconds: Double
        /// Of the processor: what the budget counts.
        var processor: Double
        var budget: Double
    }

    /// Processor time of one row and of a load; no attack may take more than 1.2 × of it.
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

    /// Processor time of the workers that serve attacks, in milliseconds: of those alive but the calm one, and of those reaped.
    private func processorTime(of pool: WorkerPool, but calm: Set<Int32>) -> Double {
        var reaped = rusage()
        _ = getrusage(Int32(RUSAGE_CHILDREN.rawValue), &reaped)
        func milliseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1_000 + Double(time.tv_usec) / 1_000 }
        var sum = milliseconds(reaped.ru_utime) + milliseconds(reaped.ru_stime)
        for process in pool.workerProcesses where !calm.contains(process) {
            var (id, time) = (clockid_t(), timespec())
            guard clock_getcpuclockid(process, &id) == 0, clock_gettime(id, &time) == 0 else { continue }
            sum += Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1e6
        }
        return sum
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
        configuration.callsPerWorker = .max  // one calm worker throughout: its time is told from the attacks'
        configuration.idleMilliseconds = 600_000
        let pool = WorkerPool(configuration: configuration)
        var (quiet, beside): ([Double], [Double]) = ([], [])
        var timings: [Timing] = []
        var calm: Set<Int32> = []
        for round in 0..<Self.rounds {
            let quietEnd = clock.now + .seconds(2)
            quiet += try await benign(pool) { [clock] in clock.now > quietEnd }
            if round == 0 { calm = Set(pool.workerProcesses) }
            let over = Flag()
            async let others = benign(pool) { over.isSet }
            for (n, attack) in Attack.all.enumerated() where n % Self.rounds == round {
                timings.append(await timing(of: attack, on: pool, but: calm))
            }
            over.set()
            beside += try await others
        }
        let late = timings.filter { $0.processor > $0.budget * 1.2 }
        let names = late.map { "\($0.attack.name) \($0.processor)" }
        #expect(names.isEmpty)
        try report(timings, late: late.count, quiet: quiet, beside: beside)
    }

    private func timing(of attack: Attack, on pool: WorkerPool, but calm: Set<Int32>) async -> Timing {
        var single = attack
        single.head["rows"] = "1"
        let source = single.source
        var loadFailed = false
        let before = processorTime(of: pool, but: calm)
        let load = await timed {
            do { _ = try await pool.load(source, lane: .batch) } catch { loadFailed = true }
        }
        guard !loadFailed else {
            return Timing(
                attack: attack, outcome: ["refusedAtLoad"], milliseconds: load,
                processor: processorTime(of: pool, but: calm) - before, budget: Double(Self.rowMilliseconds * 3))
        }
        var outcome: [String] = []
        let loaded = processorTime(of: pool, but: calm)
        let taken = await timed { outcome = await single.answered(on: pool, lane: .batch) }
        return Timing(
            attack: attack, outcome: outcome, milliseconds: taken,
            processor: processorTime(of: pool, but: calm) - loaded, budget: Double(Self.rowMilliseconds))
    }

    private func report(_ timings: [Timing], late: Int, quiet: [Double], beside: [Double]) throws {
        func number(_ value: Double) -> String { String(format: "%.2f", value) }
        let slowest = timings.sorted { $0.processor > $1.processor }.prefix(12)
        var loads = [Double](repeating: 0, count: 3)
        _ = getloadavg(&loads, 3)
        var lines = [
            "- Counts: \(timings.count) attacks, \(late) over 1.2 × their budget, host alive, "
                + "\(quiet.count) other calls before and \(beside.count) meanwhile",
            "",
            "A row's budget is \(Self.rowMilliseconds) ms of processor time, a load's three of them; one row each, without the second",
            "judgement. What else the machine did: load average \(loads.map(number).joined(separator: ", ")) at the end. Attacks run on one worker of the batch lane, the other calls (one row of summer-cooling) on one of the",
            "interactive lane.", "", "| other calls | p50 ms | p99 ms |", "|---|---|---|",
            "| before | \(number(percentile(quiet, 0.5))) | \(number(percentile(quiet, 0.99))) |",
            "| meanwhile | \(number(percentile(beside, 0.5))) | \(number(percentile(beside, 0.99))) |", "",
            "| most expensive attacks | stopped by | processor ms | wall ms |", "|---|---|---|---|",
        ]
        lines += slowest.map {
            "| \($0.attack.name) | \(Set($0.outcome).sorted().joined(separator: ", ")) | \(number($0.processor)) "
                + "| \(number($0.milliseconds)) |"
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
