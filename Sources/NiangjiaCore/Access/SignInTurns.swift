/// Attempts of one client on one name, one after the other: a right password beside others that are right, too, isn't one of five
/// in a row. An address has few attempts at a time, whatever names they are on.
final class SignInTurns: Sendable {
    /// How many may wait for one name; one more is told to come back.
    static let limit = 64

    /// By name, who waits while somebody is at it.
    private let waiting = Guarded<[String: [CheckedContinuation<Void, any Error>]]>([:])
    /// By address, how many attempts are at work or wait.
    private let crowds = Guarded<[String: Int]>([:])

    /// Runs a closure when nobody else's of the client and the name is running. Throws `busy` where too many wait.
    func take<Result: Sendable>(
        _ name: String, from client: SignInClient, _ body: () async throws -> Result
    ) async throws -> Result {
        let address: String? = if case .address(let address) = client { address } else { nil }
        if let address { try join(address) }
        defer { if let address { part(address) } }
        let name = "\(client.text)\n\(name)"
        try await enter(name)
        defer { leave(name) }
        return try await body()
    }

    private func join(_ address: String) throws {
        let hasRoom = crowds.withLock { crowds in
            let count = crowds[address, default: 0]
            guard count < SignInClient.attemptsByAddress else { return false }
            crowds[address] = count + 1
            return true
        }
        guard hasRoom else { throw SignInTurns.busy }
    }

    private func part(_ address: String) {
        crowds.withLock { crowds in
            let left = crowds[address, default: 1] - 1
            crowds[address] = left > 0 ? left : nil
        }
    }

    private func enter(_ name: String) async throws {
        try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
            // What is decided under the lock is told outside of it.
            let answer = waiting.withLock { waiting -> Result<Void, any Error>? in
                guard let others = waiting[name] else {
                    waiting[name] = []
                    return .success(())
                }
                guard others.count < SignInTurns.limit else { return .failure(SignInTurns.busy) }
                waiting[name]?.append(turn)
                return nil
            }
            if let answer { turn.resume(with: answer) }
        }
    }

    private func leave(_ name: String) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, any Error>? in
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
            .busy, zh: "同时登录的太多:请稍后再试。", en: "Too many sign-ins at once: try again shortly.",
            retryAfter: 1)
    }
}
