import Foundation
import NiangjiaCore

extension Operations {
    /// How the city is kept on its machine: what others may read, what stands still, whether time has gone back.
    static func keeping(_ host: Host) async throws -> [LocalText] {
        let seen = try await host.store.read { try Lease.lastSeen(in: $0) }
        return readable(host.folder) + [Host.clockFault(seen, host.clock.now())].compactMap { $0 }
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

    /// Who keeps money from everybody behind them that doesn't suffice for themselves: no fault, and nobody would see it for months.
    static func queuesHeldUp(_ host: Host) async throws -> [LocalText] {
        guard try await host.bundles.activeIfAny() != nil else { return [] }
        return try await host.corridor.heldUp().filter(\.keepsMoney).map { one in
            LocalText(zh: "项目 \(one.program):\(one.words.zh)", en: "program \(one.program): \(one.words.en)")
        }
    }
}
