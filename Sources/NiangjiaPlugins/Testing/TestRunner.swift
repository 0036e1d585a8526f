import NiangjiaCore

/// One case on its way: its city, its corridor, its clock.
struct TestRunner {
    private let testCase: TestCase
    let plugin: Plugin
    let bundle: Bundle
    let program: Program
    let store: any Store
    let corridor: Corridor
    let clock: FixedClock
    let city: TestCity
    /// What the rule was asked in the present step.
    let heard: HearingJudge
    let actions: ActionRoom?
    let cases = Guarded<[String: ID<CaseFile>]>([:])
    let runs = Guarded<[String: ID<ActionRun>]>([:])
    let askers = Guarded<[String: Caller]>([:])

    /// The bundle of a test never changes.
    private struct OneBundle: BundleSource {
        let bundle: Bundle
        func active() async throws -> Bundle { bundle }
        func bundle(digest: String) async throws -> Bundle { bundle }
    }

    init(
        _ testCase: TestCase, plugin: Plugin, pluginFiles: [String: [UInt8]], services: TestServices, clock: FixedClock
    ) async throws {
        let files = TestCityFiles(plugin: plugin, testCase: testCase)
        let bundle = try await services.makeBundle(files.files(pluginFiles: pluginFiles))
        guard let program = bundle.programs[files.programID], let plugin = bundle.plugins[plugin.manifest.id] else {
            throw NiangjiaError(.configuration, zh: "用例的方案没有读出", en: "the case's program was not read")
        }
        let store = try await services.makeStore()
        let ids = IDSource(host: 1, clock: clock)
        let change = ChangeContext(now: clock.now(), actor: "test", ids: ids, crypto: services.crypto)
        let builder = TestCityBuilder(
            testCase: testCase, bundle: bundle, plugin: plugin, program: program, change: change)
        city = try await store.write(.interactive) { writer in
            var builder = builder
            try builder.build(in: writer)
            return builder.city
        }
        let heard = HearingJudge(services.judge)
        self.heard = heard
        corridor = Corridor(
            store: store, judge: heard, clock: clock, ids: ids, crypto: services.crypto,
            bundles: OneBundle(bundle: bundle))
        actions = services.actions.map { [corridor] in ActionRoom(corridor: corridor, runner: $0) }
        self.testCase = testCase
        self.plugin = plugin
        self.bundle = bundle
        self.program = program
        self.store = store
        self.clock = clock
    }

    func close() async throws { try await store.close() }

    /// The city with the cases that the steps so far have handed in.
    func named() -> TestCity {
        var found = city
        found.cases = cases.withLock { $0 }
        return found
    }

    /// A date means ten in the morning; an instant is what it says.
    static func instant(_ value: Value) -> Instant? {
        value.date.map { Instant($0, minutes: 600) } ?? value.text.flatMap { Instant($0) }
    }

    /// When a step happens.
    static func time(of step: TestStep) throws(TestFileFault) -> Instant {
        let at = step.when["at"]
        if let instant = instant(at) { return instant }
        let path = step.path + ".when.at"
        guard let text = at.text else {
            throw TestFileFault(path, zh: "when 须有 at(日期或时刻)", en: "when needs at (a date or an instant)")
        }
        throw TestFileFault(
            path, zh: "at: \(text) 不是日期或时刻,请写 2026-07-15 或 2026-07-15T14:30",
            en: "at: \(text) is not a date or an instant; write it like 2026-07-15 or 2026-07-15T14:30")
    }

    /// Runs a step. Returns what is not as expected, and what became of each subject.
    func run(_ step: TestStep) async throws -> TestedStep {
        heard.forget()
        if TestRunner.isMove(step.when) {
            let (failures, lines) = try await go(step)
            return TestedStep(failures: failures, lines: lines)
        }
        if let wanted = step.expect["error"].text {
            return TestedStep(
                failures: try await refused(step, wanted) + compareNotices(step) + compareAfter(step), lines: [])
        }
        let (form, lines) = try await perform(step)
        let expectation = TestExpectation(
            step: step, form: form, city: city, manifest: plugin.manifest, stacking: bundle.stacking)
        var tested = try expectation.compare(lines)
        tested.failures += try await compareNotices(step)
        tested.failures += try await compareAfter(step)
        return tested
    }

    /// What the rule was sent about the line that an author looks for: the first that isn't as expected, else the first.
    /// Where nothing came of anybody it is the first row that was asked about.
    func asked(in tested: TestedStep) -> PluginTestReport.Asked? {
        let lines = [tested.wrong].compactMap(\.self) + tested.lines.map(\.subject)
        if let subject = lines.first(where: { heard.last(about: $0) != nil }), let found = heard.last(about: subject) {
            return .init(
                subject: city.name(of: subject), bytes: found.call.bytes, row: found.row, function: found.call.function)
        }
        return heard.calls.last.map {
            let name = $0.rows.first.flatMap { row in city.name(ofReference: row.subject) }
            return .init(subject: name ?? "-", bytes: $0.bytes, row: 0, function: $0.function)
        }
    }

    /// The reason of a line in words, and the name under `given` of whom it is about.
    func words(_ line: TestedLine) -> (subject: String, reason: LocalText?) {
        (
            city.name(of: line.subject),
            line.code.map { ReasonText.text($0, line.params, plugin: plugin.manifest, stacking: bundle.stacking) }
        )
    }

    /// Does what a step says.
    func perform(_ step: TestStep) async throws -> (form: FormDefinition, lines: [TestedLine]) {
        let at = try TestRunner.time(of: step)
        if TestRunner.isDeed(step.when) {
            let form = plugin.manifest.forms[step.when["form"].text ?? ""] ?? FormDefinition(name: "")
            return (form, try await perform(step, at: at))
        }
        guard let name = step.when["form"].text, let form = plugin.manifest.forms[name] else {
            let forms = plugin.manifest.forms.keys.sorted().joined(separator: ", ")
            throw TestFileFault(
                step.path + ".when.form", zh: "插件没有这张表单(form),可写: \(forms)",
                en: "the plugin has no such form; it has \(forms)")
        }
        clock.set(at)
        let lines: [TestedLine]
        if step.when["decide"].text == "true" {
            lines = try await decisions(of: try await decide(name, drawing: step.when["draw"].text))
        } else if let names = step.when["applicants"].list {
            lines = try await submitAll(names, step, form, at: at)
        } else {
            lines = try await submit(step, form, applicant: step.when["applicant"])
        }
        return (form, lines)
    }

    private func decisions(of run: ID<Run>) async throws -> [TestedLine] {
        let rows = try await store.read { try Decisions.list(program: program.id, limit: 10_000, in: $0) }
        // Whom the run found waiting as before has no decision of it: the one that stands is theirs.
        var waiting: Set<SubjectRef> = []
        try await corridor.forEachOutcome(of: run) { subject, outcome in
            if [.waitlisted, .review, .failed].contains(outcome.result) { waiting.insert(subject) }
        }
        waiting.subtract(rows.filter { $0.run == run }.map(\.subject))
        return rows.filter { row in
            row.run == run || waiting.contains(row.subject) && ["waitlisted", "open"].contains(row.state)
        }.map { row in
            var tested = TestedLine(row)
            if row.outcome.result == .failed { tested.failure = heard.failure(about: row.subject) }
            return tested
        }
    }

    /// Hands in, waives what the step waives, and carries the case through review and notice to its decision.
    func submit(_ step: TestStep, _ form: FormDefinition, applicant: Value) async throws -> [TestedLine] {
        let channel = step.when["by"].text ?? form.by.first { !["scan", "batch", "action"].contains($0) } ?? "clerk"
        var submission = Submission(program: program.id, form: form.name, channel: channel)
        submission.applicant = try named(applicant, in: city.persons, at: step.path + ".when.applicant")
        submission.unit = try named(step.when["unit"], in: city.organizations, at: step.path + ".when.unit")
        submission.serving = try named(step.when["serving"], in: city.organizations, at: step.path + ".when.serving")
        submission.fields = try TestValues.fields(
            step.when["fields"].naming(applicant.text ?? ""), form.fields, named(), at: step.path + ".when.fields")
        let receipt = try await corridor.submit(
            submission, by: Actor(account: "filer", role: channel, person: submission.applicant))
        cases.withLock { $0[step.id] = receipt.id }
        var state = receipt.state
        for code in step.when["waive"].list ?? [] {
            let level = program.rules(for: form.name).waive[code.text ?? ""] ?? "city"
            state = try await corridor.act(
                .waive(code.text ?? ""), on: receipt.id, by: Actor(account: "waiver", role: "reviewer:\(level)"))
        }
        if step.when["until"].text != "submitted" { try await carry(receipt.id, from: state) }
        return try await lines(of: receipt.id)
    }

    private func named<Entity>(_ value: Value, in table: [String: ID<Entity>], at path: String) throws(TestFileFault)
        -> ID<Entity>?
    {
        guard let name = value.text else { return nil }
        guard let id = table[name] else {
            throw TestFileFault(path, zh: "given 中没有 \(name)", en: "given has no \(name)")
        }
        return id
    }

    /// Every level agrees, the notice passes without objection.
    func carry(_ id: ID<CaseFile>, from start: CaseState) async throws {
        var state = start
        for turn in 0..<20 {
            let record = try await store.read { try Cases.load(id, in: $0) }
            switch state {
            case .inCheck:
                let level = record.level ?? "city"
                state = try await corridor.act(
                    .approve, on: id, by: Actor(account: "reviewer-\(turn)", role: "reviewer:\(level)"))
            case .underNotice:
                if let to = record.notice?.to { clock.set(Instant(to + 1, minutes: 540)) }
                _ = try await corridor.endNotices()
                state = try await store.read { try Cases.load(id, in: $0) }.state
            default: return
            }
        }
        throw NiangjiaError(.internal, zh: "审核没有结果", en: "the review came to no end")
    }

    func lines(of id: ID<CaseFile>) async throws -> [TestedLine] {
        return try await store.read { reader in
            let record = try Cases.load(id, in: reader)
            let isFlagged = try Cases.steps(of: id, in: reader).contains { $0.action == Cases.flagAction }
            return try record.lines.map { line in
                var tested = TestedLine(line)
                if let decided = try Decisions.ofLine(id, line: line.line, in: reader) {
                    tested = TestedLine(decided)
                    tested.failure = try failure(of: line, decided.id, in: reader)
                    if let fallen = try Revocation.of(decided.id, in: reader).first {
                        (tested.code, tested.params, tested.amount) = (fallen.code, fallen.params, fallen.keep)
                    }
                } else if record.state == .entered {
                    (tested.result, tested.amount) = ("entered", .zero)
                }
                // The store keeps none of a script's own words.
                if line.judgement?.kind == .failed {
                    tested.failure = heard.failure(about: line.subject) ?? tested.failure
                }
                tested.caseState = record.state.rawValue
                tested.isFlagged = isFlagged
                return tested
            }
        }
    }

    /// Why a rule failed, in the script's own words: the journal alone keeps those, for the author of a test to read.
    private func failure(
        of line: CaseRecord.Line, _ decision: ID<Decision>, in reader: any StoreReader
    ) throws -> String? {
        guard line.judgement?.failedAt != nil else { return line.judgement?.failure }
        let entry = try Journal.entry(of: decision, crypto: corridor.crypto, in: reader)
        let judgements = try corridor.judge.judgements(entry.replyBytes, plugin: plugin, function: entry.function)
        return judgements[entry.row].failure
    }

    /// What stands in the city after a step: what should have happened, and what should not.
    func compareAfter(_ step: TestStep) async throws -> [LocalText] {
        let after = step.expect["after"]
        guard !after.isNull else { return [] }
        let program = program.id
        let sql = """
            SELECT COUNT(*), COUNT(DISTINCT subject), COUNT(DISTINCT household), COALESCE(SUM(amount), 0) FROM decision \
            WHERE program = $1 AND state = 'standing' AND (case_id IS NOT NULL OR run IS NOT NULL)
            """
        let lines = Array((after["funds"].map ?? [:]).keys)
        let (counts, funds) = try await store.read { reader in
            let counts = try reader.first(sql, [.text(program)]) { [$0.int(0), $0.int(1), $0.int(2), $0.int(3)] } ?? []
            return (counts, try Ledger.available(lines: lines, in: reader))
        }
        var failures: [LocalText] = []
        for (n, key) in ["standing", "persons", "households"].enumerated() {
            guard let text = after[key].text else { continue }
            if Int64(text) != counts[n] {
                failures.append(TestExpectation.differs("after.\(key)", text, String(counts[n])))
            }
        }
        let places = try await placesAfter()
        for (key, count) in [("places", places.held), ("waiting", places.waiting)] {
            guard let text = after[key].text, Int64(text) != count else { continue }
            failures.append(TestExpectation.differs("after.\(key)", text, String(count)))
        }
        if let text = after["amount"].text, Money(yuan: text)?.fen != counts[3] {
            failures.append(TestExpectation.differs("after.amount", text, Money(fen: counts[3]).yuan))
        }
        for line in lines.sorted() {
            let left = funds[line] ?? .zero
            let wanted = after["funds"][line].text ?? ""
            if Money(yuan: wanted) != left {
                failures.append(TestExpectation.differs("after.funds.\(line)", wanted, left.yuan))
            }
        }
        return failures
    }
}
