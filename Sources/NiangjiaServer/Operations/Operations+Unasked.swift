import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static let unaskedOperations: [Operation] = [
        Operation("program.unasked", .permission(.seeRegisters), reach: .part, rows: mostListed, judges: true, unasked)
    ]

    private static let unaskedHeader = ["对象", "姓名", "工会", "可享受(元)", "资金"]
    private static let unaskedHeaderEnglish = ["subject", "name", "union", "yuan", "money"]

    /// Who qualifies and never applied, for the union that is responsible for them, whether or not the money reaches them.
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
        let waiting = Set(report.leftOut.map(\.subject))
        // By the rule, for whom the money doesn't reach; else as the stacking rules leave it.
        let lines = (report.granted + report.leftOut).sorted { $0.subject.id < $1.subject.id }
        func amount(_ line: PreviewLine) -> Money { waiting.contains(line.subject) ? line.asked : line.outcome.amount }
        let subjects = lines.map { (subject: $0.subject, home: $0.home) }
        let found = try await names.told(subjects, of: "\(report.program)/\(report.form)", call)
        let seen = lines.filter { found[$0.subject] != nil }
        let (sum, left) = (seen.reduce(Money.zero) { $0 + amount($1) }, seen.filter { waiting.contains($0.subject) })
        let short = call.output.word("等待资金", "waits for money")
        let cells = seen.map { line in
            [
                line.subject.description, found[line.subject]?.name ?? "", found[line.subject]?.union ?? "",
                amount(line).yuan, waiting.contains(line.subject) ? short : "",
            ]
        }
        let automatic = program.rules(for: named.form.name).automatic
        tell(report, count: seen.count, sum, waiting: left.count, call)
        if let automatic {
            call.output.line(
                "  本项目免申即享:每天 \(automatic) 自动核定。", en: "  Nobody need ask: it is decided every day at \(automatic).")
        }
        call.output.table(unaskedHeader, en: unaskedHeaderEnglish, Array(cells.prefix(20)))
        if cells.count > 20 { call.output.line("  …全部请用 --out 文件.xlsx", en: "  … all of them: --out FILE.xlsx") }
        if let file = try call.arguments.optionalText("out") {
            let language = call.output.language
            try await offPool { try write(cells, to: file, language) }
            call.output.line("  已写入 \(file)", en: "  written to \(file)")
        }
        let limit = try call.arguments.limit(otherwise: 1_000)
        call.output.answer([
            "program": .text(report.program), "form": .text(report.form), "as_of": .text(report.asOf.description),
            "count": .int(Int64(seen.count)), "automatic": automatic.map { .text($0) } ?? .null,
            "amount_fen": .int(sum.fen), "waiting": .int(Int64(left.count)),
            "truncated": .bool(seen.count > limit),
            "people": .list(
                seen.prefix(limit).map { line in
                    [
                        "subject": .text(line.subject.description), "name": .text(found[line.subject]?.name ?? ""),
                        "union": .text(found[line.subject]?.union ?? ""), "amount_fen": .int(amount(line).fen),
                        "waits": .bool(waiting.contains(line.subject)),
                    ]
                }),
        ])
    }

    /// How many there are, and how many of them the money doesn't reach.
    private static func tell(_ report: PreviewReport, count: Int, _ sum: Money, waiting: Int, _ call: Call) {
        call.output.line(
            "\(report.program)/\(report.form):符合条件、本季从未申请也没有核定过的 \(count) 个,合计 \(sum) 元",
            en:
                "\(report.program)/\(report.form): \(count) qualify, never asked and were not decided on this season, \(sum) yuan in all"
        )
        if waiting > 0 {
            call.output.line(
                "  其中 \(waiting) 个等待资金:现有的资金、名额或上限够不到。",
                en: "  \(waiting) of them wait for money: what there is, or was approved, doesn't reach them.")
        }
    }

    private static func write(_ rows: [[String]], to file: String, _ language: Language) throws {
        let header = language == .zh ? unaskedHeader : unaskedHeaderEnglish
        if file.hasSuffix(".xlsx") {
            let writer = try XLSXWriter(path: file, sheet: language == .zh ? "免申即享" : "unasked", header: header)
            for row in rows { try writer.write(row) }
            return try writer.finish()
        }
        let writer = try CSVWriter(path: file)
        try writer.write(header)
        for row in rows { try writer.write(row) }
        try writer.finish()
    }
}
