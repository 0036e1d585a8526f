/// Table of organisations: unions of every level, federations, union groups, employers, suppliers.
public enum OrganizationsSchema {
    /// One row an organisation.
    public static let organization = Table(
        "organization", key: ["id"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("id", .int), Column("revision", .int), Column("valid_from", .int), Column("recorded_at", .int),
            // The union's own code, as administrators type it (`990100`); unique.
            Column("code", .text), Column("name", .text),
            Column("parent", .int, nullable: true),
            // The codes from the root down, each followed by a slash (`990100/990101/`): a subtree is a prefix.
            Column("path", .text),
            // city, county, town, basic, group, federation, industry, park, employer, supplier, province
            Column("level", .text),
            // Unified social credit codes (GB 32100): the union's own and the employer's.
            Column("credit_code", .text, nullable: true), Column("employer_credit_code", .text, nullable: true),
            Column("employer_name", .text, nullable: true),
            Column("nature", .text, nullable: true), Column("industry", .text, nullable: true),
            // outdoor, office_air_conditioned, … : the exposure of most of its posts, for visits to a site.
            Column("exposure", .text, nullable: true),
            Column("area", .text, nullable: true),
            Column("employees", .int, nullable: true), Column("member_count", .int, nullable: true),
            Column("founded_on", .int, nullable: true), Column("term_ends_on", .int, nullable: true),
            Column("account_sealed", .blob, nullable: true), Column("account_name", .text, nullable: true),
            Column("bank_name", .text, nullable: true),
            // The check digit failed and a clerk confirmed the code all the same (GB 32100 codes like that were issued).
            Column("code_confirmed", .bool, default: .int(0)),
            // active, suspended, merged, dissolved
            Column("status", .text, default: .text("active")),
        ], unique: [["code"]], index: [["parent"], ["path"], ["credit_code"], ["employer_credit_code"]],
        countsChanges: true)
}

/// A union, federation, union group, employer or supplier.
public enum Organization: Identified { public static let idPrefix = "o" }
