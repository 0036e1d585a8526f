/// What the member behind a case is told when something becomes of it, by kind of message.
///
/// Messages hold ids, sums and states, never facts, reasons or anybody's words: whoever gets one signs in to read the rest.
public enum MemberMessage: String, Sendable, CaseIterable {
    /// The application is approved.
    case approved = "case.approved"
    /// There is money now for what was approved before and waited for it.
    case served = "grant.served"
    /// The rule, or a reviewer, says no.
    case refused = "case.refused"
    /// Something is missing or wrong: the applicant corrects it and hands it in again.
    case returned = "case.returned"
    /// The bank has paid.
    case paid = "payment.paid"
    /// The bank could not pay, or sent the money back.
    case failed = "payment.failed"
    /// Goods wait, and are collected with a code. The row names the decision; the code is put in where the message leaves, and stored
    /// nowhere.
    case code = "delivery.code"

    /// What a case's way from one state to another means to its applicant; nil: nothing that must be told.
    init?(from: CaseState, to: CaseState) {
        switch to {
        // What is done and open again was approved long ago.
        case .approved where from != .done: self = .approved
        // What stands without giving anything is done at once.
        case .done where from != .approved: self = .approved
        case .refused, .rejected: self = .refused
        case .returned where from != .returned: self = .returned
        default: return nil
        }
    }

    /// Tells the applicant, or the unit that applied, of a case's new state, in the transaction that changes it. The version that
    /// the case leaves behind makes it the same message.
    static func tell(
        _ record: CaseRecord, to state: CaseState, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let kind = MemberMessage(from: record.state, to: state),
            let recipient = record.applicant?.text ?? record.unit?.text
        else { return }
        var body: [String: Value] = [
            "case": .text(record.id.text), "program": .text(record.program), "state": .text(state.rawValue),
        ]
        if kind == .approved {
            let granted = try writer.integer(
                "SELECT SUM(amount + queued) FROM decision WHERE case_id = $1 AND state = 'standing'", [.id(record.id)])
            // What they hear of when there is money for it (``served``). There may have been since it was decided.
            let queued = try writer.integer(
                "SELECT SUM(amount) FROM unfolded_entitlement WHERE case_id = $1 AND state = 'queued'",
                [.id(record.id)])
            body["amount_fen"] = .int((granted ?? 0) - (queued ?? 0))
            if let queued, queued > 0 { body["queued_fen"] = .int(queued) }
        }
        try Outbox.put(
            kind.rawValue, dedupe: "\(record.id.text)/\(record.version)/\(state.rawValue)", to: recipient,
            body: .map(body), change, in: writer)
    }

    /// Tells the applicant, or the unit that applied, that something of their case has its money, once.
    static func tellServed(
        _ one: Entitlement, of record: CaseRecord, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard let recipient = record.applicant?.text ?? record.unit?.text else { return }
        try Outbox.put(
            MemberMessage.served.rawValue, dedupe: "\(one.id.text)/served", to: recipient,
            body: [
                "case": .text(record.id.text), "program": .text(record.program), "decision": .text(one.decision.text),
                "amount_fen": .int(one.amount.fen),
            ], change, in: writer)
    }

    /// Tells who collects a case's goods with which code, once for each decision.
    static func tellCodes(
        _ record: CaseRecord, _ form: FormDefinition, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        guard form.delivery?.needsCode == true else { return }
        let waiting = try writer.all(
            """
            SELECT DISTINCT d.id, d.subject_kind, d.subject FROM entitlement e JOIN decision d ON d.id = e.decision \
            WHERE e.case_id = $1 AND e.kind = 'goods' AND e.state = 'approved'
            """, [.id(record.id)]
        ) { ($0.id(0, Decision.self), SubjectRef(SubjectKind(rawValue: $0.text(1)) ?? .nobody, $0.int(2))) }
        for (decision, subject) in waiting {
            let recipient =
                record.applicant?.text ?? (subject.kind == .person ? subject.description : record.unit?.text)
            guard let recipient else { continue }
            try Outbox.put(
                MemberMessage.code.rawValue, dedupe: "\(decision.text)/code", to: recipient,
                body: [
                    "case": .text(record.id.text), "program": .text(record.program),
                    "decision": .text(decision.text),
                ], change, in: writer)
        }
    }

    /// What leaves of a message: that of a code with the code.
    public static func outgoing(_ kind: String, _ body: Value, _ crypto: any CryptoProvider) -> Value {
        guard kind == MemberMessage.code.rawValue, case .map(var members) = body,
            let decision = body["decision"].text.flatMap({ ID<Decision>($0) })
        else { return body }
        members["code"] = .text(PickUpCode.of(decision, crypto))
        return .map(members)
    }

    /// Tells who was to be paid what the bank did with a payment for a case. Of what a run gave without an application nobody is
    /// told: there is no case to look into.
    static func tell(
        _ payment: Payment, of entitlement: Entitlement, isPaid: Bool, _ change: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        guard let caseID = entitlement.caseID, let recipient = entitlement.payee.reference else { return }
        let kind: MemberMessage = isPaid ? .paid : .failed
        try Outbox.put(
            kind.rawValue, dedupe: "\(payment.id.text)/\(kind.rawValue)", to: recipient,
            body: [
                "case": .text(caseID.text), "program": .text(entitlement.program), "payment": .text(payment.id.text),
                "amount_fen": .int(payment.amount.fen),
            ], change, in: writer)
    }
}

extension Entitlement.Payee {
    /// The id in text of the person or unit; nil where there is nobody to tell.
    fileprivate var reference: String? {
        switch kind {
        case .person: id.map { ID<Person>(rawValue: $0).text }
        case .organization: id.map { ID<Organization>(rawValue: $0).text }
        case .supplier, .stock: nil
        }
    }
}
