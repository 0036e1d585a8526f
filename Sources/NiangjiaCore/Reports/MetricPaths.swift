/// What the paths of a metric lead to, and whether that may be told: a rule never sees a text, and no report does.
struct MetricPaths {
    static let stages = "stages"
    static let amount = "decision.amount"

    private let fields: [Field]
    private let manifest: Manifest
    private let moment: MetricPlan.Moment
    private let form: FormDefinition?
    /// Fields of a record table that no answer may hold.
    private let secret: Set<String>

    init(form: FormDefinition, manifest: Manifest, moment: MetricPlan.Moment) {
        fields = form.fields
        self.manifest = manifest
        self.moment = moment
        self.form = form
        secret = []
    }

    init(record: RecordDefinition, manifest: Manifest) {
        fields = record.fields
        self.manifest = manifest
        moment = .rows
        form = nil
        secret = Set(record.secret)
    }

    // MARK: groups

    /// What groups may be told apart by: closed lists, yes and no, areas, places and rows by their names, short codes. Of a sealed form
    /// only what its manifest lists itself: what somebody filled in would tell whose case it is.
    func group(_ path: String) throws(MetricFault) -> MetricPlan.Group {
        let (steps, type) = try field(path)
        if form?.sealed != nil {
            switch type {
            case .oneOf, .boolean: break
            default:
                throw MetricFault(
                    "by", zh: "\(path):封存(sealed)的表单只能按 enum 或 boolean 分类",
                    en: "\(path): a sealed form's cases are told apart by an enum or a boolean only")
            }
        }
        switch type {
        case .oneOf, .boolean, .area, .string, .reference("station"), .reference("organization"): break
        case .reference(let name) where manifest.records[name]?.isPublic == true: break
        case .reference(let name) where manifest.records[name] != nil:
            throw MetricFault(
                "by", zh: "\(path):记录表 \(name) 有人员、文字、附件、read 或 secret 的栏目,不能用来分类",
                en:
                    "\(path): the table \(name) has people, texts, files, or what is kept from some; it can't tell groups apart"
            )
        default:
            throw MetricFault(
                "by",
                zh: "\(path) 是 \(type.word),不能用来分类;可用 enum、boolean、area、string、组织、站点、公开的记录表",
                en:
                    "\(path) is \(type.word), which can't tell groups apart; enum, boolean, area, string, organization, station and public record tables can"
            )
        }
        return MetricPlan.Group(path: steps, type: type)
    }

    // MARK: figures

    /// What is counted or added up, and whether it is an amount.
    func figure(_ definition: MetricDefinition) throws(MetricFault) -> (MetricPlan.Figure, isMoney: Bool) {
        guard let sum = definition.sum else {
            switch definition.count {
            case "persons": return (.persons, false)
            case "households": return (.households, false)
            default: return (.cases, false)
            }
        }
        do throws(MetricFault) {
            if sum == MetricPaths.amount || sum.hasPrefix("keeps."), let form { return try decided(sum, form) }
            guard form?.sealed == nil else {
                throw MetricFault(
                    "sum", zh: "\(sum):封存(sealed)的表单,所填的不求和;可写 \(MetricPaths.amount) 或 keeps.…",
                    en:
                        "\(sum): what is filled in in a sealed form isn't added up; write \(MetricPaths.amount) or keeps.…"
                )
            }
            let (steps, type) = try field(sum)
            return (.field(steps), try isMoney(sum, type))
        } catch {
            var fault = error
            fault.key = "sum"
            throw fault
        }
    }

    private func decided(_ sum: String, _ form: FormDefinition) throws(MetricFault) -> (MetricPlan.Figure, Bool) {
        guard sum != MetricPaths.amount else {
            guard moment.isOfGrants else {
                throw MetricFault(
                    "sum", zh: "\(sum) 只有核准以后才有:请写 at: approved(核准的)、delivered(已交付的)或 paid(已付的)",
                    en: "\(sum) is there for grants: write at: approved, delivered or paid")
            }
            guard form.gives.givesValue else {
                throw MetricFault(
                    "sum", zh: "表单 \(form.name) 不给付钱物,没有 \(sum)", en: "the form \(form.name) gives nothing: no \(sum)")
            }
            return (.amount, true)
        }
        let name = String(sum.dropFirst("keeps.".count))
        guard let field = form.keeps.first(where: { $0.name == name }) else {
            throw unknown(name, form.keeps.map(\.name))
        }
        guard moment != .submitted else {
            throw MetricFault(
                "sum", zh: "\(sum) 核定以后才有:请写 at: approved 或阶段",
                en: "\(sum) is there once it is decided: write at: approved or a stage")
        }
        try mayBeRead([field], sum)
        return (.kept(name), try isMoney(sum, bare(field.type)))
    }

    private func isMoney(_ path: String, _ type: FieldType) throws(MetricFault) -> Bool {
        switch type {
        case .money: return true
        case .integer: return false
        default:
            throw MetricFault(
                "sum", zh: "\(path) 是 \(type.word),不能求和;只能对 money、integer 求和",
                en: "\(path) is \(type.word), which isn't added up; money and integer are")
        }
    }

    /// A record's fields that say whom it is about; one of the kind that is counted is needed.
    func people(counting figure: MetricPlan.Figure) throws(MetricFault) -> [String] {
        func names(_ kinds: Set<String>) -> [String] {
            fields.filter { if case .reference(let kind) = bare($0.type) { kinds.contains(kind) } else { false } }.map(
                \.name)
        }
        guard figure == .persons || figure == .households else { return names(FieldType.people) }
        let found = names(figure == .persons ? ["person", "child", "member"] : ["household"])
        guard found.count == 1 else {
            throw MetricFault(
                "count", zh: "记录表里须正好有一个\(figure == .persons ? "人员" : "家庭")栏目,才数得出不重复的;可写 count: cases(条数)",
                en:
                    "the table needs one field that names a \(figure == .persons ? "person" : "household"); count: cases counts rows"
            )
        }
        return found
    }

    /// What a sum is measured by: a field of the row itself, or `promise.target` of the row that it refers to.
    func target(_ path: String, isMoney: Bool, ofSum: Bool) throws(MetricFault) -> (
        field: String, of: (table: String, field: String)?
    ) {
        func wrong(_ zh: String, _ en: String) -> MetricFault { MetricFault("target", zh: zh, en: en) }
        guard ofSum else { throw wrong("target 须与 sum 一起写", "target goes with sum") }
        let parts = path.split(separator: ".").map(String.init)
        var fault = unknown(parts.first ?? path, fields.map(\.name))
        fault.key = "target"
        guard let first = parts.first, let own = fields.first(where: { $0.name == first }), parts.count <= 2 else {
            throw fault
        }
        var (chain, type) = ([own], bare(own.type))
        var there: (table: String, field: String)?
        if parts.count == 2 {
            guard case .reference(let table) = type, let record = manifest.records[table] else {
                throw wrong("\(first) 不是记录表的行", "\(first) names no row of a record table")
            }
            guard let field = record.fields.first(where: { $0.name == parts[1] }) else {
                fault = unknown(parts[1], record.fields.map(\.name))
                fault.key = "target"
                throw fault
            }
            guard !record.secret.contains(field.name) else {
                throw wrong("\(path) 是 secret,不能求和", "\(path) is secret and isn't added up")
            }
            chain.append(field)
            (type, there) = (bare(field.type), (table, field.name))
        }
        guard type == (isMoney ? .money : .integer) else {
            throw wrong(
                "\(path) 是 \(type.word),须与 sum 一样是 \(isMoney ? "money" : "integer")",
                "\(path) is \(type.word); it has to be \(isMoney ? "money" : "integer") like the sum")
        }
        do throws(MetricFault) { try mayBeRead(chain, path) } catch { throw wrong(error.message.zh, error.message.en) }
        return (first, there)
    }

    // MARK: fields

    /// A field of the form or row itself, of an object in it, or of a stage.
    private func field(_ path: String) throws(MetricFault) -> (path: [String], type: FieldType) {
        let steps = path.split(separator: ".").map(String.init)
        var (members, rest) = (fields, steps[...])
        if steps.first == MetricPaths.stages, let form {
            guard steps.count > 2, let stage = form.stage(steps[1]) else {
                throw unknown(steps.count > 1 ? steps[1] : path, form.stages.map(\.name))
            }
            guard moment != .submitted else {
                throw MetricFault(
                    "", zh: "\(path) 到了阶段才有:请写 at: \(stage.name)",
                    en: "\(path) is there from its stage on: write at: \(stage.name)")
            }
            (members, rest) = (stage.fields, steps[2...])
        }
        var chain: [Field] = []
        for step in rest {
            guard let found = members.first(where: { $0.name == step }) else {
                throw chain.isEmpty && rest.count == steps.count ? missing(step) : unknown(step, members.map(\.name))
            }
            chain.append(found)
            switch bare(found.type) {
            case .object(let inner): members = inner
            case .list:
                throw MetricFault("", zh: "\(path) 在列表里,不能统计", en: "\(path) is in a list, which isn't counted")
            default: members = []
            }
        }
        guard let last = chain.last else { throw missing(path) }
        try mayBeRead(chain, path)
        return (steps, bare(last.type))
    }

    /// Of a name that the form's own fields don't have: where else it stands.
    private func missing(_ name: String) -> MetricFault {
        guard let form else { return unknown(name, fields.map(\.name)) }
        var elsewhere = form.stages.filter { $0.fields.contains { $0.name == name } }.map {
            "\(MetricPaths.stages).\($0.name).\(name)"
        }
        if form.keeps.contains(where: { $0.name == name }) { elsewhere.append("keeps.\(name)") }
        if name == "amount" { elsewhere.append(MetricPaths.amount) }
        for field in fields {
            guard case .list(.object(let inner)) = bare(field.type), inner.contains(where: { $0.name == name }) else {
                continue
            }
            return MetricFault(
                "", zh: "\(name) 在列表 \(field.name) 里,不能统计",
                en: "\(name) is in the list \(field.name), which isn't counted")
        }
        guard !elsewhere.isEmpty else { return unknown(name, fields.map(\.name)) }
        let words = elsewhere.joined(separator: "、")
        return MetricFault(
            "", zh: "申请没有栏目 \(name);请写 \(words)",
            en: "applications have no field \(name); write \(elsewhere.joined(separator: " or "))")
    }

    private func mayBeRead(_ chain: [Field], _ path: String) throws(MetricFault) {
        guard chain.contains(where: { !$0.read.isEmpty || secret.contains($0.name) }) else { return }
        throw MetricFault(
            "", zh: "\(path) 只给某些人看(read 或 secret),不能统计",
            en: "\(path) is for some to read (read or secret): it isn't counted")
    }

    private func unknown(_ word: String, _ among: [String]) -> MetricFault {
        var fault = MetricFault("", zh: "没有栏目 \(word)", en: "there is no field \(word)")
        (fault.word, fault.among) = (word, among)
        return fault
    }

    private func bare(_ type: FieldType) -> FieldType {
        if case .nullable(let inner) = type { bare(inner) } else { type }
    }
}

extension RecordDefinition {
    /// Whether nothing in a table is about people, was written by one freely, or is kept from some.
    public var isPublic: Bool {
        secret.isEmpty && fields.allSatisfy { $0.read.isEmpty && $0.type.isPublic }
    }
}

extension FieldType {
    fileprivate var isPublic: Bool {
        switch self {
        case .reference(let name): ["organization", "station"].contains(name)
        case .text, .file, .point, .area: false
        case .list(let inner), .nullable(let inner): inner.isPublic
        case .object(let fields): fields.allSatisfy { $0.read.isEmpty && $0.type.isPublic }
        default: true
        }
    }
}
