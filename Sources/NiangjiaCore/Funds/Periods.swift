/// Closing of periods: nothing is booked into a closed one, and none is opened again. What was wrong is put right by reversing
/// entries in the open one (decision 0040).
public enum Periods {
    /// The first day on which something may take effect.
    static func firstOpenDay(in reader: any StoreReader) throws -> CivilDate? {
        try reader.integer("SELECT MAX(to_on) FROM period_close").map { CivilDate(days: Int32($0)) + 1 }
    }

    /// A set as it may be booked now: what took effect in a closed period takes effect on the first open day, and says so.
    static func opened(_ set: EntrySet, bookedOn: CivilDate, closedTo: CivilDate?) throws -> EntrySet {
        guard let first = closedTo.map({ $0 + 1 }) else { return set }
        guard bookedOn >= first else {
            throw NiangjiaError(
                .conflict, zh: "\(first + -1) 及以前已经结账,今天是 \(bookedOn):请核对系统时间。",
                en: "The books are closed up to \(first + -1) and it is \(bookedOn) today: look at the clock.")
        }
        guard let day = set.effectiveOn, day < first else { return set }
        var moved = set
        moved.effectiveOn = first
        moved.memo += "\(movedNote)\(day)\(movedEnd)"
        return moved
    }

    private static let (movedNote, movedEnd) = ("(业务日期 ", " 已结账)")

    /// The day in a closed period of which a memo says that it was booked later; nil where it says so of none.
    static func closedDay(in memo: String) -> CivilDate? {
        guard memo.hasSuffix(movedEnd) else { return nil }
        let rest = memo.dropLast(movedEnd.count)
        guard let day = CivilDate(String(rest.suffix(10))), rest.dropLast(10).hasSuffix(movedNote) else { return nil }
        return day
    }

    /// Closed periods, the newest first, with the decision on which each was closed.
    ///
    /// - Parameters:
    ///   - after: goes on behind this one.
    ///   - limit: so many at most.
    public static func closed(
        after: FundPeriod? = nil, limit: Int = 1_000_000, in reader: any StoreReader
    ) throws -> [(period: String, decision: String, by: String)] {
        try reader.all(
            """
            SELECT period, decision, closed_by FROM period_close
            WHERE $1 IS NULL OR to_on < $1 OR (to_on = $1 AND from_on < $2) ORDER BY to_on DESC, from_on DESC LIMIT $3
            """, [.date(after?.days.to), .date(after?.days.from), .int(Int64(limit))]
        ) {
            ($0.text(0), $0.text(1), $0.text(2))
        }
    }

    /// The last day of the books' closed part, where a day lies in it: a closed month closes everything before its end. Nil: open.
    public static func closedUntil(_ day: CivilDate, in reader: any StoreReader) throws -> CivilDate? {
        guard let first = try firstOpenDay(in: reader), day < first else { return nil }
        return first + -1
    }

    /// What closing a period would do. `lapsing` says which open holds are to lapse; the rest is carried. Throws `conflict` for a
    /// period that is closed.
    public static func plan(
        _ period: FundPeriod, funds: FundsSettings, lapsing: (ID<Entitlement>) -> Bool, in reader: any StoreReader
    ) throws -> PeriodClosing {
        try refuseClosed(period, in: reader)
        let open = try firstOpenDay(in: reader)
        var plan = PeriodClosing(period: period, lapsesOn: max(period.days.to, open ?? period.days.to))
        let first =
            try open ?? reader.integer("SELECT MIN(effective_on) FROM entry_set").map { CivilDate(days: Int32($0)) }
        plan.openSince = first.flatMap { $0 < period.days.from ? $0 : nil }
        guard period.isYear else {
            plan.openYears = try openYears(until: period.days.to, in: reader)
            return plan
        }
        plan.claims = try claims(ofYear: period.year, in: reader)
        plan.holds = try holds(period, funds: funds, lapsing: lapsing, in: reader)
        plan.rests = try rests(period, funds: funds, plan.holds, in: reader)
        return plan
    }

    /// Years that are over by a day and have lines that no closing has ended.
    private static func openYears(until day: CivilDate, in reader: any StoreReader) throws -> [Int] {
        let (year, month, last) = day.parts
        let over = month == 12 && last == 31 ? year : year - 1
        return try reader.all(
            """
            SELECT DISTINCT year FROM fund_line WHERE state = 'open' AND year <= $1
            AND year > COALESCE((SELECT MAX(CAST(period AS INTEGER)) FROM period_close WHERE length(period) = 4), 0)
            ORDER BY year
            """, [.int(Int64(over))]
        ) { Int($0.int(0)) }
    }

    /// Closes a period on a decision that is named: holds lapse or are carried, what is left of lines that don't carry over goes
    /// back to its source, and from then on nothing takes effect in it.
    ///
    /// Throws `conflict` while the period isn't over, when it is closed already, or when the books don't verify.
    public static func close(
        _ period: FundPeriod, funds: FundsSettings, lapsing: (ID<Entitlement>) -> Bool, decision: String,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> PeriodClosing {
        try check(period, context.today, in: writer)
        let last = period.days.to
        let about = "period/\(period)"
        let plan = try plan(period, funds: funds, lapsing: lapsing, in: writer)
        try lapseHolds(of: plan, decision, about: about, context, in: writer)
        for rest in plan.rests {
            try end(rest, on: last, lapsesOn: plan.lapsesOn, about: about, context, in: writer)
        }
        let digest = try balancesDigest(to: last, context.crypto, in: writer)
        try writer.execute(
            """
            INSERT INTO period_close (period, from_on, to_on, closed_by, closed_at, decision, digest)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .text(period.description), .date(period.days.from), .date(last), .text(context.actor),
                .instant(context.now), .text(decision), .text(digest),
            ])
        let body: Value = [
            "decision": .text(decision), "digest": .text(digest), "lapsed": .int(plan.lapsed.fen),
            "lapsed_holds": .int(Int64(plan.holds.count { $0.lapses })),
            "carried_holds": .int(Int64(plan.holds.count { !$0.lapses })),
        ]
        try context.record("period.closed", about: about, body: body, in: writer)
        return plan
    }

    private static func check(_ period: FundPeriod, _ today: CivilDate, in reader: any StoreReader) throws {
        guard today > period.days.to else {
            throw NiangjiaError(
                .conflict, zh: "\(period) 还没有过完,不能结账。", en: "\(period) isn't over yet: it can't be closed.")
        }
        try refuseClosed(period, in: reader)
        let report = try Ledger.verify(in: reader)
        guard report.isOK else {
            throw NiangjiaError(
                .conflict, zh: "账目不符,不能结账:\(report.faults.first?.zh ?? "")",
                en: "The books don't verify: \(report.faults.first?.en ?? "")")
        }
    }

    /// A month is closed with whatever comes after it. A year's end decides on its lines, which no closing of a month does: it is
    /// closed once, or by a later year's, which ends all lines before it.
    private static func refuseClosed(_ period: FundPeriod, in reader: any StoreReader) throws {
        guard !period.isYear else {
            let closed = try reader.first(
                "SELECT period FROM period_close WHERE length(period) = 4 AND period >= $1 ORDER BY period LIMIT 1",
                [.text(period.description)]
            ) { $0.text(0) }
            guard let closed else { return }
            throw NiangjiaError(
                .conflict,
                zh: "\(closed) 年已经年结\(closed == period.description ? "" : ",以前各年随之年结")。结账不能重开:更正请在当前期间红字冲销。",
                en:
                    "\(closed) is closed\(closed == period.description ? "" : ", and the years before it with it"). A closed period is never opened: correct by reversing entries today."
            )
        }
        guard let first = try firstOpenDay(in: reader), first > period.days.to else { return }
        throw NiangjiaError(
            .conflict, zh: "\(first + -1) 及以前已经结账。结账不能重开:更正请在当前期间红字冲销。",
            en:
                "The books are closed up to \(first + -1). A closed period is never opened: correct by reversing entries today."
        )
    }

    private static func balancesDigest(
        to last: CivilDate, _ crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> String {
        let lines = try reader.all(
            """
            SELECT a.code, COALESCE(SUM(e.amount), 0) FROM ledger_account a JOIN entry e ON e.account = a.id
            JOIN entry_set s ON s.id = e.entry_set WHERE s.effective_on <= $1 GROUP BY a.code ORDER BY a.code
            """, [.date(last)]
        ) { "\($0.text(0)) \($0.int(1))\n" }
        return Hex.text(crypto.digest(Array(lines.joined().utf8)))
    }

    /// Periods that somebody has booked into beside the host, or closed or opened beside it: balances and rows against the chain.
    static func verify(in reader: any StoreReader, crypto: any CryptoProvider) throws -> [LocalText] {
        var told: [String: String] = [:]
        try reader.forEach(
            "SELECT about, body FROM chain_event WHERE kind = 'period.closed' AND seq IS NOT NULL ORDER BY seq", []
        ) { row in
            let digest = row.textOrNil(1).flatMap { try? Value(json: $0) }?["digest"].text
            told[String(row.text(0).dropFirst("period/".count))] = digest ?? ""
            return true
        }
        let closed = try reader.all("SELECT period, to_on, digest FROM period_close ORDER BY to_on", []) {
            (period: $0.text(0), to: $0.date(1), digest: $0.text(2))
        }
        var faults: [LocalText] = []
        for one in closed {
            let isSame = try balancesDigest(to: one.to, crypto, in: reader) == one.digest
            let committed = told.removeValue(forKey: one.period)
            if !isSame || committed == nil || (committed != "" && committed != one.digest) {
                faults.append(
                    LocalText(zh: "期间 \(one.period) 与结账时不符", en: "period \(one.period) is not as it was closed"))
            }
        }
        return faults
            + told.keys.sorted().map { LocalText(zh: "期间 \($0) 的结账记录缺失", en: "the closing of \($0) is missing") }
    }
}
