/// Rows beside a line's subject, its household and their decisions that its facts rest on: what a look counts by another key, a
/// record that a field refers to, the union that somebody belongs to.
enum WatchedRows: Hashable, Sendable {
    /// Decisions about another subject than the line's (a look `per` a path).
    case decisions(of: SubjectRef)
    /// Cases about a subject, but for the line's own.
    case cases(of: SubjectRef, except: Int64)
    /// Visits of a person, or to a station.
    case visits(of: SubjectRef)
    /// Records of a plugin's table whose fields have one of some values.
    case records(plugin: String, table: String, filter: [String: [Value]])
    /// One record.
    case record(Int64)
    /// A person's primary membership, its union, and the employer.
    case relations(person: Int64)
}

/// Reads how watched rows stand: two numbers for each, equal only where nothing has come, gone or changed. Used for one line or
/// for a block of them.
struct WatchReader {
    private let reader: any StoreReader
    private let records: RecordTables

    /// - Parameter records: what is read once for all lines; nil: read here.
    init(_ reader: any StoreReader, _ records: RecordTables? = nil) {
        self.reader = reader
        self.records = records ?? RecordTables(reader)
    }

    /// A number and a sum of revisions, in which every row counts under its own id.
    func state(of rows: WatchedRows) throws -> [Int64] {
        switch rows {
        case .decisions(let subject):
            try pair(
                "SELECT COUNT(*), COALESCE(SUM(revision), 0) FROM decision WHERE subject_kind = $1 AND subject = $2",
                [.text(subject.kind.rawValue), .int(subject.id)])
        case .cases(let subject, let own):
            try pair(
                """
                SELECT COUNT(*), COALESCE(SUM(c.version), 0) FROM case_line l JOIN case_file c ON c.id = l.case_id \
                WHERE l.subject_kind = $1 AND l.subject = $2 AND c.id <> $3
                """, [.text(subject.kind.rawValue), .int(subject.id), .int(own)])
        case .visits(let subject):
            // Visits are only ever added; ids grow.
            try pair(
                "SELECT COUNT(*), COALESCE(MAX(id), 0) FROM visit WHERE \(LookReader.visitKey(subject)) = $1",
                [.int(subject.id)])
        case .records(let plugin, let table, let filter): try matching(filter, plugin, table)
        case .record(let id):
            try pair("SELECT COUNT(*), COALESCE(SUM(revision), 0) FROM record WHERE id = $1", [.int(id)])
        case .relations(let person): try relations(of: person)
        }
    }

    private func pair(_ sql: String, _ arguments: [SQLValue]) throws -> [Int64] {
        try reader.first(sql, arguments) { [$0.int(0), $0.int(1)] } ?? [0, 0]
    }

    private func relations(of person: Int64) throws -> [Int64] {
        let sql = """
            SELECT COALESCE(m.organization, 0), COALESCE(m.revision, 0), COALESCE(o.revision, 0), COALESCE(e.id, 0), \
            COALESCE(e.revision, 0) FROM person s LEFT JOIN membership m ON m.person = s.id AND \(Membership.isPrimary) \
            LEFT JOIN organization o ON o.id = m.organization LEFT JOIN organization e ON e.id = s.employer \
            WHERE s.id = $1
            """
        let marks = try reader.first(sql, [.int(person)]) { row in
            (WatchReader.mark(row.int(0), row.int(1) &+ row.int(2)), WatchReader.mark(row.int(3), row.int(4)))
        }
        return [marks?.0 ?? 0, marks?.1 ?? 0]
    }

    private func matching(_ filter: [String: [Value]], _ plugin: String, _ table: String) throws -> [Int64] {
        let rows = try records.rows(plugin: plugin, kind: table, where: filter)
        return [Int64(rows.count), rows.reduce(0) { $0 &+ WatchReader.mark($1.id.rawValue, $1.revision) }]
    }

    /// A row at a revision as one number: another row, or another revision, gives another (splitmix64).
    private static func mark(_ id: Int64, _ revision: Int64) -> Int64 {
        var bits = UInt64(bitPattern: id) &+ UInt64(bitPattern: revision) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return Int64(bitPattern: bits ^ bits >> 31)
    }
}

extension LookReader {
    /// The column of a visit by which a look finds it.
    static func visitKey(_ subject: SubjectRef) -> String { subject.kind == .station ? "station" : "person" }

    /// What a look's answer rests on; nil where the subject's and the household's own history tells (``FactRevisions``).
    func watched(for key: SubjectRef?, intake: Intake, line: IntakeLine) -> WatchedRows? {
        guard let key else { return nil }
        switch look.source {
        case .decisions: return ["subject", "household"].contains(look.per) ? nil : .decisions(of: key)
        case .cases: return .cases(of: key, except: intake.caseID?.rawValue ?? -1)
        case .visits: return .visits(of: key)
        case .record(let table):
            return .records(
                plugin: context.plugin.manifest.id, table: table,
                filter: look.filter.mapValues { accepted($0, intake, line) })
        }
    }
}

extension Gatherer {
    /// Everything that a line's facts rest on beside its subject and household.
    func watched(_ line: IntakeLine, household: Int64?, isHomeless: Bool, intake: Intake) -> [WatchedRows] {
        var rows = looks.compactMap { look in
            look.watched(
                for: lookKey(look.look, line: line, household: household, intake: intake), intake: intake, line: line)
        }
        for (fields, values) in [
            (context.form.fields, Value.map(intake.fields)), (FactTableBuilder.lineFields(of: context), line.element),
        ] {
            for field in fields {
                guard case .reference(let name) = field.type, !FieldType.registers.contains(name),
                    let id = values[field.name].text.flatMap({ ID<Record>($0) })
                else { continue }
                rows.append(.record(id.rawValue))
            }
        }
        if kind == .person { rows.append(.relations(person: line.subject.id)) }
        // Whoever has no union of his own belongs where the applicant does.
        if isHomeless, let applicant = intake.applicant, applicant.rawValue != line.subject.id {
            rows.append(.relations(person: applicant.rawValue))
        }
        return rows
    }

    /// How the rows stand that the looks of a block's lines rest on: the same number of numbers for each line, none where the
    /// lines' own history tells.
    func watchedStates(
        of ids: [Int64], households: [Int64], on date: CivilDate, _ records: RecordTables, in reader: any StoreReader
    ) throws -> [Int64] {
        let watching = looks.filter {
            !($0.look.source == .decisions && ["subject", "household"].contains($0.look.per))
        }
        guard !watching.isEmpty else { return [] }
        let watch = WatchReader(reader, records)
        let intake = Intake(batchOn: date, submittedAt: Instant(date))
        return try ids.indices.flatMap { n in
            let line = IntakeLine(line: n, subject: SubjectRef(kind, ids[n]), element: .null)
            return try watching.flatMap { look in
                let household = households[n] == 0 ? nil : households[n]
                let key = lookKey(look.look, line: line, household: household, intake: intake)
                return try look.watched(for: key, intake: intake, line: line).map(watch.state(of:)) ?? [0, 0]
            }
        }
    }
}
