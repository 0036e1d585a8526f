/// Tables of the double-entry ledger. Entries are only ever inserted; balances are what the entries sum to.
public enum FundsSchema {
    /// In the order in which they are made.
    public static let tables = [fundLine, account, entrySet, entry, numberSeries]

    /// More than any city's money (10^17 fen), less than where 64 bits end: SQLite would turn an overflow into a float.
    static let bound = "BETWEEN -100000000000000000 AND 100000000000000000"

    /// A budget line of a year (`config/funds.yaml`).
    public static let fundLine = Table(
        "fund_line", key: ["id"], proof: .sealed(zh: "预算项目", en: "fund line"),
        [
            Column("id", .text), Column("year", .int), Column("source", .text), Column("purpose", .text),
            // Fen: what was budgeted. What is left stands on the line's accounts.
            Column("amount", .int, check: "amount >= 0"), Column("carry_over", .bool, default: .int(0)),
            // Never written: a line's money is the city's union's.
            Column("organization", .int, nullable: true),
            // Who fills the line up when it runs out, and by how much in its year (兜底).
            Column("backstop_source", .text, nullable: true),
            Column("backstop_cap", .int, check: "backstop_cap >= 0", default: .int(0)),
            // open, carried (its year is closed, what was left stays), closed (it lapsed)
            Column("state", .text, default: .text("open")), Column("version", .int, default: .int(1)),
        ], index: [["year"]])

    /// An account with its balance (``AccountCode``): one for each stage of a line, one for each source.
    public static let account = Table(
        "ledger_account", key: ["id"],
        proof: .sealed(zh: "账户", en: "account of the books", except: ["balance", "version"]),
        [
            Column("id", .int),
            // line/<line>/<stage> or source/<source>
            Column("code", .text), Column("line", .text, nullable: true), Column("stage", .text),
            Column("balance", .int, check: "balance \(bound)", default: .int(0)),
            // The balance may not fall below this; null: it may be anything (a source's contra account).
            Column("floor", .int, nullable: true), Column("version", .int, default: .int(1)),
        ], unique: [["code"]], index: [["line"]], checks: ["floor IS NULL OR balance >= floor"])

    /// Entries that belong together and sum to zero: a voucher (凭证).
    public static let entrySet = Table(
        "entry_set", key: ["id"], proof: .told("money.… events hold every column"),
        [
            // ``EntrySet/id(year:voucher:)``: unique is the number by being the key.
            Column("id", .int), Column("kind", .text),
            // The voucher's number within its year of booking, without gaps.
            Column("year", .int), Column("voucher", .int),
            Column("booked_at", .int), Column("booked_on", .int), Column("effective_on", .int),
            Column("actor", .text), Column("memo", .text), Column("about", .text),
            // The set that this one reverses (红字冲销).
            Column("reverses", .int, nullable: true),
        ], unique: [.init(["reverses"], where: "reverses IS NOT NULL")], index: [["about"]])

    /// An amount on an account, in fen, never nothing: positive is money coming into it.
    public static let entry = Table(
        "entry", key: ["entry_set", "n"], proof: .told("money.… events hold account and amount"),
        [
            Column("entry_set", .int), Column("n", .int), Column("account", .int),
            Column("amount", .int, check: "amount <> 0 AND amount \(bound)"),
        ], index: [["account"]])

    /// Numbers without gaps: vouchers and batches of a year.
    public static let numberSeries = Table(
        "number_series", key: ["name"], proof: .told("vouchers and batches without gaps"),
        [Column("name", .text), Column("last", .int)])
}
