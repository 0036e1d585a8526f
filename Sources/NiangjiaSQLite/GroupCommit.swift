import CSQLite
import NiangjiaCore

/// A write that waits for its group: it is run, perhaps again, and told its end after COMMIT.
///
/// Only the writer's thread touches it after it was queued.
class PendingWrite: @unchecked Sendable {
    /// Runs the closure and keeps what it returns or throws.
    func run(_ writer: WriteSession) -> Bool { false }
    /// Answers whoever waits, with the result that was kept.
    func acknowledge() {}
    /// Answers with an error that is not the closure's own.
    func fail(_ error: any Error) {}
}

final class PendingWriteOf<Value: Sendable>: PendingWrite, @unchecked Sendable {
    private let body: @Sendable (any StoreWriter) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private var outcome: Result<Value, any Error>?

    init(
        _ body: @escaping @Sendable (any StoreWriter) throws -> Value,
        _ continuation: CheckedContinuation<Value, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    override func run(_ writer: WriteSession) -> Bool {
        do {
            let value = try body(writer)
            if let failure = writer.failure { throw failure }
            outcome = .success(value)
            return true
        } catch {
            outcome = .failure(error)
            return false
        }
    }

    override func acknowledge() {
        continuation.resume(with: outcome ?? .failure(StoreError.statement("answered before it ran")))
    }

    override func fail(_ error: any Error) { continuation.resume(throwing: error) }
}

/// The one thread that writes and checkpoints: whoever waits together shares one COMMIT, hence one fsync.
final class GroupCommit {
    /// Members of a group that a person waits for, at most: bounds how long the first of them waits for the last.
    static let groupLimit = 256
    /// A group takes a second batch member only while it is younger than this.
    static let batchWindow: Duration = .milliseconds(5)
    /// For so many groups after a failure members run under savepoints: whoever fails all the time mustn't double everybody's work.
    static let careful = 64
    /// Pages in the log (4 KiB each) after which the writer moves them to the main file: what a batch changes again and again is
    /// moved once.
    static let checkpointPages: Int32 = 16_000
    /// The same once the disk was full: a long log would take what the main file needs.
    static let tightCheckpointPages: Int32 = 100

    private let connection: Connection
    private let queue: WorkQueue<PendingWrite>
    private let beforeCommit: (@Sendable (any StoreWriter) throws -> Void)?
    private let logPages = PageCount()
    private let commits: Guarded<StoreCommits>
    /// Set when the disk lost a sync: what it holds is unknown until the store is opened again.
    private var isBroken = false
    /// How many groups from this one on use savepoints.
    private var carefulGroups = 0
    /// The disk was full, and the log has not been moved to the main file since.
    private var isTight = false
    private var logLimit = GroupCommit.checkpointPages

    /// Where SQLite's log hook leaves the length of the log.
    private final class PageCount { var pages: Int32 = 0 }

    init(
        _ connection: Connection, _ queue: WorkQueue<PendingWrite>,
        beforeCommit: (@Sendable (any StoreWriter) throws -> Void)?, commits: Guarded<StoreCommits>
    ) {
        self.connection = connection
        self.queue = queue
        self.beforeCommit = beforeCommit
        self.commits = commits
        sqlite3_wal_hook(
            connection.database,
            { context, _, _, pages in
                if let context { Unmanaged<PageCount>.fromOpaque(context).takeUnretainedValue().pages = pages }
                return SQLITE_OK
            }, Unmanaged.passUnretained(logPages).toOpaque())
    }

    /// Works until the queue is closed and empty; then writes everything to the main file.
    func work() {
        while let first = queue.waitForNext() {
            guard !isBroken else {
                first.work.fail(StoreError.unavailable("the disk failed to write; the store must be opened again"))
                continue
            }
            if isTight { makeRoom() }
            group(from: first)
            if logPages.pages >= logLimit { checkpoint(SQLITE_CHECKPOINT_PASSIVE) }
        }
        checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
        connection.close()
    }

    /// A failed checkpoint loses nothing: the log keeps the pages, and the next one tries again.
    @discardableResult
    private func checkpoint(_ mode: Int32) -> Bool {
        logPages.pages = 0
        let code = sqlite3_wal_checkpoint_v2(connection.database, nil, mode, nil, nil)
        if StoreError.isLostSync(code) { isBroken = true }
        return code == SQLITE_OK
    }

    /// On a full disk: the log is what has filled it. Its pages are moved to the main file and its room given back, before each
    /// group until that succeeds: else the log would take every byte that is freed before the main file gets one.
    private func makeRoom() { isTight = !checkpoint(SQLITE_CHECKPOINT_TRUNCATE) }

    /// Runs everybody who waits, then commits for all of them.
    private func group(from first: (work: PendingWrite, lane: WriteLane)) {
        let start = ContinuousClock.now
        var members: [PendingWrite] = []
        var next: (work: PendingWrite, lane: WriteLane)? = first
        var interactive = 0
        var batch = 0
        connection.lastFailure = SQLITE_OK
        do throws(StoreError) {
            try connection.command("BEGIN IMMEDIATE")
            while let member = next {
                if member.lane == .interactive { interactive += 1 } else { batch += 1 }
                // A batch is never run anew because somebody else's write failed.
                if batch > 0 { carefulGroups = max(carefulGroups, 1) }
                try run(member.work, after: members)
                members.append(member.work)
                next = nil
                if interactive < GroupCommit.groupLimit { next = queue.next(.interactive).map { ($0, .interactive) } }
                if next == nil, batch == 0 || start.duration(to: .now) < GroupCommit.batchWindow {
                    // One batch member gets into every group, however many people wait.
                    next = queue.next(.batch).map { ($0, .batch) }
                }
            }
            try commit()
        } catch {
            rollBack()
            // Whoever was being run when the transaction was lost is among them.
            if let member = next, members.last !== member.work { members.append(member.work) }
            return settleFailure(of: members, error)
        }
        carefulGroups -= carefulGroups > 0 ? 1 : 0
        noteCommit(of: members.count, since: start)
        for member in members { member.acknowledge() }
    }

    /// Runs a member of a group after others. Savepoints cost a copy of every page that a member changes, and hardly anybody fails: so
    /// the first failure is undone with all of the transaction, and those before it run anew, from then on under savepoints.
    private func run(_ member: PendingWrite, after others: [PendingWrite]) throws(StoreError) {
        guard carefulGroups == 0 || others.isEmpty else { return try runMember(member) }
        guard try !runUnguarded(member) else { return }
        try connection.command("ROLLBACK")
        connection.left.clear()
        try connection.command("BEGIN IMMEDIATE")
        // Alone, it has changed nothing, and keeps its answer.
        guard !others.isEmpty else { return }
        carefulGroups = GroupCommit.careful
        for one in others { try runMember(one) }
        try runMember(member)
    }

    private func runUnguarded(_ member: PendingWrite) throws(StoreError) -> Bool {
        let session = WriteSession(connection)
        let succeeded = member.run(session)
        session.end()
        guard connection.inTransaction else { throw .unavailable("the transaction was lost") }
        return succeeded
    }

    /// Before anybody is answered: who asks afterwards knows what has changed.
    private func noteCommit(of members: Int, since start: ContinuousClock.Instant) {
        let (pages, isCounted) = (Int(logPages.pages), connection.hasCounted)
        connection.hasCounted = false
        let held = start.duration(to: .now)
        commits.withLock { $0.note(members: members, held: held, logPages: pages, isCounted: isCounted) }
    }

    /// Runs one member under its savepoint. Throws only when the whole transaction is lost.
    private func runMember(_ member: PendingWrite) throws(StoreError) {
        try connection.command("SAVEPOINT member")
        let mark = connection.left.mark
        if try !runUnguarded(member) {
            try connection.command("ROLLBACK TO member")
            connection.left.cut(to: mark)
        }
        try connection.command("RELEASE member")
    }

    private func commit() throws(StoreError) {
        if let beforeCommit {
            let session = WriteSession(connection)
            defer { session.end() }
            do {
                try beforeCommit(session)
                if let failure = session.failure { throw failure }
                // Events are nowhere else: one that is lost would never be missed.
                guard connection.left.isEmpty else { throw StoreError.refused("before commit: events were left") }
            } catch { throw error as? StoreError ?? .refused("before commit: \(error)") }
        }
        try connection.command("COMMIT")
    }

    private func rollBack() {
        connection.left.clear()
        connection.hasCounted = false
        // When even ROLLBACK fails the connection is of no use; SQLite has then ended the transaction or the disk is gone.
        if connection.inTransaction { do { try connection.command("ROLLBACK") } catch { isBroken = true } }
        if StoreError.isLostSync(connection.lastFailure) { isBroken = true }
    }

    /// A group failed as a whole: each member is run again alone, so that one's failure is nobody else's.
    private func settleFailure(of members: [PendingWrite], _ error: StoreError) {
        let code = connection.lastFailure
        if case .full = code == SQLITE_OK ? error : connectionError(error, code) {
            isTight = true
            logLimit = GroupCommit.tightCheckpointPages
            makeRoom()
        }
        for member in members {
            guard !isBroken else {
                member.fail(error)
                continue
            }
            connection.lastFailure = SQLITE_OK
            let start = ContinuousClock.now
            do throws(StoreError) {
                try connection.command("BEGIN IMMEDIATE")
                try runMember(member)
                try commit()
                noteCommit(of: 1, since: start)
                member.acknowledge()
            } catch {
                let own = connection.lastFailure
                rollBack()
                member.fail(own == SQLITE_OK ? error : connectionError(error, own))
            }
        }
    }

    /// The cause of a lost transaction is the code that SQLite gave first, not that it was lost.
    private func connectionError(_ error: StoreError, _ code: Int32) -> StoreError {
        guard case .unavailable = error else { return error }
        return SQLiteFailure(code: code, database: nil).storeError
    }
}
