/// How a case that is in the store already is judged again, ended, or taken up by the host when its time has come.
extension Corridor {
    /// The form as the case was submitted under it: an open case keeps its bundle. Only the money that it waits for comes from the
    /// lines of today.
    func context(of record: CaseRecord) async throws -> FormContext {
        let bundle = try await bundles.bundle(digest: record.bundle)
        let own = try FormContext(bundle: bundle, program: record.program, form: record.form)
        guard let inForce = try await bundles.active().programs[record.program] else { return own }
        return own.paid(by: inForce, waits: record.moneyRank != nil)
    }

    /// The judged lines of a stored case: the stored judgements where nothing has changed since, new ones where facts, fields or
    /// waivers have.
    private func judgedAgain(
        _ record: CaseRecord, fields: [String: Value]?, context: FormContext, admission: Admission, anyway: Bool
    ) async throws -> (judged: JudgedCase, intake: Intake, isFresh: Bool) {
        let intake = try await intake(of: record, context, fields: fields)
        let before = try await store.read { try Cases.load(record.id, in: $0) }
        let gatherer = try Gatherer(context)
        let lines = intake.lines
        let (gathered, removed, hasDied) = try await store.read { reader in
            let rows = try gatherer.subjects(of: intake, in: reader)
            return (
                try gatherer.gather(rows, intakes: [intake], lineOf: { lines[$0] }, in: reader),
                try admission.removedRecord(intake, in: reader),
                try intake.applicant.map { try Death.isTold(of: $0, in: reader) } ?? false
            )
        }
        let unchanged =
            !anyway && removed == nil && !hasDied && fields == nil && before.waived == record.waived
            && before.lines.count == lines.count
            && zip(before.lines, gathered.lines).allSatisfy {
                $0.revisions == $1.revisions && $0.judgement != nil && $0.judgement?.kind != .keep
            }
        guard unchanged else {
            return (try await judgeLines(intake, context: context, admission: admission), intake, true)
        }
        let judged = zip(zip(lines, gathered.lines), before.lines).map { pair, old in
            JudgedLine(
                intake: pair.0, gathered: pair.1, judgement: old.judgement ?? Judgement(.failed),
                source: old.call.map { .call($0.0, row: $0.row) } ?? .host)
        }
        let call = JudgedCase(lines: judged, reply: nil, call: ID(rawValue: 0), function: "")
        return (call, intake, false)
    }

    /// Throws where somebody may not mend a case so: not at all, or not with whom it is about or names now. Of them nothing is read
    /// before.
    ///
    /// - Returns: whether it is mended for others, by an office.
    func checkMended(_ record: CaseRecord, _ fields: [String: Value], by actor: Actor) async throws -> Bool {
        try await checkRunning(record.program)
        let action = CaseAction.resubmit(fields)
        let renewal = try await renewal(of: record, action)
        let context = if let renewal { renewal } else { try await context(of: record) }
        let admission = Admission(context: context, crypto: crypto)
        let mended = try await intake(of: record, context, fields: fields)
        return try await store.read { reader in
            try ReviewRights.check(action, record, actor, rules: context.rules, in: reader)
            let isForOthers = try FilingDesk.mendsForOthers(actor, record, in: reader)
            if isForOthers {
                try admission.checkReach(
                    mended, channel: record.channel, by: actor, known: Set(record.lines.map(\.subject)), in: reader)
            } else {
                try admission.checkNamed(mended, in: reader)
            }
            try admission.checkChildren(mended, in: reader)
            return isForOthers
        }
    }

    /// Judges a case again where needed and moves it on. `edit` says what the person's action changes of it.
    func rejudged(
        _ seen: CaseRecord, action: CaseAction?, name: String? = nil, by actor: Actor, mayPark: Bool,
        fields: [String: Value]? = nil, _ edit: @Sendable (inout CaseRecord) -> Void
    ) async throws -> CaseState {
        try await checkRunning(seen.program)
        let renewal = try await renewal(of: seen, action)
        let context = if let renewal { renewal } else { try await context(of: seen) }
        let admission = Admission(context: context, crypto: crypto)
        var edited = seen
        edit(&edited)
        let record = edited
        let (judged, intake, isFresh) = try await judgedAgain(
            record, fields: fields, context: context, admission: admission, anyway: renewal != nil || action == .retry)
        return try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            if let action { try ReviewRights.check(action, seen, actor, rules: context.rules, in: writer) }
            let applier = Applier(context: context, admission: admission, change: change)
            var lines = judged.lines
            // What was filed by mistake is claimed no more.
            if fields != nil { try writer.execute("DELETE FROM unique_claim WHERE case_id = $1", [.id(seen.id)]) }
            try admission.takeAll(for: &lines, intake: intake, caseID: seen.id, change, in: writer)
            if isFresh, let reply = judged.reply {
                try Journal.write(
                    reply, id: judged.call, context: context, function: judged.function, caseID: seen.id,
                    change: change,
                    in: writer)
            }
            // As they were checked, amounts in fen: what was handed in may be spelled in many ways.
            if fields != nil {
                try self.replaceFields(intake.fields, lines: lines, of: seen.id, context.form, in: writer)
            }
            if isFresh { try self.storeJudgements(lines, of: seen.id, in: writer) }
            if renewal != nil { try self.pin(seen.id, to: context, in: writer) }
            var moving = record
            // What the reviewers agreed to is no longer what the rule says: they look again.
            let differs = isFresh && fields == nil && action != .none && Corridor.differs(seen, lines)
            if differs || fields != nil || renewal != nil {
                moving.levelsDone = 0
                moving.notice = nil
            }
            var changes = Cases.Changes()
            changes.levelsDone = moving.levelsDone
            changes.waived = moving.waived
            changes.note = Corridor.note(action, renewal, before: seen.judgedAmount, differs ? lines : nil)
            if moving.notice == nil, seen.notice != nil { changes.notice = .some(nil) }
            return try self.moveOn(
                moving, lines: lines, fields: intake.fields, applier: applier, by: actor,
                action: name ?? action?.name ?? "decide", changes: changes, mayPark: mayPark, in: writer)
        }
    }

    private static func differs(_ seen: CaseRecord, _ lines: [JudgedLine]) -> Bool {
        zip(seen.lines, lines).contains { old, new in
            old.judgement?.kind != new.judgement.kind || old.judgement?.amount != new.judgement.amount
        }
    }

    private func replaceFields(
        _ fields: [String: Value], lines: [JudgedLine], of id: ID<CaseFile>, _ form: FormDefinition,
        in writer: any StoreWriter
    ) throws {
        let sealed = try crypto.seal(
            Array(Value.map(fields).json.utf8), purpose: .sensitive, context: Cases.fieldsContext(id))
        // Whether the subject stays hidden is for what is handed in now.
        try writer.execute(
            "UPDATE case_file SET fields = $1, sealed = $2 WHERE id = $3",
            [.blob(sealed), .bool(form.seals(fields)), .id(id)])
        try writer.execute("DELETE FROM case_line WHERE case_id = $1", [.id(id)])
        for line in lines {
            try writer.execute(
                "INSERT INTO case_line (case_id, line, subject_kind, subject, household) VALUES ($1, $2, $3, $4, $5)",
                [
                    .id(id), .int(Int64(line.intake.line)), .text(line.gathered.subject.kind.rawValue),
                    .int(line.gathered.subject.id), .optional(line.gathered.household),
                ])
        }
    }

    /// Sends a case back to whoever filed it, or ends it and takes back what it gave: entitlements are released or claimed back,
    /// decisions reversed, claims freed.
    func turnBack(_ record: CaseRecord, to state: CaseState, _ action: CaseAction, note: String?, by actor: Actor)
        async throws
        -> CaseState
    {
        try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            try ReviewRights.check(action, record, actor, in: writer)
            var changes = Cases.Changes()
            changes.level = .some(nil)
            if state == .returned {
                changes.returns = record.returns + 1
                changes.levelsDone = 0
            }
            if record.objection == .open, state == .rejected {
                changes.objection = .some(record.isAppeal ? .rejected : .upheld)
            }
            try Cases.move(
                record, to: state, action: action.name, by: actor, note: note, changes, change: change, in: writer)
            guard state != .returned else { return state }
            for entitlement in try Entitlements.of(record.id, in: writer) where entitlement.state != .released {
                if state == .clawedBack {
                    try Entitlements.clawBack(
                        entitlement.id, reason: note ?? action.name, about: record.id.text, change, in: writer)
                } else {
                    if state == .withdrawn, ![.queued, .held, .approved, .failed].contains(entitlement.state) {
                        throw Corridor.tooLate(entitlement)
                    }
                    try Entitlements.release(
                        [entitlement.id], reason: note ?? action.name, about: record.id.text, change, in: writer)
                }
            }
            try writer.execute(
                """
                UPDATE decision_row SET state = 'reversed', revision = revision + 1 WHERE case_id = $1 \
                AND state IN ('standing', 'waitlisted')
                """, [.id(record.id)])
            try writer.execute("DELETE FROM unique_claim WHERE case_id = $1", [.id(record.id)])
            try Places.free(record.id, change, in: writer)
            return state
        }
    }

    /// What an applicant hears who withdraws what is on its way to them, or there: whom to ask instead.
    private static func tooLate(_ given: Entitlement) -> NiangjiaError {
        NiangjiaError(
            .conflict,
            zh: "这份申请的待遇“\(given.state.title.zh)”,不能撤回:请联系所在工会,未付的由财务先作废批次,已付的由财务追回。",
            en:
                "What the application gives is “\(given.state.title.en)”, too late to withdraw: ask your union. A treasurer voids the batch where it isn't paid, and claims it back where it is."
        )
    }

    /// Takes a case up again on the host's own account: its notice has ended, or there is a place or money for it now.
    ///
    /// - Parameters:
    ///   - step: what its history calls this; nil: by where it is.
    ///   - version: the one for which that holds; nil: whichever it has. Throws `stale` where it has another by now.
    public func reconsider(_ id: ID<CaseFile>, as step: String? = nil, version: Int64? = nil) async throws -> CaseState
    {
        for attempt in 1...Corridor.attempts {
            let record = try await store.read { try Cases.load(id, in: $0) }
            try record.check(seen: version)
            do {
                return try await rejudged(
                    record, action: nil, name: step ?? Corridor.stepName(of: record.state), by: .host,
                    mayPark: attempt == Corridor.attempts
                ) { _ in }
            } catch is StaleFacts {
                continue
            }
        }
        throw NiangjiaError(.internal, zh: "无法处理", en: "the case could not be dealt with")
    }

    /// What the host's own taking up of a case is called in its steps.
    private static func stepName(of state: CaseState) -> String {
        switch state {
        case .underNotice: "notice_end"
        case .entered: "allot"
        default: "reconsider"
        }
    }

    /// Decides every case whose public notice has ended without an open objection. What was due while the host was down is
    /// decided now, as of now. Returns how many.
    ///
    /// One that can't be decided holds up nobody else: all are tried, then the first failure is thrown with its case as place.
    public func endNotices() async throws -> Int {
        let today = clock.now().date
        let due = try await store.read { reader in
            try reader.all(
                """
                SELECT id, program FROM case_file WHERE state = 'under_notice' AND notice_to < $1 \
                AND (objection IS NULL OR objection <> 'open') ORDER BY id
                """, [.date(today)]
            ) { (id: $0.id(0, CaseFile.self), program: $0.text(1)) }
        }
        guard !due.isEmpty else { return 0 }
        let suspended = try await bundles.active().programs.values.filter { $0.status == .suspended }.map(\.id)
        // They stay due, and are decided when the program goes on.
        let ready = due.filter { !suspended.contains($0.program) }.map(\.id)
        var first: (id: ID<CaseFile>, error: any Error)?
        for id in ready {
            do { _ = try await reconsider(id) } catch let error as CancellationError { throw error } catch {
                first = first ?? (id, error)
            }
        }
        if let first {
            let error = NiangjiaError(first.error)
            throw NiangjiaError(
                error.code, zh: "\(first.id) 公示期满未能核定:\(error.message.zh)",
                en: "\(first.id) could not be decided at the end of its notice: \(error.message.en)",
                cause: error.cause)
        }
        return ready.count
    }

    /// Marks cases done whose every entitlement has been paid, delivered or released. Returns how many.
    public func closeFulfilled(by actor: Actor = .host) async throws -> Int {
        // Whoever waits for the bank is looked at by a reader; what is found is looked at again where it is written.
        let ids = try await store.read { reader in
            try reader.all(
                """
                SELECT c.id FROM case_file c WHERE c.state = 'approved' AND NOT EXISTS (SELECT 1 FROM entitlement e \
                WHERE e.case_id = c.id AND e.state NOT IN ('paid', 'delivered', 'released', 'clawed_back')) ORDER BY c.id
                """
            ) { $0.id(0, CaseFile.self) }
        }
        // After a bank's answer they may be as many as a batch has lines: people's writes get their turn between the blocks.
        var closed = 0
        for start in stride(from: 0, to: ids.count, by: Batches.block) {
            let some = Set(ids[start..<min(start + Batches.block, ids.count)])
            closed += try await store.write(.batch) { writer in
                try Corridor.fulfil(some, by: actor, change: self.change(by: actor), in: writer)
            }
        }
        return closed
    }
}
