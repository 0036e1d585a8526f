import NiangjiaCore

extension Manifest {
    /// The fields that a look can filter by; nil where they aren't known here (other plugins' forms) and where there are none.
    func columns(of look: LookDefinition, in form: String) -> [Field]? {
        switch look.source {
        case .record(let name): return records[name]?.fields
        case .visits, .cases: return nil
        case .decisions:
            let names = look.of.isEmpty ? [form] : look.of
            let found = names.compactMap { forms[$0.hasPrefix(id + "/") ? String($0.dropFirst(id.count + 1)) : $0] }
            guard found.count == names.count else { return nil }
            return found.flatMap(\.keeps)
        }
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

extension FieldType {
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
