import NiangjiaCore

/// A rule judge with something that happens behind its back: `after` runs once each answer is there, before it is handed on.
public final class WatchedJudge: JudgeBefore {
    public let inner: any RuleJudge
    private let after: @Sendable (_ call: Int, _ lane: WriteLane) async throws -> Void
    private let calls = Guarded(0)

    /// - Parameter after: Told the number of the call, from 1, and its lane.
    public init(_ inner: any RuleJudge, after: @escaping @Sendable (Int, WriteLane) async throws -> Void) {
        self.inner = inner
        self.after = after
    }

    /// Judges, then lets the other thing happen.
    public func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        let reply = try await inner.judge(request, lane: lane)
        let call = calls.withLock { count in
            count += 1
            return count
        }
        try await after(call, lane)
        return reply
    }
}
