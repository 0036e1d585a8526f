/// Reading decisions.
public enum Decisions {
    /// A decision as the store has it.
    public struct Row: Sendable {
        /// Its id, `d-…` outside the store.
        public var id: ID<Decision>
        /// The program's id.
        public var program: String
        /// The program's series, over which caps and intervals count.
        public var series: String
        /// The plugin's id.
        public var plugin: String
        /// The form of the plugin.
        public var form: String
        /// Whom it is about.
        public var subject: SubjectRef
        /// The case that it decides; nil: a run decided it.
        public var caseID: ID<CaseFile>?
        /// The line of the case, from 0; nil where there is no case.
        public var line: Int?
        /// The run that decided it; nil: it came of a case.
        public var run: ID<Run>?
        /// The date that it is for: the case's, or the run's.
        public var onDate: CivilDate
        /// When it was made.
        public var decidedAt: Instant
        /// What the rule granted, in fen, before anything scarce was looked at.
        public var assessed: Money
        /// What settle made of it, as it was decided, but for the fund lines: entitlements have those.
        public var outcome: Outcome
        /// What the rule stored with it, for looks to read.
        public var keeps: [String: Value]
        /// How it stands: standing, reversed, open, refused, waitlisted, lapsed, superseded, annulled or ended.
        public var state: String
        /// The organisation whose counter or station served it; nil: none did.
        public var serving: ID<Organization>?
        /// The union that the subject belonged to, else the unit's or the applicant's; nil: none.
        public var home: ID<Organization>?
    }

    static let columns = """
        id, program, series, plugin, form, subject_kind, subject, case_id, line, run, on_date, decided_at, assessed, result, \
        amount, queued, code, params, keeps, state, serving_organization, home_organization, stacked
        """

    static func row(from row: any StoreRow) throws -> Row {
        var outcome = Outcome(
            Outcome.Result(rawValue: row.text(13)) ?? .failed, row.money(14), code: row.textOrNil(16),
            params: try Value(json: row.text(17)).map ?? [:])
        outcome.queued = row.money(15)
        outcome.stacked = row.money(22)
        return Row(
            id: row.id(0), program: row.text(1), series: row.text(2), plugin: row.text(3), form: row.text(4),
            subject: SubjectRef(SubjectKind(rawValue: row.text(5)) ?? .nobody, row.int(6)), caseID: row.idOrNil(7),
            line: row.intOrNil(8).map { Int($0) }, run: row.idOrNil(9), onDate: row.date(10),
            decidedAt: row.instant(11),
            assessed: row.money(12), outcome: outcome, keeps: try Value(json: row.text(18)).map ?? [:],
            state: row.text(19),
            serving: row.idOrNil(20), home: row.idOrNil(21))
    }

    /// Reads a decision. Throws `notFound`.
    public static func load(_ id: ID<Decision>, in reader: any StoreReader) throws -> Row {
        guard let found = try reader.first("SELECT \(columns) FROM decision WHERE id = $1", [.id(id)], row(from:))
        else {
            throw NiangjiaError(.notFound, zh: "没有决定 \(id)", en: "there is no decision \(id)")
        }
        return found
    }

    /// The newest decision about a line of a case; nil while there is none.
    public static func ofLine(_ id: ID<CaseFile>, line: Int, in reader: any StoreReader) throws -> Row? {
        try reader.first(
            "SELECT \(columns) FROM decision WHERE case_id = $1 AND line = $2 AND state <> 'superseded' ORDER BY id DESC",
            [.id(id), .int(Int64(line))],
            row(from:))
    }

    /// What a case comes to, line by line as it was decided, or as the rule would grant it where nothing is decided yet: whoever waits
    /// or was left without a place has nothing.
    public static func amount(of record: CaseRecord, in reader: any StoreReader) throws -> Money {
        var decided: [Int64: Money] = [:]
        // The newest of a line's decisions comes last.
        let sql = "SELECT line, amount FROM decision WHERE case_id = $1 AND state <> 'superseded' ORDER BY id"
        try reader.forEach(sql, [.id(record.id)]) { row in
            decided[row.int(0)] = row.money(1)
            return true
        }
        return record.lines.reduce(.zero) { sum, line in
            sum + (decided[Int64(line.line)] ?? line.judgement.map { $0.gives ? $0.amount : .zero } ?? .zero)
        }
    }

    /// The least id of the newest decisions: so many ($1) before one ($2), taken from the ends of rows and packs.
    static let leastOfNewest = """
        SELECT MIN(id) FROM (
        SELECT id FROM (SELECT id FROM decision_row WHERE id < $2 ORDER BY id DESC LIMIT $1) AS own UNION ALL
        SELECT id FROM (SELECT id FROM packed_decision WHERE id < $2 ORDER BY id DESC LIMIT $1) AS packed
        ORDER BY id DESC LIMIT $1) AS newest
        """

    /// Decisions that somebody may see, newest first: as many as there are, up to `limit`.
    ///
    /// - Parameter sees: what else is asked of them; whatever it leaves out, the list goes on behind it.
    public static func list(
        program: String? = nil, subject: SubjectRef? = nil, ofCase: ID<CaseFile>? = nil, after: ID<Decision>? = nil,
        limit: Int = 100, in reader: any StoreReader, where sees: (Row) throws -> Bool
    ) throws -> [Row] {
        var (found, last) = ([Row](), after)
        let most = max(limit, 2_000)
        while true {
            let page = try list(
                program: program, subject: subject, ofCase: ofCase, after: last, limit: most, in: reader)
            for row in page where try sees(row) {
                found.append(row)
                if found.count == limit { return found }
            }
            guard page.count == most, let end = page.last else { return found }
            last = end.id
        }
    }

    /// Decisions of a program, newest first.
    public static func list(
        program: String? = nil, subject: SubjectRef? = nil, ofCase: ID<CaseFile>? = nil, after: ID<Decision>? = nil,
        limit: Int = 100, in reader: any StoreReader
    ) throws
        -> [Row]
    {
        var conditions: [String] = []
        var arguments: [SQLValue] = [.int(Int64(limit))]
        if let program {
            arguments.append(.text(program))
            conditions.append("program = $\(arguments.count)")
        }
        if let subject {
            arguments += [.text(subject.kind.rawValue), .int(subject.id)]
            conditions.append("subject_kind = $\(arguments.count - 1) AND subject = $\(arguments.count)")
        }
        if let ofCase {
            arguments.append(.id(ofCase))
            conditions.append("case_id = $\(arguments.count)")
        }
        if let after {
            arguments.append(.id(after))
            conditions.append("id < $\(arguments.count)")
        }
        if program == nil, subject == nil, ofCase == nil {
            // Among all decisions SQLite would sort those of packs.
            let least = try reader.integer(leastOfNewest, [.int(Int64(limit)), .int(after?.rawValue ?? .max)])
            arguments.append(.int(least ?? 0))
            conditions.append("id >= $\(arguments.count)")
        }
        let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        return try reader.all(
            "SELECT \(columns) FROM decision\(filter) ORDER BY id DESC LIMIT $1", arguments, row(from:))
    }
}
