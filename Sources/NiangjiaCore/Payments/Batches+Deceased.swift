/// Payees who have died since their money was granted. It is owed to their heirs: whoever pays it says that the account was looked
/// into.
extension Batches {
    /// The numbers of a batch's lines whose payees have died.
    static func deceased(in batch: ID<PayBatch>, in reader: any StoreReader) throws -> [Int] {
        try reader.all(
            """
            SELECT l.n FROM pay_line l JOIN payment y ON y.id = l.payment
            JOIN unfolded_entitlement e ON e.id = y.entitlement JOIN person p ON p.id = e.payee
            WHERE l.batch = $1 AND l.state <> 'void' AND e.payee_kind = 'person' AND p.status = $2
            ORDER BY l.n
            """, [.id(batch), .text(Death.status)]
        ) { Int($0.int(0)) }
    }

    /// The numbers of those of whom the batch's approval didn't know it: they are compared with what it kept, for no clock tells what
    /// somebody saw.
    static func deceasedSinceApproval(of batch: ID<PayBatch>, in reader: any StoreReader) throws -> [Int] {
        let known = try reader.first("SELECT approved_deceased FROM pay_batch WHERE id = $1", [.id(batch)]) {
            $0.textOrNil(0)
        }
        let seen = Set((known ?? nil)?.split(separator: ",").compactMap { Int($0) } ?? [])
        return try deceased(in: batch, in: reader).filter { !seen.contains($0) }
    }

    /// How a batch keeps the numbers of its lines.
    static func kept(_ numbers: [Int]) -> SQLValue {
        numbers.isEmpty ? .null : .text(numbers.map(String.init).joined(separator: ","))
    }

    /// Whether who is paid by an entitlement has died.
    static func isDeceased(_ payee: Entitlement.Payee, in reader: any StoreReader) throws -> Bool {
        guard payee.kind == .person, let id = payee.id else { return false }
        return try Death.isTold(of: ID(rawValue: id), in: reader)
    }

    static func deceasedFinding(_ n: Int) -> BatchCheck.Finding {
        BatchCheck.Finding(
            code: "PAYEE_DECEASED", n: n,
            text: LocalText(
                zh: "第 \(n) 笔:收款人已登记为去世,复核时须确认已向家属核实账号(--deceased-checked)",
                en:
                    "line \(n): the payee has died; whoever approves says that the account was looked into (--deceased-checked)"
            ), blocks: false)
    }

    /// What is refused until somebody says that the account of a dead payee was looked into; `lines`: which of a batch.
    static func refusesDeceased(_ lines: [Int] = []) -> NiangjiaError {
        let named = lines.prefix(20).map { "\($0)" }.joined(separator: ", ") + (lines.count > 20 ? " …" : "")
        return NiangjiaError(
            .conflict,
            zh: (lines.isEmpty ? "" : "第 \(named) 笔")
                + "收款人已登记为去世:向家属核实收款账号后,写明 --deceased-checked 再办理;不付的追回这一笔(fund claw-back --only)。",
            en: (lines.isEmpty ? "the payee has" : "The payees of \(named) have")
                + " died: look into the account with the family and say --deceased-checked, or take this one back (fund claw-back --only).",
            place: "/deceased_checked")
    }
}
