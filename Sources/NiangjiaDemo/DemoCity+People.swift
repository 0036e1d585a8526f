import Foundation
import NiangjiaCore

extension DemoCity {
    /// Which part of the ID numbers' sequence a kind of person takes: (day, sequence) is then one person in the city.
    private enum Sequence {
        static let member = 0
        static let outsider = 100
        static let spouse = 200
        static let cast = 490
    }
    /// Adults are born from 1966-06-01 on, children from 2006-09-01 on, so many days long.
    private static let adultBirths = (first: CivilDate(year: 1966, month: 6, day: 1)?.days ?? 0, count: 13_900)
    private static let childBirths = (first: CivilDate(year: 2006, month: 9, day: 1)?.days ?? 0, count: 5_841)

    /// Workers outside the unions for every hundred members: they are served all the same.
    var outsiderCount: Int { members * 15 / 100 }

    func writePeople(to folder: URL, progress: (Int) -> Void) throws -> (people: Int, households: Int) {
        let people = try CSVFile(
            folder.appendingPathComponent("people.csv"), encoding: .utf8, titles: PersonRow.titles)
        let households = try CSVFile(
            folder.appendingPathComponent("households.csv"), encoding: .utf8WithMark, titles: HouseholdRow.titles)
        let cast = Cast(plan: plan)
        for household in cast.households { try households.row(household.fields) }
        for (unitIndex, unit) in plan.units.enumerated() {
            for offset in 0..<unit.count {
                let row = member(unit.first + offset, of: unit, unitIndex: unitIndex, cast: cast)
                try people.row(row.fields)
                // The cast's households stand in the file already.
                if row.role == "户主", cast.member(unit: unitIndex, offset: offset) == nil,
                    let home = household(of: unit.first + offset, unit: unit)
                {
                    try households.row(home.row.fields)
                    for relative in relatives(of: row, index: unit.first + offset, home: home) {
                        try people.row(relative.fields)
                    }
                }
                if people.rows % 20_000 == 0 { progress(people.rows) }
            }
        }
        for relative in cast.relatives { try people.row(relative.fields) }
        for index in 0..<outsiderCount { try people.row(outsider(index).fields) }
        progress(people.rows)
        try people.close()
        try households.close()
        return (people.rows, households.rows)
    }

    /// The member with a number in the city; the same whoever asks, in whatever order.
    func member(_ index: Int, of unit: CityPlan.Unit, unitIndex: Int, cast: Cast) -> PersonRow {
        var random = random(.person, index)
        var row = PersonRow()
        row.isMale = random.happens(
            unit.trade.occupation == "domestic" || unit.trade.occupation == "medical" ? 2000 : 6000)
        row.name = Names.person(&random, isMale: row.isMale)
        row.birth = adultBirth(index)
        row.idNumber = Codes.identityNumber(
            area: unit.area, birth: row.birth, sequence: Sequence.member + index / DemoCity.adultBirths.count,
            isMale: row.isMale)
        work(in: unit.trade, &row, &random)
        row.employer = unit.employer?.creditCode ?? ""
        row.union = unit.code
        row.status = "正常"
        row.joinedOn = CivilDate(days: Int32(random.number(in: 14_600...20_500)))
        row.memberNumber = "M" + Codes.padded(index + 1, 8)
        row.post = index == unit.first ? "主席" : ""
        row.mobile = random.happens(300) ? "" : Codes.mobile(index)
        bank(&row, account: index, &random)
        row.isVerified = !random.happens(150)
        if let role = cast.member(unit: unitIndex, offset: index - unit.first) {
            role.play(&row, area: unit.area)
            (row.occupation, row.exposure) = (unit.trade.title, Trade.exposureTitle(unit.trade.exposure))
        } else if let home = household(of: index, unit: unit) {
            (row.household, row.role) = (home.row.number, "户主")
        }
        return row
    }

    private func work(in trade: Trade, _ row: inout PersonRow, _ random: inout SeededRandom) {
        // In every unit some sit in the office.
        let sits = random.happens(1200) && trade.exposure != "office_air_conditioned"
        row.occupation = sits ? Trade.of("office").title : trade.title
        row.exposure = Trade.exposureTitle(sits ? "office_air_conditioned" : trade.exposure)
        row.employmentForm =
            trade.isNewForm
            ? random.pick(weighted: [("合同制", 3), ("劳务派遣", 2), ("外包", 3), ("灵活就业", 4)])
            : random.pick(weighted: [("合同制", 8), ("劳务派遣", 1), ("外包", 1)])
        row.skill = random.pick(weighted: [("", 60), ("初级工", 14), ("中级工", 13), ("高级工", 9), ("技师", 3), ("高级技师", 1)])
        row.isMigrant = random.happens(trade.migrants)
        row.hukou = row.isMigrant && random.happens(4000) ? "990200" : random.pick(["990101", "990102", "990103"])
    }

    private func bank(_ row: inout PersonRow, account: Int, _ random: inout SeededRandom) {
        guard !random.happens(800) else { return }
        row.card = Codes.card(account)
        row.bank = random.pick(["示范银行城东支行", "示范银行河西支行", "样例农商银行南山支行"])
    }

    /// A worker outside the unions: couriers, riders, builders whom a station serves without asking for a card.
    func outsider(_ index: Int) -> PersonRow {
        var random = random(.outsider, index)
        var row = PersonRow()
        row.isMale = random.happens(7500)
        row.name = Names.person(&random, isMale: row.isMale)
        row.birth = adultBirth(index &* 7 &+ 13)
        row.idNumber = Codes.identityNumber(
            area: random.pick(plan.counties).code, birth: row.birth,
            sequence: Sequence.outsider + (index &* 7 &+ 13) / DemoCity.adultBirths.count, isMale: row.isMale)
        let trade = random.pick(weighted: Trade.all.filter { $0.exposure == "outdoor" }.map { ($0, $0.weight) })
        work(in: trade, &row, &random)
        row.isMigrant = random.happens(7000)
        row.mobile = random.happens(1500) ? "" : Codes.mobile(20_000_000 + index)
        row.isVerified = random.happens(4000)
        if index < Cast.outsiders.count { Cast.outsiders[index].play(&row, area: "990101") }
        return row
    }

    private func adultBirth(_ index: Int) -> CivilDate {
        // 7,919 has no divisor in common with the number of days: every day comes once before one comes twice.
        CivilDate(days: DemoCity.adultBirths.first + Int32(index * 7919 % DemoCity.adultBirths.count))
    }

    // MARK: households

    struct Home {
        var row: HouseholdRow
        var hasSpouse: Bool
        var children: Int
    }

    /// The hardship file that a member heads, if there is one.
    func household(of index: Int, unit: CityPlan.Unit) -> Home? {
        var random = random(.household, index)
        guard random.happens(160) else { return nil }
        let kind = random.pick(weighted: [("深度困难", 25), ("相对困难", 38), ("意外致困", 12), ("临时困难", 12), ("渐退", 8), ("脱困", 5)])
        var row = HouseholdRow()
        row.number = "K" + unit.area + Codes.padded(index + 1, 7)
        row.openedOn = CivilDate(days: Int32(random.number(in: 18_262...20_400)))
        row.status = "在档"
        row.hardshipClass = kind
        switch kind {
        case "临时困难":
            row.status = "申请"
            row.openedOn = nil
        case "渐退":
            (row.hardshipClass, row.status) = ("相对困难", "监测")
            row.exitedOn = DemoCity.asOf - random.number(in: 5...300)
        case "脱困":
            (row.hardshipClass, row.status) = ("无", "注销")
            row.exitedOn = DemoCity.asOf - random.number(in: 366...900)
        default: break
        }
        if let opened = row.openedOn, let exited = row.exitedOn, opened > exited - 180 { row.openedOn = exited - 400 }
        row.isSingleParent = random.happens(2200)
        let isOldEnough = adultBirth(index) + 20 * 366 <= CivilDate(days: DemoCity.childBirths.first)
        let children = isOldEnough ? random.pick(weighted: [(0, 15), (1, 50), (2, 35)]) : 0
        let hasSpouse = !row.isSingleParent && random.happens(8500)
        if row.isSingleParent, children == 0 { row.isSingleParent = false }
        row.size = 1 + (hasSpouse ? 1 : 0) + children + random.pick(weighted: [(0, 60), (1, 30), (2, 10)])
        let monthly = kind == "深度困难" ? random.number(in: 300...650) : random.number(in: 650...1800)
        row.yearlyIncome = Money(fen: Int64(monthly * 12 * row.size) * 100)
        row.rigidExpenses = Money(fen: Int64(random.number(in: 0...40) * 1000) * 100)
        row.union = unit.code
        row.area = unit.area
        return Home(row: row, hasSpouse: hasSpouse, children: children)
    }

    private func relatives(of head: PersonRow, index: Int, home: Home) -> [PersonRow] {
        var random = random(.relative, index)
        var found: [PersonRow] = []
        let area = home.row.area
        if home.hasSpouse {
            var row = PersonRow()
            row.isMale = !head.isMale
            row.name = Names.person(&random, isMale: row.isMale)
            row.birth = adultBirth(index)
            row.idNumber = Codes.identityNumber(
                area: area, birth: row.birth, sequence: Sequence.spouse + index / DemoCity.adultBirths.count,
                isMale: row.isMale)
            row.role = "配偶"
            row.isVerified = false
            row.household = home.row.number
            found.append(row)
        }
        for child in 0..<home.children {
            let place = index % DemoCity.childBirths.count * 7919 % DemoCity.childBirths.count
            var row = PersonRow()
            row.isMale = random.happens(5100)
            row.name = String(head.name.prefix(1)) + Names.given(&random, isMale: row.isMale)
            row.birth = CivilDate(days: DemoCity.childBirths.first + Int32(place))
            row.idNumber = Codes.identityNumber(
                area: area, birth: row.birth, sequence: index / DemoCity.childBirths.count * 2 + child,
                isMale: row.isMale)
            row.role = "子女"
            row.isVerified = false
            row.household = home.row.number
            found.append(row)
        }
        return found
    }

    /// An ID number of the story's own people.
    static func castNumber(area: String, birth: CivilDate, place: Int, isMale: Bool) -> String {
        Codes.identityNumber(area: area, birth: birth, sequence: Sequence.cast + place, isMale: isMale)
    }
}
