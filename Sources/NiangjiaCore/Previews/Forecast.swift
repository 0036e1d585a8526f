/// What a form would come to over everybody in scope, with nothing written: gather, judge and settle. Preview, diff and the list
/// of those who never asked read it; decide runs the same rooms and applies.
struct Forecast: Sendable {
    let context: FormContext
    let asOf: CivilDate
    var totals = SweepTotals()
    /// What it would come to if there were enough of everything.
    var wanted = SweepTotals()
    /// Available by fund line, before and after.
    var before: [String: Money] = [:]
    var after: [String: Money] = [:]
    var blocks: [Block] = []
    /// The names of each dimension's groups, by the numbers that blocks hold.
    var names: [Dimension: [String]] = [:]

    /// A block of the population, in key order.
    struct Block: Sendable {
        /// Subjects and their households (0: none), where the caller keeps them.
        var ids: [Int64] = []
        var households: [Int64] = []
        /// Home organisations; 0: none.
        var homes: [Int64]
        /// The group of each row, by dimension.
        var groups: [Dimension: [Int32]]
        /// What the rule said, and what settle made of it.
        var asked: SettleBlock
        var settled: SettledBlock

        /// What the rule would have given a row, were there enough of everything.
        func askedAmount(_ row: Int) -> Money {
            let judgement = asked.lines[Int(asked.indexes[row])].judgement
            return judgement.gives ? judgement.amount : .zero
        }
    }

    /// What somebody needs of a forecast beside its totals.
    struct Options: Sendable {
        var dimensions: [Dimension] = []
        var keepsSubjects = false
        /// Fund lines that are not open yet, with what they would be opened with.
        var expecting: [String: Money] = [:]
    }

    /// Calls a closure with each row in key order.
    func forEach(_ body: (Block, Int) -> Void) {
        for block in blocks { for row in block.settled.indexes.indices { body(block, row) } }
    }
}

extension Outcome {
    /// Whether somebody who qualifies goes without, or gets less, for want of money, places, or what was approved.
    var isLeftOut: Bool {
        queued > .zero || [HostReason.budgetShort, HostReason.quotaFull, HostReason.ceiling].contains(code)
    }
}

extension Corridor {
    /// Judges and settles a form over everybody in scope. `progress` hears running totals after every block.
    func forecast(
        _ given: FormContext, asOf date: CivilDate, _ options: Forecast.Options,
        progress: @Sendable (SweepProgress) -> Void
    ) async throws -> Forecast {
        let context = try await given.seen(on: date, by: self)
        let admission = Admission(context: context, crypto: crypto)
        let applier = Applier(context: context, admission: admission, change: change(by: .host))
        var forecast = Forecast(context: context, asOf: date)
        var guarding = SweepGuard(context, admission)
        var groups = GroupReader(try context.subjectKind(), options.dimensions)
        let population = try await store.read { reader in
            try Gatherer(context).subjects?.count(
                filter: context.form.population?.filter ?? [:], after: .min, in: reader)
        }
        try await Sweep(corridor: self, context: context, asOf: date).forEach(after: .min) { block in
            let (next, settle, read, numbers) = try await store.read { [guarding, groups] reader in
                var (next, screened, read) = (guarding, block, groups)
                try next.screen(&screened, asOf: date, in: reader)
                let numbers = try read.groups(of: screened.lines, in: reader)
                return (next, try applier.settleBlock(screened.lines, screened.judgements, in: reader), read, numbers)
            }
            (guarding, groups) = (next, read)
            let unlimited = Settle.unlimited(settle)
            forecast.blocks.append(
                Forecast.Block(
                    ids: options.keepsSubjects ? block.lines.ids : [],
                    households: options.keepsSubjects ? block.lines.households : [], homes: block.lines.homes,
                    groups: numbers, asked: settle, settled: unlimited))
            forecast.wanted.alreadyDecided += block.alreadyDecided
            forecast.wanted.count(unlimited)
            progress(
                SweepProgress(
                    phase: .judging, done: forecast.wanted.considered + forecast.wanted.alreadyDecided,
                    total: population.map { Int($0) }, totals: forecast.wanted))
        }
        var state = try await store.read { try applier.settleState(in: $0, expecting: options.expecting) }
        forecast.before = state.available
        let outcomes = Settle.settle(forecast.blocks.map(\.asked), against: &state)
        forecast.after = state.available
        forecast.totals.alreadyDecided = forecast.wanted.alreadyDecided
        for (n, settled) in outcomes.enumerated() {
            forecast.blocks[n].settled = settled
            forecast.totals.count(settled)
        }
        forecast.names = groups.names
        return forecast
    }
}

extension Corridor {
    /// The form of a program that a batch goes over, and what its decisions are about.
    public func formOfBatch(_ bundle: Bundle, program: String, form: String?) throws -> (
        form: FormDefinition, kind: SubjectKind
    ) {
        let context = try batchContext(bundle, program: program, form: form)
        return (context.form, try context.subjectKind())
    }
}
