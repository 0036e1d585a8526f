import ArgumentParser
import Foundation
import NiangjiaCore

struct CaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case", abstract: "申请:提交、查看、办理 Cases.",
        subcommands: [
            Submit.self, List.self, Show.self, Evidence.self, Advance.self, Stage.self, Unseal.self, Deliver.self,
        ])

    struct Submit: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "submit",
            abstract: "提交申请 Submit an application.",
            discussion: """
                例 Example: niangjia case submit tuition-2026 apply --for p-… --fields application.json --as office
                    niangjia case submit tuition-2026 apply --for p-… --fields application.json \\
                      --file children/0/proof=admission.pdf --as office
                附件按内容识别(PDF、JPEG、PNG,10 MB 以内)。Evidence is PDF, JPEG or PNG by content, 10 MB at most.
                字段文件是一个 JSON 对象;金额写文本(如 "50.00")。The fields are a JSON object; money is text ("50.00").
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Argument(help: "表单 The form.") var form: String
        @Option(name: .customLong("for"), help: "申请人编号 The applicant (p-…); default: the person behind the account.")
        var applicant: String?
        @Option(name: .long, help: "单位代码 The unit that files it.") var unit: String?
        @Option(name: .long, help: "服务组织代码 The organisation whose counter or station serves.") var serving: String?
        @OptionGroup var given: FormOptions
        @Option(name: .long, help: "渠道 The channel: member, unit, clerk, scan, keeper.") var channel: String?

        func request() throws -> (operation: String, arguments: Value) {
            return (
                "case.submit",
                .given([
                    "program": .text(program), "form": .text(form), "applicant": .optional(applicant),
                    "unit": .optional(unit), "serving": .optional(serving), "fields": .map(try given.fields()),
                    "files": .map(try given.files()), "channel": .optional(channel),
                ])
            )
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出申请 List cases that you may see.",
            discussion: """
                例 Example: niangjia case list --program tuition-2026 --state in_check --as office
                    niangjia case list --person p-… --as clerk
                姓名已脱敏;查看记入日志。Names are masked, and the look is logged.
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "项目 The program.") var program: String?
        @Option(name: .long, help: "状态 The state.") var state: String?
        @Option(name: .long, help: "人员:申请人或对象 Who applies, or whom it is about (p-…).") var person: String?
        @Option(name: .long, help: "工会或单位,含下级 A union or unit with all below it, by code or id.") var unit: String?
        @Flag(name: .long, help: "只列等本账号办理的 Only what waits for the account.") var queue = false
        @OptionGroup var page: PageOptions
        func request() -> (operation: String, arguments: Value) {
            (
                "case.list",
                .given([
                    "program": .optional(program), "state": .optional(state), "queue": .bool(queue),
                    "person": .optional(person), "unit": .optional(unit), "limit": .optional(page.limit),
                    "after": .optional(page.after),
                ])
            )
        }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "查看申请 Show a case.", discussion: "例 Example: niangjia case show c-… --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "申请编号 The case.") var id: String
        func request() -> (operation: String, arguments: Value) { ("case.show", ["case": .text(id)]) }
    }

    struct Advance: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "advance",
            abstract: "办理:通过、退回、不予通过、撤回等 Move a case.",
            discussion: """
                例 Example: niangjia case advance c-… approve --as county
                    niangjia case advance c-… waive --note LATE_CLAIM --as city
                    niangjia case advance c-… resubmit --field admitted_on=2026-03-01 --file settlement=new.pdf --as office
                动作 Actions: approve, return, reject, resubmit, withdraw, object, uphold, overrule, waive, claw_back, retry
                uphold 异议成立,不予通过;overrule 异议不成立,继续公示。uphold: the objection is right, the case is turned down;
                overrule: it isn't, the notice goes on.
                retry 规则曾出错的,按现行版本重新判定。retry: judge again, by the version in force, what the rule had failed at.
                补正时只写改动的字段;列表整个替换,只改一项写 --field children/0/tuition=5000。To resubmit, name the
                fields that change; a list is replaced whole, and children/0/tuition changes one value of it.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "申请编号 The case.") var id: String
        @Argument(help: "动作 The action.") var action: String
        @Option(name: .long, help: "说明;豁免时写原因代码 A note; the reason's code to waive.") var note: String?
        @Option(name: .long, help: "看到的版本 The version that you saw.") var version: Int?
        @OptionGroup var given: FormOptions
        func request() throws -> (operation: String, arguments: Value) {
            let (fields, files) = (try given.fields(), try given.files())
            return (
                "case.advance",
                .given([
                    "case": .text(id), "action": .text(action), "note": .optional(note), "version": .optional(version),
                    "fields": fields.isEmpty ? .null : .map(fields), "files": files.isEmpty ? .null : .map(files),
                ])
            )
        }
    }
}

extension CaseCommand {
    struct Evidence: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "evidence",
            abstract: "申请的附件:列出、取出 Evidence of a case.",
            discussion: """
                例 Example: niangjia case evidence c-… --as county
                    niangjia case evidence c-… --file children/0/proof --out proof.pdf --as county
                取出的每一次都记入查看日志。Each reading is logged.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "申请编号 The case.") var id: String
        @Option(name: .long, help: "取出哪一个:栏目,或列表中的附件编号 Which one: its field, or its name in the list.") var file:
            String?
        @Option(name: .long, help: "写到哪个文件(不覆盖)Where to; nothing is overwritten.") var out: String?

        func request() throws -> (operation: String, arguments: Value) {
            guard (file == nil) == (out == nil) else {
                throw ValidationError("--file 与 --out 须同时写。--file and --out go together.")
            }
            guard let file, let out else { return ("case.evidence", ["case": .text(id)]) }
            return (
                "case.evidence_file", ["case": .text(id), "file": .text(file), "out": .text(absolutePath(out))]
            )
        }
    }

    struct Deliver: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "deliver",
            abstract: "发放物品 Hand over goods.",
            discussion: """
                例 Example: niangjia case deliver --program summer-cooling-2026 --to p-… --station S0001 --as keeper
                    niangjia case deliver --case c-… --as keeper
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "项目 The program.") var program: String?
        @Option(name: .long, help: "领取人 Who collects it (p-…).") var to: String?
        @Option(name: .long, help: "站点 The station's code.") var station: String?
        @Option(name: .customLong("case"), help: "申请编号 The case, in place of a program and a person.") var caseFile:
            String?
        @Option(
            name: .long,
            help: "领取码;- 从标准输入读 The code that the person shows; - reads standard input (or NIANGJIA_PICKUP_CODE).")
        var code: String?

        func request() throws -> (operation: String, arguments: Value) {
            guard caseFile != nil || (program != nil && to != nil) else {
                throw ValidationError("请写 --case,或 --program 与 --to。Name --case, or --program and --to.")
            }
            return (
                "case.deliver",
                .given([
                    "program": .optional(program), "person": .optional(to), "station": .optional(station),
                    "case": .optional(caseFile),
                    "code": .optional(try Terminal.code(code, variable: "NIANGJIA_PICKUP_CODE")),
                ])
            )
        }
    }
}

struct DecisionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decision", abstract: "核定结果:说明与重演 Decisions.",
        subcommands: [List.self, Show.self, Explain.self, Replay.self, Withdraw.self])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出核定结果 List decisions.",
            discussion:
                "例 Example: niangjia decision list --program summer-cooling-2026 --result refused --limit 20 --as office"
        )
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "项目 The program.") var program: String?
        @Option(name: .customLong("case"), help: "申请编号 The case.") var caseFile: String?
        @Option(name: .long, help: "人员编号 The person (p-…).") var person: String?
        @Option(name: .long, help: "结果 granted, limited, refused, waitlisted, review, incomplete, failed.") var result:
            String?
        @OptionGroup var page: PageOptions
        func request() -> (operation: String, arguments: Value) {
            (
                "decision.list",
                .given([
                    "program": .optional(program), "case": .optional(caseFile), "person": .optional(person),
                    "result": .optional(result), "limit": .optional(page.limit), "after": .optional(page.after),
                ])
            )
        }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "查看核定结果 Show a decision.", discussion: "例 Example: niangjia decision show d-… --as auditor")
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号 The decision.") var id: String
        func request() -> (operation: String, arguments: Value) { ("decision.show", ["decision": .text(id)]) }
    }

    struct Explain: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: "说明:依据哪条规则、哪些本人事实、哪些标准 Why: the rule, my facts, the thresholds.",
            discussion: """
                例 Example: niangjia decision explain d-… --as m-t6-father
                    niangjia decision explain --program summer-cooling-2026 --person p-… --as office
                批量核定中不符合条件的人没有单独的核定编号,用第二种写法。Who was refused in a batch is found by the second form.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "核定编号或申请编号 The decision, or the case.") var id: String?
        @Option(name: .long, help: "项目 The program, in place of a decision.") var program: String?
        @Option(name: .long, help: "人员编号 The person (p-…); default: the person behind the account.") var person: String?

        func request() throws -> (operation: String, arguments: Value) {
            guard (id != nil) != (program != nil) else {
                throw ValidationError("请写核定编号,或 --program 与 --person。Name a decision, or --program and --person.")
            }
            return (
                "decision.explain",
                .given([
                    "decision": .optional(id), "program": .optional(program), "person": .optional(person),
                ])
            )
        }
    }

    struct Replay: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "重演:同样的输入在新的进程中得出同样的字节 Replay: the same bytes in a fresh process.",
            discussion: """
                例 Example: niangjia decision replay d-… --as auditor
                    niangjia decision replay --program summer-cooling-2026 --person p-… --on 2026-08-21 --as auditor
                批量核定中不符合条件、或结果与上次相同而仍在等待的人,用第二种写法。
                Who was refused in a batch, or still waited as before, is found by the second form.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号 The decision.") var id: String?
        @Option(name: .long, help: "项目 The program, in place of a decision.") var program: String?
        @Option(name: .long, help: "人员编号 The person (p-…).") var person: String?
        @Option(name: .long, help: "哪一天的核定,默认最近一次 The run for which day; default: the newest.") var on: String?
        func request() throws -> (operation: String, arguments: Value) {
            guard (id != nil) != (program != nil && person != nil) else {
                throw ValidationError("请写核定编号,或 --program 与 --person。Name a decision, or --program and --person.")
            }
            return (
                "decision.replay",
                .given([
                    "decision": .optional(id), "program": .optional(program), "person": .optional(person),
                    "on": .optional(on),
                ])
            )
        }
    }
}

extension DecisionCommand {
    struct Withdraw: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw",
            abstract: "取消批量核定中的一人 Take one person out of a run.",
            discussion: """
                例 Example: niangjia decision withdraw d-… --reason 本人已去世 --as office
                    niangjia decision withdraw d-… --reason 职业登记有误,已更正 --again --as office
                未付的释放预留;已付的追回,须由没有核定的另一人(财务、项目管理员)办理;等待的移出名单。
                What is held is released; what was paid is claimed back, by another than who decided; who waits is off the list.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "编号 The decision.") var id: String
        @Option(name: .long, help: "理由,本人看得到 Why; the member sees it.") var reason: String
        @Flag(name: .long, help: "以后的核定重新判定此人 Later runs judge them anew.") var again = false
        func request() -> (operation: String, arguments: Value) {
            ("decision.withdraw", ["decision": .text(id), "reason": .text(reason), "again": .bool(again)])
        }
    }
}

/// A part of a list: how much of it, and from where on.
struct PageOptions: ParsableArguments {
    @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
    @Option(name: .long, help: "从这一编号之后继续 Go on after this one, the last of the page before.") var after: String?
}

/// What is written into a form: a file, single fields, evidence.
struct FormOptions: ParsableArguments {
    @Option(name: .customLong("fields"), help: "字段文件(JSON) A file with the fields; - reads standard input.")
    var path: String?
    @Option(name: .customLong("field"), help: "单个字段 name=value One field; may be given several times.")
    var pairs: [String] = []
    @Option(name: .customLong("file"), help: "附件 name=PATH (children/0/proof=…) Evidence; may be given several times.")
    var evidence: [String] = []

    func fields() throws -> [String: Value] {
        var members: [String: Value] = [:]
        if let path {
            let data =
                path == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
            guard let data else { throw ValidationError("读不到 \(path)。\(path) can't be read.") }
            do {
                members = try Value(jsonBytes: [UInt8](data)).map ?? [:]
            } catch {
                throw ValidationError(
                    "\(path):字节 \(error.offset):\(error.message.zh)。\(path): byte \(error.offset): \(error.message.en)")
            }
        }
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--field 须写作 名称=值。Write --field name=value.") }
            members[parts[0]] = .text(parts[1])
        }
        return members
    }

    func files() throws -> [String: Value] {
        var files: [String: Value] = [:]
        for pair in evidence {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--file 须写作 名称=路径。Write --file name=path.") }
            files[parts[0]] = .text(absolutePath(parts[1]))
        }
        return files
    }
}
