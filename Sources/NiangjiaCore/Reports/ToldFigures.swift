/// A figure that another register counts, as it is handed in (填报).
public struct ToldFigure: Hashable, Sendable {
    /// A part of a metric (`M36.cases`) or a named input (`member_total`, `observers`).
    public var name: String
    /// For which days it was counted, both included; a state is of the last one.
    public var period: DateRange
    /// As typed: `1204`, `3.5元`, `2021-01-01`, words.
    public var value: String
    /// The code of the union that reports it; empty: the whole city.
    public var organization: String
    /// The paper that it was taken from (依据).
    public var source: String

    /// A figure as it was handed in.
    public init(name: String, period: DateRange, value: String, organization: String = "", source: String) {
        self.name = name
        self.period = period
        self.value = value
        self.organization = organization
        self.source = source
    }
}

/// How the figures of several unions and periods come together.
enum Telling: Sendable {
    /// Times, cases, amounts: they add up.
    case sum
    /// A state as of a day: each union's last one in the period, added up.
    case state
    /// Distinct persons or companies: a second figure can't be added, for nobody knows who stands in both.
    case distinct
}

/// Entering figures from outside, and reading them for a report. They never stand in for what the host counts itself.
public enum ToldFigures {
    /// What entering a list did.
    public struct Entered: Hashable, Sendable {
        /// Not known before.
        public var new = 0
        /// Known with another value or source.
        public var changed = 0
        /// Known just so.
        public var unchanged = 0
    }

    /// Enters figures; the same again changes nothing, another value replaces the former. Throws `invalid` for a name that no
    /// metric has, or a value that is no number where one is needed.
    public static func enter(
        _ figures: [ToldFigure], _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Entered {
        var entered = Entered()
        for figure in figures {
            try check(figure)
            let known = try writer.first(
                """
                SELECT id, value, source FROM report_figure WHERE name = $1 AND from_on = $2 AND to_on = $3
                AND organization = $4 AND state = 'standing'
                """, key(figure)
            ) { (id: $0.int(0), value: $0.text(1), source: $0.text(2)) }
            if let known {
                if known.value == figure.value, known.source == figure.source {
                    entered.unchanged += 1
                    continue
                }
                try writer.execute("UPDATE report_figure SET state = 'replaced' WHERE id = $1", [.int(known.id)])
                entered.changed += 1
            } else {
                entered.new += 1
            }
            try writer.insert(
                into: "report_figure",
                columns: [
                    "name", "from_on", "to_on", "organization", "id", "value", "source", "entered_by", "entered_at",
                ],
                values: key(figure) + [
                    .id(context.ids.next(ReportFigure.self)), .text(figure.value), .text(figure.source),
                    .text(context.actor), .instant(context.now),
                ])
            try context.record("report.figure", about: figure.name, body: body(figure, was: known?.value), in: writer)
        }
        return entered
    }

    private static func key(_ figure: ToldFigure) -> [SQLValue] {
        [.text(figure.name), .date(figure.period.from), .date(figure.period.to), .text(figure.organization)]
    }

    private static func body(_ figure: ToldFigure, was: String?) -> Value {
        [
            "from": .text(figure.period.from.description), "to": .text(figure.period.to.description),
            "value": .text(figure.value), "was": was.map { .text($0) } ?? .null,
            "organization": .text(figure.organization), "source": .text(figure.source),
        ]
    }

    private static func check(_ figure: ToldFigure) throws {
        guard figure.period.from <= figure.period.to else {
            throw wrong(figure, zh: "起止日期颠倒", en: "the period ends before it begins")
        }
        guard !figure.source.allSatisfy(\.isWhitespace) else {
            throw wrong(figure, zh: "缺少依据(哪份报表)", en: "its source, the paper that it is from, is missing")
        }
        // `M36` and a point begin a part of a metric; anything else is an input under its own name.
        guard figure.name.first == "M", figure.name.dropFirst().first?.isNumber == true else {
            return try ReportInputs.check(
                figure.name, Quantity(typed: figure.value), typed: figure.value, place: figure.name)
        }
        guard let part = ToldMetrics.parts[figure.name] else {
            throw wrong(
                figure, zh: "没有这一项可填报;可填报的有 \(names(near: figure.name))",
                en: "no such figure is entered; there are \(names(near: figure.name))")
        }
        switch (part.isMoney, Quantity(typed: figure.value)) {
        case (false, .count(0...)): return
        case (true, .money(let money)) where money >= .zero: return
        default:
            throw wrong(
                figure, zh: part.isMoney ? "应为金额,如 35000.00元" : "应为不小于零的整数",
                en: part.isMoney ? "an amount like 35000.00元 is expected" : "a whole number from 0 is expected")
        }
    }

    /// Every figure that may be entered, or told by a plugin, by its full name (`M36.cases`).
    public static let names: [String] = ToldMetrics.parts.keys.sorted()

    /// Whether a figure is an amount.
    public static func isMoney(_ name: String) -> Bool { ToldMetrics.parts[name]?.isMoney ?? false }

    private static func names(near name: String) -> String {
        let same = ToldMetrics.parts.keys.filter { $0.prefix(3) == name.prefix(3) }.sorted()
        return (same.isEmpty ? names : same).joined(separator: ", ")
    }

    private static func wrong(_ figure: ToldFigure, zh: String, en: String) -> NiangjiaError {
        NiangjiaError(.invalid, zh: "\(figure.name):\(zh)。", en: "\(figure.name): \(en).")
    }

    // MARK: reading

    private struct Row {
        var period: DateRange
        var value: Quantity
        var organization: String
        var source: String
    }

    private static func rows(
        _ name: String, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> [Row] {
        try reader.all(
            """
            SELECT from_on, to_on, value, organization, source FROM report_figure
            WHERE name = $1 AND from_on >= $2 AND to_on <= $3 AND state = 'standing' ORDER BY organization, from_on
            """, [.text(name), .date(request.period.from), .date(request.asOf)]
        ) { row in
            Row(
                period: DateRange(from: row.date(0), to: row.date(1)), value: Quantity(typed: row.text(2)),
                organization: row.text(3), source: row.text(4))
        }
    }

    /// What was entered under a name for the period: nil where nothing was. Throws ``MetricGap`` where the figures can't be put
    /// together: overlapping periods, or persons who may stand in several of them.
    static func value(
        _ name: String, _ telling: Telling, isMoney: Bool, _ request: ReportRequest, in reader: any StoreReader
    ) throws -> (quantity: Quantity, sources: [String])? {
        var found = try rows(name, request, in: reader)
        guard !found.isEmpty else { return nil }
        if telling == .state {
            found = Dictionary(grouping: found, by: \.organization).values.compactMap { rows in
                rows.max { $0.period.to < $1.period.to }
            }
        }
        if telling == .distinct, found.count > 1 {
            throw MetricGap(
                zh: "\(name) 有 \(found.count) 份填报,人数不能相加,请填报全期合计",
                en: "\(name) was entered \(found.count) times; distinct counts can't be added: enter the whole period's"
            )
        }
        if telling == .sum, let place = overlap(found) {
            throw MetricGap(zh: "\(name) 的填报期间重叠(\(place))", en: "the periods entered for \(name) overlap (\(place))")
        }
        let total = found.reduce(Int64(0)) { sum, row in
            switch row.value {
            case .count(let count): sum + count
            case .money(let money): sum + money.fen
            default: sum
            }
        }
        let sources = Set(found.map(\.source)).sorted()
        return (isMoney ? .money(Money(fen: total)) : .count(total), sources)
    }

    /// A city's figure beside its unions', or two figures of one union over the same days, would count twice.
    private static func overlap(_ rows: [Row]) -> String? {
        for (n, row) in rows.enumerated() {
            for other in rows[(n + 1)...]
            where row.organization == other.organization || row.organization.isEmpty || other.organization.isEmpty {
                if row.period.from <= other.period.to, other.period.from <= row.period.to {
                    return "\(row.period), \(other.period)"
                }
            }
        }
        return nil
    }

    /// Named inputs that were entered for the period: the last of each.
    static func inputs(_ request: ReportRequest, in reader: any StoreReader) throws -> [String: Quantity] {
        var found: [String: Quantity] = [:]
        try reader.forEach(
            """
            SELECT name, value FROM report_figure WHERE from_on >= $1 AND to_on <= $2 AND state = 'standing'
            AND organization = '' ORDER BY to_on
            """, [.date(request.period.from), .date(request.asOf)]
        ) { row in
            let name = row.text(0)
            if ToldMetrics.parts[name] == nil { found[name] = Quantity(typed: row.text(1)) }
            return true
        }
        return found
    }
}
