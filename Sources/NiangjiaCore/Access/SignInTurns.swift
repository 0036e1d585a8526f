/// Attempts on one name, one after the other: a right password beside others that are right, too, isn't one of five in a row.
final class SignInTurns: Sendable {
    /// How many may wait for one name; one more is told to come back.
    static let limit = 64

    /// By name, who waits while somebody is at it.
    private let waiting = Guarded<[String: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs a closure when nobody else's of the name is running. Throws `busy` where too many wait.
    func take<Result: Sendable>(_ name: String, _ body: () async throws -> Result) async throws -> Result {
        try await enter(name)
        defer { leave(name) }
        return try await body()
    }

    private func enter(_ name: String) async throws {
        guard waiting.withLock({ ($0[name]?.count ?? 0) < SignInTurns.limit }) else { throw SignInTurns.busy }
        await withCheckedContinuation { turn in
            let isFree = waiting.withLock { waiting in
                guard waiting[name] != nil else {
                    waiting[name] = []
                    return true
                }
                waiting[name]?.append(turn)
                return false
            }
            if isFree { turn.resume() }
        }
    }

    private func leave(_ name: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard let others = waiting[name], let next = others.first else {
                waiting[name] = nil
                return nil
            }
            waiting[name] = Array(others.dropFirst())
            return next
        }
        next?.resume()
    }

    private static var busy: NiangjiaError {
        NiangjiaError(
            .busy, zh: "这个账号同时登录的太多:请稍后再试。", en: "Too many sign-ins of this account at once: try again shortly.",
            retryAfter: 1)
    }
}
