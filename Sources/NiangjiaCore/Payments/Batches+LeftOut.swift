/// Whom a batch leaves out, and what is said where nobody is left.
extension Batches {
    /// Approved entitlements that a batch doesn't take, by why.
    struct LeftOut {
        let program: String
        /// By form, the day before which nothing of it is paid, where it hasn't come.
        var notBefore: [String: CivilDate]
        var withoutAccount: [Entitlement] = []
        var unreadable: [UnreadableAccount] = []
        var unconfirmed: [Entitlement] = []
        var sentBefore: [Entitlement] = []
        var early: [Entitlement] = []
        /// By when all of these may be paid.
        var lastDay: CivilDate?

        /// The account to which an entitlement is paid, and its keyed hash; nil: it is left out, and noted here.
        mutating func account(
            of one: Entitlement, _ accountOf: AccountOf?, _ context: ChangeContext, in reader: any StoreReader
        ) throws -> (BankAccount, mac: [UInt8])? {
            if !notBefore.isEmpty, let day = notBefore[try form(of: one, in: reader)] {
                early.append(one)
                lastDay = max(lastDay ?? day, day)
                return nil
            }
            let known: BankAccount?
            do {
                known =
                    try accountOf.map { try $0(one.payee, reader) }
                    ?? PayeeAccounts.account(of: one.payee, in: reader, context.crypto)
            } catch let error as NiangjiaError where error.code == .unreadable {
                unreadable.append(try UnreadableAccount(of: one, in: reader))
                return nil
            }
            guard let account = known, !account.number.isEmpty else {
                withoutAccount.append(one)
                return nil
            }
            let mac = PersonIdentifiers.mac(bankCard: account.number, context.crypto)
            guard try !PayeeAccounts.needsConfirmation(one, mac: mac, in: reader, context.crypto) else {
                unconfirmed.append(one)
                return nil
            }
            guard try !Exports.isSent(one.id, program: program, mac: mac, amount: one.amount, in: reader) else {
                sentBefore.append(one)
                return nil
            }
            return (account, mac)
        }

        private func form(of one: Entitlement, in reader: any StoreReader) throws -> String {
            try reader.first("SELECT form FROM decision WHERE id = $1", [.id(one.decision)]) { $0.text(0) } ?? ""
        }
    }

    /// Names whose account is wanted, by what the treasurer can look up.
    static func nothingToPay(_ left: LeftOut) -> NiangjiaError {
        let (withoutAccount, unconfirmed, sentBefore) = (left.withoutAccount, left.unconfirmed, left.sentBefore)
        func named(_ some: [Entitlement], after colon: String) -> String {
            let names = some.prefix(10).map { one in one.id.text + (one.caseID.map { " (\($0))" } ?? "") }
            return names.isEmpty ? "" : colon + names.joined(separator: ", ") + (some.count > 10 ? " …" : "")
        }
        var (zh, en) = ("", "")
        let unread = left.unreadable
        if !unread.isEmpty {
            zh += ";收款账号无法读取的 \(unread.count) 笔:\(UnreadableAccount.named(unread, .zh))"
            en += "; \(unread.count) have an account that can't be read: \(UnreadableAccount.named(unread, .en))"
        }
        if !unconfirmed.isEmpty {
            zh += ";账号变更待确认(niangjia batch confirm)的 \(unconfirmed.count) 笔\(named(unconfirmed, after: ":"))"
            en += "; \(unconfirmed.count) changed their account and haven't confirmed it (niangjia batch confirm)"
            en += named(unconfirmed, after: ": ")
        }
        if !sentBefore.isEmpty {
            zh += ";恢复前已发、待核对(niangjia batch entered --lines)的 \(sentBefore.count) 笔\(named(sentBefore, after: ":"))"
            en +=
                "; \(sentBefore.count) were sent the like before a restore (niangjia batch entered --lines)\(named(sentBefore, after: ": "))"
        }
        if let from = left.lastDay {
            zh += ";起付日(pay.from)\(from) 之前不付的 \(left.early.count) 笔"
            en += "; \(left.early.count) aren't paid before \(from) (pay.from)"
        }
        let isAny = [withoutAccount, unconfirmed, sentBefore, left.early].contains { !$0.isEmpty } || !unread.isEmpty
        guard isAny else { return noneApproved(left.program) }
        let remedy = unread.isEmpty ? nil : UnreadableAccount.remedy
        return NiangjiaError(
            unread.isEmpty ? .conflict : .unreadable,
            zh:
                "没有可以支付的待遇(缺账号的 \(withoutAccount.count) 笔\(named(withoutAccount, after: ":"))\(zh))。\(remedy.map { $0.zh + "。" } ?? "")",
            en:
                "There is nothing to pay (\(withoutAccount.count) lack an account\(named(withoutAccount, after: ": "))\(en)).\(remedy.map { " " + $0.en + "." } ?? "")"
        )
    }

    /// Nothing waits to be paid at all: what has to come before.
    private static func noneApproved(_ program: String) -> NiangjiaError {
        let before =
            switch program {
            case Dues.program:
                LocalText(
                    zh: "截至这一天没有可以回拨或上解的经费。先读入税务文件,待查的先归入工会。",
                    en:
                        "No dues stand to be returned by that day. Take in the tax bureau's file first, and assign what is in suspense."
                )
            case Grants.program:
                LocalText(
                    zh: "没有到拨付时间的补助。先由另一人批准补助,或验收上一期的报告。",
                    en:
                        "No grant is due. Another person approves it first, or accepts the report on the instalment before."
                )
            case Suppliers.program:
                LocalText(zh: "没有待付的货款。先办理供应商结算。", en: "No supplier waits to be paid. Settle with one first.")
            default:
                LocalText(
                    zh: "没有可以支付的待遇:已核准的都已付或已在批次中。先核准申请或批量核定,再制单。",
                    en:
                        "There is nothing to pay: what was approved is paid, or in a batch. Approve applications or decide a run first."
                )
            }
        return NiangjiaError(.conflict, zh: before.zh, en: before.en)
    }
}
