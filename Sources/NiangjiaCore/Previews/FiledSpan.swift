/// The applications that a preview looks back at: those of the year up to a day.
public struct FiledSpan: Hashable, Sendable {
    /// The days on which they were handed in, both included.
    public var days: DateRange
    /// How many there are. What is counted otherwise is people: who applied twice is one.
    public var count = 0
    /// The rule looks at what people got by the form before: that is as it was given, whatever the other rules would have given.
    public var seesPast = false
    /// By field: the applications that can't be judged for want of it. The form asks for what wasn't asked for then, or the record
    /// that it names was removed.
    public var lacks: [String: Int] = [:]

    /// The year that ends with a day.
    init(until date: CivilDate) { days = DateRange(from: date.adding(months: -12) + 1, to: date) }
}

/// Which applications are looked back at: a program's own and those of its earlier years, of a form, handed in on some days and not
/// withdrawn. Programs of its series that run beside it, or are another union's, have applications of their own.
struct FiledSet: Hashable, Sendable {
    private let series: String
    private let program: String
    private let form: String
    private let range: InstantRange
    /// Programs of the series whose applications aren't this one's.
    private let others: [String]

    init(_ program: Program, _ form: String, _ days: DateRange, in bundle: Bundle) {
        let season = program.rules(for: form).season
        others = bundle.programs.values.filter { other in
            let its = other.rules(for: form).season
            return other.series == program.series && other.id != program.id
                && (other.organization != program.organization || its.from <= season.to && season.from <= its.to)
        }.map(\.id).sorted()
        series = program.series
        self.program = program.id
        self.form = form
        range = InstantRange(days)
    }

    /// Of rows of `case_file`.
    var condition: String {
        let names = others.indices.map { "$\($0 + 6)" }.joined(separator: ", ")
        let isOwn = "(program = $2 OR series = $1" + (others.isEmpty ? ")" : " AND program NOT IN (\(names)))")
        return isOwn + " AND form = $3 AND submitted_at >= $4 AND submitted_at < $5 AND state <> 'withdrawn'"
    }

    /// What ``condition`` is about, `$1` to the one before ``next``.
    var arguments: [SQLValue] {
        [.text(series), .text(program), .text(form), .instant(range.from), .instant(range.to)]
            + others.map { .text($0) }
    }

    /// The number of the first argument that comes after those.
    var next: Int { arguments.count + 1 }

    /// Whether an application is one of them; nil isn't.
    func contains(_ id: ID<CaseFile>?, in reader: any StoreReader) throws -> Bool {
        guard let id else { return false }
        return try reader.first(
            "SELECT 1 FROM case_file WHERE \(condition) AND id = $\(next)", arguments + [.id(id)]
        ) { _ in true } ?? false
    }
}

/// Where a row stands among applications: in the order of these, and of the lines of each.
struct FiledPlace: Comparable, Sendable {
    var application: Int64
    var line: Int

    static func < (a: FiledPlace, b: FiledPlace) -> Bool { (a.application, a.line) < (b.application, b.line) }
}

/// Applications that were judged again.
struct FiledPage: Sendable {
    var applications = 0
    /// By field: those that can't be judged by the form and the records as they are now.
    var lacks: [String: Int] = [:]
    /// Whom each line is about, its household and home union; 0: none, or sealed.
    var ids: [Int64] = []
    var households: [Int64] = []
    var homes: [Int64] = []
    /// Whose each line is, to count people by; told to nobody.
    var people: [Int64] = []
    var places: [FiledPlace] = []
    /// By what lines are told apart otherwise.
    var texts: [Dimension: [String?]] = [:]
    var asked = SettleBlock(lines: [], indexes: [])
    /// By fund line: what had been given.
    var returned: [String: Money] = [:]
}

extension Forecast {
    /// The same with one row a person, where applications were looked back at: one outcome of theirs, and what they get together.
    /// Groups of a few people are told by nobody's filing twice.
    func byPerson() -> Forecast {
        guard filed != nil else { return self }
        var rows: [Int64: Int] = [:]
        var outcomes: [Outcome] = []
        var groups: [Dimension: [Int32]] = [:]
        for block in blocks {
            for (row, person) in block.people.enumerated() {
                let outcome = block.settled[row]
                guard let known = rows[person] else {
                    rows[person] = outcomes.count
                    outcomes.append(outcome)
                    for (dimension, numbers) in block.groups { groups[dimension, default: []].append(numbers[row]) }
                    continue
                }
                let amount = outcomes[known].amountThatStands + outcome.amountThatStands
                if Forecast.rank(outcome) < Forecast.rank(outcomes[known]) {
                    outcomes[known] = outcome
                    for (dimension, numbers) in block.groups { groups[dimension]?[known] = numbers[row] }
                }
                if outcomes[known].stands { outcomes[known].amount = amount }
            }
        }
        var people = self
        people.totals = SweepTotals()
        people.wanted.considered = outcomes.count
        let settled = SettledBlock(outcomes: outcomes, indexes: outcomes.indices.map { UInt32($0) })
        people.totals.count(settled)
        people.blocks = [Block(groups: groups, asked: SettleBlock(lines: [], indexes: []), settled: settled)]
        return people
    }

    /// What comes first of a person's outcomes: a rule that failed, for that is to be mended, then whoever goes without something.
    private static func rank(_ outcome: Outcome) -> Int {
        switch outcome.result {
        case .failed: 0
        case .granted: outcome.isLeftOut ? 1 : 2
        case .limited: outcome.isLeftOut ? 1 : 3
        case .waitlisted: 4
        case .review: 5
        case .incomplete: 6
        case .refused: 7
        }
    }
}

extension Outcome {
    fileprivate var amountThatStands: Money { stands ? amount : .zero }
}
