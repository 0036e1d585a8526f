import Foundation
import NiangjiaCore

/// What waits for a thread of its own, in two bounded lanes. Nothing here may run on Swift's cooperative pool: a commit waits for
/// the disk.
final class WorkQueue<Work: Sendable>: @unchecked Sendable {
    /// How much may wait in each lane.
    private let interactiveLimit: Int
    private let batchLimit: Int
    // NSCondition guards everything below it.
    private let condition = NSCondition()
    private var interactive = Lane<Work>()
    private var batch = Lane<Work>()
    private var isClosed = false

    init(interactiveLimit: Int, batchLimit: Int) {
        self.interactiveLimit = interactiveLimit
        self.batchLimit = batchLimit
    }

    /// Takes work, or says why not: ``StoreError/closed``, ``StoreError/busy``. A batch's work never takes a person's place.
    func add(_ work: Work, to lane: WriteLane = .interactive) -> StoreError? {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return .closed }
        switch lane {
        case .interactive:
            guard interactive.count < interactiveLimit else { return .busy }
            interactive.add(work)
        case .batch:
            guard batch.count < batchLimit else { return .busy }
            batch.add(work)
        }
        condition.signal()
        return nil
    }

    /// The next work from either lane, waiting for it; nil when the queue is closed and empty.
    func waitForNext() -> (work: Work, lane: WriteLane)? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let work = interactive.take() { return (work, .interactive) }
            if let work = batch.take() { return (work, .batch) }
            if isClosed { return nil }
            condition.wait()
        }
    }

    /// The next work of a lane if there is any.
    func next(_ lane: WriteLane) -> Work? {
        condition.lock()
        defer { condition.unlock() }
        return lane == .interactive ? interactive.take() : batch.take()
    }

    /// How much waits in each lane.
    var waiting: (interactive: Int, batch: Int) {
        condition.lock()
        defer { condition.unlock() }
        return (interactive.count, batch.count)
    }

    /// Takes no more; what waits is still done.
    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}

/// First in, first out.
private struct Lane<Work> {
    private var items: [Work?] = []
    private var head = 0

    var count: Int { items.count - head }

    mutating func add(_ work: Work) { items.append(work) }

    mutating func take() -> Work? {
        guard head < items.count else { return nil }
        let work = items[head]
        items[head] = nil
        head += 1
        if head == items.count || head > 1024 {
            items.removeFirst(head)
            head = 0
        }
        return work
    }
}

/// Starts a thread that lives as long as its body runs. The name, at most 15 characters, is what `top -H` shows.
func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread {
        Thread.current.name = name
        body()
    }
    thread.stackSize = 4 << 20
    thread.start()
}

/// Hands something that one thread at a time uses from the thread that made it to the thread that will use it.
struct HandOver<Content>: @unchecked Sendable {
    let content: Content
}
