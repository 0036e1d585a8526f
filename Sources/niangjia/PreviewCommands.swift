import ArgumentParser
import Foundation
import NiangjiaCore

// Nobody changes a program blind: what a preview and a comparison ask of the host.
extension ProgramCommand {
    /// A program, or all of them.
    static func check(_ program: String?, _ all: Bool) throws {
        guard (program == nil) == all else {
            throw ValidationError("请写项目,或 --all。Name a program, or --all.")
        }
    }

    struct Preview: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "preview",
            abstract: "试算:谁会得到多少,什么都不写 What it would give to whom; nothing is written.",
            discussion: """
                例 Example: niangjia program preview summer-cooling-2026 --as-of 2026-07-15 --json
                    niangjia program preview summer-cooling-2026 --proposed --as office
                    niangjia program preview --all --as office
                    niangjia program preview --all --bundle 3f2a91c0 --as office
                    niangjia program preview summer-cooling-2026 --names --reason 核对名单 --as office
                按申请办理的表单,用过去一年的申请重新判定。Of a form that is applied for, the applications of the past year are judged again.
                不足 5 人的组不单列;名单须有权查看该表单用到的每一项资料。Groups under 5 are not told; names need the right to every declared fact.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String?
        @Flag(name: .long, help: "全部开放的项目,登记资料只读一遍 Every open program, reading the register once.") var all = false
        @Option(name: .long, help: "表单 The form, where the plugin has several.") var form: String?
        @Option(name: .long, help: "日期 The day for which it is judged; default: today.") var asOf: String?
        @Flag(name: .long, help: "按文件夹中的内容(不论是否已批准) By what the folder holds, approved or not.")
        var proposed = false
        @Option(
            name: .long,
            help: "某一版配置:摘要的开头,或 then(当日生效的) A bundle: the beginning of its digest, or then, in force on the day.")
        var bundle: String?
        @Flag(name: .long, help: "列出姓名(遮盖) List names, masked.") var names = false
        @Option(name: .long, help: "理由:写明后姓名不遮盖,并记入日志 Why names are shown in full; it is logged.") var reason: String?
        @Option(name: .long, help: "最多列出多少个 At most so many names.") var limit: Int?
        func request() throws -> (operation: String, arguments: Value) {
            try ProgramCommand.check(program, all)
            return (
                "program.preview",
                .given([
                    "program": .optional(program), "all": .bool(all), "form": .optional(form), "as_of": .optional(asOf),
                    "proposed": .bool(proposed), "bundle": .optional(bundle), "names": .bool(names || reason != nil),
                    "reason": .optional(reason), "limit": .optional(limit),
                ])
            )
        }
    }

    struct Diff: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "前后对比:谁增加、谁减少、因为什么 Who gains, who loses, and by which condition.",
            discussion: """
                例 Example: niangjia program diff summer-cooling-2026 --as office
                    niangjia program diff summer-cooling-2026 --against 3f2a91c0 --out 对比.xlsx --as office
                    niangjia program diff summer-cooling-2026 --from closed --against active --json --as office
                    niangjia program diff summer-cooling-2027 --than summer-cooling-2026 --as-of 2027-07-01 --as office
                按申请办理的表单,用过去一年的申请两边各判定一次。Of a form that is applied for, both sides judge the applications of the past year.
                --from(默认 active)与 --against(默认 folder)可写:active 生效中、folder 文件夹、closed 不开办、then 当日生效的、摘要的开头,或另一个文件夹。
                Sides: active, folder, closed, then (in force on the day), the beginning of a digest, or another folder.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Option(name: .long, help: "对比的另一方(默认文件夹) What comes after; default: the folder.") var against: String?
        @Option(name: .long, help: "从哪一方(默认生效中) What comes before; default: what is in force.") var from: String?
        @Option(
            name: .long,
            help: "与往年的项目比(同一系列) Another year's program of the same series: its rules stand before.")
        var than: String?
        @Option(name: .long, help: "表单 The form, where the plugin has several for a batch.") var form: String?
        @Option(name: .long, help: "日期 The day for which it is judged; default: today.") var asOf: String?
        @Option(name: .long, help: "写入文件(.xlsx 或 .csv) Write every line to a file.") var out: String?
        @Option(name: .long, help: "最多列出多少户 At most so many households in the answer.") var limit: Int?

        func request() throws -> (operation: String, arguments: Value) {
            if let out, !out.hasSuffix(".xlsx"), !out.hasSuffix(".csv") {
                throw ValidationError("--out 须以 .xlsx 或 .csv 结尾。--out must end in .xlsx or .csv.")
            }
            var arguments: [String: Value?] = [
                "program": .text(program), "form": .optional(form), "as_of": .optional(asOf),
                "out": .optional(out.map(absolutePath)), "limit": .optional(limit), "than": .optional(than),
            ]
            for (name, side) in [("from", from), ("against", against)] {
                guard let side else { continue }
                // A path is another folder; anything else is known to the host.
                let isFolder = side.contains("/") || side == "."
                arguments[isFolder ? name + "_folder" : name] = .text(isFolder ? absolutePath(side) : side)
            }
            return ("program.diff", .given(arguments))
        }
    }

    struct Unasked: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "unasked",
            abstract: "免申即享名单:符合条件而从未申请的人 Who qualifies and never applied.",
            discussion: """
                例 Example: niangjia program unasked summer-cooling-2026 --out 名单.xlsx --reason 上门告知 --as office
                只列本账号所辖工会的人;查看会记入日志。Only people of the account's unions; each reading is logged.
                等待资金的一并列出;本季核定过的(包括候补)不列。Who waits for money is listed too; who was decided on this season isn't.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Option(name: .long, help: "表单 The form, where the plugin has several for a batch.") var form: String?
        @Option(name: .long, help: "日期 The day for which it is judged; default: today.") var asOf: String?
        @Option(name: .long, help: "理由:写明后姓名不遮盖,并记入日志 Why names are shown in full; it is logged.") var reason: String?
        @Option(name: .long, help: "写入文件(.xlsx 或 .csv) Write everybody to a file.") var out: String?
        func request() throws -> (operation: String, arguments: Value) {
            if let out, !out.hasSuffix(".xlsx"), !out.hasSuffix(".csv") {
                throw ValidationError("--out 须以 .xlsx 或 .csv 结尾。--out must end in .xlsx or .csv.")
            }
            return (
                "program.unasked",
                .given([
                    "program": .text(program), "form": .optional(form), "as_of": .optional(asOf),
                    "reason": .optional(reason), "out": .optional(out.map(absolutePath)),
                ])
            )
        }
    }

    struct Runs: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "runs",
            abstract: "历次核定及其进度 Runs, the newest first.",
            discussion: "例 Example: niangjia program runs summer-cooling-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目;不写:全部 The program; default: all.") var program: String?
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            ("program.runs", .given(["program": .optional(program), "limit": .optional(limit)]))
        }
    }

    struct Pause: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "暂停一次核定;再次 decide 即继续 Pause a run; decide goes on with it.",
            discussion: "例 Example: niangjia program pause run-… --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "核定的编号 The run.") var id: String
        func request() -> (operation: String, arguments: Value) { ("program.pause", ["run": .text(id)]) }
    }

    struct Cancel: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel",
            abstract: "取消一次没有结束的核定;已写入的仍然有效 Cancel a run; what it has applied stays.",
            discussion: "例 Example: niangjia program cancel run-… --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "核定的编号 The run.") var id: String
        func request() -> (operation: String, arguments: Value) { ("program.cancel", ["run": .text(id)]) }
    }
}
