/// What falls together under the name of its values.
struct MetricGroup {
    /// The words for a value of each path of `by`; ``GroupNames/batch`` for what no application asked for.
    var name: String
    /// How many are counted.
    var count: Int64
    /// How many people stand behind them, as far as is known.
    var people: Int64
}

/// The applications or grants that a metric counts: one row for each that is decided about, in the period.
struct MetricUnits {
    /// How many there are of each.
    struct Counts {
        var units, persons, households, withoutPerson, withoutHousehold: Int64
    }

    private let plan: MetricPlan
    /// Rows of (case_id, unit, person, household, amount, decision): what was granted in a batch is a unit of its own.
    private let rows: String
    private let arguments: [SQLValue]
    private let plugin: String

    init(plugin: String, _ plan: MetricPlan, _ request: ReportRequest) {
        self.plan = plan
        self.plugin = plugin
        var arguments: [SQLValue] = [.text(plugin), .text(plan.of)]
        switch plan.moment {
        case .delivered: arguments += [.date(request.period.from), .date(request.asOf)]
        default: arguments += [request.instants.from, request.instants.to]
        }
        if case .stage(let name) = plan.moment { arguments.append(.text(name)) }
        self.arguments = arguments
        rows = MetricUnits.rows(of: plan.moment)
    }

    private static func rows(of moment: MetricPlan.Moment) -> String {
        let person = { (kind: String, subject: String) in
            "CASE WHEN \(kind) = 'person' THEN \(subject) ELSE c.applicant END AS person"
        }
        let application = """
            SELECT c.id AS case_id, c.id AS unit, \(person("l.subject_kind", "l.subject")), l.household AS household, \
            CAST(0 AS INTEGER) AS amount, l.decision AS decision \
            FROM case_file c LEFT JOIN case_line l ON l.case_id = c.id WHERE c.plugin = $1 AND c.form = $2
            """
        let grant = { (amount: String, joins: String) in
            """
            SELECT d.case_id AS case_id, COALESCE(d.case_id, -d.id) AS unit, \(person("d.subject_kind", "d.subject")), \
            d.household AS household, \(amount) AS amount, d.id AS decision \
            FROM \(joins) LEFT JOIN case_file c ON c.id = d.case_id WHERE d.plugin = $1 AND d.form = $2
            """
        }
        switch moment {
        case .submitted, .rows:
            return "\(application) AND c.submitted_at >= $3 AND c.submitted_at < $4 AND c.state <> 'withdrawn'"
        case .stage:
            return """
                \(application) AND EXISTS (SELECT 1 FROM case_stage g WHERE g.case_id = c.id AND g.stage = $5 \
                AND g.whole = 1 AND g.at >= $3 AND g.at < $4)
                """
        case .approved:
            // What a staged case has been granted before it is approved is provisional.
            let approved = """
                COALESCE((SELECT MIN(s.at) FROM case_step s WHERE s.case_id = d.case_id \
                AND s.to_state IN ('approved', 'done')), CASE WHEN d.case_id IS NULL THEN d.decided_at END)
                """
            return """
                \(grant("COALESCE(d.kept, d.amount + d.queued)", "decision d")) AND d.state = 'standing' \
                AND d.result IN ('granted', 'limited') AND \(approved) >= $3 AND \(approved) < $4
                """
        case .delivered:
            return """
                \(grant("e.amount", "unfolded_entitlement e JOIN decision d ON d.id = e.decision")) AND e.kind = 'goods' \
                AND e.state IN ('delivered', 'paid') AND d.on_date >= $3 AND d.on_date <= $4
                """
        case .paid:
            let joins = """
                payment p JOIN unfolded_entitlement e ON e.id = p.entitlement JOIN decision d ON d.id = e.decision
                """
            let inPeriod = ProgramMetrics.paidInPeriod.replacing("$2", with: "$4").replacing("$1", with: "$3")
            return "\(grant("p.amount", joins)) AND e.kind = 'money' AND \(inPeriod)"
        }
    }

    /// Whether the city has any of the kind: what was never asked for or run is a gap.
    func areKnown(in reader: any StoreReader) throws -> Bool {
        let table = plan.moment.isOfGrants ? "decision" : "case_file"
        let sql = "SELECT 1 FROM \(table) WHERE plugin = $1 AND form = $2 LIMIT 1"
        return try reader.integer(sql, [.text(plugin), .text(plan.of)]) != nil
    }

    func counts(in reader: any StoreReader) throws -> Counts {
        let without = { (what: String) in "COUNT(DISTINCT CASE WHEN x.\(what) IS NULL THEN x.unit END)" }
        let found = try reader.first(
            """
            SELECT COUNT(DISTINCT x.unit), COUNT(DISTINCT x.person), COUNT(DISTINCT x.household), \(without("person")), \
            \(without("household")) FROM (\(rows)) x
            """, arguments
        ) {
            Counts(
                units: $0.int(0), persons: $0.int(1), households: $0.int(2), withoutPerson: $0.int(3),
                withoutHousehold: $0.int(4))
        }
        return found ?? Counts(units: 0, persons: 0, households: 0, withoutPerson: 0, withoutHousehold: 0)
    }

    /// The fen of all rows together.
    func amount(in reader: any StoreReader) throws -> Int64 {
        try reader.integer("SELECT SUM(x.amount) FROM (\(rows)) x", arguments) ?? 0
    }

    /// What the standing decisions of the units keep.
    func kept(in reader: any StoreReader) throws -> [Value] {
        // The staged ones' decisions are found by their cases, which have an index; a line names the last one only.
        let whose =
            plan.moment.isOfGrants
            ? "d.id IN (SELECT x.decision FROM (\(rows)) x)" : "d.case_id IN (SELECT x.case_id FROM (\(rows)) x)"
        return try reader.all("SELECT d.keeps FROM decision d WHERE d.state = 'standing' AND \(whose)", arguments) {
            try Value(json: $0.text(0))
        }
    }

    /// What was filled in, by case; nil where the report opens none.
    func fields(in reader: any StoreReader, _ request: ReportRequest) throws -> [Int64: Value]? {
        guard let open = request.fields else { return nil }
        var found: [Int64: Value] = [:]
        let cases = "SELECT DISTINCT x.case_id FROM (\(rows)) x WHERE x.case_id IS NOT NULL"
        for id in try reader.all(cases, arguments, { $0.id(0, CaseFile.self) }) {
            found[id.rawValue] = try open(id, plan.readsStages, reader)
        }
        return found
    }

    /// Units, or people, by the values of the plan's paths.
    func groups(in reader: any StoreReader, _ request: ReportRequest) throws -> [MetricGroup]? {
        guard let fields = try fields(in: reader, request) else { return nil }
        let paths = plan.groups.map { $0.path.joined(separator: ".") }
        let values = fields.mapValues { fields in paths.map { fields.at(path: $0) } }
        let ofBatches = paths.map { _ in GroupNames.batch }
        let names = try GroupNames(plan, plugin).names(of: Set(values.values).union([ofBatches]), in: reader)
        var counted: [String: (units: Set<Int64>, people: Set<Int64>)] = [:]
        let what = plan.figure == .households ? "household" : plan.figure == .persons ? "person" : "unit"
        let sql = "SELECT DISTINCT x.case_id, x.\(what), x.person, x.unit FROM (\(rows)) x"
        try reader.forEach(sql, arguments) { row in
            let group = names[row.intOrNil(0).flatMap { values[$0] } ?? ofBatches] ?? ""
            if let one = row.intOrNil(1) { counted[group, default: ([], [])].units.insert(one) }
            // Of whom nothing is known, each may be somebody else.
            counted[group, default: ([], [])].people.insert(row.intOrNil(2) ?? -abs(row.int(3)))
            return true
        }
        return counted.map { MetricGroup(name: $0, count: Int64($1.units.count), people: Int64($1.people.count)) }
    }
}
