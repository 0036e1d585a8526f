import Foundation
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaSQLite

/// Puts a backup back in the place of a city's store, while nobody works on it.
public enum Restore {
    /// Checks the backup, puts the present store aside into `backup/`, and marks the restored one: it exports nothing until what
    /// was exported since the backup is entered.
    ///
    /// - Returns: what was done and what comes next, line by line.
    /// - Throws: `locked` while a server or command has the folder; `invalid` for a file that is no sound store.
    public static func run(_ folder: DataFolder, from file: String) async throws -> [String] {
        try folder.check()
        let lock = try FolderLock(folder: folder.path)
        defer { withExtendedLifetime(lock) {} }
        let manager = FileManager.default
        let clock = folder.clock()
        let crypto = try SoftwareCrypto(KeyRing(file: folder.keyFile))
        let new = folder.store + ".restoring"
        for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: new + suffix) }
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped) else {
            throw NiangjiaError(.notFound, zh: "找不到备份文件。", en: "There is no such backup.", place: file)
        }
        let digest = hexadecimal(crypto.digest([UInt8](bytes)))
        do {
            try manager.copyItem(atPath: file, toPath: new)
            let head = try await mark(new, digest: digest, crypto, clock.now())
            let aside = try putAside(folder, at: clock.now())
            try manager.moveItem(atPath: new, toPath: folder.store)
            let last = head.map { "(链头 \($0.printed))" } ?? ""
            return [
                "已恢复 \(file)(SM3 \(digest))\(last)。",
                aside.map { "原数据库移到 \($0)。" } ?? "原来没有数据库。",
                "导出已停:请用最后一张交接单核对并补登其间的导出 —— niangjia batch entered --number 导出序号 --head 链头。",
                "另请运行 niangjia doctor 和 niangjia audit verify。",
            ]
        } catch {
            for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: new + suffix) }
            throw error
        }
    }

    /// Opens the copy as a store, looks through it, and marks it.
    private static func mark(
        _ path: String, digest: String, _ crypto: SoftwareCrypto, _ now: Instant
    ) async throws -> ChainHead? {
        let store: SQLiteStore
        do {
            store = try await offPool {
                try SQLiteStore.open(
                    path: path, migrations: NiangjiaSchema.migrations,
                    beforeCommit: { _ = try Chain.seal(in: $0, crypto: crypto) })
            }
        } catch let error as StoreError { throw notSound(path, "\(error)") }
        do {
            let problems = try await store.integrityProblems()
            guard problems.isEmpty else { throw notSound(path, problems.joined(separator: "; ")) }
            let head = try await store.read { try Chain.head(in: $0) }
            let clock = FixedMoment(at: now)
            let context = ChangeContext(
                now: now, actor: "shell", ids: IDSource(host: 511, clock: clock), crypto: crypto)
            try await store.write(.interactive) { try Exports.markRestored(from: digest, context, in: $0) }
            try await store.close()
            return head
        } catch {
            try? await store.close()
            if let damage = error as? StoreError { throw notSound(path, "\(damage)") }
            throw error
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

    private static func putAside(_ folder: DataFolder, at now: Instant) throws -> String? {
        let manager = FileManager.default
        guard manager.fileExists(atPath: folder.store) else { return nil }
        let aside = "\(folder.backup)/before-restore-\(now.milliseconds).sqlite"
        for suffix in ["", "-wal", "-shm"] where manager.fileExists(atPath: folder.store + suffix) {
            try manager.moveItem(atPath: folder.store + suffix, toPath: aside + suffix)
        }
        return aside
    }
}
