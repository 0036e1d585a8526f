import ArgumentParser
import Foundation
import NiangjiaCore
import NiangjiaServer

extension AccountCommand {
    struct Password: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "password",
            abstract: "修改自己的密码,结束全部登录 Change one's own password; every sign-in of it ends.",
            discussion: """
                旧密码取自 NIANGJIA_PASSWORD,新密码取自 NIANGJIA_NEW_PASSWORD,没有时询问。
                例 Example: niangjia account password --as zhao
                """)
        @OptionGroup var common: CommonOptions

        func run() throws {
            let environment = ProcessInfo.processInfo.environment
            let old = try environment["NIANGJIA_PASSWORD"] ?? Terminal.password("旧密码 old password: ", common)
            let new =
                try environment["NIANGJIA_NEW_PASSWORD"]
                ?? Terminal.password("新密码 new password: ", variable: "NIANGJIA_NEW_PASSWORD", common)
            try Terminal.run("account.password", ["password": .text(old), "new_password": .text(new)], common)
        }
    }

    struct Sessions: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "sessions", abstract: "本人没有结束的登录 One's own sign-ins that have not ended.",
            subcommands: [Show.self, End.self], defaultSubcommand: Show.self)

        struct Show: HostCommand {
            static let configuration = CommandConfiguration(
                commandName: "list",
                abstract: "列出本人的登录 List one's own sign-ins.",
                discussion: "例 Example: niangjia account sessions --as zhao")
            @OptionGroup var common: CommonOptions
            func request() -> (operation: String, arguments: Value) { ("account.sessions", .map([:])) }
        }

        struct End: HostCommand {
            static let configuration = CommandConfiguration(
                commandName: "end",
                abstract: "结束本人的一个登录;不写代号:其他全部 End one of one's own sign-ins; without an id all others.",
                discussion: """
                    例 Example: niangjia account sessions end 3f2a91c05d7e8b14 --as zhao
                    例 Example: niangjia account sessions end --as zhao
                    """)
            @OptionGroup var common: CommonOptions
            @Argument(help: "登录的代号(account sessions) What account sessions calls it.") var session: String?
            func request() -> (operation: String, arguments: Value) {
                ("account.sessions.end", .given(["session": .optional(session)]))
            }
        }
    }

    struct SignOut: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "sign-out",
            abstract: "结束一个账号的全部登录,账号仍可登录 End every sign-in of an account, which may sign in again.",
            discussion: "例 Example: niangjia account sign-out zhao --as admin")
        @OptionGroup var common: CommonOptions
        @Argument(help: "账号名 The account.") var name: String
        func request() -> (operation: String, arguments: Value) { ("account.sign_out", ["account": .text(name)]) }
    }

    struct SecondFactor: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "totp", abstract: "动态口令(二次验证) One-time codes as a second factor.",
            subcommands: [Enrol.self, Confirm.self, Remove.self])

        struct Enrol: ParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "enrol",
                abstract: "取得密钥,添加到手机的验证器 Get a secret for the authenticator on a telephone.",
                discussion: """
                    密码取自 NIANGJIA_PASSWORD,没有时询问。
                    例 Example: niangjia account totp enrol --as zhao
                    """)
            @OptionGroup var common: CommonOptions

            func run() throws {
                let given = ProcessInfo.processInfo.environment["NIANGJIA_PASSWORD"]
                let password = try given ?? Terminal.password("密码 password: ", common)
                try Terminal.run("account.totp.enrol", ["password": .text(password)], common)
            }
        }

        struct Confirm: HostCommand {
            static let configuration = CommandConfiguration(
                commandName: "confirm",
                abstract: "用手机显示的第一个口令启用;得到恢复码 Confirm by the first code; recovery codes are shown.",
                discussion: "例 Example: niangjia account totp confirm 492039 --as zhao")
            @OptionGroup var common: CommonOptions
            @Argument(help: "六位数字;- 从标准输入读 The six digits; - reads standard input (or NIANGJIA_CODE).")
            var code: String?
            func request() throws -> (operation: String, arguments: Value) {
                guard let code = try Terminal.code(code) else {
                    throw ValidationError("请写六位数字。Write the six digits.")
                }
                return ("account.totp.confirm", ["code": .text(code)])
            }
        }

        struct Remove: HostCommand {
            static let configuration = CommandConfiguration(
                commandName: "remove",
                abstract: "移除动态口令 Remove the second factor.",
                discussion: """
                    自己的须给一个口令或恢复码;手机和恢复码都丢了的,由系统管理员移除。
                    例 Example: niangjia account totp remove --code 492039 --as zhao
                    例 Example: niangjia account totp remove zhao --as admin
                    """)
            @OptionGroup var common: CommonOptions
            @Argument(help: "别人的账号(系统管理员) Somebody else's account.") var name: String?
            @Option(
                name: .long,
                help: "口令或恢复码;- 从标准输入读 A code or a recovery code; - reads standard input (or NIANGJIA_CODE).")
            var code: String?
            func request() throws -> (operation: String, arguments: Value) {
                let code = name == nil ? try Terminal.code(code) : code
                return ("account.totp.remove", .given(["account": .optional(name), "code": .optional(code)]))
            }
        }
    }
}

struct DeviceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "门禁与扫码设备 Doors and scanners with keys of their own.",
        subcommands: [Add.self, List.self, Revoke.self])

    struct Add: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "添加设备,显示密钥一次 Add a device; its key is shown once.",
            discussion: "例 Example: niangjia device add door-3 --kind door --station S-990101-001 --as admin")
        @OptionGroup var common: CommonOptions
        @Argument(help: "设备名 Its name.") var name: String
        @Option(name: .long, help: "door 或 scanner") var kind: String
        @Option(name: .long, help: "站点代码 The code of its station.") var station: String?
        @Option(name: .long, help: "组织代码 The code of its organisation.") var organization: String?
        @Option(name: .long, help: "显示的名称 What people call it.") var display: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "device.add",
                .given([
                    "device": .text(name), "kind": .text(kind), "station": .optional(station),
                    "organization": .optional(organization), "display": .optional(display),
                ])
            )
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出设备 List devices.", discussion: "例 Example: niangjia device list --as admin")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("device.list", .map([:])) }
    }

    struct Revoke: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "停用设备的密钥 End a device's key.", discussion: "例 Example: niangjia device revoke door-3 --as admin")
        @OptionGroup var common: CommonOptions
        @Argument(help: "设备名 Its name.") var name: String
        func request() -> (operation: String, arguments: Value) { ("device.revoke", ["device": .text(name)]) }
    }
}
