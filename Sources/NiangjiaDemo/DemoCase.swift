import NiangjiaCore

/// Something of the files that a case speaks of, by what the files call it.
public enum DemoReference: Hashable, Sendable {
    /// A person by ID number.
    case person(String)
    /// An organisation by its code.
    case organization(String)
    /// A station by its code.
    case station(String)
    /// Evidence by a file name; the demo hands in a text of that name.
    case file(String)
}

/// What the story expects, so that it can say so before it happens and check it afterwards.
public struct DemoExpectation: Hashable, Sendable {
    /// granted, limited, refused, waitlisted, review, or `together` where too few of a unit take part.
    public var outcome: String
    /// The amount in fen over all lines of the case.
    public var amount: Money
    /// The reason code, where there is one.
    public var code: String?
}

/// One application of the story: who asks for what, on which day, and what the rules should say.
public struct DemoCase: Sendable {
    /// The example of the rules that it follows (`T2`, `M7`, `C1`).
    public var id: String
    /// One sentence for the person who watches.
    public var title: LocalText
    public var plugin: String
    public var form: String
    /// The role by which it comes in: member, unit, clerk, scan.
    public var channel: String
    public var submittedOn: CivilDate
    /// ID number of the applicant.
    public var applicant: String?
    /// Code of the unit that files, and of the organisation whose station or counter serves.
    public var unit: String?
    public var serving: String?
    public var expected: DemoExpectation
    let template: [String: Field]

    indirect enum Field: Hashable, Sendable {
        case value(Value)
        case reference(DemoReference)
        case rows([[String: Field]])
    }

    /// The form's fields, with every reference turned into what the host calls it (an id's text).
    public func fields(_ resolve: (DemoReference) throws -> String) rethrows -> [String: Value] {
        try DemoCase.resolved(template, resolve)
    }

    /// Everything that the fields refer to.
    public var references: [DemoReference] {
        var found: [DemoReference] = []
        _ = fields { reference in
            found.append(reference)
            return ""
        }
        return found
    }

    private static func resolved(_ fields: [String: Field], _ resolve: (DemoReference) throws -> String) rethrows
        -> [String: Value]
    {
        try fields.mapValues { field in
            switch field {
            case .value(let value): value
            case .reference(let reference): .text(try resolve(reference))
            case .rows(let rows): .list(try rows.map { .map(try resolved($0, resolve)) })
            }
        }
    }
}

extension DemoCity {
    /// The story's applications, in the order in which they are handed in within each program.
    public var cases: [DemoCase] {
        let cast = Cast(plan: plan)
        return cooling(cast) + tuition(cast) + enrolments(cast) + claims(cast)
    }

    /// Codes of the units that the story speaks of, in the order of the plan.
    public func unitCode(_ place: Int) -> String { plan.units[place].code }

    /// The ID numbers of a unit's members, in the order of the file.
    public func memberNumbers(ofUnit place: Int) -> [String] {
        let unit = plan.units[place]
        let cast = Cast(plan: plan)
        return (0..<unit.count).map { member(unit.first + $0, of: unit, unitIndex: place, cast: cast).idNumber }
    }

    private func day(_ text: String) -> CivilDate { CivilDate(text) ?? DemoCity.asOf }
    private func yuan(_ amount: Int64) -> DemoCase.Field { .value(.int(amount * 100)) }

    // MARK: 夏送清凉

    private func cooling(_ cast: Cast) -> [DemoCase] {
        func scan(
            _ id: String, _ on: String, _ zh: String, _ en: String, _ expected: DemoExpectation,
            by person: String = "cleaner",
            at serving: String = "990101"
        ) -> DemoCase {
            DemoCase(
                id: id, title: LocalText(zh: zh, en: en), plugin: "summer-cooling", form: "package", channel: "scan",
                submittedOn: day(on), applicant: cast.idNumber(person), serving: serving, expected: expected,
                template: [:])
        }
        func visit(_ id: String, _ unit: Int, _ heads: Int64, _ zh: String, _ en: String, _ expected: DemoExpectation)
            -> DemoCase
        {
            DemoCase(
                id: id, title: LocalText(zh: zh, en: en), plugin: "summer-cooling", form: "site_visit", channel: "unit",
                submittedOn: day("2026-07-10"), unit: unitCode(unit), expected: expected,
                template: ["unit": .reference(.organization(unitCode(unit))), "headcount": .value(.int(heads))])
        }
        let pack = DemoExpectation(outcome: "granted", amount: Money(fen: 5_000))
        return [
            scan("C1", "2026-07-15", "环卫工不是会员,在站点扫码领取清凉包", "A street cleaner, no member, scans at a station", pack),
            scan(
                "C2", "2026-07-23", "8天后再次扫码", "The same cleaner 8 days later",
                DemoExpectation(outcome: "refused", amount: .zero, code: "MIN_INTERVAL")),
            scan("C3", "2026-07-30", "满15天再次扫码", "Exactly 15 days later", pack),
            // 990102 gives packs of 40 yuan: who serves decides.
            scan(
                "C10", "2026-07-16", "炉前工在别的区县的站点扫码,按服务地标准", "A furnace worker scans in another district",
                DemoExpectation(outcome: "granted", amount: Money(fen: 4_000)), by: "C10", at: "990102"),
            visit(
                "C5", 2, 640, "640人的工地申请慰问", "A building site of 640",
                DemoExpectation(outcome: "granted", amount: Money(fen: 1_280_000))),
            visit(
                "C6", 3, 1350, "1350人的工地,超过每次上限", "A site of 1,350, above the limit of a visit",
                DemoExpectation(outcome: "limited", amount: Money(fen: 2_000_000), code: "CAPPED_SITE")),
            visit(
                "C7", 4, 80, "空调办公单位申请慰问", "An air-conditioned office asks",
                DemoExpectation(outcome: "refused", amount: .zero, code: "NOT_EXPOSED")),
        ]
    }

    // MARK: 金秋助学

    private struct Pupil {
        var key: String
        var stage: String
        var school = "public"
        var tuition: Int64 = 0
        var lodging: Int64 = 0
        var books: Int64 = 0
        var grants: Int64 = 0
    }

    private func tuition(_ cast: Cast) -> [DemoCase] {
        func apply(
            _ id: String, _ parent: String, _ on: String, _ pupils: [Pupil], _ zh: String, _ en: String,
            _ outcome: String,
            _ fen: Int64, _ code: String? = nil
        ) -> DemoCase {
            let rows = pupils.map { pupil -> [String: DemoCase.Field] in
                [
                    "child": .reference(.person(cast.idNumber(pupil.key))), "stage": .value(.text(pupil.stage)),
                    "school_type": .value(.text(pupil.school)), "tuition": yuan(pupil.tuition),
                    "lodging": yuan(pupil.lodging),
                    "books": yuan(pupil.books), "other_grants": yuan(pupil.grants),
                    "proof": .reference(.file("录取通知书-\(id).pdf")),
                ]
            }
            return DemoCase(
                id: id, title: LocalText(zh: zh, en: en), plugin: "tuition", form: "apply", channel: "member",
                submittedOn: day(on), applicant: cast.idNumber(parent),
                expected: DemoExpectation(outcome: outcome, amount: Money(fen: fen), code: code),
                template: ["children": .rows(rows)])
        }
        let sixth = Pupil(key: "T6.child", stage: "higher", tuition: 5_000, lodging: 1_000)
        return [
            apply(
                "T1", "T1.parent", "2026-07-20",
                [Pupil(key: "T1.child", stage: "higher", tuition: 5_500, lodging: 1_200)],
                "深度困难家庭,子女考上本科", "Deep hardship, a child admitted to university", "granted", 500_000),
            apply(
                "T2", "T2.parent", "2026-07-21",
                [
                    Pupil(key: "T2.childA", stage: "upper_secondary", tuition: 2_600, lodging: 800, books: 400),
                    Pupil(key: "T2.childB", stage: "higher", tuition: 5_800, lodging: 1_200),
                ], "一户两名子女:高中和本科", "Two children of one household", "granted", 800_000),
            apply(
                "T3", "T3.parent", "2026-07-22",
                [Pupil(key: "T3.child", stage: "upper_secondary", school: "vocational", lodging: 1_000, books: 400)],
                "临时困难,中职免学费,只补实际负担", "Temporary hardship, vocational school without fees", "limited", 140_000,
                "NET_COST_CAP"),
            apply(
                "T4", "T4.parent", "2026-07-23",
                [Pupil(key: "T4.child", stage: "higher", school: "tuition_free_teacher", lodging: 1_200)],
                "公费师范生不在资助范围", "A tuition-free teacher training course", "refused", 0, "EXCLUDED_SCHOOL_TYPE"),
            apply(
                "T6-mother", "T6.mother", "2026-07-24", [sixth], "母亲为女儿申请", "The mother applies for her daughter",
                "granted", 500_000),
            apply(
                "T6-father", "T6.father", "2026-07-27", [sixth], "父亲在另一工会为同一子女申请",
                "The father, of another union, applies for the same child", "refused", 0, "DUPLICATE_CHILD"),
            apply(
                "T9", "T9.parent", "2026-07-28", [Pupil(key: "T9.child", stage: "compulsory", books: 300)],
                "双亲家庭,小学阶段不在范围", "Two parents, primary school", "refused", 0, "STAGE_NOT_COVERED"),
        ]
    }

    // MARK: 职工医疗互助

    private func enrolments(_ cast: Cast) -> [DemoCase] {
        func enrol(_ id: String, _ unit: Int, _ shareOfHundred: Int, _ zh: String, _ en: String, _ outcome: String)
            -> DemoCase
        {
            let all = memberNumbers(ofUnit: unit)
            let count = (all.count * shareOfHundred + 99) / 100
            return DemoCase(
                id: id, title: LocalText(zh: zh, en: en), plugin: "mutual-aid", form: "enrol", channel: "unit",
                submittedOn: day("2025-12-08"), unit: unitCode(unit),
                expected: DemoExpectation(
                    outcome: outcome, amount: outcome == "granted" ? Money(fen: Int64(count) * 6_000) : .zero),
                template: [
                    "unit": .reference(.organization(unitCode(unit))),
                    "members": .rows(all.prefix(count).map { ["person": .reference(.person($0))] }),
                ])
        }
        return [
            enrol("E1", 6, 100, "医院全员参加", "The hospital enrols everybody", "granted"),
            enrol("E2", 5, 85, "纺织厂85%参加", "The textile mill enrols 85 %", "granted"),
            enrol("E3", 1, 90, "钢铁厂90%参加", "The steel works enrol 90 %", "granted"),
            enrol("E4", 4, 60, "政务中心只有60%,不到80%", "The service centre brings 60 %, below 80 %", "together"),
        ]
    }

    private func claims(_ cast: Cast) -> [DemoCase] {
        func claim(
            _ id: String, _ who: String, admitted: String, discharged: String, cause: String = "illness", fen: Int64,
            _ zh: String, _ en: String, _ outcome: String, _ granted: Int64, _ code: String? = nil
        ) -> DemoCase {
            DemoCase(
                id: id, title: LocalText(zh: zh, en: en), plugin: "mutual-aid", form: "claim", channel: "member",
                submittedOn: day(discharged) + 12, applicant: cast.idNumber(who),
                expected: DemoExpectation(outcome: outcome, amount: Money(fen: granted), code: code),
                template: [
                    "admitted_on": .value(.text(admitted)), "discharged_on": .value(.text(discharged)),
                    "cause": .value(.text(cause)), "self_pay": .value(.int(fen)),
                    "settlement": .reference(.file("医保结算单-\(id).pdf")),
                ])
        }
        return [
            claim(
                "M2", "M2", admitted: "2026-01-12", discharged: "2026-01-20", fen: 300_000, "首次参加,等待期内住院",
                "First-time member, ill within the waiting period", "refused", 0, "WAITING_PERIOD"),
            claim(
                "M3", "M3", admitted: "2026-03-02", discharged: "2026-03-08", fen: 86_000, "第一次住院未过起付线,累计",
                "A first stay below the deductible counts on", "limited", 0, "BELOW_DEDUCTIBLE"),
            claim(
                "M4", "M3", admitted: "2026-04-10", discharged: "2026-04-16", fen: 124_050, "第二次住院,按期累计补助",
                "The second stay, counted together", "granted", 33_015),
            claim(
                "M7", "M7", admitted: "2026-04-20", discharged: "2026-05-02", fen: 733_333, "跨两段比例", "Across two tiers",
                "granted", 203_333),
            claim(
                "M9", "M9", admitted: "2026-05-04", discharged: "2026-05-11", cause: "work_injury", fen: 200_000,
                "工伤不在互助范围", "A work injury is another insurance's", "refused", 0, "EXCLUDED_CAUSE"),
            claim(
                "M1", "M1", admitted: "2026-05-06", discharged: "2026-05-28", fen: 1_575_000, "三次住院合并申请",
                "Three stays claimed together", "granted", 540_000),
        ]
    }
}
