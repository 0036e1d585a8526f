import Foundation

/// A bounded queue and the threads that serve it, each with at most one worker process.
final class Lane: @unchecked Sendable {  // every field below `condition` is read and written under it
    struct Job {
        let source: ScriptSource
        /// Called once on a thread of the lane; without a lease when the lane shuts down. What it returns gives the
        /// answer, and is called once the thread counts as idle: a caller's next call finds its worker free.
        let work: @Sendable (Lease?) -> @Sendable () -> Void
    }

    private let configuration: PoolConfiguration
    private let capacity: Int
    private let condition = NSCondition()
    private var queue: [Job] = []
    private var threads = 0
    /// Threads that wait, by number, with the source that their worker is bound to.
    private var idle: [Int: ScriptSource?] = [:]
    private var alive: [Int: Int32] = [:]
    private var nextNumber = 0
    private var isShutDown = false

    init(configuration: PoolConfiguration, capacity: Int) {
        self.configuration = configuration
        self.capacity = max(capacity, 1)
    }

    var processes: [Int32] { condition.withLock { alive.values.sorted() } }

    /// Queues a job, or says that the queue is full.
    func submit(_ job: Job, whenFull: () -> Void) {
        condition.lock()
        if isShutDown {
            condition.unlock()
            return job.work(nil)()
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

    func shutdown() {
        condition.lock()
        isShutDown = true
        let waiting = queue
        queue = []
        condition.broadcast()
        condition.unlock()
        for job in waiting { job.work(nil)() }
    }

    private func startThread() {
        threads += 1
        let number = nextNumber
        nextNumber += 1
        let thread = Thread { [self] in serve(number) }
        thread.name = "niangjia-worker-\(number)"
        thread.stackSize = 1 << 20
        thread.start()
    }

    private func serve(_ number: Int) {
        let lease = Lease(configuration: configuration) { [self] pid in
            condition.withLock { alive[number] = pid }
        }
        while let job = next(number, bound: lease.source) {
            lease.bind(to: job.source)
            let answer = job.work(lease)
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
                return queue.remove(at: index)
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
