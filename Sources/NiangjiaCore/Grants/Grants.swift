/// Grants in instalments: proposed by one person, approved by another, paid part by part, the next part only after the report on
/// the use of the last was accepted, and claimed back where the money isn't used or the place closes early.
public enum Grants {
    /// What becomes of a grant.
    public enum State: String, Sendable, CaseIterable { case proposed, granted, refused, closed }

    /// What becomes of the report on an instalment.
    public enum ReportState: String, Sendable, CaseIterable { case none, submitted, accepted, returned }

    /// Under what name their entitlements stand and their batches are built.
    public static let program = "grants"

    /// A grant as it stands.
    public struct Record: Hashable, Sendable {
        /// The grant.
        public var id: ID<Grant>
        /// The plan's id.
        public var plan: String
        /// To whom.
        public var organization: ID<Organization>
        /// All instalments together.
        public var amount: Money
        /// What it is for.
        public var purpose: String
        /// proposed, granted, refused, closed
        public var state: String
        /// Who proposed it.
        public var proposedBy: String
        /// Who approved it.
        public var approvedBy: String?
        /// The day of the approval.
        public var approvedOn: CivilDate?
        /// Until when the money must be used.
        public var useBy: CivilDate?
        var version: Int64
    }

    /// An instalment as it stands.
    public struct Instalment: Hashable, Sendable {
        /// From 1.
        public var n: Int
        /// In fen.
        public var amount: Money
        /// The day from which it may be paid.
        public var dueOn: CivilDate
        /// Whether it waits for the report on the one before.
        public var needsReport: Bool
        /// What pays it.
        public var entitlement: ID<Entitlement>
        /// Where that stands.
        public var state: Entitlement.State
        /// none, submitted, accepted, returned
        public var report: String
        /// What the accepted report says was spent.
        public var spent: Money
    }

    /// Proposes a grant. Throws `invalid` for more than the plan allows, or an organisation that it isn't for.
    public static func propose(
        _ plan: GrantPlan, to organization: ID<Organization>, amount: Money, purpose: String, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws -> ID<Grant> {
        guard amount > .zero, amount <= plan.most else {
            throw NiangjiaError(
                .invalid, zh: "金额须大于零且不超过 \(plan.most) 元。",
                en: "The amount must be positive and at most \(plan.most) yuan.",
                place: "/amount")
        }
        let level = try writer.first("SELECT level FROM organization WHERE id = $1", [.id(organization)]) { $0.text(0) }
        guard let level, plan.isFor(level) else {
            let levels = plan.levels
            throw NiangjiaError(
                .invalid, zh: "\(plan.title.zh)只给 \(levels.isEmpty ? "工会和单位" : levels.joined(separator: "、"))。",
                en:
                    "\(plan.title.en) is for \(levels.isEmpty ? "unions and employers" : levels.joined(separator: ", ")) only.",
                place: "/organization")
        }
        let id = context.ids.next(Grant.self)
        try writer.insert(
            into: "grant_award",
            columns: ["id", "plan", "organization", "amount", "purpose", "state", "proposed_by", "proposed_at"],
            values: [
                .id(id), .text(plan.id), .id(organization), .money(amount), .text(purpose),
                .text(State.proposed.rawValue),
                .text(context.actor), .instant(context.now),
            ])
        let body: Value = [
            "plan": .text(plan.id), "organization": .text(organization.text), "amount": .int(amount.fen),
            "purpose": .text(purpose),
        ]
        try context.record("grant.proposed", about: id.text, body: body, in: writer)
        return id
    }

    /// The other grants of a plan to the same organisation that weren't refused, the oldest first: whoever proposes or approves
    /// one more is to know of them.
    public static func others(besides grant: Record, in reader: any StoreReader) throws -> [Record] {
        try reader.all(
            "\(columns) WHERE organization = $1 AND plan = $2 AND id <> $3 AND state <> 'refused' ORDER BY id",
            [.id(grant.organization), .text(grant.plan), .id(grant.id)], record)
    }

    /// A second person approves: all instalments are held, the first may be paid. Throws `forbidden` for who proposed it.
    public static func approve(
        _ id: ID<Grant>, _ plan: GrantPlan, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let grant = try load(id, in: writer)
        guard grant.state == State.proposed.rawValue else { throw wrongState(grant) }
        try AccountPersons.another(than: [grant.proposedBy], context, in: writer)
        let amounts = plan.parts(of: grant.amount)
        guard amounts.allSatisfy({ $0 > .zero }), amounts.reduce(.zero, +) == grant.amount else {
            throw NiangjiaError(
                .configuration, zh: "\(plan.id) 的分期比例分不出每期金额。",
                en: "The instalments of \(plan.id) leave one with nothing.",
                place: "config/funds.yaml")
        }
        var room = try Ledger.available(lines: plan.lines, in: writer)
        var new: [NewEntitlement] = []
        for (n, amount) in amounts.enumerated() {
            new.append(
                NewEntitlement(
                    decision: ID(rawValue: id.rawValue), caseID: nil, caseLine: n, part: "instalment/\(n + 1)",
                    kind: .money,
                    payee: .organization(grant.organization), shares: try shares(amount, plan.lines, &room),
                    program: program, series: plan.id, on: context.today))
        }
        let ids = try Entitlements.hold(new, about: id.text, context, in: writer)
        for (n, entitlement) in ids.enumerated() {
            try writer.insert(
                into: "grant_instalment",
                columns: ["grant_award", "n", "amount", "due_on", "needs_report", "entitlement"],
                values: [
                    .id(id), .int(Int64(n + 1)), .money(amounts[n]),
                    .date(context.today + plan.instalments[n].afterDays), .bool(plan.instalments[n].needsReport),
                    .id(entitlement),
                ])
        }
        try move(
            grant, to: .granted,
            setting: [
                ("approved_by", .text(context.actor)), ("approved_on", .date(context.today)),
                ("use_by", .date(plan.useWithinDays.map { context.today + $0 })),
            ], in: writer)
        try context.record("grant.approved", about: id.text, body: ["amount": .int(grant.amount.fen)], in: writer)
        try unlock(id, context, in: writer)
    }

    /// A second person refuses a proposal.
    public static func refuse(
        _ id: ID<Grant>, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        let grant = try load(id, in: writer)
        guard grant.state == State.proposed.rawValue else { throw wrongState(grant) }
        try AccountPersons.another(than: [grant.proposedBy], context, in: writer)
        try move(grant, to: .refused, setting: [("close_reason", .text(reason))], in: writer)
        try context.record("grant.refused", about: id.text, body: ["reason": .text(reason)], in: writer)
    }

    /// What each line gives of an instalment, in order, as far as it has something left.
    private static func shares(_ amount: Money, _ lines: [String], _ room: inout [String: Money]) throws -> [Outcome
        .Split]
    {
        var left = amount
        var shares: [Outcome.Split] = []
        for line in lines where left > .zero {
            let part = min(left, room[line, default: .zero])
            guard part > .zero else { continue }
            shares.append(Outcome.Split(line: line, amount: part))
            room[line, default: .zero] -= part
            left -= part
        }
        guard left == .zero else {
            throw NiangjiaError(
                .insufficientFunds, zh: "资金不足(\(lines.joined(separator: "、"))),还差 \(left) 元。",
                en: "\(left) yuan are lacking on \(lines.joined(separator: ", ")).")
        }
        return shares
    }

    /// Approves the instalments whose turn has come: due, and behind an accepted report where they need one. Returns how many.
    @discardableResult
    public static func unlock(_ id: ID<Grant>, _ context: ChangeContext, in writer: any StoreWriter) throws -> Int {
        guard try load(id, in: writer).state == State.granted.rawValue else { return 0 }
        let all = try instalments(of: id, in: writer)
        var count = 0
        for (n, one) in all.enumerated() where one.state == .held && one.dueOn <= context.today {
            guard !one.needsReport || (n > 0 && all[n - 1].report == "accepted") else { continue }
            try Entitlements.approve([one.entitlement], about: id.text, context, in: writer)
            count += 1
        }
        return count
    }

    // MARK: rows

    private static let columns = """
        SELECT id, plan, organization, amount, purpose, state, proposed_by, approved_by, approved_on, use_by, version
        FROM grant_award
        """

    /// A grant. Throws `not_found` when there is none.
    public static func load(_ id: ID<Grant>, in reader: any StoreReader) throws -> Record {
        guard let found = try reader.first("\(columns) WHERE id = $1", [.id(id)], record) else {
            throw NiangjiaError(.notFound, zh: "没有这笔补助:\(id)。", en: "There is no grant \(id).")
        }
        return found
    }

    /// Grants, the newest first.
    public static func list(after: ID<Grant>? = nil, limit: Int, in reader: any StoreReader) throws -> [Record] {
        try reader.all(
            "\(columns) WHERE id < $1 ORDER BY id DESC LIMIT $2",
            [.int(after?.rawValue ?? .max), .int(Int64(limit))], record)
    }

    private static func record(_ row: any StoreRow) -> Record {
        Record(
            id: row.id(0), plan: row.text(1), organization: row.id(2), amount: row.money(3), purpose: row.text(4),
            state: row.text(5), proposedBy: row.text(6), approvedBy: row.textOrNil(7), approvedOn: row.dateOrNil(8),
            useBy: row.dateOrNil(9), version: row.int(10))
    }

    /// The instalments of a grant in order, with their reports.
    public static func instalments(of id: ID<Grant>, in reader: any StoreReader) throws -> [Instalment] {
        let rows = try reader.all(
            """
            SELECT i.n, i.amount, i.due_on, i.needs_report, i.entitlement,
            (SELECT r.state FROM grant_report r WHERE r.grant_award = i.grant_award AND r.n = i.n ORDER BY r.round DESC LIMIT 1),
            (SELECT r.spent FROM grant_report r WHERE r.grant_award = i.grant_award AND r.n = i.n AND r.state = 'accepted')
            FROM grant_instalment i WHERE i.grant_award = $1 ORDER BY i.n
            """, [.id(id)]
        ) { row in
            Instalment(
                n: Int(row.int(0)), amount: row.money(1), dueOn: row.date(2), needsReport: row.bool(3),
                entitlement: row.id(4), state: .held, report: row.textOrNil(5) ?? ReportState.none.rawValue,
                spent: Money(fen: row.intOrNil(6) ?? 0))
        }
        return try rows.map { row in
            var one = row
            one.state = try Entitlements.load(row.entitlement, in: reader).state
            return one
        }
    }

    static func move(
        _ grant: Record, to state: State, setting more: [(column: String, value: SQLValue)] = [],
        in writer: any StoreWriter
    ) throws {
        let extra = more.enumerated().map { ", \($1.column) = $\($0 + 4)" }.joined()
        let changed = try writer.execute(
            "UPDATE grant_award SET state = $1, version = version + 1\(extra) WHERE id = $2 AND version = $3",
            [.text(state.rawValue), .id(grant.id), .int(grant.version)] + more.map(\.value))
        guard changed == 1 else { throw wrongState(grant) }
    }

    static func wrongState(_ grant: Record) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "补助 \(grant.id) 的状态是“\(StateWords.title(grant.state).zh)”,不能这样办理。",
            en: "Grant \(grant.id) is “\(grant.state)”, which doesn't allow this.")
    }
}
