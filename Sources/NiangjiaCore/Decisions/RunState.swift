/// The three phases of a run; each goes on where a killed process left it.
struct RunState: Sendable {
    let corridor: Corridor
    let context: FormContext
    let run: RunRecord
    let actor: Actor

    private var store: any Store { corridor.store }

    /// Judges block after block; each is journaled before the next is read.
    func judgeAll(_ progress: @Sendable (SweepProgress) -> Void) async throws {
        guard try await state() != "applying" else { return }
        let sweep = Sweep(corridor: corridor, context: context, asOf: run.asOf)
        let reached = try await store.read { reader in
            try reader.first(
                "SELECT last_subject, block FROM run_block WHERE run = $1 ORDER BY block DESC", [.id(run.id)]
            ) { ($0.int(0), $0.int(1)) }
        }
        var last = reached?.0 ?? .min
        var number = reached.map { $0.1 + 1 } ?? 0
        var done = Int(
            try await store.read {
                try $0.integer("SELECT SUM(count) FROM run_block WHERE run = $1", [.id(run.id)]) ?? 0
            })
        var guarding = SweepGuard(context, Admission(context: context, crypto: corridor.crypto))
        if guarding.isNeeded {
            for earlier in 0..<number {
                guarding = try await store.read { [guarding] reader in
                    var rebuilt = guarding
                    _ = try rebuilt.screen(try self.lines(of: earlier, in: reader), asOf: self.run.asOf, in: reader)
                    return rebuilt
                }
            }
        }
        while var block = try await sweep.block(after: last, run: run.id, number: number) {
            try Task.checkCancellation()
            (guarding, block.lines) = try await screened(block.lines, guarding)
            let current = number
            let judged = block
            try await store.write(.batch) { try self.keep(judged, number: current, in: $0) }
            last = block.lastSubject
            number += 1
            done += block.lines.count
            progress(SweepProgress(phase: .judging, done: done, total: nil, totals: SweepTotals()))
        }
    }

    private func screened(_ lines: [JudgedLine], _ guarding: SweepGuard) async throws -> (SweepGuard, [JudgedLine]) {
        try await store.read { reader in
            var next = guarding
            let screened = try next.screen(lines, asOf: self.run.asOf, in: reader)
            return (next, screened)
        }
    }

    private func state() async throws -> String {
        try await store.read { try $0.first("SELECT state FROM run WHERE id = $1", [.id(run.id)]) { $0.text(0) } ?? "" }
    }

    /// Writes a judged block: the bytes that went to the engine and came back, and what settle needs of each line.
    private func keep(_ block: Sweep.Block, number: Int64, in writer: any StoreWriter) throws {
        let request = block.reply?.requestBytes ?? []
        let reply = block.reply?.replyBytes ?? []
        let sealed = try Journal.seal(
            request, reply, context: "run/\(run.id.text)/\(number)", crypto: corridor.crypto)
        let lines = try corridor.crypto.seal(
            try corridor.crypto.compress(Array(BlockLines(block.lines).json.utf8)), purpose: .sensitive,
            context: Journal.linesContext(run.id, number))
        let digest = Journal.digest(request, reply, crypto: corridor.crypto)
        let isNew = try writer.execute(
            """
            INSERT INTO run_block (run, block, first_subject, last_subject, count, bytes, wrapped_key, lines, digest, state) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'judged') ON CONFLICT DO NOTHING
            """,
            [
                .id(run.id), .int(number), .int(block.firstSubject), .int(block.lastSubject),
                .int(Int64(block.lines.count)), .blob(sealed.bytes), .blob(sealed.key), .blob(lines), .blob(digest),
            ])
        guard isNew == 1 else { return }
        try Journal.commit(
            toJudged: JournaledBlock(
                first: block.firstSubject, last: block.lastSubject, count: Int64(block.lines.count), lines: lines),
            run.id, number, digest, corridor.change(by: actor), in: writer)
        try writer.execute(
            "UPDATE run SET blocks = $1, considered = considered + $2, engine = COALESCE($3, engine), state = 'judging' WHERE id = $4",
            [.int(number + 1), .int(Int64(block.lines.count)), .optional(block.reply?.engine), .id(run.id)])
        var totals = try totals(in: writer)
        totals.alreadyDecided += block.alreadyDecided
        try setTotals(totals, in: writer)
    }

    private func totals(in reader: any StoreReader) throws -> SweepTotals {
        try SweepTotals(
            json: try reader.first("SELECT totals FROM run WHERE id = $1", [.id(run.id)]) { $0.text(0) } ?? "{}")
    }

    private func setTotals(_ totals: SweepTotals, in writer: any StoreWriter) throws {
        try writer.execute("UPDATE run SET totals = $1 WHERE id = $2", [.text(totals.json), .id(run.id)])
    }

    private func lines(of number: Int64, in reader: any StoreReader) throws -> [JudgedLine] {
        let sealed = try reader.first(
            "SELECT lines FROM run_block WHERE run = $1 AND block = $2", [.id(run.id), .int(number)]
        ) { $0.blob(0) }
        let plain = try corridor.crypto.expand(
            try corridor.crypto.open(sealed ?? [], purpose: .sensitive, context: Journal.linesContext(run.id, number)))
        return try BlockLines(json: String(decoding: plain, as: UTF8.self)).lines(run: run.id, block: number)
    }

    /// Settles all lines in declared order and keeps the outcomes, so that a killed run applies the very same ones.
    func settleAll(_ progress: @Sendable (SweepProgress) -> Void) async throws {
        let admission = Admission(context: context, crypto: corridor.crypto)
        let applier = Applier(context: context, admission: admission, change: corridor.change(by: actor))
        guard try await state() != "applying" else { return }
        try await store.write(.batch) { writer in
            let blocks = try writer.integer("SELECT blocks FROM run WHERE id = $1", [.id(run.id)]) ?? 0
            var all: [SettleLine] = []
            var counts: [Int] = []
            for number in 0..<blocks {
                let part = try applier.settleLines(try lines(of: number, in: writer), fields: [:], in: writer)
                counts.append(part.count)
                all += part
            }
            var state = try applier.settleState(in: writer)
            let outcomes = Settle.settle(all, against: &state)
            var start = 0
            for number in 0..<blocks {
                let end = start + counts[Int(number)]
                let plain = Value.list(outcomes[start..<end].map(\.value)).json
                let sealed = try corridor.crypto.seal(
                    try corridor.crypto.compress(Array(plain.utf8)), purpose: .sensitive,
                    context: Journal.outcomesContext(run.id, number))
                try writer.execute(
                    "UPDATE run_block SET outcomes = $1 WHERE run = $2 AND block = $3",
                    [.blob(sealed), .id(run.id), .int(number)])
                start = end
            }
            try writer.execute(
                "UPDATE run SET state = 'applying', version = version + 1 WHERE id = $1", [.id(run.id)])
        }
    }

    /// Applies block after block, each in one transaction and once.
    func applyAll(_ progress: @Sendable (SweepProgress) -> Void) async throws {
        let blocks = try await store.read { try $0.integer("SELECT blocks FROM run WHERE id = $1", [.id(run.id)]) ?? 0 }
        for number in 0..<blocks {
            try Task.checkCancellation()
            let isOpen = try await store.read { reader in
                try reader.first(
                    "SELECT state FROM run_block WHERE run = $1 AND block = $2", [.id(run.id), .int(number)]
                ) { $0.text(0) } == "judged"
            }
            if isOpen { try await apply(block: number) }
            let totals = try await store.read { try self.totals(in: $0) }
            progress(SweepProgress(phase: .applying, done: totals.considered, total: nil, totals: totals))
        }
        try await store.write(.interactive) { writer in
            let change = corridor.change(by: actor)
            let changed = try writer.execute(
                "UPDATE run SET state = 'applied', version = version + 1, finished_at = $1 WHERE id = $2 AND state = 'applying'",
                [.instant(change.now), .id(run.id)])
            guard changed == 1 else { return }
            let totals = try totals(in: writer)
            try change.record("run.applied", about: run.id.text, body: try Value(json: totals.json), in: writer)
        }
    }

    private func apply(block number: Int64) async throws {
        let admission = Admission(context: context, crypto: corridor.crypto)
        // Lines whose facts changed since they were judged are judged again by themselves, up to three times.
        var fresh: [Int: JudgedLine] = [:]
        for attempt in 1...Corridor.attempts {
            let replaced = fresh
            do {
                try await store.write(.batch) { writer in
                    try self.write(
                        number, replaced: replaced, admission: admission, mayPark: attempt == Corridor.attempts,
                        in: writer)
                }
                return
            } catch let stale as StaleFacts {
                for line in stale.lines { fresh[line] = try await judgeAgain(line, of: number) }
            }
        }
    }

    private func judgeAgain(_ line: Int, of number: Int64) async throws -> JudgedLine {
        let old = try await store.read { try self.lines(of: number, in: $0)[line] }
        var intake = Intake(batchOn: run.asOf, submittedAt: Instant(run.asOf))
        intake.lines = [IntakeLine(line: line, subject: old.gathered.subject, element: .null)]
        let admission = Admission(context: context, crypto: corridor.crypto)
        let judged = try await corridor.judgeLines(intake, context: context, admission: admission)
        if let reply = judged.reply {
            try await store.write(.batch) { writer in
                try Journal.write(
                    reply, id: judged.call, context: self.context, function: judged.function, caseID: nil,
                    change: self.corridor.change(by: self.actor), in: writer)
            }
        }
        return judged.lines[0]
    }

    private func write(
        _ number: Int64, replaced: [Int: JudgedLine], admission: Admission, mayPark: Bool, in writer: any StoreWriter
    ) throws {
        let claimed = try writer.execute(
            "UPDATE run_block SET state = 'applied' WHERE run = $1 AND block = $2 AND state = 'judged'",
            [.id(run.id), .int(number)])
        guard claimed == 1 else { return }
        let applier = Applier(context: context, admission: admission, change: corridor.change(by: actor))
        var judged = try lines(of: number, in: writer)
        var outcomes = try storedOutcomes(number, in: writer)
        for (n, line) in replaced { judged[n] = line }
        let changed = try judged.indices.filter { n in
            judged[n].judgement.gives || replaced[n] != nil
        }.filter { n in
            let facts = judged[n].gathered
            return try FactRevisions.current(of: facts.subject, household: facts.household, in: writer)
                != facts.revisions
        }
        if !changed.isEmpty {
            guard mayPark else { throw StaleFacts(lines: changed) }
            for n in changed { outcomes[n] = Outcome(.review, code: HostReason.pluginFailed) }
        }
        // What was judged anew is settled anew, and so is a block that there is no longer enough money for.
        let settleLines = try applier.settleLines(judged, fields: [:], in: writer)
        let available = try Ledger.available(lines: context.rules.funding.map(\.line), in: writer)
        var needs: [String: Money] = [:]
        for split in outcomes.flatMap(\.splits) { needs[split.line, default: .zero] += split.amount }
        if !replaced.isEmpty || needs.contains(where: { $0.value > available[$0.key] ?? .zero }) {
            var state = try applier.settleState(in: writer)
            let again = Settle.settle(settleLines, against: &state)
            for n in outcomes.indices where !changed.contains(n) && (outcomes[n].stands || replaced[n] != nil) {
                outcomes[n] = again[n]
            }
        }
        // Refusals stay in the block, found by (run, block, row); what stands, waits or needs a person gets a row.
        let rows = outcomes.indices.filter { ![.refused, .incomplete].contains(outcomes[$0].result) }
        let applied = try applier.write(
            rows.map { (judged[$0], outcomes[$0]) }, places: rows.map { settleLines[$0].places }, caseID: nil,
            parties: Parties(applicant: nil, unit: nil, fields: [:]), about: "\(run.id.text)/\(number)", in: writer)
        for (n, line) in zip(rows, applied) { outcomes[n] = line.outcome }
        var totals = try totals(in: writer)
        for outcome in outcomes { totals.count(outcome) }
        try setTotals(totals, in: writer)
        try writer.execute(
            "UPDATE run SET applied_blocks = applied_blocks + 1, version = version + 1 WHERE id = $1", [.id(run.id)])
        try Journal.commit(toApplied: run.id, number, applier.change, in: writer)
    }

    private func storedOutcomes(_ number: Int64, in reader: any StoreReader) throws -> [Outcome] {
        let sealed = try reader.first(
            "SELECT outcomes FROM run_block WHERE run = $1 AND block = $2", [.id(run.id), .int(number)]
        ) { $0.blob(0) }
        let plain = try corridor.crypto.expand(
            try corridor.crypto.open(
                sealed ?? [], purpose: .sensitive, context: Journal.outcomesContext(run.id, number)))
        return try Value(jsonBytes: plain).list?.map(Outcome.init(value:)) ?? []
    }

    func report() async throws -> RunReport {
        try await store.read { reader in
            let totals = try totals(in: reader)
            let after = try Ledger.available(lines: context.rules.funding.map(\.line), in: reader).values.reduce(
                .zero, +)
            let applied =
                try reader.integer("SELECT COUNT(*) FROM decision WHERE run = $1 AND state = 'standing'", [.id(run.id)])
                ?? 0
            return RunReport(
                run: run.id, program: context.program.id, form: context.form.name, asOf: run.asOf, totals: totals,
                applied: Int(applied), fundBefore: after + totals.amount, fundAfter: after)
        }
    }
}
