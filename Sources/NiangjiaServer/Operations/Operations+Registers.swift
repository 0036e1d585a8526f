import Foundation
import NiangjiaConfig
import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static let registerOperations: [Operation] = [
        Operation("register.import", .permission(.changeRegisters), reach: .part, importFile),
        Operation("import.list", .permission(.seeRegisters), reach: .part, listImports),
        Operation("import.undo", .permission(.changeRegisters), reach: .part, undoImport),
        Operation("person.find", .anyOf([.seeRegisters, .submitForUnit]), reach: .part, findPerson),
        Operation("person.show", .permission(.seeRegisters), reach: .part, showPerson),
        Operation("organization.list", .permission(.seeRegisters), reach: .part, rows: 1_000_000, listOrganizations),
        Operation("organization.find", .signIn, reach: .open, findOrganizations),
        Operation("record.list", .signIn, reach: .open, listChoices),
    ]

    private static func importFile(_ call: Call) async throws {
        let path = try call.arguments.text("file")
        let named = try call.arguments.text("kind")
        let active = try? await call.host.bundles.active()
        var job = ImportJob(
            file: path, mapping: try mapping(call, named), source: try call.arguments.optionalText("source"))
        job.batch = try call.arguments.optionalText("batch")
        if let sheet = try call.arguments.optionalText("sheet") { job.mapping.sheet = sheet }
        if case .record(let plugin, let record) = job.mapping.kind {
            guard let definition = active?.plugins[plugin]?.manifest.records[record] else {
                throw NiangjiaError(
                    .notFound, zh: "插件 \(plugin) 没有记录表 \(record)。", en: "The plugin \(plugin) has no table \(record).")
            }
            job.record = definition
        }
        let (context, output, account) = (call.context, call.output, try signedIn(call))
        let kind = job.mapping.kind
        job.reach = try await call.host.store.read { try ImportDesk.reach(of: account, kind, in: $0) }
        job.takeOpening = { opening, writer in try FundOpenings.take(opening, context.anew, in: writer) }
        let importer = Importer(store: call.host.store, context: context)
        let show: @Sendable (ImportProgress) -> Void = {
            output.progress(output.word("导入", "import"), Int64($0.rowsDone), of: $0.rowsTotal.map { Int64($0) })
        }
        let isCheck = call.arguments.flag("check")
        let mend = try MendFile(for: path, try call.arguments.optionalText("mend"), on: call.host)
        defer { mend.drop() }
        let changes = try MendFile(for: path, "csv", titled: "变更", on: call.host)
        defer { changes.drop() }
        // The mend file tells of the pass that counts: the taking, or the check where nothing is taken.
        if isCheck { (job.resultFile, job.changesFile) = (mend.unfinished, changes.unfinished) }
        let checked = try await importer.check(job, progress: show)
        var summary = checked
        if !isCheck {
            job.resultFile = mend.unfinished
            summary = try await importer.take(job, total: checked.rows, progress: show)
        }
        if summary.resultFile != nil { summary.resultFile = try mend.finish() }
        if summary.changesFile != nil { summary.changesFile = try changes.finish() }
        tell(summary, call, isCheck: isCheck)
    }

    static func mapping(_ call: Call, _ kind: String) throws -> ImportMapping {
        let wanted =
            kind == "record"
            ? "record:\(try call.arguments.text("plugin"))/\(try call.arguments.text("table"))" : kind
        guard let path = try call.arguments.optionalText("mapping") else {
            guard let kind = ImportKind(wanted) else {
                throw NiangjiaError(.invalid, zh: "不能导入 \(wanted)。", en: "\(wanted) can't be imported.", place: "/kind")
            }
            return ImportMapping(kind)
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NiangjiaError(.notFound, zh: "读不到对应关系文件。", en: "The mapping can't be read.", place: path)
        }
        let name = (path as NSString).lastPathComponent
        let document = try YAMLDocument([UInt8](data), file: name)
        do {
            let mapping = try ImportMapping(document.value(.plain))
            guard mapping.kind.description == wanted else {
                throw NiangjiaError(
                    .invalid, zh: "这份对应关系是给 \(mapping.kind) 的,不是 \(wanted)。",
                    en: "This mapping is for \(mapping.kind), not \(wanted).", place: "/kind")
            }
            return mapping
        } catch let error as NiangjiaError {
            throw NiangjiaError(
                error.code, zh: error.message.zh, en: error.message.en,
                place: error.place.map { document.place(ofPointer: $0) } ?? name)
        }
    }

    private static func tell(_ summary: ImportSummary, _ call: Call, isCheck: Bool) {
        let language = call.output.language
        let counts = RowOutcome.allCases.map { "\($0.title[language]) \(summary.count($0))" }.joined(
            separator: call.output.word(",", ", "))
        call.output.line(
            "\(isCheck ? "检查" : "导入") \(summary.rows) 行:\(counts)。",
            en: "\(isCheck ? "Checked" : "Imported") \(summary.rows) rows: \(counts).")
        summary.remarks.forEach { call.output.line("  " + $0[call.output.language]) }
        for issue in summary.issues.prefix(20) {
            call.output.line(
                "  \(issue.place) \(issue.outcome.title[language]) \(issue.code) \(issue.message[call.output.language])"
            )
        }
        if summary.issues.count > 20 { call.output.line("  …") }
        tell(summary.changes, of: summary.count(.changed), call)
        if let file = summary.changesFile {
            call.output.line("  全部变更:\(file)", en: "  all changes: \(file)")
        }
        if let file = summary.resultFile {
            call.output.line("  需更正的行:\(file)(改好后再次导入即可)", en: "  rows to mend: \(file) (mend and import them again)")
        }
        // A file that changed nothing has nothing to undo: its import is the one that took it first.
        if let batch = summary.batch, summary.count(.new) + summary.count(.changed) > 0 {
            call.output.line("  撤销:niangjia import undo \(batch)", en: "  to undo: niangjia import undo \(batch)")
        }
        if summary.count(.refused) > 0 || summary.count(.conflicting) > 0 { call.output.foundWrong() }
        guard case .map(var members) = ImportDesk.findings(summary) else { return }
        members["kind"] = .text(summary.kind.description)
        members["import"] = summary.batch.map { .text($0.text) } ?? .null
        members["result_file"] = summary.resultFile.map { .text($0) } ?? .null
        members["changes_file"] = summary.changesFile.map { .text($0) } ?? .null
        call.output.answer(.map(members))
    }

    /// What changes, from what to what.
    private static func tell(_ changes: [RowChange], of all: Int, _ call: Call) {
        let language = call.output.language
        for change in changes {
            let cells = change.cells.map { cell in
                "\(cell.title[language]) \(cell.before.isEmpty ? "–" : cell.before) → \(cell.after.isEmpty ? "–" : cell.after)"
            }
            call.output.line(
                "  \(change.place) \(RowOutcome.changed.title[language]) \(change.who) \(change.id) "
                    + cells.joined(separator: call.output.word(";", "; ")))
        }
        if !changes.isEmpty, all > changes.count {
            call.output.line(
                "  变更共 \(all) 行,以上是前 \(changes.count) 行",
                en: "  \(all) rows change; these are the first \(changes.count)")
        }
    }

    private static func listOrganizations(_ call: Call) async throws {
        let (account, under) = (try signedIn(call), try call.arguments.optionalText("under"))
        let after = try call.arguments.optionalText("after")
        let limit = try call.arguments.limit()
        let rows = try await call.host.store.read { reader -> [Value] in
            guard let scope = try OrganizationScope.of(account.scope, in: reader) else { return [] }
            var prefix = scope.prefix
            if let under {
                let id = try Lookup.organization(under, within: scope, at: "/under", in: reader)
                prefix = try OrganizationScope.of(id, in: reader)?.prefix ?? prefix
            }
            let place = try after.map { code in
                try reader.first("SELECT path FROM organization WHERE code = $1", [.text(code)]) { $0.text(0) } ?? code
            }
            return try reader.all(
                """
                SELECT id, code, name, level, member_count FROM organization WHERE substr(path, 1, length($1)) = $1
                AND path > $2 ORDER BY path LIMIT $3
                """, [.text(prefix), .text(place ?? ""), .int(Int64(limit))]
            ) {
                [
                    "id": .text($0.id(0, Organization.self).text), "code": .text($0.text(1)), "name": .text($0.text(2)),
                    "level": .text($0.text(3)), "member_count": $0.intOrNil(4).map { .int($0) } ?? .null,
                ]
            }
        }
        call.output.table(
            ["代码", "名称", "层级"], en: ["code", "name", "level"],
            rows.map { row in ["code", "name", "level"].map { row[$0].text ?? "" } })
        call.output.answer(.list(rows))
    }
}

/// Opening balances of fund lines that come from a file.
enum FundOpenings {
    /// Opens a line, or brings an existing one to the file's amount. A line that the configuration names keeps its source and
    /// purpose: the file's words for them are for people.
    static func take(_ opening: FundOpening, _ context: ChangeContext, in writer: any StoreWriter) throws {
        var line =
            try Ledger.line(opening.line, in: writer)
            ?? FundLine(
                id: opening.line, year: opening.year, source: opening.source, purpose: opening.purpose, amount: .zero)
        guard line.year == opening.year else {
            throw NiangjiaError(
                .conflict, zh: "资金线 \(opening.line) 是 \(line.year) 年的。",
                en: "Fund line \(opening.line) is of \(line.year).")
        }
        line.amount = opening.amount
        try Ledger.open(line, context, in: writer)
    }
}
