/// What taking one person out of a run came to.
public struct TakenOut: Sendable {
    /// The decision.
    public var decision: Decisions.Row
    /// What was held for them and is free again.
    public var released: Money
    /// What had been paid and is claimed back (追回).
    public var claimed: Money
    /// Who had taken them out before, where nothing but that a run may judge them anew has changed; nil: they are out by this.
    public var before: Revocation?
}

extension FormContext {
    /// Who of a range of subjects a person took out of the program's runs of this form, and nobody has let in again.
    func takenOut(_ kind: SubjectKind, from first: Int64, to last: Int64, in reader: any StoreReader) throws
        -> Set<Int64>
    {
        var out: Set<Int64> = []
        try reader.forEach(
            """
            SELECT d.subject, v.cause FROM revocation v JOIN decision_row d ON d.id = +v.decision
            JOIN decision_terms t ON t.id = d.terms WHERE v.cause IN ('withdrawn', 'mistaken') AND t.program = $1
            AND t.form = $2 AND t.subject_kind = $3 AND d.subject >= $4 AND d.subject <= $5 ORDER BY v.id
            """,
            [.text(program.id), .text(form.name), .text(kind.rawValue), .int(first), .int(last)]
        ) { row in
            if row.text(1) == Revocation.Cause.withdrawn.rawValue {
                out.insert(row.int(0))
            } else {
                out.remove(row.int(0))
            }
            return true
        }
        return out
    }
}

extension Corridor {
    /// Takes one person out of what a run decided (decision 0068): what is held for them is released, what was paid becomes a claim,
    /// and who waits is off the list. Later runs of the form leave them alone unless `again`; said of somebody who is out already,
    /// `again` lets the next run judge them anew; that once said, nobody unsays it.
    ///
    /// Throws `conflict` for what an application was granted, has been handed over, is with the bank or has fallen already; `forbidden`
    /// where it was paid, for anybody but a treasurer or program administrator who neither decided the run nor is related.
    ///
    /// - Parameter reason: told to the member and written into the chain.
    public func takeOut(_ id: ID<Decision>, because reason: String, again: Bool, by actor: Actor) async throws
        -> TakenOut
    {
        try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            let row = try Decisions.load(id, in: writer)
            guard row.caseID == nil, row.run != nil else { throw Corridor.ofCase(row) }
            let revocation = Revocation(
                decision: id, at: change.now, actor: actor.account, cause: again ? .mistaken : .withdrawn,
                code: HostReason.withdrawn, params: ["why": .text(reason)], keep: .zero)
            let revoker = Revoker(change, by: actor)
            var taken = TakenOut(decision: row, released: .zero, claimed: .zero)
            switch row.state {
            case "standing":
                let entitlements = try Entitlements.of(id, in: writer)
                try Corridor.checkMoney(entitlements, of: row, by: actor, in: writer)
                guard try revoker.revoke(revocation, in: writer) else { throw Corridor.cannotTakeOut(row) }
                for before in entitlements {
                    let now = try Entitlements.load(before.id, in: writer)
                    taken.claimed += now.claimed - before.claimed
                    if now.state == .released, ![.released, .queued].contains(before.state) {
                        taken.released += before.amount
                    }
                }
            case "waitlisted", "open":
                guard try revoker.takeOff(revocation, in: writer) else { throw Corridor.cannotTakeOut(row) }
            default:
                // Out already: only that a run may judge them anew is said afterwards, and only in so many words.
                guard again, let last = try Revocation.of(id, in: writer).first, last.cause == .withdrawn else {
                    throw Corridor.cannotTakeOut(row)
                }
                try revoker.note(revocation, nil, in: writer)
                taken.before = last
            }
            taken.decision = try Decisions.load(id, in: writer)
            return taken
        }
    }

    /// Refuses what is with the bank; of what was paid, whoever decided it, is related, or may not claim money back.
    private static func checkMoney(
        _ entitlements: [Entitlement], of row: Decisions.Row, by actor: Actor, in reader: any StoreReader
    ) throws {
        if entitlements.contains(where: { [.batched, .exported].contains($0.state) }) {
            throw NiangjiaError(
                .conflict, zh: "这笔待遇已列入支付批次:请先作废批次(niangjia batch void),或待银行回盘后再取消。",
                en:
                    "It is in a payment batch: void the batch first (niangjia batch void), or wait for the bank's result.",
                place: "/decision")
        }
        guard entitlements.contains(where: { [.paid, .clawedBack].contains($0.state) }) else { return }
        guard CaseAction.claims.contains(where: actor.may) else {
            throw NiangjiaError(
                .forbidden, zh: "已经支付:取消即为追回,须由财务或项目管理员办理。",
                en: "It has been paid: taking it back is a claim, which takes a treasurer or a program administrator.")
        }
        let decider = try reader.first("SELECT actor FROM run WHERE id = $1", [.id(row.run)]) { $0.text(0) }
        let own = try AccountPersons.expand([actor.account], in: reader)
        let related =
            try reader.integer(
                """
                SELECT COUNT(*) FROM person a JOIN person b ON b.id = a.id OR b.household = a.household
                WHERE a.id = $1 AND b.id = $2
                """, [.int(row.subject.kind == .person ? row.subject.id : 0), .id(actor.person)]) ?? 0
        guard decider.map({ !own.contains($0) }) ?? true, related == 0 else {
            throw NiangjiaError(
                .forbidden, zh: "已经支付:须由另一人追回,核定的人、本人和亲属不能办理。",
                en: "It has been paid: another person must claim it back, neither who decided the run nor a relative.")
        }
    }

    private static func ofCase(_ row: Decisions.Row) -> NiangjiaError {
        let id = row.caseID?.text ?? "-"
        return NiangjiaError(
            .conflict, zh: "这是申请 \(id) 的核定:请办理该申请(niangjia case advance \(id) withdraw、reject 或 claw_back)。",
            en:
                "This was decided for the application \(id): move that one (niangjia case advance \(id) withdraw, reject or claw_back).",
            place: "/decision")
    }

    private static func cannotTakeOut(_ row: Decisions.Row) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "这项核定已发放、已取消或已被新的核定代替(\(row.state)),不能取消。",
            en: "It has been handed over, has fallen already, or a later decision took its place (\(row.state)).",
            place: "/decision")
    }
}
