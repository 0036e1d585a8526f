import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let diffOperations: [Operation] = [
        Operation("program.diff", .permission(.preview), rows: mostListed, judges: true, diff)
    ]

    private static func diff(_ call: Call) async throws {
        let host = call.host
        let account = try signedIn(call)
        try await host.store.read { [now = host.clock.now()] in try Previews.admit(account.id, at: now, in: $0) }
        let (before, after) = (try await side("from", "active", call), try await side("against", "folder", call))
        guard let either = before.bundle ?? after.bundle else {
            throw NiangjiaError(.invalid, zh: "至少一边须是一版配置。", en: "One side at least must be a bundle.")
        }
        let name = try call.arguments.text("program")
        let than = try call.arguments.optionalText("than")
        // Of another year's program the newer side must have this one, whatever the older has of it.
        let sides = (than == nil ? [before, after] : [after]).compactMap(\.bundle)
        let known = sides.first { $0.programs[name] != nil } ?? either
        let (program, _) = try await program(call, in: known)
        let (from, to) = than == nil ? compared(before, after, of: name) : (before, after)
        if let than { try checkThere(than, in: from, name, in: to) }
        let named = try host.corridor.formOfPreview(
            known, program: program.id, form: try call.arguments.optionalText("form"))
        let rights = FactRights(account: account)
        let forms = [from, to].compactMap { $0.bundle?.plugins[program.plugin]?.manifest.forms[named.form.name] }
        let unreadBefore = try await unread(from, than ?? name, named, rights, host)
        let unreadAfter = try await unread(to, name, named, rights, host)
        let unread = unreadAfter ?? unreadBefore
        let seesNames = unread == nil && forms.allSatisfy { rights.maySeeNames($0, of: named.kind) }
        let isOpen = seesNames && account.scope == nil
        let telling: Telling = unread != nil ? .people : isOpen ? .all : .many
        let file = try call.arguments.optionalText("out")
        if file != nil, !seesNames {
            try rights.needNames(named.form, of: named.kind)
            try unread?.needKnowing(false)
        }
        let report = try await host.corridor.diff(
            program: program.id, form: named.form.name, asOf: try call.arguments.date("as_of"), than: than,
            from: from.side, to: to.side, progress: progress(call, telling))
        let context = call.context
        let reader = SubjectNames(account: account, reason: nil)
        try await host.store.write(.interactive) {
            try Previews.keep(report, from: from.digest, to: to.digest, context, in: $0)
        }
        let subjects = seesNames ? report.lines.flatMap(\.subjects).map { (subject: $0.subject, home: $0.home) } : []
        let words = try DiffWords(
            report, from, to, names: await reader.told(subjects, of: "\(report.program)/\(report.form)", call),
            telling: telling, unread: unread, language: call.output.language)
        let limit = try call.arguments.limit(otherwise: 1_000)
        words.tell(call, seesNames: seesNames, limit: try call.arguments.limit(otherwise: 20))
        if let file {
            let rows = try await offPool { try words.write(to: file) }
            call.output.line(
                "  已写入 \(file)(\(rows) 行,全部为文本单元格)", en: "  written to \(file) (\(rows) rows, all cells are text)")
        }
        call.output.answer(words.value(limit: limit, seesNames: seesNames, file: file))
    }

    /// The rule of a side, where nobody else has read it and the account may not know all that it is told.
    private static func unread(
        _ side: BundleChoice, _ program: String, _ named: (form: FormDefinition, kind: SubjectKind),
        _ rights: FactRights, _ host: Host
    ) async throws -> Unread? {
        guard let bundle = side.bundle, let plugin = bundle.programs[program]?.plugin,
            try await host.bundles.unread(in: bundle).contains(plugin)
        else { return nil }
        let form = bundle.plugins[plugin]?.manifest.forms[named.form.name] ?? named.form
        let telling = rights.telling(form, of: named.kind, in: bundle, plugin, isRead: false)
        return telling == .people ? Unread(plugin, in: bundle) : nil
    }

    /// Both sides of one program, each as far as it is open. Of one that is open on neither side the content is compared, as if it
    /// were.
    private static func compared(_ before: BundleChoice, _ after: BundleChoice, of program: String) -> (
        from: BundleChoice, to: BundleChoice
    ) {
        let there = (before.closed(without: program), after.closed(without: program))
        let opened = (there.0.closed(unlessOpen: program), there.1.closed(unlessOpen: program))
        return opened.0.bundle != nil || opened.1.bundle != nil ? opened : there
    }

    /// Throws `not_found` where a side lacks its program: nothing is no year's rules.
    private static func checkThere(_ than: String, in from: BundleChoice, _ program: String, in to: BundleChoice)
        throws(NiangjiaError)
    {
        for (name, side, place) in [(than, from, "/than"), (program, to, "/program")]
        where side.bundle?.programs[name] == nil {
            throw NiangjiaError(
                .notFound, zh: "\(side.words.zh) 中没有项目 \(name)", en: "\(side.words.en) has no program \(name)",
                place: place)
        }
    }

    /// A side: another folder where one is named, else what the argument says.
    private static func side(_ name: String, _ otherwise: String, _ call: Call) async throws -> BundleChoice {
        if let path = try call.arguments.optionalText(name + "_folder") {
            return try await BundleChoice.folder(
                path, LocalText(zh: "文件夹 \(path)", en: "the folder \(path)"), call)
        }
        return try await BundleChoice.named(try call.arguments.optionalText(name) ?? otherwise, call)
    }
}
