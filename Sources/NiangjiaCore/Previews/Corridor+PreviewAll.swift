/// What came of one of several programs.
public struct ProgramPreview: Sendable {
    /// The program.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// What it would come to, or why nobody can know.
    public var report: Result<PreviewReport, NiangjiaError>
    /// `program/form` of those before it that take from its fund lines: it gets what they leave.
    public var after: [String]
}

extension Corridor {
    /// Previews every form of every open program that is decided over a population and in season on the day, in order.
    ///
    /// Whatever goes over the same register is one sweep: its subjects are read once for all programs. They are settled in the order
    /// of ``openForms(on:)``, each from what those before it leave on the fund lines and of the program's ceiling, as runs of one
    /// after the other are; whom a program gives something is decided for a later one of its series and form. What fails in one
    /// doesn't stop the others, and takes nothing.
    ///
    /// - Parameter bundle: what is decided by; nil: what is in force.
    public func previewAll(
        asOf: CivilDate? = nil, bundle: Bundle? = nil, progress: @Sendable (SweepProgress) -> Void = { _ in }
    ) async throws -> [ProgramPreview] {
        let date = asOf ?? clock.now().date
        let contexts = try await openContexts(of: bundle, on: date)
        let expecting = try await expectedLines(of: bundle)
        var shared: [SubjectKind: [FormContext]] = [:]
        for context in contexts {
            let seen = try await context.seen(on: date, by: self)
            // Who is left for a later form of a series is known once the earlier one is settled: it isn't judged along with it.
            let isFirst = contexts.first { $0.sharesSeries(with: context) }?.key == context.key
            if let kind = try SubjectChunk.serves(context), !seen.view.history, isFirst {
                shared[kind, default: []].append(context)
            }
        }
        var judged: [String: Result<ForecastBuilder, NiangjiaError>] = [:]
        for kind in SubjectKind.allCases {
            guard let together = shared[kind] else { continue }
            let options = together.map { one in
                Forecast.Options(
                    keepsSubjects: contexts.contains { $0.key != one.key && $0.sharesSeries(with: one) },
                    expecting: expecting)
            }
            judged.merge(try await sweep(kind, together, options, asOf: date, progress: progress)) { first, _ in first }
        }
        var taken = Forecast.Taken()
        var found: [ProgramPreview] = []
        for var context in contexts {
            context.view.decided = taken.decided(before: context)
            let after = taken.before(context)
            // What a judged form holds is let go of as soon as it is settled.
            let given = judged.removeValue(forKey: context.key)
            let result = await NiangjiaError.result { [taken, context] in
                var builder =
                    if let given { try given.get() } else {
                        try await judge(
                            context, asOf: date, Forecast.Options(keepsSubjects: true, expecting: expecting),
                            progress: progress)
                    }
                let forecast = try await builder.finished(after: taken)
                return (forecast, try await report(forecast, PreviewOptions(dimensions: [])))
            }
            if case .success((let forecast, _)) = result { taken.add(forecast) }
            found.append(
                ProgramPreview(
                    program: context.program.id, form: context.form.name, report: result.map { $0.1 }, after: after))
        }
        return found
    }

    /// The forms of open programs that are in season on a day and decided over a population, by program and form.
    public func openForms(on date: CivilDate) async throws -> [(program: String, form: String)] {
        try await openContexts(of: nil, on: date).map { ($0.program.id, $0.form.name) }
    }

    private func openContexts(of chosen: Bundle?, on date: CivilDate) async throws -> [FormContext] {
        let bundle = if let chosen { chosen } else { try await bundles.active() }
        return try bundle.programs.values.filter { $0.status == .open }.sorted { $0.id < $1.id }.flatMap { program in
            try bundle.batchForms(of: program.id).map {
                try FormContext(bundle: bundle, program: program.id, form: $0)
            }
        }.filter { $0.rules.season.contains(date) }
    }

    /// Several programs over one register: a chunk of it is read, and every program judges that chunk before the next is read.
    private func sweep(
        _ kind: SubjectKind, _ contexts: [FormContext], _ options: [Forecast.Options], asOf date: CivilDate,
        progress: @Sendable (SweepProgress) -> Void
    ) async throws -> [String: Result<ForecastBuilder, NiangjiaError>] {
        var builders = try zip(contexts, options).map {
            try ForecastBuilder($0, asOf: date, $1, corridor: self)
        }
        var failures = [NiangjiaError?](repeating: nil, count: contexts.count)
        var total = 0
        for context in contexts { total += try await population(of: context) ?? 0 }
        var last = Int64.min
        while let chunk = try await store.read({ [last] in
            try SubjectChunk.read(kind, for: contexts, after: last, in: $0)
        }) {
            last = chunk.last
            for n in contexts.indices where failures[n] == nil {
                var context = contexts[n]
                context.view.chunk = chunk
                do {
                    try await Sweep(corridor: self, context: context, asOf: date).forEach(after: chunk.after) { block in
                        try await builders[n].take(block)
                        progress(
                            SweepProgress(
                                phase: .judging, done: builders.reduce(0) { $0 + $1.seen }, total: total,
                                totals: builders[n].wanted))
                    }
                } catch let error as NiangjiaError { failures[n] = error }
            }
        }
        return Dictionary(
            uniqueKeysWithValues: contexts.indices.map { n in
                (contexts[n].key, failures[n].map { .failure($0) } ?? .success(builders[n]))
            })
    }
}

extension NiangjiaError {
    /// What a piece of work gave, or why it didn't; anything but a ``NiangjiaError`` is a fault of the host.
    fileprivate static func result<Success>(_ body: () async throws -> Success) async -> Result<Success, NiangjiaError>
    {
        do {
            return .success(try await body())
        } catch let error as NiangjiaError {
            return .failure(error)
        } catch {
            return .failure(NiangjiaError(.internal, zh: "程序内部错误", en: "a fault of the host", cause: "\(error)"))
        }
    }
}
