/// What a year's closing decides: open holds, and what is left of lines.
extension Periods {
    // MARK: what there is to decide

    /// What is outstanding of claims, as far as it is on lines of a year.
    static func claims(ofYear year: Int, in reader: any StoreReader) throws -> [PeriodClosing.Claim] {
        try reader.all(
            """
            SELECT e.id, e.program, SUM(COALESCE(s.claimed - s.recovered, e.claimed - e.recovered))
            FROM unfolded_entitlement e LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            JOIN fund_line l ON l.id = COALESCE(s.fund_line, e.fund_line)
            WHERE e.state = 'clawed_back' AND e.kind <> 'fee' AND e.claimed > e.recovered AND l.year = $1
            AND COALESCE(s.claimed - s.recovered, e.claimed - e.recovered) > 0
            GROUP BY e.id, e.program ORDER BY e.id
            """, [.int(Int64(year))]
        ) { PeriodClosing.Claim(entitlement: $0.id(0), program: $0.text(1), amount: $0.money(2)) }
    }

    /// Holds with money of the year's lines or of earlier ones.
    static func holds(
        _ period: FundPeriod, funds: FundsSettings, lapsing: (ID<Entitlement>) -> Bool, in reader: any StoreReader
    ) throws -> [PeriodClosing.Hold] {
        let lines = Dictionary(
            try Ledger.lines(in: reader).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        func isOver(_ share: Entitlement.Share) -> Bool { lines[share.line].map { $0.year <= period.year } ?? false }
        // Thousands may wait for money of a few lines.
        var goesOn: [String: Bool] = [:]
        let open = try Entitlements.rows(
            """
            WHERE kind <> 'fee' AND state IN ('queued', 'held', 'approved', 'batched', 'exported', 'failed') ORDER BY id
            """, [], in: reader)
        return try open.filter { $0.shares.contains(where: isOver) }.map { one in
            if one.state == .queued {
                // Nothing ever comes to it where none of its lines goes on.
                let lapses = try one.shares.allSatisfy { share in
                    guard isOver(share), let line = lines[share.line] else { return false }
                    let carries = try goesOn[line.id] ?? self.carries(line, funds, in: reader)
                    goesOn[line.id] = carries
                    return !carries
                }
                return PeriodClosing.Hold(
                    entitlement: one.id, program: one.program, state: one.state, amount: one.amount, on: one.on,
                    mayLapse: false, lapses: lapses)
            }
            let mayLapse =
                try (one.state == .approved || one.state == .failed) && one.shares.allSatisfy(isOver)
                && one.id.madeAt.date <= period.days.to && !one.isDebt(in: reader)
            return PeriodClosing.Hold(
                entitlement: one.id, program: one.program, state: one.state,
                amount: one.shares.filter(isOver).reduce(.zero) { $0 + $1.amount }, on: one.on, mayLapse: mayLapse,
                lapses: mayLapse && lapsing(one.id), shares: Entitlements.byLine([one]))
        }
    }

    /// What is left of the year's lines, and of earlier ones that have something left.
    static func rests(
        _ period: FundPeriod, funds: FundsSettings, _ holds: [PeriodClosing.Hold], in reader: any StoreReader
    ) throws -> [PeriodClosing.Rest] {
        var lapsing: [String: Money] = [:]
        for hold in holds where hold.lapses { lapsing.merge(hold.shares, uniquingKeysWith: +) }
        return try Ledger.lines(in: reader).filter { $0.year <= period.year }.compactMap { line in
            let available = try Ledger.balance(of: .line(line.id, .available), in: reader)
            let isOver = funds.backstops.first { $0.line == line.id }?.lapses ?? true
            let backstop = isOver ? try Ledger.balance(of: .line(line.id, .backstop), in: reader) : .zero
            let isOpen = try LineState.of(line.id, in: reader) == .open
            guard line.year == period.year || isOpen || available > .zero || backstop > .zero else { return nil }
            let used = line.backstop == nil ? .zero : try Backstop.used(line.id, in: reader)
            return PeriodClosing.Rest(
                line: line.id, available: available, backstop: backstop,
                returned: min(used, available + (lapsing[line.id] ?? .zero)), isPromiseOver: isOver,
                carries: try carries(line, funds, in: reader))
        }
    }

    /// Whether what is left of a line goes into the next year.
    private static func carries(_ line: FundLine, _ funds: FundsSettings, in reader: any StoreReader) throws -> Bool {
        if line.carriesOver { return true }
        // What unions and donors gave for a purpose isn't the city's to take back, whatever its line says.
        if funds.dues.contains(where: { $0.lines.contains(line.id) }) { return true }
        if funds.campaigns.contains(where: { $0.line == line.id }) { return true }
        return try DuesClaims.standing(on: line.id, in: reader) > .zero
    }

    // MARK: deciding it

    /// Lets holds lapse, and writes down what became of each.
    ///
    /// Whatever the closing books belongs to the period that it closes, as far as it was there by then: what came back after its
    /// end lapses today, else an account would have been below nothing in between.
    static func lapseHolds(
        of plan: PeriodClosing, _ decision: String, about: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        var left: [String: Money] = [:]
        for hold in plan.holds {
            if hold.lapses {
                let shares = hold.shares
                for line in shares.keys where left[line] == nil {
                    left[line] = try least(.line(line, .held), from: plan.lapsesOn, in: writer)
                }
                let wasThere = shares.allSatisfy { $0.value <= left[$0.key] ?? .zero }
                if wasThere { left.merge(shares, uniquingKeysWith: -) }
                var context = context
                context.effectiveOn = wasThere ? plan.period.days.to : nil
                try lapse(hold, decision, about: about, context, in: writer)
            }
            try writer.execute(
                "INSERT INTO hold_closing (period, entitlement, amount, fate) VALUES ($1, $2, $3, $4)",
                [
                    .text(plan.period.description), .id(hold.entitlement), .money(hold.amount),
                    .text((hold.lapses ? PeriodClosing.Fate.lapsed : .carried).rawValue),
                ])
        }
    }

    /// The least that an account had at the end of a day from a day on, today included.
    private static func least(
        _ account: AccountCode, from day: CivilDate, in reader: any StoreReader
    ) throws -> Money {
        let sums = try reader.all(
            """
            SELECT CASE WHEN s.effective_on > $1 THEN s.effective_on ELSE $1 END AS day, SUM(e.amount)
            FROM ledger_account a JOIN entry e ON e.account = a.id JOIN entry_set s ON s.id = e.entry_set
            WHERE a.code = $2 GROUP BY day ORDER BY day
            """, [.date(day), .text(account.rawValue)]
        ) { (day: $0.date(0), amount: $0.money(1)) }
        // Before the first entry of an account that began later it had nothing.
        guard let first = sums.first, first.day == day else { return .zero }
        var balance = Money.zero
        return sums.map { one in
            balance += one.amount
            return balance
        }.min() ?? .zero
    }

    /// A hold lapses: with the whole decision where nothing else of it stands, so that its case and places follow. Of what is queued
    /// all parts of a decision lapse together, and the decision is left with what was held of it.
    private static func lapse(
        _ hold: PeriodClosing.Hold, _ decision: String, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let one = try Entitlements.load(hold.entitlement, in: writer)
        guard one.state != .released else { return }
        let others = try Entitlements.of(one.decision, in: writer).filter {
            $0.state != .released && $0.id != one.id && (one.state != .queued || $0.state != .queued)
        }
        let isKnown = try writer.integer(
            "SELECT COUNT(*) FROM decision WHERE id = $1 AND state = 'standing'", [.id(one.decision)])
        if others.isEmpty || one.state == .queued, isKnown == 1 {
            let revocation = Revocation(
                decision: one.decision, at: context.now, actor: context.actor, cause: .lapse,
                code: HostReason.yearEnd, params: [:],
                keep: others.filter { !$0.isRefund }.reduce(.zero) { $0 + $1.amount - $1.claimed })
            let actor = Actor(account: context.actor, role: Role.treasurer.rawValue)
            if try Revoker(context, by: actor).revoke(revocation, in: writer) { return }
        }
        try Entitlements.release([one.id], reason: decision, about: about, context, in: writer)
    }

    /// Ends a line's year: what was drawn from its backstop and is free goes back there, and what doesn't carry over to its source.
    /// What was there on the year's last day, and since, on that day; what came free after it, today.
    static func end(
        _ rest: PeriodClosing.Rest, on last: CivilDate, lapsesOn: CivilDate, about: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard let line = try Ledger.line(rest.line, in: writer) else { throw Ledger.noLine(rest.line) }
        for day in [last, nil] {
            func free(_ stage: AccountCode.Stage) throws -> Money {
                let account = AccountCode.line(line.id, stage)
                return try day == nil
                    ? Ledger.balance(of: account, in: writer) : least(account, from: lapsesOn, in: writer)
            }
            if line.backstop != nil {
                try Backstop.giveBack(line.id, upTo: free(.available), about: about, on: day, context, in: writer)
                if rest.isPromiseOver {
                    try Backstop.lapse(line.id, upTo: free(.backstop), on: day, context, in: writer)
                }
            }
            if !rest.carries { try Freed.lapse(line, free(.available), about: about, on: day, context, in: writer) }
        }
        try writer.execute(
            "UPDATE fund_line SET state = $1, version = version + 1 WHERE id = $2",
            [.text(rest.carries ? "carried" : "closed"), .text(line.id)])
    }
}
