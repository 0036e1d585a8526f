import NiangjiaConfig
import NiangjiaCore
import Testing

/// A school year begins on 1 September: whoever has a form open across it is told.
@Suite("What is once in a school year, and open across 1 September") struct SchoolYearTests {
    private func report(
        unique: String, season: String, by: String = "member", datedBy: String = "submitted_on"
    ) throws -> ConfigReport {
        let manifest = """
            id: x
            version: 1.0.0
            api: 1
            title: {zh-CN: 一, en: One}
            forms:
              ask:
                by: [\(by)]
                \(by == "batch" ? "population: {of: persons}" : "fields: {came: date}")
                subject: applicant
                dated_by: \(datedBy)
                unique: [\(unique)]
                gives: {kind: nothing}
            reasons: {ONCE: {zh-CN: 一次, en: Once}}
            """
        let read = ManifestFile.read(Array(manifest.utf8), file: "plugins/x/plugin.yaml")
        let plugin = try #require(read.manifest, "\(read.report.problems)")
        let program = """
            program: x-2026
            plugin: x
            policy: 测工发〔2026〕1号
            status: open
            organization: 990100
            series: x
            \(season)
            """
        return ProgramFile.read(
            Array(program.utf8), file: "config/programs/x-2026.yaml",
            against: ConfigSurroundings(plugins: ["x": plugin])
        ).report
    }

    private func warnings(
        unique: String, season: String, by: String = "member", datedBy: String = "submitted_on"
    ) throws -> [String] {
        let report = try report(unique: unique, season: season, by: by, datedBy: datedBy)
        #expect(report.errors.isEmpty, "\(report.errors)")
        return report.problems.filter { $0.text(.en).contains("1 September") }.map { $0.path }
    }

    private static let school = "{per: subject, within: school_year, reason: ONCE}"
    private static let autumn = "season: {from: 2026-07-01, to: 2026-10-31}"

    @Test("Told where the days cross it, at the key that says so")
    func told() throws {
        #expect(try warnings(unique: Self.school, season: Self.autumn) == ["season"])
        let late = Self.autumn + "\napply: {from: 2026-07-01, to: 2026-09-30}"
        #expect(try warnings(unique: Self.school, season: late) == ["apply"])
        #expect(try warnings(unique: Self.school, season: Self.autumn, by: "batch") == ["season"])
    }

    @Test("Not where one can't file on both sides, nor where another day counts")
    func untold() throws {
        let early = Self.autumn + "\napply: {from: 2026-07-01, to: 2026-08-31}"
        #expect(try warnings(unique: Self.school, season: early).isEmpty)
        #expect(try warnings(unique: Self.school, season: "season: {from: 2026-09-01, to: 2026-12-31}").isEmpty)
        #expect(try warnings(unique: Self.school, season: Self.autumn, datedBy: "season_start").isEmpty)
        let fixed = "{per: subject, within: school_year, dated_by: season_start, reason: ONCE}"
        #expect(try warnings(unique: fixed, season: Self.autumn).isEmpty)
        #expect(try warnings(unique: "{per: subject, within: season, reason: ONCE}", season: Self.autumn).isEmpty)
    }

    @Test("A season or days for filing that end before they begin are an error there", arguments: ["member", "batch"])
    func reversed(by: String) throws {
        for season in ["2027-07-01, to: 2026-10-31", "2026-10-31, to: 2026-07-01"] {
            let report = try report(unique: Self.school, season: "season: {from: \(season)}", by: by)
            let told = try #require(report.errors.first { $0.path == "season" }, "\(report.errors)")
            #expect(told.line == 7 && told.text(.zh).contains("起(from)晚于止(to)"), "\(told)")
        }
        let apply = Self.autumn + "\napply: {from: 2027-09-30, to: 2026-07-01}"
        let told = try report(unique: Self.school, season: apply, by: by).errors.first { $0.path == "apply" }
        #expect(told?.line == 8, "\(String(describing: told))")
    }
}
