/// Payment batches for the bank, up to the moment of export.
public enum Batches {
    /// Finds a payee's account; nil when none is known.
    public typealias AccountOf = @Sendable (Entitlement.Payee, any StoreReader) throws -> BankAccount?

    /// The most lines of one batch. A bank's template says how many lines it takes in one file; a batch is split into several.
    public static let largestBatch = 100_000

    /// How many lines one transaction takes, moves or takes apart: some ten milliseconds, after which people's writes get their turn.
    public static let block = 1_000

    /// The columns of a line that is entered.
    static let lineColumns = [
        "batch", "n", "payment", "amount", "account_mac", "account_sealed", "account_name", "bank_name", "remark",
        "state",
    ]

    /// The values of a line that is entered, as ``lineColumns`` names them.
    static func newLine(
        _ n: Int, of batch: ID<PayBatch>, _ payment: Payment, _ account: BankAccount, _ mac: [UInt8], _ remark: String,
        _ state: Payment.State, _ context: ChangeContext
    ) throws -> [SQLValue] {
        let sealed = try context.crypto.seal(
            Array(account.number.utf8), purpose: .personal, context: sealContext(batch, n))
        return [
            .id(batch), .int(Int64(n)), .id(payment.id), .money(payment.amount), .blob(mac), .blob(sealed),
            .text(account.holder), .optional(account.bank), .text(remark), .text(state.rawValue),
        ]
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

    /// A second person approves a checked batch: not its builder, and nobody who has had to do with what it pays. In one transaction.
    ///
    /// - Parameter knowsDeaths: whether the accounts of payees who have died were looked into.
    ///
    /// Throws `forbidden` for them, under whatever account; `conflict` when the batch is not checked, or a payee has died and nobody says
    /// that it is known.
    public static func approve(
        _ id: ID<PayBatch>, knowsDeaths: Bool = false, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let seen = try checkApproval(of: id, knowsDeaths: knowsDeaths, luhn: nil, context, in: writer)
        try approve(seen.batch, deceased: seen.deceased, context, in: writer)
    }

    /// The same, reading the lines beside other people's writes. A batch that has lost lines has lost its check with them (by a kill, or
    /// because it is long, nobody may have done it since): that is checked along with the approval, or neither is.
    ///
    /// Throws `conflict` where the batch has changed meanwhile, or a finding blocks it, which is told. Who dies meanwhile is asked about
    /// at the export: the approval is of the moment at which it was asked for.
    ///
    /// - Parameter luhn: whether a number's check digit is right.
    public static func approve(
        _ id: ID<PayBatch>, knowsDeaths: Bool = false, luhn: @escaping @Sendable (String) -> Bool,
        _ context: ChangeContext, in store: any Store
    ) async throws {
        let seen = try await store.read {
            try checkApproval(of: id, knowsDeaths: knowsDeaths, luhn: luhn, context, in: $0)
        }
        try await store.write(.interactive) { writer in
            try refuseChanged(seen.batch, in: writer)
            if let inspected = seen.inspected { _ = try note(inspected, context, in: writer) }
            try approve(load(id, in: writer), deceased: seen.deceased, context, in: writer)
        }
    }

    private static func checkApproval(
        of id: ID<PayBatch>, knowsDeaths: Bool, luhn: ((String) -> Bool)?, _ context: ChangeContext,
        in reader: any StoreReader
    ) throws -> (batch: PayBatch, inspected: InspectedBatch?, deceased: [Int]) {
        let batch = try load(id, in: reader)
        let isUnchecked = batch.state == .built && luhn != nil
        guard batch.state == .checked || isUnchecked else { throw wrongState(batch) }
        let handled = try handlers(of: id, in: reader).union([batch.builtBy])
        guard try !AccountPersons.expand(handled, in: reader).contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "批次须由另一人复核:制单人,以及经办过这些申请、确认过其中账号或由此收款的人不能批准。",
                en:
                    "Another person must approve: neither who built the batch, nor who handled its cases, confirmed an account in it or is paid by it."
            )
        }
        let inspected = try luhn.flatMap { try isUnchecked ? inspect(id, luhn: $0, context.crypto, in: reader) : nil }
        if let inspected, !inspected.check.isPassed { throw failedCheck(inspected) }
        let deceased = try deceased(in: id, in: reader)
        guard deceased.isEmpty || knowsDeaths else { throw refusesDeceased(deceased) }
        return (batch, inspected, deceased)
    }

    private static func approve(
        _ batch: PayBatch, deceased: [Int], _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try move(
            batch, to: .approved,
            setting: [
                ("approved_by", .text(context.actor)), ("approved_at", .instant(context.now)),
                ("approved_deceased", kept(deceased)),
            ], in: writer)
        var body: [String: Value] = [
            "title": .text(batch.title), "count": .int(Int64(batch.count)), "total": .int(batch.total.fen),
        ]
        if !deceased.isEmpty { body["deceased"] = .int(Int64(deceased.count)) }
        try context.record("batch.approved", about: batch.id.text, body: .map(body), in: writer)
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

    /// Takes a batch apart that was not exported yet, or whose building was left: it is void at once, and its payments wait again
    /// under the same identity, so many in this transaction, the others as they follow (``follow(_:lines:_:in:)``).
    public static func void(
        _ id: ID<PayBatch>, reason: String, lines: Int = .max, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let batch = try load(id, in: writer)
        guard [.building, .built, .checked, .approved].contains(batch.state) else { throw wrongState(batch) }
        try move(batch, to: .void, setting: [("followed", .int(0))], in: writer)
        try context.record("batch.void", about: id.text, body: ["reason": .text(reason)], in: writer)
        _ = try follow(id, lines: lines, context, in: writer)
    }
}
