import NiangjiaCore

/// What a rule says of one subject, with what it was shown: for its author.
struct TriedLine {
    let subject: String
    let judgement: Judgement
    let missing: [String]
    let facts: Value
    let settings: Value
    private let reason: LocalText?
    private let form: FormDefinition
    private let fields: [Field]

    init(
        _ line: Trial.Line, seen: (facts: Value, settings: Value)?, plugin: Plugin?, form: FormDefinition,
        stacking: StackingSettings
    ) {
        subject = line.subject.description
        judgement = line.judgement
        missing = line.missing
        facts = seen?.facts["facts"] ?? .map([:])
        settings = seen?.settings ?? .map([:])
        reason = line.judgement.code.map {
            ReasonText.text($0, line.judgement.params, plugin: plugin?.manifest, stacking: stacking)
        }
        self.form = form
        fields = plugin?.manifest.settings ?? []
    }

    func lines(_ language: Language) -> [String] {
        let isChinese = language == .zh
        let outcome =
            judgement.kind == .failed ? LocalText(zh: "出错", en: "failed") : Explanation.word(judgement.kind.rawValue)
        var out = ["\(subject)  \(outcome[language])  \(judgement.amount) \(isChinese ? "元" : "yuan")"]
        if let code = judgement.code {
            out.append("  \(isChinese ? "原因" : "reason")  \(code)  \(reason?[language] ?? "")")
        }
        if let failure = judgement.failure { out.append("  " + LocalText(failure: failure)[language]) }
        if !missing.isEmpty {
            out.append("  \(isChinese ? "缺少事实" : "facts that are missing"): \(missing.joined(separator: ", "))")
        }
        let known = ExplanationWords(form: form, fields: form.fields, language: language).lines(facts)
        if !known.isEmpty { out.append("  " + (isChinese ? "规则看到的事实" : "facts that the rule was shown")) }
        out += known.map { "    " + $0 }
        let thresholds = ExplanationWords(settings: fields, language: language).lines(settings)
        if !thresholds.isEmpty { out.append("  " + (isChinese ? "设置" : "settings")) }
        return out + thresholds.map { "    " + $0 }
    }

    var value: Value {
        [
            "subject": .text(subject), "result": .text(judgement.kind.rawValue),
            "amount_fen": .int(judgement.amount.fen), "code": judgement.code.map { .text($0) } ?? .null,
            "reason": reason.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
            "failure": judgement.failure.map { .text($0) } ?? .null, "missing": .list(missing.map { .text($0) }),
            "facts": facts, "settings": settings,
        ]
    }
}
