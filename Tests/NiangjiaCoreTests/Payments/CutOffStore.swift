import NiangjiaCore
import NiangjiaSQLite

/// A store whose work ends after so many writes of a batch's lane, as a kill would end it; somebody may write between them.
struct CutOffStore: Store {
    /// What a killed process would have said.
    struct Killed: Error {}

    let store: SQLiteStore
    private let left: Guarded<Int>
    private let between: @Sendable () async throws -> Void

    init(_ store: SQLiteStore, after writes: Int = .max, between: @escaping @Sendable () async throws -> Void = {}) {
        self.store = store
        left = Guarded(writes)
        self.between = between
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await store.read(body)
    }

    func glance<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await store.glance(body)
    }

    func write<Result: Sendable>(
        _ lane: WriteLane, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        let isAlive = left.withLock { left in
            left -= 1
            return left >= 0
        }
        guard isAlive else { throw Killed() }
        let result = try await store.write(lane, body)
        try await between()
        return result
    }

    func close() async throws { try await store.close() }
}
