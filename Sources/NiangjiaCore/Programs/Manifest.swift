/// A plugin's manifest (`plugins/<id>/plugin.yaml`, contract level 1): what it may be asked, what it reads and gives.
public struct Manifest: Hashable, Sendable {
    /// The plugin's id, its folder's name.
    public var id: String
    /// The plugin's version, such as `1.0.0`. A version that was approved never stands for other content.
    public var version: String
    /// The level of the plugin contract, 1.
    public var api: Int
    /// What the plugin is called.
    public var title: LocalText
    /// What a program's file may set, with types.
    public var settings: [Field]
    /// Roles of the plugin's own: code → what people call whoever holds it.
    public var roles: [String: LocalText]
    /// Tables that the plugin owns, by name.
    public var records: [String: RecordDefinition]
    /// What may be asked for, by name.
    public var forms: [String: FormDefinition]
    /// What it may be asked to do beside deciding, by name.
    public var actions: [String: ActionDefinition]
    /// Code → the words of whatever a rule decides other than to grant.
    public var reasons: [String: ReasonDefinition]
    /// Name → a notice that its actions may send; placeholders are those of reasons.
    public var messages: [String: LocalText]
    /// Figures that it adds to the year report, by name.
    public var metrics: [String: MetricDefinition]

    public init(id: String, version: String, api: Int, title: LocalText) {
        self.id = id
        self.version = version
        self.api = api
        self.title = title
        settings = []
        roles = [:]
        records = [:]
        forms = [:]
        actions = [:]
        reasons = [:]
        messages = [:]
        metrics = [:]
    }
}

extension Manifest {
    /// Where a key stands, as errors say it: `plugins/x/plugin.yaml: forms.apply.by`.
    func place(_ path: String) -> String { "plugins/\(id)/plugin.yaml: \(path)" }
}

/// A typed table that the plugin owns.
public struct RecordDefinition: Hashable, Sendable {
    /// The fields that together identify a row, in this order; at least one.
    public var key: [String]
    /// All fields, those of the key among them.
    public var fields: [Field]
    /// The roles that may write it.
    public var by: [String]
    /// Whether rows come from files.
    public var isImported: Bool
    /// Whether rows are written once and never changed.
    public var isOnce: Bool
    /// `qr` as the manifest has it: whether rows were to have a QR code. The host makes none.
    public var hasCode: Bool
    /// Fields that no answer may hold.
    public var secret: [String]
    /// A path to an organisation that the writer must not belong to.
    public var notOwn: String?

    public init(key: [String], fields: [Field], by: [String] = []) {
        self.key = key
        self.fields = fields
        self.by = by
        isImported = false
        isOnce = false
        hasCode = false
        secret = []
        notOwn = nil
    }
}

/// What may be asked for; each form has one assess function.
public struct FormDefinition: Hashable, Sendable {
    /// Its name in the manifest; rules name it `assess.<name>`.
    public var name: String
    /// Who may submit: member, person, anyone, unit, clerk, keeper, scan, batch, action, or a role of the plugin.
    public var by: [String]
    /// Whom a batch goes over; nil: it is decided case by case only.
    public var population: Population?
    /// What is filled in.
    public var fields: [Field]
    /// Whom a decision is about.
    public var subject: SubjectRule
    /// How many lines of a case must pass, else none does; nil: each passes alone.
    public var together: Together?
    /// The date by which a case belongs to a season and finds its settings.
    public var datedBy: DatedBy
    /// Judged only after the season's end (`judge_after: season_end`).
    public var isJudgedAfterSeason: Bool
    /// What its rule is told beside the form.
    public var facts: FactRequest
    /// What may be claimed once, from submission on.
    public var unique: [UniqueRule]
    /// The places that it gives out; nil: it counts none.
    public var places: PlacesRule?
    /// What a grant gives, to whom and when.
    public var gives: Gives
    /// How goods are handed over; nil: nothing is.
    public var delivery: Delivery?
    /// What a rule may store with a decision, for looks to read.
    public var keeps: [Field]
    /// The stages in the order of the file, a case begins in the first; empty: it has none.
    public var stages: [StageDefinition]
    /// The daily second look at what was granted; nil: none.
    public var recheck: Recheck?
    /// Which special care its data need; nil: none. Then whoever sees them needs more rights.
    public var sensitive: Sensitivity?
    /// Who still sees whom a case is about; nil: whoever may see the case.
    public var sealed: SealedRule?

    public init(name: String) {
        self.name = name
        by = []
        population = nil
        fields = []
        subject = .applicant
        together = nil
        datedBy = .submission
        isJudgedAfterSeason = false
        facts = FactRequest()
        unique = []
        places = nil
        gives = Gives()
        delivery = nil
        keeps = []
        stages = []
        recheck = nil
        sensitive = nil
        sealed = nil
    }
}

/// Over whom a batch goes.
public struct Population: Hashable, Sendable {
    /// persons, households, organizations, stations, or a record table.
    public var of: String
    /// Fact name → accepted constants.
    public var filter: [String: [Value]]
    public init(of: String, filter: [String: [Value]] = [:]) {
        self.of = of
        self.filter = filter
    }
}

/// Whom a decision is about.
public enum SubjectRule: Hashable, Sendable {
    case applicant
    /// A reference field; where the path goes through an array, one decision for each element.
    case path(String)
    case nobody
}

/// A share of the lines that must pass, else none does.
public struct Together: Hashable, Sendable {
    /// How many, or which share of what `of` names.
    public var atLeast: Configured<TogetherAmount>
    /// A path to the number that a share is taken of (`unit.member_count`); nil: of the case's lines.
    public var of: String?
    /// `case`, or a path: within each of its values.
    public var per: String
    public init(atLeast: Configured<TogetherAmount>, of: String?, per: String = "case") {
        self.atLeast = atLeast
        self.of = of
        self.per = per
    }
}

/// A number of lines or a share in basis points.
public enum TogetherAmount: Hashable, Sendable {
    case count(Int64)
    case share(Rate)
}

/// The date by which a case belongs to a season and finds its settings.
public enum DatedBy: Hashable, Sendable {
    case submission
    case seasonStart
    case field(String)
    /// A setting that holds a date, or the name of a date field, `submitted_on` or `season_start`.
    case setting(String)
}

/// What assess may read.
public struct FactRequest: Hashable, Sendable {
    /// Facts of the subject by name (``FactCatalogue``).
    public var subject: [String]
    /// Facts of the subject's household by name.
    public var household: [String]
    /// Full names (`household.exited_on`) that may be absent; any other absent fact sends the case back.
    public var maybe: Set<String>
    /// Views of the past; a rule reads them as `facts.look.<name>`.
    public var look: [LookDefinition]
    public init(subject: [String] = [], household: [String] = [], maybe: Set<String> = [], look: [LookDefinition] = [])
    {
        self.subject = subject
        self.household = household
        self.maybe = maybe
        self.look = look
    }
}

/// A declared view of the past: the only one there is.
public struct LookDefinition: Hashable, Sendable {
    /// What is looked at: decisions, cases or visits of somebody, or the plugin's own table of a name.
    public enum Source: Hashable, Sendable {
        case decisions
        case cases
        case visits
        case record(String)
    }
    /// Whose decisions and cases count.
    public enum Scope: Hashable, Sendable {
        /// This series.
        case this
        /// Every series of this plugin.
        case all
    }
    /// How far a look goes, by the case's date: the season; the day, month, quarter, year or school year
    /// (from 1 September) that it lies in; so many days or months that end with it; or everything.
    public enum Window: Hashable, Sendable {
        case season
        case day
        case calendarMonth
        case quarter
        case calendarYear
        case schoolYear
        case days(Int)
        case months(Int)
        case ever
    }

    /// Its name in the manifest.
    public var name: String
    /// What is looked at.
    public var source: Source
    /// Forms, as `form` or `plugin/form`; empty: this form.
    public var of: [String]
    /// Whether decisions of the plugin's other series count as well.
    public var programs: Scope
    /// `subject`, `household`, `case`, or a path.
    public var per: String
    /// Field → path, or a list of constants.
    public var filter: [String: LookFilter]
    /// Of a record: the date field by which a row lies in the window; nil: the day from which it is true.
    public var datedBy: String?
    /// How far it goes; where the file says nothing, the season for decisions and ever for the rest.
    public var within: Window
    /// standing, waitlisted, refused, lapsed, late, delivered.
    public var state: String
    /// A field of which each value counts once, for the earliest that has it; nil: all count.
    public var distinct: String?

    public init(name: String, source: Source) {
        self.name = name
        self.source = source
        of = []
        programs = .this
        per = "subject"
        filter = [:]
        datedBy = nil
        within = source == .decisions ? .season : .ever
        state = "standing"
        distinct = nil
    }
}

/// What a look compares a field with.
public enum LookFilter: Hashable, Sendable {
    case path(String)
    case constants([Value])
}

/// A combination that may exist once, held from submission.
public struct UniqueRule: Hashable, Sendable {
    /// Forms, as `form` or `plugin/form`; empty: this form.
    public var of: [String]
    /// `subject`, `household`, or a path.
    public var per: String
    /// A path whose value, beside that of ``per``, makes it the same; nil: ``per`` alone does.
    public var with: String?
    /// A time of which each night may be claimed once, in the place of `with`: two that overlap are two of the same.
    public var nights: Nights?
    /// The time in which there may be one. Of a form days and months mean ever: a claim has no end that moves.
    public var within: LookDefinition.Window
    /// A path to the date that the window is taken by; nil: the case's date.
    public var datedBy: String?
    /// The code under which a second one is refused.
    public var reason: String
    /// Whether a second one is shown to reviewers as suspicious.
    public var isFlagged: Bool

    /// A time by the paths of its first and last day. Who leaves on a day and comes back on it was away for no night, and whoever
    /// comes and leaves on one day is taken to have stayed for one.
    public struct Nights: Hashable, Sendable {
        /// The path of the first day.
        public var from: String
        /// The path of the last day.
        public var to: String
        /// Nights that are claimed of one time, three years: those after it are anybody's.
        public static let most = 1_096

        /// By its paths.
        public init(from: String, to: String) {
            self.from = from
            self.to = to
        }

        /// The days on whose evening the nights begin; none where the last day lies before the first.
        public static func days(from first: CivilDate, to last: CivilDate) -> [CivilDate] {
            guard first <= last else { return [] }
            return (0..<min(most, max(1, last - first))).map { first + $0 }
        }
    }

    public init(per: String, reason: String) {
        of = []
        self.per = per
        with = nil
        nights = nil
        within = .ever
        datedBy = nil
        self.reason = reason
        isFlagged = false
    }
}

/// Scarce places, counted by the host.
public struct PlacesRule: Hashable, Sendable {
    /// By what entrants are ordered: the script's rank, smaller first; the time of submission; a draw.
    public enum Order: String, Hashable, Sendable { case rank, submitted, drawn }
    /// When places are given: to each as they come, or to all together when `apply` or the season ends.
    public enum From: String, Hashable, Sendable {
        case submit
        case applyEnd = "apply_end"
        case seasonEnd = "season_end"
    }
    /// A path whose value has the places; nil: the program.
    public var per: String?
    /// How many: a path or a number.
    public var count: Configured<Int64>?
    /// How many, where it is a path (`class.seats`) and ``count`` is nil.
    public var countPath: String?
    /// How many a case takes; nil: one.
    public var take: String?
    /// How many may wait for a place, in basis points of the count; nil: nobody.
    public var waitlist: Rate?
    /// Who comes first where entrants are served together; each word breaks the ties of those before it.
    public var order: [Order]
    /// When places are given.
    public var from: From
    /// A path to a day, whose end counts, or an instant after which nobody enters; nil: as `apply` says.
    public var closes: String?

    public init() {
        order = [.submitted]
        from = .submit
    }
}

/// What a grant gives, to whom and when.
public struct Gives: Hashable, Sendable {
    /// Money, goods, a fee that the person pays, or nothing but the decision.
    public enum Kind: String, Hashable, Sendable { case money, goods, fee, nothing }
    /// The kind for each part; the key "" stands for parts without one of their own.
    public var kind: [String: Kind]
    /// subject, applicant, supplier, or a path, for each part; nil value for goods: from stock.
    public var to: [String: String]
    /// approved, delivered, or a stage, for each part.
    public var when: [String: String]
    /// Who pays a fee: a path.
    public var from: String?
    /// `monthly`: payments are collected into one batch a month.
    public var batch: String?

    public init() {
        kind = ["": .nothing]
        to = [:]
        when = ["": "approved"]
    }

    /// The kind of a part.
    public func kind(of part: String) -> Kind { kind[part] ?? kind[""] ?? .nothing }
    /// Who gets a part; nil: nobody is named, goods come from stock.
    public func to(of part: String) -> String? { to[part] ?? to[""] }
    /// When a part is due: `approved` where the manifest doesn't say, `delivered`, or a stage.
    public func when(of part: String) -> String { when[part] ?? when[""] ?? "approved" }
    /// Whether anything of it moves money.
    public var movesMoney: Bool { kind.values.contains { $0 != .nothing } }
    /// Whether anything of it is money or goods that somebody gets.
    public var givesValue: Bool { kind.values.contains { $0 == .money || $0 == .goods } }
}

/// How goods reach a person.
public struct Delivery: Hashable, Sendable {
    /// The roles that may hand goods over, and nobody else.
    public var by: [String]
    /// Whether the person's pick-up code is asked for.
    public var needsCode: Bool
    /// A path to the last day on which goods are handed over; nil: no such day.
    public var until: String?
    /// Days after the decision, or after money came for it, in which they must be fetched; nil: no bound.
    public var withinDays: Configured<Int64>?
    public init(by: [String]) {
        self.by = by
        needsCode = false
    }
}

/// A stage of a staged form.
public struct StageDefinition: Hashable, Sendable {
    /// Its name in the manifest.
    public var name: String
    /// The stages that may follow, one of which somebody chooses.
    public var next: [String]
    /// The roles that may bring a case here; empty: only the host does.
    public var by: [String]
    /// A path to people all of whom must act before a case is here; nil: whoever acts brings it.
    public var all: String?
    /// What whoever brings a case here fills in.
    public var fields: [Field]
    /// How long a case may stay: `24h`, `3d`, `3wd` (working days), or a setting; nil: no bound.
    public var within: Configured<String>?
    /// Where the setting is a table: a path to the value that picks from it; nil: it holds one duration.
    public var withinBy: String?
    /// A path to the last day on which a case may be here; nil: none. The earlier of both bounds holds.
    public var until: String?
    /// The roles and parties that are told when the time has passed.
    public var late: [String]
    /// The stage that a case goes to when the time has passed; nil: it stays.
    public var then: String?
    /// Whether a case that comes here gives its places back.
    public var frees: Bool
    /// Whether the case ends here: what waits for another stage is let go.
    public var isEnd: Bool
    public init(name: String) {
        self.name = name
        next = []
        by = []
        fields = []
        late = []
        frees = false
        isEnd = false
    }
}

/// A daily second look at what was granted.
public struct Recheck: Hashable, Sendable {
    /// `21:00`, Shanghai time.
    public var daily: String
    /// A path to the last day of it; nil: the season's end.
    public var until: String?
    public init(daily: String) { self.daily = daily }
}

/// Which special care the form's data need.
public enum Sensitivity: String, Hashable, Sendable { case health, child, economic, secret }

/// Nobody but the named roles sees the subject.
public struct SealedRule: Hashable, Sendable {
    /// A yes-or-no field that leaves the subject open where it is yes; nil: every case is sealed.
    public var unless: String?
    /// The roles that may unseal a case; each time is logged.
    public var but: [String]
    public init(but: [String]) { self.but = but }
}

/// Something a person or the scheduler may ask a plugin to do.
public struct ActionDefinition: Hashable, Sendable {
    /// The roles that may ask for it; empty: only the host does, daily.
    public var by: [String]
    /// What `member.get` and `member.find` show of a person.
    public var facts: [String]
    /// What it is given.
    public var input: [Field]
    /// What it may answer, and nothing else.
    public var answers: [Field]
    /// What may be done once.
    public var unique: [UniqueRule]
    /// The roles of which another person must agree before anything is done; empty: nobody need.
    public var confirmBy: [String]
    /// `07:00`: run by the host every day.
    public var daily: String?
    public init() {
        by = []
        facts = []
        input = []
        answers = []
        unique = []
        confirmBy = []
    }
}

/// A reason code with its words; placeholders (`{days:integer}`) are integers, dates and money, never text.
public struct ReasonDefinition: Hashable, Sendable {
    /// The words, with placeholders (`{days:integer}`).
    public var text: LocalText
    /// Placeholder name → type.
    public var placeholders: [String: FieldType]
    public init(text: LocalText, placeholders: [String: FieldType] = [:]) {
        self.text = text
        self.placeholders = placeholders
    }
}

/// A figure for the year report that a plugin defines.
public struct MetricDefinition: Hashable, Sendable {
    /// The form whose cases are counted, or the record table whose rows are.
    public var of: String
    /// The stage that a case came to in the report's period; nil: cases handed in then, but for withdrawn ones.
    public var at: String?
    /// Of cases, what is counted: `cases`, `persons` or `households`, each once; nil: cases.
    public var count: String?
    /// The integer or money field that is added up in the place of counting; nil: it counts.
    public var sum: String?
    /// Paths whose values tell the parts of a count apart; empty: one number.
    public var by: [String]
    /// For a sum of records: the number it is held against, through a reference (`promise.target`); nil: none.
    public var target: String?
    /// The part of a metric of the year report that the figure is (`M37.agreed`); nil: it stands under the plugin's name only.
    public var tells: String?
    public init(of: String) {
        self.of = of
        by = []
    }
}
