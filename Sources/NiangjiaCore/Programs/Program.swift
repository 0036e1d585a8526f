/// A program as a city runs it: one plugin, its season, money and settings (`config/programs/<program>.yaml`).
public struct Program: Hashable, Sendable {
    /// Whether applications come in, and whether what has come in goes on.
    public enum Status: String, Hashable, Sendable, CaseIterable {
        /// Applications come in, and runs may be made.
        case open
        /// Neither new applications nor runs; what is open goes on (停止受理).
        case closedToNew = "closed_to_new"
        /// The same, and what is open is held back (暂停).
        case suspended
        /// No applications, runs or actions; what is open goes on (结束).
        case ended
    }

    /// Its id, the file's name; unique in the city.
    public var id: String
    /// The plugin's id.
    public var plugin: String
    /// The number of the paper that allows it.
    public var policy: String
    /// What may be done by it now.
    public var status: Status
    /// The union code of the organisation that runs it.
    public var organization: String
    /// Caps and intervals count over a series, never over one file.
    public var series: String
    /// When it happens, both days included: cases belong to it by their date (`dated_by`).
    public var season: DateRange
    /// What the program itself says; forms may override any of it.
    public var base: FormRules
    /// Form → its own rules, already merged over ``base``.
    public var forms: [String: FormRules]

    public init(id: String, plugin: String, organization: String, series: String, season: DateRange) {
        self.id = id
        self.plugin = plugin
        policy = ""
        status = .open
        self.organization = organization
        self.series = series
        self.season = season
        base = FormRules(season: season)
        forms = [:]
    }

    /// The rules for a form.
    public func rules(for form: String) -> FormRules { forms[form] ?? base }
}

/// Everything that a form of a program may say for itself.
public struct FormRules: Hashable, Sendable {
    /// When it happens (by `dated_by`).
    public var season: DateRange
    /// When one may ask; the season where the file says nothing.
    public var apply: InstantRange
    /// The fund lines that pay, in this order or by share; empty where the form moves no money.
    public var funding: [Funding]
    /// What happens when the money does not suffice.
    public var short: Shortage
    /// Who comes first under shortage; `submitted` or `drawn` comes last.
    public var order: [PlacesRule.Order]
    /// What standing decisions may come to at most, however much money there is; nil: no such bound.
    public var ceiling: Ceiling?
    /// The public value that a draw waits for, named beforehand.
    public var draw: DrawRules?
    /// Bounds of payment.
    public var pay: PayRules
    /// The union code of the supplier to whom goods are owed (`gives.to: supplier`); nil: goods come from stock.
    public var supplier: String?
    /// The levels of review, in order.
    public var review: [ReviewLevel]
    /// Working days of public notice; nil: none.
    public var publicNoticeWorkingDays: Int?
    /// Reason code → the level that may waive it.
    public var waive: [String: String]
    /// The plugin's settings by name, as their types have them: money in fen, rates in basis points.
    public var settings: [String: Value]
    /// Union code → settings of its own.
    public var byOrganization: [String: [String: Value]]
    /// Settings from a date on.
    public var changes: [SettingsChange]
    /// `06:00`, Shanghai time: once a day in the season the host decides for everybody in the population who qualifies and never
    /// applied (免申即享); nil: only whoever asks, or a run that somebody starts.
    public var automatic: String?

    public init(season: DateRange) {
        self.season = season
        apply = InstantRange(season)
        funding = []
        short = .waitlist
        order = [.submitted]
        ceiling = nil
        draw = nil
        pay = PayRules()
        supplier = nil
        review = []
        publicNoticeWorkingDays = nil
        waive = [:]
        settings = [:]
        byOrganization = [:]
        changes = []
    }

    /// The settings in force for a date and a union (by_organization beats changes). `path` is the union's codes from the
    /// root down; the nearest one that the file names wins.
    public func settings(on date: CivilDate, organizationPath path: [String]) -> [String: Value] {
        var found = settings
        for change in changes where change.from <= date { found.merge(change.settings) { _, new in new } }
        for code in path {
            if let own = byOrganization[code] { found.merge(own) { _, new in new } }
        }
        return found
    }

    /// The same as if it had held so many years before: the season and the window to apply, with the settings of a day.
    func moved(back years: Int, settingsOn today: CivilDate) -> FormRules {
        func day(_ date: CivilDate) -> CivilDate { date.adding(months: -12 * years) }
        func moment(_ instant: Instant) -> Instant {
            Instant(day(instant.date)) + (instant - Instant(instant.date))
        }
        var moved = self
        moved.season = DateRange(from: day(season.from), to: day(season.to))
        moved.apply = InstantRange(from: moment(apply.from), to: moment(apply.to))
        moved.settings = settings(on: today, organizationPath: [])
        moved.changes = []
        return moved
    }
}

/// An interval of instants, the end excluded.
public struct InstantRange: Hashable, Sendable {
    /// The first instant that belongs to it.
    public var from: Instant
    /// The first instant that doesn't any more.
    public var to: Instant
    public init(from: Instant, to: Instant) {
        self.from = from
        self.to = to
    }
    /// Whole days, both included.
    public init(_ range: DateRange) {
        from = Instant(range.from)
        to = Instant(range.to + 1)
    }
    /// Whether an instant lies in it: ``from`` does, ``to`` doesn't.
    public func contains(_ instant: Instant) -> Bool { from <= instant && instant < to }
}

/// A fund line and, where lines share, its share.
public struct Funding: Hashable, Sendable {
    /// The line's id in `config/funds.yaml`.
    public var line: String
    /// Its share in basis points, the last line taking the rest; nil: lines are used up in order.
    public var share: Rate?
    public init(line: String, share: Rate? = nil) {
        self.line = line
        self.share = share
    }
}

/// What happens when the money does not suffice.
public enum Shortage: String, Hashable, Sendable, CaseIterable { case partial, waitlist, refuse, queue, prorate }

/// What an approval covers at most; what lies beyond is listed, not applied.
public struct Ceiling: Hashable, Sendable {
    /// The most grants (人次): who is served twice counts twice.
    public var persons: Int64?
    /// The most money in all.
    public var amount: Money?
    /// The form whose decisions it bounds, where the form says it for itself; nil: all of the program's.
    public var form: String?
    public init(persons: Int64? = nil, amount: Money? = nil, form: String? = nil) {
        self.persons = persons
        self.amount = amount
        self.form = form
    }
}

/// What a draw rests on beside the chain: a value that nobody here can make, named while entries are open.
public struct DrawRules: Hashable, Sendable {
    /// Where the value is published (`中国福利彩票双色球第2026080期红球号码,从小到大`).
    public var source: String
    /// Names the value.
    public init(source: String) { self.source = source }
}

/// Bounds of payment.
public struct PayRules: Hashable, Sendable {
    /// Required where money moves: a slip of the keyboard stops here.
    public var eachMax: Money?
    /// Nothing is put into a batch before this day.
    public var from: CivilDate?
    /// The last day on which a payee's account that was wrong may be put right and confirmed.
    public var correctUntil: CivilDate?
    public init() {}
}

/// A level of review; with `over`, only for amounts above.
public struct ReviewLevel: Hashable, Sendable {
    /// basic, county, city, province, or another level of organisations.
    public var level: String
    /// The level is asked where the case comes to more than this, in fen; nil: always.
    public var over: Money?
    public init(_ level: String, over: Money? = nil) {
        self.level = level
        self.over = over
    }
}

/// Settings that hold from a date on.
public struct SettingsChange: Hashable, Sendable {
    /// The first date of a case for which they hold.
    public var from: CivilDate
    /// What is set anew by name; what isn't named stays as it was.
    public var settings: [String: Value]
    public init(from: CivilDate, settings: [String: Value]) {
        self.from = from
        self.settings = settings
    }
}
