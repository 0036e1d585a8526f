import NiangjiaCore
import NiangjiaExchange

/// Donations and their published accounts.
extension Operations {
    static let donationOperations: [Operation] = [
        Operation("donation.receive", .permission(.buildBatch), receiveDonation),
        Operation("donation.list", .permission(.seeMoney), listDonations),
        Operation("donation.reverse", .anyOf([.buildBatch, .approveBatch]), reverseDonation),
        Operation("donation.publish", .permission(.seeMoney), publishDonations),
    ]

    private static func receiveDonation(_ call: Call) async throws {
        let name = try call.arguments.text("campaign")
        let funds = try await call.host.bundles.active().funds
        guard let campaign = funds.campaigns.first(where: { $0.id == name }) else {
            throw NiangjiaError(
                .notFound, zh: "config/funds.yaml 里没有活动 \(name)。", en: "config/funds.yaml has no campaign \(name).",
                place: "/campaign")
        }
        let context = call.context
        let donation = NewDonation(
            reference: try call.arguments.reason("reference").filter { !$0.isWhitespace },
            donor: try call.arguments.optionalText("donor"),
            isAnonymous: call.arguments.flag("anonymous"), amount: try call.arguments.money("amount"),
            receivedOn: try call.arguments.date("on") ?? context.today)
        let confirmed =
            try call.arguments.optionalText("confirm_amount") == nil
            ? nil : try call.arguments.money("confirm_amount")
        let received = try await call.host.store.write(.interactive) { writer in
            try Donations.receive(
                donation, for: campaign, matching: funds.matching, confirmed: confirmed, context, in: writer)
        }
        call.output.line(
            received.isKnown
                ? "流水号 \(donation.reference) 已登记过(\(received.id)),没有重复入账。"
                : "已登记捐款 \(donation.amount) 元(\(received.id)),配捐 \(received.matched) 元。",
            en: received.isKnown
                ? "The donation \(donation.reference) was entered before (\(received.id)); nothing was booked."
                : "\(donation.amount) yuan entered (\(received.id)), \(received.matched) added.")
        if received.unmatched > .zero {
            call.output.line(
                "  配捐资金不足,尚欠 \(received.unmatched) 元,待有余额时随下一笔捐款补足。",
                en:
                    "  The order's line lacks \(received.unmatched) yuan; they are added with the next donation once it has them."
            )
        }
        call.output.answer([
            "donation": .text(received.id.text), "amount_fen": .int(donation.amount.fen),
            "matched_fen": .int(received.matched.fen), "unmatched_fen": .int(received.unmatched.fen),
            "known": .bool(received.isKnown),
        ])
    }

    private static func listDonations(_ call: Call) async throws {
        let name = try call.arguments.text("campaign")
        let (after, limit) = (try call.arguments.optionalID("after", Donation.self), try call.arguments.limit())
        let rows = try await call.host.store.read { try Donations.list(of: name, after: after, limit: limit, in: $0) }
        call.output.table(
            ["捐款", "流水号", "捐款人", "金额(元)", "到账", "登记人", ""],
            en: ["donation", "reference", "donor", "amount (yuan)", "came in", "entered by", ""],
            rows.map {
                [
                    $0.id.text, $0.reference, $0.donor ?? "", $0.amount.description, $0.on.description, $0.by,
                    $0.isReversed ? call.output.word("已冲销", "reversed") : "",
                ]
            })
        call.output.answer(
            .list(
                rows.map {
                    [
                        "donation": .text($0.id.text), "reference": .text($0.reference),
                        "donor": $0.donor.map { .text($0) } ?? .null, "amount_fen": .int($0.amount.fen),
                        "on": .text($0.on.description), "by": .text($0.by), "reversed": .bool($0.isReversed),
                    ]
                }))
    }

    /// A donation was entered wrongly: a second person reverses it, with what was added to it.
    private static func reverseDonation(_ call: Call) async throws {
        let id = try call.arguments.id("donation", Donation.self)
        let (reason, context) = (try call.arguments.reason(), call.context)
        let matching = try await call.host.bundles.active().funds.matching
        let done = try await call.host.store.write(.interactive) { writer in
            try Donations.reverse(id, reason: reason, matching: matching, context, in: writer)
        }
        call.output.line(
            "已冲销捐款 \(done.amount) 元(\(id)),收回配捐 \(done.unmatched) 元;同一流水号可以重新登记。",
            en:
                "The donation of \(done.amount) yuan is reversed (\(id)), \(done.unmatched) that were added are taken back; its reference may be entered again."
        )
        call.output.answer([
            "donation": .text(id.text), "amount_fen": .int(done.amount.fen), "unmatched_fen": .int(done.unmatched.fen),
        ])
    }

    private static func publishDonations(_ call: Call) async throws {
        let name = try call.arguments.text("campaign")
        let out = try call.arguments.optionalText("out")
        let accounts = try await call.host.store.read { try Donations.accounts(of: name, in: $0) }
        // Fewer than five people are not told: in a small place everybody would know who they are.
        let few = (1..<5).contains(accounts.persons)
        let persons = few ? call.output.word("少于5", "under 5") : "\(accounts.persons)"
        let rows = published(accounts, persons: persons, call.output)
        let titles = [
            call.output.word("项目", "item"), call.output.word("名称", "name"), call.output.word("金额(元)", "amount (yuan)"),
            call.output.word("日期", "date"),
        ]
        call.output.table(titles, en: titles, rows)
        if let out {
            try TableOut.write(
                titles, rows, numbers: [2], sheet: call.output.word("捐款公示", "Donations"), to: out)
        }
        call.output.answer([
            "campaign": .text(name), "raised_fen": .int(accounts.raised.fen), "matched_fen": .int(accounts.matched.fen),
            "paid_fen": .int(accounts.paid.fen), "persons": .text(persons), "left_fen": .int(accounts.left.fen),
            "besides_fen": .int(accounts.besides.fen), "unnamed": .int(Int64(accounts.unnamedCount)),
            "unnamed_fen": .int(accounts.unnamed.fen),
            "donors": .list(
                accounts.gifts.map {
                    [
                        "donor": .text($0.donor ?? ""), "amount_fen": .int($0.amount.fen),
                        "on": .text($0.on.description),
                    ]
                }),
        ])
    }
}

extension Operations {
    /// The rows that hang on a wall.
    private static func published(_ accounts: CampaignAccounts, persons: String, _ output: Output) -> [[String]] {
        let gift = output.word("捐款", "donation")
        var rows = accounts.gifts.map { [gift, $0.donor ?? "", $0.amount.yuan, $0.on.description] }
        if accounts.unnamedCount > 0 {
            let unnamed = output.word("爱心人士(\(accounts.unnamedCount) 笔)", "not named (\(accounts.unnamedCount))")
            rows.append([gift, unnamed, accounts.unnamed.yuan, ""])
        }
        rows += [
            [output.word("筹集合计", "raised in all"), "", accounts.raised.yuan, ""],
            [output.word("配捐", "added"), "", accounts.matched.yuan, ""],
            [
                output.word("已支付", "paid"), output.word("\(persons) 人", "\(persons) people"), accounts.paid.yuan, "",
            ],
            [output.word("结余", "left"), "", accounts.left.yuan, ""],
        ]
        if accounts.besides != .zero {
            rows.append([
                output.word("其中同一资金项目的其他资金", "of it other money on the same line"), "", accounts.besides.yuan, "",
            ])
        }
        return rows
    }
}

/// Writes a table as the name of its file asks: `.csv`, else a workbook.
enum TableOut {
    static func write(
        _ titles: [String], _ rows: [[String]], numbers: Set<Int> = [], sheet: String, to path: String
    ) throws {
        if path.lowercased().hasSuffix(".csv") {
            let file = try CSVWriter(path: path)
            try file.write(titles)
            for row in rows { try file.write(row) }
            return try file.finish()
        }
        guard path.lowercased().hasSuffix(".xlsx") else {
            throw NiangjiaError(
                .invalid, zh: "输出文件须是 .xlsx 或 .csv。", en: "The file ends in .xlsx or .csv.", place: "/out")
        }
        let book = try XLSXWriter(path: path, sheet: sheet, header: titles, numbers: numbers)
        for row in rows { try book.write(row) }
        try book.finish()
    }
}
