import Testing

@testable import NiangjiaCore

@Suite struct WorkCalendarTests {
    static func calendar2023() throws -> WorkCalendar {
        func days(_ texts: String...) throws -> Set<CivilDate> { Set(try texts.map { try #require(CivilDate($0)) }) }
        return WorkCalendar(
            years: [2023],
            holidays: try days("2023-09-29", "2023-10-02", "2023-10-03", "2023-10-04", "2023-10-05", "2023-10-06"),
            makeUpDays: try days("2023-10-07", "2023-10-08"))
    }

    @Test func fiveWorkingDaysOverTheNationalDay() throws {
        let calendar = try Self.calendar2023()
        let posted = try #require(CivilDate("2023-09-27"))
        #expect(try calendar.adding(workdays: 5, to: posted) == CivilDate("2023-10-10"))
        #expect(try calendar.adding(workdays: 1, to: posted) == CivilDate("2023-09-28"))
        #expect(try calendar.adding(workdays: 2, to: posted) == CivilDate("2023-10-07"))
        #expect(try calendar.workdays(after: posted, through: try #require(CivilDate("2023-10-10"))) == 5)
        #expect(try calendar.isWorkday(try #require(CivilDate("2023-10-08"))))
        #expect(try !calendar.isWorkday(try #require(CivilDate("2023-10-06"))))
        #expect(try !calendar.isWorkday(try #require(CivilDate("2023-10-14"))))
    }

    @Test("A year without a table is an error, though another year's holiday begins in it")
    func aYearWithoutATableIsAnError() throws {
        var calendar = try Self.calendar2023()
        #expect(throws: NiangjiaError.self) { try calendar.isWorkday(CivilDate("2024-01-02")!) }
        calendar.holidays.insert(try #require(CivilDate("2024-01-01")))
        #expect(throws: NiangjiaError.self) { try calendar.isWorkday(CivilDate("2024-01-01")!) }
        #expect(throws: NiangjiaError.self) { try calendar.adding(workdays: 3, to: CivilDate("2023-12-28")!) }
    }
}
