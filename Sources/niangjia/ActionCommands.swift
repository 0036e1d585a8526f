import ArgumentParser
import NiangjiaCore

struct ActionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "插件的动作:列出、办理、复核 Actions of plugins.",
        subcommands: [List.self, Run.self, Waiting.self, Show.self, Confirm.self])

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出项目的动作 List a program's actions.",
            discussion: "例 Example: niangjia action list skill-competition-2026 --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        func request() -> (operation: String, arguments: Value) { ("action.list", ["program": .text(program)]) }
    }

    struct Run: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "办理一个动作 Run an action.",
            discussion: """
                例 Example: niangjia action run skill-competition-2026 score --field entrant=r-… --field round=1 --field points=90 --as judge
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Argument(help: "动作 The action.") var action: String
        @OptionGroup var given: FormOptions
        func request() throws -> (operation: String, arguments: Value) {
            (
                "action.run",
                .given(["program": .text(program), "action": .text(action), "input": .map(try given.fields())])
            )
        }
    }

    struct Waiting: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "waiting",
            abstract: "等待本账号复核的动作 Actions that wait for this account to confirm them.",
            discussion: "例 Example: niangjia action waiting --as chief")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            ("action.waiting", .given(["limit": .optional(limit)]))
        }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "待复核的动作会做什么、动哪些钱 What an action that waits would do, and which money it moves.",
            discussion: "例 Example: niangjia action show act-… --as chief")
        @OptionGroup var common: CommonOptions
        @Argument(help: "动作记录的编号 The run (act-…).") var run: String
        func request() -> (operation: String, arguments: Value) { ("action.show", ["run": .text(run)]) }
    }

    struct Confirm: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "confirm",
            abstract: "复核另一人提出的动作 Confirm what somebody else asked for.",
            discussion: "例 Example: niangjia action confirm act-… --as chief   # 先看 first: niangjia action show act-…")
        @OptionGroup var common: CommonOptions
        @Argument(help: "动作记录的编号 The run (act-…).") var run: String
        @Flag(name: .long, help: "不同意 Refuse it.") var refuse = false
        func request() -> (operation: String, arguments: Value) {
            ("action.confirm", .given(["run": .text(run), "refuse": .bool(refuse)]))
        }
    }
}

struct RoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "插件自设的角色由谁担任 Who holds the roles that plugins name.",
        subcommands: [Give.self, Take.self, List.self])

    struct Give: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "give",
            abstract: "授予角色 Give a role.",
            discussion: "例 Example: niangjia role give skill-competition judge li --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件 The plugin.") var plugin: String
        @Argument(help: "角色 The role.") var role: String
        @Argument(help: "账号 The account.") var holder: String
        func request() -> (operation: String, arguments: Value) {
            ("role.set", ["plugin": .text(plugin), "role": .text(role), "account": .text(holder)])
        }
    }

    struct Take: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "take",
            abstract: "收回角色 Take a role away.",
            discussion: "例 Example: niangjia role take skill-competition judge li --as office")
        @OptionGroup var common: CommonOptions
        @Argument(help: "插件 The plugin.") var plugin: String
        @Argument(help: "角色 The role.") var role: String
        @Argument(help: "账号 The account.") var holder: String
        func request() -> (operation: String, arguments: Value) {
            ("role.set", ["plugin": .text(plugin), "role": .text(role), "account": .text(holder), "end": true])
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出角色和担任者 List the roles and who holds them.",
            discussion: "例 Example: niangjia role list --as office")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("role.list", .map([:])) }
    }
}

extension CaseCommand {
    struct Stage: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "stage",
            abstract: "把申请转到另一阶段 Bring a case to another stage.",
            discussion: """
                例 Example: niangjia case stage c-… assigned --field officer=p-… --as safety
                    niangjia case stage c-… rectified --file proof=after.jpg --as works
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "申请编号 The case.") var id: String
        @Argument(help: "阶段 The stage.") var stage: String
        @Option(name: .long, help: "看到的版本 The version that you saw.") var version: Int?
        @OptionGroup var given: FormOptions
        func request() throws -> (operation: String, arguments: Value) {
            let (fields, files) = (try given.fields(), try given.files())
            return (
                "case.stage",
                .given([
                    "case": .text(id), "stage": .text(stage), "version": .optional(version),
                    "fields": fields.isEmpty ? .null : .map(fields), "files": files.isEmpty ? .null : .map(files),
                ])
            )
        }
    }

    struct Unseal: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "unseal",
            abstract: "启封:查看保密申请的对象,须说明理由,留痕 Tell whom a sealed case is about; logged.",
            discussion: "例 Example: niangjia case unseal c-… --reason 核实奖励 --as safety")
        @OptionGroup var common: CommonOptions
        @Argument(help: "申请编号 The case.") var id: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("case.unseal", ["case": .text(id), "reason": .text(reason)])
        }
    }
}
