/// Computes what plugins define (``MetricPlan``).
enum OwnMetrics {
    /// Nil where the city has no case, decision or row of the kind at all. Throws ``MetricGap`` for what can't be known.
    static func value(
        _ metric: OwnMetric, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> MetricValue? {
        switch metric.plan {
        case .failure(let fault):
            let place = fault.key.isEmpty ? metric.name : "\(metric.name).\(fault.key)"
            throw MetricGap(
                zh: "插件清单的 metrics.\(place) 须更正:\(fault.message.zh)",
                en: "metrics.\(place) in the plugin's manifest must be mended: \(fault.message.en)")
        case .success(let plan):
            return plan.moment == .rows
                ? try ofRecords(metric, plan, request, in: reader) : try ofForm(metric, plan, request, in: reader)
        }
    }

    // MARK: applications and grants

    private static func ofForm(
        _ metric: OwnMetric, _ plan: MetricPlan, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> MetricValue? {
        let units = MetricUnits(plugin: metric.plugin, plan, request)
        guard try units.areKnown(in: reader) else { return nil }
        let counts = try units.counts(in: reader)
        var value = MetricValue(people: [people(of: metric, plan, [counts.units, counts.persons])])
        switch plan.figure {
        case .cases: value.main = .count(counts.units)
        case .persons:
            value.main = .count(try known(counts.persons, counts, counts.withoutPerson, ("人员", "person"), &value))
        case .households:
            value.main = .count(
                try known(counts.households, counts, counts.withoutHousehold, ("家庭", "household"), &value))
        case .amount where plan.moment == .paid:
            let back = try ProgramMetrics.sentBack([metric.plugin], form: plan.of, reader, request)
            value.main = .money(Money(fen: try units.amount(in: reader)) - back.amount)
            value.notes += back.notes
            value.people[0].counts.append(back.people)
        case .amount: value.main = .money(Money(fen: try units.amount(in: reader)))
        case .kept(let name):
            value.main = quantity(
                try sum(units.kept(in: reader).map { $0[name].int }, counts.units, &value), plan.isMoney)
        case .field(let path):
            guard let fields = try units.fields(in: reader, request) else { return nil }
            let numbers = fields.map { $0.value.at(path: path.joined(separator: ".")).int }
            value.main = quantity(try sum(numbers, counts.units, &value), plan.isMoney)
        }
        guard !plan.groups.isEmpty, let groups = try units.groups(in: reader, request) else { return value }
        tell(groups, plan, &value, request)
        return value
    }

    /// Distinct ones, where it is known who they are. None of many is no figure.
    private static func known(
        _ count: Int64, _ counts: MetricUnits.Counts, _ without: Int64, _ what: (zh: String, en: String),
        _ value: inout MetricValue
    ) throws -> Int64 {
        guard count > 0 || counts.units == 0 else {
            throw MetricGap(
                zh: "有 \(counts.units) 件,都没有\(what.zh)可数",
                en: "there are \(counts.units), and none of them names a \(what.en)")
        }
        if without > 0 {
            value.notes.append(
                LocalText(
                    zh: "另有 \(without) 件没有\(what.zh),不计", en: "\(without) more name no \(what.en) and aren't counted"))
        }
        return count
    }

    /// The sum of what is filled in. Throws ``MetricGap`` where nothing is, or the sum is beyond all numbers.
    private static func sum(_ numbers: [Int64?], _ units: Int64, _ value: inout MetricValue) throws -> Int64 {
        let filled = numbers.compactMap { $0 }
        guard !filled.isEmpty || units == 0 else {
            throw MetricGap(zh: "有 \(units) 件,都没有填这一项", en: "there are \(units), and none has it filled in")
        }
        var total = Int64(0)
        for number in filled {
            let (sum, isBeyond) = total.addingReportingOverflow(number)
            guard !isBeyond else { throw MetricGap(zh: "合计超出范围", en: "the sum is out of range") }
            total = sum
        }
        let empty = Int64(numbers.count - filled.count)
        if empty > 0 {
            value.notes.append(LocalText(zh: "另有 \(empty) 件没有填这一项", en: "\(empty) more don't have it filled in"))
        }
        return total
    }

    private static func quantity(_ total: Int64, _ isMoney: Bool) -> Quantity {
        isMoney ? .money(Money(fen: total)) : .count(total)
    }

    /// Whom a figure tells of; of a form that isn't kept from others how many, and no more.
    private static func people(of metric: OwnMetric, _ plan: MetricPlan, _ counts: [Int64]) -> FigurePeople {
        FigurePeople(plan.form?.isKept == true ? [metric.plugin] : [], counts)
    }

    // MARK: groups

    /// The parts of a figure. Few people of one kind are known to everybody (domain: illness, village, school): of a sensitive or
    /// sealed form their number is nobody's, else it is for whoever may see them; what few people typed is nobody's in any form. What
    /// would follow from the sum isn't told apart either.
    private static func tell(
        _ groups: [MetricGroup], _ plan: MetricPlan, _ value: inout MetricValue, _ request: ReportRequest
    ) {
        let counts = Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0) })
        value.parts = counts.mapValues { .count($0.count) }
        let isOpen = plan.record != nil && plan.people.isEmpty && !plan.groups.contains(where: \.isTyped)
        guard !isOpen, counts.values.contains(where: { FigurePeople.isFew($0.people) }) else { return }
        let isVeiled = request.veil.map { !$0.tellsGroups(of: plan.form, request) } ?? false
        guard isVeiled || plan.form?.isKept == true || plan.groups.contains(where: \.isTyped) else { return }
        let told = Suppression.told([counts.mapValues { Int($0.people) }])
        value.parts = value.parts.filter { told.shown[$0.key] != nil }
        value.notes.append(
            LocalText(
                zh: "另有 \(told.hidden) 类不单列:小于 5 的数不公布",
                en: "\(told.hidden) kinds are not told apart: counts below 5 are not published"))
    }

    /// A group's name in a language: what was filled in stays as it is.
    static func title(ofGroup name: String, _ language: Language) -> String {
        guard language == .en else { return name }
        return name.split(separator: "/", omittingEmptySubsequences: false).map {
            GroupNames.english[String($0)] ?? String($0)
        }.joined(separator: "/")
    }

    // MARK: records

    private static func ofRecords(
        _ metric: OwnMetric, _ plan: MetricPlan, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> MetricValue? {
        let rows = try RecordRows.standing(plugin: metric.plugin, kind: plan.of, in: reader)
        guard !rows.isEmpty else { return nil }
        let bodies = rows.filter { request.period.contains($0.validFrom) }.map { Value.map($0.body) }
        // A table of classes or of companies tells of nobody.
        let whom = { (body: Value) in plan.people.compactMap { name in body[name].text } }
        let persons = Int64(Set(bodies.flatMap(whom)).count)
        var value = MetricValue(
            people: plan.people.isEmpty ? [] : [people(of: metric, plan, [Int64(bodies.count), persons])])
        switch plan.figure {
        case .cases: value.main = .count(Int64(bodies.count))
        case .persons, .households:
            guard persons > 0 || bodies.isEmpty else {
                throw MetricGap(
                    zh: "有 \(bodies.count) 条,都没有写是谁", en: "there are \(bodies.count) rows, and none says who")
            }
            value.main = .count(persons)
        case .field(let path):
            let numbers = bodies.map { $0.at(path: path.joined(separator: ".")).int }
            let total = try sum(numbers, Int64(bodies.count), &value)
            value.main = quantity(total, plan.isMoney)
            if let target = plan.target {
                let whole = try self.target(target, metric, bodies, &value, in: reader)
                value.main = .ratio(total, of: whole)
                value.parts = ["actual": .count(total), "target": .count(whole)]
            }
        case .kept, .amount: return nil
        }
        guard !plan.groups.isEmpty else { return value }
        let values = { (body: Value) in plan.groups.map { body.at(path: $0.path.joined(separator: ".")) } }
        let names = try GroupNames(plan, metric.plugin).names(of: Set(bodies.map(values)), in: reader)
        let groups = Dictionary(grouping: bodies) { names[values($0)] ?? "" }.map { name, bodies in
            let distinct = Int64(Set(bodies.flatMap(whom)).count)
            let isOfPeople = plan.figure == .persons || plan.figure == .households
            return MetricGroup(
                name: name, count: isOfPeople ? distinct : Int64(bodies.count),
                people: plan.people.isEmpty ? Int64(bodies.count) : distinct)
        }
        tell(groups, plan, &value, request)
        return value
    }

    /// The sum of `promise.target` over the records that the rows refer to, each once; or of a field of the rows.
    private static func target(
        _ target: (field: String, of: (table: String, field: String)?), _ metric: OwnMetric, _ bodies: [Value],
        _ value: inout MetricValue, in reader: any StoreReader
    ) throws -> Int64 {
        guard let there = target.of else {
            return try sum(bodies.map { $0[target.field].int }, Int64(bodies.count), &value)
        }
        let numbers = try Set(bodies.map { $0[target.field] }).map { key in
            // A reference holds the key, or the list of a key of several fields.
            let list: Value = key.list == nil ? .list([key]) : key
            let row = try RecordRows.find(plugin: metric.plugin, kind: there.table, key: list.json, in: reader)
            return row?.body[there.field]?.int
        }
        return try sum(numbers, Int64(bodies.count), &value)
    }
}
