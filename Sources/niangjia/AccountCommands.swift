import ArgumentParser
import Foundation
import NiangjiaCore
import NiangjiaServer

struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "账号与登录 Accounts and sign-ins.",
        subcommands: [
            Add.self, Login.self, Logout.self, List.self, Disable.self, SignOut.self, Password.self, SecondFactor.self,
            Sessions.self,
        ])

    static let roles = Role.allCases.map { $0 == .reviewer ? "reviewer:basic|county|city|province" : $0.rawValue }
        .joined(separator: " ")

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "添加账号 Add an account.",
            discussion: """
                第一个账号须是系统管理员,之后由系统管理员添加。The first account is the system administrator's.
                新账号的密码取自 NIANGJIA_NEW_PASSWORD(--as 账号自己的密码取自 NIANGJIA_PASSWORD)。
                角色 Roles: \(AccountCommand.roles)
                例 Example: niangjia account add zhao --role clerk --role reviewer:county --organization 990101 --as admin
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "账号名 The name that is typed at sign-in.") var name: String
        @Option(name: .long, help: "角色,可多次 A role; may be given several times.") var role: [String]
        @Option(name: .long, help: "姓名 The name that others see.") var display: String?
        @Option(name: .long, help: "所属组织代码 The organisation whose part of the tree it sees.") var organization: String?
        @Option(name: .long, help: "人员编号 The person behind it (p-…).") var person: String?
        @Option(name: .long, help: "从此环境变量读新密码 The environment variable that holds the new password.")
        var passwordFrom: String = "NIANGJIA_NEW_PASSWORD"

        func run() throws {
            let password =
                try ProcessInfo.processInfo.environment[passwordFrom]
                ?? Terminal.password("\(name) 的新密码 new password: ", variable: passwordFrom, common)
            try Terminal.run(
                "account.add",
                .given([
                    "account": .text(name), "roles": .list(role.map { .text($0) }), "display": .optional(display),
                    "organization": .optional(organization), "person": .optional(person), "password": .text(password),
                ]), common)
        }
    }

    struct Login: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "login",
            abstract: "登录并记住 Sign in and keep it for the next commands.",
            discussion: """
                有动态口令的账号加 --code(- 从标准输入读;或 NIANGJIA_CODE)。An account with a second factor adds --code (- reads it).
                例 Example: niangjia account login --as zhao
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "动态口令或恢复码 A one-time code, or a recovery code.") var code: String?

        func run() throws {
            guard let account = common.account else { throw ValidationError("请写 --as 账号。Name the account with --as.") }
            let password =
                try ProcessInfo.processInfo.environment["NIANGJIA_PASSWORD"]
                ?? Terminal.password("\(account) 的密码 password: ", common)
            let (folder, language) = (common.folder, common.chosenLanguage)
            let arguments = Value.given([
                "account": .text(account), "password": .text(password),
                "code": .optional(try Terminal.code(code)),
            ])
            let collected = CollectingSink()
            let status = Terminal.wait {
                await Runner.run(
                    "account.login", arguments, in: folder, as: .none,
                    language: language, to: collected)
            }
            let sink = ConsoleSink(json: common.json, language: language)
            for event in collected.events {
                // The token is kept, not shown.
                if case .answer(var answer) = event {
                    if let token = answer["token"].text { try SavedSessions(for: folder).save(token, of: account) }
                    if case .map(var members) = answer {
                        members["token"] = nil
                        answer = .map(members)
                    }
                    sink.emit(.answer(answer))
                } else {
                    sink.emit(event)
                }
            }
            if status != .ok { throw ExitCode(status.rawValue) }
        }
    }

    struct Logout: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "logout",
            abstract: "退出登录 End a kept sign-in.", discussion: "例 Example: niangjia account logout --as zhao")
        @OptionGroup var common: CommonOptions

        func run() throws {
            let saved = SavedSessions(for: common.folder)
            guard let account = common.account ?? saved.current, let token = saved.token(of: account) else {
                throw ValidationError("没有记住的登录。There is no kept sign-in.")
            }
            try saved.remove(account)
            try Terminal.run("account.logout", ["token": .text(token)], common)
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出账号 List accounts.", discussion: "例 Example: niangjia account list --as admin")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("account.list", .map([:])) }
    }

    struct Disable: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "停用账号并结束其登录 Disable an account and end its sign-ins.",
            discussion: "例 Example: niangjia account disable zhao --as admin")
        @OptionGroup var common: CommonOptions
        @Argument(help: "账号名 The account.") var name: String
        func request() -> (operation: String, arguments: Value) { ("account.disable", ["account": .text(name)]) }
    }
}
