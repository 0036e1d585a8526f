import NiangjiaCore

extension Operations {
    static let decisionOperations: [Operation] = [
        Operation("decision.list", .anyOf([.seeCases, .seeJournal, .seeOwn]), reach: .own, listDecisions),
        Operation("decision.show", .anyOf([.seeCases, .seeJournal, .seeOwn]), reach: .own, showDecision),
        Operation("decision.explain", .anyOf([.seeCases, .seeJournal, .seeOwn]), reach: .own, explain),
        Operation("decision.replay", .anyOf([.seeJournal, .preview]), reach: .own, replay),
        Operation("decision.withdraw", .anyOf([.checkCases, .decide, .buildBatch]), reach: .part, withdraw),
    ]

    private static func listDecisions(_ call: Call) async throws {
        let account = try signedIn(call)
        let program = try await filteredProgram(call)
        let limit = try call.arguments.limit(otherwise: 50)
        let result = try call.arguments.optionalText("result")
        let results = Outcome.Result.allCases.map(\.rawValue)
        if let result, !results.contains(result) {
            let words = results.joined(separator: " ")
            throw NiangjiaError(
                .invalid, zh: "没有结果“\(result)”。可用:\(words)", en: "There is no result “\(result)”. There are: \(words)",
                place: "/result")
        }
        let hasPerson = try call.arguments.optionalText("person") != nil
        let person = hasPerson ? try call.arguments.id("person", Person.self) : nil
        let ofCase = try call.arguments.optionalText("case").map { _ in try call.arguments.id("case", CaseFile.self) }
        let after = try call.arguments.optionalID("after", Decision.self)
        let found = try await call.host.store.read { reader -> [Decisions.Row] in
            let rights = try CaseRights(account, in: reader)
            var subject = person.map { SubjectRef(.person, $0.rawValue) }
            if !account.may(.seeCases), !account.may(.seeJournal) {
                // Others' are as if they weren't there.
                if let person, person != account.person { throw CaseRights.missing(person.text) }
                guard let own = account.person else { return [] }
                subject = SubjectRef(.person, own.rawValue)
            }
            return try Decisions.list(
                program: program, subject: subject, ofCase: ofCase, after: after, limit: limit, in: reader
            ) {
                try (result == nil || $0.outcome.result.rawValue == result) && rights.maySee($0)
            }
        }
        // Asked for by somebody's id it is a look at them, or decisions would be read in place of cases.
        if person == nil, ofCase == nil {
            let hidden = try await hiddenSubjects(found, program, call)
            return tell(found, hidden, limit, call)
        }
        try await noteAccess(at: found, reason: .decisionList, call)
        tell(found, [], limit, call)
    }

    private static func tell(_ found: [Decisions.Row], _ hidden: Set<ID<Decision>>, _ limit: Int, _ call: Call) {
        call.output.table(
            ["核定", "项目", "对象", "日期", "结果", "金额(元)", "原因"],
            en: ["decision", "program", "subject", "date", "result", "yuan", "reason"],
            found.map {
                [
                    $0.id.text, $0.program, hidden.contains($0.id) ? "-" : $0.subject.description,
                    $0.onDate.description, $0.outcome.result.rawValue, $0.outcome.amount.description,
                    $0.outcome.code ?? "",
                ]
            })
        tellMore(found.last?.id.text, found.count == limit, call)
        call.output.answer(.list(found.map { value($0, hidesSubject: hidden.contains($0.id)) }))
    }

    /// Decisions of a list of many that don't say whom they are about: amounts and codes of a sensitive form tell of an illness or of
    /// a child. Whoever may see all that such a form is told sees whom (as in a program's waiting list), and that is written down once.
    private static func hiddenSubjects(_ rows: [Decisions.Row], _ program: String?, _ call: Call) async throws
        -> Set<ID<Decision>>
    {
        let account = try signedIn(call)
        let (rights, bundle) = (FactRights(account: account), try await call.host.bundles.active())
        let others = rows.filter { !isOwn($0, account) && [.person, .household].contains($0.subject.kind) }
        let kept = others.filter { row in
            // Of a form that is gone nobody knows any more how it was kept.
            bundle.plugins[row.plugin]?.manifest.forms[row.form].map { $0.sensitive != nil || $0.sealed != nil } ?? true
        }
        let hidden = kept.filter { row in
            let form = bundle.plugins[row.plugin]?.manifest.forms[row.form]
            return form.map { !rights.maySeeNames($0, of: row.subject.kind) } ?? true
        }
        if hidden.count < kept.count {
            let about = [program, "decision list"].compactMap(\.self).joined(separator: " ")
            try await note(outcomes, about: about, reason: .decisionList, call)
        }
        return Set(hidden.map(\.id))
    }

    /// What a look at a decision is a look at.
    private static let outcomes: Set<String> = ["amount", "outcome"]

    private static func isOwn(_ row: Decisions.Row, _ account: Account) -> Bool {
        account.person.map { row.subject == SubjectRef(.person, $0.rawValue) } ?? false
    }

    /// Writes down that what was decided about others is looked at: once for each of them, before it is told.
    private static func noteAccess(at rows: [Decisions.Row], reason: AccessReason, _ call: Call) async throws {
        let account = try signedIn(call)
        let others = rows.filter { !isOwn($0, account) && [.person, .household].contains($0.subject.kind) }
        let about = try await call.host.store.read { reader in
            try others.flatMap { row -> [String] in
                guard let record = try row.caseID.map({ try Cases.load($0, in: reader) }) else {
                    return [row.subject.description]
                }
                if account.person != nil, record.applicant == account.person { return [] }
                return record.looked(at: row.subject)
            }
        }
        try await note(outcomes, about: Set(about).sorted(), reason: reason, call)
    }

    /// Says that a list may go on behind what a terminal shows of it.
    static func tellMore(_ last: String?, _ isFull: Bool, _ call: Call) {
        guard isFull, let last else { return }
        call.output.line("…后面可能还有:再加 --after \(last)", en: "… there may be more: add --after \(last)")
    }

    static func value(_ row: Decisions.Row) -> Value { value(row, hidesSubject: false) }

    private static func value(_ row: Decisions.Row, hidesSubject: Bool) -> Value {
        [
            "decision": .text(row.id.text), "program": .text(row.program), "form": .text(row.form),
            "subject": hidesSubject ? .null : .text(row.subject.description),
            "case": row.caseID.map { .text($0.text) } ?? .null,
            "run": row.run.map { .text($0.text) } ?? .null, "on": .text(row.onDate.description),
            "decided_at": .text(row.decidedAt.description), "outcome": .text(row.outcome.result.rawValue),
            "amount_fen": .int(row.outcome.amount.fen), "assessed_fen": .int(row.assessed.fen),
            "stacked_fen": .int(row.outcome.stacked.fen), "code": row.outcome.code.map { .text($0) } ?? .null,
            "state": .text(row.state),
        ]
    }

    static func visibleDecision(_ call: Call) async throws -> Decisions.Row {
        let (id, account) = (try call.arguments.id("decision", Decision.self), try signedIn(call))
        return try await call.host.store.read { reader in
            guard let row = try? Decisions.load(id, in: reader), try CaseRights(account, in: reader).maySee(row) else {
                throw CaseRights.missing(id.text)
            }
            return row
        }
    }

    private static func showDecision(_ call: Call) async throws {
        let row = try await visibleDecision(call)
        try await noteAccess(at: [row], reason: .decisionShow, call)
        let shown = value(row)
        for key in (shown.map ?? [:]).keys.sorted() {
            call.output.line("\(key): \(shown[key].text ?? shown[key].json)")
        }
        call.output.answer(shown)
    }

    /// Takes one person out of a run: back what was granted, off the list who waits.
    private static func withdraw(_ call: Call) async throws {
        let reason = try call.arguments.reason()
        let again = call.arguments.flag("again")
        let (row, account) = (try await visibleDecision(call), try signedIn(call))
        let permission = [Permission.decide, .buildBatch, .checkCases].first(where: account.may) ?? .checkCases
        let taken = try await call.host.corridor.takeOut(
            row.id, because: reason, again: again, by: try call.actor(permission))
        if let before = taken.before {
            call.output.line(
                "\(row.id) 已由 \(before.actor) 于 \(before.at) 取消,金额没有变动。",
                en: "\(row.id) was taken out by \(before.actor) at \(before.at); no money has moved.")
        }
        call.output.line(
            "已取消 \(row.id)(\(row.program),\(row.subject)):释放 \(taken.released) 元,追回 \(taken.claimed) 元。",
            en:
                "Taken out: \(row.id) (\(row.program), \(row.subject)); \(taken.released) yuan are free again, \(taken.claimed) yuan are claimed back."
        )
        call.output.line(
            again
                ? "  下一次核定重新判定此人。" : "  以后的核定不再列入此人;要重新列入:niangjia decision withdraw \(row.id) --again --reason …",
            en: again
                ? "  The next run judges them anew."
                : "  Later runs leave them out; to let them in again: niangjia decision withdraw \(row.id) --again --reason …"
        )
        call.output.answer([
            "decision": .text(row.id.text), "state": .text(taken.decision.state), "again": .bool(again),
            "released_fen": .int(taken.released.fen), "claimed_fen": .int(taken.claimed.fen),
            "taken_out_before": taken.before.map {
                ["by": .text($0.actor), "at": .text($0.at.description)]
            } ?? .null,
        ])
    }

    private static func explain(_ call: Call) async throws {
        let explanation: Explanation
        if let program = try call.arguments.optionalText("program") {
            return try await tell(explainRun(program, call), call)
        }
        let text = try call.arguments.text("decision")
        if let caseID = ID<CaseFile>(text) {
            let account = try signedIn(call)
            let record = try await call.host.store.read { reader in
                guard let record = try? Cases.load(caseID, in: reader),
                    try CaseRights(account, in: reader).maySee(record)
                else { throw CaseRights.missing(text) }
                return record
            }
            explanation = try await Explanation.of(record, for: account, call.host)
        } else {
            explanation = try await Explanation.of(visibleDecision(call), for: signedIn(call), call.host)
        }
        try await tell(explanation, call)
    }

    /// Tells why; where that tells what not everybody may know, the look is written down first.
    private static func tell(_ explanation: Explanation, _ call: Call) async throws {
        try await note(explanation.told.looked, about: explanation.about, reason: .decisionExplain, call)
        explanation.lines(call.output.language).forEach { call.output.line($0) }
        call.output.answer(explanation.value(call.output.language))
    }

    /// What a program decided about a person: refused in a batch, they have no decision of their own to name.
    private static func explainRun(_ program: String, _ call: Call) async throws -> Explanation {
        let account = try signedIn(call)
        let isNamed = try call.arguments.optionalText("person") != nil
        let named = isNamed ? try call.arguments.id("person", Person.self) : account.person
        guard let person = named else {
            throw NiangjiaError(.invalid, zh: "请写明人员编号。", en: "Name the person.", place: "/person")
        }
        return try await Explanation.of(program: program, person: person, for: account, call.host)
    }
}
