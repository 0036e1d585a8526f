import NiangjiaCore

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

    /// Everything is told.
    static let all = TotalsTold(hidden: [], hidesLeftOut: false)

    private init(hidden: Set<Outcome.Result>, hidesLeftOut: Bool) {
        self.hidden = hidden
        self.hidesLeftOut = hidesLeftOut
    }

    /// - Parameter leftOut: how many go without or get less.
    init(_ totals: SweepTotals, leftOut: Int, isOpen: Bool) {
        guard !isOpen else {
            self = .all
            return
        }
        let counts = Dictionary(
            uniqueKeysWithValues: Outcome.Result.allCases.map { ($0.rawValue, TotalsTold.count($0, totals)) })
        let shown = Suppression.told([counts]).shown
        hidden = Set(Outcome.Result.allCases.filter { counts[$0.rawValue] != 0 && shown[$0.rawValue] == nil })
        // Beside everybody considered, those who go without would tell who doesn't.
        hidesLeftOut = (1..<Suppression.least).contains(leftOut) || leftOut > 0 && !hidden.isEmpty
    }

    /// Whether the amounts aren't told.
    var hidesMoney: Bool { hidden.contains(.granted) || hidden.contains(.limited) }

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
