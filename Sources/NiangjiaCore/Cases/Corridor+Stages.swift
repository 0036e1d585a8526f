/// How a staged case moves: each stage is entered once its `by` says so, its fields are filled in, and the rule is asked again.
extension Corridor {
    /// A move that has been checked and judged, ready to be written.
    struct PreparedMove: Sendable {
        var record: CaseRecord
        var context: FormContext
        var stage: StageDefinition
        var fields: [String: Value]
        /// False for one of several who have yet to act.
        var isWhole: Bool
        var actor: Actor
        var intake: Intake
        /// Nil where the decision is final already: nothing is judged any more.
        var judged: JudgedCase?
        var isLast: Bool
    }

    /// Moves a case to another stage. `version`, where given, is the one that the person has seen.
    ///
    /// Throws `conflict` where the case can't go there now, `forbidden` for whoever may not bring it there, `invalid` for fields
    /// that aren't the stage's.
    public func move(
        _ id: ID<CaseFile>, to stage: String, fields: [String: Value] = [:], by caller: Caller, version: Int64? = nil
    ) async throws -> CaseState {
        for attempt in 1...Corridor.attempts {
            let move = try await prepareMove(
                id, to: stage, fields: fields, by: caller, version: attempt == 1 ? version : nil,
                isLast: attempt == Corridor.attempts)
            do {
                return try await store.write(.interactive) { try self.apply(move, in: $0) }
            } catch is StaleFacts {
                continue
            } catch let error as NiangjiaError where error.code == .conflict {
                try await store.read { try Cases.load(id, in: $0).check(seen: version) }
                throw error
            }
        }
        throw NiangjiaError(.internal, zh: "无法处理", en: "the case could not be dealt with")
    }

    /// Checks a move and asks the rule what it makes of it; nothing is written.
    func prepareMove(
        _ id: ID<CaseFile>, to name: String, fields: [String: Value], by caller: Caller, version: Int64?, isLast: Bool
    ) async throws -> PreparedMove {
        let crypto = crypto
        let (record, stored, entries) = try await store.read { reader in
            (
                try Cases.load(id, in: reader), try Cases.fields(of: id, crypto: crypto, in: reader),
                try CaseStages.entries(of: id, crypto: crypto, in: reader)
            )
        }
        try record.check(seen: version)
        try await checkRunning(record.program)
        let context = try await context(of: record)
        let stage = try Corridor.next(name, of: record, context.form)
        var facts = CaseStages.facts(entries)
        let check = RoleCheck(caller, fields: stored, stages: facts)
        guard try await store.read({ try check.may(stage.by, record: record, in: $0) }) else {
            let by = RoleWords.list(stage.by, context.plugin.manifest)
            throw NiangjiaError(
                .forbidden, zh: "您不能把这份申请转到“\(name)”:那由\(by.zh)办理",
                en: "you can't bring the case to \(name): that is for \(by.en)",
                place: context.plugin.manifest.place("forms.\(record.form).stages.\(name).by"))
        }
        let checked =
            caller.isHost && fields.isEmpty ? [:] : try FieldCheck.check(fields, against: stage.fields, at: "/fields")
        let now = clock.now()
        let acting = try StageTurn(stage: stage, fields: stored, stages: facts, entries: entries, since: record.stage)
            .act(
                checked, by: caller)
        if acting.isWhole {
            facts[name] = .map(acting.fields.merging(["on": .text(now.date.description)]) { own, _ in own })
        }
        var intake = try Intake(of: record, fields: stored, entries, context)
        intake.stage = name
        intake.stages = facts
        var judged: JudgedCase?
        if acting.isWhole, record.state == .underWay {
            judged = try await judgeLines(
                intake, context: context, admission: Admission(context: context, crypto: crypto))
        }
        return PreparedMove(
            record: record, context: context, stage: stage, fields: acting.fields, isWhole: acting.isWhole,
            actor: caller.actor, intake: intake, judged: judged, isLast: isLast)
    }

    private static func next(_ name: String, of record: CaseRecord, _ form: FormDefinition) throws(NiangjiaError)
        -> StageDefinition
    {
        guard let stage = form.stage(name) else {
            throw NiangjiaError(
                .invalid, zh: "表单 \(form.name) 没有阶段 \(name),有 \(form.stages.map(\.name).joined(separator: "、"))",
                en:
                    "the form \(form.name) has no stage \(name); it has \(form.stages.map(\.name).joined(separator: ", "))",
                place: "/stage")
        }
        guard [.underWay, .approved, .done].contains(record.state), let current = form.stage(record.stage) else {
            throw NiangjiaError(
                .conflict, zh: "“\(record.state.title.zh)”的申请现在不能转阶段",
                en: "a case \(record.state.title.en) can't be moved to a stage now")
        }
        guard current.next.contains(name) || current.then == name else {
            throw NiangjiaError(
                .conflict,
                zh: "阶段 \(current.name) 之后不是 \(name)(可到: \(current.next.joined(separator: "、")))",
                en: "\(name) doesn't follow \(current.name) (what follows: \(current.next.joined(separator: ", ")))",
                place: "plugins/\(record.plugin)/plugin.yaml: forms.\(form.name).stages.\(current.name).next")
        }
        return stage
    }

    /// Writes a move, in a transaction that may hold others.
    func apply(_ move: PreparedMove, in writer: any StoreWriter) throws -> CaseState {
        let change = change(by: move.actor)
        var record = move.record
        let n = try CaseStages.insert(
            record.id, move.stage.name, move.fields, isWhole: move.isWhole, by: move.actor, change, in: writer)
        var due: Instant?
        if move.isWhole {
            due = try deadline(of: move, from: change.now, in: writer)
            record.stage = move.stage.name
            record.due = due
        }
        try Cases.enter(
            record, action: "stage:" + move.stage.name + (move.isWhole ? "" : ":part"), by: move.actor, change,
            in: writer)
        record.version += 1
        guard move.isWhole else { return record.state }
        if move.stage.frees { try Places.free(record.id, change, in: writer) }
        if let due {
            try Jobs.schedule(.stageDue, record.id.text, at: due, body: ["n": .int(n)], change, in: writer)
        } else {
            try Jobs.cancel(.stageDue, record.id.text, in: writer)
        }
        guard let judged = move.judged else {
            try follow(record, move, change, in: writer)
            return record.state
        }
        let admission = Admission(context: move.context, crypto: crypto)
        let applier = Applier(context: move.context, admission: admission, change: change)
        if let reply = judged.reply {
            try Journal.write(
                reply, id: judged.call, context: move.context, function: judged.function, caseID: record.id,
                change: change, in: writer)
        }
        // A line that was refused holds nothing any more, and is judged again.
        var lines = judged.lines
        try admission.takeAll(for: &lines, intake: move.intake, caseID: record.id, change, in: writer)
        try storeJudgements(lines, of: record.id, in: writer)
        return try moveOn(
            record, lines: lines, fields: move.intake.fields, applier: applier, by: move.actor,
            action: "judge:" + move.stage.name, mayPark: move.isLast, in: writer)
    }

    private func deadline(of move: PreparedMove, from now: Instant, in reader: any StoreReader) throws -> Instant? {
        let record = move.record
        var paths = OrganizationPaths()
        let path = try paths.codes(of: (record.serving ?? record.unit ?? record.home)?.rawValue, in: reader)
        let fields = move.intake.fields.merging(["stages": .map(move.intake.stages)]) { own, _ in own }
        return try StageDeadline(
            context: move.context, stage: move.stage, fields: .map(fields),
            settings: move.context.rules.settings(on: record.onDate, organizationPath: path)
        ).due(from: now)
    }

    /// A stage after the final one: what waited for it is given, and at the end what waited for another is let go.
    private func follow(_ record: CaseRecord, _ move: PreparedMove, _ change: ChangeContext, in writer: any StoreWriter)
        throws
    {
        let reached = Set(move.intake.stages.keys)
        let all = try Entitlements.of(record.id, in: writer)
        let (due, notDue) = Corridor.open(all, move.context.form, reached)
        let ready = due.filter { $0.state == .held }.map(\.id)
        if !ready.isEmpty { try Entitlements.approve(ready, about: record.id.text, change, in: writer) }
        let rest = notDue.map(\.id)
        if move.stage.isEnd, !rest.isEmpty {
            try Entitlements.release(
                rest, reason: "stage:" + move.stage.name, about: record.id.text, change, in: writer)
        }
    }

    /// What is held of a case, or waits for money: what is due in the stages that it has reached, and what isn't yet.
    static func open(_ all: [Entitlement], _ form: FormDefinition, _ reached: Set<String>) -> (
        due: [Entitlement], notDue: [Entitlement]
    ) {
        let open = all.filter { [.queued, .held].contains($0.state) }
        func isOpen(_ one: Entitlement) -> Bool { isDue(form.gives.when(of: one.ownPart), reached) }
        return (open.filter(isOpen), open.filter { !isOpen($0) })
    }

    static func isDue(_ when: String, _ reached: Set<String>) -> Bool {
        ["approved", "delivered"].contains(when) || reached.contains(when)
    }
}

/// Whose turn it is in a stage where several must act (`all`), and whether one more makes it whole.
private struct StageTurn {
    var stage: StageDefinition
    var fields: [String: Value]
    var stages: [String: Value]
    var entries: [StageEntry]
    /// The stage that the case is in: parts handed in before it came there don't count.
    var since: String?

    func act(_ checked: [String: Value], by caller: Caller) throws(NiangjiaError) -> (
        fields: [String: Value], isWhole: Bool
    ) {
        guard let path = stage.all, !caller.isHost else { return (checked, true) }
        let all = fields.merging(["stages": .map(stages)]) { own, _ in own }
        let named = RoleCheck.references(at: path, in: .map(all)).compactMap { ID<Person>($0) }
        guard let person = caller.actor.person, named.contains(person) else {
            throw NiangjiaError(
                .forbidden, zh: "阶段 \(stage.name) 由 \(path) 中的人办理,您不在其中",
                en: "the stage \(stage.name) is for those named at \(path), and you aren't")
        }
        let from = entries.lastIndex { $0.isWhole }.map { $0 + 1 } ?? 0
        let parts = entries[from...].filter { $0.stage == stage.name }
        guard !parts.contains(where: { $0.person == person }) else {
            throw NiangjiaError(.conflict, zh: "您已经办理过", en: "you have acted already")
        }
        let byPerson = Dictionary(
            parts.compactMap { part in part.person.map { ($0, part.fields) } } + [(person, checked)]
        ) { first, _ in first }
        guard named.allSatisfy({ byPerson[$0] != nil }) else { return (checked, false) }
        // In the order in which they are named; who filled in nothing stands as null.
        var whole: [String: Value] = [:]
        for field in stage.fields { whole[field.name] = .list(named.map { byPerson[$0]?[field.name] ?? .null }) }
        return (whole, true)
    }
}

extension Corridor {
    /// A new case comes to its form's first stage. `home` is the union of whom it is about.
    func begin(
        _ id: ID<CaseFile>, _ intake: Intake, home: Int64?, context: FormContext, by actor: Actor,
        _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let first = context.form.stages.first else { return }
        let n = try CaseStages.insert(id, first.name, [:], isWhole: true, by: actor, change, in: writer)
        var paths = OrganizationPaths()
        let path = try paths.codes(of: intake.serving?.rawValue ?? intake.unit?.rawValue ?? home, in: writer)
        let due = try StageDeadline(
            context: context, stage: first, fields: .map(intake.fields),
            settings: context.rules.settings(on: intake.onDate, organizationPath: path)
        ).due(from: change.now)
        try writer.execute(
            "UPDATE case_file SET stage = $1, due_at = $2 WHERE id = $3", [.text(first.name), .instant(due), .id(id)])
        guard let due else { return }
        try Jobs.schedule(.stageDue, id.text, at: due, body: ["n": .int(n)], change, in: writer)
    }

    /// A case has stayed in a stage for as long as it may: who is named by `late` is told, once, and the case goes where `then`
    /// says. One that has moved on meanwhile is left alone.
    ///
    /// Returns whether the row is finished: the stage that the case comes to may have a time of its own, in the same row.
    func stageDue(_ job: Job) async throws -> Bool {
        guard let id = ID<CaseFile>(job.subject), let n = job.body["n"].int else { return true }
        let program = try await store.read { try Cases.load(id, in: $0).program }
        // A term that ends meanwhile is looked at when the program goes on.
        guard try await !putOff(job, whileSuspended: program) else { return false }
        try await stageDue(id, entry: n)
        let now = clock.now()
        let due = try await store.read { try $0.integer("SELECT due_at FROM job WHERE id = $1", [.id(job.id)]) }
        return (due ?? 0) <= now.milliseconds
    }

    private func stageDue(_ id: ID<CaseFile>, entry n: Int64) async throws {
        let crypto = crypto
        let (record, last) = try await store.read { reader in
            (
                try Cases.load(id, in: reader),
                try CaseStages.entries(of: id, crypto: crypto, in: reader).last { $0.isWhole }
            )
        }
        let context = try await context(of: record)
        guard let last, last.n == n, last.stage == record.stage, let stage = context.form.stage(record.stage),
            [.underWay, .approved, .done].contains(record.state)
        else { return }
        if !stage.late.isEmpty {
            let fields = try await store.read { reader in
                let entries = try CaseStages.entries(of: id, crypto: crypto, in: reader)
                return try Cases.fields(of: id, crypto: crypto, in: reader).merging([
                    "stages": .map(CaseStages.facts(entries))
                ]) { own, _ in own }
            }
            try await store.write(.batch) { writer in
                let change = self.change(by: .host)
                for recipient in try Recipients(context.plugin.manifest, record, fields: fields, in: writer).of(
                    stage.late)
                {
                    let body: Value = [
                        "case": .text(id.text), "program": .text(record.program), "stage": .text(stage.name),
                        "text": [
                            "zh-CN": .text("\(id.text) 在阶段“\(stage.name)”已逾期"),
                            "en": .text("\(id.text) is late in the stage \(stage.name)"),
                        ],
                    ]
                    try Outbox.put(
                        "notice", dedupe: "late/\(id.text)/\(n)/\(recipient)", to: recipient, body: body, change,
                        in: writer)
                }
            }
        }
        if let then = stage.then { _ = try await move(id, to: then, by: .host) }
    }
}
