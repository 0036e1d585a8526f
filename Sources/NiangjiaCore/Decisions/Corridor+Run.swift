/// What a run did (正式核定).
public struct RunReport: Sendable {
    /// The run's id.
    public var run: ID<Run>
    /// The program's id.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// The date that it decided for, which need not be the day on which it worked.
    public var asOf: CivilDate
    /// The bundle that it began with, and kept: what was approved meanwhile doesn't concern it.
    public var bundle: String
    /// Counts of everybody whom it considered.
    public var totals: SweepTotals
    /// Decisions applied by this run.
    public var applied: Int
    /// What the form's fund lines have now, backstops included, with what this run drew from them (fen).
    public var fundBefore: Money
    /// What they have now (fen): what came or went otherwise meanwhile is in both.
    public var fundAfter: Money
    /// What the season's other decisions of the form come to that stand, of other days and of applications.
    public var other: SeasonGiven
}

extension Corridor {
    /// Decides a program over everybody in scope. Nothing is paid yet: grants are held and wait for delivery or a batch.
    ///
    /// All is judged, then settled in declared order, then applied block by block. A run that was killed goes on where it was:
    /// judged blocks are kept, applied blocks are applied once. Throws `conflict` while another run of the form is open under
    /// another bundle or date.
    ///
    /// - Parameter automatic: over those only who never applied and were never decided on this season (免申即享); throws `conflict`
    ///   while any other run of the form is open.
    /// - Parameter goesBack: for a day before one that has been decided; without it that throws `conflict`, for no rule sees what
    ///   was given after its day.
    /// - Parameter began: told the run as soon as it is durable, before anything is judged.
    public func decide(
        program: String, form: String? = nil, asOf: CivilDate? = nil, by actor: Actor, automatic: Bool = false,
        goesBack: Bool = false,
        progress: @Sendable (SweepProgress) -> Void = { _ in }, began: @Sendable (ID<Run>) -> Void = { _ in }
    ) async throws -> RunReport {
        let active = try await bundles.active()
        let wanted = try batchContext(active, program: program, form: form)
        guard wanted.program.status == .open else {
            throw NiangjiaError(.conflict, zh: "项目 \(program) 没有开放", en: "program \(program) is not open")
        }
        let today = clock.now().date
        let date = asOf ?? today
        guard date <= today else {
            throw NiangjiaError(
                .invalid, zh: "\(date) 还没有到:不能提前核定,可以先试算。",
                en: "\(date) hasn't come: nothing is decided in advance; preview it.", place: "/as_of")
        }
        try wanted.checkSeason(date)
        let open = try await store.read { try RunRecord.open(program: program, form: wanted.form.name, in: $0) }
        if automatic, let open, !open.isAutomatic || open.state == "paused" {
            throw NiangjiaError(
                .conflict, zh: "有一次核定尚未结束(\(open.id))", en: "another run is open (\(open.id))")
        }
        if open?.asOf != date {
            try await wanted.checkUnchanged(since: date, by: self)
            if !goesBack { try await store.read { try RunRecord.checkNewest(wanted, asOf: date, in: $0) } }
        }
        let id = ids.next(Run.self)
        defer { atWork.withLock { $0[id] = nil } }
        let started = try await begin(id, wanted, asOf: date, by: actor, automatic: automatic)
        began(started.id)
        var context = try FormContext(
            bundle: try await bundles.bundle(digest: started.bundle), program: program, form: wanted.form.name)
        context.view.skipsApplied = started.isAutomatic
        var run = RunState(corridor: self, context: context, run: started, actor: actor)
        run.earlier = try await store.read { [context] in
            try EarlierWaits.runs(of: context, except: started.id, in: $0)
        }
        do {
            try await run.judgeAll(progress)
            try await run.settleAll(progress)
            try await run.applyAll(progress)
        } catch let stopped as RunStopped {
            throw stopped.error(started.id)
        } catch let error as NiangjiaError where error.code == .pluginDiffers {
            let why = RunPause.differs(started.id, plugin: context.plugin.manifest.id)
            try await pause(started, why, by: actor)
            throw NiangjiaError(
                error.code, zh: why.text.zh, en: why.text.en, cause: error.cause)
        } catch let error as NiangjiaError {
            try await giveUp(started, error, by: actor)
            throw error
        }
        return try await run.report()
    }

    /// Gives up a run that is open: blocks that were applied stay applied.
    ///
    /// Throws `not_found` for a run that isn't there, `conflict` for one that has ended.
    public func cancel(run id: ID<Run>, by actor: Actor) async throws {
        _ = try await run(id)
        try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            // Why it was paused before is over with the pause.
            let why = RunPause(.person, zh: "由 \(actor.account) 取消", en: "cancelled by \(actor.account)")
            let changed = try writer.execute(
                """
                UPDATE run SET state = 'cancelled', version = version + 1, finished_at = $1, pause_reason = $2 WHERE id = $3 \
                AND \(RunRecord.isOpen)
                """, [.instant(change.now), .text(why.json), .id(id)])
            guard changed == 1 else {
                throw NiangjiaError(.conflict, zh: "这次核定已经结束", en: "the run has ended")
            }
            try change.record("run.cancel", about: id.text, body: [:], in: writer)
        }
    }

    /// A run that failed before anything was applied leaves nothing behind: it is cancelled, and the next one starts anew with
    /// whatever was mended. One that has applied blocks stays open and goes on where it stopped.
    private func giveUp(_ run: RunRecord, _ error: NiangjiaError, by actor: Actor) async throws {
        let why = RunPause(.failure, zh: error.message.zh, en: error.message.en)
        let cancelled = try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            let cancelled = try writer.execute(
                """
                UPDATE run SET state = 'cancelled', version = version + 1, finished_at = $1, pause_reason = $2 WHERE id = $3 \
                AND state IN ('judging', 'applying') AND applied_blocks = 0
                """, [.instant(change.now), .text(why.json), .id(run.id)])
            guard cancelled == 1 else { return false }
            try change.record("run.cancel", about: run.id.text, body: ["code": .text(error.code.rawValue)], in: writer)
            return true
        }
        if !cancelled { try await pause(run, why, by: actor) }
    }

    /// Pauses a run that stopped by itself, whatever it has applied so far.
    private func pause(_ run: RunRecord, _ why: RunPause, by actor: Actor) async throws {
        try await store.write(.interactive) { writer in
            let changed = try writer.execute(
                """
                UPDATE run SET state = 'paused', version = version + 1, pause_reason = $1 WHERE id = $2 \
                AND state IN ('judging', 'applying')
                """, [.text(why.json), .id(run.id)])
            // Somebody has paused or cancelled it meanwhile: theirs is written down.
            guard changed == 1 else { return }
            try self.change(by: actor).record(
                "run.pause", about: run.id.text, body: ["code": .text(why.cause.rawValue)], in: writer)
        }
    }

    /// Begins a run, or finds the open one to go on with. It is among those at work before anybody else can read it.
    ///
    /// - Parameter id: of the run, where it is a new one; under it the work is noted either way.
    private func begin(
        _ id: ID<Run>, _ context: FormContext, asOf date: CivilDate, by actor: Actor, automatic: Bool
    ) async throws -> RunRecord {
        try await store.write(.interactive) { writer in
            let begun = try self.begin(id, context, asOf: date, by: actor, automatic: automatic, in: writer)
            self.atWork.withLock { $0[id] = begun.id }
            return begun
        }
    }

    private func begin(
        _ id: ID<Run>, _ context: FormContext, asOf date: CivilDate, by actor: Actor, automatic: Bool,
        in writer: any StoreWriter
    ) throws -> RunRecord {
        let change = self.change(by: actor)
        if let open = try RunRecord.open(program: context.program.id, form: context.form.name, in: writer) {
            guard open.isOver(for: context, asOf: date) else {
                try open.check(asOf: date)
                try open.checkMayGoOn(in: writer)
                try RunRecord.resume(open.id, in: writer)
                return open
            }
            let why = RunPause(
                .person, zh: "由 \(actor.account) 开始的核定 \(id) 取代", en: "replaced by \(id), which \(actor.account) began")
            try writer.execute(
                """
                UPDATE run SET state = 'cancelled', version = version + 1, finished_at = $1, pause_reason = $2
                WHERE id = $3
                """, [.instant(change.now), .text(why.json), .id(open.id)])
            try change.record("run.cancel", about: open.id.text, body: [:], in: writer)
        }
        return try insertRun(id, context, asOf: date, by: actor, automatic: automatic, change: change, in: writer)
    }

    private func insertRun(
        _ id: ID<Run>, _ context: FormContext, asOf date: CivilDate, by actor: Actor, automatic: Bool,
        change: ChangeContext, in writer: any StoreWriter
    ) throws -> RunRecord {
        let available = try Ledger.available(lines: context.rules.funding.map(\.line), in: writer)
        try writer.execute(
            """
            INSERT INTO run (id, program, form, bundle, plugin_digest, as_of, actor, started_at, state, totals, \
            automatic) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'judging', $9, $10)
            """,
            [
                .id(id), .text(context.program.id), .text(context.form.name), .text(context.bundle.digest),
                .text(context.plugin.digest), .date(date), .text(actor.account), .instant(change.now),
                .text(SweepTotals().json), .bool(automatic),
            ])
        let before = available.values.reduce(.zero, +)
        try change.record(
            "run.begin", about: id.text,
            body: [
                "program": .text(context.program.id), "as_of": .text(date.description),
                "fund_fen": .int(before.fen),
            ],
            in: writer)
        return RunRecord(
            id: id, bundle: context.bundle.digest, asOf: date, state: "judging", isAutomatic: automatic,
            appliedBlocks: 0, why: nil)
    }
}

/// A run as the store has it.
struct RunRecord: Sendable {
    var id: ID<Run>
    var bundle: String
    var asOf: CivilDate
    var state: String
    /// Over those who never applied.
    var isAutomatic: Bool
    var appliedBlocks: Int64
    /// Why it is paused.
    var why: RunPause?

    /// SQL: that a run has begun and not ended.
    static let isOpen = "state IN ('judging', 'applying', 'paused')"

    static func open(program: String, form: String, in reader: any StoreReader) throws -> RunRecord? {
        try reader.first(
            """
            SELECT id, bundle, as_of, state, automatic, applied_blocks, pause_reason FROM run WHERE program = $1 AND form = $2 \
            AND \(isOpen)
            """, [.text(program), .text(form)]
        ) {
            RunRecord(
                id: $0.id(0), bundle: $0.text(1), asOf: $0.date(2), state: $0.text(3), isAutomatic: $0.bool(4),
                appliedBlocks: $0.int(5), why: RunPause(json: $0.textOrNil(6)))
        }
    }

    /// Throws `conflict` where the form has given something by a run for a later day of the season.
    static func checkNewest(_ context: FormContext, asOf date: CivilDate, in reader: any StoreReader) throws {
        let later = try reader.all(
            """
            SELECT as_of, totals FROM run WHERE program = $1 AND form = $2 AND as_of > $3 AND as_of <= $4 \
            AND applied_blocks > 0 ORDER BY as_of DESC
            """,
            [.text(context.program.id), .text(context.form.name), .date(date), .date(context.rules.season.to)]
        ) { (day: $0.date(0), totals: try SweepTotals(json: $0.text(1))) }
        guard let newest = later.first(where: { $0.totals.granted + $0.totals.limited > 0 }) else { return }
        let served = newest.totals.granted + newest.totals.limited
        throw NiangjiaError(
            .conflict,
            zh:
                "已按 \(newest.day) 核定过(享受 \(served)):再按更早的 \(date) 核定,规则看不到那之后给的,同一个人可能再享受一次。先试算;确要这样请加 --earlier",
            en:
                "\(newest.day) has been decided (served \(served)): by a run for the earlier \(date) no rule sees what was given after it, and the same people may get it again. Preview it; --earlier does it all the same",
            place: "/as_of")
    }

    /// Whether a new run takes this one's place: it is of an earlier bundle, or another day, and has applied nothing; or its plugin
    /// contradicted itself and another content is in force. What it has applied stays.
    func isOver(for context: FormContext, asOf date: CivilDate) -> Bool {
        let isOther = bundle != context.bundle.digest
        if why?.cause == .differs, isOther { return true }
        return appliedBlocks == 0 && (asOf != date || isOther)
    }

    /// Throws `conflict` where it is of another day than the one that is asked for.
    func check(asOf date: CivilDate) throws(NiangjiaError) {
        guard asOf != date else { return }
        throw NiangjiaError(
            .conflict, zh: "按 \(asOf) 的核定尚未完成,请先继续或取消它(\(id))",
            en: "a run as of \(asOf) is still open; finish or cancel it first (\(id))")
    }

    /// Throws `conflict`, saying why and what to do, where a paused run can't just go on.
    func checkMayGoOn(in reader: any StoreReader) throws {
        guard state == "paused", let why else { return }
        switch why.cause {
        case .person, .failure: return
        case .differs: break
        case .draw: if try Allotment.of(id, in: reader)?.seed != nil { return }
        }
        throw NiangjiaError(.conflict, zh: why.text.zh, en: why.text.en)
    }
}
