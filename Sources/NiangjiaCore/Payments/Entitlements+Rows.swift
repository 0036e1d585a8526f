/// Reading and moving rows of `entitlement`.
extension Entitlements {
    private static let columns = """
        SELECT id, decision, case_id, case_line, part, kind, payee_kind, payee, amount, fund_line, is_split, program, series,
        on_date, revision, state, version, claimed, recovered, revises, is_folded FROM entitlement
        """

    /// An entitlement. Throws `not_found` when there is none.
    public static func load(_ id: ID<Entitlement>, in reader: any StoreReader) throws -> Entitlement {
        guard let found = try rows("WHERE id = $1", [.id(id)], in: reader).first else {
            throw NiangjiaError(.notFound, zh: "没有这笔待遇:\(id)。", en: "There is no entitlement \(id).")
        }
        return found
    }

    /// What came of a decision; not what was paid besides by mistake.
    static func of(_ decision: ID<Decision>, in reader: any StoreReader) throws -> [Entitlement] {
        try rows("WHERE decision = $1 AND \(isPromised) ORDER BY id", [.id(decision)], in: reader)
    }

    private static let isPromised = "part NOT LIKE '\(Entitlement.paidTwice)%'"

    /// All entitlements of a case, in the order in which they were made; not what was paid besides by mistake.
    public static func of(_ caseID: ID<CaseFile>, in reader: any StoreReader) throws -> [Entitlement] {
        try rows("WHERE case_id = $1 AND \(isPromised) ORDER BY id", [.id(caseID)], in: reader)
    }

    static func rows(_ condition: String, _ arguments: [SQLValue], in reader: any StoreReader) throws -> [Entitlement] {
        var split: [Int] = []
        var found: [Entitlement] = []
        try reader.forEach(columns + " " + condition, arguments) { row in
            if row.bool(10) { split.append(found.count) }
            found.append(try entitlement(from: row))
            return true
        }
        for n in split {
            found[n].shares = try reader.all(
                "SELECT fund_line, amount, claimed, recovered FROM entitlement_split WHERE entitlement = $1 ORDER BY n",
                [.id(found[n].id)]
            ) {
                Entitlement.Share(
                    line: $0.text(0), amount: $0.money(1), claimed: $0.money(2), recovered: $0.money(3))
            }
        }
        return found
    }

    private static func entitlement(from row: any StoreRow) throws -> Entitlement {
        guard let kind = Entitlement.Kind(rawValue: row.text(5)), let state = Entitlement.State(rawValue: row.text(15)),
            let payee = Entitlement.Payee.Kind(rawValue: row.text(6))
        else {
            throw NiangjiaError(
                .internal, zh: "数据有误。", en: "The data are wrong.",
                cause: "entitlement \(row.int(0)): \(row.text(5)), \(row.text(6)), \(row.text(15))")
        }
        // Of what waits for money no line has given anything.
        let share = state == .queued ? Money.zero : row.money(8)
        return Entitlement(
            id: row.id(0), decision: row.id(1), caseID: row.idOrNil(2), caseLine: Int(row.int(3)), part: row.text(4),
            kind: kind, payee: Entitlement.Payee(payee, payee == .stock ? nil : row.intOrNil(7)), amount: row.money(8),
            program: row.text(11),
            series: row.text(12), on: row.date(13), revision: Int(row.int(14)), revises: row.idOrNil(19), state: state,
            version: row.int(16), isFolded: row.bool(20), claimed: row.money(17), recovered: row.money(18),
            shares: [
                Entitlement.Share(
                    line: row.text(9), amount: share, claimed: row.money(17), recovered: row.money(18))
            ])
    }

    /// Reads the entitlements and refuses those that are not in one of the states.
    static func load(
        _ ids: [ID<Entitlement>], in states: Set<Entitlement.State>, _ reader: any StoreReader
    ) throws -> [Entitlement] {
        var seen: Set<ID<Entitlement>> = []
        return try ids.map { id in
            let found = try load(id, in: reader)
            guard states.contains(found.state), seen.insert(id).inserted else { throw wrongState(found) }
            return found
        }
    }

    /// Moves an entitlement on, if nobody else has meanwhile.
    static func move(_ found: Entitlement, to state: Entitlement.State, in writer: any StoreWriter) throws {
        if found.isFolded { try unfold(found, in: writer) }
        let changed = try writer.execute(
            "UPDATE entitlement_row SET state = $1, version = version + 1 WHERE id = $2 AND state = $3 AND version = $4",
            [.text(state.rawValue), .id(found.id), .text(found.state.rawValue), .int(found.version)])
        guard changed == 1 else { throw wrongState(found) }
    }

    /// Writes amounts, shares and state anew, if nobody else has meanwhile.
    static func store(_ changed: Entitlement, was found: Entitlement, in writer: any StoreWriter) throws {
        if found.isFolded { try unfold(found, in: writer) }
        let count = try writer.execute(
            """
            UPDATE entitlement_row SET state = $1, amount = $2, revision = $3, claimed = $4, recovered = $5,
            version = version + 1 WHERE id = $6 AND state = $7 AND version = $8
            """,
            [
                .text(changed.state.rawValue), .money(changed.amount), .int(Int64(changed.revision)),
                .money(changed.claimed), .money(changed.recovered), .id(found.id), .text(found.state.rawValue),
                .int(found.version),
            ])
        guard count == 1 else { throw wrongState(found) }
        guard changed.shares.count > 1 else { return }
        for (n, share) in changed.shares.enumerated() {
            try writer.execute(
                "UPDATE entitlement_split SET amount = $1, claimed = $2, recovered = $3 WHERE entitlement = $4 AND n = $5",
                [
                    .money(share.amount), .money(share.claimed), .money(share.recovered), .id(found.id),
                    .int(Int64(n + 1)),
                ])
        }
    }

    static func wrongState(_ found: Entitlement) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "这笔待遇(\(found.id))的状态是“\(found.state.title.zh)”,不能这样办理;或者刚刚被别人改过,请刷新。",
            en:
                "Entitlement \(found.id) is “\(found.state.rawValue)”, which doesn't allow this; or it has just changed: reload."
        )
    }

    /// Sums of the entitlements by line.
    static func byLine(
        _ entitlements: [Entitlement], _ amount: (Entitlement.Share) -> Money = { $0.amount }
    ) -> [String: Money] {
        var sums: [String: Money] = [:]
        for share in entitlements.lazy.flatMap(\.shares) { sums[share.line, default: .zero] += amount(share) }
        return sums
    }
}
