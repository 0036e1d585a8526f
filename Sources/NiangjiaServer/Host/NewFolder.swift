import Foundation
import NiangjiaCore

/// A folder while it is being made: beside its place, under a name that tells whose it is, and moved there when it is whole.
struct NewFolder {
    private let target: String
    /// The folder that it is made in.
    private let parent: String
    private let prefix: String
    private let process = getpid()

    init(for target: String) {
        self.target = target
        let beside = (target as NSString).deletingLastPathComponent
        // Where only the place itself may be written to (a volume of a container), it is made in there.
        let isBeside = access(beside, W_OK) == 0 || access(target, W_OK) != 0
        parent = isBeside ? beside : target
        prefix = isBeside ? ".\((target as NSString).lastPathComponent).new-" : ".new-"
    }

    /// Where it is made.
    var path: String { "\(parent)/\(prefix)\(process)" }

    /// Removes what earlier attempts left that were killed; those of living processes stay.
    func clear() throws {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
            guard let other = Int32(name.dropFirst(prefix.count)) else { continue }
            if other == process || (kill(other, 0) != 0 && errno == ESRCH) {
                try? manager.removeItem(atPath: "\(parent)/\(name)")
            }
        }
    }

    /// Puts it in its place. What is there already stays: then its files are moved one by one, and `VERSION`, which makes it a
    /// city, comes last.
    func move() throws {
        // An empty folder gives way; a full one, or a mount point, doesn't.
        if rename(path, target) == 0 { return }
        let manager = FileManager.default
        let marker = "VERSION"
        do {
            for name in (try manager.subpathsOfDirectory(atPath: path)).sorted() where name != marker {
                try place(name, manager)
            }
            try place(marker, manager)
            try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: target)
        } catch {
            throw NiangjiaError(
                .store, zh: "无法建立数据文件夹:请检查路径和写权限。",
                en: "The data folder can't be made: check the path and the right to write.", place: target,
                cause: "\(error)")
        }
        remove()
    }

    private func place(_ name: String, _ manager: FileManager) throws {
        let (from, to) = ("\(path)/\(name)", "\(target)/\(name)")
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: from, isDirectory: &isFolder), !manager.fileExists(atPath: to) else { return }
        if isFolder.boolValue {
            try manager.createDirectory(
                atPath: to, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } else {
            // Another file system (a mount point) takes a copy, whole or not at all.
            guard rename(from, to) != 0 else { return }
            try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to), options: .atomic)
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
