/// What one subject would get.
public struct PreviewLine: Hashable, Sendable {
    /// Whom it is about.
    public var subject: SubjectRef
    /// The home union.
    public var home: ID<Organization>?
    /// What the rule would give, were there enough of everything.
    public var asked: Money
    /// What settle made of it.
    public var outcome: Outcome
}

extension Forecast {
    /// The first rows of which something is true, in key order. Asks for a forecast that keeps its subjects.
    func lines(limit: Int, where isWanted: (Outcome) -> Bool) -> [PreviewLine] {
        guard limit > 0, let kind = try? context.subjectKind() else { return [] }
        var found: [PreviewLine] = []
        for block in blocks where !block.ids.isEmpty {
            let wanted = block.settled.outcomes.map(isWanted)
            for (row, index) in block.settled.indexes.enumerated() where wanted[Int(index)] && block.ids[row] != 0 {
                found.append(
                    PreviewLine(
                        subject: SubjectRef(kind, block.ids[row]),
                        home: block.homes[row] == 0 ? nil : ID(rawValue: block.homes[row]),
                        asked: block.askedAmount(row), outcome: block.settled.outcomes[Int(index)]))
                if found.count == limit { return found }
            }
        }
        return found
    }
}
