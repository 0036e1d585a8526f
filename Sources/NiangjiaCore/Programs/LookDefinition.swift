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
    /// Whether decisions and cases of the plugin's other series count as well; of other plugins' forms every series does.
    public var programs: Scope
    /// `subject`, of decisions also `household`, or a path; a record's rows are told by the filter alone.
    public var per: String
    /// Of decisions what they keep, of a record its fields: name → path, or a list of constants.
    public var filter: [String: LookFilter]
    /// Of a record: the date field by which a row lies in the window; nil: the day from which it is true.
    public var datedBy: String?
    /// How far it goes; where the file says nothing, the season for decisions and ever for the rest.
    public var within: Window
    /// Of decisions: standing, waitlisted, refused, lapsed, late, delivered. Cases count unless they came to nothing.
    public var state: String
    /// Of decisions and records: a field of which each value counts once, for the earliest that has it; nil: all count.
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
    /// The time in which there may be one. Days and months reach both ways from the date.
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
