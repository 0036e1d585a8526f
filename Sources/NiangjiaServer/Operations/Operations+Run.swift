import NiangjiaCore

extension Operations {
    static let runOperations: [Operation] = [
        Operation("program.runs", .anyOf([.decide, .preview]), runs),
        Operation("program.pause", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.pause(run: run, by: try call.actor(.decide))
            call.output.line("已暂停 \(run):正在写入的一块完成后停下。再次 decide 即从这里继续。")
            call.output.answer(["run": .text(run.text), "state": "paused"])
        },
        Operation("program.cancel", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.cancel(run: run, by: try call.actor(.decide))
            call.output.line("已取消 \(run)。此前已写入的核定仍然有效;再次 decide 从头开始。")
            call.output.answer(["run": .text(run.text), "state": "cancelled"])
        },
    ]

    private static let stateWords = [
        "judging": "判定中", "applying": "写入中", "applied": "已完成", "paused": "已暂停", "cancelled": "已取消",
    ]

    private static func runs(_ call: Call) async throws {
        let limit = try call.arguments.limit(otherwise: 50)
        let found = try await call.host.corridor.runs(
            of: try call.arguments.optionalText("program"), limit: limit)
        call.output.table(
            ["核定", "项目", "表单", "日期", "经办", "状态", "已判定", "已写入", "金额(元)"],
            found.map {
                [
                    $0.run.text, $0.program, $0.form, $0.asOf.description, $0.actor, stateWords[$0.state] ?? $0.state,
                    "\($0.judged)", "\($0.totals.considered)", $0.totals.amount.description,
                ]
            })
        call.output.answer(
            .list(
                found.map { run in
                    [
                        "run": .text(run.run.text), "program": .text(run.program), "form": .text(run.form),
                        "as_of": .text(run.asOf.description), "actor": .text(run.actor),
                        "started_at": .text(run.startedAt.description),
                        "finished_at": run.finishedAt.map { .text($0.description) } ?? .null,
                        "state": .text(run.state), "judged": .int(Int64(run.judged)),
                        "applied": .int(Int64(run.totals.considered)), "amount_fen": .int(run.totals.amount.fen),
                        "reason": run.why.map { .text($0.text[call.output.language]) } ?? .null,
                        "cause": run.why.map { .text($0.cause.rawValue) } ?? .null,
                    ]
                }))
    }
}
