/// What came of one of several programs.
public struct ProgramPreview: Sendable {
    /// The program.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// What it would come to, or why nobody can know.
    public var report: Result<PreviewReport, NiangjiaError>
}

extension Corridor {
    /// Previews every form of every open program that is decided over a population and in season on the day, in order.
    ///
    /// Whatever goes over the same register is one sweep: its subjects are read once for all programs. What fails in one doesn't
    /// stop the others.
    public func previewAll(
        asOf: CivilDate? = nil, progress: @Sendable (SweepProgress) -> Void = { _ in }
    ) async throws -> [ProgramPreview] {
        let date = asOf ?? clock.now().date
        let contexts = try await openContexts(on: date)
        var found: [String: ProgramPreview] = [:]
        func keep(_ context: FormContext, _ result: Result<PreviewReport, NiangjiaError>) {
            found[context.key] = ProgramPreview(
                program: context.program.id, form: context.form.name, report: result)
        }
        var shared: [SubjectKind: [FormContext]] = [:]
        for context in contexts {
            let seen = try await context.seen(on: date, by: self)
            if let kind = try SubjectChunk.serves(context), !seen.view.history {
                shared[kind, default: []].append(context)
                continue
            }
            keep(
                context,
                await NiangjiaError.result {
                    try await self.report(
                        try await self.forecast(context, asOf: date, Forecast.Options(), progress: progress),
                        PreviewOptions(dimensions: []))
                })
        }
        for kind in SubjectKind.allCases {
            guard let together = shared[kind] else { continue }
            for (context, result) in try await sweep(kind, together, asOf: date, progress: progress) {
                keep(context, result)
            }
        }
        return contexts.compactMap { found[$0.key] }
    }

    /// The forms of open programs that are in season on a day and decided over a population, by program and form.
    public func openForms(on date: CivilDate) async throws -> [(program: String, form: String)] {
        try await openContexts(on: date).map { ($0.program.id, $0.form.name) }
    }

    private func openContexts(on date: CivilDate) async throws -> [FormContext] {
        let bundle = try await bundles.active()
        return try bundle.programs.values.filter { $0.status == .open }.sorted { $0.id < $1.id }.flatMap { program in
            try bundle.batchForms(of: program.id).map {
                try FormContext(bundle: bundle, program: program.id, form: $0)
            }
        }.filter { $0.rules.season.contains(date) }
    }

    /// Several programs over one register: a chunk of it is read, and every program judges that chunk before the next is read.
    private func sweep(
        _ kind: SubjectKind, _ contexts: [FormContext], asOf date: CivilDate,
        progress: @Sendable (SweepProgress) -> Void
    ) async throws -> [(FormContext, Result<PreviewReport, NiangjiaError>)] {
        var builders = try contexts.map { try ForecastBuilder($0, asOf: date, Forecast.Options(), corridor: self) }
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
        var results: [(FormContext, Result<PreviewReport, NiangjiaError>)] = []
        for n in contexts.indices {
            if let error = failures[n] {
                results.append((contexts[n], .failure(error)))
                continue
            }
            let forecast = try await builders[n].finished()
            results.append((contexts[n], .success(try await report(forecast, PreviewOptions(dimensions: [])))))
        }
        return results
    }
}

extension FormContext {
    fileprivate var key: String { program.id + "/" + form.name }
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
