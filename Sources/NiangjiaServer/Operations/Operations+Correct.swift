import NiangjiaCore

extension Operations {
    static let correctOperations: [Operation] = [
        Operation("program.correct", .anyOf([.seeMoney, .decide]), correct),
        Operation("program.correct.propose", .anyOf([.buildBatch, .decide]), proposeCorrection),
        Operation("program.correct.approve", .anyOf([.approveBatch, .decide]), approveCorrection),
        Operation("program.correct.withdraw", .anyOf([.buildBatch, .decide])) { call in
            let id = try call.arguments.id("correction", Correction.self)
            let context = call.context
            try await call.host.store.write(.interactive) { try Corrections.withdraw(id, context, in: $0) }
            call.output.line("已撤回更正 \(id)。", en: "The correction \(id) is withdrawn.")
            call.output.answer(["correction": .text(id.text), "state": "withdrawn"])
        },
        Operation("program.corrections", .anyOf([.seeMoney, .decide]), corrections),
    ]

    /// How many differing persons a terminal lists; `--json` has all of them.
    private static let listedCorrections = 50

    private static func correct(_ call: Call) async throws {
        let draft = try await draft(call)
        let (lines, gaps) = try await tell(draft, call)
        if !draft.lines.isEmpty {
            call.output.line(
                "提出:niangjia program correct \(draft.program) --propose --reason …;由另一人批准后才记账。",
                en:
                    "To propose it: niangjia program correct \(draft.program) --propose --reason …; it is booked once another person approves."
            )
        }
        call.output.answer(answer(draft, lines, gaps, [:]))
    }

    /// Whom the gaps of a draft are about, as anybody is told.
    private static func subjects(of draft: CorrectionDraft, _ call: Call) async throws -> [String] {
        try await call.host.store.read { reader in
            try draft.gaps.map { try SealedFilers.told($0.subject.description, of: $0.decision, in: reader) }
        }
    }

    private static func draft(_ call: Call) async throws -> CorrectionDraft {
        let (program, _) = try await program(call)
        let since = try call.arguments.date("since")
        if let since { try call.arguments.refuseFuture(since, "since", call.context.today) }
        return try await call.host.corridor.correction(program: program.id, since: since) {
            call.output.progress(call.output.word("重算", "judged again"), Int64($0), of: Int64($1))
        }
    }

    /// Says what a draft comes to; returns its lines and gaps for `--json`, names masked; of sealed cases nobody is named.
    private static func tell(_ draft: CorrectionDraft, _ call: Call) async throws -> (lines: [Value], gaps: [Value]) {
        call.output.line(
            "更正 \(draft.program):按生效中的配置(\(draft.bundle.prefix(12)))和核定当时记录的事实重算 \(draft.considered) 项;此后个人资料的变动不改变历史。",
            en:
                "Correction of \(draft.program): \(draft.considered) judged again by what is in force (\(draft.bundle.prefix(12))) on the facts as they were recorded then; what has changed since about people doesn't change the past."
        )
        let names = try await call.host.store.read { reader in
            try draft.lines.map {
                try SealedFilers.told(Payees.name($0.payee, in: reader), of: $0.decision, in: reader)
            }
        }
        call.output.table(
            ["核定", "收款人", "现为(元)", "应为(元)", "差额(元)", "处理"],
            en: ["decision", "payee", "is (yuan)", "should be", "difference", "what is done"],
            zip(draft.lines, names).prefix(listedCorrections).map { line, name in
                [
                    line.decision.text, name, line.before.description, line.target.description,
                    line.difference.description,
                    line.steps.map { word($0.kind)[call.output.language] }.joined(separator: ", "),
                ]
            })
        if draft.lines.count > listedCorrections {
            let rest = draft.lines.count - listedCorrections
            call.output.line("…其余 \(rest) 项见 --json", en: "… \(rest) more: --json")
        }
        call.output.line(
            "合计:补发 \(draft.total(.supplement) + draft.total(.raise)) 元,撤销追回 \(draft.total(.unclaim)) 元;追回 \(draft.total(.claim)) 元,核减未发放 \(draft.total(.cut)) 元。不变 \(draft.unchanged) 项。",
            en:
                "In all: paid in addition \(draft.total(.supplement) + draft.total(.raise)) yuan, claims taken back \(draft.total(.unclaim)); claimed \(draft.total(.claim)), cut before it was paid \(draft.total(.cut)). Unchanged: \(draft.unchanged)."
        )
        if draft.missing > .zero {
            call.output.line(
                "资金不足:补发还差约 \(draft.missing) 元,批准前须追加预算。",
                en:
                    "Not enough money: about \(draft.missing) yuan are missing; add to the budget before it is approved."
            )
        }
        return (zip(draft.lines, names).map(value), try await tellGaps(of: draft, call))
    }

    /// Says what a draft leaves out, by reason; returns it for `--json`.
    private static func tellGaps(of draft: CorrectionDraft, _ call: Call) async throws -> [Value] {
        let gaps = zip(draft.gaps, try await subjects(of: draft, call)).map { (gap: $0, subject: $1) }
        for (reason, some) in Dictionary(grouping: gaps, by: \.gap.reason).sorted(by: {
            $0.key.rawValue < $1.key.rawValue
        }) {
            call.output.line(
                "未列入 \(some.count) 项:\(reason.title.zh)", en: "Left out, \(some.count): \(reason.title.en)")
            for one in some.prefix(5) { call.output.line("  \(one.gap.decision)  \(one.subject)") }
        }
        return gaps.map {
            [
                "decision": .text($0.gap.decision.text), "subject": .text($0.subject),
                "reason": .text($0.gap.reason.rawValue),
            ]
        }
    }

    private static func value(_ line: CorrectionLine, _ name: String) -> Value {
        [
            "decision": .text(line.decision.text), "entitlement": .text(line.entitlement.text), "name": .text(name),
            "before_fen": .int(line.before.fen), "target_fen": .int(line.target.fen),
            "difference_fen": .int(line.difference.fen), "outcome": .text(line.result.rawValue),
            "code": line.code.map { .text($0) } ?? .null,
            "steps": .list(
                line.steps.map {
                    [
                        "kind": .text($0.kind.rawValue), "entitlement": .text($0.entitlement.text),
                        "amount_fen": .int($0.amount.fen),
                    ]
                }),
        ]
    }

    private static func word(_ kind: CorrectionStep.Kind) -> LocalText {
        switch kind {
        case .supplement: LocalText(zh: "补发", en: "paid in addition")
        case .raise: LocalText(zh: "补发(并入未发放)", en: "raised before it is paid")
        case .unclaim: LocalText(zh: "撤销追回", en: "claim taken back")
        case .cut: LocalText(zh: "核减(未发放)", en: "cut before it is paid")
        case .claim: LocalText(zh: "追回", en: "claimed")
        }
    }

    private static func answer(_ draft: CorrectionDraft, _ lines: [Value], _ gaps: [Value], _ more: [String: Value])
        -> Value
    {
        var members: [String: Value] = [
            "program": .text(draft.program), "bundle": .text(draft.bundle),
            "since": draft.since.map { .text($0.description) } ?? .null, "considered": .int(Int64(draft.considered)),
            "unchanged": .int(Int64(draft.unchanged)), "count": .int(Int64(draft.lines.count)),
            "missing_fen": .int(draft.missing.fen), "lines": .list(lines),
            "gaps": .list(gaps),
        ]
        for kind in CorrectionStep.Kind.allCases { members[kind.rawValue + "_fen"] = .int(draft.total(kind).fen) }
        return .map(members.merging(more) { _, new in new })
    }

    private static func proposeCorrection(_ call: Call) async throws {
        let reason = try call.arguments.reason()
        let draft = try await draft(call)
        let (lines, gaps) = try await tell(draft, call)
        let context = call.context
        let (correction, isNew) = try await call.host.store.write(.interactive) { writer in
            try Corrections.propose(draft, reason: reason, context, in: writer)
        }
        call.output.line(
            isNew
                ? "已提出更正 \(correction.id),等待另一人批准:niangjia program correct --approve \(correction.id)"
                : "同样内容的更正已由 \(correction.proposedBy) 提出(\(correction.id)),没有重复登记。",
            en: isNew
                ? "Proposed as \(correction.id); another person approves it: niangjia program correct --approve \(correction.id)"
                : "\(correction.proposedBy) has proposed the same (\(correction.id)) already.")
        call.output.answer(
            answer(
                draft, lines, gaps, ["correction": .text(correction.id.text), "state": "proposed", "new": .bool(isNew)])
        )
    }

    private static func approveCorrection(_ call: Call) async throws {
        let id = try call.arguments.id("correction", Correction.self)
        let account = try signedIn(call)
        let permission: Permission = account.may(.approveBatch) ? .approveBatch : .decide
        let proposed = try await call.host.store.read { try Corrections.load(id, in: $0) }
        let outcome = try await call.host.corridor.approve(id, by: try call.actor(permission)) {
            call.output.progress(call.output.word("记账", "booked"), Int64($0), of: Int64($1))
        }
        call.output.line(
            "更正 \(id) 已批准并记账:\(outcome.booked) 项,补发与撤销追回共 \(proposed.supplement) 元(补发的列入下一批次),追回和核减 \(proposed.clawback) 元(niangjia fund claims 可查)。",
            en:
                "The correction \(id) is approved and booked: \(outcome.booked) lines, \(proposed.supplement) yuan are paid in addition (with the next batch) or claimed no more, \(proposed.clawback) yuan are claimed or cut (see fund claims)."
        )
        if outcome.stale > 0 {
            call.output.line(
                "\(outcome.stale) 项在提出之后已有变动,没有记账:请再次运行 niangjia program correct \(proposed.program)。",
                en:
                    "\(outcome.stale) have changed since and were not booked: run niangjia program correct \(proposed.program) again."
            )
        }
        call.output.answer([
            "correction": .text(id.text), "state": "booked", "booked": .int(Int64(outcome.booked)),
            "stale": .int(Int64(outcome.stale)), "supplement_fen": .int(proposed.supplement.fen),
            "clawback_fen": .int(proposed.clawback.fen),
        ])
    }

    private static func corrections(_ call: Call) async throws {
        let program = try await filteredProgram(call)
        let limit = try call.arguments.limit(otherwise: 50)
        let after = try call.arguments.optionalID("after", Correction.self)
        let found = try await call.host.store.read { reader in
            try Corrections.list(program: program, after: after, limit: limit, in: reader)
        }
        call.output.table(
            ["更正", "项目", "状态", "提出", "批准", "笔数", "增加(元)", "减少(元)", "原因"],
            en: ["correction", "program", "state", "proposed by", "approved by", "lines", "more", "less", "reason"],
            found.map {
                [
                    $0.id.text, $0.program, StateWords.title($0.state.rawValue)[call.output.language], $0.proposedBy,
                    $0.approvedBy ?? "", "\($0.count)",
                    $0.supplement.description, $0.clawback.description, $0.reason,
                ]
            })
        call.output.answer(
            .list(
                found.map {
                    [
                        "correction": .text($0.id.text), "program": .text($0.program),
                        "state": .text($0.state.rawValue),
                        "bundle": .text($0.bundle), "proposed_by": .text($0.proposedBy),
                        "proposed_at": .text($0.proposedAt.description),
                        "approved_by": $0.approvedBy.map { .text($0) } ?? .null, "count": .int(Int64($0.count)),
                        "added_fen": .int($0.supplement.fen), "taken_fen": .int($0.clawback.fen),
                        "reason": .text($0.reason), "digest": .text($0.digest),
                    ]
                }))
    }
}
