/// A line with its facts: what settle and apply need to know of it beside the rule's word.
struct GatheredLine: Sendable {
    var subject: SubjectRef
    var household: Int64?
    /// The organisation whose settings hold and whose members are served: home union, or the serving one at a counter.
    var home: Int64?
    var serving: Int64?
    var onDate: CivilDate
    var submittedAt: Instant
    /// Declared facts that are absent and may not be: the case goes back, the rule isn't asked.
    var missing: [String]
    /// The row of the fact table; nil where the rule isn't asked.
    var row: Int?
    var revisions: FactRevisions
    /// What its facts rest on beside the subject and the household.
    var watched: [WatchedRows] = []

    /// The revisions as they stand now.
    func currentRevisions(records: RecordTables? = nil, in reader: any StoreReader) throws -> FactRevisions {
        try FactRevisions.current(
            of: subject, household: household, home: home, watching: watched, records: records, in: reader)
    }
}

/// What gather hands to judge and settle.
struct Gathered: Sendable {
    var lines: [GatheredLine]
    var facts: FactTable
    var settings: [Value]
    var settingsIndex: [UInt32]
}

/// **Gather**: a form, its subjects, a date → facts with revisions. Reads only what the manifest declares.
struct Gatherer {
    let context: FormContext
    let kind: SubjectKind
    let subjects: SubjectReader?
    let looks: [LookReader]
    /// Where the declared facts stand among those that are read.
    let declared: [Int]
    /// Where the facts stand by which people are told apart.
    let dimensions: [Dimension: Int]
    private let subjectNames: [String]

    init(_ context: FormContext) throws(NiangjiaError) {
        self.context = context
        let kind = try context.subjectKind()
        self.kind = kind
        let request = context.form.facts
        subjectNames = request.subject
        let read = context.view.dimensions.compactMap { dimension in dimension.fact(of: kind).map { (dimension, $0) } }
        func more(_ isOwn: Bool, than known: [String]) -> [String] {
            read.filter { $0.1.isOwn == isOwn && !known.contains($0.1.name) }.map(\.1.name)
        }
        let own = request.subject + more(true, than: request.subject)
        let household = request.household + more(false, than: request.household)
        subjects =
            kind == .nobody
            ? nil
            : try SubjectReader(
                kind: kind, subjectFacts: own, householdFacts: household,
                filter: (context.form.population?.filter ?? [:]).keys.sorted(), records: context.populationRecords)
        declared = Array(request.subject.indices) + request.household.indices.map { own.count + $0 }
        dimensions = Dictionary(
            uniqueKeysWithValues: read.compactMap { dimension, fact in
                let place =
                    fact.isOwn
                    ? own.firstIndex(of: fact.name) : household.firstIndex(of: fact.name).map { own.count + $0 }
                return place.map { (dimension, $0) }
            })
        var readers: [LookReader] = []
        for look in request.look { readers.append(try LookReader(look, context: context)) }
        looks = readers
    }

    /// Reads the subjects of an intake. Throws `notFound` when one isn't in the register.
    func subjects(of intake: Intake, in reader: any StoreReader) throws -> [SubjectReader.Row] {
        guard let subjects else {
            return [
                SubjectReader.Row(id: 0, revision: 0, validFrom: CivilDate(days: 0), householdRevision: 0, values: [])
            ]
        }
        let rows = try subjects.read(ids: intake.lines.map(\.subject.id), in: reader)
        let byID = Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return try intake.lines.map { line in
            guard let row = byID[line.subject.id] else {
                throw NiangjiaError(
                    .notFound, zh: "没有编号为 \(line.subject) 的对象", en: "there is nothing with the id \(line.subject)")
            }
            return row
        }
    }

    /// A line whose subject isn't one of the population any more, with the revisions of now; nil while it is. The population's conditions
    /// are no facts: a rule that is asked again wouldn't know.
    func left(_ line: GatheredLine, in reader: any StoreReader) throws -> GatheredLine? {
        guard let subjects else { return nil }
        let id = line.subject.id
        let rows = try subjects.rows(
            after: id - 1, limit: 1, filter: context.form.population?.filter ?? [:], in: reader)
        guard rows.first?.id != id else { return nil }
        var left = line
        left.row = nil
        left.revisions = try line.currentRevisions(in: reader)
        return left
    }

    /// Gathers the facts of rows; `intakes` holds one intake for each row, or one for all. `looking` may answer a look of a row
    /// in the store's place: what would be, were the past another.
    func gather(
        _ rows: [SubjectReader.Row], intakes: [Intake], lineOf: (Int) -> IntakeLine, in reader: any StoreReader,
        looking: (Int, LookDefinition) -> LookAnswer? = { _, _ in nil }
    ) throws -> Gathered {
        var builder = FactTableBuilder(
            context: context, looks: looks, subjects: subjects, subjectNames: subjectNames,
            moment: intakes.first?.moment)
        var paths = OrganizationPaths()
        var settings = SettingsTable(rules: context.rules)
        let records = RecordTables(reader)
        var lines: [GatheredLine] = []
        lines.reserveCapacity(rows.count)
        for (n, row) in rows.enumerated() {
            let intake = intakes.count == 1 ? intakes[0] : intakes[n]
            let line = lineOf(n)
            let household = kind == .household ? row.id : row.household
            // A child has no union of its own: it belongs where its applicant does.
            let own = try row.home ?? intake.unit?.rawValue ?? applicantsHome(intake, in: reader)
            let home = intake.serving?.rawValue ?? intake.unit?.rawValue ?? own
            var gathered = GatheredLine(
                subject: line.subject, household: household, home: own,
                serving: intake.serving?.rawValue, onDate: intake.onDate, submittedAt: intake.submittedAt, missing: [],
                row: nil, revisions: FactRevisions(),
                watched: watched(line, household: household, isHomeless: row.home == nil, intake: intake))
            gathered.revisions = try gathered.currentRevisions(records: records, in: reader)
            gathered.missing = builder.missing(in: row)
            if gathered.missing.isEmpty {
                gathered.row = builder.count
                let codes = try paths.codes(of: home, in: reader)
                settings.append(on: intake.onDate, path: codes)
                var answers: [LookAnswer] = []
                for look in looks {
                    let key = lookKey(look.look, line: line, household: household, intake: intake)
                    let given = looking(n, look.look)
                    answers.append(
                        try given
                            ?? look.answer(for: key, intake: intake, line: line, records: records, in: reader))
                }
                try builder.append(
                    row, intake: intake, line: line, answers: answers, organization: codes.last, in: reader)
            }
            lines.append(gathered)
        }
        return Gathered(
            lines: lines, facts: builder.table(), settings: settings.documents, settingsIndex: settings.index)
    }

    private func applicantsHome(_ intake: Intake, in reader: any StoreReader) throws -> Int64? {
        try intake.applicant.flatMap { try Membership.union(of: $0, in: reader)?.rawValue }
    }

    func lookKey(_ look: LookDefinition, line: IntakeLine, household: Int64?, intake: Intake) -> SubjectRef? {
        switch look.per {
        case "subject": return line.subject
        // Who belongs to no household is one of their own.
        case "household":
            return household.map { SubjectRef(.household, $0) } ?? (line.subject.kind == .person ? line.subject : nil)
        case "case": return nil
        default:
            let type = FormContext.referenceType(at: look.per, in: context.form.fields)
            let value = Value.map(intake.fields).at(path: look.per)
            let found =
                value.isNull
                ? line.element.at(path: look.per.split(separator: ".").dropFirst().joined(separator: ".")) : value
            // Where the path names the subject's own field, the subject is meant.
            guard let type, !found.isNull else { return line.subject }
            return try? Intake.subject(found, FormContext.kind(ofReference: type), at: "/" + look.per)
        }
    }
}

/// The settings that hold for each row, each distinct document once.
struct SettingsTable {
    let rules: FormRules
    var documents: [Value] = []
    var index: [UInt32] = []
    private var known: [Key: UInt32] = [:]

    private struct Key: Hashable {
        var change: Int
        var organizations: [String]
    }

    init(rules: FormRules) { self.rules = rules }

    mutating func append(on date: CivilDate, path: [String]) {
        if rules.changes.isEmpty, rules.byOrganization.isEmpty {
            if documents.isEmpty { documents.append(.map(rules.settings)) }
            return index.append(0)
        }
        let changes = rules.changes.filter { $0.from <= date }.count
        let key = Key(change: changes, organizations: path.filter { rules.byOrganization[$0] != nil })
        if let position = known[key] {
            index.append(position)
            return
        }
        let position = UInt32(documents.count)
        documents.append(.map(rules.settings(on: date, organizationPath: path)))
        known[key] = position
        index.append(position)
    }
}
