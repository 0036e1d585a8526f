import NiangjiaCore

/// A judge that remembers what it was asked and why calls failed: for authors, whose cases are fictional. A city keeps none of a
/// script's own words.
public final class HearingJudge: RuleJudge {
    private let inner: any RuleJudge
    private let heard = Guarded<(bytes: [UInt8], function: String, failures: [String])?>(nil)

    /// A judge that listens to another.
    public init(_ inner: any RuleJudge) { self.inner = inner }

    /// The last call: the bytes that the rule was sent, its function, and why rows of it failed.
    public var last: (bytes: [UInt8], function: String, failures: [String])? { heard.withLock { $0 } }

    /// Forgets what was heard: the next step is another story.
    func forget() { heard.withLock { $0 = nil } }

    /// Judges as the inner one does, and remembers.
    public func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        let reply = try await inner.judge(request, lane: lane)
        let failures = reply.judgements.distinct.compactMap(\.failure)
        heard.withLock { $0 = (reply.requestBytes, request.function, failures) }
        return reply
    }

    /// As the inner one does.
    public func replay(
        _ requestBytes: [UInt8], answered replyBytes: [UInt8], plugin: Plugin, calendar: CalendarSettings
    ) async throws -> JudgeReply {
        try await inner.replay(requestBytes, answered: replyBytes, plugin: plugin, calendar: calendar)
    }

    /// As the inner one does.
    public func rejudge(
        _ requestBytes: [UInt8], settings: [Value], settingsOf: [Int: UInt32], plugin: Plugin,
        calendar: CalendarSettings
    ) async throws -> JudgeReply {
        try await inner.rejudge(
            requestBytes, settings: settings, settingsOf: settingsOf, plugin: plugin, calendar: calendar)
    }

    /// As the inner one does.
    public func judgements(_ replyBytes: [UInt8], plugin: Plugin, function: String) throws -> Judgements {
        try inner.judgements(replyBytes, plugin: plugin, function: function)
    }

    /// As the inner one does.
    public func describe(_ requestBytes: [UInt8], row: Int) throws -> (facts: Value, settings: Value) {
        try inner.describe(requestBytes, row: row)
    }
}
