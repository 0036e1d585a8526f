/// Lines that follow their batch: what a batch is, one small transaction decides for all of its lines; they are moved after it, a block
/// in each transaction, and nothing can keep them from it (decision 0094).
extension Batches {
    /// Moves the next lines of a batch that was exported or made void to where its state says that they are. Returns whether some are
    /// left.
    ///
    /// Throws `conflict` where a line stands otherwise than it must: somebody has edited the store.
    public static func follow(
        _ id: ID<PayBatch>, lines most: Int = block, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Bool {
        let batch = try load(id, in: writer)
        guard let followed = batch.followed else { return false }
        let event: PaymentEvent = batch.state == .void ? .dropped : .exported
        let lines = try storedLines(of: id, followed + 1...Int.max, limit: most, in: writer)
        for line in lines {
            let one = try Entitlements.load(line.payment.entitlement, in: writer)
            if event == .exported { try refuse(one, unlessOf: line) }
            try Payments.move(line.payment, of: one, line, by: event, context, in: writer)
        }
        let isLeft = try lines.last.map { try hasLine(of: id, after: $0.n, in: writer) } ?? false
        let place: SQLValue = isLeft ? .optional(lines.last.map { Int64($0.n) }) : .null
        try move(batch, to: batch.state, setting: [("followed", place)], in: writer)
        return isLeft
    }

    private static func hasLine(of batch: ID<PayBatch>, after n: Int, in reader: any StoreReader) throws -> Bool {
        try reader.integer(
            "SELECT 1 FROM pay_line WHERE batch = $1 AND n > $2 AND state <> 'void' LIMIT 1",
            [.id(batch), .int(Int64(n))]) == 1
    }

    /// Moves all that are left, with other people's writes between the blocks. Whoever else does the same at the time takes turns with
    /// it.
    public static func follow(
        _ id: ID<PayBatch>, lines: Int = block, _ context: ChangeContext, in store: any Store
    ) async throws {
        guard try await store.read({ try load(id, in: $0).isUnderWay }) else { return }
        while try await store.write(.batch, { try follow(id, lines: lines, context, in: $0) }) {
            try Task.checkCancellation()
        }
    }

    /// Batches whose lines still have to follow them, of a program or of all, the oldest first.
    public static func underWay(of program: String? = nil, in reader: any StoreReader) throws -> [ID<PayBatch>] {
        try reader.all(
            "SELECT id, program FROM pay_batch WHERE followed IS NOT NULL ORDER BY id", []
        ) { (id: $0.id(0, PayBatch.self), program: $0.text(1)) }
        .filter { program == nil || $0.program == program }.map(\.id)
    }

    /// Ends what a kill has cut off: all lines of all batches, or of a program's, follow. One that can't be ended holds up no other,
    /// nor whoever asked: returns what is to be said of each such batch.
    @discardableResult
    public static func followAll(
        of program: String? = nil, _ context: ChangeContext, in store: any Store
    ) async throws -> [LocalText] {
        var told: [LocalText] = []
        for id in try await store.read({ try underWay(of: program, in: $0) }) {
            do { try await follow(id, context, in: store) } catch is CancellationError {
                throw CancellationError()
            } catch {
                let (title, failure) = (try await store.read { try load(id, in: $0).title }, NiangjiaError(error))
                told.append(
                    LocalText(
                        zh: "批次 \(title)(\(id))的各笔没有登记完,其他批次不受影响:\(failure.message.zh)",
                        en:
                            "The lines of batch \(title) (\(id)) couldn't follow it; other batches go on: \(failure.message.en)"
                    ))
            }
        }
        return told
    }

    /// Batches whose lines should have followed long ago: they were exported or made void before a moment.
    public static func leftUnderWay(since moment: Instant, in reader: any StoreReader) throws -> [PayBatch] {
        try underWay(in: reader).map { try load($0, in: reader) }.filter { batch in
            let began =
                try batch.state == .exported
                ? batch.exportedAt
                : reader.integer(
                    "SELECT max(at) FROM chain_event WHERE about = $1 AND kind = 'batch.void'", [.text(batch.id.text)]
                ).map { Instant(milliseconds: $0) }
            return began.map { $0 < moment } ?? true
        }
    }
}
