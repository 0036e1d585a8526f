/// A season's budget as a preview leaves it: what was given before, what would be held now, and whom the money doesn't reach.
public struct PreviewBudget: Hashable, Sendable {
    /// A fund line before and after.
    public struct Line: Hashable, Sendable {
        /// The line's id in `config/funds.yaml`.
        public var line: String
        /// Available before.
        public var before: Money
        /// Available after.
        public var after: Money
    }

    /// The form's fund lines, in order.
    public var lines: [Line]
    /// What standing decisions of the season came to before, and how many there are.
    public var givenBefore: Money
    /// How many decisions of the season stand already.
    public var decisionsBefore: Int
    /// What everybody who qualifies would get, were there enough of everything.
    public var wanted: Money
    /// What would be held.
    public var held: Money
    /// How many qualify and go without, or get less.
    public var leftOut: Int
    /// How many are served in full before it runs out; nil where it lasts.
    public var servedUntilShort: Int?

    /// What is missing.
    public var missing: Money { max(.zero, wanted - held) }
}

extension Forecast {
    /// The budget of the season that the forecast's day belongs to.
    func budget(in reader: any StoreReader) throws -> PreviewBudget {
        let given = try SeasonGiven.of(context, in: reader)
        var (leftOut, served) = (0, 0)
        for block in blocks {
            let kinds = block.settled.outcomes.map { $0.isLeftOut ? 1 : $0.stands ? 2 : 0 }
            for index in block.settled.indexes {
                if kinds[Int(index)] == 1 { leftOut += 1 } else if kinds[Int(index)] == 2 { served += 1 }
            }
        }
        return PreviewBudget(
            lines: context.rules.funding.map {
                PreviewBudget.Line(line: $0.line, before: before[$0.line] ?? .zero, after: after[$0.line] ?? .zero)
            },
            givenBefore: given.amount, decisionsBefore: given.count, wanted: wanted.amount, held: totals.amount,
            leftOut: leftOut, servedUntilShort: leftOut > 0 ? served : nil)
    }
}
