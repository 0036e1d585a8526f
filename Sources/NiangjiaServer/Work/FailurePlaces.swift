import NiangjiaCore

/// Judges as another judge does, and remembers where rules failed: only the place, never what the script said, which may carry
/// facts about a person.
final class FailurePlaces: RuleJudge {
    private let judge: any RuleJudge
    private let counts = Guarded<[String: Int]>([:])
    /// So many places are told.
    static let limit = 5

    init(_ judge: any RuleJudge) { self.judge = judge }

    func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        let reply = try await judge.judge(request, lane: lane)
        let distinct = reply.judgements.distinct
        for (number, judgement) in distinct.enumerated() where judgement.kind == .failed {
            let place = "plugins/\(request.plugin.manifest.id)/" + FailurePlaces.place(judgement.failure ?? "")
            let times = reply.judgements.indexes.count { $0 == UInt32(number) }
            counts.withLock { $0[place, default: 0] += times }
        }
        return reply
    }

    func replay(_ requestBytes: [UInt8], answered replyBytes: [UInt8], plugin: Plugin, calendar: CalendarSettings)
        async throws -> JudgeReply
    {
        try await judge.replay(requestBytes, answered: replyBytes, plugin: plugin, calendar: calendar)
    }

    func rejudge(
        _ requestBytes: [UInt8], settings: [Value], settingsOf: [Int: UInt32], plugin: Plugin,
        calendar: CalendarSettings
    ) async throws -> JudgeReply {
        try await judge.rejudge(
            requestBytes, settings: settings, settingsOf: settingsOf, plugin: plugin, calendar: calendar)
    }

    func judgements(_ replyBytes: [UInt8], plugin: Plugin, function: String) throws -> Judgements {
        try judge.judgements(replyBytes, plugin: plugin, function: function)
    }

    func describe(_ requestBytes: [UInt8], row: Int) throws -> (facts: Value, settings: Value) {
        try judge.describe(requestBytes, row: row)
    }

    /// `main.lua:12` of `main.lua:12: …`; a fault of the answer as a whole has the file alone.
    static func place(_ failure: String) -> String {
        let parts = failure.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0] == "main.lua", Int(parts[1]) != nil else { return "main.lua" }
        return "main.lua:\(parts[1])"
    }

    /// The places with the most failures, and how many at each.
    var places: [(place: String, count: Int)] {
        counts.withLock { $0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(FailurePlaces.limit)
            .map { ($0.key, $0.value) }
    }

    func tell(_ call: Call) {
        for (place, count) in places {
            call.output.line("    \(place) 规则出错 \(count) 次", en: "    \(place): the rule failed \(count) times")
        }
    }

    var value: Value { .list(places.map { ["place": .text($0.place), "count": .int(Int64($0.count))] }) }
}
