/// A program's `funding` may change while somebody waits for its money.
extension Entitlements {
    /// Something queued with the lines that it comes from now in the place of those that it was queued with. Each gives
    /// nothing yet.
    static func relined(_ found: Entitlement, to lines: [String], in writer: any StoreWriter) throws -> Entitlement {
        guard found.state == .queued, let first = lines.first else { throw wrongState(found) }
        try ownTerms(found.id, in: writer)
        try writer.execute(
            "UPDATE entitlement_terms SET fund_line = $1, is_split = $2 WHERE id = $3",
            [.text(first), .bool(lines.count > 1), .id(found.id)])
        try writer.execute("DELETE FROM entitlement_split WHERE entitlement = $1", [.id(found.id)])
        var splits: [SQLValue] = []
        for (n, line) in lines.enumerated() where lines.count > 1 {
            splits += [.id(found.id), .int(Int64(n + 1)), .text(line), .money(.zero)]
        }
        try writer.insert(
            into: "entitlement_split", columns: ["entitlement", "n", "fund_line", "amount"], values: splits)
        var changed = found
        changed.shares = lines.map { Entitlement.Share(line: $0, amount: .zero) }
        return changed
    }

    /// Gives an entitlement terms that no other shares: whatever changes in them is its own.
    private static func ownTerms(_ id: ID<Entitlement>, in writer: any StoreWriter) throws {
        let columns = termColumns.joined(separator: ", ")
        func copy(_ terms: Int64, as id: Int64, last: String) throws {
            try writer.execute(
                """
                INSERT INTO entitlement_terms (id, last, \(columns))
                SELECT $1, \(last), \(columns) FROM entitlement_terms WHERE id = $2
                """, [.int(id), .int(terms)])
            try writer.execute(
                """
                UPDATE entitlement_row SET terms = $1 WHERE terms = $2 AND id >= $1
                AND id <= (SELECT last FROM entitlement_terms WHERE id = $1)
                """, [.int(id), .int(terms)])
        }
        let terms = try writer.integer("SELECT terms FROM entitlement_row WHERE id = $1", [.id(id)])
        guard let terms, terms == id.rawValue else {
            return try copy(terms ?? id.rawValue, as: id.rawValue, last: "$1")
        }
        // They are named by it, the first of them: the others' are named by the next.
        let next = try writer.integer(
            """
            SELECT MIN(id) FROM entitlement_row WHERE terms = $1 AND id > $1
            AND id <= (SELECT last FROM entitlement_terms WHERE id = $1)
            """, [.id(id)])
        guard let next else { return }
        try copy(terms, as: next, last: "last")
        try writer.execute("UPDATE entitlement_terms SET last = id WHERE id = $1", [.id(id)])
    }
}
