import NiangjiaCore

/// Cost sharing between unions for members served elsewhere.
extension Operations {
    static let sharingOperations: [Operation] = [
        Operation("fund.sharing", .permission(.seeMoney), sharingDues),
        Operation("fund.sharing_propose", .permission(.buildBatch), proposeSharing),
        Operation("fund.sharing_confirm", .anyOf([.buildBatch, .approveBatch]), reach: .part, confirmSharing),
        Operation("fund.sharing_withdraw", .permission(.buildBatch), withdrawSharing),
        Operation("fund.sharing_list", .permission(.seeMoney), reach: .part, listSharing),
    ]

    private static func agreement(_ call: Call) async throws -> SharingAgreement {
        guard let agreement = try await call.host.bundles.active().funds.sharing else {
            throw NiangjiaError(
                .configuration, zh: "config/funds.yaml 里没有分摊协议(sharing)。",
                en: "config/funds.yaml has no sharing agreement.", place: "config/funds.yaml")
        }
        return agreement
    }

    private static func sharingDues(_ call: Call) async throws {
        let (agreement, period) = (try await agreement(call), try call.arguments.period())
        let (after, limit) = (try call.arguments.optionalText("after"), try call.arguments.limit())
        let all = try await call.host.store.read { try Sharing.dues(period, agreement, in: $0) }
        let dues = all.filter { $0.pair > after ?? "" }.prefix(limit)
        let titles =
            call.output.language == .zh
            ? ["会籍工会(付)", "服务工会(收)", "服务件次", "到站人次", "服务金额(元)", "应分摊(元)"]
            : ["home union (pays)", "serving union", "cases", "visits", "cost (yuan)", "owed (yuan)"]
        let rows = dues.map {
            [$0.home, $0.serving, "\($0.cases)", "\($0.visits)", $0.cost.yuan, $0.amount.yuan]
        }
        call.output.table(titles, en: titles, rows)
        if let out = try call.arguments.optionalText("out") {
            try TableOut.write(
                titles, rows, numbers: [2, 3, 4, 5], sheet: call.output.word("跨会籍分摊", "Sharing"), to: out)
        }
        call.output.answer(
            .list(
                dues.map {
                    [
                        "pair": .text($0.pair), "home": .text($0.home), "serving": .text($0.serving),
                        "cases": .int(Int64($0.cases)),
                        "visits": .int(Int64($0.visits)), "cost_fen": .int($0.cost.fen),
                        "amount_fen": .int($0.amount.fen),
                    ]
                }))
    }

    private static func proposeSharing(_ call: Call) async throws {
        let (agreement, period) = (try await agreement(call), try call.arguments.period())
        let context = call.context
        try call.arguments.refuseFuture(period.to, "to", context.today)
        let made = try await call.host.store.write(.interactive) { writer in
            try Sharing.propose(period, agreement, context, in: writer).map { try Sharing.load($0, in: writer) }
        }
        call.output.line(
            made.isEmpty ? "没有应分摊的服务。" : "已生成分摊单 \(made.count) 张,须双方确认:niangjia fund sharing-confirm …",
            en: made.isEmpty
                ? "Nothing is to be shared."
                : "\(made.count) settlements, for both sides to confirm: niangjia fund sharing-confirm …")
        for one in made { call.output.line("  \(one.id)  \(one.amount) 元", en: "  \(one.id)  \(one.amount) yuan") }
        call.output.answer(.list(made.map { ["settlement": .text($0.id.text), "amount_fen": .int($0.amount.fen)] }))
    }

    private static func confirmSharing(_ call: Call) async throws {
        let id = try call.arguments.id("settlement", SharingSettlement.self)
        let (account, context) = (try signedIn(call), call.context)
        let found = try await call.host.store.write(.interactive) { writer in
            try Sharing.confirm(id, scope: account.scope, context, in: writer)
        }
        call.output.line(
            found.state == "booked" ? "双方已确认,已划转 \(found.amount) 元。" : "已确认,等待对方确认。",
            en: found.state == "booked"
                ? "Both sides have confirmed: \(found.amount) yuan have moved."
                : "Confirmed; the other side has yet to.")
        call.output.answer([
            "settlement": .text(id.text), "state": .text(found.state), "amount_fen": .int(found.amount.fen),
        ])
    }

    private static func withdrawSharing(_ call: Call) async throws {
        let id = try call.arguments.id("settlement", SharingSettlement.self)
        let (account, context, reason) = (try signedIn(call), call.context, try call.arguments.reason())
        let found = try await call.host.store.write(.interactive) { writer in
            try Sharing.withdraw(id, reason: reason, scope: account.scope, context, in: writer)
        }
        call.output.line(
            "已撤回 \(id),其中各件可以重新分摊。", en: "Withdrawn: \(id). What it counted may be shared again.")
        call.output.answer([
            "settlement": .text(id.text), "state": .text(found.state), "amount_fen": .int(found.amount.fen),
        ])
    }

    private static func listSharing(_ call: Call) async throws {
        let (account, limit) = (try signedIn(call), try call.arguments.limit())
        let after = try call.arguments.optionalID("after", SharingSettlement.self)
        let rows = try await call.host.store.read { reader in
            var rows: [(Sharing.Record, String, String)] = []
            guard let scope = try OrganizationScope.of(account.scope, in: reader) else { return rows }
            for one in try Sharing.list(after: after, in: reader) where rows.count < limit {
                // A union sees what it pays and what it is paid.
                guard try scope.contains(one.home, in: reader) || scope.contains(one.serving, in: reader) else {
                    continue
                }
                rows.append(
                    (one, try Lookup.words(one.home, in: reader).code, try Lookup.words(one.serving, in: reader).code))
            }
            return rows
        }
        call.output.table(
            ["分摊单", "期间", "付", "收", "金额(元)", "状态", "付方确认", "收方确认"],
            en: [
                "settlement", "period", "pays", "is paid", "amount (yuan)", "state", "payer confirmed",
                "payee confirmed",
            ],
            rows.map { one, home, serving in
                [
                    one.id.text, one.period.description, home, serving, one.amount.description,
                    StateWords.title(one.state)[call.output.language],
                    one.homeConfirmedBy ?? "", one.servingConfirmedBy ?? "",
                ]
            })
        call.output.answer(
            .list(
                rows.map { one, home, serving in
                    [
                        "settlement": .text(one.id.text), "from": .text(one.period.from.description),
                        "to": .text(one.period.to.description), "home": .text(home), "serving": .text(serving),
                        "amount_fen": .int(one.amount.fen), "state": .text(one.state),
                    ]
                }))
    }
}
