/// Figures that the host can't know and that sentences need: typed for one report (`--input`) or entered with their source.
public enum ReportInputs {
    /// What a figure has to be.
    public enum Kind: Sendable {
        /// A whole number from 0.
        case count
        /// A calendar year.
        case year
        /// A day, or a year for its first day.
        case start
        /// An amount with 元.
        case money
        /// Words.
        case words

        /// What is expected, with an example.
        public var expected: LocalText {
            switch self {
            case .count: LocalText(zh: "应为不小于零的整数,如 40", en: "a whole number from 0 is expected, like 40")
            case .year: LocalText(zh: "应为年份,如 2025", en: "a year is expected, like 2025")
            case .start: LocalText(zh: "应为日期或年份,如 2021-01-01", en: "a day or a year is expected, like 2021-01-01")
            case .money: LocalText(zh: "应为金额,如 300000元", en: "an amount is expected, like 300000元")
            case .words: LocalText(zh: "应为文字,如 六有", en: "words are expected")
            }
        }

        fileprivate func takes(_ quantity: Quantity) -> Bool {
            switch (self, quantity) {
            case (.count, .count(0...)), (.year, .count(1949...2100)), (.start, .count(1949...2100)), (.start, .date):
                true
            case (.money, .money(let money)): money >= .zero
            case (.words, .text), (.words, .count): true
            default: false
            }
        }
    }

    /// A figure by name.
    public struct Known: Sendable {
        /// As it is typed.
        public var name: String
        /// What it is.
        public var title: LocalText
        /// What it has to be.
        public var kind: Kind
    }

    /// All there are.
    public static let known: [Known] = [
        Known(
            name: "member_total", title: LocalText(zh: "基准年法定会员总数", en: "statutory members of the base year"),
            kind: .count),
        Known(name: "base_year", title: LocalText(zh: "基准年", en: "the base year"), kind: .year),
        Known(
            name: "station_target", title: LocalText(zh: "站点年度任务", en: "stations to be built in the year"), kind: .count
        ),
        Known(name: "since", title: LocalText(zh: "累计的起始日期", en: "from when totals count"), kind: .start),
        Known(name: "standard", title: LocalText(zh: "站点标准的名称", en: "the standard's name"), kind: .words),
        Known(name: "observers", title: LocalText(zh: "观察员人数", en: "observers"), kind: .count),
        Known(name: "years", title: LocalText(zh: "暖心留工连续年数", en: "years in a row of stay-on subsidies"), kind: .count),
        Known(
            name: "backstop", title: LocalText(zh: "财政每年安排的兜底资金", en: "the yearly backstop of public funds"),
            kind: .money),
    ]

    /// Reads figures as people give them: `station_target=40`, `backstop=300000元`, `since=2021-01-01`, `standard=六有`.
    ///
    /// Throws `invalid`, naming the place, for a name that no sentence asks for, a value that it can't be, a name twice.
    public static func read(_ typed: [String]) throws -> [String: Quantity] {
        var found: [String: Quantity] = [:]
        for (n, text) in typed.enumerated() {
            let place = "/inputs/\(n)"
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0.drop { $0.isWhitespace })
            }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw NiangjiaError(
                    .invalid, zh: "“\(text)”应写作 名称=数值,如 station_target=40。",
                    en: "Write name=value, like station_target=40, not “\(text)”.", place: place)
            }
            let quantity = Quantity(typed: parts[1])
            try check(parts[0], quantity, typed: parts[1], place: place)
            guard found.updateValue(quantity, forKey: parts[0]) == nil else {
                throw NiangjiaError(
                    .invalid, zh: "\(parts[0]) 写了两次。", en: "\(parts[0]) is given twice.", place: place)
            }
        }
        return found
    }

    /// Throws `invalid` for what no report can use.
    static func check(_ name: String, _ quantity: Quantity, typed: String, place: String) throws {
        guard let input = known.first(where: { $0.name == name }) else {
            let names = known.map(\.name).joined(separator: ", ")
            let isMetric = ToldMetrics.parts[name] != nil
            throw NiangjiaError(
                .invalid,
                zh: isMetric
                    ? "\(name) 是填报数,须写明依据:niangjia report import。" : "没有 \(name) 这一项;可用的有 \(names)。",
                en: isMetric
                    ? "\(name) is entered with its source: niangjia report import."
                    : "Nothing is called \(name); there are \(names).", place: place)
        }
        guard input.kind.takes(quantity) else {
            throw NiangjiaError(
                .invalid, zh: "\(name)(\(input.title.zh)):“\(typed)”\(input.kind.expected.zh)。",
                en: "\(name) (\(input.title.en)): “\(typed)” can't be; \(input.kind.expected.en).", place: place)
        }
    }
}
