extension Corridor {
    /// Lets goods fall that nobody has come for: `delivery.within_days` after they were granted, or after the date of
    /// `delivery.until`. The money is free again, the place goes to who waits, and they may ask anew. Returns how many.
    @discardableResult
    public func lapseDeliveries(program: String, form: String) async throws -> Int {
        let today = clock.now().date
        let rows = try await store.read { reader in
            try reader.all(
                """
                SELECT d.id, d.decided_at, d.case_id, COALESCE(c.bundle, r.bundle), d.line FROM decision d \
                LEFT JOIN case_file c ON c.id = d.case_id LEFT JOIN run r ON r.id = d.run \
                WHERE d.program = $1 AND d.form = $2 AND d.state = 'standing' AND EXISTS (SELECT 1 FROM entitlement e \
                WHERE e.decision = d.id AND e.kind = 'goods' AND e.state = 'approved') ORDER BY d.id
                """, [.text(program), .text(form)]
            ) { ($0.id(0, Decision.self), $0.instant(1).date, $0.idOrNil(2, CaseFile.self), $0.text(3), $0.int(4)) }
        }
        var contexts: [String: FormContext] = [:]
        var lapsed = 0
        for (id, decidedOn, caseID, digest, line) in rows {
            if contexts[digest] == nil {
                let bundle = try await bundles.bundle(digest: digest)
                contexts[digest] = try FormContext(bundle: bundle, program: program, form: form)
            }
            guard let context = contexts[digest],
                let last = try await lastDay(of: context, decidedOn: decidedOn, caseID, line: Int(line)), last < today
            else { continue }
            let isNew = try await store.write(.batch) { writer in
                let change = self.change(by: .host)
                let revocation = Revocation(
                    decision: id, at: change.now, actor: Actor.host.account, cause: .lapse,
                    code: HostReason.notCollected,
                    params: ["last": .text(last.description)], keep: .zero, call: nil)
                return try Revoker(change, by: .host).revoke(revocation, in: writer)
            }
            lapsed += isNew ? 1 : 0
        }
        return lapsed
    }

    /// The last day on which it may be collected: the earlier of both bounds; nil where there is none.
    private func lastDay(of context: FormContext, decidedOn: CivilDate, _ id: ID<CaseFile>?, line number: Int)
        async throws
        -> CivilDate?
    {
        guard let delivery = context.form.delivery else { return nil }
        let days: Int64? =
            switch delivery.withinDays {
            case .literal(let n): n
            case .setting(let name): context.rules.settings(on: decidedOn, organizationPath: [])[name]?.int
            case nil: nil
            }
        var last = days.map { decidedOn + Int($0) }
        guard let path = delivery.until, let id else { return last }
        let record = try await store.read { try Cases.load(id, in: $0) }
        let intake = try await intake(of: record, context)
        guard let line = intake.lines.first(where: { $0.line == number }) else { return last }
        let form = FormPath(context, line, household: nil, intake: intake)
        if let until = try await store.read({ try form.value(path, in: $0)?.date }) { last = min(last ?? until, until) }
        return last
    }
}
