import Foundation
import LuaSandbox
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins

/// Checks of a script against its manifest.
@Suite struct PluginCheckTests {
    let check = PluginCheck(pool: WorkerPool())

    private func report(_ source: String) async throws -> PluginCheckReport {
        try await check.check(Plugin(manifest: LuaJudgeTests.manifest(), source: Array(source.utf8), digest: "d"))
    }

    static let fine = """
        -- refuse("IN_A_COMMENT")
        function program.assess.package(facts)
          local soon = {"MIN_INTERVAL"}
          if facts.subject.exposure == "indoor" then return refuse("NOT_EXPOSED") end
          return refuse(soon[1], {last = "2026-07-15"})
        end
        """

    @Test("A script that keeps to its manifest")
    func fine() async throws {
        let found = try await report(Self.fine)
        #expect(
            found.problems.map(\.message.en) == [
                "form package declares the look packs and never reads it",
                "setting daily is declared and never used", "setting value is declared and never used",
            ])
        #expect(found.functions == ["assess.package"])
        #expect(found.lines == 5)
    }

    @Test("Notices: their names and the values that their texts name are found before anybody is told")
    func messages() async throws {
        var manifest = LuaJudgeTests.manifest()
        manifest.actions = ["call": ActionDefinition()]
        manifest.messages = [
            "overdue": LocalText(zh: "已过{days:integer}天,至{last:date}", en: "{days:integer} days over, on {last:date}"),
            "never": LocalText(zh: "您好", en: "Hello"),
        ]
        let script = """
            function program.assess.package(facts) return refuse("NOT_EXPOSED") end
            function program.action.call(input)
              notify.send("applicant", "overdue", {day = 3, last = "2026-07-15"})
              notify.send("applicant", "overdeu", {days = 3})
              return answer {}
            end
            """
        let found = try await check.check(Plugin(manifest: manifest, source: Array(script.utf8), digest: "d")).problems
        let words = found.map { "\($0.line ?? 0) \($0.message.en)" }
        for expected in [
            "3 the text of the message overdue names no {day}; did you mean {days}?",
            "3 the message overdue needs a value for {days}; write {days = …}",
            "4 messages in plugin.yaml has no overdeu; did you mean overdue?",
            "0 the message never is never sent",
        ] { #expect(words.contains(expected), "\(expected) in \(words)") }
    }

    @Test("Notices: values that are written out have the type of their place, and recipients are parties or roles")
    func notices() async throws {
        var manifest = LuaJudgeTests.manifest()
        manifest.actions = ["call": ActionDefinition()]
        manifest.roles = ["coach": LocalText(zh: "教练", en: "Coach")]
        manifest.messages = [
            "come": LocalText(zh: "{on:date}来,{value:money}元", en: "come on {on:date} for {value:money} yuan")
        ]
        let script = """
            function program.assess.package(facts) return refuse("NOT_EXPOSED") end
            function program.action.call(input)
              notify.send("subject", "come", {on = 3, value = "x"})
              notify.send("subjekt", "come", {on = "2026-07-15", value = 300})
              notify.send("coach", "come", {on = date.add_months("2026-07-15", 1), value = 300 // 2})
              notify.send("applicant", "come", {on = "2026-02-30", value = 300})
              return answer {}
            end
            """
        let found = try await check.check(Plugin(manifest: manifest, source: Array(script.utf8), digest: "d")).problems
        let words = found.filter { $0.severity == .error }.map { "\($0.line ?? 0) \($0.message.en)" }
        for expected in [
            "3 {on} of the message come must be a date like \"2026-07-15\", not 3",
            "3 {value} of the message come must be an integer, not x",
            "4 a notice has no recipient subjekt; did you mean subject?",
            "6 {on} of the message come must be a date like \"2026-07-15\", not 2026-02-30",
        ] { #expect(words.contains(expected), "\(expected) in \(words)") }
        #expect(!words.contains { $0.hasPrefix("5 ") }, "\(words)")
    }

    @Test("A constant that wraps around whatever amount it is multiplied with")
    func factors() async throws {
        let found = try await report(
            """
            function program.assess.package(facts, settings)
              local a = settings.value * 9223372036854775807
              local b = settings.value * 365
              return refuse("NOT_EXPOSED")
            end
            """)
        let words = found.problems.filter { $0.message.en.contains("wraps around") }
        #expect(words.map(\.line) == [2])
    }

    @Test("Functions that are missing, and functions of no form")
    func functions() async throws {
        let found = try await report(
            Self.fine.replacing("assess.package", with: "assess.packages")
                + "\nfunction program.recheck.package() end\n")
        #expect(found.problems.filter { $0.severity == .error }.map(\.line) == [2, 7, nil])
        #expect(found.problems[0].message.zh.contains("packages"))
        #expect(found.problems[0].place == "plugins/packs/main.lua:2")
    }

    @Test("Reasons that are given and not declared, declared and not given")
    func reasons() async throws {
        let found = try await report(
            """
            function program.assess.package(facts, settings, context)
              if context.waived.NEVER_HEARD then return refuse "UNKNOWN" end
              return grant(1, {}):at_most(2, "TOO_MUCH")
                or limit(1, 'LESS', {a = 1})
            end
            """)
        #expect(
            found.problems.filter { $0.severity == .error && $0.message.en.contains("reason") }.map(\.line) == [
                2, 2, 3, 4,
            ])
        let unused = found.problems.filter { $0.severity == .warning && $0.message.en.hasPrefix("reason") }
        #expect(unused.map(\.message.en).contains { $0.contains("NOT_EXPOSED") })
        #expect(unused.allSatisfy { $0.file == "plugins/packs/plugin.yaml" })
    }

    @Test("Names that the manifest doesn't declare")
    func names() async throws {
        let found = try await report(
            """
            function program.assess.package(facts, settings, context)
              local other = {settings = {}}
              local a = settings.valu + (settings.daily or 0) + settings.value
              local b = facts.subject.occupation or facts.subject.exposure or facts.subject.ref
              local c = facts.look.pack.count + facts.look.packs.count
              local d = context.today or context.season.from or other.settings.anything
              return refuse("NOT_EXPOSED") or refuse("MIN_INTERVAL", {last = c})
            end
            """)
        #expect(found.problems.map(\.line) == [3, 4, 5, 6])
        #expect(found.problems[0].message.zh.contains("是不是 value?"))
    }

    @Test(
        "A grant of nothing where a form gives money or goods, and a script that isn't UTF-8 or has a NUL, are told with their line"
    )
    func nothing() async throws {
        let source = """
            function program.assess.package(facts, settings)
              if settings.value > 9 then return grant() end
              if settings.value > 8 then return grant(0, {units = 1}) end
              return grant(settings.value)
            end
            """
        let paid = try await check.check(Self.plugin(source)).problems.filter { $0.severity == .error }
        #expect(paid.map(\.line) == [2, 3] && paid.allSatisfy { $0.message.en.contains("package") }, "\(paid)")
        let free = try await check.check(Self.plugin(source) { $0.forms["package"]?.gives.kind = ["": .nothing] })
        #expect(!free.problems.contains { $0.line == 2 || $0.line == 3 })
        for bytes in [[0xFF], [0xC3, 0x28], [0x00]] as [[UInt8]] {
            var plugin = Self.plugin("")
            plugin.source = Array("-- one\n-- two ".utf8) + bytes + Array("\n".utf8) + Array(source.utf8)
            let found = try await check.check(plugin)
            #expect(found.problems.first?.line == 2 && !found.isFine, "\(bytes) \(found.problems)")
        }
        // What an editor of Windows writes before the text is skipped.
        var marked = Self.plugin(source)
        marked.source = [0xEF, 0xBB, 0xBF] + marked.source
        #expect(try await check.check(marked).functions == ["assess.package"])
    }

    @Test("What is compared with an occupation is held against the list of occupations")
    func occupations() async throws {
        let source = """
            function program.assess.package(facts, settings)
              if facts.subject.occupation == "curier" then return refuse("NOT_EXPOSED") end
              if not list.has(settings.trades, facts.subject.occupation) then return refuse("NOT_EXPOSED") end
              return grant(settings.value)
            end
            """
        let plugin = Self.plugin(source) {
            $0.settings.append(Field("trades", .list(.string)))
            $0.forms["package"]?.facts.subject = ["occupation"]
        }
        let found = try await check.check(plugin)
        #expect(found.problems.contains { $0.line == 2 && $0.message.en.contains("courier") }, "\(found.problems)")
        let words = try #require(found.vocabularies.first { $0.path == "trades[]" })
        #expect(words.strangers(in: ["trades": ["courier", "zzz"]]).map(\.word) == ["zzz"])
        #expect(
            FactCatalogue.facts(of: .person).first { $0.name == "occupation" }?.values.contains("sanitation") == true)
    }

    static func plugin(_ source: String, _ change: (inout Manifest) -> Void = { _ in }) -> Plugin {
        var manifest = LuaJudgeTests.manifest()
        manifest.settings = [
            Field("value", .money), Field("season", .string),
            Field("tiers", .list(.object([Field("class", .string), Field("amount", .money)]))),
        ]
        manifest.forms["package"]?.facts = FactRequest(
            subject: ["exposure"], household: ["hardship_class"],
            look: [LookDefinition(name: "season", source: .decisions)])
        manifest.forms["package"]?.gives.kind = ["": .money]
        change(&manifest)
        return Plugin(manifest: manifest, source: Array(source.utf8), digest: "d")
    }

    /// What is said about a function's body, with its line in the body.
    private func said(_ body: String, _ change: (inout Manifest) -> Void = { _ in }) async throws -> [String] {
        let source = "function program.assess.package(facts, settings, context)\n\(body)\nend\n"
        return try await check.check(Self.plugin(source, change)).problems
            .filter { $0.line != nil }.map { "\(($0.line ?? 0) - 1) \($0.severity) \($0.message.en)" }
    }

    @Test("Names are followed through local names, rows of lists and the parameters' own names")
    func aliases() async throws {
        let found = try await said(
            """
            local home, season = facts.household, facts.look.season
            local tier = list.pick(settings.tiers, "class", home.hardship_class)
            if home.hardship_clas == "deep" then return refuse("NOT_EXPOSED") end
            if season.cuont > 0 or season.count > settings.value or context.season.form then return grant(tier.amout) end
            for _, row in ipairs(settings.tiers) do if row.amount > row.ammount then return grant(row.amount) end end
            local other = facts.household or {anything = 1}
            return grant(other.anything + tier.amount)
            """)
        #expect(found.count == 5, "\(found)")
        for expected in [
            "3 error facts.household", "4 error facts.look.season", "4 error here", "4 error context.season",
            "5 error here",
        ] {
            #expect(found.contains { $0.hasPrefix(expected) && $0.contains("did you mean") }, "\(expected): \(found)")
        }
        let renamed = try await check.check(
            Self.plugin(
                "function program.assess.package(f, s)\nif s.valeu then return refuse('NOT_EXPOSED') end return grant(s.value) end"
            ))
        #expect(renamed.problems.first?.message.zh.contains("是不是 value?") == true)
    }

    @Test("A fact is compared only with what it can be")
    func values() async throws {
        let found = try await said(
            """
            local home = facts.household
            if home.hardship_class == "deeep" or "outdor" ~= facts.subject.exposure then return grant(1) end
            if home.hardship_class ~= "deep" and facts.subject.exposure == "outdoor" then return grant(2) end
            return grant(3)
            """)
        #expect(found.count == 2, "\(found)")
        #expect(found.allSatisfy { $0.hasPrefix("2 error") })
        #expect(found.contains { $0.contains("is never \"deeep\"; did you mean deep?") }, "\(found)")
    }

    @Test(
        "What isn't there, or is written otherwise elsewhere, is told with what to write",
        arguments: [
            ("if os.time() > 0 then return grant(1) end return grant(2)", "context.on"),
            ("print(1)\nreturn grant(1)", "give a reason"), ("return grant(math.random(3))", "places.order"),
            ("return grant(math.flor(3))", "not available"), ("return grant(10 / 2)", "use // or money.rate"),
            ("if 1 != 2 then return grant(1) end return grant(2)", "write ~="),
            ("if settings.value = 2 then return grant(1) end return grant(2)", "write == to compare"),
            ("return refuse(\u{201C}NOT_EXPOSED\u{201D})", "straight quotes"), ("return grant(1\u{FF0C}{})", "write ,"),
            ("return grnat(1)", "did you mean grant?"), ("local a = 1\na += 1\nreturn grant(a)", "write x = x +"),
            ("pcall(grant)\nreturn grant(1)", "fails this decision"),
        ])
    func language(body: String, words: String) async throws {
        let found = try await said(body)
        #expect(found.count == 1 && found[0].contains(words) && found[0].contains("error"), "\(found)")
    }

    @Test("Decisions that are written and do nothing")
    func idle() async throws {
        let lost = try await said("if settings.value > 1 then refuse(\"NOT_EXPOSED\") end\nreturn grant(1)")
        #expect(lost == ["1 warning refuse(…) is not returned: it decides nothing"])
        #expect(try await said("local a = grant(1)\nreturn a") == [])
        let unpaid = try await said("return grant(settings.value)") { $0.forms["package"]?.gives = Gives() }
        #expect(unpaid.count == 1 && unpaid[0].contains("gives: {kind: money"), "\(unpaid)")
        #expect(try await said("return grant({rank = 1})") { $0.forms["package"]?.gives = Gives() } == [])
    }

    @Test("A reason is given the parameters that its text names")
    func parameters() async throws {
        let found = try await said(
            """
            if settings.value > 1 then return refuse("MIN_INTERVAL") end
            if settings.value > 2 then return refuse("MIN_INTERVAL", {lats = context.on}) end
            local made = {last = context.on}
            if settings.value > 3 then return refuse("MIN_INTERVAL", made) end
            return refuse("MIN_INTERVAL", {last = date.add(context.on, 3)})
            """)
        #expect(found.map { $0.prefix(7) } == ["1 error", "2 error", "2 error"], "\(found)")
        #expect(found.contains { $0.contains("did you mean last?") })
    }

    @Test("A batch that would give to the same people on every day it is decided for is told what holds it back")
    func repeats() async throws {
        func said(_ change: (inout FormDefinition) -> Void) async throws -> [PluginProblem] {
            let plugin = Self.plugin("function program.assess.package(facts, settings) return grant(1) end") {
                $0.forms["package"]?.by = ["batch"]
                $0.forms["package"]?.population = Population(of: "persons")
                $0.forms["package"]?.facts.look = []
                if var form = $0.forms["package"] {
                    change(&form)
                    $0.forms["package"] = form
                }
            }
            return try await check.check(plugin).problems.filter { $0.message.en.contains("on every day") }
        }
        func look(_ of: [String], _ source: LookDefinition.Source = .decisions) -> LookDefinition {
            var look = LookDefinition(name: "before", source: source)
            look.of = of
            return look
        }
        let found = try await said { _ in }
        #expect(found.count == 1 && found[0].severity == .warning)
        #expect(found[0].text(.en).contains("unique: [{per: subject, within: season, reason: ALREADY}]"))
        #expect(try await said { $0.gives.kind = ["": .goods] }.count == 1)
        #expect(try await said { $0.facts.look = [look([], .cases)] }.count == 1)
        #expect(try await said { $0.facts.look = [look(["other"])] }.count == 1)
        #expect(try await said { $0.facts.look = [look([])] }.isEmpty)
        #expect(try await said { $0.facts.look = [look(["packs/package"])] }.isEmpty)
        #expect(
            try await said { $0.unique = [UniqueRule(per: "subject", reason: "NOT_EXPOSED")] }.isEmpty)
        #expect(try await said { $0.gives.kind = ["": .nothing] }.isEmpty)
        #expect(try await said { $0.by = ["clerk"] }.isEmpty)
    }

    @Test("A long script is told to declare instead")
    func long() async throws {
        let source =
            "function program.assess.package()\n" + String(repeating: "local a = 1\n", count: 62)
            + "return grant(1) end"
        #expect(try await check.check(Self.plugin(source)).problems.contains { $0.message.en.contains("within 60") })
    }

    @Test("A script that the loader refuses is told in its author's line")
    func unloadable() async throws {
        let syntax = try await report("function program.assess.package()\n  return grant(\nend\n")
        #expect(syntax.problems.count == 1 && syntax.problems[0].line == 3)
        let global = try await report("count = 0\n")
        #expect(global.problems.first?.line == 1)
        #expect(global.problems.first?.message.zh.contains("count") == true)
    }

    @Test("The three plugins stay within sixty lines", arguments: ["summer-cooling", "tuition", "mutual-aid"])
    func size(plugin: String) throws {
        let source = try Data(contentsOf: APITableTests.root.appending(path: "plugins/\(plugin)/main.lua"))
        #expect(source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count <= 61)
    }
}
