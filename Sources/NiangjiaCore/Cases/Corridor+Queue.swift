/// Serving those who wait for money: what is owed to them (`short: queue`, decision 0082), and the waiting list (0086).
extension Corridor {
    /// The most that are served of a program in one round: others' work isn't kept waiting, and the next round goes on.
    private static let mostServed = 500
    /// What a case's history calls that it was taken up for money that came.
    static let moneyCame = "money_came"

    /// Somebody who waits for a program's money.
    enum Waiter: Sendable {
        /// It was granted, and is owed to them.
        case owed(MoneyQueue.Head)
        /// Their case is on the waiting list, and decided again.
        case listed(WaitingCases.Head)

        var form: String {
            switch self {
            case .owed(let head): head.form
            case .listed(let head): head.form
            }
        }

        /// The first of each form, in the order in which they are served: each kind in its own, and between them whoever was there
        /// first. nil: the program is gone, and so is whoever would decide anew.
        static func heads(of id: String, _ program: Program?, on today: CivilDate, in reader: any StoreReader) throws
            -> [Waiter]
        {
            var owed = try MoneyQueue.heads(of: id, in: reader)[...]
            var listed = try program.map { try WaitingCases.heads(of: $0, on: today, in: reader) }?[...] ?? []
            var heads: [Waiter] = []
            while let next = owed.first {
                if let other = listed.first, other.turn.filedAt < next.turn.since {
                    heads.append(.listed(listed.removeFirst()))
                } else {
                    heads.append(.owed(owed.removeFirst()))
                }
            }
            return heads + listed.map { .listed($0) }
        }

        /// How many wait as this one does, by the same form.
        func count(of program: String, in reader: any StoreReader) throws -> Int64 {
            switch self {
            case .owed(let head): try MoneyQueue.count(of: program, form: head.form, in: reader)
            case .listed(let head): try WaitingCases.count(of: program, form: head.form, in: reader)
            }
        }
    }

    /// Serves those who wait for money, first come first: as long as there is enough for the first of a program. Whoever is owed it has
    /// the whole of what they wait for held; whoever is on the waiting list is decided on again. Whoever comes later waits behind them,
    /// whatever there is. Returns how many wait no more.
    ///
    /// Throws the first program's error, if any, when all others have been looked at.
    @discardableResult
    public func serveQueues() async throws -> Int {
        var served = 0
        var first: (program: String, error: any Error)?
        let programs = try await store.read {
            Set(try MoneyQueue.programs(in: $0) + WaitingCases.programs(in: $0)).sorted()
        }
        for program in programs {
            do {
                try await serveQueue(of: program, &served)
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
    private func serveQueue(of program: String, _ served: inout Int) async throws {
        guard try await !isSuspended(program) else { return }
        let inForce = try await bundles.active().programs[program]
        let (today, most) = (clock.now().date, served + Corridor.mostServed)
        var kept: Set<String> = []
        var passed: Set<String> = []
        var failure: (any Error)?
        while served < most {
            let heads = try await store.read { try Waiter.heads(of: program, inForce, on: today, in: $0) }
            guard let next = heads.first(where: { !passed.contains($0.form) }) else { break }
            var lines = inForce?.rules(for: next.form).funding.map(\.line) ?? []
            do {
                if try await serve(next, inForce, &lines, except: kept) {
                    served += 1
                    continue
                }
            } catch let error as CancellationError {
                throw error
            } catch {
                failure = failure ?? error
            }
            kept.formUnion(lines)
            passed.insert(next.form)
        }
        if let failure { throw failure }
    }

    /// Serves the first of a form, unless a line is kept for somebody before them. False where they weren't served.
    ///
    /// - Parameter lines: as the program in force funds the form; by the rules of its own decision where that isn't there any more.
    private func serve(_ next: Waiter, _ inForce: Program?, _ lines: inout [String], except kept: Set<String>)
        async throws -> Bool
    {
        switch next {
        case .owed(let head):
            guard let (seen, own, funding) = try await owed(head, inForce) else { return false }
            lines = funding.map(\.line)
            guard kept.isDisjoint(with: lines) else { return false }
            return try await serve(head, seen, funding, own)
        case .listed(let head):
            guard kept.isDisjoint(with: lines) else { return false }
            return try await takeUpWaiting(head.turn.id)
        }
    }

    /// What is owed to the first of a form, under which rules it was granted, and from which lines it is to come: those of today.
    func owed(_ head: MoneyQueue.Head, _ inForce: Program?) async throws
        -> (seen: Entitlement, own: FormContext, funding: [Funding])?
    {
        let seen = try await store.read { try Entitlements.load(head.entitlement, in: $0) }
        guard let own = try await context(of: seen.decision) else { return nil }
        let today = inForce?.rules(for: head.form).funding ?? []
        return (seen, own, today.isEmpty ? own.rules.funding : today)
    }

    /// Decides a case that waits again, where there is money for it. False where there isn't, or somebody has just dealt with it:
    /// nothing is written then.
    private func takeUpWaiting(_ id: ID<CaseFile>) async throws -> Bool {
        let seen = try await store.read { try Cases.head(id, in: $0) }
        guard let turn = seen.moneyTurn else { return false }
        let context = try await context(of: seen)
        var waiting = Applier(
            context: context, admission: Admission(context: context, crypto: crypto), change: change(by: .host))
        waiting.turn = turn
        let applier = waiting
        guard try await store.read({ try applier.reaches(id, in: $0) }) else { return false }
        do {
            _ = try await reconsider(id, as: Corridor.moneyCame, version: seen.version)
        } catch let error as NiangjiaError where [.conflict, .stale].contains(error.code) { return false }
        // Their facts may have changed, and others may have taken the money meanwhile.
        return try await store.read { try Cases.head(id, in: $0).moneyRank == nil }
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
        let reached = try record.map { try CaseStages.reached(by: $0.id, in: reader) }
        return isDue(context.form.gives.when(of: one.ownPart), reached ?? [])
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
