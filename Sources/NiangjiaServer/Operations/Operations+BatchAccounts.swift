import NiangjiaCore
import NiangjiaExchange

/// Batches whose payees' accounts change, and batches that are taken apart before their export.
extension Operations {
    /// Takes lines out whose accounts have changed, or that are named; what is left is checked and waits for approval again.
    static func refreshBatch(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let reason = try call.arguments.optionalReason() ?? call.output.word("收款账号变更", "accounts changed")
        let named = try call.arguments.list("payments").map { value -> ID<Payment> in
            guard let payment = value.text.flatMap({ ID<Payment>($0) }) else {
                throw NiangjiaError(.invalid, zh: "付款编号有误。", en: "That is no payment's id.", place: "/payments")
            }
            return payment
        }
        let (context, store) = (call.context, call.host.store)
        let dropped = try await Batches.refresh(id, dropping: Set(named), reason: reason, context, in: store)
        if try await store.read({ try Batches.load(id, in: $0).state }) == .built {
            _ = try await Batches.check(id, luhn: { BankCard.passesLuhn($0) }, context, in: store)
        }
        let batch = try await store.read { try Batches.load(id, in: $0) }
        for line in dropped {
            let confirm = "niangjia batch confirm \(line.entitlement) …"
            let why =
                line.hasOtherAccount
                ? LocalText(zh: "账号已变更,须本人确认:\(confirm)", en: "another account; the payee confirms it: \(confirm)")
                : LocalText(zh: reason, en: reason)
            call.output.line(
                "  第 \(line.n) 笔已取出(\(line.payment)):\(why.zh)",
                en: "  payment \(line.n) is taken out (\(line.payment)): \(why.en)")
        }
        call.output.line(
            dropped.isEmpty
                ? "批次 \(batch.title) 没有需要取出的笔。"
                : batch.state == .void
                    ? "批次 \(batch.title) 已全部取出,作废。"
                    : "批次 \(batch.title) 现为 \(batch.count) 笔,\(batch.total) 元,须重新复核:niangjia batch approve \(id)",
            en: dropped.isEmpty
                ? "Nothing of batch \(batch.title) has to be taken out."
                : batch.state == .void
                    ? "All of batch \(batch.title) was taken out: it is void."
                    : "Batch \(batch.title) has \(batch.count) payments now, \(batch.total) yuan, and is approved anew: niangjia batch approve \(id)"
        )
        call.output.answer([
            "batch": .text(id.text), "state": .text(batch.state.rawValue), "count": .int(Int64(batch.count)),
            "total_fen": .int(batch.total.fen),
            "dropped": .list(
                dropped.map {
                    [
                        "n": .int(Int64($0.n)), "payment": .text($0.payment.text),
                        "entitlement": .text($0.entitlement.text), "other_account": .bool($0.hasOtherAccount),
                    ]
                }),
        ])
    }

    /// Takes a whole batch apart that was not exported. It is void at once; asked again after it was cut off, the rest follows.
    static func voidBatch(_ call: Call) async throws {
        let id = try call.arguments.id("batch", PayBatch.self)
        let (reason, context) = (try call.arguments.reason(), call.context)
        let store = call.host.store
        let batch = try await store.read { try Batches.load(id, in: $0) }
        let isRepeated = batch.isUnderWay || Idempotency.current?.cutOffSince != nil
        if batch.state != .void || !isRepeated {
            try await store.write(.batch) {
                try Batches.void(id, reason: reason, lines: Batches.block, context, in: $0)
            }
        }
        try await Batches.follow(id, context, in: store)
        call.output.line("批次 \(id) 已作废,其中各笔等待下一批次。", en: "Batch \(id) is void; its payments wait for the next one.")
        call.output.answer(["batch": .text(id.text), "state": "void"])
    }

    /// A payee says that a changed account is theirs: heard by a clerk, or signed in themselves.
    static func confirmAccount(_ call: Call) async throws {
        let id = try call.arguments.id("entitlement", Entitlement.self)
        let ending = try call.arguments.text("ending")
        let (how, context, account) = (try call.arguments.reason("how"), call.context, try signedIn(call))
        let isClerk = account.may(.changeRegisters) || account.may(.checkCases)
        let bundle = try await call.host.bundles.active()
        try await call.host.store.write(.interactive) { writer in
            guard let one = try? Entitlements.load(id, in: writer),
                try isClerk && Lookup.isInReach(id, of: account, in: writer)
                    || (account.person.map { one.payee == .person($0) } ?? false)
            else {
                throw NiangjiaError(.notFound, zh: "没有这笔待遇:\(id)。", en: "There is no entitlement \(id).")
            }
            try checkCorrectable(one, bundle, context.today, in: writer)
            try PayeeAccounts.confirm(one, ending: ending, how: how, context, in: writer)
        }
        call.output.line(
            "已登记收款人对尾号 \(ending) 账号的确认,可列入下一批次。",
            en: "The payee's word for the account ending in \(ending) is noted; the next batch may pay it.")
        call.output.answer(["entitlement": .text(id.text), "ending": .text(ending), "confirmed": true])
    }

    /// Throws `conflict` once the days are over in which a program lets payees' accounts be put right (`pay.correct_until`).
    private static func checkCorrectable(
        _ one: Entitlement, _ bundle: NiangjiaCore.Bundle, _ today: CivilDate, in reader: any StoreReader
    ) throws {
        let form = try reader.first("SELECT form FROM decision WHERE id = $1", [.id(one.decision)]) { $0.text(0) }
        let rules = bundle.programs[one.program].map { program in form.map { program.rules(for: $0) } ?? program.base }
        guard let last = rules?.pay.correctUntil, today > last else { return }
        throw NiangjiaError(
            .conflict, zh: "更正收款账号到 \(last) 为止(项目的 pay.correct_until),已经过了;要再更正,须改方案并批准。",
            en:
                "Accounts could be put right until \(last) (the program's pay.correct_until): to do so now, change the program and have it approved."
        )
    }
}
