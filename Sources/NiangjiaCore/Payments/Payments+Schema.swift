/// Tables of what people are entitled to and of the payments that fulfil it.
public enum PaymentsSchema {
    public static let tables = [
        entitlementRow, entitlementTerms, entitlementSplit, moneyQueue, payment, payBatch, payLine, bankAnswer,
        accountConfirmation,
    ]
    static let views = [unfolded, entitlement]

    /// Money, goods or a fee that came of a decision: what is its own. Read as ``entitlement``.
    public static let entitlementRow = Table(
        "entitlement_row", key: ["id"], proof: .sealed(zh: "待遇", en: "entitlement", id: "ent"),
        [
            Column("id", .int), Column("terms", .int), Column("decision", .int),
            Column("case_id", .int, nullable: true),
            // The element of the case (a child, a member of a unit's list), and the part of its grant.
            Column("case_line", .int, default: .int(0)), Column("part", .text, default: .text("")),
            // money, goods, fee
            Column("kind", .text), Column("payee", .int, nullable: true),
            Column("amount", .int, check: "amount > 0"),
            // Grows with each approved correction of the amount. What was paid stays as it is: a supplement to it is a row of
            // its own, the next revision of the entitlement that it names.
            Column("revision", .int, default: .int(1)), Column("revises", .int, nullable: true),
            // queued (nothing is held of it yet), held, approved, batched, exported, paid, failed, delivered, released, clawed_back
            Column("state", .text, default: .text("held")), Column("version", .int, default: .int(1)),
            // Fen claimed back after payment (追回), and what came in of that.
            Column("claimed", .int, default: .int(0)), Column("recovered", .int, default: .int(0)),
        ], unique: [["decision", "case_line", "part"], .init(["revises", "revision"], where: "revises IS NOT NULL")],
        index: [
            .init(["case_id"], where: "case_id IS NOT NULL"),
            // Who owes a fee is looked up by who pays it.
            .init(["payee"], where: "kind = 'fee'"),
        ],
        checks: ["claimed >= recovered AND recovered >= 0 AND claimed <= amount"])

    /// What entitlements that were made together have in common, once. Its id is that of the first of them.
    public static let entitlementTerms = Table(
        "entitlement_terms", key: ["id"], proof: .sealed(zh: "待遇条款", en: "terms of entitlements", id: "ent"),
        [
            // Ids of the entitlements: all that have these terms lie between.
            Column("id", .int), Column("last", .int),
            // person, organization, supplier, stock; for a fee, who pays it
            Column("payee_kind", .text),
            // The first or only line that it is paid from; `entitlement_split` tells all of them where `is_split`.
            Column("fund_line", .text), Column("is_split", .bool, default: .int(0)),
            Column("program", .text), Column("series", .text), Column("on_date", .int),
        ], index: [["program"]])

    /// Entitlements that something has happened to, or that never were folded, with their terms.
    ///
    /// Whatever has been in a batch, paid, delivered, released or claimed back is here: whoever looks for those asks this, which
    /// is found by any of its columns' indexes.
    static let unfolded = View("unfolded_entitlement", "\(unfoldedColumns) \(unfoldedRows)")

    /// All entitlements. What a run grants lies folded in its decision at first, under the decision's id: a row is written when
    /// something happens to it (``Entitlements/unfold(_:in:)``).
    static let entitlement = View(
        "entitlement",
        """
        \(unfoldedColumns), CAST(0 AS INTEGER) AS is_folded \(unfoldedRows)
        UNION ALL
        \(folded("r.case_id")) FROM decision_row r JOIN decision_terms t ON \(DecisionsSchema.termsOfRow)
        WHERE r.is_folded = 1
        UNION ALL
        \(folded("CAST(NULL AS INTEGER)")) FROM packed_decision r JOIN decision_terms t ON \(DecisionsSchema.termsOfRow)
        WHERE t.entitled IS NOT NULL
        """)

    private static func folded(_ caseID: String) -> String {
        """
        SELECT r.id, r.id, \(caseID), r.line, CAST('' AS TEXT), t.entitled, r.subject, t.amount, CAST(1 AS INTEGER),
        CAST(NULL AS INTEGER), t.entitled_state,
        CAST(CASE WHEN t.entitled_state = 'approved' THEN 2 ELSE 1 END AS INTEGER), CAST(0 AS INTEGER),
        CAST(0 AS INTEGER), t.payee_kind, t.fund_line, CAST(0 AS INTEGER), t.program, t.series, t.on_date,
        CAST(1 AS INTEGER)
        """
    }

    private static let unfoldedColumns = """
        SELECT r.id AS id, r.decision AS decision, r.case_id AS case_id, r.case_line AS case_line, r.part AS part,
        r.kind AS kind, r.payee AS payee, r.amount AS amount, r.revision AS revision, r.revises AS revises,
        r.state AS state, r.version AS version, r.claimed AS claimed, r.recovered AS recovered,
        t.payee_kind AS payee_kind, t.fund_line AS fund_line, t.is_split AS is_split, t.program AS program,
        t.series AS series, t.on_date AS on_date
        """
    private static let unfoldedRows =
        "FROM entitlement_row r JOIN entitlement_terms t ON t.id = r.terms AND r.id >= t.id AND r.id <= t.last"

    /// Restricted money never mixes: where an entitlement is paid from more than one line, what each of them gives.
    public static let entitlementSplit = Table(
        "entitlement_split", key: ["entitlement", "n"],
        proof: .sealed(zh: "待遇的资金拆分", en: "split of entitlement", id: "ent"),
        [
            Column("entitlement", .int), Column("n", .int), Column("fund_line", .text),
            Column("amount", .int, check: "amount >= 0"),
            Column("claimed", .int, default: .int(0)), Column("recovered", .int, default: .int(0)),
        ], index: [["fund_line"]], checks: ["claimed >= recovered AND recovered >= 0 AND claimed <= amount"])

    /// In which order entitlements that wait for money are served: since when, then rank, then as it was drawn among equals of a run,
    /// then as they were made. Whether one still waits its own state says, and `ended_at` spares looking at those who don't.
    public static let moneyQueue = Table(
        "money_queue", key: ["entitlement"], proof: .sealed(zh: "资金排队", en: "place in the queue", id: "ent"),
        [
            Column("entitlement", .int), Column("program", .text), Column("form", .text),
            // When it was decided; of a run, when that began.
            Column("since", .int), Column("rank", .int), Column("drawn", .text),
            // Parts of a decision follow each other: whoever is told their turn counts the last ones before them.
            Column("is_last", .bool),
            // When it was served or taken back.
            Column("ended_at", .int, nullable: true),
        ],
        index: [
            .init(["program", "form", "since", "rank", "drawn", "entitlement", "is_last"], where: "ended_at IS NULL")
        ])

    /// One attempt to pay. Its identity is unique: an attempt grows only after the bank confirmed a failure, a revision only
    /// by an approved correction (decision 0037).
    public static let payment = Table(
        "payment", key: ["id"], proof: .sealed(zh: "支付", en: "payment", id: "pay"),
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
        index: [
            ["batch"], .init(["batch"], where: failed), .init(["resolved_at"], where: "state = 'returned'"),
        ])

    /// Payments whose money didn't stay with the payee.
    static let failed = "state IN ('failed', 'returned')"

    /// A batch for the bank (代发).
    public static let payBatch = Table(
        "pay_batch", key: ["id"], proof: .sealed(zh: "代发批次", en: "batch", id: "bat"),
        [
            Column("id", .int), Column("year", .int), Column("number", .int), Column("program", .text),
            // building, built, checked, approved, exported, settled, void
            Column("state", .text), Column("version", .int, default: .int(1)),
            Column("line_count", .int), Column("total", .int),
            Column("built_by", .text), Column("built_at", .int),
            Column("approved_by", .text, nullable: true), Column("approved_at", .int, nullable: true),
            // The lines whose payees were known to have died when it was approved: their numbers, rising, with commas.
            Column("approved_deceased", .text, nullable: true),
            Column("exported_by", .text, nullable: true), Column("exported_at", .int, nullable: true),
            // SM3 of what was exported, and the name and digest of the bank's file.
            Column("digest", .blob, nullable: true),
            Column("file_name", .text, nullable: true), Column("file_digest", .blob, nullable: true),
            Column("settled_at", .int, nullable: true),
            // Up to which line they have followed the batch to its state; null: all of them have.
            Column("followed", .int, nullable: true),
        ],
        // A program has at most one that is being built.
        unique: [["year", "number"], .init(["program"], where: "state = 'building'")],
        index: [["state"], ["program"], .init(["followed"], where: "followed IS NOT NULL")])

    /// A line of a batch, with the account as it was when the batch was built.
    public static let payLine = Table(
        "pay_line", key: ["batch", "n"], proof: .sealed(zh: "代发批次明细", en: "line of batch", id: "bat"),
        [
            Column("batch", .int), Column("n", .int), Column("payment", .int), Column("amount", .int),
            Column("account_mac", .blob), Column("account_sealed", .blob), Column("account_name", .text),
            Column("bank_name", .text, nullable: true), Column("remark", .text),
            // a state of ``Payment``: batched, exported, paid, failed, returned, void
            Column("state", .text), Column("message", .text, nullable: true),
            Column("resolved_at", .int, nullable: true),
            // The bank had called it failed before it paid it after all: an older answer of the bank's is no contradiction.
            Column("is_late", .bool, default: .int(0)),
        ], unique: [.init(["payment"], where: "state <> 'void'")], index: [["payment"]])

    /// Files of the bank's that were taken as its answer about a batch: the same file isn't another batch's answer.
    public static let bankAnswer = Table(
        "bank_answer", key: ["batch", "digest"], proof: .sealed(zh: "银行回单", en: "bank's answer", id: "bat"),
        [
            // SM3 (GB/T 32905) of the file as it came.
            Column("batch", .int), Column("digest", .blob), Column("taken_by", .text), Column("taken_at", .int),
            // Whoever entered it said that the bank answered another batch in the same bytes.
            Column("is_alike", .bool, default: .int(0)),
        ], unique: [.init(["digest"], where: "is_alike = 0")], index: [["digest"]])

    /// Accounts that their owners have said are theirs, after they had changed beside a payment.
    public static let accountConfirmation = Table(
        "account_confirmation", key: ["payee_kind", "payee", "account_mac"],
        proof: .sealed(zh: "收款账号确认", en: "account confirmation"),
        [
            Column("payee_kind", .text), Column("payee", .int), Column("account_mac", .blob),
            Column("confirmed_by", .text), Column("confirmed_at", .int), Column("how", .text),
        ])
}
