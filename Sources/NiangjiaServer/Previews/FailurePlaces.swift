import NiangjiaCore

/// Judges as another judge does, and remembers where rules failed: only the place, never what the script said, which may carry
/// facts about a person. That a budget was used up is the host's own word and holds none.
final class FailurePlaces: JudgeBefore {
    struct Place: Hashable {
        /// `plugins/flat/main.lua:12`
        var text: String
        var budget: LocalText?
    }

    let inner: any RuleJudge
    private let counts = Guarded<[Place: Int]>([:])
    /// So many places are told.
    static let limit = 5

    init(_ inner: any RuleJudge) { self.inner = inner }

    func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        let reply = try await inner.judge(request, lane: lane)
        let distinct = reply.judgements.distinct
        for (number, judgement) in distinct.enumerated() where judgement.kind == .failed {
            let failure = judgement.failure ?? ""
            let place = Place(
                text: "plugins/\(request.plugin.manifest.id)/" + FailurePlaces.place(failure),
                budget: FailurePlaces.budget(failure))
            let times = reply.judgements.indexes.count { $0 == UInt32(number) }
            counts.withLock { $0[place, default: 0] += times }
        }
        return reply
    }

    /// `main.lua:12` of `main.lua:12: …`; a fault of the answer as a whole has the file alone.
    static func place(_ failure: String) -> String {
        let parts = failure.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0] == "main.lua", Int(parts[1]) != nil else { return "main.lua" }
        return "main.lua:\(parts[1])"
    }

    private static let budgets = [
        ("the instruction budget", LocalText(zh: "指令预算用完", en: "the instruction budget is used up")),
        ("the memory budget", LocalText(zh: "内存预算用完", en: "the memory budget is used up")),
        ("the time budget", LocalText(zh: "时间预算用完", en: "the time budget is used up")),
    ]

    /// The budget that was used up, in words of its own: a script may say anything in between.
    static func budget(_ failure: String) -> LocalText? {
        var words = Substring(LocalText(failure: failure).en)
        if let end = words.range(of: place(failure) + ": "), end.lowerBound == words.startIndex {
            words = words[end.upperBound...]
        }
        return budgets.first { words.hasPrefix($0.0) && words.hasSuffix("is used up") }?.1
    }

    /// The places with the most failures, and how many at each. A rule may fail on a line for every value that a fact can have: whoever
    /// may not see each fact is told the file alone, and that only of five and more people (decision 0091).
    func told(_ telling: Telling) -> [(place: Place, count: Int)] {
        let all = counts.withLock { $0 }
        guard telling != .all else {
            return all.sorted { ($1.value, $0.key.text) < ($0.value, $1.key.text) }.prefix(FailurePlaces.limit)
                .map { ($0.key, $0.value) }
        }
        let count = all.values.reduce(0, +)
        guard count >= Suppression.least, let first = all.keys.first else { return [] }
        let budget = all.keys.allSatisfy { $0.budget == first.budget } ? first.budget : nil
        let file = first.text.firstRange(of: "main.lua").map { String(first.text[..<$0.upperBound]) } ?? first.text
        return [(Place(text: file, budget: budget), count)]
    }

    /// Tells them, and answers them for `--json` and the API.
    func tell(_ telling: Telling, _ call: Call) -> Value {
        let found = told(telling)
        for (place, count) in found {
            let why = (place.budget.map { "(\($0.zh))" } ?? "", place.budget.map { " (\($0.en))" } ?? "")
            call.output.line(
                "    \(place.text) 规则出错 \(count) 次\(why.0)",
                en: "    \(place.text): the rule failed \(count) times\(why.1)")
        }
        return .list(
            found.map { place, count in
                ["place": .text(place.text), "count": .int(Int64(count))]
            })
    }
}
