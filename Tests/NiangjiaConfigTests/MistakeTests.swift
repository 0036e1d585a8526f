import NiangjiaConfig
import NiangjiaCore
import Testing

@Suite("Mistakes are all named at once, where they stand, in both languages")
struct MistakeTests {
    static let program = """
        program: summer-cooling-2026
        plugin: summer-cooling
        polcy: 示工发〔2026〕12号
        status: opened
        organization: 990199
        series: summer-cooling
        season: {from: 2026-09-30, to: 2026-06-01}
        funding: [{line: coling-2026}, {line: donations-2026}]
        order: [submitted, rank]
        pay: {each_max: 二百}
        review: [basic, countty]
        waive: {MIN_INTERVALL: city}
        settings:
          exposures: [outdoor]
          value: 五十
          min_interval_days: 15天
          seeson_cap: 2
        by_organization:
          990102: {value: -40}
        changes: [{from: 2026-02-30, settings: {value: 60}}]
        forms:
          packge: {review: [basic]}
        """

    static func report() throws -> ConfigReport {
        let manifest = try #require(
            ManifestFile.read(Array(ContractExamples.summerCooling.utf8), file: "plugin.yaml").manifest)
        return ProgramFile.read(
            Array(program.utf8), file: "config/programs/summer-cooling-2026.yaml",
            against: ConfigSurroundings(
                plugins: ["summer-cooling": manifest], fundLines: ["cooling-2026", "donations-2026"],
                isOrganization: { ["990100", "990102"].contains($0) })
        ).report
    }

    @Test("one file with seventeen mistakes")
    func all() throws {
        let found = try MistakeTests.report().problems.map { "\($0.line):\($0.column) \($0.message.zh)" }
        #expect(
            found == [
                "1:1 缺少 文号(policy)",
                "3:1 不认识的键 polcy,是不是 policy?",
                "4:9 状态(status): “opened” 不可用,可写: open、closed_to_new、suspended、ended,是不是 open?",
                "5:15 没有代码为 990199 的工会",
                "7:16 起(from)晚于止(to)",
                "8:18 config/funds.yaml 中没有资金 coling-2026,是不是 cooling-2026?",
                "9:20 次序(order)最后须是 submitted 或 drawn,才分得出先后",
                "10:17 每笔上限(each_max): “二百” 不是金额,请写 50.00",
                "11:17 没有层级 countty,是不是 county?",
                "12:9 插件 summer-cooling 没有原因代码 MIN_INTERVALL,是不是 MIN_INTERVAL?",
                "14:3 缺少参数 season_cap",
                "15:10 value: “五十” 不是金额,请写 50.00",
                "16:22 min_interval_days: “15天” 不是整数,请只写数字,如 15",
                "17:3 插件没有配置项 seeson_cap,是不是 season_cap?",
                "19:19 value: “-40” 不在范围内,应为 0.00 到 10000000000.00",
                "20:18 起(from): “2026-02-30” 不是日期,请写 2026-07-01",
                "22:3 插件 summer-cooling 没有表单 packge,是不是 package?",
            ])
    }

    @Test("every message has both languages, and the English one is English")
    func languages() throws {
        var problems = try MistakeTests.report().problems
        problems +=
            ManifestFile.read(Array(MistakeTests.manifest.utf8), file: "plugins/x/plugin.yaml", folder: "y").report
            .problems
        #expect(problems.count > 25)
        for problem in problems {
            #expect(problem.message.zh.unicodeScalars.contains { $0.value > 0x4E00 }, "\(problem.message.zh)")
            #expect(!problem.message.en.isEmpty && problem.message.en != problem.message.zh, "\(problem.message.en)")
        }
        let first = try #require(problems.first { $0.path == "settings.value" })
        #expect(first.text(.zh) == "第15行 value: “五十” 不是金额,请写 50.00")
        #expect(first.text(.en) == "line 15: value: “五十” is not an amount; write it like 50.00")
        #expect(first.place == "config/programs/summer-cooling-2026.yaml:15:10")
    }

    @Test(
        "Rows of steps and of tiers rise strictly; numbers in rows keep to their own bounds",
        arguments: [
            ("steps: [{from: 1, amount: 3}, {from: 10, amount: 8}, {from: 5, amount: 5}]", 1),
            ("steps: [{from: 1, amount: 3}, {from: 10, amount: 8}, {from: 10, amount: 5}]", 1),
            ("steps: [{from: 0, amount: 3}, {from: 10, amount: 8}]", 1), ("steps: [{from: 1, amount: 3}]", 0),
            ("tiers: [{up_to: 500, rate: 30%}, {up_to: 400, rate: 40%}, {up_to: null, rate: 50%}]", 1),
            ("tiers: [{up_to: null, rate: 30%}, {up_to: 500, rate: 40%}]", 1),
            ("tiers: [{rate: 30%}, {up_to: 500, rate: 40%}]", 1),
            ("tiers: [{up_to: 500, rate: 30%}, {up_to: 600, rate: 40%}, {rate: 50%}]", 0),
        ])
    func steps(_ line: String, _ count: Int) throws {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 一, en: One}
            settings:
              steps: {type: array, optional: true, items: {from: {type: integer, minimum: 1}, amount: money}}
              tiers: {type: array, optional: true, items: {up_to: {type: money|null, optional: true}, rate: rate}}
            forms:
              apply: {by: [member], subject: applicant, gives: {kind: money, to: subject, when: approved}}
            """
        let read = ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml", folder: "x")
        let manifest = try #require(read.manifest, "\(read.report.problems.map { $0.message.en })")
        let program = """
            program: x-2026
            plugin: x
            policy: 示工发〔2026〕1号
            status: open
            organization: 990100
            series: x
            season: {from: 2026-06-01, to: 2026-09-30}
            funding: [{line: one}]
            pay: {each_max: 200}
            review: [basic]
            settings:
              \(line)
            """
        let found = ProgramFile.read(
            Array(program.utf8), file: "config/programs/x-2026.yaml",
            against: ConfigSurroundings(plugins: ["x": manifest], fundLines: ["one"], isOrganization: { _ in true })
        ).report.errors
        #expect(found.count == count, "\(found.map { $0.text(.en) })")
        #expect(found.allSatisfy { $0.line == 12 && $0.path.hasPrefix("settings.") })
    }

    @Test(
        "An occupation of a population that is misspelt is refused; a city's own is told",
        arguments: [("courier", 0, 0), ("sanitatoin", 1, 0), ("zookeeper", 0, 1)])
    func occupations(_ word: String, _ errors: Int, _ warnings: Int) {
        let text = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 一, en: One}
            forms:
              ask: {by: [batch], population: {of: persons, where: {occupation: [\(word)]}}, subject: applicant, gives: {kind: nothing}}
            """
        let report = ManifestFile.read(Array(text.utf8), file: "plugins/x/plugin.yaml", folder: "x").report
        #expect(
            report.errors.count == errors && report.warnings.count == warnings,
            "\(report.problems.map { $0.text(.en) })")
        #expect(report.errors.allSatisfy { $0.text(.en).contains("did you mean sanitation?") })
    }

    static let manifest = """
        id: x
        version: 1.0
        api: 2
        title: {zh-CN: 一,二}
        settings: {cap: mony, share: rate}
        records:
          class: {key: [cod], fields: {code: string}, by: [teacher]}
        forms:
          apply:
            by: [membr, batch]
            fields: {unit: organization, amount: money, when: date}
            subject: unti
            dated_by: amount
            together: {at_least: {setting: minimum}, of: unit.member_cuont}
            facts:
              subject: [exposre]
              maybe: [household.size]
              look: {past: {in: decisons, of: [aply], within: {days: 3, months: 1}, where: {amuont: amount}}}
            unique: [{per: subject, with: unit, nights: {from: when, to: amount}, reason: TWICE}]
            gives: {kind: money, when: delivered}
            stages: {done: {next: [ended]}, open: {}}
        reasons:
          ONCE: {zh-CN: "已于{day}领取", en: Once}
        """

    @Test("a manifest's names must lead somewhere")
    func manifestMistakes() {
        let found = ManifestFile.read(Array(MistakeTests.manifest.utf8), file: "plugins/x/plugin.yaml", folder: "y")
            .report
            .problems.map { "\($0.line) \($0.message.zh.prefix(40))" }
        for expected in [
            "1 插件编号(id): “x” 与文件夹名 y 不同", "2 版本(version): “1.0” 不是版本号", "3 契约级别(api): “2” 不在范围内",
            "4 “二” 被当作键", "5 cap: 不认识的类型 mony,是不是 money?", "7 没有字段 cod,是不是 code?", "7 没有角色 teacher",
            "10 没有角色 membr,是不是 member?", "10 by 含 batch 时须写 population", "12 路径 unti 不通: 没有 unti,是不是 unit?",
            "13 日期依据(dated_by)须是日期字段", "14 settings 中没有配置项 minimum", "14 路径 unit.member_cuont 不通",
            "14 批量核定(by: batch)没有申请",
            "16 没有事实 exposre,是不是 exposure?", "17 未声明的事实 household.size", "18 没有可查看的 decisons,是不是 decisions?",
            "18 没有表单 aply,是不是 apply?", "18 请写 {days: 天数} 或 {months: 月数}", "19 reasons 中没有原因代码 TWICE",
            "19 nights 的起止须是日期字段", "19 with 与 nights 只写一样",
            "20 给付钱款须写 to", "20 领取时给付(delivered)须写 delivery", "21 没有阶段 ended", "21 阶段 open 须写 next",
            "21 有阶段(stages)的表单不能批量核定",
            "23 占位符 {day} 须写明类型",
        ] {
            #expect(found.contains { $0.hasPrefix(expected) }, "\(expected)")
        }
        if found.count != 29 { Issue.record("\(found.joined(separator: "\n"))") }
    }

    @Test(
        "what can't work in a batch, be paid or ever be true is told when the plugin is checked",
        arguments: [
            ("to: subject", "to: applicant", "写 to: subject"), ("of: persons", "of: households", "没有收款账户"),
            ("to: subject", "to: household", "不能付给家庭"), ("fields: {}", "fields: {amount: money}", "optional: true"),
            ("[head]", "[boss]", "没有这个值: boss"), ("[head]", "[haed]", "是不是 head?"),
            ("v: money", "v: number", "是不是 integer / money?"),
            ("en: Day {day:date}", "en: Day {dya:date}", "是不是 day?"), (", en: Warmth", "", "缺少英文"),
        ])
    func traps(old: String, new: String, words: String) {
        let manifest = """
            id: warmth
            version: 1.0.0
            api: 1
            title: {zh-CN: 送温暖, en: Warmth}
            settings: {v: money}
            forms:
              apply:
                by: [batch]
                population: {of: persons, where: {household_role: [head]}}
                fields: {}
                gives: {kind: money, to: subject, when: approved}
            reasons: {ONCE: {zh-CN: "已于{day:date}领取", en: Day {day:date}}}
            """.replacing("en: Day {day:date}", with: "en: \"Day {day:date}\"")
        func said(_ text: String) -> [String] {
            ManifestFile.read(Array(text.utf8), file: "plugin.yaml").report.problems.map(\.message.zh)
        }
        #expect(said(manifest) == [])
        let old = old.replacing("en: Day {day:date}", with: "en: \"Day {day:date}\"")
        let new = new.replacing("en: Day {dya:date}", with: "en: \"Day {dya:date}\"")
        #expect(manifest.contains(old))
        let found = said(manifest.replacing(old, with: new))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test("money may not move unreviewed, unbounded or from nowhere")
    func money() throws {
        let manifest = try #require(
            ManifestFile.read(Array(ContractExamples.summerCooling.utf8), file: "plugin.yaml").manifest)
        let around = ConfigSurroundings(
            plugins: ["summer-cooling": manifest], fundLines: ["cooling-2026", "donations-2026"])
        func problems(_ change: (String) -> String) -> [String] {
            ProgramFile.read(
                Array(change(ContractExamples.program).utf8), file: "config/programs/summer-cooling-2026.yaml",
                against: around
            ).report.problems.map(\.message.zh)
        }
        #expect(problems { $0 } == [])
        #expect(
            problems { $0.replacing("package: {review: [basic]}", with: "package: {review: []}") }.first?.contains(
                "不能无人") == true)
        #expect(
            problems { $0.replacing("package: {review: [basic]}", with: "package: {review: [{over: 100, add: city}]}") }
                .first?
                .contains("不能无人") == true)
        #expect(problems { $0.replacing("each_max: 200, ", with: "") }.first?.contains("pay.each_max") == true)
        #expect(
            problems {
                $0.replacing("funding: [{line: cooling-2026}, {line: donations-2026}]", with: "short: partial")
                    .replacing("short: partial                      #", with: "#")
            }.contains { $0.contains("funding") })
        #expect(
            problems {
                $0.replacing(
                    "{line: cooling-2026}, {line: donations-2026}",
                    with: "{line: cooling-2026, share: 50%}, {line: donations-2026, share: 40%}")
            }
            .first?.contains("100%") == true)
    }

    @Test("a file set is checked across its files")
    func acrossFiles() throws {
        let loader = BundleLoader(digest: shortDigest)
        func problems(_ change: (inout [String: [UInt8]]) -> Void) throws -> [String] {
            var files = try Repository.files()
            change(&files)
            return loader.load(files: files).report.problems.map { "\($0.place) \($0.message.zh)" }
        }
        func replace(_ files: inout [String: [UInt8]], _ path: String, _ old: String, _ new: String) {
            files[path] = Array(String(decoding: files[path] ?? [], as: UTF8.self).replacing(old, with: new).utf8)
        }
        #expect(
            try problems { $0["config/programs/copy.yaml"] = $0["config/programs/tuition-2026.yaml"] }
                .contains { $0.contains("方案编号 tuition-2026 与 config/programs/copy.yaml 重复") })
        #expect(try problems { $0["config/funds.yaml"] = nil }.filter { $0.contains("中没有资金") }.count == 7)
        // Of a file that can't be read nothing is known: one problem, not one for each reference to it.
        #expect(try problems { $0["config/funds.yaml"] = Array("lines: [".utf8) }.count == 1)
        let broken = try problems { $0["plugins/tuition/plugin.yaml"] = Array("id: [".utf8) }
        #expect(broken.count == 1 && broken.first?.contains("plugins/tuition/plugin.yaml:2:1") == true, "\(broken)")
        #expect(try problems { $0["plugins/tuition/main.lua"] = nil }.count == 1)
        #expect(try problems { $0["config/programs/x.yml"] = [] }.first?.contains(".yaml") == true)
        #expect(try problems { $0["config/notes.txt"] = [] }.first?.contains("不认识的文件") == true)
        #expect(
            try problems { replace(&$0, "config/stacking.yaml", "tuition/apply", "tuition/aply") }
                .first?.contains("是不是 apply") == true)
        #expect(
            try problems { replace(&$0, "config/stacking.yaml", "tuition/apply", "tution/apply") }
                .first?.contains("是不是 tuition") == true)
        #expect(
            try problems { replace(&$0, "config/facilities.yaml", "code: area_m2", "code: indoor_space") }
                .first?.contains("设施 indoor_space 重复") == true)
        #expect(
            try problems { replace(&$0, "config/calendar/2026.yaml", "2026-05-09", "2026-05-08") }
                .first?.contains("不是周六或周日") == true)
        // Others' money doesn't lapse at the year's end.
        for line in ["dues-basic-2026", "dues-suspense-2026", "dues-held-2026", "charity-2026"] {
            #expect(
                try problems {
                    let source = line == "charity-2026" ? "donation, purpose: relief" : "dues, purpose: dues"
                    let entry = "{id: \(line), year: 2026, source: \(source), amount: 0"
                    replace(&$0, "config/funds.yaml", "\(entry), carry_over: true}", "\(entry)}")
                }.map { $0.contains("资金项目 \(line) 须写明 carry_over: true") } == [true])
        }
        #expect(
            try problems { $0["config/calendar/2026.yaml"] = nil }.first?.contains("缺少 config/calendar/2026.yaml")
                == true)
        #expect(try problems { $0["config/niangjia.yaml"] = nil }.first?.contains("缺少 config/niangjia.yaml") == true)
    }

    @Test(
        "a day of the calendar that can't be meant is named",
        arguments: [
            ("2026-05-09", "2026-05-02", "又放假又上班"), ("2026-05-09", "2027-05-08", "不在 2026 年"),
            ("from: 2026-05-01, to: 2026-05-05", "from: 2026-05-05, to: 2026-05-01", "起(from)晚于止(to)"),
            ("from: 2026-05-01, to: 2026-05-05", "from: 2025-05-01, to: 2025-05-05", "不在 2026 年"),
            ("year: 2026", "year: 2025", "年(year)与文件名不同"),
        ])
    func calendar(_ old: String, _ new: String, _ words: String) throws {
        var files = try Repository.files()
        let path = "config/calendar/2026.yaml"
        let text = String(decoding: try #require(files[path]), as: UTF8.self)
        try #require(text.contains(old))
        files[path] = Array(text.replacing(old, with: new).utf8)
        let problems = BundleLoader(digest: shortDigest).load(files: files).report.problems
        #expect(problems.contains { $0.place.hasPrefix(path) && $0.message.zh.contains(words) }, "\(problems)")
    }

    @Test("a bundle approved earlier is read although a newer host finds fault with it")
    func approved() throws {
        var files = try Repository.files()
        files["config/programs/tuition-2026.yaml"]?.append(contentsOf: Array("unknown: 1\n".utf8))
        let loader = BundleLoader(digest: shortDigest)
        #expect(loader.load(files: files).bundle == nil)
        let (bundle, report) = loader.loadApproved(files: files)
        #expect(bundle?.programs["tuition-2026"] != nil)
        #expect(report.errors.count == 1)
    }
}

extension MistakeTests {
    @Test("a waiver that the script doesn't know of is told: it would change nothing")
    func idleWaiver() throws {
        var files = try Repository.files()
        let path = "plugins/mutual-aid/main.lua"
        let source = String(decoding: try #require(files[path]), as: UTF8.self)
        func warnings() -> [String] {
            BundleLoader(digest: shortDigest).load(files: files).report.problems
                .map(\.message.en).filter { $0.contains("waived") }
        }
        #expect(warnings().isEmpty)
        files[path] = Array(source.replacing(" and not context.waived.LATE_CLAIM", with: "").utf8)
        #expect(
            warnings() == ["main.lua of mutual-aid never reads context.waived.LATE_CLAIM: waiving it changes nothing"])
    }

    @Test(
        "a key that earlier versions had is told as gone where it stood, and the rest of its file counts",
        arguments: [
            ("config/calendar/2026.yaml", "", "spring_festival: 2026-02-17", "spring_festival"),
            ("config/niangjia.yaml", "", "areas: [990101]", "areas"),
            ("config/niangjia.yaml", "", "language: zh-CN", "language"),
            ("config/facilities.yaml", "", "standards: [{id: six_have}]", "standards"),
            ("plugins/legal-aid/plugin.yaml", "secret: [organization]", "\n    qr: true", "records.engagement.qr"),
            ("plugins/legal-aid/plugin.yaml", "{kind: nothing", ", batch: monthly", "forms.request.gives.batch"),
        ])
    func goneKey(path: String, after: String, key: String, place: String) throws {
        var files = try Repository.files()
        let text = String(decoding: try #require(files[path]), as: UTF8.self)
        try #require(after.isEmpty || text.contains(after))
        files[path] = Array((after.isEmpty ? text + key + "\n" : text.replacing(after, with: after + key)).utf8)
        let found = BundleLoader(digest: shortDigest).load(files: files).report.problems.filter { $0.file == path }
        #expect(found.map(\.path) == [place])
        #expect(found.first?.message.zh.contains("已经取消") == true, "\(found.map(\.message.zh))")
    }

    @Test("elsewhere such a key is one that was misspelt")
    func neverThere() throws {
        var files = try Repository.files()
        let path = "config/programs/mutual-aid-2026.yaml"
        files[path] = try #require(files[path]) + Array("\nareas: [990101]\n".utf8)
        let found = BundleLoader(digest: shortDigest).load(files: files).report.errors
        #expect(found.count == 1 && found[0].message.zh.hasPrefix("不认识的键 areas"), "\(found.map(\.message.zh))")
        #expect(found.first?.message.zh.contains("取消") == false)
    }

    @Test(
        "which date counts can't be another for a union or from a day on",
        arguments: [
            "by_organization: {990101: {term_by: admitted_on}}",
            "changes: [{from: 2026-07-01, settings: {term_by: admitted_on}}]",
        ])
    func dating(more: String) throws {
        var files = try Repository.files()
        let path = "config/programs/mutual-aid-2026.yaml"
        files[path] = try #require(files[path]) + Array(("\n" + more + "\n").utf8)
        let problems = BundleLoader(digest: shortDigest).load(files: files).report.errors
        #expect(problems.count == 1)
        #expect(problems.first?.message.zh.hasPrefix("term_by 定按哪个日期(dated_by)") == true, "\(problems)")
    }

    @Test("what a look compares of another plugin's decisions is what that keeps, and numbers only with paths")
    func neighbours() throws {
        func said(_ look: String) throws -> [String] {
            var files = try Repository.files()
            let path = "plugins/tuition/plugin.yaml"
            let text = String(decoding: try #require(files[path]), as: UTF8.self)
            let old = "relief: {in: decisions, of: [hardship-relief/tuition], per: subject, within: calendar_year}"
            try #require(text.contains(old))
            files[path] = Array(text.replacing(old, with: "relief: \(look)").utf8)
            return BundleLoader(digest: shortDigest).load(files: files).report.errors.map(\.message.zh)
        }
        let mutual = "{in: decisions, of: [mutual-aid/claim], per: subject, within: calendar_year"
        #expect(try said(mutual + ", distinct: self_pay}") == [])
        #expect(try said(mutual + ", where: {self_pay: [50.00]}}").first?.contains("只能与路径比较") == true)
        #expect(try said(mutual + ", where: {diagnosis: [a]}}").first?.contains("没有 diagnosis") == true)
        let both = mutual.replacing("claim]", with: "claim, tuition/apply]")
        #expect(try said(both + ", distinct: self_pay}").first?.contains("表单 tuition/apply 没有保存 self_pay") == true)
    }

    @Test(
        "seasons of one series that overlap while both are open, and an end of corrections within the season, are told")
    func overlaps() throws {
        func warnings(_ change: (inout [String: [UInt8]]) -> Void) throws -> [String] {
            var files = try Repository.files()
            change(&files)
            return BundleLoader(digest: shortDigest).load(files: files).report.problems.map {
                "\($0.place) \($0.message.en)"
            }
        }
        let path = "config/programs/hazard-report-2026.yaml"
        let text = String(decoding: try #require(try Repository.files()[path]), as: UTF8.self)
        func copy(_ from: String, _ status: String = "open") -> [UInt8] {
            Array(
                text.replacing("program: hazard-report-2026", with: "program: hazard-report-2027")
                    .replacing("{from: 2026-01-01, to: 2026-12-31}", with: "{from: \(from), to: 2027-12-31}")
                    .replacing("correct_until: 2027-01-31", with: "correct_until: 2028-01-31")
                    .replacing("status: open", with: "status: \(status)").utf8)
        }
        let next = "config/programs/hazard-report-2027.yaml"
        let found = try warnings { $0[next] = copy("2026-12-31") }.filter { $0.contains("overlaps") }
        #expect(found.count == 1 && found[0].hasPrefix("\(next):9:"), "\(found)")
        #expect(found.allSatisfy { $0.contains("hazard-report-2026 (2026-01-01 to 2026-12-31)") })
        #expect(try warnings { $0[next] = copy("2027-01-01") }.contains { $0.contains("overlaps") } == false)
        #expect(try warnings { $0[next] = copy("2026-12-31", "ended") }.contains { $0.contains("overlaps") } == false)
        let early = try warnings {
            $0[path] = Array(text.replacing("correct_until: 2027-01-31", with: "correct_until: 2026-12-30").utf8)
        }
        #expect(early.count == 1 && early[0].contains("correct_until lies before the last day"), "\(early)")
    }
}
