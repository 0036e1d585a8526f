import CLuaEngine
import Foundation

/// A bounded queue and the threads that serve it, each with at most one worker process.
final class Lane: @unchecked Sendable {  // every field below `condition` is read and written under it
    struct Job {
        let source: ScriptSource
        /// By which a waiting job is cancelled.
        let ticket: Int
        /// Called once: with a lease on a thread of the lane, or with the reason why there is none. What it returns gives
        /// the answer, and is called once the thread counts as idle: a caller's next call finds its worker free.
        let work: @Sendable (Result<Lease, ScriptError>) -> @Sendable () -> Void
    }

    private let configuration: PoolConfiguration
    private let pace: niangjia_pace
    private let capacity: Int
    private let condition = NSCondition()
    private var queue: [Job] = []
    private var threads = 0
    /// Threads that wait, by number, with the source that their worker is bound to.
    private var idle: [Int: ScriptSource?] = [:]
    private var alive: [Int: Int32] = [:]
    private var nextNumber = 0
    private var tickets = 0
    private var isShutDown = false
    /// Tickets of jobs that left the queue, and of jobs cancelled before they came to it, until they are answered.
    private var begun: Set<Int> = []
    private var cancelled: Set<Int> = []

    init(configuration: PoolConfiguration, pace: niangjia_pace, capacity: Int) {
        self.configuration = configuration
        self.pace = pace
        self.capacity = max(capacity, 1)
    }

    var processes: [Int32] { condition.withLock { alive.values.sorted() } }
    var waiting: Int { condition.withLock { queue.count } }

    /// By which the next job is known.
    func ticket() -> Int {
        condition.withLock {
            tickets += 1
            return tickets
        }
    }

    /// Queues a job, or says that the queue is full.
    func submit(_ job: Job, whenFull: () -> Void) {
        condition.lock()
        if isShutDown {
            condition.unlock()
            return job.work(.failure(.shutDown))()
        }
        if cancelled.remove(job.ticket) != nil {
            condition.unlock()
            return job.work(.failure(.cancelled))()
        }
        guard queue.count < configuration.queueLimit else {
            condition.unlock()
            return whenFull()
        }
        queue.append(job)
        // One idle thread may not have woken yet for the job before this one: it can't take both.
        let fits = idle.values.contains { $0 == job.source }
        if threads < capacity, !fits || queue.count > idle.count { startThread() }
        condition.broadcast()
        condition.unlock()
    }

    /// Starts what threads there may be, each with a worker that waits for its source.
    func prepare() {
        condition.lock()
        while !isShutDown, threads < capacity { startThread(preparing: true) }
        condition.unlock()
    }

    func shutdown() {
        condition.lock()
        isShutDown = true
        let waiting = queue
        queue = []
        condition.broadcast()
        condition.unlock()
        for job in waiting { job.work(.failure(.shutDown))() }
    }

    /// Takes a job that still waits out of the queue. One that has begun goes on: its budget ends it.
    func cancel(_ ticket: Int) {
        condition.lock()
        let index = queue.firstIndex { $0.ticket == ticket }
        let job = index.map { queue.remove(at: $0) }
        // It may not have come to the queue yet.
        if job == nil, !begun.contains(ticket) { cancelled.insert(ticket) }
        condition.unlock()
        job?.work(.failure(.cancelled))()
    }

    /// Forgets a job that has been answered.
    func forget(_ ticket: Int) {
        condition.withLock {
            begun.remove(ticket)
            cancelled.remove(ticket)
        }
    }

    private func startThread(preparing: Bool = false) {
        threads += 1
        let number = nextNumber
        nextNumber += 1
        let thread = Thread { [self] in serve(number, preparing: preparing) }
        thread.name = "niangjia-worker-\(number)"
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func serve(_ number: Int, preparing: Bool) {
        // The workers that this thread starts have its pace.
        niangjia_set_pace(pace)
        let lease = Lease(configuration: configuration) { [self] pid in
            condition.withLock { alive[number] = pid }
        }
        if preparing { lease.prepare() }
        while let job = next(number, bound: lease.source) {
            lease.bind(to: job.source)
            let answer = job.work(.success(lease))
            condition.withLock { idle[number] = .some(job.source) }
            answer()
        }
        lease.release()
    }

    /// Waits for a job; nil when this thread should end. A job goes to a thread whose worker is bound to its source
    /// where one is free, else to any.
    private func next(_ number: Int, bound: ScriptSource?) -> Job? {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date(timeIntervalSinceNow: Double(configuration.idleMilliseconds) / 1_000)
        while !isShutDown {
            if let index = position(bound: bound, number) {
                idle[number] = nil
                // Others left this job's like to this thread; now they may take what remains.
                if queue.count > 1 { condition.broadcast() }
                let job = queue.remove(at: index)
                begun.insert(job.ticket)
                return job
            }
            idle[number] = .some(bound)
            if !condition.wait(until: deadline), position(bound: bound, number) == nil { break }
        }
        idle[number] = nil
        threads -= 1
        return nil
    }

    private func position(bound: ScriptSource?, _ number: Int) -> Int? {
        if let bound, let index = queue.firstIndex(where: { $0.source == bound }) { return index }
        return queue.firstIndex { job in
            !idle.contains { $0.key != number && $0.value == job.source }
        }
    }
}
