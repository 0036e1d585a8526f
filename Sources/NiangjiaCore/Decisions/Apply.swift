/// A judged line on its way into the store.
struct JudgedLine: Sendable {
    var intake: IntakeLine
    var gathered: GatheredLine
    var judgement: Judgement
    /// Where the journal has the call.
    var source: Source

    enum Source: Sendable {
        case call(ID<Call>, row: Int)
        /// A row of the block of the run that it is written for.
        case block(row: Int)
        /// The host decided without asking the rule.
        case host
    }
}

/// What became of a line: its outcome and the decision that holds it.
struct AppliedLine: Sendable {
    var line: Int
    var outcome: Outcome
    var decision: ID<Decision>
    var entitlements: [ID<Entitlement>]
}

/// The facts or balances changed since they were read: gather and judge again (decision 0010).
struct StaleFacts: Error {
    /// The lines that changed.
    var lines: [Int]
}

/// **Apply**: outcomes → decisions, holds, counters, journal and chain, in one transaction.
struct Applier {
    let context: FormContext
    let admission: Admission
    let change: ChangeContext
    /// Whether what is granted is held only: the case is in a stage where its decision isn't final.
    var isProvisional = false
    /// The stages that the case has come to.
    var reached: Set<String> = []
    /// When the turn of a case comes that waits for money already; nil: it stands behind all who do.
    var turn: WaitingCases.Turn?
    /// What the case has just given back of each fund line, to be settled anew: nobody else is served from that before it.
    var returned: [String: Money] = [:]
    /// The run, and its block, that lines are written for; nil: a case's.
    var run: (id: ID<Run>, block: Int64)?

    /// The settle lines of judged lines, with caps, places and balances as they stand in this very transaction or snapshot.
    func settleLines(_ lines: [JudgedLine], parties: Parties, in reader: any StoreReader) throws -> [SettleLine] {
        let rules = context.rules
        let draws = context.form.gives.givesValue
        let groups = try groups(of: lines, parties: parties, in: reader)
        return try lines.enumerated().map { n, line in
            var settle = SettleLine(judgement: line.judgement)
            settle.funding = rules.funding
            settle.short = rules.short
            settle.eachMax = rules.pay.eachMax
            settle.draws = draws
            settle.order = [line.gathered.submittedAt.milliseconds]
            guard line.judgement.gives else { return settle }
            settle.caps = try admission.caps(for: line.gathered, in: reader)
            if let bill = admission.bill(of: line.gathered, fields: parties.fields) {
                settle.caps.append(try admission.cap(of: bill, in: reader))
            }
            settle.excludedBy = try admission.exclusion(for: line.gathered, in: reader)
            settle.places = try places(for: line, parties: parties, in: reader)
            settle.group = groups.isEmpty ? nil : groups[n]
            return settle
        }
    }

    /// The places for which a line of a run competes.
    private func places(for line: JudgedLine, parties: Parties, in reader: any StoreReader) throws
        -> SettleLine.Places?
    {
        let path = FormPath(context, line, parties)
        guard let pool = try context.pool(of: path, in: reader) else { return nil }
        let used =
            try reader.integer("SELECT used FROM counter WHERE kind = 'places' AND key = $1", [.text(pool.key)]) ?? 0
        return SettleLine.Places(
            key: pool.key, count: pool.count, used: used, take: pool.take, waitlist: context.form.places?.waitlist)
    }

    /// Throws ``StaleFacts`` when anything that a line's facts rest on has changed since.
    func checkRevisions(_ lines: [JudgedLine], in reader: any StoreReader) throws {
        let changed = try lines.filter { line in
            try line.gathered.currentRevisions(in: reader) != line.gathered.revisions
        }
        guard changed.isEmpty else { throw StaleFacts(lines: changed.map(\.intake.line)) }
    }

    /// Settles the judged lines of a case against the balances of this transaction and writes what follows. Outcomes come in input
    /// order.
    func settleAndWrite(
        _ lines: [JudgedLine], caseID: ID<CaseFile>, parties: Parties, in writer: any StoreWriter
    ) throws -> [AppliedLine] {
        var settleLines = try settleLines(lines, parties: parties, in: writer)
        if context.form.places != nil {
            // A case's places were settled before its review.
            let standing = try standing(of: caseID, in: writer)
            for n in settleLines.indices {
                settleLines[n].places = nil
                settleLines[n].place = standing[lines[n].intake.line]
            }
        }
        var state = try underCeiling(openFunds(in: writer), in: writer)
        let outcomes = Settle.settle(settleLines, against: &state)
        return try write(
            zip(lines, outcomes).map { ($0, $1) }, places: settleLines.map(\.places), caseID: caseID, parties: parties,
            about: caseID.text, in: writer)
    }

    /// The balances of the form's fund lines for a run, and what the program's approved ceiling still allows. While money of a line is
    /// owed to somebody of the program, nothing of it is left for whoever comes later.
    ///
    /// - Parameters:
    ///   - run: the run that is settled, which comes before whoever began to wait after it; nil: a preview.
    ///   - expected: what lines would count with (a preview's); any other line must be open.
    func settleState(
        of run: ID<Run>? = nil, in reader: any StoreReader, expecting expected: ExpectedLines? = nil
    ) throws -> SettleState {
        let lines = context.rules.funding.map(\.line)
        var available = try expected?.available(of: lines, in: reader) ?? Ledger.available(lines: lines, in: reader)
        if context.view.looksBack == nil {
            for line in try MoneyQueue.lines(of: context.program, before: run?.madeAt, in: reader)
            where available[line] != nil { available[line] = .zero }
        }
        return try underCeiling(available, in: reader)
    }

    /// Balances, and what the approved ceiling of the program, or of the form itself, still allows.
    private func underCeiling(_ available: [String: Money], in reader: any StoreReader) throws -> SettleState {
        guard var ceiling = context.rules.ceiling, context.view.looksBack == nil else {
            return SettleState(available: available, ceiling: context.rules.ceiling)
        }
        let used = try reader.first(
            """
            SELECT COUNT(*), COALESCE(SUM(COALESCE(kept, amount + queued)), 0) FROM decision \
            WHERE program = $1 AND state = 'standing'\(ceiling.form == nil ? "" : " AND form = $2")
            """, [.text(context.program.id)] + (ceiling.form.map { [.text($0)] } ?? [])
        ) { ($0.int(0), $0.money(1)) }
        ceiling.persons = ceiling.persons.map { $0 - (used?.0 ?? 0) }
        ceiling.amount = ceiling.amount.map { $0 - (used?.1 ?? .zero) }
        return SettleState(available: available, ceiling: ceiling)
    }

    /// Writes outcomes: decision rows, place counters, entitlements held in one entry set.
    func write(
        _ outcomes: [(line: JudgedLine, outcome: Outcome)], places: [SettleLine.Places?], caseID: ID<CaseFile>?,
        parties: Parties, about: String, in writer: any StoreWriter
    ) throws -> [AppliedLine] {
        var applied: [AppliedLine] = []
        var news: [(index: Int, entitlement: NewEntitlement)] = []
        var rows = DecisionRows()
        for (n, (line, settled)) in outcomes.enumerated() {
            let decision = change.ids.next(Decision.self)
            let outcome = caseID == nil ? try claimed(settled, line, decision, in: writer) : settled
            let ordinal = outcome.stands ? try nextOrdinal(line.gathered.subject, in: writer) : nil
            let series = try series(line.gathered.subject.kind, in: writer)
            rows.append(
                decision, line, outcome, series: series, ordinal: ordinal, caseID: caseID, run: run, context: context,
                at: change.now)
            if outcome.stands, let places = places[n] { try take(places, decision, in: writer) }
            if outcome.stands, let bill = admission.bill(of: line.gathered, fields: parties.fields) {
                try admission.note(bill, decision, in: writer)
            }
            if outcome.stands {
                for entitlement in try entitlements(
                    decision, line, outcome, caseID: caseID, parties: parties, in: writer)
                {
                    news.append((applied.count, entitlement))
                }
            }
            applied.append(
                AppliedLine(line: line.intake.line, outcome: outcome, decision: decision, entitlements: []))
        }
        try rows.insert(in: writer)
        try Commitments.commit(toDecisions: applied.map(\.decision), about: about, change, in: writer)
        try hold(news, &applied, about: about, in: writer)
        try queue(outcomes.map(\.line), &applied, caseID: caseID, parties: parties, about: about, in: writer)
        return applied
    }

    /// Holds what outcomes give, and approves it where no review stands between.
    private func hold(
        _ news: [(index: Int, entitlement: NewEntitlement)], _ applied: inout [AppliedLine], about: String,
        in writer: any StoreWriter
    ) throws {
        guard !news.isEmpty else { return }
        let ids = try Entitlements.hold(news.map(\.entitlement), about: about, change, in: writer)
        for (new, id) in zip(news, ids) { applied[new.index].entitlements.append(id) }
        let ready = zip(news, ids).filter { new, _ in
            !isProvisional && Corridor.isDue(context.form.gives.when(of: new.entitlement.part), reached)
        }
        if !ready.isEmpty { try Entitlements.approve(ready.map(\.1), about: about, change, in: writer) }
    }

    /// What stands takes its claims; a case takes them when it is filed, a row of a run here.
    private func claimed(_ outcome: Outcome, _ line: JudgedLine, _ decision: ID<Decision>, in writer: any StoreWriter)
        throws
        -> Outcome
    {
        guard outcome.stands, admission.hasClaims else { return outcome }
        let intake = Intake(batchOn: line.gathered.onDate, submittedAt: line.gathered.submittedAt)
        let owner = UniqueClaim.Owner(form: context.qualifiedName, decision: decision)
        for claim in try admission.claims(
            for: line.intake, household: line.gathered.household, intake: intake, in: writer)
        where try !admission.take(claim, owner, at: change.now, in: writer) {
            // Who gets nothing keeps nothing from anybody.
            try writer.execute("DELETE FROM unique_claim WHERE decision = $1", [.id(decision)])
            return Outcome(.refused, code: claim.reason)
        }
        return outcome
    }

    private func nextOrdinal(_ subject: SubjectRef, in reader: any StoreReader) throws -> Int64 {
        let sql = """
            SELECT MAX(r.ordinal) FROM decision_series s JOIN decision_own r ON r.subject = $3 AND r.series_id = s.id
            WHERE s.series = $1 AND s.subject_kind = $2
            """
        let last = try reader.integer(
            sql, [.text(context.program.series), .text(subject.kind.rawValue), .int(subject.id)])
        return (last ?? 0) + 1
    }

    private func series(_ kind: SubjectKind, in writer: any StoreWriter) throws -> Int64 {
        try DecisionRows.number(ofSeries: context.program.series, kind, in: writer)
    }

    func take(_ places: SettleLine.Places, _ decision: ID<Decision>, in writer: any StoreWriter) throws {
        let isTaken = try Places.take(
            places, decision: decision, program: context.program.id, form: context.form.name, change, in: writer)
        guard isTaken else { throw StaleFacts(lines: []) }
    }
}

/// The people and units around a case: who is paid, who pays.
struct Parties: Sendable {
    var applicant: ID<Person>?
    var unit: ID<Organization>?
    var fields: [String: Value]
}
