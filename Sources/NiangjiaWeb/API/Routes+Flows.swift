import NiangjiaCore

/// Money between unions, suppliers, donors and back: dues, cost sharing, grants, suppliers, donations, corrections.
extension Routes {
    private static let amount = Schema.text(.money).told("金额(元)", "The amount in yuan", "1000.00")
    private static let reason = Route.Parameter.body(
        "reason", .note.told("理由", "Why", "核对无误"), required: true, "理由", "Why")
    private static let union = Schema.code.told("组织代码", "An organisation's code", "990101")
    private static let year = Schema.integer(2000...2100).told("年份", "The year", 2026)
    private static let first = Schema.date.told("起", "The first day", "2026-01-01")
    private static let last = Schema.date.told("止", "The last day", "2026-06-30")
    private static let sheet = Route.Parameter.query("sheet", .text(.line, least: 1, most: 100), "工作表", "The sheet")

    static let dues: [Route] = [
        Route(
            .post, "/api/v1/dues/files", "dues.import", .money,
            [
                .query(
                    "name", .text(.line, least: 1, most: 200).told("文件名", "The file's name", "2026-03.csv"),
                    "文件名:核对结果和文件清单以它指明位置,不写的以摘要",
                    "The file's name, by which findings and the list of files tell their places; its digest where nothing is said"
                ),
                sheet, .query("check", .flag.told("只检查", "Check only", true), "只检查,不入账", "Check only, book nothing"),
                .content(as: "file", "税务代收的经费明细(CSV 或 xlsx)", "The tax bureau's file of dues, CSV or xlsx"),
            ],
            answers: .one(Answers.duesTaken), "读入税务代收的工会经费", "Take in the tax bureau's file of dues"),
        Route(
            .get, "/api/v1/dues/files", "dues.files", .money, [Page.limit, Page.after(.id("dl"))],
            answers: .page(Answers.duesFile, key: "first_line"), "读入过的经费文件,新的在前",
            "Files of dues that were taken, the newest first"),
        Route(
            .post, "/api/v1/dues/files/{file}/undo", "dues.undo", .money,
            [
                .path(
                    "file", .code.told("文件摘要", "The file's digest", "3f2a91c0"), "文件的摘要,至少前 8 位",
                    "The file's digest, its first 8 characters at least"), reason,
            ],
            answers: .one(Answers.duesUndone), "撤销误读入的经费文件(红字冲销)", "Take back a file that was taken by mistake"),
        Route(
            .get, "/api/v1/dues/suspense", "dues.suspense", .money, answers: .one(Answers.duesSuspense), "待查的经费",
            "Dues in suspense"),
        Route(
            .post, "/api/v1/dues/lines/{id}/drop", "dues.drop", .money,
            [.path("id", .id("dl"), as: "line", "负数行", "The negative line"), reason],
            answers: .one(Answers.duesDropped), "销去无从冲回的负数行", "Drop a negative line that takes nothing back"),
        Route(
            .post, "/api/v1/dues/assignments", "dues.assign", .money,
            [
                .body(
                    "code", .code.told("信用代码", "The credit code", "91990100MA00000000"), required: true, "缴费单位的信用代码",
                    "The payer's credit code"),
                .body("to", union, required: true, "归入的工会", "The union that it belongs to"), reason,
            ], answers: .one(Answers.duesAssigned), "把待查的缴费归入一个工会", "Say to which union a payer belongs"),
        Route(
            .post, "/api/v1/dues/year-ends", "dues.year_end", .money,
            [.body("year", year, required: true, "年份", "The year")], answers: .one(Answers.duesYear),
            "年终:小额缴费全额返还", "The end of a year: small payers get all back"),
        Route(
            .post, "/api/v1/dues/returns", "dues.return", .money, status: 201, example: ["through": "2026-06-30"],
            [
                .body("through", last, "截至哪天到账,默认今天", "Received by which day, today where nothing is said"),
                .body("upward", .flag.told("上解", "Upward", false), "上解而不是回拨", "Pass up instead of returning"),
                .body("remark", .text(.line, least: 1, most: 100), "附言", "The remark on each payment"),
            ], answers: .one(Answers.builtReturn), at: "/api/v1/batches/{batch}", "回拨(或上解)经费:制单",
            "Return dues, or pass them up: builds the batch"),
        Route(
            .get, "/api/v1/dues/statement", "dues.statement", .money,
            [
                .query("year", year, required: true, "年份", "The year"),
                .query("code", .code, "信用代码", "The credit code"),
                .query("unit", union, "工会", "The union"),
            ], answers: .one(Answers.duesStatement), "逐户经费对账", "What each payer paid, and to whom it went"),
    ]

    static let sharing: [Route] = [
        Route(
            .get, "/api/v1/sharing", "fund.sharing", .money,
            [
                .query("from", first, required: true, "起", "The first day"),
                .query("to", last, required: true, "止", "The last day"), Page.limit,
                Page.after(.text(.line, least: 3, most: 130)),
            ],
            answers: .page(Answers.shared, key: "pair"), "跨会籍服务的分摊",
            "What unions owe each other for members served elsewhere"),
        Route(
            .post, "/api/v1/sharing/settlements", "fund.sharing_propose", .money,
            [
                .body("from", first, required: true, "起", "The first day"),
                .body("to", last, required: true, "止", "The last day"),
            ],
            answers: .whole(
                Answers.proposedSharing, LocalText(zh: "这次生成的", en: "what this request has made")), "生成分摊单",
            "Propose settlements"),
        Route(
            .get, "/api/v1/sharing/settlements", "fund.sharing_list", .money,
            [Page.limit, Page.after(.id("sh"))], answers: .page(Answers.sharingSettlement, key: "settlement"),
            "分摊单,新的在前", "Settlements between unions, the newest first"),
        Route(
            .post, "/api/v1/sharing/settlements/{id}/confirmation", "fund.sharing_confirm", .money,
            [.path("id", .id("sh"), as: "settlement", "分摊单编号", "The settlement")],
            answers: .one(Answers.confirmedSharing), "一方确认分摊单", "Confirm a settlement for one side"),
        Route(
            .post, "/api/v1/sharing/settlements/{id}/withdrawal", "fund.sharing_withdraw", .money,
            [
                .path("id", .id("sh"), as: "settlement", "分摊单编号", "The settlement"),
                .body("reason", .note.told("理由", "Why", "期间写错"), required: true, "理由", "Why"),
            ],
            answers: .one(Answers.confirmedSharing), "撤回还没有入账的分摊单", "Withdraw a settlement that isn't booked"),
    ]

    private static let grantID = Route.Parameter.path("id", .id("gr"), as: "grant", "补助编号", "The grant")
    private static let instalment = Route.Parameter.path(
        "n", .integer(1...20), as: "instalment", "第几期", "Which instalment")

    static let grants: [Route] = [
        Route(
            .get, "/api/v1/grants", "grant.list", .money, [Page.limit, Page.after(.id("gr"))],
            answers: .page(Answers.grant, key: "grant"), "分期补助,新的在前", "Grants in instalments, the newest first"
        ),
        Route(
            .post, "/api/v1/grants", "grant.propose", .money, status: 201,
            [
                .body(
                    "plan", .name.told("补助方案", "The plan", "station"), required: true, "补助方案", "The plan, of funds.yaml"
                ),
                .body("organization", union, required: true, "单位", "The organisation"),
                .body("amount", amount, required: true, "金额(元)", "The amount in yuan"),
                .body("purpose", .note.told("用途", "What for", "建设户外劳动者服务站点"), required: true, "用途", "What for"),
            ], answers: .one(Answers.proposedGrant), at: "/api/v1/grants/{grant}",
            links: [
                .init("grantShow", "id", "grant"), .init("grantApprove", "id", "grant"),
                .init("grantRefuse", "id", "grant"),
            ],
            "提出补助", "Propose a grant"),
        Route(
            .get, "/api/v1/grants/{id}", "grant.show", .money, [grantID], answers: .one(Answers.grantWithParts), "一笔补助",
            "A grant"),
        Route(
            .post, "/api/v1/grants/{id}/approval", "grant.approve", .money, [grantID],
            answers: .one(Answers.approvedGrant),
            "批准(须另一人)", "Approve, as a second person"),
        Route(
            .post, "/api/v1/grants/{id}/refusal", "grant.refuse", .money, [grantID, reason],
            answers: .one(Answers.movedGrant), "不批准", "Refuse"),
        Route(
            .post, "/api/v1/grants/{id}/instalments/{n}/report", "grant.report", .money,
            [
                grantID, instalment, .body("spent", amount, required: true, "已用(元)", "What was spent, in yuan"),
                .body("note", .note.told("说明", "What for", "设备购置"), required: true, "说明", "On what"),
            ], answers: .one(Answers.grantReport), "提交一期的使用报告", "Report on an instalment"),
        Route(
            .post, "/api/v1/grants/{id}/instalments/{n}/acceptance", "grant.accept", .money, [grantID, instalment],
            answers: .one(Answers.acceptedReport), "通过使用报告(须另一人)", "Accept a report, as a second person"),
        Route(
            .post, "/api/v1/grants/{id}/instalments/{n}/return", "grant.send_back", .money,
            [grantID, instalment, reason],
            answers: .one(Answers.returnedReport), "退回使用报告", "Send a report back"),
        Route(
            .post, "/api/v1/grants/{id}/end", "grant.end", .money,
            [
                grantID,
                .body(
                    "because", .word(of: Grants.EndReason.self).told("原因", "Why", "closed"), required: true, "原因",
                    "Why it ends"),
                .body("note", .note.told("说明", "The words", "站点已撤"), required: true, "说明", "The words"),
                .body("on", last, "哪天,默认今天", "On which day, today where nothing is said"),
            ], answers: .one(Answers.endedGrant), "结束补助:撤销预留、追回未用",
            "End a grant: what is held is let go, what is unspent claimed"),
    ]

    private static let supplier = Route.Parameter.path(
        "code", .code.told("供应商代码", "The supplier's code", "990101"), as: "supplier", "供应商代码", "The supplier's code")
    private static let goods = Route.Parameter.path("id", .id("ent"), as: "entitlement", "待遇编号", "The entitlement")

    static let suppliers: [Route] = [
        Route(
            .get, "/api/v1/suppliers/{code}/statement", "supplier.statement", .money,
            [
                supplier, .query("from", first, required: true, "起", "The first day"),
                .query("to", last, required: true, "止", "The last day"),
            ],
            answers: .one(Answers.supplierStatement), "与供应商的对账单", "What a supplier has delivered"),
        Route(
            .post, "/api/v1/suppliers/{code}/settlements", "supplier.settle", .money, status: 201,
            [
                supplier, .body("from", first, required: true, "起", "The first day"),
                .body("to", last, required: true, "止", "The last day"),
                .body(
                    "invoice", .text(.line, least: 1, most: 100).told("发票号", "The invoice", "24990000000000000001"),
                    required: true, "发票号", "The invoice"),
                .body("amount", amount, required: true, "发票金额(元)", "The invoice's amount in yuan"),
            ], answers: .one(Answers.supplierSettlement), "核对发票并结算", "Settle by an invoice"),
        Route(
            .post, "/api/v1/entitlements/{id}/dispute", "supplier.dispute", .money, [goods, reason],
            answers: .one(Answers.dispute), "对一份物品提出争议", "Dispute a piece"),
        Route(
            .post, "/api/v1/entitlements/{id}/dispute/resolution", "supplier.resolve", .money,
            [
                goods,
                .body(
                    "pays", .flag.told("仍付款", "Pay", true), required: true, "true:争议不成立,仍付款;false:争议成立,不付",
                    "true: the dispute fails, the piece is paid; false: it holds, nothing is paid"),
                reason,
            ],
            answers: .one(Answers.resolvedDispute), "裁定争议(须另一人)", "Decide a dispute, as a second person"),
        Route(
            .post, "/api/v1/entitlements/{id}/account-confirmation", "batch.confirm", .money,
            [
                goods,
                .body(
                    "ending", .text(.line, least: 1, most: 30).told("账号尾号", "How the account ends", "0019"),
                    required: true, "账号尾号", "How the account ends"),
                .body("how", .note.told("怎样确认", "How", "电话确认"), required: true, "怎样确认的", "How it was confirmed"),
            ], answers: .one(Answers.confirmedAccount), "收款人确认变更后的账号", "A payee says that a changed account is theirs"),
    ]

    private static let campaign = Route.Parameter.path(
        "campaign", .name.told("捐赠活动", "The campaign", "charity-2026"), "捐赠活动", "The campaign")

    static let donations: [Route] = [
        Route(
            .post, "/api/v1/campaigns/{campaign}/donations", "donation.receive", .money, status: 201,
            [
                campaign,
                .body(
                    "reference",
                    .text(.line, least: 1, most: 100).told("流水号", "The bank's reference", "20260715000001"),
                    required: true, "银行流水号,只入账一次", "The bank's reference; it is booked once"),
                .body("amount", amount, required: true, "金额(元)", "The amount in yuan"),
                .body("donor", .text(.line, least: 1, most: 100).told("捐赠人", "The donor", "爱心企业"), "捐赠人", "The donor"),
                .body("anonymous", .flag.told("匿名", "Anonymous", false), "不公示姓名", "The name isn't published"),
                .body(
                    "on", .date.told("到账日期", "The day", "2026-07-15"), "到账日期,默认今天",
                    "The day, today where nothing is said"),
                .body("confirm_amount", amount, "大额的,再写一遍金额", "An unusually large amount, said again"),
            ], answers: .one(Answers.donation), "登记一笔捐款(并配捐)", "Enter a donation, and match it"),
        Route(
            .get, "/api/v1/campaigns/{campaign}/donations", "donation.list", .money,
            [campaign, Page.limit, Page.after(.id("dn"))], answers: .page(Answers.enteredDonation, key: "donation"),
            "登记的捐款,先登记的在前", "Donations in the order in which they were entered"),
        Route(
            .post, "/api/v1/donations/{id}/reversal", "donation.reverse", .money,
            [.path("id", .id("dn"), as: "donation", "捐款编号", "The donation"), reason],
            answers: .one(Answers.reversedDonation), "冲销登记错的捐款(须另一人)",
            "Reverse a donation that was entered wrongly, as a second person"),
        Route(
            .get, "/api/v1/campaigns/{campaign}/accounts", "donation.publish", .money, [campaign],
            answers: .one(Answers.campaign), "捐赠活动的收支公示", "A campaign's published accounts"),
        Route(
            .post, "/api/v1/reports/figures", "report.import", .audit,
            [sheet, .content(as: "file", "填报的数字(CSV 或 xlsx)", "Figures that other registers count, CSV or xlsx")],
            answers: .one(Answers.enteredFigures), "填报其他系统统计的数字", "Enter figures that other registers count"),
    ]

    private static let program = Route.Parameter.path(
        "id", .name.told("项目", "The program", "summer-cooling-2026"), as: "program", "项目", "The program")
    private static let correctionID = Route.Parameter.path("id", .id("cor"), as: "correction", "更正编号", "The correction")
    private static let since = Schema.date.told("从哪天起的核定", "Decisions since", "2026-07-01")

    static let corrections: [Route] = [
        Route(
            .get, "/api/v1/programs/{id}/correction", "program.correct", .money,
            [program, .query("since", since, "从哪天起的核定", "Decisions since which day")],
            answers: .one(Answers.correction),
            "按生效中的配置重算:该补发、该追回的(不改动任何资料)",
            "Judge again by what is in force: what would be paid or claimed back; nothing is changed"),
        Route(
            .post, "/api/v1/programs/{id}/corrections", "program.correct.propose", .money, status: 201,
            [program, .body("since", since, "从哪天起的核定", "Decisions since which day"), reason],
            answers: .one(Answers.correction),
            links: [
                .init("programCorrectApprove", "id", "correction"), .init("programCorrectWithdraw", "id", "correction"),
            ], "提出更正", "Propose a correction"),
        Route(
            .get, "/api/v1/corrections", "program.corrections", .money,
            [.query("program", .name, "项目", "The program"), Page.limit, Page.after(.id("cor"))],
            answers: .page(Answers.correctionInList, key: "correction"), "更正,新的在前", "Corrections, the newest first"),
        Route(
            .post, "/api/v1/corrections/{id}/approval", "program.correct.approve", .money, [correctionID],
            answers: .one(Answers.bookedCorrection), "批准并记账(须另一人)", "Approve and book, as a second person"),
        Route(
            .post, "/api/v1/corrections/{id}/withdrawal", "program.correct.withdraw", .money, [correctionID],
            answers: .one(Answers.withdrawnCorrection), "撤回更正", "Withdraw a correction"),
    ]

    static let periods: [Route] = [
        Route(
            .get, "/api/v1/fund-reports/{kind}", "fund.report", .money,
            [
                .path(
                    "kind",
                    .word(of: FundReports.Kind.self).told(
                        "报表", "The report", "budget"),
                    "报表:试算平衡、预算执行、来源、明细、未付预留", "The report"),
                .query("from", first, "起,默认年初", "The first day, the year's where nothing is said"),
                .query("to", last, "止,默认今天", "The last day, today where nothing is said"),
                .query("year", year, "年份", "The year"), .query("line", .code, "资金线(明细)", "The line, of a statement"),
                .query("older_than", .integer(0...10_000), "早于多少天的预留", "Holds older than so many days"),
            ], answers: .one(Answers.fundTable), "账簿报表", "A report of the books"),
        Route(
            .get, "/api/v1/periods", "fund.periods", .money,
            [Page.limit, Page.after(.text(.line, least: 4, most: 7).told("期间", "The period", "2026-07"))],
            answers: .page(Answers.closedPeriod, key: "period"), "已结账的期间,新的在前",
            "Periods that are closed, the newest first"),
        Route(
            .post, "/api/v1/periods/{period}/closing", "fund.close", .money, example: ["confirm": false],
            [
                .path(
                    "period", .text(.line, least: 4, most: 7).told("期间", "The period", "2026-07"), "期间:2026 或 2026-07",
                    "The period: 2026 or 2026-07"),
                .body(
                    "confirm", .flag.told("结账", "Close", false), "结账;不写是预览", "Close it; a preview where nothing is said"
                ),
                .body("decision", .note.told("依据", "The paper", "示工发〔2026〕9号"), "会议纪要或文号", "The paper that decides it"),
                .body("lapse", .list(.id("ent"), most: 1_000), "失效的预留", "Holds that lapse"),
                .body("lapse_all", .flag, "可失效的全部失效", "All that may lapse do"),
            ], answers: .one(Answers.periodClosing), "结账(或预览结账)", "Close a period, or preview it"),
        Route(
            .get, "/api/v1/audit/patterns", "audit.patterns", .audit,
            [
                .query("from", first, "起,默认年初", "The first day, the year's where nothing is said"),
                .query("to", last, "止,默认今天", "The last day, today where nothing is said"),
                .query("burst", .integer(2...10_000), "集中扫码:至少几次", "A burst of scans: at least so many"),
                .query("minutes", .integer(1...1_440), "集中扫码:多少分钟内", "A burst of scans: within so many minutes"),
            ], answers: .one(Answers.patterns), "审计线索:共用账号、集中扫码、略低于限额、反复试算", "What an auditor looks at twice"),
    ]

    /// All of them.
    static let flows: [Route] = periods + dues + sharing + grants + suppliers + donations + corrections
}
