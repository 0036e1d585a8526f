import NiangjiaCore

extension Manifest {
    /// The fields that a look can filter by; nil where they aren't known here (other plugins' forms) and where there are none.
    func columns(of look: LookDefinition, in form: String) -> [Field]? {
        switch look.source {
        case .record(let name): return records[name]?.fields
        case .visits, .cases: return nil
        case .decisions: return kept(by: look, in: form)?.common
        }
    }

    /// What the decisions keep that a look compares; nil where another plugin's form is among them.
    func kept(by look: LookDefinition, in form: String) -> KeptColumns? {
        let names = look.of.isEmpty ? [form] : look.of
        let found = names.compactMap { name in
            forms[name.hasPrefix(id + "/") ? String(name.dropFirst(id.count + 1)) : name].map { (name, $0.keeps) }
        }
        return found.count == names.count ? KeptColumns(forms: found) : nil
    }

    /// The fields by which a batch chooses its population.
    func columns(of population: Population) -> [Field] {
        let kind: SubjectKind
        switch population.of {
        case "persons": kind = .person
        case "households": kind = .household
        case "organizations": kind = .organization
        case "stations": kind = .station
        case let record: return records[record]?.fields ?? []
        }
        return FactCatalogue.facts(of: kind).map { Field($0.name, FieldType($0)) }
    }

    /// Constants are read as text; this gives them the type of the field that they are compared with.
    mutating func typeConstants() {
        for (name, form) in forms {
            var typed = form
            if let population = form.population {
                let columns = columns(of: population)
                for (field, constants) in population.filter {
                    let type = columns.first { $0.name == field }?.type
                    typed.population?.filter[field] = constants.map { type?.constant($0) ?? $0 }
                }
            }
            for (index, look) in form.facts.look.enumerated() {
                let columns = columns(of: look, in: name) ?? []
                for case (let field, .constants(let constants)) in look.filter {
                    guard let type = columns.first(where: { $0.name == field })?.type else { continue }
                    typed.facts.look[index].filter[field] = .constants(constants.map { type.constant($0) ?? $0 })
                }
            }
            forms[name] = typed
        }
    }
}

/// What decisions by one form or several are compared by: all of them keep it, as one type. What only some keep would be nothing
/// in the others, and these never counted.
struct KeptColumns {
    /// By the names that a look gives them.
    let forms: [(name: String, keeps: [Field])]

    /// What every form keeps as the first does.
    var common: [Field] { (forms.first?.keeps ?? []).filter { differing(from: $0) == nil } }

    /// Why what one of the forms keeps can't be compared, to be followed by its name; nil where none keeps it, or all do.
    func gap(_ name: String) -> (zh: String, en: String)? {
        guard let field = forms.lazy.flatMap(\.keeps).first(where: { $0.name == name }),
            let (form, type) = differing(from: field)
        else { return nil }
        guard let type else {
            return (
                "只能比较各表单都在 keeps 中保存的值,表单 \(form) 没有保存",
                "forms are compared by what all of them keep, and \(form) doesn't keep"
            )
        }
        return (
            "只能比较各表单以同一类型保存的值,有的保存为 \(field.type.word),表单 \(form) 保存为 \(type.word):",
            "forms are compared by what all of them keep as one type, not as \(field.type.word) and by \(form) as \(type.word):"
        )
    }

    /// The first form that doesn't keep a field (nil), or as which other type. Whether it may be null makes no difference.
    private func differing(from field: Field) -> (form: String, type: FieldType?)? {
        for form in forms {
            let type = form.keeps.first { $0.name == field.name }?.type
            if type?.withoutNull != field.type.withoutNull { return (form.name, type) }
        }
        return nil
    }
}

extension FieldType {
    fileprivate var withoutNull: FieldType {
        if case .nullable(let inner) = self { inner } else { self }
    }

    /// The value of a typed text; nil where it isn't one of this type.
    func constant(_ value: Value) -> Value? {
        guard let text = value.text else { return value }
        let scalar: Scalar
        switch self {
        case .integer: scalar = .anyInteger
        case .boolean: scalar = .boolean
        case .money: scalar = .amount
        case .rate: scalar = .anyRate
        case .date: scalar = .date
        // A bare nil would be the value null.
        case .oneOf(let words): return words.contains(text) ? .some(value) : .none
        case .nullable(let inner): return inner.constant(value)
        default: return value
        }
        if case .success(let typed) = scalar.read(text) { return typed }
        return nil
    }
}
