/// Donations that were entered wrongly, and the list of those that were entered.
extension Donations {
    /// A donation as it was entered.
    public struct Entered: Hashable, Sendable {
        /// The donation.
        public var id: ID<Donation>
        /// The bank's or the platform's own number.
        public var reference: String
        /// nil: not known, or not to be named.
        public var donor: String?
        /// In fen.
        public var amount: Money
        /// The day on which it came in.
        public var on: CivilDate
        /// Who entered it.
        public var by: String
        /// Whether it was reversed.
        public var isReversed: Bool
    }

    /// What reversing a donation did.
    public struct Reversed: Hashable, Sendable {
        /// What the donation was.
        public var amount: Money
        /// What was taken back of what standing orders had added.
        public var unmatched: Money
    }

    /// The donations of a campaign in the order in which they were entered, reversed ones included.
    ///
    /// - Parameters:
    ///   - after: goes on behind this one.
    ///   - limit: so many at most.
    public static func list(
        of campaign: String, after: ID<Donation>? = nil, limit: Int = 1_000_000, in reader: any StoreReader
    ) throws -> [Entered] {
        try reader.all(
            """
            SELECT id, reference, donor, amount, received_on, entered_by, state FROM donation
            WHERE campaign = $1 AND id > $2 ORDER BY id LIMIT $3
            """, [.text(campaign), .int(after?.rawValue ?? .min), .int(Int64(limit))]
        ) { row in
            Entered(
                id: row.id(0), reference: row.text(1), donor: row.textOrNil(2), amount: row.money(3), on: row.date(4),
                by: row.text(5), isReversed: row.text(6) == "reversed")
        }
    }

    /// Takes back a donation that was entered wrongly, with what it had made standing orders add; its reference may be entered
    /// again. A second person does it: else a donation could be made to disappear by who took it in.
    ///
    /// Throws `not_found`, `conflict` where it was reversed already or its money has been granted or paid, `forbidden` for who
    /// entered it.
    public static func reverse(
        _ id: ID<Donation>, reason: String, matching: [FundsSettings.Matching], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Reversed {
        let found = try writer.first(
            "SELECT campaign, amount, fund_line, entered_by, state FROM donation WHERE id = $1", [.id(id)]
        ) { (campaign: $0.text(0), amount: $0.money(1), line: $0.text(2), by: $0.text(3), state: $0.text(4)) }
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有这笔捐款:\(id)。", en: "There is no donation \(id).", place: "/donation")
        }
        let actors = try AccountPersons.expand([found.by], in: writer)
        guard !actors.contains(context.actor) else {
            throw NiangjiaError(
                .forbidden, zh: "登记捐款的人不能自己冲销:须由另一人登录办理。",
                en: "Who entered a donation can't reverse it: another person signs in.")
        }
        try expect(found.amount, on: found.line, in: writer)
        let changed = try writer.execute(
            """
            UPDATE donation SET state = 'reversed', reversed_by = $1, reversed_at = $2, reason = $3
            WHERE id = $4 AND state = 'received'
            """, [.text(context.actor), .instant(context.now), .text(reason), .id(id)])
        guard changed == 1 else {
            throw NiangjiaError(
                .conflict, zh: "这笔捐款(\(id))已经冲销过。", en: "The donation \(id) has been reversed already.",
                place: "/donation")
        }
        guard let source = try Ledger.line(found.line, in: writer)?.source else { throw Ledger.noLine(found.line) }
        let original = try writer.first(
            "SELECT id FROM entry_set WHERE about = $1 AND kind = 'donation' ORDER BY id LIMIT 1", [.text(id.text)]
        ) { $0.id(0, EntrySet.self) }
        try Ledger.book(
            EntrySet(
                .donation, [.init(.line(found.line, .available), -found.amount), .init(.source(source), found.amount)],
                memo: "冲销捐款(红字)", about: id.text), reversing: original,
            details: ["campaign": .text(found.campaign), "reason": .text(reason)], context, in: writer)
        return Reversed(
            amount: found.amount,
            unmatched: try unmatch(found.campaign, id, matching: matching, context, in: writer))
    }

    /// Takes back what standing orders added beyond what they owe for the donations that are left.
    private static func unmatch(
        _ campaign: String, _ donation: ID<Donation>, matching: [FundsSettings.Matching], _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> Money {
        let given = Money(fen: try given(to: campaign, in: writer))
        let added = try writer.all(
            """
            SELECT from_line, into_line, sum(amount), sum(CASE WHEN donation = $2 THEN amount ELSE 0 END)
            FROM donation_match WHERE campaign = $1 GROUP BY from_line, into_line ORDER BY 1, 2
            """, [.text(campaign), .id(donation)]
        ) { (from: $0.text(0), into: $0.text(1), all: $0.money(2), own: $0.money(3)) }
        var sum = Money.zero
        for one in added {
            let order = matching.first { $0.campaign == campaign && $0.from == one.from && $0.into == one.into }
            // An order that is gone added what it added: what came with this donation goes with it.
            let back = order.map { max(.zero, one.all - min($0.rate.of(given), $0.cap)) } ?? max(.zero, one.own)
            guard back > .zero else { continue }
            try expect(back, on: one.into, in: writer)
            try writer.insert(
                into: "donation_match",
                columns: ["id", "campaign", "donation", "from_line", "into_line", "amount", "matched_on"],
                values: [
                    .id(context.ids.next(DonationMatch.self)), .text(campaign), .id(donation), .text(one.from),
                    .text(one.into), .money(-back), .date(context.today),
                ])
            try Ledger.book(
                EntrySet(
                    .donation,
                    [.init(.line(one.into, .available), -back), .init(.line(one.from, .available), back)],
                    memo: "冲销配捐(红字)", about: donation.text), details: ["campaign": .text(campaign)], context,
                in: writer)
            sum += back
        }
        return sum
    }

    private static func expect(_ amount: Money, on line: String, in reader: any StoreReader) throws {
        let there = try Ledger.balance(of: .line(line, .available), in: reader)
        guard there < amount else { return }
        throw NiangjiaError(
            .conflict,
            zh:
                "不能冲销:资金项目 \(line) 可用 \(there) 元,要退 \(amount) 元,其余 \(amount - there) 元已经预留或支付。请先撤销相应的核定,或从同一来源补足该项目。",
            en:
                "It can't be reversed: \(line) has \(there) yuan and \(amount) would go back; the other \(amount - there) are granted or paid. Take those grants back first, or put money of the same source there."
        )
    }
}
