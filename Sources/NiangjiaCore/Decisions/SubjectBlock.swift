/// The next subjects of a population, column by column, in key order.
struct SubjectBlock: Sendable {
    let kind: SubjectKind
    var ids: [Int64] = []
    /// Of the subject, its primary membership included.
    var revisions: [Int64] = []
    /// Home organisations; 0: none.
    var homes: [Int64] = []
    /// Households; 0: none.
    var households: [Int64] = []
    var householdRevisions: [Int64] = []
    /// The subject that is recorded since the latest day, and that day.
    var latest: (id: Int64, validFrom: CivilDate)?
    /// The declared facts.
    var facts: [BlockColumn]

    init(kind: SubjectKind, facts: [FactDefinition], capacity: Int) {
        self.kind = kind
        self.facts = facts.map { BlockColumn(ColumnBuilder.Kind($0.kind), capacity: capacity) }
        ids.reserveCapacity(capacity)
        revisions.reserveCapacity(capacity)
        homes.reserveCapacity(capacity)
        households.reserveCapacity(capacity)
        householdRevisions.reserveCapacity(capacity)
    }

    /// Takes a row of ``SubjectReader``; its facts begin at a column.
    mutating func append(_ row: any StoreRow, facts first: Int) {
        let id = row.int(0)
        ids.append(id)
        revisions.append(row.int(1))
        let validFrom = row.date(2)
        if validFrom > latest?.validFrom ?? CivilDate(days: .min) { latest = (id, validFrom) }
        homes.append(row.int(3))
        households.append(row.int(4))
        householdRevisions.append(row.int(5))
        for n in facts.indices { facts[n].append(row, first + n) }
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
        ids = rows.map { ids[$0] }
        revisions = rows.map { revisions[$0] }
        homes = rows.map { homes[$0] }
        households = rows.map { households[$0] }
        householdRevisions = rows.map { householdRevisions[$0] }
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

/// One fact of a block.
struct BlockColumn: Sendable {
    let kind: ColumnBuilder.Kind
    private(set) var integers: [Int64] = []
    private(set) var texts = FactTexts(capacity: 0)
    private(set) var nulls: [Bool] = []
    private(set) var hasNulls = false

    init(_ kind: ColumnBuilder.Kind, capacity: Int) {
        self.kind = kind
        if kind == .text { texts = FactTexts(capacity: capacity) } else { integers.reserveCapacity(capacity) }
    }

    mutating func append(_ row: any StoreRow, _ column: Int) {
        if kind == .text {
            guard let text = row.utf8(column) else {
                hasNulls = true
                return texts.appendAbsent()
            }
            return texts.append(text)
        }
        let value = row.int(column)
        // Zero may be null: only then it is worth asking.
        if value == 0, row.isNull(column) {
            if !hasNulls { nulls = [Bool](repeating: false, count: integers.count) }
            hasNulls = true
        }
        integers.append(value)
        if hasNulls { nulls.append(value == 0 && row.isNull(column)) }
    }

    func isNull(_ row: Int) -> Bool {
        guard hasNulls else { return false }
        return kind == .text ? texts.indexes[row] == FactTexts.absent : nulls[row]
    }

    /// Only the rows whose places are given, in order.
    mutating func keep(_ rows: [Int]) {
        if kind == .text {
            texts.keep(rows)
        } else {
            integers = rows.map { integers[$0] }
            if hasNulls { nulls = rows.map { nulls[$0] } }
        }
    }

    func column(_ path: String) -> FactColumn {
        let storage: FactColumn.Storage =
            switch kind {
            case .text: .packed(texts)
            case .boolean: .booleans(integers.map { $0 != 0 })
            case .date: .dates(integers.map { Int32(truncatingIfNeeded: $0) })
            case .integer, .document, .opaque, .reference: .integers(integers)
            }
        return FactColumn(path, storage, nulls: hasNulls && kind != .text ? nulls : nil)
    }
}
