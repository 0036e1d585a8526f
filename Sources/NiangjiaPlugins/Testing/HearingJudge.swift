import NiangjiaCore

/// A call as a judge heard it.
struct HeardCall: Sendable {
    /// What the rule was sent, and its function.
    var bytes: [UInt8]
    var function: String
    /// Whom each row is about, as rules see it (`p-…`), and why it failed.
    var rows: [(subject: String, failure: String?)]
}

/// A judge that remembers what it was asked and why calls failed: for authors, whose cases are fictional. A city keeps none of a
/// script's own words.
final class HearingJudge: JudgeBefore {
    let inner: any RuleJudge
    private let heard = Guarded<[HeardCall]>([])

    /// A judge that listens to another.
    init(_ inner: any RuleJudge) { self.inner = inner }

    /// The calls of the present step.
    var calls: [HeardCall] { heard.withLock { $0 } }

    /// Forgets what was heard: the next step is another story.
    func forget() { heard.withLock { $0 = [] } }

    /// The last call with a row about a subject, and that row.
    func last(about subject: SubjectRef) -> (call: HeardCall, row: Int)? {
        let text = subject.description
        for call in calls.reversed() {
            if let row = call.rows.lastIndex(where: { $0.subject == text }) { return (call, row) }
        }
        return nil
    }

    /// Why the rule failed with a subject, in the script's own words; nil where it didn't.
    func failure(about subject: SubjectRef) -> String? { last(about: subject).flatMap { $0.call.rows[$0.row].failure } }

    /// Judges as the inner one does, and remembers.
    func judge(_ request: JudgeRequest, lane: WriteLane) async throws -> JudgeReply {
        let reply = try await inner.judge(request, lane: lane)
        let form = request.function.split(separator: ".").last.flatMap { request.plugin.manifest.forms[String($0)] }
        // What the host finds wrong with an answer is a failure as well, and runs keep no words of either.
        let why = reply.judgements.distinct.map { judgement in form.map { judgement.checked(for: $0) } ?? judgement }
            .map(\.failure)
        let rows = reply.judgements.indexes.enumerated().map { row, number in
            (subject: request.facts.value("facts.subject.ref", row: row).text ?? "-", failure: why[Int(number)])
        }
        let call = HeardCall(bytes: reply.requestBytes, function: request.function, rows: rows)
        heard.withLock { $0.append(call) }
        return reply
    }
}
