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
