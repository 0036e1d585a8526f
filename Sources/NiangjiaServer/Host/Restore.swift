import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

/// Puts a backup back in the place of a city's store, while nobody works on it.
public enum Restore {
    /// Checks the backup and whether the city's keys open it, puts the present store aside into `backup/`, and marks the restored
    /// one: it exports nothing until what was exported since the backup is entered, and is shut to whoever was thrown out since
    /// (``Access/shut(forgetting:_:in:)``).
    ///
    /// - Parameter clock: nil: the machine's.
    /// - Returns: what was done and what comes next, line by line, in a language.
    /// - Throws: `locked` while a server or command has the folder; `invalid` for a file that is no sound store,
    ///   `configuration` where the keys aren't those that it was written with, `store` for one of a newer program.
    public static func run(
        _ folder: DataFolder, from file: String, _ language: Language = .zh, clock: (any NiangjiaCore.Clock)? = nil
    ) async throws -> [String] {
        try folder.check()
        let lock = try FolderLock(folder: folder.path)
        defer { withExtendedLifetime(lock) {} }
        let manager = FileManager.default
        let clock = clock ?? folder.clock()
        let crypto = try SoftwareCrypto(KeyRing(file: folder.keyFile))
        let new = folder.store + ".restoring"
        for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: new + suffix) }
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped) else {
            throw NiangjiaError(.notFound, zh: "找不到备份文件。", en: "There is no such backup.", place: file)
        }
        let digest = Hex.text(crypto.digest([UInt8](bytes)))
        do {
            try manager.copyItem(atPath: file, toPath: new)
            // The backup may have come from where nobody guarded it.
            try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: new)
            let known = await accessEvents(of: folder.store)
            let (head, forgotten, evidence) = try await mark(
                new, of: folder, digest: digest, known ?? [], crypto, clock.now())
            let aside = try putAside(folder, at: clock.now())
            try manager.moveItem(atPath: new, toPath: folder.store)
            let access = RestoredAccess(forgotten: forgotten, isKnown: known != nil)
            return (told(file, digest: digest, head, aside) + access.words + evidence.words + [lookNext])
                .map { $0[language] }
        } catch {
            for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: new + suffix) }
            throw error
        }
    }

    private static func told(_ file: String, digest: String, _ head: ChainHead?, _ aside: LocalText) -> [LocalText] {
        let last = head?.printed
        return [
            LocalText(
                zh: "已恢复 \(file)(SM3 \(digest))\(last.map { "(链头 \($0))" } ?? "")。",
                en: "Restored \(file) (SM3 \(digest))\(last.map { " (head \($0))" } ?? "")."),
            aside,
            LocalText(
                zh: "导出已停:请用最后一张交接单核对并补登其间的导出 —— niangjia batch entered --number 导出序号 --head 链头。",
                en:
                    "Exports are stopped: compare with the last hand-over sheet and enter what was exported since, niangjia batch entered --number EXPORT --head HEAD."
            ),
        ]
    }

    /// What a store that is to be put aside tells of accounts; nil where there is none or it can't be read, which is a reason to restore.
    private static func accessEvents(of store: String) async -> [AccessEvent]? {
        // Whoever opens an empty one removes the log that lies beside it.
        let size = try? FileManager.default.attributesOfItem(atPath: store)[.size] as? Int
        guard size ?? 0 > 0 else { return nil }
        return try? await SQLiteStore.glance(into: store) { try AccessEvent.all(in: $0) }
    }

    private static let lookNext = LocalText(
        zh: "另请运行 niangjia doctor 和 niangjia audit verify。",
        en: "Run niangjia doctor and niangjia audit verify as well.")

    /// Opens the copy as a store, looks through it and for the files that it names, marks it, and shuts it to whoever was thrown out
    /// since.
    private static func mark(
        _ path: String, of folder: DataFolder, digest: String, _ known: [AccessEvent], _ crypto: SoftwareCrypto,
        _ now: Instant
    ) async throws -> (ChainHead?, ForgottenAccess, EvidenceStanding) {
        let store = try await open(path, crypto)
        do {
            let problems = try await store.integrityProblems()
            guard problems.isEmpty else { throw notSound(path, problems.joined(separator: "; ")) }
            let (fit, head, named) = try await store.read { reader in
                (
                    try KeyChecks.fit(crypto.keyChecks, in: reader), try Chain.head(in: reader),
                    try EvidenceFiles.named(in: reader)
                )
            }
            try fit.check(place: folder.keyFile)
            let clock = FixedMoment(at: now)
            let context = ChangeContext(
                now: now, actor: "shell", ids: IDSource(host: Host.lookingNumber, clock: clock), crypto: crypto)
            let forgotten = try await store.write(.interactive) { writer in
                try Exports.markRestored(from: digest, context, in: writer)
                return try Access.shut(forgetting: known, context, in: writer)
            }
            try await store.close()
            return (head, forgotten, EvidenceFiles.standing(of: named, in: folder.files, nil))
        } catch {
            try? await store.close()
            if let damage = error as? StoreError { throw notSound(path, "\(damage)") }
            throw error
        }
    }

    /// Opens the copy; it is never made a store where it is none.
    private static func open(_ path: String, _ crypto: SoftwareCrypto) async throws -> SQLiteStore {
        var options = SQLiteStore.Options()
        options.makesStore = false
        let chosen = options
        do {
            return try await offPool {
                try SQLiteStore.open(
                    path: path, migrations: NiangjiaSchema.migrations, options: chosen,
                    beforeCommit: { _ = try Chain.seal(in: $0, crypto: crypto, passesForeignEnd: true) })
            }
        } catch let error as StoreError {
            switch error {
            case .newer, .otherSchema, .altered, .full: throw error.forPeople
            default: throw notSound(path, "\(error)")
            }
        }
    }

    private struct FixedMoment: NiangjiaCore.Clock {
        let at: Instant
        func now() -> Instant { at }
    }

    private static func notSound(_ path: String, _ cause: String) -> NiangjiaError {
        NiangjiaError(
            .invalid, zh: "这不是完好的备份,没有恢复。", en: "That is no sound backup; nothing was restored.", place: path,
            cause: cause)
    }

    /// Puts what lies in the store's place aside, and says where.
    ///
    /// The store first: where this ends half-way there is none, and nothing opens until a restore has been done again, which finds
    /// the log. A log without its store is moved, too: SQLite would replay it into whatever is put beside it.
    private static func putAside(_ folder: DataFolder, at now: Instant) throws -> LocalText {
        let manager = FileManager.default
        let aside = "\(folder.backup)/before-restore-\(now.milliseconds).sqlite"
        let found = ["", "-wal", "-shm"].filter { manager.fileExists(atPath: folder.store + $0) }
        for suffix in found { try manager.moveItem(atPath: folder.store + suffix, toPath: aside + suffix) }
        guard let first = found.first else { return LocalText(zh: "原来没有数据库。", en: "There was no store before.") }
        return first.isEmpty
            ? LocalText(zh: "原数据库移到 \(aside)。", en: "The store of before was moved to \(aside).")
            : LocalText(
                zh: "原来没有数据库,只有它留下的日志,移到 \(aside)\(first)。",
                en: "There was no store before, only the log that one left: it was moved to \(aside)\(first).")
    }
}
