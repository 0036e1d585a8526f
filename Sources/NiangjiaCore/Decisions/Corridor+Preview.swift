/// What a preview says (试算): the same as decide up to settle, and nothing is written.
public struct PreviewReport: Sendable {
    public var program: String
    public var form: String
    public var asOf: CivilDate
    public var totals: SweepTotals
    /// Available on all the form's fund lines, before and after.
    public var fundBefore: Money
    public var fundAfter: Money
    /// SM3 over program content and every outcome in key order: equal inputs give an equal hash.
    public var contentHash: String
    public var byOrganization: [String: SweepTotals]
}

extension Corridor {
    /// Who would get what. `bundle` nil: the approved one.
    public func preview(
        program: String, form: String? = nil, asOf: CivilDate? = nil, bundle given: Bundle? = nil,
        progress: @Sendable (SweepProgress) -> Void = { _ in }
    ) async throws -> PreviewReport {
        let bundle: Bundle = if let given { given } else { try await bundles.active() }
        let context = try batchContext(bundle, program: program, form: form)
        let date = asOf ?? clock.now().date
        try context.checkSeason(date)
        // A bundle that isn't in force may name lines that are not open yet: they count with what it would open them with.
        let expected = given.map { Dictionary($0.funds.lines.map { ($0.id, $0.amount) }) { first, _ in first } } ?? [:]
        let settled = try await judgeAndSettle(context, asOf: date, expecting: expected, progress: progress)
        var hash = crypto.digest(
            Array(Value.list([.text(bundle.digest), .text(program), .text(date.description)]).json.utf8))
        for block in settled.outcomes { hash = crypto.digest(hash + block.canonicalBytes) }
        return PreviewReport(
            program: program, form: context.form.name, asOf: date, totals: settled.totals, fundBefore: settled.before,
            fundAfter: settled.after, contentHash: Hex.text(hash), byOrganization: settled.byOrganization)
    }

    /// The form that a batch goes over: the one named, or the only one with a population.
    func batchContext(_ bundle: Bundle, program: String, form: String?) throws(NiangjiaError) -> FormContext {
        if let form { return try FormContext(bundle: bundle, program: program, form: form) }
        guard let found = bundle.programs[program] else {
            throw NiangjiaError(.notFound, zh: "没有项目 \(program)", en: "there is no program \(program)")
        }
        let forms = (bundle.plugins[found.plugin]?.manifest.forms ?? [:]).values
            .filter { $0.by.contains("batch") && $0.population != nil }
        guard forms.count == 1, let only = forms.first else {
            throw NiangjiaError(
                .invalid, zh: "项目 \(program) 有 \(forms.count) 张可批量核定的表单,请用 --form 指定",
                en: "program \(program) has \(forms.count) forms for batches; name one with --form")
        }
        return try FormContext(bundle: bundle, program: program, form: only.name)
    }

    private struct Settled {
        var totals: SweepTotals
        var before: Money
        var after: Money
        var outcomes: [SettledBlock]
        var byOrganization: [String: SweepTotals]
    }

    private func judgeAndSettle(
        _ context: FormContext, asOf date: CivilDate, expecting expected: [String: Money],
        progress: @Sendable (SweepProgress) -> Void
    ) async throws -> Settled {
        let admission = Admission(context: context, crypto: crypto)
        let applier = Applier(context: context, admission: admission, change: change(by: .host))
        var blocks: [SettleBlock] = []
        var homes: [[Int64]] = []
        var running = SweepTotals()
        var guarding = SweepGuard(context, admission)
        let population = try await store.read { reader in
            try Gatherer(context).subjects?.count(
                filter: context.form.population?.filter ?? [:], after: .min, in: reader)
        }
        try await Sweep(corridor: self, context: context, asOf: date).forEach(after: .min) { block in
            let (next, settle) = try await store.read { [guarding] reader in
                var (next, screened) = (guarding, block)
                try next.screen(&screened, asOf: date, in: reader)
                return (next, try applier.settleBlock(screened.lines, screened.judgements, in: reader))
            }
            guarding = next
            blocks.append(settle)
            homes.append(block.lines.homes)
            running.alreadyDecided += block.alreadyDecided
            // What it would come to if there were enough of everything.
            running.count(Settle.unlimited(settle))
            progress(
                SweepProgress(
                    phase: .judging, done: running.considered, total: population.map { Int($0) }, totals: running))
        }
        var totals = SweepTotals()
        totals.alreadyDecided = running.alreadyDecided
        var state = try await store.read { try applier.settleState(in: $0, expecting: expected) }
        let available = state.available
        let outcomes = Settle.settle(blocks, against: &state)
        var byHome: [Int64?: SweepTotals] = [:]
        for (block, homes) in zip(outcomes, homes) {
            totals.count(block)
            block.count(into: &byHome, homes: homes)
        }
        let byOrganization = try await named(byHome)
        return Settled(
            totals: totals, before: available.values.reduce(.zero, +), after: state.available.values.reduce(.zero, +),
            outcomes: outcomes, byOrganization: byOrganization)
    }

    /// Totals by the code of the home organisation; `-` for people without one.
    private func named(_ byHome: [Int64?: SweepTotals]) async throws -> [String: SweepTotals] {
        try await store.read { reader in
            var named: [String: SweepTotals] = [:]
            for (home, part) in byHome {
                let code = try home.flatMap { home in
                    try reader.first("SELECT code FROM organization WHERE id = $1", [.int(home)]) { $0.text(0) }
                }
                named[code ?? "-"] = part
            }
            return named
        }
    }
}

private struct HomeOutcome: Hashable {
    var home: Int64
    var outcome: UInt32
}

extension SettledBlock {
    /// Counts the outcomes by home organisation; `homes` holds one for each row, 0 for none.
    fileprivate func count(into byHome: inout [Int64?: SweepTotals], homes: [Int64]) {
        var counts: [HomeOutcome: Int] = [:]
        for (index, home) in zip(indexes, homes) { counts[HomeOutcome(home: home, outcome: index), default: 0] += 1 }
        for (key, times) in counts {
            let home = key.home == 0 ? nil : key.home
            byHome[home, default: SweepTotals()].count(outcomes[Int(key.outcome)], times: times)
        }
    }

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
