import Foundation
import NiangjiaCore

/// One snapshot of the store for one action: a thread that reads holds it, another that speaks with the worker asks.
///
/// It is begun with the first question, so that waiting for a worker holds no reader, and is let go after its time, whatever
/// the script is doing. There are never more than the pool's workers for single calls.
final class Snapshot: @unchecked Sendable {  // every field below `condition` is read and written under it
    private let store: any Store
    private let milliseconds: Int
    private let answer: @Sendable (HostQuestion, any StoreReader) -> HostTelling
    private let condition = NSCondition()
    private var question: HostQuestion?
    private var telling: HostTelling?
    private var state = State.idle

    private enum State { case idle, opening, open, over }

    init(
        store: any Store, milliseconds: Int,
        answer: @escaping @Sendable (HostQuestion, any StoreReader) -> HostTelling
    ) {
        self.store = store
        self.milliseconds = milliseconds
        self.answer = answer
    }

    /// Asks, and waits for the answer. Called by one thread, one question at a time.
    func ask(_ asked: HostQuestion) -> HostTelling {
        condition.lock()
        defer { condition.unlock() }
        if state == .idle {
            state = .opening
            Task { [self] in await open() }
        }
        guard state != .over else { return Self.timeUp }
        question = asked
        condition.broadcast()
        // A reader may have to be waited for; an action doesn't wait for ever.
        let patience = Date(timeIntervalSinceNow: 5)
        while telling == nil, state != .over {
            if !condition.wait(until: patience) { state = .over }
        }
        defer { telling = nil }
        return telling ?? Self.timeUp
    }

    /// Lets the snapshot go.
    func close() {
        condition.lock()
        state = .over
        condition.broadcast()
        condition.unlock()
    }

    private func open() async {
        do {
            try await store.read { reader in self.serve(reader) }
        } catch {
            close()
        }
    }

    private func serve(_ reader: any StoreReader) {
        let end = Date(timeIntervalSinceNow: Double(milliseconds) / 1_000)
        condition.lock()
        if state == .opening { state = .open }
        while state == .open, Date() < end {
            guard let asked = question else {
                if !condition.wait(until: end) { break }
                continue
            }
            question = nil
            condition.unlock()
            let told = answer(asked, reader)
            condition.lock()
            telling = told
            condition.broadcast()
        }
        state = .over
        condition.broadcast()
        condition.unlock()
    }

    private static let timeUp = HostTelling.refusal(
        LocalText(zh: "读取时间已到(200 毫秒)", en: "the time to read is up (200 ms)"))
}
