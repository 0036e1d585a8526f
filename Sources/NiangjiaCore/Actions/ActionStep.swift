/// One thing that an action proposed, checked and ready to be done.
enum ActionStep: Sendable {
    case put(kind: String, fields: [String: Value])
    case remove(kind: String, key: String)
    case open(Corridor.Filing)
    case move(Corridor.PreparedMove)
    case revoke(ID<CaseFile>, code: String, params: [String: Value])
    case notify(ActionNotice)

    func apply(
        _ corridor: Corridor, _ asking: ActionRoom.Asking, _ run: ActionRoom.Run, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let plugin = asking.manifest.id
        switch self {
        case .put(let kind, let fields):
            let record = try asking.manifest.record(named: kind)
            try RecordRows.put(fields, plugin: plugin, kind: kind, record, run.id, change, in: writer)
        case .remove(let kind, let key):
            try RecordRows.remove(key, plugin: plugin, kind: kind, run.id, change, in: writer)
        case .open(let filing): _ = try corridor.file(filing, by: asking.caller.actor, in: writer)
        case .move(let move): _ = try corridor.apply(move, in: writer)
        case .revoke(let id, let code, let params):
            try corridor.revoke(id, code: code, params: params, by: asking.caller.actor, change, in: writer)
        case .notify(let notice): try notice.send(asking, change, in: writer)
        }
    }
}

extension RecordRows {
    /// Writes a row: a new one, or the next revision of the one with its key. A table that is written `once` takes no second.
    static func put(
        _ fields: [String: Value], plugin: String, kind: String, _ record: RecordDefinition, _ run: ID<ActionRun>,
        _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let key = key(record, fields)
        let before = try any(plugin: plugin, kind: kind, key: key, in: writer)
        if record.isOnce, before != nil {
            throw NiangjiaError(
                .conflict, zh: "\(kind) 登记后不能再改(once)", en: "\(kind) is written once and never changed",
                place: "plugins/\(plugin)/plugin.yaml: records.\(kind).once")
        }
        if let before {
            let changed = try writer.execute(
                """
                UPDATE record SET body = $1, revision = revision + 1, valid_from = $2, recorded_at = $3, state = 'standing' \
                WHERE id = $4 AND revision = $5
                """,
                [
                    .text(Value.map(fields).json), .date(change.today), .instant(change.now), .id(before.id),
                    .int(before.revision),
                ])
            guard changed == 1 else { throw StaleFacts(lines: []) }
        } else {
            try writer.execute(
                """
                INSERT INTO record (id, plugin, kind, key, revision, valid_from, recorded_at, body) \
                VALUES ($1, $2, $3, $4, 1, $5, $6, $7)
                """,
                [
                    .id(change.ids.next(Record.self)), .text(plugin), .text(kind), .text(key), .date(change.today),
                    .instant(change.now), .text(Value.map(fields).json),
                ])
        }
        try note("record.put", plugin, kind, key, run, change, in: writer)
    }

    static func remove(
        _ key: String, plugin: String, kind: String, _ run: ID<ActionRun>, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let changed = try writer.execute(
            """
            UPDATE record SET state = 'removed', revision = revision + 1, recorded_at = $1 WHERE plugin = $2 AND kind = $3 \
            AND key = $4 AND state = 'standing'
            """, [.instant(change.now), .text(plugin), .text(kind), .text(key)])
        guard changed == 1 else {
            throw NiangjiaError(.notFound, zh: "没有这一项登记(\(kind))", en: "there is no such \(kind)")
        }
        try note("record.remove", plugin, kind, key, run, change, in: writer)
    }

    private static func note(
        _ event: String, _ plugin: String, _ kind: String, _ key: String, _ run: ID<ActionRun>, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        try change.record(
            event, about: run.text,
            body: [
                "plugin": .text(plugin), "kind": .text(kind),
                "key": .text(Hex.text(change.crypto.digest(Array(key.utf8)))),
            ], in: writer)
    }
}

extension Corridor {
    /// Everything that a case was granted falls, for a reason of the plugin's own.
    func revoke(
        _ id: ID<CaseFile>, code: String, params: [String: Value], by actor: Actor, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let standing = try writer.all(
            "SELECT id FROM decision WHERE case_id = $1 AND state = 'standing' ORDER BY id", [.id(id)]
        ) { $0.id(0, Decision.self) }
        guard !standing.isEmpty else {
            throw NiangjiaError(.conflict, zh: "申请 \(id) 没有可以取消的", en: "nothing stands of the case \(id)")
        }
        let revoker = Revoker(change, by: actor)
        for decision in standing {
            _ = try revoker.revoke(
                Revocation(
                    decision: decision, at: change.now, actor: actor.account, cause: .action, code: code,
                    params: params, keep: .zero, call: nil), in: writer)
        }
        try Jobs.cancel(.stageDue, id.text, in: writer)
    }
}
