/// What places make of cases: entered, held, waiting or out, before anybody reviews them.
extension Applier {
    /// How a case goes on.
    enum Entry: Hashable {
        /// To review: no places are asked for, or it has them.
        case goesOn
        /// It waits to be decided together with all others.
        case entered
        /// No line has a place: the case is concluded as waiting or refused.
        case full
    }

    /// Enters the lines of a case, or takes their places, where that hasn't been done yet.
    func enter(_ record: CaseRecord, _ lines: [JudgedLine], fields: [String: Value], in writer: any StoreWriter) throws
        -> Entry
    {
        if lines.contains(where: { $0.judgement.kind == .keep }) {
            try schedule(record, record.program + "/" + record.form, at: context.judgedFrom ?? change.now, in: writer)
            return .entered
        }
        // A stage that frees has given the places back for good: later stages don't take them again.
        guard context.form.places != nil, try !hasFreed(record, in: writer) else { return .goesOn }
        let parties = Parties(applicant: record.applicant, unit: record.unit, fields: fields)
        let known = Dictionary(
            try Places.of(record.id, in: writer).map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
        var states: [PlaceState] = []
        for line in lines {
            let number = line.intake.line
            guard line.judgement.gives else {
                if let row = known[number] { try Places.free(row, change, in: writer) }
                continue
            }
            guard let pool = try context.pool(of: FormPath(context, line, parties), in: writer) else { continue }
            var row = known[number]
            if let old = row, old.pool != pool.key {
                try Places.free(old, change, in: writer)
                row = nil
            }
            if let row, row.state != .entered {
                states.append(row.state)
                continue
            }
            let rank = line.judgement.rank
            if let servedAt = pool.servedAt, try Allotment.of(pool.key, in: writer) == nil {
                try Places.enter(pool, record, line: number, rank: rank, change, in: writer)
                try schedule(record, pool.key, at: servedAt, in: writer)
                states.append(.entered)
            } else {
                // Who comes after all were served stands behind them.
                states.append(try Places.claim(pool, record, line: number, rank: rank, change, in: writer))
            }
        }
        if states.contains(.entered) { return .entered }
        return states.isEmpty || states.contains(.held) ? .goesOn : .full
    }

    /// Whether a case has come to a stage that gives its places back.
    private func hasFreed(_ record: CaseRecord, in reader: any StoreReader) throws -> Bool {
        let stages = context.form.stages.filter(\.frees).map(\.name)
        guard !stages.isEmpty else { return false }
        return try !CaseStages.reached(by: record.id, in: reader).isDisjoint(with: stages)
    }

    /// Where the lines of a case stand with their places.
    func standing(of id: ID<CaseFile>, in reader: any StoreReader) throws -> [Int: PlaceState] {
        guard context.form.places != nil else { return [:] }
        return Dictionary(
            try Places.of(id, in: reader).map { ($0.line, $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    /// The due row by which a case's pool is served, or its form judged.
    private func schedule(_ record: CaseRecord, _ subject: String, at due: Instant, in writer: any StoreWriter) throws {
        let body: Value = ["program": .text(record.program), "form": .text(record.form)]
        try Jobs.schedule(.allot, subject, at: due, body: body, change, in: writer)
    }
}

extension Corridor {
    /// Cases that one round of a job takes up, so that the scheduler's lease doesn't run out over it.
    static let slice = 500

    /// Serves a form's entrants whose time has come: judges them as of now, fixes each pool's list, gives the places in the
    /// declared order, and lets the cases go on. Done over many rounds where there are many; a round that was killed is done
    /// again. Returns whether nothing is left to do now.
    @discardableResult
    public func allot(program: String, form: String) async throws -> Bool {
        // It stays due, and is done when the program goes on.
        guard try await !isSuspended(program) else { return false }
        let context = try await formNow(program, form)
        let now = clock.now()
        if let from = context.judgedFrom, now < from {
            try await reschedule(context, context.program.id + "/" + context.form.name, at: from)
            return true
        }
        guard try await judgeEntered(context) else { return false }
        for pool in try await enteredPools(context) {
            // Later pools of the form have a due time of their own.
            if let servedAt = pool.servedAt, now < servedAt {
                try await reschedule(context, pool.key, at: servedAt)
                continue
            }
            let allotment = try await store.write(.batch) { writer in
                try Allotment.close(pool, context, self.change(by: .host), in: writer)
            }
            try await store.write(.batch) { writer in
                try Allotment.settle(allotment.id, self.change(by: .host), in: writer)
            }
        }
        return try await leaveEntered(context)
    }

    /// The public value of a draw has become known: the entrants are drawn, once. Throws `conflict` while entries are open, and
    /// when it has been drawn already.
    public func draw(_ id: ID<Allotted>, value: String, by actor: Actor) async throws -> Allotment {
        let value = value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !value.isEmpty, value.utf8.count <= 200 else {
            throw NiangjiaError(.invalid, zh: "请写出公开数值。", en: "The public value is missing.", place: "/value")
        }
        let allotment = try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            let allotment = try Allotment.load(id, in: writer)
            guard allotment.isDraw else {
                throw NiangjiaError(.conflict, zh: "这里按次序排名,不抽签。", en: "This is ranked, not drawn.")
            }
            guard let head = try allotment.head(in: writer) else {
                throw NiangjiaError(.busy, zh: "事件链尚未封存,请稍后再试。", en: "The chain isn't sealed yet; try again.")
            }
            let seed = Draw.seed(head: head.digest, value: value, crypto: self.crypto)
            let changed = try writer.execute(
                "UPDATE allotment SET value = $1, seed = $2 WHERE id = $3 AND state = 'closed' AND seed IS NULL",
                [.text(value), .text(seed), .id(id)])
            guard changed == 1 else {
                throw NiangjiaError(
                    .conflict, zh: "已经抽过签,不能再抽(种子 \(allotment.seed?.prefix(12) ?? ""))。",
                    en: "It has been drawn already; no draw repeats.")
            }
            try change.record(
                "places.drawn", about: id.text, body: ["value": .text(value), "seed": .text(seed)], in: writer)
            guard allotment.run == nil else { return try Allotment.load(id, in: writer) }
            try Allotment.settle(id, change, in: writer)
            try Jobs.schedule(
                .allot, allotment.program + "/" + allotment.form, at: change.now,
                body: ["program": .text(allotment.program), "form": .text(allotment.form)], change, in: writer)
            return try Allotment.load(id, in: writer)
        }
        if allotment.run == nil { _ = try await allot(program: allotment.program, form: allotment.form) }
        return allotment
    }

    /// Serves those who wait for a pool, as far as there are places, and takes their cases up again. Returns how many got one.
    @discardableResult
    public func promote(pool key: String) async throws -> Int {
        var served = 0
        var asked: Set<ID<CaseFile>> = []
        while let head = try await store.read({ try Places.head(of: key, in: $0) }), let id = head.caseID {
            let record = try await store.read { try Cases.load(id, in: $0) }
            let context = try await context(of: record)
            guard try await !isSuspended(record.program) else { break }
            // After the season nobody moves up any more.
            guard clock.now().date <= context.rules.season.to else { break }
            let intake = try await intake(of: record, context)
            if asked.insert(id).inserted, try await takeUpRemoved(id, intake, context) { continue }
            guard let line = intake.lines.first(where: { $0.line == head.line }) else { break }
            let path = FormPath(
                context, line, household: record.lines.first { $0.line == head.line }?.household, intake: intake)
            let isServed = try await store.write(.batch) { writer in
                guard let pool = try context.pool(of: path, in: writer) else { return false }
                return try Places.promote(head, count: pool.count, self.change(by: .host), in: writer)
            }
            guard isServed else { break }
            served += 1
        }
        // Whoever has a place by now and still waits goes on: also those whose turn came before the host was killed.
        let ready = try await store.read { reader in
            try reader.all(
                """
                SELECT DISTINCT c.id FROM place p JOIN case_file c ON c.id = p.case_id WHERE p.pool = $1 \
                AND p.state = 'held' AND c.state = 'waitlisted' ORDER BY c.id
                """, [.text(key)]
            ) { $0.id(0, CaseFile.self) }
        }
        for id in ready { try await takeUp(id) }
        return served
    }

    /// Takes up a case that waits for a place of something that was removed: judged again it comes back to be corrected, and waits
    /// no more. False where all that it names stands.
    private func takeUpRemoved(_ id: ID<CaseFile>, _ intake: Intake, _ context: FormContext) async throws -> Bool {
        let admission = Admission(context: context, crypto: crypto)
        guard try await store.read({ try admission.removedRecord(intake, in: $0) }) != nil else { return false }
        try await takeUp(id)
        return true
    }

    /// Takes a case up again. Where somebody else has just done so, it has gone on already.
    func takeUp(_ id: ID<CaseFile>) async throws {
        do {
            _ = try await reconsider(id)
        } catch let error as NiangjiaError where error.code == .conflict { return }
    }

    /// A form under the bundle in force.
    func formNow(_ program: String, _ form: String) async throws -> FormContext {
        try FormContext(bundle: try await bundles.active(), program: program, form: form)
    }

    private func reschedule(_ context: FormContext, _ subject: String, at due: Instant) async throws {
        let body: Value = ["program": .text(context.program.id), "form": .text(context.form.name)]
        try await store.write(.batch) { writer in
            try Jobs.schedule(.allot, subject, at: due, body: body, self.change(by: .host), in: writer)
        }
    }

    private func entered(_ context: FormContext, and condition: String, in reader: any StoreReader) throws -> [ID<
        CaseFile
    >] {
        try reader.all(
            """
            SELECT id FROM case_file c WHERE program = $1 AND form = $2 AND state = 'entered' AND \(condition) \
            ORDER BY id LIMIT \(Corridor.slice)
            """, [.text(context.program.id), .text(context.form.name)]
        ) { $0.id(0, CaseFile.self) }
    }

    /// Judges entered cases that nobody has judged yet (`judge_after`). Returns whether all have been.
    private func judgeEntered(_ context: FormContext) async throws -> Bool {
        guard context.judgedFrom != nil else { return true }
        let waiting = try await store.read { reader in
            try self.entered(
                context, and: "EXISTS (SELECT 1 FROM case_line l WHERE l.case_id = c.id AND l.awaits_rule = 1)",
                in: reader)
        }
        for id in waiting { try await takeUp(id) }
        return waiting.count < Corridor.slice
    }

    /// The pools for which somebody is entered.
    private func enteredPools(_ context: FormContext) async throws -> [PlacePool] {
        guard context.form.places != nil else { return [] }
        let firsts = try await store.read { reader in
            try reader.all(
                """
                SELECT MIN(case_id), pool FROM place WHERE program = $1 AND form = $2 AND state = 'entered' GROUP BY pool \
                ORDER BY pool
                """, [.text(context.program.id), .text(context.form.name)]
            ) { ($0.id(0, CaseFile.self), $0.text(1)) }
        }
        var pools: [PlacePool] = []
        for (first, key) in firsts {
            guard let intake = try await standing(from: first, in: key, context) else { continue }
            for line in intake.lines {
                let path = FormPath(context, line, household: nil, intake: intake)
                let pool = try await store.read { try context.pool(of: path, in: $0) }
                if let pool, pool.key == key, !pools.contains(where: { $0.key == key }) { pools.append(pool) }
            }
        }
        return pools
    }

    /// The first who is entered for a pool and names nothing that was removed; those before it are taken up.
    private func standing(from first: ID<CaseFile>, in pool: String, _ context: FormContext) async throws -> Intake? {
        var next: ID<CaseFile>? = first
        while let id = next {
            let record = try await store.read { try Cases.load(id, in: $0) }
            let intake = try await intake(of: record, context)
            guard try await takeUpRemoved(id, intake, context) else { return intake }
            next = try await store.read { reader in
                try reader.first(
                    "SELECT case_id FROM place WHERE pool = $1 AND state = 'entered' AND case_id > $2 ORDER BY case_id",
                    [.text(pool), .id(id)]
                ) { $0.id(0, CaseFile.self) }
            }
        }
        return nil
    }

    /// Lets entered cases go on whose places have been settled. Returns whether none is left that could.
    private func leaveEntered(_ context: FormContext) async throws -> Bool {
        let free =
            context.form.places == nil
            ? "1 = 1" : "NOT EXISTS (SELECT 1 FROM place p WHERE p.case_id = c.id AND p.state = 'entered')"
        let ready = try await store.read { try self.entered(context, and: free, in: $0) }
        for id in ready { try await takeUp(id) }
        return ready.count < Corridor.slice
    }
}
