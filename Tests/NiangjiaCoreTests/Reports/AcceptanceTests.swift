import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite
import NiangjiaTesting
import Testing

/// A store whose true values are the printed reports' figures must give the reports' sentences.
@Suite("The reports' own figures")
struct AcceptanceTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let context: ChangeContext
    static let year = DateRange(from: CivilDate("2026-01-01")!, to: CivilDate("2026-12-31")!)

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore.open(path: folder.file("city.db"), migrations: NiangjiaSchema.migrations)
        let now = Instant(try #require(CivilDate("2026-12-31")))
        context = ChangeContext(
            now: now, actor: "office", ids: IDSource(host: 1, clock: FixedClock(now)),
            crypto: try SoftwareCrypto(KeyRing(created: now)))
    }

    private func report(
        _ inputs: [String] = [], _ period: DateRange = AcceptanceTests.year, calendar: WorkCalendar? = nil
    ) async throws -> YearReport {
        let inputs = try ReportInputs.read(inputs)
        return try await store.read {
            try YearReport.make(ReportRequest(period: period, inputs: inputs, calendar: calendar), in: $0)
        }
    }

    private func sentence(_ id: String, in report: YearReport) -> String? {
        report.sentences.first { $0.id == id }?.text
    }

    private func enter(_ figures: [(String, String)], source: String = "年报") async throws -> ToldFigures.Entered {
        let list = figures.map { ToldFigure(name: $0.0, period: Self.year, value: $0.1, source: source) }
        let context = context
        return try await store.write(.interactive) { try ToldFigures.enter(list, context, in: $0) }
    }

    /// Many rows of a table, numbered from 1.
    private func fill(_ sql: String, _ count: Int, _ values: @escaping @Sendable (Int64) -> [SQLValue]) async throws {
        try await store.write(.batch) { writer in
            for n in 1...Int64(count) { try writer.execute(sql, values(n)) }
        }
    }

    private static func days(_ text: String) -> Int64 { Int64(CivilDate(text)?.days ?? 0) }

    @Test("S08: 27,540 households on file became 415")
    func households() async throws {
        let (opened, exited) = (Self.days("2020-01-01"), Self.days("2026-06-01"))
        try await fill(
            """
            INSERT INTO household (id, revision, valid_from, recorded_at, number, hardship_class, file_status, opened_on,
            exited_on) VALUES ($1, 1, 0, 0, $2, 'deep', $3, $4, $5)
            """, 27_540
        ) { n in
            let left = n > 415
            return [
                .int(n), .text("K\(n)"), .text(left ? "closed" : "open"), .int(opened), left ? .int(exited) : .null,
            ]
        }
        _ = try await enter([("M19.complete", "400")], source: "一户一档台账")
        let told = try await report()
        #expect(sentence("S09", in: told) == "做到“一户一档案、一户一计划、一户一措施”,完成率96.39%。")
        #expect(sentence("S08", in: told) == "全市建档困难职工由27540户下降到415户,27125户实现解困脱困。")
    }

    @Test("S04: 95 accepted of a target of 89 is 106.74 %, and the circle's rates name what they divide by")
    func stations() async throws {
        let accepted = Self.days("2026-05-01")
        try await fill(
            """
            INSERT INTO station (id, revision, valid_from, recorded_at, code, name, kind, latitude, longitude, source_latitude,
            source_longitude, source_frame, status, accepted_on)
            VALUES ($1, 1, 0, 0, $2, '站', 'outdoor', 0, 0, 0, 0, 'wgs84', 'open', $3)
            """, 95
        ) { [.int($0), .text("Z\($0)"), .int(accepted)] }
        _ = try await enter(
            [("M09.demand", "1000"), ("M09.covered", "930"), ("M09.overlapped", "412")], source: "按人口权重测算")
        let told = try await report(["station_target=89"])
        #expect(
            sentence("S04", in: told)
                == "全市已建成工会户外劳动者服务站点95个,完成今年建设任务的106.74%,实现“15分钟服务圈”覆盖93%、交叉覆盖41.2%。")
        let notes = try #require(told.sentences.first { $0.id == "S04" }?.notes.map(\.zh))
        #expect(notes.contains { $0.contains("分母") } && notes.contains { $0.contains("按人口权重测算") })
    }

    @Test("S19: 38,077 persons and 3,723,000,000 fen are 3723 万元")
    func stayOn() async throws {
        let paid = Instant(try #require(CivilDate("2026-02-10")), minutes: 600).milliseconds
        let each = 3_723_000_000 / Int64(38_077)
        let last = 3_723_000_000 - each * 38_076
        try await store.write(.batch) { writer in
            for n in 1...Int64(38_077) {
                let amount = n == 38_077 ? last : each
                try writer.insertDecision([
                    "id": .int(n), "program": .text("stay-on-2026"), "series": .text("stay-on"),
                    "plugin": .text("stay-on"),
                    "form": .text("declare"), "subject_kind": .text("person"), "subject": .int(n), "ordinal": .int(1),
                    "case_id": .int(n % 58 + 1), "on_date": .int(1), "decided_at": .int(1), "result": .text("granted"),
                    "assessed": .int(amount), "amount": .int(amount), "state": .text("standing"),
                ])
                try writer.insertEntitlement([
                    "id": .int(n), "decision": .int(n), "kind": .text("money"), "payee_kind": .text("person"),
                    "payee": .int(n), "amount": .int(amount), "fund_line": .text("stay-on"),
                    "program": .text("stay-on-2026"), "series": .text("stay-on"), "on_date": .int(1),
                    "state": .text("paid"),
                ])
            }
        }
        try await fill(
            """
            INSERT INTO payment (id, entitlement, ordinal, revision, attempt, amount, state, made_at, resolved_at, paid_at)
            VALUES ($1, $1, 1, 1, 1, $2, 'paid', 1, $3, $3)
            """, 38_077
        ) { [.int($0), .int($0 == 38_077 ? last : each), .int(paid)] }
        try await fill(
            """
            INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, filer, unit, channel, submitted_at,
            on_date, state, fields, updated_at) VALUES ($1, 'stay-on-2026', 'stay-on', 'stay-on', 'declare', '', '', 'unit', $1,
            'unit', 1, 1, 'done', $2, 1)
            """, 58
        ) { [.int($0), .blob([])] }
        let told = try await report(["years=3"])
        #expect(
            sentence("S19", in: told)
                == "连续3年开展“暖心留工助发展”行动,向春节期间不停工的58个重点项目38077名务工人员发放补贴3723万元。")
    }

    @Test("S26: 9,796 satisfied of 10,000 valid answers is 97.96 %; twenty-nine answers are none")
    func satisfaction() async throws {
        _ = try await enter([("M41.valid", "10000"), ("M41.satisfied", "9796")], source: "满意度问卷")
        let value = try await report().lines.first { $0.metric.id == "M41" }?.value
        #expect(value?.main == .ratio(9_796, of: 10_000) && value?.main?.text == "97.96%")
        #expect(value?.notes.contains { $0.zh.contains("满意度问卷") } == true)
        #expect(try await enter([("M41.valid", "29"), ("M41.satisfied", "29")]).changed == 2)
        let few = try await report()
        #expect(!few.lines.contains { $0.metric.id == "M41" })
        #expect(few.gaps.first { $0.id == "M41" }?.reason.zh.contains("不足 30") == true)
    }

    @Test("What was entered fills the sentences of programs that the host doesn't run, each with its source")
    func told() async throws {
        _ = try await enter([
            ("M14.s5", "2"), ("M14.s4", "25"), ("M15.total", "31"), ("M15.due", "30"), ("M15.closed", "27"),
            ("observers", "10"),
            ("M27.fairs", "12"), ("M27.companies", "340"), ("M27.openings", "10973"), ("M27.intentions", "2100"),
            ("M27.hired", "1204"), ("M28.times", "52300"), ("M29.found", "40"), ("M29.left", "0"), ("M37.closed", "80"),
            ("M37.agreed", "72"), ("M36.cases", "120"), ("M36.amount", "9703000.00元"), ("M38.units", "46"),
            ("M38.findings", "200"), ("M38.due", "180"), ("M38.mended", "171"), ("M45.centres", "1"),
            ("M45.stations", "12"), ("M45.online", "3"), ("M45.venue", "410"), ("M49.promised", "10"),
            ("M49.done", "10"), ("M13.passed", "29"), ("M13.assessed", "30"), ("standard", "六有"),
            ("M23.times", "46417"), ("M23.households", "900"), ("M23.amount", "97000000.00元"), ("M34.persons", "5123"),
            ("M34.amount", "1024600.00元"), ("M39.found", "812"), ("M39.due", "800"), ("M39.verified", "780"),
            ("M40.events", "31"), ("M40.times", "120000"), ("M42.times", "35500"), ("M42.upgrades", "2300"),
            ("M42.amount", "1500000.00元"), ("M43.proposed", "4100"), ("M43.evaluated", "4000"),
            ("M43.adopted", "1200"), ("M43.benefit", "33000000.00元"), ("M44.studios", "52"), ("M44.projects", "140"),
            ("M44.benefit", "8000000.00元"), ("M46.rest", "1400"), ("M46.check", "3000"), ("M47.subjects", "14"),
            ("M47.classes", "120"), ("M47.students", "3600"), ("M47.visits", "54321"), ("M48.events", "66"),
            ("M48.amount", "200000.00元"), ("M48.times", "1234567"), ("M50.found", "40"), ("M50.solved", "36"),
        ])
        let report = try await report()
        let english = [
            "S06": "By the standard “六有” 29 stations pass, 96.67%.",
            "S12": "Winter warmth reached workers 46,417 times, with goods and money worth 97,000,000 yuan.",
            "S30":
                "There are 1 counselling centres and 12 counselling rooms; they served fewer than 5 times online and 410 times on site.",
            "S35": "Of 40 problems that the surveys found 36 are solved, 90%.",
        ]
        for (id, text) in english { #expect(report.sentences.first { $0.id == id }?.english == text) }
        let texts = [
            "S06": "按照“六有”标准,29个站点达标,达标率96.67%。", "S12": "开展送温暖活动,走访慰问职工约4.6万人次,发放款物9700万元。",
            "S20": "为5123名农民工发放返乡购票补贴102.46万元。", "S24": "组织职工查找事故隐患和职业危害812件,整改率97.5%。",
            "S25": "举办劳动和技能竞赛31场,参赛职工达12万人次。",
            "S27": "组织技能提升培训约3.6万人次,实现技能等级提升2300人次,发放激励补助150万元。",
            "S28": "职工提出合理化建议4100项,采纳1200项,创造经济效益3300万元。",
            "S29": "创建劳模和职工创新工作室52家,承担创新项目140个,每年创造经济效益800万元。",
            "S31": "组织1400名一线职工参加疗休养,为3000名新就业形态劳动者开展免费健康体检。",
            "S32": "开设14个项目共计120个培训班,培训学员3600人,到工人文化宫参加各类活动的会员约5.4万人次。",
            "S33": "开展线上活动66场,累计投入资金20万元,参与会员约123.5万人次。",
            "S35": "“1+N大调研”发现的40个问题,已解决36个,解决率90%。",
            "S07": "聘请户外劳动者观察员10名,收集意见31条,办结率90%。",
            "S15": "举办“春送岗位”招聘活动12场,340家企业提供岗位10973个,达成就业意向2100人,实现就业1204人。",
            "S16": "为职工提供就业创业服务约5.2万人次,使零就业家庭实现至少一人就业。",
            "S22": "办理法律援助案件120件,为职工挽回经济损失970.3万元;调解成功率90%。",
            "S23": "为46家企业开展劳动用工“法律体检”,发现问题200个,整改率95%。",
            // Three people could be known by everybody: the cell is not told.
            "S30": "建成职工心理健康服务中心1个、服务站(室)12个,线上服务少于5人次,场馆服务410人次。",
            "S34": "年初承诺的10件实事完成10件,完成率100%。", "S40": "评定五星级站点2个、四星级站点25个。",
            "S42": "零就业家庭动态清零率100%。",
        ]
        for (id, text) in texts { #expect(sentence(id, in: report) == text) }
        for id in texts.keys where id != "S07" {
            #expect(report.sentences.first { $0.id == id }?.notes.contains { $0.zh.contains("年报") } == true, "\(id)")
        }
    }

    @Test(
        "Distinct persons can't be added, overlapping periods count twice, unknown names and wrong values are refused")
    func toldWrong() async throws {
        let context = context
        func enter(_ name: String, _ value: String, _ from: String, _ to: String, union: String = "") async throws {
            let period = DateRange(from: try #require(CivilDate(from)), to: try #require(CivilDate(to)))
            let figure = ToldFigure(name: name, period: period, value: value, organization: union, source: "台账")
            _ = try await store.write(.interactive) { try ToldFigures.enter([figure], context, in: $0) }
        }
        try await enter("M46.rest", "50", "2026-01-01", "2026-06-30")
        try await enter("M46.rest", "60", "2026-07-01", "2026-12-31")
        try await enter("M50.found", "10", "2026-01-01", "2026-06-30", union: "990101")
        try await enter("M50.found", "30", "2026-01-01", "2026-06-30", union: "990102")
        try await enter("M50.solved", "36", "2026-01-01", "2026-12-31")
        try await enter("M28.times", "5", "2026-01-01", "2026-06-30")
        try await enter("M28.times", "9", "2026-01-01", "2026-12-31")
        let told = try await report()
        let gaps = Dictionary(uniqueKeysWithValues: told.gaps.map { ($0.id, $0.reason.zh) })
        #expect(gaps["M46"]?.contains("不能相加") == true)
        #expect(gaps["M28"]?.contains("重叠") == true)
        #expect(told.lines.first { $0.metric.id == "M50" }?.value.main == .ratio(36, of: 40))
        for (name, value) in [("M99.x", "1"), ("M36.cases", "很多"), ("M36.amount", "100"), ("M50.found", "-1")] {
            #expect(await refusal { try await enter(name, value, "2026-01-01", "2026-01-31") } == .invalid, "\(name)")
        }
        #expect(await refusal { try await enter("M28.times", "1", "2026-02-01", "2026-01-01") } == .invalid)
    }

    @Test("Every gap names what would supply it")
    func gaps() async throws {
        let told = try await report()
        #expect(told.lines.isEmpty, "an empty city tells nothing: \(told.lines.map(\.metric.id))")
        #expect(told.sentences.isEmpty)
        for metric in MetricCatalogue.all {
            let gap = told.gaps.first { $0.id == metric.id }
            #expect(gap?.reason.zh.contains(metric.needs.zh) == true || metric.id == "M51", "\(metric.id)")
        }
    }
}
