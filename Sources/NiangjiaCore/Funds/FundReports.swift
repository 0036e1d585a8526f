/// The reports that a treasurer hands to an auditor, computed from entries alone.
public enum FundReports {
    /// The reports that there are.
    public enum Kind: String, Sendable, CaseIterable {
        case trialBalance = "trial-balance"
        case budget, sources, statement, holds
    }

    /// Trial balance (试算平衡表) of a range of days by effective date: every account with what it had, what came and went, what it
    /// has, and the subject of the accounting system that the city's chart maps it to. Opening, turnover and closing sum to zero.
    public static func trialBalance(
        _ days: DateRange, funds: FundsSettings, in reader: any StoreReader
    ) throws -> FundTable {
        let lines = Dictionary(
            try Ledger.lines(in: reader).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let sums = try reader.all(
            """
            SELECT a.code, a.line, a.stage,
            COALESCE(SUM(CASE WHEN s.effective_on < $1 THEN e.amount END), 0),
            COALESCE(SUM(CASE WHEN s.effective_on >= $1 AND e.amount > 0 THEN e.amount END), 0),
            COALESCE(SUM(CASE WHEN s.effective_on >= $1 AND e.amount < 0 THEN -e.amount END), 0)
            FROM ledger_account a JOIN entry e ON e.account = a.id JOIN entry_set s ON s.id = e.entry_set
            WHERE s.effective_on <= $2 GROUP BY a.code, a.line, a.stage ORDER BY a.code
            """, [.date(days.from), .date(days.to)]
        ) { row in
            (
                code: row.text(0), line: row.textOrNil(1), stage: row.text(2), opening: row.int(3), debit: row.int(4),
                credit: row.int(5)
            )
        }
        var rows = sums.map { sum -> [Value] in
            let line = sum.line.flatMap { lines[$0] }
            let subject = funds.subject(
                source: line?.source ?? String(sum.code.dropFirst("source/".count)), stage: sum.stage,
                purpose: line?.purpose)
            return [
                .text(sum.code), subject?.code.map { .text($0) } ?? .null, subject.map { .text($0.title) } ?? .null,
                .int(sum.opening), .int(sum.debit), .int(sum.credit), .int(sum.opening + sum.debit - sum.credit),
            ]
        }
        rows.append(
            [.text("合计"), .null, .null] + (3...6).map { column in .int(rows.reduce(0) { $0 + ($1[column].int ?? 0) }) })
        return FundTable(
            title: LocalText(zh: "试算平衡表 \(days)", en: "Trial balance \(days)"),
            columns: [
                .init("account", words: ["合计": LocalText(zh: "合计", en: "total")], isTold: true), "subject",
                .init("subject_title", words: FundTable.Column.subjects, isTold: true), "opening_fen", "debit_fen",
                "credit_fen",
                "closing_fen",
            ],
            rows: rows)
    }

    /// Budget execution (预算执行表) of a year's lines as of a day: what was budgeted, committed and paid; as of now,
    /// what waits for money of the line (`short: queue`), which is none of its commitments.
    public static func budget(year: Int, asOf day: CivilDate, in reader: any StoreReader) throws -> FundTable {
        var stages: [String: [String: Int64]] = [:]
        try reader.forEach(
            """
            SELECT a.line, a.stage, SUM(e.amount) FROM ledger_account a JOIN entry e ON e.account = a.id
            JOIN entry_set s ON s.id = e.entry_set WHERE a.line IS NOT NULL AND s.effective_on <= $1
            GROUP BY a.line, a.stage
            """, [.date(day)]
        ) { row in
            stages[row.text(0), default: [:]][row.text(1)] = row.int(2)
            return true
        }
        let states = Dictionary(
            try reader.all("SELECT id, state FROM fund_line", []) { ($0.text(0), $0.text(1)) },
            uniquingKeysWith: { first, _ in first })
        let queued = try MoneyQueue.byLine(in: reader)
        let rows = try Ledger.lines(in: reader).filter { $0.year == year }.map { line -> [Value] in
            let own = stages[line.id] ?? [:]
            func sum(_ names: AccountCode.Stage...) -> Int64 { names.reduce(0) { $0 + (own[$1.rawValue] ?? 0) } }
            let paid = sum(.paid)
            let given = own.values.reduce(0, +) - sum(.due, .backstop)
            // Basis points of what was given; nobody executes a budget of nothing.
            let rate: Value = given > 0 ? .text(Rate(basisPoints: paid * 10_000 / given).description) : .null
            return [
                .text(line.id), .text(line.source), .text(line.purpose), .int(line.amount.fen), .int(given),
                .int(sum(.held, .inTransit, .owed)), .int(paid), .int(sum(.claim)), .int(sum(.available)), rate,
                .text(states[line.id] ?? "open"), .int(queued[line.id, default: .zero].fen),
            ]
        }
        return FundTable(
            title: LocalText(zh: "预算执行表 \(year) 年,截至 \(day)", en: "Budget execution \(year), as of \(day)"),
            columns: [
                "line", "source", "purpose", "budget_fen", "given_fen", "committed_fen", "paid_fen", "claims_fen",
                "available_fen", "rate", .init("state", words: StateWords.lines), "queued_fen",
            ], rows: rows)
    }

    /// From each source to each use (资金来源与使用表): what every program has committed and paid of every line, as of now. Goods
    /// stand under their program until their supplier's invoice is settled, and from then on under the settlement that pays it.
    public static func sources(year: Int?, in reader: any StoreReader) throws -> FundTable {
        let lines = try Ledger.lines(in: reader).filter { year == nil || $0.year == year }
        var rows: [[Value]] = []
        for line in lines.sorted(by: { ($0.source, $0.id) < ($1.source, $1.id) }) {
            let uses = try reader.all(
                """
                SELECT e.program, COUNT(*),
                SUM(CASE WHEN e.state IN ('held', 'approved', 'batched', 'exported', 'failed')
                OR (e.state = 'delivered' AND e.payee_kind = 'supplier') THEN COALESCE(s.amount, e.amount) ELSE 0 END),
                SUM(CASE WHEN e.state IN ('paid', 'clawed_back') OR (e.state = 'delivered' AND e.payee_kind <> 'supplier')
                THEN COALESCE(s.amount - s.claimed, e.amount - e.claimed) ELSE 0 END)
                FROM entitlement e LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
                WHERE COALESCE(s.fund_line, e.fund_line) = $1 AND e.kind <> 'fee' AND e.state NOT IN ('released', 'queued')
                AND NOT EXISTS (SELECT 1 FROM supplier_settled x WHERE x.entitlement = e.id)
                GROUP BY e.program ORDER BY e.program
                """, [.text(line.id)]
            ) { (program: $0.text(0), count: $0.int(1), committed: $0.int(2), paid: $0.int(3)) }
            let own: [Value] = [.text(line.source), .text(line.id), .text(line.purpose)]
            for use in uses {
                rows.append(own + [.text(use.program), .int(use.count), .int(use.committed), .int(use.paid)])
            }
            let free = try Ledger.balance(of: .line(line.id, .available), in: reader)
            rows.append(own + [.null, .null, .null, .null, .int(free.fen)])
        }
        for n in rows.indices where rows[n].count == 7 { rows[n].append(.null) }
        return FundTable(
            title: LocalText(zh: "资金来源与使用表", en: "From sources to uses"),
            columns: [
                "source", "line", "purpose", .init("program", none: LocalText(zh: "(未使用)", en: "(unused)")),
                "count", "committed_fen", "paid_fen", "free_fen",
            ],
            rows: rows)
    }

    /// Every entry of a line in a range of days (明细账), with the balance after each; what each memo says, in a language.
    public static func statement(
        line: String, _ days: DateRange, _ language: Language = .zh, in reader: any StoreReader
    ) throws -> FundTable {
        guard try Ledger.line(line, in: reader) != nil else { throw Ledger.noLine(line) }
        var balances: [String: Int64] = [:]
        let entries = try reader.all(
            """
            SELECT s.year, s.voucher, s.booked_on, s.effective_on, a.stage, e.amount, s.memo, s.about, s.actor, s.kind
            FROM entry e JOIN ledger_account a ON a.id = e.account JOIN entry_set s ON s.id = e.entry_set
            WHERE a.line = $1 AND s.effective_on <= $2 ORDER BY s.year, s.voucher, e.n
            """, [.text(line), .date(days.to)]
        ) { row -> (on: CivilDate, about: String, actor: String, cells: [Value]) in
            let stage = row.text(4)
            balances[stage, default: 0] += row.int(5)
            return (
                row.date(3), row.text(7), row.text(8),
                [
                    .text("\(row.int(0))-\(row.int(1))"), .text(row.date(2).description),
                    .text(row.date(3).description), .text(stage), .int(row.int(5)), .int(balances[stage] ?? 0),
                    .text(VoucherWords.memo(row.text(6), kind: row.text(9), language)),
                ]
            )
        }
        return FundTable(
            title: LocalText(zh: "明细账 \(line) \(days)", en: "Statement of \(line) \(days)"),
            columns: [
                "voucher", "booked_on", "effective_on", .init("stage", words: StateWords.stages), "amount_fen",
                "balance_fen", "memo", "about", "actor",
            ],
            rows: try entries.filter { $0.on >= days.from }.map { entry in
                let actor = try SealedFilers.actor(entry.actor, about: entry.about, in: reader)
                return entry.cells + [.text(entry.about), .text(actor)]
            })
    }

    /// Everything that is granted and not paid, with its age: what a year's end has to decide on. What several lines give stands
    /// under each of them.
    ///
    /// - Parameter tellsDay: whether the day for which a program granted something may stand beside the entitlement. Else it is the
    ///   first of its month, for the age as well: batches name the payee by the same entitlement, and the day may be that of a discharge.
    public static func holds(
        on today: CivilDate, olderThan days: Int, tellsDay: (_ program: String) -> Bool = { _ in true },
        in reader: any StoreReader
    ) throws -> FundTable {
        var known: [String: Bool] = [:]
        var found: [(on: CivilDate, cells: [Value])] = []
        try reader.forEach(
            """
            SELECT e.id, COALESCE(s.fund_line, e.fund_line), e.program, e.state, COALESCE(s.amount, e.amount), e.on_date
            FROM entitlement e LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            WHERE e.kind <> 'fee' AND e.state IN ('held', 'approved', 'batched', 'exported', 'failed')
            AND e.on_date <= $1 AND COALESCE(s.amount, e.amount) > 0 ORDER BY e.id, COALESCE(s.n, 0)
            """, [.date(today)]
        ) { row in
            let program = row.text(2)
            let tells = known[program] ?? tellsDay(program)
            known[program] = tells
            let on = tells ? row.date(5) : row.date(5).firstOfMonth
            guard today.days - on.days >= days else { return true }
            let cells: [Value] = [
                .text(row.id(0, Entitlement.self).text), .text(row.text(1)), .text(program), .text(row.text(3)),
                .int(row.int(4)), .text(on.description), .int(Int64(today.days - on.days)),
            ]
            found.append((on, cells))
            return true
        }
        // Stable: those of one day, or of one month, by their ids.
        let rows = found.enumerated().sorted { ($0.element.on, $0.offset) < ($1.element.on, $1.offset) }
        return FundTable(
            title: LocalText(zh: "未付预留 \(today)", en: "Open holds \(today)"),
            columns: [
                "entitlement", "line", "program", .init("state", words: StateWords.entitlements), "amount_fen", "on",
                "age_days",
            ], rows: rows.map(\.element.cells))
    }
}

extension FundsSettings {
    /// The subject of the accounting system for an account: the chart's entry that names most of it; nil where none fits.
    func subject(source: String, stage: String, purpose: String?) -> ChartEntry? {
        let fitting = chart.filter { entry in
            (entry.source ?? source) == source && (entry.stage ?? stage) == stage
                && (entry.purpose == nil || entry.purpose == purpose)
        }
        func weight(_ entry: ChartEntry) -> Int {
            [entry.source, entry.stage, entry.purpose].count { $0 != nil }
        }
        return fitting.max { weight($0) < weight($1) }
    }
}
