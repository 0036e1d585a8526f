/// From what an action proposes to what is done: all of it in one transaction, if everything that it read still stands.
extension ActionRoom {
    /// Who says yes or no to an action, asked in the transaction in which it is done: throws where it doesn't wait any more, or they may
    /// not any more.
    typealias Second = @Sendable (any StoreWriter) throws -> Caller

    /// Judges what has to be judged, then does everything at once. Throws ``StaleFacts`` where something changed meanwhile.
    func carryOut(_ run: Run, _ asking: Asking, isLast: Bool, confirmedBy second: Second? = nil) async throws
        -> ActionOutcome
    {
        let steps = try await prepare(run, asking, isLast: isLast)
        let plugin = asking.manifest.id
        return try await corridor.store.write(.interactive) { writer in
            let confirmer = try second?(writer)
            guard try run.reads.stand(for: plugin, in: writer) else { throw StaleFacts(lines: []) }
            let change = self.corridor.change(by: asking.caller.actor)
            if let code = try self.claim(asking, run, change, in: writer) {
                try self.end(run, asking, state: "refused", code: code, confirmer, change, in: writer)
                return ActionOutcome(
                    id: run.id, state: .refused, answer: [:], code: code, params: [:], proposals: [],
                    hostCalls: run.reply.hostCalls)
            }
            for step in steps { try step.apply(self.corridor, asking, run, change, in: writer) }
            try self.log(run, asking, change, in: writer)
            try self.end(run, asking, state: "done", code: nil, confirmer, change, in: writer)
            return ActionOutcome(
                id: run.id, state: .done, answer: run.answer, code: nil, params: [:],
                proposals: run.reply.proposals.map(\.name), hostCalls: run.reply.hostCalls)
        }
    }

    /// Each proposal checked against the manifest and the caller; a mistake names the line of `main.lua`.
    func prepare(_ run: Run, _ asking: Asking, isLast: Bool) async throws -> [ActionStep] {
        var steps: [ActionStep] = []
        for proposal in run.reply.proposals {
            let preparer = StepPreparer(corridor: corridor, asking: asking, run: run, isLast: isLast)
            do {
                steps.append(try await preparer.step(proposal))
            } catch let error as NiangjiaError {
                throw ActionRoom.placed(error, proposal, asking)
            }
        }
        return steps
    }

    static func placed(_ error: NiangjiaError, _ proposal: ActionProposal, _ asking: Asking) -> NiangjiaError {
        let line = "main.lua:\(proposal.line): \(proposal.name): "
        let file = "plugins/\(asking.manifest.id)/main.lua:\(proposal.line)"
        return NiangjiaError(
            error.code, zh: line + error.message.zh, en: line + error.message.en,
            place: error.place.map { $0.hasPrefix("plugins/") ? $0 : "\(file): \($0)" } ?? file, cause: error.cause)
    }

    /// An action that says no does nothing; that it was asked is written down.
    func refuse(_ run: Run, _ asking: Asking) async throws -> ActionOutcome {
        guard case .fail(let code, let params) = run.reply.result else { throw ActionRoom.changed }
        guard asking.manifest.reasons[code] != nil else {
            throw NiangjiaError(
                .pluginFailed, zh: "reasons 中没有声明原因代码 \(code)", en: "reason \(code) is not declared under reasons",
                place: asking.manifest.place("reasons"))
        }
        try await note(run, asking, state: "refused", code: code)
        return ActionOutcome(
            id: run.id, state: .refused, answer: [:], code: code, params: params, proposals: [],
            hostCalls: run.reply.hostCalls)
    }

    /// What an action read is logged, and that it was asked, where nothing of it is done.
    func note(_ run: Run, _ asking: Asking, state: String, code: String? = nil) async throws {
        try await corridor.store.write(.interactive) { writer in
            let change = self.corridor.change(by: asking.caller.actor)
            try self.log(run, asking, change, in: writer)
            try self.enter(run, asking, state: state, code: code, change, in: writer)
        }
    }

    /// A second person doesn't agree: nothing of it is done, and it is they who said so.
    func drop(_ run: Run, _ asking: Asking, by second: @escaping Second) async throws -> ActionOutcome {
        try await corridor.store.write(.interactive) { writer in
            let confirmer = try second(writer)
            let change = self.corridor.change(by: confirmer.actor)
            try self.end(run, asking, state: "dropped", code: nil, confirmer, change, in: writer)
        }
        return ActionOutcome(
            id: run.id, state: .refused, answer: [:], code: nil, params: [:], proposals: [],
            hostCalls: run.reply.hostCalls)
    }

    /// Keeps what was proposed until a second person agrees.
    func park(_ run: Run, _ asking: Asking) async throws -> ActionOutcome {
        // What can't be done is told now, not to whoever confirms it.
        _ = try await prepare(run, asking, isLast: true)
        try await note(run, asking, state: "waiting")
        return ActionOutcome(
            id: run.id, state: .waiting, answer: [:], code: nil, params: [:],
            proposals: run.reply.proposals.map(\.name),
            hostCalls: run.reply.hostCalls)
    }

    // MARK: rows

    private func log(_ run: Run, _ asking: Asking, _ change: ChangeContext, in writer: any StoreWriter) throws {
        for access in run.accesses where access.about != asking.caller.actor.person?.text {
            try AccessLog.note(
                access.fields, about: access.about, by: asking.caller.actor.account,
                reason: "action \(asking.program.id)/\(asking.name) \(run.id.text)", change, in: writer)
        }
        guard !run.accesses.isEmpty else { return }
        try change.record(
            "access.action", about: run.id.text,
            body: [
                "action": .text("\(asking.manifest.id)/\(asking.name)"), "people": .int(Int64(run.accesses.count)),
            ], in: writer)
    }

    /// An action that has just been asked for.
    private func enter(
        _ run: Run, _ asking: Asking, state: String, code: String?, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        // What failed is tried again.
        if let job = asking.job, state != "failed", try !Jobs.finish(job, now: change.now, in: writer) {
            throw ActionRoom.notDue
        }
        let content = ActionContent(run, asking).value
        let sealed = try change.crypto.seal(
            Array(content.json.utf8), purpose: .sensitive, context: ActionContent.context(run.id))
        let actor = asking.caller.actor
        try writer.execute(
            """
            INSERT INTO action_run (id, program, plugin, plugin_digest, bundle, name, account, role, person, at, state, \
            content, code, host_calls, instructions) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            [
                .id(run.id), .text(asking.program.id), .text(asking.manifest.id), .text(asking.plugin.digest),
                .text(asking.bundle.digest), .text(asking.name), .text(actor.account), .text(actor.role),
                .id(actor.person), .instant(asking.now), .text(state), .blob(sealed), .optional(code),
                .int(Int64(run.reply.hostCalls)), .int(run.reply.instructions),
            ])
        try record(run, asking, state: state, code: code, nil, change, in: writer)
    }

    /// How an action ends: one that nobody had to confirm with its row, one that waited in the row that it has.
    private func end(
        _ run: Run, _ asking: Asking, state: String, code: String?, _ confirmer: Caller?, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard let confirmer else { return try enter(run, asking, state: state, code: code, change, in: writer) }
        let changed = try writer.execute(
            """
            UPDATE action_run SET state = $1, code = $2, confirmed_by = $3, confirmed_at = $4, version = version + 1 \
            WHERE id = $5 AND state = 'waiting'
            """,
            [
                .text(state), .optional(code), .text(confirmer.actor.account), .instant(change.now), .id(run.id),
            ])
        // Whoever was quicker has had it: all that was done here is undone with this.
        guard changed == 1 else { throw ActionRoom.notWaiting }
        try record(run, asking, state: state, code: code, confirmer, change, in: writer)
    }

    private static let notDue = NiangjiaError(
        .conflict, zh: "这个动作今天已经办理过", en: "what was due has been done already")

    private func record(
        _ run: Run, _ asking: Asking, state: String, code: String?, _ confirmer: Caller?, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let content = ActionContent(run, asking).value
        var body: [String: Value] = [
            "plugin": .text(asking.manifest.id), "action": .text(asking.name), "program": .text(asking.program.id),
            "role": .text(asking.caller.actor.role), "code": code.map { .text($0) } ?? .null,
            "content": .text(Hex.text(change.crypto.digest(Array(content.json.utf8)))), "confirmed_by": .null,
        ]
        if let confirmer {
            body[state == "dropped" ? "refused_by" : "confirmed_by"] = .text(confirmer.actor.account)
        }
        try change.record("action.\(state)", about: run.id.text, body: .map(body), in: writer)
    }

    /// Takes the action's `unique` claims, all or none. Returns the reason where somebody holds one already.
    private func claim(_ asking: Asking, _ run: Run, _ change: ChangeContext, in writer: any StoreWriter) throws
        -> String?
    {
        func value(_ path: String?) -> Value {
            guard let path else { return .null }
            if path == "actor" || path == "subject" {
                return .text(asking.caller.actor.person?.text ?? asking.caller.actor.account)
            }
            return Value.map(asking.input).at(path: path)
        }
        let name = "\(asking.manifest.id)/action:\(asking.name)"
        let claims = asking.definition.unique.enumerated().map { n, rule in
            UniqueClaim(
                rule: "\(name)#\(n)", [value(rule.per), value(rule.with)], within: rule.within,
                on: rule.datedBy.flatMap { Value.map(asking.input).at(path: $0).date } ?? asking.now.date,
                season: asking.program.base.season, change.crypto)
        }
        for (claim, rule) in zip(claims, asking.definition.unique)
        where try !claim.owners(in: writer).isEmpty { return rule.reason }
        // Whoever was quicker is seen by the next attempt, which hears the reason.
        for claim in claims {
            let isTaken = try claim.take(.init(form: name), at: change.now, in: writer) { _ in true }
            guard isTaken else { throw StaleFacts(lines: []) }
        }
        return nil
    }
}

/// What is kept of an action: what it was given, answered, read and proposed.
struct ActionContent: Sendable {
    var input: [String: Value]
    var answer: [String: Value]
    var reads: ActionReads
    var proposals: [ActionProposal]

    static func context(_ id: ID<ActionRun>) -> [UInt8] { Array("action_run.content/\(id.text)".utf8) }

    var value: Value {
        [
            "input": .map(input), "answer": .map(answer), "reads": reads.value,
            "proposals": .list(
                proposals.map { [.text($0.name), .int(Int64($0.line)), .list($0.arguments.map(\.stored))] }),
        ]
    }

    init(input: [String: Value], answer: [String: Value], reads: ActionReads, proposals: [ActionProposal]) {
        self.input = input
        self.answer = answer
        self.reads = reads
        self.proposals = proposals
    }

    /// Of a run.
    init(_ run: ActionRoom.Run, _ asking: ActionRoom.Asking) {
        self.init(input: asking.input, answer: run.answer, reads: run.reads, proposals: run.reply.proposals)
    }

    init(_ value: Value) {
        input = value["input"].map ?? [:]
        answer = value["answer"].map ?? [:]
        reads = ActionReads(value["reads"])
        proposals = (value["proposals"].list ?? []).compactMap { item in
            guard let parts = item.list, parts.count == 3 else { return nil }
            return ActionProposal(
                parts[0].text ?? "", line: Int(parts[1].int ?? 0), (parts[2].list ?? []).map { ActionValue(stored: $0) }
            )
        }
    }
}

extension ActionValue {
    /// As it is kept: closed values tell by a mark who may read them.
    var stored: Value {
        switch self {
        case .plain(let value): ["v": value]
        case .list(let items): ["l": .list(items.map(\.stored))]
        case .map(let members): ["m": .map(members.mapValues(\.stored))]
        case .closed(let closed): ["c": closed.value, "r": .list(closed.read.map { .text($0) })]
        }
    }

    init(stored value: Value) {
        if let items = value["l"].list {
            self = .list(items.map { ActionValue(stored: $0) })
        } else if let members = value["m"].map {
            self = .map(members.mapValues { ActionValue(stored: $0) })
        } else if value.map?["c"] != nil {
            self = .closed(Closed(value["c"], read: (value["r"].list ?? []).compactMap(\.text)))
        } else {
            self = .plain(value["v"])
        }
    }
}
