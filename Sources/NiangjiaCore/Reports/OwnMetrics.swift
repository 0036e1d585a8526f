/// A figure of the report that a plugin defines (`metrics` in its manifest).
public struct OwnMetric: Sendable {
    /// The plugin's id.
    public var plugin: String
    /// The name in its manifest (`verified`).
    public var name: String
    /// What the plugin is called.
    public var title: LocalText
    /// What is counted.
    public var definition: MetricDefinition
    /// The form that it counts cases of; nil: it counts rows of a record table.
    var form: FormDefinition?
    /// The record table's fields, where it counts rows.
    var record: RecordDefinition?

    /// What the plugin is called, and the name.
    var named: LocalText { LocalText(zh: "\(title.zh) \(name)", en: "\(title.en) \(name)") }

    /// `hazard-report.verified`
    public var id: String { "\(plugin).\(name)" }

    /// Every figure that the plugins of a bundle define, in the order of their ids.
    public static func all(of bundle: Bundle) -> [OwnMetric] {
        bundle.plugins.sorted { $0.key < $1.key }.flatMap { id, plugin in
            plugin.manifest.metrics.sorted { $0.key < $1.key }.map { name, definition in
                OwnMetric(
                    plugin: id, name: name, title: plugin.manifest.title, definition: definition,
                    form: plugin.manifest.forms[definition.of], record: plugin.manifest.records[definition.of])
            }
        }
    }
}

/// Computes what plugins define: cases handed in or come to a stage in the period, rows of record tables that are true from a day in
/// it.
enum OwnMetrics {
    /// Nil where the city has no case or row of the kind at all.
    static func value(
        _ metric: OwnMetric, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> MetricValue? {
        if metric.form != nil { return try ofCases(metric, request, in: reader) }
        if metric.record != nil { return try ofRecords(metric, request, in: reader) }
        return nil
    }

    // MARK: cases

    private static func ofCases(
        _ metric: OwnMetric, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> MetricValue? {
        let (definition, kind): (MetricDefinition, [SQLValue]) = (
            metric.definition, [.text(metric.plugin), .text(metric.definition.of)]
        )
        guard
            try reader.integer("SELECT 1 FROM case_file WHERE plugin = $1 AND form = $2 LIMIT 1", kind) != nil
        else { return nil }
        var arguments = kind + [request.instants.from, request.instants.to]
        var condition = "c.submitted_at >= $3 AND c.submitted_at < $4 AND c.state <> 'withdrawn'"
        if let stage = definition.at {
            arguments.append(.text(stage))
            condition = """
                EXISTS (SELECT 1 FROM case_stage g WHERE g.case_id = c.id AND g.stage = $5 AND g.whole = 1 AND g.at >= $3
                AND g.at < $4)
                """
        }
        let cases = "FROM case_file c WHERE c.plugin = $1 AND c.form = $2 AND \(condition)"
        if let field = definition.sum { return try sum(field, metric, cases, arguments, request, in: reader) }
        let sql =
            switch definition.count {
            case "persons":
                """
                SELECT COUNT(DISTINCT COALESCE(CASE WHEN l.subject_kind = 'person' THEN l.subject END, c.applicant)) \
                FROM case_file c LEFT JOIN case_line l ON l.case_id = c.id \
                WHERE c.plugin = $1 AND c.form = $2 AND \(condition)
                """
            case "households":
                """
                SELECT COUNT(DISTINCT l.household) FROM case_file c JOIN case_line l ON l.case_id = c.id \
                WHERE c.plugin = $1 AND c.form = $2 AND \(condition)
                """
            default: "SELECT COUNT(*) \(cases)"
            }
        let count = try reader.integer(sql, arguments) ?? 0
        var value = MetricValue(.count(count), people: [people(of: metric, [count])])
        guard !definition.by.isEmpty, let open = request.fields else { return value }
        var groups: [String: Int64] = [:]
        for id in try reader.all("SELECT c.id \(cases)", arguments, { $0.id(0, CaseFile.self) }) {
            let fields = try open(id, reader)
            groups[definition.by.map { words(fields.at(path: $0)) }.joined(separator: "/"), default: 0] += 1
        }
        tell(groups, of: metric, &value, request)
        return value
    }

    /// Whom a figure tells of; of a form that isn't kept from others how many, and no more.
    private static func people(of metric: OwnMetric, _ counts: [Int64]) -> FigurePeople {
        FigurePeople(metric.form?.isKept == true ? [metric.plugin] : [], counts)
    }

    /// The parts of a figure. Few people of one kind are known to everybody (domain: illness, village, school): of a sensitive form
    /// their number is nobody's, else it is for whoever may see them. What would follow from the sum isn't told apart either.
    private static func tell(
        _ groups: [String: Int64], of metric: OwnMetric, _ value: inout MetricValue, _ request: ReportRequest
    ) {
        value.parts = groups.mapValues { .count($0) }
        guard groups.values.contains(where: FigurePeople.isFew) else { return }
        let isVeiled = request.veil.map { !$0.tellsGroups(of: metric.form, request) } ?? false
        guard isVeiled || metric.form?.sensitive != nil else { return }
        let told = Suppression.told([groups.mapValues { Int($0) }])
        value.parts = groups.compactMapValues { $0 == 0 ? .count(0) : nil }
        for (name, count) in told.shown { value.parts[name] = .count(Int64(count)) }
        value.notes.append(
            LocalText(
                zh: "另有 \(told.hidden) 类不单列:小于 5 的数不公布",
                en: "\(told.hidden) kinds are not told apart: counts below 5 are not published"))
    }

    private static func sum(
        _ field: String, _ metric: OwnMetric, _ cases: String, _ arguments: [SQLValue], _ request: ReportRequest,
        in reader: any StoreReader
    ) throws -> MetricValue? {
        guard let open = request.fields else { return nil }
        let ids = try reader.all("SELECT c.id \(cases)", arguments) { $0.id(0, CaseFile.self) }
        let total = try ids.reduce(Int64(0)) { try $0 + (open($1, reader).at(path: field).int ?? 0) }
        let type = metric.form?.fields.first { $0.name == field }?.type
        return MetricValue(
            type == .money ? .money(Money(fen: total)) : .count(total), people: [people(of: metric, [Int64(ids.count)])]
        )
    }

    private static func words(_ value: Value) -> String {
        switch value {
        case .text(let text): text
        case .int(let number): String(number)
        case .bool(let flag): flag ? "是" : "否"
        default: "未填"
        }
    }

    /// A group's name, which ``words(_:)`` made, in a language: what was filled in stays as it is.
    static func title(ofGroup name: String, _ language: Language) -> String {
        guard language == .en else { return name }
        let words = ["是": "yes", "否": "no", "未填": "not filled in"]
        return name.split(separator: "/", omittingEmptySubsequences: false).map { words[String($0)] ?? String($0) }
            .joined(separator: "/")
    }

    // MARK: records

    private static func ofRecords(
        _ metric: OwnMetric, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> MetricValue? {
        let rows = try RecordRows.standing(plugin: metric.plugin, kind: metric.definition.of, in: reader)
        guard !rows.isEmpty else { return nil }
        let bodies = rows.filter { request.period.contains($0.validFrom) }.map { Value.map($0.body) }
        // A table of classes or of companies tells of nobody.
        let isOfPeople = metric.record?.fields.contains { field in
            ["person", "child", "member", "household"].contains { field.type == .reference($0) }
        }
        let people = isOfPeople == true ? [OwnMetrics.people(of: metric, [Int64(bodies.count)])] : []
        guard let field = metric.definition.sum else {
            var value = MetricValue(.count(Int64(bodies.count)), people: people)
            guard !metric.definition.by.isEmpty else { return value }
            let groups = Dictionary(grouping: bodies) { body in
                metric.definition.by.map { words(body.at(path: $0)) }.joined(separator: "/")
            }
            let counts = groups.mapValues { Int64($0.count) }
            if people.isEmpty {
                value.parts = counts.mapValues { .count($0) }
            } else {
                tell(counts, of: metric, &value, request)
            }
            return value
        }
        let total = bodies.reduce(Int64(0)) { $0 + ($1.at(path: field).int ?? 0) }
        guard let target = metric.definition.target else {
            let type = metric.record?.fields.first { $0.name == field }?.type
            return MetricValue(type == .money ? .money(Money(fen: total)) : .count(total), people: people)
        }
        let whole = try self.target(target, metric, bodies, in: reader)
        return MetricValue(
            .ratio(total, of: whole), parts: ["actual": .count(total), "target": .count(whole)], people: people)
    }

    /// The sum of `promise.target` over the records that the rows refer to, each once.
    private static func target(
        _ path: String, _ metric: OwnMetric, _ bodies: [Value], in reader: any StoreReader
    ) throws -> Int64 {
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let field = metric.record?.fields.first(where: { $0.name == parts[0] }),
            case .reference(let table) = field.type
        else { return bodies.reduce(0) { $0 + ($1.at(path: path).int ?? 0) } }
        let keys = Set(bodies.map { $0[parts[0]] })
        return try keys.reduce(Int64(0)) { sum, key in
            // A reference holds the key, or the list of a key of several fields.
            let list: Value = key.list == nil ? .list([key]) : key
            let row = try RecordRows.find(plugin: metric.plugin, kind: table, key: list.json, in: reader)
            return sum + (row.flatMap { Value.map($0.body).at(path: parts[1]).int } ?? 0)
        }
    }
}
