/// Tables of what people are entitled to and of the payments that fulfil it.
public enum PaymentsSchema {
    public static let tables = [entitlement, entitlementSplit, payment, payBatch, payLine, accountConfirmation]

    /// What one decision gives (or, as a fee, asks). The ledger holds sums by line; the person's amount stands here.
    public static let entitlement = Table(
        "entitlement", key: ["id"],
        [
            Column("id", .int), Column("decision", .int), Column("case_id", .int, nullable: true),
            // The element of the case (a child, a member of a unit's list), and the part of its grant.
            Column("case_line", .int, default: .int(0)), Column("part", .text, default: .text("")),
            // money, goods, fee
            Column("kind", .text),
            // person, organization, supplier, stock; for a fee, who pays it
            Column("payee_kind", .text), Column("payee", .int, nullable: true),
            Column("amount", .int, check: "amount > 0"),
            // The first or only line that it is paid from; `entitlement_split` tells all of them where `is_split`.
            Column("fund_line", .text), Column("is_split", .bool, default: .int(0)),
            Column("program", .text), Column("series", .text), Column("on_date", .int),
            // Grows with each approved correction of the amount. What was paid stays as it is: a supplement to it is a row of
            // its own, the next revision of the entitlement that it names.
            Column("revision", .int, default: .int(1)), Column("revises", .int, nullable: true),
            // held, approved, batched, exported, paid, failed, delivered, released, clawed_back
            Column("state", .text, default: .text("held")), Column("version", .int, default: .int(1)),
            // Fen claimed back after payment (追回), and what came in of that.
            Column("claimed", .int, default: .int(0)), Column("recovered", .int, default: .int(0)),
        ], unique: [["decision", "case_line", "part"], .init(["revises", "revision"], where: "revises IS NOT NULL")],
        index: [
            .init(["case_id"], where: "case_id IS NOT NULL"), ["program", "state"],
            // Who owes a fee is looked up by who pays it.
            .init(["payee_kind", "payee"], where: "kind = 'fee'"),
        ],
        checks: ["claimed >= recovered AND recovered >= 0 AND claimed <= amount"])

    /// Restricted money never mixes: where an entitlement is paid from more than one line, what each of them gives.
    public static let entitlementSplit = Table(
        "entitlement_split", key: ["entitlement", "n"],
        [
            Column("entitlement", .int), Column("n", .int), Column("fund_line", .text),
            Column("amount", .int, check: "amount >= 0"),
            Column("claimed", .int, default: .int(0)), Column("recovered", .int, default: .int(0)),
        ], index: [["fund_line"]])

    /// One attempt to pay. Its identity is unique: an attempt grows only after the bank confirmed a failure, a revision only
    /// by an approved correction (D5).
    public static let payment = Table(
        "payment", key: ["id"],
        [
            Column("id", .int), Column("entitlement", .int),
            // The instalment, from 1.
            Column("ordinal", .int), Column("revision", .int), Column("attempt", .int),
            Column("amount", .int, check: "amount > 0"), Column("batch", .int, nullable: true),
            // waiting, batched, exported, paid, failed, returned, twice (paid besides another attempt), void
            Column("state", .text), Column("version", .int, default: .int(1)),
            Column("made_at", .int), Column("resolved_at", .int, nullable: true),
            // When the bank said that it was paid; stays where it sends the money back later: a year that is told doesn't change.
            Column("paid_at", .int, nullable: true),
            Column("message", .text, nullable: true),
        ],
        unique: [
            ["entitlement", "ordinal", "revision", "attempt"],
            // At most one of the attempts is under way or has succeeded.
            .init(
                ["entitlement", "ordinal", "revision"], where: "state IN ('waiting', 'batched', 'exported', 'paid')"),
        ],
        // None on the state alone: SQLite would join payments to entitlements by it, one with all.
        index: [["batch"], .init(["resolved_at"], where: "state = 'returned'")])

    /// A batch for the bank (代发).
    public static let payBatch = Table(
        "pay_batch", key: ["id"],
        [
            Column("id", .int), Column("year", .int), Column("number", .int), Column("program", .text),
            // built, checked, approved, exported, settled, void
            Column("state", .text), Column("version", .int, default: .int(1)),
            Column("line_count", .int), Column("total", .int),
            Column("built_by", .text), Column("built_at", .int),
            Column("approved_by", .text, nullable: true), Column("approved_at", .int, nullable: true),
            Column("exported_by", .text, nullable: true), Column("exported_at", .int, nullable: true),
            // SM3 of what was exported, and the name and digest of the bank's file.
            Column("digest", .blob, nullable: true),
            Column("file_name", .text, nullable: true), Column("file_digest", .blob, nullable: true),
            Column("settled_at", .int, nullable: true),
        ], unique: [["year", "number"]], index: [["state"], ["program"]])

    /// A line of a batch, with the account as it was when the batch was built.
    public static let payLine = Table(
        "pay_line", key: ["batch", "n"],
        [
            Column("batch", .int), Column("n", .int), Column("payment", .int), Column("amount", .int),
            Column("account_mac", .blob), Column("account_sealed", .blob), Column("account_name", .text),
            Column("bank_name", .text, nullable: true), Column("remark", .text),
            // batched, exported, paid, failed, void
            Column("state", .text), Column("message", .text, nullable: true),
            Column("resolved_at", .int, nullable: true),
        ], unique: [.init(["payment"], where: "state <> 'void'")], index: [["payment"]])

    /// Accounts that their owners have said are theirs, after they had changed beside a payment.
    public static let accountConfirmation = Table(
        "account_confirmation", key: ["payee_kind", "payee", "account_mac"],
        [
            Column("payee_kind", .text), Column("payee", .int), Column("account_mac", .blob),
            Column("confirmed_by", .text), Column("confirmed_at", .int), Column("how", .text),
        ])
}
