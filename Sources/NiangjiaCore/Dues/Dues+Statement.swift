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
    /// Returned to the union, as the bank confirmed.
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
        var condition = "l.year = $1 AND l.state <> 'unmatched'"
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
            JOIN dues_line l ON l.id = s.dues_line LEFT JOIN entitlement e ON e.id = s.entitlement
            WHERE \(condition) AND s.state <> 'turned' GROUP BY l.credit_code, s.level, s.state, e.state
            """, arguments
        ) { row in
            let (code, level, amount) = (row.text(0), row.text(1), row.money(4))
            found[code]?.shares[level, default: .zero] += amount
            if row.text(2) == "held" { found[code]?.held += amount }
            let isBack = level == "basic" || level == "federation"
            switch row.textOrNil(3) {
            case "paid"? where isBack: found[code]?.returned += amount
            case .some(let state) where isBack && state != "released": found[code]?.underWay += amount
            default: break
            }
            return true
        }
        return found.values.sorted { $0.creditCode < $1.creditCode }
    }

    /// Whether what stands on payers' rows is what the files brought, to the fen: the sum of all shares and of suspense against the
    /// sum of all lines. Nothing when they agree.
    public static func difference(in reader: any StoreReader) throws -> Money {
        let lines = try reader.integer("SELECT sum(amount) FROM dues_line WHERE state = 'booked'") ?? 0
        let shares = try reader.integer("SELECT sum(amount) FROM dues_share WHERE state <> 'turned'") ?? 0
        return Money(fen: lines - shares)
    }
}
