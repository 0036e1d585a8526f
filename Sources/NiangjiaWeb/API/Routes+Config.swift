extension Routes {
    private static let bundleID = Route.Parameter.path(
        "id", .digest(8).told("配置摘要或其开头", "A bundle's digest, or its beginning", "3f2a91c0"), as: "bundle", "配置摘要或其开头",
        "A bundle's digest, or its beginning")

    static let config: [Route] = [
        Route(
            .get, "/api/v1/config/proposals", "config.log", .config, of: [.propose, .approveProposal, .seeAccounts],
            [Page.limit, Page.after(.text(.line, least: 66, most: 84))],
            answers: .page(Answers.bundle, key: "proposal", beside: Answers.configFolder), "历次配置,新的在前",
            "Every bundle, the newest first"),
        Route(
            .post, "/api/v1/config/proposals", "config.propose", .config, status: 201,
            example: ["policy": "示工发〔2026〕12号"],
            [
                .body(
                    "files",
                    .dictionary(.nullable(.text(.lines, most: 20_000)), most: 200).told(
                        "相对路径 → 新内容(null 为删除);不写:提交文件夹的内容",
                        "Path → new content, null to remove it; the folder's content where nothing is said",
                        ["config/funds.yaml": "…"]), "要改的文件", "The files that change"),
                .body(
                    "digest",
                    .digest().told("看过的内容的摘要,写全", "The whole digest of what was looked at"),
                    "只提交看过的内容;内容已不同的,409", "Propose what was looked at only; another content is refused (409)"),
                .body(
                    "policy", .text(.line, least: 1, most: 100).told("文号", "The paper", "固工发〔2026〕12号"), "文号",
                    "The paper that asks for it"),
                .body(
                    "from", .date.told("生效日期", "From which day", "2026-08-01"), "生效日期", "The day from which it holds"),
            ], answers: .one(Answers.bundle), at: "/api/v1/config/proposals/{digest}/changes",
            links: [
                .init("configApprove", "id", "digest"), .init("configWithdraw", "id", "digest"),
                .init("configDiff", "id", "digest"),
            ], "提交修改", "Propose a change"),
        Route(
            .get, "/api/v1/config/proposals/{id}/changes", "config.diff", .config,
            of: [.propose, .approveProposal, .seeAccounts], [bundleID], answers: .one(Answers.configDiff), "一版配置改了什么",
            "What a bundle changes"),
        Route(
            .post, "/api/v1/config/proposals/{id}/approval", "config.approve", .config,
            example: ["despite_failures": false],
            [
                bundleID,
                .body(
                    "despite_failures",
                    .flag.told("试算中规则出错也批准", "Although the rule failed in a preview", false), "试算中规则出错也批准;不写则拒绝",
                    "Approve although the rule failed in a preview; refused otherwise"),
            ], answers: .one(Answers.bundle), "由另一人批准", "Approve, as a second person"),
        Route(
            .post, "/api/v1/config/proposals/{id}/withdrawal", "config.withdraw", .config, [bundleID],
            answers: .one(Answers.bundle), "撤回待批准或待生效的一版", "Take a proposal back that waits"),
        Route(
            .post, "/api/v1/config/proposals/{id}/revert", "config.revert", .config,
            example: ["policy": "示工发〔2026〕12号"],
            [
                bundleID,
                .body(
                    "policy", .text(.line, least: 1, most: 100).told("文号", "The paper", "固工发〔2026〕12号"), "文号",
                    "The paper that asks for it"),
            ], answers: .one(Answers.bundle), "提交:恢复到这一版配置", "Propose that the bundle is in force again"),
        Route(
            .post, "/api/v1/config/proposals/{id}/plugins/{plugin}/approval", "plugin.approve", .config,
            [bundleID, .path("plugin", .name.told("插件", "The plugin", "summer-cooling"), "插件", "The plugin")],
            answers: .one(Answers.pin), "由另一人批准插件的这一版内容", "Trust a plugin's content, as a second person"),
        Route(
            .get, "/api/v1/config/active", "config.show", .config,
            of: [.propose, .approveProposal, .seeAccounts, .preview],
            answers: .one(Answers.activeBundle), "生效中的配置:摘要与文件", "What is in force: its digest and files"),
        Route(
            .get, "/api/v1/config/check", "check", name: "configCheck", .config, of: [.propose, .approveProposal],
            answers: .one(Answers.check),
            "核对文件夹中的配置", "Validate what the folder holds"),
    ]

    static let audit: [Route] = [
        Route(
            .get, "/api/v1/audit/head", "audit.head", .audit, of: [.seeAccounts, .seeMoney],
            answers: .one(Answers.chainHead),
            "当前链头,交审计保存", "The chain's head, for the auditor to keep"),
        Route(
            .post, "/api/v1/audit/verifications", "audit.verify", .audit, of: [.seeAccounts, .seeMoney], once: false,
            example: ["heads": []],
            [
                .body(
                    "heads",
                    .list(.text(.lines, least: 1, most: 500), most: 100).told(
                        "抄下的链头", "Heads that left the machine", []), "抄下的链头", "Heads that left the machine")
            ], answers: .one(Answers.auditReport), "核对事件链、账目、核定与账号,可对照链头",
            "Verify the chain and all that it covers, also against heads"),
        Route(
            .get, "/api/v1/access-log", "access.log", .audit,
            [
                .query("account", .account, "谁看的", "Who looked"),
                .query("about", .text(.line, least: 1, most: 100), "看的是谁(编号)", "About whom, an id"), Page.limit,
                Page.after(.id("look")),
            ], answers: .page(Answers.look, key: "look"), "谁在何时为何看过谁的资料", "Who has looked at whose data, when and why"),
        Route(
            .get, "/api/v1/reports/year", "report", .audit, of: [.seeMoney, .seeCases],
            [
                .query("from", .date.told("起", "The first day", "2026-01-01"), required: true, "起", "The first day"),
                .query("to", .date.told("止", "The last day", "2026-12-31"), required: true, "止", "The last day"),
            ], answers: .one(Answers.report), "年度总结的数字与语句", "Figures and sentences of the year report"),
    ]
}
