extension ActionRoom {
    /// A second person agrees to what an action proposed: it is done, if all that it read still stands.
    ///
    /// Throws `forbidden` for the one who asked, for another account of the same person, and for whoever `confirm_by` doesn't name;
    /// `conflict` where it is no longer waiting or what it rests on has changed: then it has to be asked for again.
    ///
    /// - Parameter asker: who asked for it, as that account stands now; nil: by the accounts of the store.
    public func confirm(
        _ id: ID<ActionRun>, agrees: Bool, by caller: @Sendable (String) async throws -> Caller,
        asker: (@Sendable (Actor) async throws -> Caller)? = nil
    ) async throws -> ActionOutcome {
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
        guard found.state == "waiting" else {
            throw NiangjiaError(.conflict, zh: "这个动作不在等待复核", en: "the action doesn't wait to be confirmed")
        }
        let content = ActionContent(
            try Value(jsonBytes: crypto.open(found.content, purpose: .sensitive, context: ActionContent.context(id))))
        let asked: Caller
        if let asker {
            asked = try await asker(found.actor)
        } else {
            asked = try await self.asked(found.actor, plugin: found.plugin)
        }
        let asking = Asking(
            bundle: bundle, program: program, plugin: plugin, name: found.name, definition: definition,
            input: content.input, caller: asked, now: found.at)
        let reply = ActionReply(.answer(.null), proposals: content.proposals, hostCalls: found.calls, instructions: 0)
        let run = Run(id: id, reply: reply, reads: content.reads, accesses: [], answer: content.answer)
        guard agrees else {
            try await note(run, asking, state: "dropped")
            return ActionOutcome(
                id: id, state: .refused, answer: [:], code: nil, params: [:], proposals: [], hostCalls: found.calls)
        }
        do {
            return try await carryOut(run, asking, isLast: true, confirmedBy: confirmer)
        } catch is StaleFacts {
            throw NiangjiaError(
                .conflict, zh: "提出后资料已有变化,请重新办理", en: "what it rests on has changed since: ask for it again")
        }
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
