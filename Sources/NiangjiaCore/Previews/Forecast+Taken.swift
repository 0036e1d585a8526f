extension Forecast {
    /// What forecasts that come before another take of what they share with it.
    struct Taken: Sendable {
        /// By fund line: how much, and which forms took it, in order.
        private var lines: [String: (amount: Money, forms: [String])] = [:]
        /// What approved ceilings are measured against, by program and by `program/form`: how many, and how much.
        private var granted: [String: (persons: Int64, amount: Money)] = [:]

        /// By series and form: whom something is given, as a run of the day would find it.
        private var subjects: [String: Set<Int64>] = [:]

        /// Adds what a forecast takes.
        mutating func add(_ forecast: Forecast) {
            for (line, before) in forecast.before {
                let taken = before - (forecast.after[line] ?? before)
                guard taken > .zero else { continue }
                lines[line, default: (.zero, [])].amount += taken
                lines[line]?.forms.append(forecast.context.key)
            }
            let totals = forecast.totals
            for key in [forecast.context.program.id, forecast.context.key] {
                granted[key, default: (0, .zero)].persons += Int64(totals.granted + totals.limited)
                granted[key]?.amount += totals.amount
            }
            for block in forecast.blocks where !block.ids.isEmpty {
                let stands = block.settled.outcomes.map(\.stands)
                for (id, index) in zip(block.ids, block.settled.indexes) where stands[Int(index)] {
                    subjects[forecast.context.seriesKey, default: []].insert(id)
                }
            }
        }

        /// Whom those before a form of the same series have given something.
        func decided(before context: FormContext) -> Set<Int64> { subjects[context.seriesKey] ?? [] }

        /// Leaves of a state what was not taken.
        func reduce(_ state: inout SettleState, of context: FormContext) {
            for (line, taken) in lines where state.available[line] != nil {
                state.available[line]? -= taken.amount
            }
            guard var ceiling = state.ceiling,
                let taken = granted[ceiling.form == nil ? context.program.id : context.key]
            else { return }
            ceiling.persons = ceiling.persons.map { $0 - taken.persons }
            ceiling.amount = ceiling.amount.map { $0 - taken.amount }
            state.ceiling = ceiling
        }

        /// The forms that took something of a line that another is paid from, in order.
        func before(_ context: FormContext) -> [String] {
            let forms = context.rules.funding.flatMap { lines[$0.line]?.forms ?? [] }
            return Set(forms).sorted()
        }
    }
}

extension FormContext {
    /// `program/form`
    var key: String { program.id + "/" + form.name }

    /// What decisions of a day are counted as decided by (``decidedInRuns(_:_:from:to:on:in:)``).
    var seriesKey: String { program.series + "/" + form.name }

    /// Whether a run of one finds decided whom a run of the other has given something.
    func sharesSeries(with other: FormContext) -> Bool {
        seriesKey == other.seriesKey && (try? subjectKind()) == (try? other.subjectKind())
    }
}
