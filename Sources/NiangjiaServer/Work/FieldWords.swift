import NiangjiaCore

/// What was filled in, line by line, as a terminal shows a case: titles of the form, amounts in yuan.
enum FieldWords {
    /// - Parameter plain: `application` and `stages` as ``CaseView/ToldFields`` has them.
    static func lines(_ plain: Value, _ form: FormDefinition?, _ language: Language) -> [String] {
        guard let form else { return [] }
        let words = ExplanationWords(language: language)
        func lines(_ values: Value, _ fields: [Field], under title: String?) -> [String] {
            fields.compactMap { field in
                guard !values[field.name].isNull else { return nil }
                let name = [title, field.title?[language] ?? field.name].compactMap(\.self).joined(separator: " / ")
                return "\(name)  \(words.words(values[field.name], field.type))"
            }
        }
        return lines(plain["application"], form.fields, under: nil)
            + form.stages.flatMap { lines(plain["stages"][$0.name], $0.fields, under: $0.name) }
    }
}
