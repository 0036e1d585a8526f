/// What happens to a payment on its way to the bank and back.
///
/// A payment, the entitlement that it pays and the line that holds it in a batch tell one story in three rows. Whatever happens moves
/// them together (``Payments/move(_:of:_:by:message:_:in:)``), each from where ``steps`` says that it must be.
enum PaymentEvent: Hashable {
    /// It is put into a batch. The caller writes the line.
    case batched(in: ID<PayBatch>)
    /// Its batch goes on without it, or is void: it waits for another.
    case dropped
    case exported
    /// A restored store hears that it was sent with a batch (decision 0039). The caller writes the line.
    case entered(in: ID<PayBatch>)
    /// The bank's answer.
    case paid, failed
    /// It had been paid, and the bank sent it back.
    case returned
    /// The same after the entitlement was claimed back: what is left of that is the caller's to write.
    case returnedOfClaimed
    /// The bank had called it failed and paid it after all: it is the payment.
    case late
    /// The same beside another payment, or where nothing was owed any more: the entitlement stays as it is.
    case twice
    /// The other payment came to nothing: what was paid besides counts. Its line says so already.
    case countsAfterAll

    /// Where a row must be, and where it goes.
    struct Step<State: Equatable & Sendable>: Sendable {
        var from: [State]
        var to: State

        init(_ from: State..., to: State) {
            self.from = from
            self.to = to
        }
    }

    /// The steps of the three rows; nil: that one isn't moved.
    struct Steps: Sendable {
        var payment: Step<Payment.State>
        var entitlement: Step<Entitlement.State>?
        var line: Step<Payment.State>?
    }

    var steps: Steps {
        switch self {
        case .batched:
            Steps(payment: .init(.waiting, to: .batched), entitlement: .init(.approved, to: .batched))
        case .dropped:
            Steps(
                payment: .init(.batched, to: .waiting), entitlement: .init(.batched, to: .approved),
                line: .init(.batched, to: .void))
        case .exported:
            Steps(
                payment: .init(.batched, to: .exported), entitlement: .init(.batched, to: .exported),
                line: .init(.batched, to: .exported))
        case .entered:
            Steps(payment: .init(.waiting, to: .exported), entitlement: .init(.approved, to: .exported))
        case .paid:
            Steps(
                payment: .init(.exported, to: .paid), entitlement: .init(.exported, to: .paid),
                line: .init(.exported, to: .paid))
        case .failed:
            Steps(
                payment: .init(.exported, to: .failed), entitlement: .init(.exported, to: .failed),
                line: .init(.exported, to: .failed))
        case .returned:
            Steps(
                payment: .init(.paid, to: .returned), entitlement: .init(.paid, to: .failed),
                line: .init(.paid, to: .returned))
        case .returnedOfClaimed:
            Steps(payment: .init(.paid, to: .returned), line: .init(.paid, to: .returned))
        case .late:
            Steps(
                payment: .init(.failed, to: .paid), entitlement: .init(.failed, .approved, to: .paid),
                line: .init(.failed, to: .paid))
        case .twice:
            Steps(payment: .init(.failed, to: .twice), line: .init(.failed, to: .paid))
        case .countsAfterAll:
            Steps(payment: .init(.twice, to: .paid), entitlement: .init(.failed, to: .paid))
        }
    }

    /// Whether the bank had called it failed before: an older answer of the bank's is no contradiction then.
    fileprivate var isLate: Bool { self == .late || self == .twice }

    /// The batch that has it from then on.
    fileprivate func batch(of payment: Payment) -> ID<PayBatch>? {
        switch self {
        case .batched(let batch), .entered(let batch): batch
        case .dropped: nil
        default: payment.batch
        }
    }
}

extension Payments {
    /// Throws `conflict` unless a payment, what it pays and its line stand where an event may move them.
    static func check(
        _ payment: Payment, of one: Entitlement, _ line: Batches.StoredLine?, by event: PaymentEvent
    ) throws {
        let steps = event.steps
        guard steps.payment.from.contains(payment.state), payment.entitlement == one.id else {
            throw wrongState(payment)
        }
        if let step = steps.line, let line {
            guard step.from.contains(line.state), line.payment.id == payment.id else { throw wrongState(payment) }
        }
        if let step = steps.entitlement {
            guard step.from.contains(one.state) else { throw Entitlements.wrongState(one) }
        }
    }

    /// Moves a payment, what it pays and its line by what has happened, in the caller's transaction: each from where it must be, and
    /// if nobody else has moved it meanwhile. What the ledger says of it is the caller's to book.
    ///
    /// Throws `conflict` where one of them stands otherwise; the transaction is to be given up then.
    ///
    /// - Parameters:
    ///   - one: the entitlement of the payment, as it was read.
    ///   - line: the payment's line, as it was read; nil: it is read where the event moves it.
    ///   - message: what the bank said.
    static func move(
        _ payment: Payment, of one: Entitlement, _ line: Batches.StoredLine? = nil, by event: PaymentEvent,
        message: String? = nil, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let steps = event.steps
        let line = try steps.line == nil ? nil : line ?? Batches.storedLine(of: payment, in: writer)
        try check(payment, of: one, line, by: event)
        let resolvedAt = steps.payment.to.isResolved ? context.now : nil
        if let step = steps.line, let line {
            try write(step.to, line, message, resolvedAt, isLate: event.isLate, in: writer)
        }
        try write(steps.payment.to, payment, batch: event.batch(of: payment), message, resolvedAt, in: writer)
        if let step = steps.entitlement { try Entitlements.move(one, to: step.to, in: writer) }
    }

    private static func write(
        _ state: Payment.State, _ payment: Payment, batch: ID<PayBatch>?, _ message: String?, _ resolvedAt: Instant?,
        in writer: any StoreWriter
    ) throws {
        let changed = try writer.execute(
            """
            UPDATE payment SET state = $1, batch = $2, message = $3, resolved_at = $4,
            paid_at = CASE WHEN $1 = 'paid' THEN $4 ELSE paid_at END, version = version + 1
            WHERE id = $5 AND state = $6 AND version = $7
            """,
            [
                .text(state.rawValue), .id(batch), .optional(message), .instant(resolvedAt), .id(payment.id),
                .text(payment.state.rawValue), .int(payment.version),
            ])
        guard changed == 1 else { throw wrongState(payment) }
    }

    private static func write(
        _ state: Payment.State, _ line: Batches.StoredLine, _ message: String?, _ resolvedAt: Instant?, isLate: Bool,
        in writer: any StoreWriter
    ) throws {
        let changed = try writer.execute(
            """
            UPDATE pay_line SET state = $1, message = $2, resolved_at = $3, is_late = $4
            WHERE batch = $5 AND n = $6 AND payment = $7 AND state = $8
            """,
            [
                .text(state.rawValue), .optional(message), .instant(resolvedAt), .bool(line.isLate || isLate),
                .id(line.payment.batch),
                .int(Int64(line.n)), .id(line.payment.id), .text(line.state.rawValue),
            ])
        guard changed == 1 else { throw wrongState(line.payment) }
    }
}
