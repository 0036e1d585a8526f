import Foundation
import NiangjiaCore
import NiangjiaExchange

/// Imports that come in several steps, as over the network: somebody says what comes, sends the file, reads the findings, and
/// confirms. Each step is a row's state, moved under its version; checking and taking go on in the background and are taken up
/// again after a restart, for taking a file twice takes it once.
struct ImportDesk: Sendable {
    /// The largest file that is taken, in bytes.
    static let largestFile = 200 << 20
    /// How many imports of one account may wait for a word at a time.
    private static let mostWaiting: Int64 = 20
    /// How long an import waits for a word (milliseconds).
    private static let patience: Int64 = 7 * 86_400_000

    let folder: DataFolder
    let store: any Store
    let bundles: BundleStore
    let background: Background
    let clock: any NiangjiaCore.Clock
    let ids: IDSource
    let crypto: any CryptoProvider
    private let progress = Guarded<[ID<StagedImport>: Int64]>([:])
    private let undoing = Guarded<Set<ID<ImportBatch>>>([])

    init(
        folder: DataFolder, store: any Store, bundles: BundleStore, background: Background,
        clock: any NiangjiaCore.Clock, ids: IDSource, crypto: any CryptoProvider
    ) {
        self.folder = folder
        self.store = store
        self.bundles = bundles
        self.background = background
        self.clock = clock
        self.ids = ids
        self.crypto = crypto
    }

    /// Says what comes. A mapping that can't be read is refused now, not when the file is there.
    func begin(_ request: Value, by account: String) async throws -> StagedImportRecord {
        let kind = try await job(request, file: "").mapping.kind
        let (id, now) = (ids.next(StagedImport.self), clock.now())
        try await store.write(.interactive) { writer in
            if let account = try Access.account(account, in: writer) {
                _ = try ImportDesk.reach(of: account, kind, in: writer)
            }
            let waiting = try writer.integer(
                "SELECT COUNT(*) FROM import_job WHERE account = $1 AND state IN ('waiting', 'checking', 'checked')",
                [.text(account)])
            guard waiting ?? 0 < ImportDesk.mostWaiting else {
                throw NiangjiaError(
                    .conflict, zh: "已有 \(waiting ?? 0) 个导入等待上传或确认:请先处理它们。",
                    en: "\(waiting ?? 0) imports of yours wait for a file or a word: deal with them first.")
            }
            try writer.execute(
                """
                INSERT INTO import_job (id, account, request, state, made_at, changed_at) VALUES ($1, $2, $3, 'waiting', $4, $4)
                """, [.id(id), .text(account), .text(request.json), .instant(now)])
        }
        return try await record(id, of: account)
    }

    /// Takes the file of an import in and begins to check it. Another file may take its place until it is confirmed.
    func put(_ id: ID<StagedImport>, file: String, by account: String) async throws -> StagedImportRecord {
        let found = try await record(id, of: account)
        guard [.waiting, .checked, .failed].contains(found.state) else { throw ImportDesk.busy(found.state) }
        try await move(found, to: .checking, "rows_total = NULL, findings = NULL, failure = NULL")
        let place = path(found)
        try await offPool {
            try FileManager.default.createDirectory(
                atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            guard rename(file, place) == 0 else {
                throw NiangjiaError(.store, zh: "文件没有存上。", en: "The file could not be kept.", cause: "errno \(errno)")
            }
        }
        work(found, .checking)
        return try await record(id, of: account)
    }

    /// Takes what was checked, as it was seen.
    func confirm(
        _ id: ID<StagedImport>, seen version: Int64? = nil, by account: String
    ) async throws -> StagedImportRecord {
        let found = try await record(id, of: account)
        try found.check(seen: version)
        guard found.state == .checked else { throw ImportDesk.busy(found.state) }
        try await move(found, to: .taking, "failure = NULL")
        work(found, .taking)
        return try await record(id, of: account)
    }

    /// Undoes an import that was taken, one undoing at a time: what it answers is what it did.
    func undo(
        _ id: ID<ImportBatch>, within scope: OrganizationScope, _ context: ChangeContext
    ) async throws -> UndoSummary {
        guard undoing.withLock({ $0.insert(id).inserted }) else {
            throw NiangjiaError(
                .conflict, zh: "这次导入正在撤销:请稍后查看它的状态。",
                en: "The import is being undone: look in a moment how it stands.")
        }
        defer { undoing.withLock { _ = $0.remove(id) } }
        return try await Importer(store: store, context: context).undo(id, within: scope)
    }

    /// An import of an account; somebody else's is as if it weren't there.
    func record(_ id: ID<StagedImport>, of account: String) async throws -> StagedImportRecord {
        let found = try await store.read { reader in
            try reader.first(
                "SELECT \(StagedImportRecord.columns) FROM import_job WHERE id = $1 AND account = $2",
                [.id(id), .text(account)], StagedImportRecord.init(row:))
        }
        guard var found else { throw NiangjiaError(.notFound, zh: "没有这个导入。", en: "There is no such import.") }
        found.rowsDone = progress.withLock { $0[id] } ?? found.rowsTotal ?? 0
        return found
    }

    /// The imports of an account, the newest first.
    func list(of account: String, after: ID<StagedImport>?, limit: Int) async throws -> [StagedImportRecord] {
        try await store.read { reader in
            try reader.all(
                """
                SELECT \(StagedImportRecord.columns) FROM import_job WHERE account = $1 AND id < $2 ORDER BY id DESC LIMIT $3
                """, [.text(account), .int(after?.rawValue ?? .max), .int(Int64(limit))],
                StagedImportRecord.init(row:))
        }
    }

    /// Goes on with what a stopped host was at, and forgets files that nobody came back for.
    func resume() async throws {
        let open = try await store.read { reader in
            try reader.all(
                "SELECT \(StagedImportRecord.columns) FROM import_job WHERE state IN ('checking', 'taking')", [],
                StagedImportRecord.init(row:))
        }
        for one in open { work(one, one.state) }
        try await sweep()
    }

    /// Ends imports that nobody came back for, and removes each file that no import waits with: what is in one is sealed nowhere.
    func sweep() async throws {
        let before = clock.now() + -ImportDesk.patience
        let late = try await store.read { reader in
            try reader.all(
                """
                SELECT \(StagedImportRecord.columns) FROM import_job WHERE state IN ('waiting', 'checked')
                AND changed_at < $1
                """, [.instant(before)], StagedImportRecord.init(row:))
        }
        // Whoever comes back just now was quicker.
        for one in late { try? await move(one, to: .failed, "findings = NULL") }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.imports)) ?? []
        for name in names {
            guard let id = ID<StagedImport>(name) else { continue }
            let isOver = try await store.read { reader in
                try reader.integer(
                    "SELECT COUNT(*) FROM import_job WHERE id = $1 AND state IN ('waiting', 'checking', 'checked', 'taking')",
                    [.id(id)]) == 0
            }
            if isOver { remove(id) }
        }
    }

    private func remove(_ id: ID<StagedImport>) {
        try? FileManager.default.removeItem(atPath: "\(folder.imports)/\(id)")
    }

    // MARK: Work

    private func work(_ record: StagedImportRecord, _ state: StagedImport.State) {
        _ = background.start("import \(record.id)") {
            do {
                try await perform(record, state)
            } catch is CancellationError {
                // Taken up again when the host starts.
            } catch {
                try? await fail(record, Operations.describe(error))
            }
            progress.withLock { $0[record.id] = nil }
        }
    }

    private func perform(_ record: StagedImportRecord, _ state: StagedImport.State) async throws {
        var job = try await job(record.request, file: path(record))
        let context = ChangeContext(now: clock.now(), actor: record.account, ids: ids, crypto: crypto)
        job.reach = try await store.read { [job] reader in
            guard let account = try Access.account(record.account, in: reader), account.isActive,
                account.may(.changeRegisters)
            else { throw Access.forbidden(.changeRegisters) }
            return try ImportDesk.reach(of: account, job.mapping.kind, in: reader)
        }
        job.takeOpening = { opening, writer in try FundOpenings.take(opening, context.anew, in: writer) }
        let importer = Importer(store: store, context: context)
        let show: @Sendable (ImportProgress) -> Void = { report in
            progress.withLock { $0[record.id] = Int64(report.rowsDone) }
        }
        let isTaking = state == .taking
        let summary =
            isTaking
            ? try await importer.take(job, total: record.rowsTotal.map { Int($0) }, progress: show)
            : try await importer.check(job, progress: show)
        try Task.checkCancellation()
        let (findings, now) = (ImportDesk.findings(summary), clock.now())
        let after = isTaking ? StagedImport.State.taken : .checked
        try await store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE import_job SET state = $1, version = version + 1, changed_at = $2, rows_total = $3, findings = $4,
                  import_batch = $5 WHERE id = $6 AND state = $7
                """,
                [
                    .text(after.rawValue), .instant(now), .int(Int64(summary.rows)), .text(findings.json),
                    .id(summary.batch), .id(record.id), .text(state.rawValue),
                ])
        }
        if isTaking { remove(record.id) }
    }

    /// The part of the city whose registers an account may change by a file. What belongs to no union in particular is the city's.
    ///
    /// - Throws: `forbidden`.
    static func reach(of account: Account, _ kind: ImportKind, in reader: any StoreReader) throws -> OrganizationScope {
        guard let reach = try OrganizationScope.of(account.scope, in: reader) else {
            throw Access.forbidden(.changeRegisters)
        }
        try refuseTreasury(account, kind, in: reader)
        switch kind {
        case .person, .organization, .household, .station: return reach
        case .record, .fundOpening, .dues, .figures:
            guard account.scope == nil else {
                throw NiangjiaError(
                    .forbidden, zh: "这类资料属于全市,请由市总工会导入。", en: "This belongs to the whole city: the city imports it.")
            }
            return reach
        }
    }

    /// Refuses whoever pays what names who is paid and where: who builds or approves batches changes no account of a payee, under
    /// whatever account of theirs.
    static func refuseTreasury(_ account: Account, _ kind: ImportKind, in reader: any StoreReader) throws {
        guard kind == .person || kind == .organization, try PayeeAccounts.isTreasury(account.id, in: reader) else {
            return
        }
        throw NiangjiaError(
            .forbidden, zh: "财务和出纳不能更改收款账号:人员、组织的资料由不管付款的另一人导入或撤销。",
            en:
                "Treasurers and payers change no payee's account: people and organisations are imported, and imports undone, by somebody else who doesn't pay."
        )
    }

    private func fail(_ record: StagedImportRecord, _ error: NiangjiaError) async throws {
        // A path of the machine is nobody's business.
        let place = error.place.map { $0.hasPrefix("/") && $0.contains(folder.path) ? record.name : $0 }
        let failure: Value = [
            "code": .text(error.code.rawValue),
            "message": ["zh-CN": .text(error.message.zh), "en": .text(error.message.en)],
            "place": place.map { .text($0) } ?? .null,
        ]
        let now = clock.now()
        let ended = try await store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE import_job SET state = 'failed', version = version + 1, changed_at = $1, failure = $2 WHERE id = $3
                AND state IN ('checking', 'taking')
                """, [.instant(now), .text(failure.json), .id(record.id)])
        }
        // Whoever tries again sends it again.
        if ended == 1 { remove(record.id) }
    }

    private func move(
        _ record: StagedImportRecord, to state: StagedImport.State, _ changes: String
    ) async throws {
        let now = clock.now()
        let moved = try await store.write(.interactive) { writer in
            try writer.execute(
                """
                UPDATE import_job SET state = $1, version = version + 1, changed_at = $2, \(changes) WHERE id = $3
                AND version = $4
                """, [.text(state.rawValue), .instant(now), .id(record.id), .int(record.version)])
        }
        guard moved == 1 else { throw ImportDesk.busy(record.state) }
    }

    /// What the importer is asked, from what somebody said.
    private func job(_ request: Value, file: String) async throws -> ImportJob {
        var kind = request["kind"].text ?? ""
        if kind == "record" { kind = "record:\(request["plugin"].text ?? "")/\(request["table"].text ?? "")" }
        guard let found = ImportKind(kind) else {
            throw NiangjiaError(.invalid, zh: "不能导入 \(kind)。", en: "\(kind) can't be imported.", place: "/kind")
        }
        var mapping = ImportMapping(found)
        if case .map(var members) = request["mapping"] {
            members["kind"] = .text(kind)
            do {
                mapping = try ImportMapping(.map(members))
            } catch {
                throw NiangjiaError(
                    error.code, zh: error.message.zh, en: error.message.en, place: "/mapping" + (error.place ?? ""))
            }
        }
        if let sheet = request["sheet"].text { mapping.sheet = sheet }
        var job = ImportJob(file: file, mapping: mapping, source: request["source"].text ?? request["name"].text)
        job.fileName = request["name"].text
        job.batch = request["batch"].text
        job.record = try await bundles.recordDefinition(of: mapping.kind)
        return job
    }

    private func path(_ record: StagedImportRecord) -> String {
        // What kind of file it is shows by the ending; everything else of a client's name stays outside.
        "\(folder.imports)/\(record.id)/file.\(record.name.lowercased().hasSuffix(".xlsx") ? "xlsx" : "csv")"
    }

    /// The counts, findings and changes of an import as JSON.
    static func findings(_ summary: ImportSummary) -> Value {
        guard case .map(var members) = summary.value else { return .null }
        members["issues"] = .list(
            summary.issues.map {
                [
                    "place": .text($0.place), "code": .text($0.code), "outcome": .text($0.outcome.rawValue),
                    "message": ["zh-CN": .text($0.message.zh), "en": .text($0.message.en)],
                ]
            })
        members["changes"] = .list(summary.changes.map(\.value))
        members["remarks"] = .list(summary.remarks.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] })
        return .map(members)
    }

    private static func busy(_ state: StagedImport.State) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "这个导入\(state.title.zh),现在不能这样办理。",
            en: "The import \(state.title.en): it can't be dealt with so now.")
    }
}

extension BundleStore {
    /// The plugin's definition of the records that are imported; nil for the host's own registers.
    func recordDefinition(of kind: ImportKind) async throws -> RecordDefinition? {
        guard case .record(let plugin, let record) = kind else { return nil }
        let active = try? await active()
        guard let definition = active?.plugins[plugin]?.manifest.records[record] else {
            throw NiangjiaError(
                .notFound, zh: "插件 \(plugin) 没有记录表 \(record)。", en: "The plugin \(plugin) has no table \(record).")
        }
        return definition
    }
}
