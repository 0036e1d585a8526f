/// How many of a group are considered, get something, are left out, and what they get.
public struct GroupCount: Hashable, Sendable {
    /// How many the rule was asked about, or the host set aside.
    public var considered = 0
    /// Granted, wholly or in part.
    public var granted = 0
    /// Qualify and go without, or get less, for want of money, places, or what was approved.
    public var leftOut = 0
    /// Neither: refused, or nothing is said of them yet.
    public var others = 0
    /// What the granted get together.
    public var amount = Money.zero

    /// A group's counts; `others` nil: whoever is neither granted nor left out, where nobody is both.
    public init(considered: Int = 0, granted: Int = 0, leftOut: Int = 0, others: Int? = nil, amount: Money = .zero) {
        self.considered = considered
        self.granted = granted
        self.leftOut = leftOut
        self.others = others ?? max(0, considered - granted - leftOut)
        self.amount = amount
    }

    static func + (a: GroupCount, b: GroupCount) -> GroupCount {
        GroupCount(
            considered: a.considered + b.considered, granted: a.granted + b.granted, leftOut: a.leftOut + b.leftOut,
            others: a.others + b.others, amount: a.amount + b.amount)
    }
}

/// Counts by the groups of a dimension.
public struct GroupTable: Hashable, Sendable {
    /// By what people are told apart.
    public var dimension: Dimension
    /// By the name of the group; `-`: without one.
    public var rows: [String: GroupCount]

    /// A table of counts.
    public init(_ dimension: Dimension, _ rows: [String: GroupCount]) {
        self.dimension = dimension
        self.rows = rows
    }
}

extension Forecast {
    /// How many have each reason, by what came of it.
    var reasons: [Outcome.Result: [String: Int]] {
        var found: [Outcome.Result: [String: Int]] = [:]
        for block in blocks {
            var times = [Int](repeating: 0, count: block.settled.outcomes.count)
            for index in block.settled.indexes { times[Int(index)] += 1 }
            for (outcome, times) in zip(block.settled.outcomes, times) where times > 0 {
                if let reason = outcome.reason { found[outcome.result, default: [:]][reason, default: 0] += times }
            }
        }
        return found
    }

    /// Counts by the groups of a dimension.
    func table(_ dimension: Dimension) -> GroupTable {
        let names = names[dimension] ?? []
        // Considered, granted, left out, others, fen: one addition for each row.
        var sums = [SIMD8<Int64>](repeating: .zero, count: names.count)
        for block in blocks {
            guard let groups = block.groups[dimension] else { continue }
            let parts = block.settled.outcomes.map { outcome -> SIMD8<Int64> in
                let (stands, isLeftOut) = (outcome.stands, outcome.isLeftOut)
                return SIMD8(
                    1, stands ? 1 : 0, isLeftOut ? 1 : 0, stands || isLeftOut ? 0 : 1, stands ? outcome.amount.fen : 0,
                    0, 0, 0)
            }
            for (group, index) in zip(groups, block.settled.indexes) { sums[Int(group)] &+= parts[Int(index)] }
        }
        let counts = sums.map {
            GroupCount(
                considered: Int($0[0]), granted: Int($0[1]), leftOut: Int($0[2]), others: Int($0[3]),
                amount: Money(fen: $0[4]))
        }
        return GroupTable(dimension, Dictionary(uniqueKeysWithValues: zip(names, counts)))
    }
}

/// What may be told of groups to somebody who has no right to single people's facts.
///
/// A group of 1 to 4 people is never told, nor is one of which 1 to 4 are granted, go without, are neither, or don't. Totals are known to
/// whoever reads the groups, so what would follow by subtraction is hidden with it: at least two groups are hidden together, and
/// together they hold at least five, or none, of everything that is counted.
public struct Suppression: Hashable, Sendable {
    /// The smallest number of people that is told of.
    public static let least = 5

    /// A group as it may be told; nil where only the number of its people may be.
    public struct Row: Hashable, Sendable {
        /// The group.
        public var name: String
        /// How many are considered.
        public var considered: Int
        /// How many are granted; nil: not told.
        public var granted: Int?
        /// How many go without; nil: not told.
        public var leftOut: Int?
        /// What the granted get together; nil: not told.
        public var amount: Money?
    }

    /// Groups whose people may be counted, the largest first.
    public private(set) var rows: [Row] = []
    /// Groups that are told only together.
    public private(set) var hiddenGroups = 0
    /// How many people the hidden groups hold.
    public private(set) var hiddenConsidered = 0

    /// Hides what must not be told of a table; nothing where the reader has the right to single people's facts.
    public init(_ table: GroupTable, isOpen: Bool = false) {
        let ordered = table.rows.filter { $0.value.considered > 0 }.sorted {
            ($0.value.considered, $1.key) > ($1.value.considered, $0.key)
        }
        let counts = ordered.map(\.value)
        let hidden = isOpen ? [] : Suppression.hidden(counts) { [$0.considered] }
        let veiled =
            isOpen
            ? []
            : Suppression.hidden(counts, atLeast: hidden) {
                [
                    $0.granted, $0.considered - $0.granted, $0.leftOut, $0.considered - $0.leftOut, $0.others,
                    $0.considered - $0.others,
                ]
            }
        for (n, (name, count)) in ordered.enumerated() {
            if hidden.contains(n) {
                hiddenGroups += 1
                hiddenConsidered += count.considered
                continue
            }
            let isVeiled = veiled.contains(n)
            rows.append(
                Row(
                    name: name, considered: count.considered, granted: isVeiled ? nil : count.granted,
                    leftOut: isVeiled ? nil : count.leftOut, amount: isVeiled ? nil : count.amount))
        }
    }

    /// The same groups without money and, where how many are served follows from it, without that either.
    public func withoutMoney(hidesServed: Bool) -> Suppression {
        var told = self
        for row in told.rows.indices {
            told.rows[row].amount = nil
            if hidesServed { (told.rows[row].granted, told.rows[row].leftOut) = (nil, nil) }
        }
        return told
    }

    /// Which of counts by name may be told, where the sum of each of several lists is known: of the refused, of those who wait …
    public static func told(_ lists: [[String: Int]]) -> (shown: [String: Int], hidden: Int, sum: Int) {
        let lists = lists.map { counts in
            counts.filter { $0.value > 0 }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        }
        var hidden: Set<String> = []
        // What is hidden in one list is hidden in the others, and may want company there.
        var known = -1
        while hidden.count != known {
            known = hidden.count
            for list in lists {
                let already = Set(list.indices.filter { hidden.contains(list[$0].key) })
                let rows = Suppression.hidden(list.map { GroupCount(considered: $0.value) }, atLeast: already) {
                    [$0.considered]
                }
                hidden.formUnion(rows.map { list[$0].key })
            }
        }
        var shown: [String: Int] = [:]
        var sum = 0
        for (name, count) in lists.joined() {
            if hidden.contains(name) { sum += count } else { shown[name, default: 0] += count }
        }
        return (shown, hidden.count, sum)
    }

    private static func isSmall(_ count: Int) -> Bool { (1..<least).contains(count) }

    /// The rows to hide, of rows from the largest down: those with a small part, and as many of the smallest others as it takes
    /// for nothing small to follow from their sum.
    private static func hidden(
        _ counts: [GroupCount], atLeast: Set<Int> = [], _ parts: (GroupCount) -> [Int]
    ) -> Set<Int> {
        var hidden = atLeast.union(counts.indices.filter { parts(counts[$0]).contains(where: isSmall) })
        guard !hidden.isEmpty else { return [] }
        for next in counts.indices.reversed() {
            let sum = hidden.reduce(GroupCount()) { $0 + counts[$1] }
            if hidden.count > 1, !parts(sum).contains(where: isSmall) { break }
            hidden.insert(next)
        }
        return hidden
    }
}
