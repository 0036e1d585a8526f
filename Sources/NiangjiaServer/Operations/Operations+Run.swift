import NiangjiaCore

extension Operations {
    static let runOperations: [Operation] = [
        Operation("program.runs", .anyOf([.decide, .preview]), runs),
        Operation("run.start", .permission(.decide), startRun),
        Operation("run.show", .anyOf([.decide, .preview])) { call in
            let run = try await call.host.corridor.run(try call.arguments.id("run"))
            tell([run], call)
            call.output.answer(value(run, call.output.language))
        },
        Operation("program.pause", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.pause(run: run, by: try call.actor(.decide))
            call.output.line(
                "已暂停 \(run):正在写入的一块完成后停下。再次 decide 即从这里继续。",
                en: "Paused \(run): it stops after the block that is being written. Decide again to go on from here.")
            call.output.answer(["run": .text(run.text), "state": .text(RunSummary.State.paused.rawValue)])
        },
        Operation("program.cancel", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.cancel(run: run, by: try call.actor(.decide))
            call.output.line(
                "已取消 \(run)。此前已写入的核定仍然有效;再次 decide 从头开始。",
                en: "Cancelled \(run). What it has written stands; the next decide begins anew.")
            call.output.answer(["run": .text(run.text), "state": .text(RunSummary.State.cancelled.rawValue)])
        },
    ]

    /// How often a run is begun where somebody else's start of the same is in the way: five seconds.
    private static let mostStarts = 250

    /// Begins a run, or goes on with the open one, and answers as soon as it is durable: it works on by itself.
    private static func startRun(_ call: Call) async throws {
        let (host, actor, date) = (call.host, try call.actor(.decide), try call.arguments.date("as_of"))
        let (program, bundle) = try await program(call)
        let form = try host.corridor.formOfBatch(
            bundle, program: program.id, form: try call.arguments.optionalText("form")
        ).form.name
        let (day, name) = (date ?? host.clock.now().date, "run \(program.id)/\(form) ")
        var found: ID<Run>?
        // Where somebody else's start of the same is at work, its run can't be read yet, or has ended just now: a moment later it is
        // there, or a new one may begin.
        for attempt in 0..<mostStarts where found == nil {
            if attempt > 0 { try await Task.sleep(for: .milliseconds(20)) }
            if host.background.isWorking(under: name) {
                // At work already. What would take its place is begun all the same: the one at work stops before its next block.
                found = try await host.corridor.openRun(program: program.id, form: form, asOf: day)
            }
            if found == nil {
                found = try await begin(name + "\(day) \(bundle.digest)", program.id, form, date, actor, call)
            }
        }
        guard let found else {
            throw NiangjiaError(.conflict, zh: "这次核定刚刚结束,请再试。", en: "The run has just ended: try again.")
        }
        let run = try await host.corridor.run(found)
        tell([run], call)
        call.output.answer(value(run, call.output.language))
    }

    /// Begins a run that works on by itself, and tells which as soon as it is durable; nil where one of its like is just ending.
    private static func begin(
        _ name: String, _ program: String, _ form: String, _ date: CivilDate?, _ actor: Actor, _ call: Call
    ) async throws -> ID<Run>? {
        let (host, goesBack) = (call.host, call.arguments.flag("earlier"))
        let started = AsyncThrowingStream.makeStream(of: ID<Run>.self)
        let isNew = host.background.start(name) {
            do {
                let report = try await host.corridor.decide(
                    program: program, form: form, asOf: date, by: actor, goesBack: goesBack,
                    began: { started.continuation.yield($0) })
                started.continuation.yield(report.run)
                started.continuation.finish()
            } catch { started.continuation.finish(throwing: error) }
        }
        guard isNew else { return nil }
        for try await id in started.stream { return id }
        return nil
    }

    private static func runs(_ call: Call) async throws {
        let limit = try call.arguments.limit(otherwise: 50)
        let found = try await call.host.corridor.runs(
            of: try await filteredProgram(call), after: try call.arguments.optionalID("after"), limit: limit)
        tell(found, call)
        call.output.answer(.list(found.map { value($0, call.output.language) }))
    }

    private static func tell(_ runs: [RunSummary], _ call: Call) {
        call.output.table(
            ["核定", "项目", "表单", "日期", "经办", "状态", "已判定", "已写入", "金额(元)"],
            en: ["run", "program", "form", "as of", "by", "state", "judged", "written", "yuan"],
            runs.map {
                [
                    $0.run.text, $0.program, $0.form, $0.asOf.description, $0.actor,
                    RunSummary.State(rawValue: $0.state)?.title[call.output.language] ?? $0.state,
                    "\($0.judged)", "\($0.totals.considered)", $0.totals.amount.description,
                ]
            })
        for run in runs {
            if run.state == "paused", let why = run.why {
                call.output.line("  \(run.run)  \(why.text[call.output.language])")
            }
            if run.state == "interrupted" {
                call.output.line(
                    "  \(run.run)  办理它的程序中途停了,已写入的有效:再次 decide 即从这里继续。",
                    en:
                        "  \(run.run)  What worked on it was stopped; what was written stands: decide again to go on from here."
                )
            }
        }
    }

    private static func value(_ run: RunSummary, _ language: Language) -> Value {
        [
            "run": .text(run.run.text), "program": .text(run.program), "form": .text(run.form),
            "as_of": .text(run.asOf.description), "actor": .text(run.actor),
            "started_at": .text(run.startedAt.description),
            "finished_at": run.finishedAt.map { .text($0.description) } ?? .null,
            "state": .text(run.state), "judged": .int(Int64(run.judged)),
            "applied": .int(Int64(run.totals.considered)), "amount_fen": .int(run.totals.amount.fen),
            "reason": run.why.map { .text($0.text[language]) } ?? .null,
            "cause": run.why.map { .text($0.cause.rawValue) } ?? .null,
            "is_ended": .bool(!run.isAtWork),
        ]
    }
}
