import NiangjiaCore

/// A file of `plugins/<id>/tests/`, as the YAML reader gives it: a scalar is the text that was typed, whatever it looks like.
public struct PluginTestFile: Sendable {
    /// `plugins/summer-cooling/tests/package.yaml`
    public var path: String
    public var content: Value
    /// Where a path of keys and indices (`cases[0].when.at`) stands, as `line:column` or with the file before it; nil where
    /// nothing stands.
    public var place: @Sendable (String) -> String?

    public init(path: String, content: Value, place: @escaping @Sendable (String) -> String?) {
        self.path = path
        self.content = content.typed
        self.place = place
    }

    /// The id of the first step of its first case.
    public var firstID: String? {
        let first = content["cases"].list?.first ?? .null
        return first["id"].text ?? first["steps"].list?.first?["id"].text
    }

    func place(of path: String) -> String {
        var at = path
        while !at.isEmpty {
            if let found = place(at) { return found.hasPrefix(self.path) ? found : "\(self.path):\(found)" }
            // What is missing stands nowhere: its parent does.
            guard let cut = at.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
            at = String(at[..<cut])
        }
        return self.path
    }
}

/// A case: a city of its own, and steps in it one after another.
struct TestCase: Sendable {
    var title: String
    /// What the program's file says, over what the tester fills in.
    var program: Value
    var given: Value
    var steps: [TestStep]
    var file: PluginTestFile
    var path: String

    /// What is declared may stand in the case or in the head of the file.
    func path(of fault: TestFileFault) -> String {
        guard fault.path.hasPrefix("given") else { return fault.path }
        let own = path + "." + fault.path
        return file.place(own) == nil ? fault.path : own
    }
}

/// Something that is asked, and what must come of it.
struct TestStep: Sendable {
    /// `C8b`: unique in the plugin's tests.
    var id: String
    var when: Value
    var expect: Value
    /// Where the step stands in the file.
    var path: String
}

/// A mistake in a test file.
struct TestFileFault: Error {
    var path: String
    var message: LocalText
    init(_ path: String, zh: String, en: String) {
        self.path = path
        message = LocalText(zh: zh, en: en)
    }
}

extension PluginTestFile {
    static let keys = ["about", "program", "given", "cases"]
    static let caseKeys = ["id", "what", "program", "given", "when", "expect", "steps"]
    static let stepKeys = ["id", "when", "expect"]
    static let givenKeys = [
        "organizations", "households", "persons", "stations", "records", "funds", "stacking", "history", "calendar",
    ]
    static let whenKeys =
        [
            "form", "by", "applicant", "applicants", "unit", "serving", "at", "fields", "until", "waive", "decide",
            "as",
            "to", "input", "code",
        ] + TestRunner.deeds + TestRunner.moves
    static let expectKeys =
        lineKeys.filter { $0 != "subject" } + ["lines", "after", "answer", "stage", "error", "place", "notices"]
    static let lineKeys = ["subject", "result", "amount", "code", "params", "keeps", "state", "case", "flagged"]
    static let afterKeys = ["standing", "persons", "households", "amount", "funds", "places", "waiting"]

    /// The cases of the file, each with what the file says for all. Throws the first mistake.
    func cases() throws(TestFileFault) -> [TestCase] {
        try check(content, Self.keys, at: "")
        guard let items = content["cases"].list, !items.isEmpty else {
            throw TestFileFault("cases", zh: "缺少 cases(用例)", en: "cases is missing")
        }
        var found: [TestCase] = []
        for (n, item) in items.enumerated() { found.append(try testCase(item, at: "cases[\(n)]")) }
        return found
    }

    private func testCase(_ item: Value, at path: String) throws(TestFileFault) -> TestCase {
        try check(item, Self.caseKeys, at: path)
        var steps: [TestStep] = []
        if let list = item["steps"].list {
            for (n, step) in list.enumerated() {
                steps.append(try testStep(step, Self.stepKeys, at: "\(path).steps[\(n)]"))
            }
        } else {
            steps = [try testStep(item, Self.caseKeys, at: path)]
        }
        let given = Self.merged(content["given"], item["given"])
        try check(given, Self.givenKeys, at: item["given"].isNull ? "given" : path + ".given")
        return TestCase(
            title: item["what"].text ?? "", program: Self.merged(content["program"], item["program"]), given: given,
            steps: steps, file: self, path: path)
    }

    private func testStep(_ step: Value, _ keys: [String], at path: String) throws(TestFileFault) -> TestStep {
        try check(step, keys, at: path)
        guard let id = step["id"].text, !id.isEmpty else {
            throw TestFileFault(path, zh: "缺少 id(用例编号)", en: "id is missing")
        }
        try check(step["when"], Self.whenKeys, at: path + ".when")
        try check(step["expect"], Self.expectKeys, at: path + ".expect")
        try check(step["expect"]["after"], Self.afterKeys, at: path + ".expect.after")
        for (n, line) in (step["expect"]["lines"].list ?? []).enumerated() {
            try check(line, Self.lineKeys, at: path + ".expect.lines[\(n)]")
        }
        guard step["when"].map != nil, step["expect"].map?.isEmpty == false else {
            throw TestFileFault(path, zh: "用例须有 when 和 expect", en: "a case needs when and expect")
        }
        return TestStep(id: id, when: step["when"], expect: step["expect"], path: path)
    }

    /// Refuses keys that nobody would read: a misspelled expectation must not pass.
    private func check(_ value: Value, _ known: [String], at path: String) throws(TestFileFault) {
        if value.isNull { return }
        guard let members = value.map else {
            throw TestFileFault(path, zh: "应为一组键和值", en: "a mapping is expected")
        }
        for key in members.keys.sorted() where !known.contains(key) {
            let list = known.joined(separator: "、")
            let near = Nearest.to(key, among: known)
            throw TestFileFault(
                path.isEmpty ? key : path + "." + key,
                zh: "不认识的键 \(key)" + (near.map { ",是不是 \($0)?" } ?? ",可写: \(list)"),
                en: "unknown key \(key)"
                    + (near.map { "; did you mean \($0)?" } ?? "; known: \(known.joined(separator: ", "))"))
        }
    }

    /// Maps are merged, anything else is replaced.
    static func merged(_ base: Value, _ over: Value) -> Value {
        guard let a = base.map, let b = over.map else { return over.isNull ? base : over }
        return .map(a.merging(b) { merged($0, $1) })
    }
}

extension Value {
    /// Scalars as text: an expectation that a reader took for a number or a boolean is still compared.
    fileprivate var typed: Value {
        switch self {
        case .null, .text: self
        case .bool(let b): .text(b ? "true" : "false")
        case .int(let n): .text(String(n))
        case .list(let items): .list(items.map(\.typed))
        case .map(let members): .map(members.mapValues(\.typed))
        }
    }
}
