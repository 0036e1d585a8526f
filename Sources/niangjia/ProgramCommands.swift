import ArgumentParser
import NiangjiaCore

struct ProgramCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program", abstract: "服务项目:查看、试算、核定、开关 Programs.",
        subcommands: [
            List.self, Show.self, Preview.self, Diff.self, Unasked.self, Waiting.self, Decide.self, Correct.self,
            Corrections.self,
            Runs.self, Pause.self, Cancel.self, Open.self,
            Close.self, Suspend.self, End.self,
        ])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出项目 List the programs.",
            discussion: """
                例 Example: niangjia program list --json
                    niangjia program list --mine --as m-t6-father
                """)
        @OptionGroup var common: CommonOptions
        @Flag(name: .long, help: "只列本账号现在可以申请的 Only what the account may apply for now.") var mine = false
        func request() -> (operation: String, arguments: Value) {
            (mine ? "program.mine" : "program.list", .map([:]))
        }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "查看项目的生效设置与待批准修改 A program's settings in force, and what waits for approval.",
            discussion: "例 Example: niangjia program show summer-cooling-2026")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { ("program.show", ["program": .text(program)]) }
    }

    struct Waiting: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "waiting",
            abstract: "等待名单:每人一行,自何时、最近一次核定、为什么 Who waits: since when, last judged, why.",
            discussion: """
                例 Example: niangjia program waiting summer-cooling-2026 --as office
                    niangjia program waiting summer-cooling-2026 --limit 500 --after d-… --json --as office
                此后已享受、不再符合、已取消的人不在名单上。Who was served, refused or taken out since isn't on it.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Option(name: .long, help: "表单 The form.") var form: String?
        @Option(name: .long, help: "查看姓名全文的理由(记入日志) Why names are shown in full; it is logged.") var reason: String?
        @OptionGroup var page: PageOptions
        func request() -> (operation: String, arguments: Value) {
            (
                "program.waiting",
                .given([
                    "program": .text(program), "form": .optional(form), "reason": .optional(reason),
                    "limit": .optional(page.limit), "after": .optional(page.after),
                ])
            )
        }
    }

    struct Decide: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "decide",
            abstract: "正式核定(此时尚未付款) Decide over everybody in scope; nothing is paid yet.",
            discussion: """
                例 Example: niangjia program decide summer-cooling-2026 --as office
                    niangjia program decide --all --as office
                中途停下(Ctrl-C、断电)后再次运行同一命令即可继续。Stopped half-way, the same command goes on with it.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String?
        @Flag(name: .long, help: "全部开放的项目,逐个核定 Every open program, one after the other.") var all = false
        @Option(name: .long, help: "表单 The form, where the plugin has several for a batch.") var form: String?
        @Option(name: .long, help: "日期 The day for which it is judged; default: today.") var asOf: String?
        @Flag(name: .long, help: "已按更晚的日期核定过,仍按这一天核定 Although a later day has been decided.") var earlier = false
        func request() throws -> (operation: String, arguments: Value) {
            try ProgramCommand.check(program, all)
            return (
                "program.decide",
                .given([
                    "program": .optional(program), "all": .bool(all), "form": .optional(form),
                    "as_of": .optional(asOf), "earlier": .bool(earlier),
                ])
            )
        }
    }

    struct Open: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "open",
            abstract: "开放(修改 YAML 中的一个词并提交) Open a program.",
            discussion: "例 Example: niangjia program open tuition-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { toggle(program, "open") }
    }

    struct Close: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "close",
            abstract: "停止受理新申请 Close a program to new applications.",
            discussion: "例 Example: niangjia program close tuition-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { toggle(program, "closed_to_new") }
    }

    struct Suspend: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "suspend",
            abstract: "暂停 Suspend a program.",
            discussion: "例 Example: niangjia program suspend tuition-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { toggle(program, "suspended") }
    }

    struct End: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "end",
            abstract: "结束 End a program.", discussion: "例 Example: niangjia program end tuition-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { toggle(program, "ended") }
    }

    static func toggle(_ program: String, _ status: String) -> (operation: String, arguments: Value) {
        ("program.status", ["program": .text(program), "status": .text(status)])
    }
}

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "配置的提交与批准 Proposals and approvals of the configuration.",
        subcommands: [
            Propose.self, Approve.self, Withdraw.self, Revert.self, Log.self, Show.self, Diff.self, Export.self,
        ])

    struct Propose: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "propose",
            abstract: "提交文件夹中的修改 Propose what the folder holds.",
            discussion: """
                例 Example: niangjia config propose --policy 固工发〔2026〕12号 --from 2026-07-15 --as office
                先 niangjia config diff,再照它打印的摘要提交:文件夹其间改过的,不提交 Look first, then propose by the digest that config diff \
                prints: what has changed meanwhile is refused
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "看过的内容的摘要(config diff 打印,写全);不写:文件夹现在的内容 The whole digest of what you looked at.")
        var digest: String?
        @Option(name: .long, help: "文号 The paper that asks for the change.") var policy: String?
        @Option(name: .long, help: "生效日期 The day from which it holds.") var from: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "config.propose",
                .given(["digest": .optional(digest), "policy": .optional(policy), "from": .optional(from)])
            )
        }
    }

    struct Approve: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "由另一人批准 Approve, as a second person.",
            discussion: "例 Example: niangjia config approve 3f2a91c0 --as chief")
        @OptionGroup var common: CommonOptions
        @Argument(help: "配置摘要的开头 The beginning of the bundle's digest.") var bundle: String
        @Flag(name: .long, help: "试算中规则出错也批准(记入审计链) Although the rule failed in a preview; the audit chain says so.")
        var despiteFailures = false
        func request() -> (operation: String, arguments: Value) {
            ("config.approve", ["bundle": .text(bundle), "despite_failures": .bool(despiteFailures)])
        }
    }

    struct Withdraw: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw",
            abstract: "撤回待批准或待生效的一版 Take a proposal back that waits.",
            discussion: "例 Example: niangjia config withdraw 3f2a91c0 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "配置摘要的开头 The beginning of the bundle's digest.") var bundle: String
        func request() -> (operation: String, arguments: Value) { ("config.withdraw", ["bundle": .text(bundle)]) }
    }

    struct Revert: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "revert",
            abstract: "提交:恢复到某一版配置 Propose that an earlier bundle is in force again.",
            discussion: """
                例 Example: niangjia config revert 3f2a91c0 --policy 固工发〔2026〕12号 --as office
                那一版的插件批准过,版本号比现在的小也可以;之后照常试算,由另一人批准 Its plugins were approved before, so lower versions may \
                come back; preview and a second person's approval follow as ever
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "配置摘要的开头 The beginning of the bundle's digest.") var bundle: String
        @Option(name: .long, help: "文号 The paper that asks for the change.") var policy: String?
        func request() -> (operation: String, arguments: Value) {
            ("config.revert", .given(["bundle": .text(bundle), "policy": .optional(policy)]))
        }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "生效中的配置:摘要与文件 What is in force: its digest and files.",
            discussion: "例 Example: niangjia config show --json")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("config.show", .map([:])) }
    }

    struct Export: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "把生效中的配置写回文件夹,注释和次序照旧 Write what is in force into a folder, byte for byte.",
            discussion: """
                例 Example: niangjia config export
                例 Example: niangjia config export --to copy --json
                例 Example: niangjia config export --replace   # 原来的文件移到 exports/ The old files go to exports/
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "写到哪里;不写:本市的文件夹 The folder; default: the city's.") var to: String?
        @Flag(name: .long, help: "替换不同的文件、移走多出的 Replace files that differ, move away what isn't in force.")
        var replace = false
        func request() -> (operation: String, arguments: Value) {
            ("config.export", .given(["to": to.map { .text(absolutePath($0)) }, "replace": .bool(replace)]))
        }
    }

    struct Diff: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "文件夹(或某一版)与生效中的配置有何不同 What the folder, or a bundle, changes.",
            discussion: "例 Example: niangjia config diff 3f2a91c0 --json")
        @OptionGroup var common: CommonOptions
        @Argument(help: "配置摘要的开头;不写:文件夹 The beginning of a bundle's digest; default: the folder.") var bundle: String?
        func request() -> (operation: String, arguments: Value) {
            ("config.diff", .given(["bundle": .optional(bundle)]))
        }
    }

    struct Log: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "log",
            abstract: "历次配置 Every bundle, the newest first.", discussion: "例 Example: niangjia config log")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("config.log", .map([:])) }
    }
}
