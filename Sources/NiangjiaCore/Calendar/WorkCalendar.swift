/// The State Council's working days (`config/calendar/*.yaml`, one file a year): tables, never an algorithm.
public struct WorkCalendar: Hashable, Sendable {
    /// Calendar years that the table covers.
    public var years: Set<Int>
    /// Monday to Friday, yet free.
    public var holidays: Set<CivilDate>
    /// Saturday or Sunday, yet worked (调休上班).
    public var makeUpDays: Set<CivilDate>

    public init(years: Set<Int> = [], holidays: Set<CivilDate> = [], makeUpDays: Set<CivilDate> = []) {
        self.years = years
        self.holidays = holidays
        self.makeUpDays = makeUpDays
    }

    /// Whether a day is worked. Throws when its year has no table: a guess would move a deadline.
    public func isWorkday(_ date: CivilDate) throws(NiangjiaError) -> Bool {
        let number = date.parts.year
        guard years.contains(number) else { throw WorkCalendar.missing(number) }
        if holidays.contains(date) { return false }
        return date.weekday <= 5 || makeUpDays.contains(date)
    }

    /// The last of `workdays` working days, counted from the next working day after `date`.
    ///
    /// 5 working days from a notice posted on 2023-09-27 end on 2023-10-10. None gives the date itself.
    public func adding(workdays: Int, to date: CivilDate) throws(NiangjiaError) -> CivilDate {
        guard workdays >= 0 else {
            throw NiangjiaError(.invalid, zh: "工作日数不能为负", en: "the number of working days can't be negative")
        }
        var day = date
        var left = workdays
        while left > 0 {
            day = day + 1
            if try isWorkday(day) { left -= 1 }
        }
        return day
    }

    /// How many working days lie after `from` up to and including `to`.
    public func workdays(after from: CivilDate, through to: CivilDate) throws(NiangjiaError) -> Int {
        var count = 0
        var day = from
        while day < to {
            day = day + 1
            if try isWorkday(day) { count += 1 }
        }
        return count
    }

    private static func missing(_ year: Int) -> NiangjiaError {
        NiangjiaError(
            .configuration, zh: "日历中没有 \(year) 年,请在 config/calendar/ 中补充国务院节假日安排",
            en: "the calendar has no year \(year); add the State Council's notice to config/calendar/",
            place: "config/calendar")
    }
}
