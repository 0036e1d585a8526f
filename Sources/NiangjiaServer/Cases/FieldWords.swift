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

/// Organisations that fields name, by code and name as anybody may find them: whoever filled in a code recognises it, where the fields
/// hold the id.
struct FieldOrganizations: Sendable {
    private var found: [(id: String, code: String, name: String)] = []

    /// - Parameter plain: as for ``FieldWords/lines(_:_:_:)``.
    init(_ plain: Value, _ form: FormDefinition?, in reader: any StoreReader) throws {
        guard let form else { return }
        var ids = FieldOrganizations.ids(plain["application"], .object(form.fields))
        for stage in form.stages { ids += FieldOrganizations.ids(plain["stages"][stage.name], .object(stage.fields)) }
        var seen: Set<String> = []
        for text in ids where seen.insert(text).inserted {
            guard let id = ID<Organization>(text) else { continue }
            let one = try reader.first("SELECT code, name FROM organization WHERE id = $1", [.id(id)]) {
                (id: text, code: $0.text(0), name: $0.text(1))
            }
            if let one { found.append(one) }
        }
    }

    private static func ids(_ value: Value, _ type: FieldType) -> [String] {
        switch (type, value) {
        case (.reference("organization"), .text(let id)): [id]
        case (.nullable(let inner), _): ids(value, inner)
        case (.list(let inner), .list(let items)): items.flatMap { ids($0, inner) }
        case (.object(let fields), .map(let members)): fields.flatMap { ids(members[$0.name] ?? .null, $0.type) }
        default: []
        }
    }

    /// A line for people's eyes with code and name in the place of ids.
    func told(in line: String) -> String {
        found.reduce(line) { $0.replacing($1.id, with: "\($1.code) \($1.name)") }
    }

    /// For `--json` and the API.
    var value: Value {
        .list(found.map { ["organization": .text($0.id), "code": .text($0.code), "name": .text($0.name)] })
    }
}
