/// A campaign for donations (99公益日), as `campaigns` in `config/funds.yaml` has it.
public struct Campaign: Hashable, Sendable {
    /// `charity-2026`
    public var id: String
    /// What people call it.
    public var title: LocalText
    /// The line that the donations go to: its source is `donation`, its purpose what they may be spent on.
    public var line: String
    /// On which days donations are taken.
    public var open: DateRange
    /// A donation of more than this is entered with its amount said twice: a misplaced point makes a thousand a hundred thousand.
    public var confirmAbove = Campaign.standardConfirmAbove

    /// 50,000 yuan.
    public static let standardConfirmAbove = Money(fen: 5_000_000)

    /// A campaign with its line.
    public init(id: String, title: LocalText, line: String, open: DateRange) {
        self.id = id
        self.title = title
        self.line = line
        self.open = open
    }
}

/// What is handed in with a donation.
public struct NewDonation: Hashable, Sendable {
    /// The bank's or the platform's own number.
    public var reference: String
    /// nil: nobody knows who gave it.
    public var donor: String?
    /// Whether the donor asked not to be named.
    public var isAnonymous: Bool
    /// In fen, more than nothing.
    public var amount: Money
    /// The day on which it came in.
    public var receivedOn: CivilDate

    /// A donation as it came in.
    public init(reference: String, donor: String?, isAnonymous: Bool, amount: Money, receivedOn: CivilDate) {
        self.reference = reference
        self.donor = donor
        self.isAnonymous = isAnonymous
        self.amount = amount
        self.receivedOn = receivedOn
    }
}
