import NiangjiaCore
import Testing

/// What an audit of a report looks for.
@Suite("Pitfalls of a report")
struct PitfallTests {
    private static func period(_ year: Int) throws -> DateRange {
        DateRange(
            from: try #require(CivilDate(year: year, month: 1, day: 1)),
            to: try #require(CivilDate(year: year, month: 12, day: 31)))
    }

    private func value(_ report: YearReport, _ id: String) -> MetricValue? {
        report.lines.first { $0.metric.id == id }?.value
    }

    @Test("A payment that comes back after the year end changes nothing in the year that was told, and lessens its own")
    func returnedNextYear() async throws {
        let city = try await ReportCity()
        let (this, next) = (try Self.period(2026), try Self.period(2027))
        let before = try await city.report(period: this)
        let back = Instant(try #require(CivilDate("2027-01-20")), minutes: 600)
        try await city.store.write(.interactive) {
            try $0.execute(
                "UPDATE payment SET paid_at = resolved_at, state = 'returned', resolved_at = $1 WHERE id = 3",
                [.instant(back)])
        }
        let after = try await city.report(period: this)
        for id in ["M20", "M21", "M22", "M25"] { #expect(value(after, id) == value(before, id), "\(id)") }
        let told = try await city.report(period: next)
        // 700 yuan were paid in the next year, 4,000 of the year before came back in it.
        #expect(value(told, "M25")?.parts["amount"] == .money(Money(fen: 70_000 - 400_000)))
        #expect(value(told, "M21")?.parts["sent_back"] == .money(Money(fen: 400_000)))
        #expect(value(told, "M25")?.notes.contains { $0.zh.contains("退回") && $0.zh.contains("4,000.00") } == true)
    }

    @Test("What came back of other programs' claims is not told under relief")
    func recoveries() async throws {
        let city = try await ReportCity()
        let day = try #require(CivilDate("2026-08-01"))
        try await city.store.write(.interactive) { writer in
            // Of relief, and of a claim on mutual aid, and of a grant that no program decided.
            for (n, entitlement, fen) in [(901, 1, 30_000), (902, 13, 500), (903, 999, 7_000)]
                as [(Int64, Int64, Int64)]
            {
                try writer.execute(
                    """
                    INSERT INTO entry_set (id, kind, year, voucher, booked_at, booked_on, effective_on, actor, memo, about)
                    VALUES ($1, 'recovery', 2026, $1, 0, $2, $2, 'a', '', $3)
                    """, [.int(n), .date(day), .text(ID<Entitlement>(rawValue: entitlement).text)])
                try writer.execute(
                    "INSERT INTO entry (entry_set, n, account, amount) VALUES ($1, 1, 1, $2), ($1, 2, 2, $3)",
                    [.int(n), .int(fen), .int(-fen)])
            }
        }
        #expect(value(try await city.report(), "M21")?.parts["recovered"] == .money(Money(fen: 30_000)))
    }

    @Test("One person in two unions is one person, and two of the unions' members")
    func twoUnions() async throws {
        let report = try await ReportCity().report()
        // The rider is in two unions; of four verified members nobody counts twice.
        #expect(value(report, "M02")?.main == .count(4))
        #expect(value(report, "M04")?.main == .count(2))
        #expect(value(report, "M05")?.main == .count(2))
        // A person who came twice is two visits and one visitor.
        #expect(value(report, "M11")?.main == .count(2))
    }

    @Test("A company below a federation and below a county is one company")
    func federations() async throws {
        let city = try await ReportCity()
        try await city.store.write(.interactive) {
            try $0.execute(
                """
                INSERT INTO organization (id, revision, valid_from, recorded_at, code, name, path, level, employer_credit_code)
                VALUES (90, 1, 0, 0, 'B', 'B', '990100/990100F1/B/', 'basic', '91990101MA000004XR')
                """, [])
        }
        #expect(value(try await city.report(), "M06")?.parts["companies"] == .count(1))
    }

    @Test("Figures of unattended stations are marked as estimates, in the sentence itself")
    func estimates() async throws {
        let city = try await ReportCity()
        let told = try await city.report().sentences.first { $0.id == "S05" }
        #expect(told?.text == "站点服务户外劳动者43人次(估算)。")
        #expect(told?.notes.contains { $0.zh.contains("估算") } == true)
        try await city.store.write(.interactive) { try $0.execute("DELETE FROM visit WHERE kind = 'counter'", []) }
        #expect(try await city.report().sentences.first { $0.id == "S05" }?.text == "站点服务户外劳动者3人次。")
    }

    @Test("Persons served are printed only with the share of identified visits")
    func share() async throws {
        let report = try await ReportCity().report()
        #expect(report.sentences.first { $0.id == "S39" }?.text == "站点扫码服务实名劳动者2人(实名占比6.98%)。")
    }

    @Test("What was never run is a gap, not nothing: no program, no figure")
    func neverRun() async throws {
        let city = try await ReportCity()
        try await city.store.write(.batch) { writer in
            for table in ["payment", "entitlement_row", "decision_row"] {
                try writer.execute("DELETE FROM \(table)", [])
            }
        }
        let gaps = Set(try await city.report().gaps.map(\.id))
        #expect(
            gaps.isSuperset(of: ["M20", "M21", "M22", "M24", "M25", "M30", "M31", "M32", "M33", "M34", "M35", "M53"]))
    }

    @Test("A household whose file is opened again counts as back in hardship")
    func backInHardship() async throws {
        let city = try await ReportCity()
        #expect(value(try await city.report(), "M18")?.main == .count(0))
        try await city.store.write(.interactive) { writer in
            let table = HouseholdsSchema.household
            let names = table.columns.map(\.name).joined(separator: ", ")
            let row = try writer.first("SELECT \(names) FROM household WHERE id = 3", []) { row in
                table.columns.indices.map { n -> SQLValue in
                    if row.isNull(n) { return .null }
                    return table.columns[n].type == .text ? .text(row.text(n)) : .int(row.int(n))
                }
            }
            guard let old = row else { return }
            var new = old
            for (n, column) in table.columns.enumerated() {
                if column.name == "file_status" { new[n] = .text("open") }
                if column.name == "exited_on" { new[n] = .null }
                if column.name == "valid_from" { new[n] = ReportCity.day("2026-09-01") }
            }
            _ = try RegisterHistory.replace(
                table, old, with: new, at: Instant(CivilDate("2026-09-01") ?? CivilDate(days: 0)), in: writer)
        }
        let report = try await city.report()
        #expect(value(report, "M18")?.main == .count(1))
        #expect(report.sentences.first { $0.id == "S41" }?.text == "对1户返困家庭重新建档帮扶。")
    }

    @Test("How long things took: working days from handing in to payment, mean and median, each case once")
    func duration() async throws {
        let city = try await ReportCity()
        let request = ReportRequest(period: try Self.period(2026), calendar: WorkCalendar(years: [2026]))
        let submitted = Instant(try #require(CivilDate("2026-09-07")), minutes: 540)
        try await city.store.write(.interactive) { writer in
            for (id, plugin) in [(1, "tuition"), (2, "tuition"), (3, "tuition")] {
                try writer.execute(
                    """
                    INSERT INTO case_file (id, program, series, plugin, form, plugin_digest, bundle, filer, channel, submitted_at,
                    on_date, state, fields, updated_at) VALUES ($1, 'p', 's', $2, 'apply', '', '', 'x', $3, $4, 1, 'done', $5, 1)
                    """,
                    [
                        .int(Int64(id)), .text(plugin), .text(id == 1 ? "clerk" : "member"), .instant(submitted),
                        .blob([]),
                    ])
            }
        }
        let report = try await city.store.read { try YearReport.make(request, in: $0) }
        // Monday the 7th to Thursday the 10th, twice, and to Saturday the 12th: 3, 3 and 4 working days.
        #expect(value(report, "M51")?.parts["median"] == .average(3, of: 1))
        #expect(value(report, "M51")?.main == .average(10, of: 3))
        #expect(value(report, "M51")?.main?.text == "3.3")
        #expect(value(report, "M52")?.main == .ratio(2, of: 3))
        #expect(report.sentences.first { $0.id == "S36" }?.text == "业务平均办理时长3.3个工作日,全程网办率66.67%。")
        let without = try await city.report()
        #expect(without.gaps.first { $0.id == "M51" }?.reason.zh.contains("日历") == true)
    }
}
