/// The State Council's working days, year by year, and the lunar new years: tables, never an algorithm.
public struct WorkCalendar: Hashable, Sendable {
    /// The days of one year that differ from its weekdays.
    public struct Year: Hashable, Sendable {
        /// Monday to Friday, yet free.
        public var holidays: Set<CivilDate>
        /// Saturday or Sunday, yet worked (调休上班).
        public var makeUpDays: Set<CivilDate>

        public init(holidays: Set<CivilDate> = [], makeUpDays: Set<CivilDate> = []) {
            self.holidays = holidays
            self.makeUpDays = makeUpDays
        }
    }

    /// By calendar year.
    public private(set) var years: [Int: Year]
    /// Lunar 1/1 by calendar year.
    public private(set) var springFestivals: [Int: CivilDate]

    public init(years: [Int: Year] = [:], springFestivals: [Int: CivilDate] = WorkCalendar.knownSpringFestivals) {
        self.years = years
        self.springFestivals = springFestivals
    }

    /// Whether a day is worked. Throws when its year has no table: a guess would move a deadline.
    public func isWorkday(_ date: CivilDate) throws(NiangjiaError) -> Bool {
        let number = date.parts.year
        guard let year = years[number] else { throw WorkCalendar.missing(number) }
        if year.holidays.contains(date) { return false }
        return date.weekday <= 5 || year.makeUpDays.contains(date)
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

    /// The Spring Festival (正月初一) of a year. Throws when the table doesn't reach there.
    public func springFestival(of year: Int) throws(NiangjiaError) -> CivilDate {
        guard let date = springFestivals[year] else { throw WorkCalendar.missing(year) }
        return date
    }

    private static func missing(_ year: Int) -> NiangjiaError {
        NiangjiaError(
            .configuration, zh: "日历中没有 \(year) 年,请在 config/calendar/ 中补充国务院节假日安排",
            en: "the calendar has no year \(year); add the State Council's notice to config/calendar/",
            place: "config/calendar")
    }

    /// Lunar 1/1 as printed in almanacs.
    public static let knownSpringFestivals: [Int: CivilDate] = Dictionary(
        uniqueKeysWithValues: [
            (2019, 2, 5), (2020, 1, 25), (2021, 2, 12), (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29),
            (2026, 2, 17), (2027, 2, 6), (2028, 1, 26),
        ].compactMap { year, month, day in CivilDate(year: year, month: month, day: day).map { (year, $0) } })
}

extension WorkCalendar {
    /// Takes one year's file into the table: `{year: 2026, holidays: [2026-01-01, 2026-02-16..2026-02-22], make_up: [2026-02-14],
    /// spring_festival: 2026-02-17}`. An item may also be a map with `from`, `to` and a `name`.
    public mutating func add(_ file: Value) throws(NiangjiaError) {
        guard let number = file["year"].int, (1949...9999).contains(number) else {
            throw NiangjiaError(.configuration, zh: "缺少年份 year", en: "the key year is missing", place: "/year")
        }
        var year = Year()
        year.holidays = try WorkCalendar.days(file["holidays"], of: Int(number), at: "/holidays")
        year.makeUpDays = try WorkCalendar.days(file["make_up"], of: Int(number), at: "/make_up")
        if let clash = year.holidays.intersection(year.makeUpDays).min() {
            throw NiangjiaError(
                .configuration, zh: "\(clash) 同时是假日和上班日", en: "\(clash) is both a holiday and a make-up day",
                place: "/make_up")
        }
        if !file["spring_festival"].isNull {
            guard let date = file["spring_festival"].date, date.parts.year == Int(number) else {
                throw NiangjiaError(
                    .configuration, zh: "春节日期应写作 \(number)-02-17 的形式", en: "write the date as \(number)-02-17",
                    place: "/spring_festival")
            }
            springFestivals[Int(number)] = date
        }
        years[Int(number)] = year
    }

    private static func days(_ value: Value, of year: Int, at place: String) throws(NiangjiaError) -> Set<CivilDate> {
        guard !value.isNull else { return [] }
        guard let items = value.list else {
            throw NiangjiaError(.configuration, zh: "应为日期列表", en: "a list of dates is expected", place: place)
        }
        var found: Set<CivilDate> = []
        for (index, item) in items.enumerated() {
            let ends: (CivilDate?, CivilDate?)
            if item.map != nil {
                ends = (item["from"].date, (item["to"].isNull ? item["from"] : item["to"]).date)
            } else {
                let text = item.text ?? ""
                let first = CivilDate(text.prefix(10))
                ends = (
                    first,
                    text.count == 22 && text.dropFirst(10).hasPrefix("..")
                        ? CivilDate(text.suffix(10)) : text.count == 10 ? first : nil
                )
            }
            guard let from = ends.0, let to = ends.1, from <= to, to - from < 60, from.parts.year == year,
                to.parts.year == year
            else {
                throw NiangjiaError(
                    .configuration, zh: "不是 \(year) 年的日期或区间(如 \(year)-10-01..\(year)-10-07)",
                    en: "not a date or range of \(year) (like \(year)-10-01..\(year)-10-07)", place: "\(place)/\(index)"
                )
            }
            for day in from.days...to.days { found.insert(CivilDate(days: day)) }
        }
        return found
    }
}
