/// Serving those who wait for money (`short: queue`, decision 0082).
extension Corridor {
    /// The most that are served of a program in one round: others' work isn't kept waiting, and the next round goes on.
    private static let mostServed = 500

    /// Holds what programs owe to those who wait for their money, first come first: as long as there is enough for the whole of what
    /// the first of a program waits for. Whoever comes later waits behind them, whatever there is. Returns how many were served.
    ///
    /// Throws the first program's error, if any, when all others have been looked at.
    @discardableResult
    public func serveQueues() async throws -> Int {
        var served = 0
        var first: (program: String, error: any Error)?
        for program in try await store.read({ try MoneyQueue.programs(in: $0) }) {
            do {
                served += try await serveQueue(of: program)
            } catch let error as CancellationError {
                throw error
            } catch {
                first = first ?? (program, error)
            }
        }
        if let first {
            let error = NiangjiaError(first.error)
            throw NiangjiaError(
                error.code, zh: "项目 \(first.program) 的资金排队未能处理:\(error.message.zh)",
                en: "the queue for the money of \(first.program) could not be served: \(error.message.en)",
                cause: error.cause)
        }
        return served
    }

    /// Serves a program's forms in the order of their turns. One whose first can't be served has its lines kept for them.
    private func serveQueue(of program: String) async throws -> Int {
        guard try await !isSuspended(program) else { return 0 }
        let inForce = try await bundles.active().programs[program]
        var served = 0
        var kept: Set<String> = []
        var passed: Set<String> = []
        while served < Corridor.mostServed {
            let heads = try await store.read { try MoneyQueue.heads(of: program, in: $0) }
            guard let next = heads.first(where: { !passed.contains($0.form) }) else { break }
            let seen = try await store.read { try Entitlements.load(next.entitlement, in: $0) }
            guard let own = try await context(of: seen.decision) else { break }
            // As it is funded today; by the rules of its own decision where the program isn't there any more.
            let today = inForce?.rules(for: next.form).funding ?? []
            let funding = today.isEmpty ? own.rules.funding : today
            let lines = funding.map(\.line)
            if kept.isDisjoint(with: lines), try await serve(next, seen, funding, own) {
                served += 1
            } else {
                kept.formUnion(lines)
                passed.insert(next.form)
            }
        }
        return served
    }

    /// Serves the first of a form; false where there isn't the money, or somebody has just dealt with it.
    private func serve(_ next: MoneyQueue.Head, _ seen: Entitlement, _ funding: [Funding], _ own: FormContext)
        async throws -> Bool
    {
        // Nobody else waits for a write that would come to nothing.
        guard try await store.read({ try Corridor.splits(for: seen, funding, in: $0) }) != nil else { return false }
        return try await store.write(.batch) { writer in
            guard try MoneyQueue.head(of: seen.program, form: next.form, in: writer) == next else { return false }
            let head = try Entitlements.load(next.entitlement, in: writer)
            guard let splits = try Corridor.splits(for: head, funding, in: writer) else { return false }
            let change = self.change(by: .host)
            let record = try head.caseID.map { try Cases.load($0, in: writer) }
            let about = record?.id.text ?? head.decision.text
            try Entitlements.serve(head, splits, about: about, change, in: writer)
            if try Corridor.isDue(head, record, own, in: writer) {
                try Entitlements.approve([head.id], about: about, change, in: writer)
            }
            if let record { try Corridor.tellServed(record, head, own.form, change, in: writer) }
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
    private static func splits(for one: Entitlement, _ funding: [Funding], in reader: any StoreReader) throws
        -> [Outcome.Split]?
    {
        // A fee draws nothing.
        guard one.kind != .fee else { return [Outcome.Split(line: one.shares[0].line, amount: one.amount)] }
        var state = try CorrectionFunds.state(funding, in: reader)
        return CorrectionFunds.splits(of: one.amount, funding, &state)
    }

    /// Whether it may be paid as soon as it is held.
    private static func isDue(
        _ one: Entitlement, _ record: CaseRecord?, _ context: FormContext, in reader: any StoreReader
    ) throws -> Bool {
        // What is still in review, on notice or sent back becomes due when its case is final.
        guard record.map(isDecided) ?? true else { return false }
        let reached = try record.map { record in
            try reader.all("SELECT stage FROM case_stage WHERE case_id = $1 AND whole = 1", [.id(record.id)]) {
                $0.text(0)
            }
        }
        return isDue(context.form.gives.when(of: one.ownPart), Set(reached ?? []))
    }

    /// Whether what a case was granted is final.
    private static func isDecided(_ record: CaseRecord) -> Bool { [.approved, .done].contains(record.state) }

    private static func tellServed(
        _ record: CaseRecord, _ one: Entitlement, _ form: FormDefinition, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        try writer.execute(
            "UPDATE case_file SET version = version + 1, updated_at = $1 WHERE id = $2",
            [.instant(change.now), .id(record.id)])
        try Cases.step(
            record.id, from: record.state.rawValue, to: record.state.rawValue, action: "serve_queue", by: .host,
            level: nil, note: "\(one.amount)", change: change, in: writer)
        // Of what isn't final yet they hear when the case is approved.
        guard isDecided(record) else { return }
        try MemberMessage.tellServed(one, of: record, change, in: writer)
        try MemberMessage.tellCodes(record, form, change, in: writer)
    }
}
