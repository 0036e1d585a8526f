/// The accounts of a campaign as they may hang on a wall: who gave (but for those who asked not to be named), what was added, what
/// was spent on how many people, what is left.
public struct CampaignAccounts: Hashable, Sendable {
    /// A donor's line, in the order in which the donations came in.
    public struct Gift: Hashable, Sendable {
        /// nil: not named.
        public var donor: String?
        /// In fen.
        public var amount: Money
        /// The day on which it came in.
        public var on: CivilDate
    }

    /// `charity-2026`
    public var campaign: String
    /// Donations with a name that may be told.
    public var gifts: [Gift]
    /// Donations without: how many.
    public var unnamedCount = 0
    /// And how much together.
    public var unnamed = Money.zero
    /// All donations together.
    public var raised: Money
    /// What standing orders added.
    public var matched: Money
    /// Paid from the campaign's lines.
    public var paid: Money
    /// To how many different people.
    public var persons: Int
    /// What the lines still have, promised money included.
    public var left: Money
    /// Money of other years or sources on the same lines, that `left` holds as well.
    public var besides: Money
}

extension Donations {
    /// The lines of a campaign: where its donations lie, and what was added to them.
    static func lines(of campaign: String, in reader: any StoreReader) throws -> [String] {
        try reader.all(
            """
            SELECT fund_line FROM donation WHERE campaign = $1
            UNION SELECT into_line FROM donation_match WHERE campaign = $1 ORDER BY 1
            """, [.text(campaign)]
        ) { $0.text(0) }
    }

    /// The accounts of a campaign up to now. Throws `not_found` where nothing was given to it.
    public static func accounts(of campaign: String, in reader: any StoreReader) throws -> CampaignAccounts {
        var accounts = CampaignAccounts(
            campaign: campaign, gifts: [], raised: .zero, matched: .zero, paid: .zero, persons: 0, left: .zero,
            besides: .zero)
        try reader.forEach(
            """
            SELECT donor, anonymous, amount, received_on FROM donation WHERE campaign = $1 AND state = 'received'
            ORDER BY received_on, id
            """,
            [.text(campaign)]
        ) { row in
            accounts.raised += row.money(2)
            if let donor = row.textOrNil(0), !row.bool(1) {
                accounts.gifts.append(.init(donor: donor, amount: row.money(2), on: row.date(3)))
            } else {
                accounts.unnamedCount += 1
                accounts.unnamed += row.money(2)
            }
            return true
        }
        guard accounts.raised > .zero else {
            throw NiangjiaError(
                .notFound, zh: "活动 \(campaign) 还没有捐款。", en: "Nothing has been given to \(campaign).", place: "/campaign"
            )
        }
        accounts.matched = Money(
            fen: try reader.integer("SELECT sum(amount) FROM donation_match WHERE campaign = $1", [.text(campaign)])
                ?? 0)
        for line in try lines(of: campaign, in: reader) {
            func sum(_ stages: String) throws -> Money {
                Money(
                    fen: try reader.integer(
                        "SELECT sum(balance) FROM ledger_account WHERE line = $1 AND stage IN (\(stages))",
                        [.text(line)]) ?? 0)
            }
            accounts.paid += try sum("'paid'")
            accounts.left += try sum("'available', 'held', 'in_transit', 'owed', 'claim', 'advanced'")
        }
        accounts.besides = accounts.left + accounts.paid - accounts.raised - accounts.matched
        accounts.persons = try persons(of: campaign, in: reader)
        return accounts
    }

    private static func persons(of campaign: String, in reader: any StoreReader) throws -> Int {
        let lines = try lines(of: campaign, in: reader)
        let list = lines.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let count = try reader.integer(
            """
            SELECT COUNT(DISTINCT e.payee) FROM unfolded_entitlement e LEFT JOIN entitlement_split s ON s.entitlement = e.id
            AND e.is_split = 1 WHERE e.payee_kind = 'person' AND e.state IN ('paid', 'clawed_back')
            AND COALESCE(s.fund_line, e.fund_line) IN (\(list))
            """, lines.map { .text($0) })
        return Int(count ?? 0)
    }
}
