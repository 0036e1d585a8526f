/// Numbers without gaps, taken in the transaction that uses them: undone with it, so none is ever missing.
enum Numbering {
    /// The next number of a series, from 1.
    static func next(_ series: String, in writer: any StoreWriter) throws -> Int64 {
        // The row is taken by the update: whoever else wants a number waits for it. RETURNING would cost more than the question
        // (decision 0070).
        let isBegun = try writer.execute("UPDATE number_series SET last = last + 1 WHERE name = $1", [.text(series)])
        if isBegun == 0 {
            try writer.execute(
                """
                INSERT INTO number_series (name, last) VALUES ($1, 1)
                ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1
                """, [.text(series)])
        }
        let next = try writer.integer("SELECT last FROM number_series WHERE name = $1", [.text(series)])
        guard let next else {
            throw NiangjiaError(.internal, zh: "无法取号。", en: "No number could be taken.", cause: series)
        }
        return next
    }

    /// Never gives numbers up to this one again.
    static func raise(_ series: String, to number: Int64, in writer: any StoreWriter) throws {
        try writer.execute(
            """
            INSERT INTO number_series (name, last) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET last = $2 WHERE number_series.last < $2
            """, [.text(series), .int(number)])
    }
}
