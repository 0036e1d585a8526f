import NiangjiaCore

/// Why something was decided as it was: the rule, the subject's own facts, the thresholds, the plugin; nothing about anybody
/// else.
struct Explanation: Sendable {
    struct Line: Sendable {
        var subject: String
        var outcome: String
        var amount: Money
        var reason: LocalText?
        var code: String?
    }

    var id: String
    var program: String
    var title: LocalText
    var outcome: String
    var outcomeText: LocalText
    var amount: Money
    var reasons: [(code: String, text: LocalText)]
    /// The facts, as far as the account may know them.
    var told = FactFilter.Told()
    /// Whom a look at them is a look at.
    var about: [String]
    var settings: Value
    var plugin: Value
    var function: String
    var on: CivilDate
    var caseLines: [Line]
    /// Types of the settings and of the application's fields, for people's eyes.
    var settingTypes: [Field] = []
    var fieldTypes: [Field] = []
    var form: FormDefinition?
    /// The plugin's tables, of whose rows looks tell.
    var records: [String: RecordDefinition] = [:]
    /// Why there are no facts, where there are none.
    var remark: LocalText?
    /// What has fallen of it since, newest first.
    var fallen: [Fallen] = []
    /// What corrections have made of its amount since, newest first.
    var amended: [Amended] = []
    /// What stands of it, but for what waits for money; nil: all of it, as far as anything does.
    var amountNow: Money?
    /// What of it waits for money, and which one it is to be served next.
    var queued: MoneyQueue.Place?
    /// Of a case on the waiting list for money: which one it is to be decided again next.
    var moneyTurn: Int64?
    /// When it was decided because money had come for it.
    var moneyCame: CivilDate?
    /// The draw that their run made among equals, and by what its list names them.
    var draw: (id: ID<Allotted>, entrant: String)?
    /// What the member can do about a refusal.
    var advice: [Advice] = []
    /// With what the member collects goods that wait; nobody else is told.
    var pickUpCode: String?
    /// That the rule failed, where it did.
    var failed: FailedRule?

    static func word(_ result: String) -> LocalText {
        switch result {
        case "granted", "grant": LocalText(zh: "核准", en: "granted")
        case "limited", "limit": LocalText(zh: "核减", en: "granted in part")
        case "refused", "refuse": LocalText(zh: "不符合条件", en: "not eligible")
        case "waitlisted": LocalText(zh: "候补", en: "on the waiting list")
        case "queued": LocalText(zh: "排队等资金", en: "queued for money")
        case "review": LocalText(zh: "转人工", en: "with a person for review")
        case "incomplete": LocalText(zh: "退回补正", en: "returned for completion")
        default: LocalText(zh: "没有完成", en: "not completed")
        }
    }

    /// For `--json` and the API; `facts_text` and `settings_text` are in the language of whoever asks.
    func value(_ language: Language) -> Value {
        var members: [String: Value] = [
            "id": .text(id), "program": .text(program), "outcome": .text(outcome), "amount_fen": .int(amount.fen),
            "on": .text(on.description),
            "reasons": .list(
                reasons.map {
                    ["code": .text($0.code), "text": .text($0.text.zh), "text_en": .text($0.text.en)]
                }),
            "facts": told.facts, "left_out": told.leftOutValue, "settings": settings,
            "facts_text": .list(
                ExplanationWords(form: form, fields: fieldTypes, records: records, language: language).lines(told.facts)
                    .map { .text($0) }
            ),
            "settings_text": .list(
                ExplanationWords(settings: settingTypes, language: language).lines(settings).map { .text($0) }),
            "plugin": plugin, "rule": .text(function),
            "lines": .list(
                caseLines.map {
                    [
                        "subject": .text($0.subject), "outcome": .text($0.outcome), "amount_fen": .int($0.amount.fen),
                        "code": $0.code.map { .text($0) } ?? .null,
                        "text": $0.reason.map { .text($0.zh) } ?? .null,
                        "text_en": $0.reason.map { .text($0.en) } ?? .null,
                    ]
                }), "revoked": .list(fallen.map(\.value)), "corrected": .list(amended.map(\.value)),
            "amount_now_fen": .int((amountNow ?? amount).fen), "advice": .list(advice.map(\.value)),
            "remark": remark.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
            "draw": draw.map { ["draw": .text($0.id.text), "entrant": .text($0.entrant)] } ?? .null,
        ]
        members["pick_up_code"] = pickUpCode.map { .text($0) }
        members["failed"] = failed?.value
        members["queued"] = queued?.value
        members["money_turn"] = moneyTurn.map { .int($0) }
        members["money_came_on"] = moneyCame.map { .text($0.description) }
        return .map(members)
    }

    /// For people.
    func lines(_ language: Language) -> [String] {
        let isChinese = language == .zh
        var out = [
            "\(title[language])(\(program))\(isChinese ? ":" : ": ")\(outcomeText[language])  \(amount) \(isChinese ? "元" : "yuan")  \(on)"
        ]
        for reason in reasons {
            out.append("  \(isChinese ? "原因" : "reason")  \(reason.code)  \(reason.text[language])")
        }
        if caseLines.count > 1 {
            for (n, line) in caseLines.enumerated() {
                out.append(
                    "  \(n + 1). \(Explanation.word(line.outcome)[language])  \(line.amount)  \(line.reason?[language] ?? "")"
                )
            }
        }
        for one in fallen { out += one.lines(language) }
        for one in amended { out += one.lines(language) }
        if let amountNow, amountNow != amount {
            out.append(isChinese ? "  现为 \(amountNow) 元" : "  now \(amountNow) yuan")
        }
        if let queued { out.append("  " + queued.words[language]) }
        if let moneyTurn { out.append("  " + WaitingCases.words(turn: moneyTurn)[language]) }
        if let moneyCame { out.append("  " + WaitingCases.words(cameOn: moneyCame)[language]) }
        if let failed { out.append("  " + failed.text[language]) }
        if let pickUpCode { out.append("  \(isChinese ? "领取码" : "code to collect it with")  \(pickUpCode)") }
        for advice in advice { out.append("  \(isChinese ? "可以" : "you may")  \(advice.text[language])") }
        if let remark { out.append("  " + remark[language]) }
        if let draw {
            out.append(
                isChinese
                    ? "  同次序的抽签 \(draw.id),名单中的代号 \(draw.entrant)"
                    : "  equals were drawn for by \(draw.id); its list has \(draw.entrant)")
        }
        out.append(
            "  \(isChinese ? "规则" : "rule")  \(plugin["id"].text ?? "-") \(plugin["version"].text ?? "") \(function)  \(plugin["digest"].text?.prefix(12) ?? "")"
        )
        let known = ExplanationWords(form: form, fields: fieldTypes, records: records, language: language)
            .lines(told.facts)
        if !known.isEmpty { out.append("  \(isChinese ? "依据的本人事实" : "facts about you")") }
        out += known.map { "    " + $0 }
        if let words = told.words { out.append("  " + words[language]) }
        let thresholds = ExplanationWords(settings: settingTypes, language: language).lines(settings)
        if !thresholds.isEmpty { out.append("  \(isChinese ? "适用的标准" : "thresholds")") }
        out += thresholds.map { "    " + $0 }
        return out
    }
}

extension Explanation {
    /// Of whom the host turned down because somebody else has it already.
    private static let duplicate = LocalText(
        zh: "由主机按身份查重得出;另一份申请的姓名、单位、日期和金额不予透露。",
        en: "Found by identity by the host; the other application's name, union, date and amount are not told.")

    /// Of a decision.
    static func of(_ row: Decisions.Row, for account: Account, _ host: Host) async throws -> Explanation {
        let crypto = host.crypto
        let read = try await host.store.read { try Written(of: row, crypto, in: $0) }
        let bundle =
            if let digest = read.bundle { try await host.bundles.bundle(digest: digest) } else {
                try await host.bundles.active()
            }
        let plugin = bundle.plugins[row.plugin]
        let form = plugin?.manifest.forms[row.form]
        let filter = try await FactFilter(
            row.subject, home: row.home, form: form, record: read.record, for: account, host)
        var made = make(
            id: row.id.text, program: row.program, about: row.subject, outcome: row.outcome.result.rawValue,
            amount: row.outcome.amount, code: row.outcome.code, params: row.outcome.params, on: row.onDate, filter,
            plugin, bundle, form: row.form)
        made.addRulesOwn(row, read.record, filter, plugin, bundle)
        switch read.entry {
        case .success(let entry):
            let (seen, settings) = try host.judge.describe(entry.requestBytes, row: entry.row)
            made.told = filter.told(seen["facts"])
            made.settings = settings
            made.function = entry.function
        case .failure(let error):
            let isDuplicate = (form?.unique ?? []).contains { $0.reason == row.outcome.code }
            made.remark = isDuplicate ? duplicate : error.message
        }
        if let run = row.run { made.draw = try await draw(of: row.subject, in: run, filter, host) }
        try await made.tellSince(row, read.record, plugin, bundle, filter, host)
        if let record = read.record { made.about = record.looked(at: row.subject) }
        try await made.tellOwn(row, form, read.record, for: account, host)
        if let record = read.record {
            made.caseLines = try await lines(of: record, only: account, filter, plugin, bundle, host)
        }
        if [.refused, .incomplete].contains(row.outcome.result), filter.tellsAdvice {
            made.advice = try await advice(
                program: row.program, form: row.form, subject: row.subject, code: row.outcome.code, caseID: row.caseID,
                host)
        }
        return made
    }

    /// What is written about a decision.
    private struct Written: Sendable {
        var entry: Result<Journal.Entry, NiangjiaError>
        var record: CaseRecord?
        /// The digest of what held; nil: nobody knows any more.
        var bundle: String?

        init(of row: Decisions.Row, _ crypto: any CryptoProvider, in reader: any StoreReader) throws {
            record = try row.caseID.map { try Cases.load($0, in: reader) }
            do {
                let found = try Journal.entry(of: row.id, crypto: crypto, in: reader)
                (entry, bundle) = (.success(found), found.bundle)
            } catch let error as NiangjiaError where error.code == .notFound {
                let run = try row.run.flatMap { run in
                    try reader.first("SELECT bundle FROM run WHERE id = $1", [.id(run)]) { $0.text(0) }
                }
                (entry, bundle) = (.failure(error), record?.bundle ?? run)
            }
        }
    }

    /// What only some are told: the subject the code with which it collects what waits, staff that the rule failed.
    private mutating func tellOwn(
        _ row: Decisions.Row, _ form: FormDefinition?, _ record: CaseRecord?, for account: Account, _ host: Host
    ) async throws {
        if row.subject.kind == .person, row.subject.id == account.person?.rawValue {
            let crypto = host.crypto
            pickUpCode = try await host.store.read {
                try PickUpCode.waiting(for: row.id, form: form, crypto, in: $0)
            }
        }
        guard let record else { return }
        let line = record.lines.first { $0.judgement?.kind == .failed }
        failed = FailedRule(line?.judgement, row.outcome, for: account, of: record)
    }

    /// What can be done about a refusal; nothing where the rule can't be asked again just now. It comes of every fact that the rule was
    /// told, as a reason's values do: only for whoever may see all of them.
    private static func advice(
        program: String, form: String, subject: SubjectRef, code: String?, caseID: ID<CaseFile>?, _ host: Host
    ) async throws -> [Advice] {
        do {
            return try await host.corridor.advice(
                program: program, form: form, subject: subject, code: code, caseID: caseID)
        } catch is NiangjiaError { return [] }
    }

    /// Somebody's token in the list of their run's draw. The list tells their rank and what became of them: it takes what the rule's
    /// values take.
    private static func draw(
        of subject: SubjectRef, in run: ID<Run>, _ filter: FactFilter, _ host: Host
    ) async throws -> (id: ID<Allotted>, entrant: String)? {
        guard filter.tellsAdvice else { return nil }
        let crypto = host.crypto
        let found = try await host.store.read { try Allotment.entrant(subject, of: run, crypto, in: $0) }
        return found.map { ($0.draw, $0.name) }
    }

    /// Of what a program's newest run decided about a person, refusals included; else of the newest decision about them; else of
    /// their newest application, which may be about somebody else, a child for one.
    static func of(program: String, person: ID<Person>, for account: Account, _ host: Host) async throws -> Explanation
    {
        let subject = SubjectRef(.person, person.rawValue)
        let inRun = try await host.corridor.runLine(program: program, person: person)
        let found = try await host.store.read { reader -> (line: Decisions.RunLine?, row: Decisions.Row?) in
            let rights = try CaseRights(account, in: reader)
            let rows = try Decisions.list(program: program, subject: subject, limit: 20, in: reader)
            guard let line = inRun, try rights.maySee(line, of: person)
            else { return (nil, try rows.first { try rights.maySee($0) }) }
            // What stands has a decision of its own, with its amount as it is now; so has what was decided later by itself.
            // A later run that finds somebody served already doesn't undo what they were given. Who waits as before is told by the
            // newest judgement.
            let waits: Set<Outcome.Result> = [.waitlisted, .review, .failed]
            let speaks = line.outcome.map { $0.stands || waits.contains($0.result) } ?? false
            let taken = rows.first.map { $0.state == "reversed" && waits.contains($0.outcome.result) } ?? false
            let own =
                rows.first { $0.run == line.run } ?? rows.first { $0.onDate > line.onDate }
                ?? (taken ? rows.first : nil)
                ?? (speaks ? nil : rows.first { $0.state == "standing" })
            return (line, try own.flatMap { try rights.maySee($0) ? $0 : nil })
        }
        if let row = found.row { return try await of(row, for: account, host) }
        guard let line = found.line else {
            if let filed = try await newestCase(of: person, program, for: account, host) {
                return try await of(filed, for: account, host)
            }
            throw NiangjiaError(
                .notFound, zh: "项目 \(program) 还没有核定过此人。",
                en: "The program \(program) has decided nothing about this person.",
                place: "/person")
        }
        return try await of(line, program, subject, for: account, host)
    }

    /// Of a line of a run, which has no decision of its own.
    private static func of(
        _ line: Decisions.RunLine, _ program: String, _ subject: SubjectRef, for account: Account, _ host: Host
    ) async throws -> Explanation {
        let bundle = try await host.bundles.bundle(digest: line.bundle)
        let plugin = bundle.programs[program].flatMap { bundle.plugins[$0.plugin] }
        let filter = try await FactFilter(
            subject, home: line.home, form: plugin?.manifest.forms[line.form], record: nil, for: account, host)
        var made = make(
            id: "\(line.run.text)/\(line.block)", program: program, about: subject,
            outcome: line.outcome?.result.rawValue ?? line.judgement.kind.rawValue,
            amount: line.outcome?.amount ?? .zero, code: line.outcome?.code ?? line.judgement.code,
            params: line.outcome?.params ?? line.judgement.params, on: line.onDate, filter, plugin, bundle,
            form: line.form)
        if [.refused, .incomplete].contains(line.outcome?.result), filter.tellsAdvice {
            made.advice = try await advice(
                program: program, form: line.form, subject: subject, code: line.outcome?.code, caseID: nil, host)
        }
        made.draw = try await draw(of: subject, in: line.run, filter, host)
        guard let row = line.row else {
            made.remark = LocalText(
                zh: "由主机按身份、时间或前提得出,没有经过规则计算。",
                en: "Found by the host by identity, time or preconditions; no rule was asked.")
            return made
        }
        do {
            let entry = try await host.store.read {
                try Journal.entry(run: line.run, block: line.block, row: row, crypto: host.crypto, in: $0)
            }
            let (seen, settings) = try host.judge.describe(entry.requestBytes, row: row)
            made.told = filter.told(seen["facts"])
            made.settings = settings
            made.function = entry.function
        } catch let error as NiangjiaError where error.code == .notFound { made.remark = error.message }
        return made
    }

    /// The newest application that a person has made to a program and the account may know to be theirs.
    private static func newestCase(
        of person: ID<Person>, _ program: String, for account: Account, _ host: Host
    ) async throws -> CaseRecord? {
        try await host.store.read { reader in
            let rights = try CaseRights(account, in: reader)
            let ids = try reader.all(
                "SELECT id FROM case_file WHERE program = $1 AND applicant = $2 ORDER BY id DESC LIMIT 20",
                [.text(program), .id(person)]
            ) { $0.id(0, CaseFile.self) }
            for id in ids {
                let record = try Cases.load(id, in: reader)
                // Whose a sealed application is, only they themselves are told.
                if try rights.maySee(record), !record.isSealed || rights.isOwn(record) { return record }
            }
            return nil
        }
    }

    /// Of a case: of the line that was not granted, if there is one, else of the first.
    static func of(_ record: CaseRecord, for account: Account, _ host: Host) async throws -> Explanation {
        let decisions = try await host.store.read { reader in
            try record.lines.compactMap { try Decisions.ofLine(record.id, line: $0.line, in: reader) }
        }
        if let chosen = decisions.first(where: { $0.outcome.result != .granted }) ?? decisions.first {
            return try await of(chosen, for: account, host)
        }
        let bundle = try await host.bundles.bundle(digest: record.bundle)
        let plugin = bundle.plugins[record.plugin]
        let view = try await CaseView(of: record, for: account, on: host)
        let filter = try await FactFilter(of: record, view, for: account, host)
        let judged = record.lines.compactMap(\.judgement)
        let main = judged.first { $0.kind != .grant } ?? judged.first
        var made = make(
            id: record.id.text, program: record.program, about: nil,
            outcome: main?.kind.rawValue ?? record.state.rawValue,
            amount: record.judgedAmount, code: main?.code, params: main?.params ?? [:], on: record.onDate, filter,
            plugin, bundle, form: record.form)
        made.remark = LocalText(
            zh: "尚未核定(\(record.state.title.zh)):以上为初步判断。",
            en: "Not decided yet (\(record.state.title.en)): this is provisional.")
        if Fallen.ended.contains(record.state) { made.amountNow = .zero }
        made.about = record.looked()
        made.caseLines = try await lines(of: record, only: account, filter, plugin, bundle, host)
        made.failed = FailedRule(main, nil, for: account, of: record)
        let refused = record.lines.first { [.refuse, .incomplete].contains($0.judgement?.kind) }
        if let refused, filter.about(refused.subject).tellsAdvice {
            made.advice = try await advice(
                program: record.program, form: record.form, subject: refused.subject, code: refused.judgement?.code,
                caseID: record.id, host)
        }
        return made
    }

    private static func make(
        id: String, program: String, about: SubjectRef?, outcome: String, amount: Money, code: String?,
        params: [String: Value], on: CivilDate, _ filter: FactFilter, _ plugin: Plugin?, _ bundle: Bundle,
        form: String
    ) -> Explanation {
        Explanation(
            id: id, program: program, title: plugin?.manifest.title ?? LocalText(zh: program, en: program),
            outcome: outcome,
            outcomeText: word(outcome), amount: amount,
            reasons: code.map {
                [($0, filter.reason($0, params, plugin?.manifest, bundle.stacking))]
            } ?? [],
            about: [about.flatMap { $0.kind == .nobody ? nil : $0.description } ?? id], settings: .map([:]),
            plugin: [
                "id": .text(plugin?.manifest.id ?? ""), "version": .text(plugin?.manifest.version ?? ""),
                "digest": .text(plugin?.digest ?? ""),
            ], function: "assess." + form, on: on, caseLines: [], settingTypes: plugin?.manifest.settings ?? [],
            fieldTypes: plugin?.manifest.forms[form]?.fields ?? [], form: plugin?.manifest.forms[form],
            records: plugin?.manifest.records ?? [:], remark: nil)
    }

    /// The lines of the case that the account may know of: all for whoever filed it, files at that desk or reviews, else only those about
    /// itself.
    private static func lines(
        of record: CaseRecord, only account: Account, _ filter: FactFilter, _ plugin: Plugin?, _ bundle: Bundle,
        _ host: Host
    ) async throws -> [Line] {
        try await host.store.read { reader in
            let rights = try CaseRights(account, in: reader)
            let isOwn = rights.isOwn(record)
            let isStaff = account.may(.seeCases) || account.may(.seeJournal)
            let seesAll = try isOwn || isStaff || rights.isOfDesk(record)
            return try record.lines.filter { line in
                seesAll || account.person.map { line.subject == SubjectRef(.person, $0.rawValue) } ?? false
            }.map { line in
                let decision = try Decisions.ofLine(record.id, line: line.line, in: reader)
                let code = decision?.outcome.code ?? line.judgement?.code
                let params = decision?.outcome.params ?? line.judgement?.params ?? [:]
                return Line(
                    subject: record.isSealed && !isOwn ? "-" : line.subject.description,
                    outcome: decision?.outcome.result.rawValue ?? line.judgement?.kind.rawValue
                        ?? record.state.rawValue,
                    amount: decision?.outcome.amount ?? line.judgement?.amount ?? .zero,
                    reason: code.map {
                        filter.about(line.subject).reason($0, params, plugin?.manifest, bundle.stacking)
                    },
                    code: code)
            }
        }
    }
}
