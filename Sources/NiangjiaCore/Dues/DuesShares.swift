/// A level's part of a line on its way to the books.
struct DuesShare {
    var line: Int64 = 0
    var n: Int64 = 0
    var level: String
    var organization: ID<Organization>?
    var fundLine: String
    var homeLine: String
    var amount: Money
    var state = "free"

    /// Which row it is.
    struct Place: Hashable {
        var line: Int64
        var n: Int64
    }
    var place: Place { Place(line: line, n: n) }
}

/// Splitting a payer's line, and the rows of it.
enum DuesShares {
    /// The parts of an amount: the basic share to the payer's union (a federation's part of it apart), the upper ones to their
    /// levels, waiting where the payer is a small one until now.
    static func split(
        _ amount: Money, of payer: DuesPayer, _ agreement: DuesAgreement, creditCode: String, year: Int,
        in reader: any StoreReader
    ) throws -> [DuesShare] {
        let isSmall =
            if let most = agreement.smallPayerBelow, agreement.heldLine != nil {
                try Dues.paid(by: creditCode, in: year, reader) < most
            } else {
                false
            }
        var shares: [DuesShare] = []
        for (level, part) in agreement.split(amount) {
            guard part != .zero, let share = agreement.share(level) else { continue }
            guard level == "basic" else {
                let waits = isSmall ? agreement.heldLine : nil
                shares.append(
                    DuesShare(
                        level: level, organization: try share.payTo.flatMap { try organization($0, in: reader) },
                        fundLine: waits ?? share.line, homeLine: share.line, amount: part,
                        state: waits == nil ? "free" : "held"))
                continue
            }
            var own = part
            if let (federation, rate) = try federation(of: payer, agreement, in: reader) {
                let theirs = Money(fen: DuesAgreement.floor(part.fen, rate.basisPoints, 10_000))
                own -= theirs
                if theirs > .zero {
                    shares.append(
                        DuesShare(
                            level: "federation", organization: federation, fundLine: share.line, homeLine: share.line,
                            amount: theirs))
                }
            }
            guard own > .zero else { continue }
            shares.append(
                DuesShare(
                    level: level, organization: payer.id, fundLine: share.line, homeLine: share.line, amount: own))
        }
        return shares
    }

    /// The federation above a payer's union that has an agreement: the nearest.
    private static func federation(
        of payer: DuesPayer, _ agreement: DuesAgreement, in reader: any StoreReader
    ) throws -> (ID<Organization>, Rate)? {
        let above = payer.path.split(separator: "/").dropLast().reversed().map(String.init)
        for code in above {
            guard let found = agreement.federations.first(where: { $0.organization == code }),
                let id = try organization(code, in: reader)
            else { continue }
            return (id, found.rate)
        }
        return nil
    }

    static func organization(_ code: String, in reader: any StoreReader) throws -> ID<Organization>? {
        guard let found = try DuesPayer.load(code: code, in: reader) else {
            throw NiangjiaError(
                .configuration, zh: "经费分成协议里的组织 \(code) 不在登记册中。",
                en: "The agreement on dues names \(code), which the register doesn't have.", place: "config/funds.yaml")
        }
        try found.expectUnion(place: "config/funds.yaml")
        return found.id
    }

    static func store(
        _ shares: [DuesShare], of line: ID<DuesLine>, from first: Int64, entitlement: ID<Entitlement>? = nil,
        in writer: any StoreWriter
    ) throws {
        let rows = shares.enumerated().flatMap { n, share -> [SQLValue] in
            [
                .id(line), .int(first + Int64(n)), .text(share.level), .id(share.organization), .text(share.fundLine),
                .text(share.homeLine), .money(share.amount), .text(share.state), .id(entitlement),
            ]
        }
        try writer.insert(
            into: "dues_share",
            columns: [
                "dues_line", "n", "level", "organization", "fund_line", "home_line", "amount", "state", "entitlement",
            ], values: rows)
    }

    /// What was refused or released after it was to be returned may be returned again, less what was taken back of it meanwhile.
    static func freeReleased(in writer: any StoreWriter) throws {
        try writer.execute(
            """
            UPDATE dues_share SET entitlement = NULL, state = CASE WHEN state = 'claimed' THEN 'free' ELSE state END
            WHERE entitlement IN (SELECT id FROM unfolded_entitlement WHERE program = $1 AND state = 'released')
            """, [.text(Dues.program)])
    }

    static func rows(_ condition: String, _ arguments: [SQLValue], in reader: any StoreReader) throws -> [DuesShare] {
        try reader.all(
            """
            SELECT s.dues_line, s.n, s.level, s.organization, s.fund_line, s.home_line, s.amount, s.state FROM dues_share s
            JOIN dues_line l ON l.id = s.dues_line WHERE \(condition) ORDER BY s.dues_line, s.n
            """, arguments
        ) { row in
            DuesShare(
                line: row.int(0), n: row.int(1), level: row.text(2), organization: row.idOrNil(3),
                fundLine: row.text(4),
                homeLine: row.text(5), amount: row.money(6), state: row.text(7))
        }
    }

    /// A payer's shares of a year that wait for its end.
    static func held(_ code: String, year: Int, in reader: any StoreReader) throws -> [DuesShare] {
        try rows(
            "l.credit_code = $1 AND l.year = $2 AND s.state = 'held'", [.text(code), .int(Int64(year))], in: reader)
    }

    /// The shares of a line that takes `amount` back of another: what was split is split back to the fen, however many times a
    /// part is taken.
    static func takenBack(_ original: DuesRow, by amount: Money, in reader: any StoreReader) throws -> [DuesShare] {
        let shares = try rows(
            "s.dues_line = $1 AND s.state NOT IN ('turned', 'offset')", [.id(original.id)], in: reader)
        guard !shares.isEmpty else { return [] }
        func parts(_ taken: Money) -> [Int64] {
            var parts = shares.map { DuesAgreement.floor(taken.fen, $0.amount.fen, original.amount.fen) }
            let basic = shares.firstIndex { $0.level == "basic" } ?? 0
            parts[basic] += taken.fen - parts.reduce(0, +)
            return parts
        }
        let (before, after) = (parts(original.reversed), parts(original.reversed + amount))
        return shares.indices.compactMap { n in
            var share = shares[n]
            share.amount = Money(fen: before[n] - after[n])
            return share.amount == .zero ? nil : share
        }
    }
}
