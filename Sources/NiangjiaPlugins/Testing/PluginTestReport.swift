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
        /// Reason codes that were given.
        public var codes: [String]
        public var passed: Bool { failures.isEmpty }
    }

    public var plugin: String
    public var results: [Result]
    /// Declared reasons that no case saw.
    public var untestedReasons: [String]

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
        _ step: TestStep, _ testCase: TestCase, _ failures: [LocalText], codes: [String] = [], place: String? = nil
    ) {
        results.append(
            Result(
                id: step.id, title: testCase.title, place: place ?? testCase.file.place(of: step.path),
                failures: failures,
                codes: codes))
    }

    mutating func add(file: PluginTestFile, _ fault: TestFileFault) {
        results.append(
            Result(id: file.path, title: "", place: file.place(of: fault.path), failures: [fault.message], codes: []))
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
        if !untestedReasons.isEmpty {
            let words = LocalText(zh: "没有用例给出的原因", en: "reasons that no case saw")
            out += "  " + words[language] + ": " + untestedReasons.joined(separator: ", ") + "\n"
        }
        return out
    }

    /// For machines.
    public var value: Value {
        [
            "plugin": .text(plugin), "passed": .int(Int64(passed)), "failed": .int(Int64(failed)),
            "untested_reasons": .list(untestedReasons.map { .text($0) }),
            "cases": .list(
                results.map { result in
                    [
                        "id": .text(result.id), "title": .text(result.title), "place": .text(result.place),
                        "passed": .bool(result.passed),
                        "failures": .list(result.failures.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] }),
                    ]
                }),
        ]
    }

    /// The Test Anything Protocol, version 13.
    public var tap: String {
        var out = "TAP version 13\n1..\(results.count)\n"
        for (n, result) in results.enumerated() {
            out += "\(result.passed ? "ok" : "not ok") \(n + 1) - \(plugin) \(result.id)\n"
            for failure in result.failures { out += "  # \(result.place): \(failure.en)\n" }
        }
        return out
    }
}
