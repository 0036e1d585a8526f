/// A figure of the year report: what it counts, in which unit, and how it is computed from the registers, the journal and the
/// ledger.
public struct Metric: Sendable {
    /// `M01` … `M54`; stable, sentences refer to it.
    public var id: String
    /// What people read beside the figure.
    public var title: LocalText
    /// The counting unit (人, 人次, 户, 户次, 家, 场, 万元 …): a report that mixes them is wrong by a factor of several.
    public var unit: String
    /// What exactly is counted, for the reader of the report and the auditor.
    public var definition: LocalText
    /// Computes it; nil where the host keeps nothing to compute it from. A figure that isn't known is never 0.
    public var compute: (@Sendable (any StoreReader, ReportRequest) throws -> MetricValue?)?
    /// Which register, program or entered figures (填报) it is counted from: what a gap asks for.
    public var needs: LocalText

    init(
        _ id: String, _ zh: String, _ en: String, unit: String, definition: (zh: String, en: String),
        needs: (zh: String, en: String),
        _ compute: (@Sendable (any StoreReader, ReportRequest) throws -> MetricValue?)? = nil
    ) {
        self.id = id
        title = LocalText(zh: zh, en: en)
        self.unit = unit
        self.definition = LocalText(zh: definition.zh, en: definition.en)
        self.needs = LocalText(zh: needs.zh, en: needs.en)
        self.compute = compute
    }
}

/// Thrown by a metric that has data and still can't be told: the gap gives this reason.
struct MetricGap: Error {
    var reason: LocalText

    init(zh: String, en: String) { reason = LocalText(zh: zh, en: en) }

    init(reason: LocalText) { self.reason = reason }
}

/// What a metric came to.
public struct MetricValue: Hashable, Sendable {
    /// The figure itself (`{M01}`); nil where only its parts mean something.
    public var main: Quantity?
    /// Its parts by name (`{M20.times}`).
    public var parts: [String: Quantity]
    /// What the reader must know about it: estimated, nothing to divide by, corrections.
    public var notes: [LocalText]
    /// Whether it rests on counters and tallies: a sentence that tells it says 估算.
    public var isEstimate: Bool
    /// Whom it tells of, where it tells of people; empty: of nobody in particular.
    public var people: [FigurePeople]

    public init(
        _ main: Quantity? = nil, parts: [String: Quantity] = [:], notes: [LocalText] = [], isEstimate: Bool = false,
        people: [FigurePeople] = []
    ) {
        self.main = main
        self.parts = parts
        self.notes = notes
        self.isEstimate = isEstimate
        self.people = people
    }
}

/// A number that knows what it is a number of. Never a floating-point value.
public enum Quantity: Hashable, Sendable {
    case count(Int64)
    case money(Money)
    /// Two counts or two amounts whose quotient is meant; rates above 100 % are normal.
    case ratio(Int64, of: Int64)
    /// A sum over how many, told as a number and not as a rate: 3.3 days.
    case average(Int64, of: Int64)
    case date(CivilDate)
    case text(String)

    /// What somebody typed: a whole number, an amount with 元 after it, a date, or words.
    init(typed: String) {
        if let count = Int64(typed) {
            self = .count(count)
        } else if typed.hasSuffix("元"), let money = Money(yuan: typed) {
            self = .money(money)
        } else {
            self = CivilDate(typed).map { .date($0) } ?? .text(typed)
        }
    }
}

/// For which time a report is made, and what must be told to the host because it can't know it.
public struct ReportRequest: Sendable {
    /// Both days included; figures "as of" (截至) are of the last one.
    public var period: DateRange
    /// Figures from outside by name (``ReportInputs/known``).
    public var inputs: [String: Quantity]
    /// Which programs count as which kind.
    public var programs: ReportPrograms
    /// The working days, for how long things took; nil: that isn't told.
    public var calendar: WorkCalendar?
    /// Figures that plugins define.
    public var own: [OwnMetric] = []
    /// Opens what was handed in with a case, for figures that are told by a field, and where it is asked what its stages were given
    /// under `stages`; nil: those are left out.
    public var fields: (@Sendable (ID<CaseFile>, _ withStages: Bool, any StoreReader) throws -> Value)?
    /// What is kept from whoever asks; nil: they may see everybody in the city.
    public var veil: ReportVeil?

    public init(
        period: DateRange, inputs: [String: Quantity] = [:], programs: ReportPrograms = ReportPrograms(),
        calendar: WorkCalendar? = nil
    ) {
        self.period = period
        self.inputs = inputs
        self.programs = programs
        self.calendar = calendar
    }

    var asOf: CivilDate { period.to }

    /// From when a sentence counts that tells of more years than the period (`since`); nil where none is given.
    var since: CivilDate? {
        switch inputs["since"] {
        case .date(let day): day
        case .count(let year): CivilDate(year: Int(clamping: year), month: 1, day: 1)
        default: nil
        }
    }

    /// The calendar years of a period that is made of full ones; else the period itself.
    var fullYears: [DateRange] {
        let (first, last) = (period.from.parts, period.to.parts)
        guard isOfYears, first.year < last.year else { return [period] }
        return (first.year...last.year).compactMap { year in
            guard let from = CivilDate(year: year, month: 1, day: 1), let to = CivilDate(year: year, month: 12, day: 31)
            else { return nil }
            return DateRange(from: from, to: to)
        }
    }

    /// The instants of the period, the end excluded.
    var instants: (from: SQLValue, to: SQLValue) {
        (.instant(Instant(period.from)), .instant(Instant(period.to + 1)))
    }

    /// An input that is a plain number.
    func number(_ name: String) -> Int64? {
        if case .count(let number) = inputs[name] { number } else { nil }
    }
}

/// Which plugins stand behind a line of the report. A city that runs summer cooling by a plugin of its own names it here.
public struct ReportPrograms: Hashable, Sendable {
    /// 夏送清凉
    public var cooling: [String] = ["summer-cooling"]
    /// 金秋助学
    public var tuition: [String] = ["tuition"]
    /// 职工医疗互助
    public var mutualAid: [String] = ["mutual-aid"]
    /// 困难帮扶: what goes to households with a hardship file.
    public var relief: [String] = ["tuition", "hardship-relief", "warmth"]
    /// 冬送温暖
    public var warmth: [String] = ["warmth"]
    /// 暖心留工
    public var stayOn: [String] = ["stay-on"]
    /// 返乡购票补贴
    public var ticket: [String] = ["ticket"]
    /// 法律援助
    public var legalAid: [String] = ["legal-aid"]
    /// 安全隐患随手拍
    public var hazards: [String] = ["hazard-report"]
    /// 劳动和技能竞赛
    public var competitions: [String] = ["skill-competition"]
    /// 公益培训班
    public var classes: [String] = ["training"]
    /// 站点投入: purposes of the fund lines that stations are built and run from.
    public var stationPurposes: [String] = ["station", "stations"]
    /// 技能提升激励
    public var skillPurposes: [String] = ["skill_upgrade"]
    /// 线上活动投入
    public var onlinePurposes: [String] = ["online_events"]

    public init() {}
}
