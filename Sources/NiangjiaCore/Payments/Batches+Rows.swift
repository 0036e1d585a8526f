/// Reading rows of `pay_batch` and `pay_line`, and moving batches.
extension Batches {
    private static let columns = """
        SELECT id, year, number, program, state, version, line_count, total, built_by, approved_by, exported_by, exported_at,
        digest, file_name, file_digest, followed FROM pay_batch
        """

    /// A batch. Throws `not_found` when there is none.
    public static func load(_ id: ID<PayBatch>, in reader: any StoreReader) throws -> PayBatch {
        guard let found = try rows("WHERE id = $1", [.id(id)], in: reader).first else {
            throw NiangjiaError(.notFound, zh: "没有这个批次:\(id)。", en: "There is no batch \(id).")
        }
        return found
    }

    /// Batches from the newest backwards.
    public static func list(after: ID<PayBatch>? = nil, limit: Int = 100, in reader: any StoreReader) throws
        -> [PayBatch]
    {
        try rows(
            "WHERE id < $1 ORDER BY id DESC LIMIT $2", [.int(after?.rawValue ?? .max), .int(Int64(limit))], in: reader)
    }

    /// What failed or came back of batches and hasn't been paid since, by batch.
    public static func unpaid(_ ids: [ID<PayBatch>], in reader: any StoreReader) throws -> [ID<PayBatch>: Money] {
        var unpaid: [ID<PayBatch>: Money] = [:]
        for id in ids {
            // Of several attempts the newest is the one that is open.
            let amount = try reader.integer(
                """
                SELECT SUM(p.amount) FROM payment p WHERE p.batch = $1 AND p.\(PaymentsSchema.failed)
                AND NOT EXISTS (SELECT 1 FROM payment n WHERE n.entitlement = p.entitlement AND n.id > p.id)
                AND (SELECT e.state FROM entitlement e WHERE e.id = p.entitlement) = 'failed'
                """, [.id(id)])
            if let amount { unpaid[id] = Money(fen: amount) }
        }
        return unpaid
    }

    private static func rows(
        _ condition: String, _ arguments: [SQLValue], in reader: any StoreReader
    ) throws -> [PayBatch] {
        try reader.all(columns + " " + condition, arguments) { row in
            guard let state = PayBatch.State(rawValue: row.text(4)) else {
                throw NiangjiaError(
                    .internal, zh: "数据有误。", en: "The data are wrong.", cause: "pay_batch \(row.int(0)): \(row.text(4))")
            }
            return PayBatch(
                id: row.id(0), year: Int(row.int(1)), number: row.int(2), program: row.text(3), state: state,
                version: row.int(5), count: Int(row.int(6)), total: row.money(7), builtBy: row.text(8),
                approvedBy: row.textOrNil(9), exportedBy: row.textOrNil(10), exportedAt: row.instantOrNil(11),
                digest: row.blobOrNil(12), fileName: row.textOrNil(13), fileDigest: row.blobOrNil(14),
                followed: row.intOrNil(15).map { Int($0) })
        }
    }

    /// Moves a batch on, if nobody else has meanwhile, and sets further columns with it.
    static func move(
        _ batch: PayBatch, to state: PayBatch.State, setting more: [(column: String, value: SQLValue)] = [],
        in writer: any StoreWriter
    ) throws {
        let extra = more.enumerated().map { ", \($1.column) = $\($0 + 5)" }.joined()
        let changed = try writer.execute(
            """
            UPDATE pay_batch SET state = $1, version = version + 1\(extra) WHERE id = $2 AND state = $3 AND version = $4
            """,
            [.text(state.rawValue), .id(batch.id), .text(batch.state.rawValue), .int(batch.version)] + more.map(\.value)
        )
        guard changed == 1 else { throw wrongState(batch) }
    }

    /// A line as it is stored, its account still sealed.
    struct StoredLine {
        var n: Int
        var payment: Payment
        var accountMAC: [UInt8]
        var accountSealed: [UInt8]
        var holder: String
        var bank: String?
        var amount: Money
        var remark: String
        var state: Payment.State
        /// Called failed by the bank, which paid it after all.
        var isLate: Bool
    }

    static func storedLines(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> [StoredLine] {
        let payments = try Payments.rows("WHERE batch = $1", [.id(batch)], in: reader)
        return try stored("WHERE batch = $1 AND state <> 'void' ORDER BY n", [.id(batch)], payments, in: reader)
    }

    /// The lines of a batch whose numbers lie in a range, at most `limit` of them, in their order.
    static func storedLines(
        of batch: ID<PayBatch>, _ range: ClosedRange<Int>, limit: Int = .max, in reader: any StoreReader
    ) throws -> [StoredLine] {
        let condition = "WHERE batch = $1 AND n >= $2 AND n <= $3 AND state <> 'void' ORDER BY n LIMIT $4"
        let arguments: [SQLValue] = [
            .id(batch), .int(Int64(range.lowerBound)), .int(Int64(range.upperBound)), .int(Int64(limit)),
        ]
        let payments = try Payments.rows(
            "WHERE id IN (SELECT payment FROM pay_line \(condition))", arguments, in: reader)
        return try stored(condition, arguments, payments, in: reader)
    }

    /// The line of a payment that was in a batch.
    static func storedLine(of payment: Payment, in reader: any StoreReader) throws -> StoredLine {
        guard
            let line = try stored(
                "WHERE payment = $1 AND state <> 'void'", [.id(payment.id)], [payment], in: reader
            ).first
        else { throw Payments.wrongState(payment) }
        return line
    }

    /// The line by which a payment was in a batch that it has left; nil: it never was in it.
    static func leftLine(
        of payment: Payment, in batch: ID<PayBatch>, _ reader: any StoreReader
    ) throws -> StoredLine? {
        try stored(
            "WHERE batch = $1 AND payment = $2 AND state = 'void' ORDER BY n DESC LIMIT 1",
            [.id(batch), .id(payment.id)], [payment], in: reader
        ).first
    }

    private static func stored(
        _ condition: String, _ arguments: [SQLValue], _ payments: [Payment], in reader: any StoreReader
    ) throws -> [StoredLine] {
        let byID = Dictionary(payments.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return try reader.all(
            """
            SELECT n, payment, account_mac, account_sealed, account_name, bank_name, amount, remark, state, is_late
            FROM pay_line
            \(condition)
            """, arguments
        ) { row in
            guard let payment = byID[row.id(1)], let state = Payment.State(rawValue: row.text(8)) else {
                throw NiangjiaError(
                    .internal, zh: "数据有误。", en: "The data are wrong.",
                    cause: "pay_line \(row.int(0)): payment \(row.int(1)), \(row.text(8))")
            }
            return StoredLine(
                n: Int(row.int(0)), payment: payment, accountMAC: row.blob(2), accountSealed: row.blob(3),
                holder: row.text(4), bank: row.textOrNil(5), amount: row.money(6), remark: row.text(7),
                state: state, isLate: row.bool(9))
        }
    }

    /// What authenticates a sealed account: it belongs to this line and no other.
    static func sealContext(_ batch: ID<PayBatch>, _ n: Int) -> [UInt8] {
        Array("pay_line/\(batch.rawValue)/\(n)".utf8)
    }

    static func open(
        _ line: StoredLine, of batch: ID<PayBatch>, _ crypto: any CryptoProvider
    ) throws -> BankLine {
        let number = try crypto.open(line.accountSealed, purpose: .personal, context: sealContext(batch, line.n))
        return BankLine(
            n: line.n, payment: line.payment.id,
            account: BankAccount(number: String(decoding: number, as: UTF8.self), holder: line.holder, bank: line.bank),
            amount: line.amount, remark: line.remark)
    }

    /// What the printed digest of an export stands for: every line's number, account (by its keyed hash), holder and amount.
    static func digest(_ lines: [StoredLine], _ crypto: any CryptoProvider) -> [UInt8] {
        let text = lines.map { "\($0.n)|\(Hex.text($0.accountMAC))|\($0.holder)|\($0.amount.fen)\n" }.joined()
        return crypto.digest(Array(text.utf8))
    }

    static func wrongState(_ batch: PayBatch) -> NiangjiaError {
        guard !batch.isUnderWay else {
            return NiangjiaError(
                .conflict, zh: "批次 \(batch.title) “\(batch.state.title.zh)”,其中各笔正在逐笔登记:请稍后再试。",
                en:
                    "Batch \(batch.title) is “\(batch.state.rawValue)”, and its lines are just following: try again in a moment."
            )
        }
        return NiangjiaError(
            .conflict, zh: "批次 \(batch.title) 的状态是“\(batch.state.title.zh)”,不能这样办理。",
            en: "Batch \(batch.title) is “\(batch.state.rawValue)”, which doesn't allow this.")
    }
}
