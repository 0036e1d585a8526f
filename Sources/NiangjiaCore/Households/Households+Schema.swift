/// Table of household files (困难职工档案): one household, one file, even where two members qualify.
public enum HouseholdsSchema {
    /// One row a household file.
    public static let household = Table(
        "household", key: ["id"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("id", .int), Column("revision", .int), Column("valid_from", .int), Column("recorded_at", .int),
            // The file's number, kept for life; the applicant may change.
            Column("number", .text),
            // deep, relative, accident, temporary, monitoring, none
            Column("hardship_class", .text),
            // applied, open, monitoring, closed
            Column("file_status", .text),
            Column("opened_on", .int, nullable: true), Column("exited_on", .int, nullable: true),
            Column("size", .int, nullable: true), Column("is_single_parent", .bool, default: .int(0)),
            // Fen a year.
            Column("yearly_income", .int, nullable: true), Column("rigid_expenses", .int, nullable: true),
            Column("organization", .int, nullable: true), Column("area", .text, nullable: true),
        ], unique: [["number"]], index: [["organization"], ["valid_from"]], countsChanges: true)
}

/// A household and its hardship file.
public enum Household: Identified {
    /// `h-…`.
    public static let idPrefix = "h"

    /// The household that a person belongs to; nil: none, or nobody has that id.
    static func of(_ person: ID<Person>, in reader: any StoreReader) throws -> ID<Household>? {
        try reader.first("SELECT household FROM person WHERE id = $1", [.id(person)]) { $0.idOrNil(0) } ?? nil
    }

    /// Those of a household for whom its file speaks as for children: whoever is neither its head nor a spouse or parent.
    static func children(of household: ID<Household>, in reader: any StoreReader) throws -> Set<ID<Person>> {
        Set(
            try reader.all(
                "SELECT id FROM person WHERE household = $1 AND COALESCE(household_role, '') NOT IN ('head', 'spouse', 'parent')",
                [.id(household)]
            ) { $0.id(0) })
    }
}
