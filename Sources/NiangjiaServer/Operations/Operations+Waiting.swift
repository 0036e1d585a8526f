import NiangjiaCore

extension Operations {
    /// Who waits for a program, one line a person, whoever decided last: since when, when they were last judged, and why.
    static func waitingList(_ call: Call) async throws {
        let account = try signedIn(call)
        let (program, bundle) = try await program(call)
        let form = try call.arguments.optionalText("form")
        let forms = bundle.plugins[program.plugin]?.manifest.forms ?? [:]
        if let form, forms[form] == nil {
            let names = forms.keys.sorted().joined(separator: " ")
            throw NiangjiaError(
                .invalid, zh: "没有表单 \(form)。现有:\(names)", en: "There is no form \(form). There are: \(names)",
                place: "/form")
        }
        let limit = try call.arguments.limit(otherwise: 50)
        let after = try call.arguments.optionalID("after", Decision.self)
        let reason = try call.arguments.optionalReason()
        let found = try await call.host.store.read { reader in
            let rights = try CaseRights(account, in: reader)
            return try Waiting.list(program: program.id, form: form, after: after, limit: limit, in: reader) {
                try rights.maySee($0)
            }
        }
        // Names stand beside what a form gives for those only who may see all that it is told.
        let facts = FactRights(account: account)
        let named = found.map(\.decision).filter { row in
            forms[row.form].map { facts.maySeeNames($0, of: row.subject.kind) } ?? false
        }
        let names = try await SubjectNames(account: account, reason: reason).told(
            named.map { ($0.subject, $0.home) }, of: "\(program.id) waiting", call)
        let manifest = bundle.plugins[program.plugin]?.manifest
        let words = found.map { one in
            one.decision.outcome.code.map { ReasonText.general($0, plugin: manifest, stacking: bundle.stacking) }
        }
        call.output.table(
            ["核定", "对象", "姓名", "工会", "等待自", "最近核定", "依规则(元)", "排队(元)", "位次", "结果", "原因"],
            en: [
                "decision", "subject", "name", "union", "waits since", "last judged", "by the rule", "queued", "turn",
                "result", "reason",
            ],
            zip(found, words).map { one, words in
                let name = names[one.decision.subject]
                return [
                    one.decision.id.text, one.decision.subject.description, name?.name ?? "", name?.union ?? "",
                    one.since.description, one.lastJudged.description, one.decision.assessed.description,
                    one.queued?.amount.description ?? "", one.turn.map { "\($0)" } ?? "",
                    Explanation.word(outcome(one))[call.output.language],
                    words?[call.output.language] ?? "",
                ]
            })
        tellMore(found.last?.decision.id.text, found.count == limit, call)
        call.output.answer(
            .list(
                zip(found, words).map { one, words in
                    value(one, words, names[one.decision.subject])
                }))
    }

    /// What they wait by: the decision's own word, or that what it granted waits for money.
    private static func outcome(_ one: Waiting) -> String {
        one.queued == nil ? one.decision.outcome.result.rawValue : Entitlement.State.queued.rawValue
    }

    private static func value(_ one: Waiting, _ words: LocalText?, _ name: SubjectNames.Named?) -> Value {
        let row = one.decision
        return [
            "decision": .text(row.id.text), "form": .text(row.form), "subject": .text(row.subject.description),
            "name": name.map { .text($0.name) } ?? .null, "union": name.map { .text($0.union) } ?? .null,
            "case": row.caseID.map { .text($0.text) } ?? .null, "run": row.run.map { .text($0.text) } ?? .null,
            "since": .text(one.since.description), "last_judged": .text(one.lastJudged.description),
            "outcome": .text(outcome(one)), "assessed_fen": .int(row.assessed.fen),
            "queued_fen": one.queued.map { .int($0.amount.fen) } ?? .null,
            "turn": one.turn.map { .int($0) } ?? .null,
            "code": row.outcome.code.map { .text($0) } ?? .null,
            "text": words.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
        ]
    }
}
