/// The end of a year: who has paid little gets everything back (小额缴费全额返还).
extension Dues {
    /// What the end of a year did.
    public struct YearEnd: Hashable, Sendable {
        /// Payers who get their upper shares back.
        public var payers = 0
        /// What that is.
        public var amount = Money.zero
        /// What small payers don't get back, and why.
        public var kept: [Kept] = []
    }

    /// Upper shares of a small payer that can't be given back.
    public struct Kept: Hashable, Sendable {
        /// The payer's unified social credit code.
        public var creditCode: String
        /// The line on which they stood.
        public var line: String
        /// What they come to.
        public var amount: Money
        /// Whether they were passed up, or are about to be; else the line has been spent.
        public var isPassedUp: Bool

        /// Why they aren't given back.
        public enum Reason: String, Sendable, CaseIterable {
            case passedUp = "passed_up"
            case spent
        }

        /// Why they aren't given back.
        public var reason: Reason { isPassedUp ? .passedUp : .spent }
    }

    /// Gives back to the basic unions the upper shares of small payers: what waited, and what went to its levels before negative lines
    /// brought the payer below the threshold. They are returned with the next building. Once a year has ended; a second time finds
    /// only what could not be given back.
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
        try DuesShares.freeReleased(in: writer)
        var ending = DuesYearEnding(year: year, agreements: agreements)
        for payer in try ending.payers(in: writer) { try ending.end(payer, in: writer) }
        let (end, moves) = (ending.result, ending.moves)
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

/// A year of dues on its way to its end.
private struct DuesYearEnding {
    let year: Int
    let agreements: [DuesAgreement]
    var result = Dues.YearEnd()
    var moves: [AccountCode: Money] = [:]

    init(year: Int, agreements: [DuesAgreement]) {
        self.year = year
        self.agreements = agreements
    }

    /// A payer, the union that gets its shares back, and the line on which it gets them.
    struct Payer {
        var code: String
        var union: DuesPayer
        var home: String
        /// Whether it paid less in the year than the agreement of its last receipt asks of who isn't small.
        var isSmall: Bool
    }

    /// Who paid in the year and has upper shares that were not given back.
    func payers(in reader: any StoreReader) throws -> [Payer] {
        try reader.all(
            """
            SELECT l.credit_code, max(l.organization), max(l.received_on) FROM dues_line l
            JOIN dues_share s ON s.dues_line = l.id WHERE l.year = $1 AND l.state = 'booked'
            AND s.level NOT IN ('basic', 'federation') AND s.state <> 'turned'
            GROUP BY l.credit_code ORDER BY l.credit_code
            """, [.int(Int64(year))]
        ) { (code: $0.text(0), organization: $0.id(1, Organization.self), last: $0.date(2)) }.compactMap { found in
            guard let union = try DuesPayer.load(found.organization, in: reader),
                let agreement = agreements.agreement(on: found.last, level: union.level),
                let home = agreement.share("basic")?.line
            else { return nil }
            let isSmall = try agreement.smallPayerBelow.map {
                try Dues.paid(by: found.code, in: year, reader) < $0
            }
            return Payer(code: found.code, union: union, home: home, isSmall: isSmall ?? false)
        }
    }

    /// Gives a payer back what waits, and where it is small what went to its levels.
    mutating func end(_ payer: Payer, in writer: any StoreWriter) throws {
        var back = try DuesShares.held(payer.code, year: year, in: writer)
        if payer.isSmall {
            let (free, passedUp) = try sent(payer, in: writer)
            // By line, not by level: what several levels share is there for all of them or for none.
            for (line, shares) in Dictionary(grouping: free, by: \.fundLine).sorted(by: { $0.key < $1.key }) {
                let sum = shares.reduce(Money.zero) { $0 + $1.amount }
                if try isThere(shares, on: line, in: writer) {
                    back += shares
                    // Noted at once: the next payer's share must be there besides.
                    moves[.line(line, .available), default: .zero] -= sum
                } else {
                    keep(sum, of: payer, on: line, isPassedUp: false)
                }
            }
            for (line, sum) in passedUp.sorted(by: { $0.key < $1.key }) {
                keep(sum, of: payer, on: line, isPassedUp: true)
            }
        }
        try turn(back, of: payer, in: writer)
    }

    private mutating func keep(_ amount: Money, of payer: Payer, on line: String, isPassedUp: Bool) {
        guard amount > .zero else { return }
        result.kept.append(.init(creditCode: payer.code, line: line, amount: amount, isPassedUp: isPassedUp))
    }

    /// Upper shares of a payer that went to their levels: those that are still there, and by line what was passed up, less what came
    /// back of it.
    private func sent(
        _ payer: Payer, in reader: any StoreReader
    ) throws -> (free: [DuesShare], passedUp: [String: Money]) {
        let condition = """
            l.credit_code = $1 AND l.year = $2 AND l.state = 'booked' AND s.level NOT IN ('basic', 'federation')
            AND s.state NOT IN ('held', 'turned')
            """
        let arguments: [SQLValue] = [.text(payer.code), .int(Int64(year))]
        let isFree = "s.state = 'free' AND s.entitlement IS NULL"
        var passedUp: [String: Money] = [:]
        for row in try DuesShares.rows("\(condition) AND NOT (\(isFree))", arguments, in: reader) {
            passedUp[row.fundLine, default: .zero] += row.amount
        }
        return (try DuesShares.rows("\(condition) AND \(isFree)", arguments, in: reader), passedUp)
    }

    /// Whether a line still has the shares: what stands on it for other unions isn't touched for them, nor what a level has given
    /// for others already.
    private func isThere(_ shares: [DuesShare], on line: String, in reader: any StoreReader) throws -> Bool {
        func sum(_ shares: [DuesShare]) -> Money { shares.reduce(.zero) { $0 + $1.amount } }
        var own = Money.zero
        for (organization, shares) in Dictionary(grouping: shares, by: \.organization) {
            guard let organization else { continue }
            guard try DuesClaims.standing(of: organization, on: line, in: reader) >= sum(shares) else { return false }
            own += sum(shares)
        }
        let others = try DuesClaims.standing(on: line, in: reader) - own
        let balance = try Ledger.balance(of: .line(line, .available), in: reader)
        let given = min(.zero, moves[.line(line, .available)] ?? .zero)
        return sum(shares) > .zero && balance + given - others >= sum(shares)
    }

    /// The shares go to the payer's union.
    private mutating func turn(_ shares: [DuesShare], of payer: Payer, in writer: any StoreWriter) throws {
        guard !shares.isEmpty else { return }
        for share in shares {
            try writer.execute(
                "UPDATE dues_share SET state = 'turned' WHERE dues_line = $1 AND n = $2 AND state = $3",
                [.int(share.line), .int(share.n), .text(share.state)])
            let back = DuesShare(
                level: "basic", organization: payer.union.id, fundLine: payer.home, homeLine: payer.home,
                amount: share.amount)
            // Behind all that a line may have been split into.
            try DuesShares.store([back], of: ID(rawValue: share.line), from: 100 + share.n, in: writer)
            if share.state == "held" { moves[.line(share.fundLine, .available), default: .zero] -= share.amount }
            moves[.line(payer.home, .available), default: .zero] += share.amount
            result.amount += share.amount
        }
        result.payers += 1
    }
}
