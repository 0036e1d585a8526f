/// What recomputing the whole ledger found.
public struct LedgerReport: Hashable, Sendable {
    /// Entries and accounts looked at.
    public var entries: Int64
    /// Accounts looked at.
    public var accounts: Int64
    /// By how much the books are out, in fen: the sum of the absolute differences found.
    public var differenceFen: Int64
    /// Each fault in words, at most ``Ledger/listedFaults`` of a kind.
    public var faults: [LocalText]
    /// Whether nothing is wrong.
    public var isOK: Bool { faults.isEmpty && differenceFen == 0 }
}

extension Ledger {
    /// How many faults of one kind a report lists.
    public static let listedFaults = 20

    /// Recomputes everything from the entries: sets sum to zero, balances are what their entries sum to, none is below its
    /// floor, vouchers have no gap, what people are entitled to is what the lines' accounts say, each payment is what its
    /// entitlement says, each batch what its lines are, and no line has what it may not have.
    public static func verify(in reader: any StoreReader) throws -> LedgerReport {
        var report = LedgerReport(
            entries: try reader.integer("SELECT count(*) FROM entry") ?? 0,
            accounts: try reader.integer("SELECT count(*) FROM ledger_account") ?? 0, differenceFen: 0, faults: [])
        try verifySets(&report, in: reader)
        try verifyBalances(&report, in: reader)
        try verifyVouchers(&report, in: reader)
        try verifyEntitlements(&report, in: reader)
        try verifyPayments(&report, in: reader)
        try verifyLines(&report, in: reader)
        return report
    }

    private static func verifySets(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        // Sets without entries, and entries without their set, are found by the outer joins.
        let unequal = """
            SELECT s.year, s.voucher, COALESCE(sum(e.amount), 0) FROM entry_set s
            LEFT JOIN entry e ON e.entry_set = s.id GROUP BY s.id, s.year, s.voucher
            HAVING COALESCE(sum(e.amount), 0) <> 0 OR count(e.n) < 2 ORDER BY s.year, s.voucher LIMIT \(listedFaults)
            """
        try reader.forEach(unequal, []) { row in
            report.add(
                difference: row.int(2), zh: "凭证 \(row.int(0))-\(row.int(1)) 借贷不平或缺少分录",
                en: "voucher \(row.int(0))-\(row.int(1)) doesn't balance or lacks entries")
            return true
        }
        let orphans = """
            SELECT e.entry_set, sum(abs(e.amount)) FROM entry e LEFT JOIN entry_set s ON s.id = e.entry_set
            WHERE s.id IS NULL GROUP BY e.entry_set LIMIT \(listedFaults)
            """
        try reader.forEach(orphans, []) { row in
            let set = row.id(0, EntrySet.self)
            report.add(difference: row.int(1), zh: "分录没有凭证:\(set)", en: "entries without their voucher: \(set)")
            return true
        }
    }

    private static func verifyBalances(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        let wrong = """
            SELECT a.code, a.balance, COALESCE(sum(e.amount), 0), a.floor FROM ledger_account a
            LEFT JOIN entry e ON e.account = a.id GROUP BY a.id, a.code, a.balance, a.floor
            HAVING a.balance <> COALESCE(sum(e.amount), 0) OR (a.floor IS NOT NULL AND a.balance < a.floor)
            ORDER BY a.code LIMIT \(listedFaults)
            """
        try reader.forEach(wrong, []) { row in
            report.add(
                difference: row.int(1) - row.int(2),
                zh: "账户 \(row.text(0)) 余额 \(row.money(1)) 元,分录合计 \(row.money(2)) 元",
                en: "account \(row.text(0)) holds \(row.money(1)) yuan, its entries sum to \(row.money(2))")
            return true
        }
        // What an account is follows from its code; only a source's may be negative, and what was advanced.
        let disguised = """
            SELECT code FROM ledger_account
            WHERE (line IS NOT NULL AND (code <> 'line/' || line || '/' || stage
            OR CASE WHEN stage = 'advanced' THEN floor IS NOT NULL ELSE floor IS NULL OR floor <> 0 END))
            OR (line IS NULL AND (floor IS NOT NULL OR stage <> 'source' OR substr(code, 1, 7) <> 'source/'))
            ORDER BY code LIMIT \(listedFaults)
            """
        try reader.forEach(disguised, []) { row in
            report.add(
                difference: 0, zh: "账户 \(row.text(0)) 的登记有误",
                en: "account \(row.text(0)) isn't what its code says")
            return true
        }
        let lost = try reader.integer(
            """
            SELECT sum(abs(e.amount)) FROM entry e LEFT JOIN ledger_account a ON a.id = e.account WHERE a.id IS NULL
            """)
        if let lost, lost != 0 {
            report.add(difference: lost, zh: "分录没有账户", en: "entries without their account")
        }
    }

    private static func verifyVouchers(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        let years = """
            SELECT year, count(*), min(voucher), max(voucher) FROM entry_set GROUP BY year
            HAVING min(voucher) <> 1 OR max(voucher) <> count(*) ORDER BY year
            """
        try reader.forEach(years, []) { row in
            report.add(
                difference: 0, zh: "\(row.int(0)) 年凭证号不连续:\(row.int(1)) 张,编号 \(row.int(2)) 至 \(row.int(3))",
                en:
                    "vouchers of \(row.int(0)) have gaps: \(row.int(1)) of them, numbered \(row.int(2)) to \(row.int(3))"
            )
            return true
        }
        let renamed = """
            SELECT year, voucher FROM entry_set WHERE id <> year * \(EntrySet.id(year: 1, voucher: 0).rawValue) + voucher
            ORDER BY year, voucher LIMIT \(listedFaults)
            """
        try reader.forEach(renamed, []) { row in
            report.add(
                difference: 0, zh: "凭证 \(row.int(0))-\(row.int(1)) 的编号与其标识不符",
                en: "voucher \(row.int(0))-\(row.int(1)) doesn't have the number of its id")
            return true
        }
        // The next voucher takes the number after the last one that there is.
        let series = """
            SELECT n.name, n.last, COALESCE(max(s.voucher), 0) FROM number_series n
            LEFT JOIN entry_set s ON n.name = 'voucher/' || s.year WHERE n.name LIKE 'voucher/%'
            GROUP BY n.name, n.last HAVING n.last <> COALESCE(max(s.voucher), 0) ORDER BY n.name
            """
        try reader.forEach(series, []) { row in
            report.add(
                difference: 0, zh: "\(row.text(0)) 的编号到 \(row.int(1)),最后一张凭证是 \(row.int(2))",
                en: "\(row.text(0)) counts to \(row.int(1)), the last voucher is \(row.int(2))")
            return true
        }
    }

    /// What the entitlements (`e`), line by line where they are split (`s`), say that each account of a line holds.
    private static let expectations: [(stage: AccountCode.Stage, amount: String, condition: String)] = {
        let amount = "COALESCE(s.amount, e.amount)"
        let claimed = "COALESCE(s.claimed, e.claimed)"
        let recovered = "COALESCE(s.recovered, e.recovered)"
        let delivered = "e.state = 'delivered' AND e.payee_kind"
        return [
            (.held, amount, "e.kind <> 'fee' AND e.state IN ('held', 'approved', 'batched', 'failed')"),
            (.inTransit, amount, "e.kind <> 'fee' AND e.state = 'exported'"),
            (
                .owed, amount,
                """
                \(delivered) = 'supplier' AND NOT EXISTS (SELECT 1 FROM supplier_settled x WHERE x.entitlement = e.id)
                """
            ),
            (.due, amount, "e.kind = 'fee' AND e.state = 'approved'"),
            (
                .paid, "\(amount) - \(claimed)",
                "e.kind <> 'fee' AND (e.state IN ('paid', 'clawed_back') OR (\(delivered) <> 'supplier'))"
            ),
            (.claim, "\(claimed) - \(recovered)", "e.kind <> 'fee' AND e.claimed > 0"),
            (
                .advanced, "\(recovered) - \(claimed)",
                "e.claimed > 0 AND (e.program = '\(Dues.program)' OR e.part LIKE '\(Entitlement.paidTwice)%')"
            ),
        ]
    }()

    /// What was handed over to the bank with batches whose lines haven't all followed yet, by line: their entitlements say later that
    /// it is in transit.
    private static func leaving(in reader: any StoreReader) throws -> [String: Int64] {
        var leaving: [String: Int64] = [:]
        try reader.forEach(
            """
            SELECT COALESCE(s.fund_line, e.fund_line), sum(COALESCE(s.amount, e.amount))
            FROM pay_batch b JOIN pay_line l ON l.batch = b.id AND l.state = 'batched'
            JOIN payment p ON p.id = l.payment JOIN unfolded_entitlement e ON e.id = p.entitlement
            LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
            WHERE b.followed IS NOT NULL AND b.state <> 'void' GROUP BY COALESCE(s.fund_line, e.fund_line)
            """, []
        ) { row in
            leaving[row.text(0)] = row.int(1)
            return true
        }
        return leaving
    }

    private static func verifyEntitlements(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        let leaving = try leaving(in: reader)
        for (stage, amount, condition) in expectations {
            var expected: [String: Int64] = [:]
            try reader.forEach(
                """
                SELECT COALESCE(s.fund_line, e.fund_line), sum(\(amount))
                FROM entitlement e LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
                WHERE \(condition) GROUP BY COALESCE(s.fund_line, e.fund_line)
                """, []
            ) { row in
                expected[row.text(0)] = row.int(1)
                return true
            }
            if stage == .held { expected.merge(leaving) { $0 - $1 } }
            if stage == .inTransit { expected.merge(leaving, uniquingKeysWith: +) }
            try reader.forEach(
                "SELECT line, balance FROM ledger_account WHERE stage = $1 ORDER BY line", [.text(stage.rawValue)]
            ) { row in
                let sum = Money(fen: expected.removeValue(forKey: row.text(0)) ?? 0)
                guard sum != row.money(1) else { return true }
                report.add(
                    difference: row.money(1).fen - sum.fen,
                    zh: "\(row.text(0)) \(stage.title.zh)余额 \(row.money(1)) 元,逐笔合计 \(sum) 元",
                    en: "\(row.text(0)) \(stage.rawValue) holds \(row.money(1)) yuan, the entitlements sum to \(sum)")
                return true
            }
            for (line, sum) in expected.sorted(by: { $0.key < $1.key }) where sum != 0 {
                report.add(
                    difference: sum, zh: "\(line) 没有“\(stage.title.zh)”账户",
                    en: "\(line) has no account \(stage.rawValue)")
            }
        }
    }
}

extension Ledger {
    /// Entitlements without the payment that they should have. It must be found by its entitlement: by its state, one would be
    /// compared with all.
    static let withoutPayment = """
        SELECT e.id, e.amount - COALESCE(p.amount, 0) FROM unfolded_entitlement e
        LEFT JOIN payment p ON p.entitlement = e.id AND p.revision = e.revision AND p.state = e.state
        WHERE e.kind = 'money' AND e.state IN ('batched', 'exported', 'paid') AND (p.id IS NULL OR p.amount <> e.amount)
        ORDER BY e.id LIMIT \(listedFaults)
        """

    private static func verifyPayments(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        try reader.forEach(withoutPayment, []) { row in
            let id = row.id(0, Entitlement.self)
            report.add(difference: row.int(1), zh: "待遇 \(id) 没有相符的支付", en: "no payment matches entitlement \(id)")
            return true
        }
        let batches = """
            SELECT b.year, b.number, b.total - COALESCE(sum(l.amount), 0) FROM pay_batch b
            LEFT JOIN pay_line l ON l.batch = b.id AND l.state <> 'void' WHERE b.state <> 'void'
            GROUP BY b.id, b.year, b.number, b.total, b.line_count
            HAVING b.total <> COALESCE(sum(l.amount), 0) OR b.line_count <> count(l.n)
            ORDER BY b.year, b.number LIMIT \(listedFaults)
            """
        try reader.forEach(batches, []) { row in
            report.add(
                difference: row.int(2), zh: "批次 \(row.int(0))-\(row.int(1)) 与明细不符",
                en: "batch \(row.int(0))-\(row.int(1)) isn't what its lines are")
            return true
        }
    }
}

extension LedgerReport {
    /// Adds a fault, and by how much the books are out because of it.
    mutating func add(difference: Int64, zh: String, en: String) {
        let (sum, overflow) = differenceFen.addingReportingOverflow(Int64(clamping: difference.magnitude))
        differenceFen = overflow ? .max : sum
        faults.append(LocalText(zh: zh, en: en))
    }
}
