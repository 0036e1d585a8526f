import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let previewOperations: [Operation] = [
        Operation("program.preview", .permission(.preview), preview)
    ]

    /// The most single outcomes that one answer lists.
    static let mostListed = 10_000

    private static func preview(_ call: Call) async throws {
        let host = call.host
        let account = try signedIn(call)
        try await host.store.read { [now = host.clock.now()] in try Previews.admit(account.id, at: now, in: $0) }
        let files = try ConfigFolder.files(in: host.folder.path)
        let differs = try await host.bundles.activeDigest() != host.bundles.loader.digest(of: files)
        let choice = try await previewed(call)
        let (program, bundle) = try await program(call, in: choice?.bundle)
        let named = try call.host.corridor.formOfBatch(
            bundle, program: program.id, form: try call.arguments.optionalText("form"))
        let rights = FactRights(account: account)
        let wantsNames = call.arguments.flag("names")
        if wantsNames { try rights.needNames(named.form, of: named.kind) }
        let limit = Int(min(Int64(mostListed), max(1, try call.arguments.integer("limit") ?? 200)))
        let places = FailurePlaces(host.judge)
        let report = try await corridor(places, host).preview(
            program: program.id, form: named.form.name, asOf: try call.arguments.date("as_of"), bundle: choice?.bundle,
            options: PreviewOptions(dimensions: Dimension.allCases, listed: wantsNames ? limit : 0),
            progress: progress(call))
        let context = call.context
        try await host.store.write(.interactive) { try Previews.keep(report, context, in: $0) }
        let words = PreviewWords(
            report: report, program: program, bundle: bundle, seesAll: rights.maySeeNames(named.form, of: named.kind),
            source: choice?.words, differs: differs)
        words.tell(call)
        places.tell(call)
        var members = words.value
        members["proposed"] = .bool(choice != nil)
        members["failed_at"] = places.value
        if wantsNames {
            members["left_out"] = try await listed("候补或少给", report.leftOut, report, call)
            members["listed"] = try await listed("将享受", report.granted, report, call)
        }
        call.output.answer(.map(members))
    }

    /// The content that was asked for; nil: what is in force.
    private static func previewed(_ call: Call) async throws -> BundleChoice? {
        if let digest = try call.arguments.optionalText("bundle"), digest != "active" {
            return try await BundleChoice.named(digest, call)
        }
        return call.arguments.flag("proposed") ? try await BundleChoice.named("folder", call) : nil
    }

    /// Single outcomes with names, written down in the access log.
    private static func listed(_ title: String, _ lines: [PreviewLine], _ report: PreviewReport, _ call: Call)
        async throws -> Value
    {
        let names = SubjectNames(account: try signedIn(call), reason: try call.arguments.optionalReason())
        let context = call.context
        let found = try await call.host.store.write(.interactive) { writer in
            let found = try names.read(lines.map { ($0.subject, $0.home) }, in: writer)
            try names.log("\(report.program)/\(report.form)", count: found.count, context, in: writer)
            return found
        }
        let seen = lines.filter { found[$0.subject] != nil }
        if !seen.isEmpty {
            call.output.line("\(title)(\(seen.count) 个):")
            call.output.table(
                ["对象", "姓名", "工会", "应得(元)", "给予(元)", "原因"],
                seen.map { line in
                    [
                        line.subject.description, found[line.subject]?.name ?? "", found[line.subject]?.union ?? "",
                        line.asked.description, (line.outcome.stands ? line.outcome.amount : .zero).description,
                        line.outcome.code ?? "",
                    ]
                })
        }
        return .list(
            seen.map { line in
                [
                    "subject": .text(line.subject.description), "name": .text(found[line.subject]?.name ?? ""),
                    "union": .text(found[line.subject]?.union ?? ""), "asked_fen": .int(line.asked.fen),
                    "amount_fen": .int(line.outcome.stands ? line.outcome.amount.fen : 0),
                    "outcome": .text(line.outcome.result.rawValue),
                    "code": line.outcome.code.map { .text($0) } ?? .null,
                ]
            })
    }
}
