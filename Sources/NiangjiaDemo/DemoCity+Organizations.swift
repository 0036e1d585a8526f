import Foundation
import NiangjiaCore

extension DemoCity {
    static let organizationTitles = [
        "组织代码", "组织名称", "上级代码", "层级", "统一社会信用代码", "单位统一社会信用代码", "单位全称", "单位性质", "行业", "作业环境",
        "行政区划代码", "职工人数", "会员人数", "成立日期", "届满日期", "状态", "银行账号", "开户名",
    ]

    /// The code of the city's federation, below which everything stands.
    public static let federation = CityPlan.city
    /// The code of the supplier whose goods the summer's program hands over.
    public static let supplier = "990100S1"

    /// The tree from the root down, parents before children, as UTF-8 with a byte order mark (Excel's "CSV UTF-8").
    func writeOrganizations(to folder: URL) throws -> Int {
        let file = try CSVFile(
            folder.appendingPathComponent("organizations.csv"), encoding: .utf8WithMark,
            titles: DemoCity.organizationTitles)
        func upper(
            _ code: String, _ name: String, _ parent: String, _ level: String, area: String, number: Int,
            account: String = ""
        ) throws {
            let credit = Codes.creditCode(kind: "89", area: area, letters: "MU", number: number)
            try file.row([
                code, name, parent, level, credit, "", "", "", "", "", area, "", "", "1998-05-01", "2028-12-31", "正常",
                account, account.isEmpty ? "" : name,
            ])
        }
        try upper(CityPlan.city, "样例市总工会", "", "市级", area: "990100", number: 1)
        for (index, county) in plan.counties.enumerated() {
            try upper(county.code, county.name + "总工会", CityPlan.city, "县区", area: county.code, number: 10 + index)
            for (town, name) in county.towns.enumerated() {
                try upper(
                    county.code + Codes.padded(town + 1, 3), name + "街道总工会", county.code, "乡镇街道", area: county.code,
                    number: 100 * (index + 1) + town)
            }
        }
        try upper(CityPlan.industry, "样例市交通产业工会", CityPlan.city, "产业工会", area: "990100", number: 50)
        try upper(
            DemoCity.supplier, "样例市惠民商贸有限公司", "", "供应商", area: "990100", number: 60,
            account: Codes.card(990_100_060))
        for (index, unit) in plan.units.enumerated() { try writeUnit(unit, index, to: file) }
        try file.close()
        return file.rows
    }

    private func writeUnit(_ unit: CityPlan.Unit, _ index: Int, to file: CSVFile) throws {
        var random = random(.employer, index)
        let founded = CivilDate(days: Int32(random.number(in: 10_227...19_700)))
        let ends = CivilDate(year: random.number(in: 2026...2030), month: random.number(in: 7...12), day: 15)
        let level = unit.level == "federation" ? "行业工会联合会" : "基层"
        let exposure = Trade.exposureTitle(unit.trade.exposure)
        try file.row([
            unit.code, unit.name, unit.parent, level, unit.creditCode, unit.employer?.creditCode ?? "",
            unit.employer?.name ?? "", unit.trade.nature, unit.trade.industry, exposure, unit.area,
            String(unit.employees),
            String(unit.count), founded.description, ends?.description ?? "", "正常", "", "",
        ])
        if let employer = unit.employer {
            try file.row([
                employer.code, employer.name, unit.code, "用人单位", employer.creditCode, employer.creditCode,
                employer.name,
                unit.trade.nature, unit.trade.industry, exposure, unit.area, String(unit.employees), "",
                founded.description, "", "正常", "", "",
            ])
        }
    }
}
