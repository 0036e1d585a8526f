/// Suspense (待查): money that came in for somebody whom nobody knew.
extension Dues {
    /// A code in suspense, and what came in for it.
    public struct Suspended: Hashable, Sendable {
        /// The payer's unified social credit code.
        public var creditCode: String
        /// The name under which the bureau knows it.
        public var payer: String
        /// How many lines, less none.
        public var lines: Int
        /// What they sum to, negative lines included.
        public var amount: Money
        /// The day of the first.
        public var since: CivilDate
    }

    /// What waits to be assigned, by code, the oldest first.
    public static func suspense(in reader: any StoreReader) throws -> [Suspended] {
        try reader.all(
            """
            SELECT credit_code, max(payer), count(*), sum(amount), min(received_on) FROM dues_line WHERE state = 'suspense'
            GROUP BY credit_code ORDER BY min(received_on), credit_code
            """
        ) { row in
            Suspended(
                creditCode: row.text(0), payer: row.text(1), lines: Int(row.int(2)), amount: row.money(3),
                since: row.date(4))
        }
    }

    /// A code in suspense belongs to this union: what came in is split by the agreement of its day, and so is what comes. What was split
    /// for another one by assignment, or for an organisation that is no union any more, moves from it, as far as nothing of it has been
    /// returned.
    ///
    /// Throws `conflict` when nothing of it is in suspense, or with another one in that way; `not_found` for an organisation that is
    /// not there, `invalid` for one that is no union, or none any more.
    @discardableResult
    public static func assign(
        _ creditCode: String, to organization: ID<Organization>, reason: String, agreements: [DuesAgreement],
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Assigned {
        let payer = try receiver(organization, in: writer)
        let others = try holders(of: creditCode, besides: payer, in: writer)
        var moves: [AccountCode: Money] = [:]
        var result = Assigned()
        for other in others {
            try unassign(creditCode, from: other, to: payer, agreements, &moves, &result, context, in: writer)
        }
        let lines = try DuesRow.all(
            "credit_code = $1 AND state = 'suspense' ORDER BY received_on, id", [.text(creditCode)], in: writer)
        guard !lines.isEmpty || !others.isEmpty else {
            throw NiangjiaError(
                .conflict, zh: "\(creditCode) 没有待查款项。", en: "Nothing of \(creditCode) is in suspense.",
                place: "/code")
        }
        try writer.execute(
            """
            INSERT INTO dues_payer (credit_code, organization, assigned_by, assigned_at, reason) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (credit_code) DO UPDATE SET organization = $2, assigned_by = $3, assigned_at = $4, reason = $5
            """,
            [.text(creditCode), .id(organization), .text(context.actor), .instant(context.now), .text(reason)])
        for line in lines where line.amount > .zero {
            guard let agreement = agreements.agreement(on: line.receivedOn, level: payer.level) else {
                throw noAgreement(line.receivedOn)
            }
            try place(line, of: payer, agreement, &moves, in: writer)
        }
        // What was taken back of them goes the same way.
        for line in lines where line.amount < .zero { try placeBack(line, agreements, &moves, in: writer) }
        let entries = moves.filter { $0.value != .zero }.map { EntrySet.Entry($0.key, $0.value) }
        result.lines = lines.count
        result.amount = lines.reduce(Money.zero) { $0 + $1.amount }
        let body: Value = [
            "code": .text(creditCode), "organization": .text(payer.code), "lines": .int(Int64(lines.count)),
            "amount": .int(result.amount.fen), "reason": .text(reason), "from": result.from.map { .text($0) } ?? .null,
            "stays": .int(result.stays.fen),
        ]
        if entries.isEmpty {
            try context.record("dues.assigned", about: organization.text, body: body, in: writer)
        } else {
            try Ledger.book(
                EntrySet(
                    .dues, entries, memo: "\(others.isEmpty ? "待查经费转入" : "经费改归") \(payer.code)",
                    about: organization.text),
                details: body,
                context,
                in: writer)
        }
        return result
    }

    /// Who has a code's dues and gives way: whom it was assigned to, and whoever was a union when they came in and is none now.
    private static func holders(
        of creditCode: String, besides payer: DuesPayer, in reader: any StoreReader
    ) throws -> [DuesPayer] {
        let assigned = try reader.first(
            "SELECT organization FROM dues_payer WHERE credit_code = $1", [.text(creditCode)]
        ) { $0.id(0, Organization.self) }
        let booked = try reader.all(
            """
            SELECT DISTINCT l.organization FROM dues_line l
            JOIN dues_share s ON s.dues_line = l.id AND s.organization = l.organization
            LEFT JOIN entitlement_row e ON e.id = s.entitlement WHERE l.credit_code = $1 AND l.state = 'booked'
            AND (e.id IS NULL OR e.state NOT IN ('paid', 'clawed_back')) ORDER BY l.organization
            """, [.text(creditCode)]
        ) { $0.id(0, Organization.self) }
        return try ([assigned].compactMap { $0 } + booked.filter { $0 != assigned }).compactMap { id in
            guard id != payer.id, let one = try DuesPayer.load(id, in: reader) else { return nil }
            return id == assigned || !one.isUnion ? one : nil
        }
    }

    /// The union that dues are assigned to.
    private static func receiver(_ organization: ID<Organization>, in reader: any StoreReader) throws -> DuesPayer {
        guard let payer = try DuesPayer.load(organization, in: reader) else {
            throw NiangjiaError(.notFound, zh: "没有这个组织。", en: "There is no such organisation.")
        }
        try payer.expectUnion(place: "/to")
        let ended = "SELECT 1 FROM organization WHERE id = $1 AND status IN ('merged', 'dissolved')"
        if try reader.integer(ended, [.id(organization)]) != nil {
            throw NiangjiaError(
                .invalid, zh: "工会 \(payer.code) 已合并或撤销,经费请归入承接它的工会。",
                en: "The union \(payer.code) was merged or dissolved: its dues belong to the one that took it over.",
                place: "/to")
        }
        return payer
    }

    private static func place(
        _ line: DuesRow, of payer: DuesPayer, _ agreement: DuesAgreement, _ moves: inout [AccountCode: Money],
        in writer: any StoreWriter
    ) throws {
        try writer.execute(
            "UPDATE dues_line SET state = 'booked', organization = $1 WHERE id = $2 AND state = 'suspense'",
            [.id(payer.id), .id(line.id)])
        let shares = try DuesShares.split(
            line.amount, of: payer, agreement, creditCode: line.creditCode, year: line.year, in: writer)
        try DuesShares.store(shares, of: line.id, from: 1, in: writer)
        moves[.line(agreement.suspenseLine, .available), default: .zero] -= line.amount
        for share in shares { moves[.line(share.fundLine, .available), default: .zero] += share.amount }
        guard let most = agreement.smallPayerBelow, try paid(by: line.creditCode, in: line.year, writer) >= most else {
            return
        }
        for share in try DuesShares.held(line.creditCode, year: line.year, in: writer) {
            try writer.execute(
                "UPDATE dues_share SET state = 'free', fund_line = home_line WHERE dues_line = $1 AND n = $2",
                [.int(share.line), .int(share.n)])
            moves[.line(share.fundLine, .available), default: .zero] -= share.amount
            moves[.line(share.homeLine, .available), default: .zero] += share.amount
        }
    }

    private static func placeBack(
        _ line: DuesRow, _ agreements: [DuesAgreement], _ moves: inout [AccountCode: Money], in writer: any StoreWriter
    ) throws {
        let original = try writer.first("SELECT reverses FROM dues_line WHERE id = $1", [.id(line.id)]) {
            $0.idOrNil(0, DuesLine.self)
        }
        guard let id = original ?? nil, var row = try DuesRow.load(id, in: writer),
            let agreement = agreements.agreement(on: row.receivedOn, level: nil)
        else { return }
        let taken = try writer.integer(
            "SELECT COALESCE(sum(-amount), 0) FROM dues_line WHERE reverses = $1 AND state = 'booked'", [.id(id)])
        row.reversed = Money(fen: taken ?? 0)
        let shares = try DuesShares.takenBack(row, by: -line.amount, in: writer)
        try DuesShares.store(shares, of: line.id, from: 1, in: writer)
        try writer.execute(
            "UPDATE dues_line SET state = 'booked', organization = $1 WHERE id = $2 AND state = 'suspense'",
            [.id(row.organization), .id(line.id)])
        moves[.line(agreement.suspenseLine, .available), default: .zero] -= line.amount
        for share in shares { moves[.line(share.fundLine, .available), default: .zero] += share.amount }
    }
}
