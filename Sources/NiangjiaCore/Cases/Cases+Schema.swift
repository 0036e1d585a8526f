/// Tables of cases: what people ask for, and its way through review.
public enum CasesSchema {
    /// An application: one row for each, which only ``Cases`` changes, by version.
    public static let caseFile = Table(
        "case_file", key: ["id"], proof: .sealed(zh: "申请", en: "case", id: "c"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)),
            Column("program", .text), Column("series", .text), Column("plugin", .text), Column("form", .text),
            // Pinned at submission: an open case keeps its plugin; settings go by the case's date.
            Column("plugin_digest", .text), Column("bundle", .text),
            Column("applicant", .int, nullable: true),
            // The account that filed it, on whose behalf is the applicant; the unit it stands for, if any.
            Column("filer", .text), Column("unit", .int, nullable: true),
            // How it came: member, unit, clerk, scan, keeper …
            Column("channel", .text), Column("home_organization", .int, nullable: true),
            Column("serving_organization", .int, nullable: true), Column("submitted_at", .int), Column("on_date", .int),
            // See ``CaseState``.
            Column("state", .text),
            // The level of review that it waits for, and how many levels are behind it.
            Column("level", .text, nullable: true), Column("levels_done", .int, default: .int(0)),
            Column("returns", .int, default: .int(0)),
            // The application's fields, sealed (``KeyPurpose/sensitive``).
            Column("fields", .blob),
            Column("waived", .text, default: .text("[]")),
            Column("notice_from", .int, nullable: true), Column("notice_to", .int, nullable: true),
            Column("stage", .text, nullable: true), Column("due_at", .int, nullable: true),
            // 1: nobody but the applicant sees whom it is about.
            Column("sealed", .int, default: .int(0)),
            Column("objection", .text, nullable: true),
            // While it waits for money (decision 0086): the rank by which its turn comes, smaller first; null: it doesn't.
            Column("money_rank", .int, nullable: true),
            Column("updated_at", .int),
        ],
        index: [
            ["program", "state"], ["applicant"], ["state", "level"], ["state", "notice_to"],
            .init(["filer"], where: "channel <> 'member'"),
            .init(["program", "form", "money_rank", "submitted_at", "id"], where: "money_rank IS NOT NULL"),
            // Who asks for an organisation's: whether it is in use.
            .init(["unit"], where: "unit IS NOT NULL"),
            .init(["serving_organization"], where: "serving_organization IS NOT NULL"),
        ])

    /// One subject of a case.
    public static let line = Table(
        "case_line", key: ["case_id", "line"], proof: .sealed(zh: "申请的对象", en: "line of case", id: "c"),
        [
            Column("case_id", .int), Column("line", .int), Column("subject_kind", .text), Column("subject", .int),
            Column("household", .int, nullable: true),
            // The last judgement, provisional until applied, and the revisions of the facts that it rests on (decision
            // 0010).
            Column("judged", .text, default: .text("{}")), Column("revisions", .text, default: .text("[]")),
            // No rule has been asked yet: that is done when the season has ended (`judge_after`).
            Column("awaits_rule", .bool, default: .bool(false)),
            Column("call", .int, nullable: true), Column("call_row", .int, nullable: true),
            Column("decision", .int, nullable: true),
        ], index: [["subject_kind", "subject"]])

    /// Every transition: who, when, from where to where, and why.
    public static let step = Table(
        "case_step", key: ["case_id", "n"], proof: .told("each step has its event"),
        [
            Column("case_id", .int), Column("n", .int), Column("at", .int), Column("actor", .text),
            Column("role", .text),
            Column("action", .text), Column("from_state", .text), Column("to_state", .text),
            Column("level", .text, nullable: true), Column("note", .text, nullable: true),
        ])

    /// Each stage that a staged case has come to, with what was filled in, sealed; `whole` is 0 for one of several who must act.
    public static let stage = Table(
        "case_stage", key: ["case_id", "n"], proof: .sealed(zh: "申请的环节", en: "stage of case", id: "c"),
        [
            Column("case_id", .int), Column("n", .int), Column("stage", .text), Column("at", .int),
            Column("actor", .text), Column("role", .text), Column("person", .int, nullable: true),
            Column("whole", .int), Column("fields", .blob),
        ])

    static let tables = [caseFile, line, step, stage]
}

/// An application with everything that has happened to it.
public enum CaseFile: Identified { public static let idPrefix = "c" }
