import NiangjiaCore

extension Operations {
    static let reportOperations: [Operation] = [Operation("report", .shell, report)]

    private static func report(_ call: Call) async throws {
        guard let from = try call.arguments.date("from"), let to = try call.arguments.date("to"), from <= to else {
            throw NiangjiaError(.invalid, zh: "请写明起止日期。", en: "Name the first and the last day.", place: "/from")
        }
        let inputs = try ReportRequest.inputs((call.arguments.value["inputs"].list ?? []).compactMap(\.text))
        let request = ReportRequest(period: DateRange(from: from, to: to), inputs: inputs)
        let report = try await call.host.store.read { try YearReport.make(request, in: $0) }
        let (sentences, metrics) = (call.arguments.flag("sentences"), call.arguments.flag("metrics"))
        let isChinese = call.output.language == .zh
        // The sentences are those that a union's report is written in; whoever reads English gets the figures.
        if sentences || (!metrics && isChinese) {
            for sentence in report.sentences {
                call.output.line("\(sentence.id)  \(sentence.text)")
                for note in sentence.notes { call.output.line("      注:\(note.zh)", en: "      note: \(note.en)") }
            }
        }
        if metrics || (!sentences && !isChinese) {
            call.output.table(
                ["指标", "名称", "数值", "单位"], en: ["metric", "name", "value", "unit"],
                report.lines.map {
                    [
                        $0.metric.id, $0.metric.title[call.output.language], $0.value.text,
                        isChinese ? $0.metric.unit : ReportUnits.english($0.metric.unit),
                    ]
                })
        }
        if !report.gaps.isEmpty {
            call.output.line(
                "没有数据而略去 \(report.gaps.count) 项:\(report.gaps.map(\.id).joined(separator: " "))",
                en:
                    "Left out for want of figures, \(report.gaps.count): \(report.gaps.map(\.id).joined(separator: " "))"
            )
        }
        call.output.answer(report.json)
    }
}
