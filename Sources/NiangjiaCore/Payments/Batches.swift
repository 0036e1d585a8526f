/// Payment batches for the bank, up to the moment of export.
public enum Batches {
    /// Finds a payee's account; nil when none is known.
    public typealias AccountOf = (Entitlement.Payee, any StoreReader) throws -> BankAccount?

    /// The most lines of one batch. A bank's template says how many lines it takes in one file; a batch is split into several.
    public static let largestBatch = 100_000

    /// Puts a program's approved money into a batch: those named, or all that wait, at most `limit` lines.
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
        try eachPayable(program, chosen, in: writer) { one in
            guard count < limit else { return false }
            guard let (account, mac) = try left.account(of: one, accountOf, context, in: writer) else { return true }
            count += 1
            total += one.amount
            let payment = try waitingPayment(for: one, context, in: writer)
            try Payments.move(payment, of: one, by: .batched(in: id), context, in: writer)
            let number = Array(account.number.utf8)
            lines += [
                .id(id), .int(Int64(count)), .id(payment.id), .money(payment.amount),
                .blob(mac),
                .blob(try context.crypto.seal(number, purpose: .personal, context: sealContext(id, count))),
                .text(account.holder), .optional(account.bank), .text(remark),
                .text(Payment.State.batched.rawValue),
            ]
            return true
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

    /// Goes through what is approved, or through those named, until told to end. However many are left out, what can be
    /// paid is reached; most batches are filled from one page.
    private static func eachPayable(
        _ program: String, _ chosen: [ID<Entitlement>]?, in reader: any StoreReader,
        _ body: (Entitlement) throws -> Bool
    ) throws {
        if let chosen {
            let found = try Entitlements.load(chosen, in: [.approved], reader)
            for one in found where one.kind != .money || one.program != program { throw Entitlements.wrongState(one) }
            for one in found where try !body(one) { return }
            return
        }
        var last: Int64 = 0
        while true {
            let page = try Entitlements.rows(
                "WHERE program = $1 AND state = 'approved' AND kind = 'money' AND id > $2 ORDER BY id LIMIT $3",
                [.text(program), .int(last), .int(Int64(largestBatch))], in: reader)
            for one in page where try !body(one) { return }
            guard let end = page.last, page.count == largestBatch else { return }
            last = end.id.rawValue
        }
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
        findings += try deceased(in: id, in: writer).map(deceasedFinding)
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

    /// A second person approves a checked batch: not its builder, and nobody who has had to do with what it pays.
    ///
    /// - Parameter knowsDeaths: whether the accounts of payees who have died were looked into.
    ///
    /// Throws `forbidden` for them, under whatever account; `conflict` when the batch is not checked, or a payee has died and nobody says
    /// that it is known.
    public static func approve(
        _ id: ID<PayBatch>, knowsDeaths: Bool = false, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let batch = try load(id, in: writer)
        guard batch.state == .checked else { throw wrongState(batch) }
        let handled = try handlers(of: id, in: writer).union([batch.builtBy])
        guard try !AccountPersons.expand(handled, in: writer).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "批次须由另一人复核:制单人,以及经办过这些申请、确认过其中账号或由此收款的人不能批准。",
                en:
                    "Another person must approve: neither who built the batch, nor who handled its cases, confirmed an account in it or is paid by it."
            )
        }
        let deceased = try deceased(in: id, in: writer)
        guard deceased.isEmpty || knowsDeaths else { throw refusesDeceased(deceased) }
        try move(
            batch, to: .approved,
            setting: [("approved_by", .text(context.actor)), ("approved_at", .instant(context.now))], in: writer)
        var body: [String: Value] = [
            "title": .text(batch.title), "count": .int(Int64(batch.count)), "total": .int(batch.total.fen),
        ]
        if !deceased.isEmpty { body["deceased"] = .int(Int64(deceased.count)) }
        try context.record("batch.approved", about: id.text, body: .map(body), in: writer)
    }

    /// Who has had to do with what a batch pays, and keeps away from approving and exporting it (不相容岗位, decision 0049): who
    /// filed one of its cases or did any step in it, before its approval or since; who confirmed an account in it; who is paid by it.
    static func handlers(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> Set<String> {
        let lines = """
            FROM pay_line l JOIN payment p ON p.id = l.payment JOIN unfolded_entitlement e ON e.id = p.entitlement
            """
        return Set(
            try reader.all(
                """
                SELECT s.actor \(lines) JOIN case_step s ON s.case_id = e.case_id WHERE l.batch = $1
                UNION SELECT f.filer \(lines) JOIN case_file f ON f.id = e.case_id WHERE l.batch = $1
                UNION SELECT c.confirmed_by \(lines) JOIN account_confirmation c
                ON c.payee_kind = e.payee_kind AND c.payee = e.payee AND c.account_mac = l.account_mac
                WHERE l.batch = $1 AND l.state <> 'void'
                UNION SELECT a.id \(lines) JOIN account a ON a.person = e.payee
                WHERE l.batch = $1 AND e.payee_kind = 'person'
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
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            try Payments.move(line.payment, of: one, line, by: .dropped, context, in: writer)
        }
        try move(batch, to: .void, in: writer)
        try context.record("batch.void", about: id.text, body: ["reason": .text(reason)], in: writer)
    }
}
