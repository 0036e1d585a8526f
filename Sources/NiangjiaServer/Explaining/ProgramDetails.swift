import NiangjiaCore

/// What a program says beside its settings: where unions differ, how far it goes, who reviews and waives, and what its forms ask, so
/// that an application can be written from it.
struct ProgramDetails {
    let program: Program
    let plugin: Plugin?

    private var forms: [FormDefinition] {
        (plugin?.manifest.forms.values).map { $0.sorted { $0.name < $1.name } } ?? []
    }

    func tell(_ output: Output) {
        let rules = program.base
        for (code, settings) in rules.byOrganization.sorted(by: { $0.key < $1.key }) {
            let words = SettingWords.of(settings, plugin: plugin, output.language).map { "\($0): \($1)" }.joined(
                separator: ",")
            output.line("  组织 \(code)  \(words)", en: "  organization \(code)  \(words)")
        }
        let language = output.language
        let (most, waived) = (output.word("上限", "at most"), output.word("可豁免", "may be waived:"))
        let daily = output.word("免申即享:每天自动核定", "automatic: decided every day at")
        if let automatic = rules.automatic { output.line("  \(daily) \(automatic)") }
        if let ceiling = rules.ceiling { output.line("  \(most) \(Self.words(ceiling, language))") }
        if !rules.waive.isEmpty { output.line("  \(waived) \(Self.words(rules.waive))") }
        for form in forms {
            let own = program.rules(for: form.name)
            output.line(
                "  表单 \(form.name)  由 \(form.by.joined(separator: "、"))  审核 \(Self.words(own.review, language))",
                en:
                    "  form \(form.name)  by \(form.by.joined(separator: ", "))  review \(Self.words(own.review, language))"
            )
            if own.ceiling != rules.ceiling, let ceiling = own.ceiling {
                output.line("    \(most) \(Self.words(ceiling, language))")
            }
            if own.automatic != rules.automatic, let automatic = own.automatic {
                output.line("    \(daily) \(automatic)")
            }
            if own.waive != rules.waive { output.line("    \(waived) \(Self.words(own.waive))") }
            if own.byOrganization != rules.byOrganization {
                for (code, settings) in own.byOrganization.sorted(by: { $0.key < $1.key }) {
                    let words = SettingWords.of(settings, plugin: plugin, output.language).map { "\($0): \($1)" }
                    output.line(
                        "    组织 \(code)  \(words.joined(separator: ","))",
                        en: "    organization \(code)  \(words.joined(separator: ", "))")
                }
            }
            for field in form.fields {
                let optional = field.isOptional ? output.word("(可不填)", " (optional)") : ""
                output.line(
                    "    \(field.name): \(field.type.notation)\(optional)  \(field.title?[output.language] ?? "")")
            }
        }
    }

    /// Members of the answer of `program.show`.
    var members: [String: Value] {
        Self.members(program.base).merging([
            "forms": .list(
                forms.map { form in
                    .map(
                        Self.members(program.rules(for: form.name)).merging([
                            "form": .text(form.name), "by": .list(form.by.map { .text($0) }),
                            "is_batch": .bool(form.by.contains("batch") && form.population != nil),
                            "fields": .list(form.fields.map(Self.value)),
                        ]) { _, new in new })
                })
        ]) { _, new in new }
    }

    private static func members(_ rules: FormRules) -> [String: Value] {
        [
            "by_organization": .map(rules.byOrganization.mapValues { .map($0) }),
            "ceiling": rules.ceiling.map { ceiling in
                [
                    "persons": ceiling.persons.map { .int($0) } ?? .null,
                    "amount_fen": ceiling.amount.map { .int($0.fen) } ?? .null,
                ]
            } ?? .null,
            "review": .list(
                rules.review.map { ["level": .text($0.level), "over_fen": $0.over.map { .int($0.fen) } ?? .null] }),
            "waive": .map(rules.waive.mapValues { .text($0) }),
            "automatic": rules.automatic.map { ["daily": .text($0)] } ?? .null,
        ]
    }

    static func value(_ field: Field) -> Value {
        var members: [String: Value] = [
            "name": .text(field.name), "type": .text(field.type.notation), "optional": .bool(field.isOptional),
            "title": field.title.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] } ?? .null,
        ]
        let inner = fields(of: field.type)
        if !inner.isEmpty { members["fields"] = .list(inner.map(value)) }
        return .map(members)
    }

    /// The fields of an object, or of each item of a list of objects.
    private static func fields(of type: FieldType) -> [Field] {
        switch type {
        case .object(let fields): fields
        case .list(let item), .nullable(let item): fields(of: item)
        default: []
        }
    }

    private static func words(_ ceiling: Ceiling, _ language: Language) -> String {
        let isChinese = language == .zh
        return [
            ceiling.persons.map { "\($0) \(isChinese ? "人次" : "grants")" },
            ceiling.amount.map { "\($0) \(isChinese ? "元" : "yuan")" },
        ].compactMap { $0 }.joined(separator: isChinese ? "、" : ", ")
    }

    private static func words(_ waive: [String: String]) -> String {
        waive.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
    }

    private static func words(_ review: [ReviewLevel], _ language: Language) -> String {
        let isChinese = language == .zh
        guard !review.isEmpty else { return isChinese ? "无" : "none" }
        return review.map { level in
            level.level + (level.over.map { isChinese ? "(超过 \($0) 元)" : " (over \($0) yuan)" } ?? "")
        }.joined(separator: "→")
    }
}
