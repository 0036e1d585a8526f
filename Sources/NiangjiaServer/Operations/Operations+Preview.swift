import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let previewOperations: [Operation] = [
        Operation("program.preview", .permission(.preview), rows: mostListed, judges: true, preview)
    ]

    /// The most single outcomes that one answer lists.
    static let mostListed = 10_000

    private static func preview(_ call: Call) async throws {
        let host = call.host
        let account = try signedIn(call)
        try checkTogether(call.arguments)
        try await host.store.read { [now = host.clock.now()] in try Previews.admit(account.id, at: now, in: $0) }
        if call.arguments.flag("all") { return try await previewAll(call) }
        // Told at the end only: the folder is read while people are judged.
        async let isDifferent = host.bundles.differs(from: host.folder)
        let choice = try await previewed(call)
        let (program, bundle) = try await program(call, in: choice?.bundle)
        let named = try call.host.corridor.formOfPreview(
            bundle, program: program.id, form: try call.arguments.optionalText("form"))
        let rights = FactRights(account: account)
        let wantsNames = call.arguments.flag("names")
        let unread = Unread(program.plugin, in: bundle)
        let isRead = try await !host.bundles.unread(in: bundle).contains(program.plugin)
        let telling = rights.telling(named.form, of: named.kind, in: bundle, program.plugin, isRead: isRead)
        if wantsNames {
            try rights.needNames(named.form, of: named.kind)
            try unread.needKnowing(isRead || rights.mayKnow(named.form, in: bundle, program.plugin))
        }
        let limit = try call.arguments.limit(otherwise: 200)
        let places = FailurePlaces(host.judge)
        let report = try await corridor(places, host).preview(
            program: program.id, form: named.form.name, asOf: try call.arguments.date("as_of"), bundle: choice?.bundle,
            options: PreviewOptions(dimensions: Dimension.allCases, listed: wantsNames ? limit : 0),
            progress: progress(call, telling))
        let context = call.context
        // An approval rests on what it comes to: a preview of which nobody was told the money is none for it.
        let kind = telling == .people ? "unread" : "preview"
        try await host.store.write(.interactive) { try Previews.keep(report, as: kind, context, in: $0) }
        let differs = try await isDifferent
        let then = report.asOf < context.today ? try await host.bundles.digest(on: report.asOf) : nil
        let words = PreviewWords(
            report: report, program: program, bundle: bundle, telling: telling, source: choice?.words,
            differs: differs, then: then)
        words.tell(call)
        try await OpenRuns.tell(of: program.id, call)
        var members = words.value
        members["failed_at"] = places.tell(telling, call)
        members["proposed"] = .bool(choice != nil)
        if wantsNames {
            members["left_out"] = try await listed(
                LocalText(zh: "候补或少给", en: "waiting, or given less"), report.leftOut, report, call)
            members["listed"] = try await listed(LocalText(zh: "将享受", en: "to be served"), report.granted, report, call)
        }
        call.output.answer(.map(members))
    }

    /// Every open program that is in season, in one sweep.
    private static func previewAll(_ call: Call) async throws {
        let host = call.host
        let date = try call.arguments.date("as_of") ?? host.clock.now().date
        let choice = try await previewed(call)
        let bundle = if let chosen = choice?.bundle { chosen } else { try await host.bundles.active() }
        let unread = try await host.bundles.unread(in: bundle)
        let found = try await host.corridor.previewAll(
            asOf: date, bundle: choice?.bundle, progress: progress(call, unread.isEmpty ? .many : .people))
        var inTurn = TellingInTurn(bundle, FactRights(account: try signedIn(call)), unread: unread)
        let context = call.context
        try await host.store.write(.interactive) { try Previews.keepAll(bundle.digest, asOf: date, context, in: $0) }
        tellAll(date, choice, call)
        var rows: [[String]] = []
        var answers: [Value] = []
        var withheld: Set<String> = []
        for preview in found {
            switch preview.report {
            case .success(let report):
                let totals = report.totals
                let form = try host.corridor.formOfBatch(bundle, program: preview.program, form: preview.form)
                let (telling, inTheWay) = inTurn.next(preview, form.form, of: form.kind)
                if let inTheWay { withheld.insert(inTheWay) }
                let told = TotalsTold(totals, leftOut: report.budget.leftOut, telling)
                rows.append([
                    preview.program, preview.form, "\(totals.considered)",
                    told.hidesServed ? "-" : "\(totals.granted + totals.limited)",
                    told.hidesMoney ? "-" : totals.amount.description,
                    told.hidesLeftOut ? "-" : report.budget.leftOut > 0 ? "\(report.budget.leftOut)" : "",
                ])
                var members = value(totals, program: preview.program, asOf: date)
                told.veil(&members)
                // Reasons by program are what a preview of that program tells.
                members["by_reason"] = nil
                members["form"] = .text(preview.form)
                members["fund"] = told.hidesMoney ? .null : fund(report.fundBefore, report.fundAfter)
                members["left_out"] = told.hidesLeftOut ? .null : .int(Int64(report.budget.leftOut))
                members["unread"] = inTheWay.map { Unread($0, in: bundle).value } ?? .null
                members["after"] = .list(preview.after.map { .text($0) })
                answers.append(.map(members))
            case .failure(let error):
                call.output.foundWrong()
                rows.append([preview.program, preview.form, "-", "-", "-", error.message[call.output.language]])
                answers.append([
                    "program": .text(preview.program), "form": .text(preview.form),
                    "error": .text(error.code.rawValue), "message": .text(error.message[call.output.language]),
                ])
            }
        }
        call.output.table(
            ["项目", "表单", "范围", "享受", "金额(元)", "落空"], en: ["program", "form", "in scope", "served", "yuan", "left out"],
            rows)
        for plugin in withheld.sorted() {
            let words = Unread(plugin, in: bundle).words
            call.output.line("  " + words.zh, en: "  " + words.en)
        }
        call.output.answer(["as_of": .text(date.description), "programs": .list(answers)])
    }

    private static func tellAll(_ date: CivilDate, _ choice: BundleChoice?, _ call: Call) {
        call.output.line(
            "试算全部开放的项目,按 \(date)\(choice.map { ",配置:" + $0.words.zh } ?? "")。没有改动任何资料。",
            en:
                "Preview of all open programs as of \(date)\(choice.map { ", by " + $0.words.en } ?? ""). Nothing was changed."
        )
        call.output.line(
            "  按核定的先后逐个结算(与 decide --all 相同):共用一条资金的,后面的项目只用前面剩下的。",
            en:
                "  Settled one after the other, as decide --all does: of a fund line that they share, a later program has what the earlier leave."
        )
    }

    /// Refuses what can't be asked for at once: one of the two would be passed over unseen.
    private static func checkTogether(_ arguments: Arguments) throws {
        let ofOne = try ["program", "form"].filter { try arguments.optionalText($0) != nil }
        if arguments.flag("all"), let other = ofOne.first ?? (arguments.flag("names") ? "names" : nil) {
            throw NiangjiaError(
                .invalid, zh: "--all 试算全部开放的项目,不能同时写 \(other)。",
                en: "--all previews every open program: \(other) can't be given with it.",
                place: "/\(other)")
        }
        guard try arguments.optionalText("bundle") != nil, arguments.flag("proposed") else { return }
        throw NiangjiaError(
            .invalid, zh: "--bundle 按某一版配置试算,--proposed 按文件夹中的内容试算:两者只能写一个。",
            en: "--bundle previews one bundle, --proposed what the folder holds: give one of the two.",
            place: "/proposed")
    }

    /// The content that was asked for; nil: what is in force.
    private static func previewed(_ call: Call) async throws -> BundleChoice? {
        if let digest = try call.arguments.optionalText("bundle"), digest != "active" {
            let choice = try await BundleChoice.named(digest, call)
            guard choice.bundle != nil else {
                throw NiangjiaError(
                    .invalid, zh: "不开办(closed)没有可试算的;要比较,请用 niangjia program diff。",
                    en: "Nothing is decided by “closed”; to compare with it, use niangjia program diff.",
                    place: "/bundle")
            }
            return choice
        }
        return call.arguments.flag("proposed") ? try await BundleChoice.named("folder", call) : nil
    }

    /// Single outcomes with names, written down in the access log.
    private static func listed(_ title: LocalText, _ lines: [PreviewLine], _ report: PreviewReport, _ call: Call)
        async throws -> Value
    {
        let names = SubjectNames(account: try signedIn(call), reason: try call.arguments.optionalReason())
        let subjects = lines.map { (subject: $0.subject, home: $0.home) }
        let found = try await names.told(subjects, of: "\(report.program)/\(report.form)", call)
        let seen = lines.filter { found[$0.subject] != nil }
        if !seen.isEmpty {
            call.output.line("\(title.zh)(\(seen.count) 个):", en: "\(title.en) (\(seen.count)):")
            call.output.table(
                ["对象", "姓名", "工会", "应得(元)", "给予(元)", "原因"],
                en: ["subject", "name", "union", "by the rule (yuan)", "given (yuan)", "reason"],
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
