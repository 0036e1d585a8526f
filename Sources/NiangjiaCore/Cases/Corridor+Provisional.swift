/// What is granted while a case is on its way through its stages: held, not final, taken back where the rule changes its mind.
extension Corridor {
    /// Judged in a stage where nothing is final yet: what the rule gives is held, and the case goes on its way.
    func hold(
        _ record: CaseRecord, lines: [JudgedLine], fields: [String: Value], applier: Applier, by actor: Actor,
        action: String, _ changes: Cases.Changes, mayPark: Bool, in writer: any StoreWriter
    ) throws -> CaseState {
        let change = applier.change
        if try isStale(lines, applier, mayPark: mayPark, in: writer) {
            try Cases.move(
                record, to: .manual, action: action, by: actor, note: Corridor.restless, changes, change: change,
                in: writer)
            return .manual
        }
        guard try !stands(lines, of: record, in: writer) else {
            try Cases.move(record, to: .underWay, action: action, by: actor, changes, change: change, in: writer)
            return .underWay
        }
        var applier = applier
        applier.returned = try takeBack(record, reason: action, change, in: writer)
        applier.isProvisional = true
        return try settle(
            record, lines: lines, fields: fields, applier: applier, by: actor, action: action, changes, in: writer)
    }

    /// Whether the decisions of a case say what the rule says now.
    func stands(_ lines: [JudgedLine], of record: CaseRecord, in reader: any StoreReader) throws -> Bool {
        let rows = try reader.all(
            "SELECT line, assessed, code, keeps FROM decision WHERE case_id = $1 AND state = 'standing'",
            [.id(record.id)]
        ) { (line: Int($0.int(0)), assessed: $0.money(1), code: $0.textOrNil(2), keeps: $0.text(3)) }
        guard !rows.isEmpty else { return false }
        let byLine = Dictionary(rows.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
        return lines.allSatisfy { line in
            guard let row = byLine[line.intake.line] else { return !line.judgement.gives }
            let judged = line.judgement
            return judged.gives && row.assessed == judged.amount && row.keeps == Value.map(judged.keeps).json
        }
    }

    /// What was held for a case is let go and its decisions are reversed; its claims stay: it goes on. Returns what came free of each
    /// fund line.
    func takeBack(_ record: CaseRecord, reason: String, _ change: ChangeContext, in writer: any StoreWriter) throws
        -> [String: Money]
    {
        let held = try Entitlements.of(record.id, in: writer).filter { [.queued, .held].contains($0.state) }
        if !held.isEmpty {
            try Entitlements.release(held.map(\.id), reason: reason, about: record.id.text, change, in: writer)
        }
        try writer.execute(
            "UPDATE decision_row SET state = 'reversed', revision = revision + 1 WHERE case_id = $1 AND state = 'standing'",
            [.id(record.id)])
        return Entitlements.byLine(held)
    }

    /// A decision that has been held becomes final: what its stage gives may be paid.
    func finalize(
        _ record: CaseRecord, applier: Applier, by actor: Actor, action: String, _ changes: Cases.Changes,
        in writer: any StoreWriter
    ) throws -> CaseState {
        let change = applier.change
        let form = applier.context.form
        let reached = try CaseStages.reached(by: record.id, in: writer)
        let all = try Entitlements.of(record.id, in: writer)
        let (due, notDue) = Corridor.open(all, form, reached)
        let ready = due.filter { $0.state == .held }.map(\.id)
        if !ready.isEmpty { try Entitlements.approve(ready, about: record.id.text, change, in: writer) }
        let rest = notDue.map(\.id)
        let isEnd = form.stage(record.stage)?.isEnd ?? true
        if isEnd, !rest.isEmpty {
            try Entitlements.release(rest, reason: "stage_end", about: record.id.text, change, in: writer)
        }
        let waits = !due.isEmpty || (!isEnd && !rest.isEmpty)
        let state = waits ? CaseState.approved : .done
        try Cases.move(record, to: state, action: action, by: actor, changes, change: change, in: writer)
        try MemberMessage.tellCodes(record, form, change, in: writer)
        return state
    }
}

extension Cases {
    /// Notes the stage that a case has come to; where it is in review doesn't change.
    static func enter(
        _ record: CaseRecord, action: String, by actor: Actor, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        let changed = try writer.execute(
            """
            UPDATE case_file SET stage = $1, due_at = $2, version = version + 1, updated_at = $3 WHERE id = $4 \
            AND state = $5 AND version = $6
            """,
            [
                .optional(record.stage), .instant(record.due), .instant(change.now), .id(record.id),
                .text(record.state.rawValue), .int(record.version),
            ])
        guard changed == 1 else {
            throw NiangjiaError(
                .conflict, zh: "这份申请刚刚被别人处理过,请刷新后再试", en: "somebody has just dealt with this case; look again")
        }
        try step(
            record.id, from: record.state.rawValue, to: record.state.rawValue, action: action, by: actor, level: nil,
            note: nil, change: change, in: writer)
    }
}
