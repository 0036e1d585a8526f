extension ActionRoom {
    /// An action that waits, for whoever may confirm it.
    private struct Found {
        var run: Run
        var asking: Asking
        var confirmer: Caller
    }

    /// A second person agrees to what an action proposed: it is done, if all that it read still stands.
    ///
    /// Throws `forbidden` for the one who asked, and for another account of the same person; `notFound` for whoever `confirm_by`
    /// doesn't name, and for an account bound to a part of the city that the asker doesn't lie in; `conflict` where it is no longer
    /// waiting or what it rests on has changed: then it has to be asked for again.
    ///
    /// - Parameter asker: who asked for it, as that account stands now; nil: by the accounts of the store.
    public func confirm(
        _ id: ID<ActionRun>, agrees: Bool, by caller: @Sendable (String) async throws -> Caller,
        asker: (@Sendable (Actor) async throws -> Caller)? = nil
    ) async throws -> ActionOutcome {
        let found = try await waiting(id, by: caller, asker: asker)
        guard agrees else {
            try await note(found.run, found.asking, state: "dropped")
            return ActionOutcome(
                id: id, state: .refused, answer: [:], code: nil, params: [:], proposals: [],
                hostCalls: found.run.reply.hostCalls)
        }
        try await corridor.checkRunning(found.asking.program.id)
        do {
            return try await carryOut(found.run, found.asking, isLast: true, confirmedBy: found.confirmer)
        } catch is StaleFacts {
            throw NiangjiaError(
                .conflict, zh: "提出后资料已有变化,请重新办理", en: "what it rests on has changed since: ask for it again")
        }
    }

    /// What an action that waits would do, for whoever may confirm it. Nothing is done. Throws as ``confirm(_:agrees:by:asker:)``.
    public func pending(_ id: ID<ActionRun>, by caller: @Sendable (String) async throws -> Caller) async throws
        -> PendingAction
    {
        let found = try await waiting(id, by: caller, asker: nil)
        let steps = try await prepare(found.run, found.asking, isLast: true)
        let effects = try await corridor.store.read { reader in
            try steps.map { try $0.effect(found.asking, in: reader) }
        }
        return PendingAction(
            id: id, program: found.asking.program.id, plugin: found.asking.manifest, action: found.asking.name,
            askedBy: found.asking.caller.actor.account, at: found.asking.now, effects: effects)
    }

    /// The actions that wait for a second person whom this one may be, the oldest first; what anybody else may confirm isn't told.
    ///
    /// - Parameter caller: the account as it stands towards a plugin.
    public func waiting(
        after: ID<ActionRun>? = nil, limit: Int, by caller: @escaping @Sendable (String) async throws -> Caller
    ) async throws -> [WaitingAction] {
        let ids = try await corridor.store.read { reader in
            try reader.all(
                "SELECT id FROM action_run WHERE state = 'waiting' AND id > $1 ORDER BY id",
                [.int(after?.rawValue ?? .min)]
            ) { $0.id(0, ActionRun.self) }
        }
        var found: [WaitingAction] = []
        for id in ids where found.count < limit {
            do {
                let one = try await waiting(id, by: caller, asker: nil)
                found.append(
                    WaitingAction(
                        id: id, program: one.asking.program.id, action: one.asking.name,
                        askedBy: one.asking.caller.actor.account, at: one.asking.now))
            } catch let error as NiangjiaError where [.notFound, .forbidden, .conflict].contains(error.code) {
                // Not for this account, or done meanwhile.
                continue
            }
        }
        return found
    }

    private func waiting(
        _ id: ID<ActionRun>, by caller: @Sendable (String) async throws -> Caller,
        asker: (@Sendable (Actor) async throws -> Caller)?
    ) async throws -> Found {
        let crypto = corridor.crypto
        let found = try await corridor.store.read { reader in
            try reader.first(
                "SELECT program, plugin, bundle, name, account, role, person, at, state, content, host_calls FROM action_run WHERE id = $1",
                [.id(id)]
            ) { row in
                (
                    program: row.text(0), plugin: row.text(1), bundle: row.text(2), name: row.text(3),
                    actor: Actor(account: row.text(4), role: row.text(5), person: row.idOrNil(6)), at: row.instant(7),
                    state: row.text(8), content: row.blob(9), calls: Int(row.int(10))
                )
            }
        }
        guard let found else { throw ActionRoom.missing(id) }
        let confirmer = try await caller(found.plugin)
        let bundle = try await corridor.bundles.bundle(digest: found.bundle)
        guard let program = bundle.programs[found.program], let plugin = bundle.plugins[found.plugin],
            let definition = plugin.manifest.actions[found.name]
        else { throw NiangjiaError(.configuration, zh: "方案已不在", en: "its bundle is gone") }
        try await checkSecond(confirmer, of: found.actor, definition, id)
        let asked: Caller
        if let asker {
            asked = try await asker(found.actor)
        } else {
            asked = try await self.asked(found.actor, plugin: found.plugin)
        }
        // Whoever asks acts in their own part: it is seen and confirmed from there or from above.
        guard try await corridor.store.read({ try confirmer.scope.contains(asked.actor.scope, in: $0) }) else {
            throw ActionRoom.missing(id)
        }
        guard found.state == "waiting" else {
            throw NiangjiaError(.conflict, zh: "这个动作不在等待复核", en: "the action doesn't wait to be confirmed")
        }
        let content = ActionContent(
            try Value(jsonBytes: crypto.open(found.content, purpose: .sensitive, context: ActionContent.context(id))))
        let asking = Asking(
            bundle: bundle, program: program, plugin: plugin, name: found.name, definition: definition,
            input: content.input, caller: asked, now: found.at)
        let reply = ActionReply(.answer(.null), proposals: content.proposals, hostCalls: found.calls, instructions: 0)
        let run = Run(id: id, reply: reply, reads: content.reads, accesses: [], answer: content.answer)
        return Found(run: run, asking: asking, confirmer: confirmer)
    }

    /// What somebody hears who has no part in an action: the same as when there is none.
    private static func missing(_ id: ID<ActionRun>) -> NiangjiaError {
        NiangjiaError(.notFound, zh: "没有动作记录 \(id)", en: "there is no action \(id)")
    }

    private func checkSecond(
        _ confirmer: Caller, of first: Actor, _ definition: ActionDefinition, _ id: ID<ActionRun>
    ) async throws {
        try await corridor.store.read { reader in
            let same = try AccountPersons.expand([first.account], in: reader)
            guard !same.contains(confirmer.actor.account) else {
                throw NiangjiaError(.forbidden, zh: "提出的人不能自己复核", en: "who asked for it can't confirm it")
            }
            guard try RoleCheck(confirmer, fields: .map([:])).may(definition.confirmBy, record: nil, in: reader) else {
                throw ActionRoom.missing(id)
            }
        }
    }

    /// Who asked, as that account stands today: rights that it has lost since are lost.
    private func asked(_ actor: Actor, plugin: String) async throws -> Caller {
        try await corridor.store.read { reader in
            guard let account = try Access.account(actor.account, in: reader), account.isActive else {
                throw NiangjiaError(.forbidden, zh: "提出的账号已停用", en: "the account that asked for it is disabled")
            }
            return try Caller.of(account, plugin: plugin, in: reader)
        }
    }
}
