import NiangjiaCore

/// An import as the store has it.
struct StagedImportRecord: Sendable {
    var id: ID<StagedImport>
    var version: Int64
    var account: String
    var request: Value
    var state: StagedImport.State
    var madeAt: Instant
    var changedAt: Instant
    var rowsTotal: Int64?
    var findings: Value
    var batch: ID<ImportBatch>?
    var failure: Value
    var rowsDone: Int64 = 0

    static let columns =
        "id, version, account, request, state, made_at, changed_at, rows_total, findings, import_batch, failure"

    init(row: any StoreRow) throws {
        id = row.id(0)
        version = row.int(1)
        account = row.text(2)
        request = try Value(json: row.text(3))
        guard let state = StagedImport.State(rawValue: row.text(4)) else {
            throw NiangjiaError(.store, zh: "未知的导入状态", en: "unknown state of an import", cause: row.text(4))
        }
        self.state = state
        madeAt = row.instant(5)
        changedAt = row.instant(6)
        rowsTotal = row.intOrNil(7)
        findings = try row.textOrNil(8).map { try Value(json: $0) } ?? .null
        batch = row.idOrNil(9)
        failure = try row.textOrNil(10).map { try Value(json: $0) } ?? .null
    }

    var name: String { request["name"].text.flatMap(FileName.plain) ?? "" }

    /// Whether nothing more happens by itself: it was taken, it failed, or it waits for its owner's word. One that waits for its
    /// file is at its beginning.
    var isEnded: Bool { ![.waiting, .checking, .taking].contains(state) }

    /// Refuses whoever has seen another version: another file may be in it now.
    ///
    /// - Throws: `stale`.
    func check(seen version: Int64?) throws {
        guard let version, version != self.version else { return }
        throw NiangjiaError(.stale, zh: "这个导入已有变化,请刷新后再试。", en: "The import has changed; look again.")
    }

    var value: Value {
        [
            "import": .text(id.text), "version": .int(version), "kind": request["kind"], "name": .text(name),
            "account": .text(account), "state": .text(state.rawValue), "made_at": .text(madeAt.description),
            "changed_at": .text(changedAt.description), "rows_done": .int(rowsDone),
            "rows_total": rowsTotal.map { .int($0) } ?? .null, "findings": findings,
            "batch": batch.map { .text($0.text) } ?? .null, "failure": failure,
            "is_ended": .bool(isEnded),
        ]
    }
}

extension StagedImport.State {
    /// For people; answers keep the stable word.
    var title: LocalText {
        switch self {
        case .waiting: LocalText(zh: "等待文件", en: "waits for its file")
        case .checking: LocalText(zh: "正在核对", en: "is being checked")
        case .checked: LocalText(zh: "已核对、等待确认", en: "is checked and waits for a word")
        case .taking: LocalText(zh: "正在导入", en: "is being taken")
        case .taken: LocalText(zh: "已导入", en: "has been taken")
        case .failed: LocalText(zh: "未能完成", en: "has failed")
        }
    }
}
