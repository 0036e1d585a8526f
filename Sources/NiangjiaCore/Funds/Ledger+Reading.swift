/// A line of the budget execution (预算执行): where its money stands, in fen. All stages together are what it was given.
public struct LineStatement: Hashable, Sendable {
    /// The line as it was last set up.
    public var line: FundLine
    /// What is in each stage, in fen.
    public var balances: [AccountCode.Stage: Money]

    /// The balance of a stage.
    public subscript(stage: AccountCode.Stage) -> Money { balances[stage] ?? .zero }
}

/// A voucher's entry on a line, as a statement (明细账) lists it.
public struct BookedEntry: Hashable, Sendable {
    /// Which entry of its voucher.
    public var n: Int64
    /// The year of its voucher, that of the day of booking.
    public var year: Int
    /// The voucher's number in its year, from 1 and without gaps.
    public var voucher: Int64
    /// Why money moved, an ``EntrySet/Kind``.
    public var kind: String
    /// The day on which it was booked.
    public var bookedOn: CivilDate
    /// The day from which it counts in the books: its period, which may be an earlier one.
    public var effectiveOn: CivilDate
    /// The account's code (``AccountCode``).
    public var account: String
    /// In fen; positive is money coming into the account.
    public var amount: Money
    /// The voucher's 摘要, in Chinese.
    public var memo: String
    /// What it is about: a case, a run, a batch, a line.
    public var about: String
    /// The account of whoever booked it; `-` for whoever filed a sealed case (``SealedFilers``).
    public var actor: String
}

/// Where an entry stands among all: year, voucher, and which of the voucher's. Outside the store `2026-12-3`.
public struct EntryPlace: Hashable, Sendable {
    /// The year of the voucher.
    public var year: Int64
    /// The voucher's number in its year.
    public var voucher: Int64
    /// Which entry of the voucher, from 0 or 1 as it was booked.
    public var n: Int64

    /// A place; nothing is looked up.
    public init(year: Int64, voucher: Int64, n: Int64) {
        self.year = year
        self.voucher = voucher
        self.n = n
    }

    /// Reads ``text``; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count == 3, let year = parts[0], let voucher = parts[1], let n = parts[2] else { return nil }
        self.init(year: year, voucher: voucher, n: n)
    }

    /// `2026-12-3`
    public var text: String { "\(year)-\(voucher)-\(n)" }
}

extension BookedEntry {
    /// Its voucher, as ``Ledger/reverse(_:memo:_:in:)`` takes it.
    public var set: ID<EntrySet> { EntrySet.id(year: year, voucher: voucher) }

    /// Where it stands among all.
    public var place: EntryPlace { EntryPlace(year: Int64(year), voucher: voucher, n: n) }
}

extension Ledger {
    /// The balance of an account; nothing when there is no such account.
    public static func balance(of account: AccountCode, in reader: any StoreReader) throws -> Money {
        Money(
            fen: try reader.integer("SELECT balance FROM ledger_account WHERE code = $1", [.text(account.rawValue)])
                ?? 0)
    }

    /// What may still be granted from each line: what is available, and what its backstop would add.
    ///
    /// Throws `not_found` for a line that isn't set up.
    public static func available(lines: [String], in reader: any StoreReader) throws -> [String: Money] {
        var found: [String: Money] = [:]
        for line in lines {
            let sum = try reader.integer(
                "SELECT sum(balance) FROM ledger_account WHERE line = $1 AND stage IN ('available', 'backstop')",
                [.text(line)])
            guard let sum else { throw noLine(line) }
            found[line] = Money(fen: sum)
        }
        return found
    }

    /// Budget execution of all lines, or of one year's.
    public static func statement(year: Int? = nil, in reader: any StoreReader) throws -> [LineStatement] {
        try lines(in: reader).filter { year == nil || $0.year == year }.map { line in
            let balances = try reader.all(
                "SELECT stage, balance FROM ledger_account WHERE line = $1", [.text(line.id)]
            ) { (AccountCode.Stage(rawValue: $0.text(0)), $0.money(1)) }
            return LineStatement(
                line: line,
                balances: Dictionary(
                    balances.compactMap { stage, balance in stage.map { ($0, balance) } }, uniquingKeysWith: +))
        }
    }

    /// The entries on a line's accounts from the newest backwards, those that come after one in that order where given.
    public static func entries(line: String, after: EntryPlace? = nil, limit: Int = 100, in reader: any StoreReader)
        throws -> [BookedEntry]
    {
        let place = after ?? EntryPlace(year: .max, voucher: .max, n: .max)
        return try reader.all(
            """
            SELECT e.n, s.year, s.voucher, s.kind, s.booked_on, s.effective_on, a.code, e.amount, s.memo, s.about,
              s.actor
            FROM entry e JOIN ledger_account a ON a.id = e.account JOIN entry_set s ON s.id = e.entry_set
            WHERE a.line = $1 AND (s.year < $2 OR s.year = $2 AND (s.voucher < $3 OR s.voucher = $3 AND e.n > $4))
            ORDER BY s.year DESC, s.voucher DESC, e.n LIMIT $5
            """, [.text(line), .int(place.year), .int(place.voucher), .int(place.n), .int(Int64(limit))]
        ) { row in
            BookedEntry(
                n: row.int(0), year: Int(row.int(1)), voucher: row.int(2), kind: row.text(3), bookedOn: row.date(4),
                effectiveOn: row.date(5), account: row.text(6), amount: row.money(7), memo: row.text(8),
                about: row.text(9), actor: row.text(10))
        }.map { entry in
            var told = entry
            told.actor = try SealedFilers.actor(entry.actor, about: entry.about, in: reader)
            return told
        }
    }

    static func noLine(_ line: String) -> NiangjiaError {
        NiangjiaError(
            .notFound, zh: "没有资金项目“\(line)”,请先在 funds.yaml 里设立。",
            en: "There is no fund line “\(line)”: set it up in funds.yaml first.")
    }
}
