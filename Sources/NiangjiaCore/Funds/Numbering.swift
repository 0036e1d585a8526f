/// Numbers without gaps, taken in the transaction that uses them: undone with it, so none is ever missing.
enum Numbering {
    /// The next number of a series, from 1.
    static func next(_ series: String, in writer: any StoreWriter) throws -> Int64 {
        let next = try writer.integer(
            """
            INSERT INTO number_series (name, last) VALUES ($1, 1)
            ON CONFLICT (name) DO UPDATE SET last = number_series.last + 1 RETURNING last
            """, [.text(series)])
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
