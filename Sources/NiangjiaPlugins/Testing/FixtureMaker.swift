import NiangjiaCore

/// Turns a journaled call into a test of the plugin, about somebody fictional.
///
/// Names, ids and places are replaced from the start. Every other value that is somebody's (dates, amounts, words) is then made
/// coarser as far as the decision allows: a change is kept where the same rule, asked again, decides the same. What is left as it was is
/// what the rule needs, and dates keep only their distances.
public struct FixtureMaker: Sendable {
    let services: TestServices
    /// The plugin's own files by their paths in the data folder.
    let pluginFiles: [String: [UInt8]]

    /// A maker for one plugin.
    public init(services: TestServices, pluginFiles: [String: [UInt8]]) {
        self.services = services
        self.pluginFiles = pluginFiles
    }

    /// The most times that the rule is asked again.
    static let attempts = 120

    /// The text of a test file that passes. Throws `invalid` for what a test can't declare yet.
    public func make(_ source: FixtureSource) async throws -> String {
        var writer = FixtureWriter(source)
        var content = try writer.write().content(expect: ["result": "granted"])
        let plugin = source.plugin
        let first = try await outcome(content, plugin)
        guard FixtureMaker.matches(first, source.judgement) else {
            throw NiangjiaError(
                .invalid,
                zh:
                    "改写成用例后结果不同(当时 \(source.judgement.kind.rawValue),用例 \(first.result) \(first.code ?? "")):裁定依赖用例还不能声明的东西。",
                en:
                    "Told as a test it comes out differently (\(source.judgement.kind.rawValue) then, \(first.result) \(first.code ?? "") now): the decision rests on something that a test can't declare yet.",
                cause: first.failure)
        }
        var left = FixtureMaker.attempts
        func accepts(_ changed: Value) async -> Bool {
            guard left > 0 else { return false }
            left -= 1
            guard let line = try? await outcome(changed, plugin) else { return false }
            return line.result == first.result && line.code == first.code && line.amount == first.amount
                && line.failure == first.failure
        }
        for days in [17, -17, 9, -9, 5, -5, 28, -28, 2, -2, 1, -1] {
            let moved = FixtureLeaf.leaves(of: content).reduce(content) { content, leaf in
                guard let date = content.at(leaf.path).date else { return content }
                return content.setting(.text((date + days).description), at: leaf.path[...])
            }
            if await accepts(moved) {
                content = moved
                break
            }
        }
        for leaf in FixtureLeaf.leaves(of: content) {
            let value = content.at(leaf.path)
            for candidate in FixtureLeaf.coarser(value) where candidate != value {
                let changed = content.setting(candidate, at: leaf.path[...])
                if await accepts(changed) {
                    content = changed
                    break
                }
            }
        }
        let last = try await outcome(content, plugin)
        return FixtureText.text(
            content.setting(FixtureMaker.expectation(last), at: [.key("cases"), .index(0), .key("expect")]))
    }

    /// What the corridor makes of a draft.
    private func outcome(_ content: Value, _ plugin: Plugin) async throws -> TestedLine {
        let file = PluginTestFile(path: "fixture.yaml", content: content) { _ in nil }
        do {
            guard let testCase = try file.cases().first, let step = testCase.steps.first,
                let at = TestRunner.instant(step.when["at"])
            else { throw NiangjiaError(.internal, zh: "用例没有写成", en: "the test was not made") }
            let runner = try await TestRunner(
                testCase, plugin: plugin, pluginFiles: pluginFiles, services: services, clock: FixedClock(at))
            let (_, lines) = try await runner.perform(step)
            try await runner.close()
            guard let line = lines.first else { throw NiangjiaError(.internal, zh: "没有裁定", en: "nothing was decided") }
            return line
        } catch let fault as TestFileFault {
            throw NiangjiaError(.invalid, zh: fault.message.zh, en: fault.message.en, place: fault.path)
        }
    }

    private static func matches(_ line: TestedLine, _ judgement: Judgement) -> Bool {
        let results: [Judgement.Kind: String] = [
            .grant: "granted", .limit: "limited", .refuse: "refused", .incomplete: "incomplete", .review: "review",
            .failed: "failed",
        ]
        guard results[judgement.kind] == line.result, judgement.code == line.code || judgement.kind == .failed else {
            return false
        }
        return !judgement.gives || judgement.amount == line.amount
    }

    private static func expectation(_ line: TestedLine) -> Value {
        var expect: [String: Value] = ["result": .text(line.result), "code": line.code.map { .text($0) } ?? .null]
        if ["granted", "limited"].contains(line.result) { expect["amount"] = .text(line.amount.yuan) }
        if !line.params.isEmpty { expect["params"] = .map(line.params) }
        return .map(expect)
    }
}

/// A value of a test file that is somebody's.
struct FixtureLeaf {
    var path: [FixtureStep]

    /// Everything under `given` (organisations are fictional already) and `when` that is a date, a number or a word.
    static func leaves(of content: Value) -> [FixtureLeaf] {
        var found: [FixtureLeaf] = []
        let given: [FixtureStep] = [.key("given")]
        for group in ["households", "persons", "stations", "history"] {
            collect(content["given"][group], given + [.key(group)], &found)
        }
        let when: [FixtureStep] = [.key("cases"), .index(0), .key("when")]
        collect(content.at(when + [.key("fields")]), when + [.key("fields")], &found)
        found.append(FixtureLeaf(path: when + [.key("at")]))
        return found
    }

    private static func collect(_ value: Value, _ path: [FixtureStep], _ found: inout [FixtureLeaf]) {
        switch value {
        case .map(let members):
            let names: Set<String> = ["household", "employer", "member_of", "organization", "subject", "form", "state"]
            for key in members.keys.sorted() where !names.contains(key) {
                collect(members[key] ?? .null, path + [.key(key)], &found)
            }
        case .list(let items):
            for (n, item) in items.enumerated() { collect(item, path + [.index(n)], &found) }
        case .int, .text: found.append(FixtureLeaf(path: path))
        case .bool, .null: break
        }
    }

    /// What may stand for a value, the coarsest first.
    static func coarser(_ value: Value) -> [Value] {
        if let date = value.date {
            let (year, month, _) = date.parts
            return [CivilDate(year: year, month: 1, day: 1), CivilDate(year: year, month: month, day: 1)].compactMap {
                $0.map { Value.text($0.description) }
            }
        }
        if let number = value.int { return rounded(number).map { Value.int($0) } }
        if let text = value.text, let money = Money(yuan: text), text.first?.isNumber == true {
            return rounded(money.fen).map { Value.text(Money(fen: $0).yuan) }
        }
        return value.text == nil ? [] : ["other"]
    }

    /// One significant digit, then two.
    private static func rounded(_ number: Int64) -> [Int64] {
        var unit: Int64 = 1
        while number.magnitude / UInt64(unit) >= 10, unit < Int64.max / 10 { unit *= 10 }
        return [unit, max(1, unit / 10)].map { number / $0 * $0 }
    }
}

/// A step into a value.
enum FixtureStep: Hashable { case key(String), index(Int) }

extension Value {
    func at(_ path: [FixtureStep]) -> Value {
        path.reduce(self) { value, step in
            switch step {
            case .key(let key): value[key]
            case .index(let n): value.list?[safe: n] ?? .null
            }
        }
    }

    /// The same with another value at a path that is there.
    func setting(_ new: Value, at path: ArraySlice<FixtureStep>) -> Value {
        guard let first = path.first else { return new }
        switch (first, self) {
        case (.key(let key), .map(var members)):
            members[key] = (members[key] ?? .null).setting(new, at: path.dropFirst())
            return .map(members)
        case (.index(let n), .list(var items)) where items.indices.contains(n):
            items[n] = items[n].setting(new, at: path.dropFirst())
            return .list(items)
        default: return self
        }
    }
}

/// A test file as people write one: tables line by line, what is small on one line.
enum FixtureText {
    private static let order = ["program", "given", "cases"]

    static func text(_ content: Value) -> String {
        var out =
            "# 由一次真实的裁定改写:人、编号、地点和日期都是虚构的,日期只保留规则需要的间隔。\n"
            + "# Made from a real decision: people, ids, places and dates are fictional; dates keep the distances that the rule needs.\n"
        for key in order {
            out += "\(key):\n"
            if key == "cases" {
                for item in content[key].list ?? [] { out += step(item) }
            } else {
                for name in (content[key].map ?? [:]).keys.sorted() {
                    out += member(name, content[key][name], "  ", deep: 2)
                }
            }
        }
        return out
    }

    private static func member(_ name: String, _ value: Value, _ indent: String, deep: Int) -> String {
        if deep > 0, case .map(let members) = value, !members.isEmpty, value.yaml.count > 60 {
            return "\(indent)\(name):\n"
                + members.keys.sorted().map { member($0, members[$0] ?? .null, indent + "  ", deep: deep - 1) }.joined()
        }
        if deep > 0, case .list(let items) = value, value.yaml.count > 60 {
            return "\(indent)\(name):\n" + items.map { "\(indent)  - \($0.yaml)\n" }.joined()
        }
        return "\(indent)\(name): \(value.yaml)\n"
    }

    private static func step(_ item: Value) -> String {
        var out = ""
        for key in ["id", "what", "when", "expect"] where !item[key].isNull {
            out += (out.isEmpty ? "  - " : "    ") + "\(key): \(item[key].yaml)\n"
        }
        return out
    }
}
