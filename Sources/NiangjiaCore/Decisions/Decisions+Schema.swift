/// Tables of decisions, runs and scarce things.
public enum DecisionsSchema {
    /// What was decided about a subject: what is its own. Unique by (subject, series, ordinal): parallel grants collide there
    /// (decision 0010). Read as ``decision``.
    public static let decisionRow = Table(
        "decision_row", key: ["id"],
        // As they are made, `decision.made` holds a digest over them.
        proof: .sealed(
            zh: "核定", en: "decision", id: "d", except: ["is_folded"],
            asMade: """
                revision = 1 AND kept IS NULL AND state = (SELECT \(firstState) FROM decision_terms t WHERE t.id = terms)
                AND series_id = (SELECT s.id FROM decision_terms t JOIN decision_series s ON s.series = t.series
                AND s.subject_kind = t.subject_kind WHERE t.id = terms)
                """),
        [
            Column("id", .int), Column("terms", .int), Column("revision", .int, default: .int(1)),
            // A number for program series and kind of subject (``decisionSeries``).
            Column("series_id", .int), Column("subject", .int),
            // Counts the standing decisions of a subject in a series; null for what never stood.
            Column("ordinal", .int, nullable: true), Column("household", .int, nullable: true),
            Column("case_id", .int, nullable: true), Column("line", .int, nullable: true),
            // The call in the journal that judged it: a single call, or a row of a run's block.
            Column("call", .int, nullable: true), Column("row", .int, nullable: true),
            Column("home_organization", .int, nullable: true), Column("serving_organization", .int, nullable: true),
            // standing, reversed, refused, waitlisted, lapsed (nobody came for it), superseded (decided anew),
            // annulled (a correction left nothing of it; another one may let it stand again), ended (of a run: a later one
            // came past and it waits no longer)
            Column("state", .text),
            // What a revocation left of a decision that stands, or a correction made of it, with what of it waits for money (fen);
            // null: all of it (`amount` and `queued`), unchanged.
            Column("kept", .int, nullable: true),
            // Its entitlement is still as the terms say, and has no row of its own.
            Column("is_folded", .bool, default: .bool(false)),
        ],
        // A run writes half a million of these: one index serves both what is unique and the past of a subject, and what a run
        // has none of costs it nothing. A run's own decisions lie together, by id.
        unique: [["subject", "series_id", "ordinal"]],
        index: [
            .init(["household"], where: "household IS NOT NULL"), .init(["case_id"], where: "case_id IS NOT NULL"),
        ])

    /// In which state a decision begins, by its terms.
    static let firstState = """
        CASE WHEN t.result IN ('granted', 'limited') THEN 'standing'
        WHEN t.result IN ('refused', 'waitlisted') THEN t.result ELSE 'open' END
        """

    /// What a run decides lies packed, a block's decisions together, until something happens to one of them.
    static let packing = Packing(
        packs: "decision_pack", rows: "packed_decision",
        columns: [
            "id", "terms", "series_id", "subject", "ordinal", "household", "line", "row", "home_organization",
        ], sortedBy: "subject", within: "series_id", alsoBy: "household")

    /// The packs: up to a block's decisions of a run, in columns.
    public static let decisionPack = packing.table(proof: .told("decision.made holds a digest over them"))

    /// What decisions that were made together have in common, once. Its id is that of the first of them.
    public static let decisionTerms = Table(
        "decision_terms", key: ["id"], proof: .told("decision.made holds a digest over them"),
        [
            // Ids of the decisions: all that have these terms lie between.
            Column("id", .int), Column("last", .int),
            Column("program", .text), Column("series", .text), Column("plugin", .text), Column("form", .text),
            Column("subject_kind", .text), Column("run", .int, nullable: true), Column("block", .int, nullable: true),
            Column("on_date", .int), Column("decided_at", .int),
            // granted, limited, refused, waitlisted, review, failed
            Column("result", .text),
            // What assess granted, what settle left of it, and what of that had to wait for money (fen).
            Column("assessed", .int), Column("amount", .int), Column("queued", .int, default: .int(0)),
            // What stacking took of what was assessed (exclusions, shared caps, bills), never what there was no money for (fen).
            Column("stacked", .int, default: .int(0)),
            Column("units", .int, nullable: true),
            Column("code", .text, nullable: true), Column("params", .text, default: .text("{}")),
            Column("keeps", .text, default: .text("{}")), Column("parts", .text, default: .text("{}")),
            // Of folded entitlements: kind, payee, fund line and first state (see ``PaymentsSchema/entitlement``).
            Column("entitled", .text, nullable: true), Column("payee_kind", .text, nullable: true),
            Column("fund_line", .text, nullable: true), Column("entitled_state", .text, nullable: true),
        ],
        index: [
            ["program", "on_date"], .init(["run"], where: "run IS NOT NULL"),
            // The list of who waits goes on where its last page ended.
            .init(["program", "last"], where: Waiting.terms),
        ])

    /// Program series by kind of subject.
    public static let decisionSeries = Table(
        "decision_series", key: ["id"], proof: .open("repeats what the terms say"),
        [Column("id", .int), Column("series", .text), Column("subject_kind", .text)],
        unique: [["series", "subject_kind"]])

    /// What is decisions' own, packed or not: `decision_row` but for what only a row of its own has.
    static let decisionOwn = View(
        "decision_own",
        """
        SELECT id, terms, series_id, subject, ordinal, household, case_id, line, call, row, home_organization,
        serving_organization FROM decision_row
        UNION ALL
        SELECT id, terms, series_id, subject, ordinal, household, \(none), line, \(none), row, home_organization, \(none)
        FROM packed_decision
        """)

    /// Decisions with their terms. That all of them lie between two ids lets a question about terms find its rows without an index.
    static let decision = View(
        "decision",
        """
        \(columns(caseID: "r.case_id", call: "r.call", serving: "r.serving_organization", revision: "r.revision",
            state: "r.state", kept: "r.kept"))
        FROM decision_row r JOIN decision_terms t ON \(termsOfRow)
        UNION ALL
        \(columns(caseID: none, call: none, serving: none, revision: "CAST(1 AS INTEGER)",
            state: "CAST(\(firstState) AS TEXT)", kept: none))
        FROM packed_decision r JOIN decision_terms t ON \(termsOfRow)
        """)

    static let termsOfRow = "t.id = r.terms AND r.id >= t.id AND r.id <= t.last"
    private static let none = "CAST(NULL AS INTEGER)"

    private static func columns(
        caseID: String, call: String, serving: String, revision: String, state: String, kept: String
    ) -> String {
        """
        SELECT r.id AS id, \(revision) AS revision, t.program AS program, t.series AS series, t.plugin AS plugin,
        t.form AS form, t.subject_kind AS subject_kind, r.subject AS subject, r.household AS household,
        r.ordinal AS ordinal, \(caseID) AS case_id, r.line AS line, \(call) AS call, t.run AS run, t.block AS block,
        r.row AS row, t.on_date AS on_date, t.decided_at AS decided_at, t.result AS result, t.assessed AS assessed,
        t.amount AS amount, t.queued AS queued, t.stacked AS stacked, t.units AS units, t.code AS code,
        t.params AS params, t.keeps AS keeps, t.parts AS parts,
        r.home_organization AS home_organization, \(serving) AS serving_organization, \(state) AS state,
        \(kept) AS kept
        """
    }

    /// A combination that may exist once (`unique` in a manifest; exclusions), held from submission.
    public static let claim = Table(
        "unique_claim", key: ["rule", "key", "on_date"], proof: .sealed(zh: "唯一性登记", en: "claim"),
        [
            // `plugin/form#n`
            Column("rule", .text),
            // HMAC of what must be unique: identities, not row ids alone, and never readable. Behind an exclusion's stands whose
            // it is, so that those of one form hold it beside each other.
            Column("key", .blob),
            // The day that it counts from where its window goes with the date (`days`, `months`); 0 where the window is in the key.
            Column("on_date", .int),
            // The case that holds it, with the line that alone claims it, or the decision of a run; the form that both belong to.
            Column("case_id", .int, nullable: true), Column("line", .int, nullable: true),
            Column("decision", .int, nullable: true), Column("form", .text), Column("held_at", .int),
        ], index: [["case_id"], ["decision"]])

    /// Which decisions pay towards one bill, whatever program they belong to.
    public static let billShare = Table(
        "bill_share", key: ["bill", "decision"], proof: .sealed(zh: "同一账单的分担", en: "share of a bill"),
        [
            // HMAC of whom and which: never readable.
            Column("bill", .blob), Column("decision", .int),
            // `plugin/form`
            Column("form", .text),
        ])

    /// Scarce things counted by the host: places, ceilings. Taken by `UPDATE … WHERE used + $n <= cap`.
    public static let counter = Table(
        "counter", key: ["kind", "key"], proof: .sealed(zh: "计数", en: "counter"),
        [
            Column("kind", .text), Column("key", .text), Column("cap", .int, nullable: true),
            Column("used", .int, default: .int(0)), Column("waiting", .int, default: .int(0)),
        ])

    /// A program decided over everybody in scope.
    public static let run = Table(
        "run", key: ["id"], proof: .open("totals follow from its blocks; nothing is paid by them"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)), Column("program", .text),
            Column("form", .text),
            Column("bundle", .text), Column("plugin_digest", .text), Column("engine", .text, nullable: true),
            Column("as_of", .int), Column("actor", .text), Column("started_at", .int),
            Column("finished_at", .int, nullable: true),
            // judging, applying, applied, paused, cancelled
            Column("state", .text), Column("considered", .int, default: .int(0)),
            Column("blocks", .int, default: .int(0)),
            Column("applied_blocks", .int, default: .int(0)), Column("totals", .text, default: .text("{}")),
            // See ``RunPause``.
            Column("pause_reason", .text, nullable: true),
            // Over those who never applied (免申即享).
            Column("automatic", .bool, default: .int(0)),
        ],
        unique: [.init(["program", "form"], where: RunRecord.isOpen)], index: [["program"]])

    /// Up to 4,096 calls of a run: the bytes that went to the engine and came back, compressed and sealed (decision 0016).
    public static let block = Table(
        "run_block", key: ["run", "block"], proof: .told("run.judged and run.block hold digests"),
        [
            Column("run", .int), Column("block", .int), Column("first_subject", .int), Column("last_subject", .int),
            Column("count", .int),
            // The bytes of request and reply, sealed under the wrapped key; destroying that key erases the facts.
            Column("bytes", .blob), Column("wrapped_key", .blob, nullable: true),
            // What settle and apply need of each line, and the outcomes once settled, sealed.
            Column("lines", .blob), Column("outcomes", .blob, nullable: true),
            // SM3 of request and reply, compressed, before sealing.
            Column("digest", .blob),
            // judged, applied
            Column("state", .text),
        ])

    /// One interactive call.
    public static let call = Table(
        "call", key: ["id"], proof: .told("journal.call holds a digest"),
        [
            Column("id", .int), Column("at", .int), Column("program", .text), Column("plugin", .text),
            Column("plugin_digest", .text), Column("bundle", .text), Column("function", .text), Column("engine", .text),
            Column("case_id", .int, nullable: true),
            // The bytes of request and reply, sealed under the wrapped key.
            Column("bytes", .blob), Column("wrapped_key", .blob, nullable: true), Column("digest", .blob),
        ], index: [["case_id"]])

    static let views = [decisionOwn, decision]
    static let tables = [
        decisionRow, decisionPack, decisionTerms, decisionSeries, claim, billShare, counter, run, block, call,
    ]
}

/// A decision about one subject.
public enum Decision: Identified { public static let idPrefix = "d" }
/// A program decided over everybody in scope.
public enum Run: Identified { public static let idPrefix = "run" }
/// A journaled call of a rule.
public enum Call: Identified { public static let idPrefix = "call" }
