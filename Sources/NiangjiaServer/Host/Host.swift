import Foundation
import LuaSandbox
import NiangjiaConfig
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite

/// A city's host: the one process that owns the data folder while it lives, with everything wired together.
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
    /// How much each device has scanned.
    let scans = ScanLimits()
    /// The open stations, for whoever asks what is nearby.
    let stations: StationIndex
    /// Names this process in leases.
    public let holder: String
    /// Until when any host worked on the city before this one was opened.
    let lastSeen: Instant?
    private let lock: FolderLock

    /// How long a leased host number stays ours without renewal (milliseconds).
    static let leaseLength: Int64 = 10 * 60_000
    /// In the ids of who only looks, and so makes next to none.
    static let lookingNumber = 511

    private init(
        folder: DataFolder, clock: any NiangjiaCore.Clock, lock: FolderLock, store: SQLiteStore,
        crypto: any CryptoProvider, workers: WorkerPool,
        number: Int, holder: String, lastSeen: Instant?
    ) {
        self.folder = folder
        self.clock = clock
        self.lock = lock
        self.store = store
        self.crypto = crypto
        self.holder = holder
        self.lastSeen = lastSeen
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

    /// What a city is opened for.
    public enum Opening: Sendable {
        /// To work: time may not have gone back since, and a host number is leased.
        case work
        /// To look at it: whatever the clock says, and without a trace of it.
        case look
        /// To look at its keys, which may be another city's.
        case compare
    }

    /// Makes a new city's folder: layout, key ring, empty store. An existing one is left as it is.
    public static func create(_ folder: DataFolder, clock: any NiangjiaCore.Clock) async throws {
        try folder.create()
        let manager = FileManager.default
        if !manager.fileExists(atPath: folder.keyFile) {
            try KeyRing(created: clock.now()).save(to: folder.keyFile)
        }
        guard !manager.fileExists(atPath: folder.store) else { return }
        let crypto = try SoftwareCrypto(KeyRing(file: folder.keyFile))
        let store = try await open(folder.store, crypto, clock, SQLiteStore.Options())
        do {
            try await store.write(.interactive) { try KeyChecks.add(crypto.keyChecks, at: clock.now(), in: $0) }
        } catch {
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    /// Opens a city: lock, keys, store with its migrations, a leased host number.
    ///
    /// - Parameters:
    ///   - judges: whether a batch is what it is opened for: then workers start meanwhile.
    ///   - passwordCost: of passwords that are set from now on, see ``SoftwareCrypto/init(_:passwordCost:)``.
    /// - Throws: `locked` when another process holds the folder; `store` when its store isn't there, or time has gone back since the
    ///   last booking; `configuration` when the keys aren't the city's.
    public static func open(
        _ folder: DataFolder, clock: (any NiangjiaCore.Clock)? = nil, for opening: Opening = .work,
        judges: Bool = false, passwordCost: Int = SoftwareCrypto.passwordCost
    ) async throws -> Host {
        try folder.check()
        let lock = try FolderLock(folder: folder.path)
        try folder.checkStore()
        let workers = WorkerPool(configuration: Host.workerConfiguration())
        if judges { workers.prepare(.batch) }
        let clock = clock ?? folder.clock()
        let crypto = try SoftwareCrypto(KeyRing(file: folder.keyFile), passwordCost: passwordCost)
        var options = SQLiteStore.Options()
        options.backupFolder = folder.backup
        options.makesStore = false
        let store = try await open(folder.store, crypto, clock, options)
        do {
            let (fit, seen) = try await store.read { reader in
                (try KeyChecks.fit(crypto.keyChecks, in: reader), try Lease.lastSeen(in: reader))
            }
            if opening != .compare { try fit.check(place: folder.keyFile) }
            let holder = "\(getpid())-\(Hex.text(crypto.random(4)))"
            let number = opening == .work ? try await begin(holder, seen, fit, store, crypto, clock) : lookingNumber
            if opening == .work { try await ExportLedger(folder).tie(to: store, crypto, at: clock.now()) }
            return Host(
                folder: folder, clock: clock, lock: lock, store: store, crypto: crypto, workers: workers,
                number: number, holder: holder, lastSeen: seen)
        } catch {
            try? await store.close()
            throw error
        }
    }

    private static func open(
        _ path: String, _ crypto: SoftwareCrypto, _ clock: any NiangjiaCore.Clock, _ options: SQLiteStore.Options
    ) async throws -> SQLiteStore {
        try await offPool {
            do {
                return try SQLiteStore.open(
                    path: path, migrations: NiangjiaSchema.migrations, options: options,
                    beforeCommit: sealer(crypto, clock))
            } catch let error as StoreError {
                throw error.forPeople
            }
        }
    }

    /// Leases a host number, and takes over keys that were added to the ring while nobody looked (a rotation that was killed, a store
    /// from before it).
    private static func begin(
        _ holder: String, _ seen: Instant?, _ fit: KeyFit, _ store: SQLiteStore, _ crypto: SoftwareCrypto,
        _ clock: any NiangjiaCore.Clock
    ) async throws -> Int {
        let now = clock.now()
        if let fault = clockFault(seen, now) {
            throw NiangjiaError(.store, zh: fault.zh + "。在此之前不记账。", en: fault.en + ".")
        }
        return try await store.write(.interactive) { writer in
            let number = try Lease.takeHostNumber(holder: holder, now: now, milliseconds: leaseLength, in: writer)
            let context = ChangeContext(
                now: now, actor: "host", ids: IDSource(host: number, clock: clock), crypto: crypto)
            if let copy = store.copyBefore {
                let name = URL(fileURLWithPath: copy).lastPathComponent
                try context.record("store.upgraded", about: "", body: ["copy": .text(name)], in: writer)
            }
            guard !fit.new.isEmpty else { return number }
            try KeyChecks.add(fit.new, at: now, in: writer)
            try context.record(
                "keys.taken", about: "", body: ["keys": .list(fit.new.map { .text($0.name) })], in: writer)
            return number
        }
    }

    /// What is to be said where the clock stands before what was seen already; nil where it doesn't.
    static func clockFault(_ seen: Instant?, _ now: Instant) -> LocalText? {
        guard let seen, now < seen + -Lease.clockTolerance else { return nil }
        return LocalText(
            zh:
                "系统时间倒退:上次工作到 \(seen),现在是 \(now)。现在的时间不对的,请先校时;现在对、上次超前了的,由系统管理员确认:niangjia clock confirm --reason 缘由 --as 账号(见管理员手册“系统时间”)",
            en:
                "Time has gone back: the host worked until \(seen) and it is \(now) now. Set the clock, if that is wrong; if it is right, and was ahead then, a system administrator says so: niangjia clock confirm --reason WHY --as ACCOUNT (see the administrator's manual)"
        )
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

    /// Seals the chain in the transaction of the events and rows themselves (decisions 0011, 0050).
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
