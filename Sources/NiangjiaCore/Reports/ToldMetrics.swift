/// Metrics that rest on figures from outside, in whole or where the city runs no program of the host for them.
enum ToldMetrics {
    /// A figure that may be entered.
    struct Part: Sendable {
        var name: String
        var telling: Telling
        var isMoney = false
    }

    typealias Compute = @Sendable (any StoreReader, ReportRequest) throws -> MetricValue?

    private static func sum(_ name: String) -> Part { Part(name: name, telling: .sum) }
    private static func state(_ name: String) -> Part { Part(name: name, telling: .state) }
    private static func distinct(_ name: String) -> Part { Part(name: name, telling: .distinct) }
    private static func money(_ name: String) -> Part { Part(name: name, telling: .sum, isMoney: true) }

    /// By metric: what may be entered for it.
    static let byMetric: [String: [Part]] = [
        "M09": [state("demand"), state("covered"), state("overlapped")],
        "M13": [state("passed"), state("assessed")],
        "M14": [state("s5"), state("s4"), state("s3"), state("s2"), state("s1")],
        "M15": [sum("total"), sum("due"), sum("closed")],
        "M19": [state("complete")],
        "M23": [sum("times"), distinct("households"), money("amount")],
        "M26": [distinct("pupils")],
        "M27": [
            sum("fairs"), sum("companies"), sum("openings"), sum("intentions"), distinct("hired"),
        ],
        "M28": [sum("times")],
        "M29": [sum("found"), state("left")],
        "M33": [sum("projects"), distinct("persons"), money("amount")],
        "M34": [distinct("persons"), money("amount")],
        "M36": [sum("cases"), money("amount")],
        "M37": [sum("closed"), sum("agreed")],
        "M38": [distinct("units"), sum("findings"), sum("due"), sum("mended")],
        "M39": [sum("found"), sum("due"), sum("verified")],
        "M40": [sum("events"), sum("times")],
        "M41": [sum("valid"), sum("satisfied")],
        "M42": [sum("times"), sum("upgrades"), money("amount")],
        "M43": [sum("proposed"), sum("evaluated"), sum("adopted"), sum("done"), money("benefit")],
        "M44": [state("studios"), sum("projects"), money("benefit")],
        "M45": [state("centres"), state("stations"), sum("online"), sum("venue")],
        "M46": [distinct("rest"), distinct("check")],
        "M47": [state("subjects"), sum("classes"), distinct("students"), sum("visits")],
        "M48": [sum("events"), sum("times"), money("amount")],
        "M49": [state("promised"), state("done")],
        "M50": [sum("found"), sum("solved")],
    ]

    /// Every figure that may be entered, by its full name (`M36.cases`).
    static let parts: [String: Part] = Dictionary(
        uniqueKeysWithValues: byMetric.flatMap { id, parts in parts.map { ("\(id).\($0.name)", $0) } })

    /// A metric's computation with what was entered for the parts that the host doesn't count itself.
    static func told(
        _ id: String, rate: (name: String, part: String, of: String)? = nil, main: String? = nil,
        besides compute: Compute? = nil
    ) -> Compute {
        { reader, request in
            var value = try compute?(reader, request) ?? MetricValue()
            var sources: Set<String> = []
            for part in byMetric[id] ?? [] where value.parts[part.name] == nil {
                let name = "\(id).\(part.name)"
                if let own = try toldByPlugins(name, part, request, reader) {
                    value.parts[part.name] = own.quantity
                    value.notes += own.notes
                    value.people += own.people
                    continue
                }
                let found = try ToldFigures.value(
                    name, part.telling, isMoney: part.isMoney, request, in: reader)
                guard let found else { continue }
                value.parts[part.name] = found.quantity
                sources.formUnion(found.sources)
            }
            guard !value.parts.isEmpty || value.main != nil else { return nil }
            if let rate, value.parts[rate.name] == nil, value.main == nil || !rate.name.isEmpty,
                case .count(let part)? = value.parts[rate.part], case .count(let whole)? = value.parts[rate.of]
            {
                if rate.name.isEmpty {
                    value.main = .ratio(part, of: whole)
                } else {
                    value.parts[rate.name] = .ratio(part, of: whole)
                }
            }
            if let main, value.main == nil { value.main = value.parts[main] }
            if !sources.isEmpty {
                let list = sources.sorted().joined(separator: "、")
                value.notes.append(LocalText(zh: "填报数据,依据:\(list)", en: "entered from outside: \(list)"))
            }
            return value
        }
    }

    /// What figures of plugins come to that say that they are this one (`tells`). Throws ``MetricGap`` where two plugins know of
    /// distinct persons: nobody knows who stands in both.
    private static func toldByPlugins(
        _ name: String, _ part: Part, _ request: ReportRequest, _ reader: any StoreReader
    ) throws -> (quantity: Quantity, notes: [LocalText], people: [FigurePeople])? {
        let metrics = request.own.filter { $0.definition.tells == name }
        let values = try metrics.compactMap { try OwnMetrics.value($0, request, in: reader) }
        guard !values.isEmpty else { return nil }
        if part.telling == .distinct, values.count > 1 {
            throw MetricGap(
                zh: "\(name) 由 \(values.count) 个插件统计,人数不能相加",
                en: "\(values.count) plugins count \(name); distinct counts can't be added")
        }
        let sum = values.reduce(Int64(0)) { sum, value in
            switch value.main {
            case .count(let count): sum + count
            case .money(let money): sum + money.fen
            default: sum
            }
        }
        return (
            part.isMoney ? .money(Money(fen: sum)) : .count(sum), values.flatMap(\.notes), values.flatMap(\.people)
        )
    }

    /// 15 分钟服务圈: covered and overlapped are the weights of demand points; a rate by people and one by area never meet.
    static let circle: Compute = { reader, request in
        guard var value = try told("M09")(reader, request), case .count(let demand)? = value.parts["demand"] else {
            return nil
        }
        if case .count(let covered)? = value.parts["covered"] { value.parts["cover"] = .ratio(covered, of: demand) }
        if case .count(let twice)? = value.parts["overlapped"] { value.parts["overlap"] = .ratio(twice, of: demand) }
        guard value.parts["cover"] != nil else { return nil }
        value.notes.append(LocalText(zh: "分母为需求点权重 \(demand)", en: "over demand points of weight \(demand)"))
        return value
    }

    static let filesComplete: Compute = { reader, request in
        guard var value = try told("M19")(reader, request), case .count(let complete)? = value.parts["complete"],
            case .count(let files)? = try RegisterMetrics.files(reader, request)?.main
        else { return nil }
        value.main = .ratio(complete, of: files)
        return value
    }

    static let zeroEmployment: Compute = { reader, request in
        guard var value = try told("M29")(reader, request), case .count(let found)? = value.parts["found"],
            case .count(let left)? = value.parts["left"]
        else { return nil }
        value.main = .ratio(found - left, of: found)
        return value
    }

    /// 满意率: published only from thirty valid answers.
    static let satisfaction: Compute = { reader, request in
        guard let value = try told("M41")(reader, request), case .count(let valid)? = value.parts["valid"],
            case .count(let satisfied)? = value.parts["satisfied"]
        else { return nil }
        guard valid >= 30 else {
            throw MetricGap(zh: "有效问卷 \(valid) 份,不足 30 份,不公布", en: "\(valid) valid answers; published from 30")
        }
        return MetricValue(.ratio(satisfied, of: valid), parts: ["n": .count(valid)], notes: value.notes)
    }

    /// 心理服务: a cell of one to four persons is not printed.
    static let counselling: Compute = { reader, request in
        guard var value = try told("M45")(reader, request) else { return nil }
        for name in ["online", "venue"] {
            guard case .count(1..<5)? = value.parts[name] else { continue }
            value.parts[name] = .few
            value.notes.append(LocalText(zh: "小于 5 的数不公布", en: "counts below 5 are not published"))
        }
        return value
    }
}
