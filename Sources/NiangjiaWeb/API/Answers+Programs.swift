import NiangjiaCore

extension Answers {
    private static let status = Schema.word(of: Program.Status.self)

    static let programInList = Schema.named(
        "ProgramInList",
        .members([
            "program": .name, "plugin": .name, "status": status, "title": .nullable(.bothWords), "season": season,
            "forms": texts,
        ]))

    private static let field = Schema.named(
        "FormField",
        .members([
            "name": .words, "type": .words.told("类型,同插件清单", "The type, as manifests write it", "money"),
            "optional": .flag, "title": .nullable(.bothWords), "fields?": .list(.reference("FormField")),
        ]))

    private static let rules: KeyValuePairs<String, Schema> = [
        "by_organization": .dictionary(.dictionary(.anything)),
        "ceiling": .nullable(.members(["persons": .nullable(.count), "amount_fen": .nullable(.fen)])),
        "review": .list(.members(["level": .words, "over_fen": .nullable(.fen)])), "waive": .dictionary(.words),
        "automatic": .nullable(.members(["daily": .words])),
    ]

    private static let form = Schema.named(
        "Form",
        .members(["form": .words, "by": texts, "is_batch": .flag, "fields": .list(field)]).and(rules))

    static let program = Schema.named(
        "Program",
        .members([
            "program": .name, "plugin": .name, "status": status, "title": .nullable(.bothWords),
            "organization": .words, "policy": .words, "series": .words, "settings": .dictionary(.anything),
            "bundle": .digest(), "season": season,
            "pending": .list(
                .members([
                    "bundle": .digest(), "state": .word(of: BundleState.self), "word": .words, "proposed_by": .words,
                    "changes": texts,
                ])), "forms": .list(form),
        ]).and(rules))

    static let openProgram = Schema.named(
        "OpenProgram",
        .members([
            "program": .name, "plugin": .name, "title": .nullable(.bothWords), "season": season,
            "forms": .list(
                .members([
                    "form": .words, "channel": .words, "from": .instant, "to": .instant, "fields": .list(field),
                ])),
        ]))

    private static let totals: KeyValuePairs<String, Schema> = [
        "considered": .nullable(.count), "granted": .nullable(.count), "limited": .nullable(.count),
        "refused": .nullable(.count), "review": .nullable(.count), "waitlisted": .nullable(.count),
        "incomplete": .nullable(.count), "failed": .nullable(.count), "amount_fen": .nullable(.fen),
    ]

    private static let fund = Schema.members(["before_fen": .fen, "after_fen": .fen])

    private static let namedLine = Schema.members([
        "subject": .words, "name": .words, "union": .words, "asked_fen": .fen, "amount_fen": .fen,
        "outcome": .word(of: Outcome.Result.self), "code": .nullable(.words),
    ])

    private static let group = Schema.named(
        "PreviewGroup",
        .members([
            "considered": .count, "granted": .nullable(.count), "left_out": .nullable(.count),
            "amount_fen": .nullable(.fen),
        ]))

    private static let budget = Schema.named(
        "PreviewBudget",
        .members([
            "lines": .list(.members(["line": .words, "before_fen": .fen, "after_fen": .fen])),
            "given_before_fen": .fen, "decisions_before": .count, "wanted_fen": .nullable(.fen), "held_fen": .fen,
            "missing_fen": .nullable(.fen), "left_out": .nullable(.count), "served_until_short": .nullable(.count),
            "sharing": texts,
        ]))

    private static let hidden = Schema.nullable(.members(["groups": .count, "considered": .count]))

    /// The applications that stand in the place of a population.
    private static let filed = Schema.nullable(
        .members(["from": .date, "to": .date, "applications": .count, "lacks": .dictionary(.nullable(.count))]))

    /// Why no money is told, and what to do; null where it is.
    private static let unread = Schema.nullable(
        .members(["plugin": .name, "version": .words, "text": .words, "text_en": .words]))

    static let preview = Schema.named(
        "Preview",
        .members([
            "program": .name, "form": .words, "as_of": .date, "bundle": .words, "content_hash": .nullable(.words),
            "unread": unread,
            "folder_differs": .flag, "history": .flag, "bundle_then": .nullable(.words), "proposed": .flag,
            "fund": .nullable(fund), "budget": .nullable(budget), "filed": filed,
            "by_reason": .nullable(.dictionary(.count)),
            "by_reason_hidden": .nullable(.members(["codes": .count, "count": .count])),
            "by_organization?": .nullable(.dictionary(group)), "by_organization_hidden?": hidden,
            "by_occupation?": .nullable(.dictionary(group)), "by_occupation_hidden?": hidden,
            "by_class?": .nullable(.dictionary(group)), "by_class_hidden?": hidden,
            "failed_at": .list(.members(["place": .words, "count": .count])), "left_out?": .list(namedLine),
            "listed?": .list(namedLine),
        ]).and(totals))

    private static let diffTotals = Schema.members([
        "considered": .count, "granted": .nullable(.count), "limited": .nullable(.count), "amount_fen": .nullable(.fen),
    ])

    private static let change = Schema.named(
        "ComparisonLine",
        .members([
            "household": .nullable(.words), "kind": .word(of: DiffLine.Kind.self), "before_fen": .fen,
            "after_fen": .fen, "difference_fen": .fen,
            "subjects": .list(
                .members([
                    "subject": .words, "name": .words, "union": .words, "before": .nullable(.words),
                    "after": .nullable(.words), "before_fen": .fen, "after_fen": .fen, "condition": .words,
                    "text": .words,
                ])),
        ]))

    static let comparison = Schema.named(
        "Comparison",
        .members([
            "program": .name, "form": .words, "as_of": .date, "from": .words, "to": .words, "settings": texts,
            "than": .nullable(.words), "filed": filed, "before": diffTotals, "after": .nullable(diffTotals),
            "changes": .list(change), "truncated": .flag,
            "names": .flag,
            "file": .nullable(.words), "unread": unread, "gains?": .count, "gains_fen?": .nullable(.fen),
            "loses?": .count, "loses_fen?": .nullable(.fen), "moves?": .count, "moves_fen?": .nullable(.fen),
            "other_reason?": .count,
            "by_organization?": .dictionary(
                .members([
                    "considered": .count, "gains": .nullable(.count), "loses": .nullable(.count),
                    "difference_fen": .nullable(.fen),
                ])),
        ]))

    static let unasked = Schema.named(
        "Unasked",
        .members([
            "program": .name, "form": .words, "as_of": .date, "count": .count, "automatic": .nullable(.words),
            "amount_fen": .fen, "waiting": .count, "truncated": .flag,
            "people": .list(
                .members(["subject": .words, "name": .words, "union": .words, "amount_fen": .fen, "waits": .flag])),
        ]))

    static let waitingLine = Schema.named(
        "Waiting",
        .members([
            "decision": .id("d"), "form": .words, "subject": .words, "name": .nullable(.words),
            "union": .nullable(.words), "case": .nullable(.id("c")), "run": .nullable(.id("run")), "since": .date,
            "last_judged": .date, "outcome": .word(of: Outcome.Result.self, or: Entitlement.State.queued.rawValue),
            "assessed_fen": .fen, "queued_fen": .nullable(.fen), "turn": .nullable(.count), "code": .nullable(.words),
            "text": .nullable(.bothWords),
            "held_up": .nullable(
                .members([
                    "needed_fen": .fen, "missing_fen": .fen, "behind": .count, "lines": texts, "text": .bothWords,
                ])
            ).told(
                "排在最前而钱不够的一位:要多少、还差多少、其后几位等候、可以怎么办;别的为 null",
                "Of the first in turn for whom there isn't enough: the sum, what is missing, how many wait behind, what can be done"
            ),
        ]))

    static let run = Schema.named(
        "Run",
        .members([
            "run": .id("run"), "program": .name, "form": .words, "as_of": .date, "actor": .words,
            "started_at": .instant, "finished_at": .nullable(.instant),
            "state": .word(of: RunSummary.State.self), "judged": .count,
            "applied": .count, "amount_fen": .fen, "reason": .nullable(.words),
            "cause": .nullable(.word(of: RunPause.Cause.self)), "is_ended": .flag,
        ]))

    static let runState = Schema.named(
        "MovedRun", .members(["run": .id("run"), "state": .word(of: RunSummary.State.self)]))

    static let action = Schema.named(
        "Action",
        .members([
            "action": .words, "by": texts, "input": texts, "answers": texts, "confirm_by": texts,
            "daily": .nullable(.words),
        ]))

    static let waitingAction = Schema.named(
        "WaitingAction",
        .members(["run": .id("act"), "program": .name, "action": .words, "by": .words, "at": .instant]))

    static let pendingAction = Schema.named(
        "PendingAction",
        .members([
            "run": .id("act"), "program": .name, "action": .words, "by": .words, "at": .instant,
            "effects": .list(
                .members([
                    "deed": .word(of: ActionEffect.Deed.self), "case": .nullable(.id("c")),
                    "name": .words, "code": .nullable(.words), "words": .bothWords,
                    "sums": .list(
                        .members([
                            "change": .word(of: ActionEffect.Sum.Change.self), "amount_fen": .fen,
                            "whom": .nullable(.words), "name": .words, "lines": texts,
                        ])),
                ])),
        ]))

    static let actionRun = Schema.named(
        "ActionRun",
        .members([
            "run": .id("act"), "state": .word(of: ActionOutcome.State.self), "answer": .dictionary(.anything),
            "code": .nullable(.words), "text": .nullable(.bothWords), "proposals": texts, "host_calls": .count,
        ]))
}
