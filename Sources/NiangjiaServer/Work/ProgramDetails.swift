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
            let words = SettingWords.of(settings, plugin: plugin).map { "\($0): \($1)" }.joined(separator: ",")
            output.line("  组织 \(code)  \(words)")
        }
        if let ceiling = rules.ceiling { output.line("  上限 \(Self.words(ceiling))") }
        if !rules.waive.isEmpty { output.line("  可豁免 \(Self.words(rules.waive))") }
        for form in forms {
            let own = program.rules(for: form.name)
            output.line("  表单 \(form.name)  由 \(form.by.joined(separator: "、"))  审核 \(Self.words(own.review))")
            if own.ceiling != rules.ceiling, let ceiling = own.ceiling { output.line("    上限 \(Self.words(ceiling))") }
            if own.waive != rules.waive { output.line("    可豁免 \(Self.words(own.waive))") }
            if own.byOrganization != rules.byOrganization {
                for (code, settings) in own.byOrganization.sorted(by: { $0.key < $1.key }) {
                    let words = SettingWords.of(settings, plugin: plugin).map { "\($0): \($1)" }
                    output.line("    组织 \(code)  \(words.joined(separator: ","))")
                }
            }
            for field in form.fields {
                let optional = field.isOptional ? "(可不填)" : ""
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
        ]
    }

    private static func value(_ field: Field) -> Value {
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

    private static func words(_ ceiling: Ceiling) -> String {
        [ceiling.persons.map { "\($0) 人次" }, ceiling.amount.map { "\($0) 元" }].compactMap { $0 }.joined(separator: "、")
    }

    private static func words(_ waive: [String: String]) -> String {
        waive.sorted { $0.key < $1.key }.map { "\($0.key)(\($0.value))" }.joined(separator: "、")
    }

    private static func words(_ review: [ReviewLevel]) -> String {
        guard !review.isEmpty else { return "无" }
        return review.map { level in level.level + (level.over.map { "(超过 \($0) 元)" } ?? "") }.joined(separator: "→")
    }
}
