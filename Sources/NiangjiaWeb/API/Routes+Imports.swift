extension Routes {
    private static let importID = Route.Parameter.path("id", .id("up"), as: "import", "导入编号", "The import")

    static let imports: [Route] = [
        Route(
            .post, "/api/v1/imports", "import.begin", .imports, status: 201,
            [
                .body(
                    "kind",
                    .word("person", "organization", "household", "station", "fund_opening", "record").told(
                        "导入什么", "What is imported", "person"), required: true, "导入什么", "What is imported"),
                .body(
                    "name", .text(.line, least: 1, most: 200).told("文件名", "The file's name", "会员.csv"), required: true,
                    "文件名(.csv 或 .xlsx)", "The file's name (.csv or .xlsx)"),
                .body("plugin", .name, "kind 为 record 时:插件", "Of records, the plugin"),
                .body("table", .name, "kind 为 record 时:记录表", "Of records, the table"),
                .body(
                    "mapping", .dictionary(.free, most: 100), "对应关系(与 YAML 文件内容相同),默认按列名",
                    "Which column is what, as in a mapping file; by the columns' titles where nothing is said"),
                .body("source", .text(.line, least: 1, most: 100), "来源", "Where it comes from"),
                .body("batch", .text(.line, least: 1, most: 100), "批次", "The batch of the source"),
                .body("sheet", .text(.line, least: 1, most: 100), "工作表", "The sheet"),
            ], answers: .one(Answers.importJob), at: "/api/v1/imports/{import}",
            links: [
                .init("importPut", "id", "import"), .init("importShow", "id", "import"),
                .init("importEvents", "id", "import"), .init("importConfirm", "id", "import"),
            ], "开始一次导入:先说明,再上传文件", "Begin an import: say what it is, then send the file"),
        Route(
            .put, "/api/v1/imports/{id}/file", "import.put", .imports, status: 202,
            [
                importID,
                .content(
                    as: "file", "CSV(UTF-8、GB18030)或 xlsx,不超过 200 MB", "CSV (UTF-8 or GB18030) or xlsx, 200 MB at most"),
            ],
            answers: .one(Answers.importJob), at: "/api/v1/imports/{import}", "上传文件并检查(尚未写入)",
            "Send the file; it is checked, nothing is written"),
        Route(
            .get, "/api/v1/imports", "import.jobs", .imports, [Page.limit, Page.after(.id("up"))],
            answers: .page(Answers.importJob, key: "import"), "通过接口进行的导入", "Imports by the API"),
        Route(
            .get, "/api/v1/imports/{id}", "import.show", .imports, [importID], answers: .one(Answers.importJob),
            "检查结果:新增、变更、待确认、拒绝各多少,逐行问题", "Findings: what is new, changed, to be confirmed, refused, row by row"),
        Route(
            .get, "/api/v1/imports/{id}/events", "import.show", name: "importEvents", .imports, [importID],
            answers: .events(Answers.importJob), "检查或写入的进度(server-sent events)",
            "How far checking or taking is (server-sent events)"),
        Route(
            .post, "/api/v1/imports/{id}/confirmation", "import.confirm", .imports, status: 202, [importID, .ifMatch],
            answers: .one(Answers.importJob), at: "/api/v1/imports/{import}", "确认写入(可以写入的行)",
            "Take the rows that can be taken"),
        Route(
            .get, "/api/v1/import-batches", "import.list", .imports, [Page.limit, Page.after(.id("imp"))],
            answers: .page(Answers.importBatch, key: "import"), "已写入的导入,新的在前",
            "Imports that were taken, the newest first"),
        Route(
            .post, "/api/v1/import-batches/{id}/undo", "import.undo", .imports,
            [.path("id", .id("imp"), as: "import", "导入批次编号", "The import that was taken")],
            answers: .one(Answers.undoneImport), "撤销一次导入", "Undo an import"),
        Route(
            .get, "/api/v1/transfers", "transfer.list", .imports,
            [
                .query("all", .flag.told("连同已办理的", "Those that were decided too", true), "连同已办理的", "Decided ones too"),
                Page.limit, Page.after(.id("tr")),
            ], answers: .page(Answers.transfer, key: "transfer"),
            "等待市级核实的转会:区县导入的人已是别处的会员(姓名遮盖)",
            "Transfers that wait for the city: a county entered somebody who belongs elsewhere; names are masked"),
        Route(
            .post, "/api/v1/transfers/{id}/decision", "transfer.decide", .imports,
            example: ["accept": true, "reason": "已与原工会核实"],
            [
                .path("id", .id("tr"), as: "transfer", "转会编号", "The transfer"),
                .body("accept", .flag.told("同意转会", "Let them join", true), required: true, "同意转会", "Let them join"),
                .body("reason", .note.told("理由", "Why", "已与原工会核实"), required: true, "理由,记入日志", "Why; it is logged"),
            ], answers: .one(Answers.decidedTransfer), "核实转会(须另一人)", "Decide a transfer, as another person"),
    ]
}
