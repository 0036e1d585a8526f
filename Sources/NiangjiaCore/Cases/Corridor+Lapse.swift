extension Corridor {
    /// Lets goods fall that nobody has come for: `delivery.within_days` after they were granted, or the last of them after waiting for
    /// money, or after the date of `delivery.until`. What still waits for money falls with them. The money is free again, the
    /// place goes to who waits, and they may ask anew; of what was collected in part, that part stays. Returns how many.
    @discardableResult
    public func lapseDeliveries(program: String, form: String) async throws -> Int {
        let today = clock.now().date
        let rows = try await store.read { reader in
            try reader.all(
                """
                SELECT d.id, d.decided_at, d.case_id, COALESCE(c.bundle, r.bundle), d.line,
                (SELECT MAX(q.ended_at) FROM entitlement_row s JOIN money_queue q ON q.entitlement = s.id \
                WHERE s.decision = d.id AND s.state <> 'released'), \
                o.path FROM decision d \
                LEFT JOIN case_file c ON c.id = d.case_id LEFT JOIN run r ON r.id = d.run \
                LEFT JOIN organization o ON o.id = COALESCE(c.serving_organization, c.unit, d.home_organization) \
                WHERE d.program = $1 AND d.form = $2 AND d.state = 'standing' AND EXISTS (SELECT 1 FROM entitlement e \
                WHERE e.decision = d.id AND e.kind = 'goods' AND e.state = 'approved') ORDER BY d.id
                """, [.text(program), .text(form)]
            ) { row in
                Uncollected(
                    decision: row.id(0), decidedOn: row.instant(1).date, caseID: row.idOrNil(2), digest: row.text(3),
                    line: Int(row.int(4)), servedOn: row.instantOrNil(5)?.date,
                    path: OrganizationPaths.codes(in: row.textOrNil(6)))
            }
        }
        var contexts: [String: FormContext] = [:]
        var lapsed = 0
        for one in rows {
            if contexts[one.digest] == nil {
                let bundle = try await bundles.bundle(digest: one.digest)
                contexts[one.digest] = try FormContext(bundle: bundle, program: program, form: form)
            }
            guard let context = contexts[one.digest], let last = try await lastDay(of: one, context), last < today
            else { continue }
            let isNew = try await store.write(.batch) { writer in
                let change = self.change(by: .host)
                // What is in somebody's hands stays, and with it that they had it.
                let collected = try Entitlements.of(one.decision, in: writer).filter { $0.state == .delivered }
                let revocation = Revocation(
                    decision: one.decision, at: change.now, actor: Actor.host.account, cause: .lapse,
                    code: HostReason.notCollected, params: ["last": .text(last.description)],
                    keep: collected.reduce(.zero) { $0 + $1.amount - $1.claimed })
                return try Revoker(change, by: .host).revoke(revocation, in: writer)
            }
            lapsed += isNew ? 1 : 0
        }
        return lapsed
    }

    /// The last day on which it may be collected: the earlier of both bounds; nil where there is none.
    private func lastDay(of one: Uncollected, _ context: FormContext) async throws -> CivilDate? {
        guard let delivery = context.form.delivery else { return nil }
        let days: Int64? =
            switch delivery.withinDays {
            case .literal(let n): n
            case .setting(let name):
                context.rules.settings(on: one.decidedOn, organizationPath: one.path)[name]?.int
            case nil: nil
            }
        var last = days.map { (one.servedOn ?? one.decidedOn) + Int($0) }
        guard let path = delivery.until, let id = one.caseID else { return last }
        let record = try await store.read { try Cases.load(id, in: $0) }
        let intake = try await intake(of: record, context)
        guard let line = intake.lines.first(where: { $0.line == one.line }) else { return last }
        let form = FormPath(context, line, household: nil, intake: intake)
        if let until = try await store.read({ try form.value(path, in: $0)?.date }) { last = min(last ?? until, until) }
        return last
    }
}

/// A decision some of whose goods wait to be collected.
private struct Uncollected: Sendable {
    var decision: ID<Decision>
    var decidedOn: CivilDate
    var caseID: ID<CaseFile>?
    /// Of the bundle that it was decided under.
    var digest: String
    /// The line of its case.
    var line: Int
    /// When the last of it that had waited for money was served; nil: nothing had to wait.
    var servedOn: CivilDate?
    /// Whose settings hold, from the root down: where the case is served, the unit that asks, or the union of whom it is about.
    var path: [String]
}
