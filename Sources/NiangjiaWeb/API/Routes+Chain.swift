extension Routes {
    /// The chain's events and the journal's heads, for auditors.
    static let chain: [Route] = [
        Route(
            .get, "/api/v1/audit/events", "audit.events", .audit,
            [
                .query(
                    "kind", .text(.line, least: 1, most: 64).told("事件种类或其开头", "A kind, or its beginning", "batch."),
                    "事件种类或其开头", "The kind of event, or its beginning"),
                .query("about", .text(.line, least: 1, most: 100), "对象的编号", "What it happened to, an id"),
                .query("actor", .text(.line, least: 1, most: 64), "谁做的(账号)", "Who did it, an account"),
                .query("from", .date.told("起", "The first day", "2026-07-01"), "起", "The first day"),
                .query("to", .date.told("止", "The last day", "2026-07-31"), "止", "The last day"), Page.limit,
                Page.after(.id("evt")),
            ], answers: .page(Answers.chainEvent, key: "event"), "事件链的事件,新的在前(记入查看日志)",
            "Events of the chain, the newest first; logged as a look"),
        Route(
            .get, "/api/v1/audit/events/{seq}", "audit.event", .audit,
            [
                .path(
                    "seq", .integer(1...Schema.exact.upperBound).told("第几号事件", "Its number in the chain", 1), "第几号事件",
                    "Its number in the chain")
            ], answers: .one(Answers.chainEvent), "事件链的一个事件(记入查看日志)", "One event of the chain; logged as a look"),
        Route(
            .get, "/api/v1/audit/calls", "audit.calls", .audit,
            [
                .query("program", .name, "项目", "The program"), .query("case", .id("c"), "申请编号", "The case"), Page.limit,
                Page.after(.id("call")),
            ], answers: .page(Answers.callHead, key: "call"), "规则调用的记录:问了哪条规则、链上记下的摘要,新的在前",
            "The journal's calls: which rule was asked, and the digest that the chain holds; the newest first"),
        Route(
            .get, "/api/v1/runs/{id}/blocks", "audit.blocks", .audit,
            [
                .path("id", .id("run"), as: "run", "核定编号", "The run"), Page.limit,
                Page.after(.integer(0...Schema.exact.upperBound)),
            ], answers: .page(Answers.blockHead, key: "block"),
            "一次批量核定的各块:对象数、状态、链上记下的摘要",
            "The journal's blocks of a run: how many subjects, the state, the digest that the chain holds"),
    ]
}
