/// Builds the columns that a rule reads, row by row: `facts.subject.*`, `facts.household.*`, `facts.application.*`,
/// `facts.line.*`, `facts.look.*`, `context.*`.
struct FactTableBuilder {
    private let context: FormContext
    private let looks: [LookReader]
    private let subjects: SubjectReader?
    private let subjectNames: [String]
    /// The moment of a recheck, which knows a today; an assess knows none.
    private let moment: Instant?
    private var columns: [ColumnBuilder] = []
    private(set) var count = 0

    init(
        context: FormContext, looks: [LookReader], subjects: SubjectReader?, subjectNames: [String],
        moment: Instant? = nil
    ) {
        self.context = context
        self.moment = moment
        self.looks = looks
        self.subjects = subjects
        self.subjectNames = subjectNames
        for (n, fact) in (subjects?.facts ?? []).enumerated() {
            let group = n < subjectNames.count ? "subject" : "household"
            columns.append(ColumnBuilder("facts.\(group).\(fact.name)", ColumnBuilder.Kind(fact.kind)))
        }
        columns.append(ColumnBuilder("facts.subject.ref", .reference))
        for field in context.form.fields {
            columns.append(ColumnBuilder("facts.application.\(field.name)", ColumnBuilder.Kind(field.type)))
        }
        for field in FactTableBuilder.lineFields(of: context) {
            columns.append(ColumnBuilder("facts.line.\(field.name)", ColumnBuilder.Kind(field.type)))
        }
        for (path, field) in FactTableBuilder.stageFields(of: context) {
            columns.append(ColumnBuilder("facts.stages." + path, field))
        }
        for look in looks {
            let path = "facts.look.\(look.look.name)"
            columns.append(ColumnBuilder(path + ".count", .integer))
            columns.append(ColumnBuilder(path + ".amount", .integer))
            columns.append(ColumnBuilder(path + ".first_on", .date))
            columns.append(ColumnBuilder(path + ".last_on", .date))
            columns.append(ColumnBuilder(path + ".last", .document))
            for name in look.sumFields { columns.append(ColumnBuilder(path + ".sum.\(name)", .integer)) }
        }
        for (name, kind) in FactTableBuilder.contextColumns { columns.append(ColumnBuilder("context." + name, kind)) }
        guard moment != nil else { return }
        columns.append(ColumnBuilder("context.today", .date))
        columns.append(ColumnBuilder("context.now", .text))
    }

    static let contextColumns: [(String, ColumnBuilder.Kind)] = [
        ("on", .date), ("submitted_on", .date), ("submitted_at", .text), ("season.from", .date), ("season.to", .date),
        ("stage", .text), ("waived", .document), ("program", .text), ("organization", .text),
    ]

    /// `assigned.officer`, `assigned.on`: what was filled in at each stage, lists where several must act.
    static func stageFields(of context: FormContext) -> [(path: String, kind: ColumnBuilder.Kind)] {
        context.form.stages.flatMap { stage in
            stage.fields.map {
                ("\(stage.name).\($0.name)", stage.all == nil ? ColumnBuilder.Kind($0.type) : .document)
            }
                + [("\(stage.name).on", .date)]
        }
    }

    static func lineFields(of context: FormContext) -> [Field] {
        guard let array = context.arrayField, case .list(.object(let fields)) = array.type else { return [] }
        return fields
    }

    /// Declared facts that a row lacks and that are not in `maybe`, by full name.
    func missing(in row: SubjectReader.Row) -> [String] {
        guard let subjects else { return [] }
        var names: [String] = []
        for (n, fact) in subjects.facts.enumerated() where row.values[n] == .null {
            let name = (n < subjectNames.count ? "subject." : "household.") + fact.name
            if !context.form.facts.maybe.contains(name) { names.append(name) }
        }
        return names
    }

    mutating func append(
        _ row: SubjectReader.Row, intake: Intake, line: IntakeLine, answers: [LookAnswer], organization: String?,
        in reader: any StoreReader
    ) throws {
        var at = 0
        func next(_ value: Value, _ columns: inout [ColumnBuilder]) {
            columns[at].append(value)
            at += 1
        }
        for value in row.values {
            columns[at].append(value)
            at += 1
        }
        columns[at].append(line.subject)
        at += 1
        for field in context.form.fields {
            next(try resolved(intake.fields[field.name] ?? .null, field.type, in: reader), &columns)
        }
        for field in FactTableBuilder.lineFields(of: context) {
            next(try resolved(line.element[field.name], field.type, in: reader), &columns)
        }
        for stage in context.form.stages {
            let entry = intake.stages[stage.name] ?? .null
            for field in stage.fields {
                let value = entry[field.name]
                next(stage.all == nil ? try resolved(value, field.type, in: reader) : value, &columns)
            }
            next(entry["on"], &columns)
        }
        for (look, answer) in zip(looks, answers) {
            next(.int(answer.count), &columns)
            next(.int(answer.amount), &columns)
            next(answer.first.map { .text($0.description) } ?? .null, &columns)
            next(answer.last.map { .text($0.description) } ?? .null, &columns)
            next(answer.lastRow, &columns)
            for name in look.sumFields { next(.int(answer.sums[name] ?? 0), &columns) }
        }
        next(.text(intake.onDate.description), &columns)
        next(.text(intake.submittedAt.date.description), &columns)
        next(.text(intake.submittedAt.description), &columns)
        next(.text(context.rules.season.from.description), &columns)
        next(.text(context.rules.season.to.description), &columns)
        next(intake.stage.map { .text($0) } ?? .null, &columns)
        next(.map(Dictionary(uniqueKeysWithValues: intake.waived.map { ($0, .bool(true)) })), &columns)
        next(.text(context.program.id), &columns)
        next(organization.map { .text($0) } ?? .null, &columns)
        if let moment {
            next(.text(moment.date.description), &columns)
            next(.text(moment.description), &columns)
        }
        count += 1
    }

    /// A record reference reads as its row; everything else as it is.
    private func resolved(_ value: Value, _ type: FieldType, in reader: any StoreReader) throws -> Value {
        guard case .reference(let name) = type, !value.isNull else { return value }
        var members: [String: Value] = ["ref": value]
        if !FieldType.registers.contains(name), let id = value.text.flatMap({ ID<Record>($0) }) {
            members.merge(try RecordRows.referenced(id, in: reader)?.body ?? [:]) { reference, _ in reference }
        }
        return .map(members)
    }

    func table() -> FactTable { FactTable(count: count, columns: columns.map(\.column)) }
}

/// One column while it grows.
struct ColumnBuilder {
    enum Kind: Sendable {
        case integer, boolean, date, text, document, opaque
        /// What the decision is about.
        case reference

        init(_ kind: FactDefinition.Kind) {
            self =
                switch kind {
                case .text: .text
                case .integer: .integer
                case .boolean: .boolean
                case .date: .date
                }
        }

        init(_ type: FieldType) {
            self =
                switch type {
                case .string, .instant, .duration, .oneOf: .text
                case .integer, .money, .rate: .integer
                case .boolean: .boolean
                case .date: .date
                case .text, .file: .opaque
                case .reference, .list, .object, .point, .area: .document
                case .nullable(let inner): Kind(inner)
                }
        }
    }

    let path: String
    let kind: Kind
    private var integers: [Int64] = []
    private var texts: [String] = []
    private var documents: [Value] = []
    private var nulls: [Bool] = []
    private var subject: SubjectKind = .nobody

    init(_ path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    mutating func append(_ value: SQLValue) {
        nulls.append(value == .null)
        switch (kind, value) {
        case (.text, .text(let text)): texts.append(text)
        case (.text, _): texts.append("")
        case (_, .int(let n)): integers.append(n)
        default: integers.append(0)
        }
    }

    mutating func append(_ value: Value) {
        nulls.append(value.isNull)
        switch kind {
        case .integer: integers.append(value.int ?? 0)
        case .boolean: integers.append(value.bool == true ? 1 : 0)
        case .date: integers.append(Int64(value.date?.days ?? 0))
        case .text: texts.append(value.text ?? "")
        case .document: documents.append(value)
        case .opaque: integers.append(value.isNull ? 0 : 1)
        case .reference: break
        }
    }

    mutating func append(_ subject: SubjectRef) {
        nulls.append(false)
        integers.append(subject.id)
        self.subject = subject.kind
    }

    var column: FactColumn {
        let storage: FactColumn.Storage =
            switch kind {
            case .integer: .integers(integers)
            case .boolean: .booleans(integers.map { $0 != 0 })
            case .date: .dates(integers.map { Int32(truncatingIfNeeded: $0) })
            case .text: .texts(texts)
            case .document: .documents(documents)
            case .opaque: .opaque(integers.map { $0 != 0 })
            case .reference: subject.references(integers)
            }
        return FactColumn(path, storage, nulls: nulls)
    }
}

extension SubjectKind {
    /// Subjects of this kind as a column; nobody reads as `-`.
    func references(_ ids: [Int64]) -> FactColumn.Storage {
        switch self {
        case .person: .references(prefix: Person.idPrefix, ids)
        case .household: .references(prefix: Household.idPrefix, ids)
        case .organization: .references(prefix: Organization.idPrefix, ids)
        case .station: .references(prefix: Station.idPrefix, ids)
        case .record: .references(prefix: Record.idPrefix, ids)
        case .nobody: .repeated("-", as: .text)
        }
    }
}
