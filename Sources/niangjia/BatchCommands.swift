import ArgumentParser
import NiangjiaCore

extension BatchCommand {
    struct Refresh: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "refresh",
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
            commandName: "confirm",
            abstract: "登记收款人对变更后账号的确认 A payee confirms an account that has changed.",
            discussion: "例 Example: niangjia batch confirm ent-… --ending 0017 --how 本人持卡到窗口 --as office")
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
            commandName: "void",
            abstract: "作废尚未导出的批次 Take a batch apart that was not exported.",
            discussion: "例 Example: niangjia batch void bat-… --reason 制单有误 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Option(name: .long, help: "原因 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("batch.void", ["batch": .text(batch), "reason": .text(reason)])
        }
    }

    struct Entered: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "entered",
            abstract: "恢复备份后:补登其间的导出,核对后解锁 After a restore: enter what was exported since, then unlock.",
            discussion: """
                例 Example: niangjia batch entered --as treasurer
                    niangjia batch entered --number 12 --head 1c2-3fgh-… --as treasurer
                    niangjia batch entered --file 回单.txt --program tuition-2026 --batch 2026-0007 --on 2026-08-03 --as treasurer
                    niangjia batch entered --lines --as treasurer
                    niangjia batch entered --settle bat-… --line 3 --entitlement ent-… --as treasurer
                不带参数:补登 exports/sent 中数据库不知道的导出;台账也丢失时用银行回单(--file)。
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "最后一张交接单的导出序号 The last sheet's export number.") var number: Int?
        @Option(name: .long, help: "最后一张交接单的链头 The head printed there.") var head: String?
        @Option(name: .long, help: "银行回单 The bank's answer, where the ledger is lost.") var file: String?
        @Option(name: .long, help: "银行模板 The bank's template.") var template: String?
        @Option(name: .long, help: "项目(与 --file 同用) The program.") var program: String?
        @Option(name: .long, help: "交接单上的批次(与 --file 同用) The batch as the sheet names it.") var batch: String?
        @Option(name: .long, help: "导出日期(与 --file 同用) The day of the export.") var on: String?
        @Flag(name: .long, help: "列出未对上的笔 List payments that nothing was found for.") var lines = false
        @Option(name: .long, help: "核对一笔:它的批次编号 Settle one of them: its batch.") var settle: String?
        @Option(name: .long, help: "核对一笔:序号 Its number in the batch.") var line: Int?
        @Option(name: .long, help: "核对一笔:它支付的待遇 The entitlement that it paid.") var entitlement: String?
        @Option(name: .long, help: "核对一笔:另有所付,原因 Why it paid something else.") var reason: String?

        func request() throws -> (operation: String, arguments: Value) {
            if lines { return ("batch.entered.lines", .map([:])) }
            if let settle {
                return (
                    "batch.entered.match",
                    .given([
                        "batch": .text(settle), "n": .optional(line), "entitlement": .optional(entitlement),
                        "reason": .optional(reason),
                    ])
                )
            }
            return (
                "batch.entered",
                .given([
                    "number": .optional(number), "head": .optional(head), "file": .optional(file.map(absolutePath)),
                    "template": .optional(template), "program": .optional(program), "batch": .optional(batch),
                    "on": .optional(on),
                ])
            )
        }
    }
}
