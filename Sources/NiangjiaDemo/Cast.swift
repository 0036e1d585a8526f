import NiangjiaCore

/// The people of the story: they take the places of ordinary members of the named units, so that what happens to them is known.
struct Cast: Sendable {
    /// One of them.
    struct Role: Sendable {
        var key: String
        var name: String
        var isMale: Bool
        var birth: CivilDate
        /// Makes their ID number theirs alone.
        var place: Int
        var household = ""
        var role = ""

        func idNumber(area: String) -> String {
            DemoCity.castNumber(area: area, birth: birth, place: place, isMale: isMale)
        }

        func play(_ row: inout PersonRow, area: String) {
            (row.name, row.isMale, row.birth) = (name, isMale, birth)
            row.idNumber = idNumber(area: area)
            row.isVerified = true
            (row.household, row.role) = (household, role)
            if !row.union.isEmpty {
                // Who is to be paid has an account.
                row.card = Codes.card(900_000_000 + number)
                row.bank = "示范银行城东支行"
            }
            row.mobile = Codes.mobile(number)
        }

        /// Theirs alone, as birth, place and sex together are: far above the numbers of ordinary members, with eight digits.
        private var number: Int { (Int(birth.days) + 30_000) * 1_000 + place * 2 + (isMale ? 1 : 0) }
    }

    private struct Seat: Hashable {
        var unit: Int
        var offset: Int
    }

    private var seats: [Seat: Role] = [:]
    private(set) var relatives: [PersonRow] = []
    private(set) var households: [HouseholdRow] = []
    private var areas: [String: String] = [:]
    private var keys: [String: Role] = [:]

    /// Workers outside the unions.
    static let outsiders: [Role] = [
        role("cleaner", "解大山", true, "1971-03-09", 0), role("courier", "区小驰", true, "1996-08-21", 1),
    ]

    private static func role(
        _ key: String, _ name: String, _ isMale: Bool, _ birth: String, _ place: Int, _ household: String = "",
        _ role: String = ""
    ) -> Role {
        Role(
            key: key, name: name, isMale: isMale, birth: CivilDate(birth) ?? DemoCity.asOf, place: place,
            household: household,
            role: role)
    }

    /// Members of the named units (``CityPlan/units``, in order), by unit.
    private static let members: [(unit: Int, role: Role)] = [
        (5, role("T1.parent", "李国样", true, "1978-04-11", 0, "K9901030T1", "户主")),
        (0, role("T2.parent", "周秀样", false, "1980-10-02", 1, "K9901010T2", "户主")),
        (2, role("T3.parent", "马建样", true, "1983-01-25", 2, "K9901020T3", "户主")),
        (1, role("T4.parent", "韩志样", true, "1979-07-30", 3, "K9901010T4", "户主")),
        (2, role("T6.father", "欧阳样", true, "1981-05-05", 4, "K9901020T6", "户主")),
        (6, role("T6.mother", "古丽娜尔·艾合买提", false, "1982-09-17", 4, "K9901020T6", "配偶")),
        (4, role("T9.parent", "沈静样", false, "1986-12-12", 3, "K9901010T9", "户主")),
        (1, role("M1", "次仁样本", true, "1975-02-28", 2)), (5, role("M2", "吴敏样", false, "1988-06-06", 2)),
        (5, role("M3", "朱洁样", false, "1985-03-15", 3)), (6, role("M7", "㛃雪样", false, "1990-11-11", 0)),
        (6, role("M9", "董勇样", true, "1987-08-08", 0)), (1, role("C10", "于炎样", true, "1984-07-19", 0)),
    ]

    private static let children: [(Role, parent: String)] = [
        (role("T1.child", "李晨样", true, "2008-02-14", 0, "K9901030T1", "子女"), "T1.parent"),
        (role("T2.childA", "周晓样", false, "2010-06-01", 0, "K9901010T2", "子女"), "T2.parent"),
        (role("T2.childB", "周宇样", true, "2007-11-20", 0, "K9901010T2", "子女"), "T2.parent"),
        (role("T3.child", "马乐样", true, "2009-09-09", 0, "K9901020T3", "子女"), "T3.parent"),
        (role("T4.child", "韩思样", false, "2008-05-23", 0, "K9901010T4", "子女"), "T4.parent"),
        (role("T6.child", "欧阳娜娜", false, "2008-01-08", 0, "K9901020T6", "子女"), "T6.father"),
        (role("T9.child", "沈安样", true, "2016-04-18", 0, "K9901010T9", "子女"), "T9.parent"),
    ]

    init(plan: CityPlan) {
        for (place, member) in Cast.members.enumerated() {
            let offset = 1 + Cast.members[..<place].filter { $0.unit == member.unit }.count
            seats[Seat(unit: member.unit, offset: offset)] = member.role
            keys[member.role.key] = member.role
            areas[member.role.key] = plan.units[member.unit].area
        }
        for outsider in Cast.outsiders {
            keys[outsider.key] = outsider
            areas[outsider.key] = "990101"
        }
        for (child, parent) in Cast.children {
            keys[child.key] = child
            areas[child.key] = areas[parent]
            var row = PersonRow()
            child.play(&row, area: areas[parent] ?? "990101")
            row.mobile = ""
            row.isVerified = false
            relatives.append(row)
        }
        households = Cast.files(plan)
    }

    func member(unit: Int, offset: Int) -> Role? { seats[Seat(unit: unit, offset: offset)] }

    /// The ID number of one of the story's people.
    func idNumber(_ key: String) -> String { keys[key]?.idNumber(area: areas[key] ?? "990101") ?? "" }

    private static func files(_ plan: CityPlan) -> [HouseholdRow] {
        func file(
            _ number: String, _ unit: Int, _ hardship: String, _ status: String = "在档", size: Int, single: Bool = false,
            yearly: Int64
        ) -> HouseholdRow {
            var row = HouseholdRow()
            (row.number, row.hardshipClass, row.status) = (number, hardship, status)
            row.openedOn = status == "申请" ? nil : CivilDate("2024-03-18")
            (row.size, row.isSingleParent) = (size, single)
            row.yearlyIncome = Money(fen: yearly * 100)
            row.rigidExpenses = Money(fen: 1_200_000)
            (row.union, row.area) = (plan.units[unit].code, plan.units[unit].area)
            return row
        }
        return [
            file("K9901030T1", 5, "深度困难", size: 3, yearly: 18_000),
            file("K9901010T2", 0, "相对困难", size: 4, yearly: 42_000),
            file("K9901020T3", 2, "临时困难", "申请", size: 3, yearly: 39_600),
            file("K9901010T4", 1, "相对困难", size: 3, yearly: 36_000),
            file("K9901020T6", 2, "相对困难", size: 3, yearly: 33_600),
            file("K9901010T9", 4, "意外致困", size: 3, yearly: 30_000),
        ]
    }
}
