/// Somebody who waits for what a form of a program gives: for money, a place, a person's word or what they have to hand in.
public struct Waiting: Sendable {
    /// The latest decision about them, which left them waiting.
    public var decision: Decisions.Row
    /// Since when they wait: the day of the first decision that left them so, none of which served or refused them since.
    public var since: CivilDate
    /// The day for which they were last judged and found so.
    public var lastJudged: CivilDate
    /// What they were granted and wait for the money of (`short: queue`), with their turn; nil: the decision itself waits.
    public var queued: MoneyQueue.Place?
    /// Which they are to be served next when money comes (1 is the first), of those who are owed it or of applications on the waiting
    /// list; nil: they wait for something else, or for the next run.
    public var turn: Int64?

    /// What a decision says that leaves somebody waiting.
    private static let waits: [Outcome.Result] = [.waitlisted, .review, .failed, .incomplete]
    /// Terms of decisions that leave somebody waiting.
    static let terms = "result IN (\(results)) OR queued > 0"
    private static let results = waits.map { "'\($0.rawValue)'" }.joined(separator: ", ")

    /// Up to which decision of a program ($1) one looks next, behind another ($2): terms lie together with their decisions, and a few
    /// of them at a time bound what is looked through and sorted.
    static let bound = """
        SELECT MAX(last) FROM (SELECT last FROM decision_terms WHERE program = $1 AND last > $2 AND (\(terms))
        ORDER BY last LIMIT 8)
        """

    /// Who waits for a program: one line for each subject of a form, in the order of the decisions; as many as there are, up to
    /// `limit`. Whoever has since been served, refused or taken out isn't among them (decision 0068).
    ///
    /// - Parameters:
    ///   - form: nil: all forms.
    ///   - after: the decision of the last line that was told before.
    ///   - sees: which decisions may be told; the list goes on behind those that may not.
    public static func list(
        program: String, form: String? = nil, after: ID<Decision>? = nil, limit: Int = 100,
        in reader: any StoreReader, where sees: (Decisions.Row) throws -> Bool
    ) throws -> [Waiting] {
        var found: [Waiting] = []
        var owed: [MoneyQueue.Standing] = []
        var last = after?.rawValue ?? .min
        while let bound = try reader.integer(bound, [.text(program), .int(last)]) {
            try reader.forEach(
                """
                SELECT \(Decisions.columns) FROM decision WHERE program = $1 AND id > $2 AND id <= $3
                AND (result IN (\(results)) AND state IN ('waitlisted', 'open') OR queued > 0 AND state = 'standing')
                ORDER BY id
                """, [.text(program), .int(last), .int(bound)]
            ) { row in
                let decision = try Decisions.row(from: row)
                guard form == nil || decision.form == form, try sees(decision) else { return true }
                if !decision.outcome.stands {
                    guard let one = try Waiting(decision, in: reader) else { return true }
                    found.append(one)
                } else {
                    guard let standing = try MoneyQueue.standing(decision, in: reader) else { return true }
                    owed.append(standing)
                    found.append(Waiting(owed: decision))
                }
                return found.count < limit
            }
            guard found.count < limit else { break }
            last = bound
        }
        try tellTurns(&found, owed, program: program, in: reader)
        return found
    }

    /// Tells a page's people who wait for money which they are.
    private static func tellTurns(
        _ found: inout [Waiting], _ owed: [MoneyQueue.Standing], program: String, in reader: any StoreReader
    ) throws {
        let listed = found.filter(\.decision.outcome.waitsForMoney).compactMap(\.decision.caseID)
        let turns = try WaitingCases.turns(of: listed, program: program, in: reader)
        let places = try MoneyQueue.places(of: owed, program: program, in: reader)
        for n in found.indices {
            let decision = found[n].decision
            found[n].queued = places[decision.id]
            found[n].turn =
                decision.outcome.waitsForMoney ? decision.caseID.flatMap { turns[$0] } : found[n].queued?.turn
        }
    }

    /// Of somebody to whom money is owed.
    private init(owed decision: Decisions.Row) {
        self.decision = decision
        (since, lastJudged) = (decision.onDate, decision.onDate)
    }

    /// Nil where something was decided about the subject since.
    private init?(_ decision: Decisions.Row, in reader: any StoreReader) throws {
        var since: CivilDate?
        var latest: ID<Decision>?
        try reader.forEach(
            """
            SELECT id, state, result, on_date FROM decision WHERE subject = $1 AND subject_kind = $2 AND program = $3
            AND form = $4 ORDER BY id
            """,
            [
                .int(decision.subject.id), .text(decision.subject.kind.rawValue), .text(decision.program),
                .text(decision.form),
            ]
        ) { row in
            let state = row.text(1)
            let waited = Outcome.Result(rawValue: row.text(2)).map(Waiting.waits.contains) ?? false
            if state != "superseded" { latest = row.id(0) }
            let goesOn = waited && ["waitlisted", "open", "superseded"].contains(state)
            since = goesOn ? since ?? row.date(3) : nil
            return true
        }
        guard latest == decision.id else { return nil }
        self.decision = decision
        self.since = since ?? decision.onDate
        lastJudged = decision.onDate
        guard decision.run != nil else { return }
        // A run that came past and found them otherwise would have ended this.
        let run = try reader.first(
            """
            SELECT r.as_of FROM run r JOIN run_block b ON b.run = r.id WHERE r.program = $1 AND r.form = $2
            AND b.state = 'applied' AND b.first_subject <= $3 AND b.last_subject >= $3 ORDER BY r.id DESC LIMIT 1
            """, [.text(decision.program), .text(decision.form), .int(decision.subject.id)]
        ) { $0.date(0) }
        if let run { lastJudged = run }
    }
}
