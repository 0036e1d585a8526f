/// Table of what a part of the city entered about people who belong elsewhere.
public enum TransfersSchema {
    /// A row of an import that names somebody whom the importer's part of the city doesn't reach: whoever is over both parts decides
    /// whether they join (decision 0069).
    public static let transfer = Table(
        "transfer", key: ["id"], proof: .sealed(zh: "转会申请", en: "transfer", id: "tr"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)),
            // Whom the register has under the number, what the row calls them, and the union that they are to join.
            Column("person", .int), Column("name", .text), Column("organization", .int),
            // As a membership has it: status, joined_on, left_on, post, number.
            Column("status", .text), Column("joined_on", .int, nullable: true),
            Column("left_on", .int, nullable: true), Column("post", .text, nullable: true),
            Column("number", .text, nullable: true),
            Column("import_batch", .int), Column("asked_by", .text), Column("asked_at", .int),
            // pending, accepted, refused, withdrawn
            Column("state", .text), Column("decided_by", .text, nullable: true),
            Column("decided_at", .int, nullable: true), Column("reason", .text, nullable: true),
        ], unique: [.init(["person", "organization"], where: "state = 'pending'")], index: [["state"]])

    static let tables = [transfer]
}

/// Somebody whom another part of the city enters as its member.
public enum Transfer: Identified { public static let idPrefix = "tr" }
