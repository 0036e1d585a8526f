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
        secret = []
        notOwn = nil
    }
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
