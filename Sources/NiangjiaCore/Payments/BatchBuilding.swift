/// What a batch is to be built of.
public struct BatchOrder: Sendable {
    /// Whose approved money is paid.
    public var program: String
    /// These entitlements only; nil: all that wait.
    public var only: [ID<Entitlement>]?
    /// The most lines.
    public var limit: Int
    /// The remark on each payment.
    public var remark: String
    /// Finds accounts; nil: the registers have them.
    public var accountOf: Batches.AccountOf?
    /// By form, the day before which nothing of it is paid.
    public var notBefore: [String: CivilDate]

    /// An order; without more, of all that wait, with accounts from the registers.
    public init(
        program: String, only: [ID<Entitlement>]? = nil, limit: Int = Batches.largestBatch, remark: String,
        accountOf: Batches.AccountOf? = nil, notBefore: [String: CivilDate] = [:]
    ) {
        self.program = program
        self.only = only
        self.limit = limit
        self.remark = remark
        self.accountOf = accountOf
        self.notBefore = notBefore
    }
}

/// A batch on its way: what is approved is taken into it in blocks, each a transaction of its own (decision 0094).
///
/// What a block has taken is protected by its state from then on, like every line of a batch. Until ``finish(_:in:)`` the batch is
/// `building`: whoever began it may go on, and it may be void; nothing else can be done with it. A program has at most one.
public struct BatchBuilding: Sendable {
    /// The batch; nil before anything was found that can be paid.
    public private(set) var batch: ID<PayBatch>?
    /// How many lines it has.
    public private(set) var count = 0
    private let order: BatchOrder
    /// What is still to be looked at of what was read, in its order.
    private var waiting: ArraySlice<Entitlement> = []
    /// Up to which entitlement those who wait have been read; nil: all of them.
    private var read: Int64?
    private var left: Batches.LeftOut

    /// Whether everybody has been looked at, or the batch is full.
    public var isComplete: Bool { waiting.isEmpty && read == nil || count >= order.limit }

    /// Why there is no batch.
    var nothingToPay: NiangjiaError { Batches.nothingToPay(left) }

    /// Looks for who waits, and for a batch of the same program whose building was left: it is gone on with.
    ///
    /// Throws `conflict` where somebody else's is being built, or one of those named is not approved money of the program.
    public init(_ order: BatchOrder, _ context: ChangeContext, in reader: any StoreReader) throws {
        self.order = order
        left = Batches.LeftOut(
            program: order.program, notBefore: order.notBefore.filter { context.today < $0.value })
        let unfinished = try Batches.unfinished(of: order.program, context, in: reader)
        (batch, count) = (unfinished?.id, unfinished?.count ?? 0)
        guard let only = order.only else {
            read = 0
            try lookOn(in: reader)
            return
        }
        waiting = try Entitlements.load(only, in: [.approved], reader)[...]
        for one in waiting where one.kind != .money || one.program != order.program {
            throw Entitlements.wrongState(one)
        }
    }

    /// Who is left of an order whose batch is built: nothing is gone on with, whoever else builds by now, and of those named only who
    /// is still approved was left out.
    private init(after order: BatchOrder, _ context: ChangeContext, in reader: any StoreReader) throws {
        self.order = order
        left = Batches.LeftOut(
            program: order.program, notBefore: order.notBefore.filter { context.today < $0.value })
        guard let only = order.only else {
            read = 0
            try lookOn(in: reader)
            return
        }
        waiting = try only.map { try Entitlements.load($0, in: reader) }.filter { $0.state == .approved }[...]
    }

    /// Reads who waits next, once all that were read have been looked at: most batches are filled from one page, and however many are
    /// left out, what can be paid is reached.
    public mutating func lookOn(in reader: any StoreReader) throws {
        guard waiting.isEmpty, let last = read else { return }
        let page = try Entitlements.rows(
            "WHERE program = $1 AND state = 'approved' AND kind = 'money' AND id > $2 ORDER BY id LIMIT $3",
            [.text(order.program), .int(last), .int(Int64(Batches.largestBatch))], in: reader)
        waiting = page[...]
        read = page.count == Batches.largestBatch ? page.last?.id.rawValue : nil
    }

    /// An entitlement as it is by now; nil where it is approved no more. What lies folded in its decision gets a row with whatever
    /// happens to it.
    private func current(_ seen: Entitlement, in reader: any StoreReader) throws -> Entitlement? {
        let now = try reader.first("SELECT state, version FROM entitlement_row WHERE id = $1", [.id(seen.id)]) {
            (state: $0.text(0), version: $0.int(1))
        }
        guard let now else { return seen.isFolded ? seen : nil }
        guard now.state == Entitlement.State.approved.rawValue else { return nil }
        return now.version == seen.version && !seen.isFolded ? seen : try Entitlements.load(seen.id, in: reader)
    }

    /// Looks at the next of those who wait, at most so many, and takes who can be paid. Whoever is approved no more by now is left
    /// alone; accounts are those of this moment.
    ///
    /// Throws `conflict` where the batch was finished or made void meanwhile.
    public mutating func takeBlock(
        lines most: Int = Batches.block, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let standing =
            try batch.map { try Batches.load($0, in: writer) }
            ?? Batches.unfinished(of: order.program, context, in: writer)
        if let standing, standing.state != .building { throw Batches.wrongState(standing) }
        let id = standing?.id ?? context.ids.next()
        // Whoever else adds to it has their lines in it.
        var total = standing?.total ?? .zero
        count = standing?.count ?? 0
        var n = try Int(writer.integer("SELECT max(n) FROM pay_line WHERE batch = $1", [.id(id)]) ?? 0)
        var lines: [SQLValue] = []
        let end = min(waiting.endIndex, waiting.startIndex + min(most, waiting.count))
        while waiting.startIndex < end, count < order.limit {
            guard let one = try current(waiting.removeFirst(), in: writer),
                let (account, mac) = try left.account(of: one, order.accountOf, context, in: writer)
            else { continue }
            (n, count, total) = (n + 1, count + 1, total + one.amount)
            let payment = try Batches.waitingPayment(for: one, context, in: writer)
            try Payments.move(payment, of: one, by: .batched(in: id), context, in: writer)
            lines += try Batches.newLine(n, of: id, payment, account, mac, order.remark, .batched, context)
        }
        guard !lines.isEmpty else { return }
        try writer.insert(into: "pay_line", columns: Batches.lineColumns, values: lines)
        batch = id
        if let standing {
            let (count, total) = (SQLValue.int(Int64(count)), SQLValue.money(total))
            try Batches.move(standing, to: .building, setting: [("line_count", count), ("total", total)], in: writer)
        } else {
            try begin(id, total, context, in: writer)
        }
    }

    private func begin(
        _ id: ID<PayBatch>, _ total: Money, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let year = context.today.parts.year
        let number = try Numbering.next("batch/\(year)", in: writer)
        try writer.execute(
            """
            INSERT INTO pay_batch (id, year, number, program, state, line_count, total, built_by, built_at)
            VALUES ($1, $2, $3, $4, 'building', $5, $6, $7, $8)
            """,
            [
                .id(id), .int(Int64(year)), .int(number), .text(order.program), .int(Int64(count)), .money(total),
                .text(context.actor), .instant(context.now),
            ])
        // What is whole in a moment is told once; a batch that others may come upon half built is explained from its beginning.
        guard !isComplete else { return }
        let body: Value = ["title": .text(PayBatch.title(year: year, number: number)), "program": .text(order.program)]
        try context.record("batch.begun", about: id.text, body: body, in: writer)
    }

    /// What an order came to that was cut off after its end: the batch that its actor has built since, what the check finds in it, and
    /// who is left out of it. nil: it had come to nothing yet, or is being built.
    ///
    /// Throws `conflict` where the batch was made void: whoever still wants one asks anew.
    public static func finished(
        _ order: BatchOrder, since: Instant, luhn: (String) -> Bool, _ context: ChangeContext,
        in reader: any StoreReader
    ) throws -> (built: BuiltBatch, check: BatchCheck)? {
        // Whoever went on with it may have begun it under another account of theirs.
        let own = try AccountPersons.expand([context.actor], in: reader)
        let found = try reader.all(
            """
            SELECT id, built_by FROM pay_batch WHERE program = $1 AND built_at >= $2 AND state <> 'building'
            ORDER BY built_at DESC, id DESC
            """, [.text(order.program), .instant(since)]
        ) { (id: $0.id(0, PayBatch.self), by: $0.text(1)) }.first { own.contains($0.by) }
        guard let id = found?.id else { return nil }
        let batch = try Batches.load(id, in: reader)
        guard batch.state != .void else { throw Batches.wrongState(batch) }
        var building = try BatchBuilding(after: order, context, in: reader)
        repeat {
            for one in building.waiting {
                _ = try building.left.account(of: one, order.accountOf, context, in: reader)
            }
            building.waiting = []
            try building.lookOn(in: reader)
        } while !building.waiting.isEmpty
        // What was approved since has passed its check, and its findings were read.
        let isOpen = batch.state == .built || batch.state == .checked
        let check =
            try isOpen
            ? Batches.inspect(id, luhn: luhn, context.crypto, in: reader).check
            : BatchCheck(count: batch.count, total: batch.total, findings: [])
        return (building.built(batch), check)
    }

    private func built(_ batch: PayBatch) -> BuiltBatch {
        BuiltBatch(
            batch: batch.id, title: batch.title, count: batch.count, total: batch.total,
            withoutAccount: left.withoutAccount.map(\.id), unreadable: left.unreadable,
            unconfirmed: left.unconfirmed.map(\.id), sentBefore: left.sentBefore.map(\.id), early: left.early.map(\.id))
    }

    /// Ends the building: the batch is `built`, and holds what its lines hold.
    ///
    /// Throws `conflict` where nothing can be paid (`unreadable` where somebody's account can't be read), or the batch was finished or
    /// made void meanwhile; `internal` where it isn't what its lines are.
    public func finish(_ context: ChangeContext, in writer: any StoreWriter) throws -> BuiltBatch {
        guard let id = batch else { throw nothingToPay }
        let standing = try Batches.load(id, in: writer)
        guard standing.state == .building else { throw Batches.wrongState(standing) }
        let sums = try writer.first(
            "SELECT count(*), sum(amount) FROM pay_line WHERE batch = $1 AND state <> 'void'", [.id(id)]
        ) { (count: Int($0.int(0)), total: $0.money(1)) }
        guard let sums, sums.count == standing.count, sums.total == standing.total else {
            throw NiangjiaError(
                .internal, zh: "批次 \(standing.title) 与明细不符:请作废(niangjia batch void)后重新制单。",
                en: "Batch \(standing.title) isn't what its lines are: void it (niangjia batch void) and build it anew."
            )
        }
        // What was gone on with was built by this request, and not by the one that began it (``finished(_:since:luhn:_:in:)``).
        try Batches.move(standing, to: .built, setting: [("built_at", .instant(context.now))], in: writer)
        let body: Value = [
            "title": .text(standing.title), "program": .text(order.program), "count": .int(Int64(standing.count)),
            "total": .int(standing.total.fen),
        ]
        try context.record("batch.built", about: id.text, body: body, in: writer)
        return built(standing)
    }
}

extension Batches {
    /// The batch of a program that is being built; nil: there is none. Throws `conflict` where somebody else builds it: one has built
    /// the whole of it, and keeps away from its approval.
    static func unfinished(
        of program: String, _ context: ChangeContext, in reader: any StoreReader
    ) throws -> PayBatch? {
        let id = try reader.first(
            "SELECT id FROM pay_batch WHERE state = 'building' AND program = $1", [.text(program)]
        ) { $0.id(0, PayBatch.self) }
        guard let id else { return nil }
        let batch = try load(id, in: reader)
        guard try AccountPersons.expand([batch.builtBy], in: reader).contains(context.actor) else {
            throw NiangjiaError(
                .conflict,
                zh:
                    "\(batch.builtBy) 正在为 \(program) 制单(批次 \(batch.title)):请等待;中断了的,由本人再次制单接着做,或作废(niangjia batch void \(id))。",
                en:
                    "\(batch.builtBy) is building a batch of \(program) (\(batch.title)): wait; where it was cut off, they build again and it goes on, or it is made void (niangjia batch void \(id))."
            )
        }
        return batch
    }

    /// Puts a program's approved money into a batch, in one transaction: those named, or all that wait, at most `limit` lines.
    ///
    /// Who has no account, or one that can't be read, or has changed it since the approval or an earlier batch and not confirmed the new one, is left out and
    /// listed; accounts come from the registers unless `accountOf` finds them elsewhere. Throws `conflict` when nothing can be paid,
    /// or one of those named is not approved money of the program; `unreadable` when nothing can be paid and somebody's account
    /// can't be read.
    public static func build(
        program: String, only chosen: [ID<Entitlement>]? = nil, limit: Int = largestBatch, remark: String,
        accountOf: AccountOf? = nil, notBefore: [String: CivilDate] = [:], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> BuiltBatch {
        let order = BatchOrder(
            program: program, only: chosen, limit: limit, remark: remark, accountOf: accountOf, notBefore: notBefore)
        var building = try BatchBuilding(order, context, in: writer)
        while !building.isComplete {
            try building.takeBlock(lines: .max, context, in: writer)
            try building.lookOn(in: writer)
        }
        return try building.finish(context, in: writer)
    }

    /// The same in blocks, and checks it: what fits into one block in one transaction, what doesn't with other people's writes
    /// between its blocks. Cut off, it goes on when whoever began it asks for it again.
    ///
    /// - Parameters:
    ///   - luhn: whether the check digit of an account's number is right.
    ///   - lines: how many people one transaction looks at.
    public static func build(
        _ order: BatchOrder, luhn: @escaping @Sendable (String) -> Bool, lines: Int = block, _ context: ChangeContext,
        in store: any Store
    ) async throws -> (built: BuiltBatch, check: BatchCheck) {
        var building = try await store.read { try BatchBuilding(order, context, in: $0) }
        while true {
            let (next, ended) = try await store.write(.batch) { [building] writer in
                var next = building
                try next.takeBlock(lines: lines, context, in: writer)
                guard next.isComplete, next.count <= lines else {
                    return (next, (built: BuiltBatch, check: BatchCheck)?.none)
                }
                let built = try next.finish(context, in: writer)
                return (next, (built, try check(built.batch, luhn: luhn, context, in: writer)))
            }
            if let ended { return ended }
            if next.isComplete { return try await finish(next, luhn, context, in: store) }
            building = try await store.read { reader in
                var next = next
                try next.lookOn(in: reader)
                return next
            }
            try Task.checkCancellation()
        }
    }

    private static func finish(
        _ building: BatchBuilding, _ luhn: @escaping @Sendable (String) -> Bool, _ context: ChangeContext,
        in store: any Store
    ) async throws -> (built: BuiltBatch, check: BatchCheck) {
        guard let id = building.batch else { throw building.nothingToPay }
        let inspected = try await store.read { try inspect(id, luhn: luhn, context.crypto, in: $0) }
        return try await store.write(.batch) { writer in
            try refuseChanged(inspected.batch, in: writer)
            let built = try building.finish(context, in: writer)
            return (built, try note(inspected, context, in: writer))
        }
    }
}
