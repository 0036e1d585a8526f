import CSQLite
import Foundation
import NiangjiaCore

/// The embedded store: one SQLite file in WAL mode with synchronous=FULL.
///
/// One connection on a thread of its own writes and checkpoints, committing for everybody who waits together; a few read-only
/// connections on threads of their own read snapshots. One process owns the file (``FolderLock``).
public final class SQLiteStore: Store {
    /// How a store is opened.
    public struct Options: Sendable {
        /// Connections that read at the same time, at least 1.
        public var readers = 4
        public var writerCacheKiB = 65_536
        public var readerCacheKiB = 16_384
        /// How long to wait for a lock that another process holds.
        public var busyTimeoutMilliseconds = 5_000
        /// How many may wait to write for a person, for a batch, and to read; one more is told that the store is busy.
        public var interactiveWaiting = 16_384
        public var batchWaiting = 4_096
        public var readsWaiting = 16_384
        /// Where a copy of a store is put before it is migrated; nil makes none.
        public var backupFolder: String?
        /// Whether a store is made where there is none; else a missing or empty file is refused.
        public var makesStore = true
        /// Whether an answered write has reached the disk. False only for a store that is thrown away with its process: what is
        /// answered outlives the process, not the machine.
        public var isDurable = true

        public init() {}
    }

    /// The file.
    public let path: String
    /// The copy that was made before the store was upgraded just now; nil: it wasn't, or no copy was asked for.
    public let copyBefore: String?
    /// What it is to consist of.
    let form: StoreForm
    private let writes: WorkQueue<PendingWrite>
    private let reads: WorkQueue<PendingRead>
    private let threads: RunningThreads
    private let readers: IdleReaders
    private let counted = Guarded(StoreCommits())

    private init(
        path: String, copyBefore: String?, form: StoreForm, writer: Connection, reader: Connection, options: Options,
        beforeCommit: (@Sendable (any StoreWriter) throws -> Void)?
    ) {
        self.path = path
        self.form = form
        self.copyBefore = copyBefore
        let writes = WorkQueue<PendingWrite>(
            interactiveLimit: options.interactiveWaiting, batchLimit: options.batchWaiting)
        let reads = WorkQueue<PendingRead>(interactiveLimit: options.readsWaiting, batchLimit: 0)
        let count = max(1, options.readers)
        let threads = RunningThreads(readers: count)
        self.writes = writes
        self.reads = reads
        self.threads = threads
        let idle = IdleReaders([reader])
        readers = idle
        for number in 0..<count {
            startThread("store-reader-\(number)") {
                defer { threads.readerEnded() }
                if number > 0 {
                    // Nobody waits for the others: what they can't open, the first one reads.
                    guard let own = try? Connection(path: path, role: .reader, options: options) else { return }
                    idle.giveBack(own)
                }
                while let next = reads.waitForNext() {
                    let reader = idle.take()
                    next.work.run(reader)
                    idle.giveBack(reader)
                }
            }
        }
        let (handOver, commits) = (HandOver(content: writer), counted)
        startThread("store-writer") {
            let group = GroupCommit(handOver.content, writes, beforeCommit: beforeCommit, commits: commits)
            group.work()
            threads.writerEnded()
        }
    }

    deinit {
        // Whoever forgot to close: the threads finish what waits and go.
        reads.close()
        writes.close()
    }

    /// Opens a store, makes it when there is none (``Options/makesStore``), and brings it to the newest version. Blocks the calling thread meanwhile.
    ///
    /// - Parameters:
    ///   - migrations: all versions this binary knows, in order from 1.
    ///   - beforeCommit: runs once in each transaction, after its members and before COMMIT (the chain's sealer). When it throws,
    ///     nothing of the transaction is kept.
    /// - Throws: ``StoreError``: `newer`, `damaged`, `locked`, `unavailable`, `otherSchema` when an applied step is another, or `altered`
    ///   when tables, indexes, views or triggers aren't what the migrations make.
    public static func open(
        path: String, migrations: [Migration], options: Options = Options(),
        beforeCommit: (@Sendable (any StoreWriter) throws -> Void)? = nil
    ) throws -> SQLiteStore {
        try createFile(path, isNew: options.makesStore)
        let writer = try Connection(path: path, role: .writer, options: options)
        do {
            try StoreFormat.prepare(writer, makes: options.makesStore)
            let copy = try Migrator(connection: writer, path: path, backupFolder: options.backupFolder)
                .migrate(migrations)
            try writer.run("PRAGMA synchronous=\(options.isDurable ? "FULL" : "OFF")")
            writer.countChanges(migrations)
            // Where nobody seals nothing is noted.
            if beforeCommit != nil { try writer.noteRows(of: migrations.tables) }
            let reader = try Connection(path: path, role: .reader, options: options)
            return SQLiteStore(
                path: path, copyBefore: copy, form: try StoreForm.of(migrations), writer: writer, reader: reader,
                options: options, beforeCommit: beforeCommit)
        } catch {
            writer.close()
            throw error
        }
    }

    /// Made here so that nobody but the owner may read it; SQLite gives its log the same permissions.
    private static func createFile(_ path: String, isNew: Bool) throws(StoreError) {
        let file = Glibc.open(path, O_RDWR | O_CLOEXEC | (isNew ? O_CREAT : 0), 0o600)
        guard file >= 0 else { throw .unavailable("\(path): \(String(cString: strerror(errno)))") }
        Glibc.close(file)
    }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let read = PendingRead { connection in
                continuation.resume(with: Swift.Result { try connection.snapshot(body) })
            }
            if let refused = reads.add(read) { continuation.resume(throwing: refused) }
        }
    }

    public func glance<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreReader) throws -> Result
    ) async throws -> Result {
        guard let reader = readers.takeIfIdle() else { return try await read(body) }
        defer { readers.giveBack(reader) }
        return try reader.snapshot(body)
    }

    @discardableResult
    public func write<Result: Sendable>(
        _ lane: WriteLane, _ body: @escaping @Sendable (any StoreWriter) throws -> Result
    ) async throws -> Result {
        guard let key = Idempotency.current else { return try await add(body, to: lane) }
        // With what is written under a request's key stands that something was: after a crash that is known.
        return try await add(
            { writer in
                try Idempotency.mark(key, in: writer)
                return try body(writer)
            }, to: lane)
    }

    private func add<Result: Sendable>(
        _ body: @escaping @Sendable (any StoreWriter) throws -> Result, to lane: WriteLane
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            if let refused = writes.add(PendingWriteOf(body, continuation), to: lane) {
                continuation.resume(throwing: refused)
            }
        }
    }

    /// Groups of writes since the store was opened that wrote to a table whose changes are counted: while it stands still, none of
    /// these has changed.
    public var registerCommits: Int64 { counted.withLock { $0.counted } }

    /// What waits, and what has been committed since the store was opened.
    public var load: StoreLoad {
        StoreLoad(writes: writes.waiting, reads: reads.waiting.interactive, commits: counted.withLock { $0 })
    }

    public func close() async throws {
        // Readers first: the writer's last checkpoint can then reset the log.
        reads.close()
        await threads.waitForReaders()
        readers.close()
        writes.close()
        await threads.waitForWriter()
    }
}

/// A read that waits for a connection.
struct PendingRead: Sendable {
    let run: @Sendable (Connection) -> Void

    init(_ run: @escaping @Sendable (Connection) -> Void) { self.run = run }
}

extension Connection {
    /// Runs a closure on one snapshot.
    func snapshot<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
        try command("BEGIN")
        let session = ReadSession(self)
        defer {
            session.end()
            // Ending a read transaction can't fail in a way that matters: nothing was written.
            do { try command("COMMIT") } catch {
                if inTransaction { sqlite3_exec(database, "ROLLBACK", nil, nil, nil) }
            }
        }
        return try body(session)
    }
}

/// Which threads of a store still run, for whoever waits for their end.
final class RunningThreads: Sendable {
    private struct State {
        var readers: Int
        var writerRuns = true
        var waitForReaders: [CheckedContinuation<Void, Never>] = []
        var waitForWriter: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Guarded<State>

    init(readers: Int) { state = Guarded(State(readers: readers)) }

    func readerEnded() {
        let waiting = state.withLock { state in
            state.readers -= 1
            guard state.readers == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waitForReaders = [] }
            return state.waitForReaders
        }
        for continuation in waiting { continuation.resume() }
    }

    func writerEnded() {
        let waiting = state.withLock { state in
            state.writerRuns = false
            defer { state.waitForWriter = [] }
            return state.waitForWriter
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitForReaders() async {
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if state.readers > 0 { state.waitForReaders.append(continuation) }
                return state.readers == 0
            }
            if ended { continuation.resume() }
        }
    }

    func waitForWriter() async {
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if state.writerRuns { state.waitForWriter.append(continuation) }
                return !state.writerRuns
            }
            if ended { continuation.resume() }
        }
    }
}
