import NiangjiaCore

/// What undoing an import did.
public struct UndoSummary: Sendable {
    /// Rows that went back to what they were.
    public var restored = 0
    /// Rows that the import had made and that are gone again.
    public var removed = 0
    /// Rows that stay, because somebody changed or used them since.
    public var kept: [RowKept] = []
    public var keptCount = 0

    /// Whether anything is left of the import: what is in use can be undone later, when it is no longer.
    public var isComplete: Bool { keptCount == 0 }

    public struct RowKept: Sendable, Hashable {
        /// The row's number in the file.
        public var row: Int
        public var reason: LocalText
    }
}

extension Importer {
    private static let openingsAreBooked = NiangjiaError(
        .conflict,
        zh: "期初余额已入账,不能撤销:把 config/funds.yaml 中的金额改成应有的数,niangjia config propose 并由另一人批准,差额随即入账。",
        en:
            "Openings are booked and can't be undone: put the right amount into config/funds.yaml, niangjia config propose, and have it approved; the difference is booked."
    )

    /// Undoes an import: rows that it changed get the version before, rows that it made go. What has been changed or used since
    /// stays and is told, and the import stays taken for it: it can be undone again. A killed undo goes on where it was.
    ///
    /// - Parameter scope: The part of the city whose people may be changed back: whoever has joined a union outside of it since stays.
    public func undo(_ batch: ID<ImportBatch>, within scope: OrganizationScope = .wholeCity) async throws -> UndoSummary
    {
        let number = batch.rawValue
        let kind = try await store.write(.interactive) { writer -> String? in
            let known = try writer.first("SELECT kind, state FROM import_batch WHERE id = $1", [.int(number)]) {
                ($0.text(0), $0.text(1))
            }
            guard let (kind, state) = known, state != ImportBatch.State.undone.rawValue else { return nil }
            // Refused in the transaction that would begin it: the import stays taken.
            guard ImportKind(kind) != .fundOpening else { throw Importer.openingsAreBooked }
            try ImportBatch.State.undoing.begin(number, in: writer)
            try ImportDeed.begin(number, .undone, context.anew, in: writer)
            return kind
        }
        guard let kind, let parsed = ImportKind(kind) else {
            throw NiangjiaError(.notFound, zh: "没有这次导入,或已撤销", en: "there is no such import, or it has been undone")
        }
        var summary = UndoSummary()
        var goesOn = true
        // Rows may keep others of their own import, in whatever order they come: as long as some go, the rest is asked again.
        while goesOn {
            let pass = try await undoOnce(batch, parsed, within: scope)
            summary.restored += pass.restored
            summary.removed += pass.removed
            (summary.kept, summary.keptCount) = (pass.kept, pass.keptCount)
            goesOn = !pass.isComplete && pass.restored + pass.removed > 0
        }
        try await endUndo(batch, summary)
        await copyFacts()
        return summary
    }

    /// Goes over what is left of an import once.
    private func undoOnce(
        _ batch: ID<ImportBatch>, _ kind: ImportKind, within scope: OrganizationScope
    ) async throws -> UndoSummary {
        var summary = UndoSummary()
        // Newest first would need an index: memberships and heads (behind U+001E) sort right behind the row that they belong to, and go first.
        var below: String?
        repeat {
            let from = below
            let (part, last) = try await store.write(.batch) { writer in
                try Undo(kind: kind, batch: batch, scope: scope, context: context.anew, in: writer).step(below: from)
            }
            summary.restored += part.restored
            summary.removed += part.removed
            summary.keptCount += part.keptCount
            summary.kept += part.kept.prefix(max(0, 200 - summary.kept.count))
            below = last
        } while below != nil
        return summary
    }

    /// Says what an undoing came to.
    private func endUndo(_ batch: ID<ImportBatch>, _ summary: UndoSummary) async throws {
        let counts: Value = [
            "restored": .int(Int64(summary.restored)), "removed": .int(Int64(summary.removed)),
            "kept": .int(Int64(summary.keptCount)),
        ]
        try await store.write(.batch) { writer in
            let context = context.anew
            try ImportBatch.State.undoing.check(batch.rawValue, in: writer)
            try ImportDeed.end(batch.rawValue, context, in: writer)
            guard summary.isComplete else {
                try ImportBatch.State.taken.begin(batch.rawValue, in: writer)
                guard summary.restored + summary.removed > 0 else { return }
                return try context.record("import.partly_undone", about: batch.text, body: counts, in: writer)
            }
            // The name is free again, so that the same delivery may be taken once more.
            try writer.execute(
                "UPDATE import_batch SET state = 'undone', batch = batch || $1, finished_at = $2 WHERE id = $3",
                [.text("#undone-" + batch.text), .instant(context.now), .id(batch)])
            try context.record("import.undone", about: batch.text, body: counts, in: writer)
        }
    }
}
