import NiangjiaCore

/// What became of one subject.
struct TestedLine: Sendable {
    var subject: SubjectRef
    var result: String
    var amount: Money
    var code: String?
    var params: [String: Value]
    var keeps: [String: Value]
    /// Why a call failed, for the author.
    var failure: String?
    /// standing, waitlisted, refused, reversed, lapsed …; `-` before anything is decided.
    var state = "-"
    var caseState = "-"
    /// Whether reviewers are told that somebody else's case names the same.
    var isFlagged = false

    init(_ decision: Decisions.Row) {
        state = decision.state
        subject = decision.subject
        result = decision.outcome.result.rawValue
        amount = decision.outcome.amount
        code = decision.outcome.code
        params = decision.outcome.params
        keeps = decision.keeps
    }

    /// A line that is judged and not yet decided.
    init(_ line: CaseRecord.Line) {
        let judged = line.judgement ?? Judgement(.failed)
        subject = line.subject
        result =
            switch judged.kind {
            case .grant: "granted"
            case .limit: "limited"
            case .refuse: "refused"
            case .incomplete: "incomplete"
            case .review: "review"
            case .revoke, .keep, .failed: "failed"
            }
        amount = judged.amount
        code = judged.code
        params = judged.params
        keeps = judged.keeps
        failure = judged.failure
    }
}

/// What came of a step.
struct TestedStep: Sendable {
    /// What is not as expected.
    var failures: [LocalText] = []
    /// What became of each subject.
    var lines: [TestedLine] = []
    /// The first subject that isn't as expected.
    var wrong: SubjectRef?
}

/// What a step expects, held against what came.
struct TestExpectation {
    let step: TestStep
    let form: FormDefinition
    let city: TestCity
    let manifest: Manifest
    let stacking: StackingSettings

    private func reason(_ code: String, _ params: [String: Value]) -> LocalText {
        ReasonText.text(code, params, plugin: manifest, stacking: stacking)
    }

    static func differs(_ what: String, _ expected: String, _ actual: String) -> LocalText {
        LocalText(zh: "\(what): 应为 \(expected),实为 \(actual)", en: "\(what): expected \(expected), was \(actual)")
    }

    func compare(_ lines: [TestedLine]) throws -> TestedStep {
        var tested = TestedStep(lines: lines)
        func add(_ failures: [LocalText], of subject: SubjectRef) {
            tested.failures += failures
            if !failures.isEmpty, tested.wrong == nil { tested.wrong = subject }
        }
        if let wanted = step.expect["lines"].list {
            for (n, item) in wanted.enumerated() {
                let path = "\(step.path).expect.lines[\(n)]"
                guard let name = item["subject"].text, let subject = city.subject(name) else {
                    throw TestFileFault(path, zh: "subject 应为 given 中的名字", en: "subject must be a name under given")
                }
                guard let line = lines.first(where: { $0.subject == subject }) else {
                    // A batch writes no row for a refusal; the journal has it.
                    if item["result"].text != "none" {
                        add([LocalText(zh: "\(name): 没有裁定", en: "\(name): was not decided")], of: subject)
                    }
                    continue
                }
                add(try compare(line, item, prefix: name + ".", at: path), of: subject)
            }
        }
        // Said without lines, it holds for every line.
        let all = step.expect.map?.filter { !["lines", "after"].contains($0.key) } ?? [:]
        guard !all.isEmpty else { return tested }
        for line in lines {
            let prefix = lines.count > 1 ? city.name(of: line.subject) + "." : ""
            add(try compare(line, .map(all), prefix: prefix, at: step.path + ".expect"), of: line.subject)
        }
        return tested
    }

    private func compare(_ line: TestedLine, _ wanted: Value, prefix: String, at path: String) throws -> [LocalText] {
        var failures: [LocalText] = []
        func check(_ key: String, _ expected: String, _ actual: String) {
            guard expected != actual else { return }
            var words = TestExpectation.differs(prefix + key, expected, actual)
            if key == "result", let failure = line.failure {
                let why = LocalText(failure: failure)
                words = LocalText(zh: "\(words.zh): \(why.zh)", en: "\(words.en): \(why.en)")
            } else if key == "result", let code = line.code {
                let why = reason(code, line.params)
                words = LocalText(zh: "\(words.zh): \(code) \(why.zh)", en: "\(words.en): \(code) \(why.en)")
            }
            failures.append(
                unknown(key, expected).map { LocalText(zh: words.zh + $0.zh, en: words.en + $0.en) } ?? words)
        }
        guard let members = wanted.map else { return [] }
        if let result = members["result"]?.text { check("result", result, line.result) }
        if let amount = members["amount"]?.text {
            guard let money = Money(yuan: amount) else {
                throw TestFileFault(path + ".amount", zh: "应为金额", en: "an amount is expected")
            }
            check("amount", money.yuan, line.amount.yuan)
        }
        if let state = members["state"]?.text { check("state", state, line.state) }
        if let state = members["case"]?.text { check("case", state, line.caseState) }
        if let flagged = members["flagged"]?.text { check("flagged", flagged, line.isFlagged ? "true" : "false") }
        if let code = members["code"] { check("code", code.text ?? "null", line.code ?? "null") }
        for (name, value) in (members["params"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
            check("params.\(name)", value.text ?? "null", TestExpectation.plain(line.params[name] ?? .null))
        }
        for (name, value) in (members["keeps"]?.map ?? [:]).sorted(by: { $0.key < $1.key }) {
            let type = form.keeps.first { $0.name == name }?.type ?? .string
            let typed = try TestValues.typed(value, type, city, at: "\(path).keeps.\(name)")
            check("keeps.\(name)", TestExpectation.plain(typed), TestExpectation.plain(line.keeps[name] ?? .null))
        }
        return failures
    }

    /// A word that nothing ever comes out as: most likely a slip of the pen.
    private func unknown(_ key: String, _ word: String) -> LocalText? {
        let known: [String]
        switch key {
        case "result": known = Outcome.Result.allCases.map(\.rawValue) + ["entered", "none"]
        case "code": known = manifest.reasons.keys.sorted() + ["null"]
        default: return nil
        }
        guard !known.contains(word) else { return nil }
        if let near = Nearest.to(word, among: known) ?? known.first(where: { $0.hasPrefix(word) }) {
            return LocalText(zh: ";没有 \(word),是不是 \(near)?", en: "; there is no \(word); did you mean \(near)?")
        }
        // The host has reasons of its own beside the manifest's; results are these alone.
        guard key == "result" else { return nil }
        return LocalText(
            zh: ";没有 \(word),可写: \(known.joined(separator: "、"))",
            en: "; there is no \(word); there are: \(known.joined(separator: ", "))")
    }

    private static func plain(_ value: Value) -> String { value.text ?? value.json }
}
