import NiangjiaCore

/// Settling goods with suppliers.
extension Operations {
    static let supplierOperations: [Operation] = [
        Operation("supplier.statement", .permission(.seeMoney), supplierStatement),
        Operation("supplier.settle", .permission(.buildBatch), settleSupplier),
        Operation("supplier.dispute", .anyOf([.buildBatch, .deliver]), reach: .part, disputeGoods),
        Operation("supplier.resolve", .permission(.approveBatch), resolveDispute),
    ]

    private static func supplierStatement(_ call: Call) async throws {
        let (code, period) = (try call.arguments.text("supplier"), try call.arguments.period())
        let (lines, pieces) = try await call.host.store.read { reader in
            let supplier = try Lookup.anyOrganization(code, in: reader)
            return (
                try Suppliers.statement(of: supplier, period, in: reader),
                try Suppliers.pieces(of: supplier, period, in: reader)
            )
        }
        let sum = lines.filter { !$0.isDisputed }.reduce(Money.zero) { $0 + $1.amount }
        let titles = [
            call.output.word("项目", "program"), call.output.word("单价(元)", "price (yuan)"),
            call.output.word("份数", "count"), call.output.word("金额(元)", "amount (yuan)"), "",
        ]
        let rows = lines.map {
            [
                $0.program, $0.price.yuan, "\($0.count)", $0.amount.yuan,
                $0.isDisputed ? call.output.word("有争议,暂不结算", "in dispute, not settled") : "",
            ]
        }
        call.output.table(titles, en: titles, rows)
        call.output.line("可结算 \(sum) 元。", en: "\(sum) yuan may be settled.")
        for piece in pieces.prefix(50) {
            let mark = piece.isDisputed ? call.output.word("  有争议", "  in dispute") : ""
            call.output.line(
                "  \(piece.entitlement)  \(piece.on)  \(piece.program)  \(piece.amount) 元\(mark)",
                en: "  \(piece.entitlement)  \(piece.on)  \(piece.program)  \(piece.amount) yuan\(mark)")
        }
        if pieces.count > 50 {
            call.output.line("  …全部 \(pieces.count) 份见 --json", en: "  … all \(pieces.count) with --json")
        }
        if !pieces.isEmpty {
            call.output.line(
                "对其中一份有争议:niangjia supplier dispute ent-… --reason …",
                en: "To dispute one of them: niangjia supplier dispute ent-… --reason …")
        }
        if let out = try call.arguments.optionalText("out") {
            try TableOut.write(
                titles, rows + [[call.output.word("合计", "total"), "", "", sum.yuan, ""]], numbers: [1, 2, 3],
                sheet: call.output.word("对账单", "Statement"), to: out)
        }
        call.output.answer([
            "supplier": .text(code), "payable_fen": .int(sum.fen),
            "lines": .list(
                lines.map {
                    [
                        "program": .text($0.program), "price_fen": .int($0.price.fen), "count": .int(Int64($0.count)),
                        "amount_fen": .int($0.amount.fen), "disputed": .bool($0.isDisputed),
                    ]
                }),
            "pieces": .list(
                pieces.map {
                    [
                        "entitlement": .text($0.entitlement.text), "program": .text($0.program),
                        "amount_fen": .int($0.amount.fen), "on": .text($0.on.description),
                        "disputed": .bool($0.isDisputed),
                    ]
                }),
        ])
    }

    private static func settleSupplier(_ call: Call) async throws {
        let (code, period) = (try call.arguments.text("supplier"), try call.arguments.period())
        let (invoice, amount) = (try call.arguments.reason("invoice"), try call.arguments.money("amount"))
        let context = call.context
        try call.arguments.refuseFuture(period.to, "to", context.today)
        let settled = try await call.host.store.write(.interactive) { writer in
            try Suppliers.settle(
                Lookup.anyOrganization(code, in: writer), period, invoice: invoice, amount: amount, context, in: writer)
        }
        call.output.line(
            "发票 \(invoice) 已核对:\(settled.count) 份,\(settled.amount) 元;付款:niangjia batch build \(Suppliers.program)",
            en:
                "The invoice \(invoice) agrees: \(settled.count) pieces, \(settled.amount) yuan; pay: niangjia batch build \(Suppliers.program)"
        )
        if settled.disputed > .zero {
            call.output.line(
                "  有争议的 \(settled.disputed) 元未结算。", en: "  \(settled.disputed) yuan in dispute are not settled.")
        }
        call.output.answer([
            "settlement": .text(settled.id.text), "count": .int(Int64(settled.count)),
            "amount_fen": .int(settled.amount.fen), "disputed_fen": .int(settled.disputed.fen),
        ])
    }

    private static func disputeGoods(_ call: Call) async throws {
        let id = try call.arguments.id("entitlement", Entitlement.self)
        let (reason, context) = (try call.arguments.reason(), call.context)
        let account = try signedIn(call)
        try await call.host.store.write(.interactive) { writer in
            guard try Lookup.isInReach(id, of: account, in: writer) else {
                throw NiangjiaError(.notFound, zh: "没有这笔待遇:\(id)。", en: "There is no entitlement \(id).")
            }
            try Suppliers.dispute(id, reason: reason, context, in: writer)
        }
        call.output.line(
            "已提出争议(\(id)),由另一人裁定前不结算。", en: "Disputed (\(id)); not settled until another person decides.")
        call.output.answer(["entitlement": .text(id.text), "state": .text(Suppliers.DisputeState.open.rawValue)])
    }

    private static func resolveDispute(_ call: Call) async throws {
        let id = try call.arguments.id("entitlement", Entitlement.self)
        let (reason, pays, context) = (try call.arguments.reason(), try call.arguments.decided("pays"), call.context)
        try await call.host.store.write(.interactive) {
            try Suppliers.resolve(id, pays: pays, reason: reason, context, in: $0)
        }
        call.output.line(
            pays ? "争议不成立,随下一张发票结算。" : "争议成立,不予结算,资金已退回可用。",
            en: pays ? "Paid with the next invoice." : "Not paid; the money is free again.")
        call.output.answer(["entitlement": .text(id.text), "pays": .bool(pays)])
    }
}
