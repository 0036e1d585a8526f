/// One attempt to pay an instalment of an entitlement.
///
/// Its identity (entitlement, ordinal, revision, attempt) is unique in the store: whatever is retried, clicked twice or
/// restored, the same money is never sent under two names.
public struct Payment: Identified {
    public static let idPrefix = "pay"

    /// `twice`: the bank had called it failed and paid it after all, when another attempt had gone out already.
    ///
    /// The line of a batch has a state of these too: `batched`, `exported`, `paid`, `failed`, `returned`; `void` once it has left.
    public enum State: String, Sendable, CaseIterable {
        case waiting, batched, exported, paid, failed, returned, twice, void

        /// Whether the bank has told its end.
        var isResolved: Bool { [.paid, .failed, .returned, .twice].contains(self) }
    }

    public var id: ID<Payment>
    public var entitlement: ID<Entitlement>
    public var ordinal: Int
    public var revision: Int
    public var attempt: Int
    public var amount: Money
    public var batch: ID<PayBatch>?
    public var state: State
    public var version: Int64
    /// What the bank said.
    public var message: String?
}

/// The identity that a payment never shares, and reading.
public enum Payments {
    private static let columns = """
        SELECT id, entitlement, ordinal, revision, attempt, amount, batch, state, version, message FROM payment
        """

    /// A payment. Throws `not_found` when there is none.
    public static func load(_ id: ID<Payment>, in reader: any StoreReader) throws -> Payment {
        guard let found = try rows("WHERE id = $1", [.id(id)], in: reader).first else {
            throw NiangjiaError(.notFound, zh: "没有这笔支付:\(id)。", en: "There is no payment \(id).")
        }
        return found
    }

    /// All attempts for an entitlement, in their order.
    public static func of(_ entitlement: ID<Entitlement>, in reader: any StoreReader) throws -> [Payment] {
        try rows("WHERE entitlement = $1 ORDER BY revision, ordinal, attempt", [.id(entitlement)], in: reader)
    }

    static func rows(_ condition: String, _ arguments: [SQLValue], in reader: any StoreReader) throws -> [Payment] {
        try reader.all(columns + " " + condition, arguments) { row in
            guard let state = Payment.State(rawValue: row.text(7)) else {
                throw NiangjiaError(
                    .internal, zh: "数据有误。", en: "The data are wrong.", cause: "payment \(row.int(0)): \(row.text(7))")
            }
            return Payment(
                id: row.id(0), entitlement: row.id(1), ordinal: Int(row.int(2)), revision: Int(row.int(3)),
                attempt: Int(row.int(4)), amount: row.money(5), batch: row.idOrNil(6), state: state,
                version: row.int(8),
                message: row.textOrNil(9))
        }
    }

    /// Enters an attempt that waits for a batch. Throws `conflict` when its identity is taken.
    static func enter(_ payment: Payment, _ context: ChangeContext, in writer: any StoreWriter) throws {
        do {
            try writer.execute(
                """
                INSERT INTO payment (id, entitlement, ordinal, revision, attempt, amount, state, made_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .id(payment.id), .id(payment.entitlement), .int(Int64(payment.ordinal)),
                    .int(Int64(payment.revision)),
                    .int(Int64(payment.attempt)), .money(payment.amount), .text(payment.state.rawValue),
                    .instant(context.now),
                ])
        } catch StoreError.duplicate {
            throw NiangjiaError(.conflict, zh: "这笔支付已经登记过。", en: "This payment has been entered already.")
        }
    }

    static func wrongState(_ payment: Payment) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "这笔支付(\(payment.id))的状态是“\(payment.state.title.zh)”,不能这样办理。",
            en: "Payment \(payment.id) is “\(payment.state.rawValue)”, which doesn't allow this.")
    }
}

extension Entitlements {
    /// An attempt that no batch has taken is void when its entitlement is released or its amount corrected.
    static func voidWaitingPayments(
        of id: ID<Entitlement>, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try writer.execute(
            """
            UPDATE payment SET state = 'void', resolved_at = $1, version = version + 1
            WHERE entitlement = $2 AND state = 'waiting'
            """, [.instant(context.now), .id(id)])
    }
}
