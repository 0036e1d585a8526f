/// Tables of closed periods: what nothing is booked into any more.
public enum PeriodsSchema {
    /// A month or year whose books are closed, for ever.
    public static let periodClose = Table(
        "period_close", key: ["period"], proof: .sealed(zh: "结账", en: "closed period"),
        [
            // 2026-07 or 2026
            Column("period", .text), Column("from_on", .int), Column("to_on", .int), Column("closed_by", .text),
            Column("closed_at", .int),
            // Whose decision it was, in words: the minutes of a meeting, the number of a paper.
            Column("decision", .text),
            // SM3 over every account's balance at its end.
            Column("digest", .text),
        ], index: [["to_on"]])

    /// What became of each hold that was open when its year was closed.
    public static let holdClosing = Table(
        "hold_closing", key: ["period", "entitlement"], proof: .sealed(zh: "结账时的预留", en: "hold of closed period"),
        [
            Column("period", .text), Column("entitlement", .int), Column("amount", .int),
            // carried, lapsed
            Column("fate", .text),
        ], index: [["entitlement"]])

    /// In the order in which they are made.
    public static let tables = [periodClose, holdClosing]
}
