/// Tables of donations.
public enum DonationsSchema {
    /// What somebody gave to a campaign.
    public static let donation = Table(
        "donation", key: ["id"], proof: .sealed(zh: "捐款", en: "donation", id: "dn"),
        [
            Column("id", .int), Column("campaign", .text),
            // The bank's or the platform's own number: the same donation is entered once.
            Column("reference", .text),
            // The name as it may be published; null for who asked not to be named, whose name is sealed where it is known.
            Column("donor", .text, nullable: true), Column("donor_sealed", .blob, nullable: true),
            Column("anonymous", .bool, default: .int(0)),
            Column("amount", .int, check: "amount > 0"), Column("fund_line", .text), Column("received_on", .int),
            Column("entered_by", .text), Column("entered_at", .int),
            // received, reversed (entered wrongly)
            Column("state", .text, default: .text("received")), Column("reversed_by", .text, nullable: true),
            Column("reversed_at", .int, nullable: true), Column("reason", .text, nullable: true),
        ], unique: [.init(["campaign", "reference"], where: "state = 'received'")],
        index: [["campaign", "received_on"]])

    /// What a standing order added to the donations of a campaign (配捐); negative: taken back with a reversed one.
    public static let match = Table(
        "donation_match", key: ["id"], proof: .sealed(zh: "配捐", en: "match", id: "dm"),
        [
            Column("id", .int), Column("campaign", .text), Column("donation", .int, nullable: true),
            Column("from_line", .text), Column("into_line", .text), Column("amount", .int, check: "amount <> 0"),
            Column("matched_on", .int),
        ], index: [["campaign"]])

    static let tables = [donation, match]
}

/// What somebody gave.
public enum Donation: Identified { public static let idPrefix = "dn" }
/// What a standing order added.
public enum DonationMatch: Identified { public static let idPrefix = "dm" }
