import LuaSandbox
import NiangjiaCore

/// What the tests of a plugin showed.
public struct PluginTestReport: Sendable {
    public struct Result: Sendable {
        public var id: String
        public var title: String
        /// `plugins/tuition/tests/apply.yaml:41:5`
        public var place: String
        /// What is not as expected; empty: passed.
        public var failures: [LocalText]
        /// What became of each subject.
        public var decided: [Decided] = []
        /// What the rule was sent about one line; nil where it wasn't asked.
        public var asked: Asked?
        /// What the script's calls in this step used.
        public var calls: [CallUsage] = []
        /// Reason codes that were given.
        public var codes: [String] { decided.compactMap(\.code) }
        public var passed: Bool { failures.isEmpty }
        /// Whether the file itself can't be read: its id is the file's path.
        public var isOfFile = false
    }

    /// What a rule was sent about one line of a step: the first that isn't as expected, else the first.
    public struct Asked: Sendable {
        /// Its name under `given`; `-` for what has none.
        public var subject: String
        /// The call's bytes, and the row in them.
        public var bytes: [UInt8]
        public var row: Int
        /// `assess.package`
        public var function: String
    }

    /// What became of one subject of a step.
    public struct Decided: Sendable {
        /// Its name under `given`.
        public var subject: String
        /// `granted`, `limited`, `refused` …, as `expect` writes it.
        public var result: String
        /// What is given, in fen.
        public var amount: Money
        /// The reason's code; nil where there is none.
        public var code: String?
        /// The reason in words.
        public var reason: LocalText?
        /// Why the call failed, for the author.
        public var failure: String?
    }

    public var plugin: String
    public var results: [Result]
    /// Declared reasons that no case saw.
    public var untestedReasons: [String]
    /// How many steps were not run because the time for them had passed.
    public var unrun = 0
    /// How many reasons the manifest declares.
    public var reasons = 0
    /// Which lines of the script hold code and ran; nil where nobody asked.
    public var lines: ScriptLines?

    /// Lines with code that no case ran, in order.
    public var missedLines: [Int] { lines.map { $0.code.subtracting($0.ran).sorted() } ?? [] }

    init(plugin: String) {
        self.plugin = plugin
        results = []
        untestedReasons = []
    }

    public var passed: Int { results.count(where: \.passed) }
    public var failed: Int { results.count - passed }
    /// Whether the script could not be loaded at all: said once, the other cases have nothing of their own to say.
    var isUnloadable: Bool { results.contains { $0.failures.contains { $0.zh.contains("插件 \(plugin) 无法运行") } } }
    static let asAbove = LocalText(zh: "同上:规则没有载入", en: "as above: the rule was not loaded")

    /// Whether something was run and all of it is as expected.
    public var isFine: Bool { failed == 0 && !results.isEmpty }

    mutating func add(
        _ step: TestStep, _ testCase: TestCase, _ failures: [LocalText], decided: [Decided] = [],
        asked: Asked? = nil, calls: [CallUsage] = [], place: String? = nil
    ) {
        results.append(
            Result(
                id: step.id, title: testCase.title, place: place ?? testCase.file.place(of: step.path),
                failures: failures, decided: decided, asked: asked, calls: calls))
    }

    mutating func add(file: PluginTestFile, _ fault: TestFileFault) {
        results.append(
            Result(
                id: file.path, title: "", place: file.place(of: fault.path), failures: [fault.message], isOfFile: true))
    }

    /// One line for each case; what failed with expected, actual and place.
    public func text(_ language: Language = .zh) -> String {
        var out = "\(plugin)\n"
        for result in results {
            out +=
                "  \(result.passed ? "✓" : "✗") \(result.id)" + (result.title.isEmpty ? "" : "  \(result.title)") + "\n"
            for failure in result.failures { out += "      \(result.place): \(failure[language])\n" }
        }
        let summary = LocalText(
            zh: "\(results.count) 个用例,通过 \(passed),失败 \(failed)",
            en: "\(results.count) cases, \(passed) passed, \(failed) failed")
        out += "  " + summary[language] + "\n"
        out += coverageText(language)
        out += usageText(language)
        return out
    }

    private func coverageText(_ language: Language) -> String {
        var out = ""
        if let lines, !lines.code.isEmpty {
            let words = LocalText(
                zh:
                    "覆盖:\(lines.code.count) 行代码走到 \(lines.ran.count) 行,\(reasons) 个原因给出 \(reasons - untestedReasons.count) 个",
                en:
                    "coverage: \(lines.ran.count) of \(lines.code.count) lines, \(reasons - untestedReasons.count) of \(reasons) reasons"
            )
            out += "  " + words[language] + "\n"
            for line in missedLines {
                let missed = LocalText(zh: "没有用例走到这一行", en: "no case runs this line")
                out += "      plugins/\(plugin)/main.lua:\(line): \(missed[language])\n"
            }
        }
        if !untestedReasons.isEmpty {
            let words = LocalText(zh: "没有用例给出的原因", en: "reasons that no case saw")
            out += "  " + words[language] + ": " + untestedReasons.joined(separator: ", ") + "\n"
        }
        return out
    }

    /// For machines.
    public var value: Value {
        [
            "ok": .bool(isFine), "coverage": coverageValue, "plugin": .text(plugin), "passed": .int(Int64(passed)),
            "failed": .int(Int64(failed)),
            "untested_reasons": .list(untestedReasons.map { .text($0) }), "usage": .list(usage.map(\.value)),
            "budgets": CallBudgets.value,
            "cases": .list(
                results.map { result in
                    [
                        "id": .text(result.id), "title": .text(result.title), "place": .text(result.place),
                        "passed": .bool(result.passed),
                        "codes": .list(result.codes.map { .text($0) }),
                        "failures": .list(result.failures.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] }),
                        "usage": .list(result.calls.map(\.value)),
                    ]
                }),
        ]
    }

    private var coverageValue: Value {
        func numbers(_ lines: some Sequence<Int>) -> Value { .list(lines.map { .int(Int64($0)) }) }
        guard let lines else { return .null }
        return [
            "lines": .int(Int64(lines.code.count)), "lines_run": .int(Int64(lines.ran.count)),
            "missed_lines": numbers(missedLines), "reasons": .int(Int64(reasons)),
            "reasons_given": .int(Int64(reasons - untestedReasons.count)),
        ]
    }
}
