/// What a round of rechecks did.
public struct RecheckReport: Sendable, Hashable {
    /// Standing decisions that were looked at.
    public var considered = 0
    /// Decisions that fell, or lost a part.
    public var revoked = 0
    /// The rule failed, a fact was absent, or the bank has it: looked at again the next day.
    public var failed = 0
    /// The last decision looked at; nil when all have been.
    public var last: ID<Decision>?
}

extension Corridor {
    /// Looks again at standing decisions of a form, after one of them in the order of their ids, as of a moment. What has fallen
    /// already stays as it is: a round that is repeated changes nothing more.
    public func recheck(
        program: String, form: String, after: ID<Decision>? = nil, at moment: Instant, limit: Int = 500
    ) async throws -> RecheckReport {
        let rows = try await store.read { reader in
            try StandingDecision.all(
                "d.program = $1 AND d.form = $2 AND d.state = 'standing' AND d.id > $3 ORDER BY d.id LIMIT $4",
                [.text(program), .text(form), .int(after?.rawValue ?? 0), .int(Int64(limit))], in: reader)
        }
        var report = RecheckReport()
        report.last = rows.count < limit ? nil : rows.last?.decision
        for (digest, members) in Dictionary(grouping: rows, by: \.bundle).sorted(by: { $0.key < $1.key }) {
            let bundle = try await bundles.bundle(digest: digest)
            let context = try FormContext(bundle: bundle, program: program, form: form)
            guard context.form.recheck != nil else { continue }
            try await recheck(members, context, at: moment, into: &report)
        }
        return report
    }

    private func recheck(
        _ rows: [StandingDecision], _ context: FormContext, at moment: Instant, into report: inout RecheckReport
    ) async throws {
        var intakes: [Intake] = []
        var lines: [IntakeLine] = []
        var asked: [StandingDecision] = []
        for row in rows {
            guard let (intake, line) = try await asStored(row, context, at: moment) else { continue }
            intakes.append(intake)
            lines.append(line)
            asked.append(row)
        }
        guard !asked.isEmpty else { return }
        report.considered += asked.count
        let gatherer = try Gatherer(context)
        let (allLines, allIntakes) = (lines, intakes)
        let gathered = try await store.read { reader in
            var found: [SubjectReader.Row] = []
            for (line, intake) in zip(allLines, allIntakes) {
                var one = intake
                one.lines = [line]
                found += try gatherer.subjects(of: one, in: reader)
            }
            return try gatherer.gather(found, intakes: allIntakes, lineOf: { allLines[$0] }, in: reader)
        }
        let function = "recheck." + context.form.name
        let reply = try await judge.judge(
            JudgeRequest(
                plugin: context.plugin, function: function, settings: gathered.settings,
                settingsIndex: gathered.settingsIndex, facts: gathered.facts, calendar: context.bundle.calendar),
            lane: .batch)
        let falls = zip(asked, gathered.lines).compactMap { row, facts in
            facts.row.flatMap { reply.judgements[$0].kind == .revoke ? (row, $0) : nil }
        }
        report.failed += gathered.lines.count { $0.row.map { reply.judgements[$0].kind == .failed } ?? true }
        guard !falls.isEmpty else { return }
        let call = ids.next(Call.self)
        try await store.write(.batch) { writer in
            try Journal.write(
                reply, id: call, context: context, function: function, caseID: nil, change: self.change(by: .host),
                in: writer)
        }
        for (row, place) in falls {
            await fall(row.decision, reply.judgements[place], (call, place), into: &report)
        }
    }

    /// One transaction a decision: what one of them meets holds up no other.
    private func fall(
        _ id: ID<Decision>, _ judgement: Judgement, _ call: (ID<Call>, Int), into report: inout RecheckReport
    ) async {
        do {
            let isNew = try await store.write(.batch) { writer in
                let change = self.change(by: .host)
                let revocation = Revocation(
                    decision: id, at: change.now, actor: Actor.host.account, cause: .recheck,
                    code: judgement.code ?? "",
                    params: judgement.params, keep: judgement.amount, call: call)
                return try Revoker(change, by: .host).revoke(revocation, in: writer)
            }
            if isNew { report.revoked += 1 }
        } catch { report.failed += 1 }
    }

    /// What was asked when it was decided; nil where looking again has ended.
    func asStored(_ row: StandingDecision, _ context: FormContext, at moment: Instant) async throws
        -> (Intake, IntakeLine)?
    {
        var intake: Intake
        var line = IntakeLine(line: row.line, subject: row.subject, element: .null)
        var household: Int64?
        if let caseID = row.caseID {
            let record = try await store.read { try Cases.load(caseID, in: $0) }
            intake = try await self.intake(of: record, context)
            guard let own = intake.lines.first(where: { $0.line == row.line }) else { return nil }
            line = own
            household = record.lines.first { $0.line == row.line }?.household
        } else {
            intake = Intake(batchOn: row.on, submittedAt: row.decidedAt)
        }
        intake.decision = row.decision
        intake.moment = moment
        // Without an end of its own a recheck goes on to the end of the season.
        var until: CivilDate? = context.rules.season.to
        if let path = context.form.recheck?.until {
            let form = FormPath(context, line, household: household, intake: intake)
            until = try await store.read { try form.value(path, in: $0)?.date }
        }
        guard let until, moment.date <= until else { return nil }
        return (intake, line)
    }
}

/// A standing decision that is looked at again.
struct StandingDecision: Sendable {
    var decision: ID<Decision>
    var caseID: ID<CaseFile>?
    var line: Int
    /// Of the bundle that it was decided under.
    var bundle: String
    var program: String
    var form: String
    var subject: SubjectRef
    var on: CivilDate
    var decidedAt: Instant

    /// Those of a condition over decisions (`d`) and their cases (`c`).
    static func all(_ condition: String, _ values: [SQLValue], in reader: any StoreReader) throws -> [StandingDecision]
    {
        try reader.all(
            """
            SELECT d.id, d.case_id, d.line, COALESCE(c.bundle, r.bundle), d.program, d.form, d.subject_kind, d.subject, \
            d.on_date, d.decided_at FROM decision d LEFT JOIN case_file c ON c.id = d.case_id \
            LEFT JOIN run r ON r.id = d.run WHERE \(condition)
            """, values
        ) { row in
            StandingDecision(
                decision: row.id(0), caseID: row.idOrNil(1), line: Int(row.int(2)), bundle: row.text(3),
                program: row.text(4), form: row.text(5),
                subject: SubjectRef(SubjectKind(rawValue: row.text(6)) ?? .nobody, row.int(7)), on: row.date(8),
                decidedAt: row.instant(9))
        }
    }
}
