import NiangjiaCore

/// Follows the paths of a manifest through a form's fields, records and the facts of registers.
struct PathResolver {
    let manifest: Manifest
    /// The form whose paths are meant; nil for a record or an action.
    let form: FormDefinition?
    /// The fields a path starts from.
    var fields: [Field]

    init(manifest: Manifest, form: FormDefinition) {
        self.manifest = manifest
        self.form = form
        fields = form.fields
    }

    init(manifest: Manifest, fields: [Field]) {
        self.manifest = manifest
        form = nil
        self.fields = fields
    }

    enum Outcome {
        /// The type, and whether the path went through an array.
        case type(FieldType, isArray: Bool)
        /// Nothing is known about it here (`own.…`, `case`).
        case opaque
        /// A part that isn't there, and what is.
        case unknown(String, among: [String])
    }

    func resolve(_ path: String) -> Outcome {
        guard let steps = PathResolver.split(path), let first = steps.first else { return .unknown(path, among: []) }
        let rest = Array(steps.dropFirst())
        if let key = first.key {
            guard let record = manifest.records[first.name] else {
                return .unknown(first.name, among: manifest.records.keys.sorted())
            }
            if case .unknown(let part, let among) = resolve(key) { return .unknown(part, among: among) }
            return descend(.object(record.fields), rest, isArray: false)
        }
        switch first.name {
        case "own", "case", "line", "supplier": return .opaque
        case "applicant":
            return descend(.reference(applicantKind == .organization ? "organization" : "person"), rest, isArray: false)
        case "household": return descend(.reference("household"), rest, isArray: false)
        case "submitted_on", "season_start": return .type(.date, isArray: false)
        case "settings": return descend(.object(manifest.settings), rest, isArray: false)
        case "stages": return stage(rest)
        case "subject": return subject(rest)
        default: break
        }
        guard let field = fields.first(where: { $0.name == first.name }) else {
            return .unknown(first.name, among: fields.map(\.name) + ["subject", "applicant", "household", "settings"])
        }
        return descend(field.type, rest, isArray: false)
    }

    /// What kind of thing the form's decisions are about.
    var subjectKind: SubjectKind {
        guard let form else { return .nobody }
        switch form.subject {
        case .nobody: return .nobody
        case .applicant: return applicantKind
        case .path(let path):
            guard path != "subject", case .type(let type, _) = resolve(path) else { return .person }
            return PathResolver.kind(of: type)
        }
    }

    /// Who asks: what a batch goes over, else a unit where only units may ask, else a person.
    var applicantKind: SubjectKind {
        guard let form else { return .person }
        if let population = form.population {
            switch population.of {
            case "persons": return .person
            case "households": return .household
            case "organizations": return .organization
            case "stations": return .station
            default: return .record
            }
        }
        return !form.by.isEmpty && form.by.allSatisfy { $0 == "unit" } ? .organization : .person
    }

    static func kind(of type: FieldType) -> SubjectKind {
        switch type {
        case .reference("organization"): .organization
        case .reference("household"): .household
        case .reference("station"): .station
        case .reference("person"), .reference("child"), .reference("member"): .person
        case .reference: .record
        case .list(let inner), .nullable(let inner): kind(of: inner)
        default: .nobody
        }
    }

    private func subject(_ rest: [Step]) -> Outcome {
        if let form, case .path(let path) = form.subject, path != "subject",
            case .type(let type, let isArray) = resolve(path)
        {
            return descend(type, rest, isArray: isArray)
        }
        switch subjectKind {
        case .person: return descend(.reference("person"), rest, isArray: false)
        case .household: return descend(.reference("household"), rest, isArray: false)
        case .organization: return descend(.reference("organization"), rest, isArray: false)
        case .station: return descend(.reference("station"), rest, isArray: false)
        case .record: return .opaque
        case .nobody: return .unknown("subject", among: fields.map(\.name))
        }
    }

    private func stage(_ rest: [Step]) -> Outcome {
        guard let form, let name = rest.first?.name else { return .opaque }
        guard let stage = form.stages.first(where: { $0.name == name }) else {
            return .unknown(name, among: form.stages.map(\.name))
        }
        return descend(.object(stage.fields + [Field("on", .date)]), Array(rest.dropFirst()), isArray: false)
    }

    private func descend(_ type: FieldType, _ steps: [Step], isArray: Bool) -> Outcome {
        guard let step = steps.first else {
            if case .list = type { return .type(type, isArray: true) }
            return .type(type, isArray: isArray)
        }
        switch type {
        case .list(let inner): return descend(inner, steps, isArray: true)
        case .nullable(let inner): return descend(inner, steps, isArray: isArray)
        case .object(let members):
            guard let member = members.first(where: { $0.name == step.name }) else {
                return .unknown(step.name, among: members.map(\.name))
            }
            return descend(member.type, Array(steps.dropFirst()), isArray: isArray)
        case .reference(let name):
            let members = attributes(of: name)
            guard let member = members.first(where: { $0.name == step.name }) else {
                return .unknown(step.name, among: members.map(\.name))
            }
            return descend(member.type, Array(steps.dropFirst()), isArray: isArray)
        default: return .unknown(step.name, among: [])
        }
    }

    /// What may follow a reference: the fields of a record or a form; of registers what the host follows, which is an
    /// organisation's facts and a person's household. Other facts are for rules alone.
    private func attributes(of name: String) -> [Field] {
        if let record = manifest.records[name] { return record.fields }
        if let form = manifest.forms[name] { return form.fields + form.keeps }
        switch PathResolver.kind(of: .reference(name)) {
        case .person: return [Field("household", .reference("household"))]
        case .organization: return FactCatalogue.facts(of: .organization).map { Field($0.name, FieldType($0)) }
        default: return []
        }
    }

    /// A field among those of the form itself, through objects, and through a list at its beginning; nil where the path leads
    /// elsewhere, behind a reference or to what wasn't filled in.
    func ownField(_ path: String) -> (type: FieldType, isInList: Bool)? {
        var (members, isInList) = (fields, false)
        var found: FieldType?
        for (n, step) in path.split(separator: ".").enumerated() {
            guard var type = members.first(where: { $0.name == step })?.type else { return nil }
            if case .list(let element) = type {
                guard n == 0 else { return nil }
                (type, isInList) = (element, true)
            }
            if case .nullable(let inner) = type { type = inner }
            members = if case .object(let inner) = type { inner } else { [] }
            found = type
        }
        return found.map { ($0, isInList) }
    }

    /// The setting that a path begins with, or finds its row by; nil: none.
    static func setting(in path: String) -> String? {
        guard let steps = split(path), let first = steps.first else { return nil }
        if let key = first.key { return setting(in: key) }
        return first.name == "settings" && steps.count > 1 ? steps[1].name : nil
    }

    struct Step {
        var name: String
        var key: String?
    }

    /// `class[enrol.class].seats` → class with a key, seats. Dots within brackets belong to the key.
    static func split(_ path: String) -> [Step]? {
        var steps: [Step] = []
        var name = ""
        var key: String?
        var depth = 0
        for character in path {
            switch character {
            case "[":
                depth += 1
                if depth == 1 { key = "" } else { key?.append(character) }
            case "]":
                depth -= 1
                if depth > 0 { key?.append(character) }
            case "." where depth == 0:
                steps.append(Step(name: name, key: key))
                name = ""
                key = nil
            default: if depth > 0 { key?.append(character) } else { name.append(character) }
            }
        }
        steps.append(Step(name: name, key: key))
        return depth == 0 && steps.allSatisfy { !$0.name.isEmpty } ? steps : nil
    }
}

extension FieldType {
    init(_ fact: FactDefinition) {
        switch fact.kind {
        case .text: self = fact.values.isEmpty ? .string : .oneOf(fact.values)
        case .integer: self = .integer
        case .boolean: self = .boolean
        case .date: self = .date
        }
    }
}
