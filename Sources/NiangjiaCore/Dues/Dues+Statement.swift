/// What a payer paid in a year and what became of it, in fen.
public struct DuesStatement: Hashable, Sendable {
    /// The payer's unified social credit code.
    public var creditCode: String
    /// Its name with the bureau.
    public var payer: String
    /// The code of its union; nil in suspense.
    public var union: String?
    /// What was to be paid.
    public var due: Money
    /// What was paid, less what was taken back.
    public var received: Money
    /// By level: what each has of it.
    public var shares: [String: Money]
    /// Of the upper shares, what waits for the end of the year.
    public var held: Money
    /// Returned to the union, as the bank confirmed, less what it has to give back.
    public var returned: Money
    /// On its way to the union.
    public var underWay: Money
}

extension Dues {
    /// The levels in the order in which statements list them.
    public static let levels = ["basic", "federation", "county", "city", "province", "national"]

    /// The statement of a year, by payer; of one payer or one union where named.
    public static func statement(
        year: Int, creditCode: String? = nil, union: ID<Organization>? = nil, in reader: any StoreReader
    ) throws -> [DuesStatement] {
        var condition = "l.year = $1 AND l.state IN ('booked', 'suspense')"
        var arguments: [SQLValue] = [.int(Int64(year))]
        if let creditCode {
            arguments.append(.text(creditCode))
            condition += " AND l.credit_code = $\(arguments.count)"
        }
        if let union {
            arguments.append(.id(union))
            condition += " AND l.organization = $\(arguments.count)"
        }
        var found: [String: DuesStatement] = [:]
        try reader.forEach(
            """
            SELECT l.credit_code, max(l.payer), max(o.code), sum(l.due), sum(l.amount) FROM dues_line l
            LEFT JOIN organization o ON o.id = l.organization WHERE \(condition) GROUP BY l.credit_code
            """, arguments
        ) { row in
            found[row.text(0)] = DuesStatement(
                creditCode: row.text(0), payer: row.text(1), union: row.textOrNil(2), due: row.money(3),
                received: row.money(4), shares: [:], held: .zero, returned: .zero, underWay: .zero)
            return true
        }
        try reader.forEach(
            """
            SELECT l.credit_code, s.level, s.state, e.state, sum(s.amount) FROM dues_share s
            JOIN dues_line l ON l.id = s.dues_line LEFT JOIN entitlement_row e ON e.id = s.entitlement
            WHERE \(condition) AND s.state <> 'turned' GROUP BY l.credit_code, s.level, s.state, e.state
            """, arguments
        ) { row in
            let (code, level, amount) = (row.text(0), row.text(1), row.money(4))
            found[code]?.shares[level, default: .zero] += amount
            if row.text(2) == "held" { found[code]?.held += amount }
            let isBack = level == "basic" || level == "federation"
            switch row.textOrNil(3) {
            case "paid"? where isBack, "clawed_back"? where isBack: found[code]?.returned += amount
            case .some(let state) where isBack && state != "released": found[code]?.underWay += amount
            default: break
            }
            return true
        }
        return found.values.sorted { $0.creditCode < $1.creditCode }
    }

    /// Whether what stands on payers' rows is what the files brought and what the ledger booked, to the fen: every share and all of
    /// suspense, line by line. Empty when all agree.
    public static func faults(_ agreements: [DuesAgreement], in reader: any StoreReader) throws -> [LocalText] {
        var faults: [LocalText] = []
        let lines = try reader.integer("SELECT sum(amount) FROM dues_line WHERE state = 'booked'") ?? 0
        let shares = try reader.integer("SELECT sum(amount) FROM dues_share WHERE state <> 'turned'") ?? 0
        if lines != shares {
            faults.append(
                LocalText(
                    zh: "逐户分成与到账相差 \(Money(fen: lines - shares)) 元",
                    en: "the shares differ from what came in by \(Money(fen: lines - shares)) yuan"))
        }
        let suspense = Set(agreements.map(\.suspenseLine))
        let waiting = try reader.integer("SELECT sum(amount) FROM dues_line WHERE state = 'suspense'") ?? 0
        var booked: Int64 = 0
        for line in Set(agreements.flatMap(\.lines)).sorted() {
            let entries = try reader.integer(
                """
                SELECT sum(n.amount) FROM entry n JOIN entry_set s ON s.id = n.entry_set
                JOIN ledger_account a ON a.id = n.account WHERE s.kind = 'dues' AND a.line = $1
                """, [.text(line)])
            let rows = try reader.integer(
                "SELECT sum(amount) FROM dues_share WHERE fund_line = $1 AND state <> 'turned'", [.text(line)])
            let rest = (entries ?? 0) - (rows ?? 0)
            // What is in suspense stands on no payer's share.
            if suspense.contains(line) {
                booked += rest
            } else if rest != 0 {
                faults.append(
                    LocalText(
                        zh: "\(line) 账上与逐户相差 \(Money(fen: rest)) 元",
                        en: "\(line): the ledger differs from the payers' rows by \(Money(fen: rest)) yuan"))
            }
        }
        if booked != waiting {
            faults.append(
                LocalText(
                    zh: "待查账上 \(Money(fen: booked)) 元,逐笔 \(Money(fen: waiting)) 元",
                    en: "suspense: \(Money(fen: booked)) yuan in the ledger, \(Money(fen: waiting)) on its lines"))
        }
        return faults
    }
}
