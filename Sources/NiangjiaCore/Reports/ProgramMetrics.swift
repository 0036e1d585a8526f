/// Metrics of what was given: payments by the day on which the bank paid, goods by the day for which they were delivered.
enum ProgramMetrics {
    /// `IN ($first, …)` over plugin ids, and the arguments.
    static func plugins(_ ids: [String], first: Int) -> (sql: String, arguments: [SQLValue]) {
        // An empty list matches nothing in both engines only when it is written so.
        guard !ids.isEmpty else { return ("IN (NULL)", []) }
        return ("IN (" + ids.indices.map { "$\(first + $0)" }.joined(separator: ", ") + ")", ids.map { .text($0) })
    }

    /// Paid within `$1 ..< $2` by the bank's day. What came back after the period counts as paid in it: a year that has been told
    /// doesn't change, and the return is told in its own.
    static let paidInPeriod = """
        (p.state = 'paid' OR (p.state = 'returned' AND p.resolved_at >= $2))
        AND COALESCE(p.paid_at, p.resolved_at) >= $1 AND COALESCE(p.paid_at, p.resolved_at) < $2
        """

    /// Money payments of plugins that the bank confirmed within the period, joined with what they pay for.
    static func paid(
        _ ids: [String], _ request: ReportRequest, joins: String = "", extra: String = ""
    ) -> (sql: String, arguments: [SQLValue]) {
        let list = plugins(ids, first: 3)
        let sql = """
            FROM payment p JOIN unfolded_entitlement e ON e.id = p.entitlement JOIN decision d ON d.id = e.decision \(joins)
            WHERE \(paidInPeriod) AND e.kind = 'money' AND d.plugin \(list.sql) \(extra)
            """
        return (sql, [request.instants.from, request.instants.to] + list.arguments)
    }

    /// What the bank sent back within the period of payments that earlier periods tell of (退汇): it lessens this period's sums,
    /// and the report says so.
    ///
    /// - Parameter form: of which form alone; nil: of all.
    static func sentBack(
        _ ids: [String], form: String? = nil, _ reader: any StoreReader, _ request: ReportRequest
    ) throws -> (amount: Money, notes: [LocalText], people: Int64) {
        let list = plugins(ids, first: 3)
        let ofForm = form.map { (sql: "AND d.form = $\(3 + list.arguments.count)", argument: SQLValue.text($0)) }
        let found = try reader.first(
            """
            SELECT COALESCE(SUM(p.amount), 0), \(headcount) FROM payment p
            JOIN unfolded_entitlement e ON e.id = p.entitlement JOIN decision d ON d.id = e.decision
            WHERE p.state = 'returned' AND p.resolved_at >= $1 AND p.resolved_at < $2 AND p.paid_at < $1
            AND e.kind = 'money' AND d.plugin \(list.sql) \(ofForm?.sql ?? "")
            """,
            [request.instants.from, request.instants.to] + list.arguments + [ofForm?.argument].compactMap { $0 }
        ) { ($0.money(0), $0.int(1)) }
        guard let (amount, people) = found, amount > .zero else { return (.zero, [], 0) }
        let note = LocalText(
            zh: "已扣除以前期间支付、本期退回的 \(amount) 元(在退回当期列示)",
            en: "less \(amount) yuan paid in earlier periods and sent back in this one")
        return (amount, [note], people)
    }

    /// How many people stand behind rows of decisions `d`, where each household or unit that is granted something is one.
    static let headcount = "COUNT(DISTINCT d.subject_kind || ' ' || d.subject)"

    /// Whom what was paid by plugins in the period tells of, together and each time that it is told apart by something.
    static func people(
        _ ids: [String], _ reader: any StoreReader, _ request: ReportRequest, joins: String = "",
        by columns: String? = nil
    ) throws -> FigurePeople {
        let paid = paid(ids, request, joins: joins)
        var counts = [try reader.integer("SELECT \(headcount) \(paid.sql)", paid.arguments) ?? 0]
        if let columns {
            counts += try reader.all("SELECT \(headcount) \(paid.sql) GROUP BY \(columns)", paid.arguments) {
                $0.int(0)
            }
        }
        return FigurePeople(ids, counts + [try sentBack(ids, reader, request).people])
    }

    /// The sum of what was paid in the period, less what came back of earlier ones.
    static func paidAmount(
        _ ids: [String], _ reader: any StoreReader, _ request: ReportRequest
    ) throws -> (amount: Money, notes: [LocalText]) {
        let paid = paid(ids, request)
        let sum = try reader.integer("SELECT SUM(p.amount) \(paid.sql)", paid.arguments) ?? 0
        let back = try sentBack(ids, reader, request)
        return (Money(fen: sum) - back.amount, back.notes)
    }

    /// Whether the city has ever decided anything by one of these plugins: what was never run is a gap, not nothing.
    static func isRun(_ ids: [String], _ reader: any StoreReader) throws -> Bool {
        let list = plugins(ids, first: 1)
        return try reader.integer("SELECT 1 FROM decision WHERE plugin \(list.sql) LIMIT 1", list.arguments) != nil
    }

    // MARK: 困难帮扶

    static func reliefTimes(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.relief, reader) else { return nil }
        let paid = paid(request.programs.relief, request, extra: "AND d.household IS NOT NULL")
        let times = try reader.integer("SELECT COUNT(DISTINCT d.id) \(paid.sql)", paid.arguments) ?? 0
        let households = try reader.integer("SELECT COUNT(DISTINCT d.household) \(paid.sql)", paid.arguments) ?? 0
        return MetricValue(
            parts: ["times": .count(times), "households": .count(households), "persontimes": .count(times)],
            people: [FigurePeople(request.programs.relief, [households])])
    }

    static func reliefMoney(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.relief, reader) else { return nil }
        let paid = paid(request.programs.relief, request)
        var parts: [String: Quantity] = [:]
        let total = Money(fen: try reader.integer("SELECT SUM(p.amount) \(paid.sql)", paid.arguments) ?? 0)
        let back = try sentBack(request.programs.relief, reader, request)
        var rest = total
        // A payment's own line, or what each line gives where it is paid in full from several.
        let lines = """
            LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            JOIN fund_line l ON l.id = CASE WHEN e.is_split = 1 THEN s.fund_line ELSE e.fund_line END
            """
        let bySource = self.paid(
            request.programs.relief, request, joins: lines,
            extra: "AND (e.is_split = 0 OR p.amount = e.amount) GROUP BY l.source")
        let amount = "SUM(CASE WHEN e.is_split = 1 THEN s.amount ELSE p.amount END)"
        try reader.forEach("SELECT l.source, \(amount) \(bySource.sql)", bySource.arguments) { row in
            parts[row.text(0)] = .money(row.money(1))
            rest -= row.money(1)
            return true
        }
        // Items need not be exhaustive, and then the report says so (其他).
        if rest != .zero { parts["other"] = .money(rest) }
        let (recovered, recoveredOf) = try recoveries(request.programs.relief, reader, request)
        if recovered > .zero { parts["recovered"] = .money(recovered) }
        let note = LocalText(
            zh: "本期另有追回到账 \(recovered) 元,按入账日期列示,不冲减支付数",
            en: "\(recovered) yuan came back in the period; payments are gross")
        if back.amount > .zero { parts["sent_back"] = .money(back.amount) }
        let people = try people(request.programs.relief, reader, request, joins: lines, by: "l.source")
        // A claim is on one decision: how many there are isn't told, and what came back of a few isn't either.
        let claims = FigurePeople(request.programs.relief, recovered > .zero ? [recoveredOf] : [])
        return MetricValue(
            .money(total - back.amount), parts: parts, notes: back.notes + (recovered > .zero ? [note] : []),
            people: [people, claims])
    }

    /// What came back in the period, by the day of booking, of claims on what these plugins had granted.
    private static func recoveries(
        _ ids: [String], _ reader: any StoreReader, _ request: ReportRequest
    ) throws -> (sum: Money, count: Int64) {
        let list = plugins(ids, first: 2)
        var (sum, count) = (Money.zero, Int64(0))
        try reader.forEach(
            """
            SELECT s.about, SUM(n.amount) FROM entry n JOIN entry_set s ON s.id = n.entry_set
            JOIN ledger_account a ON a.id = n.account
            WHERE s.kind = 'recovery' AND s.booked_on >= $1 AND s.booked_on <= $2 AND a.stage IN ('available', 'advanced')
            GROUP BY s.about
            """, RegisterMetrics.days(request)
        ) { row in
            // A recovery is about the entitlement that was claimed back.
            guard let entitlement = ID<Entitlement>(row.text(0)) else { return true }
            let isOurs = try reader.integer(
                """
                SELECT 1 FROM unfolded_entitlement e JOIN decision d ON d.id = e.decision
                WHERE e.id = $1 AND d.plugin \(list.sql)
                """, [.id(entitlement)] + list.arguments)
            if isOurs != nil {
                sum += row.money(1)
                count += 1
            }
            return true
        }
        return (sum, count)
    }

    static func reliefItems(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.relief, reader) else { return nil }
        let paid = paid(request.programs.relief, request)
        // An item that no program of the city has ever decided about is not known to be nothing: it is left out.
        let list = plugins(request.programs.relief, first: 1)
        let forms = try reader.all(
            "SELECT DISTINCT plugin, form FROM decision WHERE plugin \(list.sql)", list.arguments
        ) { item(plugin: $0.text(0), form: $0.text(1), request) }
        var parts = Dictionary(forms.map { ($0, Money.zero) }, uniquingKeysWith: { first, _ in first })
        parts["other", default: .zero] += .zero
        try reader.forEach(
            "SELECT d.plugin, d.form, SUM(p.amount) \(paid.sql) GROUP BY d.plugin, d.form", paid.arguments
        ) {
            row in
            let item = item(plugin: row.text(0), form: row.text(1), request)
            parts[item, default: .zero] += row.money(2)
            return true
        }
        return MetricValue(
            .money(parts.values.reduce(.zero, +)), parts: parts.mapValues { .money($0) },
            people: [try people(request.programs.relief, reader, request, by: "d.plugin, d.form")])
    }

    private static func item(plugin: String, form: String, _ request: ReportRequest) -> String {
        if request.programs.tuition.contains(plugin) || form == "tuition" { return "tuition" }
        return ["living", "medical"].contains(form) ? form : "other"
    }

    // MARK: 夏送清凉

    static func cooling(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.cooling, reader) else { return nil }
        let list = plugins(request.programs.cooling, first: 3)
        let arguments = RegisterMetrics.days(request) + list.arguments
        let delivered = """
            FROM decision d WHERE d.on_date >= $1 AND d.on_date <= $2 AND d.plugin \(list.sql) AND d.state = 'standing'
            AND EXISTS (SELECT 1 FROM unfolded_entitlement e WHERE e.decision = d.id AND e.kind = 'goods'
            AND e.state IN ('delivered', 'paid'))
            """
        func count(_ what: String, _ condition: String) throws -> Quantity {
            .count(try reader.integer("SELECT \(what) \(delivered) AND \(condition)", arguments) ?? 0)
        }
        let value = try reader.integer(
            """
            SELECT SUM(e.amount) FROM unfolded_entitlement e JOIN decision d ON d.id = e.decision
            WHERE d.on_date >= $1 AND d.on_date <= $2 AND d.plugin \(list.sql) AND e.kind = 'goods'
            AND e.state IN ('delivered', 'paid')
            """, arguments)
        let persons = try reader.integer(
            "SELECT COUNT(DISTINCT d.subject) \(delivered) AND d.subject_kind = 'person'", arguments)
        return MetricValue(
            parts: [
                "events": try count("COUNT(*)", "d.subject_kind = 'organization'"),
                // A pack is one 人次; a visit is as many as there were heads.
                "times": try count("SUM(COALESCE(d.units, 1))", "d.subject_kind IN ('person', 'organization')"),
                "persons": .count(persons ?? 0), "value": .money(Money(fen: value ?? 0)),
            ], people: [FigurePeople(request.programs.cooling, [persons ?? 0])])
    }

    // MARK: 金秋助学

    static func tuition(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.tuition, reader) else { return nil }
        return try persons(request.programs.tuition, reader, request)
    }

    /// Persons, times and money of a program that pays people: 人 once, 人次 each time.
    static func persons(
        _ ids: [String], _ reader: any StoreReader, _ request: ReportRequest
    ) throws -> MetricValue {
        let paid = paid(ids, request)
        let (amount, notes) = try paidAmount(ids, reader, request)
        return MetricValue(
            parts: [
                "persons": .count(
                    try reader.integer("SELECT COUNT(DISTINCT d.subject) \(paid.sql)", paid.arguments) ?? 0),
                "times": .count(try reader.integer("SELECT COUNT(DISTINCT d.id) \(paid.sql)", paid.arguments) ?? 0),
                "amount": .money(amount),
            ], notes: notes, people: [try people(ids, reader, request)])
    }

    // MARK: 职工医疗互助

    static func enrolled(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.mutualAid, reader) else { return nil }
        let list = plugins(request.programs.mutualAid, first: 3)
        // Enrolled is who owes or has paid a fee for a term that begins in the period.
        let sql = """
            FROM decision d LEFT JOIN case_file c ON c.id = d.case_id
            WHERE d.on_date >= $1 AND d.on_date <= $2 AND d.plugin \(list.sql) AND d.state = 'standing'
            AND EXISTS (SELECT 1 FROM unfolded_entitlement e WHERE e.decision = d.id AND e.kind = 'fee'
            AND e.state IN ('approved', 'paid'))
            """
        // Over several full years the sentence tells the average of a year (年均), each year counted by itself.
        let years = request.fullYears
        var units: Int64 = 0
        var persons: Int64 = 0
        for year in years {
            let arguments: [SQLValue] = [.date(year.from), .date(year.to)] + list.arguments
            units += try reader.integer("SELECT COUNT(DISTINCT c.unit) \(sql)", arguments) ?? 0
            persons += try reader.integer("SELECT COUNT(DISTINCT d.subject) \(sql)", arguments) ?? 0
        }
        let count = Int64(years.count)
        let note = LocalText(zh: "\(count) 年年均", en: "a year's average of \(count)")
        return MetricValue(
            parts: [
                "units": .count(Figure.divided(units, times: 1, by: count)),
                "persons": .count(Figure.divided(persons, times: 1, by: count)),
            ], notes: count > 1 ? [note] : [], people: [FigurePeople(request.programs.mutualAid, [units, persons])])
    }

    static func claims(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        guard try isRun(request.programs.mutualAid, reader) else { return nil }
        var value = try persons(request.programs.mutualAid, reader, request)
        guard case .count(let persons)? = value.parts["persons"], case .money(let amount)? = value.parts["amount"]
        else { return nil }
        // Rounded half up once; nothing to divide by stays that.
        value.parts["average"] =
            persons == 0 ? .ratio(0, of: 0) : .money(Money(fen: Figure.divided(amount.fen, times: 1, by: persons)))
        return value
    }

    static func mutualAid(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        let list = plugins(request.programs.mutualAid, first: 1)
        let lines = try reader.all(
            """
            SELECT DISTINCT e.fund_line FROM entitlement e JOIN decision d ON d.id = e.decision
            WHERE d.plugin \(list.sql) ORDER BY e.fund_line
            """, list.arguments
        ) { $0.text(0) }
        guard !lines.isEmpty else { return nil }
        func booked(_ kind: String, _ stage: String) throws -> Int64 {
            let places = lines.indices.map { "$\(5 + $0)" }.joined(separator: ", ")
            return try reader.integer(
                """
                SELECT SUM(n.amount) FROM entry n JOIN entry_set s ON s.id = n.entry_set
                JOIN ledger_account a ON a.id = n.account
                WHERE s.booked_on >= $1 AND s.booked_on <= $2 AND s.kind = $3 AND a.stage = $4 AND a.line IN (\(places))
                """,
                RegisterMetrics.days(request) + [.text(kind), .text(stage)] + lines.map { .text($0) }) ?? 0
        }
        let income = try booked("fee_received", "available")
        let payouts = try booked("paid", "paid")
        let people = [try people(request.programs.mutualAid, reader, request)]
        // What was drawn and came back wasn't used.
        let backstop = Money(fen: try booked("backstop_draw", "available") + booked("backstop_return", "available"))
        let places = lines.indices.map { "$\(2 + $0)" }.joined(separator: ", ")
        let balance = try reader.integer(
            """
            SELECT SUM(n.amount) FROM entry n JOIN entry_set s ON s.id = n.entry_set JOIN ledger_account a ON a.id = n.account
            WHERE s.booked_on <= $1 AND a.stage IN ('available', 'held', 'in_transit', 'advanced') AND a.line IN (\(places))
            """, [.date(request.asOf)] + lines.map { .text($0) })
        var parts: [String: Quantity] = [
            "payouts": .money(Money(fen: payouts)), "backstop": .money(backstop),
            "balance": .money(Money(fen: balance ?? 0)),
        ]
        guard income != 0 else {
            // Fees are often collected before the term that they are for: nothing booked is not an income of nothing.
            let note = LocalText(
                zh: "本期没有互助费到账(其他期间到账的不计入本期),不列互助金收入",
                en: "no fees were booked in the period (those of other periods don't count), so no income is told")
            return MetricValue(parts: parts, notes: [note], people: people)
        }
        parts["income"] = .money(Money(fen: income))
        parts["ratio"] = .ratio(payouts, of: income)
        return MetricValue(parts: parts, people: people)
    }

    /// What a year's backstop promises, as the lines of the period's years have it; nil where there is none, or they differ.
    static func backstop(_ request: ReportRequest, in reader: any StoreReader) throws -> Quantity? {
        let caps = try reader.all(
            "SELECT DISTINCT backstop_cap FROM fund_line WHERE backstop_cap > 0 AND year >= $1 AND year <= $2",
            [.int(Int64(request.period.from.parts.year)), .int(Int64(request.asOf.parts.year))]
        ) { $0.money(0) }
        return caps.count == 1 ? .money(caps[0]) : nil
    }

    // MARK: 跨会籍

    static func elsewhere(_ reader: any StoreReader, _ request: ReportRequest) throws -> MetricValue? {
        // Elsewhere: neither of the two unions lies above the other.
        let apart = """
            substr(h.path, 1, length(s.path)) <> s.path AND substr(s.path, 1, length(h.path)) <> h.path
            """
        // A city that keeps neither union of a service, nor whose visits they are, doesn't know.
        let isKept =
            try reader.integer("SELECT 1 FROM decision WHERE home_organization IS NOT NULL LIMIT 1") != nil
            || reader.integer("SELECT 1 FROM visit WHERE person IS NOT NULL LIMIT 1") != nil
        guard isKept else { return nil }
        let decisions = try reader.integer(
            """
            SELECT COUNT(*) FROM decision d JOIN organization h ON h.id = d.home_organization
            JOIN organization s ON s.id = d.serving_organization
            WHERE d.on_date >= $1 AND d.on_date <= $2 AND d.state = 'standing' AND \(apart)
            """, RegisterMetrics.days(request))
        let visits = try reader.integer(
            """
            SELECT COUNT(*) FROM visit v JOIN membership m ON m.person = v.person AND \(Membership.isPrimary)
            JOIN organization h ON h.id = m.organization
            JOIN organization s ON s.id = v.organization
            WHERE v.day >= $1 AND v.day <= $2 AND \(apart)
            """, RegisterMetrics.days(request))
        let services = (decisions ?? 0) + (visits ?? 0)
        return MetricValue(.count(services), people: [FigurePeople([], [services])])
    }
}
