/// One subject on its way through the corridor.
struct IntakeLine: Sendable {
    var line: Int
    var subject: SubjectRef
    /// The element of the array that names the subject; null where there is none.
    var element: Value
}

/// A case, or one row of a batch, before facts are gathered: what was asked, by whom, for which date.
struct Intake: Sendable {
    var lines: [IntakeLine]
    /// The checked fields.
    var fields: [String: Value]
    var applicant: ID<Person>?
    var unit: ID<Organization>?
    var serving: ID<Organization>?
    var submittedAt: Instant
    var onDate: CivilDate
    var waived: Set<String>
    /// The case itself, which no look counts; the decision, where it is looked at again.
    var caseID: ID<CaseFile>?
    var decision: ID<Decision>?
    /// The moment of a recheck; nil for an assess, which knows no today.
    var moment: Instant?
    var stage: String?
    /// What was filled in at the stages that it has come to, by stage, with `on`.
    var stages: [String: Value] = [:]

    /// Reads a submission: fields by the schema, subjects by the manifest, the date by `dated_by`.
    init(_ submission: Submission, context: FormContext, at now: Instant) throws(NiangjiaError) {
        fields = try FieldCheck.check(submission.fields, against: context.form.fields, at: "/fields")
        applicant = submission.applicant
        unit = submission.unit
        serving = submission.serving
        submittedAt = now
        waived = []
        lines = try Intake.lines(of: fields, applicant: submission.applicant, unit: submission.unit, context: context)
        onDate = try Intake.date(of: fields, context: context, submittedAt: now)
    }

    private static func date(of fields: [String: Value], context: FormContext, submittedAt: Instant)
        throws(NiangjiaError)
        -> CivilDate
    {
        switch context.form.datedBy {
        case .submission: return submittedAt.date
        case .seasonStart: return context.rules.season.from
        case .field(let name): return try date(named: name, fields)
        case .setting(let setting):
            guard let word = context.rules.settings[setting]?.text else {
                throw NiangjiaError(.configuration, zh: "缺少设置 \(setting)", en: "the setting \(setting) is missing")
            }
            if let date = CivilDate(word) { return date }
            if word == "submitted_on" { return submittedAt.date }
            return word == "season_start" ? context.rules.season.from : try date(named: word, fields)
        }
    }

    private static func date(named name: String, _ fields: [String: Value]) throws(NiangjiaError) -> CivilDate {
        guard let date = fields[name]?.date else {
            throw NiangjiaError(.invalid, zh: "缺少日期", en: "the date is missing", place: "/fields/" + name)
        }
        return date
    }

    private static func lines(
        of fields: [String: Value], applicant: ID<Person>?, unit: ID<Organization>?, context: FormContext
    ) throws(NiangjiaError) -> [IntakeLine] {
        let kind = try context.subjectKind()
        switch context.form.subject {
        case .nobody: return [IntakeLine(line: 0, subject: SubjectRef(.nobody, 0), element: .null)]
        case .applicant:
            if kind == .organization, let unit {
                return [IntakeLine(line: 0, subject: SubjectRef(.organization, unit.rawValue), element: .null)]
            }
            guard kind == .person, let applicant else {
                throw NiangjiaError(.invalid, zh: "没有写明为谁申请", en: "the applicant is missing", place: "/applicant")
            }
            return [IntakeLine(line: 0, subject: SubjectRef(.person, applicant.rawValue), element: .null)]
        case .path(let path):
            let steps = path.split(separator: ".").map(String.init)
            guard let first = steps.first else { return [] }
            let value = fields[first] ?? .null
            guard let items = value.list else {
                let reference = steps.dropFirst().reduce(value) { $0[$1] }
                return [
                    IntakeLine(line: 0, subject: try subject(reference, kind, at: "/fields/" + first), element: .null)
                ]
            }
            guard !items.isEmpty else {
                throw NiangjiaError(.invalid, zh: "至少填一项", en: "at least one item is needed", place: "/fields/" + first)
            }
            var lines: [IntakeLine] = []
            var seen: Set<SubjectRef> = []
            for (n, item) in items.enumerated() {
                let place = "/fields/\(first)/\(n)"
                let found = try subject(steps.dropFirst().reduce(item) { $0[$1] }, kind, at: place)
                guard seen.insert(found).inserted else {
                    throw NiangjiaError(.invalid, zh: "与前面一项重复", en: "the same one appears twice", place: place)
                }
                lines.append(IntakeLine(line: n, subject: found, element: item))
            }
            return lines
        }
    }

    static func subject(_ value: Value, _ kind: SubjectKind, at place: String) throws(NiangjiaError) -> SubjectRef {
        let text = value.text ?? ""
        let id: Int64? =
            switch kind {
            case .person: ID<Person>(text)?.rawValue
            case .household: ID<Household>(text)?.rawValue
            case .organization: ID<Organization>(text)?.rawValue
            case .station: ID<Station>(text)?.rawValue
            case .record: ID<Record>(text)?.rawValue
            case .nobody: 0
            }
        guard let id else {
            throw NiangjiaError(.invalid, zh: "“\(text)”不是编号", en: "\"\(text)\" is not an id", place: place)
        }
        return SubjectRef(kind, id)
    }
}
