/// What gather hands over of a block of the population.
struct GatheredBlock: Sendable {
    var lines: BlockLines
    var facts: FactTable
    var settings: [Value]
    var settingsIndex: [UInt32]
    /// Subjects that an earlier run of this form decided for this very date, or that a person took out.
    var alreadyDecided: Int
    /// By what the lines are told apart (``RegisterView/dimensions``).
    var groups: [Dimension: FactTexts]
}

extension Gatherer {
    /// Gathers the next subjects after an id; nil at the end of the population. `paths` remembers organisations between blocks.
    ///
    /// Throws `invalid` when a subject is recorded only since a later day than `date`.
    func block(
        after: Int64, limit: Int, on date: CivilDate, paths: inout OrganizationPaths, in reader: any StoreReader
    ) throws -> GatheredBlock? {
        guard let subjects, let population = context.form.population else {
            throw context.withoutPopulation
        }
        var block =
            if let chunk = context.view.chunk {
                chunk.page(for: subjects, after: after, limit: limit, filter: population.filter)
            } else if context.view.history {
                try subjects.page(asOf: date, after: after, limit: limit, filter: population.filter, in: reader)
            } else {
                try subjects.page(after: after, limit: limit, filter: population.filter, in: reader)
            }
        guard let first = block.ids.first, let last = block.ids.last else { return nil }
        if let latest = block.latest, latest.validFrom > date {
            let subject = SubjectRef(kind, latest.id)
            throw NiangjiaError(
                .invalid, zh: "\(date) 的资料没有完整保存(例如 \(subject) 自 \(latest.validFrom) 起才有记录),不能按这一天计算",
                en:
                    "the register for \(date) isn't kept in full (\(subject) is recorded from \(latest.validFrom) on): choose a later date"
            )
        }
        let sums = block.sums
        let records = RecordTables(reader, of: context.view.past)
        var decided = Set(
            try context.decidedInRuns(["standing"], kind, from: first, to: last, on: date, in: reader).keys)
        if !context.view.decided.isEmpty { decided.formUnion(block.ids.filter(context.view.decided.contains)) }
        decided.formUnion(try context.takenOut(kind, from: first, to: last, in: reader).intersection(block.ids))
        if context.view.skipsApplied { decided.formUnion(try applied(from: first, to: last, in: reader)) }
        if !decided.isEmpty {
            let open = block.ids.indices.filter { !decided.contains(block.ids[$0]) }
            block.keep(open)
        }
        var lines = BlockLines(
            block, kind, first: first, last: last, after: after, on: date, sums: sums,
            changes: try reader.changeCount(),
            history: try history(
                of: block.ids, from: first, to: last, households: block.households, on: date, records: records,
                in: reader),
            unions: try paths.marks(of: block.homes, withEmployers: readsEmployers, in: reader))
        let groups = dimensions.mapValues { block.facts[$0].texts }
        let known = knownRows(block)
        if let known {
            lines.rows = [Int32](repeating: -1, count: lines.count)
            for (row, line) in known.enumerated() { lines.rows?[line] = Int32(row) }
            block.keep(known)
        }
        var settings = SettingsTable(rules: context.rules)
        let organizations = try organizations(of: block.homes, on: date, &paths, &settings, in: reader)
        let facts = try table(block, on: date, organizations: organizations, records, in: reader)
        return GatheredBlock(
            lines: lines, facts: facts, settings: settings.documents, settingsIndex: settings.index,
            alreadyDecided: decided.count, groups: groups)
    }

    /// Whether a declared fact is an employer's, or the population is chosen by one.
    var readsEmployers: Bool { subjects?.joins.contains(.employer) ?? false }

    /// The most that the form's population can be.
    func most(in reader: any StoreReader) throws -> Int64 {
        try subjects?.most(filter: context.form.population?.filter ?? [:], in: reader) ?? 0
    }

    /// The code of each row's organisation; settles at the same time which settings hold for it.
    private func organizations(
        of homes: [Int64], on date: CivilDate, _ paths: inout OrganizationPaths, _ settings: inout SettingsTable,
        in reader: any StoreReader
    ) throws -> FactTexts {
        var distinct = DistinctTexts()
        var numbers = DistinctNumbers()
        var known: [(code: UInt32, settings: UInt32)] = []
        var codes: [UInt32] = []
        codes.reserveCapacity(homes.count)
        settings.index.reserveCapacity(homes.count)
        var hasAbsent = false
        for home in homes {
            let number = numbers.number(of: home)
            if number < known.count {
                codes.append(known[number].code)
                settings.index.append(known[number].settings)
            } else {
                let path = try paths.codes(of: home == 0 ? nil : home, in: reader)
                settings.append(on: date, path: path)
                let code = path.last.map { distinct.number(of: $0) } ?? FactTexts.absent
                codes.append(code)
                known.append((code, settings.index.last ?? 0))
                if code == FactTexts.absent { hasAbsent = true }
            }
        }
        return FactTexts(distinct, indexes: codes, hasAbsent: hasAbsent)
    }

    /// The rows that lack no declared fact; nil: all.
    private func knownRows(_ block: SubjectBlock) -> [Int]? {
        guard let subjects else { return nil }
        let needed = declared.enumerated().filter { n, place in
            let name = (n < context.form.facts.subject.count ? "subject." : "household.") + subjects.facts[place].name
            return block.facts[place].hasNulls && !context.form.facts.maybe.contains(name)
        }.map { block.facts[$0.element] }
        guard !needed.isEmpty else { return nil }
        let known = block.ids.indices.filter { row in !needed.contains { $0.isNull(row) } }
        return known.count == block.ids.count ? nil : known
    }

    /// The decisions that looks read of a range of subjects, and of their households, and what else looks rest on; nothing where
    /// no look reads any.
    func history(
        of ids: [Int64], from first: Int64, to last: Int64, households: [Int64], on date: CivilDate,
        records: RecordTables, in reader: any StoreReader
    ) throws -> BlockHistory {
        var history = BlockHistory()
        let reading = looks.filter { $0.look.source == .decisions }
        let sums = ", COUNT(*), SUM(revision) FROM decision WHERE "
        if reading.contains(where: { $0.look.per != "household" || households.contains(0) }) {
            let sql =
                "SELECT subject" + sums
                + "subject_kind = $1 AND subject >= $2 AND subject <= $3 GROUP BY subject ORDER BY subject"
            try reader.forEach(sql, [.text(kind.rawValue), .int(first), .int(last)]) { row in
                history.subjects += [row.int(0), row.int(1), row.int(2)]
                return true
            }
        }
        let known =
            reading.contains(where: { $0.look.per == "household" }) ? Set(households).subtracting([0]) : []
        if let least = known.min(), let most = known.max() {
            let sql =
                "SELECT household" + sums + "household >= $1 AND household <= $2 GROUP BY household ORDER BY household"
            try reader.forEach(sql, [.int(least), .int(most)]) { row in
                if known.contains(row.int(0)) { history.households += [row.int(0), row.int(1), row.int(2)] }
                return true
            }
        }
        history.watched = try watchedStates(of: ids, households: households, on: date, records, in: reader)
        return history
    }

    /// The columns in the order of ``FactTableBuilder``.
    private func table(
        _ block: SubjectBlock, on date: CivilDate, organizations: FactTexts, _ records: RecordTables,
        in reader: any StoreReader
    ) throws -> FactTable {
        var columns: [FactColumn] = []
        for (n, place) in declared.enumerated() {
            guard let fact = subjects?.facts[place] else { continue }
            let group = n < context.form.facts.subject.count ? "subject" : "household"
            columns.append(block.facts[place].fact("facts.\(group).\(fact.name)", fact.kind))
        }
        columns.append(FactColumn("facts.subject.ref", kind.references(block.ids)))
        for (group, fields) in [
            ("application", context.form.fields), ("line", FactTableBuilder.lineFields(of: context)),
        ] {
            for field in fields {
                columns.append(
                    FactColumn(
                        "facts.\(group).\(field.name)", .repeated(.null, as: ColumnBuilder.Kind(field.type).repeated)))
            }
        }
        for look in looks { columns += try self.columns(of: look, block, on: date, records, in: reader) }
        let constants: [String: Value] = [
            "on": .text(date.description), "submitted_on": .text(date.description),
            "submitted_at": .text(Instant(date).description),
            "season.from": .text(context.rules.season.from.description),
            "season.to": .text(context.rules.season.to.description), "waived": .map([:]),
            "program": .text(context.program.id),
        ]
        for (name, kind) in FactTableBuilder.contextColumns {
            let storage: FactColumn.Storage =
                name == "organization"
                ? .packed(organizations) : .repeated(constants[name] ?? .null, as: kind.repeated)
            columns.append(FactColumn("context." + name, storage))
        }
        return FactTable(count: block.ids.count, columns: columns)
    }

    /// What a look answers for each row; the same zeros for all where nobody has a past.
    private func columns(
        of look: LookReader, _ block: SubjectBlock, on date: CivilDate, _ records: RecordTables,
        in reader: any StoreReader
    ) throws -> [FactColumn] {
        var answers: [LookAnswer]?
        // Whom the range answers: everybody, or of a look at households those people who are one of their own.
        let ranged = block.ids.indices.filter {
            look.isByRange && (look.look.per == "subject" || kind == .person && block.households[$0] == 0)
        }
        let found =
            ranged.isEmpty
            ? [:]
            : try look.answers(kind: kind, from: block.ids.first ?? 0, to: block.ids.last ?? 0, on: date, in: reader)
        if ranged.count == block.ids.count {
            if !found.isEmpty { answers = block.ids.map { found[$0] ?? LookAnswer() } }
        } else {
            let isRanged = Set(ranged)
            let shared = Intake(batchOn: date, submittedAt: Instant(date))
            answers = try block.ids.enumerated().map { n, id in
                let line = IntakeLine(line: n, subject: SubjectRef(kind, id), element: .null)
                let household = block.households[n] == 0 ? nil : block.households[n]
                if isRanged.contains(n) { return found[id] ?? LookAnswer() }
                let key = lookKey(look.look, line: line, household: household, intake: shared)
                return try look.answer(for: key, intake: shared, line: line, records: records, in: reader)
            }
        }
        let path = "facts.look.\(look.look.name)"
        var made: [FactColumn] = []
        func add(_ name: String, _ kind: ColumnBuilder.Kind, _ value: (LookAnswer) -> Value) {
            guard let answers else {
                return made.append(FactColumn(path + name, .repeated(value(LookAnswer()), as: kind.repeated)))
            }
            var column = ColumnBuilder(path + name, kind)
            for answer in answers { column.append(value(answer)) }
            made.append(column.column)
        }
        add(".count", .integer) { .int($0.count) }
        add(".amount", .integer) { .int($0.amount) }
        add(".first_on", .date) { $0.first.map { .text($0.description) } ?? .null }
        add(".last_on", .date) { $0.last.map { .text($0.description) } ?? .null }
        add(".last", .document) { $0.lastRow }
        for name in look.sumFields { add(".sum.\(name)", .integer) { .int($0.sums[name] ?? 0) } }
        return made
    }
}

extension FormContext {
    /// Who of a range of subjects a run has decided on for a day, with the state of that decision, where it is one of these.
    func decidedInRuns(
        _ states: Set<String>, _ kind: SubjectKind, from first: Int64, to last: Int64, on date: CivilDate,
        in reader: any StoreReader
    ) throws -> [Int64: String] {
        var found: [Int64: String] = [:]
        try reader.forEach(
            """
            SELECT subject, state FROM decision WHERE subject_kind = $1 AND subject >= $2 AND subject <= $3 AND series = $4 \
            AND form = $5 AND on_date = $6 AND run IS NOT NULL
            """,
            [
                .text(kind.rawValue), .int(first), .int(last), .text(program.series), .text(form.name), .date(date),
            ]
        ) { row in
            let state = row.text(1)
            if states.contains(state) { found[row.int(0)] = state }
            return true
        }
        return found
    }
}

/// Of each subject and household that has decided cases behind it: its id, their number, the sum of their revisions.
struct BlockHistory: Hashable, Sendable {
    var subjects: [Int64] = []
    var households: [Int64] = []
    /// How the other rows stand that looks rest on: equally many numbers for each line (``WatchReader``).
    var watched: [Int64] = []

    /// Whether such rows of a line are not as they were.
    func watchedDiffer(_ now: BlockHistory, line: Int, of count: Int) -> Bool {
        guard watched != now.watched, count > 0, watched.count == now.watched.count else {
            return watched.count != now.watched.count
        }
        let width = watched.count / count
        return watched[line * width..<(line + 1) * width] != now.watched[line * width..<(line + 1) * width]
    }

    /// The ids whose decisions are not as they were.
    static func changed(_ before: [Int64], _ now: [Int64]) -> Set<Int64> {
        func triples(_ flat: [Int64]) -> Set<[Int64]> {
            Set(stride(from: 0, to: flat.count, by: 3).map { Array(flat[$0..<$0 + 3]) })
        }
        return Set(triples(before).symmetricDifference(triples(now)).map { $0[0] })
    }
}

extension ColumnBuilder.Kind {
    var repeated: FactColumn.Kind {
        switch self {
        case .integer: .integer
        case .boolean: .boolean
        case .date: .date
        case .text, .reference: .text
        case .document: .document
        case .opaque: .opaque
        }
    }
}
