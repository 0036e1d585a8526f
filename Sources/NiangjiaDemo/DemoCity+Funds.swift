import Foundation
import NiangjiaCore

extension DemoCity {
    static let fundTitles = ["资金项目", "年度", "资金来源", "用途", "金额(元)", "日期"]

    /// What each fund line holds when the demo year begins: enough for the season, not for everything.
    func writeFundOpenings(to folder: URL) throws -> Int {
        let file = try CSVFile(
            folder.appendingPathComponent("fund_openings.csv"), encoding: .utf8WithMark, titles: DemoCity.fundTitles)
        for line in fundLines {
            try file.row([line.id, "2026", line.source, line.purpose, line.amount.yuan, "2026-01-05"])
        }
        try file.close()
        return file.rows
    }

    private var fundLines: [(id: String, source: String, purpose: String, amount: Money)] {
        let perMember = { (fen: Int) in Money(fen: Int64(members * fen)) }
        return [
            ("cooling-2026", "工会经费", "夏送清凉", perMember(1_600)),
            ("donations-2026", "捐赠", "夏送清凉", perMember(120)),
            ("tuition-2026", "工会经费", "金秋助学", perMember(1_500)),
            ("mutual-aid-2026", "互助费", "职工医疗互助", perMember(2_400)),
        ]
    }
}
