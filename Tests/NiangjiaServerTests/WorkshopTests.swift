import Foundation
import LuaSandbox
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer

/// The author's commands, on folders as authors have them.
@Suite struct WorkshopTests {
    let temporary: TemporaryFolder
    var data: String { temporary.path }

    init() throws { temporary = try TemporaryFolder() }

    static let clock = FixedClock(Instant("2026-03-01T09:00:00+08:00") ?? Instant(milliseconds: 0))

    /// A new plugin in the temporary folder.
    func make(_ id: String = "lunch", forms: [String] = []) throws {
        let sink = CollectingSink()
        let status = Workshop.create(id, data: data, forms: forms, clock: Self.clock, output: Output(sink))
        #expect(status == .ok, "\(sink.events)")
    }

    func edit(_ path: String, _ old: String, _ new: String) throws {
        let url = URL(fileURLWithPath: "\(data)/plugins/lunch/\(path)")
        let text = try String(contentsOf: url, encoding: .utf8)
        try #require(text.contains(old), "\(path): \(old)")
        try text.replacingOccurrences(of: old, with: new).write(to: url, atomically: true, encoding: .utf8)
    }

    func check(_ language: Language = .zh) async -> (status: NiangjiaServer.ExitStatus, sink: CollectingSink) {
        let sink = CollectingSink()
        return (await Workshop.check("lunch", data: data, output: Output(sink, language: language)), sink)
    }

    func test(
        _ options: Workshop.TestOptions = .init(), _ language: Language = .zh
    ) async -> (status: NiangjiaServer.ExitStatus, sink: CollectingSink) {
        let sink = CollectingSink()
        let status = await Workshop.test(
            "lunch", data: data, options: options, output: Output(sink, language: language))
        return (status, sink)
    }

    /// Whether a text holds Chinese characters or punctuation.
    static func isChinese(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x3000...0x9FFF).contains($0.value) || (0xFF00...0xFFEF).contains($0.value) }
    }

    @Test(
        "A new plugin passes its own check and tests, every line and reason covered",
        arguments: [[], ["apply", "visit_2"]])
    func new(forms: [String]) async throws {
        try make(forms: forms)
        let checked = await check()
        #expect(checked.status == .ok, "\(checked.sink.lines)")
        #expect(checked.sink.answer?["problems"].list?.isEmpty == true)
        let tested = await test()
        #expect(tested.status == .ok, "\(tested.sink.lines)")
        let coverage = tested.sink.answer?["coverage"]
        #expect(coverage?["missed_lines"].list?.isEmpty == true, "\(tested.sink.lines)")
        #expect(coverage?["reasons_given"].int == 3 && coverage?["reasons"].int == 3)
        #expect((coverage?["lines"].int ?? 0) >= 4)
        #expect(tested.sink.answer?["passed"].int == Int64(4 * max(1, forms.count)))
    }

    @Test("The sample of a program is one that the city takes")
    func sample() async throws {
        let city = try await TestCity()
        let sink = CollectingSink()
        #expect(
            Workshop.create("lunch", data: city.folder.path, forms: [], clock: city.clock, output: Output(sink)) == .ok)
        #expect(sink.answer?["city"].bool == true && !sink.lines.contains { $0.contains("没有城市") })
        try FileManager.default.copyItem(
            atPath: city.folder.path + "/plugins/lunch/program.yaml.sample",
            toPath: city.folder.path + "/config/programs/lunch-2026.yaml")
        try city.edit(
            "config/funds.yaml", "lines:\n",
            "lines:\n  - {id: lunch-2026, year: 2026, source: union_budget, purpose: lunch, amount: 10000}\n")
        let checked = try await city.run("check", [:], as: nil)
        #expect(checked.answer?["ok"].bool == true, "\(checked.lines)")
        #expect(checked.answer?["problems"].list?.contains { $0["place"].text?.contains("lunch") == true } == false)
        try await city.host.close()
    }

    @Test("A folder that is there is left as it is; an id that could mean something else is refused")
    func refused() async throws {
        try make()
        let before = try String(contentsOfFile: data + "/plugins/lunch/main.lua", encoding: .utf8)
        try edit("main.lua", before, "-- mine\n")
        let again = CollectingSink()
        #expect(Workshop.create("lunch", data: data, forms: [], output: Output(again)) == .misused)
        #expect(again.failure?.code == "conflict")
        #expect(try String(contentsOfFile: data + "/plugins/lunch/main.lua", encoding: .utf8) == "-- mine\n")
        for id in ["", "Ab", "9a", "a b", "../x", "a/b", "a_b", "a-", "午餐", String(repeating: "a", count: 41)] {
            #expect(Workshop.create(id, data: data, forms: [], output: Output(CollectingSink())) == .misused, "\(id)")
        }
        for forms in [["A"], ["a-b"], ["end"], ["a", "a"], [""]] {
            let sink = CollectingSink()
            #expect(Workshop.create("other", data: data, forms: forms, output: Output(sink)) == .misused, "\(forms)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: data + "/plugins") == ["lunch"])
    }

    @Test(
        "What is undeclared is told with the very line of the manifest to write, and where",
        arguments: [
            (
                "expense == 0", "facts.subject.occupation == \"x\"", "main.lua:6:1", "subject: [occupation]",
                "plugin.yaml:13"
            ),
            ("expense == 0", "facts.household.size == 0", "main.lua:6:1", "household: [size]", "plugin.yaml:13"),
            (
                "expense == 0", "facts.look.before.count > 0", "main.lua:6:1",
                "before: {in: decisions, per: subject, within: season}", "plugin.yaml:13"
            ),
            ("expense == 0", "facts.application.persons == 0", "main.lua:6:1", "persons: integer", "plugin.yaml:15"),
            ("expense == 0", "settings.minimum == 0", "main.lua:6:1", "minimum: integer", "plugin.yaml:8"),
            (
                "expense == 0", "not list.pick(settings.levels, \"level\", \"3\")", "main.lua:6:1",
                "levels: {type: array, items: {level: string, amount: money}}", "plugin.yaml:8"
            ),
            (
                "expense == 0", "not list.has(settings.trades, \"x\")", "main.lua:6:1",
                "trades: {type: array, items: string}", "plugin.yaml:8"
            ),
            (
                "refuse(\"NOTHING_SPENT\")", "refuse(\"TOO_MANY\", {days = 3})", "main.lua:6:1",
                "TOO_MANY: {zh-CN: \"… {days:integer}\", en: \"… {days:integer}\"}", "plugin.yaml:21"
            ),
        ])
    func declare(old: String, new: String, place: String, line: String, at: String) async throws {
        try make()
        try edit("main.lua", old, new)
        let found = await check(.en)
        #expect(found.status == .wrong)
        let said = found.sink.lines.filter { $0.hasPrefix("plugins/lunch/\(place)") }
        #expect(said.contains { $0.contains(line) && $0.contains("plugins/lunch/\(at)") }, "\(found.sink.lines)")
    }

    @Test(
        "A case that is asked for runs up to itself; in a file with a mistake the mistake is told, not a missing case")
    func chosenCase() async throws {
        try make()
        let files = try FileManager.default.contentsOfDirectory(atPath: data + "/plugins/lunch/tests")
        let file = try #require(files.first { $0.hasSuffix(".yaml") })
        let text = try String(contentsOfFile: "\(data)/plugins/lunch/tests/\(file)", encoding: .utf8)
        let start = try #require(text.range(of: "id: ")?.upperBound)
        let id = String(text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        var options = Workshop.TestOptions()
        options.cases = [id]
        #expect(await test(options).status == .ok)
        try edit("tests/\(file)", "expect:", "expct:")
        let found = await test(options, .en)
        #expect(found.status == .wrong && found.sink.failure == nil)
        #expect(
            found.sink.lines.contains { $0.contains("expct") && $0.contains("did you mean expect?") },
            "\(found.sink.lines)")
        try edit("tests/\(file)", "expct:", "expect:")
        options.cases = ["nosuch"]
        #expect(await test(options).sink.failure?.code == "not_found")
    }

    @Test("A script that can't be loaded is told in the language asked for; the mark of Windows' editors does no harm")
    func loading() async throws {
        try make()
        let script = try String(contentsOfFile: data + "/plugins/lunch/main.lua", encoding: .utf8)
        try edit("main.lua", script, "\u{FEFF}" + script)
        #expect(await check().status == .ok)
        #expect(await test().status == .ok)
        try edit("main.lua", "function program.assess", "counter = 0\nfunction program.assess")
        let found = await test(.init(), .en)
        #expect(found.status == .wrong)
        let failures = found.sink.lines.filter { $0.contains("can't be run") }
        #expect(!failures.isEmpty && !failures.contains(where: Self.isChinese), "\(found.sink.lines)")
    }

    @Test("A misspelt name is told what was meant")
    func misspelt() async throws {
        try make()
        try edit("main.lua", "settings.share", "settings.shaer")
        try edit("main.lua", "refuse(\"NOTHING_SPENT\")", "refuse(\"NOTHING_SPEND\")")
        let found = await check(.en)
        #expect(found.sink.lines.contains { $0.contains("main.lua:7:1") && $0.contains("did you mean share?") })
        #expect(found.sink.lines.contains { $0.contains("main.lua:6:1") && $0.contains("did you mean NOTHING_SPENT?") })
    }

    @Test("What is asked for and never read is found, in its line of the manifest")
    func necessity() async throws {
        try make()
        try edit(
            "plugin.yaml", "    subject: applicant ",
            "    facts: {subject: [sex, birth_date], household: [yearly_income], look: {before: {in: decisions}}}\n    subject: applicant "
        )
        try edit("plugin.yaml", "  most: money ", "  least: money\n  most: money ")
        try edit("main.lua", "expense == 0", "expense == 0 or facts.subject.birth_date == \"2000-01-01\"")
        let found = await check(.en)
        #expect(found.status == .wrong)
        let lines = found.sink.lines
        for (part, at) in [
            ("subject.sex", 17), ("household.yearly_income", 17), ("look before", 17), ("setting least", 9),
        ] {
            #expect(
                lines.contains { $0.hasPrefix("plugins/lunch/plugin.yaml:\(at):1 warning") && $0.contains(part) },
                "\(part): \(lines)")
        }
        #expect(!lines.contains { $0.contains("birth_date and never") })
        #expect(
            lines.contains { $0.contains("write at plugins/lunch/plugin.yaml:17: subject: [birth_date]") }, "\(lines)")
    }

    @Test("Products that wrap around or forget that a rate is a rate")
    func products() async throws {
        try make()
        try edit(
            "plugin.yaml", "title: {zh-CN: 费用, en: Expense}}",
            "title: {zh-CN: 费用, en: Expense}}\n      persons: integer")
        try edit("main.lua", "money.rate(expense, settings.share)", "facts.application.persons * settings.share")
        let found = await check(.en)
        #expect(
            found.sink.lines.contains { $0.contains("main.lua:7") && $0.contains("persons: {type: integer, maximum") },
            "\(found.sink.lines)")
        #expect(
            found.sink.lines.contains { $0.contains("main.lua:7") && $0.contains("money.rate(amount, settings.share)") }
        )
    }

    @Test("Fields of a look's last row and sums are those that are kept")
    func looks() async throws {
        try make()
        try edit(
            "plugin.yaml", "    subject: applicant ",
            "    keeps: {paid: money}\n    facts: {look: {before: {in: decisions, programs: all}}}\n    subject: applicant "
        )
        try edit(
            "main.lua", "expense == 0",
            "facts.look.before.sum.paid + facts.look.before.sum.pail == 0 or facts.look.before.last.days")
        let found = await check(.en)
        #expect(
            found.sink.lines.contains { $0.contains("facts.look.before.sum has no pail; did you mean paid?") },
            "\(found.sink.lines)")
        #expect(
            found.sink.lines.contains {
                $0.contains("facts.look.before.last has no days") && $0.contains("days: money")
            })
        #expect(!found.sink.lines.contains { $0.contains("has no paid") })
    }

    @Test("A program's words that no fact ever is")
    func words() async throws {
        let city = try await TestCity()
        try city.edit("config/programs/summer-cooling-2026.yaml", "exposures: [outdoor", "exposures: [outdor, outdoor")
        let checked = try await city.run("check", [:], as: nil)
        #expect(
            checked.lines.contains { $0.contains("summer-cooling-2026.yaml") && $0.contains("是不是 outdoor?") },
            "\(checked.lines)")
        let sink = CollectingSink()
        let status = await Workshop.check("summer-cooling", data: city.folder.path, output: Output(sink, language: .en))
        #expect(status == .wrong)
        #expect(
            sink.lines.contains {
                $0.contains("config/programs/summer-cooling-2026.yaml") && $0.contains("did you mean outdoor?")
            }, "\(sink.lines)")
        try await city.host.close()
    }

    @Test("State that outlives a call makes the check fail, in its line")
    func counter() async throws {
        try make()
        try edit(
            "main.lua", "function program.assess.apply(facts, settings)",
            "local seen = 0\nfunction program.assess.apply(facts, settings)\n  seen = seen + 1")
        let found = await check(.en)
        #expect(found.status == .wrong)
        #expect(
            found.sink.lines.contains { $0.contains("main.lua:6:1 error") && $0.contains("seen") },
            "\(found.sink.lines)")
    }

    @Test("Code that the linked Lua would miscompile is found, and doctor tells which Lua that is")
    func miscompiled() async throws {
        try make()
        try edit(
            "main.lua", "function program.assess.apply(facts, settings)",
            "local shares = {[true] = 1, [false] = 2}\nfunction program.assess.apply(facts, settings)")
        try edit("main.lua", "expense == 0", "expense == 0 or shares[expense < 5] == 3")
        let found = await check(.en)
        let isFaulty = ScriptEngine.knownFaults.contains(.comparisonAsIndex)
        #expect((found.status == .wrong) == isFaulty, "\(found.sink.lines)")
        #expect(
            found.sink.lines.contains { $0.contains("main.lua:7:1 error") && $0.contains("miscompiles") } == isFaulty)
        let city = try await TestCity()
        let told = try await city.run("doctor", [:], as: nil)
        #expect(told.answer?["engine_faults"].list?.count == ScriptEngine.knownFaults.count)
        for fault in ScriptEngine.knownFaults { #expect(told.lines.contains { $0.contains(fault.zh) }) }
        try await city.host.close()
    }

    @Test("A new city's plugins bring their tests, and no test belongs to a bundle")
    func bringTests() async throws {
        let city = try await TestCity()
        let sink = CollectingSink()
        _ = await Workshop.test("mutual-aid", data: city.folder.path, options: .init(), output: Output(sink))
        #expect((sink.answer?["passed"].int ?? 0) > 10, "\(sink.lines.suffix(5))")
        #expect(try await city.host.bundles.active().files.keys.allSatisfy { !$0.contains("/tests/") })
        try await city.host.close()
    }

    @Test("A line and a reason that no case reaches are named; one case can be run alone")
    func coverage() async throws {
        try make()
        let tests = try String(contentsOfFile: data + "/plugins/lunch/tests/apply.yaml", encoding: .utf8)
        let cut = try #require(tests.range(of: "  - what: 没有费用"))
        try edit("tests/apply.yaml", String(tests[cut.lowerBound...]), "")
        let (status, sink) = await test()
        #expect(status == .ok)
        // The line runs whenever the condition is asked; the reason is what nobody got.
        #expect(sink.answer?["untested_reasons"] == ["NOTHING_SPENT"])
        try edit(
            "main.lua", "then return refuse(\"NOTHING_SPENT\") end", "then\n    return refuse(\"NOTHING_SPENT\")\n  end"
        )
        let again = await test(.init(), .en)
        #expect(again.sink.answer?["coverage"]["missed_lines"] == [7], "\(again.sink.lines)")
        #expect(again.sink.lines.contains { $0.contains("plugins/lunch/main.lua:7: no case runs this line") })
        var options = Workshop.TestOptions()
        options.cases = ["APPLY-3"]
        let one = await test(options)
        #expect(one.sink.answer?["cases"].list?.count == 1)
        options.cases = ["APPLY-9"]
        #expect(await test(options).status == .misused)
    }

    @Test(
        "What calls used is told by case and at most by entry point, beside the budgets; lines of actions count as run")
    func usage() async throws {
        let sink = CollectingSink()
        var options = Workshop.TestOptions()
        options.usage = true
        _ = await Workshop.test(
            TestCity.root + "/plugins/skill-competition", data: data, options: options,
            output: Output(sink, language: .en))
        let answer = try #require(sink.answer)
        #expect(answer["coverage"]["missed_lines"] == [], "\(answer["coverage"])")
        let most = Dictionary(
            (answer["usage"].list ?? []).map { ($0["function"].text ?? "", $0) },
            uniquingKeysWith: { first, _ in first })
        #expect(most.keys.contains("assess.award") && most.keys.contains("action.publish"))
        for (name, used) in most {
            #expect((used["memory_bytes"].int ?? 0) > 10_000 && (used["wall_ms"].int ?? 0) > 0, "\(name)")
            for key in ["instructions", "memory_bytes", "output_bytes", "host_calls"] {
                #expect((used[key].int ?? .max) < (answer["budgets"][key].int ?? 0), "\(name) \(key)")
            }
        }
        #expect((most["action.publish"]?["host_calls"].int ?? 0) >= 2)
        let byCase = (answer["cases"].list ?? []).flatMap { $0["usage"].list ?? [] }
        #expect(byCase.count >= most.count)
        let instructions = byCase.filter { $0["function"] == "action.publish" }.compactMap { $0["instructions"].int }
        #expect(instructions.max() == most["action.publish"]?["instructions"].int)
        #expect(sink.lines.contains { $0.contains("program.action.publish: instructions") })
    }

    @Test("TAP and JUnit tell what passed and what failed, and where")
    func formats() async throws {
        try make()
        try edit("tests/apply.yaml", "amount: 100", "amount: 101")
        var options = Workshop.TestOptions()
        options.tap = true
        options.junit = temporary.file("junit.xml")
        let (status, sink) = await test(options, .en)
        #expect(status == .wrong)
        #expect(sink.lines[0] == "TAP version 13" && sink.lines[1] == "1..4", "\(sink.lines)")
        #expect(sink.lines.contains { $0.hasPrefix("not ok 1 - lunch APPLY-1") })
        #expect(sink.lines.contains { $0.contains("tests/apply.yaml:") && $0.contains("expected 101.00, was 100.00") })
        let xml = try String(contentsOfFile: options.junit ?? "", encoding: .utf8)
        #expect(
            xml.contains("<testsuites tests=\"4\" failures=\"1\">")
                && xml.contains("file=\"plugins/lunch/tests/apply.yaml\""))
        #expect(xml.contains("<failure message=\"amount: expected 101.00, was 100.00\">"), "\(xml)")
    }

    @Test("In English nothing is Chinese but what the author wrote")
    func english() async throws {
        try make()
        for path in ["plugin.yaml", "main.lua", "tests/apply.yaml"] {
            // What the author wrote is the author's.
            let text = try String(contentsOfFile: "\(data)/plugins/lunch/\(path)", encoding: .utf8)
            let plain = String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.isChinese(String($0)) }))
            try plain.replacingOccurrences(of: "zh-CN: , ", with: "zh-CN: a, ").replacingOccurrences(
                of: "what: ,", with: "what:"
            ).write(
                toFile: "\(data)/plugins/lunch/\(path)", atomically: true, encoding: .utf8)
        }
        try edit("main.lua", "expense == 0", "expense == 0 and settings.shaer > 1 and facts.subject.sex == 3")
        try edit("main.lua", "settings.most,", "settings.most * 2,")
        try edit("plugin.yaml", "share: rate", "share: rat")
        var said = await check(.en).sink
        #expect(!said.lines.isEmpty && !said.lines.contains(where: Self.isChinese), "\(said.lines)")
        try edit("plugin.yaml", "share: rat", "share: rate")
        said = await check(.en).sink
        #expect(said.lines.count > 2 && !said.lines.contains(where: Self.isChinese), "\(said.lines)")
        said = await test(.init(), .en).sink
        #expect(said.lines.count > 4 && !said.lines.contains(where: Self.isChinese), "\(said.lines)")
        let sink = CollectingSink()
        _ = Workshop.create("lunch", data: data, forms: [], output: Output(sink, language: .en))
        #expect(!Self.isChinese(sink.failure?.message.en ?? ""))
        var once = Workshop.DevOptions()
        once.once = true
        try edit("main.lua", "expense == 0 and settings.shaer > 1 and facts.subject.sex == 3", "expense == 0")
        let shown = CollectingSink()
        #expect(await Workshop.dev("lunch", data: data, options: once, output: Output(shown, language: .en)) == .wrong)
        #expect(shown.lines.count > 4 && !shown.lines.contains(where: Self.isChinese), "\(shown.lines)")
    }

    @Test("dev shows the decision of the chosen case with what the rule was shown, and again after a save")
    func dev() async throws {
        try make()
        let sink = CollectingSink()
        var options = Workshop.DevOptions()
        options.shown = "APPLY-3"
        let (chosen, folder) = (options, data)
        let watching = Task {
            await Workshop.dev("lunch", data: folder, options: chosen, output: Output(sink, language: .en))
        }
        func appears(_ text: String) async throws -> Bool {
            for _ in 0..<1_200 {
                if sink.lines.contains(where: { $0.contains(text) }) { return true }
                try await Task.sleep(for: .milliseconds(50))
            }
            return false
        }
        #expect(try await appears("li: granted in part 300.00 yuan"), "\(sink.lines)")
        #expect(try await appears("facts that the rule was shown about li"), "\(sink.lines)")
        #expect(try await appears("application.expense) = 1,000.00"), "\(sink.lines)")
        #expect(try await appears("4 cases, 4 passed, 0 failed"), "\(sink.lines)")
        try edit("main.lua", "settings.most,", "settings.most // 2,")
        #expect(try await appears("granted in part 150.00 yuan"), "\(sink.lines)")
        #expect(try await appears("4 cases, 3 passed, 1 failed"), "\(sink.lines)")
        try edit("main.lua", "return grant", "retrun grant")
        #expect(try await appears("main.lua:7"), "\(sink.lines)")
        watching.cancel()
        #expect(await watching.value == .ok)
    }
}
