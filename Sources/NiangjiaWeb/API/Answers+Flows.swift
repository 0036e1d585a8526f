import NiangjiaCore

extension Answers {
    static let duesTaken = Schema.named(
        "DuesTaken",
        .members([
            "checked": .flag, "file": .words, "lines": .count, "booked": .count, "suspense": .count,
            "reversed": .count, "waiting": .count, "reversed_earlier": .count, "resent": .count,
            "refused": .count, "amount_fen": .fen,
            "findings": .list(.members(["code": .words, "place": .words, "zh-CN": .words, "en": .words])),
        ]))

    static let duesSuspense = Schema.named(
        "DuesSuspense",
        .members([
            "codes": .list(
                .members(["code": .words, "payer": .words, "lines": .count, "amount_fen": .fen, "since": .date])),
            "unmatched": .list(negativeLine),
            "claims": duesClaims,
        ]))

    private static let negativeLine = Schema.members([
        "line": .id("dl"), "code": .words, "amount_fen": .fen, "place": .words,
    ])

    static let duesDropped = Schema.named("DuesDropped", negativeLine)

    private static let duesClaims = Schema.list(
        .members(["entitlement": .id("ent"), "union": .words, "amount_fen": .fen]))

    static let duesFile = Schema.named(
        "DuesFile",
        .members([
            "file": .words, "place": .words, "lines": .count, "amount_fen": .fen, "taken_on": .date, "by": .words,
            "undone": .flag, "first_line": .id("dl").told("其中第一行的编号", "The id of its first line"),
        ]))

    static let duesUndone = Schema.named(
        "DuesUndone", .members(["file": .words, "lines": .count, "amount_fen": .fen]))

    static let duesAssigned = Schema.named(
        "DuesAssigned",
        .members([
            "code": .words, "organization": .words, "lines": .count, "amount_fen": .fen, "from": .nullable(.words),
            "moved": .count, "stays_fen": .fen,
        ]))

    static let duesYear = Schema.named(
        "DuesYearEnd",
        .members([
            "year": .count, "payers": .count, "amount_fen": .fen,
            "kept": .list(
                .members([
                    "code": .words, "line": .words, "amount_fen": .fen, "reason": .word(of: Dues.Kept.Reason.self),
                ])),
        ]))

    static let duesStatement = Schema.named(
        "DuesStatement",
        .members([
            "year": .count, "faults": .list(.bothWords), "claims": duesClaims,
            "payers": .list(
                .members([
                    "code": .words, "payer": .words, "union": .nullable(.words), "due_fen": .fen,
                    "received_fen": .fen, "shares_fen": .dictionary(.fen), "held_fen": .fen, "returned_fen": .fen,
                    "under_way_fen": .fen,
                ])),
        ]))

    static let shared = Schema.named(
        "SharedCost",
        .members([
            "pair": .words.told("付方和收方", "Who pays and who is paid", "99010101/99010102"), "home": .words,
            "serving": .words, "cases": .count, "visits": .count, "cost_fen": .fen, "amount_fen": .fen,
        ]))

    static let proposedSharing = Schema.named(
        "ProposedSharing", .members(["settlement": .id("sh"), "amount_fen": .fen]))

    static let confirmedSharing = Schema.named(
        "ConfirmedSharing",
        .members(["settlement": .id("sh"), "state": .word(of: Sharing.State.self), "amount_fen": .fen]))

    static let sharingSettlement = Schema.named(
        "SharingSettlement",
        .members([
            "settlement": .id("sh"), "from": .date, "to": .date, "home": .words, "serving": .words,
            "amount_fen": .fen, "state": .word(of: Sharing.State.self),
        ]))

    private static let grantMembers: KeyValuePairs<String, Schema> = [
        "grant": .id("gr"), "plan": .words, "organization": .words, "amount_fen": .fen,
        "state": .word(of: Grants.State.self), "purpose": .words, "proposed_by": .words,
        "approved_by": .nullable(.words), "use_by": .nullable(.date),
        "others": otherGrants,
    ]

    private static let otherGrants = Schema.list(.id("gr")).told(
        "同一单位在同一方案下的其他补助(未批准的不计)", "The organisation's other grants of the plan, those refused left out")

    private static let part = Schema.named(
        "Instalment",
        .members([
            "n": .count, "amount_fen": .fen, "due_on": .date, "needs_report": .flag,
            "state": .word(of: Entitlement.State.self), "report": .word(of: Grants.ReportState.self), "spent_fen": .fen,
            "entitlement": .id("ent"),
        ]))

    static let grant = Schema.named("Grant", .members(grantMembers))
    static let grantWithParts = Schema.named(
        "GrantWithInstalments", .members(["instalments": .list(part)]).and(grantMembers))
    static let proposedGrant = Schema.named(
        "ProposedGrant", .members(["grant": .id("gr"), "amount_fen": .fen, "others": otherGrants]))
    static let approvedGrant = Schema.named(
        "ApprovedGrant", .members(["grant": .id("gr"), "instalments": .list(part)]))
    static let movedGrant = Schema.named(
        "MovedGrant", .members(["grant": .id("gr"), "state": .word(of: Grants.State.self)]))
    static let grantReport = Schema.named(
        "GrantReport", .members(["grant": .id("gr"), "instalment": .count, "spent_fen": .fen]))
    static let acceptedReport = Schema.named(
        "AcceptedReport", .members(["grant": .id("gr"), "instalment": .count, "unlocked": .count]))
    static let returnedReport = Schema.named(
        "ReturnedReport",
        .members(["grant": .id("gr"), "instalment": .count, "state": .word(of: Grants.ReportState.self)]))
    static let endedGrant = Schema.named(
        "EndedGrant", .members(["grant": .id("gr"), "released_fen": .fen, "claimed_fen": .fen]))

    static let supplierStatement = Schema.named(
        "SupplierStatement",
        .members([
            "supplier": .words, "payable_fen": .fen,
            "lines": .list(
                .members([
                    "program": .words, "price_fen": .fen, "count": .count, "amount_fen": .fen, "disputed": .flag,
                ])),
            "pieces": .list(
                .members([
                    "entitlement": .id("ent"), "program": .words, "amount_fen": .fen, "on": .date, "disputed": .flag,
                ])),
        ]))

    static let supplierSettlement = Schema.named(
        "SupplierSettlement",
        .members(["settlement": .id("ss"), "count": .count, "amount_fen": .fen, "disputed_fen": .fen]))

    static let dispute = Schema.named(
        "Dispute", .members(["entitlement": .id("ent"), "state": .word(of: Suppliers.DisputeState.self)]))
    static let resolvedDispute = Schema.named("ResolvedDispute", .members(["entitlement": .id("ent"), "pays": .flag]))
    static let confirmedAccount = Schema.named(
        "ConfirmedAccount", .members(["entitlement": .id("ent"), "ending": .words, "confirmed": .flag]))

    static let donation = Schema.named(
        "Donation",
        .members([
            "donation": .id("dn"), "amount_fen": .fen, "matched_fen": .fen, "unmatched_fen": .fen, "known": .flag,
        ]))

    static let enteredDonation = Schema.named(
        "EnteredDonation",
        .members([
            "donation": .id("dn"), "reference": .words, "donor": .nullable(.words), "amount_fen": .fen, "on": .date,
            "by": .words, "reversed": .flag,
        ]))

    static let reversedDonation = Schema.named(
        "ReversedDonation", .members(["donation": .id("dn"), "amount_fen": .fen, "unmatched_fen": .fen]))

    static let campaign = Schema.named(
        "CampaignAccounts",
        .members([
            "campaign": .words, "raised_fen": .fen, "matched_fen": .fen, "paid_fen": .fen, "persons": .words,
            "left_fen": .fen, "besides_fen": .fen, "unnamed": .count, "unnamed_fen": .fen,
            "donors": .list(.members(["donor": .words, "amount_fen": .fen, "on": .date])),
        ]))

    static let enteredFigures = Schema.named(
        "EnteredFigures",
        .members(["figures": .count, "new": .count, "changed": .count, "unchanged": .count]))

    static let correction = Schema.named(
        "Correction",
        .members([
            "program": .name, "bundle": .digest(), "since": .nullable(.date), "considered": .count,
            "unchanged": .count, "count": .count, "missing_fen": .fen, "supplement_fen": .fen, "raise_fen": .fen,
            "unclaim_fen": .fen, "cut_fen": .fen, "claim_fen": .fen, "correction?": .id("cor"),
            "state?": .word(of: Correction.State.self), "new?": .flag,
            "lines": .list(
                .members([
                    "decision": .id("d"), "entitlement": .id("ent"), "name": .words, "before_fen": .fen,
                    "target_fen": .fen, "difference_fen": .fen, "outcome": .word(of: Outcome.Result.self),
                    "code": .nullable(.words),
                    "steps": .list(
                        .members([
                            "kind": .word(of: CorrectionStep.Kind.self),
                            "entitlement": .id("ent"), "amount_fen": .fen,
                        ])),
                ])),
            "gaps": .list(.members(["decision": .id("d"), "subject": .words, "reason": .words])),
        ]))

    static let correctionInList = Schema.named(
        "CorrectionInList",
        .members([
            "correction": .id("cor"), "program": .name,
            "state": .word(of: Correction.State.self), "bundle": .digest(),
            "proposed_by": .words, "proposed_at": .instant, "approved_by": .nullable(.words), "count": .count,
            "added_fen": .fen, "taken_fen": .fen, "reason": .words, "digest": .words,
        ]))

    static let bookedCorrection = Schema.named(
        "BookedCorrection",
        .members([
            "correction": .id("cor"), "state": .word(of: Correction.State.self), "booked": .count, "stale": .count,
            "supplement_fen": .fen, "clawback_fen": .fen,
        ]))

    static let withdrawnCorrection = Schema.named(
        "WithdrawnCorrection", .members(["correction": .id("cor"), "state": .word(of: Correction.State.self)]))

    static let fundTable = Schema.named(
        "FundTable", .members(["title": .words, "title_en": .words, "rows": .anything]))

    static let closedPeriod = Schema.named(
        "ClosedPeriod", .members(["period": .words, "decision": .words, "by": .words]))

    static let periodClosing = Schema.named(
        "PeriodClosing",
        .members([
            "period": .words, "closed": .flag, "lapsed_fen": .fen, "open_since": .nullable(.date),
            "closable_from": .nullable(.date).told(
                "还没有过完:这一天起才能结账;null:已经过完", "It isn't over: from this day it can be closed; null: it is", "2028-01-01"),
            "lapses_on": .date, "open_years": .list(.count),
            "claims": .list(.members(["entitlement": .id("ent"), "program": .words, "amount_fen": .fen])),
            "lines": .list(
                .members([
                    "line": .words, "available_fen": .fen, "backstop_fen": .fen, "returned_fen": .fen, "carries": .flag,
                ])),
            "holds": .list(
                .members([
                    "entitlement": .id("ent"), "program": .words, "state": .word(of: Entitlement.State.self),
                    "amount_fen": .fen, "on": .date, "fate": .word(of: PeriodClosing.Fate.self),
                ])),
        ]))

    static let patterns = Schema.named(
        "AuditPatterns",
        .members([
            "from": .date, "to": .date,
            "shared_accounts": .list(
                .members([
                    "count": .count, "paid_fen": .fen,
                    "payees": .list(.members(["id": .words, "name": .nullable(.words)])),
                ])),
            "bursts": .list(
                .members([
                    "who": .words, "kind": .word(of: AuditPatterns.Burst.Kind.self),
                    "from": .instant, "to": .instant, "count": .count,
                ])),
            "under_limits": .list(
                .members([
                    "program": .words, "limit_fen": .fen, "kind": .words, "filer": .words, "within": .count,
                    "all": .count, "decisions": texts,
                ])),
            "probes": .list(
                .members([
                    "account": .words, "program": .words, "contents": .count, "tries": .count, "from": .instant,
                    "to": .instant,
                ])),
        ]))
}
