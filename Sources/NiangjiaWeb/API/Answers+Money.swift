import NiangjiaCore

extension Answers {
    static let fundLine = Schema.named(
        "FundLine",
        .object(
            AccountCode.Stage.allCases.map { stage in
                Schema.Member(
                    name: stage.rawValue + "_fen", schema: .told(.fen, stage.title, example: nil), isRequired: true)
            }
        ).and(["line": .words, "year": .count, "source": .words, "purpose": .words, "amount_fen": .fen]))

    static let entry = Schema.named(
        "Entry",
        .members([
            "entry": .words, "voucher": .words, "booked_on": .date,
            "effective_on": .date.told("业务日期", "The day on which it took effect"), "account": .words,
            "amount_fen": .fen,
            "kind": .word(of: EntrySet.Kind.self),
            "memo": .words.told(
                "摘要:记账时写下的中文;读英文的,按 kind 说明", "What happened: in Chinese as it was booked, in English by its kind",
                "预留 1 笔"),
            "about": .words, "actor": .words,
        ]))

    static let fundReport = Schema.named(
        "FundReport",
        .members([
            "ok": .flag, "entries": .count, "accounts": .count, "difference_fen": .fen, "faults": .list(.bothWords),
        ]))

    static let fees = Schema.named("Fees", .members(["fees": .count, "amount_fen": .fen]))

    static let payee = Schema.named(
        "Claim",
        .members([
            "entitlement": .id("ent"), "case": .nullable(.id("c")), "program": .name, "name": .words,
            "amount_fen": .fen, "claimed_fen": .fen, "recovered_fen": .fen,
        ]))

    static let clawedBack = Schema.named(
        "ClawedBack",
        .members(["entitlement": .id("ent"), "entitlements": .count, "released_fen": .fen, "claimed_fen": .fen]))

    static let recovery = Schema.named(
        "Recovery", .members(["entitlement": .id("ent"), "amount_fen": .fen, "outstanding_fen": .fen]))

    private static let batchMembers: KeyValuePairs<String, Schema> = [
        "batch": .id("bat"), "number": .words, "program": .name,
        "state": .word(of: PayBatch.State.self), "count": .count,
        "total_fen": .fen, "built_by": .words, "approved_by": .nullable(.words), "exported_by": .nullable(.words),
    ]

    private static let failed = Schema.fen.told(
        "失败或退汇、还没有再付的金额", "What failed or came back and hasn't been paid since")

    static let batch = Schema.named("Batch", .members(["failed_fen": failed]).and(batchMembers))

    private static let newer = Schema.count.told(
        "几笔的收款账号是核准之后变更过的(均经收款人确认)", "Lines whose accounts are newer than the approvals, each confirmed by its payee")
    private static let changed = Schema.count.told(
        "几笔的收款账号在制单之后已变更:导出会拒绝,须先 refresh 再复核;已导出的为 0",
        "Lines whose payees have another account by now: the export refuses them until the batch is refreshed; 0 once exported"
    )

    static let approvedBatch = Schema.named(
        "ApprovedBatch", .members(["newer_accounts": newer, "changed_accounts": changed]).and(batchMembers))

    static let batchWithLines = Schema.named(
        "BatchWithLines",
        .members([
            "failed_fen": failed, "newer_accounts": newer, "changed_accounts": changed,
            "lines": .list(
                .members([
                    "n": .count, "payment": .id("pay"), "entitlement": .id("ent"),
                    "case": .nullable(.id("c")).told(
                        "来自哪一份申请;null:批量核定、其他款项,或申请已封存",
                        "The case that it came of; null: a run's, another flow's, or of a sealed case"),
                    "decision": .nullable(.id("d")).told(
                        "来自哪一项核定;null:其他款项,或申请已封存",
                        "The decision that it came of; null: another flow's, or of a sealed case"),
                    "person": .nullable(.id("p")).told(
                        "收款人编号,只告诉有权查看人员资料的;null:单位,或申请已封存",
                        "Who is paid, for whoever may see the registers; null: a unit, or of a sealed case"),
                    "holder": .words, "amount_fen": .fen, "state": .word(of: Payment.State.self), "message": .words,
                ])),
        ]).and(batchMembers))

    static let builtBatch = Schema.named(
        "BuiltBatch",
        .members([
            "batch": .id("bat"), "number": .words, "count": .count, "total_fen": .fen, "passed": .flag,
            "without_account": .list(payee), "unreadable": .list(payee), "unconfirmed": .list(payee),
            "sent_before": .list(payee), "early": .list(payee),
            "findings": .list(
                .members([
                    "code": .words, "line": .nullable(.count), "blocks": .flag, "text": .words, "text_en": .words,
                ])),
        ]))

    static let builtReturn = Schema.named(
        "BuiltReturn",
        builtBatch.bare.and([
            "no_unions": .list(
                .members(["code": .words, "level": .words, "amount_fen": .fen, "payers": .list(.words)])
            ).told("已不是工会的:款项未列入,须先改归", "Unions no longer: not in the batch until their payers are assigned anew")
        ]))

    static let exportedBatch = Schema.named(
        "ExportedBatch",
        .members([
            "batch": .id("bat"), "number": .words, "count": .count, "total_fen": .fen, "files": texts,
            "digest": .words, "head": .nullable(.words), "again": .flag, "export": .count,
        ]))

    static let batchResult = Schema.named(
        "BatchResult",
        .members([
            "batch": .id("bat"), "paid": .count, "failed": .count, "unknown": .count, "closed_cases": .count,
            "warnings": .list(.bothWords),
        ]))

    static let reissue = Schema.named(
        "Reissue", .members(["payment": .id("pay"), "replaces": .id("pay"), "same_account": .flag]))

    static let refreshedBatch = Schema.named(
        "RefreshedBatch",
        .members([
            "batch": .id("bat"), "state": .word(of: PayBatch.State.self), "count": .count, "total_fen": .fen,
            "dropped": .list(
                .members(["n": .count, "payment": .id("pay"), "entitlement": .id("ent"), "other_account": .flag])),
        ]))

    static let voidBatch = Schema.named(
        "VoidBatch", .members(["batch": .id("bat"), "state": .word(of: PayBatch.State.self)]))

    static let returned = Schema.named(
        "ReturnedPayment",
        .members([
            "payment": .id("pay"), "state": .word(of: Payment.State.self), "on": .date, "entitlement": .id("ent"),
            "reissue": .flag,
            "owed_back_fen": .fen,
        ]))

    static let late = Schema.named(
        "LateSuccess",
        .members([
            "payment": .id("pay"), "state": .word(of: Payment.State.self), "on": .date, "dropped_from?": .id("bat"),
            "claim?": .id("ent"),
            "amount_fen?": .fen, "claimed_fen?": .fen, "missing_fen?": .fen,
        ]))
}
