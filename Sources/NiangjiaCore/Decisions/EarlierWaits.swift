/// Who waits by earlier runs of a form, for money, a place or a person. A run says nothing anew of whom it finds as they were, and
/// ends the waiting of everybody else whom it comes past: one line a person, the latest (decision 0068). Whom an automatic run skips,
/// it says nothing about: they wait as before (decision 0093).
struct EarlierWaits: Sendable {
    /// A decision that waits, and what it said.
    private struct Wait: Sendable {
        var decision: ID<Decision>
        var run: ID<Run>
        var result: String
        var assessed: Int64
        var code: String?
        var params: String
        var household: Int64
        var home: Int64
    }

    /// By subject, the oldest first.
    private var waits: [Int64: [Wait]] = [:]
    /// The runs that they are of, with their bundles.
    private let runs: [ID<Run>: String]
    /// Whom the run leaves to others: they have applied, or were decided on.
    private var skipped: Set<Int64> = []

    /// The runs of a form, but for one, that ever left somebody waiting, with their bundles. Nobody starts another one of the form
    /// while that one is open.
    static func runs(of context: FormContext, except own: ID<Run>, in reader: any StoreReader) throws
        -> [ID<Run>: String]
    {
        let arguments: [SQLValue] = [.text(context.program.id), .text(context.form.name), .id(own)]
        let left = Set(
            try reader.all(
                """
                SELECT DISTINCT run FROM decision_terms WHERE program = $1 AND form = $2 AND run <> $3
                AND result IN ('waitlisted', 'review', 'failed')
                """, arguments
            ) { $0.id(0, Run.self) })
        guard !left.isEmpty else { return [:] }
        let found = try reader.all(
            "SELECT id, bundle FROM run WHERE program = $1 AND form = $2 AND id <> $3", arguments
        ) { ($0.id(0, Run.self), $0.text(1)) }
        return Dictionary(uniqueKeysWithValues: found.filter { left.contains($0.0) })
    }

    /// Who of a range of subjects still waits by one of these runs.
    init(
        _ context: FormContext, _ kind: SubjectKind, after: Int64, upTo last: Int64, by runs: [ID<Run>: String],
        in reader: any StoreReader
    ) throws {
        self.runs = runs
        guard !runs.isEmpty else { return }
        try reader.forEach(
            """
            SELECT subject, id, run, result, assessed, code, params, household, home_organization FROM decision
            WHERE subject_kind = $1 AND subject >= $2 AND subject <= $3 AND program = $4 AND form = $5
            AND run IS NOT NULL AND state IN ('waitlisted', 'open')
            """,
            [
                .text(kind.rawValue), .int(after == .min ? after : after + 1), .int(last), .text(context.program.id),
                .text(context.form.name),
            ]
        ) { row in
            let run = row.id(2, Run.self)
            guard runs[run] != nil else { return true }
            waits[row.int(0), default: []].append(
                Wait(
                    decision: row.id(1), run: run, result: row.text(3), assessed: row.int(4), code: row.textOrNil(5),
                    params: row.text(6), household: row.intOrNil(7) ?? 0, home: row.intOrNil(8) ?? 0))
            return true
        }
        for subject in waits.keys { waits[subject]?.sort { $0.decision < $1.decision } }
        guard context.view.skipsApplied, !waits.isEmpty else { return }
        skipped = try Gatherer(context).applied(from: after == .min ? after : after + 1, to: last, in: reader)
    }

    /// The lines of a block about which the same is to be said, under the same configuration, as when they last were decided: the
    /// journal has the judgement, and the decision stands as it is.
    func unchanged(
        _ lines: BlockLines, _ judgements: Judgements, _ settled: SettledBlock, under context: FormContext,
        except: Set<Int>
    ) -> Set<Int> {
        // Whoever checks a draw looks for each entrant's outcome among the run's own decisions.
        guard !waits.isEmpty, !context.isDrawn else { return [] }
        let params = settled.outcomes.map { Value.map($0.params).json }
        return Set(
            lines.ids.indices.filter { line in
                guard !except.contains(line), let last = waits[lines.ids[line]]?.last else { return false }
                let (judged, outcome) = (judgements[line], settled[line])
                return last.result == outcome.result.rawValue && last.code == outcome.code
                    && last.assessed == (judged.gives ? judged.amount.fen : 0)
                    && last.params == params[Int(settled.indexes[line])] && runs[last.run] == context.bundle.digest
                    && last.household == lines.households[line] && last.home == lines.homes[line]
            })
    }

    /// Ends what the lines of a block leave behind: whoever was served, or waits by a new decision, is superseded there; whoever is
    /// refused now, or is not in scope any more, waits no longer.
    func end(_ lines: BlockLines, _ settled: SettledBlock, unchanged: Set<Int>, in writer: any StoreWriter) throws {
        guard !waits.isEmpty else { return }
        let line = Dictionary(zip(lines.ids, lines.ids.indices)) { first, _ in first }
        for (subject, waits) in waits.sorted(by: { $0.key < $1.key }) {
            let found = line[subject]
            if found == nil, skipped.contains(subject) { continue }
            if let found, unchanged.contains(found) {
                try set(.superseded, waits.dropLast(), in: writer)
            } else {
                let goesOn = found.map { ![.refused, .incomplete].contains(settled[$0].result) } ?? false
                try set(goesOn ? .superseded : .ended, waits[...], in: writer)
            }
        }
    }

    /// Ends the waiting of all of them: nobody beyond a run's last block is in scope.
    func endAll(in writer: any StoreWriter) throws {
        for (subject, waits) in waits.sorted(by: { $0.key < $1.key }) where !skipped.contains(subject) {
            try set(.ended, waits[...], in: writer)
        }
    }

    private func set(_ state: DecisionState, _ waits: ArraySlice<Wait>, in writer: any StoreWriter) throws {
        for wait in waits {
            try DecisionRows.unpack(wait.decision, in: writer)
            try writer.execute(
                """
                UPDATE decision_row SET state = $1, revision = revision + 1 WHERE id = $2 AND state IN ('waitlisted', 'open')
                """, [.text(state.rawValue), .id(wait.decision)])
        }
    }
}
