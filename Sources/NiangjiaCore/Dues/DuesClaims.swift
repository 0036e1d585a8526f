/// What unions have to give back: returns of dues that the bureau took back afterwards.
///
/// A claim stands on the return that was paid (its entitlement is `clawed_back`); the line has advanced it meanwhile. It is settled
/// by the union's next return, or by money that comes in (`fund recover`).
public enum DuesClaims {
    /// What a union owes.
    public struct Claim: Hashable, Sendable {
        /// The return that was paid and is to come back.
        public var entitlement: ID<Entitlement>
        /// The union.
        public var organization: ID<Organization>
        /// Its code.
        public var code: String
        /// What is outstanding.
        public var amount: Money
    }

    /// Outstanding claims, the oldest return first; of one union where it is named.
    public static func outstanding(
        of organization: ID<Organization>? = nil, in reader: any StoreReader
    ) throws -> [Claim] {
        var arguments: [SQLValue] = [.text(Dues.program)]
        if let organization { arguments.append(.id(organization)) }
        return try reader.all(
            """
            SELECT e.id, o.id, o.code, e.claimed - e.recovered FROM unfolded_entitlement e JOIN organization o ON o.id = e.payee
            WHERE e.program = $1 AND e.state = 'clawed_back' AND e.claimed > e.recovered
            \(organization == nil ? "" : "AND e.payee = $2") ORDER BY e.id
            """, arguments
        ) { Claim(entitlement: $0.id(0), organization: $0.id(1), code: $0.text(2), amount: $0.money(3)) }
    }

    /// Rows that stand for somebody and are on their way to nobody.
    static let waits = "s.state IN ('free', 'offset') AND s.entitlement IS NULL AND l.state = 'booked'"

    /// What stands for a union on a line.
    static func standing(
        of organization: ID<Organization>, on line: String, in reader: any StoreReader
    ) throws -> Money {
        Money(
            fen: try reader.integer(
                """
                SELECT sum(s.amount) FROM dues_share s JOIN dues_line l ON l.id = s.dues_line
                WHERE \(waits) AND s.organization = $1 AND s.fund_line = $2
                """, [.id(organization), .text(line)]) ?? 0)
    }

    /// What stands for all unions on a line.
    static func standing(on line: String, in reader: any StoreReader) throws -> Money {
        try reader.all(
            """
            SELECT sum(s.amount) FROM dues_share s JOIN dues_line l ON l.id = s.dues_line
            WHERE \(waits) AND s.organization IS NOT NULL AND s.fund_line = $1 GROUP BY s.organization
            """, [.text(line)]
        ) { $0.money(0) }.reduce(.zero) { $0 + max(.zero, $1) }
    }

    /// Returns to a union that may give something back, the newest first.
    static func returned(to organization: ID<Organization>, in reader: any StoreReader) throws -> [Entitlement] {
        try Entitlements.rows(
            """
            WHERE program = $1 AND payee_kind = 'organization' AND payee = $2
            AND state IN ('approved', 'failed', 'paid', 'clawed_back') ORDER BY id DESC
            """, [.text(Dues.program), .id(organization)], in: reader)
    }

    /// Sets a union's claims off against what it is to be paid on a line now: what it has already stands for the new share.
    /// Returns how much; two rows that cancel each other say so on a line of its dues, and come back with the return if it is
    /// released.
    static func offset(
        _ organization: ID<Organization>, _ shares: [DuesShare], on fundLine: String, upTo most: Money,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Money {
        guard var row = shares.first(where: { $0.amount > .zero }), most > .zero else { return .zero }
        var sum = Money.zero
        for claim in try outstanding(of: organization, in: writer) where sum < most {
            let one = try Entitlements.load(claim.entitlement, in: writer)
            guard let share = one.shares.first(where: { $0.line == fundLine }) else { continue }
            let part = min(most - sum, share.claimed - share.recovered)
            guard part > .zero else { continue }
            try Entitlements.unclaim(part, on: fundLine, of: one.id, about: "dues", context, in: writer)
            let next =
                try writer.integer("SELECT max(n) + 1 FROM dues_share WHERE dues_line = $1", [.int(row.line)]) ?? 1
            (row.amount, row.state, row.homeLine) = (part, "offset", fundLine)
            try DuesShares.store([row], of: ID(rawValue: row.line), from: next, entitlement: one.id, in: writer)
            row.amount = -part
            try DuesShares.store([row], of: ID(rawValue: row.line), from: next + 1, in: writer)
            sum += part
        }
        guard sum > .zero else { return .zero }
        try Ledger.book(
            EntrySet(
                .dues, moving: [fundLine: sum], from: .available, to: .advanced,
                memo: "回拨抵扣应退经费", about: "dues"), context, in: writer)
        return sum
    }
}

extension Entitlement {
    /// Promised, and not on its way to the bank.
    fileprivate static let looseStates: Set<State> = [.approved, .failed]
    var isLoose: Bool { Entitlement.looseStates.contains(state) }
    var isPaid: Bool { state == .paid || state == .clawedBack }

    /// What may still be taken back of it on a line.
    func capacity(_ line: String) -> Money {
        shares.filter { $0.line == line }.reduce(.zero) { $0 + $1.amount - $1.claimed }
    }
}
