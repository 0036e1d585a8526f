/// What a run decided about one person. Refusals have no row of their own: they stay in the run's block, found here.
extension Decisions {
    /// A line of an applied block.
    public struct RunLine: Sendable {
        /// The run and the number of its block.
        public var run: ID<Run>
        /// Counts from 0.
        public var block: Int64
        /// The row of the block's call; nil where the host decided without asking the rule.
        public var row: Int?
        /// What the rule, or the host before it, said.
        public var judgement: Judgement
        /// What was settled, if the run came that far.
        public var outcome: Outcome?
        /// The day for which it was decided.
        public var onDate: CivilDate
        /// The person's own union then.
        public var home: ID<Organization>?
        /// The form of the program that was run.
        public var form: String
        /// The digest of the bundle that held.
        public var bundle: String
    }

    /// How many runs of a program are looked through, newest first.
    static let runsSearched = 50

    /// The newest applied line of a program's runs about a person; nil when no run considered them.
    public static func ofRun(
        program: String, person: ID<Person>, crypto: any CryptoProvider, in reader: any StoreReader
    ) throws -> RunLine? {
        let subject = SubjectRef(.person, person.rawValue)
        let found = try reader.all(
            """
            SELECT b.run, b.block, b.lines, b.outcomes, r.form, r.bundle FROM run r JOIN run_block b ON b.run = r.id
            WHERE r.program = $1 AND b.first_subject <= $2 AND b.last_subject >= $2 AND b.state = 'applied'
            ORDER BY r.id DESC, b.block LIMIT \(runsSearched)
            """, [.text(program), .int(subject.id)]
        ) { row in
            (
                run: row.id(0, Run.self), block: row.int(1), lines: row.blob(2), outcomes: row.blobOrNil(3),
                form: row.text(4), bundle: row.text(5)
            )
        }
        for block in found {
            let plain = try crypto.expand(
                try crypto.open(
                    block.lines, purpose: .sensitive, context: Journal.linesContext(block.run, block.block)))
            let lines = try BlockLines(json: String(decoding: plain, as: UTF8.self))
                .lines(run: block.run, block: block.block)
            guard let n = lines.firstIndex(where: { $0.gathered.subject == subject }) else { continue }
            let outcomes = try block.outcomes.map { sealed in
                let bytes = try crypto.expand(
                    try crypto.open(
                        sealed, purpose: .sensitive, context: Journal.outcomesContext(block.run, block.block)))
                return try Value(jsonBytes: bytes).list?.map(Outcome.init(value:)) ?? []
            }
            return RunLine(
                run: block.run, block: block.block, row: lines[n].gathered.row, judgement: lines[n].judgement,
                outcome: outcomes.flatMap { $0.indices.contains(n) ? $0[n] : nil }, onDate: lines[n].gathered.onDate,
                home: lines[n].gathered.home.map { ID(rawValue: $0) }, form: block.form,
                bundle: block.bundle)
        }
        return nil
    }
}
