import NiangjiaCore

/// `config/calendar/<year>.yaml`: the State Council's notice for a year.
enum CalendarFile {
    static let shape = Shape.object(
        Key("year", "年", "Year", .scalar(.integer(2000...2100)), required: true),
        Key("source", "依据", "Source", .scalar(.text(max: 200)), doc: ("通知文号", "The notice")),
        Key(
            "holidays", "放假", "Holidays",
            .list(
                .object(
                    Key("name", "名称", "Name", .scalar(.text(max: 40)), required: true),
                    Key("from", "起", "From", .scalar(.date), required: true),
                    Key("to", "止", "To", .scalar(.date), required: true)), count: 1...30), required: true,
            doc: (
                "首尾两天都放假", "Both days included"
            )),
        Key(
            "make_up_days", "调休上班", "Make-up days", .list(.scalar(.date), count: 0...30),
            doc: (
                "上班的周六、周日", "Weekend days that are worked"
            )),
        gone: ["spring_festival"])

    /// Adds a year to a calendar.
    static func parse(_ bytes: [UInt8], into calendar: inout WorkCalendar, _ problems: Problems) {
        guard let root = ConfigFile.checked(bytes, shape, problems),
            let year = Reading.integer(root["year"]).map({ Int($0) })
        else { return }
        let name = problems.file.split(separator: "/").last.map { String($0).replacing(".yaml", with: "") }
        if name != String(year) {
            problems.error(root["year"], "year", zh: "年(year)与文件名不同", en: "year differs from the file's name")
        }
        calendar.years.insert(year)
        var off: Set<CivilDate> = []
        for (index, item) in (root["holidays"]?.items ?? []).enumerated() {
            guard let range = Reading.range(item) else { continue }
            let at = "holidays[\(index)]"
            guard range.from <= range.to, range.to - range.from < 31 else {
                problems.error(
                    item["from"], at, zh: "起(from)晚于止(to),或超过 31 天", en: "from lies after to, or more than 31 days")
                continue
            }
            guard range.from.parts.year == year || range.to.parts.year == year else {
                problems.error(item["from"], at, zh: "不在 \(year) 年", en: "not in \(year)")
                continue
            }
            for offset in 0...(range.to - range.from) { off.insert(range.from + offset) }
        }
        calendar.holidays.formUnion(off.filter { $0.weekday < 6 })
        for (index, item) in (root["make_up_days"]?.items ?? []).enumerated() {
            guard let date = Reading.date(item) else { continue }
            let at = "make_up_days[\(index)]"
            if date.weekday < 6 {
                problems.error(item, at, zh: "\(date) 不是周六或周日,不用写调休", en: "\(date) is no weekend day")
            } else if off.contains(date) {
                problems.error(item, at, zh: "\(date) 又放假又上班", en: "\(date) is both a holiday and a make-up day")
            } else if date.parts.year != year {
                problems.error(item, at, zh: "不在 \(year) 年", en: "not in \(year)")
            } else {
                calendar.makeUpDays.insert(date)
            }
        }
    }
}
