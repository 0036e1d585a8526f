/// Everything that decides, as one approved whole: settings, programs and plugins (decision 0009). Files are kept by digest
/// for ever.
public struct Bundle: Hashable, Sendable {
    /// SM3 over the sorted list of (path, digest of the file).
    public var digest: String
    public var city: CitySettings
    public var programs: [String: Program]
    /// Plugin id → manifest and source.
    public var plugins: [String: Plugin]
    public var funds: FundsSettings
    public var stacking: StackingSettings
    public var facilities: FacilitiesSettings
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
    public enum Approval: String, Hashable, Sendable {
        /// A second person approves every change (the default).
        case secondPerson = "second_person"
        /// A valid change is active at once; `demo` writes it.
        case demo
    }
    public var name: LocalText
    /// The root union's code.
    public var organization: String
    public var approval: Approval
    public var language: Language
    /// `127.0.0.1:8080`
    public var listen: String
    /// Who stands before the host, and how much it takes from whom.
    public var door: DoorSettings
    /// Area codes of the city's districts, for checks and the demo.
    public var areas: [String]
    public init(name: LocalText, organization: String) {
        self.name = name
        self.organization = organization
        approval = .secondPerson
        language = .zh
        listen = "127.0.0.1:8080"
        door = DoorSettings()
        areas = []
    }
}

/// `config/funds.yaml`.
public struct FundsSettings: Hashable, Sendable {
    public struct Line: Hashable, Sendable {
        public var id: String
        public var year: Int
        /// fiscal, union_budget, upper_union, donation, employer, member_dues, fees, dues
        public var source: String
        public var purpose: String
        public var amount: Money
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
    public struct Backstop: Hashable, Sendable {
        public var line: String
        public var from: String
        public var yearCap: Money
        public var lapses: Bool
        public init(line: String, from: String, yearCap: Money, lapses: Bool = true) {
            self.line = line
            self.from = from
            self.yearCap = yearCap
            self.lapses = lapses
        }
    }
    public struct Matching: Hashable, Sendable {
        public var campaign: String
        public var from: String
        public var rate: Rate
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
    public var lines: [Line] = []
    public var backstops: [Backstop] = []
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
    public struct Exclusion: Hashable, Sendable {
        public var of: [String]
        public var per: String
        public var within: LookDefinition.Window
        public var reason: String
        public init(of: [String], per: String, within: LookDefinition.Window, reason: String) {
            self.of = of
            self.per = per
            self.within = within
            self.reason = reason
        }
    }
    public struct SharedCap: Hashable, Sendable {
        public var name: String
        public var of: [String]
        public var per: String
        public var within: LookDefinition.Window
        public var cap: Money
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
    public var exclusions: [Exclusion] = []
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
    public struct Facility: Hashable, Sendable {
        public var code: String
        public var group: String
        public var title: LocalText
        public init(code: String, group: String, title: LocalText) {
            self.code = code
            self.group = group
            self.title = title
        }
    }
    public struct Standard: Hashable, Sendable {
        public var id: String
        public var version: String
        public var issuer: String
        public var title: String
        /// Items as the file has them, checked by the station room.
        public var items: [Value]
        public init(id: String, version: String, issuer: String, title: String, items: [Value]) {
            self.id = id
            self.version = version
            self.issuer = issuer
            self.title = title
            self.items = items
        }
    }
    public var facilities: [Facility] = []
    public var standards: [Standard] = []
    public init() {}
}
