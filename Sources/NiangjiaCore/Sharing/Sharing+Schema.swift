/// Tables of what unions pay each other for members served elsewhere.
public enum SharingSchema {
    /// What one union owes another for a period.
    public static let settlement = Table(
        "sharing_settlement", key: ["id"], proof: .sealed(zh: "分摊结算", en: "sharing settlement", id: "sh"),
        [
            Column("id", .int), Column("from_on", .int), Column("to_on", .int),
            // The members' own union pays the one that served them.
            Column("home", .int), Column("serving", .int), Column("home_line", .text), Column("serving_line", .text),
            Column("cases", .int), Column("visits", .int), Column("cost", .int),
            Column("amount", .int, check: "amount > 0"),
            // proposed, booked, withdrawn
            Column("state", .text), Column("version", .int, default: .int(1)), Column("proposed_by", .text),
            Column("home_confirmed_by", .text, nullable: true), Column("serving_confirmed_by", .text, nullable: true),
            Column("booked_at", .int, nullable: true),
        ], index: [["state"]])

    /// What a settlement counts: each delivery and each visit is shared once.
    public static let item = Table(
        "sharing_item", key: ["kind", "item"], proof: .sealed(zh: "分摊明细", en: "shared item"),
        [
            // case (an entitlement), visit
            Column("kind", .text), Column("item", .int), Column("settlement", .int),
        ], index: [["settlement"]])

    static let tables = [settlement, item]
}

/// What one union owes another for a period.
public enum SharingSettlement: Identified { public static let idPrefix = "sh" }
