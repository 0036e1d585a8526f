import NiangjiaCore

/// Steps that are no applications: actions, what a second person says to them, and moves from stage to stage.
extension TestRunner {
    /// The keys of `when` that name such a step.
    static let moves = ["action", "confirm", "move", "deliver"]

    static func isMove(_ when: Value) -> Bool { moves.contains { !when[$0].isNull } }

    /// Runs `when: {action: …}`, `when: {confirm: …}`, `when: {move: …}` or `when: {deliver: …}`.
    func go(_ step: TestStep) async throws -> (failures: [LocalText], lines: [TestedLine]) {
        clock.set(try TestRunner.time(of: step))
        let when = step.when
        var failures: [LocalText] = []
        var lines: [TestedLine] = []
        do {
            if let name = when["move"].text {
                let moved = try await move(name, step)
                failures += moved.failures
                lines += moved.lines
            }
            if let name = when["action"].text {
                let outcome = try await act(name, step)
                lines += outcome.code.map { [TestedLine(action: $0, outcome.params)] } ?? []
                failures += try compare(outcome, step, plugin.manifest.actions[name])
            }
            if let name = when["confirm"].text {
                let outcome = try await confirm(name, step)
                lines += outcome.code.map { [TestedLine(action: $0, outcome.params)] } ?? []
                failures += try compare(outcome, step, nil)
            }
            if let name = when["deliver"].text { failures += try await deliver(name, step) }
            if let wanted = step.expect["error"].text {
                failures.append(TestExpectation.differs("error", wanted, "null"))
            }
        } catch let error as NiangjiaError { failures += TestRunner.compare(error, step) }
        failures += try await compareNotices(step)
        failures += try await compareAfter(step)
        return (failures, lines)
    }

    /// `as` names a person, `by` the roles: of the host or of the plugin.
    func caller(_ step: TestStep) async throws -> Caller {
        let person = step.when["as"].text
        let id = try person.map { name in
            guard let id = city.persons[name] else {
                throw TestFileFault(step.path + ".when.as", zh: "given 中没有 \(name)", en: "given has no \(name)")
            }
            return id
        }
        let by = step.when["by"].text.map { [$0] } ?? (step.when["by"].list ?? []).compactMap(\.text)
        let scope = try step.when["unit"].text.map { name in
            guard let id = city.organizations[name] else {
                throw TestFileFault(step.path + ".when.unit", zh: "given 中没有 \(name)", en: "given has no \(name)")
            }
            return id
        }
        var permissions: Set<Permission> = []
        for role in by.compactMap({ Role(rawValue: $0) }) {
            permissions.formUnion(Permission.allCases.filter { $0.roles.contains(role) })
        }
        let subtree = try await store.read { try OrganizationScope.of(scope, in: $0) } ?? .wholeCity
        return Caller(
            actor: Actor(account: person ?? by.first ?? "host", role: by.first ?? "host", person: id, scope: scope),
            roles: Set(by + ["anyone"] + (by.contains("member") ? ["person"] : [])), permissions: permissions,
            scope: subtree)
    }

    private func caseID(_ name: String, _ path: String) throws -> ID<CaseFile> {
        guard let id = named().cases[name] else {
            throw TestFileFault(path, zh: "前面没有步骤 \(name)", en: "no step before this is called \(name)")
        }
        return id
    }

    private func move(_ name: String, _ step: TestStep) async throws -> (failures: [LocalText], lines: [TestedLine]) {
        let id = try caseID(name, step.path + ".when.move")
        guard let stage = step.when["to"].text else {
            throw TestFileFault(step.path + ".when.to", zh: "move 须有 to(阶段)", en: "move needs to (a stage)")
        }
        let record = try await store.read { try Cases.load(id, in: $0) }
        let declared = plugin.manifest.forms[record.form]?.stages.first { $0.name == stage }?.fields ?? []
        let fields = try TestValues.fields(step.when["fields"], declared, named(), at: step.path + ".when.fields")
        let state = try await corridor.move(id, to: stage, fields: fields, by: try await caller(step))
        if step.when["until"].text != "submitted" { try await carry(id, from: state) }
        return (try await compareCase(id, step), try await lines(of: id))
    }

    /// Where a case is now, and what stands of it.
    private func compareCase(_ id: ID<CaseFile>, _ step: TestStep) async throws -> [LocalText] {
        let record = try await store.read { try Cases.load(id, in: $0) }
        var failures: [LocalText] = []
        for (key, actual) in [("stage", record.stage ?? "null"), ("state", record.state.rawValue)] {
            if let wanted = step.expect[key].text, wanted != actual {
                failures.append(TestExpectation.differs(key, wanted, actual))
            }
        }
        guard let form = plugin.manifest.forms[record.form] else { return failures }
        let expected = step.expect.map?.filter {
            ["result", "amount", "code", "params", "keeps", "lines"].contains($0.key)
        }
        guard let expected, !expected.isEmpty else { return failures }
        var only = step
        only.expect = .map(expected)
        return failures
            + (try TestExpectation(
                step: only, form: form, city: named(), manifest: plugin.manifest, stacking: bundle.stacking
            ).compare(try await lines(of: id)).failures)
    }

    private func act(_ name: String, _ step: TestStep) async throws -> ActionOutcome {
        guard let actions, let definition = plugin.manifest.actions[name] else {
            let known = plugin.manifest.actions.keys.sorted().joined(separator: ", ")
            throw TestFileFault(
                step.path + ".when.action", zh: "插件没有动作 \(name),可写: \(known)",
                en: "the plugin has no action \(name): \(known)")
        }
        let input = try TestValues.fields(step.when["input"], definition.input, named(), at: step.path + ".when.input")
        let isDaily = step.when["by"].isNull && definition.daily != nil
        let asker = isDaily ? .host : try await caller(step)
        let outcome = try await actions.run(program: program.id, action: name, input: input, by: asker)
        askers.withLock { $0[step.id] = asker }
        runs.withLock { $0[step.id] = outcome.id }
        let opened = try await store.read { reader in
            try reader.all("SELECT id FROM case_file ORDER BY id") { $0.id(0, CaseFile.self) }
        }
        // What an action opened is called by its step, and a number where there are several.
        let known = Set(named().cases.values)
        for (n, id) in opened.filter({ !known.contains($0) }).enumerated() {
            cases.withLock { $0[n == 0 ? step.id : "\(step.id)-\(n + 1)"] = id }
        }
        return outcome
    }

    private func confirm(_ name: String, _ step: TestStep) async throws -> ActionOutcome {
        guard let actions, let id = runs.withLock({ $0[name] }) else {
            throw TestFileFault(
                step.path + ".when.confirm", zh: "前面没有动作 \(name)", en: "no action before this is called \(name)")
        }
        let second = try await caller(step)
        let first = askers.withLock { $0[name] }
        return try await actions.confirm(id, agrees: true, by: { _, _ in second }, asker: { _, _ in first ?? second })
    }

    private func compare(_ outcome: ActionOutcome, _ step: TestStep, _ action: ActionDefinition?) throws -> [LocalText]
    {
        var failures: [LocalText] = []
        if let wanted = step.expect["state"].text, wanted != outcome.state.rawValue {
            failures.append(
                TestExpectation.differs("state", wanted, outcome.state.rawValue + (outcome.code.map { " \($0)" } ?? ""))
            )
        }
        if let wanted = step.expect["code"].text, wanted != outcome.code ?? "null" {
            failures.append(TestExpectation.differs("code", wanted, outcome.code ?? "null"))
        }
        guard let wanted = step.expect["answer"].map else { return failures }
        for (name, value) in wanted.sorted(by: { $0.key < $1.key }) {
            let type = action?.answers.first { $0.name == name }?.type ?? .string
            let typed = try TestValues.typed(value, type, named(), at: "\(step.path).expect.answer.\(name)")
            let actual = outcome.answer[name] ?? .null
            if typed != actual { failures.append(TestExpectation.differs("answer.\(name)", typed.json, actual.json)) }
        }
        return failures
    }

    func compareNotices(_ step: TestStep) async throws -> [LocalText] {
        guard let wanted = step.expect["notices"].text else { return [] }
        let count = try await store.read { try $0.integer("SELECT COUNT(*) FROM outbox WHERE kind = 'notice'") } ?? 0
        return wanted == String(count) ? [] : [TestExpectation.differs("notices", wanted, String(count))]
    }
}

extension TestedLine {
    /// What an action said no with; it is about nobody.
    fileprivate init(action code: String, _ params: [String: Value]) {
        subject = SubjectRef(.nobody, 0)
        result = "refused"
        amount = .zero
        self.code = code
        self.params = params
        keeps = [:]
    }
}
