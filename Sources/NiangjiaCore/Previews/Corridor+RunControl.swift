/// Pausing, and what a run at work looks at before each block.
extension Corridor {
    /// Pauses a run; whoever runs it stops before the next block, and `decide` goes on from there.
    ///
    /// Throws `not_found` for a run that isn't there, `conflict` for one that is not at work.
    public func pause(run id: ID<Run>, by actor: Actor) async throws {
        _ = try await run(id)
        try await store.write(.interactive) { writer in
            let change = self.change(by: actor)
            let changed = try writer.execute(
                """
                UPDATE run SET state = 'paused', version = version + 1, pause_reason = $1 WHERE id = $2 \
                AND state IN ('judging', 'applying')
                """,
                [
                    .text(
                        RunPause(.person, zh: "由 \(actor.account) 暂停", en: "paused by \(actor.account)").json),
                    .id(id),
                ])
            guard changed == 1 else {
                throw NiangjiaError(.conflict, zh: "核定 \(id) 不在进行中", en: "the run \(id) is not at work")
            }
            try change.record("run.pause", about: id.text, body: ["by": .text(actor.account)], in: writer)
        }
    }

    /// The newest runs, of one program or of all, older than one where given.
    public func runs(of program: String? = nil, after: ID<Run>? = nil, limit: Int = 50) async throws -> [RunSummary] {
        let summary = summaries()
        return try await store.read { reader in
            try reader.all(
                """
                SELECT \(RunSummary.columns) FROM run WHERE ($1 = '' OR program = $1) AND id < $2 ORDER BY id DESC LIMIT $3
                """, [.text(program ?? ""), .int(after?.rawValue ?? .max), .int(Int64(limit))], summary)
        }
    }

    /// The runs that have begun and not ended, the oldest first, of one program or of all.
    public func openRuns(of program: String? = nil) async throws -> [RunSummary] {
        let summary = summaries()
        return try await store.read { reader in
            try reader.all(
                """
                SELECT \(RunSummary.columns) FROM run WHERE ($1 = '' OR program = $1) AND \(RunRecord.isOpen) ORDER BY id
                """, [.text(program ?? "")], summary)
        }
    }

    /// A run as it stands. Throws `not_found`.
    public func run(_ id: ID<Run>) async throws -> RunSummary {
        let summary = summaries()
        let found = try await store.read { reader in
            try reader.first("SELECT \(RunSummary.columns) FROM run WHERE id = $1", [.id(id)], summary)
        }
        guard let found else { throw NiangjiaError(.notFound, zh: "没有核定 \(id)", en: "there is no run \(id)") }
        return found
    }

    /// Reads runs, and whether anybody works on them. To be made before the store is read: what was read as at work is interrupted
    /// where nobody worked on it before the reading nor does after it, for work ends and begins meanwhile.
    private func summaries() -> @Sendable (any StoreRow) throws -> RunSummary {
        let before = atWork.withLock { Set($0.values) }
        return { [atWork] row in
            var run = try RunSummary(row)
            let id = run.run
            if run.isAtWork, !before.contains(id), !atWork.withLock({ $0.values.contains(id) }) {
                run.state = RunSummary.State.interrupted.rawValue
            }
            return run
        }
    }

    /// The open run of a form that one for a day would go on with; nil when there is none, or a new one would take its place
    /// (``RunRecord/isOver(for:asOf:)``). Throws `conflict` where the open one is of another day and has applied something.
    public func openRun(program: String, form: String, asOf date: CivilDate) async throws -> ID<Run>? {
        let context = try batchContext(try await bundles.active(), program: program, form: form)
        guard let open = try await store.read({ try RunRecord.open(program: program, form: form, in: $0) }),
            !open.isOver(for: context, asOf: date)
        else { return nil }
        try open.check(asOf: date)
        return open.id
    }
}

/// A run in short.
public struct RunSummary: Sendable {
    /// The run.
    public var run: ID<Run>
    /// The program that is decided.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// The digest of the bundle by which it goes, whatever is approved meanwhile.
    public var bundle: String
    /// The day for which it is decided.
    public var asOf: CivilDate
    /// The account that began it.
    public var actor: String
    /// When it began.
    public var startedAt: Instant
    /// When it ended; nil while it hasn't.
    public var finishedAt: Instant?
    /// See ``State``.
    public var state: String
    /// How many subjects have been judged.
    public var judged: Int
    /// Of what has been applied.
    public var totals: SweepTotals
    /// Why it was paused or cancelled.
    public var why: RunPause?

    /// Whether it goes on by itself.
    public var isAtWork: Bool { State.atWork.contains(state) }

    /// How far a run has come.
    public enum State: String, Sendable, CaseIterable {
        case judging, applying
        /// It was killed, and nobody has gone on with it.
        case interrupted
        case applied, paused, cancelled

        static let atWork = [judging.rawValue, applying.rawValue]

        /// For people; commands and answers keep the stable word.
        public var title: LocalText {
            switch self {
            case .judging: LocalText(zh: "判定中", en: "judging")
            case .applying: LocalText(zh: "写入中", en: "applying")
            case .interrupted: LocalText(zh: "中断", en: "interrupted")
            case .applied: LocalText(zh: "已完成", en: "done")
            case .paused: LocalText(zh: "已暂停", en: "paused")
            case .cancelled: LocalText(zh: "已取消", en: "cancelled")
            }
        }
    }
}

extension RunSummary {
    static let columns =
        "id, program, form, bundle, as_of, actor, started_at, finished_at, state, considered, totals, pause_reason"

    init(_ row: any StoreRow) throws {
        self.init(
            run: row.id(0), program: row.text(1), form: row.text(2), bundle: row.text(3), asOf: row.date(4),
            actor: row.text(5), startedAt: row.instant(6), finishedAt: row.instantOrNil(7), state: row.text(8),
            judged: Int(row.int(9)), totals: try SweepTotals(json: row.text(10)),
            why: RunPause(json: row.textOrNil(11)))
    }
}

extension RunRecord {
    /// Throws ``RunStopped`` when a run is no longer at work; called in the transaction that writes a block.
    static func checkGoing(_ id: ID<Run>, in reader: any StoreReader) throws {
        let state = try reader.first("SELECT state FROM run WHERE id = $1", [.id(id)]) { $0.text(0) } ?? "cancelled"
        guard RunSummary.State.atWork.contains(state) else { throw RunStopped(state: state, why: nil) }
    }

    /// Takes a paused run up where it was: one whose outcomes are settled is only applied.
    static func resume(_ id: ID<Run>, in writer: any StoreWriter) throws {
        try writer.execute(
            """
            UPDATE run SET pause_reason = NULL, version = version + 1, state = CASE WHEN EXISTS (SELECT 1 FROM run_block \
            WHERE run = $1 AND outcomes IS NOT NULL) THEN 'applying' ELSE 'judging' END WHERE id = $1 AND state = 'paused'
            """, [.id(id)])
    }
}
