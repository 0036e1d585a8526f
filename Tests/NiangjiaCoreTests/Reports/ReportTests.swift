import NiangjiaCore
import Testing

@Suite("The year report on a real store")
struct ReportTests {
    private func value(_ report: YearReport, _ name: String) -> Quantity? {
        let parts = name.split(separator: ".").map(String.init)
        let value = report.lines.first { $0.metric.id == parts[0] }?.value
        return parts.count == 2 ? value?.parts[parts[1]] : value?.main
    }

    /// Each figure: what a hand count gives, and what a query of another shape gives over the same rows.
    static let knownCounts: [(name: String, expected: Int64, sql: String)] = [
        ("M01", 3, "SELECT count(*) FROM organization WHERE code IN ('99010101', '99010201', '990100F1A')"),
        (
            "M02", 4,
            """
            SELECT count(*) FROM person WHERE verified = 1 AND id IN (SELECT person FROM membership WHERE status = 'active'
            AND joined_on <= (SELECT CAST(julianday('2026-12-31') - julianday('1970-01-01') AS INTEGER)))
            """
        ),
        (
            "M04", 2,
            "SELECT count(*) FROM organization WHERE id IN (SELECT organization FROM membership WHERE person IN (2, 3))"
        ),
        ("M05", 2, "SELECT count(*) FROM person WHERE occupation = 'rider' OR occupation = 'courier'"),
        ("M05.new", 1, "SELECT count(*) FROM person WHERE occupation = 'rider'"),
        ("M06.fed", 1, "SELECT count(*) FROM organization WHERE code LIKE '%F1'"),
        ("M06.companies", 1, "SELECT count(*) FROM organization WHERE employer_credit_code IS NOT NULL"),
        ("M07", 2, "SELECT count(*) FROM station WHERE id IN (1, 2)"),
        ("M10", 43, "SELECT (SELECT count(*) FROM visit WHERE id <= 3) + (SELECT count FROM visit WHERE id = 4)"),
        ("M11", 2, "SELECT count(*) FROM (SELECT person FROM visit WHERE id <= 3 GROUP BY person)"),
        ("M16.start", 2, "SELECT count(*) FROM household WHERE id IN (1, 3)"),
        ("M16.end", 2, "SELECT count(*) FROM household WHERE file_status = 'open'"),
        ("M16.deep", 1, "SELECT count(*) FROM household WHERE hardship_class = 'deep'"),
        ("M17", 1, "SELECT count(*) FROM household WHERE file_status = 'monitoring'"),
        ("M20.times", 3, "SELECT count(*) FROM payment WHERE id IN (1, 2, 3) AND state = 'paid'"),
        (
            "M20.households", 2,
            "SELECT count(*) FROM (SELECT household FROM decision WHERE id IN (1, 2, 3) GROUP BY household)"
        ),
        ("M24.events", 1, "SELECT count(*) FROM decision WHERE form = 'site_visit'"),
        ("M24.times", 642, "SELECT sum(units) FROM decision WHERE id BETWEEN 6 AND 8"),
        ("M24.persons", 1, "SELECT count(*) FROM (SELECT DISTINCT subject FROM decision WHERE id BETWEEN 6 AND 7)"),
        ("M25.persons", 3, "SELECT count(*) FROM decision WHERE id <= 3"),
        ("M25.times", 3, "SELECT count(*) FROM payment WHERE id <= 3"),
        ("M30.units", 1, "SELECT count(*) FROM (SELECT DISTINCT unit FROM case_file)"),
        ("M30.persons", 2, "SELECT count(*) FROM entitlement WHERE kind = 'fee'"),
        ("M31.times", 2, "SELECT count(*) FROM payment WHERE id >= 12"),
        ("M31.persons", 1, "SELECT count(*) FROM (SELECT DISTINCT payee FROM entitlement WHERE id >= 12)"),
        ("M54", 2, "SELECT (SELECT count(*) FROM decision WHERE id = 6) + (SELECT count(*) FROM visit WHERE id = 1)"),
    ]

    @Test("each count is what another query counts", arguments: knownCounts)
    func counts(_ name: String, _ expected: Int64, _ sql: String) async throws {
        let city = try await ReportCity()
        #expect(value(try await city.report(), name) == .count(expected))
        #expect(try await city.number(sql) == expected)
    }

    static let knownSums: [(name: String, fen: Int64, sql: String)] = [
        ("M21", 1_200_000, "SELECT sum(amount) FROM payment WHERE id <= 3"),
        (
            "M21.union_budget", 1_000_000,
            """
            SELECT (SELECT sum(amount) FROM entitlement WHERE id IN (1, 3))
            + (SELECT amount FROM entitlement_split WHERE fund_line = 'tuition-2026')
            """
        ),
        ("M21.donation", 200_000, "SELECT amount FROM entitlement_split WHERE fund_line = 'gifts-2026'"),
        ("M22.tuition", 1_200_000, "SELECT sum(amount) FROM entitlement WHERE id <= 3"), ("M22.other", 0, "SELECT 0"),
        ("M24.value", 1_290_000, "SELECT sum(amount) FROM entitlement WHERE state = 'delivered'"),
        ("M25.amount", 1_200_000, "SELECT sum(amount) FROM decision WHERE id <= 3"),
        ("M31.average", 236_348, "SELECT sum(amount) FROM payment WHERE id >= 12"),
        ("M31.amount", 236_348, "SELECT sum(amount) FROM payment WHERE id >= 12"),
        ("M32.income", 12_000, "SELECT amount FROM entry WHERE entry_set = 2 AND amount > 0"),
        ("M32.payouts", 236_348, "SELECT sum(amount) FROM entry WHERE account = 2"),
        ("M32.backstop", 224_348, "SELECT -sum(amount) FROM entry WHERE account = 3"),
    ]

    @Test("each sum is what another query sums", arguments: knownSums)
    func sums(_ name: String, _ fen: Int64, _ sql: String) async throws {
        let city = try await ReportCity()
        #expect(value(try await city.report(), name) == .money(Money(fen: fen)))
        #expect(try await city.number(sql) == fen)
    }

    @Test("sentences tell the figures")
    func sentences() async throws {
        let report = try await ReportCity().report(["member_total": .count(5), "base_year": .count(2025)])
        let text = Dictionary(uniqueKeysWithValues: report.sentences.map { ($0.id, $0.text) })
        #expect(text["S01"] == "截至2026年12月,全市各级工会线上实名制录入基层组织3家,录入会员约4人,占2025年会员总数的80%。")
        #expect(text["S02"] == "全市共建立新业态领域工会组织2个,涵盖新就业形态劳动者工会会员2人。")
        #expect(text["S03"] == "快递、道路货运等行业分别建立工会联合会1家,累计吸纳1家企业1名劳动者加入工会组织。")
        #expect(text["S04"] == "全市已建成工会户外劳动者服务站点2个。")
        #expect(text["S08"] == "全市建档困难职工期初2户、期末2户,1户实现解困脱困。")
        #expect(text["S10"] == "筹集资金1.2万元,对困难职工家庭实施帮扶3户次,惠及2户。")
        #expect(text["S13"] == "夏送清凉1场,慰问一线职工642人次,发放防暑降温物资价值1.29万元。")
        #expect(text["S14"] == "通过“金秋助学”活动资助困难职工子女3人次、1.2万元。")
        #expect(text["S17"] == "职工医疗互助年均参保单位1家、参保职工2人,累计为1名住院职工减轻医疗负担2363.48元。")
        #expect(text["S38"] == "会员不论劳动关系、会籍在哪里均可就近就便得到服务,跨会籍服务2人次。")
    }

    @Test("one changed payment changes the sentence")
    func onePaymentChangesTheSentence() async throws {
        let city = try await ReportCity()
        try await city.store.write(.interactive) {
            try $0.execute("UPDATE payment SET amount = amount + 100000 WHERE id = 3", [])
        }
        let sentences = try await city.report().sentences
        #expect(sentences.first { $0.id == "S14" }?.text == "通过“金秋助学”活动资助困难职工子女3人次、1.3万元。")
        try await city.store.write(.interactive) {
            try $0.execute("UPDATE payment SET state = 'returned' WHERE id = 1", [])
        }
        #expect(try await city.report().sentences.first { $0.id == "S14" }?.text == "通过“金秋助学”活动资助困难职工子女2人次、8000元。")
    }

    @Test("a payment belongs to the year in which the bank paid")
    func byPaymentDate() async throws {
        let next = DateRange(from: CivilDate("2027-01-01")!, to: CivilDate("2027-12-31")!)
        let report = try await ReportCity().report(period: next)
        #expect(value(report, "M25.amount") == .money(Money(fen: 70_000)))
        #expect(value(report, "M02") == .count(5))
    }

    @Test("what can't be computed is a gap with its reason, never 0")
    func gaps() async throws {
        let report = try await ReportCity().report()
        let gaps = Dictionary(uniqueKeysWithValues: report.gaps.map { ($0.id, $0.reason.zh) })
        #expect(gaps["M09"] != nil && gaps["M53"] != nil)
        #expect(gaps["M03"] != nil, "no total of the base year was given")
        #expect(gaps["S36"]?.contains("M51") == true)
        let told = Set(report.lines.map(\.metric.id)).union(report.gaps.map(\.id))
        for metric in MetricCatalogue.all { #expect(told.contains(metric.id)) }
        for sentence in report.sentences { #expect(!sentence.text.contains("{")) }
    }

    @Test("a register that was never filled is a gap, not a zero; a sentence told shorter is not left out")
    func emptyRegistersAreGaps() async throws {
        let city = try await ReportCity()
        #expect(try await city.report().sentences.contains { $0.id == "S04" })
        #expect(try await !city.report().gaps.contains { $0.id == "S04" }, "told in its shorter form")
        try await city.store.write(.batch) { writer in
            try writer.execute("UPDATE person SET verified = 0, occupation = NULL", [])
            try writer.execute("UPDATE organization SET credit_code = NULL", [])
            for table in ["station_facility", "visit", "station"] { try writer.execute("DELETE FROM \(table)", []) }
            try writer.execute("UPDATE entry_set SET booked_on = booked_on - 400 WHERE kind = 'fee_received'", [])
        }
        let report = try await city.report()
        let gaps = Set(report.gaps.map(\.id))
        #expect(gaps.isSuperset(of: ["M01", "M02", "M04", "M05", "M07", "S01", "S02", "S04"]))
        #expect(value(report, "M32.income") == nil, "fees of another period are no income of this one")
        #expect(value(report, "M32.payouts") == .money(Money(fen: 236_348)))
        let pool = report.sentences.first { $0.id == "S18" }
        #expect(pool?.text.contains("互助金收入") == false)
        #expect(pool?.notes.isEmpty == false)
    }

    @Test("an empty city tells no rate and no pool, and divides by nothing")
    func emptyCity() async throws {
        let city = try await ReportCity()
        try await city.store.write(.batch) { writer in
            for table in ["payment", "entitlement_row", "decision_row", "visit", "membership", "station"] {
                try writer.execute("DELETE FROM \(table)", [])
            }
        }
        let report = try await city.report(["member_total": .count(0), "base_year": .count(2025)])
        #expect(report.sentences.first { $0.id == "S01" }?.text.hasSuffix("占2025年会员总数的—。") == true)
        #expect(report.sentences.first { $0.id == "S01" }?.notes.isEmpty == false)
        #expect(report.gaps.contains { $0.id == "M32" } && report.gaps.contains { $0.id == "M10" })
        #expect(report.gaps.contains { $0.id == "M31" }, "claims of a program that was never run")
    }

    @Test("A year without payments has no average to divide by")
    func nothingToDivide() async throws {
        let city = try await ReportCity()
        try await city.store.write(.interactive) { try $0.execute("DELETE FROM payment", []) }
        #expect(value(try await city.report(), "M31.average") == .ratio(0, of: 0))
    }

    @Test("figures from outside are read as people write them")
    func inputs() async throws {
        let inputs = try ReportInputs.read([
            "station_target=4", "backstop=300000元", "since=2021-01-01", "standard=六有",
        ])
        #expect(
            inputs == [
                "station_target": .count(4), "backstop": .money(Money(fen: 30_000_000)),
                "since": .date(CivilDate("2021-01-01")!), "standard": .text("六有"),
            ])
        let sentences = try await ReportCity().report(inputs).sentences
        // Accepted in the year: one that is open and one that was closed again.
        #expect(sentences.first { $0.id == "S04" }?.text == "全市已建成工会户外劳动者服务站点2个,完成今年建设任务的50%。")
        #expect(sentences.first { $0.id == "S11" }?.text == "发放助学金1.2万元。")
        for wrong in ["40", "=40", "station_target="] {
            #expect(throws: NiangjiaError.self) { try ReportInputs.read([wrong]) }
        }
    }

    @Test("a period that ends before it begins is refused")
    func wrongPeriod() async throws {
        let city = try await ReportCity()
        await #expect(throws: NiangjiaError.self) {
            try await city.report(period: DateRange(from: CivilDate("2026-02-01")!, to: CivilDate("2026-01-01")!))
        }
    }
}
