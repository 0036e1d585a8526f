/// Numbers without gaps, taken in the transaction that uses them: undone with it, so none is ever missing.
enum Numbering {
    /// The next number of a series, from 1.
    static func next(_ series: String, in writer: any StoreWriter) throws -> Int64 {
        if try writer.execute("UPDATE number_series SET last = last + 1 WHERE name = $1", [.text(series)]) == 0 {
            try writer.execute("INSERT INTO number_series (name, last) VALUES ($1, 1)", [.text(series)])
        }
        return try writer.integer("SELECT last FROM number_series WHERE name = $1", [.text(series)]) ?? 1
    }
}
