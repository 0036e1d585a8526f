import ArgumentParser
import NiangjiaCore

struct DonationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "donation", abstract: "捐赠活动 Donations.",
        subcommands: [
            Receive.self, List.self, Reverse.self, Publish.self,
        ])

    struct Receive: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "receive",
            abstract: "登记一笔捐款,按约定配捐 Enter a donation; standing orders add to it.",
            discussion:
                "例 Example: niangjia donation receive charity-2026 --reference 20260909-0001 --amount 100.00 --anonymous --as treasurer"
        )
        @OptionGroup var common: CommonOptions
        @Argument(help: "活动 The campaign.") var campaign: String
        @Option(name: .long, help: "银行或平台流水号 The bank's or platform's number.") var reference: String
        @Option(name: .long, help: "金额(元) The amount in yuan.") var amount: String
        @Option(name: .long, help: "捐款人 The donor.") var donor: String?
        @Flag(name: .long, help: "不公布姓名 The donor asked not to be named.") var anonymous = false
        @Option(name: .long, help: "到账日期 The day on which it came in.") var on: String?
        @Option(name: .customLong("confirm-amount"), help: "大额的再写一遍金额 An unusually large amount, said again.")
        var confirmAmount: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "donation.receive",
                .given([
                    "campaign": .text(campaign), "reference": .text(reference), "amount": .text(amount),
                    "donor": .optional(donor), "anonymous": .bool(anonymous), "on": .optional(on),
                    "confirm_amount": .optional(confirmAmount),
                ])
            )
        }
    }

    struct List: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "列出登记的捐款 List donations as they were entered.",
            discussion: "例 Example: niangjia donation list charity-2026 --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "活动 The campaign.") var campaign: String
        func request() -> (operation: String, arguments: Value) { ("donation.list", ["campaign": .text(campaign)]) }
    }

    struct Reverse: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "reverse",
            abstract: "冲销登记错的捐款及其配捐(须另一人) Reverse a donation that was entered wrongly, as a second person.",
            discussion: "例 Example: niangjia donation reverse dn-… --reason 金额多写一个零 --as payer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "捐款编号(donation list 中) The donation, as donation list tells it.") var donation: String
        @Option(name: .long, help: "理由 Why.") var reason: String
        func request() -> (operation: String, arguments: Value) {
            ("donation.reverse", ["donation": .text(donation), "reason": .text(reason)])
        }
    }

    struct Publish: HostCommand {
        static let configuration = CommandConfiguration(
            commandName: "publish",
            abstract: "公示:筹集、配捐、支付、结余 The campaign's accounts, for everybody.",
            discussion: "例 Example: niangjia donation publish charity-2026 --out 公示.xlsx --as treasurer")
        @OptionGroup var common: CommonOptions
        @Argument(help: "活动 The campaign.") var campaign: String
        @Option(name: .long, help: "写到 .xlsx 或 .csv A file to write.") var out: String?
        func request() -> (operation: String, arguments: Value) {
            (
                "donation.publish",
                .given(["campaign": .text(campaign), "out": .optional(out.map(absolutePath))])
            )
        }
    }
}
