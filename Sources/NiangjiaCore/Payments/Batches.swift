/// Payment batches for the bank, up to the moment of export.
public enum Batches {
    /// Finds a payee's account; nil when none is known.
    public typealias AccountOf = (Entitlement.Payee, any StoreReader) throws -> BankAccount?

    /// The most lines of one batch. A bank's template says how many lines it takes in one file; a batch is split into several.
    public static let largestBatch = 100_000

    /// Puts a program's approved money into a batch: those named, or all that wait.
    ///
    /// Who has no account, or has changed it since the approval or an earlier batch and not confirmed the new one, is left out and listed; accounts
    /// come from the registers unless `accountOf` finds them elsewhere. Throws `conflict` when nothing can be paid, or one of those
    /// named is not approved money of the program.
    public static func build(
        program: String, only chosen: [ID<Entitlement>]? = nil, limit: Int = largestBatch, remark: String,
        accountOf: AccountOf? = nil, notBefore: [String: CivilDate] = [:], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> BuiltBatch {
        let id = context.ids.next(PayBatch.self)
        var lines: [SQLValue] = []
        var total = Money.zero
        var count = 0
        var left = LeftOut(program: program, notBefore: notBefore.filter { context.today < $0.value })
        for one in try payable(program, chosen, limit: limit, in: writer) {
            guard let (account, mac) = try left.account(of: one, accountOf, context, in: writer) else { continue }
            count += 1
            total += one.amount
            let payment = try waitingPayment(for: one, context, in: writer)
            try Payments.move(payment, to: .batched, batch: id, in: writer)
            try Entitlements.move(one, to: .batched, in: writer)
            let number = Array(account.number.utf8)
            lines += [
                .id(id), .int(Int64(count)), .id(payment.id), .money(payment.amount),
                .blob(mac),
                .blob(try context.crypto.seal(number, purpose: .personal, context: sealContext(id, count))),
                .text(account.holder), .optional(account.bank), .text(remark), .text("batched"),
            ]
        }
        guard count > 0 else {
            throw nothingToPay(left)
        }
        try writer.insert(
            into: "pay_line",
            columns: [
                "batch", "n", "payment", "amount", "account_mac", "account_sealed", "account_name", "bank_name",
                "remark",
                "state",
            ], values: lines)
        let title = try enter(id, program, count, total, context, in: writer)
        let body: Value = [
            "title": .text(title), "program": .text(program), "count": .int(Int64(count)), "total": .int(total.fen),
        ]
        try context.record("batch.built", about: id.text, body: body, in: writer)
        return BuiltBatch(
            batch: id, title: title, count: count, total: total, withoutAccount: left.withoutAccount.map(\.id),
            unconfirmed: left.unconfirmed.map(\.id), sentBefore: left.sentBefore.map(\.id), early: left.early.map(\.id))
    }

    /// Approved entitlements that a batch doesn't take, by why.
    private struct LeftOut {
        let program: String
        /// By form, the day before which nothing of it is paid, where it hasn't come.
        var notBefore: [String: CivilDate]
        var withoutAccount: [Entitlement] = []
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
            let known =
                try accountOf.map { try $0(one.payee, reader) }
                ?? PayeeAccounts.account(of: one.payee, in: reader, context.crypto)
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
    private static func nothingToPay(_ left: LeftOut) -> NiangjiaError {
        let (withoutAccount, unconfirmed, sentBefore) = (left.withoutAccount, left.unconfirmed, left.sentBefore)
        func named(_ some: [Entitlement]) -> String {
            let names = some.prefix(10).map { one in one.id.text + (one.caseID.map { " (\($0))" } ?? "") }
            return names.isEmpty ? "" : ":" + names.joined(separator: ", ") + (some.count > 10 ? " …" : "")
        }
        var (zh, en) = ("", "")
        if !unconfirmed.isEmpty {
            zh += ";账号变更待确认的 \(unconfirmed.count) 笔\(named(unconfirmed))"
            en += "; \(unconfirmed.count) changed their account and haven't confirmed it\(named(unconfirmed))"
        }
        if !sentBefore.isEmpty {
            zh += ";恢复前已发、待核对(niangjia batch entered --lines)的 \(sentBefore.count) 笔\(named(sentBefore))"
            en +=
                "; \(sentBefore.count) were sent the like before a restore (niangjia batch entered --lines)\(named(sentBefore))"
        }
        if let from = left.lastDay {
            zh += ";起付日(pay.from)\(from) 之前不付的 \(left.early.count) 笔"
            en += "; \(left.early.count) aren't paid before \(from) (pay.from)"
        }
        if withoutAccount.isEmpty, unconfirmed.isEmpty, sentBefore.isEmpty, left.early.isEmpty {
            return noneApproved(left.program)
        }
        return NiangjiaError(
            .conflict, zh: "没有可以支付的待遇(缺账号的 \(withoutAccount.count) 笔\(named(withoutAccount))\(zh))。",
            en: "There is nothing to pay (\(withoutAccount.count) lack an account\(named(withoutAccount))\(en)).")
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

    private static func payable(
        _ program: String, _ chosen: [ID<Entitlement>]?, limit: Int, in reader: any StoreReader
    ) throws -> [Entitlement] {
        guard let chosen else {
            return try Entitlements.rows(
                "WHERE program = $1 AND state = 'approved' AND kind = 'money' ORDER BY id LIMIT $2",
                [.text(program), .int(Int64(limit))], in: reader)
        }
        let found = try Entitlements.load(chosen, in: [.approved], reader)
        for one in found where one.kind != .money || one.program != program { throw Entitlements.wrongState(one) }
        return found
    }

    /// The attempt that waits (after a reissue or a voided batch), or the first of its revision.
    static func waitingPayment(
        for one: Entitlement, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Payment {
        let waiting = try Payments.rows(
            "WHERE entitlement = $1 AND revision = $2 AND state = 'waiting'", [.id(one.id), .int(Int64(one.revision))],
            in: writer)
        if let payment = waiting.first { return payment }
        let first = Payment(
            id: context.ids.next(), entitlement: one.id, ordinal: one.ordinal, revision: one.revision, attempt: 1,
            amount: one.amount,
            batch: nil, state: .waiting, version: 1, message: nil)
        try Payments.enter(first, context, in: writer)
        return first
    }

    private static func enter(
        _ id: ID<PayBatch>, _ program: String, _ count: Int, _ total: Money, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> String {
        let year = context.today.parts.year
        let number = try Numbering.next("batch/\(year)", in: writer)
        try writer.execute(
            """
            INSERT INTO pay_batch (id, year, number, program, state, line_count, total, built_by, built_at)
            VALUES ($1, $2, $3, $4, 'built', $5, $6, $7, $8)
            """,
            [
                .id(id), .int(Int64(year)), .int(number), .text(program), .int(Int64(count)), .money(total),
                .text(context.actor), .instant(context.now),
            ])
        return try load(id, in: writer).title
    }

    /// Compares count and sum with the lines and the entitlements, looks for duplicates, and asks `luhn` about each account
    /// number. The batch is `checked` unless a finding blocks it.
    public static func check(
        _ id: ID<PayBatch>, luhn: (String) -> Bool, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> BatchCheck {
        let batch = try load(id, in: writer)
        guard batch.state == .built || batch.state == .checked else { throw wrongState(batch) }
        let stored = try storedLines(of: id, in: writer)
        var findings: [BatchCheck.Finding] = []
        let entitled = try writer.integer(
            """
            SELECT sum(e.amount) FROM payment p JOIN unfolded_entitlement e ON e.id = p.entitlement
            WHERE p.batch = $1 AND p.state = 'batched' AND e.state = 'batched' AND e.revision = p.revision
            """, [.id(id)])
        let total = stored.reduce(Money.zero) { $0 + $1.amount }
        if stored.count != batch.count || total != batch.total || entitled != total.fen {
            findings.append(
                .init(
                    code: "SUM", n: nil,
                    text: LocalText(
                        zh: "笔数或金额不符:\(stored.count) 笔 \(total) 元,批次登记 \(batch.count) 笔 \(batch.total) 元",
                        en:
                            "count or sum differ: \(stored.count) lines, \(total) yuan; entered \(batch.count), \(batch.total)"
                    ),
                    blocks: true))
        }
        var firstWith: [[UInt8]: StoredLine] = [:]
        var seen: Set<ID<Entitlement>> = []
        for line in stored {
            findings += try lineFindings(of: line, in: id, luhn: luhn, context.crypto, &firstWith, &seen)
        }
        let check = BatchCheck(count: stored.count, total: total, findings: findings)
        if check.isPassed, batch.state == .built { try move(batch, to: .checked, in: writer) }
        let body: Value = [
            "passed": .bool(check.isPassed), "findings": .int(Int64(findings.count)),
            "count": .int(Int64(stored.count)),
            "total": .int(total.fen),
        ]
        try context.record("batch.checked", about: id.text, body: body, in: writer)
        return check
    }

    private static func lineFindings(
        of line: StoredLine, in batch: ID<PayBatch>, luhn: (String) -> Bool, _ crypto: any CryptoProvider,
        _ firstWith: inout [[UInt8]: StoredLine], _ seen: inout Set<ID<Entitlement>>
    ) throws -> [BatchCheck.Finding] {
        var found: [BatchCheck.Finding] = []
        func add(_ code: String, blocks: Bool, zh: String, en: String) {
            let text = LocalText(zh: "第 \(line.n) 笔:" + zh, en: "line \(line.n): " + en)
            found.append(.init(code: code, n: line.n, text: text, blocks: blocks))
        }
        if !seen.insert(line.payment.entitlement).inserted {
            add("DUPLICATE_PAYMENT", blocks: true, zh: "同一笔待遇出现两次", en: "the same entitlement twice")
        }
        if line.holder.isEmpty { add("ACCOUNT_NAME", blocks: true, zh: "缺户名", en: "no account holder") }
        if !luhn(try open(line, of: batch, crypto).account.number) {
            add("LUHN", blocks: false, zh: "卡号校验位不对", en: "the card number's check digit is wrong")
        }
        if let first = firstWith[line.accountMAC] {
            let sameHolder = first.holder == line.holder
            add(
                "SHARED_ACCOUNT", blocks: !sameHolder,
                zh: "与第 \(first.n) 笔账号相同" + (sameHolder ? "" : ",户名不同"),
                en: "same account as line \(first.n)" + (sameHolder ? "" : ", another holder"))
        } else {
            firstWith[line.accountMAC] = line
        }
        return found
    }

    /// A second person approves a checked batch: not its builder, nobody who filed or reviewed one of its cases, and nobody in
    /// `forbidden` (payees' own accounts, their relatives').
    ///
    /// Throws `forbidden` for the builder and for them, `conflict` when the batch is not checked.
    public static func approve(
        _ id: ID<PayBatch>, forbidden: Set<String> = [], _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let batch = try load(id, in: writer)
        guard batch.state == .checked else { throw wrongState(batch) }
        let handled = forbidden.union(try handlers(of: id, in: writer)).union([batch.builtBy])
        guard try !AccountPersons.expand(handled, in: writer).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "批次须由另一人复核:制单人和经办过这些申请的人不能批准。",
                en: "Another person must approve: neither who built the batch nor who handled its cases.")
        }
        try move(
            batch, to: .approved,
            setting: [("approved_by", .text(context.actor)), ("approved_at", .instant(context.now))], in: writer)
        let body: Value = [
            "title": .text(batch.title), "count": .int(Int64(batch.count)), "total": .int(batch.total.fen),
        ]
        try context.record("batch.approved", about: id.text, body: body, in: writer)
    }

    /// Who filed or reviewed the cases of a batch, or confirmed an account in it (不相容岗位): what they did before the cases were
    /// approved counts.
    static func handlers(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> Set<String> {
        let cases = """
            SELECT e.case_id FROM payment p JOIN unfolded_entitlement e ON e.id = p.entitlement
            WHERE p.batch = $1 AND e.case_id IS NOT NULL
            """
        let reviewing = [CaseState.inCheck, .returned, .underNotice, .manual, .waitlisted].map { "'\($0.rawValue)'" }
        return Set(
            try reader.all(
                """
                SELECT actor FROM case_step WHERE case_id IN (\(cases)) AND from_state IN (\(reviewing.joined(separator: ", ")))
                UNION SELECT filer FROM case_file WHERE id IN (\(cases))
                UNION SELECT c.confirmed_by FROM pay_line l JOIN payment p ON p.id = l.payment
                JOIN unfolded_entitlement e ON e.id = p.entitlement JOIN account_confirmation c
                ON c.payee_kind = e.payee_kind AND c.payee = e.payee AND c.account_mac = l.account_mac
                WHERE l.batch = $1 AND l.state <> 'void'
                """, [.id(batch)]
            ) { $0.text(0) })
    }

    /// Takes a batch apart that was not exported yet; its payments wait again under the same identity.
    public static func void(
        _ id: ID<PayBatch>, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let batch = try load(id, in: writer)
        guard [.built, .checked, .approved].contains(batch.state) else { throw wrongState(batch) }
        for line in try storedLines(of: id, in: writer) {
            try moveLine(line, of: id, to: "void", in: writer)
            try Payments.move(line.payment, to: .waiting, batch: nil, in: writer)
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            try Entitlements.move(one, to: .approved, in: writer)
        }
        try move(batch, to: .void, in: writer)
        try context.record("batch.void", about: id.text, body: ["reason": .text(reason)], in: writer)
    }
}
