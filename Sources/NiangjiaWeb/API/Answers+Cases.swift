import NiangjiaCore

extension Answers {
    private static let state = Schema.word(of: CaseState.self)
    /// What was decided of a line; before that, what the rule says of it, that it is entered for all to be decided together, or nothing.
    private static let result = Schema.text(.word(said + ["entered", "-"]))
    private static let said = {
        let (decided, judged) = (Outcome.Result.allCases.map(\.rawValue), Judgement.Kind.allCases.map(\.rawValue))
        return decided + judged.filter { !decided.contains($0) }
    }()
    /// The same, and where a case stands of which nothing is said yet.
    private static let outcome = Schema.text(
        .word(said + CaseState.allCases.map(\.rawValue).filter { !said.contains($0) }))
    private static let decisionState = Schema.word(of: DecisionState.self)
    private static let notice = Schema.nullable(season)

    static let file = Schema.named(
        "Evidence",
        .members([
            "file": .digest(), "size": .count, "media_type": .text(.word(evidenceTypes)),
        ]))

    /// What evidence may be.
    static let evidenceTypes = ["application/pdf", "image/jpeg", "image/png"]

    static let evidence = Schema.named(
        "CaseEvidence",
        .members([
            "field": .words.told("在表单的哪一处", "Where the form names it", "children/0/proof"), "stage": .nullable(.words),
            "file": .nullable(.words).told(
                "附件;申请封存的,是它在申请中的位置;null:您不能查看",
                "The file; of a sealed case its place in it; null: it isn't for you",
                .text(String(repeating: "0", count: 64))),
            "media_type": .nullable(.text(.word(evidenceTypes))), "size": .nullable(.count),
            "sm3": .nullable(.digest()).told(
                "内容的 SM3;null:文件已读不到、申请已封存或您不能查看",
                "SM3 of the content; null: it can't be read any more, the case is sealed, or it isn't for you"),
            "at": .nullable(.instant),
            "read": .nullable(texts).told("您不能查看的,谁可以", "Of a file that isn't for you: who may read it", ["medic"]),
        ]))

    static let receipt = Schema.named(
        "Receipt",
        .members([
            "case": .id("c"), "version": .count, "state": state, "state_text": .bothWords,
            "lines": .list(
                .members([
                    "line": .count, "result": result, "amount_fen": .fen, "is_final": .flag,
                    "code": .nullable(.words), "text": .nullable(.bothWords), "decision": .nullable(.id("d")),
                    "missing": texts,
                ])),
        ]))

    private static let summary: KeyValuePairs<String, Schema> = [
        "case": .id("c"), "version": .count, "program": .name, "form": .words, "state": state,
        "state_text": .bothWords, "level": .nullable(.words), "submitted_at": .instant, "on": .date,
        "amount_fen": .fen, "notice": notice, "stage": .nullable(.words), "due": .nullable(.instant),
    ]

    static let caseSummary = Schema.named(
        "CaseSummary",
        .members([
            "refused_by_rule?": .members(["codes": texts, "waive": .dictionary(.words), "text": .bothWords]),
            "amount_changed?": .members(["before_fen": .fen, "after_fen": .fen, "text": .bothWords]),
        ]).and(summary))

    static let listedCase = Schema.named(
        "ListedCase",
        .members([
            "applicant": .nullable(.id("p")).told("申请人;null:没有,或申请已封存", "Who applies; null: nobody, or it is sealed"),
            "subjects": texts.told("对象(人员、家庭、单位等的编号);申请已封存的为空", "Whom it is about, by id; none where it is sealed"),
            "name": .nullable(.words).told(
                "申请人(没有申请人的,为第一个对象)的姓名,已脱敏;null:申请已封存",
                "The applicant's name, else the first subject's, masked; null: it is sealed", "李*"),
            "union": .nullable(.words).told("所属工会的代码", "The home union's code", "99010101"),
        ]).and(summary))

    /// What was filled in, as it may be sent back.
    private static let filled = Schema.dictionary(.anything).told(
        "表单的字段;金额写两次:以分为单位的整数(…_fen)和以元为单位的文本,可以原样送回",
        "The form's fields; money stands twice, as an integer in fen (…_fen) and as text in yuan, and may be sent back as it is",
        ["self_pay": "3000.00", "self_pay_fen": 300_000, "admitted_on": "2026-07-01"])

    /// What an account isn't told of some facts, and what it takes.
    private static let leftOut: Schema = .nullable(
        .members(["facts": texts, "needs": texts, "text": .words, "text_en": .words]))

    private static let place = Schema.nullable(.members(["code": .words, "name": .words, "level": .words]))

    static let caseFile = Schema.named(
        "Case",
        .members([
            "fields": filled,
            "organizations": .list(.members(["organization": .id("o"), "code": .words, "name": .words])).told(
                "字段中的组织编号各是哪一家", "Code and name of each organisation that the fields name by id"),
            "unit": place.told("申请所属的单位;null:没有,或申请已封存", "The unit that it is of; null: none, or it is sealed"),
            "serving": place.told(
                "窗口或站点所属、提供服务的工会;null:没有,或申请已封存",
                "The union whose counter or station serves; null: none, or it is sealed"),
            "stages": .list(
                .members([
                    "stage": .words, "at": .instant, "role": .words, "is_whole": .flag,
                    "fields": filled,
                ])), "left_out": leftOut, "is_sealed": .flag,
            "places": .list(
                .members(["line": .count, "state": .word(of: PlaceState.self), "turn": .nullable(.count)])),
            "money_turn?": moneyTurn,
            "lines": .list(
                .members([
                    "line": .count, "subject": .nullable(.words), "result": result, "amount_fen": .fen,
                    "code": .nullable(.words), "text": .nullable(.bothWords), "decision": .nullable(.id("d")),
                    "state": .nullable(decisionState).told(
                        "核定现在的状态(standing 有效,reversed 已撤回或撤销 …);null:尚未核定",
                        "How the decision stands now (standing, reversed …); null: there is none yet", "standing"),
                    "amount_now_fen": .nullable(.fen).told(
                        "核定现在有效的金额,不含排队等资金的;null:尚未核定",
                        "What stands of the decision now, but for what waits for money; null: there is none yet"),
                    "queued?": queued,
                    "pick_up_code?": .words.told("领取码,只告诉本人", "The code to collect it with, for its owner", "48310972"),
                    "failed?": .members(["at": .nullable(.words), "text": .bothWords]),
                ])),
            "steps": .list(
                .members([
                    "at": .instant, "role": .words, "action": .words, "actor": .nullable(.words), "from": .words,
                    "to": .words, "note": .nullable(.words),
                ])),
        ]).and(summary))

    private static let queued = Schema.members(["amount_fen": .fen, "turn": .count]).told(
        "排队等资金的金额和位次;没有则不写", "What waits for money, and which one it is to be served next; absent: nothing does")

    private static let moneyTurn = Schema.count.told(
        "候补等资金的位次;不等资金则不写",
        "Which one it is to be decided again next when there is money; absent: it doesn't wait for that")

    static let staged = Schema.named(
        "StagedCase",
        .members([
            "case": .id("c"), "version": .count, "state": state, "stage": .nullable(.words),
            "due": .nullable(.instant), "is_part": .flag,
        ]))

    static let unsealed = Schema.named(
        "UnsealedCase",
        .members(["case": .id("c"), "applicant": .nullable(.id("p")), "subjects": texts]))

    static let decision = Schema.named(
        "Decision",
        .members([
            "decision": .id("d"), "program": .name, "form": .words,
            "subject": .nullable(.words).told(
                "对象;null:敏感项目,列出多人时不写明", "Whom it is about; null: a sensitive program's, in a list of many"),
            "case": .nullable(.id("c")), "run": .nullable(.id("run")), "on": .date, "decided_at": .instant,
            "outcome": .word(of: Outcome.Result.self), "amount_fen": .fen,
            "assessed_fen": .fen, "stacked_fen": .fen, "code": .nullable(.words), "state": decisionState,
        ]))

    static let explanation = Schema.named(
        "Explanation",
        .members([
            "id": .words, "program": .name, "outcome": outcome, "amount_fen": .fen, "on": .date,
            "reasons": .list(.members(["code": .words, "text": .words, "text_en": .words])), "facts": .anything,
            "left_out": leftOut,
            "settings": .anything, "facts_text": texts, "settings_text": texts, "plugin": plugin, "rule": .words,
            "lines": .list(
                .members([
                    "subject": .words, "outcome": outcome, "amount_fen": .fen, "code": .nullable(.words),
                    "text": .nullable(.words), "text_en": .nullable(.words),
                ])),
            "revoked": .list(
                .members([
                    "at": .instant, "code": .words, "text": .words, "text_en": .words, "keep_fen": .fen,
                    "facts": .anything,
                ])),
            "pick_up_code?": .words.told("领取码,只告诉本人", "The code to collect it with, for its owner", "48310972"),
            "failed?": .members(["at": .nullable(.words), "text": .bothWords]),
            "amount_now_fen": .fen.told(
                "现在有效的金额:更正、撤回、撤销之后,不含排队等资金的",
                "What stands now: after corrections, withdrawals and revocations, but for what waits for money"),
            "queued?": queued, "money_turn?": moneyTurn,
            "money_came_on?": .date.told(
                "候补后因资金到位而核定的日期;不是这样核定的不写",
                "When it was decided from the waiting list because there was money; absent: it wasn't decided so"),
            "corrected": .list(
                .members([
                    "at": .instant, "correction": .words, "before_fen": .fen, "after_fen": .fen, "why": .words,
                    "code": .nullable(.words), "text": .nullable(.words), "text_en": .nullable(.words),
                ])),
            "advice": .list(
                .members([
                    "kind": .word(of: Advice.Kind.self), "text": .words, "text_en": .words,
                    "days?": .count,
                ])), "remark": .nullable(.bothWords),
            "draw": .nullable(.members(["draw": .id("al"), "entrant": .words])).told(
                "抽签的编号和此人在名单中的代号", "The draw, and by what its list names them"),
        ]))

    static let replay = Schema.named(
        "Replay",
        .members([
            "decision": .words.told("核定编号,或核定/块/行", "The decision; or run, block and row"), "same": .flag,
            "same_engine": .flag, "engine_then": .words, "engine_now": .words,
            "digest_then": .words, "digest_now": .words, "bytes": .count, "row": .count, "plugin": plugin,
        ]))

    static let withdrawal = Schema.named(
        "Withdrawal",
        .members([
            "decision": .id("d"), "state": decisionState, "again": .flag, "released_fen": .fen, "claimed_fen": .fen,
            "taken_out_before": .nullable(
                .members(["by": .words, "at": .instant]).told(
                    "已经取消的:由谁、何时;这次只改为下一次核定重新判定",
                    "Where they were out already: by whom and when; only that the next run judges them anew has changed"
                )),
        ]))

    static let places = Schema.named(
        "Places",
        .members([
            "pool": .words, "of": .anything, "places": .nullable(.count), "taken": .count, "waiting": .count,
        ]))

    private static let drawn: KeyValuePairs<String, Schema> = [
        "draw": .id("al"), "program": .name, "form": .words, "pool": .words, "closed_at": .instant,
        "entrants": .count, "places": .count, "order": texts, "list_sm3": .words, "source": .nullable(.words),
        "value": .nullable(.words), "seed": .nullable(.words), "state": .word(of: Allotment.Standing.self),
    ]

    static let draw = Schema.named("Draw", .members(drawn))

    static let drawnList = Schema.named(
        "DrawnList",
        .members([
            "list": .words, "head": .nullable(.members(["seq": .count, "digest": .words])), "waiting_room": .count,
            "served": .list(
                .members([
                    "position": .count, "entrant": .words, "rank": .nullable(.integer(Schema.exact)),
                    "key": .nullable(.words), "place": .word(of: PlaceState.self),
                ])), "ok": .flag, "faults": .list(.bothWords),
            "entrant?": .nullable(.members(["person": .id("p"), "entrant": .words])).told(
                "本人(或 person 所指的人)在批量核定名单中的代号;null:不在名单中",
                "By what a run's list names oneself, or the person asked for; null: not in it"),
        ]).and(drawn))
}
