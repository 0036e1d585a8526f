/// Metrics of programs that go through stages, of money by purpose, and of how the unions work.
enum WorkMetrics {
    // MARK: money

    /// What was paid from lines of some purposes, by the day of booking; nil where no line has one of them. What a claim or a
    /// return took back is booked in its own period, with its own sign.
    private static func paid(
        for purposes: [String], from: CivilDate, _ reader: any StoreReader, _ request: ReportRequest
    ) throws -> Quantity? {
        let lines = ProgramMetrics.plugins(purposes, first: 1)
        guard
            try reader.integer("SELECT 1 FROM fund_line WHERE purpose \(lines.sql) LIMIT 1", lines.arguments) != nil
        else { return nil }
        let list = ProgramMetrics.plugins(purposes, first: 3)
        let sum = try reader.integer(
            """
            SELECT SUM(n.amount) FROM entry n JOIN entry_set s ON s.id = n.entry_set
            JOIN ledger_account a ON a.id = n.account JOIN fund_line l ON l.id = a.line
            WHERE s.booked_on >= $1 AND s.booked_on <= $2 AND a.stage = 'paid' AND l.purpose \(list.sql)
            """, [.date(from), .date(request.asOf)] + list.arguments)
        return .money(Money(fen: sum ?? 0))
    }

    static func stations(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        let purposes = request.programs.stationPurposes
        guard let main = try paid(for: purposes, from: request.period.from, reader, request) else { return nil }
        var parts: [String: Quantity] = [:]
        if let since = request.since { parts["since"] = try paid(for: purposes, from: since, reader, request) }
        return MetricValue(main, parts: parts)
    }

    /// The amount of a metric that is otherwise told from outside: what the ledger paid for the purpose.
    static func spent(on purposes: @escaping @Sendable (ReportPrograms) -> [String]) -> ToldMetrics.Compute {
        { reader, request in
            let purposes = purposes(request.programs)
            let amount = try paid(for: purposes, from: request.period.from, reader, request)
            return MetricValue(parts: amount.map { ["amount": $0] } ?? [:])
        }
    }

    // MARK: 送温暖, 暖心留工, 返乡

    static func warmth(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try ProgramMetrics.isRun(request.programs.warmth, reader) else { return nil }
        var value = try ProgramMetrics.persons(request.programs.warmth, reader, request)
        let list = ProgramMetrics.plugins(request.programs.warmth, first: 3)
        // Goods were handed over on the day of their decision; money counts by the bank's day.
        let goods = """
            FROM unfolded_entitlement e JOIN decision d ON d.id = e.decision WHERE d.on_date >= $1 AND d.on_date <= $2
            AND d.plugin \(list.sql) AND e.kind = 'goods' AND e.state IN ('delivered', 'paid')
            """
        let arguments = RegisterMetrics.days(request) + list.arguments
        let times = try reader.integer("SELECT COUNT(DISTINCT d.id) \(goods)", arguments) ?? 0
        let worth = try reader.integer("SELECT SUM(e.amount) \(goods)", arguments) ?? 0
        let paid = ProgramMetrics.paid(request.programs.warmth, request)
        var households = Set(try reader.all("SELECT DISTINCT d.household \(goods)", arguments) { $0.intOrNil(0) })
        households.formUnion(
            try reader.all("SELECT DISTINCT d.household \(paid.sql)", paid.arguments) { $0.intOrNil(0) })
        if case .count(let count)? = value.parts["times"] { value.parts["times"] = .count(count + times) }
        if case .money(let money)? = value.parts["amount"] { value.parts["amount"] = .money(money + Money(fen: worth)) }
        value.parts["households"] = .count(Int64(households.compactMap { $0 }.count))
        value.people.append(FigurePeople(request.programs.warmth, [times]))
        return value
    }

    static func stayOn(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try ProgramMetrics.isRun(request.programs.stayOn, reader) else { return nil }
        var value = try ProgramMetrics.persons(request.programs.stayOn, reader, request)
        let paid = ProgramMetrics.paid(
            request.programs.stayOn, request, joins: "JOIN case_file c ON c.id = d.case_id",
            extra: "AND c.unit IS NOT NULL")
        // A unit hands in the list of its site: as many projects as units.
        value.parts["projects"] = .count(
            try reader.integer("SELECT COUNT(DISTINCT c.unit) \(paid.sql)", paid.arguments) ?? 0)
        return value
    }

    static func ticket(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try ProgramMetrics.isRun(request.programs.ticket, reader) else { return nil }
        return try ProgramMetrics.persons(request.programs.ticket, reader, request)
    }

    // MARK: stages

    /// Cases of plugins, by plugin id at `$1 …`.
    private static func hasCases(_ ids: [String], _ reader: any StoreReader) throws -> Bool {
        let list = ProgramMetrics.plugins(ids, first: 1)
        return try reader.integer("SELECT 1 FROM case_file WHERE plugin \(list.sql) LIMIT 1", list.arguments) != nil
    }

    /// Closed in the period; what came of them as their decisions keep it, by judgement or agreement.
    static func legalAid(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try hasCases(request.programs.legalAid, reader) else { return nil }
        let list = ProgramMetrics.plugins(request.programs.legalAid, first: 3)
        let closed = """
            FROM case_file c JOIN case_stage g ON g.case_id = c.id AND g.stage = 'closed' AND g.whole = 1
            WHERE g.at >= $1 AND g.at < $2 AND c.plugin \(list.sql)
            """
        let arguments = [request.instants.from, request.instants.to] + list.arguments
        let cases = try reader.integer("SELECT COUNT(DISTINCT c.id) \(closed)", arguments) ?? 0
        var recovered = Money.zero
        try reader.forEach(
            "SELECT d.keeps FROM decision d WHERE d.state = 'standing' AND d.case_id IN (SELECT c.id \(closed))",
            arguments
        ) { row in
            recovered += Money(fen: try Value(json: row.text(0))["recovered"].int ?? 0)
            return true
        }
        return MetricValue(
            parts: ["cases": .count(cases), "amount": .money(recovered)],
            people: [FigurePeople(request.programs.legalAid, [cases])])
    }

    /// Reported in the period and not dismissed; of those whose time has come, how many are mended and checked.
    static func hazards(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try hasCases(request.programs.hazards, reader) else { return nil }
        let list = ProgramMetrics.plugins(request.programs.hazards, first: 3)
        let verified =
            "EXISTS (SELECT 1 FROM case_stage v WHERE v.case_id = c.id AND v.stage = 'verified' AND v.at < $2)"
        let found = """
            FROM case_file c WHERE c.submitted_at >= $1 AND c.submitted_at < $2 AND c.plugin \(list.sql)
            AND NOT EXISTS (SELECT 1 FROM case_stage g WHERE g.case_id = c.id AND g.stage = 'dismissed' AND g.at < $2)
            AND c.state NOT IN ('withdrawn', 'rejected')
            """
        let arguments = [request.instants.from, request.instants.to] + list.arguments
        func count(_ condition: String) throws -> Int64 {
            try reader.integer("SELECT COUNT(*) \(found) \(condition)", arguments) ?? 0
        }
        let done = try count("AND \(verified)")
        let due = try count("AND (\(verified) OR c.due_at < $2)")
        let all = try count("")
        return MetricValue(
            parts: [
                "found": .count(all), "due": .count(due), "verified": .count(done), "rate": .ratio(done, of: due),
            ], people: [FigurePeople(request.programs.hazards, [all, due, done])])
    }

    /// An entrant counts once in each competition, whatever number of trades and rounds.
    static func competitions(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try ProgramMetrics.isRun(request.programs.competitions, reader) else { return nil }
        let list = ProgramMetrics.plugins(request.programs.competitions, first: 3)
        let entered = """
            FROM decision d WHERE d.on_date >= $1 AND d.on_date <= $2 AND d.plugin \(list.sql) AND d.form = 'enter'
            AND d.state = 'standing' AND d.result IN ('granted', 'limited')
            """
        let arguments = RegisterMetrics.days(request) + list.arguments
        let events = try reader.integer("SELECT COUNT(DISTINCT d.program) \(entered)", arguments) ?? 0
        let times = try reader.integer(
            "SELECT COUNT(*) FROM (SELECT DISTINCT d.program, d.subject \(entered)) x", arguments)
        return MetricValue(
            parts: ["events": .count(events), "times": .count(times ?? 0)],
            people: [FigurePeople(request.programs.competitions, [times ?? 0])])
    }

    /// Classes with somebody in them and distinct pupils, by the places given; visits to palaces.
    static func palace(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        var (parts, people) = ([String: Quantity](), [FigurePeople]())
        if try ProgramMetrics.isRun(request.programs.classes, reader) {
            let list = ProgramMetrics.plugins(request.programs.classes, first: 3)
            let held = """
                FROM (SELECT l.state, l.entered_at, l.pool, l.decision FROM place l WHERE l.decision IS NOT NULL
                UNION ALL SELECT l.state, l.entered_at, l.pool, c.id FROM place l JOIN decision c
                ON c.case_id = l.case_id AND c.line = l.line) p JOIN decision d ON d.id = p.decision
                WHERE p.state = 'held' AND p.entered_at >= $1 AND p.entered_at < $2 AND d.plugin \(list.sql)
                """
            let arguments = [request.instants.from, request.instants.to] + list.arguments
            parts["classes"] = .count(try reader.integer("SELECT COUNT(DISTINCT p.pool) \(held)", arguments) ?? 0)
            let students = try reader.integer("SELECT COUNT(DISTINCT d.subject) \(held)", arguments) ?? 0
            parts["students"] = .count(students)
            people.append(FigurePeople(request.programs.classes, [students]))
            if let subjects = try subjects(held, arguments, reader) { parts["subjects"] = .count(subjects) }
        }
        if try RegisterMetrics.isKept("station", "kind = 'palace'", reader) {
            let visits = try reader.integer(
                """
                SELECT SUM(v.count) FROM visit v JOIN station s ON s.id = v.station
                WHERE s.kind = 'palace' AND v.day >= $1 AND v.day <= $2
                """, RegisterMetrics.days(request))
            if let visits { parts["visits"] = .count(visits) }
        }
        return MetricValue(parts: parts, people: people)
    }

    /// Distinct courses (`title`) of the classes that have somebody in them; nil where a class has no record that names its course.
    private static func subjects(_ held: String, _ arguments: [SQLValue], _ reader: any StoreReader) throws -> Int64? {
        let pools = try reader.all("SELECT DISTINCT p.pool, d.plugin \(held)", arguments) { ($0.text(0), $0.text(1)) }
        var titles: Set<String> = []
        for (pool, plugin) in pools {
            // A pool per class is named by the class's key: `program/form/key`.
            let parts = pool.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            let key = String(parts[2])
            let row = try RecordRows.find(
                plugin: plugin, kind: "class", key: Value.list([.text(key)]).json, in: reader)
            guard let title = row?.body["title"]?.text else { return nil }
            titles.insert(title)
        }
        return pools.isEmpty ? nil : Int64(titles.count)
    }

    // MARK: how long, and how

    /// From handing in to the bank's payment, in working days; mean and median, each case once.
    static func duration(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard let calendar = request.calendar else {
            throw MetricGap(zh: "没有工作日历(config/calendar)", en: "there is no calendar of working days")
        }
        let spans = try reader.all(
            """
            SELECT c.submitted_at, MAX(COALESCE(p.paid_at, p.resolved_at)) FROM payment p
            JOIN unfolded_entitlement e ON e.id = p.entitlement JOIN case_file c ON c.id = e.case_id
            WHERE \(ProgramMetrics.paidInPeriod) AND e.kind = 'money' GROUP BY c.id, c.submitted_at
            """, [request.instants.from, request.instants.to]
        ) { (from: $0.instant(0).date, to: $0.instant(1).date) }
        guard !spans.isEmpty else { return nil }
        var known: [DateRange: Int64] = [:]
        var days: [Int64] = []
        for span in spans {
            let range = DateRange(from: span.from, to: span.to)
            if known[range] == nil {
                do {
                    known[range] = Int64(try calendar.workdays(after: span.from, through: span.to))
                } catch {
                    throw MetricGap(zh: error.message.zh, en: error.message.en)
                }
            }
            days.append(known[range] ?? 0)
        }
        days.sort()
        let middle = days.count / 2
        let median: Quantity =
            days.count % 2 == 1
            ? .average(days[middle], of: 1) : .average(days[middle - 1] + days[middle], of: 2)
        let mean = Quantity.average(days.reduce(0, +), of: Int64(days.count))
        return MetricValue(
            mean, parts: ["mean": mean, "median": median, "n": .count(Int64(days.count))],
            notes: [LocalText(zh: "\(days.count) 件,平均数;单位:工作日", en: "mean of \(days.count) cases, in working days")],
            people: [FigurePeople([], [Int64(days.count)])])
    }

    /// Handed in by the member, the unit or a scan: no paper came over a counter.
    static func online(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        let all = "FROM case_file WHERE submitted_at >= $1 AND submitted_at < $2"
        let arguments = [request.instants.from, request.instants.to]
        guard let count = try reader.integer("SELECT COUNT(*) \(all)", arguments), count > 0 else { return nil }
        let paper = try reader.integer("SELECT COUNT(*) \(all) AND channel IN ('clerk', 'paper')", arguments) ?? 0
        return MetricValue(.ratio(count - paper, of: count), people: [FigurePeople([], [count, paper, count - paper])])
    }
}
