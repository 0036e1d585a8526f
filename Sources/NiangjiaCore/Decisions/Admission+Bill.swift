/// Several programs that pay towards one bill, one after the other (`payer_order`, `bill` in `config/stacking.yaml`).
///
/// Each works on what the others have left of it: basic insurance, the union's mutual aid, hardship relief, charity. What stands
/// for the same bill is taken off whatever comes next, in whichever order the applications arrive, so that a bill is never paid
/// more than once.
extension Admission {
    /// A bill that a line is about: the keyed hash of whom and which, and what is left of it for whoever pays now.
    struct Bill: Sendable {
        var key: [UInt8]
        var left: Money
        var reason: String
    }

    /// The bill of a line; nil where its form isn't among the payers, or doesn't say what makes a bill the same.
    func bill(of line: GatheredLine, fields: [String: Value]) -> Bill? {
        guard let rule = context.bundle.stacking.bill,
            context.bundle.stacking.payerOrder.contains(context.qualifiedName),
            let left = Value.map(fields).at(path: rule.left).int
        else { return nil }
        let same = rule.same.map { Value.map(fields).at(path: $0) }
        guard !same.contains(where: \.isNull) else { return nil }
        let text = "bill:\(line.subject):" + Value.list(same).json
        return Bill(key: crypto.mac(Array(text.utf8), purpose: .lookup), left: Money(fen: left), reason: rule.reason)
    }

    /// The limit that a bill sets: what is left of it less what stands for it already.
    func cap(of bill: Bill, in reader: any StoreReader) throws -> SettleLine.Cap {
        var used = Money.zero
        try reader.forEach(
            """
            SELECT COALESCE(d.kept, d.amount + d.queued), d.case_id FROM bill_share b
            JOIN decision d ON d.id = b.decision WHERE b.bill = $1 AND d.state = 'standing'
            """, [.blob(bill.key)]
        ) { row in
            if try context.view.takesAnew(row.idOrNil(1), in: reader) { return true }
            used += row.money(0)
            return true
        }
        return SettleLine.Cap(
            key: "bill/" + Hex.text(bill.key), cap: bill.left, used: used, reason: bill.reason)
    }

    /// Notes that a decision pays towards a bill, in the transaction that makes it.
    func note(_ bill: Bill, _ decision: ID<Decision>, in writer: any StoreWriter) throws {
        try writer.execute(
            "INSERT INTO bill_share (bill, decision, form) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [.blob(bill.key), .id(decision), .text(context.qualifiedName)])
    }
}
