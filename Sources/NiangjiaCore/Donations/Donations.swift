/// Donations: taken once, kept on their own line, matched by a standing order, published without those who asked not to be named.
public enum Donations {
    /// What taking a donation did.
    public struct Received: Hashable, Sendable {
        /// The donation.
        public var id: ID<Donation>
        /// What standing orders added now; with what they lacked before where there is room again.
        public var matched: Money
        /// What the orders would add and their lines lack.
        public var unmatched: Money
        /// Whether it had been entered before, and nothing changed.
        public var isKnown: Bool
    }

    /// Takes a donation, and adds what the campaign's standing orders say: `rate` of all donations together, rounded once, up to
    /// `cap`, as far as the order's line has money.
    ///
    /// The same reference twice is one donation. Throws `conflict` where the reference came with another amount or the campaign
    /// takes nothing on that day, `invalid` for an amount that is not positive, one that is unusually large and wasn't said again
    /// (`confirmed`), a day to come, and a name that says nothing.
    public static func receive(
        _ new: NewDonation, for campaign: Campaign, matching: [FundsSettings.Matching], confirmed: Money? = nil,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Received {
        let known = try writer.first(
            "SELECT id, amount FROM donation WHERE campaign = $1 AND reference = $2 AND state = 'received'",
            [.text(campaign.id), .text(new.reference)]
        ) { (id: $0.id(0, Donation.self), amount: $0.money(1)) }
        if let known {
            guard known.amount == new.amount else {
                throw NiangjiaError(
                    .conflict, zh: "编号 \(new.reference) 的捐款已登记为 \(known.amount) 元。",
                    en: "The donation \(new.reference) was entered as \(known.amount) yuan.", place: "/reference")
            }
            return Received(id: known.id, matched: .zero, unmatched: .zero, isKnown: true)
        }
        guard new.amount > .zero, !new.reference.isEmpty else {
            throw NiangjiaError(
                .invalid, zh: "捐款金额须大于零,并写明流水号。", en: "A donation needs an amount and a reference.", place: "/amount")
        }
        try check(new, campaign, confirmed, context.today)
        guard campaign.open.contains(new.receivedOn) else {
            throw NiangjiaError(
                .conflict, zh: "\(campaign.title.zh)只接收 \(campaign.open.from) 至 \(campaign.open.to) 的捐款。",
                en: "The campaign takes donations from \(campaign.open.from) to \(campaign.open.to).", place: "/on")
        }
        guard let line = try Ledger.line(campaign.line, in: writer) else { throw Ledger.noLine(campaign.line) }
        let id = context.ids.next(Donation.self)
        try store(new, id, campaign, context, in: writer)
        try Ledger.book(
            EntrySet(
                .donation,
                [.init(.source(line.source), -new.amount), .init(.line(line.id, .available), new.amount)],
                memo: "捐款 \(campaign.title.zh)", about: id.text, effectiveOn: new.receivedOn),
            details: ["campaign": .text(campaign.id), "anonymous": .bool(new.isAnonymous)], context, in: writer)
        var received = Received(id: id, matched: .zero, unmatched: .zero, isKnown: false)
        for order in matching where order.campaign == campaign.id {
            let (added, lacking) = try match(order, campaign, for: id, context, in: writer)
            received.matched += added
            received.unmatched += lacking
        }
        return received
    }

    /// Refuses what is most probably a slip.
    private static func check(
        _ new: NewDonation, _ campaign: Campaign, _ confirmed: Money?, _ today: CivilDate
    ) throws {
        if let donor = new.donor, donor.allSatisfy(\.isWhitespace) {
            throw NiangjiaError(
                .invalid, zh: "捐款人姓名是空的:不知道是谁的,不写捐款人;不愿公布姓名的,写上姓名并注明匿名。",
                en:
                    "The donor's name is empty: leave the donor out where nobody knows, or write the name and say that it isn't to be told.",
                place: "/donor")
        }
        guard new.receivedOn <= today else {
            throw NiangjiaError(
                .invalid, zh: "到账日期 \(new.receivedOn) 在今天(\(today))之后:请核对,到账后再登记。",
                en: "The day, \(new.receivedOn), is after today (\(today)): check it, or enter it when it came in.",
                place: "/on")
        }
        guard new.amount > campaign.confirmAbove, confirmed != new.amount else { return }
        throw NiangjiaError(
            .invalid,
            zh:
                "金额 \(new.amount) 元超过 \(campaign.confirmAbove) 元(config/funds.yaml 的 confirm_above):请核对银行回单,确认无误的,再写一遍金额 --confirm-amount \(new.amount.yuan)。",
            en:
                "\(new.amount) yuan are more than \(campaign.confirmAbove) (confirm_above in config/funds.yaml): look at the bank's paper, and say the amount again where it is right: --confirm-amount \(new.amount.yuan).",
            place: "/confirm_amount")
    }

    /// What was given to a campaign, less what was entered wrongly.
    static func given(to campaign: String, in reader: any StoreReader) throws -> Int64 {
        try reader.integer(
            "SELECT sum(amount) FROM donation WHERE campaign = $1 AND state = 'received'", [.text(campaign)]) ?? 0
    }

    private static func store(
        _ new: NewDonation, _ id: ID<Donation>, _ campaign: Campaign, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let sealed =
            try new.isAnonymous
            ? new.donor.map {
                try context.crypto.seal(Array($0.utf8), purpose: .personal, context: sealContext(id))
            } : nil
        try writer.insert(
            into: "donation",
            columns: [
                "id", "campaign", "reference", "donor", "donor_sealed", "anonymous", "amount", "fund_line",
                "received_on",
                "entered_by", "entered_at",
            ],
            values: [
                .id(id), .text(campaign.id), .text(new.reference), .optional(new.isAnonymous ? nil : new.donor),
                .optional(sealed), .bool(new.isAnonymous), .money(new.amount), .text(campaign.line),
                .date(new.receivedOn), .text(context.actor), .instant(context.now),
            ])
    }

    /// What authenticates a sealed name: it belongs to this donation.
    static func sealContext(_ id: ID<Donation>) -> [UInt8] { Array("donation/\(id.rawValue)".utf8) }

    /// Adds what an order owes by now: of all donations together, so that the order of their coming changes nothing.
    private static func match(
        _ order: FundsSettings.Matching, _ campaign: Campaign, for donation: ID<Donation>, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> (added: Money, lacking: Money) {
        guard let into = order.into else { return (.zero, .zero) }
        guard let from = try Ledger.line(order.from, in: writer), let target = try Ledger.line(into, in: writer) else {
            throw Ledger.noLine(order.from)
        }
        guard from.source == target.source else {
            throw NiangjiaError(
                .configuration, zh: "配捐的两个资金项目来源不同(\(from.id)、\(into)),不得混用。",
                en: "The lines of the matching order are of two sources (\(from.id), \(into)): they never mix.",
                place: "config/funds.yaml")
        }
        let given =
            try given(to: campaign.id, in: writer)
        let before = try writer.integer(
            "SELECT sum(amount) FROM donation_match WHERE campaign = $1 AND from_line = $2 AND into_line = $3",
            [.text(campaign.id), .text(order.from), .text(into)])
        let owed = min(order.rate.of(Money(fen: given)), order.cap) - Money(fen: before ?? 0)
        guard owed > .zero else { return (.zero, .zero) }
        let added = min(owed, try Ledger.balance(of: .line(order.from, .available), in: writer))
        guard added > .zero else { return (.zero, owed) }
        try writer.insert(
            into: "donation_match",
            columns: ["id", "campaign", "donation", "from_line", "into_line", "amount", "matched_on"],
            values: [
                .id(context.ids.next(DonationMatch.self)), .text(campaign.id), .id(donation), .text(order.from),
                .text(into), .money(added), .date(context.today),
            ])
        try Ledger.book(
            EntrySet(
                .donation,
                [.init(.line(order.from, .available), -added), .init(.line(into, .available), added)],
                memo: "配捐 \(campaign.title.zh)", about: donation.text),
            details: ["campaign": .text(campaign.id), "rate": .text(order.rate.description)], context, in: writer)
        return (added, owed - added)
    }
}
