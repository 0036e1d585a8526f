/// What a rule says of an application that nobody has filed, and what it saw.
public struct Trial: Sendable {
    /// One subject of it.
    public struct Line: Sendable {
        /// Whom it is about.
        public var subject: SubjectRef
        /// What the rule says, or the host where the rule wasn't asked.
        public var judgement: Judgement
        /// Declared facts that are absent; the rule wasn't asked.
        public var missing: [String]
        /// The row in the call's bytes; nil where the rule wasn't asked.
        public var row: Int?
    }

    /// One for each subject, in the order of the application.
    public var lines: [Line]
    /// The bytes that the rule was sent, as a journal would keep them; empty where it wasn't asked.
    public var requestBytes: [UInt8]
}

extension Corridor {
    /// Gather and judge for an application as if it were filed now. Nothing is written: no case, no claim, no journal. What the host
    /// finds when it decides (uniqueness, places, money) isn't part of it.
    public func trial(_ submission: Submission, in bundle: Bundle) async throws -> Trial {
        let context = try FormContext(bundle: bundle, program: submission.program, form: submission.form)
        let admission = Admission(context: context, crypto: crypto)
        let intake = try Intake(submission, context: context, at: clock.now())
        try await store.read { try admission.checkChildren(intake, in: $0) }
        let judged = try await judgeLines(intake, context: context, admission: admission)
        let lines = judged.lines.map { line -> Trial.Line in
            var row: Int?
            if case .call(_, let number) = line.source { row = number }
            return Trial.Line(
                subject: line.gathered.subject, judgement: line.judgement, missing: line.gathered.missing, row: row)
        }
        return Trial(lines: lines, requestBytes: judged.reply?.requestBytes ?? [])
    }
}
