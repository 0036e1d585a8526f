import CLuaEngine
import Foundation

/// How many workers there may be, how long they may take, how much is checked.
public struct PoolConfiguration: Sendable {
    public var launcher: WorkerLauncher
    /// Workers for batches at once: the cores.
    public var batchWorkers = ProcessInfo.processInfo.activeProcessorCount
    /// Workers for single calls at once, beside those for batches.
    public var interactiveWorkers = 2
    /// Calls that may wait in a lane; one more is refused as busy.
    public var queueLimit = 256
    /// A worker without work is ended after so long.
    public var idleMilliseconds = 30_000
    /// Processor time for one row, after which its worker is killed.
    public var rowMilliseconds = 1_000
    /// Wall clock for a whole call or load.
    public var callMilliseconds = 120_000
    /// The last rows of each call are judged again in a fresh state …
    public var verifyRows = 1
    /// … and one row in so many (0: none).
    public var verifyEvery = 1_000
    /// A worker is replaced after so many calls, long before its limit of processor time.
    public var callsPerWorker = 10_000
    /// After so many deaths of workers a call is given up.
    public var deathLimit = 3
    /// After so many rows that a budget stopped, where that is at least every other row so far, a call is given up: a rule that loops
    /// would loop in each of a million rows. 0: never.
    public var overrunLimit = 5

    public init(launcher: WorkerLauncher = .default) { self.launcher = launcher }
}

/// Which queue a call waits in: interactive calls never wait behind batches.
public enum ScriptLane: Sendable, Hashable, CaseIterable { case interactive, batch }

/// Leases worker processes to scripts.
///
/// A worker is bound to one source for its life. Dedicated threads own starting, feeding, timing and ending workers; an
/// `await` here blocks no thread of the concurrency runtime.
public final class WorkerPool: Sendable {
    public let configuration: PoolConfiguration
    private let interactive: Lane
    private let batch: Lane

    public init(configuration: PoolConfiguration = PoolConfiguration()) {
        self.configuration = configuration
        interactive = Lane(
            configuration: configuration, pace: NIANGJIA_PACE_PERSON, capacity: configuration.interactiveWorkers)
        batch = Lane(configuration: configuration, pace: NIANGJIA_PACE_BATCH, capacity: configuration.batchWorkers)
    }

    deinit { shutdown() }

    /// Starts a lane's workers before anybody knows what they will judge: a process takes as long to start as some ten thousand
    /// rows to judge. Those that nothing comes for end as any idle worker does.
    public func prepare(_ lane: ScriptLane) {
        switch lane {
        case .interactive: interactive.prepare()
        case .batch: batch.prepare()
        }
    }

    /// Loads a script and tells what it defines.
    /// - Throws: `ScriptError.script` with the author's line when it can't be loaded.
    public func load(_ source: ScriptSource, lane: ScriptLane = .interactive) async throws(ScriptError) -> ScriptReport
    {
        try await run(source, lane) { lease throws(ScriptError) in try lease.report() }
    }

    /// Judges a batch. A row that fails is in the reply; an error means that nothing was judged. Cancelling the task takes
    /// the call out of the queue; one that has begun goes on to its end or its budget.
    public func call(
        _ call: ScriptCall, on source: ScriptSource, lane: ScriptLane = .interactive
    ) async throws(ScriptError) -> ScriptReply {
        // Of a batch the journal keeps the columns that were read; a single call is kept whole, for whoever explains it.
        let encoded = try call.journaled()
        return try await judge(
            lane == .batch ? encoded : EncodedCall(bytes: encoded.bytes), on: source, lane: lane)
    }

    /// Judges the bytes of an earlier call again.
    /// - Parameter skipping: what killed a worker then (`ScriptVerdict.deadRows`). Such rows have failed and are not tried
    ///   again, so that the answer has the same bytes.
    public func replay(
        requestBytes: [UInt8], on source: ScriptSource, lane: ScriptLane = .interactive,
        skipping dead: [Int: ScriptFailure.Kind] = [:]
    ) async throws(ScriptError) -> ScriptReply {
        try await judge(EncodedCall(bytes: requestBytes), on: source, lane: lane, skipping: dead)
    }

    private func judge(
        _ call: EncodedCall, on source: ScriptSource, lane: ScriptLane, skipping dead: [Int: ScriptFailure.Kind] = [:]
    ) async throws(ScriptError) -> ScriptReply {
        guard call.bytes.count < ScriptEngine.largestFrame - 4096 else { throw .invalidCall("more than 64 MiB") }
        return try await run(source, lane) { lease throws(ScriptError) in try lease.judge(call, skipping: dead) }
    }

    /// Runs an action of a script. What the host says to its questions is called for on a thread of the pool, which may
    /// wait. An action that goes wrong is in the reply; an error means that it wasn't begun, or that it differed when a state
    /// that had seen nothing else went through it again with the same answers.
    public func act(
        _ action: ScriptAction, on source: ScriptSource, lane: ScriptLane = .interactive,
        answering: @escaping @Sendable (ScriptQuestion) -> ScriptTelling
    ) async throws(ScriptError) -> ScriptActionReply {
        try await run(source, lane) { lease throws(ScriptError) in try lease.act(action, answering: answering) }
    }

    /// Ends the workers as soon as their call in flight is over; what waits fails with `shutDown`.
    public func shutdown() {
        interactive.shutdown()
        batch.shutdown()
    }

    /// Process ids of the workers alive, for `doctor` and for tests that kill them.
    public var workerProcesses: [Int32] { interactive.processes + batch.processes }

    /// Calls that wait for a worker, in both lanes, for `doctor`.
    public var waitingCalls: Int { interactive.waiting + batch.waiting }

    private func run<Answer: Sendable>(
        _ source: ScriptSource, _ lane: ScriptLane,
        _ work: @escaping @Sendable (Lease) throws(ScriptError) -> Answer
    ) async throws(ScriptError) -> Answer {
        let lane = lane == .interactive ? interactive : batch
        let ticket = lane.ticket()
        defer { lane.forget(ticket) }
        let result: Result<Answer, ScriptError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                lane.submit(
                    Lane.Job(source: source, ticket: ticket) { lease in
                        let result: Result<Answer, ScriptError>
                        do throws(ScriptError) {
                            result = .success(try work(try lease.get()))
                        } catch {
                            result = .failure(error)
                        }
                        return { continuation.resume(returning: result) }
                    }
                ) { continuation.resume(returning: .failure(.busy)) }
            }
        } onCancel: {
            lane.cancel(ticket)
        }
        return try result.get()
    }
}
