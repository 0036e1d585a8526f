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
        let heldUp = try await call.host.corridor.heldUp(of: program.id)
        let seen = try await call.host.store.read { reader in
            let rights = try CaseRights(account, in: reader)
            return try heldUp.filter { try rights.maySee(Decisions.load($0.decision, in: reader)) }
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
        if after == nil { for one in seen { call.output.line(one.words.zh, en: one.words.en) } }
        tellMore(found.last?.decision.id.text, found.count == limit, call)
        call.output.answer(
            .list(
                zip(found, words).map { one, words in
                    value(one, words, names[one.decision.subject], seen.first { $0.decision == one.decision.id })
                }))
    }

    /// What they wait by: the decision's own word, or that what it granted waits for money.
    private static func outcome(_ one: Waiting) -> String {
        one.queued == nil ? one.decision.outcome.result.rawValue : Entitlement.State.queued.rawValue
    }

    private static func value(
        _ one: Waiting, _ words: LocalText?, _ name: SubjectNames.Named?, _ heldUp: HeldUp?
    ) -> Value {
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
            "held_up": heldUp?.value ?? .null,
        ]
    }
}

extension HeldUp {
    /// For people: who it is, how much more has to come, what can be done.
    var words: LocalText {
        let (names, who) = (lines.joined(separator: "+"), caseID?.text ?? decision.text)
        let leave =
            caseID.map {
                LocalText(
                    zh: "请申请人或代为提交的人撤回:niangjia case advance \($0) withdraw",
                    en: "have it withdrawn by the applicant or whoever filed it: niangjia case advance \($0) withdraw")
            }
            ?? LocalText(
                zh: "取消这一位:niangjia decision withdraw \(decision) --reason …",
                en: "take it out: niangjia decision withdraw \(decision) --reason …")
        return LocalText(
            zh:
                "表单 \(form) 的第一位 \(who) 要 \(needed) 元才轮到,资金 \(names) 还差 \(missing) 元;其后有 \(behind) 位等候,钱够也不先给。可以追加资金(在 config/funds.yaml 调增预算并批准),或\(leave.zh)",
            en:
                "The first of form \(form), \(who), needs \(needed) yuan, \(missing) more than \(names) has; \(behind) wait behind, and none of them is served before. Add money (raise the budget in config/funds.yaml and have it approved), or \(leave.en)"
        )
    }

    /// For `--json` and the API.
    var value: Value {
        [
            "needed_fen": .int(needed.fen), "missing_fen": .int(missing.fen), "behind": .int(behind),
            "lines": .list(lines.map { .text($0) }), "text": ["zh-CN": .text(words.zh), "en": .text(words.en)],
        ]
    }
}
