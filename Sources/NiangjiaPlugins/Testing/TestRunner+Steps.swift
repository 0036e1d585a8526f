import NiangjiaCore

/// Steps that ask for something else than one application: several applicants, a later day, a place given back, rows of records,
/// the public value of a draw.
extension TestRunner {
    /// The keys of `when` that name such a step.
    static let deeds = ["due", "withdraw", "records", "draw"]

    static func isDeed(_ when: Value) -> Bool {
        deeds.contains { !when[$0].isNull } && when["decide"].text != "true"
    }

    /// Decides a form over everybody in scope. Where equals are drawn for, `value` is the public value that becomes known meanwhile.
    func decide(_ form: String, drawing value: String?) async throws -> ID<Run> {
        let office = Actor(account: "admin", role: "program_admin")
        do {
            return try await corridor.decide(program: program.id, form: form, by: office).run
        } catch let error as NiangjiaError where error.code == .conflict && value != nil {
            let waiting = try await store.read { reader in
                try Allotment.list(program: program.id, in: reader).first { $0.run != nil && $0.seed == nil }
            }
            guard let waiting, let value else { throw error }
            _ = try await corridor.draw(waiting.id, value: value, by: office)
            return try await corridor.decide(program: program.id, form: form, by: office).run
        }
    }

    /// Does what a step asks and then all that has fallen due by its time; every level agrees, notices pass. Returns what has
    /// become of everybody.
    func perform(_ step: TestStep, at: Instant) async throws -> [TestedLine] {
        // What recurs was planned by the host that has been running since the step before.
        try await corridor.planDue()
        clock.set(at)
        if !step.when["records"].isNull { try await addRecords(step) }
        if let name = step.when["withdraw"].text { try await withdraw(name, step) }
        if let value = step.when["draw"].text { try await draw(value, step) }
        try await corridor.performDue()
        if step.when["until"].text != "submitted" {
            for id in try await cases(in: ["in_check", "under_notice"]) {
                let state = try await store.read { try Cases.load(id, in: $0).state }
                try await carry(id, from: state)
            }
        }
        var found: [TestedLine] = []
        for id in try await cases(in: nil) {
            let record = try await store.read { try Cases.load(id, in: $0) }
            if let form = step.when["form"].text, record.form != form { continue }
            found += try await lines(of: id)
        }
        return found
    }

    /// Applications one after another, a second apart.
    func submitAll(_ names: [Value], _ step: TestStep, _ form: FormDefinition, at: Instant) async throws -> [TestedLine]
    {
        var found: [TestedLine] = []
        for (n, name) in names.enumerated() {
            clock.set(at + Int64(n) * 1000)
            found += try await submit(step, form, applicant: name)
        }
        return found
    }

    private func addRecords(_ step: TestStep) async throws {
        let (plugin, city) = (plugin, city)
        let change = ChangeContext(now: clock.now(), actor: "test", ids: corridor.ids, crypto: corridor.crypto)
        let declared = step.when["records"].map ?? [:]
        try await store.write(.interactive) { writer in
            for (kind, rows) in declared.sorted(by: { $0.key < $1.key }) {
                for (n, row) in (rows.list ?? []).enumerated() {
                    try TestRecords(plugin: plugin, change: change).add(
                        row, kind, city, at: "\(step.path).when.records.\(kind)[\(n)]", in: writer)
                }
            }
        }
    }

    private func withdraw(_ name: String, _ step: TestStep) async throws {
        guard let person = city.persons[name] else {
            throw TestFileFault(step.path + ".when.withdraw", zh: "given 中没有 \(name)", en: "given has no \(name)")
        }
        let own = try await store.read { try Cases.list(party: .init(applicant: person), limit: 100, in: $0) }
        let form = step.when["form"].text
        guard let record = own.first(where: { form == nil || $0.form == form }) else {
            throw TestFileFault(
                step.path + ".when.withdraw", zh: "\(name) 没有申请", en: "\(name) has asked for nothing")
        }
        _ = try await corridor.act(
            .withdraw, on: record.id, by: Actor(account: "filer", role: Role.member.rawValue, person: person))
    }

    private func draw(_ value: String, _ step: TestStep) async throws {
        try await corridor.performDue()
        let waiting = try await store.read { reader in
            try Allotment.list(program: program.id, in: reader).filter { $0.isDraw && $0.seed == nil }
        }
        guard !waiting.isEmpty else {
            throw TestFileFault(
                step.path + ".when.draw", zh: "没有等待抽签的名额(报名截止了吗?)",
                en: "nothing waits to be drawn; have entries closed?")
        }
        for one in waiting { _ = try await corridor.draw(one.id, value: value, by: .host) }
    }

    private func cases(in states: [String]?) async throws -> [ID<CaseFile>] {
        try await store.read { reader in
            try reader.all("SELECT id, state FROM case_file ORDER BY id DESC") { ($0.id(0, CaseFile.self), $0.text(1)) }
                .filter { states?.contains($0.1) ?? true }.map(\.0)
        }
    }

    /// How many places are held and waited for, of all pools of the program.
    func placesAfter() async throws -> (held: Int64, waiting: Int64) {
        let prefix = program.id + "/"
        return try await store.read { reader in
            try reader.first(
                """
                SELECT COALESCE(SUM(used), 0), COALESCE(SUM(waiting), 0) FROM counter WHERE kind = 'places' \
                AND substr(key, 1, length($1)) = $1
                """, [.text(prefix)]
            ) { ($0.int(0), $0.int(1)) } ?? (0, 0)
        }
    }
}

extension Value {
    /// `{applicant}` in the texts of a step is the applicant's name: several applicants hand in different numbers.
    func naming(_ applicant: String) -> Value {
        switch self {
        case .text(let text): .text(text.replacing("{applicant}", with: applicant))
        case .list(let items): .list(items.map { $0.naming(applicant) })
        case .map(let members): .map(members.mapValues { $0.naming(applicant) })
        default: self
        }
    }
}
