/// When a station is open: weekday rules, season rules and single dates.
///
/// A date beats a season, a season beats weekdays; among equals the later rule in the list wins. Ends are exclusive;
/// `22:00-06:00` goes on past midnight and belongs to the day it begins on.
public struct OpeningHours: Hashable, Sendable {
    /// An opening within a day, in minutes after midnight; `end` exceeds 1,440 when it goes on past midnight.
    public struct Span: Hashable, Sendable {
        /// 0…1439.
        public var start: Int
        /// The first minute after it.
        public var end: Int
    }

    /// Which days a rule speaks about.
    public enum When: Hashable, Sendable {
        /// ISO weekdays, 1 is Monday.
        case weekdays(Set<Int>)
        /// Month and day as month × 100 + day, ends included; may run over the new year. With weekdays inside it.
        case season(from: Int, to: Int, weekdays: Set<Int>)
        case dates(DateRange)

        var rank: Int {
            switch self {
            case .weekdays: 0
            case .season: 1
            case .dates: 2
            }
        }
    }

    /// One line of the timetable.
    public struct Rule: Hashable, Sendable {
        /// The days it speaks about.
        public var when: When
        /// Empty: closed.
        public var open: [Span]
        /// `unattended` or another word of the city's; nil is attended.
        public var mode: String?
        /// How one gets in unattended: qr, idcard …
        public var entry: [String]
        /// Why it is closed, for people.
        public var reason: String?
    }

    /// In the order in which they were written.
    public var rules: [Rule]

    public init(rules: [Rule]) { self.rules = rules }

    /// The rule that holds on a date; nil when none speaks about it (then it is closed).
    public func rule(on date: CivilDate) -> Rule? {
        var best: Rule?
        for rule in rules where OpeningHours.covers(rule.when, date) && rule.when.rank >= best?.when.rank ?? 0 {
            best = rule
        }
        return best
    }

    /// Whether it is open at an instant.
    public func isOpen(at instant: Instant) -> Bool {
        let minute = instant.minuteOfDay
        let today = rule(on: instant.date)?.open ?? []
        if today.contains(where: { $0.start <= minute && minute < $0.end }) { return true }
        let yesterday = rule(on: instant.date - 1)?.open ?? []
        return yesterday.contains { $0.start <= minute + 1440 && minute + 1440 < $0.end }
    }

    private static func covers(_ when: When, _ date: CivilDate) -> Bool {
        switch when {
        case .weekdays(let days): return days.contains(date.weekday)
        case .dates(let range): return range.contains(date)
        case .season(let from, let to, let days):
            let (_, month, day) = date.parts
            let here = month * 100 + day
            let inside = from <= to ? from <= here && here <= to : here >= from || here <= to
            return inside && days.contains(date.weekday)
        }
    }
}

extension OpeningHours {
    /// Reads the list under `hours`; see domain rules: `{days: mon-fri, open: ["08:30-11:00"]}`, `{season: "06-01..09-30",
    /// days: all, open: […]}`, `{date: "2027-02-08", open: [], reason: 春节}`. The error's place is a JSON pointer.
    public init(_ value: Value) throws(NiangjiaError) {
        guard let items = value.list else {
            throw OpeningHours.wrong("", "开放时间应为列表", "opening hours are a list of rules")
        }
        rules = []
        for (index, item) in items.enumerated() { rules.append(try OpeningHours.rule(item, at: "/\(index)")) }
    }

    private static func wrong(_ place: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: zh, en: en, place: place)
    }

    private static func rule(_ item: Value, at place: String) throws(NiangjiaError) -> Rule {
        guard let members = item.map else { throw wrong(place, "每条规则应为键值", "each rule is a map") }
        let known: Set<String> = ["days", "season", "date", "open", "mode", "entry", "reason"]
        if let stranger = members.keys.filter({ !known.contains($0) }).min() {
            throw wrong("\(place)/\(stranger)", "不认识的键 \(stranger)", "unknown key \(stranger)")
        }
        let weekdays = try self.weekdays(item["days"], at: "\(place)/days")
        let when: When
        if !item["date"].isNull {
            when = .dates(try dates(item["date"].text ?? "", at: "\(place)/date"))
        } else if !item["season"].isNull {
            let (from, to) = try season(item["season"].text ?? "", at: "\(place)/season")
            when = .season(from: from, to: to, weekdays: weekdays ?? Set(1...7))
        } else if let weekdays {
            when = .weekdays(weekdays)
        } else {
            throw wrong(place, "规则须写明 days、season 或 date", "a rule needs days, season or date")
        }
        guard let spans = item["open"].list else {
            throw wrong("\(place)/open", "缺少 open 列表(不开放写 [])", "the list open is missing (write [] for closed)")
        }
        var open: [Span] = []
        for (index, span) in spans.enumerated() {
            open.append(try self.span(span.text ?? "", at: "\(place)/open/\(index)"))
        }
        let entry = (item["entry"].list ?? []).compactMap(\.text)
        return Rule(when: when, open: open, mode: item["mode"].text, entry: entry, reason: item["reason"].text)
    }

    private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    private static func weekdays(_ value: Value, at place: String) throws(NiangjiaError) -> Set<Int>? {
        if value.isNull { return nil }
        let words =
            value.list?.compactMap(\.text) ?? value.text?.split(separator: ",").map { TextFolding.halfWidth($0) } ?? []
        var found: Set<Int> = []
        for word in words {
            if word == "all" {
                found.formUnion(1...7)
                continue
            }
            let ends = word.lowercased().split(separator: "-").map { names.firstIndex(of: String($0)) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 else {
                throw wrong(
                    place, "“\(word)”不是星期(如 mon-fri、sat、all)", "“\(word)” is no weekday (like mon-fri, sat, all)")
            }
            var day = first
            found.insert(day + 1)
            while day != last {
                day = (day + 1) % 7
                found.insert(day + 1)
            }
        }
        guard !found.isEmpty else { throw wrong(place, "缺少星期", "weekdays are missing") }
        return found
    }

    private static func dates(_ text: String, at place: String) throws(NiangjiaError) -> DateRange {
        let from = CivilDate(text.prefix(10))
        let to =
            text.count == 22 && text.dropFirst(10).hasPrefix("..")
            ? CivilDate(text.suffix(10)) : text.count == 10 ? from : nil
        guard let from, let to, from <= to else {
            throw wrong(
                place, "日期应写作 2027-02-08 或 2027-02-06..2027-02-12", "write 2027-02-08 or 2027-02-06..2027-02-12")
        }
        return DateRange(from: from, to: to)
    }

    private static func season(_ text: String, at place: String) throws(NiangjiaError) -> (Int, Int) {
        // 2000 is a leap year: 02-29 may begin or end a season.
        let ends = text.count == 12 ? [CivilDate("2000-" + text.prefix(5)), CivilDate("2000-" + text.suffix(5))] : []
        guard ends.count == 2, text.dropFirst(5).hasPrefix(".."), let from = ends[0]?.parts, let to = ends[1]?.parts
        else {
            throw wrong(place, "季节应写作 06-01..09-30", "write a season as 06-01..09-30")
        }
        return (from.month * 100 + from.day, to.month * 100 + to.day)
    }

    private static func span(_ text: String, at place: String) throws(NiangjiaError) -> Span {
        let plain = TextFolding.halfWidth(text).map { "–—~至".contains($0) ? "-" : $0 }
        let ends = String(plain).split(separator: "-", omittingEmptySubsequences: false).map { minutes($0) }
        guard ends.count == 2, let start = ends[0], let end = ends[1], start < 1440, start != end else {
            throw wrong(place, "“\(text)”不是时段,请写 08:30-11:00", "“\(text)” is no time span; write 08:30-11:00")
        }
        return Span(start: start, end: end > start ? end : end + 1440)
    }

    private static func minutes(_ text: some StringProtocol) -> Int? {
        let pieces = TextFolding.trimmed(String(text)).split(separator: ":", omittingEmptySubsequences: false)
        guard pieces.count == 2, (1...2).contains(pieces[0].count), pieces[1].count == 2, let hour = Int(pieces[0]),
            let minute = Int(pieces[1]), (0...24).contains(hour), (0...59).contains(minute), hour < 24 || minute == 0
        else { return nil }
        return hour * 60 + minute
    }
}
