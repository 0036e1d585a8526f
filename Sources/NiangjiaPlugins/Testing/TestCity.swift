import NiangjiaCore

/// A tiny city in a store of its own: what a test case declares, as rows.
struct TestCity: Sendable {
    var organizations: [String: ID<Organization>] = [:]
    var households: [String: ID<Household>] = [:]
    var persons: [String: ID<Person>] = [:]
    var stations: [String: ID<Station>] = [:]
    /// `class/py`
    var records: [String: ID<Record>] = [:]
    var householdOf: [Int64: Int64] = [:]
    /// Cases by the step that handed them in.
    var cases: [String: ID<CaseFile>] = [:]

    /// The text outside the store of a thing that the test names.
    func reference(_ name: String, _ register: String) -> String? {
        switch register {
        case "organization": organizations[name]?.text
        case "household": households[name]?.text
        case "station": stations[name]?.text
        case "person", "child", "member": persons[name]?.text
        default: records[register + "/" + name]?.text ?? cases[name]?.text
        }
    }

    func subject(_ name: String) -> SubjectRef? {
        if let id = persons[name] { return SubjectRef(.person, id.rawValue) }
        if let id = organizations[name] { return SubjectRef(.organization, id.rawValue) }
        if let id = stations[name] { return SubjectRef(.station, id.rawValue) }
        return households[name].map { SubjectRef(.household, $0.rawValue) }
    }

    /// The name of what rules see as `p-…`; nil for what the test doesn't name.
    func name(ofReference text: String) -> String? {
        let names = [
            persons.keys.sorted(), organizations.keys.sorted(), stations.keys.sorted(), households.keys.sorted(),
        ]
        return names.joined().first { subject($0)?.description == text }
    }

    func name(of subject: SubjectRef) -> String {
        switch subject.kind {
        case .person: persons.first { $0.value.rawValue == subject.id }?.key ?? "?"
        case .organization: organizations.first { $0.value.rawValue == subject.id }?.key ?? "?"
        case .station: stations.first { $0.value.rawValue == subject.id }?.key ?? "?"
        case .household: households.first { $0.value.rawValue == subject.id }?.key ?? "?"
        case .record, .nobody: "-"
        }
    }
}

/// Writes what a case declares into a store.
struct TestCityBuilder {
    let testCase: TestCase
    let bundle: Bundle
    let plugin: Plugin
    let program: Program
    let change: ChangeContext
    var city = TestCity()

    init(testCase: TestCase, bundle: Bundle, plugin: Plugin, program: Program, change: ChangeContext) {
        self.testCase = testCase
        self.bundle = bundle
        self.plugin = plugin
        self.program = program
        self.change = change
    }

    mutating func build(in writer: any StoreWriter) throws {
        try addOrganizations(in: writer)
        try addHouseholds(in: writer)
        try addPersons(in: writer)
        try addStations(in: writer)
        try addRecords(in: writer)
        for line in bundle.funds.lines {
            let fund = FundLine(
                id: line.id, year: line.year, source: line.source, purpose: line.purpose, amount: line.amount)
            try Ledger.open(fund, change, in: writer)
        }
        for (n, item) in (testCase.given["history"].list ?? []).enumerated() {
            try addHistory(item, at: "given.history[\(n)]", in: writer)
        }
    }

    private func members(_ group: String) -> [(name: String, value: Value)] {
        (testCase.given[group].map ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func fault(_ path: String, _ zh: String, _ en: String) -> TestFileFault {
        TestFileFault(path, zh: zh, en: en)
    }

    /// Inserts a row: declared columns over fixed ones, each read as the schema types it.
    private func insert(
        _ table: Table, fixed: [String: SQLValue], _ declared: Value, except: Set<String> = [], at path: String,
        in writer: any StoreWriter
    ) throws {
        var values: [String: SQLValue] = [
            "revision": .int(1), "valid_from": .date(CivilDate("2000-01-01")), "recorded_at": .instant(change.now),
        ].merging(fixed) { _, own in own }
        for (name, value) in (declared.map ?? [:]).sorted(by: { $0.key < $1.key }) where !except.contains(name) {
            let hidden =
                ["id", "revision", "valid_from", "recorded_at"].contains(name) || name.hasSuffix("_mac")
                || name.hasSuffix("_sealed")
            guard !hidden, let column = table.columns.first(where: { $0.name == name }) else {
                throw fault("\(path).\(name)", "没有资料项 \(name)", "there is nothing called \(name)")
            }
            try check(value, name, table.name, at: "\(path).\(name)")
            values[name] = try sql(value, column, at: "\(path).\(name)")
        }
        let names = values.keys.sorted().filter { name in table.columns.contains { $0.name == name } }
        try writer.insert(into: table.name, columns: names, values: names.map { values[$0] ?? .null })
    }

    /// A code that the fact never has would make a test of something that can't happen.
    private func check(_ value: Value, _ name: String, _ table: String, at path: String) throws {
        guard let text = value.text, let kind = SubjectKind(rawValue: table),
            let words = FactCatalogue.fact(name, of: kind)?.values, !words.isEmpty, !words.contains(text)
        else { return }
        let list = words.joined(separator: ", ")
        let near = Nearest.to(text, among: words)
        throw fault(
            path, "\(name) 没有这个值: \(text)" + (near.map { ",是不是 \($0)?" } ?? ",可写: \(list)"),
            "\(name) is never \(text)" + (near.map { "; did you mean \($0)?" } ?? "; may be: \(list)"))
    }

    private func sql(_ value: Value, _ column: Column, at path: String) throws -> SQLValue {
        guard let text = value.text else { return .null }
        switch column.type {
        case .text: return .text(text)
        case .bool:
            guard ["true", "false"].contains(text) else {
                throw fault(path, "应为 true 或 false", "true or false is expected")
            }
            return .bool(text == "true")
        case .int:
            if let date = CivilDate(text) { return .date(date) }
            if ["yearly_income", "rigid_expenses"].contains(column.name), let money = Money(yuan: text) {
                return .money(money)
            }
            guard let number = Int64(text) else { throw fault(path, "应为数或日期", "a number or a date is expected") }
            return .int(number)
        case .blob: throw fault(path, "不能写在用例中", "can't be declared")
        }
    }

    private mutating func addOrganizations(in writer: any StoreWriter) throws {
        let root = change.ids.next(Organization.self)
        try insert(
            OrganizationsSchema.organization,
            fixed: [
                "id": .id(root), "code": .text(TestCityFiles.organization), "name": .text("测试市总工会"),
                "level": .text("city"),
                "path": .text(TestCityFiles.organization + "/"),
            ], .null, at: "", in: writer)
        city.organizations["city"] = root
        let declared = members("organizations")
        var paths = ["city": TestCityFiles.organization + "/"]
        var waiting = declared
        let taken = Set(declared.compactMap { $0.value["code"].text })
        var free = (990_101...).lazy.map(String.init).filter { !taken.contains($0) }.makeIterator()
        while !waiting.isEmpty {
            let ready = waiting.filter { paths[$0.value["parent"].text ?? "city"] != nil }
            guard !ready.isEmpty else {
                throw fault("given.organizations.\(waiting[0].name).parent", "没有这个上级", "there is no such parent")
            }
            for (name, value) in ready {
                let id = change.ids.next(Organization.self)
                let code = value["code"].text ?? free.next() ?? ""
                let parent = value["parent"].text ?? "city"
                paths[name] = (paths[parent] ?? "") + code + "/"
                city.organizations[name] = id
                try insert(
                    OrganizationsSchema.organization,
                    fixed: [
                        "id": .id(id), "code": .text(code), "name": .text(name), "level": .text("basic"),
                        "path": .text(paths[name] ?? ""), "parent": .id(city.organizations[parent]),
                    ], value, except: ["parent", "code"], at: "given.organizations.\(name)", in: writer)
            }
            waiting.removeAll { item in ready.contains { $0.name == item.name } }
        }
    }

    private mutating func addHouseholds(in writer: any StoreWriter) throws {
        for (name, value) in members("households") {
            let id = change.ids.next(Household.self)
            city.households[name] = id
            try insert(
                HouseholdsSchema.household,
                fixed: [
                    "id": .id(id), "number": .text(name), "hardship_class": .text("none"),
                    "file_status": .text("closed"),
                ],
                value, at: "given.households.\(name)", in: writer)
        }
    }

    private func found<Entity>(_ name: Value, in table: [String: ID<Entity>], at path: String) throws -> ID<Entity>? {
        guard let name = name.text else { return nil }
        guard let id = table[name] else { throw fault(path, "given 中没有 \(name)", "given has no \(name)") }
        return id
    }

    private mutating func addPersons(in writer: any StoreWriter) throws {
        for (name, value) in members("persons") {
            let path = "given.persons.\(name)"
            let id = change.ids.next(Person.self)
            city.persons[name] = id
            let household = try found(value["household"], in: city.households, at: path + ".household")
            let employer = try found(value["employer"], in: city.organizations, at: path + ".employer")
            if let household { city.householdOf[id.rawValue] = household.rawValue }
            try insert(
                PeopleSchema.person,
                fixed: [
                    "id": .id(id), "name": .text(name), "id_type": .text("incomplete"), "household": .id(household),
                    "employer": .id(employer), "status": .text("active"),
                ], value, except: ["household", "employer", "member_of", "member_status", "joined_on"], at: path,
                in: writer)
            if let union = try found(value["member_of"], in: city.organizations, at: path + ".member_of") {
                try insert(
                    PeopleSchema.membership,
                    fixed: [
                        "person": .id(id), "organization": .id(union),
                        "status": .text(value["member_status"].text ?? "active"), "is_primary": .bool(true),
                        "joined_on": .date(value["joined_on"].date ?? CivilDate("2020-01-01")),
                    ], .null, at: path, in: writer)
            }
        }
    }

    private mutating func addStations(in writer: any StoreWriter) throws {
        for (name, value) in members("stations") {
            let path = "given.stations.\(name)"
            let id = change.ids.next(Station.self)
            city.stations[name] = id
            let organization = try found(value["organization"], in: city.organizations, at: path + ".organization")
            try insert(
                StationsSchema.station,
                fixed: [
                    "id": .id(id), "code": .text(name), "name": .text(name), "kind": .text("outdoor"),
                    "latitude": .int(360_000_000),
                    "longitude": .int(1_060_000_000), "source_latitude": .int(360_000_000),
                    "source_longitude": .int(1_060_000_000),
                    "source_frame": .text("wgs84"), "status": .text("open"), "organization": .id(organization),
                ], value, except: ["organization"], at: path, in: writer)
        }
    }

    /// A decision that stood before: a real row, of whatever plugin.
    private mutating func addHistory(_ item: Value, at path: String, in writer: any StoreWriter) throws {
        guard let name = item["subject"].text, let subject = city.subject(name), let on = item["on"].date else {
            throw fault(
                path, "history 须有 subject(given 中的名字)和 on(日期)",
                "history needs subject (a name under given) and on (a date)")
        }
        let pieces = (item["form"].text ?? "").split(separator: "/").map(String.init)
        let pluginID = pieces.count == 2 ? pieces[0] : plugin.manifest.id
        guard let form = pieces.last else { throw fault(path, "history 须有 form", "history needs form") }
        var keeps: [String: Value] = [:]
        let declared = pluginID == plugin.manifest.id ? plugin.manifest.forms[form]?.keeps ?? [] : []
        for (key, value) in item["keeps"].map ?? [:] {
            keeps[key] = try TestValues.typed(
                value, declared.first { $0.name == key }?.type ?? .string, city, at: "\(path).keeps.\(key)")
        }
        let amount = item["amount"].text.flatMap { Money(yuan: $0) } ?? .zero
        let result =
            item["result"].text
            ?? (item["state"].text == nil ? "granted" : item["state"].text == "refused" ? "refused" : "granted")
        let state = item["state"].text ?? "standing"
        let series = item["series"].text ?? program.series
        let household = subject.kind == .household ? subject.id : city.householdOf[subject.id]
        let past = PastDecision(
            id: change.ids.next(), program: item["program"].text ?? program.id, series: series, plugin: pluginID,
            form: form, subject: subject, household: household, onDate: on, result: result, amount: amount,
            keeps: keeps,
            state: state
        )
        try past.insert(in: writer)
        guard pluginID == plugin.manifest.id else { return }
        let asked = plugin.manifest.forms[form]?.fields ?? []
        let fields = try TestValues.fields(item["fields"], asked, city, at: "\(path).fields")
        try past.claim(fields, under: program.id, of: bundle, change, in: writer)
    }
}
