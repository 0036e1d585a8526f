/// A civil date in Asia/Shanghai (proleptic Gregorian), held as days since 1970-01-01.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01; 1970-01-01 itself is 0.
    public var days: Int32

    public init(days: Int32) { self.days = days }

    /// The date of a year, a month (1…12) and a day of the month; nil when there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.length(ofMonth: month, in: year)
        else { return nil }
        // Howard Hinnant's days_from_civil: years begin in March, so that the leap day is the last of its year.
        let y = month <= 2 ? year - 1 : year
        let era = y / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        days = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Reads `YYYY-MM-DD` (ISO 8601 extended); nil when it is not that or there is no such day.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == 0x2D, bytes[7] == 0x2D else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        self = date
    }

    /// The first day of its month.
    public var firstOfMonth: CivilDate { self + (1 - parts.day) }

    /// The number of days of a month.
    public static func length(ofMonth month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Year, month (1…12) and day of the month.
    public var parts: (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Whether a day is before another.
    public static func < (a: CivilDate, b: CivilDate) -> Bool { a.days < b.days }
    /// The date `days` days later (earlier when negative).
    public static func + (a: CivilDate, days: Int) -> CivilDate { CivilDate(days: a.days + Int32(days)) }
    /// The day so many days before.
    public static func - (a: CivilDate, days: Int) -> CivilDate { CivilDate(days: a.days - Int32(days)) }
    /// Days from `b` to `a`.
    public static func - (a: CivilDate, b: CivilDate) -> Int { Int(a.days) - Int(b.days) }

    /// The same day `months` months later; where the month is shorter, its last day (2024-01-31 + 1 = 2024-02-29).
    public func adding(months: Int) -> CivilDate {
        let (year, month, day) = parts
        let total = year * 12 + (month - 1) + months
        let newYear = total >= 0 ? total / 12 : (total - 11) / 12
        let newMonth = total - newYear * 12 + 1
        let newDay = min(day, CivilDate.length(ofMonth: newMonth, in: newYear))
        return CivilDate(year: newYear, month: newMonth, day: newDay) ?? self
    }

    /// ISO weekday: 1 is Monday, 7 is Sunday.
    public var weekday: Int { ((Int(days) + 3) % 7 + 7) % 7 + 1 }

    /// `2026-07-01`.
    public var description: String {
        let (year, month, day) = parts
        func padded(_ n: Int, _ width: Int) -> String {
            let text = String(n)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
public struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since the Unix epoch.
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// China Standard Time is UTC+8 all year; 1986–1991's summer time is not asked of this system.
    static let shanghaiOffset: Int64 = 8 * 3_600_000
    static let dayLength: Int64 = 86_400_000

    /// Midnight (00:00 in Asia/Shanghai) at the start of a day, plus an offset in minutes.
    public init(_ date: CivilDate, minutes: Int = 0) {
        milliseconds = Int64(date.days) * Instant.dayLength - Instant.shanghaiOffset + Int64(minutes) * 60_000
    }

    /// The civil date in Asia/Shanghai.
    public var date: CivilDate {
        let local = milliseconds + Instant.shanghaiOffset
        let day = local >= 0 ? local / Instant.dayLength : (local - Instant.dayLength + 1) / Instant.dayLength
        return CivilDate(days: Int32(day))
    }

    /// Minutes since local midnight, 0…1439.
    public var minuteOfDay: Int {
        let local = milliseconds + Instant.shanghaiOffset
        let inDay = local - Int64(date.days) * Instant.dayLength
        return Int(inDay / 60_000)
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS+08:00` (also with `.mmm`, or without seconds; a space may stand for `T`; the offset may
    /// be left out). Any other offset than +08:00 is nil: instants of this system are written in Shanghai's.
    public init?(_ text: some StringProtocol) {
        var body = String(text)
        if body.hasSuffix("+08:00") { body.removeLast(6) }
        guard body.utf8.count >= 16, let date = CivilDate(body.prefix(10)) else { return nil }
        let separator = body.dropFirst(10).first
        guard separator == "T" || separator == " " else { return nil }
        let clock = body.dropFirst(11)
        let pieces = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(pieces.count), pieces[0].count == 2, pieces[1].count == 2,
            let hour = Int(pieces[0]), let minute = Int(pieces[1]), (0...24).contains(hour), (0...59).contains(minute)
        else { return nil }
        var millis = 0
        if pieces.count == 3 {
            let seconds = pieces[2].split(separator: ".", omittingEmptySubsequences: false)
            guard seconds[0].count == 2, let whole = Int(seconds[0]), (0...59).contains(whole) else { return nil }
            millis = whole * 1000
            if seconds.count == 2 {
                guard seconds[1].count == 3, let fraction = Int(seconds[1]), fraction >= 0 else { return nil }
                millis += fraction
            } else if seconds.count > 2 {
                return nil
            }
        }
        guard hour < 24 || (minute == 0 && millis == 0) else { return nil }
        milliseconds = Instant(date, minutes: hour * 60 + minute).milliseconds + Int64(millis)
    }

    /// Whether a moment is before another.
    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
    /// The moment so many milliseconds later.
    public static func + (a: Instant, milliseconds: Int64) -> Instant {
        Instant(milliseconds: a.milliseconds + milliseconds)
    }
    /// The milliseconds from `b` to `a`.
    public static func - (a: Instant, b: Instant) -> Int64 { a.milliseconds - b.milliseconds }

    /// `2026-07-15T08:30:00.000+08:00`: always the same width, so that texts compare as instants do.
    public var description: String {
        let local = milliseconds + Instant.shanghaiOffset
        let inDay = Int(local - Int64(date.days) * Instant.dayLength)
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        let millis = inDay % 1000
        let fraction = millis < 10 ? "00\(millis)" : millis < 100 ? "0\(millis)" : "\(millis)"
        return
            "\(date)T\(two(inDay / 3_600_000)):\(two(inDay / 60_000 % 60)):\(two(inDay / 1000 % 60)).\(fraction)+08:00"
    }
}

/// An interval of civil dates, both ends included, as rules are written (`1月21日至1月27日`).
public struct DateRange: Hashable, Sendable, CustomStringConvertible {
    /// The first day.
    public var from: CivilDate
    /// The last day, which is in it.
    public var to: CivilDate

    public init(from: CivilDate, to: CivilDate) {
        self.from = from
        self.to = to
    }

    /// Whether a date lies in the interval, ends included.
    public func contains(_ date: CivilDate) -> Bool { from <= date && date <= to }

    /// `2026-07-01..2026-08-31`.
    public var description: String { "\(from)..\(to)" }
}
