/// Something granted that falls: by a recheck, an action, a person, a death, or because nobody came for it in time.
public struct Revocation: Sendable {
    /// What let it fall.
    public enum Cause: String, Sendable {
        case recheck, action, lapse
        /// A person took it out of a run; later runs of the form leave its subject alone (decision 0068).
        case withdrawn
        /// A person took it out of a run, or said so later: the next run judges its subject anew.
        case mistaken
        /// Whom it was for has died before they used it (decision 0089).
        case death
    }

    /// The decision that fell.
    public var decision: ID<Decision>
    /// When.
    public var at: Instant
    /// The account, or the host.
    public var actor: String
    /// What let it fall.
    public var cause: Cause
    /// The reason's code.
    public var code: String
    /// The reason's placeholders.
    public var params: [String: Value]
    /// What stays of it.
    public var keep: Money
    /// The call in the journal that said so.
    public var call: (id: ID<Call>, row: Int)?

    /// What has fallen of a decision, newest first.
    public static func of(_ id: ID<Decision>, in reader: any StoreReader) throws -> [Revocation] {
        try reader.all(
            """
            SELECT decision, at, actor, cause, code, params, keep, call, call_row FROM revocation WHERE decision = $1 \
            ORDER BY id DESC
            """, [.id(id)]
        ) { row in
            Revocation(
                decision: row.id(0), at: row.instant(1), actor: row.text(2),
                cause: Cause(rawValue: row.text(3)) ?? .action, code: row.text(4),
                params: try Value(json: row.text(5)).map ?? [:], keep: row.money(6),
                call: row.idOrNil(7, Call.self).map { ($0, Int(row.int(8))) })
        }
    }
}

/// Lets decisions fall: held money is released, paid money becomes a claim (追回), a fee is refunded, the place goes to who waits.
struct Revoker {
    let change: ChangeContext
    let actor: Actor

    init(_ change: ChangeContext, by actor: Actor) {
        self.change = change
        self.actor = actor
    }

    /// Lets a standing decision fall but for `keep`. Returns false, and changes nothing, where it has fallen so far already:
    /// saying it twice is saying it once.
    ///
    /// Throws `conflict` while something of it is with the bank: the next round takes it up again.
    func revoke(_ revocation: Revocation, in writer: any StoreWriter) throws -> Bool {
        let id = revocation.decision
        let found = try writer.first(
            "SELECT state, case_id, line, revision FROM decision WHERE id = $1", [.id(id)]
        ) { (state: $0.text(0), caseID: $0.idOrNil(1, CaseFile.self), line: $0.intOrNil(2), revision: $0.int(3)) }
        guard let found, found.state == "standing" else { return false }
        // A fee counts without what was given back of it: that is owed to the payer, whatever else falls.
        let entitlements = try Entitlements.of(id, in: writer).filter { $0.state != .released && !$0.isRefund }
        let stands = entitlements.reduce(Money.zero) { $0 + $1.amount - $1.claimed }
        // What is in somebody's hands can't fall any more.
        let isDelivered = !entitlements.isEmpty && entitlements.allSatisfy { $0.state == .delivered }
        guard !isDelivered, revocation.keep == .zero || revocation.keep < stands else { return false }
        try takeBack(entitlements, revocation, about: found.caseID?.text ?? id.text, in: writer)
        let state: DecisionState =
            revocation.keep > .zero ? .standing : revocation.cause == .lapse ? .lapsed : .reversed
        try DecisionRows.unpack(id, in: writer)
        let changed = try writer.execute(
            "UPDATE decision_row SET state = $1, kept = $2, revision = revision + 1 WHERE id = $3 AND revision = $4",
            [.text(state.rawValue), .money(revocation.keep), .id(id), .int(found.revision)])
        guard changed == 1 else { throw StaleFacts(lines: []) }
        try note(revocation, found.caseID, in: writer)
        guard revocation.keep == .zero else {
            if let caseID = found.caseID { try stay(caseID, revocation, in: writer) }
            return true
        }
        try writer.execute("DELETE FROM unique_claim WHERE decision = $1", [.id(id)])
        if let place = try Places.of(id, in: writer) { try Places.free(place, change, in: writer) }
        guard let caseID = found.caseID else { return true }
        try writer.execute(
            "DELETE FROM unique_claim WHERE case_id = $1 AND line = $2", [.id(caseID), .optional(found.line)])
        try Places.free(caseID, line: found.line.map { Int($0) }, change, in: writer)
        try follow(caseID, revocation, in: writer)
        return true
    }

    /// Takes somebody off a waiting list. False where they don't wait by this decision any more.
    func takeOff(_ revocation: Revocation, in writer: any StoreWriter) throws -> Bool {
        try DecisionRows.unpack(revocation.decision, in: writer)
        let changed = try writer.execute(
            """
            UPDATE decision_row SET state = 'reversed', revision = revision + 1 WHERE id = $1
            AND state IN ('waitlisted', 'open')
            """, [.id(revocation.decision)])
        guard changed == 1 else { return false }
        try note(revocation, nil, in: writer)
        return true
    }

    /// What is kept stays with what is delivered, which can't be taken back, then with the first entitlements; what waits for money
    /// goes first.
    private func takeBack(
        _ entitlements: [Entitlement], _ revocation: Revocation, about: String, in writer: any StoreWriter
    ) throws {
        let delivered = entitlements.filter { $0.state == .delivered }
        var rest = max(.zero, revocation.keep - delivered.reduce(.zero) { $0 + $1.amount - $1.claimed })
        let inOrder = entitlements.filter { $0.state != .queued } + entitlements.filter { $0.state == .queued }
        for one in inOrder where one.state != .delivered {
            let stands = one.amount - one.claimed
            let kept = min(rest, stands)
            rest -= kept
            guard kept < stands else { continue }
            try Entitlements.clawBack(
                one.id, keeping: kept, reason: revocation.code, about: about, change, in: writer)
        }
    }

    func note(_ revocation: Revocation, _ caseID: ID<CaseFile>?, in writer: any StoreWriter) throws {
        let params = Value.map(revocation.params)
        try writer.execute(
            """
            INSERT INTO revocation (id, decision, case_id, at, actor, cause, code, params, keep, call, call_row) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .id(change.ids.next(Revoked.self)), .id(revocation.decision), .id(caseID), .instant(change.now),
                .text(actor.account), .text(revocation.cause.rawValue), .text(revocation.code), .text(params.json),
                .money(revocation.keep), .id(revocation.call?.id), .optional(revocation.call.map { Int64($0.row) }),
            ])
        try change.record(
            "decision.revoked", about: revocation.decision.text,
            body: [
                "cause": .text(revocation.cause.rawValue), "code": .text(revocation.code), "params": params,
                "keep": .int(revocation.keep.fen),
                "call": revocation.call.map { .text($0.id.text) } ?? .null,
            ], in: writer)
    }

    /// A case that nothing stands of any more is revoked; another one stays what it is, and its steps tell.
    private func follow(_ id: ID<CaseFile>, _ revocation: Revocation, in writer: any StoreWriter) throws {
        let left = try writer.integer(
            "SELECT COUNT(*) FROM decision WHERE case_id = $1 AND state = 'standing'", [.id(id)])
        let record = try Cases.load(id, in: writer)
        let state: CaseState = revocation.cause == .lapse ? .lapsed : .revoked
        guard left == 0, record.state.next.contains(state) else { return try stay(id, revocation, in: writer) }
        try Cases.move(
            record, to: state, action: action(revocation), by: actor, note: revocation.code, change: change, in: writer)
        // What was the case's, not one line's.
        try writer.execute("DELETE FROM unique_claim WHERE case_id = $1", [.id(id)])
    }

    private func stay(_ id: ID<CaseFile>, _ revocation: Revocation, in writer: any StoreWriter) throws {
        let record = try Cases.load(id, in: writer)
        try writer.execute(
            "UPDATE case_file SET version = version + 1, updated_at = $1 WHERE id = $2",
            [.instant(change.now), .id(id)])
        try Cases.step(
            id, from: record.state.rawValue, to: record.state.rawValue, action: action(revocation), by: actor,
            level: nil,
            note: revocation.code, change: change, in: writer)
    }

    private func action(_ revocation: Revocation) -> String { revocation.cause == .lapse ? "lapse" : "revoke" }
}
