/// Which people and which versions of them a sweep reads.
struct RegisterView: Sendable {
    /// The versions that were true on the sweep's day are read, for the register has changed since; the record tables of that day
    /// once for all of the sweep.
    var past: RecordTables.Past?
    var history: Bool { past != nil }
    /// Leaves out whoever has applied for the form, or been decided on, this season: what is left never asked.
    var skipsApplied = false
    /// With that: also whoever only waits by a run. A run itself judges them again.
    var skipsWaiting = false
    /// By what people are told apart: what that takes is read along with the declared facts, and no rule sees it.
    var dimensions: [Dimension] = []
    /// Whom an earlier forecast of the same series and form gives something on the day: a run after that one's would find them decided.
    var decided: Set<Int64> = []
    /// Applications of the past are judged once more: what they themselves were given doesn't count against them, and of other
    /// applications looks see those that came before.
    var looksBack: FiledSet?
    /// Subjects that have been read already, for several programs at once; nil: the sweep reads them itself.
    var chunk: SubjectChunk?

    /// Whether what a case was given, or holds, is taken anew: it is one of the applications that are looked back at.
    func takesAnew(_ id: ID<CaseFile>?, in reader: any StoreReader) throws -> Bool {
        try looksBack?.contains(id, in: reader) ?? false
    }
}

extension FormContext {
    /// The context as a sweep for a day must read it: a past day's versions come from the history.
    ///
    /// Throws `invalid` for a day that the register's history doesn't reach.
    func seen(on date: CivilDate, by corridor: Corridor) async throws -> FormContext {
        guard date < corridor.clock.now().date, let registers = try FormRegisters(of: self) else { return self }
        var context = self
        let isPast = try await corridor.store.read { reader in
            guard try registers.changed(since: date, in: reader) else { return false }
            try registers.check(on: date, in: reader)
            return true
        }
        context.view.past = isPast ? RecordTables.Past(on: date) : nil
        return context
    }

    /// Throws when a register has changed since a past day: what is decided must rest on rows that can be checked when it is
    /// applied. A preview reads the history instead.
    func checkUnchanged(since date: CivilDate, by corridor: Corridor) async throws {
        guard date < corridor.clock.now().date, let registers = try FormRegisters(of: self) else { return }
        guard try await corridor.store.read({ try registers.changed(since: date, in: $0) }) else { return }
        throw NiangjiaError(
            .conflict, zh: "\(date) 之后登记资料有变化:可以按这一天试算,不能按这一天正式核定",
            en: "the register has changed since \(date): preview that day, but decide for a later one")
    }
}

extension Gatherer {
    /// Who of a range of subjects has applied for the form in the season, or been decided on, whatever came of it.
    func applied(from first: Int64, to last: Int64, in reader: any StoreReader) throws -> Set<Int64> {
        let season = context.rules.season
        let arguments: [SQLValue] = [
            .text(kind.rawValue), .int(first), .int(last), .text(context.program.series), .text(context.form.name),
            .date(season.from), .date(season.to),
        ]
        let waiting =
            context.view.skipsWaiting
            ? "" : " AND (run IS NULL OR state NOT IN ('waitlisted', 'open', 'superseded', 'ended'))"
        var found: Set<Int64> = []
        for sql in [
            """
            SELECT subject FROM decision WHERE subject_kind = $1 AND subject >= $2 AND subject <= $3 AND series = $4 \
            AND form = $5 AND on_date >= $6 AND on_date <= $7\(waiting)
            """,
            """
            SELECT l.subject FROM case_line l JOIN case_file c ON c.id = l.case_id WHERE l.subject_kind = $1 \
            AND l.subject >= $2 AND l.subject <= $3 AND c.series = $4 AND c.form = $5 AND c.on_date >= $6 AND c.on_date <= $7
            """,
        ] {
            try reader.forEach(sql, arguments) { row in
                found.insert(row.int(0))
                return true
            }
        }
        return found
    }
}
