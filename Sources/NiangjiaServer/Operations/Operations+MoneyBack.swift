import NiangjiaCore
import NiangjiaExchange

/// Money that comes back: claims that are paid, and payments that the bank returns.
extension Operations {
    /// What was claimed back and is still outstanding.
    static func claims(_ call: Call) async throws {
        let (program, rights) = (try await filteredProgram(call), try await MoneyRights(call))
        let (after, limit) = (try call.arguments.optionalID("after", Entitlement.self), try call.arguments.limit())
        let found = try await call.host.store.read { reader in
            let ids = try reader.all(
                """
                SELECT id FROM unfolded_entitlement WHERE state = 'clawed_back' AND kind <> 'fee' AND claimed > recovered
                AND id > $1 ORDER BY id
                """, [.int(after?.rawValue ?? .min)]
            ) { $0.id(0, Entitlement.self) }
            var found: [Value] = []
            for id in ids where found.count < limit {
                let one = try Payees.claim(of: id, rights, in: reader)
                if program == nil || one["program"].text == program { found.append(one) }
            }
            return found
        }
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

    /// The application that an amount came of is claimed back by whoever may not know which one that is.
    static func clawBack(_ call: Call) async throws {
        let id = try call.arguments.id("entitlement", Entitlement.self)
        let (account, action) = (try signedIn(call), CaseAction.clawBack(try call.arguments.reason()))
        let actor = try CaseActionInput.actor(account, for: action, level: nil)
        let isOnly = call.arguments.flag("only")
        let (ofCase, before) = try await call.host.store.read { reader in
            guard let ofCase = try Entitlements.load(id, in: reader).caseID else {
                throw NiangjiaError(
                    .conflict,
                    zh:
                        "这笔待遇不是申请所得:批量核定的用 niangjia decision withdraw,分期补助用 niangjia grant end,经费由税务的负数行冲回。",
                    en:
                        "No application gave this: what a run decided is taken back with niangjia decision withdraw, a grant with niangjia grant end, dues by the bureau's negative line.",
                    place: "/entitlement")
            }
            return (ofCase, try Entitlements.of(ofCase, in: reader))
        }
        if isOnly {
            try await call.host.corridor.clawBack(lineOf: id, because: try call.arguments.reason(), by: actor)
        } else {
            _ = try await call.host.corridor.act(action, on: ofCase, by: actor, version: nil)
        }
        let after = try await call.host.store.read { try Entitlements.of(ofCase, in: $0) }
        let had = Dictionary(before.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var (released, claimed) = (Money.zero, Money.zero)
        for one in after where one.kind != .fee {
            claimed += one.claimed - (had[one.id]?.claimed ?? .zero)
            // Nothing was held of what waited for money.
            if one.state == .released, ![.released, .queued].contains(had[one.id]?.state) { released += one.amount }
        }
        let fallen = after.count { [.released, .clawedBack].contains($0.state) && had[$0.id]?.state != $0.state }
        call.output.line(
            "已追回 \(id) 所属的\(isOnly ? "一项核定" : "整份申请")(\(isOnly ? fallen : before.count) 笔待遇):释放未付的 \(released) 元,应追回已付的 \(claimed) 元(niangjia fund claims)。",
            en:
                "The \(isOnly ? "decision" : "whole application") that \(id) came of is clawed back (\(isOnly ? fallen : before.count) entitlements): \(released) yuan are released, \(claimed) that were paid are claimed (niangjia fund claims)."
        )
        call.output.answer([
            "entitlement": .text(id.text), "entitlements": .int(Int64(isOnly ? fallen : before.count)),
            "released_fen": .int(released.fen), "claimed_fen": .int(claimed.fen),
        ])
    }

    /// A payment came back after it had counted as paid (退汇).
    static func returned(_ call: Call) async throws {
        let id = try call.arguments.id("payment", Payment.self)
        let (message, context) = (try call.arguments.reason("message"), call.context)
        let day = try bankDay(call)
        let (now, surplus) = try await call.host.store.write(.interactive) { writer in
            try refuse(day, beforeExportOf: id, in: writer)
            let before = try Entitlements.load(Payments.load(id, in: writer).entitlement, in: writer).recovered
            return (try Batches.returned(id, message: message, on: day, context, in: writer), before)
        }
        switch now.state {
        case .released:
            call.output.line(
                "已登记退汇(\(id)):这笔已经追回,退回的钱冲抵追回款,不再发放。",
                en:
                    "Noted as returned (\(id)): it had been claimed back; what came back settles the claim, nothing is paid again."
            )
        case .paid:
            call.output.line(
                "已登记退汇(\(id)):另一笔付款已经到账,重复支付由此了结,不再追回。",
                en:
                    "Noted as returned (\(id)): another attempt has paid it, so nothing was paid twice and nothing is claimed any more."
            )
        default:
            call.output.line(
                "已登记退汇(\(id)):\(now.amount) 元重新预留。重新发放:niangjia batch reissue \(id) --reason …",
                en:
                    "Noted as returned (\(id)): \(now.amount) yuan are held again. To pay again: niangjia batch reissue \(id) --reason …"
            )
        }
        if surplus > .zero {
            call.output.line(
                "  此前已追回到账 \(surplus) 元,连同退汇多收的部分须还给收款人,已计入重新预留;未到账的追回由退汇冲抵。",
                en:
                    "  \(surplus) yuan had come in for the claim already: the payee gets them back, they are among what is held; what was still owed is settled by what the bank sent."
            )
        }
        call.output.answer([
            "payment": .text(id.text), "state": "returned", "on": .text(day.description),
            "entitlement": .text(now.id.text), "reissue": .bool(now.state == .failed),
            "owed_back_fen": .int(surplus.fen),
        ])
    }

    /// A payment arrived that the bank had called failed.
    static func late(_ call: Call) async throws {
        let id = try call.arguments.id("payment", Payment.self)
        let (message, context) = (try call.arguments.reason("message"), call.context)
        let day = try bankDay(call)
        let (late, isVoid) = try await call.host.store.write(.interactive) { writer in
            try refuse(day, beforeExportOf: id, in: writer)
            let late = try Batches.paidAfterAll(id, message: message, on: day, context, in: writer)
            guard let dropped = try late.dropped.map({ try Batches.load($0, in: writer) }) else { return (late, false) }
            // What is left of the batch waits for nothing but another approval, whatever comes next; a long one is checked with it.
            if dropped.state == .built, dropped.count <= Batches.block {
                _ = try Batches.check(dropped.id, luhn: { BankCard.passesLuhn($0) }, context, in: writer)
            }
            return (late, dropped.state == .void)
        }
        let closed = try await call.host.corridor.closeFulfilled()
        var answer: [String: Value] = ["payment": .text(id.text), "on": .text(day.description)]
        switch late {
        case .paid, .corrected:
            answer["state"] = "paid"
            call.output.line(
                "已登记为支付成功(\(id))。" + (closed > 0 ? "办结申请 \(closed) 份。" : ""),
                en: "Noted as paid (\(id))." + (closed > 0 ? " \(closed) cases are done." : ""))
            if case .corrected(let more, _) = late {
                answer[more > .zero ? "claimed_fen" : "missing_fen"] = .int(more > .zero ? more.fen : -more.fen)
                call.output.line(
                    more > .zero
                        ? "  这笔待遇在失败之后已更正:多付的 \(more) 元列入追回(niangjia fund claims)。"
                        : "  这笔待遇在失败之后已更正:还差 \(-more) 元,列入下一批次。",
                    en: more > .zero
                        ? "  The amount was corrected after the failure: \(more) yuan too much are claimed back (niangjia fund claims)."
                        : "  The amount was corrected after the failure: \(-more) yuan more go into the next batch.")
            }
            if let dropped = late.dropped {
                answer["dropped_from"] = .text(dropped.text)
                call.output.line(
                    isVoid
                        ? "  重新发放的一笔是批次 \(dropped) 的最后一笔,该批次已作废。"
                        : "  重新发放的一笔已从批次 \(dropped) 取出,该批次须重新复核:niangjia batch approve \(dropped)",
                    en: isVoid
                        ? "  The reissued payment was the last of batch \(dropped), which is void now."
                        : "  The reissued payment was taken out of batch \(dropped), which is approved anew: niangjia batch approve \(dropped)"
                )
            }
        case .twice(let claim, let amount):
            (answer["state"], answer["claim"], answer["amount_fen"]) = ("twice", .text(claim.text), .int(amount.fen))
            call.output.line(
                "疑似重复支付(\(id)):另一笔已交银行或已支付,多付的 \(amount) 元列入追回(\(claim));追回到账:niangjia fund recover \(claim) --amount …",
                en:
                    "Probably paid twice (\(id)): another attempt is with the bank or paid, so \(amount) yuan are claimed back (\(claim)); when they come in: niangjia fund recover \(claim) --amount …"
            )
            call.output.foundWrong()
        }
        call.output.answer(.map(answer))
    }

    /// The day that the bank names: never one to come.
    private static func bankDay(_ call: Call) throws -> CivilDate {
        guard let day = try call.arguments.date("on") else {
            throw NiangjiaError(
                .invalid, zh: "缺少 on(银行记载的日期)。", en: "on, the day that the bank names, is missing.", place: "/on")
        }
        try call.arguments.refuseFuture(day, "on", call.context.today)
        return day
    }

    /// The bank may have answered before its result was read, but never before it had the file.
    private static func refuse(
        _ day: CivilDate, beforeExportOf id: ID<Payment>, in reader: any StoreReader
    ) throws {
        let sentOn = try reader.first(
            "SELECT b.exported_at FROM payment p JOIN pay_batch b ON b.id = p.batch WHERE p.id = $1", [.id(id)]
        ) { $0.instantOrNil(0)?.date }
        guard let sentOn = sentOn ?? nil, day < sentOn else { return }
        throw NiangjiaError(
            .invalid, zh: "日期 \(day) 在交给银行(\(sentOn))之前:请照银行的单据填写。",
            en: "The day \(day) is before the bank had it (\(sentOn)): write it as the bank's paper does.", place: "/on"
        )
    }
}
