import NiangjiaCore

/// Work that goes on after whoever asked for it has been answered: runs, imports. Each has a name, and nothing of one name is at
/// work twice. The host waits for all of it before it closes the store.
final class Background: Sendable {
    private struct State {
        var tasks: [String: Task<Void, Never>] = [:]
        var isStopped = false
    }

    private let state = Guarded(State())

    /// Begins work under a name; false where such work is going on already, or the host is stopping.
    func start(_ name: String, _ work: @escaping @Sendable () async -> Void) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.tasks[name] == nil else { return false }
            state.tasks[name] = Task {
                await work()
                self.end(name)
            }
            return true
        }
    }

    /// Whether work under a name is going on.
    func isWorking(_ name: String) -> Bool { state.withLock { $0.tasks[name] != nil } }

    /// Whether work is going on whose name begins so.
    func isWorking(under prefix: String) -> Bool { state.withLock { $0.tasks.keys.contains { $0.hasPrefix(prefix) } } }

    private func end(_ name: String) { state.withLock { $0.tasks[name] = nil } }

    /// Asks all work to stop where it can be taken up again, and waits until it has.
    func stop() async {
        let tasks = state.withLock { state in
            state.isStopped = true
            return Array(state.tasks.values)
        }
        tasks.forEach { $0.cancel() }
        for task in tasks { await task.value }
    }
}
