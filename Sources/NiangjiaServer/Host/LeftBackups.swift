import Foundation
import NiangjiaCore

/// Copies of a store that were interrupted before anybody could take them away (the machine went down, the process was killed).
enum LeftBackups {
    /// Names of those in a folder. One of them may be a backup that is being written.
    static func names(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".part") && isCopy("\(folder)/\($0)") }.sorted()
    }

    /// Whether a file of one's own is a store, or the beginning of one: its first page is written last.
    private static func isCopy(_ path: String) -> Bool {
        guard Ownership.isOwn(path), let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        let start = (try? file.read(upToCount: 16)) ?? Data()
        return start == Data("SQLite format 3\0".utf8) || start.allSatisfy { $0 == 0 }
    }

    /// Says what is to be done with one.
    static func words(_ path: String) -> LocalText {
        LocalText(
            zh: "\(path) 是没有做完的备份,里面有个人信息:没有备份正在进行的,请删除",
            en: "\(path) is an interrupted backup and holds personal data: delete it, unless a backup is running")
    }
}
