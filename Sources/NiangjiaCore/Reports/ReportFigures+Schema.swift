/// Table of figures from outside (填报): what another register counts, entered with its period and its source.
public enum ReportFiguresSchema {
    /// One row for each figure that was ever entered; a correction replaces, and the former stays readable.
    public static let figure = Table(
        "report_figure", key: ["id"], proof: .sealed(zh: "填报数字", en: "entered figure", id: "rf"),
        [
            Column("id", .int),
            // A part of a metric (`M36.cases`) or a named input (`member_total`).
            Column("name", .text), Column("from_on", .int), Column("to_on", .int),
            // As typed: a whole number, an amount with 元, a date or words.
            Column("value", .text),
            // The code of the union that reports it; empty: the whole city.
            Column("organization", .text, default: .text("")),
            // The paper that it was taken from (依据).
            Column("source", .text), Column("entered_by", .text), Column("entered_at", .int),
            // standing, replaced
            Column("state", .text, default: .text("standing")),
        ],
        unique: [.init(["name", "from_on", "to_on", "organization"], where: "state = 'standing'")], index: [["name"]])

    static let tables = [figure]
}

/// A figure from outside.
public enum ReportFigure: Identified { public static let idPrefix = "rf" }
