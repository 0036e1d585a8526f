/// Tables and triggers of the facts of persons that lie column by column.
public enum FactPagesSchema {
    /// Which pages hold what the registers hold now. A page that a register has changed under is no longer named here.
    public static let page = Table(
        "fact_page", key: ["last"], proof: .told("read again from the registers"),
        [
            // It covers the ids after one, up to another.
            Column("last", .int), Column("after", .int),
            // The query that it was made by: whoever reads otherwise reads the registers.
            Column("query", .text),
        ])

    /// The columns themselves. Apart from what names them, so that whoever changes one person doesn't write all of them.
    public static let columns = Table(
        "fact_page_columns", key: ["last"], proof: .told("read again from the registers"),
        [Column("last", .int), Column("bytes", .blob)])

    static let tables = [page, columns]

    /// Whatever a page rests on takes it away when it changes, whoever changes it.
    static let triggers: [Trigger] =
        on("person", key: "id", of: { forget(whoHolds: $0 + ".id") })
        + on("membership", key: "person", of: { forget(whoHolds: $0 + ".person") })
        + on(
            "household", key: "id",
            of: { row in
                """
                DELETE FROM fact_page WHERE last IN (SELECT (SELECT MIN(f.last) FROM fact_page f WHERE f.last >= p.id) \
                FROM person p WHERE p.household = \(row).id)
                """
            })
        // Few organisations, each of many persons: all pages go.
        + on(
            "organization", key: "id", columns: ["level", "area", "nature"],
            of: { row in
                """
                DELETE FROM fact_page WHERE EXISTS (SELECT 1 FROM membership m WHERE m.organization = \(row).id) \
                OR EXISTS (SELECT 1 FROM person p WHERE p.employer = \(row).id)
                """
            })

    private static func forget(whoHolds id: String) -> String {
        "DELETE FROM fact_page WHERE last = (SELECT MIN(f.last) FROM fact_page f WHERE f.last >= \(id))"
    }

    /// Triggers for everything that can happen to a row; `columns`: those whose change matters, none: all.
    private static func on(
        _ table: String, key: String, columns: [String] = [], of statement: (String) -> String
    ) -> [Trigger] {
        let differ = columns.map { "OLD.\($0) IS DISTINCT FROM NEW.\($0)" }.joined(separator: " OR ")
        return [
            Trigger("fact_page__\(table)__insert", on: table, .insert, statement("NEW")),
            Trigger(
                "fact_page__\(table)__update", on: table, .update(of: columns),
                where: columns.isEmpty ? nil : differ, statement("OLD")),
            Trigger(
                "fact_page__\(table)__move", on: table, .update(of: [key]),
                where: "OLD.\(key) IS DISTINCT FROM NEW.\(key)", statement("NEW")),
            Trigger("fact_page__\(table)__delete", on: table, .delete, statement("OLD")),
        ]
    }
}
