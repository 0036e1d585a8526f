/// The double-entry ledger: the only code that changes a balance.
///
/// Entry sets sum to zero, are never edited or deleted, and are corrected by reversing entries. Balances move by conditional
/// updates, so that no isolation level is needed for an account never to fall below its floor (decisions 0010, 0070).
public enum Ledger {
    /// Largest amount of one entry: 10^15 fen, ten trillion yuan.
    static let largestEntry: UInt64 = 1_000_000_000_000_000

    /// How far the host's clock may be behind the last booking: transactions that waited for each other. Beyond, it went back.
    static let clockTolerance: Int64 = 24 * 3_600_000

    /// Books a transfer by hand (调剂, 到账): between what lines have available and their sources.
    ///
    /// Restricted money never mixes: what goes out of one source's accounts comes back into them, else `conflict`. Money that
    /// is held, in transit or paid moves only with the entitlements that it belongs to.
    @discardableResult
    public static func post(
        _ set: EntrySet, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ID<EntrySet> {
        let moves = try moves(of: set, in: writer)
        var bySource: [String: Money] = [:]
        for move in moves {
            guard let source = move.account.source else { throw noLine(move.entry.account.line ?? "") }
            bySource[source, default: .zero] += move.entry.amount
        }
        let isFree = set.entries.allSatisfy {
            $0.account.line == nil || $0.account.stage == AccountCode.Stage.available.rawValue
        }
        let mixed = bySource.filter { $0.value != .zero }.keys.sorted()
        guard set.kind == .transfer, isFree, mixed.isEmpty else {
            throw NiangjiaError(
                .conflict, zh: "只能在同一来源的可用资金之间调剂,不同来源(\(mixed.joined(separator: "、")))不得混用。",
                en:
                    "Only available money of one source is transferred by hand; sources never mix (\(mixed.joined(separator: ", ")))."
            )
        }
        return try write(set, moves, context, in: writer)
    }

    /// Books a set: numbers it, moves the balances, appends the chain's event.
    ///
    /// Entries of one account are joined and zeros left out; nothing takes effect in a closed period (``Periods``). Throws `insufficient_funds`, with the account as place, when an
    /// account would fall below its floor; `internal` when the set doesn't sum to zero or says nothing.
    ///
    /// - Parameter follows: whether what came free goes on at once (``Freed``); false: the caller settles it, for something else is
    ///   to be paid from it first.
    @discardableResult
    static func book(
        _ asked: EntrySet, reversing: ID<EntrySet>? = nil, details: Value = .null, follows: Bool = true,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ID<EntrySet> {
        try write(
            asked, moves(of: asked, in: writer), reversing: reversing, details: details, follows: follows, context,
            in: writer)
    }

    /// Books a set whose accounts are known.
    private static func write(
        _ asked: EntrySet, _ moves: [Move], reversing: ID<EntrySet>? = nil, details: Value = .null,
        follows: Bool = true, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ID<EntrySet> {
        let (last, closedTo) = try standing(in: writer)
        let bookedAt = try bookingTime(context, after: last)
        var dated = asked
        dated.effectiveOn = asked.effectiveOn ?? context.effectiveOn
        let set = try Periods.opened(dated, bookedOn: bookedAt.date, closedTo: closedTo)
        let effectiveOn = set.effectiveOn ?? bookedAt.date
        let (year, _, _) = bookedAt.date.parts
        let voucher = try Numbering.next("voucher/\(year)", in: writer)
        let id = EntrySet.id(year: year, voucher: voucher)
        do {
            try writer.execute(
                """
                INSERT INTO entry_set
                (id, kind, year, voucher, booked_at, booked_on, effective_on, actor, memo, about, reverses)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                [
                    .id(id), .text(set.kind.rawValue), .int(Int64(year)), .int(voucher), .instant(bookedAt),
                    .date(bookedAt.date), .date(effectiveOn), .text(context.actor), .text(set.memo), .text(set.about),
                    .id(reversing),
                ])
        } catch StoreError.duplicate where reversing != nil {
            throw NiangjiaError(.conflict, zh: "这张凭证已经冲销过。", en: "This voucher has been reversed already.")
        }
        try write(moves, of: id, in: writer)
        var body: [String: Value] = [
            "set": .text(id.text), "year": .int(Int64(year)), "voucher": .int(voucher),
            "effective_on": .text(effectiveOn.description), "memo": .text(set.memo),
            "entries": .list(moves.map { .list([.text($0.entry.account.rawValue), .int($0.entry.amount.fen)]) }),
        ]
        if bookedAt != context.now { body["booked_at"] = .int(bookedAt.milliseconds) }
        if let reversing { body["reverses"] = .text(reversing.text) }
        if !details.isNull { body["details"] = details }
        try context.record("money.\(set.kind.rawValue)", about: set.about, body: .map(body), in: writer)
        if follows { try Freed.follow(set, moves, context, in: writer) }
        return id
    }

    /// Moves the balances of a set and writes its entries.
    private static func write(_ moves: [Move], of set: ID<EntrySet>, in writer: any StoreWriter) throws {
        var rows: [SQLValue] = []
        rows.reserveCapacity(moves.count * 4)
        // In the order of their codes, as every set does: two transactions never wait for each other in a circle.
        for (n, move) in moves.enumerated() {
            try add(move, in: writer)
            rows.append(.id(set))
            rows.append(.int(Int64(n + 1)))
            rows.append(.int(move.account.id))
            rows.append(.money(move.entry.amount))
        }
        if moves.count == 2 {
            // What most vouchers have, in one statement.
            try writer.execute(
                """
                INSERT INTO entry (entry_set, n, account, amount) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8)
                """, rows)
        } else {
            try writer.insert(into: "entry", columns: ["entry_set", "n", "account", "amount"], values: rows)
        }
    }

    /// Undoes a set with the same entries of opposite sign (红字冲销). A set is reversed once, and a reversal never.
    ///
    /// Throws `conflict` when it was reversed before, or is of a kind that has its own way back (release, return, claim).
    @discardableResult
    public static func reverse(
        _ set: ID<EntrySet>, memo: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> ID<EntrySet> {
        let found = try writer.first("SELECT kind, about FROM entry_set WHERE id = $1", [.id(set)]) {
            (kind: $0.text(0), about: $0.text(1))
        }
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有这张凭证:\(set)。", en: "There is no voucher \(set).")
        }
        guard EntrySet.Kind(rawValue: found.kind)?.isReversible == true else {
            throw NiangjiaError(
                .conflict, zh: "这类凭证不能直接冲销,请用撤销预留、退汇或追回;捐款用 niangjia donation reverse,经费文件用 niangjia dues undo。",
                en: "A voucher of this kind (\(found.kind)) is not reversed directly: release, return or claim instead."
            )
        }
        let entries = try writer.all(
            """
            SELECT a.code, a.line, a.stage, e.amount FROM entry e JOIN ledger_account a ON a.id = e.account
            WHERE e.entry_set = $1 ORDER BY e.n
            """, [.id(set)]
        ) { row in
            EntrySet.Entry(
                AccountCode(rawValue: row.text(0), line: row.textOrNil(1), stage: row.text(2)), -row.money(3))
        }
        return try book(
            EntrySet(.reversal, entries, memo: memo, about: found.about), reversing: set, context,
            in: writer)
    }

    /// Joins the entries of each account, leaves zeros out, and refuses what doesn't sum to zero.
    static func balanced(_ set: EntrySet) throws -> [EntrySet.Entry] {
        var entries: [EntrySet.Entry] = []
        entries.reserveCapacity(set.entries.count)
        var total: Int64 = 0
        for entry in set.entries.sorted(by: { $0.account < $1.account }) {
            guard entry.amount.fen.magnitude <= largestEntry else { throw outOfRange(entry) }
            let isNext = entries.last?.account != entry.account
            let before = isNext ? 0 : entries[entries.count - 1].amount.fen
            let (sum, overflow) = before.addingReportingOverflow(entry.amount.fen)
            let (next, overflow2) = total.addingReportingOverflow(entry.amount.fen)
            guard !overflow, !overflow2 else {
                throw NiangjiaError(.invalid, zh: "金额超出范围。", en: "The amounts are out of range.")
            }
            total = next
            if isNext { entries.append(entry) } else { entries[entries.count - 1].amount = Money(fen: sum) }
        }
        entries.removeAll { $0.amount == .zero }
        guard total == 0, !entries.isEmpty else {
            throw NiangjiaError(
                .internal, zh: "记账失败:借贷不平或没有分录。", en: "Not booked: the entries don't sum to zero, or there are none.",
                cause: "\(set.kind.rawValue) about \(set.about): sum \(total) fen of \(set.entries.count) entries")
        }
        return entries
    }

    private static func outOfRange(_ entry: EntrySet.Entry) -> NiangjiaError {
        NiangjiaError(
            .invalid, zh: "\(entry.account) 的金额超出范围:\(entry.amount) 元。",
            en: "The amount of \(entry.account) is out of range: \(entry.amount) yuan.")
    }

    /// When something was booked last; nil before the first booking.
    public static func lastBooking(in reader: any StoreReader) throws -> Instant? {
        try standing(in: reader).last
    }

    /// Whether nothing can be booked before the time of the last booking has come: it was made by a clock that was more than a day
    /// ahead. Less than that, bookings take the time of the last.
    public static func waits(for last: Instant, _ now: Instant) -> Bool { last - now > clockTolerance }

    /// When the last booking was made, which is the last voucher's, and the last day of what is closed.
    private static func standing(in reader: any StoreReader) throws -> (last: Instant?, closedTo: CivilDate?) {
        try reader.first(
            """
            SELECT (SELECT booked_at FROM entry_set ORDER BY id DESC LIMIT 1),
            (SELECT MAX(to_on) FROM period_close)
            """
        ) { ($0.instantOrNil(0), $0.dateOrNil(1)) } ?? (nil, nil)
    }

    /// Vouchers are numbered in the order of their time: a booking is never earlier than the last one.
    private static func bookingTime(_ context: ChangeContext, after last: Instant?) throws -> Instant {
        guard let last, context.now < last else { return context.now }
        guard !waits(for: last, context.now) else {
            throw NiangjiaError(
                .conflict, zh: "系统时间(\(context.now.date))早于最近一笔记账(\(last.date)),请先核对系统时间(时间无误的,见管理员手册“系统时间”)。",
                en:
                    "The clock (\(context.now.date)) is behind the last booking (\(last.date)): set the clock right first (where it is right: see the administrator's manual)."
            )
        }
        return last
    }

    /// Moves one balance, if it may go there.
    private static func add(_ move: Move, in writer: any StoreWriter) throws {
        let moved = try writer.execute(
            """
            UPDATE ledger_account SET balance = balance + $1, version = version + 1
            WHERE id = $2 AND (floor IS NULL OR balance + $1 >= floor)
            """, [.money(move.entry.amount), .int(move.account.id)])
        guard moved == 0 else { return }
        let has = try balance(of: move.entry.account, in: writer)
        throw insufficient(move.entry.account, has: has, needs: -move.entry.amount)
    }

    private static func insufficient(_ code: AccountCode, has: Money, needs: Money) -> NiangjiaError {
        let stage = AccountCode.Stage(rawValue: code.stage)?.title.zh ?? "余额"
        return NiangjiaError(
            .insufficientFunds,
            zh: "资金项目 \(code.line ?? code.rawValue) 的“\(stage)”只有 \(has) 元,不足 \(needs) 元。",
            en: "\(code) holds \(has) yuan, \(needs) yuan are needed.")
    }

    /// Makes an account that isn't there yet, with nothing on it.
    static func ensure(_ code: AccountCode, _ context: ChangeContext, in writer: any StoreWriter) throws {
        try writer.execute(
            """
            INSERT INTO ledger_account (id, code, line, stage, floor) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (code) DO NOTHING
            """,
            [
                .id(context.ids.next(LedgerAccount.self)), .text(code.rawValue), .optional(code.line),
                .text(code.stage),
                .optional(code.floor),
            ])
    }
}
