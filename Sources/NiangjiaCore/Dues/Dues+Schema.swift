/// Tables of union dues.
public enum DuesSchema {
    /// A line of the tax bureau's files: money that came in for a payer and a period, or was taken back.
    public static let line = Table(
        "dues_line", key: ["id"], proof: .sealed(zh: "经费明细", en: "dues line", id: "dl"),
        [
            Column("id", .int),
            // What makes a line the same when it is sent again: its serial number, else payer, period, amount, day and count.
            Column("key", .text), Column("serial", .text, nullable: true),
            Column("credit_code", .text), Column("payer", .text),
            // `2026-03` or `2026-01..2026-03`
            Column("period", .text), Column("payroll", .int, nullable: true), Column("due", .int),
            Column("amount", .int, check: "amount <> 0"), Column("received_on", .int), Column("year", .int),
            // The payer's union; null while nobody knows it.
            Column("organization", .int, nullable: true),
            // booked, suspense, unmatched (a negative line that waits, not booked), dropped (one that a person said takes nothing
            // back), undone (its file was taken by mistake)
            Column("state", .text),
            // The line that a negative one takes back; of an original, how much of it was taken back (fen).
            Column("reverses", .int, nullable: true), Column("reversed", .int, default: .int(0)),
            // The serial number that a negative line names.
            Column("reverses_serial", .text, nullable: true),
            Column("file", .text), Column("place", .text), Column("imported_by", .text), Column("imported_at", .int),
        ], unique: [["key"]], index: [["credit_code", "year"], ["state"], ["received_on"], ["reverses"]],
        checks: ["reversed >= 0"])

    /// A level's part of a line.
    public static let share = Table(
        "dues_share", key: ["dues_line", "n"], proof: .sealed(zh: "经费分成", en: "share of dues line", id: "dl"),
        [
            Column("dues_line", .int), Column("n", .int),
            // basic, federation, county, city, province, national
            Column("level", .text),
            // To whom it is paid; null: it stays.
            Column("organization", .int, nullable: true),
            // Where it stands, and where it belongs.
            Column("fund_line", .text), Column("home_line", .text), Column("amount", .int),
            // free, held (for the end of the year), turned (given back to the basic union instead), claimed (taken back after
            // it was returned: `entitlement` is to give it back), offset (a claim that a later return settled)
            Column("state", .text), Column("entitlement", .int, nullable: true),
        ],
        index: [
            ["organization", "state"], .init(["entitlement"], where: "entitlement IS NOT NULL"),
            // What stands for unions and is on its way to nobody.
            .init(["fund_line", "organization"], where: "entitlement IS NULL AND organization IS NOT NULL"),
        ])

    /// Whose code it is where the registers don't tell: written down when suspense was cleared.
    public static let payer = Table(
        "dues_payer", key: ["credit_code"], proof: .sealed(zh: "经费单位归属", en: "dues payer"),
        [
            Column("credit_code", .text), Column("organization", .int), Column("assigned_by", .text),
            Column("assigned_at", .int), Column("reason", .text),
        ])

    /// A building of returns: what its entitlements came of.
    public static let returning = Table(
        "dues_return", key: ["id"], proof: .sealed(zh: "经费回拨", en: "return of dues", id: "dr"),
        [
            Column("id", .int), Column("through", .int), Column("count", .int), Column("total", .int),
            Column("built_by", .text), Column("built_at", .int),
        ])

    static let tables = [line, share, payer, returning]
}

/// A line of the tax bureau's file.
public enum DuesLine: Identified { public static let idPrefix = "dl" }
/// A building of returns (回拨).
public enum DuesReturn: Identified { public static let idPrefix = "dr" }
