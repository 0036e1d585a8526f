import NiangjiaCore

extension Routes {
    private static let program = Route.Parameter.path(
        "id", .name.told("项目", "The program", "summer-cooling-2026"), as: "program", "项目", "The program")
    private static let withActions = Route.Parameter.path(
        "id", .name.told("项目", "The program", "legal-aid-2026"), as: "program", "项目", "The program")
    private static let withRecords = Route.Parameter.path(
        "id", .name.told("项目", "The program", "training-2026"), as: "program", "项目", "The program")
    private static let form = Schema.name.told("表单", "The form", "package")
    private static let asOf = Schema.date.told(
        "按哪一天,默认今天", "As of which day, today where nothing is said", "2026-07-15")
    private static let bundle = Schema.text(.line, least: 1, most: 64).told(
        "active(生效中)、folder(文件夹)、closed(不开办)或配置摘要的开头",
        "active, folder, closed, or the beginning of a bundle's digest", "active")

    static let programs: [Route] = [
        Route(
            .get, "/api/v1/programs", "program.list", .programs, devices: true,
            answers: .whole(Answers.programInList, Page.byConfiguration),
            "服务项目",
            "Programs"),
        Route(
            .get, "/api/v1/programs/{id}", "program.show", .programs, devices: true, [program],
            answers: .one(Answers.program),
            "项目的设置、表单和待批准的修改", "A program's settings, its forms, and changes that wait for approval"),
        Route(
            .post, "/api/v1/programs/{id}/status", "program.status", .programs,
            [
                program,
                .body(
                    "status", .word(of: Program.Status.self).told("状态", "The status", "open"),
                    required: true, "状态", "The status"),
            ], answers: .one(Answers.bundle), "开放、停止受理、暂停或结束一个项目(提交为修改)",
            "Open, close, suspend or end a program, as a proposal"),
        Route(
            .post, "/api/v1/programs/{id}/previews", "program.preview", .programs, once: false,
            example: ["form": "package", "as_of": "2026-08-10"],
            [
                program, .body("form", form, "表单", "The form"), .body("as_of", asOf, "按哪一天", "As of which day"),
                .body("bundle", bundle, "按哪一版配置", "By which configuration"),
                .body(
                    "names", .flag.told("列出人员", "List people", false), "列出人员(须有权查看每一项资料)",
                    "List people; takes the right to every declared fact"),
                .body(
                    "reason", .note.told("查看姓名全文的理由", "Why names are shown in full", "核对名单"), "查看姓名全文的理由,记入日志",
                    "Why names are shown in full; it is logged"),
                .body("limit", .integer(1...10_000).told("最多列出", "At most", 200), "最多列出多少人", "List at most so many"),
            ], answers: .one(Answers.preview), "试算(不改动任何资料;不足 5 人的组不单列)",
            "Preview; nothing is changed, groups under 5 are not told"),
        Route(
            .post, "/api/v1/programs/{id}/comparisons", "program.diff", .programs, once: false,
            example: ["form": "package", "from": "closed", "against": "active", "as_of": "2026-08-10", "limit": 20],
            [
                program, .body("from", bundle, "原先的", "Before"), .body("against", bundle, "改后的", "After"),
                .body(
                    "than", .name.told("项目", "A program", "summer-cooling-2025"), "与往年的哪个项目比(同一系列)",
                    "Another year's program of the same series, whose rules stand before"),
                .body("form", form, "表单", "The form"), .body("as_of", asOf, "按哪一天", "As of which day"),
                .body("limit", .integer(1...10_000).told("最多列出", "At most", 200), "最多列出多少户(人)", "List at most so many"),
            ], answers: .one(Answers.comparison), "前后对比:谁增、谁减", "Who gains and who loses"),
        Route(
            .get, "/api/v1/programs/{id}/unasked", "program.unasked", .programs,
            [
                program, .query("form", form, "表单", "The form"), .query("as_of", asOf, "按哪一天", "As of which day"),
                .query("limit", .integer(1...10_000).told("最多列出", "At most", 200), "最多列出多少人", "List at most so many"),
            ], answers: .one(Answers.unasked), "免申即享名单:符合条件而从未申请的人(姓名遮盖,查看记入日志)",
            "Who qualifies and never applied; names are masked, the reading is logged"),
        Route(
            .get, "/api/v1/programs/{id}/waiting", "program.waiting", .programs,
            [
                program, .query("form", form, "表单", "The form"),
                .query(
                    "reason", .note.told("查看姓名全文的理由", "Why names are shown in full", "核对名单"), "查看姓名全文的理由,记入日志",
                    "Why names are shown in full; it is logged"),
                Page.limit, Page.after(.id("d")),
            ], answers: .page(Answers.waitingLine, key: "decision"),
            "等待名单:每人一行,自何时、最近一次核定、为什么(姓名遮盖,查看记入日志)",
            "Who waits, one line a person: since when, when last judged, why; names are masked, the reading is logged"),
        Route(
            .get, "/api/v1/programs/{id}/replay", "decision.replay", name: "programReplay", .decisions,
            [
                program, .query("person", .id("p"), required: true, "人员", "The person"),
                .query("on", asOf, "哪一天的核定,默认最近一次", "The run for which day, the newest where nothing is said"),
            ], answers: .one(Answers.replay), "重演批量核定对某人的判断(没有单独核定编号的也可以)",
            "Replay what a run said about a person, who need have no decision of their own"),
        Route(
            .get, "/api/v1/programs/{id}/explanation", "decision.explain", name: "programExplanation", .decisions,
            [program, .query("person", .id("p"), "人员,默认本人", "The person, oneself where nothing is said")],
            answers: .one(Answers.explanation), "项目对某人的核定说明(含批量核定中的不符合)",
            "Why a program decided so about a person, refusals of a batch included"),
        Route(
            .get, "/api/v1/programs/{id}/records/{table}", "record.list", .programs,
            [
                withRecords,
                .path(
                    "table", .name.told("记录表:表单字段的类型", "The table: the type of a form's field", "class"), "记录表",
                    "The table"),
                Page.limit, Page.after(.id("r")),
            ], answers: .page(Answers.choice, key: "record"), "表单字段可填的登记(如培训班);不含涉及个人的",
            "What a form's field may name, classes for one; never what is about people"),
        Route(
            .get, "/api/v1/programs/{id}/actions", "action.list", .programs, [withActions],
            answers: .whole(Answers.action, LocalText(zh: "由插件写明", en: "as many as the plugin names")), "项目的动作",
            "A program's actions"),
        Route(
            .post, "/api/v1/programs/{id}/actions/{action}", "action.run", .programs,
            example: ["input": ["lawyer": .text(Schema.person), "employer": "990101002"]],
            [
                withActions, .path("action", .name.told("动作", "The action", "conflicts"), "动作", "The action"),
                .body("input", .dictionary(.free, most: 200), "动作的输入", "The action's input"),
            ], answers: .one(Answers.actionRun),
            links: [.init("actionShow", "id", "run"), .init("actionConfirm", "id", "run")],
            "办理一个动作", "Run an action"),
        Route(
            .get, "/api/v1/actions", "action.waiting", .programs, [Page.limit, Page.after(.id("act"))],
            answers: .page(Answers.waitingAction, key: "run"), "等待本账号复核的动作",
            "Actions that wait for this account to confirm them"),
        Route(
            .get, "/api/v1/actions/{id}", "action.show", .programs,
            [.path("id", .id("act"), as: "run", "动作编号", "The run of the action")],
            answers: .one(Answers.pendingAction), links: [.init("actionConfirm", "id", "run")],
            "待复核的动作会做什么、动哪些钱", "What an action that waits would do, and which money it moves"),
        Route(
            .post, "/api/v1/actions/{id}/confirmation", "action.confirm", .programs, example: ["refuse": false],
            [
                .path("id", .id("act"), as: "run", "动作编号", "The run of the action"),
                .body("refuse", .flag.told("不同意", "Refuse", false), "不同意", "Refuse"),
            ], answers: .one(Answers.actionRun), "复核另一人提出的动作", "Confirm what somebody else asked for"),
    ]

    static let runs: [Route] = [
        Route(
            .get, "/api/v1/runs", "program.runs", .programs,
            [.query("program", .name, "项目", "The program"), Page.limit, Page.after(.id("run"))],
            answers: .page(Answers.run, key: "run"), "历次核定及其进度", "Runs and how far they have come"),
        Route(
            .post, "/api/v1/programs/{id}/runs", "run.start", .programs, status: 202, example: ["form": "package"],
            [
                program, .body("form", form, "表单", "The form"), .body("as_of", asOf, "按哪一天", "As of which day"),
                .body(
                    "earlier", .flag.told("按更早的日期", "For an earlier day", false), "已按更晚的日期核定过,仍按这一天核定",
                    "Although a later day has been decided"),
            ], answers: .one(Answers.run), at: "/api/v1/runs/{run}",
            links: [
                .init("runShow", "id", "run"), .init("runEvents", "id", "run"), .init("programPause", "id", "run"),
                .init("programCancel", "id", "run"),
            ], "开始(或继续)正式核定;此时尚未付款,进度见 events",
            "Begin a run, or go on with one; nothing is paid yet, events tell how far it is"),
        Route(
            .get, "/api/v1/runs/{id}", "run.show", .programs, [runID], answers: .one(Answers.run), "一次核定", "A run"),
        Route(
            .get, "/api/v1/runs/{id}/events", "run.show", name: "runEvents", .programs, [runID],
            answers: .events(Answers.run), "一次核定的进度,直到结束(server-sent events)",
            "How far a run has come, until it ends (server-sent events)"),
        Route(
            .post, "/api/v1/runs/{id}/pause", "program.pause", .programs, [runID], answers: .one(Answers.runState),
            "暂停一次核定", "Pause a run"),
        Route(
            .post, "/api/v1/runs/{id}/cancel", "program.cancel", .programs, [runID], answers: .one(Answers.runState),
            "取消一次核定", "Cancel a run"),
    ]

    private static let runID = Route.Parameter.path("id", .id("run"), as: "run", "核定编号", "The run")
}
