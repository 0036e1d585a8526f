/// What came of a submission.
public struct CaseReceipt: Sendable {
    /// The new case.
    public var id: ID<CaseFile>
    /// The case's version as the submission leaves it.
    public var version: Int64
    /// How the case stands.
    public var state: CaseState
    /// Per line: what the rule said, or what was decided.
    public var lines: [Line]

    /// What came of one subject.
    public struct Line: Sendable {
        /// Whom it is about.
        public var subject: SubjectRef
        /// What the rule said.
        public var judgement: Judgement
        /// Set where the line has been decided.
        public var outcome: Outcome?
        /// What was decided; nil where somebody still has to.
        public var decision: ID<Decision>?
        /// Declared facts that are absent.
        public var missing: [String]
    }
}

extension Corridor {
    /// How often a case is judged again when its facts change under it, before it goes to a person.
    static let attempts = 3

    func change(by actor: Actor) -> ChangeContext {
        ChangeContext(now: clock.now(), actor: actor.account, ids: ids, crypto: crypto)
    }

    /// Takes an application: checks it, judges it, and where no review stands between, decides it. One transaction writes all;
    /// a failing plugin sends the case to a person, it is never lost and never refused.
    public func submit(_ submission: Submission, by actor: Actor) async throws -> CaseReceipt {
        try await submit(try await enter(submission, by: actor), by: actor)
    }

    /// Takes an application that has been looked at: judges and writes it.
    public func submit(_ entry: Entry, by actor: Actor) async throws -> CaseReceipt {
        for attempt in 1...Corridor.attempts {
            let filing = try await prepare(entry, isLast: attempt == Corridor.attempts)
            do {
                return try await store.write(.interactive) { try self.file(filing, by: actor, in: $0) }
            } catch is StaleFacts {
                continue
            }
        }
        throw NiangjiaError(.internal, zh: "无法受理", en: "the case could not be filed")
    }

    /// An application that may come in, with its number, as the bundle reads it by which it is judged.
    public struct Entry: Sendable {
        var id: ID<CaseFile>
        /// As it was handed in.
        public var submission: Submission
        var intake: Intake
        var context: FormContext
    }

    /// Checks that an application may come in, and reads it. Nothing is written yet.
    ///
    /// - Parameter given: the bundle by which it was made up; nil: the active one. It is judged by the same.
    /// - Throws: `invalid` with the field's place where a field is not as the form says; `forbidden` where whoever hands it in mustn't
    ///   for whom it is about; `not_found` for a form that isn't there.
    public func enter(_ submission: Submission, by actor: Actor, in given: Bundle? = nil) async throws -> Entry {
        let bundle: Bundle = if let given { given } else { try await bundles.active() }
        let context = try FormContext(bundle: bundle, program: submission.program, form: submission.form)
        let admission = Admission(context: context, crypto: crypto)
        try admission.admit(channel: submission.channel)
        let (id, now) = (ids.next(CaseFile.self), clock.now())
        let intake = try await store.glance { reader in
            try admission.admit(submission, by: actor, in: reader)
            var intake = try Intake(submission, context: context, at: now)
            intake.caseID = id
            intake.stage = context.form.stages.first?.name
            // Nothing has been read of whom it is about, or names.
            try admission.checkReach(intake, channel: submission.channel, by: actor, in: reader)
            if actor.role == Role.member.rawValue { try admission.checkNamed(intake, in: reader) }
            try admission.checkChildren(intake, in: reader)
            try admission.checkRecords(intake, in: reader)
            return intake
        }
        return Entry(id: id, submission: submission, intake: intake, context: context)
    }

    /// Judges an application that may come in: what is left is to write it.
    func prepare(_ entry: Entry, isLast: Bool) async throws -> Filing {
        let judged = try await judgeLines(
            entry.intake, context: entry.context, admission: Admission(context: entry.context, crypto: crypto))
        return Filing(entry: entry, judged: judged, isLast: isLast)
    }

    /// Reads what a case is judged by: one about a few is glanced at.
    private func read<Result: Sendable>(
        for intake: Intake, _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        intake.lines.count <= 4 ? try await store.glance(body) : try await store.read(body)
    }

    struct JudgedCase: Sendable {
        var lines: [JudgedLine]
        var reply: JudgeReply?
        var call: ID<Call>
        var function: String
    }

    /// An application that has been judged and not been written yet.
    struct Filing: Sendable {
        var entry: Entry
        var judged: JudgedCase
        var isLast: Bool
        var id: ID<CaseFile> { entry.id }
        var intake: Intake { entry.intake }
    }

    /// Gather and judge for one case. A plugin that can't be run gives `failed` judgements, never a refusal.
    func judgeLines(_ intake: Intake, context: FormContext, admission: Admission) async throws -> JudgedCase {
        let gatherer = try Gatherer(context)
        let (gathered, reason, removed) = try await read(for: intake) { reader in
            let rows = try gatherer.subjects(of: intake, in: reader)
            let removed = try admission.removedRecord(intake, in: reader)
            return (
                try gatherer.gather(rows, intakes: [intake], lineOf: { intake.lines[$0] }, in: reader),
                try admission.windowReason(intake) ?? admission.applicantReason(intake, in: reader)
                    ?? (removed == nil ? admission.closedReason(intake, in: reader) : nil), removed
            )
        }
        let call = ids.next(Call.self)
        let function = "assess." + context.form.name
        func said(_ judgement: Judgement) -> JudgedCase {
            let lines = zip(intake.lines, gathered.lines).map {
                JudgedLine(intake: $0, gathered: $1, judgement: judgement, source: .host)
            }
            return JudgedCase(lines: lines, reply: nil, call: call, function: function)
        }
        if let reason { return said(Judgement(.refuse, code: reason)) }
        if let removed {
            var incomplete = Judgement(.incomplete, code: HostReason.missingFact)
            incomplete.failure = "登记已删除: \(removed) / a record that was removed: \(removed)"
            return said(incomplete)
        }
        // Nothing is said yet: all are judged when the season has ended.
        if let from = context.judgedFrom, clock.now() < from { return said(Judgement(.keep)) }
        var reply: JudgeReply?
        var failure: String?
        if gathered.facts.count > 0 {
            let request = JudgeRequest(
                plugin: context.plugin, function: function, settings: gathered.settings,
                settingsIndex: gathered.settingsIndex, facts: gathered.facts, calendar: context.bundle.calendar)
            do {
                reply = try await judge.judge(request, lane: .interactive)
            } catch let error as NiangjiaError where [.pluginFailed, .pluginDiffers].contains(error.code) {
                let place = error.place.map { "\($0): " } ?? ""
                failure = place + error.message.zh + " / " + place + error.message.en
            }
        }
        let lines = zip(intake.lines, gathered.lines).map { line, facts -> JudgedLine in
            guard let row = facts.row else {
                var incomplete = Judgement(.incomplete, code: HostReason.missingFact)
                // The names, for whoever looks into it; the applicant is told that something is missing.
                let names = facts.missing.joined(separator: ", ")
                incomplete.failure = "缺少事实: \(names) / facts that are missing: \(names)"
                return JudgedLine(intake: line, gathered: facts, judgement: incomplete, source: .host)
            }
            guard let reply, row < reply.judgements.count else {
                var failed = Judgement(.failed, code: HostReason.pluginFailed)
                failed.failure = failure
                return JudgedLine(intake: line, gathered: facts, judgement: failed, source: .host)
            }
            return JudgedLine(
                intake: line, gathered: facts, judgement: reply.judgements[row].checked(for: context.form),
                source: .call(call, row: row))
        }
        return JudgedCase(lines: lines, reply: reply, call: call, function: function)
    }

    /// Writes a new case with everything that follows at once.
    func file(_ filing: Filing, by actor: Actor, in writer: any StoreWriter) throws -> CaseReceipt {
        let context = filing.entry.context
        let admission = Admission(context: context, crypto: crypto)
        let change = change(by: actor)
        let applier = Applier(context: context, admission: admission, change: change)
        var lines = filing.judged.lines
        let asFiled = try insertCase(filing, context: context, by: actor, change: change, in: writer)
        try begin(
            filing.id, filing.intake, home: lines.first?.gathered.home, context: context, by: actor, change, in: writer)
        try admission.takeAll(for: &lines, intake: filing.intake, caseID: filing.id, change, in: writer)
        if let reply = filing.judged.reply {
            try Journal.write(
                reply, id: filing.judged.call, context: context, function: filing.judged.function, caseID: filing.id,
                change: change, in: writer)
        }
        try Cases.insert(lines, of: filing.id, in: writer)
        // What stages make of it is read again.
        let record = context.form.stages.isEmpty ? asFiled : try Cases.load(filing.id, in: writer)
        let state = try moveOn(
            record, lines: lines, fields: filing.intake.fields, applier: applier, by: actor, mayPark: filing.isLast,
            in: writer)
        return try receipt(filing.id, state: state, lines: lines, in: writer)
    }

    /// Writes the case itself with its first step. Returns it as it is now, without its lines.
    private func insertCase(
        _ filing: Filing, context: FormContext, by actor: Actor, change: ChangeContext, in writer: any StoreWriter
    ) throws -> CaseRecord {
        let (intake, submission) = (filing.intake, filing.entry.submission)
        let record = CaseRecord(
            id: filing.id, version: 1, program: context.program.id, form: context.form.name,
            plugin: context.plugin.manifest.id, pluginDigest: context.plugin.digest, bundle: context.bundle.digest,
            applicant: intake.applicant, filer: actor.account, unit: intake.unit, channel: submission.channel,
            home: filing.judged.lines.first?.gathered.home.map { ID(rawValue: $0) }, serving: intake.serving,
            submittedAt: change.now, onDate: intake.onDate, state: .inCheck, level: nil, levelsDone: 0, returns: 0,
            waived: [], notice: nil, objection: nil, stage: nil, due: nil,
            isSealed: context.form.seals(intake.fields), lines: [])
        let sealed = try crypto.seal(
            Array(Value.map(intake.fields).json.utf8), purpose: .sensitive, context: Cases.fieldsContext(filing.id))
        try writer.execute(
            """
            INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, applicant, filer, unit, \
            home_organization, serving_organization, submitted_at, on_date, state, fields, updated_at, channel, sealed) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $13, $17, $18)
            """,
            [
                .id(record.id), .text(record.program), .text(context.program.series), .text(record.plugin),
                .text(record.form), .text(record.pluginDigest), .text(record.bundle), .id(record.applicant),
                .text(record.filer), .id(record.unit), .id(record.home), .id(record.serving),
                .instant(record.submittedAt), .date(record.onDate), .text(record.state.rawValue), .blob(sealed),
                .text(record.channel), .bool(record.isSealed),
            ])
        try Cases.step(
            filing.id, from: "", to: CaseState.inCheck.rawValue, action: "submit", by: actor, level: nil, note: nil,
            change: change, in: writer)
        return record
    }

    func storeJudgements(_ lines: [JudgedLine], of id: ID<CaseFile>, in writer: any StoreWriter) throws {
        for line in lines {
            var call: (SQLValue, SQLValue) = (.null, .null)
            if case .call(let source, let row) = line.source { call = (.id(source), .int(Int64(row))) }
            try writer.execute(
                """
                UPDATE case_line SET judged = $1, revisions = $2, call = $3, call_row = $4, household = $5, \
                awaits_rule = $8 WHERE case_id = $6 AND line = $7
                """,
                [
                    .text(line.judgement.value.json), .text(line.gathered.revisions.json), call.0, call.1,
                    .optional(line.gathered.household), .id(id), .int(Int64(line.intake.line)),
                    .bool(line.judgement.kind == .keep),
                ])
        }
    }

    private func receipt(_ id: ID<CaseFile>, state: CaseState, lines: [JudgedLine], in reader: any StoreReader) throws
        -> CaseReceipt
    {
        let receipts = try lines.map { line in
            let decided = try Decisions.ofLine(id, line: line.intake.line, in: reader)
            return CaseReceipt.Line(
                subject: line.gathered.subject, judgement: line.judgement, outcome: decided?.outcome,
                decision: decided?.id, missing: line.gathered.missing)
        }
        let version = try reader.integer("SELECT version FROM case_file WHERE id = $1", [.id(id)]) ?? 1
        return CaseReceipt(id: id, version: version, state: state, lines: receipts)
    }
}
