extension ActionRoom {
    /// The account of whoever asks, as it stands towards a plugin in one snapshot or transaction.
    public typealias CallerOf = @Sendable (_ plugin: String, any StoreReader) throws -> Caller
    /// The account by which an action was asked for, as it stands in one snapshot or transaction.
    public typealias AskerOf = @Sendable (Actor, any StoreReader) throws -> Caller

    /// An action that waits, for whoever may confirm it.
    private struct Found {
        var run: Run
        var asking: Asking
    }

    /// Who could say yes or no to an action, and for whom it would be done.
    private struct People {
        var confirmer: Caller
        var asker: Caller
    }

    /// A second person agrees to what an action proposed: it is done, if all that it read still stands. Or they refuse: it is not.
    ///
    /// One answer counts, of however many come at once: whether it waits, and whether this person may say so, is looked at again in the
    /// transaction in which it is done or dropped.
    ///
    /// Throws `forbidden` for the one who asked, and for another account of the same person; `notFound` for whoever `confirm_by`
    /// doesn't name, and for an account bound to a part of the city that the asker doesn't lie in; `conflict` where it is no longer
    /// waiting or what it rests on has changed: then it has to be asked for again.
    ///
    /// - Parameter asker: who asked for it, as that account stands now; nil: by the accounts of the store.
    public func confirm(
        _ id: ID<ActionRun>, agrees: Bool, by caller: @escaping CallerOf, asker: AskerOf? = nil
    ) async throws -> ActionOutcome {
        let found = try await waiting(id, by: caller, asker: asker)
        let (run, asking) = (found.run, found.asking)
        let second: Second = { writer in
            let people = try self.people(of: self.stored(id, in: writer), asking.definition, caller, asker, in: writer)
            // What was prepared was prepared for the rights that the asker had a moment ago.
            guard people.asker == asking.caller else { throw StaleFacts(lines: []) }
            return people.confirmer
        }
        do {
            guard agrees else { return try await drop(run, asking, by: second) }
            try await corridor.checkRunning(asking.program.id)
            return try await carryOut(run, asking, isLast: true, confirmedBy: second)
        } catch is StaleFacts {
            throw NiangjiaError(
                .conflict, zh: "提出后资料已有变化,请重新办理", en: "what it rests on has changed since: ask for it again")
        }
    }

    /// What an action that waits would do, for whoever may confirm it. Nothing is done. Throws as ``confirm(_:agrees:by:asker:)``.
    public func pending(_ id: ID<ActionRun>, by caller: @escaping CallerOf) async throws -> PendingAction {
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
        after: ID<ActionRun>? = nil, limit: Int, by caller: @escaping CallerOf
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

    private func waiting(_ id: ID<ActionRun>, by caller: @escaping CallerOf, asker: AskerOf?) async throws -> Found {
        let stored = try await corridor.store.read { try self.stored(id, in: $0) }
        let bundle = try await corridor.bundles.bundle(digest: stored.bundle)
        guard let program = bundle.programs[stored.program], let plugin = bundle.plugins[stored.plugin],
            let definition = plugin.manifest.actions[stored.name]
        else { throw NiangjiaError(.configuration, zh: "方案已不在", en: "its bundle is gone") }
        let people = try await corridor.store.read { try self.people(of: stored, definition, caller, asker, in: $0) }
        let content = ActionContent(
            try Value(
                jsonBytes: corridor.crypto.open(
                    stored.content, purpose: .sensitive, context: ActionContent.context(id))))
        let asking = Asking(
            bundle: bundle, program: program, plugin: plugin, name: stored.name, definition: definition,
            input: content.input, caller: people.asker, now: stored.at)
        let reply = ActionReply(
            .answer(.null), proposals: content.proposals, hostCalls: stored.calls, instructions: 0)
        return Found(
            run: Run(id: id, reply: reply, reads: content.reads, accesses: [], answer: content.answer), asking: asking)
    }

    /// An action as it was written down.
    private struct Stored {
        var id: ID<ActionRun>
        var program: String
        var plugin: String
        var bundle: String
        var name: String
        var actor: Actor
        var at: Instant
        var state: String
        var content: [UInt8]
        var calls: Int
    }

    private func stored(_ id: ID<ActionRun>, in reader: any StoreReader) throws -> Stored {
        let found = try reader.first(
            "SELECT program, plugin, bundle, name, account, role, person, at, state, content, host_calls FROM action_run WHERE id = $1",
            [.id(id)]
        ) { row in
            Stored(
                id: id, program: row.text(0), plugin: row.text(1), bundle: row.text(2), name: row.text(3),
                actor: Actor(account: row.text(4), role: row.text(5), person: row.idOrNil(6)), at: row.instant(7),
                state: row.text(8), content: row.blob(9), calls: Int(row.int(10)))
        }
        guard let found else { throw ActionRoom.missing(id) }
        return found
    }

    /// Both people, if this one may say yes or no to it as things stand, and it waits for that.
    private func people(
        of stored: Stored, _ definition: ActionDefinition, _ caller: CallerOf, _ asker: AskerOf?,
        in reader: any StoreReader
    ) throws -> People {
        let confirmer = try caller(stored.plugin, reader)
        let same = try AccountPersons.expand([stored.actor.account], in: reader)
        guard !same.contains(confirmer.actor.account) else {
            throw NiangjiaError(.forbidden, zh: "提出的人不能自己复核", en: "who asked for it can't confirm it")
        }
        guard try RoleCheck(confirmer, fields: .map([:])).may(definition.confirmBy, record: nil, in: reader) else {
            throw ActionRoom.missing(stored.id)
        }
        let asked = try asker?(stored.actor, reader) ?? asked(stored.actor, plugin: stored.plugin, in: reader)
        // Whoever asks acts in their own part: it is seen and confirmed from there or from above.
        guard try confirmer.scope.contains(asked.actor.scope, in: reader) else { throw ActionRoom.missing(stored.id) }
        guard stored.state == "waiting" else { throw ActionRoom.notWaiting }
        return People(confirmer: confirmer, asker: asked)
    }

    /// What somebody hears who has no part in an action: the same as when there is none.
    private static func missing(_ id: ID<ActionRun>) -> NiangjiaError {
        NiangjiaError(.notFound, zh: "没有动作记录 \(id)", en: "there is no action \(id)")
    }

    /// What whoever comes second hears.
    static let notWaiting = NiangjiaError(
        .conflict, zh: "这个动作不在等待复核", en: "the action doesn't wait to be confirmed")

    /// Who asked, as that account stands today: rights that it has lost since are lost.
    private func asked(_ actor: Actor, plugin: String, in reader: any StoreReader) throws -> Caller {
        guard let account = try Access.account(actor.account, in: reader), account.isActive else {
            throw NiangjiaError(.forbidden, zh: "提出的账号已停用", en: "the account that asked for it is disabled")
        }
        return try Caller.of(account, plugin: plugin, in: reader)
    }
}
