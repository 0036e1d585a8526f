extension Routes {
    private static let batchID = Route.Parameter.path("id", .id("bat"), as: "batch", "批次编号", "The batch")
    private static let template = Schema.name.told("银行模板", "The bank's template", "generic_txt")
    private static let amount = Schema.text(.money).told("金额(元)", "The amount in yuan", "300.00")
    private static let deceasedChecked = Route.Parameter.body(
        "deceased_checked", .flag.told("已核实去世收款人的账号", "The accounts of payees who died were looked into", true),
        "有收款人去世时:已向家属核实账号", "Where a payee has died: the account was looked into with the family")
    private static let reason = Schema.note.told("理由", "Why", "更正卡号")

    static let funds: [Route] = [
        Route(
            .get, "/api/v1/funds", "fund.balance", .money, of: [.seeMoney],
            answers: .whole(Answers.fundLine, Page.byConfiguration),
            "各资金线的余额", "What each fund line has"),
        Route(
            .get, "/api/v1/funds/{line}/entries", "fund.statement", .money,
            [
                .path("line", .code.told("资金线", "The fund line", "cooling-2026"), "资金线", "The fund line"),
                .query("limit", .integer(1...Page.most), "每页条数,默认 50", "Rows of a page, 50 where nothing is said"),
                Page.after(.text(.line, least: 5, most: 40)),
            ], answers: .page(Answers.entry, key: "entry"), "一条资金线的明细账", "The entries of a fund line"),
        Route(
            .get, "/api/v1/funds/verification", "fund.verify", .money, of: [.seeMoney],
            answers: .one(Answers.fundReport), "核对账目到分", "Prove the books to the fen"),
        Route(
            .post, "/api/v1/programs/{id}/fees", "fund.receive", .money,
            [
                .path("id", .name.told("项目", "The program", "mutual-aid-2026"), as: "program", "项目", "The program"),
                .body("unit", .code.told("单位", "The unit", "990101002"), required: true, "单位代码或编号", "The unit"),
                .body("amount", amount, required: true, "到账金额(元)", "What came in, in yuan"),
            ], answers: .one(Answers.fees), "登记单位缴来的互助费", "Enter a unit's transfer of fees"),
        Route(
            .get, "/api/v1/claims", "fund.claims", .money,
            [.query("program", .name, "项目", "The program"), Page.limit, Page.after(.id("ent"))],
            answers: .page(Answers.payee, key: "entitlement"), "应追回而未到账的款项", "What was claimed back and has not come in"
        ),
        Route(
            .post, "/api/v1/entitlements/{id}/clawback", "fund.claw_back", .money,
            [
                .path("id", .id("ent"), as: "entitlement", "待遇编号", "The entitlement"),
                .body("reason", .note.told("理由", "Why", "提供虚假材料"), required: true, "理由", "Why"),
                .body(
                    "only", .flag.told("只追回这一笔所属的核定", "Only the decision of this one", false),
                    "只追回这一笔所属的核定,申请的其他各笔不动", "Only the decision that this one came of; the others stay"),
            ], answers: .one(Answers.clawedBack), "追回一笔待遇所属的整份申请",
            "Claw back the application that an entitlement came of"),
        Route(
            .post, "/api/v1/claims/{id}/recoveries", "fund.recover", .money,
            [
                .path("id", .id("ent"), as: "entitlement", "待遇编号", "The entitlement"),
                .body("amount", amount, required: true, "到账金额(元),可分几次", "What came in, in yuan; it may come in parts"),
            ], answers: .one(Answers.recovery), "登记追回到账", "Enter claimed money that came in"),
    ]

    static let batches: [Route] = [
        Route(
            .get, "/api/v1/batches", "batch.list", .money, [Page.limit, Page.after(.id("bat"))],
            answers: .page(Answers.batch, key: "batch"), "代发批次,新的在前", "Payment batches, the newest first"),
        Route(
            .post, "/api/v1/batches", "batch.build", .money, status: 201,
            [
                .body("program", .name.told("项目", "The program", "tuition-2026"), required: true, "项目", "The program"),
                .body(
                    "remark", .text(.line, least: 1, most: 100).told("附言", "The remark", "金秋助学"), "附言,默认项目名称",
                    "The remark on each payment, the program's title where nothing is said"),
            ], answers: .one(Answers.builtBatch), at: "/api/v1/batches/{batch}",
            links: [
                .init("batchShow", "id", "batch"), .init("batchApprove", "id", "batch"),
                .init("batchExport", "id", "batch"),
            ], "制单并自检", "Build a batch and check it"),
        Route(
            .get, "/api/v1/batches/{id}", "batch.show", .money, [batchID], answers: .one(Answers.batchWithLines),
            "批次与各笔结果", "A batch and its lines"),
        Route(
            .post, "/api/v1/batches/{id}/approval", "batch.approve", .money, example: [:], [batchID, deceasedChecked],
            answers: .one(Answers.approvedBatch),
            "复核(须另一人)", "Approve, as a second person"),
        Route(
            .post, "/api/v1/batches/{id}/refresh", "batch.refresh", .money, example: ["reason": "更正卡号"],
            [
                batchID, .body("payments", .list(.id("pay"), most: 1_000), "要取出的各笔", "Payments that are taken out"),
                .body("reason", reason, "理由", "Why"),
            ], answers: .one(Answers.refreshedBatch), "取出账号已变更(或指定)的各笔,重新自检",
            "Take out lines whose accounts have changed, or that are named, and check again"),
        Route(
            .post, "/api/v1/batches/{id}/void", "batch.void", .money,
            [batchID, .body("reason", reason, required: true, "理由", "Why")], answers: .one(Answers.voidBatch),
            "作废尚未导出的批次", "Take a batch apart that was not exported"),
        Route(
            .post, "/api/v1/batches/{id}/export", "batch.export", .money, example: ["template": "generic_txt"],
            [
                batchID, .body("template", template, "银行模板", "The bank's template"),
                .body(
                    "again", .flag.told("按原样重写首次的文件", "The very same again", false), "文件丢失时按原样重写",
                    "The file is lost: write the very same again"),
                deceasedChecked,
            ], answers: .one(Answers.exportedBatch), "导出银行文件(只导出一次)", "Write the bank's file, once"),
        Route(
            .get, "/api/v1/batches/{id}/files/{n}", "batch.file", .money,
            [batchID, .path("n", .integer(1...99), "第几个文件", "Which file, from 1")],
            answers: .file(["application/octet-stream"]),
            "下载导出的银行文件(记入事件链)", "The bank's file as it was exported; the reading is an event"),
        Route(
            .post, "/api/v1/batches/{id}/result", "batch.result", .money,
            [
                batchID, .query("template", template, "银行模板", "The bank's template"),
                .query(
                    "alike", .flag, "已向银行核实:它对另一批次的回单与这份逐字节相同",
                    "The bank was asked: it answered another batch in the same bytes"),
                .content(as: "file", "银行的回单文件", "The bank's answer, a file"),
            ], answers: .one(Answers.batchResult), "登记银行回单", "Take the bank's answer"),
        Route(
            .post, "/api/v1/payments/{id}/reissue", "batch.reissue", .money,
            [paymentID, .body("reason", reason, required: true, "理由", "Why"), deceasedChecked],
            answers: .one(Answers.reissue),
            "失败的一笔重新发放", "Make the next attempt of a failed payment"),
        Route(
            .post, "/api/v1/payments/{id}/return", "batch.returned", .money,
            [
                paymentID,
                .body(
                    "on", .date.told("退回日期", "The day", "2026-08-03"), required: true, "退回日期",
                    "The day on which the money came back"),
                .body(
                    "message", .note.told("银行的说明", "What the bank says", "账户已销户"), required: true, "银行的说明",
                    "What the bank says"),
            ], answers: .one(Answers.returned), "登记退汇:已付又退回的一笔", "A payment that the bank sent back"),
        Route(
            .post, "/api/v1/payments/{id}/late-success", "batch.late", .money,
            [
                paymentID,
                .body(
                    "on", .date.told("到账日期", "The day", "2026-08-03"), required: true, "到账日期",
                    "The day on which it was paid"),
                .body(
                    "message", .note.told("银行的说明", "What the bank says", "银行更正为成功"), required: true, "银行的说明",
                    "What the bank says"),
            ], answers: .one(Answers.late), "登记迟到的成功:先报失败、后来付了的一笔",
            "A payment that arrived after the bank had called it failed"),
    ]

    private static let paymentID = Route.Parameter.path("id", .id("pay"), as: "payment", "付款编号", "The payment")
}
