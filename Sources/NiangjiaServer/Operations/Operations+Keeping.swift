import Foundation
import NiangjiaCore

extension Operations {
    /// How the city is kept on its machine: what others may read, what stands still, whether time has gone back.
    static func keeping(_ host: Host) async throws -> [LocalText] {
        let seen = try await host.store.read { try Lease.lastSeen(in: $0) }
        return readable(host.folder) + leftBackups(host.folder)
            + [Host.clockFault(seen, host.clock.now())].compactMap { $0 }
            + [try await ExportStanding.of(host).fault].compactMap { $0 }
    }

    /// What others than the owner may use of what must be guarded like the keys: the folder, the store, backups in the folder.
    private static func readable(_ folder: DataFolder) -> [LocalText] {
        let backups = (try? FileManager.default.contentsOfDirectory(atPath: folder.backup)) ?? []
        let guarded = [folder.path, folder.store] + backups.sorted().map { "\(folder.backup)/\($0)" }
        return guarded.filter(Ownership.isOpen).map { path in
            LocalText(
                zh: "他人可以读取 \(path):它要像密钥一样保管,请执行 chmod go= \(path)",
                en: "others may use \(path), which is to be guarded like the keys: chmod go= \(path)")
        }
    }

    /// What interrupted backups left in the folder: whole copies of personal data that nobody takes for a backup.
    private static func leftBackups(_ folder: DataFolder) -> [LocalText] {
        let left = LeftBackups.names(in: folder.backup).map { "\(folder.backup)/\($0)" }
        // Of a restore that was ended before it was one. Only one process at a time is at the folder, so nobody is at it now.
        let restoring = [folder.store + ".restoring"].filter(FileManager.default.fileExists)
        return (left + restoring).map(LeftBackups.words)
    }

    /// Stored files of the configuration, of any version, that aren't what they were.
    static func storedConfiguration(_ host: Host) async throws -> [LocalText] {
        let crypto = host.crypto
        return try await host.store.read { try BundleFiles.verify(in: $0, crypto: crypto) }
    }

    /// Accounts of batches which wait for their export that can't be opened: the first few by name.
    static func unreadableAccounts(_ host: Host) async throws -> [LocalText] {
        let crypto = host.crypto
        let found = try await host.store.read { try PayeeAccounts.unreadable(in: $0, crypto) }
        let named = found.prefix(3).map(\.words)
        guard found.count > named.count else { return named }
        let more = found.count - named.count
        return named + [LocalText(zh: "另有 \(more) 个收款账号无法读取", en: "\(more) more accounts can't be read")]
    }

    /// How little room is left, where it is little: the store must be able to grow, and a copy of it beside it be made.
    static func room(_ folder: DataFolder, store: Int) -> [LocalText] {
        guard let room = DiskRoom(at: folder.path) else { return [] }
        let wanted = max(DiskRoom.ample, 2 * Int64(store))
        guard room.free < wanted || !room.hasFiles else { return [] }
        return [
            LocalText(
                zh: "数据所在的磁盘只剩 \(room.free >> 20) MB(建议至少 \(wanted >> 20) MB):满了就什么都不能办理",
                en:
                    "only \(room.free >> 20) MB are left on the disk of the data (\(wanted >> 20) MB are advised): once it is full nothing can be done"
            )
        ]
    }

    /// Who keeps money from everybody behind them that doesn't suffice for themselves: no fault, and nobody would see it for months.
    static func queuesHeldUp(_ host: Host) async throws -> [LocalText] {
        guard try await host.bundles.activeIfAny() != nil else { return [] }
        return try await host.corridor.heldUp().filter(\.keepsMoney).map { one in
            LocalText(zh: "项目 \(one.program):\(one.words.zh)", en: "program \(one.program): \(one.words.en)")
        }
    }
}
