/// One side of a comparison.
public enum DiffSide: Sendable {
    /// The program as a bundle has it.
    case bundle(Bundle)
    /// Nobody gets anything: what opening a program changes, or closing it.
    case closed
}

/// Who gains and who loses between two sides (前后对比).
public struct ProgramDiff: Sendable {
    /// The program.
    public var program: String
    /// The form of its plugin.
    public var form: String
    /// The day for which both sides were judged.
    public var asOf: CivilDate
    /// What each side comes to.
    public var before: SweepTotals
    /// What the other side comes to.
    public var after: SweepTotals
    /// Households, or subjects without one, of whom any outcome differs, in the order of their first subject.
    public var lines: [DiffLine]
    /// Subjects who get the same for another reason; no lines.
    public var otherReason: Int
    /// By home union: who is counted gains or loses, `granted` is who gains, `leftOut` who loses, `amount` what it comes to.
    public var groups: GroupTable
    /// The applications that were looked back at; nil: everybody in the population was judged.
    public var filed: FiledSpan?
    /// The program of another year that stands before this one, its season moved to this one's; then money suffices on both sides. Nil:
    /// both sides are of ``program``.
    public var than: String?

    /// Lines of a kind.
    public func count(_ kind: DiffLine.Kind) -> Int { lines.count { $0.kind == kind } }

    /// What lines of a kind come to, positive or negative.
    public func amount(_ kind: DiffLine.Kind) -> Money {
        lines.reduce(.zero) { $1.kind == kind ? $0 + $1.difference : $0 }
    }
}

/// A household, or a subject without one, that gains or loses.
public struct DiffLine: Hashable, Sendable {
    /// Which way a line goes.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case gains
        case loses
        /// The same amount another way: other members of the household, or a person decides now.
        case moves

        /// The word that people see.
        public var title: LocalText {
            switch self {
            case .gains: LocalText(zh: "增加", en: "gains")
            case .loses: LocalText(zh: "减少", en: "loses")
            case .moves: LocalText(zh: "变动", en: "moves")
            }
        }
    }

    /// The household; nil: the subject has none.
    public var household: ID<Household>?
    /// Its members of whom the outcome differs, in key order.
    public var subjects: [DiffSubject]

    /// What they get together on the one side.
    public var before: Money { subjects.reduce(.zero) { $0 + $1.amountBefore } }
    /// What they get together on the other.
    public var after: Money { subjects.reduce(.zero) { $0 + $1.amountAfter } }
    /// What the line gains, negative where it loses.
    public var difference: Money { after - before }
    /// By the amount; where that is the same, by how many get something.
    public var kind: Kind {
        if difference != .zero { return difference > .zero ? .gains : .loses }
        let stood = subjects.count { $0.before?.stands == true }
        let stands = subjects.count { $0.after?.stands == true }
        return stands > stood ? .gains : stands < stood ? .loses : .moves
    }
}

/// One subject whose outcome differs.
public struct DiffSubject: Hashable, Sendable {
    /// Whom it is about.
    public var subject: SubjectRef
    /// The home union.
    public var home: ID<Organization>?
    /// Nil: outside the population, or the program was closed.
    public var before: Outcome?
    /// On the other side.
    public var after: Outcome?

    /// What they get on the one side.
    public var amountBefore: Money { before.map { $0.stands ? $0.amount : .zero } ?? .zero }
    /// What they get on the other.
    public var amountAfter: Money { after.map { $0.stands ? $0.amount : .zero } ?? .zero }

    /// The condition that decides the difference: of who loses, what stops them now; of who gains, what stopped them before. Nil
    /// where no condition does: the amounts themselves were changed, or the program was closed.
    public var condition: (code: String, params: [String: Value], isAfter: Bool)? {
        let isLess = amountAfter < amountBefore || (before?.stands == true && after?.stands != true)
        for (outcome, isAfter) in isLess ? [(after, true), (before, false)] : [(before, false), (after, true)] {
            if let outcome, let code = outcome.code { return (code, outcome.params, isAfter) }
        }
        return nil
    }
}

extension FormContext {
    /// The form as it stands for that of another year: with its own rules, moved to the other's season.
    ///
    /// Throws `invalid` for a form of another plugin or series, which is about something else.
    fileprivate func standing(for other: FormContext?, on date: CivilDate) throws(NiangjiaError) -> FormContext {
        guard let other else { return self }
        guard plugin.manifest.id == other.plugin.manifest.id, program.series == other.program.series else {
            throw NiangjiaError(
                .invalid, zh: "\(program.id) 与 \(other.program.id) 不是同一插件、同一系列(series)的项目,不能比较",
                en: "\(program.id) and \(other.program.id) aren't of one plugin and one series: they can't be compared",
                place: "/than")
        }
        let years = other.rules.season.from.parts.year - rules.season.from.parts.year
        return moved(back: -years, settingsOn: date.adding(months: -12 * years))
    }
}

extension Corridor {
    /// Judges and settles a form by both sides on the same day and the same register, and tells whose outcome differs. Equal sides
    /// have no line.
    ///
    /// - Parameter than: the program of another year, of the same series and plugin, whose rules stand before those of `program`.
    public func diff(
        program: String, form: String? = nil, asOf: CivilDate? = nil, than: String? = nil, from: DiffSide,
        to: DiffSide, progress: @Sendable (SweepProgress) -> Void = { _ in }
    ) async throws -> ProgramDiff {
        let date = asOf ?? clock.now().date
        var forecasts: [Forecast?] = []
        let newer = try context(of: to, program: program, form: form)
        let older = try context(of: from, program: than ?? program, form: form ?? newer?.form.name)
        for context in [than == nil ? older : try older?.standing(for: newer, on: date), newer] {
            guard let context else {
                forecasts.append(nil)
                continue
            }
            try context.checkPreviewed(on: date)
            forecasts.append(
                try await forecast(
                    context, asOf: date,
                    Forecast.Options(
                        dimensions: [.organization], keepsSubjects: true,
                        expecting: try await expectedLines(of: context.bundle), isUntouched: than != nil),
                    progress: progress))
        }
        guard let known = forecasts.compactMap({ $0 }).first else {
            throw NiangjiaError(.invalid, zh: "至少一边须是一版配置", en: "one side at least must be a bundle")
        }
        var merge = DiffMerge(kind: try known.context.subjectKind())
        merge.run(forecasts[0], forecasts[1])
        return ProgramDiff(
            program: program, form: known.context.form.name, asOf: date,
            before: forecasts[0]?.byPerson().totals ?? SweepTotals(),
            after: forecasts[1]?.byPerson().totals ?? SweepTotals(),
            lines: merge.lines, otherReason: merge.otherReason,
            groups: try await groups(of: merge.lines, everybody: known.byPerson().table(.organization)),
            filed: forecasts.compactMap { $0?.filed }.last.map { newer in
                var span = newer
                span.seesPast = forecasts.contains { $0?.filed?.seesPast == true }
                return span
            }, than: than)
    }

    private func context(of side: DiffSide, program: String, form: String?) throws -> FormContext? {
        guard case .bundle(let bundle) = side else { return nil }
        return try previewContext(bundle, program: program, form: form)
    }

    /// Gains and losses by home union, over everybody in scope.
    private func groups(of lines: [DiffLine], everybody: GroupTable) async throws -> GroupTable {
        var table = GroupTable(.organization, everybody.rows.mapValues { GroupCount(considered: $0.considered) })
        var codes: [ID<Organization>: String] = [:]
        for subject in lines.flatMap(\.subjects) {
            var code = "-"
            if let home = subject.home {
                if codes[home] == nil {
                    codes[home] = try await store.read { reader in
                        try reader.first("SELECT code FROM organization WHERE id = $1", [.id(home)]) { $0.text(0) }
                    }
                }
                code = codes[home] ?? "-"
            }
            let change = subject.amountAfter - subject.amountBefore
            if change > .zero { table.rows[code, default: GroupCount()].granted += 1 }
            if change < .zero { table.rows[code, default: GroupCount()].leftOut += 1 }
            table.rows[code, default: GroupCount()].amount += change
        }
        return table
    }
}

/// Walks two forecasts side by side in key order.
private struct DiffMerge {
    let kind: SubjectKind
    private(set) var lines: [DiffLine] = []
    private(set) var otherReason = 0
    private var places: [Int64: Int] = [:]

    init(kind: SubjectKind) { self.kind = kind }

    mutating func run(_ before: Forecast?, _ after: Forecast?) {
        var (left, right) = (Rows(before), Rows(after))
        while true {
            let (a, b) = (left.key, right.key)
            if let a, b.map({ a < $0 }) ?? true {
                compare(left, nil)
                left.advance()
            } else if let b, a.map({ b < $0 }) ?? true {
                compare(nil, right)
                right.advance()
            } else if a != nil {
                compare(left, right)
                left.advance()
                right.advance()
            } else {
                return
            }
        }
    }

    private mutating func compare(_ left: Rows?, _ right: Rows?) {
        let (before, after) = (left?.outcome, right?.outcome)
        guard let rows = right ?? left, let id = rows.id, differs(before, after) else { return }
        let subject = DiffSubject(
            subject: SubjectRef(kind, id), home: rows.home == 0 ? nil : ID(rawValue: rows.home), before: before,
            after: after)
        let household = rows.household
        if household != 0, let place = places[household] {
            lines[place].subjects.append(subject)
            return
        }
        if household != 0 { places[household] = lines.count }
        lines.append(DiffLine(household: household == 0 ? nil : ID(rawValue: household), subjects: [subject]))
    }

    /// Whether somebody gets something else, or is dealt with in another way.
    private mutating func differs(_ before: Outcome?, _ after: Outcome?) -> Bool {
        guard let before, let after else {
            let only = before ?? after
            return only.map { $0.stands || $0.queued > .zero || $0.result == .waitlisted } ?? false
        }
        if before.result != after.result || before.amount != after.amount || before.queued != after.queued {
            return true
        }
        if before.code != after.code { otherReason += 1 }
        return false
    }

    /// A place in a forecast.
    private struct Rows {
        private let blocks: [Forecast.Block]
        private var block = 0
        private var row = 0

        init(_ forecast: Forecast?) {
            blocks = (forecast?.blocks ?? []).filter { !$0.ids.isEmpty }
        }

        private var isAtEnd: Bool { block >= blocks.count }
        var id: Int64? { isAtEnd ? nil : blocks[block].ids[row] }
        /// By what rows come in order: the subject, or the application and its line.
        var key: FiledPlace? {
            guard !isAtEnd else { return nil }
            let places = blocks[block].places
            return places.isEmpty ? FiledPlace(application: blocks[block].ids[row], line: 0) : places[row]
        }
        var home: Int64 { isAtEnd ? 0 : blocks[block].homes[row] }
        var household: Int64 { isAtEnd ? 0 : blocks[block].households[row] }
        var outcome: Outcome? { isAtEnd ? nil : blocks[block].settled[row] }

        mutating func advance() {
            row += 1
            guard row >= blocks[block].ids.count else { return }
            block += 1
            row = 0
        }
    }
}
