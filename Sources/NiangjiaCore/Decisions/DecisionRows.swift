/// Decision rows, inserted many at a time: what is each one's own, and what they have in common once.
struct DecisionRows {
    /// What a decision shares with others, in the order of ``columns``.
    typealias Terms = [SQLValue]

    /// The columns of the terms, but for the first and last decision.
    static let termColumns = [
        "program", "series", "plugin", "form", "subject_kind", "run", "block", "on_date", "decided_at", "result",
        "assessed", "amount", "queued", "stacked", "units", "code", "params", "keeps", "parts", "entitled",
        "payee_kind",
        "fund_line",
        "entitled_state",
    ]

    private static let rowColumns = [
        "id", "terms", "series_id", "subject", "household", "ordinal", "case_id", "line", "call", "row",
        "home_organization", "serving_organization", "state",
    ]

    private var terms = SharedTerms(into: "decision_terms", columns: DecisionRows.termColumns)
    private var values: [SQLValue] = []

    /// Adds a decision about a line.
    ///
    /// - Parameters:
    ///   - series: its number in ``number(ofSeries:_:in:)``.
    ///   - run: the run and the block that it is decided in, if one.
    mutating func append(
        _ id: ID<Decision>, _ line: JudgedLine, _ outcome: Outcome, series: Int64, ordinal: Int64?,
        caseID: ID<CaseFile>?, run: (id: ID<Run>, block: Int64)?, context: FormContext, at now: Instant
    ) {
        // A line of a run that was judged again by itself has a call of its own, and is the run's all the same.
        var source: (call: SQLValue, row: SQLValue) = (.null, .null)
        switch line.source {
        case .call(let call, let row): source = (.id(call), .int(Int64(row)))
        case .block(let row): source = (.null, .int(Int64(row)))
        case .host: break
        }
        let subject = line.gathered.subject
        let common = DecisionRows.terms(
            context, subject.kind, run: .id(run?.id), block: .optional(run?.block), on: line.gathered.onDate, at: now,
            line.judgement, outcome)
        values += [
            .id(id), .int(terms.id(of: common, for: id.rawValue)), .int(series), .int(subject.id),
            .optional(line.gathered.household), .optional(ordinal), .id(caseID), .int(Int64(line.intake.line)),
            source.call, source.row, .optional(line.gathered.home), .optional(line.gathered.serving),
            .text(outcome.decisionState),
        ]
    }

    /// What a judgement and what settle left of it come to, in the order of ``termColumns``.
    static func terms(
        _ context: FormContext, _ kind: SubjectKind, run: SQLValue, block: SQLValue, on date: CivilDate,
        at now: Instant,
        _ judged: Judgement, _ outcome: Outcome, folding entitled: FoldedEntitlement? = nil
    ) -> Terms {
        [
            .text(context.program.id), .text(context.program.series), .text(context.plugin.manifest.id),
            .text(context.form.name), .text(kind.rawValue), run, block, .date(date), .instant(now),
            .text(outcome.result.rawValue), .money(judged.gives ? judged.amount : .zero),
            .money(outcome.stands ? outcome.amount : .zero), .money(outcome.queued), .money(outcome.stacked),
            .optional(judged.units),
            .optional(outcome.code), .text(Value.map(outcome.params).json), .text(Value.map(judged.keeps).json),
            .text(Value.map(judged.parts.mapValues { .int($0.fen) }).json), .optional(entitled?.kind.rawValue),
            .optional(entitled?.payee.rawValue), .optional(entitled?.fundLine), .optional(entitled?.state.rawValue),
        ]
    }

    func insert(in writer: any StoreWriter) throws {
        guard !values.isEmpty else { return }
        try terms.insert(in: writer)
        try writer.insert(into: "decision_row", columns: DecisionRows.rowColumns, values: values)
        if let ids = terms.range { try DecisionRows.checkUnique(from: ids.lowerBound, to: ids.upperBound, in: writer) }
    }

    // MARK: packs

    /// Refuses rows of these ids that stand where a packed one does: the index that keeps rows unique doesn't see those.
    static func checkUnique(from: Int64, to: Int64, in writer: any StoreWriter) throws {
        let twice = try writer.integer(
            """
            SELECT r.id FROM decision_row r JOIN packed_decision p ON p.subject = r.subject AND p.series_id = r.series_id
            AND p.ordinal = r.ordinal WHERE r.id >= $1 AND r.id <= $2 AND r.ordinal IS NOT NULL LIMIT 1
            """, [.int(from), .int(to)])
        if let twice { throw StoreError.duplicate("decision_row.subject, series_id, ordinal: \(twice)") }
    }

    /// Fewer rows than this aren't worth a pack: they would be looked through for the sake of one.
    static let smallestPack = 32

    /// Whether a block's rows may lie in columns: enough of them, about subjects that rise.
    static func canPack(_ rows: BulkRows, subjects: [Int64], of lines: [Int]) -> Bool {
        rows.count >= smallestPack && zip(lines, lines.dropFirst()).allSatisfy { subjects[$0] < subjects[$1] }
    }

    /// Gives a decision, and all that lie in its pack, rows of their own: something is about to happen to it. Does nothing where it
    /// has one.
    static func unpack(_ id: ID<Decision>, in writer: any StoreWriter) throws {
        guard let pack = try writer.pack(of: id.rawValue, in: DecisionsSchema.packing) else { return }
        let names = DecisionsSchema.packing.columns.joined(separator: ", ")
        let range: [SQLValue] = [.int(pack.lowerBound), .int(pack.upperBound)]
        try writer.execute(
            """
            INSERT INTO decision_row (\(names), state, is_folded)
            SELECT \(names), (SELECT \(DecisionsSchema.firstState) FROM decision_terms t WHERE t.id = p.terms),
            (SELECT t.entitled IS NOT NULL FROM decision_terms t WHERE t.id = p.terms)
            FROM packed_decision p WHERE p.id >= $1 AND p.id <= $2 ORDER BY p.id
            """, range)
        try writer.execute("DELETE FROM decision_pack WHERE id = $1", [.int(pack.lowerBound)])
    }

    /// The number under which rows name a program series about a kind of subject; a new pair gets the next one.
    static func number(ofSeries series: String, _ kind: SubjectKind, in writer: any StoreWriter) throws -> Int64 {
        let arguments: [SQLValue] = [.text(series), .text(kind.rawValue)]
        let sql = "SELECT id FROM decision_series WHERE series = $1 AND subject_kind = $2"
        if let known = try writer.integer(sql, arguments) { return known }
        // One transaction writes at a time, or the key collides: nobody else has this number.
        try writer.execute(
            """
            INSERT INTO decision_series (id, series, subject_kind)
            SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM decision_series
            """, arguments)
        return try writer.integer(sql, arguments) ?? 0
    }
}

/// What rows that are written together have in common: each different terms once, under the id of the first row that has them.
struct SharedTerms {
    private let table: String
    private let columns: [String]
    private var known: [[SQLValue]: Int] = [:]
    private var ranges: [(first: Int64, last: Int64)] = []
    private var order: [[SQLValue]] = []

    init(into table: String, columns: [String]) {
        self.table = table
        self.columns = columns
    }

    /// The id of some terms for a row; ids of rows rise.
    mutating func id(of terms: [SQLValue], for row: Int64) -> Int64 {
        if let place = known[terms] {
            ranges[place].last = max(ranges[place].last, row)
            return ranges[place].first
        }
        known[terms] = ranges.count
        ranges.append((row, row))
        order.append(terms)
        return row
    }

    /// From the first to the last row that has any; nil: none.
    var range: ClosedRange<Int64>? {
        guard let first = ranges.map(\.first).min(), let last = ranges.map(\.last).max() else { return nil }
        return first...last
    }

    func insert(in writer: any StoreWriter) throws {
        let values = zip(ranges, order).flatMap { range, terms in [.int(range.first), .int(range.last)] + terms }
        try writer.insert(into: table, columns: ["id", "last"] + columns, values: values)
    }
}
