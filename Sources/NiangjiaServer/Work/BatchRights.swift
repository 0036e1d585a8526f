import NiangjiaCore

/// Who must keep away from a batch, and its lines without their accounts.
enum BatchRights {
    /// Everybody who has filed, checked or reviewed one of the batch's cases, and the accounts of those who are paid.
    static func handlers(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> Set<String> {
        let sql = """
            SELECT DISTINCT s.actor FROM pay_line l JOIN payment p ON p.id = l.payment JOIN unfolded_entitlement e ON e.id = p.entitlement
            JOIN case_step s ON s.case_id = e.case_id WHERE l.batch = $1
            UNION SELECT a.id FROM pay_line l JOIN payment p ON p.id = l.payment JOIN unfolded_entitlement e ON e.id = p.entitlement
            JOIN account a ON a.person = e.payee WHERE l.batch = $1 AND e.payee_kind = 'person'
            """
        return Set(try reader.all(sql, [.id(batch)]) { $0.text(0) })
    }

    /// A line of a batch, without its account.
    struct Line: Sendable {
        var n: Int64
        var payment: ID<Payment>
        var holder: String
        var amount: Money
        var state: String
        var message: String
    }

    static func lines(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> [Line] {
        try reader.all(
            "SELECT n, payment, account_name, amount, state, message FROM pay_line WHERE batch = $1 ORDER BY n",
            [.id(batch)]
        ) {
            Line(
                n: $0.int(0), payment: $0.id(1), holder: $0.text(2), amount: $0.money(3), state: $0.text(4),
                message: $0.text(5))
        }
    }
}
