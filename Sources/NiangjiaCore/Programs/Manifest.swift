/// A plugin's manifest (`plugins/<id>/plugin.yaml`, contract level 1): what it may be asked, what it reads and gives.
public struct Manifest: Hashable, Sendable {
    public var id: String
    public var version: String
    /// The level of the plugin contract, 1.
    public var api: Int
    public var title: LocalText
    public var settings: [Field]
    public var roles: [String: LocalText]
    public var records: [String: RecordDefinition]
    public var forms: [String: FormDefinition]
    public var actions: [String: ActionDefinition]
    public var reasons: [String: ReasonDefinition]
    public var messages: [String: LocalText]
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
    public var key: [String]
    public var fields: [Field]
    /// The roles that may write it.
    public var by: [String]
    /// Whether rows come from files.
    public var isImported: Bool
    /// Whether rows are written once and never changed.
    public var isOnce: Bool
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
    public var name: String
    /// Who may submit: member, person, anyone, unit, clerk, keeper, scan, batch, action, or a role of the plugin.
    public var by: [String]
    public var population: Population?
    public var fields: [Field]
    public var subject: SubjectRule
    public var together: Together?
    public var datedBy: DatedBy
    /// Judged only after the season's end (`judge_after: season_end`).
    public var isJudgedAfterSeason: Bool
    public var facts: FactRequest
    public var unique: [UniqueRule]
    public var places: PlacesRule?
    public var gives: Gives
    public var delivery: Delivery?
    public var keeps: [Field]
    public var stages: [StageDefinition]
    public var recheck: Recheck?
    public var sensitive: Sensitivity?
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
    public var subject: [String]
    public var household: [String]
    /// Full names (`household.exited_on`) that may be absent; any other absent fact sends the case back.
    public var maybe: Set<String>
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
    public enum Source: Hashable, Sendable {
        case decisions
        case cases
        case visits
        case record(String)
    }
    public enum Scope: Hashable, Sendable {
        /// This series.
        case this
        /// Every series of this plugin.
        case all
    }
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

    public var name: String
    public var source: Source
    /// Forms, as `form` or `plugin/form`; empty: this form.
    public var of: [String]
    public var programs: Scope
    /// `subject`, `household`, `case`, or a path.
    public var per: String
    /// Field → path, or a list of constants.
    public var filter: [String: LookFilter]
    public var datedBy: String?
    public var within: Window
    /// standing, waitlisted, refused, lapsed, late, delivered.
    public var state: String
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
    public var with: String?
    public var within: LookDefinition.Window
    public var datedBy: String?
    public var reason: String
    /// Whether a second one is shown to reviewers as suspicious.
    public var isFlagged: Bool

    public init(per: String, reason: String) {
        of = []
        self.per = per
        with = nil
        within = .ever
        datedBy = nil
        self.reason = reason
        isFlagged = false
    }
}

/// Scarce places, counted by the host.
public struct PlacesRule: Hashable, Sendable {
    public enum Order: String, Hashable, Sendable { case rank, submitted, drawn }
    public enum From: String, Hashable, Sendable {
        case submit
        case applyEnd = "apply_end"
        case seasonEnd = "season_end"
    }
    /// A path whose value has the places; nil: the program.
    public var per: String?
    /// How many: a path or a number.
    public var count: Configured<Int64>?
    public var countPath: String?
    /// How many a case takes; nil: one.
    public var take: String?
    public var waitlist: Rate?
    public var order: [Order]
    public var from: From
    public var closes: String?

    public init() {
        order = [.submitted]
        from = .submit
    }
}

/// What a grant gives, to whom and when.
public struct Gives: Hashable, Sendable {
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
    public func to(of part: String) -> String? { to[part] ?? to[""] }
    public func when(of part: String) -> String { when[part] ?? when[""] ?? "approved" }
    /// Whether anything of it moves money.
    public var movesMoney: Bool { kind.values.contains { $0 != .nothing } }
    /// Whether anything of it is money or goods that somebody gets.
    public var givesValue: Bool { kind.values.contains { $0 == .money || $0 == .goods } }
}

/// How goods reach a person.
public struct Delivery: Hashable, Sendable {
    public var by: [String]
    public var needsCode: Bool
    public var until: String?
    public var withinDays: Configured<Int64>?
    public init(by: [String]) {
        self.by = by
        needsCode = false
    }
}

/// A stage of a staged form.
public struct StageDefinition: Hashable, Sendable {
    public var name: String
    public var next: [String]
    public var by: [String]
    public var all: String?
    public var fields: [Field]
    public var within: Configured<String>?
    public var withinBy: String?
    public var until: String?
    public var late: [String]
    public var then: String?
    public var frees: Bool
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
    public var until: String?
    public init(daily: String) { self.daily = daily }
}

/// Which special care the form's data need.
public enum Sensitivity: String, Hashable, Sendable { case health, child, economic, secret }

/// Nobody but the named roles sees the subject.
public struct SealedRule: Hashable, Sendable {
    public var unless: String?
    public var but: [String]
    public init(but: [String]) { self.but = but }
}

/// Something a person or the scheduler may ask a plugin to do.
public struct ActionDefinition: Hashable, Sendable {
    public var by: [String]
    /// What `member.get` and `member.find` show of a person.
    public var facts: [String]
    public var input: [Field]
    public var answers: [Field]
    public var unique: [UniqueRule]
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
    public var of: String
    public var at: String?
    public var count: String?
    public var sum: String?
    public var by: [String]
    public var target: String?
    /// The part of a metric of the year report that the figure is (`M37.agreed`); nil: it stands under the plugin's name only.
    public var tells: String?
    public init(of: String) {
        self.of = of
        by = []
    }
}
