import NiangjiaCore

/// One pass over a file: rows → drafts → plans → (when taking) transactions.
final class ImportRun {
    private let importer: Importer
    private let job: ImportJob
    private let batch: Int64?
    private let progress: (@Sendable (ImportProgress) -> Void)?
    private var maker: RowMaker
    private var planner: Planner
    private let source: any RowSource
    private var ahead: [SheetRow]
    private let result: ResultFile?
    private let changes: ChangesFile?
    private let teller: ChangeTeller
    private var hasMoreChanges = false
    private var summary: ImportSummary
    private let total: Int?
    private let started = ContinuousClock.now
    private var toldAt = ContinuousClock.now
    private var writing: Writing?
    /// What stands twice is refused.
    private let seen = SeenKeys()

    init(
        _ importer: Importer, _ job: ImportJob, batch: Int64?, pass: DeliveryPass = .first, total: Int?,
        _ progress: (@Sendable (ImportProgress) -> Void)?
    ) async throws {
        self.importer = importer
        self.job = job
        self.batch = batch
        self.total = total
        self.progress = progress
        summary = ImportSummary(kind: job.mapping.kind)
        guard job.resultFile != job.file else {
            throw NiangjiaError(
                .invalid, zh: "结果文件不能与导入文件相同", en: "the result can't go into the file that is imported", place: job.file
            )
        }
        source = try TableFile.open(
            job.file, sheet: job.mapping.sheet, encoding: job.encoding, named: job.fileName.flatMap(FileName.plain))
        var rows: [SheetRow] = []
        let last = job.mapping.headerRow ?? ImportHeader.searched
        while rows.count < ImportHeader.searched, let row = try source.next() {
            rows.append(row)
            if row.number > last { break }
        }
        let register = try Register(job)
        let header = try ImportHeader.find(in: rows, mapping: job.mapping, fields: register.fields)
        ahead = rows.filter { $0.number > header.row }
        let kind = job.mapping.kind
        let references = try await importer.store.read { try References.load(for: kind, in: $0) }
        maker = RowMaker(
            mapping: job.mapping, header: header, table: register.table, fields: register.fields,
            today: importer.context.today,
            areas: job.areas, crypto: importer.context.crypto, references: references)
        maker.record = job.record
        planner = Planner(
            kind: kind, register: register, batch: batch, pass: pass, context: importer.context,
            validFrom: job.mapping.validFrom ?? importer.context.today, references: references, reach: job.reach)
        teller = ChangeTeller(planner, record: job.record)
        changes = try job.changesFile.map { path throws(NiangjiaError) in try ChangesFile(path: path) }
        result = try job.resultFile.map { path throws(NiangjiaError) in try ResultFile(path: path, header: header) }
        if !header.unused.isEmpty {
            let names = header.unused.joined(separator: "、")
            summary.remarks.append(LocalText(zh: "未使用的列:\(names)", en: "columns that are not used: \(names)"))
        }
    }

    func run() async throws -> ImportSummary {
        do {
            if job.mapping.kind == .organization { try await runInWaves() } else { try await runInOrder() }
        } catch {
            // What is being written is waited for: the caller must be able to close the store.
            _ = try? await writing?.task?.value
            throw error
        }
        summary.remarks += source.remarks
        if job.mapping.kind == .person, job.reach != .wholeCity, summary.count(.new) > 0 {
            // Said to everybody, whoever the rows name.
            summary.remarks.append(
                LocalText(
                    zh: "新增的人员中,须由市级核实的,核实后才列入登记册(不逐一说明)",
                    en:
                        "of those who are new, whoever the city has to confirm is in the register once it has; it isn't said who"
                ))
        }
        if let (path, remark) = try result?.finish() {
            summary.resultFile = path
            if let remark { summary.remarks.append(remark) }
        }
        try changes?.finish()
        if hasMoreChanges { summary.changesFile = job.changesFile }
        tell(isLast: true)
        return summary
    }

    /// The next row that holds something, as a draft; repeated keys already refused.
    private func nextDraft() throws -> Draft? {
        while let row = try ahead.isEmpty ? source.next() : ahead.removeFirst() {
            if row.isBlank { continue }
            var draft = maker.draft(row)
            guard !draft.key.isEmpty else { return draft }
            if let first = try seen.note(draft.key, row: row.number) {
                maker.add(.error, "REPEATED", nil, zh: "与第 \(first) 行重复", en: "the same as row \(first)", &draft)
            }
            return draft
        }
        return nil
    }

    private func runInOrder() async throws {
        var drafts: [Draft] = []
        var lookups: Set<SQLValue> = []
        while let draft = try nextDraft() {
            // Two rows about one entity must not be compared with the same version of it.
            let isTwice = !lookups.insert(draft.lookup).inserted && draft.lookup != .null
            if drafts.count >= job.batchRows || isTwice {
                try await process(drafts)
                drafts.removeAll(keepingCapacity: true)
                lookups = [draft.lookup]
            }
            drafts.append(draft)
        }
        try await process(drafts)
        try await settle()
    }

    /// Organisations may stand before the ones above them: what waits for its parent goes in a later wave.
    private func runInWaves() async throws {
        var waiting: [Draft] = []
        while let draft = try nextDraft() {
            waiting.append(draft)
            guard waiting.count <= 500_000 else {
                throw NiangjiaError(
                    .invalid, zh: "一个文件最多 50 万个组织", en: "a file holds 500,000 organisations at most", place: job.file)
            }
        }
        let named = Set(waiting.map(\.key))
        var done: Set<String> = []
        while !waiting.isEmpty {
            var wave: [Draft] = []
            var rest: [Draft] = []
            for draft in waiting {
                let waits = draft.parentCode.map { named.contains($0) && !done.contains($0) } ?? false
                if waits { rest.append(draft) } else { wave.append(draft) }
            }
            // Nothing moves: the rest waits for itself and is planned as it stands, which tells the loop.
            if wave.isEmpty { (wave, rest) = (rest, []) }
            for start in stride(from: 0, to: wave.count, by: job.batchRows) {
                try await process(Array(wave[start..<min(start + job.batchRows, wave.count)]))
                try await settle()
            }
            done.formUnion(wave.map(\.key))
            waiting = rest
        }
    }

    /// A batch whose transaction is under way while the next rows are read.
    private struct Writing {
        var drafts: [Draft]
        var plans: [Planned]
        var task: Task<Void, any Error>?
    }

    /// Plans a batch and begins to write it; the one before is finished first.
    private func process(_ drafts: [Draft], attempt: Int = 1) async throws {
        try await settle(attempt: attempt)
        guard !drafts.isEmpty else { return }
        if job.mapping.kind == .fundOpening { return try await processOpenings(drafts) }
        let planner = planner
        let existing = try await importer.store.read { try planner.load(drafts, in: $0) }
        let plans = try drafts.map { try planner.plan($0, existing, seals: batch != nil) }
        // Where an organisation moves, the paths below it are others for the rows beside it: each that moves goes by itself, first.
        let moving = plans.indices.filter { plans[$0].movedPath != nil }
        if !moving.isEmpty, drafts.count > 1 {
            for index in moving {
                try await process([drafts[index]])
                try await settle()
            }
            return try await process(drafts.indices.filter { !moving.contains($0) }.map { drafts[$0] })
        }
        writing = Writing(drafts: drafts, plans: plans, task: batch == nil ? nil : write(plans))
    }

    /// Waits for the transaction under way and counts its rows; plans them again where somebody else was quicker.
    private func settle(attempt: Int = 1) async throws {
        guard var batch = writing else { return }
        writing = nil
        do {
            try await batch.task?.value
        } catch let error where ImportRun.isRace(error) {
            if attempt < 3 {
                try await process(batch.drafts, attempt: attempt + 1)
                return try await settle(attempt: attempt + 1)
            }
            if batch.drafts.count > 1 {
                for draft in batch.drafts {
                    try await process([draft], attempt: attempt)
                    try await settle(attempt: attempt)
                }
                return
            }
            batch.plans[0].outcome = .conflicting
            maker.add(
                .unconfirmed, "CONCURRENT", nil, zh: "该记录正被他人修改,请稍后重新导入",
                en: "somebody else is changing this record; import it again later", &batch.plans[0].draft)
        }
        try account(batch.plans)
    }

    private static func isRace(_ error: any Error) -> Bool {
        if error is Race { return true }
        if let error = error as? StoreError, case .duplicate = error { return true }
        return false
    }

    private func write(_ plans: [Planned]) -> Task<Void, any Error>? {
        let active = plans.filter { !$0.inserts.isEmpty || !$0.replacements.isEmpty || $0.facilities != nil }
        guard !active.isEmpty, let batch else { return nil }
        let (planner, store, context) = (planner, importer.store, importer.context)
        let done = Int64(summary.rows + plans.count)
        return Task {
            try await store.write(.batch) { writer in
                try ImportBatch.State.taking.check(batch, in: writer)
                try planner.write(active, context.anew, in: writer)
                try writer.execute("UPDATE import_batch SET rows_done = $1 WHERE id = $2", [.int(done), .int(batch)])
            }
        }
    }

    /// Openings are booked once: the same line again is unchanged, another amount is held back.
    private func processOpenings(_ drafts: [Draft]) async throws {
        let planner = planner
        let existing = try await importer.store.read { try planner.loadTaken(drafts, in: $0) }
        let plans = drafts.map { draft -> Planned in
            var planned = Planned(draft: draft, outcome: .refused)
            if draft.worst == .error { return planned }
            guard let taken = existing.taken[draft.key] else {
                planned.outcome = .new
                return planned
            }
            planned.outcome = taken.digest == draft.digest ? .unchanged : .conflicting
            if planned.outcome == .conflicting {
                maker.add(
                    .unconfirmed, "OPENING_TAKEN", nil, zh: "该项目的期初余额已导入且不同,请用红字冲销更正",
                    en: "another opening of this line has been booked; correct it by a reversing entry", &planned.draft)
            }
            return planned
        }
        let fresh = plans.filter { $0.outcome == .new }.compactMap { plan in
            opening(plan.draft).map { ($0, plan.draft) }
        }
        if let batch, !fresh.isEmpty {
            guard let book = job.takeOpening else {
                throw NiangjiaError(.internal, zh: "没有可用的账本", en: "no ledger takes openings")
            }
            try await importer.store.write(.batch) { writer in
                for (opening, draft) in fresh {
                    try book(opening, writer)
                    try writer.insert(
                        into: "import_row",
                        columns: [
                            "import_batch", "row_key", "row_number", "entity", "content_digest", "before_revision",
                            "after_revision",
                        ],
                        values: [
                            .int(batch), .text(draft.key), .int(Int64(draft.row.number)), .int(0), .blob(draft.digest),
                            .int(0), .int(1),
                        ])
                }
            }
        }
        try account(plans)
    }

    private func opening(_ draft: Draft) -> FundOpening? {
        func text(_ name: String) -> String {
            if case .text(let text)? = draft.values[maker.index(name)] { text } else { "" }
        }
        func int(_ name: String) -> Int64? {
            if case .int(let number)? = draft.values[maker.index(name)] { number } else { nil }
        }
        guard let year = int("year"), let amount = int("amount") else { return nil }
        let date = int("date").map { CivilDate(days: Int32(truncatingIfNeeded: $0)) } ?? importer.context.today
        return FundOpening(
            line: text("line"), year: Int(year), source: text("source"), purpose: text("purpose"),
            amount: Money(fen: amount),
            date: date)
    }

    /// Counts what became of rows, keeps the first issues, writes the rest to the result file.
    private func account(_ plans: [Planned]) throws {
        for plan in plans {
            summary.counts[plan.outcome, default: 0] += 1
            if plan.outcome == .changed { try tell(plan) }
            let isHeld = plan.outcome == .refused || plan.outcome == .conflicting
            let severities = Set(plan.draft.findings.map(\.finding.severity))
            if !isHeld, severities.contains(.note) { summary.corrected += 1 }
            if !isHeld, severities.contains(.warning) || severities.contains(.unconfirmed) { summary.warned += 1 }
            let telling = plan.draft.findings.filter {
                $0.finding.severity > .note && (!isHeld || $0.finding.severity > .warning)
            }
            for item in telling where summary.issues.count < ImportSummary.mostIssues {
                summary.issues.append(
                    RowIssue(
                        place: plan.draft.row.place(column: item.column), row: plan.draft.row.number,
                        outcome: plan.outcome,
                        severity: item.finding.severity, code: item.finding.code, message: item.finding.message))
            }
            if isHeld { try result?.write(plan.draft.row, plan.outcome, telling) }
            if job.mapping.kind == .organization, !isHeld { remember(plan) }
        }
        tell(isLast: false)
    }

    /// Tells what a row changes, as long as somebody hears it.
    private func tell(_ plan: Planned) throws {
        let isFirst = summary.changes.count < ImportSummary.mostChanges
        guard isFirst || changes != nil, let change = teller.change(plan) else { return }
        if isFirst { summary.changes.append(change) } else { hasMoreChanges = true }
        try changes?.write(change)
    }

    /// An organisation that was taken may be the next row's parent.
    private func remember(_ plan: Planned) {
        // A row that was taken before isn't looked up: it is where the register has it.
        guard plan.entity != 0, case .text(let code)? = plan.draft.values[maker.index("code")] else { return }
        if let (from, to) = plan.movedPath {
            for (code, place) in planner.references.organizations where place.path.hasPrefix(from) {
                planner.references.organizations[code]?.path = to + place.path.dropFirst(from.count)
            }
        }
        var path = planner.references.organizations[code]?.path ?? code + "/"
        if case .text(let given)? = plan.draft.values[maker.index("path")] { path = given }
        planner.references.organizations[code] = References.Place(id: plan.entity, code: code, path: path)
    }

    private func tell(isLast: Bool) {
        guard let progress, isLast || ContinuousClock.now - toldAt > .milliseconds(200) else { return }
        toldAt = .now
        let (whole, fraction) = (ContinuousClock.now - started).components
        progress(
            ImportProgress(rowsDone: summary.rows, rowsTotal: total, seconds: Double(whole) + Double(fraction) / 1e18))
    }
}

/// The table, key and fields of a kind.
struct Register {
    var table: Table
    var lookup: String
    var fields: [ImportField]
    var scope = ""

    init(_ job: ImportJob) throws(NiangjiaError) {
        fields = ImportField.fields(of: job.mapping.kind)
        switch job.mapping.kind {
        case .person: (table, lookup) = (PeopleSchema.person, "id_mac")
        case .organization: (table, lookup) = (OrganizationsSchema.organization, "code")
        case .household: (table, lookup) = (HouseholdsSchema.household, "number")
        case .station: (table, lookup) = (StationsSchema.station, "code")
        case .fundOpening:
            // Not a table of the store: openings become entries of the ledger.
            table = Table(
                "fund_opening", key: ["line"],
                [
                    Column("line", .text), Column("year", .int), Column("source", .text),
                    Column("purpose", .text, nullable: true),
                    Column("amount", .int), Column("date", .int, nullable: true),
                ])
            lookup = "line"
        case .dues, .figures: throw PlainTable.notARegister(job.mapping.kind)
        case .record(let plugin, let kind):
            guard let record = job.record, record.isImported else {
                throw NiangjiaError(
                    .invalid, zh: "插件 \(plugin) 没有可导入的记录 \(kind)",
                    en: "plugin \(plugin) has no record \(kind) that may be imported")
            }
            let isPlain = (plugin + kind).utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
            guard isPlain else { throw NiangjiaError(.invalid, zh: "插件或记录名不合法", en: "not a plugin's or record's name") }
            (table, lookup) = (RecordsSchema.record, "key")
            scope = "plugin = '\(plugin)' AND kind = '\(kind)' AND "
            fields = try RowMaker.fields(of: record)
        }
    }
}
