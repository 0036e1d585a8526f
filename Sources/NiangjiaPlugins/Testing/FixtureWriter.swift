import NiangjiaCore

/// What a journaled call saw and said, to be told again as a test about somebody fictional.
public struct FixtureSource: Sendable {
    /// The plugin as it was then.
    public var plugin: Plugin
    /// The form that was asked for.
    public var form: FormDefinition
    /// Whom it is about, the day that it belongs to, and the program's season.
    public var subject: SubjectRef
    public var on: CivilDate
    public var season: DateRange
    /// `{"facts": …, "context": …}` of the row, as the judge describes it. Of a batch the journal keeps only what was read.
    public var seen: Value
    /// The settings that held for the row.
    public var settings: Value
    /// What the rule said.
    public var judgement: Judgement

    /// A call that was journaled.
    public init(
        plugin: Plugin, form: FormDefinition, subject: SubjectRef, on: CivilDate, season: DateRange, seen: Value,
        settings: Value, judgement: Judgement
    ) {
        self.plugin = plugin
        self.form = form
        self.subject = subject
        self.on = on
        self.season = season
        self.seen = seen
        self.settings = settings
        self.judgement = judgement
    }

    var facts: Value { seen["facts"] }
    var context: Value { seen["context"] }
}

/// A test in the making: the parts of a test file, and which of its values are somebody's.
struct FixtureDraft {
    var program: [String: Value] = [:]
    /// group → name → what is declared
    var given: [String: [String: [String: Value]]] = [:]
    var history: [[String: Value]] = []
    var when: [String: Value] = [:]

    func content(expect: Value) -> Value {
        var given: [String: Value] = self.given.mapValues { .map($0.mapValues { .map($0) }) }
        if !history.isEmpty { given["history"] = .list(history.map { .map($0) }) }
        let one: Value = [
            "id": "FIXTURE-1", "what": "由一次裁定改写 Made from a decision", "when": .map(when), "expect": expect,
        ]
        return ["program": .map(program), "given": .map(given), "cases": [one]]
    }
}

/// Tells a journaled call as a test: everybody in it gets a fictional name, and only what the rule was shown is declared.
struct FixtureWriter {
    let source: FixtureSource
    private var draft = FixtureDraft()
    /// Reference of the journal → name in the test.
    private var names: [String: String] = [:]

    init(_ source: FixtureSource) { self.source = source }

    /// Throws `invalid` for what a test can't declare yet.
    mutating func write() throws(NiangjiaError) -> FixtureDraft {
        let kind = source.subject.kind
        draft.given["organizations"] = ["works": ["level": "basic"]]
        let name = kind == .person ? "applicant" : kind.rawValue
        names[source.subject.description] = name
        try addSubject(kind, name)
        try addFields(subjectName: name)
        addRest(kind, name)
        for look in source.form.facts.look { try addHistory(look, subject: name) }
        writeProgram()
        return draft
    }

    // MARK: the subject

    private mutating func addSubject(_ kind: SubjectKind, _ name: String) throws(NiangjiaError) {
        let declared = source.facts["subject"].map ?? [:]
        var own: [String: Value] = [:]
        for fact in FactCatalogue.facts(of: kind) where source.form.facts.subject.contains(fact.name) {
            guard let value = shown(fact, in: declared, group: "subject") else { continue }
            switch (kind, fact.name) {
            case (.person, "is_verified"): own["verified"] = value
            case (.person, "is_member"), (.person, "member_status"), (.person, "joined_on"):
                if fact.name != "is_member" { own[fact.name] = value }
            case (.person, "union_level"): draft.given["organizations"]?["works"]?["level"] = value
            case (.person, "union_area"): draft.given["organizations"]?["works"]?["area"] = Self.place(value)
            case (.person, "employer_nature"):
                draft.given["organizations"]?["employer"] = ["level": "employer", "nature": value]
                own["employer"] = "employer"
            default: own[fact.name] = fact.name.hasSuffix("area") ? Self.place(value) : value
            }
        }
        switch kind {
        case .person:
            if declared["is_member"] != .bool(false) { own["member_of"] = "works" }
            if let household = household() {
                draft.given["households"] = ["home": household]
                own["household"] = "home"
                if own["household_role"] == nil { own["household_role"] = "head" }
            }
            draft.given["persons", default: [:]][name] = own
        case .household:
            own.merge(household() ?? [:]) { mine, _ in mine }
            draft.given["households", default: [:]][name] = own
        case .organization:
            own.merge(["level": "basic"]) { mine, _ in mine }
            draft.given["organizations", default: [:]][name] = own
        case .station:
            own.merge(["organization": "works"]) { mine, _ in mine }
            draft.given["stations", default: [:]][name] = own
        case .record, .nobody:
            throw NiangjiaError(
                .invalid, zh: "对象是登记记录或不针对人的裁定还不能写成用例。",
                en: "A decision about a record, or about nobody, can't be told as a test yet.")
        }
    }

    /// What the rule was shown of the household; nil where it asked for nothing.
    private func household() -> [String: Value]? {
        guard !source.form.facts.household.isEmpty else {
            // A look or a uniqueness by household needs one, whatever it is.
            let byHousehold =
                source.form.facts.look.contains { $0.per == "household" }
                || source.form.unique.contains { $0.per == "household" }
            return byHousehold ? ["hardship_class": "none"] : nil
        }
        var own: [String: Value] = [:]
        let declared = source.facts["household"].map ?? [:]
        for fact in FactCatalogue.facts(of: .household) where source.form.facts.household.contains(fact.name) {
            guard let value = shown(fact, in: declared, group: "household") else { continue }
            let isMoney = ["yearly_income", "rigid_expenses"].contains(fact.name)
            own[fact.name] = isMoney ? .text(Money(fen: value.int ?? 0).yuan) : value
        }
        return own
    }

    /// A declared fact as the rule was shown it; what no row of a batch read is anything at all, for it must be there.
    private func shown(_ fact: FactDefinition, in declared: [String: Value], group: String) -> Value? {
        if let value = declared[fact.name] { return value.isNull ? nil : value }
        guard !source.form.facts.maybe.contains("\(group).\(fact.name)") else { return nil }
        switch fact.kind {
        case .text: return .text(fact.values.first ?? "other")
        case .integer: return 0
        case .boolean: return false
        case .date: return "2000-01-01"
        }
    }

    /// A place is somewhere fictional.
    private static func place(_ value: Value) -> Value { value.isNull ? .null : "990101" }

    // MARK: the form

    private mutating func addFields(subjectName: String) throws(NiangjiaError) {
        var written: [String: Value] = [:]
        var array: String?
        if case .path(let path) = source.form.subject, let first = path.split(separator: ".").first.map(String.init),
            case .list = source.form.fields.first(where: { $0.name == first })?.type
        {
            array = first
        }
        for field in source.form.fields {
            if field.name == array, case .list(let element) = field.type {
                // Only the element that was judged: the others are other people.
                written[field.name] = [try self.written(source.facts["line"], element, field.name)]
                continue
            }
            let value = source.facts["application"][field.name]
            if value.isNull { continue }
            written[field.name] = try self.written(value, field.type, field.name)
        }
        if !written.isEmpty { draft.when["fields"] = .map(written) }
        draft.when["form"] = .text(source.form.name)
    }

    /// A value as people write it in tests; whoever it names gets a name.
    private mutating func written(_ value: Value, _ type: FieldType, _ path: String) throws(NiangjiaError) -> Value {
        switch type {
        case .nullable(let inner): return value.isNull ? .null : try written(value, inner, path)
        case .money: return value.int.map { .text(Money(fen: $0).yuan) } ?? value
        case .rate: return value.int.map { .text(Rate(basisPoints: $0).description) } ?? value
        case .text: return "略 left out"
        case .file: return "proof.pdf"
        case .area: return Self.place(value)
        case .list(let element):
            var items: [Value] = []
            for item in value.list ?? [] { items.append(try written(item, element, path)) }
            return .list(items)
        case .object(let fields):
            var members: [String: Value] = [:]
            for field in fields where !value[field.name].isNull {
                members[field.name] = try written(value[field.name], field.type, "\(path).\(field.name)")
            }
            return .map(members)
        case .reference(let register): return try reference(value["ref"].text ?? value.text ?? "", register, path)
        case .point:
            throw NiangjiaError(
                .invalid, zh: "坐标字段 \(path) 还不能写成用例。", en: "The point \(path) can't be told as a test yet.")
        default: return value
        }
    }

    private mutating func reference(_ reference: String, _ register: String, _ path: String) throws(NiangjiaError)
        -> Value
    {
        if let known = names[reference] { return .text(known) }
        guard FieldType.registers.contains(register) else {
            throw NiangjiaError(
                .invalid, zh: "字段 \(path) 引用登记表 \(register),还不能写成用例。",
                en: "The field \(path) names a record of \(register), which can't be told as a test yet.")
        }
        let name = "\(register)_\(names.count)"
        names[reference] = name
        switch register {
        case "organization":
            draft.given["organizations", default: [:]][name] = ["level": "basic", "member_count": "1"]
        case "household": draft.given["households", default: [:]][name] = ["hardship_class": "none"]
        case "station": draft.given["stations", default: [:]][name] = ["organization": "works"]
        default: draft.given["persons", default: [:]][name] = ["member_of": "works"]
        }
        return .text(name)
    }

    /// Who files it and when; a child belongs to somebody who files for it.
    private mutating func addRest(_ kind: SubjectKind, _ name: String) {
        let channels = source.form.by.filter { !["scan", "batch", "action"].contains($0) }
        draft.when["at"] = .text(submitted)
        guard let channel = channels.first(where: { $0 == "clerk" }) ?? channels.first else {
            // Nobody asks: it is decided over everybody, and the test's city has one person.
            return draft.when["decide"] = true
        }
        draft.when["by"] = .text(channel)
        if kind == .organization {
            draft.when["unit"] = .text(name)
        } else if channel == "unit" {
            let named = draft.when["fields"]?["unit"].text ?? ""
            draft.when["unit"] = .text(draft.given["organizations"]?[named] == nil ? "works" : named)
        }
        if case .applicant = source.form.subject, kind == .person {
            draft.when["applicant"] = .text(name)
        } else if kind == .person, channel != "unit" {
            var parent: [String: Value] = ["member_of": "works"]
            if draft.given["households"]?["home"] != nil {
                parent["household"] = "home"
                parent["household_role"] = "head"
                if draft.given["persons"]?[name]?["household_role"] == "head" {
                    draft.given["persons"]?[name]?["household_role"] = "child"
                }
            }
            draft.given["persons", default: [:]]["parent"] = parent
            draft.when["applicant"] = "parent"
        }
        let waived = (source.context["waived"].map ?? [:]).keys.sorted()
        if !waived.isEmpty { draft.when["waive"] = .list(waived.map { .text($0) }) }
    }

    // MARK: the past and the program

    private mutating func addHistory(_ look: LookDefinition, subject: String) throws(NiangjiaError) {
        let answer = source.facts["look"][look.name]
        guard let count = answer["count"].int, count > 0 else { return }
        guard look.source == .decisions else {
            throw NiangjiaError(
                .invalid, zh: "历史查看 \(look.name) 不是查裁定,还不能写成用例。",
                en: "The look \(look.name) is at something else than decisions, which a test can't declare yet.")
        }
        let form = look.of.first ?? source.form.name
        let keeps = source.plugin.manifest.forms[form]?.keeps ?? []
        let last = answer["last"]
        let whole = answer["amount"].int ?? 0
        let lastAmount = count == 1 ? whole : last["amount"].int ?? 0
        func item(_ on: Value, _ amount: Int64, _ kept: [String: Value]) -> [String: Value] {
            var item: [String: Value] = ["form": .text(form), "subject": .text(subject), "on": on]
            if amount != 0 { item["amount"] = .text(Money(fen: amount).yuan) }
            if look.state != "standing" { item["state"] = .text(look.state) }
            if !kept.isEmpty { item["keeps"] = .map(kept) }
            return item
        }
        var lastKept: [String: Value] = [:]
        var firstKept: [String: Value] = [:]
        for field in keeps {
            let value = last[field.name]
            if !value.isNull { lastKept[field.name] = try written(value, field.type, field.name) }
            let rest = (answer["sum"][field.name].int ?? 0) - (value.int ?? 0)
            if count > 1, rest != 0 { firstKept[field.name] = try written(.int(rest), field.type, field.name) }
        }
        var items: [[String: Value]] = []
        if count > 1 {
            items.append(item(answer["first_on"], whole - lastAmount, firstKept))
            for _ in 0..<max(0, min(count, 1_000) - 2) { items.append(item(answer["last_on"], 0, [:])) }
        }
        items.append(item(answer["last_on"], lastAmount, lastKept))
        draft.history += items.filter { new in count > 2 || !draft.history.contains(new) }
    }

    /// The day on which it was handed in; a batch is of its day.
    private var submitted: String { source.context["submitted_on"].text ?? source.on.description }

    private mutating func writeProgram() {
        let season = source.season
        draft.program["season"] = ["from": .text(season.from.description), "to": .text(season.to.description)]
        let day = CivilDate(submitted) ?? source.on
        draft.program["apply"] = [
            "from": .text((min(season.from, day) - 60).description),
            "to": .text((max(season.to, day) + 60).description),
        ]
        draft.program["funding"] = [["line": "test"]]
        draft.program["pay"] = ["each_max": "10000000"]
        draft.program["review"] = ["basic"]
        let waived = draft.when["waive"]?.list ?? []
        if !waived.isEmpty {
            draft.program["waive"] = .map(
                Dictionary(waived.map { ($0.text ?? "", Value.text("city")) }, uniquingKeysWith: { a, _ in a }))
        }
        var settings: [String: Value] = [:]
        for field in source.plugin.manifest.settings {
            let value = source.settings[field.name]
            if !value.isNull, let made = try? written(value, field.type, field.name) { settings[field.name] = made }
        }
        draft.program["settings"] = .map(settings)
    }
}
