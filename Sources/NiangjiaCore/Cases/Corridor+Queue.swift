/// Serving those who wait for money (`short: queue`, decision 0082).
extension Corridor {
    /// Holds what programs owe to those who wait for their money, first come first: as long as there is enough for the whole of what
    /// the first of a program waits for. Whoever comes later waits behind them, whatever there is. Returns how many were served.
    @discardableResult
    public func serveQueues() async throws -> Int {
        var served = 0
        for program in try await store.read({ try MoneyQueue.programs(in: $0) }) {
            if try await isSuspended(program) { continue }
            while let head = try await store.read({ try MoneyQueue.head(of: program, in: $0) }),
                try await serve(head)
            {
                served += 1
            }
        }
        return served
    }

    /// Serves the first of a program; false where there isn't the money, or somebody has just dealt with it.
    private func serve(_ seen: Entitlement) async throws -> Bool {
        guard let context = try await context(of: seen.decision),
            // Nobody else waits for a write that would come to nothing.
            try await store.read({ try Corridor.splits(for: seen, context, in: $0) }) != nil
        else { return false }
        return try await store.write(.batch) { writer in
            guard let head = try MoneyQueue.head(of: seen.program, in: writer), head.id == seen.id,
                let splits = try Corridor.splits(for: head, context, in: writer)
            else { return false }
            let change = self.change(by: .host)
            let record = try head.caseID.map { try Cases.load($0, in: writer) }
            let about = record?.id.text ?? head.decision.text
            try Entitlements.serve(head, splits, about: about, change, in: writer)
            if try Corridor.isDue(head, record, context, in: writer) {
                try Entitlements.approve([head.id], about: about, change, in: writer)
            }
            if let record { try Corridor.tellServed(record, head, change, in: writer) }
            return true
        }
    }

    /// The form as the decision was made under it.
    private func context(of decision: ID<Decision>) async throws -> FormContext? {
        let found = try await store.read { reader in
            try reader.first(
                """
                SELECT d.program, d.form, COALESCE(c.bundle, r.bundle) FROM decision d
                LEFT JOIN case_file c ON c.id = d.case_id LEFT JOIN run r ON r.id = d.run WHERE d.id = $1
                """, [.id(decision)]
            ) { (program: $0.text(0), form: $0.text(1), bundle: $0.text(2)) }
        }
        guard let found else { return nil }
        let bundle = try await bundles.bundle(digest: found.bundle)
        return try FormContext(bundle: bundle, program: found.program, form: found.form)
    }

    /// From which lines it comes; nil where there isn't enough.
    private static func splits(for one: Entitlement, _ context: FormContext, in reader: any StoreReader) throws
        -> [Outcome.Split]?
    {
        // A fee draws nothing.
        guard one.kind != .fee else { return [Outcome.Split(line: one.shares[0].line, amount: one.amount)] }
        var state = try CorrectionFunds.state(context, in: reader)
        return CorrectionFunds.splits(of: one.amount, context, &state)
    }

    /// Whether it may be paid as soon as it is held.
    private static func isDue(
        _ one: Entitlement, _ record: CaseRecord?, _ context: FormContext, in reader: any StoreReader
    ) throws -> Bool {
        // What is still in review, on notice or sent back becomes due when its case is final.
        guard record.map({ [.approved, .done].contains($0.state) }) ?? true else { return false }
        let reached = try record.map { record in
            try reader.all("SELECT stage FROM case_stage WHERE case_id = $1 AND whole = 1", [.id(record.id)]) {
                $0.text(0)
            }
        }
        return isDue(context.form.gives.when(of: one.ownPart), Set(reached ?? []))
    }

    private static func tellServed(
        _ record: CaseRecord, _ one: Entitlement, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        try writer.execute(
            "UPDATE case_file SET version = version + 1, updated_at = $1 WHERE id = $2",
            [.instant(change.now), .id(record.id)])
        try Cases.step(
            record.id, from: record.state.rawValue, to: record.state.rawValue, action: "serve_queue", by: .host,
            level: nil, note: "\(one.amount)", change: change, in: writer)
    }
}
