import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static let unaskedOperations: [Operation] = [
        Operation("program.unasked", .permission(.seeRegisters), unasked)
    ]

    private static let unaskedHeader = ["对象", "姓名", "工会", "可享受(元)"]

    /// Who qualifies and never applied, for the union that is responsible for them.
    private static func unasked(_ call: Call) async throws {
        let (host, account) = (call.host, try signedIn(call))
        try await host.store.read { [now = host.clock.now()] in try Previews.admit(account.id, at: now, in: $0) }
        let (program, bundle) = try await program(call)
        let named = try host.corridor.formOfBatch(
            bundle, program: program.id, form: try call.arguments.optionalText("form"))
        try FactRights(account: account).needNames(named.form, of: named.kind)
        var options = PreviewOptions(listed: Int.max)
        options.onlyUnasked = true
        let report = try await host.corridor.preview(
            program: program.id, form: named.form.name, asOf: try call.arguments.date("as_of"), options: options,
            progress: progress(call))
        let context = call.context
        let names = SubjectNames(account: account, reason: try call.arguments.optionalReason())
        try await host.store.write(.interactive) { try Previews.keep(report, as: "unasked", context, in: $0) }
        let subjects = report.granted.map { (subject: $0.subject, home: $0.home) }
        let found = try await names.told(subjects, of: "\(report.program)/\(report.form)", call)
        let seen = report.granted.filter { found[$0.subject] != nil }
        let cells = seen.map { line in
            [
                line.subject.description, found[line.subject]?.name ?? "", found[line.subject]?.union ?? "",
                line.outcome.amount.yuan,
            ]
        }
        let automatic = program.rules(for: named.form.name).automatic
        call.output.line(
            "\(report.program)/\(report.form):符合条件、本季从未申请的 \(seen.count) 个,合计 \(seen.reduce(Money.zero) { $0 + $1.outcome.amount }) 元",
            en:
                "\(report.program)/\(report.form): \(seen.count) qualify and never asked this season, \(seen.reduce(Money.zero) { $0 + $1.outcome.amount }) yuan in all"
        )
        if let automatic {
            call.output.line(
                "  本项目免申即享:每天 \(automatic) 自动核定。", en: "  Nobody need ask: it is decided every day at \(automatic).")
        }
        call.output.table(unaskedHeader, en: ["subject", "name", "union", "yuan"], Array(cells.prefix(20)))
        if cells.count > 20 { call.output.line("  …全部请用 --out 文件.xlsx", en: "  … all of them: --out FILE.xlsx") }
        if let file = try call.arguments.optionalText("out") {
            try await offPool { try write(cells, to: file) }
            call.output.line("  已写入 \(file)", en: "  written to \(file)")
        }
        let limit = try call.arguments.limit(otherwise: 1_000)
        call.output.answer([
            "program": .text(report.program), "form": .text(report.form), "as_of": .text(report.asOf.description),
            "count": .int(Int64(seen.count)), "automatic": automatic.map { .text($0) } ?? .null,
            "amount_fen": .int(seen.reduce(0) { $0 + $1.outcome.amount.fen }),
            "truncated": .bool(seen.count > limit),
            "people": .list(
                seen.prefix(limit).map { line in
                    [
                        "subject": .text(line.subject.description), "name": .text(found[line.subject]?.name ?? ""),
                        "union": .text(found[line.subject]?.union ?? ""), "amount_fen": .int(line.outcome.amount.fen),
                    ]
                }),
        ])
    }

    private static func write(_ rows: [[String]], to file: String) throws {
        if file.hasSuffix(".xlsx") {
            let writer = try XLSXWriter(path: file, sheet: "免申即享", header: unaskedHeader)
            for row in rows { try writer.write(row) }
            return try writer.finish()
        }
        let writer = try CSVWriter(path: file)
        try writer.write(unaskedHeader)
        for row in rows { try writer.write(row) }
        try writer.finish()
    }
}
