extension Ledger {
    /// What holds of lines whatever was granted and paid from them: one that has ended has nothing free, no more is drawn from a
    /// backstop than is in use, and what is owed to suppliers and unions is never given up.
    static func verifyLines(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        let ended = """
            SELECT l.id, a.balance FROM fund_line l JOIN ledger_account a ON a.line = l.id AND a.stage = 'available'
            WHERE l.state = 'closed' AND a.balance <> 0 ORDER BY l.id LIMIT \(listedFaults)
            """
        try reader.forEach(ended, []) { row in
            report.add(
                difference: row.int(1), zh: "\(row.text(0)) 已年结失效,可用还有 \(row.money(1)) 元",
                en: "\(row.text(0)) has ended and has \(row.money(1)) yuan available")
            return true
        }
        for line in try lines(in: reader) where line.backstop != nil {
            let used = try reader.integer(
                """
                SELECT sum(balance) FROM ledger_account WHERE line = $1
                AND stage NOT IN ('available', 'backstop', 'due')
                """, [.text(line.id)])
            let taken = try Backstop.used(line.id, in: reader)
            let most = max(.zero, Money(fen: used ?? 0))
            guard taken < .zero || taken > most else { continue }
            report.add(
                difference: taken < .zero ? taken.fen : (taken - most).fen,
                zh: "\(line.id) 动用兜底 \(taken) 元,在用的只有 \(most) 元",
                en: "\(taken) yuan are drawn from the backstop of \(line.id), \(most) are in use")
        }
        try verifyDues(&report, in: reader)
        try verifyDebts(&report, in: reader)
    }

    /// What stands for unions is on its line: nobody has spent it, and no year's end has taken it.
    private static func verifyDues(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        let short = """
            SELECT t.fund_line, SUM(t.amount) - a.balance FROM (
            SELECT s.fund_line, s.organization, SUM(s.amount) AS amount FROM dues_share s
            JOIN dues_line l ON l.id = s.dues_line WHERE \(DuesClaims.waits) AND s.organization IS NOT NULL
            GROUP BY s.fund_line, s.organization HAVING SUM(s.amount) > 0) t
            JOIN ledger_account a ON a.line = t.fund_line AND a.stage = 'available'
            GROUP BY t.fund_line, a.balance HAVING SUM(t.amount) > a.balance ORDER BY t.fund_line LIMIT \(listedFaults)
            """
        try reader.forEach(short, []) { row in
            report.add(
                difference: row.int(1), zh: "\(row.text(0)) 的可用比各工会应得的少 \(row.money(1)) 元",
                en: "\(row.text(0)) has \(row.money(1)) yuan less than stands for unions")
            return true
        }
    }

    /// Debts whose payment was given up while they still count as settled, and grants that nobody ended.
    private static func verifyDebts(_ report: inout LedgerReport, in reader: any StoreReader) throws {
        let lost = """
            SELECT e.id, e.amount FROM supplier_settlement s JOIN unfolded_entitlement e ON e.id = s.entitlement
            WHERE e.state = 'released'
            UNION ALL
            SELECT e.id, e.amount FROM grant_award g JOIN grant_instalment i ON i.grant_award = g.id
            JOIN unfolded_entitlement e ON e.id = i.entitlement WHERE g.state = 'granted' AND e.state = 'released'
            ORDER BY 1 LIMIT \(listedFaults)
            """
        try reader.forEach(lost, []) { row in
            let id = row.id(0, Entitlement.self)
            report.add(
                difference: row.int(1), zh: "欠款 \(id) 已撤销,对方没有收到",
                en: "the debt \(id) was given up, and nobody was paid")
            return true
        }
    }
}
