/// Holds what the rule says now against what stands, decision by decision in the order of their ids.
struct CorrectionComparison {
    /// What corrections before this one have added to shared caps.
    private var drawn: [String: Money] = [:]

    mutating func compare(
        _ one: Corrected, _ judged: Judgement, _ context: FormContext, _ crypto: any CryptoProvider,
        _ draft: inout CorrectionDraft, in reader: any StoreReader
    ) throws {
        func gap(_ reason: CorrectionGap.Reason) {
            draft.gaps.append(CorrectionGap(decision: one.id, subject: one.subject, reason: reason))
        }
        let chains = try Entitlements.chains(of: one.id, in: reader)
        let before = try last(of: one.id, in: reader)
        let gives = judged.gives ? judged.amount : .zero
        switch judged.kind {
        case .failed, .keep, .revoke: return gap(.failed)
        case .review, .incomplete: return gap(.review)
        case .grant, .limit, .refuse: break
        }
        guard !chains.isEmpty, gives != (before ?? one.assessed) else { return draft.unchanged += 1 }
        guard chains.allSatisfy({ $0.rows.allSatisfy { $0.kind == .money } }) else { return gap(.notMoney) }
        guard try isUntouched(one, chains, in: reader) else { return gap(.changed) }
        // What waits for money isn't cut: it stands as a whole.
        let wasCut = one.queued == .zero && one.code == HostReason.budgetShort || one.code == HostReason.ceiling
        guard before != nil || !wasCut else { return gap(.cut) }
        if let most = context.rules.pay.eachMax, gives > most { return gap(.overEachMax) }
        let (target, capped) = try self.capped(one, gives, context, crypto, in: reader)
        let parts = target > .zero ? Applier.parts(of: judged, cutTo: target) : []
        guard Set(parts.map(\.0)).isSubset(of: chains.map { $0.rows[0].part }) else { return gap(.parts) }
        let targets = Dictionary(parts, uniquingKeysWith: +)
        var lines: [CorrectionLine] = []
        for chain in chains {
            let own = targets[chain.rows[0].part] ?? .zero
            guard own != chain.stands else { continue }
            guard let steps = chain.steps(to: own) else { return gap(.atBank) }
            lines.append(
                CorrectionLine(
                    decision: one.id, form: one.form, decisionRevision: one.revision, entitlement: chain.rows[0].id,
                    basis: try basis(of: chain.rows[0].id, in: reader), subject: one.subject,
                    payee: chain.rows[0].payee, before: chain.stands, target: own, assessed: gives,
                    result: target == .zero ? .refused : judged.kind == .grant && capped == nil ? .granted : .limited,
                    code: capped ?? judged.code, params: capped == nil ? judged.params : [:], steps: steps))
        }
        if lines.isEmpty { draft.unchanged += 1 }
        draft.lines += lines
    }

    /// Whether nothing but decisions and corrections has made of it what stands.
    private func isUntouched(
        _ one: Corrected, _ chains: [EntitlementChain], in reader: any StoreReader
    ) throws -> Bool {
        let revoked = try reader.integer("SELECT COUNT(*) FROM revocation WHERE decision = $1", [.id(one.id)]) ?? 0
        return revoked == 0 && chains.reduce(.zero) { $0 + $1.stands } == one.stands
    }

    /// What the last correction granted, before caps; nil when there was none.
    private func last(of decision: ID<Decision>, in reader: any StoreReader) throws -> Money? {
        try reader.first(
            """
            SELECT assessed FROM correction_line WHERE decision = $1 AND state = 'booked' ORDER BY booked_at DESC, basis DESC
            """, [.id(decision)]
        ) { $0.money(0) }
    }

    private func basis(of entitlement: ID<Entitlement>, in reader: any StoreReader) throws -> Int64 {
        try reader.integer(
            "SELECT COUNT(*) FROM correction_line WHERE entitlement = $1 AND state = 'booked'", [.id(entitlement)]) ?? 0
    }

    /// An amount under the caps that it shares with other decisions, and the reason where one of them cuts it.
    private mutating func capped(
        _ one: Corrected, _ amount: Money, _ context: FormContext, _ crypto: any CryptoProvider,
        in reader: any StoreReader
    ) throws -> (amount: Money, reason: String?) {
        guard amount > .zero else { return (.zero, nil) }
        var found = (amount: amount, reason: String?.none)
        let caps = try Admission(context: context, crypto: crypto).caps(for: one.line, in: reader)
        for cap in caps {
            let own = one.isStanding ? one.stands : .zero
            let left = max(.zero, cap.cap - (cap.used - own) - (drawn[cap.key] ?? .zero))
            if found.amount > left { found = (left, cap.reason) }
        }
        for cap in caps { drawn[cap.key, default: .zero] += found.amount - one.stands }
        return found
    }
}
