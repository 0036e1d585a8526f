/// What recomputing the whole ledger found.
public struct LedgerReport: Hashable, Sendable {
    /// Entries and accounts looked at.
    public var entries: Int64
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
    /// floor, vouchers have no gap, and what people are entitled to is what the lines' accounts say.
    public static func verify(in reader: any StoreReader) throws -> LedgerReport {
        var report = LedgerReport(
            entries: try reader.integer("SELECT count(*) FROM entry") ?? 0,
            accounts: try reader.integer("SELECT count(*) FROM ledger_account") ?? 0, differenceFen: 0, faults: [])
        try verifySets(&report, in: reader)
        try verifyBalances(&report, in: reader)
        try verifyVouchers(&report, in: reader)
        try verifyEntitlements(&report, in: reader)
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
    }

    /// What the entitlements say that each account of a line holds.
    private static let expectations: [(stage: AccountCode.Stage, amount: String, condition: String)] = [
        (.held, "amount", "e.kind <> 'fee' AND e.state IN ('held', 'approved', 'batched', 'failed')"),
        (.inTransit, "amount", "e.kind <> 'fee' AND e.state = 'exported'"),
        (.owed, "amount", "e.kind = 'goods' AND e.payee_kind = 'supplier' AND e.state = 'delivered'"),
        (.due, "amount", "e.kind = 'fee' AND e.state = 'approved'"),
        (
            .paid, "amount - COALESCE(s.claimed, e.claimed)",
            """
            e.kind <> 'fee' AND (e.state IN ('paid', 'clawed_back')
            OR (e.state = 'delivered' AND e.payee_kind <> 'supplier'))
            """
        ),
        (.claim, "claimed - COALESCE(s.recovered, e.recovered)", "e.kind <> 'fee' AND e.claimed > 0"),
    ]

    private static func verifyEntitlements(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        for (stage, amount, condition) in expectations {
            let (column, rest) = (amount.prefix { $0 != " " }, amount.drop { $0 != " " })
            var expected: [String: Int64] = [:]
            try reader.forEach(
                """
                SELECT COALESCE(s.fund_line, e.fund_line), sum(COALESCE(s.\(column), e.\(column))\(rest))
                FROM entitlement e LEFT JOIN entitlement_split s ON s.entitlement = e.id AND e.is_split = 1
                WHERE \(condition) GROUP BY COALESCE(s.fund_line, e.fund_line)
                """, []
            ) { row in
                expected[row.text(0)] = row.int(1)
                return true
            }
            try reader.forEach(
                "SELECT line, balance FROM ledger_account WHERE stage = $1 ORDER BY line", [.text(stage.rawValue)]
            ) { row in
                let sum = Money(fen: expected.removeValue(forKey: row.text(0)) ?? 0)
                guard sum != row.money(1) else { return true }
                report.add(
                    difference: row.money(1).fen - sum.fen,
                    zh: "\(row.text(0)) \(stage.rawValue) 余额 \(row.money(1)) 元,逐笔合计 \(sum) 元",
                    en: "\(row.text(0)) \(stage.rawValue) holds \(row.money(1)) yuan, the entitlements sum to \(sum)")
                return true
            }
            for (line, sum) in expected.sorted(by: { $0.key < $1.key }) where sum != 0 {
                report.add(
                    difference: sum, zh: "\(line) 没有账户 \(stage.rawValue)",
                    en: "\(line) has no account \(stage.rawValue)")
            }
        }
    }
}

extension LedgerReport {
    fileprivate mutating func add(difference: Int64, zh: String, en: String) {
        let (sum, overflow) = differenceFen.addingReportingOverflow(Int64(clamping: difference.magnitude))
        differenceFen = overflow ? .max : sum
        faults.append(LocalText(zh: zh, en: en))
    }
}
