/// The report of a period: metrics, sentences, and an honest list of what is missing.
public struct YearReport: Sendable {
    /// A metric and what it came to.
    public struct Line: Sendable {
        /// What was counted.
        public var metric: Metric
        /// The figure, or why there is none.
        public var value: MetricValue
    }

    /// A sentence with its figures filled in.
    public struct Sentence: Hashable, Sendable {
        /// The template's id in the catalogue of sentences.
        public var id: String
        /// The sentence with its figures, in Chinese.
        public var text: String
        /// The same in English, with figures in full.
        public var english: String
        /// What a reader must know to quote it.
        public var notes: [LocalText]
    }

    /// Something that the report doesn't tell, and why.
    public struct Gap: Hashable, Sendable {
        /// A metric (`M09`) or a sentence (`S04`).
        public var id: String
        /// The figure or sentence that is missing.
        public var title: LocalText
        /// Why it can't be told.
        public var reason: LocalText
    }

    /// A figure that a plugin defines, and what it came to.
    public struct OwnLine: Sendable {
        /// What was counted.
        public var metric: OwnMetric
        /// The figure.
        public var value: MetricValue
    }

    /// Both days are in it.
    public var period: DateRange
    /// Figures of the plugins' own.
    public var own: [OwnLine] = []
    /// Figures, in the catalogue's order.
    public var lines: [Line]
    /// Sentences, in the catalogue's order.
    public var sentences: [Sentence]
    /// What the report can't tell, and why.
    public var gaps: [Gap]

    /// Computes a report from one snapshot, so that all its figures are of one moment.
    public static func make(_ request: ReportRequest, in reader: any StoreReader) throws -> YearReport {
        guard request.period.from <= request.period.to else {
            throw NiangjiaError(
                .invalid, zh: "报告期的开始晚于结束:\(request.period)", en: "the period ends before it begins: \(request.period)",
                place: "/from")
        }
        var report = YearReport(period: request.period, lines: [], sentences: [], gaps: [])
        var values: [String: MetricValue] = [:]
        // What was entered stands behind what is typed for this one report.
        var request = request
        request.inputs.merge(try ToldFigures.inputs(request, in: reader)) { typed, _ in typed }
        if request.inputs["backstop"] == nil {
            request.inputs["backstop"] = try ProgramMetrics.backstop(request, in: reader)
        }
        for metric in MetricCatalogue.all {
            let missing = LocalText(zh: "没有数据,需要:\(metric.needs.zh)", en: "no data; needed: \(metric.needs.en)")
            do {
                if let value = try metric.compute?(reader, request) {
                    if let reason = request.veil?.reason(value, of: request) { throw MetricGap(reason: reason) }
                    values[metric.id] = value
                    report.lines.append(Line(metric: metric, value: value))
                } else {
                    report.gaps.append(Gap(id: metric.id, title: metric.title, reason: missing))
                }
            } catch let gap as MetricGap {
                report.gaps.append(Gap(id: metric.id, title: metric.title, reason: gap.reason))
            }
        }
        for metric in request.own {
            do {
                guard let value = try OwnMetrics.value(metric, request, in: reader) else {
                    throw MetricGap(zh: "没有这类申请或记录", en: "there is no such case or record")
                }
                if let reason = request.veil?.reason(value, of: request) { throw MetricGap(reason: reason) }
                report.own.append(OwnLine(metric: metric, value: value))
            } catch let gap as MetricGap {
                report.gaps.append(Gap(id: metric.id, title: metric.named, reason: gap.reason))
            }
        }
        try report.tell(SentenceCatalogue.all, values, request)
        return report
    }

    private mutating func tell(_ catalogue: [SentenceForm], _ values: [String: MetricValue], _ request: ReportRequest)
        throws
    {
        let lookup = { (name: String) -> Quantity? in
            if name == "asof" { return .date(request.asOf) }
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            guard let value = values[parts[0]] else { return request.inputs[name] }
            return parts.count == 2 ? value.parts[parts[1]] : value.main
        }
        for form in catalogue {
            var left: [String] = []
            var isTold = false
            for text in form.texts {
                let filled = try SentenceTemplate(text.zh).fill(lookup)
                if let told = filled.text, let english = try SentenceTemplate(text.en).fill(lookup, in: .en).text {
                    let used = SentenceForm.metrics(text).compactMap { values[$0] }
                    let notes = filled.notes + used.flatMap(\.notes)
                    var sentence = Sentence(id: form.id, text: told, english: english, notes: notes)
                    if used.contains(where: \.isEstimate) {
                        sentence.text = YearReport.estimated(told, "。", "(估算)")
                        sentence.english = YearReport.estimated(english, ".", " (estimated)")
                    }
                    sentences.append(sentence)
                    isTold = true
                    break
                }
                if left.isEmpty { left = filled.missing }
            }
            // What a shorter sentence leaves out is listed where it belongs: with the metrics.
            guard !isTold, !left.isEmpty else { continue }
            gaps.append(
                Gap(
                    id: form.id, title: form.texts[0],
                    reason: LocalText(
                        zh: "缺少 \(left.joined(separator: "、"))", en: "missing: \(left.joined(separator: ", "))")))
        }
    }
}

extension YearReport {
    /// A sentence that says of itself that its figure is no count.
    private static func estimated(_ text: String, _ end: String, _ word: String) -> String {
        text.hasSuffix(end) ? text.dropLast() + word + end : text + word
    }

    /// The report for `--json`: counts as numbers, money as fen, rates as both counts; English beside the texts.
    public var json: Value {
        [
            "from": .text(period.from.description), "to": .text(period.to.description),
            "metrics": .list(
                lines.map { line in
                    .map([
                        "id": .text(line.metric.id), "title": .text(line.metric.title.zh),
                        "title_en": .text(line.metric.title.en),
                        "unit": .text(line.metric.unit), "unit_en": .text(ReportUnits.word(line.metric.unit, .en)),
                        "definition": .text(line.metric.definition.zh),
                        "definition_en": .text(line.metric.definition.en), "value": line.value.main?.json ?? .null,
                        "parts": .map(line.value.parts.mapValues(\.json)),
                        "notes": .list(line.value.notes.map { .text($0.zh) }),
                        "notes_en": .list(line.value.notes.map { .text($0.en) }),
                    ])
                }),
            "programs": .list(
                own.map { line in
                    .map([
                        "id": .text(line.metric.id), "title": .text(line.metric.title.zh),
                        "title_en": .text(line.metric.title.en), "definition": .text(line.metric.counted.zh),
                        "definition_en": .text(line.metric.counted.en), "value": line.value.main?.json ?? .null,
                        "parts": .map(line.value.parts.mapValues(\.json)),
                        "notes": .list(line.value.notes.map { .text($0.zh) }),
                        "notes_en": .list(line.value.notes.map { .text($0.en) }),
                    ])
                }),
            "sentences": .list(
                sentences.map {
                    [
                        "id": .text($0.id), "text": .text($0.text), "text_en": .text($0.english),
                        "notes": .list($0.notes.map { .text($0.zh) }), "notes_en": .list($0.notes.map { .text($0.en) }),
                    ]
                }),
            "gaps": .list(
                gaps.map {
                    [
                        "id": .text($0.id), "title": .text($0.title.zh), "title_en": .text($0.title.en),
                        "reason": .text($0.reason.zh), "reason_en": .text($0.reason.en),
                    ]
                }),
        ]
    }
}

extension Quantity {
    /// Money is `{"fen": n}`, a rate `{"part": a, "whole": b}`, what is too few to be told `{"under": 5}`.
    public var json: Value {
        switch self {
        case .few: ["under": .int(5)]
        case .count(let count): .int(count)
        case .money(let money): ["fen": .int(money.fen)]
        case .ratio(let part, let whole), .average(let part, let whole): ["part": .int(part), "whole": .int(whole)]
        case .date(let date): .text(date.description)
        case .text(let text): .text(text)
        }
    }
}
