import ArgumentParser
import NiangjiaCore

extension FundCommand {
    struct Report: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "report",
            abstract: "报表:试算平衡、预算执行、来源与使用、明细账、未付预留 Reports of the books.",
            discussion: """
                例 Example: niangjia fund report trial-balance --from 2026-01-01 --to 2026-12-31 --out 试算平衡.xlsx --as auditor
                    niangjia fund report budget --year 2026 --as treasurer
                    niangjia fund report sources --out sources.csv --as auditor
                    niangjia fund report statement --line cooling-2026 --as treasurer
                    niangjia fund report holds --older-than 90 --as treasurer
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "trial-balance、budget、sources、statement 或 holds.") var kind: String
        @Option(name: .long, help: "年度 The year of the lines.") var year: Int?
        @Option(name: .long, help: "起(业务日期;默认本年 1 月 1 日) From, by effective date.") var from: String?
        @Option(name: .long, help: "止(默认今天) To.") var to: String?
        @Option(name: .long, help: "资金线(statement) The line.") var line: String?
        @Option(name: .long, help: "至少多少天(holds) Only holds so many days old.") var olderThan: Int?
        @Option(name: .long, help: "写入文件:.csv、.xlsx 或 .json The file to write.") var out: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "fund.report",
                .given([
                    "kind": .text(kind), "year": .optional(year), "from": .optional(from), "to": .optional(to),
                    "line": .optional(line), "older_than": .optional(olderThan),
                    "out": .optional(out.map(absolutePath)),
                ])
            )
        }
    }

    struct Close: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "close",
            abstract: "结账:月或年;不带 --confirm 只预览 Close a month or year; a preview without --confirm.",
            discussion: """
                例 Example: niangjia fund close 2026-07 --as payer
                    niangjia fund close 2026 --decision 主席办公会纪要〔2026〕31号 --lapse ent-… --confirm --as payer
                未付预留默认结转;--lapse 指明的失效。结账后不能重开,更正在当前期间红字冲销。
                Open holds are carried unless named by --lapse. A closed period is never opened again.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "期间 2026 或 2026-07 The period.") var period: String
        @Option(name: .long, help: "依据的决定 The decision on which it is done.") var decision: String?
        @Option(name: .long, help: "失效的预留;可多次 A hold that lapses; repeatable.") var lapse: [String] = []
        @Flag(name: .long, help: "可失效的预留全部失效 Every hold that may lapse does.") var lapseAll = false
        @Flag(name: .long, help: "结账 Close it.") var confirm = false
        func request() -> (operation: String, arguments: Value) {
            (
                "fund.close",
                .given([
                    "period": .text(period), "decision": .optional(decision),
                    "lapse": .list(lapse.map { .text($0) }), "lapse_all": .bool(lapseAll), "confirm": .bool(confirm),
                ])
            )
        }
    }

    struct Periods: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "periods",
            abstract: "已结账的期间 Closed periods.", discussion: "例 Example: niangjia fund periods --as auditor")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("fund.periods", .map([:])) }
    }
}
