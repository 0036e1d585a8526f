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
    /// What was looked back at in the place of a population.
    var filed: FiledSpan?

    /// A block of the population, in key order.
    struct Block: Sendable {
        /// Subjects, their households and home organisations (0: none), where the caller keeps them.
        var ids: [Int64] = []
        var households: [Int64] = []
        var homes: [Int64] = []
        /// Of applications that are judged again: whose each row is, where subjects aren't told, and what its place in them is.
        var people: [Int64] = []
        var places: [FiledPlace] = []
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
        /// What fund lines would count with; nil: as they stand.
        var expecting: ExpectedLines?
        /// Whether nothing of the season is taken yet, and fund lines hold enough for everything: as where rules are compared of which
        /// one's money, places and ceiling are spent.
        var isUntouched = false
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
        var builder = try await judge(given, asOf: date, options, progress: progress)
        return try await builder.finished()
    }

    /// Judges a form over everybody in scope, and leaves it to be settled.
    func judge(
        _ given: FormContext, asOf date: CivilDate, _ options: Forecast.Options,
        progress: @Sendable (SweepProgress) -> Void
    ) async throws -> ForecastBuilder {
        guard given.form.population != nil else {
            return try await judgeFiled(given, until: date, options, progress: progress)
        }
        var context = try await given.seen(on: date, by: self)
        context.view.dimensions = options.dimensions
        var builder = try ForecastBuilder(context, asOf: date, options, corridor: self)
        // How many there are is counted while the first of them are judged.
        let population = Task { try await self.population(of: context) }
        defer { population.cancel() }
        try await Sweep(corridor: self, context: context, asOf: date).forEach(after: .min) { block in
            try await builder.take(block)
            progress(
                SweepProgress(
                    phase: .judging, done: builder.seen, total: try await population.value, totals: builder.wanted))
        }
        return builder
    }

    /// How many subjects a form's population has at most: the register's rows are counted at once, who is in scope only by looking.
    func population(of context: FormContext) async throws -> Int? {
        let count = try await store.read { reader in
            let gatherer = try Gatherer(context)
            return gatherer.subjects == nil ? nil : try gatherer.most(in: reader)
        }
        return count.map { Int($0) }
    }
}

/// A forecast while it grows, block by block in key order.
struct ForecastBuilder {
    private let corridor: Corridor
    private let applier: Applier
    private let options: Forecast.Options
    private var forecast: Forecast
    private var guarding: SweepGuard
    private var groups: GroupReader
    /// By fund line: what the applications that are looked back at had taken of it.
    private var returned: [String: Money] = [:]

    init(_ context: FormContext, asOf date: CivilDate, _ options: Forecast.Options, corridor: Corridor) throws {
        self.corridor = corridor
        self.options = options
        let admission = Admission(context: context, crypto: corridor.crypto)
        applier = Applier(context: context, admission: admission, change: corridor.change(by: .host))
        forecast = Forecast(context: context, asOf: date)
        guarding = SweepGuard(context, admission)
        groups = GroupReader(try context.subjectKind(), options.dimensions)
        if context.view.looksBack != nil {
            forecast.filed = FiledSpan(until: min(date, corridor.clock.now().date))
            forecast.filed?.seesPast = context.form.facts.look.contains { look in
                guard look.source == .decisions else { return false }
                return look.of.isEmpty || look.of.contains { $0 == context.form.name || $0 == context.qualifiedName }
            }
        }
    }

    /// What it would come to so far, were there enough of everything.
    var wanted: SweepTotals { forecast.wanted }
    /// How many subjects have been looked at.
    var seen: Int { wanted.considered + wanted.alreadyDecided }

    /// Takes the next judged block.
    mutating func take(_ block: Sweep.Block) async throws {
        let (applier, date) = (applier, forecast.asOf)
        let (next, settle, read, numbers) = try await corridor.store.read { [guarding, groups, options] reader in
            var (next, screened, read) = (guarding, block, groups)
            try next.screen(&screened, asOf: date, in: reader)
            let numbers = try read.groups(of: screened, in: reader)
            var settle = try applier.settleBlock(screened.lines, screened.judgements, in: reader)
            if options.isUntouched { for n in settle.lines.indices { settle.lines[n].places?.used = 0 } }
            return (next, settle, read, numbers)
        }
        (guarding, groups) = (next, read)
        let unlimited = Settle.unlimited(settle)
        forecast.blocks.append(
            Forecast.Block(
                ids: options.keepsSubjects ? block.lines.ids : [],
                households: options.keepsSubjects ? block.lines.households : [],
                homes: options.keepsSubjects ? block.lines.homes : [], groups: numbers, asked: settle,
                settled: unlimited))
        forecast.wanted.alreadyDecided += block.alreadyDecided
        forecast.wanted.count(unlimited)
    }

    /// Takes applications that were judged again, and what they had taken.
    mutating func take(_ page: FiledPage) async throws {
        let (read, numbers) = try await corridor.store.read { [groups] reader in
            var read = groups
            let numbers = try read.groups(homes: page.homes, texts: page.texts, in: reader)
            return (read, numbers)
        }
        groups = read
        let unlimited = Settle.unlimited(page.asked)
        forecast.blocks.append(
            Forecast.Block(
                ids: options.keepsSubjects ? page.ids : [], households: options.keepsSubjects ? page.households : [],
                homes: options.keepsSubjects ? page.homes : [], people: page.people, places: page.places,
                groups: numbers, asked: page.asked, settled: unlimited))
        forecast.wanted.count(unlimited)
        returned.merge(page.returned, uniquingKeysWith: +)
        forecast.filed?.count += page.applications
        forecast.filed?.lacks.merge(page.lacks, uniquingKeysWith: +)
    }

    /// Settles what was judged.
    ///
    /// - Parameter earlier: what others, who come before it, will have taken by then.
    mutating func finished(after earlier: Forecast.Taken = Forecast.Taken()) async throws -> Forecast {
        let (applier, expecting) = (applier, options.expecting)
        var state = try await corridor.store.read { try applier.settleState(in: $0, expecting: expecting) }
        for (line, amount) in returned where state.available[line] != nil { state.available[line]? += amount }
        if options.isUntouched {
            state.available = state.available.mapValues { _ in Money(fen: FieldCheck.mostFen) }
            state.ceiling = forecast.context.rules.ceiling
        }
        earlier.reduce(&state, of: forecast.context)
        forecast.before = state.available
        let outcomes = Settle.settle(
            forecast.blocks.map(\.asked), against: &state, ties: forecast.context.ties(corridor.crypto))
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

    /// The form of a program that a preview or comparison goes over, and what its decisions are about.
    public func formOfPreview(_ bundle: Bundle, program: String, form: String?) throws -> (
        form: FormDefinition, kind: SubjectKind
    ) {
        let context = try previewContext(bundle, program: program, form: form)
        return (context.form, try context.subjectKind())
    }
}
