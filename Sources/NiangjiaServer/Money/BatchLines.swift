import NiangjiaCore

/// A batch's lines without their accounts.
enum BatchLines {
    /// A line of a batch, without its account.
    struct Line: Sendable {
        var n: Int64
        var payment: ID<Payment>
        var entitlement: ID<Entitlement>
        /// What it came of; nothing where ``MoneyRights`` keeps that.
        var caseID: ID<CaseFile>?
        var decision: ID<Decision>?
        /// Who is paid, where it is a person and no sealed case hides them.
        var person: ID<Person>?
        var holder: String
        var amount: Money
        var state: String
        var message: String
    }

    /// The lines as somebody is told them.
    static func lines(
        of batch: PayBatch, _ rights: MoneyRights, in reader: any StoreReader
    ) throws -> [Line] {
        let lines = try lines(of: batch.id, in: reader)
        guard !rights.tellsCases(of: batch.program) else { return lines }
        return lines.map { line in
            var told = line
            (told.caseID, told.decision, told.person) = (nil, nil, nil)
            return told
        }
    }

    static func lines(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> [Line] {
        try reader.all(
            """
            SELECT l.n, l.payment, l.account_name, l.amount, l.state, l.message, p.entitlement,
            CASE WHEN c.sealed = 1 THEN NULL ELSE e.case_id END, CASE WHEN c.sealed = 1 THEN NULL ELSE e.decision END,
            CASE WHEN e.payee_kind <> 'person' OR c.sealed = 1 THEN NULL ELSE e.payee END, e.program
            FROM pay_line l JOIN payment p ON p.id = l.payment JOIN unfolded_entitlement e ON e.id = p.entitlement
            LEFT JOIN case_file c ON c.id = e.case_id
            WHERE l.batch = $1 ORDER BY l.n
            """,
            [.id(batch)]
        ) { row in
            // What no program decided (dues, grants, suppliers) has an id of a decision that nobody can ask for.
            let isFlow = PaidFlow.named(row.text(10)) != nil
            return Line(
                n: row.int(0), payment: row.id(1), entitlement: row.id(6), caseID: row.idOrNil(7),
                decision: isFlow ? nil : row.idOrNil(8), person: row.idOrNil(9), holder: row.text(2),
                amount: row.money(3), state: row.text(4), message: row.text(5))
        }
    }
}
