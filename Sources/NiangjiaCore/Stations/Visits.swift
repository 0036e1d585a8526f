extension Visit {
    /// Writes that somebody was at a station, or how many were. The union that runs the station is noted with it: a station changes hands,
    /// and who served a member then is asked later (``Sharing``).
    ///
    /// - Parameters:
    ///   - person: nil where nobody is told apart.
    ///   - kind: `scan`, `door`, `counter` or `manual`.
    ///   - day: the day that it counts for.
    public static func write(
        _ id: ID<Visit>, to station: ID<Station>, by person: ID<Person>? = nil, kind: String, on day: CivilDate,
        count: Int64 = 1, _ change: ChangeContext, in writer: any StoreWriter
    ) throws {
        try writer.execute(
            """
            INSERT INTO visit (id, station, person, kind, at, day, count, organization) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT organization FROM station WHERE id = $2))
            """,
            [
                .id(id), .id(station), .id(person), .text(kind), .instant(change.now), .date(day), .int(count),
            ])
    }
}
