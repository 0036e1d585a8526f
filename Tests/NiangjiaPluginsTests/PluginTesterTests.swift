#if canImport(NiangjiaConfig) && canImport(NiangjiaTesting)
    import LuaSandbox
    import NiangjiaConfig
    import NiangjiaCore
    import NiangjiaTesting
    import Testing

    @testable import NiangjiaPlugins

    /// Tests that can't fail are worth nothing: here they must.
    @Suite struct PluginTesterTests {
        private func run(
            _ tests: String, head: String = Self.head, script change: (String) -> String = { $0 },
            only: Set<String> = []
        ) async throws -> PluginTestReport {
            var (plugin, files, _) = try PluginVectorsTests.load("summer-cooling")
            let source = Array(change(String(decoding: plugin.source, as: UTF8.self)).utf8)
            plugin.source = source
            files["plugins/summer-cooling/main.lua"] = source
            let file = try PluginVectorsTests.testFile(
                "plugins/summer-cooling/tests/own.yaml", Array((head + tests).utf8))
            let folder = try TemporaryFolder()
            let services = try PluginVectorsTests.services(folder)
            return await PluginTester(plugin: plugin, pluginFiles: files, services: services).run([file], only: only)
        }

        static let head = """
            program:
              season: {from: 2026-06-01, to: 2026-09-30}
              funding: [{line: cooling-2026}]
              pay: {each_max: 200}
              review: [basic]
              settings: {exposures: [outdoor], value: 50, min_interval_days: 15, season_cap: 2, per_head: 20, site_cap: 20000, site_interval_days: 30, supply_month: 500, supply_season_cap: 2000}
            given:
              persons: {zhang: {exposure: outdoor}}
            cases:

            """
        static let fine = """
              - id: A
                when: {form: package, by: scan, applicant: zhang, at: 2026-07-15}
                expect: {result: granted, amount: 50, code: null, after: {standing: 1}}

            """

        @Test("A case that is as expected passes")
        func passes() async throws {
            let report = try await run(Self.fine)
            #expect(report.isFine)
            #expect(report.tap.contains("ok 1 - summer-cooling A"))
            #expect(report.value["passed"] == 1)
        }

        @Test(
            "Each wrong expectation fails, with what was expected, what came, and where",
            arguments: [
                ("result: granted", "result: refused", "result: 应为 refused,实为 granted"),
                ("amount: 50", "amount: 50.01", "amount: 应为 50.01,实为 50.00"),
                ("code: null", "code: SEASON_CAP", "code: 应为 SEASON_CAP,实为 null"),
                ("standing: 1", "standing: 0", "after.standing: 应为 0,实为 1"),
                ("standing: 1", "funds: {cooling-2026: 1}", "after.funds.cooling-2026: 应为 1,实为 9999950.00"),
                ("standing: 1", "persons: 2", "after.persons: 应为 2,实为 1"),
                ("code: null", "keeps: {a: 1}", "keeps.a"), ("code: null", "params: {a: 1}", "params.a"),
                ("code: null", "lines: [{subject: zhang, amount: 1}]", "zhang.amount"),
            ])
        func fails(good: String, bad: String, words: String) async throws {
            let report = try await run(Self.fine.replacing(good, with: bad))
            #expect(report.failed == 1)
            #expect(report.results[0].failures.contains { $0.zh.contains(words) }, "\(report.text())")
            #expect(report.results[0].place == "plugins/summer-cooling/tests/own.yaml:10:5")
            #expect(report.tap.contains("not ok 1"))
        }

        @Test(
            "Equals of a batch are drawn for in a test that tells the value; without it the step says what is missing")
        func draws() async throws {
            let head = Self.head.replacing(
                "  review: [basic]",
                with: "  review: [basic]\n  short: waitlist\n  order: [rank, drawn]\n  draw: {source: 双色球第2026080期红球}")
            let drawn = """
                  - id: D
                    given: {persons: {li: {exposure: outdoor}, wang: {exposure: outdoor}}, funds: {cooling-2026: 100}}
                    when: {form: package, decide: true, draw: "03 11 15", at: 2026-07-15}
                    expect: {after: {standing: 2, amount: 100, funds: {cooling-2026: 0}}}

                """
            let report = try await run(drawn, head: head)
            #expect(report.isFine, "\(report.text())")
            let open = try await run(drawn.replacing("draw: \"03 11 15\", ", with: ""), head: head)
            #expect(open.results[0].failures.contains { $0.zh.contains("niangjia draw value al-") }, "\(open.text())")
        }

        @Test("A rule without its cap is found out")
        func brokenRule() async throws {
            let steps = """
                  - steps:
                      - {id: A, when: {form: package, by: scan, applicant: zhang, at: 2026-06-15}, expect: {result: granted}}
                      - {id: B, when: {form: package, by: scan, applicant: zhang, at: 2026-07-15}, expect: {result: granted}}
                      - {id: C, when: {form: package, by: scan, applicant: zhang, at: 2026-08-15}, expect: {result: refused, code: SEASON_CAP}}

                """
            #expect(try await run(steps).isFine)
            let broken = try await run(steps) { $0.replacing(">= settings.season_cap", with: "> settings.season_cap") }
            #expect(broken.results.map(\.passed) == [true, true, false])
        }

        @Test("A script that errs fails the case: it is never a refusal, and nothing is granted")
        func erring() async throws {
            let refused = Self.fine.replacing("result: granted, amount: 50, code: null", with: "result: refused")
            let report = try await run(refused.replacing("standing: 1", with: "standing: 0")) {
                $0.replacing("local packs = facts.look.packs", with: "local packs = nil + 1")
            }
            #expect(report.failed == 1)
            #expect(report.results[0].failures.count == 1, "\(report.text())")
            #expect(report.results[0].failures[0].zh.contains("实为 failed"))
            #expect(report.results[0].failures[0].zh.contains("main.lua:"))
        }

        static let everybody = """
              - id: D
                given: {persons: {li: {exposure: office_air_conditioned}}}
                when: {form: package, decide: true, at: 2026-07-15}
                expect: {lines: [{subject: zhang, result: granted, amount: 51}]}

            """

        @Test(
            "A line of a batch that failed says where and why, as an application does",
            arguments: [
                ("local packs = nil + 1", "main.lua:"), ("while true do end", "the instruction budget of"),
                ("do return grant(0) end", "grant of 0"),
            ])
        func erringBatch(line: String, why: String) async throws {
            let report = try await run(Self.everybody) {
                $0.replacing("local packs = facts.look.packs", with: line + " local packs = facts.look.packs")
            }
            let failures = report.results[0].failures.map(\.en)
            #expect(
                failures.contains { $0.hasPrefix("zhang.result: expected granted, was failed: ") && $0.contains(why) },
                "\(report.text(.en))")
            #expect(report.results[0].decided.first { $0.subject == "zhang" }?.failure?.contains(why) == true)
        }

        @Test("What the rule was shown is that of the line that isn't as expected, with its name; else of the first")
        func shown() async throws {
            func asked(_ tests: String) async throws -> (subject: String, exposure: String?) {
                let asked = try #require(try await run(tests).results[0].asked)
                let judge = LuaJudge(pool: PluginVectorsTests.pool)
                let facts = try judge.describe(asked.bytes, row: asked.row).facts["facts"]
                return (asked.subject, facts["subject"]["exposure"].text)
            }
            #expect(try await asked(Self.everybody) == ("zhang", "outdoor"))
            let li = Self.everybody.replacing("subject: zhang", with: "subject: li")
            #expect(try await asked(li) == ("li", "office_air_conditioned"))
            #expect(try await asked(Self.everybody.replacing("51", with: "50")) == ("zhang", "outdoor"))
        }

        @Test(
            "Mistakes in a test file are told where they stand",
            arguments: [
                ("expect:", "expects:", 12, "expects"), ("result: granted", "reslt: granted", 12, "reslt"),
                ("applicant: zhang", "applicant: li", 11, "li"), ("form: package", "form: parcel", 11, "form"),
                ("at: 2026-07-15", "at: tomorrow", 11, "at"),
                ("at: 2026-07-15", "at: 2026-02-30", 11, "at: 2026-02-30 不是日期"),
                ("result: granted", "result: grant", 10, "没有 grant,是不是 granted?"),
                ("code: null", "code: SEASON_CAPP", 10, "没有 SEASON_CAPP,是不是 SEASON_CAP?"),
                ("amount: 50", "amount: fifty", 12, "金额"),
            ])
        func mistakes(good: String, bad: String, line: Int, words: String) async throws {
            let report = try await run(Self.fine.replacing(good, with: bad))
            #expect(report.failed == 1)
            #expect(report.text().contains(words))
            #expect(report.text().contains("own.yaml:\(line):"), "\(report.text())")
        }

        @Test("Steps after one that couldn't be run stand in their own places")
        func followers() async throws {
            let steps = """
                  - steps:
                      - {id: A, when: {form: package, by: scan, applicant: zhang, at: soon}, expect: {result: granted}}
                      - {id: B, when: {form: package, by: scan, applicant: zhang, at: 2026-07-15}, expect: {result: granted}}

                """
            let report = try await run(steps)
            #expect(report.results.map(\.passed) == [false, false])
            #expect(report.results[0].place.contains("own.yaml:11:"), "\(report.text())")
            #expect(report.results[1].place.contains("own.yaml:12:"), "\(report.text())")
        }

        @Test("A mistake in the program's part stands in the test's own file; a fact never has another code")
        func ownPlace() async throws {
            func text(_ old: String, _ new: String) async throws -> String {
                let (plugin, files, _) = try PluginVectorsTests.load("summer-cooling")
                let content = (Self.head + Self.fine).replacing(old, with: new)
                let file = try PluginVectorsTests.testFile("plugins/summer-cooling/tests/own.yaml", Array(content.utf8))
                let services = try PluginVectorsTests.services(try TemporaryFolder())
                return await PluginTester(plugin: plugin, pluginFiles: files, services: services).run([file]).text()
            }
            let setting = try await text("season_cap: 2,", "seeson_cap: 2,")
            #expect(setting.contains("own.yaml:6:") && !setting.contains("config/programs"), "\(setting)")
            let cap = try await text("each_max: 200", "each_max: lots")
            #expect(cap.contains("own.yaml:4:"), "\(cap)")
            let given = try await text("{exposure: outdoor}", "{exposure: outdor}")
            #expect(given.contains("own.yaml:8:") && given.contains("是不是 outdoor?"), "\(given)")
        }

        @Test("What is missing, and why a person decides, stands beside the result")
        func why() async throws {
            let file = try PluginVectorsTests.testFile(
                "plugins/summer-cooling/tests/own.yaml",
                Array((Self.head.replacing("{zhang: {exposure: outdoor}}", with: "{zhang: {}}") + Self.fine).utf8))
            let (plugin, files, _) = try PluginVectorsTests.load("summer-cooling")
            let services = try PluginVectorsTests.services(try TemporaryFolder())
            let report = await PluginTester(plugin: plugin, pluginFiles: files, services: services).run([file])
            #expect(
                report.text().contains("incomplete") && report.text().contains("subject.exposure"), "\(report.text())")
            let capped = try await run(Self.fine) {
                $0.replacing("grant(settings.value", with: "grant(settings.value * 9")
            }
            #expect(capped.text().contains("OVER_EACH_MAX"), "\(capped.text())")
        }

        @Test("A script that can't be loaded is told once")
        func unloadable() async throws {
            let other = Self.fine.replacing("id: A", with: "id: B")
            let report = try await run(Self.fine + other) { $0 + "\nlocal" }
            #expect(report.failed == 2)
            #expect(report.text().split(separator: "无法运行").count == 2, "\(report.text())")
            #expect(report.text().contains("同上"))
        }

        @Test("An id that stands twice fails; one case can be run alone")
        func ids() async throws {
            #expect(try await run(Self.fine + Self.fine).failed == 1)
            let other = Self.fine.replacing("id: A", with: "id: B").replacing("amount: 50", with: "amount: 51")
            #expect(try await run(Self.fine + other, only: ["A"]).isFine)
        }
    }
#endif
