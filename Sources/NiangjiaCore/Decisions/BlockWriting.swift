/// Writes the blocks of a run while the next ones are judged: one group after another, and whatever has come in while a group was being
/// written shares the next one's transaction.
struct BlockWriting {
    /// Blocks in one transaction, at most: whoever waits for the writer meanwhile waits for so many.
    static let groupLimit = 4

    /// As they stood after the last group that was written.
    private(set) var totals: SweepTotals
    private let write: @Sendable ([RunBlock]) async throws -> SweepTotals
    private var waiting: [RunBlock] = []
    private var group: Task<SweepTotals, any Error>?
    private let isBusy = Guarded(false)

    init(totals: SweepTotals, _ write: @escaping @Sendable ([RunBlock]) async throws -> SweepTotals) {
        self.totals = totals
        self.write = write
    }

    /// Takes a block, in order. Throws what writing an earlier one threw.
    mutating func add(_ block: RunBlock) async throws {
        waiting.append(block)
        if isBusy.withLock({ $0 }), waiting.count < BlockWriting.groupLimit { return }
        try await begin()
    }

    /// Returns once everything is written.
    mutating func finish() async throws {
        try await begin()
        if let group { totals = try await group.value }
    }

    /// Waits for the group that is being written; the blocks after it are forgotten, and are judged again.
    func rest() async { _ = await group?.result }

    private mutating func begin() async throws {
        if let group { totals = try await group.value }
        guard !waiting.isEmpty else { return }
        let (blocks, write, isBusy) = (waiting, write, isBusy)
        waiting = []
        isBusy.withLock { $0 = true }
        group = Task {
            defer { isBusy.withLock { $0 = false } }
            return try await write(blocks)
        }
    }
}
