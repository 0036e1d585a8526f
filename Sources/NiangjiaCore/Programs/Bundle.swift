/// Everything that decides, as one approved whole: settings, programs and plugins (decision 0009). Files are kept by digest
/// for ever.
public struct Bundle: Hashable, Sendable {
    /// SM3 over the sorted list of (path, digest of the file).
    public var digest: String
    /// The city's own settings and the front door's.
    public var city: CitySettings
    /// Program id → the program, from `config/programs`.
    public var programs: [String: Program]
    /// Plugin id → manifest and source.
    public var plugins: [String: Plugin]
    /// Fund lines and how money flows between unions; nothing where there is no `config/funds.yaml`.
    public var funds: FundsSettings
    /// What programs mean for each other (叠加与互斥); nothing where there is no `config/stacking.yaml`.
    public var stacking: StackingSettings
    /// The words for stations' facilities; nothing where there is no `config/facilities.yaml`.
    public var facilities: FacilitiesSettings
    /// Working days of every year that has a file in `config/calendar`.
    public var calendar: WorkCalendar
    /// Import mappings (`config/mappings/<name>.yaml`) by name, read by the exchange room.
    public var mappings: [String: Value]
    /// Bank file templates (`config/banks/<name>.yaml`) by name, read by the exchange room.
    public var banks: [String: Value]
    /// Path in the data folder (`config/programs/x.yaml`) → content.
    public var files: [String: [UInt8]]

    public init(digest: String, city: CitySettings) {
        self.digest = digest
        self.city = city
        programs = [:]
        plugins = [:]
        funds = FundsSettings()
        stacking = StackingSettings()
        facilities = FacilitiesSettings()
        calendar = WorkCalendar()
        mappings = [:]
        banks = [:]
        files = [:]
    }
}

/// A plugin in a bundle.
public struct Plugin: Hashable, Sendable {
    /// `plugin.yaml`, read and checked.
    public var manifest: Manifest
    /// The text of `main.lua`.
    public var source: [UInt8]
    /// SM3 over manifest and source, hexadecimal.
    public var digest: String
    public init(manifest: Manifest, source: [UInt8], digest: String) {
        self.manifest = manifest
        self.source = source
        self.digest = digest
    }
}

/// `config/niangjia.yaml`.
public struct CitySettings: Hashable, Sendable {
    /// Who has to agree before a change of the configuration is in force.
    public enum Approval: String, Hashable, Sendable {
        /// A second person approves every change (the default).
        case secondPerson = "second_person"
        /// A valid change is active at once; `demo` writes it.
        case demo
    }
    /// What the city's union is called, on pages and beside the codes of a second factor.
    public var name: LocalText
    /// The root union's code.
    public var organization: String
    /// Who has to agree to a change, as the bundle in force says.
    public var approval: Approval
    /// `127.0.0.1:8080`
    public var listen: String
    /// Who stands before the host, and how much it takes from whom.
    public var door: DoorSettings
    public init(name: LocalText, organization: String) {
        self.name = name
        self.organization = organization
        approval = .secondPerson
        listen = "127.0.0.1:8080"
        door = DoorSettings()
    }
}

/// `config/funds.yaml`.
public struct FundsSettings: Hashable, Sendable {
    /// A fund line as the file asks for it; the books have it as a ``FundLine``.
    public struct Line: Hashable, Sendable {
        /// `cooling-2026`, by which programs, backstops and campaigns name it; unique in the file.
        public var id: String
        /// The calendar year whose budget it is, 2000 to 2100.
        public var year: Int
        /// fiscal, union_budget, upper_union, donation, employer, member_dues, fees, dues
        public var source: String
        /// What it is for, in a word (`cooling`): no program pays from restricted money and a line of another purpose.
        public var purpose: String
        /// The year's budget in fen, not negative; nothing for a pool that fees fill.
        public var amount: Money
        /// Whether what is left at the year's end goes into the next year (结转); else it lapses.
        public var carryOver: Bool
        public init(id: String, year: Int, source: String, purpose: String, amount: Money, carryOver: Bool = false) {
            self.id = id
            self.year = year
            self.source = source
            self.purpose = purpose
            self.amount = amount
            self.carryOver = carryOver
        }
    }
    /// A promise to fill up a line that runs out, up to an amount in its year (兜底).
    public struct Backstop: Hashable, Sendable {
        /// The id of the line that is filled up.
        public var line: String
        /// The source that promises it (`city_finance`): the contra account of what is drawn.
        public var from: String
        /// The most that the source adds to the line in its year, in fen, not negative.
        public var yearCap: Money
        /// Whether what wasn't drawn lapses when the year is closed (`unused: lapse`, the default); else it stays.
        public var lapses: Bool
        public init(line: String, from: String, yearCap: Money, lapses: Bool = true) {
            self.line = line
            self.from = from
            self.yearCap = yearCap
            self.lapses = lapses
        }
    }
    /// Money that is added to a campaign's donations (配捐).
    public struct Matching: Hashable, Sendable {
        /// The id of the campaign.
        public var campaign: String
        /// The line that the added money is taken from.
        public var from: String
        /// How much is added, in basis points of what was donated.
        public var rate: Rate
        /// The most that is added to the campaign in all, in fen.
        public var cap: Money
        /// The line beside the donations that the added money goes to: sources never mix.
        public var into: String?
        public init(campaign: String, from: String, rate: Rate, cap: Money, into: String? = nil) {
            self.campaign = campaign
            self.from = from
            self.rate = rate
            self.cap = cap
            self.into = into
        }
    }
    /// What an account is called in the accounting system that the city reports by (工会会计制度).
    public struct ChartEntry: Hashable, Sendable {
        /// Only accounts of this source; nil: of any.
        public var source: String?
        /// Only this stage of a line, or `source`; nil: any.
        public var stage: String?
        /// Only lines of this purpose; nil: of any.
        public var purpose: String?
        /// The subject's number in the city's own books; nil where it has none.
        public var code: String?
        /// The subject.
        public var title: String

        /// An entry that holds for whatever it doesn't name.
        public init(
            source: String? = nil, stage: String? = nil, purpose: String? = nil, code: String? = nil, title: String
        ) {
            self.source = source
            self.stage = stage
            self.purpose = purpose
            self.code = code
            self.title = title
        }
    }
    /// Fund lines in the order of the file.
    public var lines: [Line] = []
    /// Backstops; of several for one line the first holds.
    public var backstops: [Backstop] = []
    /// What is added to donations; several for one campaign are served in the order of the file.
    public var matching: [Matching] = []
    /// The chart of accounts; of several entries that fit, the one that names most holds.
    public var chart: [ChartEntry] = []
    /// Campaigns for donations.
    public var campaigns: [Campaign] = []
    /// How union dues are split, by time.
    public var dues: [DuesAgreement] = []
    /// Grants in instalments that may be given.
    public var grants: [GrantPlan] = []
    /// How unions share what members cost who are served elsewhere.
    public var sharing: SharingAgreement?
    public init() {}
}

/// `config/stacking.yaml` 叠加与互斥.
public struct StackingSettings: Hashable, Sendable {
    /// Forms of which somebody may have one (互斥).
    public struct Exclusion: Hashable, Sendable {
        /// Two forms or more, as `plugin/form`: whoever has something of one gets nothing of the others.
        public var of: [String]
        /// For whom: `household`, or the one that the decision is about (`subject`, `child`).
        public var per: String
        /// The time, around the case's date, in which a decision about another of the forms excludes.
        public var within: LookDefinition.Window
        /// The code of the refusal: a plugin's, or one of ``reasons``.
        public var reason: String
        public init(of: [String], per: String, within: LookDefinition.Window, reason: String) {
            self.of = of
            self.per = per
            self.within = within
            self.reason = reason
        }
    }
    /// A limit on what several forms give to somebody together.
    public struct SharedCap: Hashable, Sendable {
        /// Its name in the file, unique there: what is drawn is counted under it.
        public var name: String
        /// Two forms or more, as `plugin/form`, that draw on it.
        public var of: [String]
        /// Who has a cap of their own: `household`, or the one that the decision is about (`subject`, `child`).
        public var per: String
        /// The time, around the case's date, whose standing decisions have drawn on it.
        public var within: LookDefinition.Window
        /// The most that they come to together, in fen.
        public var cap: Money
        /// The code under which a grant is cut to what is left, or refused where nothing is.
        public var reason: String
        public init(
            name: String, of: [String], per: String, within: LookDefinition.Window, cap: Money, reason: String
        ) {
            self.name = name
            self.of = of
            self.per = per
            self.within = within
            self.cap = cap
            self.reason = reason
        }
    }
    /// One bill towards which several programs pay.
    public struct Bill: Hashable, Sendable {
        /// The fields of the form that name it, beside whom it is about.
        public var same: [String]
        /// The field that says what the person is left with before the union pays.
        public var left: String
        /// The reason of whatever is cut.
        public var reason: String

        /// A bill that is the same where these fields are.
        public init(same: [String], left: String, reason: String) {
            self.same = same
            self.left = left
            self.reason = reason
        }
    }
    /// Which forms keep each other out.
    public var exclusions: [Exclusion] = []
    /// Which forms share a limit.
    public var sharedCaps: [SharedCap] = []
    /// Who pays towards one bill, in order (`plugin/form`, or somebody outside the union).
    public var payerOrder: [String] = []
    /// What makes two applications of payers be about one bill, and what is left of it; nil: nothing is deducted.
    public var bill: Bill?
    /// Words of the reasons that stacking itself uses.
    public var reasons: [String: LocalText] = [:]
    public init() {}
}

/// `config/facilities.yaml`.
public struct FacilitiesSettings: Hashable, Sendable {
    /// Something that a station may have.
    public struct Facility: Hashable, Sendable {
        /// Its code in registers and imports, unique in the file: `water`.
        public var code: String
        /// What it is listed under: `water_food`.
        public var group: String
        /// What people call it.
        public var title: LocalText
        public init(code: String, group: String, title: LocalText) {
            self.code = code
            self.group = group
            self.title = title
        }
    }
    /// All facilities, in the order of the file.
    public var facilities: [Facility] = []
    public init() {}
}
