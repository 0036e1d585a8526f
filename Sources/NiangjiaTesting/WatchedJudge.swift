import NiangjiaCore

/// A rule judge with something that happens behind its back: `after` runs once each answer is there, before it is handed on.
public final class WatchedJudge: RuleJudge {
    private let judge: any RuleJudge
    private let after: @Sendable (_ call: Int, _ lane: WriteLane) async throws -> Void
    private let calls = Guarded(0)

    /// - Parameter after: Told the number of the call, from 1, and its lane.
    public init(_ judge: any RuleJudge, after: @escaping @Sendable (Int, WriteLane) async throws -> Void) {
        self.judge = judge
        self.after = after
    }

    /// Judges, then lets the other thing happen.
    public func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        let reply = try await judge.judge(request, lane: lane)
        let call = calls.withLock { count in
            count += 1
            return count
        }
        try await after(call, lane)
        return reply
    }

    /// As the judge itself.
    public func replay(_ bytes: [UInt8], answered: [UInt8], plugin: Plugin, calendar: WorkCalendar) async throws
        -> JudgeReply
    {
        try await judge.replay(bytes, answered: answered, plugin: plugin, calendar: calendar)
    }

    /// As the judge itself.
    public func rejudge(
        _ bytes: [UInt8], settings: [Value], settingsOf: [Int: UInt32], plugin: Plugin, calendar: WorkCalendar
    ) async throws -> JudgeReply {
        try await judge.rejudge(bytes, settings: settings, settingsOf: settingsOf, plugin: plugin, calendar: calendar)
    }

    /// As the judge itself.
    public func judgements(_ bytes: [UInt8], plugin: Plugin, function: String) throws -> Judgements {
        try judge.judgements(bytes, plugin: plugin, function: function)
    }

    /// As the judge itself.
    public func describe(_ bytes: [UInt8], row: Int) throws -> (facts: Value, settings: Value) {
        try judge.describe(bytes, row: row)
    }
}
