/// Tables of corrections: amounts found wrong after they were decided, and what was done about them.
public enum CorrectionsSchema {
    /// A correction of one program as it was proposed: what each person's amount stands at and what it should be.
    public static let correction = Table(
        "correction", key: ["id"], proof: .sealed(zh: "更正单", en: "correction", id: "cor"),
        [
            Column("id", .int), Column("version", .int, default: .int(1)), Column("program", .text),
            // The bundle under which the journaled facts were judged again.
            Column("bundle", .text),
            // Only decisions of this day and later; null: all of the program's.
            Column("since", .int, nullable: true),
            Column("reason", .text),
            Column("proposed_by", .text), Column("proposed_at", .int),
            Column("approved_by", .text, nullable: true), Column("approved_at", .int, nullable: true),
            Column("finished_at", .int, nullable: true),
            // proposed, booking (approved, under way), booked, withdrawn
            Column("state", .text),
            // SM3 over every line: entitlement, what stood, what it should be.
            Column("digest", .text),
            Column("line_count", .int), Column("supplement", .int), Column("clawback", .int),
        ], unique: [.init(["program"], where: "state IN ('proposed', 'booking')")], index: [["program", "state"]])

    /// One entitlement of a correction. On one basis an entitlement is corrected once, whatever is proposed, clicked or resumed.
    public static let line = Table(
        "correction_line", key: ["correction", "n"], proof: .sealed(zh: "更正单明细", en: "line of correction", id: "cor"),
        [
            Column("correction", .int), Column("n", .int), Column("decision", .int),
            // The decision's revision when it was proposed: it changes with each correction and revocation.
            Column("decision_revision", .int),
            // The entitlement as it was first made, whatever revisions it has had since.
            Column("entitlement", .int),
            // How many corrections it had had.
            Column("basis", .int),
            // Fen: what stood, and what should stand.
            Column("stood", .int, check: "stood >= 0"), Column("target", .int, check: "target >= 0"),
            // What the rule grants of the whole decision under the corrected settings, before caps.
            Column("assessed", .int),
            Column("result", .text), Column("code", .text, nullable: true),
            Column("params", .text, default: .text("{}")),
            // pending, booked, stale (it changed between proposal and booking)
            Column("state", .text), Column("booked_at", .int, nullable: true),
        ], unique: [.init(["entitlement", "basis"], where: "state = 'booked'")],
        index: [["decision"], .init(["correction"], where: "state = 'pending'")])

    /// In the order in which they are made.
    public static let tables = [correction, line]
}
