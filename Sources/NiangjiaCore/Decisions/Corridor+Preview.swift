/// What a preview says (试算): the same as decide up to settle, and nothing is written.
public struct PreviewReport: Sendable {
    /// The program.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// The day for which it was judged.
    public var asOf: CivilDate
    /// The bundle that was previewed.
    public var bundle: String
    /// Counts of outcomes, everybody together.
    public var totals: SweepTotals
    /// How many have each reason, by what came of it.
    public var reasons: [Outcome.Result: [String: Int]]
    /// Available on all the form's fund lines, before and after.
    public var fundBefore: Money
    /// Available afterwards.
    public var fundAfter: Money
    /// SM3 over program content and every outcome in key order: equal inputs give an equal hash.
    public var contentHash: String
    /// By home union, and whatever else was asked for. Not yet fit for everybody's eyes: ``Suppression``.
    public var groups: [GroupTable]
    /// The season's money.
    public var budget: PreviewBudget
    /// Who qualifies and goes without; who would get something. As many as were asked for.
    public var leftOut: [PreviewLine]
    /// Who would get something, as many as were asked for.
    public var granted: [PreviewLine]
    /// The day's past versions were read: people who have none for that day were not considered.
    public var isHistory: Bool
    /// The applications that were looked back at; nil: everybody in the population was judged.
    public var filed: FiledSpan?
}

/// What a preview tells beside its totals.
public struct PreviewOptions: Hashable, Sendable {
    /// By what people are counted.
    public var dimensions: [Dimension]
    /// How many single outcomes are listed; 0: none.
    public var listed: Int
    /// Only those who never applied and were never decided on this season (免申即享).
    public var onlyUnasked = false

    /// By home union, and nobody listed, unless more is asked for.
    public init(dimensions: [Dimension] = [.organization], listed: Int = 0) {
        self.dimensions = dimensions
        self.listed = listed
    }
}

extension Corridor {
    /// Who would get what. `bundle` nil: the approved one.
    public func preview(
        program: String, form: String? = nil, asOf: CivilDate? = nil, bundle given: Bundle? = nil,
        options: PreviewOptions = PreviewOptions(), progress: @Sendable (SweepProgress) -> Void = { _ in }
    ) async throws -> PreviewReport {
        let bundle: Bundle = if let given { given } else { try await bundles.active() }
        var context = try previewContext(bundle, program: program, form: form)
        context.view.skipsApplied = options.onlyUnasked
        context.view.skipsWaiting = options.onlyUnasked
        let date = asOf ?? clock.now().date
        try context.checkPreviewed(on: date)
        let forecast = try await forecast(
            context, asOf: date,
            Forecast.Options(
                dimensions: options.dimensions, keepsSubjects: options.listed > 0,
                expecting: try await expectedLines(of: given)),
            progress: progress)
        return try await report(forecast, options)
    }

    /// A forecast as a preview tells it.
    func report(_ forecast: Forecast, _ options: PreviewOptions) async throws -> PreviewReport {
        let context = forecast.context
        // Nobody judges any more: the other cores are free.
        async let hash = contentHash(of: forecast)
        // Counts are of people: who applied twice is one of them.
        let people = forecast.byPerson()
        async let budget = store.read { try people.budget(in: $0) }
        let groups = options.dimensions.map { people.table($0) }
        return PreviewReport(
            program: context.program.id, form: context.form.name, asOf: forecast.asOf, bundle: context.bundle.digest,
            totals: people.totals, reasons: people.reasons,
            fundBefore: forecast.before.values.reduce(.zero, +), fundAfter: forecast.after.values.reduce(.zero, +),
            contentHash: await hash, groups: groups, budget: try await budget,
            leftOut: forecast.lines(limit: options.listed) { $0.isLeftOut },
            granted: forecast.lines(limit: options.listed) { $0.stands && !$0.isLeftOut },
            isHistory: forecast.context.view.history, filed: forecast.filed)
    }

    /// What lines would count with once a bundle is approved; nil for the one in force. In a new city none is: every line is new.
    func expectedLines(of bundle: Bundle?) async throws -> ExpectedLines? {
        guard let bundle else { return nil }
        return ExpectedLines(bundle.funds, inForce: try await bundles.activeIfAny()?.funds ?? FundsSettings())
    }

    /// Names a program's content and everything that came of it.
    func contentHash(of forecast: Forecast) -> String {
        let (bundle, program) = (forecast.context.bundle.digest, forecast.context.program.id)
        var hash = crypto.digest(
            Array(Value.list([.text(bundle), .text(program), .text(forecast.asOf.description)]).json.utf8))
        for block in forecast.blocks { hash = crypto.digest(hash + block.settled.canonicalBytes) }
        return Hex.text(hash)
    }

    /// The form that a preview or comparison goes over: the one named; the only one with a population; where none has one, the only one
    /// that is applied for, of which a year's applications are judged again.
    func previewContext(_ bundle: Bundle, program: String, form: String?) throws(NiangjiaError) -> FormContext {
        let applied = bundle.appliedForms(of: program)
        if let form, applied.contains(form) {
            return try FormContext(bundle: bundle, program: program, form: form)
        }
        guard form == nil, bundle.batchForms(of: program).isEmpty, let only = applied.first else {
            return try batchContext(bundle, program: program, form: form)
        }
        guard applied.count == 1 else {
            let names = applied.joined(separator: ", ")
            throw NiangjiaError(
                .invalid, zh: "项目 \(program) 有 \(applied.count) 张按申请办理的表单(\(names)),请用 --form 指定",
                en:
                    "program \(program) has \(applied.count) forms that are applied for (\(names)); name one with --form",
                place: "/form")
        }
        return try FormContext(bundle: bundle, program: program, form: only)
    }

    /// The form that a batch goes over: the one named, or the only one with a population.
    func batchContext(_ bundle: Bundle, program: String, form: String?) throws(NiangjiaError) -> FormContext {
        if let form {
            let context = try FormContext(bundle: bundle, program: program, form: form)
            try context.checkPopulation()
            return context
        }
        guard bundle.programs[program] != nil else {
            throw NiangjiaError(
                .notFound, zh: "没有项目 \(program)", en: "there is no program \(program)", place: "/program")
        }
        let forms = bundle.batchForms(of: program)
        guard !forms.isEmpty else {
            let names =
                (bundle.programs[program].flatMap { bundle.plugins[$0.plugin] }?.manifest.forms.keys.sorted() ?? [])
                .joined(separator: "、")
            throw NiangjiaError(
                .invalid, zh: "项目 \(program) 没有批量核定的表单(\(names) 都按申请逐份办理:niangjia case submit、niangjia case advance)",
                en:
                    "none of the forms of program \(program) is decided in batch (\(names)): they are handled case by case, by niangjia case submit and niangjia case advance",
                place: "/form")
        }
        guard forms.count == 1, let only = forms.first else {
            throw NiangjiaError(
                .invalid, zh: "项目 \(program) 有 \(forms.count) 张可批量核定的表单,请用 --form 指定",
                en: "program \(program) has \(forms.count) forms for batches; name one with --form")
        }
        return try FormContext(bundle: bundle, program: program, form: only)
    }
}

extension Bundle {
    /// The forms of a program that are decided over a population, by name.
    public func batchForms(of program: String) -> [String] {
        let forms = programs[program].flatMap { plugins[$0.plugin] }?.manifest.forms ?? [:]
        return forms.values.filter { $0.by.contains("batch") && $0.population != nil }.map(\.name).sorted()
    }

    /// The forms of a program that have no population: each is decided by its applications, by name.
    public func appliedForms(of program: String) -> [String] {
        let forms = programs[program].flatMap { plugins[$0.plugin] }?.manifest.forms ?? [:]
        return forms.values.filter { $0.population == nil && $0.by.contains { $0 != "batch" } }.map(\.name).sorted()
    }
}

extension SettledBlock {
    /// Bytes that say for each row what it comes to, and nothing of how the outcomes were kept.
    fileprivate var canonicalBytes: [UInt8] {
        var texts: [String: Int64] = [:]
        var numbers = [Int64](repeating: -1, count: outcomes.count)
        var writer = NumberWriter()
        for index in indexes {
            if numbers[Int(index)] < 0 {
                let outcome = outcomes[Int(index)]
                let text = "\(outcome.result.rawValue) \(outcome.amount.fen) \(outcome.code ?? "")\n"
                if texts[text] == nil {
                    texts[text] = Int64(texts.count)
                    writer.bytes += Array(text.utf8)
                }
                numbers[Int(index)] = texts[text] ?? 0
            }
            writer.put(numbers[Int(index)])
        }
        return writer.bytes
    }
}
