import ArgumentParser
import NiangjiaCore

struct DuesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dues", abstract: "工会经费:税务文件、待查、回拨 Union dues.",
        subcommands: [
            Import.self, Files.self, Undo.self, Suspense.self, Assign.self, Drop.self, Return.self, YearEnd.self,
            Statement.self,
        ])

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入税务代收文件并核对 Take the tax bureau's file and reconcile it.",
            discussion: """
                例 Example: niangjia dues import 2026-03.xlsx --mapping config/mappings/dues.yaml --as treasurer
                重复的行不再入账;不认识的代码记入待查;负数行冲回原缴费。A line that comes again is taken once.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "文件(xlsx、CSV) The file.") var file: String
        @Option(name: .long, help: "列的对应关系 How its columns are called.") var mapping: String?
        @Option(name: .long, help: "工作表 The sheet.") var sheet: String?
        @Option(name: .long, help: "文件在清单中的名称,默认其文件名 What it is called in the list of files; default: its own name.")
        var name: String?
        @Flag(name: .long, help: "只核对,不入账 Tell what it would do; book nothing.") var check = false
        func request() -> (operation: String, arguments: Value) {
            (
                "dues.import",
                .given([
                    "file": .text(absolutePath(file)), "mapping": .optional(mapping.map(absolutePath)),
                    "sheet": .optional(sheet), "name": .optional(name), "check": .bool(check),
                ])
            )
        }
    }

    struct Files: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "files",
            abstract: "读入过的税务文件 Files that were taken.",
            discussion: "例 Example: niangjia dues files --as treasurer")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("dues.files", .map([:])) }
    }

    struct Undo: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "undo",
            abstract: "撤销误读入的文件(红字冲销) Take back a file that was taken by mistake.",
            discussion: """
                例 Example: niangjia dues undo 3f2a91c0 --reason 读错了月份 --as treasurer
                已经回拨或被冲回的,指明后拒绝。Refused, naming why, once any of it was returned.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "文件摘要(dues files 中,至少 8 位) The file's digest, as dues files tells it.") var file: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("dues.undo", ["file": .text(file), "reason": .text(reason)])
        }
    }

    struct Suspense: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "suspense",
            abstract: "待查经费 What came in for nobody known.",
            discussion: "例 Example: niangjia dues suspense --as treasurer")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("dues.suspense", .map([:])) }
    }

    struct Assign: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "assign",
            abstract: "把待查的代码归入一家工会 Say whose a code in suspense is.",
            discussion: "例 Example: niangjia dues assign 91990101MA000004XR --to 99010101 --reason 新建会 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "统一社会信用代码 The payer's code.") var code: String
        @Option(name: .long, help: "工会代码 The union.") var to: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("dues.assign", ["code": .text(code), "to": .text(to), "reason": .text(reason)])
        }
    }

    struct Drop: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop",
            abstract: "销去无从冲回的负数行 Drop a negative line that takes nothing back.",
            discussion: """
                例 Example: niangjia dues drop dl-… --reason 税务重复发送 --as treasurer
                原缴费在账、只是暂不能冲回的不能销去。Not one whose original is there and only can't be taken back yet.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "负数行(dues suspense 中) The line, as dues suspense tells it.") var line: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("dues.drop", ["line": .text(line), "reason": .text(reason)])
        }
    }

    struct Return: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "return", abstract: "回拨 Give unions their share.", subcommands: [Build.self])

        struct Build: HostCommand {
            static let configuration = CommandConfiguration(
                commandName: "build",
                abstract: "按工会汇总并制单,由另一人复核 Build the batch that returns the shares.",
                discussion: """
                    例 Example: niangjia dues return build --through 2026-03-31 --as treasurer
                    之后:niangjia batch approve、batch export、batch result。Then as any batch.
                    """)
            @OptionGroup var common: CommonOptions
            @Option(name: .long, help: "截至哪天到账 What came in through this day.") var through: String?
            @Flag(name: .long, help: "上解而非回拨 The upper levels' shares instead.") var upward = false
            func request() -> (operation: String, arguments: Value) {
                ("dues.return", .given(["through": .optional(through), "upward": .bool(upward)]))
            }
        }
    }

    struct YearEnd: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "year-end",
            abstract: "年底:小额缴费全额返还 The year's end: small payers get everything back.",
            discussion: "例 Example: niangjia dues year-end 2026 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "年度 The year.") var year: Int
        func request() -> (operation: String, arguments: Value) { ("dues.year_end", ["year": .int(Int64(year))]) }
    }

    struct Statement: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "statement",
            abstract: "逐户:应缴、实缴、分成、回拨 What each payer paid and what became of it.",
            discussion: "例 Example: niangjia dues statement --year 2026 --unit 99010101 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "年度 The year.") var year: Int
        @Option(name: .long, help: "工会代码 One union.") var unit: String?
        @Option(name: .long, help: "信用代码 One payer.") var code: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "dues.statement",
                .given(["year": .int(Int64(year)), "unit": .optional(unit), "code": .optional(code)])
            )
        }
    }
}
