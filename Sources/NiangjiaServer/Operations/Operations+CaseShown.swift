import NiangjiaCore

/// A case as it is shown to whoever may see it.
extension Operations {
    private static func value(_ place: PlaceTurn) -> Value {
        [
            "line": .int(Int64(place.line)), "state": .text(place.state.rawValue),
            "turn": place.turn.map { .int($0) } ?? .null,
        ]
    }

    /// What was decided of a line, what stands of it, and what of it waits for money.
    private struct Decided: Sendable {
        var row: Decisions.Row
        var stands: Money
        var queued: MoneyQueue.Place?

        init?(_ line: CaseRecord.Line, of id: ID<CaseFile>, in reader: any StoreReader) throws {
            guard let row = try Decisions.ofLine(id, line: line.line, in: reader) else { return nil }
            self.row = row
            (stands, queued) = try Decisions.standing(row, in: reader)
        }
    }

    /// Tells a line of a case, and answers it for programs.
    private static func show(
        _ line: CaseRecord.Line, _ decided: Decided?, hidesSubject: Bool,
        _ filter: FactFilter, _ bundle: Bundle, _ manifest: Manifest?, code pickUpCode: String?, _ failed: FailedRule?,
        _ call: Call
    ) -> Value {
        let decision = decided?.row
        let code = decision?.outcome.code ?? line.judgement?.code
        let params = decision?.outcome.params ?? line.judgement?.params ?? [:]
        let words = code.map { filter.about(line.subject).reason($0, params, manifest, bundle.stacking) }
        let amount = decision?.outcome.amount ?? line.judgement?.amount ?? .zero
        let result = decision?.outcome.result.rawValue ?? line.judgement?.kind.rawValue ?? "-"
        let subject = hidesSubject ? nil : line.subject.description
        call.output.line(
            "  \(line.line + 1). \(subject ?? "(封存)")  \(Explanation.word(result).zh)  \(amount) 元  \(words?.zh ?? "")",
            en:
                "  \(line.line + 1). \(subject ?? "(sealed)")  \(Explanation.word(result).en)  \(amount) yuan  \(words?.en ?? "")"
        )
        if let stands = decided?.stands, stands != amount {
            call.output.line("     现为 \(stands) 元", en: "     now \(stands) yuan")
        }
        if let queued = decided?.queued {
            call.output.line("     \(queued.words.zh)", en: "     \(queued.words.en)")
        }
        if let failed { call.output.line("     \(failed.text.zh)", en: "     \(failed.text.en)") }
        if let pickUpCode {
            call.output.line("     领取码 \(pickUpCode),领取时出示", en: "     code to collect it with: \(pickUpCode)")
        }
        var members: [String: Value] = [
            "line": .int(Int64(line.line)), "subject": subject.map { .text($0) } ?? .null, "result": .text(result),
            "amount_fen": .int(amount.fen), "code": code.map { .text($0) } ?? .null,
            "text": words.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
            "decision": decision.map { .text($0.id.text) } ?? .null, "state": decision.map { .text($0.state) } ?? .null,
            "amount_now_fen": decided.map { .int($0.stands.fen) } ?? .null,
        ]
        members["queued"] = decided?.queued?.value
        members["failed"] = failed?.value
        members["pick_up_code"] = pickUpCode.map { .text($0) }
        return .map(members)
    }

    /// The codes with which the account itself collects what a case gave: those of the applicant, or of a subject who asks.
    private static func pickUpCodes(_ record: CaseRecord, _ form: FormDefinition?, _ account: Account, _ call: Call)
        async throws -> [Int: String]
    {
        guard let person = account.person else { return [:] }
        let own = record.lines.filter {
            record.applicant == person || $0.subject == SubjectRef(.person, person.rawValue)
        }.map(\.line)
        guard !own.isEmpty else { return [:] }
        let crypto = call.host.crypto
        let all = try await call.host.store.read {
            try PickUpCode.waiting(of: record.id, form: form, crypto, in: $0)
        }
        return all.filter { own.contains($0.key) }
    }

    static func showCase(_ call: Call) async throws {
        let record = try await visibleCase(call)
        let id = record.id
        let bundle = try await call.host.bundles.bundle(digest: record.bundle)
        let account = try signedIn(call)
        let (steps, places, moneyTurn, decisions) = try await call.host.store.read { reader in
            (
                try CaseRights(account, in: reader).steps(of: id), try PlaceTurn.of(id, in: reader),
                try WaitingCases.turn(of: record, in: reader),
                try record.lines.map { try Decided($0, of: id, in: reader) }
            )
        }
        let view = try await CaseView(of: record, for: account, on: call.host)
        let filter = try await FactFilter(of: record, view, for: account, call.host)
        let (shown, organizations, served) = try await call.host.store.read { reader in
            let shown = try view.toldFields(filter, in: reader)
            return (
                shown, try FieldOrganizations(shown.plain, view.form, in: reader),
                try ServedAt(record, view, in: reader)
            )
        }
        try await note(shown.told.looked, about: record.looked(), reason: .caseShow, call)
        call.output.line(
            "申请 \(record.id)  \(record.program)/\(record.form)  \(CaseWords.standing(record).zh)  第 \(record.version) 版",
            en:
                "case \(record.id)  \(record.program)/\(record.form)  \(CaseWords.standing(record).en)  version \(record.version)"
        )
        if let words = served.words { call.output.line("  " + words.zh, en: "  " + words.en) }
        let codes = try await pickUpCodes(record, view.form, account, call)
        let lines = zip(record.lines, decisions).map { line, decision in
            show(
                line, decision, hidesSubject: view.hidesSubject, filter, bundle,
                bundle.plugins[record.plugin]?.manifest, code: codes[line.line],
                FailedRule(line.judgement, decision?.row.outcome, for: account, of: record), call)
        }
        for line in FieldWords.lines(shown.plain, view.form, call.output.language) {
            call.output.line("  " + organizations.told(in: line))
        }
        if let words = shown.told.words { call.output.line("  " + words[call.output.language]) }
        tellWaiting(places, moneyTurn, call)
        func actor(_ step: CaseStep) -> String? {
            // Members are told the role that acted, not the person; who filed a sealed case is whom it hides.
            !account.may(.seeCases) || (view.hidesSubject && step.actor == record.filer) ? nil : step.actor
        }
        guard case .map(var members) = summary(record) else { return }
        members["fields"] = .map(shown.fields)
        members["organizations"] = organizations.value
        members["unit"] = served.unit?.value ?? .null
        members["serving"] = served.serving?.value ?? .null
        members["stages"] = .list(shown.stages)
        members["left_out"] = shown.told.leftOutValue
        members["is_sealed"] = .bool(view.hidesSubject)
        members["places"] = .list(places.map(value))
        members["money_turn"] = moneyTurn.map { .int($0) }
        members["lines"] = .list(lines)
        members["steps"] = told(steps, call, by: actor)
        call.output.answer(.map(members))
    }

    private static func tellWaiting(_ places: [PlaceTurn], _ moneyTurn: Int64?, _ call: Call) {
        for place in places where place.state == .waiting {
            call.output.line("  候补第 \(place.turn ?? 0) 位", en: "  number \(place.turn ?? 0) on the waiting list")
        }
        guard let words = moneyTurn.map(WaitingCases.words(turn:)) else { return }
        call.output.line("  \(words.zh)", en: "  \(words.en)")
    }

    /// Tells the steps of a case, and answers them for programs.
    private static func told(_ steps: [CaseStep], _ call: Call, by actor: (CaseStep) -> String?) -> Value {
        let language = call.output.language
        for step in steps {
            call.output.line(
                "  \(step.at.date)  \(StepWords.title(step.action)[language])  \(actor(step) ?? step.role)  \(CaseWords.state(step.from)[language]) → \(CaseWords.state(step.to)[language])  \(step.note.map { StepWords.note($0, language) } ?? "")"
            )
        }
        return .list(
            steps.map {
                [
                    "at": .text($0.at.description), "role": .text($0.role), "action": .text($0.action),
                    "actor": actor($0).map { .text($0) } ?? .null, "from": .text($0.from), "to": .text($0.to),
                    "note": $0.note.map { .text(StepWords.note($0, language)) } ?? .null,
                ]
            })
    }
}

/// The unit that a case is of and the union that serves it, for whoever reviews: both may read it, and unions settle by who served. Of one
/// that hides its subject neither is told.
private struct ServedAt: Sendable {
    var unit: OrganizationName?
    var serving: OrganizationName?

    init(_ record: CaseRecord, _ view: CaseView, in reader: any StoreReader) throws {
        guard !view.hidesSubject else { return }
        unit = try record.unit.flatMap { try OrganizationName.of($0, in: reader) }
        serving = try record.serving.flatMap { try OrganizationName.of($0, in: reader) }
    }

    /// Nil where there is neither.
    var words: LocalText? {
        let told = [("单位", "unit", unit), ("服务的工会", "served by", serving)].compactMap { zh, en, one in
            one.map { LocalText(zh: "\(zh) \($0.code) \($0.name)", en: "\(en) \($0.code) \($0.name)") }
        }
        guard !told.isEmpty else { return nil }
        return LocalText(
            zh: told.map(\.zh).joined(separator: ";"), en: told.map(\.en).joined(separator: "; "))
    }
}
