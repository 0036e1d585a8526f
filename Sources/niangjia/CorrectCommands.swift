import ArgumentParser
import NiangjiaCore

extension ProgramCommand {
    struct Correct: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "correct",
            abstract: "更正已核定的金额:列出补发与追回,提出,由另一人批准 Amounts found wrong: list, propose, approve.",
            discussion: """
                例 Example: niangjia program correct summer-cooling-2026 --since 2026-07-01 --as treasurer
                    niangjia program correct summer-cooling-2026 --propose --reason 标准录错 --as treasurer
                    niangjia program correct --approve cor-… --as payer
                按生效中的配置和核定当时记录的事实重算;中途停下后再次批准即可继续,不会重复记账。
                Judged again by the configuration in force on the facts of that time. Stopped half-way, approving again goes on.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String?
        @Option(name: .long, help: "只更正此日及以后的核定 Only decisions of this day and later.") var since: String?
        @Flag(name: .long, help: "提出,等待另一人批准 Propose it to a second person.") var propose = false
        @Option(name: .long, help: "原因(与 --propose 同用) Why.") var reason: String?
        @Option(name: .long, help: "批准并记账(须另一人) Approve and book, as a second person.") var approve: String?
        @Option(name: .long, help: "撤回尚未批准的更正 Take a proposal back.") var withdraw: String?

        func request() throws -> (operation: String, arguments: Value) {
            let asked = [program, approve, withdraw].compactMap { $0 }
            guard asked.count == 1 else {
                throw ValidationError("请写明一个项目,或 --approve、--withdraw 之一。Name a program, or --approve or --withdraw.")
            }
            if let approve { return ("program.correct.approve", ["correction": .text(approve)]) }
            if let withdraw { return ("program.correct.withdraw", ["correction": .text(withdraw)]) }
            let members: [String: Value?] = [
                "program": .optional(program), "since": .optional(since), "reason": .optional(reason),
            ]
            return (propose ? "program.correct.propose" : "program.correct", .given(members))
        }
    }

    struct Corrections: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "corrections",
            abstract: "历次更正 Every correction, the newest first.",
            discussion: "例 Example: niangjia program corrections summer-cooling-2026 --as auditor")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String?
        func request() -> (operation: String, arguments: Value) {
            ("program.corrections", .given(["program": .optional(program)]))
        }
    }
}
