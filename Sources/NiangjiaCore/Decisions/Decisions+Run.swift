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
}

extension Corridor {
    /// The newest applied line of a program's runs about a person; nil when no run considered them.
    ///
    /// - Parameter date: only of a run for that day; nil: of any.
    public func runLine(program: String, person: ID<Person>, on date: CivilDate? = nil) async throws
        -> Decisions.RunLine?
    {
        let found = try await store.read { reader in
            try reader.all(
                """
                SELECT b.run, b.block, r.form, r.bundle FROM run r JOIN run_block b ON b.run = r.id
                WHERE r.program = $1 AND b.first_subject <= $2 AND b.last_subject >= $2 AND b.state = 'applied'
                AND ($3 IS NULL OR r.as_of = $3) ORDER BY r.id DESC, b.block LIMIT \(Decisions.runsSearched)
                """, [.text(program), .id(person), .date(date)]
            ) { (run: $0.id(0, Run.self), block: $0.int(1), form: $0.text(2), bundle: $0.text(3)) }
        }
        for (run, block, form, digest) in found {
            let context = try FormContext(
                bundle: try await bundles.bundle(digest: digest), program: program, form: form)
            let kept = try await store.read {
                try RunBlock.load(block, run: run, context: context, corridor: self, in: $0)
            }
            guard kept.lines.kind == .person, let n = kept.lines.ids.firstIndex(of: person.rawValue) else { continue }
            let line = kept.lines.line(n)
            let outcome = kept.outcome(n)
            return Decisions.RunLine(
                run: run, block: block, row: line.row, judgement: kept.judgements[n], outcome: outcome,
                onDate: line.onDate, home: line.home.map { ID(rawValue: $0) }, form: form, bundle: digest)
        }
        return nil
    }

    /// Tells what became of everybody whom a run considered, refusals too, in key order. Throws `notFound` for no such run.
    public func forEachOutcome(of run: ID<Run>, _ body: (SubjectRef, Outcome) throws -> Void) async throws {
        let found = try await store.read { reader in
            try reader.first("SELECT program, form, bundle, blocks FROM run WHERE id = $1", [.id(run)]) {
                (program: $0.text(0), form: $0.text(1), bundle: $0.text(2), blocks: $0.int(3))
            }
        }
        guard let found else { throw NiangjiaError(.notFound, zh: "没有核定 \(run)", en: "there is no run \(run)") }
        let context = try FormContext(
            bundle: try await bundles.bundle(digest: found.bundle), program: found.program, form: found.form)
        for number in 0..<found.blocks {
            let kept = try await store.read {
                try RunBlock.load(number, run: run, context: context, corridor: self, in: $0)
            }
            for (line, id) in kept.lines.ids.enumerated() {
                if let outcome = kept.outcome(line) { try body(SubjectRef(kept.lines.kind, id), outcome) }
            }
        }
    }
}

extension RunBlock.Kept {
    /// What became of a line. Where everything fitted, nothing was kept of settle: the outcome is what the rule said.
    fileprivate func outcome(_ line: Int) -> Outcome? {
        if let settled { return settled[line] }
        var free = SettleState(available: [:])
        return Settle.settle([SettleLine(judgement: judgements[line])], against: &free).first
    }
}
