import NiangjiaCore

/// How much of what a rule would come to an account is told.
enum Telling: Sendable {
    /// Everything: the account may see each single outcome.
    case all
    /// Sums, and numbers of five and more people (decision 0066).
    case many
    /// Numbers of five and more people, no money: whoever wrote a rule that nobody else has read chooses what its sums say of
    /// whom (decision 0091).
    case people
}

/// What of a forecast's totals may be told to somebody without the right to single people's facts (decision 0066).
///
/// How many are considered is told. An outcome of 1 to 4 people isn't, nor what would give it away: another outcome beside it, until
/// the hidden ones hold five; and the money, where those who get some are hidden, or where a few go without.
struct TotalsTold: Sendable {
    /// Outcomes whose number isn't told.
    let hidden: Set<Outcome.Result>
    /// Whether a few qualify and go without, or get less, or how many do would give away what is hidden: then neither how many nor what
    /// they miss is told.
    let hidesLeftOut: Bool
    /// Whether no money is told, however many get it.
    private let withholdsMoney: Bool

    /// Everything is told.
    static let all = TotalsTold(hidden: [], hidesLeftOut: false, withholdsMoney: false)

    private init(hidden: Set<Outcome.Result>, hidesLeftOut: Bool, withholdsMoney: Bool) {
        self.hidden = hidden
        self.hidesLeftOut = hidesLeftOut
        self.withholdsMoney = withholdsMoney
    }

    /// - Parameter leftOut: how many go without or get less.
    init(_ totals: SweepTotals, leftOut: Int, _ telling: Telling) {
        guard telling != .all else {
            self = .all
            return
        }
        let counts = Dictionary(
            uniqueKeysWithValues: Outcome.Result.allCases.map { ($0.rawValue, TotalsTold.count($0, totals)) })
        let shown = Suppression.told([counts]).shown
        var hidden = Set(Outcome.Result.allCases.filter { counts[$0.rawValue] != 0 && shown[$0.rawValue] == nil })
        let isCut = telling == .people && TotalsTold.isCut(totals, leftOut: leftOut)
        if isCut { hidden.formUnion(TotalsTold.settled) }
        // Beside everybody considered, those who go without would tell who doesn't.
        hidesLeftOut = (1..<Suppression.least).contains(leftOut) || leftOut > 0 && !hidden.isEmpty
        self.hidden = hidden
        withholdsMoney = telling == .people
    }

    /// What of those who qualify the money, a cap or places make: how many are which follows from the amounts.
    private static let settled: Set<Outcome.Result> = [.granted, .limited, .waitlisted]

    /// Whether somebody who qualifies gets less than the rule says, or nothing.
    static func isCut(_ totals: SweepTotals, leftOut: Int) -> Bool {
        leftOut > 0 || totals.limited > 0 || totals.waitlisted > 0
    }

    /// Whether the amounts aren't told.
    var hidesMoney: Bool { withholdsMoney || hidesServed }

    /// Whether it isn't told how many get something.
    var hidesServed: Bool { hidden.contains(.granted) || hidden.contains(.limited) }

    /// Whether anything isn't told.
    var hidesAny: Bool { !hidden.isEmpty || hidesLeftOut }

    /// A number in words.
    func words(_ result: Outcome.Result, _ totals: SweepTotals) -> String {
        hidden.contains(result) ? "-" : "\(TotalsTold.count(result, totals))"
    }

    /// The totals of an answer without what isn't told.
    func veil(_ members: inout [String: Value]) {
        for result in hidden { members[result.rawValue] = .null }
        if hidesMoney { members["amount_fen"] = .null }
    }

    static func count(_ result: Outcome.Result, _ totals: SweepTotals) -> Int {
        switch result {
        case .granted: totals.granted
        case .limited: totals.limited
        case .refused: totals.refused
        case .review: totals.review
        case .waitlisted: totals.waitlisted
        case .incomplete: totals.incomplete
        case .failed: totals.failed
        }
    }
}
