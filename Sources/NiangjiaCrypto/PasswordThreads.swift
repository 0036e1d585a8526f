import Foundation
import NiangjiaCore

/// Threads of their own for hashing passwords: a tenth of a second and 32 MiB each, which no thread of the concurrency runtime
/// may be held for, and of which a flood of sign-ins must not start as many as it likes.
///
/// Threads are started when they are needed and end when nothing waits.
final class PasswordThreads: @unchecked Sendable {  // what is below `lock` is read and written under it
    /// Hashes at the same time: bounds processor time and memory.
    static let threadLimit = 2
    /// Hashes that may wait; one more is refused as busy. The last of them waits some seconds.
    static let waitingLimit = 64

    private let lock = NSLock()
    private var waiting: [@Sendable () -> Void] = []
    private var threads = 0

    /// How many wait for a thread.
    var waitingCount: Int { lock.withLock { waiting.count } }

    /// Runs work on one of the threads.
    /// - Throws: `busy` when too much waits, and what the work throws.
    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = add { continuation.resume(with: Swift.Result { try work() }) }
            guard !isTaken else { return }
            continuation.resume(
                throwing: NiangjiaError(
                    .busy, zh: "同时登录的人太多,请稍后再试。", en: "Too many people are signing in: try again later."))
        }
    }

    private func add(_ work: @escaping @Sendable () -> Void) -> Bool {
        lock.withLock {
            guard waiting.count < PasswordThreads.waitingLimit else { return false }
            waiting.append(work)
            if threads < PasswordThreads.threadLimit {
                threads += 1
                let thread = Thread { [self] in serve() }
                thread.name = "passwords"
                thread.start()
            }
            return true
        }
    }

    private func serve() {
        while let next = take() { next() }
    }

    private func take() -> (@Sendable () -> Void)? {
        lock.withLock {
            guard !waiting.isEmpty else {
                threads -= 1
                return nil
            }
            return waiting.removeFirst()
        }
    }
}
