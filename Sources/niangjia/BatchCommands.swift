import ArgumentParser
import NiangjiaCore

extension BatchCommand {
    struct Refresh: HostCommand {
        static let configuration = CommandConfiguration(
            abstract: "取出账号已变更(或指明)的笔,其余重新复核 Take lines out whose accounts changed; the rest is approved anew.",
            discussion: """
                例 Example: niangjia batch refresh bat-… --as treasurer
                    niangjia batch refresh bat-… --payment pay-… --reason 申请已撤回 --as treasurer
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Option(name: .long, help: "另须取出的付款;可多次 A payment to take out; repeatable.") var payment: [String] = []
        @Option(name: .long, help: "原因 Why.") var reason: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "batch.refresh",
                .given([
                    "batch": .text(batch), "payments": .list(payment.map { .text($0) }), "reason": .optional(reason),
                ])
            )
        }
    }

    struct Confirm: HostCommand {
        static let configuration = CommandConfiguration(
            abstract: "登记收款人对变更后账号的确认 A payee confirms an account that has changed.",
            discussion: "例 Example: niangjia batch confirm ent-… --ending 0017 --how 本人持卡到窗口 --as clerk")
        @OptionGroup var common: CommonOptions
        @Argument(help: "待遇编号 The entitlement.") var entitlement: String
        @Option(name: .long, help: "新账号后四位 The last four digits of the account.") var ending: String
        @Option(name: .long, help: "如何确认 By what the payee was heard.") var how: String
        func request() -> (operation: String, arguments: Value) {
            (
                "batch.confirm",
                ["entitlement": .text(entitlement), "ending": .text(ending), "how": .text(how)]
            )
        }
    }

    struct Void: HostCommand {
        static let configuration = CommandConfiguration(
            abstract: "作废尚未导出的批次 Take a batch apart that was not exported.",
            discussion: "例 Example: niangjia batch void bat-… --reason 制单有误 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Option(name: .long, help: "原因 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("batch.void", ["batch": .text(batch), "reason": .text(reason)])
        }
    }
}
