import NiangjiaCore
import NiangjiaExchange

extension Operations {
    static let reportOperations: [Operation] = [
        Operation("report", .shell, reach: .open, report),
        Operation("report.import", .permission(.changeRegisters), importFigures),
    ]

    private static func report(_ call: Call) async throws {
        guard let from = try call.arguments.date("from"), let to = try call.arguments.date("to") else {
            throw NiangjiaError(.invalid, zh: "请写明起止日期。", en: "Name the first and the last day.", place: "/from")
        }
        guard from <= to else {
            throw NiangjiaError(
                .invalid, zh: "起始日期 \(from) 在截止日期 \(to) 之后:请核对。",
                en: "The first day, \(from), is after the last, \(to).", place: "/from")
        }
        let inputs = try ReportInputs.read((call.arguments.value["inputs"].list ?? []).compactMap(\.text))
        let bundle = try? await call.host.bundles.active()
        var request = ReportRequest(
            period: DateRange(from: from, to: to), inputs: inputs, calendar: bundle?.calendar)
        request.own = bundle.map(OwnMetric.all) ?? []
        // Whoever has the data folder has everybody in it.
        if let account = call.account, !FactRights(account: account).maySeeEverybody {
            request.veil = ReportVeil(bundle, today: call.host.clock.now().date)
        }
        let crypto = call.host.crypto
        request.fields = { id, withStages, reader in
            var fields = try Cases.fields(of: id, crypto: crypto, in: reader)
            if withStages { fields["stages"] = .map(try CaseStages.filled(of: id, crypto: crypto, in: reader)) }
            return .map(fields)
        }
        let report = try await call.host.store.read { [request] in try YearReport.make(request, in: $0) }
        if let out = try call.arguments.optionalText("out") {
            let (titles, rows) = table(report, call.output.language)
            try TableOut.write(titles, rows, sheet: call.output.language == .zh ? "年度报告" : "Year report", to: out)
            call.output.line("已写出 \(out)", en: "Written: \(out)")
        }
        show(report, call)
        call.output.answer(report.json)
    }

    /// For people: sentences, figures, and what is missing.
    private static func show(_ report: YearReport, _ call: Call) {
        let (sentences, metrics) = (call.arguments.flag("sentences"), call.arguments.flag("metrics"))
        let language = call.output.language
        if sentences || !metrics {
            for sentence in report.sentences {
                call.output.line("\(sentence.id)  \(sentence.text)", en: "\(sentence.id)  \(sentence.english)")
                for note in sentence.notes { call.output.line("      注:\(note.zh)", en: "      note: \(note.en)") }
            }
        }
        if metrics {
            call.output.table(
                ["指标", "名称", "数值", "单位"], en: ["metric", "name", "value", "unit"],
                report.lines.map { line in
                    let unit = line.value.main.map { line.metric.unit(of: $0) } ?? ""
                    return [
                        line.metric.id, line.metric.title[language], line.value.text(of: line.metric.id, language),
                        ReportUnits.word(unit, language),
                    ]
                }
                    + report.own.map {
                        [$0.metric.id, $0.metric.title[language], $0.value.text(of: $0.metric.id, language), ""]
                    })
        }
        if !report.gaps.isEmpty {
            let left = report.gaps.map(\.id).joined(separator: " ")
            call.output.line(
                "没有数据而略去 \(report.gaps.count) 项:\(left)",
                en: "Left out for want of figures, \(report.gaps.count): \(left)")
            if call.arguments.flag("gaps") {
                for gap in report.gaps { call.output.line("  \(gap.id)  \(gap.reason[language])") }
            } else {
                call.output.line("  缺什么、由哪里提供:--gaps", en: "  What is missing, and what would supply it: --gaps")
            }
        }
    }

    /// The whole report as one table in a language: figures and their parts, sentences, and what is missing.
    private static func table(_ report: YearReport, _ language: Language) -> (titles: [String], rows: [[String]]) {
        let isChinese = language == .zh
        let kinds = isChinese ? ["指标", "项目指标", "句子", "缺口"] : ["metric", "plugin's figure", "sentence", "gap"]
        func parts(_ value: MetricValue) -> [(part: String, quantity: Quantity)] {
            (value.main.map { [("", $0)] } ?? []) + value.parts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        var rows: [[String]] = []
        for line in report.lines {
            let (metric, notes) = (line.metric, line.value.notes.map { $0[language] }.joined(separator: ";"))
            for (part, quantity) in parts(line.value) {
                let title = part.isEmpty ? "" : " · " + metric.title(ofPart: part, language)
                rows.append([
                    kinds[0], part.isEmpty ? metric.id : "\(metric.id).\(part)", metric.title[language] + title,
                    quantity.text(language), ReportUnits.word(metric.unit(of: quantity, part: part), language),
                    metric.definition[language], notes,
                ])
            }
        }
        for line in report.own {
            let notes = line.value.notes.map { $0[language] }.joined(separator: ";")
            for (part, quantity) in parts(line.value) {
                let id = part.isEmpty ? line.metric.id : "\(line.metric.id).\(part)"
                let title = part.isEmpty ? "" : " · " + line.metric.title(ofPart: part, language)
                rows.append([
                    kinds[1], id, line.metric.title[language] + title, quantity.text(language), "",
                    line.metric.counted[language], notes,
                ])
            }
        }
        for sentence in report.sentences {
            let notes = sentence.notes.map { $0[language] }.joined(separator: ";")
            rows.append([kinds[2], sentence.id, isChinese ? sentence.text : sentence.english, "", "", "", notes])
        }
        for gap in report.gaps {
            rows.append([kinds[3], gap.id, gap.title[language], "", "", "", gap.reason[language]])
        }
        return (
            isChinese
                ? ["类别", "编号", "名称或句子", "数值", "单位", "口径", "说明"]
                : ["kind", "id", "name or sentence", "figure", "unit", "definition", "notes"], rows
        )
    }

    /// Figures that other registers count, from a file; each keeps its source.
    private static func importFigures(_ call: Call) async throws {
        var mapping = try mapping(call, "figures")
        if let sheet = try call.arguments.optionalText("sheet") { mapping.sheet = sheet }
        let (figures, faults) = try FiguresFile.read(try call.arguments.text("file"), mapping)
        guard faults.isEmpty else {
            func some(_ language: Language) -> String {
                faults.prefix(5).map { "\($0.place) \($0.message[language])" }.joined(separator: "; ")
            }
            throw NiangjiaError(
                .invalid, zh: "有 \(faults.count) 行读不懂,整份未采用:\(some(.zh))",
                en: "\(faults.count) rows can't be read; nothing was taken: \(some(.en))", place: faults[0].place)
        }
        let context = call.context
        let entered = try await call.host.store.write(.interactive) {
            try ToldFigures.enter(figures, context, in: $0)
        }
        call.output.line(
            "填报 \(figures.count) 项:新增 \(entered.new),更正 \(entered.changed),未变 \(entered.unchanged)。",
            en:
                "\(figures.count) figures: \(entered.new) new, \(entered.changed) changed, \(entered.unchanged) as they were."
        )
        call.output.answer([
            "figures": .int(Int64(figures.count)), "new": .int(Int64(entered.new)),
            "changed": .int(Int64(entered.changed)), "unchanged": .int(Int64(entered.unchanged)),
        ])
    }
}
