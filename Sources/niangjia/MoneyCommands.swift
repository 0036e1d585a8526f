import ArgumentParser
import NiangjiaCore

struct BatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "代发批次:制单、复核、导出、回单 Payment batches.",
        subcommands: [
            Build.self, Approve.self, Export.self, File.self, Result.self, Reissue.self, Returned.self, Late.self,
            Refresh.self,
            Confirm.self, Void.self, Entered.self, List.self, Show.self,
        ])

    struct Build: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "build",
            abstract: "制单并自检 Build a batch and check it.",
            discussion: "例 Example: niangjia batch build tuition-2026 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Option(name: .long, help: "附言 The remark on each payment.") var remark: String?
        func request() -> (operation: String, arguments: Value) {
            ("batch.build", .given(["program": .text(program), "remark": .optional(remark)]))
        }
    }

    struct Approve: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "复核(须另一人) Approve, as a second person.",
            discussion: "例 Example: niangjia batch approve bat-… --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Flag(name: .long, help: "已向家属核实去世收款人的账号 Accounts of payees who died were looked into.")
        var deceasedChecked = false
        func request() -> (operation: String, arguments: Value) {
            ("batch.approve", ["batch": .text(batch), "deceased_checked": .bool(deceasedChecked)])
        }
    }

    struct Export: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "导出银行文件(只导出一次) Write the bank's file, once.",
            discussion: "例 Example: niangjia batch export bat-… --template generic_txt --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Option(name: .long, help: "银行模板 The bank's template.") var template: String?
        @Flag(name: .long, help: "文件丢失:按原样重写首次导出的文件 The file is lost: write the very same again.") var again = false
        @Flag(name: .long, help: "已向家属核实批准后去世的收款人的账号 Accounts of payees who died since were looked into.")
        var deceasedChecked = false
        func request() -> (operation: String, arguments: Value) {
            (
                "batch.export",
                .given([
                    "batch": .text(batch), "template": .optional(template), "again": .bool(again),
                    "deceased_checked": .bool(deceasedChecked),
                ])
            )
        }
    }

    struct Result: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "result",
            abstract: "登记银行回单 Take the bank's answer.",
            discussion: "例 Example: niangjia batch result bat-… result.csv --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Argument(help: "回单文件 The bank's file.") var file: String
        @Option(name: .long, help: "银行模板 The bank's template.") var template: String?
        @Flag(help: "已向银行核实:另一批次的回单与这份逐字节相同 The bank was asked: it answered another batch alike.") var alike = false
        func request() -> (operation: String, arguments: Value) {
            (
                "batch.result",
                .given([
                    "batch": .text(batch), "file": .text(absolutePath(file)), "template": .optional(template),
                    "alike": .bool(alike),
                ])
            )
        }
    }

    struct Reissue: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "reissue",
            abstract: "失败的一笔重新发放 Make the next attempt of a failed payment.",
            discussion: "例 Example: niangjia batch reissue pay-… --reason 更正卡号 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "付款编号 The payment.") var payment: String
        @Option(name: .long, help: "原因 Why.") var reason: String
        @Flag(name: .long, help: "已向家属核实去世收款人的账号 The account of a payee who died was looked into.")
        var deceasedChecked = false
        func request() -> (operation: String, arguments: Value) {
            (
                "batch.reissue",
                ["payment": .text(payment), "reason": .text(reason), "deceased_checked": .bool(deceasedChecked)]
            )
        }
    }

    struct Returned: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "returned",
            abstract: "登记退汇:银行已付又退回的一笔 A payment that the bank sent back after it had counted as paid.",
            discussion: """
                例 Example: niangjia batch returned pay-… --on 2026-08-03 --message 账户已销户 --as treasurer
                之后可以重新发放:niangjia batch reissue。Afterwards it may be reissued.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "付款编号(batch show 中) The payment, as batch show tells it.") var payment: String
        @Option(name: .long, help: "退回日期 The day on which the money came back.") var on: String
        @Option(name: .long, help: "银行的说明 What the bank says.") var message: String
        func request() -> (operation: String, arguments: Value) {
            ("batch.returned", ["payment": .text(payment), "on": .text(on), "message": .text(message)])
        }
    }

    struct Late: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "late",
            abstract: "登记迟到的成功:银行先报失败、后来付了的一笔 A payment that arrived after the bank had called it failed.",
            discussion: """
                例 Example: niangjia batch late pay-… --on 2026-08-05 --message 银行更正为成功 --as treasurer
                尚未重发的记为支付成功,待重发的一笔取出;已经重发的,多付的列入追回(fund claims)。
                Paid where nothing was sent again; else what was paid twice is claimed back.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "付款编号(batch show 中) The payment, as batch show tells it.") var payment: String
        @Option(name: .long, help: "到账日期 The day on which it was paid.") var on: String
        @Option(name: .long, help: "银行的说明 What the bank says.") var message: String
        func request() -> (operation: String, arguments: Value) {
            ("batch.late", ["payment": .text(payment), "on": .text(on), "message": .text(message)])
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出批次 List batches.", discussion: "例 Example: niangjia batch list --as treasurer")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("batch.list", .map([:])) }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "查看批次与各笔结果 Show a batch and its lines.",
            discussion: "例 Example: niangjia batch show bat-… --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        func request() -> (operation: String, arguments: Value) { ("batch.show", ["batch": .text(batch)]) }
    }
}

extension BatchCommand {
    struct File: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "file",
            abstract: "导出文件在哪里,核对摘要 Where an exported file lies, its digest checked.",
            discussion: "例 Example: niangjia batch file bat-… 1 --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "批次编号 The batch.") var batch: String
        @Argument(help: "第几个文件 Which file.") var n: Int = 1
        func request() -> (operation: String, arguments: Value) {
            ("batch.file", ["batch": .text(batch), "n": .int(Int64(n))])
        }
    }
}

struct FundCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fund", abstract: "资金:余额、明细、核对 Funds.",
        subcommands: [
            Balance.self, Statement.self, Receive.self, Claims.self, ClawBack.self, Recover.self, Report.self,
            Close.self, Periods.self, Verify.self, Sharing.self, SharingList.self, SharingConfirm.self,
            SharingWithdraw.self,
        ])

    struct Balance: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "balance",
            abstract: "各资金线余额 What each fund line has.", discussion: "例 Example: niangjia fund balance --json")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("fund.balance", .map([:])) }
    }

    struct Statement: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "statement",
            abstract: "一条资金线的明细 The entries of a line.",
            discussion: "例 Example: niangjia fund statement cooling-2026 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "资金线 The line.") var line: String
        @Option(name: .long, help: "最多条数 At most so many.") var limit: Int?
        func request() -> (operation: String, arguments: Value) {
            ("fund.statement", .given(["line": .text(line), "limit": .optional(limit)]))
        }
    }

    struct Receive: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "receive",
            abstract: "登记单位缴来的互助费 Enter a unit's transfer of fees.",
            discussion:
                "例 Example: niangjia fund receive mutual-aid-2026 --unit 990101002 --amount 12000.00 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "项目 The program.") var program: String
        @Option(name: .long, help: "单位代码 The unit.") var unit: String
        @Option(name: .long, help: "金额(元) The amount in yuan.") var amount: String
        func request() -> (operation: String, arguments: Value) {
            ("fund.receive", ["program": .text(program), "unit": .text(unit), "amount": .text(amount)])
        }
    }

    struct Claims: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "claims",
            abstract: "应追回而未到账的款项 What was claimed back and has not come in.",
            discussion: "例 Example: niangjia fund claims --as treasurer")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "项目 The program.") var program: String?
        func request() -> (operation: String, arguments: Value) {
            ("fund.claims", .given(["program": .optional(program)]))
        }
    }

    struct ClawBack: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "claw-back",
            abstract: "追回:按待遇编号追回整份申请 Claw back the application that an entitlement came of.",
            discussion: """
                例 Example: niangjia fund claw-back ent-… --reason 提供虚假材料 --as treasurer
                未付的释放,已付的列入 fund claims;与 case advance … claw_back 相同,不必知道申请编号。
                The same as case advance … claw_back, for whoever isn't told the application.
                只追回一份申请中的一笔:--only。One line of an application: --only.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "待遇编号(batch show 中) The entitlement, as batch show tells it.") var entitlement: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        @Flag(name: .long, help: "只追回这一笔所属的核定,其他各笔不动 Only the decision that this one came of.")
        var only = false
        func request() -> (operation: String, arguments: Value) {
            ("fund.claw_back", ["entitlement": .text(entitlement), "reason": .text(reason), "only": .bool(only)])
        }
    }

    struct Recover: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "recover",
            abstract: "登记追回到账 Enter money that was claimed back and came in.",
            discussion: "例 Example: niangjia fund recover ent-… --amount 300.00 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "待遇编号(fund claims 中) The entitlement, as fund claims tells it.") var entitlement: String
        @Option(name: .long, help: "到账金额(元),可分几次 The amount in yuan; it may come in parts.") var amount: String
        func request() -> (operation: String, arguments: Value) {
            ("fund.recover", ["entitlement": .text(entitlement), "amount": .text(amount)])
        }
    }

    struct Verify: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "核对账目到分 Prove the books to the fen.", discussion: "例 Example: niangjia fund verify --json")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("fund.verify", .map([:])) }
    }
}
