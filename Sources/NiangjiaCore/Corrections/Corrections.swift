/// Proposals of corrections and their approval: nothing of a draft moves money before a second person has said so.
public enum Corrections {
    static let columns = """
        SELECT id, program, bundle, since, reason, proposed_by, proposed_at, approved_by, state, digest, line_count,
        supplement, clawback, version FROM correction
        """

    static func correction(from row: any StoreRow) throws -> Correction {
        guard let state = Correction.State(rawValue: row.text(8)) else {
            throw NiangjiaError(.internal, zh: "数据有误。", en: "The data are wrong.", cause: "correction \(row.int(0))")
        }
        return Correction(
            id: row.id(0), program: row.text(1), bundle: row.text(2), since: row.dateOrNil(3), reason: row.text(4),
            proposedBy: row.text(5), proposedAt: row.instant(6), approvedBy: row.textOrNil(7), state: state,
            digest: row.text(9), count: Int(row.int(10)), supplement: row.money(11), clawback: row.money(12),
            version: row.int(13))
    }

    /// A correction. Throws `not_found` when there is none.
    public static func load(_ id: ID<Correction>, in reader: any StoreReader) throws -> Correction {
        guard let found = try reader.first(columns + " WHERE id = $1", [.id(id)], correction(from:)) else {
            throw NiangjiaError(.notFound, zh: "没有这份更正:\(id)。", en: "There is no correction \(id).")
        }
        return found
    }

    /// Corrections of a program, or of all, from the newest backwards.
    public static func list(
        program: String? = nil, after: ID<Correction>? = nil, limit: Int = 100, in reader: any StoreReader
    ) throws -> [Correction] {
        try reader.all(
            columns + " WHERE ($1 = '' OR program = $1) AND id < $2 ORDER BY id DESC LIMIT $3",
            [.text(program ?? ""), .int(after?.rawValue ?? .max), .int(Int64(limit))], correction(from:))
    }

    /// Files a draft for a second person. The same content again answers with what was filed before; another content takes the
    /// place of a proposal that nobody has approved.
    ///
    /// Throws `conflict` when nothing differs, and while an approved correction of the program is still being booked.
    public static func propose(
        _ draft: CorrectionDraft, reason: String, _ context: ChangeContext, in writer: any StoreWriter
    ) throws -> (correction: Correction, isNew: Bool) {
        guard !draft.lines.isEmpty else {
            throw NiangjiaError(.conflict, zh: "没有需要更正的金额。", en: "No amount differs: there is nothing to correct.")
        }
        let digest = draft.digest(context.crypto)
        let open = try writer.first(
            columns + " WHERE program = $1 AND state IN ('proposed', 'booking')", [.text(draft.program)],
            correction(from:))
        if let open {
            guard open.state == .proposed else { throw underWay(open) }
            if open.digest == digest, open.bundle == draft.bundle { return (open, false) }
            try withdraw(open.id, context, in: writer)
        }
        let id = context.ids.next(Correction.self)
        try writer.execute(
            """
            INSERT INTO correction (id, program, bundle, since, reason, proposed_by, proposed_at, state, digest, line_count,
            supplement, clawback) VALUES ($1, $2, $3, $4, $5, $6, $7, 'proposed', $8, $9, $10, $11)
            """,
            [
                .id(id), .text(draft.program), .text(draft.bundle), .date(draft.since), .text(reason),
                .text(context.actor), .instant(context.now), .text(digest), .int(Int64(draft.lines.count)),
                .money(draft.supplement), .money(draft.clawback),
            ])
        try insert(draft.lines, of: id, in: writer)
        let body: Value = [
            "program": .text(draft.program), "bundle": .text(draft.bundle), "digest": .text(digest),
            "count": .int(Int64(draft.lines.count)), "supplement": .int(draft.supplement.fen),
            "clawback": .int(draft.clawback.fen), "reason": .text(reason),
        ]
        try context.record("correction.proposed", about: id.text, body: body, in: writer)
        return (try load(id, in: writer), true)
    }

    static func underWay(_ open: Correction) -> NiangjiaError {
        NiangjiaError(
            .conflict, zh: "更正 \(open.id) 已批准,尚未记完:请先运行 niangjia program correct --approve \(open.id)。",
            en:
                "Correction \(open.id) is approved and not booked to the end: run niangjia program correct --approve \(open.id) first."
        )
    }

    private static func insert(
        _ lines: [CorrectionLine], of id: ID<Correction>, in writer: any StoreWriter
    ) throws {
        var values: [SQLValue] = []
        for (n, line) in lines.enumerated() {
            values += [
                .id(id), .int(Int64(n + 1)), .id(line.decision), .int(line.decisionRevision), .id(line.entitlement),
                .int(line.basis), .money(line.before), .money(line.target), .money(line.assessed),
                .text(line.result.rawValue), .optional(line.code), .text(Value.map(line.params).json),
                .text("pending"),
            ]
        }
        try writer.insert(
            into: "correction_line",
            columns: [
                "correction", "n", "decision", "decision_revision", "entitlement", "basis", "stood", "target",
                "assessed", "result", "code", "params", "state",
            ], values: values)
    }

    /// Takes a proposal back that nobody has approved. Throws `conflict` for any other.
    public static func withdraw(
        _ id: ID<Correction>, _ context: ChangeContext, in writer: any StoreWriter
    ) throws {
        try move(try load(id, in: writer), from: .proposed, to: .withdrawn, in: writer)
        try context.record("correction.withdrawn", about: id.text, body: .map([:]), in: writer)
    }

    /// Moves a correction on, if nobody else has meanwhile.
    static func move(
        _ found: Correction, from: Correction.State, to state: Correction.State,
        setting more: [(column: String, value: SQLValue)] = [], in writer: any StoreWriter
    ) throws {
        let extra = more.enumerated().map { ", \($1.column) = $\($0 + 5)" }.joined()
        let changed = try writer.execute(
            """
            UPDATE correction SET state = $1, version = version + 1\(extra) WHERE id = $2 AND state = $3 AND version = $4
            """,
            [.text(state.rawValue), .id(found.id), .text(from.rawValue), .int(found.version)] + more.map(\.value))
        guard changed == 1 else {
            throw NiangjiaError(
                .conflict, zh: "更正 \(found.id) 的状态是“\(StateWords.title(found.state.rawValue).zh)”,不能这样办理。",
                en: "Correction \(found.id) is “\(found.state.rawValue)”, which doesn't allow this.")
        }
    }

    /// What a booked correction made of a decision as a whole.
    public struct Change: Sendable {
        /// The correction.
        public var correction: ID<Correction>
        /// When it was booked.
        public var at: Instant
        /// What stood of the parts that it changed.
        public var before: Money
        /// What stands of them since.
        public var after: Money
        /// Why, in the words of whoever proposed it.
        public var why: String
        /// The rule's reason under the corrected settings.
        public var code: String?
        /// The reason's placeholders.
        public var params: [String: Value]
    }

    /// What corrections have made of a decision, the newest first.
    public static func of(_ decision: ID<Decision>, in reader: any StoreReader) throws -> [Change] {
        try reader.all(
            """
            SELECT l.correction, MAX(l.booked_at), SUM(l.stood), SUM(l.target), MAX(c.reason), MAX(l.code), MAX(l.params)
            FROM correction_line l JOIN correction c ON c.id = l.correction
            WHERE l.decision = $1 AND l.state = 'booked' GROUP BY l.correction ORDER BY l.correction DESC
            """, [.id(decision)]
        ) { row in
            Change(
                correction: row.id(0), at: row.instant(1), before: row.money(2), after: row.money(3), why: row.text(4),
                code: row.textOrNil(5), params: try Value(json: row.text(6)).map ?? [:])
        }
    }
}
