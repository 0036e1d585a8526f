/// How busy a store is, for whoever watches it.
public struct StoreLoad: Sendable {
    /// Writes that wait: people's, and batches'.
    public var writes: (interactive: Int, batch: Int)
    /// Reads that wait for a connection.
    public var reads: Int
    /// What has been committed.
    public var commits: StoreCommits
}

/// Commits since a store was opened: whoever waits together shares one.
public struct StoreCommits: Sendable, Hashable {
    /// Groups that were committed together.
    public private(set) var groups: Int64 = 0
    /// Writes in them.
    public private(set) var writes: Int64 = 0
    /// Writes of the largest group.
    public private(set) var largest: Int64 = 0
    /// Pages that stood in the log after the last commit.
    public private(set) var logPages: Int64 = 0
    /// Groups that wrote to a table whose changes are counted.
    public private(set) var counted: Int64 = 0
    /// Of each of ``lengths``, the groups that held the writer longer: for so long everybody else's writes waited.
    public private(set) var longer = [Int64](repeating: 0, count: lengths.count)

    /// A person hardly notices the first; nobody's write should be held up for the last.
    public static let lengths: [Duration] = [.milliseconds(100), .seconds(1), .seconds(5)]

    mutating func note(members: Int, held: Duration, logPages pages: Int, isCounted: Bool) {
        groups += 1
        for (index, length) in StoreCommits.lengths.enumerated() where held > length { longer[index] += 1 }
        if isCounted { counted += 1 }
        writes += Int64(members)
        largest = max(largest, Int64(members))
        logPages = Int64(pages)
    }
}
