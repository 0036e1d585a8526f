/// What stands of a form's decisions in its season, on whichever day they were made.
public struct SeasonGiven: Hashable, Sendable {
    /// How many decisions.
    public var count = 0
    /// What they come to, with what of them waits for money.
    public var amount = Money.zero

    /// Counts what stands beside a run: not what was decided in runs of its own day, which it counts as decided already. Where there has been nothing beside it, its own rows aren't read for that.
    static func beside(_ run: ID<Run>, asOf day: CivilDate, of context: FormContext, in reader: any StoreReader) throws
        -> SeasonGiven
    {
        let form: [SQLValue] = [.text(context.program.id), .text(context.form.name)]
        let isAlone =
            try reader.integer(
                """
                SELECT 1 WHERE EXISTS (SELECT 1 FROM run WHERE program = $1 AND form = $2 AND applied_blocks > 0 AND id <> $3) \
                OR EXISTS (SELECT 1 FROM case_file WHERE program = $1 AND form = $2)
                """, form + [.id(run)]) == nil
        return isAlone ? SeasonGiven() : try of(context, exceptRunsOf: day, in: reader)
    }

    /// Counts them, without those of the runs of a day.
    static func of(_ context: FormContext, exceptRunsOf day: CivilDate? = nil, in reader: any StoreReader) throws
        -> SeasonGiven
    {
        let season = context.rules.season
        return try reader.first(
            """
            SELECT COUNT(*), COALESCE(SUM(COALESCE(kept, amount + queued)), 0) FROM decision WHERE program = $1 AND form = $2 AND state = 'standing' \
            AND on_date >= $3 AND on_date <= $4 AND ($5 IS NULL OR run IS NULL OR on_date <> $5)
            """,
            [.text(context.program.id), .text(context.form.name), .date(season.from), .date(season.to), .date(day)]
        ) { SeasonGiven(count: Int($0.int(0)), amount: $0.money(1)) } ?? SeasonGiven()
    }
}
