import NiangjiaCore

extension Arguments {
    /// An amount in yuan.
    func money(_ name: String) throws -> Money {
        guard let money = Money(yuan: try text(name)) else {
            throw NiangjiaError(.invalid, zh: "\(name) 须写作 50.00。", en: "Write \(name) like 50.00.", place: "/\(name)")
        }
        return money
    }

    /// A day that must be named.
    func day(_ name: String) throws -> CivilDate {
        guard let day = try date(name) else {
            throw NiangjiaError(.invalid, zh: "缺少 \(name)(日期)。", en: "\(name), a day, is missing.", place: "/\(name)")
        }
        return day
    }

    /// From the first to the last day.
    func period() throws -> DateRange {
        let period = DateRange(from: try day("from"), to: try day("to"))
        guard period.from <= period.to else {
            throw NiangjiaError(.invalid, zh: "起止日期颠倒。", en: "The period ends before it begins.", place: "/to")
        }
        return period
    }
}
