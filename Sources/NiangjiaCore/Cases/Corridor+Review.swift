/// What a person may do with a case.
public enum CaseAction: Sendable, Hashable {
    /// A reviewer of the level that it waits for agrees.
    case approve
    /// A reviewer sends it back, saying what is missing.
    case sendBack(String)
    /// A reviewer says no (不予通过), saying why.
    case reject(String)
    /// The applicant or filer hands it in again, with corrected fields.
    case resubmit([String: Value])
    /// The applicant or filer takes it back.
    case withdraw
    /// Somebody objects: during public notice, or the applicant to a refusal.
    case object(String)
    /// A reviewer closes an objection.
    case resolveObjection(upheld: Bool, String)
    /// Somebody with the right to waives a reason and has it judged again.
    case waive(String)
    /// What was paid is asked back.
    case clawBack(String)
    /// Has the rule asked again that failed, by the version in force.
    case retry

    /// What each is called.
    public enum Name: String, Sendable, CaseIterable {
        case approve
        case sendBack = "return"
        case reject, resubmit, withdraw, object, uphold, overrule, waive
        case clawBack = "claw_back"
        case retry
    }

    var name: String { called.rawValue }

    private var called: Name {
        switch self {
        case .approve: .approve
        case .sendBack: .sendBack
        case .reject: .reject
        case .resubmit: .resubmit
        case .withdraw: .withdraw
        case .object: .object
        case .resolveObjection(let upheld, _): upheld ? .uphold : .overrule
        case .waive: .waive
        case .clawBack: .clawBack
        case .retry: .retry
        }
    }
}

extension Applier {
    /// The levels that review a case.
    fileprivate func levels(of record: CaseRecord, _ lines: [JudgedLine], in reader: any StoreReader) throws
        -> [(level: String, organization: ID<Organization>)]
    {
        let amount = lines.reduce(Money.zero) { $0 + ($1.judgement.gives ? $1.judgement.amount : .zero) }
        return try ReviewLevels(
            rules: context.rules, amount: amount, home: record.home, programOrganization: context.program.organization,
            isScan: record.channel == "scan", in: reader
        ).levels
    }

    /// The days of public notice that a case still has to pass.
    fileprivate func notice(for record: CaseRecord) throws -> DateRange? {
        guard let days = context.rules.publicNoticeWorkingDays, days > 0, record.notice == nil else { return nil }
        let calendar = context.bundle.calendar
        let to = try calendar.adding(workdays: days, to: change.today)
        return DateRange(from: try calendar.adding(workdays: 1, to: change.today), to: to)
    }
}

extension Corridor {
    /// Where a case goes after it has been judged and filed: refused, to a person, back, through review, on notice, decided.
    func moveOn(
        _ record: CaseRecord, lines: [JudgedLine], fields: [String: Value], applier: Applier, by actor: Actor,
        action: String = "check", changes given: Cases.Changes = .init(), mayPark: Bool, in writer: any StoreWriter
    ) throws -> CaseState {
        let change = applier.change
        var changes = given
        changes.level = .some(nil)
        let gives = lines.contains { $0.judgement.gives }
        if record.isAppeal { changes.objection = .some(gives ? .upheld : .rejected) }
        func goes(to state: CaseState) throws -> CaseState {
            // It goes through review anew: an earlier no isn't what it comes to any more.
            try supersede(["refused"], of: record, in: writer)
            try Cases.move(record, to: state, action: action, by: actor, changes, change: change, in: writer)
            return state
        }
        let entry = try applier.enter(record, lines, fields: fields, in: writer)
        if entry == .entered { return try goes(to: .entered) }
        guard gives, entry != .full else {
            return try conclude(
                record, lines: lines, fields: fields, applier: applier, by: actor, action: action, changes, in: writer)
        }
        if !applier.context.form.isFinal(at: record.stage), !record.isAppeal {
            return try hold(
                record, lines: lines, fields: fields, applier: applier, by: actor, action: action, changes,
                mayPark: mayPark, in: writer)
        }
        let levels = try applier.levels(of: record, lines, in: writer)
        var done = record.levelsDone
        if record.isAppeal {
            guard done > 0 else {
                // A waiver, or facts that changed meanwhile: whoever hears the appeal looks at what the rule says now.
                changes.objection = nil
                changes.level = .some(record.level)
                return try goes(to: .inCheck)
            }
            // An appeal is heard by the city, whose word stands for the levels below it.
            done = levels.prefix { $0.level != "province" }.count
            changes.levelsDone = done
        }
        if done < levels.count {
            changes.level = .some(levels[done].level)
            return try goes(to: .inCheck)
        }
        if let notice = try applier.notice(for: record) {
            changes.notice = .some(notice)
            return try goes(to: .underNotice)
        }
        if try isStale(lines, applier, mayPark: mayPark, in: writer) {
            changes.note = Corridor.restless
            return try goes(to: .manual)
        }
        return try conclude(
            record, lines: lines, fields: fields, applier: applier, by: actor, action: action, changes, in: writer)
    }

    /// Why a case is left to a person whose facts change faster than it can be judged.
    static let restless = "资料在核定过程中反复变化"

    /// Whether a case whose facts have changed since is left to a person; until then it is judged again (`StaleFacts`).
    func isStale(_ lines: [JudgedLine], _ applier: Applier, mayPark: Bool, in reader: any StoreReader) throws -> Bool {
        do {
            try applier.checkRevisions(lines, in: reader)
            return false
        } catch let stale as StaleFacts {
            guard mayPark else { throw stale }
            return true
        }
    }

    /// Settles a case and writes its decisions.
    private func conclude(
        _ record: CaseRecord, lines: [JudgedLine], fields: [String: Value], applier: Applier, by actor: Actor,
        action: String, _ changes: Cases.Changes, in writer: any StoreWriter
    ) throws -> CaseState {
        var applier = applier
        if !applier.context.form.stages.isEmpty {
            if try stands(lines, of: record, in: writer) {
                return try finalize(record, applier: applier, by: actor, action: action, changes, in: writer)
            }
            applier.returned = try takeBack(record, reason: action, applier.change, in: writer)
        }
        return try settle(
            record, lines: lines, fields: fields, applier: applier, by: actor, action: action, changes, in: writer)
    }

    /// Settles judged lines and writes their decisions; the case goes where they say.
    func settle(
        _ record: CaseRecord, lines: [JudgedLine], fields: [String: Value], applier: Applier, by actor: Actor,
        action: String, _ changes: Cases.Changes, in writer: any StoreWriter
    ) throws -> CaseState {
        let parties = Parties(applicant: record.applicant, unit: record.unit, fields: fields)
        try supersede(["waitlisted", "open", "refused"], of: record, in: writer)
        let rank = WaitingCases.rank(of: lines)
        var applier = applier
        applier.turn = record.moneyRank.map { _ in .init(rank: rank, filedAt: record.submittedAt, id: record.id) }
        if !applier.context.form.stages.isEmpty {
            applier.reached = try CaseStages.reached(by: record.id, in: writer)
        }
        let applied = try applier.settleAndWrite(lines, caseID: record.id, parties: parties, in: writer)
        for line in applied {
            try writer.execute(
                "UPDATE case_line SET decision = $1 WHERE case_id = $2 AND line = $3",
                [.id(line.decision), .id(record.id), .int(Int64(line.line))])
            if line.outcome.result == .refused, applier.context.form.places != nil {
                try Places.free(record.id, line: line.line, applier.change, in: writer)
            }
        }
        let refused = Set(applied.filter { $0.outcome.result == .refused }.map(\.line))
        if !refused.isEmpty {
            try applier.admission.keepClaims(
                of: lines.filter { !refused.contains($0.intake.line) }, parties, caseID: record.id, applier.change,
                in: writer)
        }
        let after = Corridor.state(after: applied)
        let state = applier.isProvisional && [.approved, .done].contains(after) ? CaseState.underWay : after
        guard record.state != .manual || state != .manual else {
            guard !applied.contains(where: { $0.outcome.result == .failed }) else {
                let version = applier.context.plugin.manifest.version
                throw NiangjiaError(
                    .conflict,
                    zh:
                        "规则仍然出错(插件 \(record.plugin) \(version)):请项目管理员改正规则、升版本并批准,再 niangjia case advance \(record.id) retry",
                    en:
                        "the rule still fails (plugin \(record.plugin) \(version)): have it mended and approved as a new version, then niangjia case advance \(record.id) retry"
                )
            }
            throw NiangjiaError(
                .conflict, zh: "规则仍不能判定这份申请:请豁免某项原因、退回补正或不予通过",
                en: "the rule still can't decide this case: waive a reason, send it back, or reject it")
        }
        var changes = changes
        if state == .waitlisted, applied.contains(where: \.outcome.waitsForMoney) { changes.moneyRank = rank }
        try Cases.move(record, to: state, action: action, by: actor, changes, change: applier.change, in: writer)
        try MemberMessage.tellCodes(record, applier.context.form, applier.change, in: writer)
        return state
    }

    /// What was decided of a case's lines before, and isn't in force, gives way to what is decided now.
    private func supersede(_ states: [String], of record: CaseRecord, in writer: any StoreWriter) throws {
        // Every decision of a case moves it: of a new one there is none yet.
        guard record.version > 1 else { return }
        let list = states.map { "'\($0)'" }.joined(separator: ", ")
        try writer.execute(
            "UPDATE decision_row SET state = 'superseded', revision = revision + 1 WHERE case_id = $1 AND state IN (\(list))",
            [.id(record.id)])
    }

    /// The state of a case by its lines: one that stands carries it; else waiting, a person, correction, refusal in that order.
    private static func state(after applied: [AppliedLine]) -> CaseState {
        let results = Set(applied.map(\.outcome.result))
        if applied.contains(where: { $0.outcome.stands }) {
            return applied.contains { !$0.entitlements.isEmpty } ? .approved : .done
        }
        if results.contains(.waitlisted) { return .waitlisted }
        if results.contains(.review) || results.contains(.failed) { return .manual }
        if results.contains(.incomplete) { return .returned }
        return .refused
    }

    /// Does something with a case.
    ///
    /// - Parameters:
    ///   - version: the one that the person has seen; nil: they didn't say.
    ///   - willRead: called once before anything is read of whom an application names that its applicant mends.
    /// - Throws: `forbidden` when the actor may not, `conflict` when the case is elsewhere by now.
    public func act(
        _ action: CaseAction, on id: ID<CaseFile>, by actor: Actor, version: Int64? = nil,
        willRead: () async throws -> Void = {}
    ) async throws -> CaseState {
        for attempt in 1...Corridor.attempts {
            let record = try await store.read { try Cases.load(id, in: $0) }
            try record.check(seen: version)
            guard action.states.contains(record.state) else {
                throw NiangjiaError(
                    .conflict, zh: "“\(record.state.title.zh)”的申请现在不能这样办理(\(StepWords.title(action.name).zh))",
                    en: "a case \(record.state.title.en) can't be dealt with so (\(action.name))")
            }
            if attempt == 1, case .resubmit(let fields) = action,
                try await !checkMended(record, fields, by: actor)
            {
                try await willRead()
            }
            do {
                return try await perform(action, on: record, by: actor, mayPark: attempt == Corridor.attempts)
            } catch is StaleFacts {
                continue
            } catch let error as NiangjiaError where error.code == .conflict {
                // Whoever named the version that they saw hears that somebody was quicker, however close it was.
                try await store.read { try Cases.load(id, in: $0).check(seen: version) }
                throw error
            }
        }
        throw NiangjiaError(.internal, zh: "无法处理", en: "the case could not be dealt with")
    }

    private func perform(_ action: CaseAction, on record: CaseRecord, by actor: Actor, mayPark: Bool) async throws
        -> CaseState
    {
        if case .resolveObjection = action, record.objection != .open {
            throw NiangjiaError(.conflict, zh: "没有待处理的异议", en: "there is no open objection")
        }
        switch action {
        case .approve:
            return try await rejudged(record, action: action, by: actor, mayPark: mayPark) { record in
                record.levelsDone += 1
            }
        case .waive(let code):
            return try await rejudged(record, action: action, by: actor, mayPark: mayPark) { record in
                record.waived.insert(code)
            }
        case .retry:
            guard record.hasFailed else {
                throw NiangjiaError(
                    .conflict, zh: "规则没有出错,不必重新判定", en: "no rule has failed here: there is nothing to retry")
            }
            return try await rejudged(record, action: action, by: actor, mayPark: mayPark) { _ in }
        case .resubmit(let fields):
            return try await rejudged(record, action: action, by: actor, mayPark: mayPark, fields: fields) { _ in }
        case .resolveObjection(let upheld, let note) where !upheld:
            return try await store.write(.interactive) { writer in
                let change = self.change(by: actor)
                try ReviewRights.check(action, record, actor, in: writer)
                var changes = Cases.Changes()
                changes.objection = .some(.rejected)
                return try self.stay(record, changes, action, note: note, by: actor, change: change, in: writer)
            }
        case .sendBack(let note): return try await turnBack(record, to: .returned, action, note: note, by: actor)
        case .reject(let note), .resolveObjection(_, let note):
            return try await turnBack(record, to: .rejected, action, note: note, by: actor)
        case .withdraw:
            // What was paid isn't taken back by withdrawing; a place that nothing was paid for is.
            let places = try await store.read { try Places.of(record.id, in: $0) }
            guard record.state != .done || !places.isEmpty else {
                throw NiangjiaError(
                    .conflict, zh: "已经发放,不能撤回", en: "it has been paid or delivered: too late to withdraw")
            }
            return try await turnBack(record, to: .withdrawn, action, note: nil, by: actor)
        case .object(let note): return try await object(record, action, note: note, by: actor)
        case .clawBack(let note): return try await turnBack(record, to: .clawedBack, action, note: note, by: actor)
        }
    }

    /// An objection during notice stops the clock; one to a refusal sends the case to review.
    private func object(_ record: CaseRecord, _ action: CaseAction, note: String, by actor: Actor) async throws
        -> CaseState
    {
        try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            try ReviewRights.check(action, record, actor, in: writer)
            var changes = Cases.Changes()
            changes.objection = .some(.open)
            switch record.state {
            case .underNotice:
                return try self.stay(record, changes, action, note: note, by: actor, change: change, in: writer)
            case .refused, .rejected:
                guard record.objection != .rejected else {
                    throw NiangjiaError(
                        .conflict, zh: "这份申请已经复核过,维持原结论",
                        en: "the case has been heard again already, and the answer stands")
                }
                changes.level = .some("city")
                changes.levelsDone = 0
                // Where it was on notice before, it goes there again.
                changes.notice = .some(nil)
                try Cases.move(
                    record, to: .inCheck, action: action.name, by: actor, note: note, changes, change: change,
                    in: writer)
                return .inCheck
            default:
                throw NiangjiaError(.conflict, zh: "现在不能提出异议", en: "an objection isn't possible now")
            }
        }
    }

    /// Changes a case that stays where it is.
    private func stay(
        _ record: CaseRecord, _ changes: Cases.Changes, _ action: CaseAction, note: String, by actor: Actor,
        change: ChangeContext, in writer: any StoreWriter
    ) throws -> CaseState {
        let objection: SQLValue = if let objection = changes.objection { .optional(objection?.rawValue) } else { .null }
        let changed = try writer.execute(
            "UPDATE case_file SET objection = $1, version = version + 1, updated_at = $2 WHERE id = $3 AND version = $4",
            [objection, .instant(change.now), .id(record.id), .int(record.version)])
        guard changed == 1 else {
            throw NiangjiaError(.conflict, zh: "这份申请刚刚被别人处理过", en: "somebody has just dealt with this case")
        }
        try Cases.step(
            record.id, from: record.state.rawValue, to: record.state.rawValue, action: action.name, by: actor,
            level: record.level, note: note, change: change, in: writer)
        return record.state
    }
}
