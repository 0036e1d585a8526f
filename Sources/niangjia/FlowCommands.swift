import ArgumentParser
import NiangjiaCore

struct GrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "分期补助:提出、批准、使用报告、结束 Grants in instalments.",
        subcommands: [
            Propose.self, Approve.self, Refuse.self, Report.self, Accept.self, SendBack.self, End.self, List.self,
            Show.self,
        ])

    struct Propose: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "propose",
            abstract: "提出一笔补助 Propose a grant.",
            discussion:
                "例 Example: niangjia grant propose startup --organization 990100F1 --amount 100000 --purpose 租金与设备 --as treasurer"
        )
        @OptionGroup var common: CommonOptions
        @Argument(help: "方案(funds.yaml 的 grants) The plan.") var plan: String
        @Option(name: .long, help: "给哪个组织 To whom.") var organization: String
        @Option(name: .long, help: "金额(元) The amount in yuan.") var amount: String
        @Option(name: .long, help: "用途 What it is for.") var purpose: String
        func request() -> (operation: String, arguments: Value) {
            (
                "grant.propose",
                [
                    "plan": .text(plan), "organization": .text(organization), "amount": .text(amount),
                    "purpose": .text(purpose),
                ]
            )
        }
    }

    struct Approve: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "批准(须另一人),全额预留,首期可付 Approve, as a second person.",
            discussion: "例 Example: niangjia grant approve gr-… --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        func request() -> (operation: String, arguments: Value) { ("grant.approve", ["grant": .text(grant)]) }
    }

    struct Refuse: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "refuse",
            abstract: "不批准 Refuse, as a second person.",
            discussion: "例 Example: niangjia grant refuse gr-… --reason 材料不全 --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("grant.refuse", ["grant": .text(grant), "reason": .text(reason)])
        }
    }

    struct Report: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "report",
            abstract: "提交一期的使用报告 Tell what an instalment was used for.",
            discussion:
                "例 Example: niangjia grant report gr-… --instalment 1 --spent 58000 --note 租金三个月 --as unit")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        @Option(name: .long, help: "第几期 Which instalment.") var instalment: Int
        @Option(name: .long, help: "已用(元) What was spent, in yuan.") var spent: String
        @Option(name: .long, help: "说明 What for.") var note: String
        func request() -> (operation: String, arguments: Value) {
            (
                "grant.report",
                [
                    "grant": .text(grant), "instalment": .int(Int64(instalment)), "spent": .text(spent),
                    "note": .text(note),
                ]
            )
        }
    }

    struct Accept: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "accept",
            abstract: "通过使用报告(须另一人),下一期可付 Accept a report: the next instalment may be paid.",
            discussion: "例 Example: niangjia grant accept gr-… --instalment 1 --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        @Option(name: .long, help: "第几期 Which instalment.") var instalment: Int
        func request() -> (operation: String, arguments: Value) {
            ("grant.accept", ["grant": .text(grant), "instalment": .int(Int64(instalment))])
        }
    }

    struct SendBack: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "send-back", abstract: "退回使用报告 Send a report back.",
            discussion: "例 Example: niangjia grant send-back gr-… --instalment 1 --reason 缺发票 --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        @Option(name: .long, help: "第几期 Which instalment.") var instalment: Int
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            (
                "grant.send_back",
                ["grant": .text(grant), "instalment": .int(Int64(instalment)), "reason": .text(reason)]
            )
        }
    }

    struct End: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "end",
            abstract: "结束:未付的撤销,该追回的追回 End a grant: release what is held, claim what must come back.",
            discussion: "例 Example: niangjia grant end gr-… --because closed --on 2027-03-01 --note 站点停办 --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        @Option(name: .long, help: "unused(到期未用完)、closed(提前关闭)、finished(完成) Why.") var because: String
        @Option(name: .long, help: "日期 The day; default: today.") var on: String?
        @Option(name: .long, help: "说明 A note.") var note: String
        func request() -> (operation: String, arguments: Value) {
            (
                "grant.end",
                .given([
                    "grant": .text(grant), "because": .text(because), "on": .optional(on), "note": .text(note),
                ])
            )
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出补助 List grants.", discussion: "例 Example: niangjia grant list --as treasurer")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("grant.list", .map([:])) }
    }

    struct Show: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "查看各期 Show the instalments.", discussion: "例 Example: niangjia grant show gr-… --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "补助编号 The grant.") var grant: String
        func request() -> (operation: String, arguments: Value) { ("grant.show", ["grant": .text(grant)]) }
    }
}

struct SupplierCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supplier", abstract: "与供应商对账、结算 Settling with suppliers.",
        subcommands: [Statement.self, Settle.self, Dispute.self, Resolve.self])

    struct Statement: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "statement",
            abstract: "对账单:已交付、未结算 What was delivered and not settled.",
            discussion: "例 Example: niangjia supplier statement GYS01 --from 2026-06-01 --to 2026-08-31 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "供应商代码 The supplier.") var supplier: String
        @Option(name: .long, help: "起 From.") var from: String
        @Option(name: .long, help: "止 To.") var to: String
        @Option(name: .long, help: "写到 .xlsx 或 .csv A file to write.") var out: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "supplier.statement",
                .given([
                    "supplier": .text(supplier), "from": .text(from), "to": .text(to),
                    "out": .optional(out.map(absolutePath)),
                ])
            )
        }
    }

    struct Settle: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "settle",
            abstract: "按发票结算,金额须与交付一致 Settle an invoice; it must be what was delivered.",
            discussion: """
                例 Example: niangjia supplier settle GYS01 --from 2026-06-01 --to 2026-08-31 --invoice 24990001 --amount 52000 --as treasurer
                之后:niangjia batch build supplier-settlement。
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "供应商代码 The supplier.") var supplier: String
        @Option(name: .long, help: "起 From.") var from: String
        @Option(name: .long, help: "止 To.") var to: String
        @Option(name: .long, help: "发票号 The invoice.") var invoice: String
        @Option(name: .long, help: "发票金额(元) Its amount in yuan.") var amount: String
        func request() -> (operation: String, arguments: Value) {
            (
                "supplier.settle",
                [
                    "supplier": .text(supplier), "from": .text(from), "to": .text(to), "invoice": .text(invoice),
                    "amount": .text(amount),
                ]
            )
        }
    }

    struct Dispute: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "dispute",
            abstract: "对一笔交付提出争议 Dispute a delivery.",
            discussion: """
                例 Example: niangjia supplier dispute ent-… --reason 未收到 --as keeper
                编号见 supplier statement 和发放时的回执。The number is in the supplier's statement, and in the answer of the delivery.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "待遇编号 The entitlement.") var entitlement: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("supplier.dispute", ["entitlement": .text(entitlement), "reason": .text(reason)])
        }
    }

    struct Resolve: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "resolve",
            abstract: "裁定争议(须另一人) Decide a dispute, as a second person.",
            discussion: """
                例 Example: niangjia supplier resolve ent-… --pays yes --reason 已核对签收单 --as payer
                    niangjia supplier resolve ent-… --pays no --reason 确未交付 --as payer
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "待遇编号 The entitlement.") var entitlement: String
        @Option(name: .long, help: "yes 照付;no 不付 yes: it is paid; no: it is not.") var pays: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            (
                "supplier.resolve",
                ["entitlement": .text(entitlement), "pays": .text(pays), "reason": .text(reason)]
            )
        }
    }
}

extension FundCommand {
    struct Sharing: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "sharing",
            abstract: "跨会籍服务分摊 What unions owe each other for members served elsewhere.",
            discussion: """
                例 Example: niangjia fund sharing --from 2026-01-01 --to 2026-03-31 --as treasurer
                --propose 生成分摊单,双方各自确认后划转。--propose writes the settlements for both sides to confirm.
                """)
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "起 From.") var from: String
        @Option(name: .long, help: "止 To.") var to: String
        @Flag(name: .long, help: "生成分摊单 Write the settlements.") var propose = false
        @Option(name: .long, help: "写到 .xlsx 或 .csv A file to write.") var out: String?
        func request() -> (operation: String, arguments: Value) {
            (
                propose ? "fund.sharing_propose" : "fund.sharing",
                .given(["from": .text(from), "to": .text(to), "out": .optional(out.map(absolutePath))])
            )
        }
    }

    struct SharingList: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "sharing-list", abstract: "列出分摊单 List settlements between unions.",
            discussion: "例 Example: niangjia fund sharing-list --as treasurer")
        @OptionGroup var common: CommonOptions
        func request() -> (operation: String, arguments: Value) { ("fund.sharing_list", .map([:])) }
    }

    struct SharingConfirm: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "sharing-confirm", abstract: "确认分摊单,双方都确认即划转 Confirm a settlement for one's own union.",
            discussion: "例 Example: niangjia fund sharing-confirm sh-… --as treasurer-a")
        @OptionGroup var common: CommonOptions
        @Argument(help: "分摊单编号 The settlement.") var settlement: String
        func request() -> (operation: String, arguments: Value) {
            ("fund.sharing_confirm", ["settlement": .text(settlement)])
        }
    }

    struct SharingWithdraw: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "sharing-withdraw",
            abstract: "撤回还没有入账的分摊单,其中各件可重新分摊 Withdraw a settlement that isn't booked.",
            discussion: "例 Example: niangjia fund sharing-withdraw sh-… --reason 期间写错 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "分摊单编号 The settlement.") var settlement: String
        @Option(name: .long, help: "理由,记入事件链 Why; the chain keeps it.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("fund.sharing_withdraw", ["settlement": .text(settlement), "reason": .text(reason)])
        }
    }
}

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "年度报告:指标与句子 The year report.",
        subcommands: [Make.self, Import.self], defaultSubcommand: Make.self)

    struct Make: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "make",
            abstract: "计算 M01–M54,填写 S01–S42,列出缺口 Compute it.",
            discussion: "例 Example: niangjia report --from 2026-01-01 --to 2026-12-31 --sentences --gaps")
        @OptionGroup var common: CommonOptions
        @Option(name: .long, help: "起 From.") var from: String
        @Option(name: .long, help: "止 To.") var to: String
        @Flag(name: .long, help: "句子 Sentences.") var sentences = false
        @Flag(name: .long, help: "指标 Metrics.") var metrics = false
        @Flag(name: .long, help: "缺口及由哪里提供 What is missing, and what would supply it.") var gaps = false
        @Option(
            name: .long,
            help: "主机无从知道的数,如 station_target=40、member_total=30000;可多次 A figure from outside, name=value.")
        var input: [String] = []
        @Option(name: .long, help: "写到 .xlsx 或 .csv A file to write.") var out: String?

        func request() -> (operation: String, arguments: Value) {
            (
                "report",
                .given([
                    "from": .text(from), "to": .text(to), "sentences": .bool(sentences),
                    "metrics": .bool(metrics), "gaps": .bool(gaps), "inputs": .list(input.map { .text($0) }),
                    "out": .optional(out.map(absolutePath)),
                ])
            )
        }
    }

    struct Import: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "导入填报数据(其他台账的数),每项写明依据 Enter figures that other registers count.",
            discussion: """
                例 Example: niangjia report import 填报.xlsx --as office
                列:指标(如 M36.cases)、起、止、数值、填报单位、依据。Columns: name, from, to, value, union, source.
                """)
        @OptionGroup var common: CommonOptions
        @Argument(help: "文件(xlsx、CSV) The file.") var file: String
        @Option(name: .long, help: "列的对应关系 How its columns are called.") var mapping: String?
        @Option(name: .long, help: "工作表 The sheet.") var sheet: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "report.import",
                .given([
                    "file": .text(absolutePath(file)), "mapping": .optional(mapping.map(absolutePath)),
                    "sheet": .optional(sheet),
                ])
            )
        }
    }
}
