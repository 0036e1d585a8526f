import NiangjiaCore

extension Operations {
    static let runOperations: [Operation] = [
        Operation("program.runs", .anyOf([.decide, .preview]), runs),
        Operation("program.pause", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.pause(run: run, by: try call.actor(.decide))
            call.output.line(
                "已暂停 \(run):正在写入的一块完成后停下。再次 decide 即从这里继续。",
                en: "Paused \(run): it stops after the block that is being written. Decide again to go on from here.")
            call.output.answer(["run": .text(run.text), "state": "paused"])
        },
        Operation("program.cancel", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.cancel(run: run, by: try call.actor(.decide))
            call.output.line(
                "已取消 \(run)。此前已写入的核定仍然有效;再次 decide 从头开始。",
                en: "Cancelled \(run). What it has written stands; the next decide begins anew.")
            call.output.answer(["run": .text(run.text), "state": "cancelled"])
        },
    ]

    private static let stateWords = [
        "judging": LocalText(zh: "判定中", en: "judging"), "applying": LocalText(zh: "写入中", en: "applying"),
        "applied": LocalText(zh: "已完成", en: "done"), "paused": LocalText(zh: "已暂停", en: "paused"),
        "cancelled": LocalText(zh: "已取消", en: "cancelled"),
    ]

    private static func runs(_ call: Call) async throws {
        let limit = try call.arguments.limit(otherwise: 50)
        let found = try await call.host.corridor.runs(
            of: try call.arguments.optionalText("program"), limit: limit)
        call.output.table(
            ["核定", "项目", "表单", "日期", "经办", "状态", "已判定", "已写入", "金额(元)"],
            en: ["run", "program", "form", "as of", "by", "state", "judged", "written", "yuan"],
            found.map {
                [
                    $0.run.text, $0.program, $0.form, $0.asOf.description, $0.actor,
                    stateWords[$0.state]?[call.output.language] ?? $0.state,
                    "\($0.judged)", "\($0.totals.considered)", $0.totals.amount.description,
                ]
            })
        for run in found where run.state == "paused" {
            if let why = run.why { call.output.line("  \(run.run)  \(why.text[call.output.language])") }
        }
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
