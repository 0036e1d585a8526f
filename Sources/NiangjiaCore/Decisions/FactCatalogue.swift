/// A fact that a manifest may declare: where it lies, what it is, and how carefully it is kept.
public struct FactDefinition: Hashable, Sendable {
    /// What the column holds.
    public enum Kind: Hashable, Sendable { case text, integer, boolean, date }
    /// Who may see it and whether a member may be told that changing it would help.
    public enum Sensitivity: String, Hashable, Sendable { case plain, personal, economic, health }
    /// What must be joined to the subject's own table to read it.
    enum Join: Hashable, Sendable { case none, membership, home, employer, household }

    /// As a manifest declares it under `facts.subject` or `facts.household`.
    public var name: String
    /// What its values are.
    public var kind: Kind
    /// How carefully it is kept.
    public var sensitivity: Sensitivity
    /// What people call it.
    public var title: LocalText
    /// The codes that it may have, where the vocabulary is closed; empty: any.
    public var values: [String]
    let sql: String
    let join: Join
    /// What is read where the joined row isn't there; nil: nothing.
    let without: Int64?

    init(
        _ name: String, _ kind: Kind, _ sql: String, join: Join = .none, _ sensitivity: Sensitivity = .plain,
        zh: String, en: String, values: [String] = [], without: Int64? = nil
    ) {
        self.without = without
        self.name = name
        self.kind = kind
        self.values = values
        self.sql = sql
        self.join = join
        self.sensitivity = sensitivity
        title = LocalText(zh: zh, en: en)
    }
}

/// Every fact that may be declared, by the kind of thing that it is about.
public enum FactCatalogue {
    /// The facts of a subject of a kind; empty for a kind without facts of its own (`nobody`, records).
    public static func facts(of kind: SubjectKind) -> [FactDefinition] {
        switch kind {
        case .person: person
        case .household: household
        case .organization: organization
        case .station: station
        case .record, .nobody: []
        }
    }

    /// Finds a fact of a subject kind by name.
    public static func fact(_ name: String, of kind: SubjectKind) -> FactDefinition? {
        facts(of: kind).first { $0.name == name }
    }

    static let exposures = [
        "outdoor", "high_temp_indoor", "key_project", "emergency_duty", "indoor", "office_air_conditioned",
    ]
    /// What somebody does for a living, as the register keeps it: an import reads the words of forms into these (新就业形态 first).
    public static let occupations = [
        "courier", "rider", "truck_driver", "ride_hail", "domestic", "livestream", "sanitation", "construction",
        "factory", "furnace", "welder", "bus_driver", "traffic_police_aux", "shop", "office", "teacher", "medical",
        "other",
    ]
    /// Whether a fact's words are ones that a city may add its own to, by `values` of an import's mapping: then a word that isn't
    /// among them is told, and not refused.
    public static func mayGrow(_ words: [String]) -> Bool { Set(words) == Set(occupations) }

    static let levels = [
        "province", "city", "county", "town", "basic", "group", "federation", "industry", "park", "employer",
        "supplier",
    ]

    static let person: [FactDefinition] = [
        .init("occupation", .text, "s.occupation", zh: "职业", en: "Occupation", values: occupations),
        .init("exposure", .text, "s.exposure", zh: "作业环境", en: "Exposure", values: exposures),
        .init("sex", .text, "s.sex", .personal, zh: "性别", en: "Sex", values: ["male", "female"]),
        .init("birth_date", .date, "s.birth_date", .personal, zh: "出生日期", en: "Birth date"),
        .init(
            "employment_form", .text, "s.employment_form", zh: "用工形式", en: "Form of employment",
            values: ["contract", "dispatch", "outsourced", "part_time", "flexible", "self_employed"]),
        .init(
            "skill_level", .text, "s.skill_level", zh: "技能等级", en: "Skill level",
            values: ["none", "5", "4", "3", "2", "1", "special", "chief"]),
        .init("is_migrant", .boolean, "s.is_migrant", .personal, zh: "是否农民工", en: "Migrant worker"),
        .init("hukou_area", .text, "s.hukou_area", .personal, zh: "户籍地", en: "Area of household registration"),
        .init("is_verified", .boolean, "s.verified", zh: "是否实名认证", en: "Real name verified"),
        .init(
            "is_member", .boolean, "CASE WHEN m.status = 'active' THEN 1 ELSE 0 END", join: .membership, zh: "是否会员",
            en: "Member", without: 0),
        .init(
            "member_status", .text, "m.status", join: .membership, zh: "会籍状态", en: "Membership",
            values: ["applied", "active", "transferring", "reserved", "lapsed", "left", "deceased"]),
        .init("joined_on", .date, "m.joined_on", join: .membership, zh: "入会日期", en: "Joined on"),
        .init("union_level", .text, "o.level", join: .home, zh: "所属工会层级", en: "Level of the union", values: levels),
        .init("union_area", .text, "o.area", join: .home, zh: "所属工会地区", en: "Area of the union"),
        .init("employer_nature", .text, "e.nature", join: .employer, zh: "单位性质", en: "Nature of the employer"),
        .init(
            "household_role", .text, "s.household_role", .personal, zh: "与户主关系", en: "Place in the household",
            values: ["head", "spouse", "child", "parent", "other"]),
    ]

    static let household: [FactDefinition] = [
        .init(
            "hardship_class", .text, "h.hardship_class", join: .household, .economic, zh: "困难类别", en: "Hardship class",
            values: ["deep", "relative", "accident", "temporary", "monitoring", "none"]),
        .init(
            "file_status", .text, "h.file_status", join: .household, .economic, zh: "档案状态", en: "State of the file",
            values: ["applied", "open", "monitoring", "closed"]),
        .init("opened_on", .date, "h.opened_on", join: .household, .economic, zh: "建档日期", en: "File opened on"),
        .init("exited_on", .date, "h.exited_on", join: .household, .economic, zh: "脱困日期", en: "Left hardship on"),
        .init("size", .integer, "h.size", join: .household, .personal, zh: "家庭人口", en: "Persons"),
        .init(
            "is_single_parent", .boolean, "h.is_single_parent", join: .household, .personal, zh: "是否单亲",
            en: "Single parent"),
        .init(
            "yearly_income", .integer, "h.yearly_income", join: .household, .economic, zh: "家庭年收入(分)",
            en: "Yearly income (fen)"),
        .init(
            "rigid_expenses", .integer, "h.rigid_expenses", join: .household, .economic, zh: "刚性支出(分)",
            en: "Rigid expenses (fen)"),
    ]

    static let organization: [FactDefinition] = [
        .init("level", .text, "s.level", zh: "层级", en: "Level", values: levels),
        .init("nature", .text, "s.nature", zh: "单位性质", en: "Nature"),
        .init("industry", .text, "s.industry", zh: "行业", en: "Industry"),
        .init("exposure", .text, "s.exposure", zh: "主要作业环境", en: "Exposure of most posts", values: exposures),
        .init("area", .text, "s.area", zh: "地区", en: "Area"),
        .init("employees", .integer, "s.employees", zh: "职工人数", en: "Employees"),
        .init("member_count", .integer, "s.member_count", zh: "会员人数", en: "Members"),
        .init(
            "status", .text, "s.status", zh: "状态", en: "Status", values: ["active", "suspended", "merged", "dissolved"]),
    ]

    static let station: [FactDefinition] = [
        .init(
            "kind", .text, "s.kind", zh: "站点类型", en: "Kind",
            values: ["outdoor", "workers_home", "service_centre", "library", "nursing_room", "palace"]),
        .init("area", .text, "s.area", zh: "地区", en: "Area"),
        .init(
            "status", .text, "s.status", zh: "状态", en: "Status",
            values: ["planned", "building", "accepted", "open", "suspended", "closed"]),
        .init("build_mode", .text, "s.build_mode", zh: "建设方式", en: "Build mode", values: ["self_built", "co_built"]),
        .init("square_metres", .integer, "s.square_metres", zh: "面积(平方米)", en: "Area in m²"),
        .init("accepted_on", .date, "s.accepted_on", zh: "验收日期", en: "Accepted on"),
    ]
}

/// What kind of thing a decision is about.
public enum SubjectKind: String, Hashable, Sendable, CaseIterable {
    case person
    case household
    case organization
    case station
    case record
    case nobody
}

/// A reference to what a decision is about.
public struct SubjectRef: Hashable, Sendable, CustomStringConvertible {
    /// Which register it is in.
    public var kind: SubjectKind
    /// The row's id; 0 for `nobody`.
    public var id: Int64
    public init(_ kind: SubjectKind, _ id: Int64) {
        self.kind = kind
        self.id = id
    }
    /// The text outside the store.
    public var description: String {
        switch kind {
        case .person: ID<Person>(rawValue: id).text
        case .household: ID<Household>(rawValue: id).text
        case .organization: ID<Organization>(rawValue: id).text
        case .station: ID<Station>(rawValue: id).text
        case .record: ID<Record>(rawValue: id).text
        case .nobody: "-"
        }
    }
}
