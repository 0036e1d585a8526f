/// A row of the past as a look sees it.
struct PastRow: Sendable {
    var on: CivilDate
    var amount: Int64
    /// What the decision kept, the record's fields, the case's fields.
    var body: [String: Value]
}

/// What a look answers: count, amount, first, last and sums; never absent.
struct LookAnswer: Sendable {
    var count: Int64 = 0
    var amount: Int64 = 0
    var first: CivilDate?
    var last: CivilDate?
    var lastRow: Value = .null
    var sums: [String: Int64] = [:]
}

/// The past of subjects, fetched once for a range of keys and answered for each line's own window.
struct LookReader {
    let look: LookDefinition
    let context: FormContext
    /// Names that may be summed: the integer and money fields of what is looked at.
    let sumFields: [String]
    /// What the look's state means of a decision.
    private let condition: String
    /// `plugin/form` of each form looked at.
    private let forms: [(plugin: String, form: String)]

    init(_ look: LookDefinition, context: FormContext) throws(NiangjiaError) {
        self.look = look
        self.context = context
        let own = context.plugin.manifest.id
        let named = look.of.isEmpty ? [context.form.name] : look.of
        forms = named.map { name in
            let pieces = name.split(separator: "/").map(String.init)
            return pieces.count == 2 ? (pieces[0], pieces[1]) : (own, name)
        }
        switch look.source {
        case .decisions:
            let keeps = forms.flatMap { context.bundle.plugins[$0.plugin]?.manifest.forms[$0.form]?.keeps ?? [] }
            sumFields = LookReader.countable(keeps)
        case .record(let name):
            guard let record = context.plugin.manifest.records[name] else {
                throw NiangjiaError(.configuration, zh: "没有记录表 \(name)", en: "there is no record table \(name)")
            }
            sumFields = LookReader.countable(record.fields)
        // Of these there is nothing but how many, and when.
        case .cases, .visits: sumFields = []
        }
        guard let condition = LookReader.conditions[look.state] else {
            throw NiangjiaError(
                .configuration, zh: "look 没有 state: \(look.state)", en: "a look has no state \(look.state)")
        }
        self.condition = condition
    }

    /// The states that a look may ask for. *Late* is what a stage's term had passed over (a step `late` of its case).
    private static let conditions = [
        "standing": "decision.state = 'standing'", "waitlisted": "decision.state = 'waitlisted'",
        "refused": "decision.state = 'refused'", "lapsed": "decision.state = 'lapsed'",
        "delivered":
            "decision.state = 'standing' AND EXISTS (SELECT 1 FROM unfolded_entitlement e WHERE e.decision = decision.id AND e.state = 'delivered')",
        "late":
            "EXISTS (SELECT 1 FROM case_step t WHERE t.case_id = decision.case_id AND t.action = 'late')",
    ]

    /// What a look counts of a decision: what the rule granted less what stacking took of it, or what a revocation or correction
    /// has left. What there was no money for counts: it is never granted again.
    private static let amount = "COALESCE(kept, assessed - stacked)"

    private static func countable(_ fields: [Field]) -> [String] {
        var names: [String] = []
        for field in fields where !names.contains(field.name) {
            switch field.type {
            case .integer, .money, .nullable(.integer), .nullable(.money): names.append(field.name)
            default: continue
            }
        }
        return names
    }

    /// Answers for one line. `key` is the subject, household or referenced row by which the past is found; `records` are what the
    /// lines beside it read as well.
    func answer(
        for key: SubjectRef?, intake: Intake, line: IntakeLine, records: RecordTables, in reader: any StoreReader
    ) throws -> LookAnswer {
        guard let key else { return LookAnswer() }
        let wanted = try wanted(intake, line, records)
        let window = LookReader.window(look.within, on: intake.onDate, season: context.rules.season)
        let own = intake.caseID?.rawValue ?? -1
        let rows: [PastRow]
        switch look.source {
        case .decisions:
            rows = try decisions(
                of: key, excluding: own, intake.decision?.rawValue ?? -1, wanted, window: window, in: reader)
        case .cases: rows = try cases(of: key, excluding: own, window: window, in: reader)
        case .visits: rows = try visits(of: key, window: window, in: reader)
        case .record(let kind):
            rows = try self.records(kind, wanted, window: window, in: records)
        }
        return summarize(rows)
    }

    private func summarize(_ rows: [PastRow]) -> LookAnswer {
        var answer = LookAnswer()
        var distinct: Set<Value> = []
        for row in rows.sorted(by: { $0.on < $1.on }) {
            if let field = look.distinct, !distinct.insert(row.body[field] ?? .null).inserted { continue }
            answer.count += 1
            answer.amount = answer.amount.addingClamped(row.amount)
            answer.first = answer.first ?? row.on
            answer.last = row.on
            var last = row.body
            last["on"] = .text(row.on.description)
            last["amount"] = .int(row.amount)
            answer.lastRow = .map(last)
            for name in sumFields {
                answer.sums[name] = (answer.sums[name] ?? 0).addingClamped(row.body[name]?.int ?? 0)
            }
        }
        return answer
    }

    private func decisions(
        of key: SubjectRef, excluding own: Int64, _ decision: Int64, _ wanted: [String: [Value]], window: DateRange?,
        in reader: any StoreReader
    ) throws -> [PastRow] {
        let byHousehold = look.per == "household" && key.kind == .household
        let (ownPlace, others) = (byHousehold ? "$5" : "$6", context.view.looksBack != nil ? "<" : "<>")
        let column = byHousehold ? "household = $1" : "subject = $1 AND subject_kind = $5"
        let sql =
            "SELECT on_date, \(LookReader.amount), keeps, plugin, form, series FROM decision WHERE \(column) "
            + "AND on_date >= $2 AND on_date <= $3 AND \(condition) AND id <> $4 "
            + "AND (case_id IS NULL OR case_id \(others) \(ownPlace)) ORDER BY on_date, id"
        var arguments: [SQLValue] = [
            .int(key.id), .date(window?.from ?? CivilDate(days: .min / 2)),
            .date(window?.to ?? CivilDate(days: .max / 2)),
            .int(decision),
        ]
        if !byHousehold { arguments.append(.text(key.kind.rawValue)) }
        arguments.append(.int(own))
        var rows: [PastRow] = []
        try reader.forEach(sql, arguments) { row in
            if let past = try pastDecision(row, at: 0, wanted) { rows.append(past) }
            return true
        }
        return rows
    }

    /// A past decision that the look counts, from the columns on_date, amount, keeps, plugin, form, series.
    private func pastDecision(_ row: any StoreRow, at first: Int, _ wanted: [String: [Value]]) throws -> PastRow? {
        let plugin = row.text(first + 3)
        let form = row.text(first + 4)
        guard forms.contains(where: { $0.plugin == plugin && $0.form == form }) else { return nil }
        guard counts(plugin, series: row.text(first + 5)) else { return nil }
        let keeps = try Value(json: row.text(first + 2)).map ?? [:]
        guard matches(keeps, wanted) else { return nil }
        return PastRow(on: row.date(first), amount: row.int(first + 1), body: keeps)
    }

    /// Whether what is of a series counts (`programs`): of other plugins every one does.
    private func counts(_ plugin: String, series: String) -> Bool {
        look.programs == .all || plugin != context.plugin.manifest.id || series == context.program.series
    }

    /// Answers for a range of subjects on one date: the past is read once, in key order. Subjects without any are left out.
    func answers(
        kind: SubjectKind, from first: Int64, to last: Int64, on date: CivilDate, in reader: any StoreReader
    ) throws -> [Int64: LookAnswer] {
        let window = LookReader.window(look.within, on: date, season: context.rules.season)
        var found: [Int64: LookAnswer] = [:]
        var current: Int64 = 0
        var rows: [PastRow] = []
        let sql = """
            SELECT subject, on_date, \(LookReader.amount), keeps, plugin, form, series FROM decision \
            WHERE subject_kind = $1 AND subject >= $2 AND subject <= $3 AND on_date >= $4 AND on_date <= $5 \
            AND \(condition) ORDER BY subject, on_date, id
            """
        let arguments: [SQLValue] = [
            .text(kind.rawValue), .int(first), .int(last), .date(window?.from ?? CivilDate(days: .min / 2)),
            .date(window?.to ?? CivilDate(days: .max / 2)),
        ]
        try reader.forEach(sql, arguments) { row in
            if row.int(0) != current {
                if !rows.isEmpty { found[current] = summarize(rows) }
                current = row.int(0)
                rows = []
            }
            if let past = try pastDecision(row, at: 1, constants) { rows.append(past) }
            return true
        }
        if !rows.isEmpty { found[current] = summarize(rows) }
        return found
    }

    /// Whether ``answers(kind:from:to:on:in:)`` can tell what it answers of subjects by themselves.
    var isByRange: Bool {
        look.source == .decisions && ["subject", "household"].contains(look.per)
            && look.filter.count == constants.count
    }

    /// What fields are compared with that needs no line: constants.
    private var constants: [String: [Value]] {
        look.filter.compactMapValues { if case .constants(let accepted) = $0 { accepted } else { nil } }
    }

    /// What each field of the look's `where` is compared with for a line; through a list, any of its values.
    private func wanted(_ intake: Intake, _ line: IntakeLine, _ records: RecordTables) throws -> [String: [Value]] {
        let path = FormPath(context, line, household: nil, intake: intake)
        return try look.filter.mapValues { filter in
            switch filter {
            case .constants(let accepted): accepted
            case .path(let name) where name.hasPrefix("stages."):
                Value.map(intake.stages).all(at: name.dropFirst("stages.".count))
            case .path(let name): try path.values(name, through: records)
            }
        }
    }

    private func cases(of key: SubjectRef, excluding own: Int64, window: DateRange?, in reader: any StoreReader) throws
        -> [PastRow]
    {
        let sql = """
            SELECT c.on_date, c.plugin, c.form, c.series FROM case_line l JOIN case_file c ON c.id = l.case_id \
            WHERE l.subject_kind = $1 AND l.subject = $2 AND c.id \(context.view.looksBack != nil ? "<" : "<>") $3 AND c.state NOT IN ('withdrawn', 'rejected', 'refused', 'revoked', 'lapsed')
            """
        var rows: [PastRow] = []
        try reader.forEach(sql, [.text(key.kind.rawValue), .int(key.id), .int(own)]) { row in
            let (plugin, form) = (row.text(1), row.text(2))
            guard forms.contains(where: { $0.plugin == plugin && $0.form == form }),
                window?.contains(row.date(0)) ?? true
            else { return true }
            guard counts(plugin, series: row.text(3)) else { return true }
            rows.append(PastRow(on: row.date(0), amount: 0, body: [:]))
            return true
        }
        return rows
    }

    private func visits(of key: SubjectRef, window: DateRange?, in reader: any StoreReader) throws -> [PastRow] {
        let sql = "SELECT day FROM visit WHERE \(LookReader.visitKey(key)) = $1 ORDER BY at"
        return try reader.all(sql, [.int(key.id)]) { $0.date(0) }.filter { window?.contains($0) ?? true }.map {
            PastRow(on: $0, amount: 0, body: [:])
        }
    }

    private func records(
        _ kind: String, _ wanted: [String: [Value]], window: DateRange?, in records: RecordTables
    ) throws -> [PastRow] {
        try records.rows(plugin: context.plugin.manifest.id, kind: kind, where: wanted).compactMap { row in
            let on = look.datedBy.flatMap { row.body[$0]?.date } ?? row.validFrom
            return window?.contains(on) ?? true ? PastRow(on: on, amount: 0, body: row.body) : nil
        }
    }

    /// Whether a row's fields are what the look's `where` asks.
    private func matches(_ body: [String: Value], _ wanted: [String: [Value]]) -> Bool {
        wanted.allSatisfy { field, accepted in accepted.contains(body[field] ?? .null) }
    }

    /// The values that a field of a row may have for one line, as far as the form itself tells them.
    func accepted(_ wanted: LookFilter, _ intake: Intake, _ line: IntakeLine) -> [Value] {
        switch wanted {
        case .constants(let accepted): accepted
        case .path("subject"): [.text(line.subject.description)]
        case .path(let path) where path.hasPrefix("stages."):
            Value.map(intake.stages).all(at: path.dropFirst("stages.".count))
        case .path(let path): Value.map(intake.fields).all(at: path) + line.element.all(at: path)
        }
    }

    /// The interval of dates that a window means for a date; nil: ever.
    static func window(_ window: LookDefinition.Window, on date: CivilDate, season: DateRange) -> DateRange? {
        let (year, month, _) = date.parts
        func range(_ fromYear: Int, _ fromMonth: Int, months: Int) -> DateRange? {
            CivilDate(year: fromYear, month: fromMonth, day: 1).map {
                DateRange(from: $0, to: $0.adding(months: months) - 1)
            }
        }
        switch window {
        case .season: return season
        case .day: return DateRange(from: date, to: date)
        case .calendarMonth: return range(year, month, months: 1)
        case .quarter: return range(year, (month - 1) / 3 * 3 + 1, months: 3)
        case .calendarYear: return range(year, 1, months: 12)
        case .schoolYear: return range(month >= 9 ? year : year - 1, 9, months: 12)
        case .days(let n): return DateRange(from: date - n + 1, to: date)
        case .months(let n): return DateRange(from: date.adding(months: -n) + 1, to: date)
        case .ever: return nil
        }
    }
}

extension Value {
    /// Every value that a dotted path leads to, through lists too.
    fileprivate func all(at path: some StringProtocol) -> [Value] {
        path.split(separator: ".").reduce([self]) { found, step in
            found.flatMap { value in (value.list ?? [value]).map { $0[String(step)] } }
        }.flatMap { $0.list ?? [$0] }.filter { !$0.isNull }
    }
}

extension Int64 {
    /// A sum that ends at the bounds: what was kept long ago must not end the process that adds it up.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
