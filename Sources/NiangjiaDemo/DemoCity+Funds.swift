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

    /// The lines of `config/funds.yaml`: a pool of fees begins with nothing and has no opening.
    private var fundLines: [(id: String, source: String, purpose: String, amount: Money)] {
        [
            ("cooling-2026", "工会经费", "cooling", Money(fen: 52_000_000)),
            ("donations-2026", "捐赠", "cooling", Money(fen: 3_000_000)),
            ("tuition-2026", "工会经费", "tuition", Money(fen: 30_000_000)),
        ]
    }
}
