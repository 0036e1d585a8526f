import NiangjiaCore
import NiangjiaExchange

/// Imports that were taken: which files they were, by whom, and undoing them.
extension Operations {
    static func listImports(_ call: Call) async throws {
        let limit = try call.arguments.limit(otherwise: 100)
        let after = try call.arguments.optionalID("after", ImportBatch.self)
        let account = try signedIn(call)
        let rows = try await call.host.store.read { reader -> [Value] in
            let batches = try reader.all(
                """
                SELECT id, kind, source, batch, actor, started_at, state, rows_done FROM import_batch WHERE id < $1
                AND (actor = $3 OR $4 = 1) ORDER BY id DESC LIMIT $2
                """,
                [
                    .int(after?.rawValue ?? .max), .int(Int64(limit)), .text(account.id), .bool(account.scope == nil),
                ]
            ) { row in
                (
                    id: row.id(0, ImportBatch.self),
                    members: [
                        "kind": .text(row.text(1)), "source": .text(row.text(2)), "batch": .text(row.text(3)),
                        "actor": .text(row.text(4)), "at": .text(row.instant(5).description),
                        "state": .text(row.text(6)), "rows": .int(row.int(7)),
                    ] as [String: Value]
                )
            }
            return try batches.map { batch in
                var members = batch.members
                members["import"] = .text(batch.id.text)
                members["handled"] = .list(try handled(batch.id, in: reader))
                return .map(members)
            }
        }
        call.output.table(
            ["导入", "种类", "来源", "文件", "经办", "状态", "行数"],
            en: ["import", "kind", "source", "file", "by", "state", "rows"],
            rows.map { row in
                let file = row["handled"].list?.last { !$0["file"].isNull }?["file"]
                return ["import", "kind", "source"].map { row[$0].text ?? "" } + [file?["name"].text ?? ""]
                    + ["actor", "state"].map { row[$0].text ?? "" } + ["\(row["rows"].int ?? 0)"]
            })
        call.output.answer(.list(rows))
    }

    /// Who took which file into an import, or undid it, in that order.
    private static func handled(_ id: ID<ImportBatch>, in reader: any StoreReader) throws -> [Value] {
        try reader.all(
            """
            SELECT deed, actor, begun_at, file_name, file_size, file_digest FROM import_deed WHERE import_batch = $1
            ORDER BY id
            """, [.id(id)]
        ) { row in
            let file: Value? = row.blobOrNil(5).map { digest in
                [
                    "name": row.textOrNil(3).map { .text($0) } ?? .null, "size": .int(row.int(4)),
                    "sm3": .text(Hex.text(digest)),
                ]
            }
            return [
                "deed": .text(row.text(0)), "by": .text(row.text(1)), "at": .text(row.instant(2).description),
                "file": file ?? .null,
            ]
        }
    }

    static func undoImport(_ call: Call) async throws {
        let (id, account) = (try call.arguments.id("import", ImportBatch.self), try signedIn(call))
        // Below the city everybody undoes their own only; somebody else's is as if it weren't there.
        let taken = try await call.host.store.read { reader in
            try reader.first("SELECT actor, kind FROM import_batch WHERE id = $1", [.id(id)]) {
                (actor: $0.text(0), kind: ImportKind($0.text(1)))
            }
        }
        let scope = try await call.host.store.read { try OrganizationScope.of(account.scope, in: $0) }
        guard let scope, account.scope == nil || taken?.actor == account.id else {
            throw NiangjiaError(.notFound, zh: "没有这次导入,或已撤销", en: "there is no such import, or it has been undone")
        }
        if let kind = taken?.kind {
            try await call.host.store.read { try ImportDesk.refuseTreasury(account, kind, in: $0) }
        }
        let summary = try await call.host.imports.undo(id, within: scope, call.context)
        call.output.line(
            (summary.isComplete ? "已撤销" : "未能全部撤销")
                + ":恢复 \(summary.restored) 行,移除 \(summary.removed) 行,保留 \(summary.keptCount) 行。",
            en: (summary.isComplete ? "Undone" : "Not all could be undone")
                + ": \(summary.restored) rows restored, \(summary.removed) removed, \(summary.keptCount) kept.")
        if !summary.isComplete {
            call.output.foundWrong()
            call.output.line(
                "  这次导入仍为“已导入”:先撤销或更改使用这些行的资料,再撤销一次。",
                en: "  The import stays taken: undo or change what uses these rows, then undo again.")
        }
        for kept in summary.kept.prefix(20) {
            call.output.line(
                "  第 \(kept.row) 行 \(kept.reason.zh)", en: "  row \(kept.row): \(kept.reason.en)")
        }
        call.output.answer([
            "import": .text(id.text), "restored": .int(Int64(summary.restored)),
            "removed": .int(Int64(summary.removed)),
            "kept": .int(Int64(summary.keptCount)),
            "state": .text((summary.isComplete ? ImportBatch.State.undone : .taken).rawValue),
            "reasons": .list(
                summary.kept.prefix(200).map {
                    ["row": .int(Int64($0.row)), "zh-CN": .text($0.reason.zh), "en": .text($0.reason.en)]
                }),
        ])
    }
}
