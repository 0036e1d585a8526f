import NiangjiaCore

extension Routes {
    private static let program = Schema.name.told("项目", "The program", "summer-cooling-2026")
    private static let caseID = Route.Parameter.path("id", .id("c"), as: "case", "申请编号", "The case")
    private static let unit = Schema.code.told("单位代码或编号", "A unit's code or id", "990101002")
    private static let fields = Schema.dictionary(.free, most: 200).told(
        "表单的字段(见项目的 forms);金额写文本、以元为单位,或照回答写成以分为单位的整数(…_fen)",
        "The form's fields, see the program's forms; money is text in yuan, or as it was answered, an integer in fen (…_fen)",
        ["unit": "990101002", "headcount": 20])

    static let cases: [Route] = [
        Route(
            .post, "/api/v1/files", "file.add", .cases, status: 201,
            [.content(as: "path", "PDF、JPEG、PNG,按内容识别,不超过 10 MB", "PDF, JPEG or PNG by content, 10 MB at most")],
            answers: .one(Answers.file), "上传附件;照片中的位置等信息会被去除;回答的 file 填入申请的附件字段",
            "Upload evidence; what photographs tell of place and camera is removed; the answered file goes into a form's file field"
        ),
        Route(
            .post, "/api/v1/cases", "case.submit", .cases, devices: true, status: 201,
            example: [
                "program": "summer-cooling-2026", "form": "site_visit", "unit": "990101002",
                "fields": ["unit": "990101002", "headcount": 20],
            ],
            [
                .body("program", program, required: true, "项目", "The program"),
                .body("form", .name.told("表单", "The form", "site_visit"), required: true, "表单", "The form"),
                .body("applicant", .id("p"), "申请人,默认账号本人", "Who applies, oneself where nothing is said"),
                .body(
                    "unit", unit, "单位,在账号所辖范围内;本人申请的只能是所在工会或其上级",
                    "The unit, within the account's part of the city; of one's own case one's union, or one above it"),
                .body(
                    "serving", unit, "服务的工会(窗口、站点所属),默认账号所属;在所辖范围内。本人、单位提交的不另记",
                    "The union whose counter or station serves, the account's where nothing is said; within its part of the city. None is kept of what members and units file"
                ),
                .body("fields", fields, "表单的字段", "The form's fields"),
                .body(
                    "channel",
                    .word(of: CaseChannel.self).told("渠道", "The channel", "clerk"),
                    "渠道,默认按账号的角色", "How it comes, by the account's role where nothing is said"),
                .body(
                    "code", .note.told("出示码", "The code of the day", "48310972"), "申请人当天的出示码(设备扫码申请时必须填)",
                    "The applicant's code of the day, which a device needs"),
            ], answers: .one(Answers.receipt), at: "/api/v1/cases/{case}",
            links: [
                .init("caseShow", "id", "case"), .init("caseAdvance", "id", "case"),
                .init("decisionExplain", "id", "case"), .init("caseStage", "id", "case"),
            ], "提交申请", "Submit an application"),
        Route(
            .get, "/api/v1/cases", "case.list", .cases,
            [
                .query("program", .name, "项目", "The program"),
                .query("state", .word(of: CaseState.self), "状态", "The state"),
                .query(
                    "queue", .flag.told("只列等我办理的", "Only what waits for me", true), "只列等我办理的", "Only what waits for me"),
                .query(
                    "person", .id("p"), "人员:申请人或对象(查看记入日志)",
                    "A person who applies, or whom it is about; the look is logged"),
                .query(
                    "unit", unit, "工会或单位(含下级):所属、服务或提交的",
                    "A union or unit with all below it: at home, served or filed there"),
                Page.limit, Page.after(.id("c")),
            ], answers: .page(Answers.listedCase, key: "case"), "申请列表,新的在前", "Cases, the newest first"),
        Route(
            .get, "/api/v1/cases/{id}", "case.show", .cases, [caseID], answers: .one(Answers.caseFile), "一份申请",
            "A case"),
        Route(
            .get, "/api/v1/cases/{id}/evidence", "case.evidence", .cases, [caseID],
            answers: .whole(
                Answers.evidence, LocalText(zh: "一份申请的附件", en: "what one case names")),
            "申请的附件:栏目、类型、大小、SM3、何时收到",
            "A case's evidence: field, type, size, SM3, when it came"),
        Route(
            .get, "/api/v1/cases/{id}/evidence/{file}", "case.evidence_file", .cases,
            [
                caseID,
                .path(
                    "file",
                    .text(.line, least: 1, most: 200).told("附件", "The file", .text(String(repeating: "0", count: 64))),
                    "附件(见列表的 file),或它在申请中的位置(proof、children.0.proof)",
                    "The file, as the list names it, or its place in the case (proof, children.0.proof)"),
            ], answers: .file(Answers.evidenceTypes), "附件的内容(查看记入日志)", "A file of a case; the reading is logged"),
        Route(
            .post, "/api/v1/cases/{id}/transitions", "case.advance", .cases,
            [
                caseID, .ifMatch(neededFor: ["approve", "overrule", "waive"]),
                .body(
                    "action",
                    .word(of: CaseAction.Name.self).told("怎样办理", "What is done", "approve"), required: true, "怎样办理",
                    "What is done"),
                .body(
                    "note", .note.told("说明或理由", "Why", "票据与申报相符"), "说明或理由;退回、不予通过、异议等必写",
                    "Why; needed where a case is turned down or objected to"),
                .body("fields", fields, "补正时改动的字段", "Of a resubmission, the fields that changed"),
            ], answers: .one(Answers.caseSummary), "办理申请:审核、退回、异议、撤回等", "Move a case: review, return, object, withdraw"),
        Route(
            .post, "/api/v1/cases/{id}/stages", "case.stage", .cases,
            example: ["stage": "assigned", "fields": ["officer": .text(Schema.person)]],
            [
                caseID, .ifMatch,
                .body("stage", .name.told("阶段", "The stage", "assigned"), required: true, "转到哪个阶段", "To which stage"),
                .body("fields", fields, "该阶段的字段", "The stage's fields"),
            ], answers: .one(Answers.staged), "转到另一阶段", "Bring a case to another stage"),
        Route(
            .post, "/api/v1/cases/{id}/unsealing", "case.unseal", .cases, once: false,
            [
                caseID,
                .body("reason", .note.told("理由", "Why", "核实奖励"), required: true, "理由,记入日志", "Why; it is logged"),
            ], answers: .one(Answers.unsealed), "启封保密申请的对象(留痕)", "Tell whom a sealed case is about; logged"),
    ]

    static let decisions: [Route] = [
        Route(
            .get, "/api/v1/decisions", "decision.list", .decisions,
            [
                .query("program", .name, "项目", "The program"),
                .query(
                    "result",
                    .word(of: Outcome.Result.self), "结果",
                    "The result"), .query("person", .id("p"), "人员", "The person"),
                .query("case", .id("c"), "申请", "The case"), Page.limit, Page.after(.id("d")),
            ], answers: .page(Answers.decision, key: "decision"), "核定列表,新的在前", "Decisions, the newest first"),
        Route(
            .get, "/api/v1/decisions/{id}", "decision.show", .decisions, [decisionID], answers: .one(Answers.decision),
            "一项核定", "A decision"),
        Route(
            .get, "/api/v1/decisions/{id}/explanation", "decision.explain", .decisions,
            [.path("id", .id("d", "c"), as: "decision", "核定或申请的编号", "A decision's id, or a case's")],
            answers: .one(Answers.explanation), "核定说明:为什么、依据什么、可以怎么办",
            "Why it was decided so, by what, and what can be done"),
        Route(
            .get, "/api/v1/decisions/{id}/replay", "decision.replay", .decisions, [decisionID],
            answers: .one(Answers.replay), "重演:同样的输入再算一次,逐字节比较", "Replay: the same bytes again, compared one by one"),
        Route(
            .post, "/api/v1/decisions/{id}/withdrawal", "decision.withdraw", .decisions,
            example: ["reason": "本人已去世", "again": false],
            [
                decisionID,
                .body(
                    "reason", .note.told("理由", "Why", "本人已去世"), required: true, "理由,本人看得到", "Why; the member sees it"),
                .body(
                    "again", .flag.told("以后的核定重新判定此人", "Later runs judge them anew", false),
                    "以后的核定重新判定此人,默认不再列入", "Later runs judge them anew; where nothing is said they leave them out"),
            ], answers: .one(Answers.withdrawal),
            "取消批量核定中的一人:未付的释放,已付的追回(须由另一人),等待的移出名单",
            "Take one person out of a run: released where not paid, claimed back where paid (by another person), off the waiting list"
        ),
    ]

    private static let decisionID = Route.Parameter.path("id", .id("d"), as: "decision", "核定编号", "The decision")
    private static let drawID = Route.Parameter.path("id", .id("al"), as: "draw", "抽签编号", "The draw")

    static let places: [Route] = [
        Route(
            .get, "/api/v1/programs/{id}/places", "place.list", .places,
            [
                .path("id", program, as: "program", "项目", "The program"), Page.limit,
                Page.after(.text(.line, least: 1, most: 200)),
            ], answers: .page(Answers.places, key: "pool"),
            "项目的名额:总数、已占、候补", "Places of a program: all, taken, waited for"),
        Route(
            .get, "/api/v1/draws", "draw.list", .places,
            [.query("program", .name, "项目", "The program"), Page.limit, Page.after(.id("al"))],
            answers: .page(Answers.draw, key: "draw"), "统一给名额的排名与抽签,新的在前",
            "Rankings and draws of places, the newest first"),
        Route(
            .get, "/api/v1/draws/{id}", "draw.show", .places,
            [
                drawID,
                .query("person", .id("p"), "谁在名单中的代号,默认本人", "Whose token in the list, one's own where nothing is said"),
            ],
            answers: .one(Answers.drawnList),
            "名单、种子、次序,供任何人重算", "The list, the seed and the order, for anybody to repeat"),
        Route(
            .get, "/api/v1/draws/{id}/verification", "draw.verify", .places, [drawID], answers: .one(Answers.drawnList),
            "重新计算次序,与当时给出的比较", "Compute the order again and compare it with what was given"),
        Route(
            .post, "/api/v1/draws/{id}/value", "draw.value", .places,
            [
                drawID,
                .body(
                    "value", .text(.line, least: 1, most: 200).told("公开数值", "The public value", "08 12 17 22 29 33"),
                    required: true, "公布的数值,只能登记一次", "The public value; it is entered once"),
            ], answers: .one(Answers.draw), "登记公开数值并抽签", "Enter the public value, and draw"),
    ]
}
