#if canImport(NiangjiaConfig) && canImport(NiangjiaTesting)
    import LuaSandbox
    import NiangjiaConfig
    import NiangjiaCore
    import NiangjiaTesting
    import Testing

    @testable import NiangjiaPlugins

    /// `unique` within days or months, through the real corridor: applications, batches, actions and what a test gives as the past.
    @Suite("Once in so many days or months") struct UniqueSpanPluginTests {
        private static let manifest = """
            id: roll
            version: 1.0.0
            api: 1
            title: {zh-CN: 滚动, en: Rolling}
            forms:
              half:
                by: [clerk]
                fields: {day: {type: date, title: {zh-CN: 日期, en: Day}}}
                subject: applicant
                dated_by: day
                unique: [{per: subject, within: {months: 6}, reason: HAD}]
                gives: {kind: nothing}
              month:
                by: [clerk]
                fields: {day: {type: date, title: {zh-CN: 日期, en: Day}}}
                subject: applicant
                unique: [{per: subject, within: {days: 30}, dated_by: day, reason: HAD}]
                gives: {kind: nothing}
              bill:
                by: [clerk]
                fields: {number: {type: string, title: {zh-CN: 票号, en: Number}}}
                subject: applicant
                unique: [{per: number, within: {days: 30}, reason: HAD}]
                gives: {kind: nothing}
              pack:
                by: [batch]
                population: {of: persons}
                subject: applicant
                unique: [{per: subject, within: {months: 6}, reason: HAD}]
                gives: {kind: money, to: subject, when: approved}
            actions:
              ping:
                by: [clerk]
                input: {who: string, where: string}
                unique: [{per: where, within: season, reason: HAD}, {per: who, within: {days: 7}, reason: HAD}]
            reasons:
              HAD: {zh-CN: 已有, en: Had}
            """
        private static let script = """
            function program.assess.half() return grant() end
            function program.assess.month() return grant() end
            function program.assess.bill() return grant() end
            function program.assess.pack() return grant(1000) end
            function program.action.ping() return answer {} end
            """
        private static let head = """
            program:
              season: {from: 2023-01-01, to: 2026-12-31}
              funding: [{line: roll-2026}]
              pay: {each_max: 100}
              review: [basic]
            given:
              organizations: {works: {level: basic}}
              persons: {zhang: {member_of: works}, li: {member_of: works}}
            cases:

            """

        private func run(_ cases: String) async throws -> PluginTestReport {
            let files = [
                "plugins/roll/plugin.yaml": Array(Self.manifest.utf8), "plugins/roll/main.lua": Array(Self.script.utf8),
            ]
            let read = ManifestFile.read(
                files["plugins/roll/plugin.yaml"] ?? [], file: "plugins/roll/plugin.yaml", folder: "roll")
            let manifest = try #require(read.manifest, "\(read.report.problems)")
            let plugin = Plugin(manifest: manifest, source: files["plugins/roll/main.lua"] ?? [], digest: "")
            let file = try PluginVectorsTests.testFile("plugins/roll/tests/own.yaml", Array((Self.head + cases).utf8))
            let folder = try TemporaryFolder()
            return await PluginTester(
                plugin: plugin, pluginFiles: files, services: try PluginVectorsTests.services(folder)
            ).run([file])
        }

        /// One case: applications of a form one after the other, each for its day and with its result.
        private func filed(_ form: String, _ steps: [(day: String, result: String)]) -> String {
            let lines = steps.enumerated().map { n, step in
                let code = step.result == "refused" ? "HAD" : "null"
                return "      - {id: \(form)-\(n), when: {form: \(form), applicant: zhang, at: 2026-11-\(10 + n), "
                    + "fields: {day: \(step.day)}}, expect: {result: \(step.result), code: \(code)}}\n"
            }
            return "  - steps:\n" + lines.joined()
        }

        @Test("Refused within the span of its day, in either direction; not outside it, whichever was filed first")
        func applications() async throws {
            let months = filed(
                "half",
                [
                    ("2025-03-10", "granted"), ("2025-06-01", "refused"), ("2025-09-09", "refused"),
                    ("2025-09-10", "granted"), ("2024-09-11", "refused"), ("2024-09-10", "granted"),
                    ("2025-03-10", "refused"), ("2026-02-28", "refused"), ("2026-03-10", "granted"),
                ])
            let days = filed(
                "month",
                [
                    ("2026-03-31", "granted"), ("2026-04-29", "refused"), ("2026-04-30", "granted"),
                    ("2026-03-02", "refused"), ("2026-03-01", "granted"),
                ])
            let report = try await run(months + days)
            #expect(report.isFine, "\(report.text())")
        }

        @Test("What is withdrawn is given back")
        func givenBack() async throws {
            let report = try await run(
                """
                  - steps:
                      - {id: A, when: {form: half, applicant: zhang, at: 2026-03-01, until: submitted, fields: {day: 2026-03-01}}, expect: {result: granted}}
                      - {id: B, when: {form: half, applicant: zhang, at: 2026-03-02, fields: {day: 2026-04-01}}, expect: {result: refused, code: HAD}}
                  - steps:
                      - {id: C, when: {form: half, applicant: zhang, at: 2026-03-01, until: submitted, fields: {day: 2026-03-01}}, expect: {result: granted}}
                      - {id: W, when: {withdraw: zhang, at: 2026-03-02}, expect: {after: {standing: 0}}}
                      - {id: D, when: {form: half, applicant: zhang, at: 2026-03-03, fields: {day: 2026-04-01}}, expect: {result: granted}}

                """)
            #expect(report.isFine, "\(report.text())")
        }

        @Test("A run gives to nobody again within the span, and does after it")
        func runs() async throws {
            let report = try await run(
                """
                  - steps:
                      - {id: A, when: {form: pack, decide: true, at: 2025-01-10}, expect: {after: {standing: 2, amount: 20}}}
                      - {id: B, when: {form: pack, decide: true, at: 2025-03-10}, expect: {after: {standing: 2, amount: 20}}}
                      - {id: C, when: {form: pack, decide: true, at: 2025-07-09}, expect: {after: {standing: 2, amount: 20}}}
                      - {id: D, when: {form: pack, decide: true, at: 2025-07-10}, expect: {after: {standing: 4, amount: 40}}}

                """)
            #expect(report.isFine, "\(report.text())")
        }

        @Test("An action that is refused takes nothing; a week later it may be done again")
        func actions() async throws {
            func ping(_ id: String, _ on: String, _ place: String, _ state: String) -> String {
                "      - {id: \(id), when: {action: ping, by: clerk, at: 2026-01-\(on), input: {who: a, where: \(place)}}, "
                    + "expect: {state: \(state)}}\n"
            }
            let report = try await run(
                "  - steps:\n" + ping("A", "01", "north", "done") + ping("B", "05", "south", "refused")
                    + ping("C", "07", "south", "refused") + ping("D", "08", "south", "done")
                    + ping("E", "20", "north", "refused"))
            #expect(report.isFine, "\(report.text())")
        }

        @Test("What a test gives as the past holds what it would have claimed, by its fields too")
        func past() async throws {
            let report = try await run(
                """
                  - given: {history: [{form: half, subject: zhang, on: 2025-03-10}, {form: half, subject: li, on: 2025-03-10, state: reversed}]}
                    steps:
                      - {id: A, when: {form: half, applicant: zhang, at: 2026-11-01, fields: {day: 2025-06-01}}, expect: {result: refused, code: HAD}}
                      - {id: B, when: {form: half, applicant: zhang, at: 2026-11-02, fields: {day: 2025-09-10}}, expect: {result: granted}}
                      - {id: C, when: {form: half, applicant: li, at: 2026-11-03, fields: {day: 2025-06-01}}, expect: {result: granted}}
                  - given: {history: [{form: bill, subject: li, on: 2026-10-20, fields: {number: A1}}]}
                    steps:
                      - {id: D, when: {form: bill, applicant: zhang, at: 2026-11-01, fields: {number: A2}}, expect: {result: granted}}
                      - {id: E, when: {form: bill, applicant: zhang, at: 2026-11-02, fields: {number: A1}}, expect: {result: refused, code: HAD}}

                """)
            #expect(report.isFine, "\(report.text())")
        }
    }
#endif
