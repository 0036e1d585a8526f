import NiangjiaCore

/// Money that comes back: claims that are paid, and payments that the bank returns.
extension Operations {
    /// What was claimed back and is still outstanding.
    static func claims(_ call: Call) async throws {
        let program = try call.arguments.optionalText("program")
        let found = try await call.host.store.read { reader in
            try reader.all(
                "SELECT id FROM unfolded_entitlement WHERE state = 'clawed_back' AND kind <> 'fee' AND claimed > recovered ORDER BY id",
                []
            ) { $0.id(0, Entitlement.self) }.map { try Payees.value(of: $0, in: reader) }
        }.filter { program == nil || $0["program"].text == program }
        call.output.table(
            ["待遇", "申请", "项目", "收款人", "应追回(元)", "已到账(元)"],
            en: ["entitlement", "case", "program", "payee", "claimed (yuan)", "come in (yuan)"],
            found.map { one in
                ["entitlement", "case", "program", "name"].map { one[$0].text ?? "-" }
                    + ["claimed_fen", "recovered_fen"].map { Money(fen: one[$0].int ?? 0).description }
            })
        call.output.answer(.list(found))
    }

    /// Claimed money came in, whole or in part: the fund line has it again.
    static func recover(_ call: Call) async throws {
        let (id, typed) = (try call.arguments.id("entitlement", Entitlement.self), try call.arguments.text("amount"))
        guard let amount = Money(yuan: typed) else {
            throw NiangjiaError(.invalid, zh: "金额须写作 50.00。", en: "Write the amount like 50.00.", place: "/amount")
        }
        let context = call.context
        let left = try await call.host.store.write(.interactive) { writer in
            try Entitlements.recover(id, amount, about: id.text, context, in: writer)
            let one = try Entitlements.load(id, in: writer)
            return one.claimed - one.recovered
        }
        call.output.line(
            "追回到账 \(amount) 元(\(id)),\(left == .zero ? "已全部追回" : "尚欠 \(left) 元")。",
            en:
                "\(amount) yuan have come back (\(id)); \(left == .zero ? "nothing is owed any more" : "\(left) yuan are still owed")."
        )
        call.output.answer([
            "entitlement": .text(id.text), "amount_fen": .int(amount.fen), "outstanding_fen": .int(left.fen),
        ])
    }

    /// A payment came back after it had counted as paid (退汇).
    static func returned(_ call: Call) async throws {
        let id = try call.arguments.id("payment", Payment.self)
        let (message, context) = (try call.arguments.reason("message"), call.context)
        guard let day = try call.arguments.date("on") else {
            throw NiangjiaError(
                .invalid, zh: "缺少 on(退回日期)。", en: "on, the day of the return, is missing.", place: "/on")
        }
        guard day <= context.today else {
            throw NiangjiaError(
                .invalid, zh: "退回日期 \(day) 在今天之后。", en: "The day of the return, \(day), is still to come.", place: "/on"
            )
        }
        try await call.host.store.write(.interactive) { writer in
            // The bank may have sent it back before its result was read, but never before it had the file.
            let sentOn = try writer.first(
                "SELECT b.exported_at FROM payment p JOIN pay_batch b ON b.id = p.batch WHERE p.id = $1", [.id(id)]
            ) { $0.instantOrNil(0)?.date }
            if let sentOn = sentOn ?? nil, day < sentOn {
                throw NiangjiaError(
                    .invalid, zh: "退回日期 \(day) 在交给银行(\(sentOn))之前。",
                    en: "The day of the return, \(day), is before the bank had it (\(sentOn)).", place: "/on")
            }
            try Batches.returned(id, message: message, on: day, context, in: writer)
        }
        call.output.line(
            "已登记退汇(\(id)):款项重新预留。重新发放:niangjia batch reissue \(id) --reason …",
            en:
                "Noted as returned (\(id)): the money is held again. To pay again: niangjia batch reissue \(id) --reason …"
        )
        call.output.answer(["payment": .text(id.text), "state": "returned", "on": .text(day.description)])
    }
}
