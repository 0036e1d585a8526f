/// Reports on the use of an instalment, and the end of a grant.
extension Grants {
    /// An organisation tells what it did with an instalment. Throws `conflict` before it is paid or while a report on it stands,
    /// `invalid` for more than it was.
    public static func report(
        _ id: ID<Grant>, instalment n: Int, spent: Money, note: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let grant = try load(id, in: writer)
        let one = try instalment(n, of: grant, in: writer)
        guard grant.state == State.granted.rawValue, one.state == .paid else {
            throw NiangjiaError(
                .conflict, zh: "第 \(n) 期还没有支付,不能报告使用情况。", en: "Instalment \(n) is not paid: nothing to report.")
        }
        guard spent >= .zero, spent <= one.amount else {
            throw NiangjiaError(
                .invalid, zh: "已用金额须在 0 至 \(one.amount) 元之间。",
                en: "What was spent lies between 0 and \(one.amount) yuan.",
                place: "/spent")
        }
        let round = try writer.integer(
            "SELECT COALESCE(max(round), 0) + 1 FROM grant_report WHERE grant_award = $1 AND n = $2",
            [.id(id), .int(Int64(n))])
        do {
            try writer.insert(
                into: "grant_report",
                columns: ["grant_award", "n", "round", "spent", "note", "submitted_by", "submitted_at", "state"],
                values: [
                    .id(id), .int(Int64(n)), .int(round ?? 1), .money(spent), .text(note), .text(context.actor),
                    .instant(context.now), .text(ReportState.submitted.rawValue),
                ])
        } catch StoreError.duplicate {
            throw NiangjiaError(.conflict, zh: "第 \(n) 期已有使用报告。", en: "Instalment \(n) has a report already.")
        }
        let body: Value = ["n": .int(Int64(n)), "spent": .int(spent.fen), "note": .text(note)]
        try context.record("grant.reported", about: id.text, body: body, in: writer)
    }

    /// A second person accepts a report: the next instalment may be paid once it is due. Throws `forbidden` for who reported or
    /// proposed. Returns how many instalments were unlocked.
    @discardableResult
    public static func accept(
        _ id: ID<Grant>, instalment n: Int, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Int {
        try decide(id, n, to: .accepted, reason: nil, context, in: writer)
        return try unlock(id, context, in: writer)
    }

    /// A second person sends a report back: another may be handed in.
    public static func sendBack(
        _ id: ID<Grant>, instalment n: Int, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try decide(id, n, to: .returned, reason: reason, context, in: writer)
    }

    private static func decide(
        _ id: ID<Grant>, _ n: Int, to state: ReportState, reason: String?, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let grant = try load(id, in: writer)
        let reporter = try writer.first(
            "SELECT submitted_by FROM grant_report WHERE grant_award = $1 AND n = $2 AND state = 'submitted'",
            [.id(id), .int(Int64(n))]
        ) { $0.text(0) }
        let none = NiangjiaError(
            .conflict, zh: "第 \(n) 期没有待审的使用报告。", en: "Instalment \(n) has no report to decide on.")
        guard let reporter else { throw none }
        try AccountPersons.another(than: [reporter, grant.proposedBy], context, in: writer)
        let changed = try writer.execute(
            """
            UPDATE grant_report SET state = $1, decided_by = $2, reason = $3
            WHERE grant_award = $4 AND n = $5 AND state = 'submitted'
            """, [.text(state.rawValue), .text(context.actor), .optional(reason), .id(id), .int(Int64(n))])
        guard changed == 1 else { throw none }
        let body: Value = ["n": .int(Int64(n)), "reason": reason.map { .text($0) } ?? .null]
        try context.record("grant.report_\(state.rawValue)", about: id.text, body: body, in: writer)
    }

    /// What ending a grant did.
    public struct Ending: Hashable, Sendable {
        /// Released: held and never paid.
        public var released = Money.zero
        /// Claimed back of what was paid (追回).
        public var claimed = Money.zero
    }

    /// Why a grant ends.
    public enum EndReason: String, Sendable, CaseIterable {
        /// The time to use it is over: what no accepted report shows as spent comes back.
        case unused
        /// The place closed, or the union was dissolved: the part of the months that were left comes back, at least what was not
        /// spent.
        case closed
        /// Everything was done: nothing comes back.
        case finished
    }

    /// Ends a grant: what is held is released, what must come back becomes a claim. A second person does it, never who proposed.
    ///
    /// Throws `conflict` while an instalment is with the bank, before the time to use it is over (`unused`), or while an instalment
    /// is not paid or has no accepted report (`finished`).
    public static func end(
        _ id: ID<Grant>, _ plan: GrantPlan, _ reason: EndReason, on day: CivilDate, note: String,
        _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> Ending {
        let grant = try load(id, in: writer)
        guard grant.state == State.granted.rawValue, let approvedOn = grant.approvedOn else { throw wrongState(grant) }
        try AccountPersons.another(than: [grant.proposedBy], context, in: writer)
        guard day >= approvedOn else {
            throw NiangjiaError(
                .invalid, zh: "结束日期 \(day) 在批准日期 \(approvedOn) 之前:补助不能在批准之前结束,请核对。",
                en: "The end, \(day), is before the approval, \(approvedOn): a grant doesn't end before it began.",
                place: "/on")
        }
        if reason == .unused, let useBy = grant.useBy, day <= useBy {
            throw NiangjiaError(
                .conflict, zh: "使用期限到 \(useBy),尚未届满。", en: "The money may be used until \(useBy).", place: "/on")
        }
        if reason == .finished {
            for one in try instalments(of: id, in: writer) { try expectDone(one) }
        }
        var ending = Ending()
        for one in try instalments(of: id, in: writer) {
            switch one.state {
            case .held, .approved, .failed:
                try Entitlements.release(
                    [one.entitlement], reason: reason.rawValue, about: id.text, context, in: writer)
                ending.released += one.amount
            case .paid:
                let back = try comesBack(one, plan, reason, approvedOn: approvedOn, on: day)
                guard back > .zero else { continue }
                try Entitlements.clawBack(
                    one.entitlement, keeping: one.amount - back, reason: reason.rawValue, about: id.text, context,
                    in: writer)
                ending.claimed += back
            case .batched, .exported:
                throw NiangjiaError(
                    .conflict, zh: "第 \(one.n) 期正在支付,请等银行结果。",
                    en: "Instalment \(one.n) is with the bank: wait for the result.")
            default: continue
            }
        }
        try move(
            grant, to: .closed, setting: [("closed_on", .date(day)), ("close_reason", .text(reason.rawValue))],
            in: writer)
        let body: Value = [
            "reason": .text(reason.rawValue), "note": .text(note), "released": .int(ending.released.fen),
            "claimed": .int(ending.claimed.fen), "on": .text(day.description),
        ]
        try context.record("grant.closed", about: id.text, body: body, in: writer)
        return ending
    }

    /// A grant is finished when each instalment is paid and the report on its use accepted; names the one that isn't.
    private static func expectDone(_ one: Instalment) throws {
        switch one.state {
        case .held, .approved, .failed:
            throw NiangjiaError(
                .conflict, zh: "第 \(one.n) 期 \(one.amount) 元还没有支付,补助不能按完成办结:请先支付,或改用 unused、closed 结束(未付的撤销)。",
                en:
                    "Instalment \(one.n), \(one.amount) yuan, is not paid: the grant isn't finished. Pay it first, or end the grant as unused or closed, which releases it.",
                place: "/because")
        case .paid where one.report != "accepted":
            throw NiangjiaError(
                .conflict, zh: "第 \(one.n) 期还没有通过的使用报告。", en: "Instalment \(one.n) has no accepted report.",
                place: "/because")
        default: return
        }
    }

    /// What of a paid instalment comes back.
    private static func comesBack(
        _ one: Instalment, _ plan: GrantPlan, _ reason: EndReason, approvedOn: CivilDate, on day: CivilDate
    ) throws -> Money {
        let unspent = one.amount - (one.report == "accepted" ? one.spent : .zero)
        switch reason {
        case .unused: return unspent
        case .finished: return unspent
        case .closed:
            guard let months = plan.keepMonths, approvedOn.adding(months: months) > day else { return unspent }
            // Whole months that were kept: a begun one doesn't count.
            var kept = 0
            while approvedOn.adding(months: kept + 1) <= day { kept += 1 }
            let part = DuesAgreement.floor(one.amount.fen, Int64(months - kept), Int64(months))
            return max(unspent, Money(fen: part))
        }
    }

    private static func instalment(_ n: Int, of grant: Record, in reader: any StoreReader) throws -> Instalment {
        guard let one = try instalments(of: grant.id, in: reader).first(where: { $0.n == n }) else {
            throw NiangjiaError(
                .notFound, zh: "补助没有第 \(n) 期。", en: "The grant has no instalment \(n).", place: "/instalment")
        }
        return one
    }
}
