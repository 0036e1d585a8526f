extension Corridor {
    /// What a member can do about a refusal, found by judging again with one thing changed: first the shortest wait, then papers,
    /// enrolments and corrections of plain data. Empty where nothing on the closed list helps, or the program takes no more
    /// applications, or whom it is about has died.
    ///
    /// - Parameters:
    ///   - code: why it was refused: what somebody else holds can't be helped.
    ///   - caseID: the case whose form is handed in again; nil for what a run decided.
    public func advice(
        program id: String, form: String, subject: SubjectRef, code: String?, caseID: ID<CaseFile>?
    ) async throws -> [Advice] {
        let bundle = try await bundles.active()
        guard bundle.programs[id]?.status == .open, bundle.programs[id].flatMap({ bundle.plugins[$0.plugin] }) != nil
        else { return [] }
        let context = try FormContext(bundle: bundle, program: id, form: form)
        guard code.map({ !context.beyondHelp.contains($0) }) ?? true else { return [] }
        // Nobody can do anything about it who isn't any more.
        if subject.kind == .person,
            try await store.read({ try Death.isTold(of: ID(rawValue: subject.id), in: $0) })
        {
            return []
        }
        guard let intake = try await intakeToday(context, subject, caseID) else { return [] }
        guard let trials = try await trials(context, intake) else { return [] }
        let others = trials.others()
        let waits = trials.waits()
        let passed = try await judge(waits + others, context)
        var found: [Advice] = []
        if let first = waits.indices.first(where: { passed[$0] }), case .wait(let days, _) = waits[first].advice {
            let isTold = days == 0 ? true : try await judge([trials.unprivate(days)], context)[0]
            if isTold { found.append(waits[first].advice) }
        }
        for (n, trial) in others.enumerated() where !found.contains(trial.advice) {
            let alike = others.indices.filter { others[$0].advice == trial.advice }
            let helps = trial.mustAll ? alike.allSatisfy { passed[waits.count + $0] } : passed[waits.count + n]
            if helps { found.append(trial.advice) }
        }
        // Who may ask again at once needs no other advice.
        return found.first == waits.first?.advice ? [found[0]] : found
    }

    /// The application as it would be handed in today.
    private func intakeToday(_ context: FormContext, _ subject: SubjectRef, _ caseID: ID<CaseFile>?) async throws
        -> Intake?
    {
        let now = clock.now()
        guard let caseID else {
            var intake = Intake(batchOn: now.date, submittedAt: now)
            intake.lines = [IntakeLine(line: 0, subject: subject, element: .null)]
            return intake
        }
        let record = try await store.read { try Cases.load(caseID, in: $0) }
        var intake = try await intake(of: record, context, at: now)
        // A new application starts without what was waived of this one.
        intake.waived = []
        intake.lines = intake.lines.filter { $0.subject == subject }
        return intake.lines.isEmpty ? nil : intake
    }

    private func trials(_ context: FormContext, _ intake: Intake) async throws -> AdviceTrials? {
        let today = clock.now().date
        return try await store.read { reader in
            let gatherer = try Gatherer(context)
            guard let row = try gatherer.subjects(of: intake, in: reader).first, let line = intake.lines.first else {
                return nil
            }
            // What it names was removed: no wait and no paper brings that back.
            let admission = Admission(context: context, crypto: self.crypto)
            guard try admission.removedRecord(intake, in: reader) == nil else { return nil }
            var looks: [String: LookAnswer] = [:]
            for look in gatherer.looks {
                let key = gatherer.lookKey(look.look, line: line, household: row.household, intake: intake)
                looks[look.look.name] = try look.answer(
                    for: key, intake: intake, line: line, records: RecordTables(reader), in: reader)
            }
            return AdviceTrials(
                context: context, intake: intake, today: today, row: row, facts: gatherer.subjects?.facts ?? [],
                looks: looks)
        }
    }

    /// Whether each trial is granted, by the host's own conditions and by the rule; of the waits, which come in order, only the
    /// shortest that is.
    private func judge(_ trials: [AdviceTrial], _ context: FormContext) async throws -> [Bool] {
        let admission = Admission(context: context, crypto: crypto)
        let gatherer = try Gatherer(context)
        let (gathered, isMember) = try await store.read { reader -> (Gathered, Bool) in
            guard let first = trials.first, let row = try gatherer.subjects(of: first.intake, in: reader).first else {
                throw NiangjiaError(.notFound, zh: "没有这个对象", en: "there is no such subject")
            }
            let rows = trials.map { gatherer.edited(row, $0.facts) }
            let gathered = try gatherer.gather(
                rows, intakes: trials.map(\.intake), lineOf: { trials[$0].intake.lines[0] }, in: reader
            ) { n, look in trials[n].looks[look.name] }
            return (gathered, try admission.applicantReason(first.intake, in: reader) == nil)
        }
        guard gathered.facts.count > 0 else { return trials.map { _ in false } }
        let reply = try await judge.judge(
            JudgeRequest(
                plugin: context.plugin, function: "assess." + context.form.name, settings: gathered.settings,
                settingsIndex: gathered.settingsIndex, facts: gathered.facts, calendar: context.bundle.calendar),
            lane: .interactive
        ).checked(for: context.form)
        return try await store.read { reader in
            var hasWaited = false
            return try zip(trials, gathered.lines).map { trial, line in
                var isWait = false
                if case .wait = trial.advice { isWait = true }
                guard !(isWait && hasWaited) else { return false }
                guard let row = line.row, row < reply.judgements.count, reply.judgements[row].gives else {
                    return false
                }
                if case .enrol = trial.advice {} else if !isMember { return false }
                guard admission.windowReason(trial.intake) == nil else { return false }
                // What may exist once, and is somebody's already, no waiting helps.
                let claims = try admission.claims(
                    for: trial.intake.lines[0], household: line.household, intake: trial.intake, in: reader)
                let isFree = try !claims.contains { try admission.isHeld($0, butBy: trial.intake.caseID, in: reader) }
                hasWaited = hasWaited || (isWait && isFree)
                // Nor is a longer one told that only what others have been given would be the reason of.
                return try isFree
                    && admission.leaves(reply.judgements[row], for: line, fields: trial.intake.fields, in: reader)
            }
        }
    }
}

extension FormContext {
    /// Codes of refusals that nobody can do anything about: others have it, or what there is, or something else stands already.
    fileprivate var beyondHelp: [String] {
        let stacking = bundle.stacking
        return form.unique.map(\.reason) + stacking.exclusions.filter { $0.of.contains(qualifiedName) }.map(\.reason)
            + stacking.sharedCaps.filter { $0.of.contains(qualifiedName) }.map(\.reason)
            + (stacking.payerOrder.contains(qualifiedName) ? stacking.bill.map { [$0.reason] } ?? [] : [])
            + [
                HostReason.exclusion, HostReason.quotaFull, HostReason.budgetShort, HostReason.tooFew,
                HostReason.ceiling,
            ]
    }
}

extension Gatherer {
    /// A subject with some of its facts replaced, by full name.
    fileprivate func edited(_ row: SubjectReader.Row, _ facts: [String: SQLValue]) -> SubjectReader.Row {
        var row = row
        for (n, fact) in (subjects?.facts ?? []).enumerated() {
            let group = n < context.form.facts.subject.count ? "subject." : "household."
            if let value = facts[group + fact.name] { row.values[n] = value }
        }
        return row
    }
}
