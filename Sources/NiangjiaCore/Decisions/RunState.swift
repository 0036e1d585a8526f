/// The phases of a run; each goes on where a killed process left it.
///
/// Where everything fits (``fitsAll(after:in:)``) a block is settled and applied while the next one is judged. Else all is judged,
/// settled in declared order, then applied: the outcomes are equal either way.
struct RunState: Sendable {
    let corridor: Corridor
    let context: FormContext
    let run: RunRecord
    let actor: Actor
    /// Whether blocks may be applied while others are judged.
    var mayStream = true
    /// Runs before this one that left somebody waiting, with their bundles (``EarlierWaits``).
    var earlier: [ID<Run>: String] = [:]

    private var store: any Store { corridor.store }
    private var applier: Applier {
        Applier(
            context: context, admission: Admission(context: context, crypto: corridor.crypto),
            change: corridor.change(by: actor))
    }

    /// Judges block after block; each is journaled before the run goes on.
    func judgeAll(_ progress: @Sendable (SweepProgress) -> Void) async throws {
        guard try await state() != "applying" else { return }
        // Once a list is fixed nobody comes after it.
        if context.isDrawn, try await store.read({ try Allotment.of(run.id, in: $0) }) != nil { return }
        let reached = try await store.read { reader in
            try reader.first(
                "SELECT last_subject, block FROM run_block WHERE run = $1 ORDER BY block DESC LIMIT 1", [.id(run.id)]
            ) { ($0.int(0), $0.int(1)) }
        }
        let start = reached?.0 ?? .min
        var number = reached.map { $0.1 + 1 } ?? 0
        var done = Int(
            try await store.read {
                try $0.integer("SELECT SUM(count) FROM run_block WHERE run = $1", [.id(run.id)]) ?? 0
            })
        let judged = Int64(done)
        let (total, streams) = try await store.read { reader in
            // A count of the register is had at once; who in it is in scope is counted only where that decides.
            let most = try Gatherer(context).most(in: reader)
            if try self.fitsAll(most - judged, in: reader) { return (Int(most), true) }
            let population = try self.population(after: start, in: reader)
            return (Int(judged + population), try self.fitsAll(population, in: reader))
        }
        var writing = BlockWriting(totals: try await store.read { try self.totals(in: $0) }) { blocks in
            try await self.write(blocks, isApplied: streams)
        }
        var guarding = try await earlierClaims(before: number)
        do {
            try await Sweep(corridor: corridor, context: context, asOf: run.asOf).forEach(after: start) { judged in
                let block: Sweep.Block
                (guarding, block) = try await screened(judged, guarding)
                try await writing.add(try RunBlock(block, run: run.id, number: number, crypto: corridor.crypto))
                number += 1
                done += block.lines.count
                progress(SweepProgress(phase: .judging, done: done, total: total, totals: writing.totals))
            }
            try await writing.finish()
        } catch {
            await writing.rest()
            throw error
        }
        progress(SweepProgress(phase: .judging, done: done, total: total, totals: writing.totals))
    }

    /// Writes judged blocks in one transaction, applied at once or to be settled later. Returns the totals so far.
    private func write(_ blocks: [RunBlock], isApplied: Bool) async throws -> SweepTotals {
        if isApplied { return try await apply(blocks.map { (.judged($0), $0.number) }) }
        return try await store.write(.batch) { writer in
            try RunRecord.checkGoing(self.run.id, in: writer)
            for block in blocks {
                guard
                    try block.insert(
                        run: self.run.id, isApplied: false, self.corridor.change(by: self.actor), in: writer)
                else { continue }
                try self.add(block.alreadyDecided, in: writer)
            }
            return try self.totals(in: writer)
        }
    }

    /// What the rows of blocks that were judged before a stop hold already.
    private func earlierClaims(before number: Int64) async throws -> SweepGuard {
        var guarding = SweepGuard(context, Admission(context: context, crypto: corridor.crypto))
        guard guarding.isNeeded else { return guarding }
        for earlier in 0..<number {
            guarding = try await store.read { [guarding] reader in
                var rebuilt = guarding
                let kept = try self.load(earlier, in: reader)
                _ = try rebuilt.screen(kept.lines.judged(kept.judgements), asOf: self.run.asOf, in: reader)
                return rebuilt
            }
        }
        return guarding
    }

    private func screened(_ block: Sweep.Block, _ guarding: SweepGuard) async throws -> (SweepGuard, Sweep.Block) {
        guard guarding.isNeeded else { return (guarding, block) }
        return try await store.read { reader in
            var next = guarding
            var screened = block
            try next.screen(&screened, asOf: self.run.asOf, in: reader)
            return (next, screened)
        }
    }

    /// How many subjects are still to be judged.
    private func population(after last: Int64, in reader: any StoreReader) throws -> Int64 {
        guard let subjects = try Gatherer(context).subjects, let population = context.form.population else { return 0 }
        return try subjects.count(filter: population.filter, after: last, in: reader)
    }

    /// Whether every line can be given the most that the program allows: then nobody's outcome depends on who comes first, and
    /// blocks may be applied as they are judged.
    private func fitsAll(_ population: Int64, in reader: any StoreReader) throws -> Bool {
        guard mayStream, applier.isPlain, context.rules.ceiling == nil, !context.isDrawn else { return false }
        guard context.form.gives.givesValue else { return true }
        guard let most = context.rules.pay.eachMax, let fund = context.rules.funding.first,
            context.rules.funding.count == 1, fund.share == nil
        else { return false }
        let waiting =
            try reader.integer("SELECT SUM(count) FROM run_block WHERE run = $1 AND state = 'judged'", [.id(run.id)])
            ?? 0
        let (bound, overflow) = most.fen.multipliedReportingOverflow(by: population + waiting)
        let available = try Ledger.available(lines: [fund.line], in: reader)[fund.line] ?? .zero
        return !overflow && bound <= available.fen
    }

    /// Who of a range of subjects waits by an earlier run; nil: nobody ever did.
    private func waits(after: Int64, upTo last: Int64, in reader: any StoreReader) throws -> EarlierWaits? {
        guard !earlier.isEmpty, after < .max else { return nil }
        return try EarlierWaits(context, context.subjectKind(), after: after, upTo: last, by: earlier, in: reader)
    }

    private func state() async throws -> String {
        try await store.read { try $0.first("SELECT state FROM run WHERE id = $1", [.id(run.id)]) { $0.text(0) } ?? "" }
    }

    private func totals(in reader: any StoreReader) throws -> SweepTotals {
        try SweepTotals(
            json: try reader.first("SELECT totals FROM run WHERE id = $1", [.id(run.id)]) { $0.text(0) } ?? "{}")
    }

    private func setTotals(_ totals: SweepTotals, in writer: any StoreWriter) throws {
        try writer.execute("UPDATE run SET totals = $1 WHERE id = $2", [.text(totals.json), .id(run.id)])
    }

    private func add(_ alreadyDecided: Int, in writer: any StoreWriter) throws {
        guard alreadyDecided > 0 else { return }
        var totals = try totals(in: writer)
        totals.alreadyDecided += alreadyDecided
        try setTotals(totals, in: writer)
    }

    private func load(_ number: Int64, in reader: any StoreReader) throws -> RunBlock.Kept {
        try RunBlock.load(number, run: run.id, context: context, corridor: corridor, in: reader)
    }

    private func judgedBlocks(in reader: any StoreReader) throws -> [Int64] {
        try reader.all("SELECT block FROM run_block WHERE run = $1 AND state = 'judged' ORDER BY block", [.id(run.id)])
        {
            $0.int(0)
        }
    }

    /// Settles what was judged and not applied, in declared order, and keeps the outcomes, so that a killed run applies the very
    /// same ones. Where equals are to be drawn for and somebody would go without, the list is fixed and the run waits for the value.
    func settleAll(_ progress: @Sendable (SweepProgress) -> Void) async throws {
        guard try await state() != "applying" else { return }
        let applier = applier
        let waits = try await store.write(.batch) { writer -> RunPause? in
            try RunRecord.checkGoing(run.id, in: writer)
            let numbers = try judgedBlocks(in: writer)
            var blocks: [SettleBlock] = []
            for number in numbers {
                let kept = try load(number, in: writer)
                blocks.append(try applier.settleBlock(kept.lines, kept.judgements, in: writer))
            }
            var state = try applier.settleState(of: run.id, in: writer)
            let ties = try context.ties(of: run.id, corridor.crypto, in: writer)
            let outcomes = Settle.settle(blocks, against: &state, ties: ties)
            if context.isDrawn {
                let draw = try Allotment.of(run.id, in: writer)
                if draw?.seed == nil, zip(blocks, outcomes).contains(where: { $0.leavesOut($1) }) {
                    return try waitForDraw(among: blocks, applier.change, in: writer)
                }
                try Allotment.settled(run.id, applier.change, in: writer)
            }
            for (number, settled) in zip(numbers, outcomes) {
                try RunBlock.keep(settled, of: number, run: run.id, crypto: corridor.crypto, in: writer)
            }
            try writer.execute(
                "UPDATE run SET state = 'applying', version = version + 1 WHERE id = $1", [.id(run.id)])
            return nil
        }
        if let waits { throw RunStopped(state: "paused", why: waits) }
    }

    private func waitForDraw(among blocks: [SettleBlock], _ change: ChangeContext, in writer: any StoreWriter) throws
        -> RunPause
    {
        let draw = try Allotment.close(run.id, blocks, context, change, in: writer)
        let why = RunPause.draw(draw.id, run, program: context.program.id, source: draw.source ?? "")
        try writer.execute(
            "UPDATE run SET state = 'paused', version = version + 1, pause_reason = $1 WHERE id = $2",
            [.text(why.json), .id(run.id)])
        try change.record("run.pause", about: run.id.text, body: ["code": .text(why.cause.rawValue)], in: writer)
        return why
    }

    /// Applies block after block, each in one transaction and once.
    func applyAll(_ progress: @Sendable (SweepProgress) -> Void) async throws {
        let total = Int(
            try await store.read { try $0.integer("SELECT considered FROM run WHERE id = $1", [.id(run.id)]) ?? 0 })
        for number in try await store.read({ try judgedBlocks(in: $0) }) {
            try Task.checkCancellation()
            let totals = try await apply([(.stored, number)])
            progress(SweepProgress(phase: .applying, done: totals.considered, total: total, totals: totals))
        }
        try await store.write(.interactive) { writer in
            let change = corridor.change(by: actor)
            let changed = try writer.execute(
                "UPDATE run SET state = 'applied', version = version + 1, finished_at = $1 WHERE id = $2 AND state = 'applying'",
                [.instant(change.now), .id(run.id)])
            guard changed == 1 else { return }
            let last = try writer.integer(
                "SELECT MAX(last_subject) FROM run_block WHERE run = $1", [.id(run.id)])
            try waits(after: last ?? .min, upTo: .max, in: writer)?.endAll(in: writer)
            let totals = try totals(in: writer)
            try change.record("run.applied", about: run.id.text, body: try Value(json: totals.json), in: writer)
        }
    }

    /// Where a block that is applied comes from.
    private enum Source: Sendable {
        /// Just judged, and not in the store yet.
        case judged(RunBlock)
        /// Judged, settled and kept.
        case stored
    }

    /// Applies blocks in one transaction, each once. Returns the totals so far.
    private func apply(_ blocks: [(source: Source, number: Int64)]) async throws -> SweepTotals {
        // Lines whose facts changed since they were judged are judged again by themselves, up to three times.
        var fresh: [Int64: [Int: JudgedLine]] = [:]
        for attempt in 1...Corridor.attempts {
            let replaced = fresh
            do {
                return try await store.write(.batch) { writer in
                    for (source, number) in blocks {
                        do {
                            try self.write(
                                source, number, replaced: replaced[number] ?? [:],
                                mayPark: attempt == Corridor.attempts, in: writer)
                        } catch let stale as StaleFacts { throw StaleBlock(number: number, lines: stale.lines) }
                    }
                    return try self.totals(in: writer)
                }
            } catch let stale as StaleBlock {
                guard let (source, number) = blocks.first(where: { $0.number == stale.number }) else { continue }
                for line in stale.lines {
                    fresh[number, default: [:]][line] = try await judgeAgain(line, source, number)
                }
            }
        }
        throw NiangjiaError(
            .busy, zh: "核定时名额一再变动,请再次执行,将从中断处继续",
            en: "places kept changing meanwhile: run it again, it goes on from here")
    }

    /// A block with lines whose facts have changed.
    private struct StaleBlock: Error {
        var number: Int64
        var lines: [Int]
    }

    private func judgeAgain(_ line: Int, _ source: Source, _ number: Int64) async throws -> JudgedLine {
        let old: GatheredLine
        switch source {
        case .judged(let block): old = block.lines.line(line)
        case .stored: old = try await store.read { try self.load(number, in: $0).lines.line(line) }
        }
        var intake = Intake(batchOn: run.asOf, submittedAt: Instant(run.asOf))
        intake.lines = [IntakeLine(line: line, subject: old.subject, element: .null)]
        let gatherer = try Gatherer(context)
        if let left = try await store.read({ try gatherer.left(old, in: $0) }) {
            let judgement = Judgement(.refuse, code: HostReason.leftPopulation)
            return JudgedLine(intake: intake.lines[0], gathered: left, judgement: judgement, source: .host)
        }
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
        _ source: Source, _ number: Int64, replaced: [Int: JudgedLine], mayPark: Bool, in writer: any StoreWriter
    ) throws {
        try RunRecord.checkGoing(run.id, in: writer)
        let applier = applier
        let content: RunBlock.Kept
        var alreadyDecided = 0
        switch source {
        case .judged(let block):
            guard try block.insert(run: run.id, isApplied: true, applier.change, in: writer) else { return }
            content = RunBlock.Kept(lines: block.lines, judgements: block.judgements)
            alreadyDecided = block.alreadyDecided
        case .stored:
            let claimed = try writer.execute(
                "UPDATE run_block SET state = 'applied' WHERE run = $1 AND block = $2 AND state = 'judged'",
                [.id(run.id), .int(number)])
            guard claimed == 1 else { return }
            content = try load(number, in: writer)
        }
        let lines = content.lines
        let changed = try changedLines(content, replaced, in: writer)
        guard changed.isEmpty || mayPark else { throw StaleFacts(lines: changed) }
        var judgements = content.judgements
        for (line, judged) in replaced {
            judgements.indexes[line] = UInt32(judgements.distinct.count)
            judgements.distinct.append(judged.judgement)
        }
        let settleBlock = try applier.settleBlock(lines, judgements, in: writer)
        var settled = try settle(settleBlock, kept: content.settled, replaced: replaced, applier, in: writer)
        for line in changed { settled[line] = Outcome(.review, code: HostReason.pluginFailed) }
        try leaveOut(lines, &settled, in: writer)
        let waits = try waits(after: lines.after, upTo: lines.last, in: writer)
        let unchanged =
            waits?.unchanged(lines, judgements, settled, under: context, except: Set(replaced.keys)) ?? []
        let about = "\(run.id.text)/\(number)"
        let places = { (line: Int) in settleBlock.lines[Int(settleBlock.indexes[line])].places }
        if applier.admission.hasClaims {
            // Claims are taken line by line, and whoever comes too late is refused.
            let all = judged(lines, judgements, replaced, except: unchanged)
            try write(all, number, &settled, places, about: about, in: writer)
        } else {
            let others = unchanged.union(replaced.keys)
            try applier.write(
                lines, judgements, settled, places: places, except: others, run: run.id, block: number, about: about,
                in: writer)
            try write(replaced, number, &settled, places, about: about, in: writer)
        }
        try waits?.end(lines, settled, unchanged: unchanged, in: writer)
        var totals = try totals(in: writer)
        totals.alreadyDecided += alreadyDecided
        totals.count(settled)
        try setTotals(totals, in: writer)
        try writer.execute(
            "UPDATE run SET applied_blocks = applied_blocks + 1, version = version + 1 WHERE id = $1", [.id(run.id)])
        try Journal.commit(toApplied: run.id, number, applier.change, in: writer)
    }

    /// Who was taken out while the run judged gets nothing by it.
    private func leaveOut(_ lines: BlockLines, _ settled: inout SettledBlock, in reader: any StoreReader) throws {
        let out = try context.takenOut(lines.kind, from: lines.first, to: lines.last, in: reader)
        guard !out.isEmpty else { return }
        for line in lines.ids.indices where out.contains(lines.ids[line]) {
            settled[line] = Outcome(.refused, code: HostReason.withdrawn)
        }
    }

    /// All lines as single cases have them: those that were judged by themselves, and the block's.
    private func judged(
        _ lines: BlockLines, _ judgements: Judgements, _ replaced: [Int: JudgedLine], except: Set<Int>
    ) -> [Int: JudgedLine] {
        var all = replaced
        let source = { (line: Int) -> JudgedLine.Source in lines.row(line).map { .block(row: $0) } ?? .host }
        for (line, judged) in lines.judged(judgements, source: source).enumerated()
        where replaced[line] == nil && !except.contains(line) {
            all[line] = judged
        }
        return all
    }

    /// What was settled before holds, unless it no longer can: what was judged anew is settled anew, and so is a block that there
    /// is no longer enough money for, or of which others have taken what is shared with them.
    private func settle(
        _ block: SettleBlock, kept: SettledBlock?, replaced: [Int: JudgedLine], _ applier: Applier,
        in writer: any StoreWriter
    ) throws -> SettledBlock {
        var state = try applier.settleState(of: run.id, in: writer)
        let ties = try context.ties(of: run.id, corridor.crypto, in: writer)
        guard var kept else { return Settle.settle([block], against: &state, ties: ties)[0] }
        var needs: [String: Money] = [:]
        for index in kept.indexes {
            for split in kept.outcomes[Int(index)].splits { needs[split.line, default: .zero] += split.amount }
        }
        guard
            !replaced.isEmpty || needs.contains(where: { $0.value > state.available[$0.key] ?? .zero })
                || block.stacksOver(kept)
        else { return kept }
        let again = Settle.settle([block], against: &state, ties: ties)[0]
        for line in kept.indexes.indices where kept[line].stands || replaced[line] != nil {
            // What wasn't judged anew may only lose: what there is more of now belongs to whoever comes later, and was settled so.
            let gains = again[line].stands && again[line].amount > kept[line].amount
            if replaced[line] != nil || !gains { kept[line] = again[line] }
        }
        return kept
    }

    /// Decisions of lines that were judged again: their calls stand in the journal by themselves.
    private func write(
        _ replaced: [Int: JudgedLine], _ number: Int64, _ settled: inout SettledBlock,
        _ places: (Int) -> SettleLine.Places?, about: String, in writer: any StoreWriter
    ) throws {
        var applier = applier
        applier.run = (run.id, number)
        let rows = replaced.keys.sorted().filter { ![.refused, .incomplete].contains(settled[$0].result) }
        let outcomes = rows.compactMap { line in replaced[line].map { (line: $0, outcome: settled[line]) } }
        let applied = try applier.write(
            outcomes, places: rows.map(places), caseID: nil, parties: Parties(applicant: nil, unit: nil, fields: [:]),
            about: about, in: writer)
        for (line, applied) in zip(rows, applied) { settled[line] = applied.outcome }
    }

    /// Lines that give something and whose facts are not what they were: sums over the block first, row by row only where these
    /// differ (decision 0010).
    private func changedLines(
        _ block: RunBlock.Kept, _ replaced: [Int: JudgedLine], in reader: any StoreReader
    ) throws -> [Int] {
        let gatherer = try Gatherer(context)
        guard let subjects = gatherer.subjects else { return [] }
        let lines = block.lines
        // While nobody has written to a register, nothing of it can have changed.
        let isQuiet = try reader.changeCount() == lines.changes
        let sums =
            isQuiet
            ? lines.sums
            : try subjects.sums(
                after: lines.after, upTo: lines.last, filter: context.form.population?.filter ?? [:], in: reader)
        var paths = OrganizationPaths()
        let unions =
            isQuiet
            ? lines.unions
            : try paths.marks(of: lines.homes, withEmployers: gatherer.readsEmployers, in: reader)
        let records = RecordTables(reader)
        let history = try gatherer.history(
            of: lines.ids, from: lines.first, to: lines.last, households: lines.households, on: lines.onDate,
            records: records, in: reader)
        var changed: Set<Int> = []
        for (line, judged) in replaced
        where try judged.gathered.currentRevisions(records: records, in: reader) != judged.gathered.revisions {
            changed.insert(line)
        }
        guard sums != lines.sums || history != lines.history || unions != lines.unions else { return changed.sorted() }
        let giving = block.judgements.distinct.map(\.gives)
        let candidates = lines.ids.indices.filter { line in
            replaced[line] == nil && giving[Int(block.judgements.indexes[line])]
        }
        if sums != lines.sums {
            for line in candidates {
                let row = try subjects.read(ids: [lines.ids[line]], in: reader).first
                if row?.revision != lines.revisions[line] || (row?.home ?? 0) != lines.homes[line]
                    || row?.householdRevision != lines.householdRevisions[line]
                    || (lines.kind == .person && (row?.household ?? 0) != lines.households[line])
                {
                    changed.insert(line)
                }
            }
        }
        let decided = BlockHistory.changed(lines.history.subjects, history.subjects)
        let households = BlockHistory.changed(lines.history.households, history.households)
        for line in candidates where decided.contains(lines.ids[line]) || households.contains(lines.households[line]) {
            changed.insert(line)
        }
        let moved = BlockLines.differing(lines.unions, unions)
        if !moved.isEmpty {
            for line in candidates where moved.contains(0) || moved.contains(lines.homes[line]) { changed.insert(line) }
        }
        for line in candidates where lines.history.watchedDiffer(history, line: line, of: lines.count) {
            changed.insert(line)
        }
        return changed.sorted()
    }

    func report() async throws -> RunReport {
        try await store.read { reader in
            let totals = try totals(in: reader)
            let after = try Ledger.available(lines: context.rules.funding.map(\.line), in: reader).values.reduce(
                .zero, +)
            // A fee is asked for and draws nothing.
            let drawn = context.form.gives.givesValue ? totals.amount : .zero
            return RunReport(
                run: run.id, program: context.program.id, form: context.form.name, asOf: run.asOf, bundle: run.bundle,
                totals: totals,
                applied: totals.granted + totals.limited, fundBefore: after + drawn, fundAfter: after,
                other: try SeasonGiven.beside(run.id, asOf: run.asOf, of: context, in: reader))
        }
    }
}
