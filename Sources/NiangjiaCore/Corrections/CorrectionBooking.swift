/// A stored line of a correction on its way into the books.
struct CorrectionRow: Sendable {
    var n: Int64
    var decision: ID<Decision>
    var decisionRevision: Int64
    var entitlement: ID<Entitlement>
    var basis: Int64
    var before: Money
    var target: Money
}

/// The lines of funds that a supplement is paid from: in the program's own order, as any grant.
enum CorrectionFunds {
    static func state(_ funding: [Funding], in reader: any StoreReader) throws -> SettleState {
        SettleState(available: try Ledger.available(lines: funding.map(\.line), in: reader))
    }

    /// How much of what steps add the funds don't have.
    static func missing(
        for steps: [(form: String, step: CorrectionStep)], of program: String, _ bundle: Bundle,
        in reader: any StoreReader
    ) throws -> Money {
        // Forms of a program mostly share their lines: what one takes the others don't have.
        var shared = SettleState(available: [:])
        var missing = Money.zero
        for (form, step) in steps where step.kind == .supplement || step.kind == .raise {
            let funding = try FormContext(bundle: bundle, program: program, form: form).rules.funding
            let unknown = funding.map(\.line).filter { shared.available[$0] == nil }
            if !unknown.isEmpty {
                shared.available.merge(try Ledger.available(lines: unknown, in: reader)) { first, _ in first }
            }
            if splits(of: step.amount, funding, &shared) == nil { missing += step.amount }
        }
        return missing
    }

    /// Takes an amount from the state; nil where it isn't there in full.
    static func splits(of amount: Money, _ funding: [Funding], _ state: inout SettleState) -> [Outcome.Split]? {
        var line = SettleLine(judgement: Judgement(.grant, amount))
        line.funding = funding
        line.short = .refuse
        line.draws = true
        let outcome = Settle.settle([line], against: &state)[0]
        return outcome.stands ? outcome.splits : nil
    }
}

/// Books lines of an approved correction, in one transaction.
struct CorrectionBooking {
    private let correction: Correction
    private let context: FormContext
    private let change: ChangeContext

    init(_ correction: Correction, _ context: FormContext, _ change: ChangeContext) {
        self.correction = correction
        self.context = context
        self.change = change
    }

    func book(_ rows: [CorrectionRow], in writer: any StoreWriter) throws {
        let funding = context.rules.funding
        let state = Guarded(try CorrectionFunds.state(funding, in: writer))
        var revisions = EntitlementRevisions(
            about: correction.id.text, memo: "更正 \(correction.id)", change
        ) { amount in
            let splits = state.withLock { CorrectionFunds.splits(of: amount, funding, &$0) }
            guard let splits else {
                throw NiangjiaError(
                    .insufficientFunds, zh: "补发 \(amount) 元的资金不足:其余更正待资金到位后再次批准即可继续。",
                    en:
                        "There isn't the money for a supplement of \(amount) yuan: approve again to go on when there is."
                )
            }
            return splits
        }
        var cases: Set<ID<CaseFile>> = []
        for (decision, lines) in Dictionary(grouping: rows, by: \.decision).sorted(by: { $0.key < $1.key }) {
            guard let caseID = try book(decision, lines, &revisions, in: writer) else { continue }
            cases.formUnion(caseID)
        }
        try revisions.book(in: writer)
        for id in cases.sorted() { try tell(id, in: writer) }
    }

    /// Returns the decision's case, if it has one; nil where the decision changed meanwhile and is left as it is.
    private func book(
        _ decision: ID<Decision>, _ lines: [CorrectionRow], _ revisions: inout EntitlementRevisions,
        in writer: any StoreWriter
    ) throws -> Set<ID<CaseFile>>? {
        let chains = try Entitlements.chains(of: decision, in: writer)
        var planned: [(CorrectionRow, EntitlementChain, [CorrectionStep])] = []
        for line in lines {
            guard let chain = chains.first(where: { $0.rows[0].id == line.entitlement }), chain.stands == line.before,
                let steps = chain.steps(to: line.target)
            else { return try leave(lines, in: writer) }
            planned.append((line, chain, steps))
        }
        let changed = lines.reduce(Money.zero) { $0 + $1.target - $1.before }
        guard try changed <= .zero || fitsCaps(decision, adding: changed, in: writer) else {
            return try leave(lines, in: writer)
        }
        let stands = chains.reduce(Money.zero) { $0 + $1.stands } + changed
        try DecisionRows.unpack(decision, in: writer)
        // The one condition on which a decision is corrected once: nothing has happened to it since it was compared.
        let moved = try writer.first(
            """
            UPDATE decision_row SET kept = $1, state = $2, revision = revision + 1
            WHERE id = $3 AND revision = $4 AND state IN ('standing', 'annulled') RETURNING case_id
            """,
            [
                .money(stands), .text((stands == .zero ? DecisionState.annulled : .standing).rawValue), .id(decision),
                .int(lines[0].decisionRevision),
            ]
        ) { $0.idOrNil(0, CaseFile.self) }
        guard let moved else { return try leave(lines, in: writer) }
        for (line, chain, steps) in planned {
            try revisions.apply(steps, to: chain, in: writer)
            try writer.execute(
                "UPDATE correction_line SET state = 'booked', booked_at = $1 WHERE correction = $2 AND n = $3 AND state = 'pending'",
                [.instant(change.now), .id(correction.id), .int(line.n)])
        }
        return moved.map { [$0] } ?? []
    }

    /// Whether the caps that a decision shares with others still hold so much more: they were looked at when it was proposed, and
    /// whoever was granted something since has taken of them.
    private func fitsCaps(_ decision: ID<Decision>, adding amount: Money, in reader: any StoreReader) throws -> Bool {
        let line = try reader.first(
            "SELECT subject_kind, subject, household, on_date FROM decision WHERE id = $1", [.id(decision)]
        ) { row -> GatheredLine? in
            SubjectKind(rawValue: row.text(0)).map {
                GatheredLine(
                    subject: SubjectRef($0, row.int(1)), household: row.intOrNil(2), home: nil, serving: nil,
                    onDate: row.date(3), submittedAt: change.now, missing: [], row: nil, revisions: FactRevisions())
            }
        }
        guard let line = line ?? nil else { return false }
        return try Admission(context: context, crypto: change.crypto).caps(for: line, in: reader).allSatisfy {
            $0.used + amount <= $0.cap
        }
    }

    private func leave(_ lines: [CorrectionRow], in writer: any StoreWriter) throws -> Set<ID<CaseFile>>? {
        for line in lines {
            try writer.execute(
                "UPDATE correction_line SET state = 'stale', booked_at = $1 WHERE correction = $2 AND n = $3",
                [.instant(change.now), .id(correction.id), .int(line.n)])
        }
        return nil
    }

    /// The case's steps tell of it; one that was done is open again while something of it is to be paid.
    private func tell(_ id: ID<CaseFile>, in writer: any StoreWriter) throws {
        let record = try Cases.load(id, in: writer)
        let note = correction.id.text
        let open = try Entitlements.of(id, in: writer).contains { $0.state == .approved }
        if record.state == .done, open {
            return try Cases.move(
                record, to: .approved, action: "correct", by: .host, note: note, change: change, in: writer)
        }
        try writer.execute(
            "UPDATE case_file SET version = version + 1, updated_at = $1 WHERE id = $2",
            [.instant(change.now), .id(id)])
        try Cases.step(
            id, from: record.state.rawValue, to: record.state.rawValue, action: "correct", by: .host, level: nil,
            note: note, change: change, in: writer)
    }
}

extension Corrections {
    /// Lines that are still to be booked, whole decisions at a time.
    static func pending(of id: ID<Correction>, limit: Int64, in reader: any StoreReader) throws -> [CorrectionRow] {
        let found = try reader.all(
            """
            SELECT n, decision, decision_revision, entitlement, basis, stood, target FROM correction_line
            WHERE correction = $1 AND state = 'pending' ORDER BY n LIMIT $2
            """, [.id(id), .int(min(limit, .max - 1))]
        ) { row in
            CorrectionRow(
                n: row.int(0), decision: row.id(1), decisionRevision: row.int(2), entitlement: row.id(3),
                basis: row.int(4), before: row.money(5), target: row.money(6))
        }
        guard Int64(found.count) == limit, let last = found.last?.decision, found.first?.decision != last else {
            return found
        }
        // The last decision's lines may go on in the next chunk.
        return found.filter { $0.decision != last }
    }

    /// The entitlement of a line with its revisions; nil where it is gone.
    static func chain(of line: CorrectionRow, in reader: any StoreReader) throws -> EntitlementChain? {
        try Entitlements.chains(of: line.decision, in: reader).first { $0.rows[0].id == line.entitlement }
    }

    /// The accounts of those who are paid by a correction.
    static func payees(of id: ID<Correction>, in reader: any StoreReader) throws -> Set<String> {
        Set(
            try reader.all(
                """
                SELECT a.id FROM correction_line l JOIN entitlement e ON e.id = l.entitlement
                JOIN account a ON a.person = e.payee WHERE l.correction = $1 AND e.payee_kind = 'person'
                """, [.id(id)]
            ) { $0.text(0) })
    }
}
