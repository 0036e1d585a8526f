import NiangjiaCore

/// What a tester needs of the host: the real parts, made by whoever stands above.
public struct TestServices: Sendable {
    /// A store of its own for each case: a real one, on a disk.
    public var makeStore: @Sendable () async throws -> any Store
    /// The host's own reader of a city's files (path → content), which checks them as it checks any city's.
    public var makeBundle: @Sendable ([String: [UInt8]]) async throws -> Bundle
    public var judge: any RuleJudge
    public var crypto: any CryptoProvider
    /// Runs the plugin's actions; nil where its tests ask for none.
    public var actions: (any ActionRunner)?
    /// What judge and actions note of the script; nil: not asked for.
    public var watch: ScriptWatch?

    public init(
        makeStore: @escaping @Sendable () async throws -> any Store,
        makeBundle: @escaping @Sendable ([String: [UInt8]]) async throws -> Bundle, judge: any RuleJudge,
        crypto: any CryptoProvider, watch: ScriptWatch? = nil, actions: (any ActionRunner)? = nil
    ) {
        self.actions = actions
        self.makeStore = makeStore
        self.makeBundle = makeBundle
        self.judge = judge
        self.crypto = crypto
        self.watch = watch
    }
}

/// Runs a plugin's test cases through the real corridor: a store with the declared city, then admission, gather, judge, settle and
/// apply as for anybody. No rule of the host is written a second time here.
public struct PluginTester: Sendable {
    private let services: TestServices
    /// `plugins/<id>/plugin.yaml` and `plugins/<id>/main.lua` → content.
    private let pluginFiles: [String: [UInt8]]
    private let plugin: Plugin

    /// A tester for one plugin.
    /// - Parameter pluginFiles: the plugin's files by their paths in the data folder.
    public init(plugin: Plugin, pluginFiles: [String: [UInt8]], services: TestServices) {
        self.plugin = plugin
        self.pluginFiles = pluginFiles
        self.services = services
    }

    /// Runs all cases, or those whose title or one of whose steps' ids is in `only`, with the steps before them and none after.
    /// - Parameter end: no case begins after it; what was left is counted as ``PluginTestReport/unrun``.
    public func run(
        _ files: [PluginTestFile], only: Set<String> = [], until end: ContinuousClock.Instant? = nil
    ) async -> PluginTestReport {
        var report = PluginTestReport(plugin: plugin.manifest.id)
        var seen: Set<String> = []
        for file in files.sorted(by: { $0.path < $1.path }) {
            do throws(TestFileFault) {
                for testCase in try file.cases() {
                    for step in testCase.steps where !seen.insert(step.id).inserted {
                        report.add(
                            step, testCase, [LocalText(zh: "编号 \(step.id) 重复", en: "the id \(step.id) stands twice")])
                    }
                    guard let testCase = PluginTester.chosen(testCase, only) else { continue }
                    if let end, ContinuousClock.now >= end {
                        report.unrun += testCase.steps.count
                        continue
                    }
                    if report.isUnloadable {
                        for step in testCase.steps { report.add(step, testCase, [PluginTestReport.asAbove]) }
                        continue
                    }
                    await run(testCase, into: &report)
                }
            } catch {
                report.add(file: file, error)
            }
        }
        let given = Set(report.results.flatMap(\.codes))
        report.untestedReasons =
            only.isEmpty ? plugin.manifest.reasons.keys.filter { !given.contains($0) }.sorted() : []
        report.reasons = plugin.manifest.reasons.count
        report.lines = services.watch?.lines
        return report
    }

    /// A case up to the last of its steps that is asked for; nil: none of it is.
    private static func chosen(_ testCase: TestCase, _ only: Set<String>) -> TestCase? {
        if only.isEmpty || only.contains(testCase.title) { return testCase }
        guard let last = testCase.steps.lastIndex(where: { only.contains($0.id) }) else { return nil }
        var chosen = testCase
        chosen.steps = Array(testCase.steps[...last])
        return chosen
    }

    private func run(_ testCase: TestCase, into report: inout PluginTestReport) async {
        var steps = testCase.steps[...]
        do {
            let runner = try await TestRunner(
                testCase, plugin: plugin, pluginFiles: pluginFiles, services: services,
                clock: FixedClock(start(of: testCase)))
            while let step = steps.first {
                let before = services.watch?.calls.count ?? 0
                let tested = try await runner.run(step)
                let calls = services.watch.map { Array($0.calls.dropFirst(before)) } ?? []
                let decided = tested.lines.map { line in
                    let (subject, reason) = runner.words(line)
                    return PluginTestReport.Decided(
                        subject: subject, result: line.result, amount: line.amount, code: line.code, reason: reason,
                        failure: line.failure)
                }
                report.add(
                    step, testCase, tested.failures, decided: decided, asked: runner.asked(in: tested), calls: calls)
                steps = steps.dropFirst()
            }
            try await runner.close()
        } catch {
            // What could not be run has failed, and so has all that should have followed.
            let fault = PluginTester.fault(error, of: testCase)
            let place = fault.map { testCase.file.place(of: testCase.path(of: $0)) }
            let words = fault?.message ?? PluginTester.words(error)
            for (n, step) in steps.enumerated() {
                report.add(
                    step, testCase, [n == 0 ? words : LocalText(zh: "前一步没有办成", en: "the step before did not succeed")],
                    place: n == 0 ? place : nil)
            }
        }
    }

    private func start(of testCase: TestCase) -> Instant {
        testCase.steps.first.flatMap { TestRunner.instant($0.when["at"]) } ?? Instant(milliseconds: 1_767_200_000_000)
    }

    /// A mistake in what the test says for the program or the stacking rules stands in the test, not in the file made from it.
    private static func fault(_ error: any Error, of testCase: TestCase) -> TestFileFault? {
        if let fault = error as? TestFileFault { return fault }
        guard let error = error as? NiangjiaError, let place = error.place else { return nil }
        let isProgram = place.hasPrefix("config/programs/")
        guard isProgram || place.hasPrefix("config/stacking.yaml") else { return nil }
        let head = isProgram ? "program" : "given.stacking"
        let words = Set(
            error.message.zh.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }.map(String.init))
        let value = isProgram ? testCase.program : testCase.given["stacking"]
        let path = PluginTester.paths(value, head).filter { path in
            let key = path.split(separator: ".").last.map(String.init) ?? path
            return words.contains(key)
        }.max { $0.count < $1.count }
        // The line is that of the file that was made; what is missing stands nowhere, its table does.
        func plain(_ text: String, _ end: String) -> String {
            guard text.hasPrefix("第1行") || text.hasPrefix("line 1"), let cut = text.firstRange(of: end) else {
                return text
            }
            return String(text[cut.upperBound...])
        }
        let table = isProgram && error.message.zh.contains("参数") ? head + ".settings" : head
        return TestFileFault(
            path ?? table, zh: plain(error.message.zh, "行 "), en: plain(error.message.en, ": "))
    }

    /// Every path of keys in a value.
    private static func paths(_ value: Value, _ head: String) -> [String] {
        (value.map ?? [:]).keys.sorted().flatMap { key in
            ["\(head).\(key)"] + paths(value[key], "\(head).\(key)")
        }
    }

    static func words(_ error: any Error) -> LocalText {
        switch error {
        case let fault as TestFileFault: return fault.message
        case let error as NiangjiaError:
            let place = error.place.map { " (\($0))" } ?? ""
            let cause = error.cause.map { ": \($0)" } ?? ""
            return LocalText(zh: error.message.zh + place + cause, en: error.message.en + place + cause)
        default: return LocalText(zh: "\(error)", en: "\(error)")
        }
    }
}
