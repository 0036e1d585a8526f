/// Tables of grants in instalments.
public enum GrantsSchema {
    /// A grant to an organisation.
    public static let grant = Table(
        "grant_award", key: ["id"], proof: .sealed(zh: "拨付", en: "grant", id: "gr"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)), Column("plan", .text),
            Column("organization", .int), Column("amount", .int, check: "amount > 0"), Column("purpose", .text),
            // proposed, granted, refused, closed
            Column("state", .text), Column("proposed_by", .text), Column("proposed_at", .int),
            Column("approved_by", .text, nullable: true), Column("approved_on", .int, nullable: true),
            Column("use_by", .int, nullable: true), Column("closed_on", .int, nullable: true),
            Column("close_reason", .text, nullable: true),
        ], index: [["organization"], ["state"]])

    /// An instalment: an entitlement of its own, approved when its turn has come.
    public static let instalment = Table(
        "grant_instalment", key: ["grant_award", "n"], proof: .sealed(zh: "拨付分期", en: "instalment of grant", id: "gr"),
        [
            Column("grant_award", .int), Column("n", .int), Column("amount", .int), Column("due_on", .int),
            Column("needs_report", .bool), Column("entitlement", .int),
        ], index: [["entitlement"]])

    /// What an organisation says it did with an instalment.
    public static let report = Table(
        "grant_report", key: ["grant_award", "n", "round"],
        proof: .sealed(zh: "拨付使用报告", en: "use report of grant", id: "gr"),
        [
            Column("grant_award", .int), Column("n", .int), Column("round", .int),
            Column("spent", .int, check: "spent >= 0"),
            Column("note", .text), Column("submitted_by", .text), Column("submitted_at", .int),
            // submitted, accepted, returned
            Column("state", .text), Column("decided_by", .text, nullable: true),
            Column("reason", .text, nullable: true),
        ], unique: [.init(["grant_award", "n"], where: "state IN ('submitted', 'accepted')")])

    static let tables = [grant, instalment, report]
}

/// A grant to an organisation.
public enum Grant: Identified { public static let idPrefix = "gr" }
