import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite

/// A city's host: the one process that owns the data folder while it lives (D9), with everything wired together.
///
/// Commands, the local socket and the HTTP API all work through it; none of them opens the store.
public final class Host: Sendable {
    public let folder: DataFolder
    public let clock: any NiangjiaCore.Clock
    public let ids: IDSource
    public let crypto: any CryptoProvider
    public let store: SQLiteStore
    public let bundles: BundleStore
    public let access: Access
    public let evidence: EvidenceFiles
    /// Imports that come in several steps: said, sent, checked, confirmed.
    let imports: ImportDesk
    /// Work that goes on after whoever asked for it has been answered.
    let background = Background()
    /// Runs the plugins' rules in worker processes.
    public let judge: LuaJudge
    /// The one way from a form to an approved amount.
    public let corridor: Corridor
    /// Runs what people and the scheduler ask plugins to do.
    public let actions: ActionRoom
    let workers: WorkerPool
    /// The open stations, for whoever asks what is nearby.
    let stations: StationIndex
    /// Names this process in leases.
    public let holder: String
    private let lock: FolderLock

    /// How long a leased host number stays ours without renewal (milliseconds).
    static let leaseLength: Int64 = 10 * 60_000
    /// How far the clock may go back between two starts before the host refuses to book (milliseconds).
    static let clockTolerance: Int64 = 2 * 60_000

    private init(
        folder: DataFolder, clock: any NiangjiaCore.Clock, lock: FolderLock, store: SQLiteStore,
        crypto: any CryptoProvider, workers: WorkerPool,
        number: Int, holder: String
    ) {
        self.folder = folder
        self.clock = clock
        self.lock = lock
        self.store = store
        self.crypto = crypto
        self.holder = holder
        ids = IDSource(host: number, clock: clock)
        access = Access(store: store, crypto: crypto, clock: clock, ids: ids)
        self.workers = workers
        stations = StationIndex(store)
        judge = LuaJudge(pool: workers)
        bundles = BundleStore(store: store, crypto: crypto, clock: clock, ids: ids, workers: workers)
        corridor = Corridor(store: store, judge: judge, clock: clock, ids: ids, crypto: crypto, bundles: bundles)
        actions = ActionRoom(corridor: corridor, runner: LuaActions(pool: workers))
        imports = ImportDesk(
            folder: folder, store: store, bundles: bundles, background: background, clock: clock, ids: ids,
            crypto: crypto)
        evidence = EvidenceFiles(folder: folder.files, store: store, crypto: crypto, clock: clock, ids: ids)
    }

    /// Batches may use every core; a few workers are kept for people who wait. `NIANGJIA_WORKERS` sets the number for batches.
    private static func workerConfiguration() -> PoolConfiguration {
        var configuration = PoolConfiguration()
        let asked = ProcessInfo.processInfo.environment["NIANGJIA_WORKERS"].flatMap { Int($0) }
        configuration.batchWorkers = max(1, min(64, asked ?? ProcessInfo.processInfo.activeProcessorCount))
        return configuration
    }

    /// Makes a new city's folder: layout, key ring, empty store. An existing one is left as it is.
    public static func create(_ folder: DataFolder, clock: any NiangjiaCore.Clock) throws {
        try folder.create()
        if !FileManager.default.fileExists(atPath: folder.keyFile) {
            try KeyRing(created: clock.now()).save(to: folder.keyFile)
        }
    }

    /// Opens a city: lock, keys, store with its migrations, a leased host number.
    ///
    /// - Parameter judges: whether a batch is what it is opened for: then workers start meanwhile.
    /// - Throws: `locked` when another process holds the folder; `store` when time has gone back since the last booking.
    public static func open(
        _ folder: DataFolder, clock: (any NiangjiaCore.Clock)? = nil, judges: Bool = false
    ) async throws -> Host {
        try folder.check()
        let lock = try FolderLock(folder: folder.path)
        let workers = WorkerPool(configuration: Host.workerConfiguration())
        if judges { workers.prepare(.batch) }
        let clock = clock ?? folder.clock()
        let crypto = try SoftwareCrypto(KeyRing(file: folder.keyFile))
        let options = {
            var options = SQLiteStore.Options()
            options.backupFolder = folder.backup
            return options
        }()
        let path = folder.store
        let store = try await offPool {
            do {
                return try SQLiteStore.open(
                    path: path, migrations: NiangjiaSchema.migrations, options: options,
                    beforeCommit: sealer(crypto, clock))
            } catch let error as StoreError {
                throw error.forPeople
            }
        }
        do {
            let now = clock.now()
            let holder = "\(getpid())-\(hexadecimal(crypto.random(4)))"
            let number = try await store.write(.interactive) { writer in
                if let seen = try Lease.lastSeen(in: writer), now < seen + -clockTolerance {
                    throw NiangjiaError(
                        .store, zh: "系统时间倒退:上次工作到 \(seen),现在是 \(now)。请先校时;在此之前不记账。",
                        en:
                            "Time has gone back: the host worked until \(seen) and it is \(now) now. Set the clock first."
                    )
                }
                return try Lease.takeHostNumber(holder: holder, now: now, milliseconds: leaseLength, in: writer)
            }
            try await ExportLedger(folder).tie(to: store, crypto, at: now)
            return Host(
                folder: folder, clock: clock, lock: lock, store: store, crypto: crypto, workers: workers,
                number: number,
                holder: holder)
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// Gives the leases back and closes the store. The lock goes with the last reference.
    public func close() async throws {
        await background.stop()
        workers.shutdown()
        let now = clock.now()
        let holder = holder
        try await store.write(.interactive) { writer in
            try writer.execute(
                "UPDATE lease SET until = $2, renewed_at = $2 WHERE holder = $1", [.text(holder), .instant(now)])
        }
        try await store.close()
    }

    /// The context for a change by an account.
    public func context(_ account: String) -> ChangeContext {
        ChangeContext(now: clock.now(), actor: account, ids: ids, crypto: crypto)
    }

    /// Seals the chain in the transaction of the events and rows themselves (D5).
    private static func sealer(
        _ crypto: any CryptoProvider, _ clock: any NiangjiaCore.Clock
    ) -> @Sendable (any StoreWriter) throws -> Void {
        { writer in _ = try Chain.seal(in: writer, crypto: crypto, at: clock.now()) }
    }
}

/// Runs blocking work on a thread of its own: a cooperative thread must not wait for a disk.
func offPool<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
        thread.stackSize = 8 << 20
        thread.start()
    }
}
