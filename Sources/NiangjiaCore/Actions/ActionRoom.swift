/// What came of an action, for whoever asked.
public struct ActionOutcome: Sendable {
    /// Done, waiting for a second person, or refused by the action itself.
    public enum State: String, Sendable, CaseIterable { case done, waiting, refused }
    /// Under which it is written down.
    public var id: ID<ActionRun>
    /// How it ended.
    public var state: State
    /// What it answered; empty unless it is done.
    public var answer: [String: Value]
    /// Why it said no.
    public var code: String?
    /// The values of the reason's placeholders.
    public var params: [String: Value]
    /// What was done, or waits to be confirmed, in the order in which it was proposed.
    public var proposals: [String]
    /// How often it asked the host.
    public var hostCalls: Int
}

/// **Actions**: somebody asks a plugin to do something; it reads one snapshot, and proposes; what it proposes is done in one
/// transaction if all that it read still stands. It may do what the manifest allows, the caller may do, and the purpose covers.
public struct ActionRoom: Sendable {
    let corridor: Corridor
    let runner: any ActionRunner

    public init(corridor: Corridor, runner: any ActionRunner) {
        self.corridor = corridor
        self.runner = runner
    }

    /// One asking, with everything that it needs.
    struct Asking: Sendable {
        var bundle: Bundle
        var program: Program
        var plugin: Plugin
        var name: String
        var definition: ActionDefinition
        var input: [String: Value]
        var caller: Caller
        var now: Instant
        /// What it is due by, where the host asks: done with it, in one transaction.
        var job: Job?

        var manifest: Manifest { plugin.manifest }
    }

    /// What a run came to, before anything of it is done.
    struct Run: Sendable {
        var id: ID<ActionRun>
        var reply: ActionReply
        var reads: ActionReads
        var accesses: [ActionAccess]
        var answer: [String: Value]
        /// What no notice may carry: sensitive values that it read, each with the place that says so.
        var sensitive: [ActionReader.SensitiveValue] = []
    }

    /// Runs an action of a program.
    ///
    /// Throws `forbidden` for whoever may not ask, and where the action reads what its caller may not; `invalid` for input that
    /// isn't declared, and for a proposal that the manifest doesn't allow, with the line of `main.lua`; `conflict` when what it
    /// read changed again and again, and for a job that isn't due any more.
    ///
    /// - Parameter job: what a daily action is due by; it ends in the transaction of what the action does, so that neither is done without
    ///   the other, or twice.
    public func run(
        program: String, action: String, input: [String: Value], by caller: Caller, due job: Job? = nil
    ) async throws -> ActionOutcome {
        var asking = try await asking(program: program, action: action, input: input, by: caller)
        asking.job = job
        for attempt in 1...Corridor.attempts {
            let run = try await self.run(asking)
            guard case .answer = run.reply.result else { return try await refuse(run, asking) }
            if !asking.definition.confirmBy.isEmpty { return try await park(run, asking) }
            do {
                return try await carryOut(run, asking, isLast: attempt == Corridor.attempts)
            } catch is StaleFacts {
                continue
            }
        }
        throw ActionRoom.changed
    }

    static let changed = NiangjiaError(
        .conflict, zh: "所依据的资料刚刚变化,请再试一次", en: "what it rests on has just changed; try again")

    private func asking(program id: String, action name: String, input: [String: Value], by caller: Caller) async throws
        -> Asking
    {
        let bundle = try await corridor.bundles.active()
        guard let program = bundle.programs[id], let plugin = bundle.plugins[program.plugin] else {
            throw NiangjiaError(.notFound, zh: "没有项目 \(id)", en: "there is no program \(id)", place: "/program")
        }
        guard let definition = plugin.manifest.actions[name] else {
            throw NiangjiaError(
                .notFound, zh: "项目 \(id) 没有动作 \(name)", en: "the program \(id) has no action \(name)",
                place: "/action")
        }
        guard [.open, .closedToNew].contains(program.status) else {
            throw NiangjiaError(
                .conflict, zh: "项目 \(id) 没有开放", en: "the program \(id) is not open")
        }
        let checked = try FieldCheck.check(input, against: definition.input, at: "/input")
        try await corridor.store.read { reader in
            let may = try RoleCheck(caller, fields: checked, stages: [:]).may(definition.by, record: nil, in: reader)
            guard may else {
                let by = RoleWords.list(definition.by, plugin.manifest)
                throw NiangjiaError(
                    .forbidden, zh: "动作 \(name) 由\(by.zh)办理", en: "the action \(name) is for \(by.en)",
                    place: plugin.manifest.place("actions.\(name).by"))
            }
        }
        return Asking(
            bundle: bundle, program: program, plugin: plugin, name: name, definition: definition, input: checked,
            caller: caller, now: corridor.clock.now())
    }

    /// Runs the script; its questions are answered as the caller may see. A refusal that ended it is thrown, with its line.
    private func run(_ asking: Asking) async throws -> Run {
        let reader = ActionReader(
            bundle: asking.bundle, plugin: asking.plugin, program: asking.program, name: asking.name,
            definition: asking.definition, caller: asking.caller, crypto: corridor.crypto, now: asking.now)
        let call = try await corridor.store.read { try ActionRoom.call(asking, reader, in: $0) }
        let reply = try await runner.run(call, on: corridor.store) { reader.answer($0, in: $1) }
        let id = corridor.ids.next(ActionRun.self)
        var run = Run(id: id, reply: reply, reads: reader.reads, accesses: reader.accesses, answer: [:])
        if case .failed(let words) = reply.result {
            // What it was shown before it failed was shown.
            try await note(run, asking, state: "failed")
            guard let refusal = reader.refusal else {
                throw NiangjiaError(
                    .pluginFailed, zh: "动作 \(asking.name) 出错:\(words.zh)",
                    en: "the action \(asking.name) failed: \(words.en)")
            }
            throw NiangjiaError(
                refusal.code, zh: words.zh, en: words.en,
                place: refusal.place ?? "plugins/\(asking.manifest.id)/main.lua",
                cause: refusal.cause)
        }
        if case .answer(let value) = reply.result {
            run.answer = try ActionAnswer(
                asking.definition, asking.manifest, secrets: reader.secrets, for: asking.caller
            ).checked(value)
            run.sensitive = reader.sensitive
        }
        return run
    }

    /// What the script is given: its input with references resolved, the settings, and who asks.
    private static func call(_ asking: Asking, _ reader: ActionReader, in store: any StoreReader) throws -> ActionCall {
        var input: [String: ActionValue] = [:]
        for field in asking.definition.input {
            input[field.name] = ActionReader.shown(asking.input[field.name] ?? .null, field.type, read: field.read)
        }
        let path = try OrganizationScope.of(asking.caller.actor.scope, in: store)?.prefix ?? ""
        let codes = path.split(separator: "/").map(String.init)
        let rules = asking.program.base
        let actor = asking.caller.actor
        return ActionCall(
            plugin: asking.plugin, name: asking.name, calendar: asking.bundle.calendar, input: .map(input),
            settings: .map(rules.settings(on: asking.now.date, organizationPath: codes)),
            context: [
                "on": .text(asking.now.date.description), "today": .text(asking.now.date.description),
                "now": .text(asking.now.description), "program": .text(asking.program.id),
                "organization": codes.last.map { .text($0) } ?? .null,
                "season": ["from": .text(rules.season.from.description), "to": .text(rules.season.to.description)],
                "actor": [
                    "role": .text(actor.role), "person": actor.person.map { .text($0.text) } ?? .null,
                    "organization": codes.last.map { .text($0) } ?? .null,
                ],
            ])
    }
}
