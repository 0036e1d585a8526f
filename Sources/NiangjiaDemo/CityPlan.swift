import NiangjiaCore

/// Who is where: the tree of unions and how many members each unit has. Small, whatever the size of the city.
struct CityPlan: Sendable {
    /// A union with members of its own.
    struct Unit: Sendable {
        var code: String
        var name: String
        var level: String
        var parent: String
        var trade: Trade
        /// The six-digit area code.
        var area: String
        var employees: Int
        /// Members are numbered through the city; this unit's are `first ..< first + count`.
        var first: Int
        var count: Int
        /// The employer's name and code; nil where people join without one.
        var employer: (name: String, code: String, creditCode: String)?
        var creditCode: String
    }

    static let city = "990100"
    /// An industry union that has no county level: its units go from basic straight to the city.
    static let industry = "990100I1"
    var counties: [County]
    var units: [Unit]

    init(seed: UInt64, members: Int) {
        let townCount = min(8, max(3, members / 12_000))
        counties = County.names.map { County(code: $0.code, name: $0.name, towns: Array($0.towns.prefix(townCount))) }
        units = []
        var random = SeededRandom(seed: seed, stream: 0xC17, index: 0)
        addNamed(members: members)
        addFederations(members: members)
        while let last = units.last, last.first + last.count < members {
            addOrdinary(left: members - last.first - last.count, &random)
        }
    }

    private mutating func add(_ unit: Unit, employees: Int) {
        var unit = unit
        unit.first = units.last.map { $0.first + $0.count } ?? 0
        unit.employees = max(employees, unit.count)
        units.append(unit)
    }

    /// The units that the story names; their numbers are those of the rules' own examples.
    private mutating func addNamed(members: Int) {
        let share = { (wanted: Int) in min(wanted, members / 16) }
        let named: [(name: String, occupation: String, count: Int, employees: Int, parent: String, area: String)] = [
            ("城东区环境卫生服务有限公司", "sanitation", share(180), 210, "990101001", "990101"),
            ("示例钢铁有限公司", "furnace", share(320), 360, "990101002", "990101"),
            ("滨河大桥项目部", "construction", share(200), 640, "990102001", "990102"),
            ("高铁新城项目部", "construction", share(300), 1350, "990102002", "990102"),
            ("市政务服务中心", "office", share(80), 80, "990101001", "990101"),
            ("示例纺织有限公司", "factory", share(120), 130, "990103001", "990103"),
            ("南山县人民医院", "medical", share(150), 160, "990103001", "990103"),
            ("市公交集团", "ride_hail", share(160), 170, CityPlan.industry, "990101"),
        ]
        for (index, item) in named.enumerated() {
            var trade = Trade.of(item.occupation)
            if item.parent == CityPlan.industry {
                (trade.title, trade.occupation, trade.isNewForm) = ("公交司机", "bus_driver", false)
            }
            let number = index + 1
            add(
                Unit(
                    code: item.parent + Codes.padded(number, 5), name: item.name + "工会", level: "basic",
                    parent: item.parent,
                    trade: trade, area: item.area, employees: 0, first: 0, count: item.count,
                    employer: employer(item.name, area: item.area, nature: trade.nature, number: number),
                    creditCode: Codes.creditCode(kind: "81", area: item.area, letters: "MC", number: number)),
                employees: item.employees)
        }
    }

    /// Sector federations: companies belong to them, and people without an employer join them directly.
    private mutating func addFederations(members: Int) {
        let federations: [(name: String, occupation: String, parent: String, area: String)] = [
            ("样例市快递行业工会联合会", "courier", CityPlan.city, "990101"),
            ("样例市道路货运行业工会联合会", "truck_driver", CityPlan.city, "990101"),
            ("城东区外卖配送行业工会联合会", "rider", "990101", "990101"),
            ("河西县网约车行业工会联合会", "ride_hail", "990102", "990102"),
        ]
        for (index, item) in federations.enumerated() {
            add(
                Unit(
                    code: "\(item.parent)F\(index + 1)", name: item.name, level: "federation", parent: item.parent,
                    trade: Trade.of(item.occupation), area: item.area, employees: 0, first: 0,
                    count: max(10, members / 120),
                    employer: nil,
                    creditCode: Codes.creditCode(kind: "89", area: item.area, letters: "MF", number: index + 1)),
                employees: 0)
        }
    }

    private mutating func addOrdinary(left: Int, _ random: inout SeededRandom) {
        let number = units.count + 1
        let trade = random.pick(weighted: Trade.all.map { ($0, $0.weight) })
        let county = counties[random.pick(weighted: [(0, 5), (1, 3), (2, 2)])]
        let town = random.below(county.towns.count)
        // Most units are small, a few are large.
        let size = random.pick(weighted: [(8...25, 30), (26...60, 35), (61...150, 25), (151...400, 9), (401...900, 1)])
        let count = min(left, random.number(in: size))
        // Every fifteenth ordinary unit belongs to the industry union, which has no county.
        let isIndustry = number % 15 == 0
        // Couriers' and hauliers' companies belong to their sector's federation.
        let federation = ["courier": "990100F1", "truck_driver": "990100F2"][trade.occupation]
        let parent = isIndustry ? CityPlan.industry : federation ?? county.code + Codes.padded(town + 1, 3)
        let name = "\(county.name.dropLast())\(Names.brand(&random))\(trade.company)"
        add(
            Unit(
                code: parent + Codes.padded(number, 5), name: name + "工会", level: "basic", parent: parent, trade: trade,
                area: county.code, employees: 0, first: 0, count: count,
                employer: employer(name, area: county.code, nature: trade.nature, number: number),
                creditCode: Codes.creditCode(kind: "81", area: county.code, letters: "MC", number: number)),
            employees: count * random.number(in: 100...125) / 100)
    }

    private func employer(_ name: String, area: String, nature: String, number: Int) -> (
        name: String, code: String, creditCode: String
    ) {
        // 91 is an enterprise, 12 an institution.
        let kind = nature == "事业" ? "12" : "91"
        return (
            name, "\(area)E\(Codes.padded(number, 5))",
            Codes.creditCode(kind: kind, area: area, letters: "MA", number: number)
        )
    }
}
