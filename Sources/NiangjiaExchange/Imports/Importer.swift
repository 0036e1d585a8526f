import NiangjiaCore

/// Imports files into the registers: a check first that shows what would happen, then the taking, in transactions of some thousand
/// rows. A killed import goes on where it was when the same file is taken again; nothing is taken twice.
public struct Importer: Sendable {
    let store: any Store
    /// Who imports. Each transaction has a moment of its own (``ChangeContext/anew``).
    let context: ChangeContext

    public init(store: any Store, context: ChangeContext) {
        self.store = store
        self.context = context
    }

    /// Reads a file and tells what taking it would do. Writes nothing but the result file.
    public func check(
        _ job: ImportJob, progress: (@Sendable (ImportProgress) -> Void)? = nil
    ) async throws -> ImportSummary {
        try await ImportRun(self, job, batch: nil, total: nil, progress).run()
    }

    /// Takes a file. `total` is the number of rows that the check counted, for the remaining time.
    public func take(
        _ job: ImportJob, total: Int? = nil, progress: (@Sendable (ImportProgress) -> Void)? = nil
    ) async throws -> ImportSummary {
        let file = try HandedIn(job, context.crypto)
        let (batch, pass) = try await begin(job, file)
        var summary = try await ImportRun(self, job, batch: batch, pass: pass, total: total, progress).run()
        summary.batch = ID(rawValue: batch)
        let counts = summary.value
        try await store.write(.batch) { writer in
            let context = context.anew
            try ImportBatch.State.taking.check(batch, in: writer)
            try writer.execute(
                "UPDATE import_batch SET state = 'taken', finished_at = $1, rows_done = $2, counts = $3 WHERE id = $4",
                [.instant(context.now), .int(counts["rows"].int ?? 0), .text(counts.json), .int(batch)])
            try ImportDeed.end(batch, context, in: writer)
            try context.record("import.taken", about: ID<ImportBatch>(rawValue: batch).text, body: counts, in: writer)
        }
        await copyFacts()
        return summary
    }

    /// The next run reads what has come as columns. The import is done whatever becomes of that: runs read rows where there are none.
    func copyFacts() async { _ = try? await FactPages.refresh(in: store) }

    private static func isBeingUndone(_ batch: Int64) -> NiangjiaError {
        let id = ID<ImportBatch>(rawValue: batch)
        return NiangjiaError(
            .conflict, zh: "这一批正在撤销:先把它撤销完(niangjia import undo \(id)),再导入。",
            en: "This delivery is being undone: finish that first (niangjia import undo \(id)), then take it.")
    }

    /// Finds or makes the row of this delivery.
    private func begin(_ job: ImportJob, _ file: HandedIn) async throws -> (Int64, DeliveryPass) {
        // A delivery that somebody else began is theirs, also where it has the same name.
        let owner = job.reach == .wholeCity ? "" : context.actor + ":"
        let name = owner + (job.batch ?? RowMaker.hex(file.digest.prefix(16)))
        let kind = job.mapping.kind.description
        let fresh = context.ids.next(ImportBatch.self)
        return try await store.write(.interactive) { writer in
            let context = context.anew
            let known = try writer.first(
                "SELECT id, state FROM import_batch WHERE kind = $1 AND source = $2 AND batch = $3",
                [.text(kind), .text(job.source), .text(name)]
            ) { (id: $0.int(0), state: $0.text(1)) }
            if let known {
                guard known.state != ImportBatch.State.undoing.rawValue else { throw Importer.isBeingUndone(known.id) }
                try writer.execute(
                    "UPDATE import_batch SET state = 'taking', file_digest = $1, actor = $2 WHERE id = $3",
                    [.blob(file.digest), .text(context.actor), .int(known.id)])
                try ImportDeed.begin(known.id, .taken, file: file, context, in: writer)
                return (known.id, known.state == ImportBatch.State.taking.rawValue ? .goingOn : .again)
            }
            try writer.insert(
                into: "import_batch",
                columns: ["id", "kind", "source", "batch", "file_digest", "actor", "started_at", "state"],
                values: [
                    .id(fresh), .text(kind), .text(job.source), .text(name), .blob(file.digest), .text(context.actor),
                    .instant(context.now), .text("taking"),
                ])
            try ImportDeed.begin(fresh.rawValue, .taken, file: file, context, in: writer)
            return (fresh.rawValue, .first)
        }
    }
}

/// Whether a delivery was begun before.
enum DeliveryPass: Sendable {
    case first
    /// It was stopped half-way: the rows that it had taken are its own doing.
    case goingOn
    /// It had been taken whole.
    case again
}
