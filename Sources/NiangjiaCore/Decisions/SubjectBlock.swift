/// The next subjects of a population, column by column, in key order.
struct SubjectBlock: Sendable {
    var ids: [Int64] = []
    /// Of the subject, its primary membership included.
    var revisions: [Int64] = []
    /// The days from which on the rows are true.
    var validFrom: [Int64] = []
    /// Home organisations; 0: none.
    var homes: [Int64] = []
    /// Households; 0: none.
    var households: [Int64] = []
    var householdRevisions: [Int64] = []
    /// The declared facts.
    var facts: [CellColumn] = []

    init(
        ids: [Int64] = [], revisions: [Int64] = [], validFrom: [Int64] = [], homes: [Int64] = [],
        households: [Int64] = [], householdRevisions: [Int64] = [], facts: [CellColumn] = []
    ) {
        self.ids = ids
        self.revisions = revisions
        self.validFrom = validFrom
        self.homes = homes
        self.households = households
        self.householdRevisions = householdRevisions
        self.facts = facts
    }

    /// The rows of several, one after another; `kinds` are those of the facts.
    init(joining blocks: [SubjectBlock], _ kinds: [CellColumn.Kind]) {
        self.init(
            ids: blocks.flatMap(\.ids), revisions: blocks.flatMap(\.revisions), validFrom: blocks.flatMap(\.validFrom),
            homes: blocks.flatMap(\.homes), households: blocks.flatMap(\.households),
            householdRevisions: blocks.flatMap(\.householdRevisions),
            facts: kinds.enumerated().map { n, kind in CellColumn(joining: blocks.map { $0.facts[n] }, kind) })
    }

    /// The subject that is recorded since the latest day, and that day.
    var latest: (id: Int64, validFrom: CivilDate)? {
        guard let day = validFrom.max(), let row = validFrom.firstIndex(of: day) else { return nil }
        return (ids[row], CivilDate(days: Int32(truncatingIfNeeded: day)))
    }

    /// The sums by which apply finds out whether anything has changed.
    var sums: BlockSums {
        BlockSums(
            count: Int64(ids.count), revisions: revisions.reduce(0, &+),
            homes: homes.reduce(0) { $0 &+ $1 % BlockSums.modulus },
            households: householdRevisions.reduce(0, &+))
    }

    /// Only the rows whose places are given, in order.
    mutating func keep(_ rows: [Int]) {
        func kept(_ values: [Int64]) -> [Int64] { rows.map { values[$0] } }
        ids = kept(ids)
        revisions = kept(revisions)
        validFrom = kept(validFrom)
        homes = kept(homes)
        households = kept(households)
        householdRevisions = kept(householdRevisions)
        let places = rows.map { Int32(truncatingIfNeeded: $0) }
        facts = facts.map { $0.taking(places) }
    }
}

/// Sums over a block's subjects: equal sums mean that nothing has changed, for revisions only grow.
struct BlockSums: Hashable, Sendable {
    /// Keeps sums of ids far from 64 bits.
    static let modulus: Int64 = 1_000_000_007
    var count: Int64 = 0
    var revisions: Int64 = 0
    /// Who moved to another union has another home.
    var homes: Int64 = 0
    var households: Int64 = 0
}

extension CellColumn {
    /// The column as a rule reads it.
    func fact(_ path: String, _ kind: FactDefinition.Kind) -> FactColumn {
        let storage: FactColumn.Storage =
            switch kind {
            case .text: .packed(texts)
            case .boolean: .booleans(integers.map { $0 != 0 })
            case .date: .dates(integers.map { Int32(truncatingIfNeeded: $0) })
            case .integer: .integers(integers)
            }
        return FactColumn(path, storage, nulls: kind != .text && hasNulls ? nulls : nil)
    }
}
