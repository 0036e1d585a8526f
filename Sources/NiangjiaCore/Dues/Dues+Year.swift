/// The end of a year: who has paid little gets everything back (小额缴费全额返还).
extension Dues {
    /// What the end of a year did.
    public struct YearEnd: Hashable, Sendable {
        /// Payers who get their upper shares back.
        public var payers = 0
        /// What that is.
        public var amount = Money.zero
    }

    /// Gives back to the basic unions what waited of small payers: their shares are returned with the next building. Once a year
    /// has ended; a second time finds nothing.
    ///
    /// Throws `conflict` while the year lasts.
    public static func endYear(
        _ year: Int, agreements: [DuesAgreement], _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> YearEnd {
        guard context.today.parts.year > year else {
            throw NiangjiaError(
                .conflict, zh: "\(year) 年还没有结束:年底才知道谁是小额缴费单位。",
                en: "\(year) has not ended: only then is it known who paid little.", place: "/year")
        }
        let payers = try writer.all(
            """
            SELECT l.credit_code, max(l.organization), max(l.received_on) FROM dues_line l
            JOIN dues_share s ON s.dues_line = l.id WHERE l.year = $1 AND s.state = 'held'
            GROUP BY l.credit_code ORDER BY l.credit_code
            """, [.int(Int64(year))]
        ) { (code: $0.text(0), organization: $0.id(1, Organization.self), last: $0.date(2)) }
        var end = YearEnd()
        var moves: [AccountCode: Money] = [:]
        for payer in payers {
            guard let union = try DuesPayer.load(payer.organization, in: writer),
                let agreement = agreements.agreement(on: payer.last, level: union.level),
                let home = agreement.share("basic")?.line
            else { continue }
            var sum = Money.zero
            for share in try DuesShares.held(payer.code, year: year, in: writer) {
                try writer.execute(
                    "UPDATE dues_share SET state = 'turned' WHERE dues_line = $1 AND n = $2 AND state = 'held'",
                    [.int(share.line), .int(share.n)])
                let back = DuesShare(
                    level: "basic", organization: union.id, fundLine: home, homeLine: home, amount: share.amount)
                // Behind all that a line may have been split into.
                try DuesShares.store([back], of: ID(rawValue: share.line), from: 100 + share.n, in: writer)
                moves[.line(share.fundLine, .available), default: .zero] -= share.amount
                moves[.line(home, .available), default: .zero] += share.amount
                sum += share.amount
            }
            end.payers += 1
            end.amount += sum
        }
        let entries = moves.filter { $0.value != .zero }.map { EntrySet.Entry($0.key, $0.value) }
        guard !entries.isEmpty else { return end }
        try Ledger.book(
            EntrySet(.dues, entries, memo: "\(year) 年小额缴费全额返还 \(end.payers) 户", about: "dues"),
            details: ["year": .int(Int64(year)), "payers": .int(Int64(end.payers)), "amount": .int(end.amount.fen)],
            context,
            in: writer)
        return end
    }
}
