/// Tables of persons and memberships. The base is the person; membership is a relation to an organisation.
public enum PeopleSchema {
    /// Identifiers are sealed (`*_sealed`, ``KeyPurpose/personal``) and found by keyed hashes (`*_mac`, ``KeyPurpose/lookup``).
    public static let person = Table(
        "person", key: ["id"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("id", .int), Column("revision", .int),
            // The day from which this version is true, and when the host learned of it.
            Column("valid_from", .int), Column("recorded_at", .int),
            Column("name", .text),
            // resident_id, hk_macao_tw_permit, passport, foreign_permanent_resident, incomplete
            Column("id_type", .text), Column("id_mac", .blob, nullable: true),
            Column("id_sealed", .blob, nullable: true),
            Column("birth_date", .int, nullable: true), Column("sex", .text, nullable: true),
            Column("mobile_mac", .blob, nullable: true), Column("mobile_sealed", .blob, nullable: true),
            Column("card_mac", .blob, nullable: true), Column("card_sealed", .blob, nullable: true),
            Column("card_holder", .text, nullable: true), Column("bank_name", .text, nullable: true),
            // courier, rider, truck_driver, ride_hail, domestic, livestream, sanitation, construction, factory, office, …
            Column("occupation", .text, nullable: true),
            // outdoor, high_temp_indoor, key_project, emergency_duty, office_air_conditioned
            Column("exposure", .text, nullable: true),
            Column("employment_form", .text, nullable: true), Column("skill_level", .text, nullable: true),
            Column("is_migrant", .bool, default: .int(0)), Column("hukou_area", .text, nullable: true),
            Column("employer", .int, nullable: true),
            Column("household", .int, nullable: true),
            // head, spouse, child, parent, other
            Column("household_role", .text, nullable: true),
            Column("verified", .bool, default: .int(0)),
            // See ``Person/Status``.
            Column("status", .text, default: .text(Person.Status.active.rawValue)),
            // The day of their death, where it was told (``Death``).
            Column("died_on", .int, nullable: true),
        ],
        unique: [.init(["id_mac"], where: "id_mac IS NOT NULL")],
        index: [
            ["household"], ["mobile_mac"], ["card_mac"], ["employer"], ["valid_from"],
            // Whose number is still to be completed: few, asked for by each import.
            .init(["birth_date"], where: "id_type = 'incomplete'"),
        ], countsChanges: true)

    /// A person's membership of a union. One primary membership at a time.
    public static let membership = Table(
        "membership", key: ["person", "organization"],
        proof: .open("registers keep their own history; what a decision read of them is in its call"),
        [
            Column("person", .int), Column("organization", .int), Column("revision", .int),
            Column("valid_from", .int), Column("recorded_at", .int),
            // applied, active, transferring, reserved, lapsed, left, deceased
            Column("status", .text), Column("is_primary", .bool), Column("joined_on", .int, nullable: true),
            Column("left_on", .int, nullable: true), Column("post", .text, nullable: true),
            Column("number", .text, nullable: true),
        ],
        unique: [.init(["person"], where: "is_primary = 1 AND " + Membership.stands)],
        index: [["organization", "status"], ["valid_from"]], countsChanges: true)
}

/// A natural person: member, outdoor worker, relative or child.
public enum Person: Identified {
    /// `p-…`.
    public static let idPrefix = "p"

    /// Whether somebody lives, or is somebody else of the register.
    public enum Status: String, Sendable, CaseIterable { case active, deceased, merged }
}
