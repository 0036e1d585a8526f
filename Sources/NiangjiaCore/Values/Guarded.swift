import Synchronization

/// A value behind a lock, held only for the length of a closure.
public final class Guarded<State>: Sendable {
    @usableFromInline let mutex: Mutex<State>

    @inlinable public init(_ state: sending State) { mutex = Mutex(state) }

    /// Runs `body` with the lock held; `body` must not wait for anything.
    @inlinable public func withLock<Result>(_ body: (inout sending State) throws -> sending Result) rethrows
        -> sending Result
    {
        try mutex.withLock(body)
    }
}
