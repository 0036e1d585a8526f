import Testing

@testable import NiangjiaCore

@Suite struct WorkCalendarTests {
    static func calendar2023() throws -> WorkCalendar {
        var calendar = WorkCalendar()
        try calendar.add([
            "year": 2023, "holidays": ["2023-09-29..2023-10-06"], "make_up": ["2023-10-07", "2023-10-08"],
            "spring_festival": "2023-01-22",
        ])
        return calendar
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

    @Test func aYearWithoutATableIsAnError() throws {
        let calendar = try Self.calendar2023()
        #expect(throws: NiangjiaError.self) { try calendar.isWorkday(CivilDate("2024-01-02")!) }
        #expect(throws: NiangjiaError.self) { try calendar.adding(workdays: 3, to: CivilDate("2023-12-28")!) }
    }

    @Test func springFestivals() throws {
        let calendar = WorkCalendar()
        #expect(try calendar.springFestival(of: 2023) == CivilDate("2023-01-22"))
        #expect(try calendar.springFestival(of: 2027) == CivilDate("2027-02-06"))
        #expect(throws: NiangjiaError.self) { try calendar.springFestival(of: 2050) }
    }

    @Test func wrongFilesNameTheirPlace() {
        func place(_ file: Value) -> String? {
            var calendar = WorkCalendar()
            do {
                try calendar.add(file)
                return nil
            } catch { return error.place }
        }
        #expect(place([:]) == "/year")
        #expect(place(["year": 2023, "holidays": ["2023-01-01", "2024-01-01"]]) == "/holidays/1")
        #expect(place(["year": 2023, "holidays": ["2023-01-02..2023-01-01"]]) == "/holidays/0")
        #expect(place(["year": 2023, "holidays": ["2023-01-01"], "make_up": ["2023-01-01"]]) == "/make_up")
        #expect(place(["year": 2023, "holidays": [["name": "元旦", "from": "2023-01-01", "to": "2023-01-02"]]]) == nil)
    }
}
