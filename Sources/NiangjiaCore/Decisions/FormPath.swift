/// Follows a manifest's paths for one line of a case: `class.seats`, `tickets.number`, `settings.quota`, `class[code].term`.
///
/// A path through an array has a value for each element, but for the array that names the subject: there the line's own element
/// is meant.
struct FormPath {
    let context: FormContext
    let fields: [String: Value]
    let line: IntakeLine
    var applicant: ID<Person>?
    var household: Int64?
    let onDate: CivilDate
    let submittedAt: Instant
    /// Where the line is served, the unit that asks, or the union of whom it is about: whose settings hold. nil: it has to be read.
    private let organization: Int64?
    /// False where something is counted for all unions together: then the program's settings hold, whatever a union's are.
    var hasOwnSettings = true

    init(_ context: FormContext, _ line: IntakeLine, household: Int64?, intake: Intake) {
        self.context = context
        self.line = line
        self.household = household
        fields = intake.fields
        applicant = intake.applicant
        onDate = intake.onDate
        submittedAt = intake.submittedAt
        organization = (intake.serving ?? intake.unit)?.rawValue
    }

    init(_ context: FormContext, _ line: JudgedLine, _ parties: Parties) {
        self.context = context
        self.line = line.intake
        household = line.gathered.household
        fields = parties.fields
        applicant = parties.applicant
        onDate = line.gathered.onDate
        submittedAt = line.gathered.submittedAt
        organization = line.gathered.serving ?? parties.unit?.rawValue ?? line.gathered.home
    }

    /// The settings that hold for the line, as the rule is given them (but for ``hasOwnSettings``).
    func settings(in reader: any StoreReader) throws -> [String: Value] {
        let rules = context.rules
        guard hasOwnSettings, !rules.byOrganization.isEmpty else {
            return rules.settings(on: onDate, organizationPath: [])
        }
        var paths = OrganizationPaths()
        return rules.settings(
            on: onDate, organizationPath: try paths.codes(of: organization ?? home(in: reader), in: reader))
    }

    /// The union of whom the line is about; who has none of their own belongs where the applicant does.
    private func home(in reader: any StoreReader) throws -> Int64? {
        let kind = line.subject.kind
        if kind != .nobody {
            let subjects = try SubjectReader(
                kind: kind, subjectFacts: [], householdFacts: [], records: context.populationRecords)
            if let home = try subjects.read(ids: [line.subject.id], in: reader).first?.home { return home }
        }
        return try applicant.flatMap { try Membership.union(of: $0, in: reader)?.rawValue }
    }

    /// Whether a path begins with a field of the form.
    func isField(_ path: String) -> Bool {
        guard let first = path.split(separator: ".").first?.split(separator: "[").first else { return false }
        return context.form.fields.contains { $0.name == first }
    }

    /// Whether a path leads to something of the line's own element, and not on to the household of whom it names.
    func isOfElement(_ path: String) -> Bool {
        guard let name = context.arrayField?.name, !line.element.isNull, !path.hasSuffix(".household") else {
            return false
        }
        // A key in brackets is a path as well.
        return path.split { $0 == "[" || $0 == "]" }.contains { $0 == name || $0.hasPrefix(name + ".") }
    }

    /// What a form is sent back for where a path of it leads nowhere.
    func place(of path: String) -> String {
        let name = path.prefix { $0 != "." && $0 != "[" }
        return isField(path) ? "/fields/" + JSONPointer.escaped(String(name)) : "/fields"
    }

    /// Where a path leads: nothing where a value on the way is absent.
    func values(_ path: String, in reader: any StoreReader) throws -> [Value] {
        try values(path, through: RecordTables(reader))
    }

    /// The same with what the lines beside it read as well.
    func values(_ path: String, through records: RecordTables) throws -> [Value] {
        let steps = FormPath.steps(path)
        guard let first = steps.first else { return [] }
        let rest = Array(steps.dropFirst())
        if let open = first.firstIndex(of: "["), first.hasSuffix("]") {
            let key = try values(
                String(first[first.index(after: open)..<first.index(before: first.endIndex)]), through: records)
            let body = try record(String(first[..<open]), key: key, in: records)
            return try body.map { try descend($0, rest, in: records) } ?? []
        }
        switch first {
        case "subject": return try descend(.text(line.subject.description), rest, in: records)
        case "applicant": return try descend(applicant.map { .text($0.text) } ?? .null, rest, in: records)
        case "household":
            return household.map { [.text(ID<Household>(rawValue: $0).text)] } ?? []
        case "submitted_on": return [.text(submittedAt.date.description)]
        case "season_start": return [.text(context.rules.season.from.description)]
        case "settings":
            return try descend(.map(settings(in: records.reader)), rest, in: records)
        default: break
        }
        let isOwn = context.arrayField?.name == first && !line.element.isNull
        return try descend(isOwn ? line.element : fields[first] ?? .null, rest, in: records)
    }

    /// The one value that a path leads to; nil where there is none.
    func value(_ path: String, in reader: any StoreReader) throws -> Value? { try values(path, in: reader).first }

    private func descend(_ value: Value, _ steps: [String], in records: RecordTables) throws -> [Value] {
        if value.isNull { return [] }
        if let items = value.list { return try items.flatMap { try descend($0, steps, in: records) } }
        guard let step = steps.first else { return [value] }
        if value.map != nil { return try descend(value[step], Array(steps.dropFirst()), in: records) }
        let behind = try attribute(step, of: value.text ?? "", in: records)
        return try descend(behind, Array(steps.dropFirst()), in: records)
    }

    /// What stands behind a reference: a record's field, or a fact of a register's row.
    private func attribute(_ name: String, of reference: String, in records: RecordTables) throws -> Value {
        let reader = records.reader
        if let id = ID<Record>(reference) {
            return try records.referenced(id)?.body[name] ?? .null
        }
        if let id = ID<Organization>(reference), let fact = FactCatalogue.fact(name, of: .organization) {
            return try reader.first("SELECT \(fact.sql) FROM organization s WHERE s.id = $1", [.id(id)]) { row in
                fact.kind == .text
                    ? row.textOrNil(0).map { .text($0) } ?? .null : row.intOrNil(0).map { .int($0) } ?? .null
            } ?? .null
        }
        if let id = ID<Person>(reference), name == "household" {
            return try reader.integer("SELECT household FROM person WHERE id = $1", [.id(id)])
                .map { .text(ID<Household>(rawValue: $0).text) } ?? .null
        }
        throw NiangjiaError(.configuration, zh: "无法读取 \(name)", en: "\(name) can't be read here")
    }

    private func record(_ kind: String, key: [Value], in records: RecordTables) throws -> Value? {
        try records.find(
            plugin: context.plugin.manifest.id, kind: kind, key: Value.list(key).json
        ).map { .map($0.body) }
    }

    /// The steps of a path; dots within brackets belong to the key.
    private static func steps(_ path: String) -> [String] {
        var steps = [""]
        var depth = 0
        for character in path {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == ".", depth == 0 { steps.append("") } else { steps[steps.count - 1].append(character) }
        }
        return steps.filter { !$0.isEmpty }
    }
}
