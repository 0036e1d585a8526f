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
